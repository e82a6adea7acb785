"""Activities whose priority wants a manager's word: those inferred, and those dated in another programme.

What a page shows travels as reference and version, with the priority chosen for each record, so that nothing is
decided that nobody has seen. `foresee` says what would happen to each record; `carry_out` does it, each by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.records import StaleEdit
from priorities.models import Priority, ProgrammeOfAction
from priorities.succession import Succession

from . import actions
from .decisions import Fate, Tick, ticks_in
from .models import Activity, Evidence

if TYPE_CHECKING:
    from accounts.models import User
    from accounts.roles import Viewer


@dataclass(frozen=True)
class Choice:
    """What was chosen for a ticked record: its priority, and the pieces of evidence to confirm."""

    tick: Tick
    priority: int | None
    confirmed: frozenset[int] = frozenset()


@dataclass
class Row:
    """An activity of the page: what it is under, what may be chosen for it, and what is suggested."""

    activity: Any
    choices: list[Priority]
    suggested: Priority | None
    evidence: list[Any] = field(default_factory=list)

    @property
    def tick(self) -> Tick:
        return Tick(self.activity.reference, self.activity.version)


# --- what waits -----------------------------------------------------------------------------------------------


def inferred(viewer: "Viewer") -> Any:
    """Activities whose priority, or a piece of whose evidence, is a guess that no manager has confirmed."""
    guesses = Evidence.objects.filter(activity=OuterRef("pk"), inferred=True)
    guessed = Q(priority_inferred=True, main_priority__isnull=False) | Q(Exists(guesses))
    return Activity.objects.visible_to(viewer).filter(guessed)


def misplaced(viewer: "Viewer") -> Any:
    """Activities under a priority of a programme that has none of their days, while another has their first day."""
    elsewhere = Q(pk__in=[])
    for programme in ProgrammeOfAction.objects.visible_to(viewer):
        begins_in_it = Q(start_date__gte=programme.starts, start_date__lte=programme.ends)
        elsewhere |= begins_in_it & ~Q(main_priority__programme=programme)
    return Activity.objects.visible_to(viewer).filter(elsewhere, main_priority__isnull=False)


def with_what_rows_show(activities: Any) -> Any:
    return activities.select_related("main_priority__programme", "created_by", "focal_officer").newest_first()


def rows_of(activities: list[Any], viewer: "Viewer", succession: Succession) -> list[Row]:
    """The activities with what may be chosen for each; a constant number of queries."""
    pieces: dict[int, list[Any]] = {}
    visible = Evidence.objects.visible_to(viewer).filter(activity__in=activities, inferred=True)
    for piece in visible.select_related("commitment__priority__programme"):
        pieces.setdefault(piece.activity_id, []).append(piece)
    return [_row(activity, pieces.get(activity.pk, []), succession) for activity in activities]


def _row(activity: Any, evidence: list[Any], succession: Succession) -> Row:
    """Offered are the priorities of the programmes that have its days; of all where none has."""
    covering = succession.covering(activity.start_date, activity.end_date)
    choices = succession.priorities_of(covering or succession.programmes)
    present = activity.main_priority
    if present is not None and present.pk not in {one.pk for one in choices}:
        choices = [*choices, present]
    suggested = succession.suggested(present, activity.start_date, activity.end_date)
    return Row(activity, choices, suggested, evidence)


# --- what was chosen ------------------------------------------------------------------------------------------


def choices_in(sent: Any) -> list[Choice]:
    """The choices as a form sends them; what is mangled counts as not chosen."""
    confirmed = frozenset(int(value) for value in sent.getlist("evidence") if _is_number(value))
    return [
        Choice(tick, _number(sent, f"priority-{tick.reference}"), confirmed)
        for tick in ticks_in(sent.getlist("record"))
    ]


def _number(sent: Mapping[str, Any], name: str) -> int | None:
    value = str(sent.get(name, ""))
    return int(value) if _is_number(value) else None


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 10


def foresee(choices: list[Choice], *, by: "User", succession: Succession) -> list[tuple[Choice, Fate]]:
    """What would happen to each record."""
    shown = _visible(choices, by)
    return [(choice, _foreseen(choice, shown.get(choice.tick.reference), succession)) for choice in choices]


def _visible(choices: list[Choice], by: "User") -> dict[str, Activity]:
    visible = Activity.objects.visible_to(by).filter(reference__in=[choice.tick.reference for choice in choices])
    return {activity.reference: activity for activity in visible.select_related("main_priority__programme")}


def _foreseen(choice: Choice, activity: Any, succession: Succession) -> Fate:
    if activity is None:
        return _not_there(choice)
    wanted = succession.priorities.get(choice.priority or 0)
    if wanted is None:
        return Fate(choice.tick, activity, False, _("Choose a priority for it."))
    if activity.version != choice.tick.version:
        return Fate(choice.tick, activity, False, _changed())
    if activity.main_priority_id == wanted.pk:
        return Fate(choice.tick, activity, False, _("It is under this priority already."))
    words = _("Goes from %(old)s to %(new)s.") % {"old": _name(activity.main_priority), "new": _name(wanted)}
    return Fate(choice.tick, activity, True, words)


def priorities_before(choices: list[Choice], by: "User") -> dict[str, int]:
    """What each record is under now, by its reference, so that a move can be taken back."""
    shown = _visible(choices, by).values()
    return {activity.reference: activity.main_priority_id for activity in shown if activity.main_priority_id}


def carry_out(choices: list[Choice], *, by: "User", succession: Succession) -> list[Fate]:
    """Put each record under its priority and confirm its evidence: what cannot be done to one keeps no other back."""
    shown = _visible(choices, by)
    return [_carried_out(choice, shown.get(choice.tick.reference), by, succession) for choice in choices]


def _carried_out(choice: Choice, activity: Any, by: "User", succession: Succession) -> Fate:
    if activity is None:
        return _not_there(choice)
    wanted = succession.priorities.get(choice.priority or 0)
    if wanted is None:
        return Fate(choice.tick, activity, False, _("Choose a priority for it."))
    before = activity.main_priority
    try:
        saved = actions.place(
            activity=activity,
            by=by,
            version=choice.tick.version,
            priority=wanted,
            confirmed=choice.confirmed,
            succession=succession,
        )
    except StaleEdit as stale:
        done = _done_already(stale.current, wanted, by)
        return Fate(choice.tick, activity, bool(done), done or _changed())
    except ValidationError as error:
        return Fate(choice.tick, activity, False, " ".join(error.messages))
    except PermissionDenied:
        return Fate(choice.tick, activity, False, _("You may not do this to the record."))
    if before == wanted:
        return Fate(Tick(saved.reference, saved.version), activity, True, _("Confirmed."))
    words = _("Went from %(old)s to %(new)s.") % {"old": _name(before), "new": _name(wanted)}
    return Fate(Tick(saved.reference, saved.version), activity, True, words)


def _done_already(current: Any, wanted: Priority, by: "User") -> str:
    """A form that is sent twice finds its own work done: that is no conflict. Empty when it was another's."""
    its_own = current.changed_by_id == by.pk and current.main_priority_id == wanted.pk and not current.priority_inferred
    return _("You have done this already.") if its_own else ""


def _name(priority: Priority | None) -> str:
    return f"{priority.programme.period} {priority.roman}" if priority else _("no priority")


def _changed() -> str:
    return _("It was changed after you opened the page, so it is left alone. Look at it again.")


def _not_there(choice: Choice) -> Fate:
    return Fate(choice.tick, None, False, _("There is no such record, or no longer."))
