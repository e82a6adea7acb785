"""The columns of activities: what each is called, how its cells are written and read, and who has it.

Exports, the template and imports share them. Values come from one query of columns, as codes; all of them start
from `visible_to` and obey the Chatham House Rule, so a file tells its reader no more than the pages do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Case, F, OuterRef, QuerySet, Value, When
from django.db.models.functions import JSONObject
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.api import code_of, codes, objects
from accounts.choices import Audience, Classification, ReviewState
from accounts.models import User
from accounts.tables import Cell, Column, Row, values_of
from accounts.visibility import is_staff_viewer
from activities.choices import ActivityType, CentreRole, DateBasis, Format, Stage
from activities.models import Activity, Evidence, FollowUp, Involvement, Link, ParticipantsByCountry, Series
from activities.participants import FIGURES, figures_known
from activities.querysets import names_shown, where_names_shown
from partners.models import Organization
from priorities.choices import Certainty, DatePrecision
from priorities.keys import commitment_key, priority_key
from priorities.models import Priority, SdgTarget, Theme

from .kinds import (
    ByCountry,
    Choice,
    Commitments,
    FollowUps,
    Kind,
    Links,
    Many,
    Number,
    One,
    Partners,
    Text,
    YesNo,
)
from .words import Words

if TYPE_CHECKING:
    from accounts.roles import Viewer


class Moment(Kind):
    """When something happened; the portal alone writes it."""

    def write(self, value: Any, words: Words) -> Cell:
        cell: Cell = value
        return cell

    def read(self, cell: Cell, words: Words) -> Cell:
        return cell


class Day(Moment):
    """A day, month or year as exact as it is known; `dates.py` reads it, with its neighbours."""


class Inferred(One):
    """The main priority; a guess that no manager has confirmed is marked."""


@dataclass(frozen=True)
class Field:
    """A column of activities. `fixed`: the portal alone writes it, an import leaves it as it is."""

    code: str
    kind: Kind
    width: int = 20
    named: Any = ""
    staff_only: bool = False
    signed_in_only: bool = False
    fixed: bool = False

    @property
    def heading(self) -> str:
        """The field's own name unless the column is called something else, in the reader's language."""
        if self.named:
            return str(self.named)
        field: Any = Activity._meta.get_field(self.code)
        return str(capfirst(str(field.verbose_name)))

    def cell(self, row: Row, words: Words) -> Cell:
        if isinstance(self.kind, Day):
            return _day_cell(row, self.code)
        cell = self.kind.write(row[self.code], words)
        if isinstance(self.kind, Inferred) and cell and row["priority_inferred"]:
            return f"{cell} " + _("(inferred)")
        return cell


FIELDS = (
    Field("reference", Text(), 18, fixed=True),
    Field("title_en", Text(), 60),
    Field("title_ru", Text(), 40),
    Field("type", Choice(ActivityType), 20),
    Field("stage", Choice(Stage), 12),
    Field("centre_role", Choice(CentreRole), 16),
    Field("lead_organization", One("organizations"), 20),
    Field("start_date", Day(), 14),
    Field("end_date", Day(), 14),
    Field("date_precision", Choice(DatePrecision), 12),
    Field("date_basis", Choice(DateBasis), 20),
    Field("date_source", Text(), 20),
    Field("format", Choice(Format), 12),
    Field("city", Text(), 16),
    Field("country", One("countries"), 16),
    Field("countries", Many("countries"), 30),
    Field("main_priority", Inferred("priorities"), 18),
    Field("further_priorities", Many("priorities"), 18),
    Field("commitments", Commitments(), 24, _("Evidence for commitments")),
    Field("themes", Many("themes"), 30),
    Field("sdg_targets", Many("sdg_targets"), 14),
    Field("series", One("series"), 30),
    Field("edition", Number(), 10),
    Field("partners", Partners(), 40, _("Partners")),
    Field("women", Number(), 10),
    Field("men", Number(), 10),
    Field("not_stated", Number(), 10),
    Field("youth", Number(), 10),
    Field("participants_by_country", ByCountry(), 30, _("Participants by country")),
    Field("summary", Text(), 60),
    Field("outcome", Text(), 60),
    Field("chatham_house", YesNo(), 12),
    Field("funding_source", Text(), 20, staff_only=True),
    Field("source_note", Text(), 30, staff_only=True),
    Field("links", Links(), 60, _("Links")),
    Field("follow_ups", FollowUps(), 40, _("Follow-up"), staff_only=True),
    Field("certainty", Choice(Certainty), 14, _("Certainty"), fixed=True),
    Field("classification", Choice(Classification), 14, staff_only=True),
    Field("classification_basis", Text(), 20, staff_only=True),
    Field("audience", Choice(Audience), 16, staff_only=True),
    Field("released_to", Many("organizations"), 24, staff_only=True),
    Field("focal_officer", One("staff"), 20, staff_only=True),
    Field("readers", Many("staff"), 20, staff_only=True),
    Field("review_state", Choice(ReviewState), 12, signed_in_only=True, fixed=True),
    Field("changed_at", Moment(), 16, _("Changed"), fixed=True),
)
BY_CODE = {field.code: field for field in FIELDS}


def fields_for(viewer: "Viewer") -> list[Field]:
    """The columns that the viewer has at all."""
    staff, signed_in = is_staff_viewer(viewer), viewer.is_authenticated and viewer.is_active
    return [f for f in FIELDS if (staff or not f.staff_only) and (signed_in or not f.signed_in_only)]


def columns_for(viewer: "Viewer", words: Words, fields: Sequence[Field] | None = None) -> list[Column]:
    """The same as a table takes them."""

    def column(field: Field) -> Column:
        return Column(field.code, field.heading, lambda row: field.cell(row, words), field.width)

    return [column(field) for field in (fields_for(viewer) if fields is None else fields)]


def rows_for(viewer: "Viewer", activities: QuerySet[Activity]) -> Iterator[Row]:
    """The activities, which went through `visible_to`, as rows of codes; one query."""
    return values_of(activities, sources_for(viewer))


def sources_for(viewer: "Viewer") -> dict[str, Any]:
    """Where each value comes from, by column."""
    wanted = [field.code for field in fields_for(viewer)] + ["priority_inferred", "classification"]
    expressions = _expressions(viewer)
    return {"pk": "pk", "version": "version"} | {code: expressions.get(code, code) for code in wanted}


def _expressions(viewer: "Viewer") -> dict[str, Any]:
    """Columns that are more than a field of the activity."""
    mine, known = {"activity": OuterRef("pk")}, figures_known(viewer)
    organizations, series = Organization.objects.visible_to(viewer), Series.objects.visible_to(viewer)
    return {
        "lead_organization": where_names_shown(viewer, code_of(organizations, "lead_organization"), Value(None)),
        "outcome": where_names_shown(viewer, F("outcome"), Value("")),
        "country": "country__code",
        "countries": codes(
            Activity.countries.through.objects.filter(names_shown(viewer, "activity"), **mine), "country__code"
        ),
        "main_priority": priority_key("main_priority"),
        "further_priorities": codes(
            Priority.objects.visible_to(viewer).filter(further_activities=OuterRef("pk")), priority_key()
        ),
        "themes": codes(Theme.objects.visible_to(viewer).filter(activities=OuterRef("pk"))),
        "sdg_targets": codes(SdgTarget.objects.visible_to(viewer).filter(activities=OuterRef("pk"))),
        "series": code_of(series, "series"),
        # Outside the staff, not even that there is a series.
        "edition": "edition" if is_staff_viewer(viewer) else Case(When(series__in=series, then="edition")),
        "commitments": objects(
            Evidence.objects.visible_to(viewer).filter(**mine),
            order=("commitment__priority__programme__starts", "commitment__priority__number", "commitment__number"),
            item=JSONObject(commitment=commitment_key("commitment"), inferred="inferred"),
        ),
        "partners": objects(
            Involvement.objects.visible_to(viewer).filter(**mine),
            order=("organization__code", "role"),
            item=JSONObject(organization="organization__code", role="role"),
        ),
        **{name: known[f"known_{name}"] for name in FIGURES},
        "participants_by_country": objects(
            ParticipantsByCountry.objects.visible_to(viewer).filter(**mine),
            order=("country__code",),
            item=JSONObject(country="country__code", **{name: name for name in FIGURES}),
        ),
        "links": objects(
            Link.objects.visible_to(viewer).filter(**mine),
            order=("id",),
            item=JSONObject(id="id", **{name: name for name in Links.parts}),
        ),
        "follow_ups": objects(
            FollowUp.objects.visible_to(viewer).filter(**mine),
            order=(F("due").asc(nulls_last=True), "id"),
            item=JSONObject(id="id", text="text", owner="owner__email", due="due", done="done"),
        ),
        "released_to": codes(_named(organizations, "released_to")),
        "focal_officer": "focal_officer__email",
        "readers": codes(_named(User.objects.all(), "readers"), "email"),
    }


def _named(queryset: QuerySet[Any], field: str) -> QuerySet[Any]:
    """Those that the activity's many-to-many field names; it has no way back of its own."""
    link: Any = Activity._meta.get_field(field)
    links = link.remote_field.through.objects.filter(activity=OuterRef(OuterRef("pk")))
    return queryset.filter(pk__in=links.values(link.m2m_reverse_field_name()))


def _day_cell(row: Row, code: str) -> Cell:
    """The date as exactly as it is known: a day, 2024-07, or 2024. The last day only where it says more."""
    first, last, precision = row["start_date"], row["end_date"], row["date_precision"]
    if first is None or precision == DatePrecision.UNKNOWN:
        return None
    day: date | None = first if code == "start_date" else last
    if day is None or precision == DatePrecision.DAY:
        return day
    exact = "%Y-%m" if precision == DatePrecision.MONTH else "%Y"
    if code == "end_date" and day.strftime(exact) == first.strftime(exact):
        return None
    return day.strftime(exact) if precision == DatePrecision.MONTH else day.year
