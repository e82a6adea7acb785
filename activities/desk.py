"""What waits on a person's desk: their drafts, what came back, what is to be decided, follow-ups."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.choices import ReviewState
from accounts.roles import Permission, Role, allows

from .models import Activity, FollowUp

if TYPE_CHECKING:
    from accounts.models import User

MOST_SHOWN = 50


@dataclass(frozen=True)
class Pile:
    """Records on the desk that want the same. `deeds` are what may be done with several of them at once."""

    name: str
    title: Any
    records: list[Any]
    deeds: tuple[str, ...] = ()
    # The list of all of them, where there are more than are shown.
    more: str = ""


def piles_of(user: "User") -> list[Pile]:
    """The piles of records on the desk; a constant number of queries."""
    if user.role == Role.PARTNER:
        return _piles_of_partner(user)
    if not allows(user, Permission.LOG_RECORDS):
        return []
    return [*_piles_to_decide(user), *_own_piles(user)]


def _piles_to_decide(user: "User") -> list[Pile]:
    """For managers: what is submitted, longest waiting first, and releases that want the word of another manager."""
    if not allows(user, Permission.APPROVE_RECORDS):
        return []
    submitted = _visible(user).filter(review_state=ReviewState.SUBMITTED).order_by("submitted_at", "id")
    held = _visible(user).approved().filter(release_held=True)
    held = held.exclude(release_decided_by=user).exclude(reviewed_by=user).order_by("reviewed_at", "id")
    waiting = _("Waiting for your decision")
    return [
        _pile("waiting", waiting, submitted, {"review_state": ReviewState.SUBMITTED}, deeds=("approve", "return")),
        _pile("releases", _("Releases that wait for a second manager"), held, {}),
    ]


def own_work(user: "User") -> Q:
    """Reviewed records that are the user's to see through: made, looked after or submitted by the user."""
    return Q(created_by=user) | Q(focal_officer=user) | Q(submitted_by=user)


def _own_piles(user: "User") -> list[Pile]:
    own = _visible(user).filter(own_work(user))
    piles = [
        _of_state("returned", _("Returned to you"), own, ReviewState.RETURNED, officer=user.pk, deeds=("submit",)),
        _of_state("drafts", _("Your drafts"), own, ReviewState.DRAFT, officer=user.pk, deeds=("submit",)),
    ]
    if not allows(user, Permission.APPROVE_RECORDS):
        submitted = _("Submitted, not decided yet")
        piles.append(_of_state("submitted", submitted, own, ReviewState.SUBMITTED, officer=user.pk))
    return piles


def _piles_of_partner(user: "User") -> list[Pile]:
    """The entries of the partner's own organization, by state."""
    own, lead = _visible(user).filter(lead_organization=user.organization_id), user.organization.code  # type: ignore[union-attr]
    return [
        _of_state("returned", _("Returned to you"), own, ReviewState.RETURNED, lead=lead, deeds=("submit",)),
        _of_state("drafts", _("Your organization’s drafts"), own, ReviewState.DRAFT, lead=lead, deeds=("submit",)),
        _of_state("submitted", _("Submitted, not decided yet"), own, ReviewState.SUBMITTED, lead=lead),
        _of_state("approved", _("Approved"), own, ReviewState.APPROVED, lead=lead),
    ]


def _of_state(name: str, title: Any, rows: Any, state: ReviewState, deeds: tuple[str, ...] = (), **query: Any) -> Pile:
    found = rows.filter(review_state=state).order_by(F("changed_at").desc(), "-id")
    return _pile(name, title, found, {"review_state": state, **query}, deeds)


def _pile(name: str, title: Any, rows: Any, query: dict[str, Any], deeds: tuple[str, ...] = ()) -> Pile:
    records = list(rows[: MOST_SHOWN + 1])
    more = f"{reverse('activities:list')}?{urlencode(query)}" if len(records) > MOST_SHOWN else ""
    return Pile(name, title, records[:MOST_SHOWN], deeds, more)


def _visible(user: "User") -> Any:
    return with_what_review_asks(Activity.objects.visible_to(user))


def with_what_review_asks(activities: Any) -> Any:
    """With all that `missing_for_approval` and the rows of the desk read."""
    people = ("created_by", "submitted_by", "reviewed_by", "lead_organization")
    return activities.select_related(*people).prefetch_related("themes", "released_to")


def follow_ups_of(user: "User") -> list[FollowUp]:
    """The person's open follow-ups, the most urgent first; one more than are shown where there are more."""
    mine = FollowUp.objects.visible_to(user).filter(owner=user, done__isnull=True)
    return list(mine.select_related("activity")[: MOST_SHOWN + 1])
