"""Opening the next programme of action from the one before, and removing it again while nothing rests on it."""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from accounts.audit import acting
from accounts.record_deeds import AlreadySaved, locked

from .actions import DEEDS, is_filled, is_pointed_to
from .models import Commitment, Deliverable, DeliverableLine, Indicator, Priority, ProgrammeOfAction

if TYPE_CHECKING:
    from accounts.models import User

PRIORITY_FIELDS = (
    *("number", "roman", "slug", "title_en", "title_ru", "short_title_en", "short_title_ru"),
    *("narrative_en", "narrative_ru", "function_id", "colour"),
)
COMMITMENT_FIELDS = ("number", "code", "text_en", "text_ru", "cadence")
INDICATOR_FIELDS = ("code", "name_en", "name_ru", "unit_en", "unit_ru")


class OpeningChanged(Exception):
    """What would be copied is no longer what the preview showed."""


@dataclass(frozen=True)
class Opening:
    """What is taken over into the next programme, in order: the preview shows it, the deed copies it."""

    source: ProgrammeOfAction | None
    priorities: list[Priority]
    commitments: dict[int, list[Commitment]]
    indicators: dict[int, list[Indicator]]
    lines: list[DeliverableLine]

    @property
    def number_of_commitments(self) -> int:
        return sum(len(found) for found in self.commitments.values())

    @property
    def number_of_indicators(self) -> int:
        return sum(len(found) for found in self.indicators.values())

    @property
    def rows(self) -> list[tuple[Priority, list[Commitment], list[Indicator]]]:
        """Each priority with its commitments and indicators."""
        return [(one, self.commitments.get(one.pk, []), self.indicators.get(one.pk, [])) for one in self.priorities]

    @property
    def stamp(self) -> str:
        """Stands for all that the preview showed: a copy of anything else is refused."""
        parts: list[Any] = [*self.priorities, *self.lines]
        for _priority, commitments, indicators in self.rows:
            parts += [*commitments, *indicators]
        shown = [(part._meta.model_name, part.pk, part.version) for part in parts]
        return hashlib.sha256(repr(shown).encode()).hexdigest()[:24]


def last_programme(viewer: Any) -> ProgrammeOfAction | None:
    """The programme that the next one goes on from."""
    last: ProgrammeOfAction | None = ProgrammeOfAction.objects.visible_to(viewer).order_by("-ends").first()
    return last


def defaults_after(source: ProgrammeOfAction | None) -> dict[str, Any]:
    """What the form of the next programme starts with: the number after, and as many years from the day after."""
    if source is None:
        return {"number": 1}
    starts = source.ends + timedelta(days=1)
    years = source.ends.year - source.starts.year + 1
    ends = _years_later(starts, years) - timedelta(days=1)
    titles = {"title_en": source.title_en, "title_ru": source.title_ru}
    for name, dash in ((name, dash) for name in titles for dash in "-–"):
        old, new = (f"{first.year}{dash}{last.year}" for first, last in ((source.starts, source.ends), (starts, ends)))
        titles[name] = titles[name].replace(old, new)
    return {"number": source.number + 1, "starts": starts, "ends": ends, **titles}


