"""Submitting, approving or returning several records at once.

What is ticked on a page travels as reference and version, so that nothing is decided that nobody has seen.
`foresee` says what would happen to each record; `carry_out` does it, each record in a transaction of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from accounts.choices import ReviewState
from accounts.records import StaleEdit
from accounts.roles import Permission, allows

from . import actions
from .desk import with_what_review_asks
from .models import Activity

if TYPE_CHECKING:
    from accounts.models import User

MOST_AT_ONCE = 100


class Deed(StrEnum):
    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"


LEADS_TO = {
    Deed.SUBMIT: ReviewState.SUBMITTED,
    Deed.APPROVE: ReviewState.APPROVED,
    Deed.RETURN: ReviewState.RETURNED,
}


@dataclass(frozen=True)
class Tick:
    """A record as the page showed it."""

    reference: str
    version: int

    def __str__(self) -> str:
        return f"{self.reference}:{self.version}"


@dataclass(frozen=True)
class Fate:
    """What would happen to a ticked record, or did: `well` when the deed is, or can be, done. None: not there."""

    tick: Tick
    activity: Any
    well: bool
    words: str
    remarks: tuple[str, ...] = ()


def ticks_in(values: Iterable[str]) -> list[Tick]:
    """The ticks as a form sends them, each record once; what is mangled is left out."""
    found: dict[str, Tick] = {}
    for value in values:
        reference, _colon, version = value.partition(":")
        if reference and version.isascii() and version.isdigit() and len(version) < 10 and "\0" not in reference:
            found.setdefault(reference, Tick(reference, int(version)))
    return list(found.values())[:MOST_AT_ONCE]


def may(user: "User", deed: Deed) -> bool:
    """Whether the user may do such deeds at all; which records, each decides."""
    return actions.may_log(user) if deed == Deed.SUBMIT else allows(user, Permission.APPROVE_RECORDS)


# --- before ---------------------------------------------------------------------------------------------------


def foresee(ticks: list[Tick], deed: Deed, *, by: "User") -> list[Fate]:
    """What would happen to each record; a constant number of queries."""
    shown = _visible(ticks, by)
    return [_foreseen(tick, shown.get(tick.reference), deed, by) for tick in ticks]


def _visible(ticks: list[Tick], user: "User") -> dict[str, Activity]:
    visible = Activity.objects.visible_to(user).filter(reference__in=[tick.reference for tick in ticks])
    return {activity.reference: activity for activity in with_what_review_asks(visible)}


def _foreseen(tick: Tick, activity: Activity | None, deed: Deed, by: "User") -> Fate:
    if activity is None:
        return _not_there(tick)
    why_not = _why_not(tick, activity, deed, by)
    if why_not:
        return Fate(tick, activity, False, why_not)
    words = {
        Deed.SUBMIT: _("Will be submitted for approval."),
        Deed.APPROVE: _("Will be approved; its audience sees it then."),
        Deed.RETURN: _("Will be returned with your comment."),
    }[deed]
    if deed == Deed.APPROVE and activity.release_held:
        words = _("Will be approved; its release waits for a second manager.")
    remarks = (_("You submitted it yourself."),) if deed != Deed.SUBMIT and activity.submitted_by == by else ()
    return Fate(tick, activity, True, words, remarks)


def _why_not(tick: Tick, activity: Activity, deed: Deed, by: "User") -> str:
    """Why the deed is not possible, in words; empty when it is."""
    if activity.version != tick.version:
        return _done_already(activity, deed, by) or _changed()
    may_be_done = activity.may_be_submitted_by(by) if deed == Deed.SUBMIT else activity.may_be_reviewed_by(by)
    if not may_be_done:
        return _("It is “%(state)s”, so this cannot be done.") % {"state": activity.get_review_state_display()}
    lacking = activity.missing_for_approval() if deed != Deed.RETURN else []
    if lacking:
        return _("It still lacks: %(missing)s.") % {"missing": ", ".join(str(label) for label in lacking)}
    return ""


def _changed() -> str:
    return _("It was changed after you opened the page, so it is left alone. Look at it again.")


def _not_there(tick: Tick) -> Fate:
    return Fate(tick, None, False, _("There is no such record, or no longer."))


# --- the deed -------------------------------------------------------------------------------------------------


def carry_out(ticks: list[Tick], deed: Deed, *, by: "User", comment: str = "") -> list[Fate]:
    """Do the deed on each record by itself: what cannot be done to one keeps no other back."""
    shown = _visible(ticks, by)
    return [_carried_out(tick, shown.get(tick.reference), deed, by, comment) for tick in ticks]


def _carried_out(tick: Tick, activity: Activity | None, deed: Deed, by: "User", comment: str) -> Fate:
    if activity is None:
        return _not_there(tick)
    try:
        return Fate(tick, activity, True, _do(activity, deed, by, tick.version, comment))
    except StaleEdit as stale:
        done = _done_already(stale.current, deed, by)
        return Fate(tick, activity, bool(done), done or _changed())
    except ValidationError as error:
        return Fate(tick, activity, False, " ".join(error.messages))
    except PermissionDenied:
        return Fate(tick, activity, False, _("You may not do this to the record."))


def _do(activity: Activity, deed: Deed, by: "User", version: int, comment: str) -> str:
    if deed == Deed.SUBMIT:
        actions.submit(activity=activity, by=by, version=version)
        return _("Submitted for approval.")
    if deed == Deed.RETURN:
        actions.send_back(activity=activity, by=by, version=version, comment=comment)
        return _("Returned to the officer.")
    saved = actions.approve(activity=activity, by=by, version=version)
    if saved.release_held:
        return _("Approved. Its release waits for a second manager.")
    return _("Approved. Its audience sees it now.")


def _done_already(current: Any, deed: Deed, by: "User") -> str:
    """A form that is sent twice finds its own work done: that is no conflict. Empty when it was another's."""
    doer = current.submitted_by_id if deed == Deed.SUBMIT else current.reviewed_by_id
    if current.review_state == LEADS_TO[deed] and doer == by.pk:
        return _("You have done this already.")
    return ""
