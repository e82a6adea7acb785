"""How the form of an activity is laid out: its sections, with what each still needs before approval."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from activities.completeness import NEEDS, Need

if TYPE_CHECKING:
    from .entry import ActivityEntry
    from .rows import Rows


@dataclass(frozen=True)
class Plan:
    """A section: its fields with their width (of twelve columns), then its rows. `folded` until it holds something."""

    key: str
    legend: Any
    fields: dict[str, int]
    rows: tuple[str, ...] = ()
    note: Any = ""
    folded: bool = False


PLANS = (
    Plan(
        "essentials",
        _("The essentials"),
        {
            "title_en": 12,
            "type": 4,
            "stage": 4,
            "main_priority": 4,
            "start_date": 4,
            "end_date": 4,
            "date_precision": 4,
        },
    ),
    Plan("partners", _("Partners"), {"centre_role": 4}, ("partners",)),
    Plan(
        "programme",
        _("Themes and commitments"),
        {"themes": 6, "sdg_targets": 6, "further_priorities": 6, "series": 4, "edition": 2},
        ("commitments", "contributions"),
    ),
    Plan("where", _("Where"), {"format": 3, "city": 3, "country": 6, "countries": 12}),
    Plan("account", _("Summary and outcome"), {"summary": 12, "outcome": 12, "chatham_house": 12}),
    Plan("contact", _("Contact and verification"), {"contact": 8, "last_verified": 4}, folded=True),
    Plan(
        "participants",
        _("Participants"),
        {"women": 3, "men": 3, "not_stated": 3, "youth": 3},
        ("countries",),
        _("Leave empty what is not known: an empty field is not nought."),
        folded=True,
    ),
    Plan("follow-up", _("Follow-up"), {}, ("follow-ups",), folded=True),
    Plan("files", _("Links and files"), {"attached": 12}, ("links",), folded=True),
    Plan(
        "details",
        _("Further details"),
        {
            "title_ru": 12,
            "date_basis": 6,
            "date_source": 6,
            "funding_source": 6,
            "lead_organization": 6,
            "source_note": 12,
        },
        folded=True,
    ),
    Plan(
        "release",
        _("Classification and release"),
        {
            "classification": 6,
            "classification_basis": 6,
            "audience": 6,
            "released_to": 6,
            "focal_officer": 6,
            "readers": 6,
        },
        note=_(
            "New entries are internal. The audience sees the record once a manager has approved it; a good offices"
            " contact also needs a second manager. Strictly confidential information does not belong here."
        ),
        folded=True,
    ),
)


@dataclass(frozen=True)
class Section:
    """A section as it stands on the page. `needs` are all that may be lacking in it, with whether it is."""

    key: str
    legend: Any
    note: Any
    fields: list[tuple[Any, int]]
    rows: "list[Rows]"
    is_open: bool
    needs: list[tuple[Need, bool]]

    @property
    def has_many_parts(self) -> bool:
        """Whether its rows need a heading of their own."""
        return len(self.rows) + bool(self.fields) > 1


def sections_of(entry: "ActivityEntry") -> Iterator[Section]:
    """The sections that have something in them for this reader."""
    rows = {one.part: one for one in entry.rows}
    for plan in PLANS:
        fields = [(entry.field(name), width) for name, width in plan.fields.items() if entry.has(name)]
        parts = [rows[part] for part in plan.rows if part in rows]
        if fields or parts:
            needs = [
                (need, need.is_lacking(entry.form.value_of))
                for need in NEEDS
                if need.field in plan.fields and need.field in entry.form.fields
            ]
            is_open = not plan.folded or _is_filled(fields, parts) or _has_errors(fields, parts)
            yield Section(plan.key, plan.legend, plan.note, fields, parts, is_open, needs)


def _is_filled(fields: list[tuple[Any, int]], rows: "list[Rows]") -> bool:
    return any(_says_something(bound) for bound, _width in fields) or any(one.says_something for one in rows)


def _says_something(bound: Any) -> bool:
    """Whether the field holds more than a new entry's does."""
    value = bound.value()
    return bool(value) and value != bound.field.initial


def _has_errors(fields: list[tuple[Any, int]], rows: "list[Rows]") -> bool:
    wrong = [one for one in rows if one.is_bound and one.total_error_count()]
    return bool(wrong) or any(bound.errors for bound, _width in fields)