def _years_later(day: date, years: int) -> date:
    """The same day so many years later; 1 March for 29 February where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def foresee(source: ProgrammeOfAction | None, copies: frozenset[str], viewer: Any) -> Opening:
    """What is copied of the programme, of the kinds ticked: priorities, commitments, lines, indicators."""
    if source is None:
        return Opening(None, [], {}, {}, [])
    priorities: list[Priority] = []
    commitments: dict[int, list[Commitment]] = {}
    indicators: dict[int, list[Indicator]] = {}
    if "priorities" in copies:
        found = Priority.objects.visible_to(viewer).filter(programme=source).select_related("function", "programme")
        priorities = list(found.order_by("number"))
    if "commitments" in copies:
        for one in Commitment.objects.visible_to(viewer).filter(priority__in=priorities, retired=False):
            commitments.setdefault(one.priority_id, []).append(one)
    if "indicators" in copies:
        for measure in Indicator.objects.visible_to(viewer).filter(priority__in=priorities, retired=False):
            indicators.setdefault(measure.priority_id, []).append(measure)
    lines = list(lines_of(source, viewer)) if "lines" in copies else []
    return Opening(source, priorities, commitments, indicators, lines)


def lines_of(programme: ProgrammeOfAction, viewer: Any) -> Any:
    """The lines, not retired, that the programme has rows for; all lines where it has none yet."""
    lines = DeliverableLine.objects.visible_to(viewer).filter(retired=False)
    used = lines.filter(deliverables__programme=programme).distinct()
    return used if used.exists() else lines


def open_programme(
    *, programme: ProgrammeOfAction, copies: frozenset[str], stamp: str, by: "User", token: UUID | None
) -> ProgrammeOfAction:
    """Save the new programme with the structure of the last one, all or nothing.

    AlreadySaved when this form has opened it before, OpeningChanged when the structure is no longer that of the
    preview (`stamp`), PermissionDenied when `by` may not.
    """
    if not DEEDS.may_edit(by):
        raise PermissionDenied
    made = DEEDS.made_before(ProgrammeOfAction, token, by=by)
    if made is not None:
        raise AlreadySaved(made)
    try:
        with acting(by=by, verb="open_programme"):
            opening = foresee(_locked_last(by), copies, by)
            if opening.stamp != stamp:
                raise OpeningChanged
            programme.form_token = token
            programme.touch(by)
            programme.save()
            _copy(opening, programme, by)
    except IntegrityError as error:
        if "form_token_once" in str(error) and token is not None:
            raise AlreadySaved(ProgrammeOfAction.objects.get(created_by=by, form_token=token)) from error
        raise ValidationError(_("Another programme was opened meanwhile. Look at the list of programmes.")) from error
    return programme


def _locked_last(by: "User") -> ProgrammeOfAction | None:
    """The last programme, locked: two who open the next one wait for each other."""
    last = last_programme(by)
    return ProgrammeOfAction.locked(last.pk, version=None) if last else None


def _copy(opening: Opening, programme: ProgrammeOfAction, by: "User") -> None:
    new: dict[int, Priority] = {}
    for old in opening.priorities:
        new[old.pk] = _made(Priority(programme=programme, predecessor=old, **_fields(old, PRIORITY_FIELDS)), by)
        new[old.pk].save()
    Commitment.objects.bulk_create(
        _made(Commitment(priority=new[key], predecessor=old, **_fields(old, COMMITMENT_FIELDS)), by)
        for key, found in opening.commitments.items()
        for old in found
    )
    Indicator.objects.bulk_create(
        _made(Indicator(priority=new[key], **_fields(old, INDICATOR_FIELDS)), by)
        for key, found in opening.indicators.items()
        for old in found
    )
    # A year that the programme before has figures for, where they share one, stays with that one.
    taken = set(Deliverable.objects.filter(year__in=programme.years()).values_list("line", "year"))
    Deliverable.objects.bulk_create(
        _made(Deliverable(line=line, programme=programme, year=year), by)
        for line in opening.lines
        for year in programme.years()
        if (line.pk, year) not in taken
    )


def _fields(record: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}


def _made(record: Any, by: "User") -> Any:
    record.touch(by)
    return record


# --- removing -----------------------------------------------------------------------------------------------


STRUCTURE = frozenset({"priority", "commitment", "indicator", "indicatorvalue", "deliverable", "mandate"})


def why_not_removed(programme: ProgrammeOfAction) -> str:
    """Why the programme stays, in words; empty when it may be removed."""
    if programme.created_by_id is None:
        return str(_("The portal loaded this programme, and would load it again."))
    if any(is_filled(row) for row in programme.deliverables.all()):
        return str(_("Figures of deliverables are recorded, so it stays."))
    priorities = programme.priorities.values("pk")
    commitments = Commitment.objects.filter(priority__programme=programme).values("pk")
    indicators = Indicator.objects.filter(priority__programme=programme)
    if any(is_filled(row) for one in indicators.prefetch_related("values") for row in one.values.all()):
        return str(_("Values of indicators are recorded, so it stays."))
    rested_on = (
        (ProgrammeOfAction, [programme.pk]),
        (Priority, priorities),
        (Commitment, commitments),
        (Deliverable, programme.deliverables.values("pk")),
    )
    if any(is_pointed_to(model, keys, but=STRUCTURE) for model, keys in rested_on):
        return str(_("Records point to its priorities, commitments or deliverables already, so it stays."))
    if Priority.objects.filter(predecessor__programme=programme).exists():
        return str(_("A later programme goes on from it, so it stays."))
    return ""


def remove_programme(*, programme: ProgrammeOfAction, by: "User", version: int) -> None:
    """Remove a programme that a manager opened and nothing rests on. ValidationError says what does."""
    if not DEEDS.may_edit(by):
        raise PermissionDenied
    with acting(by=by, verb="remove_programme"):
        saved = locked(programme, version)
        reason = why_not_removed(saved)
        if reason:
            raise ValidationError(reason)
        saved.deliverables.all().delete()
        Indicator.objects.filter(priority__programme=saved).delete()
        Commitment.objects.filter(priority__programme=saved).delete()
        saved.priorities.all().delete()
        saved.delete()
