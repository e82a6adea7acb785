"""What a partner finds on its first page: what was released to it, its agreements, its own entries, its keys."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from accounts.choices import ReviewState
from accounts.models import ApiKey, AuditEntry, User
from partners.models import Agreement

from .models import Activity
from .verification import is_due, with_verify_by

SHOWN = 10
# In the order in which they want something of the partner.
STATES = (ReviewState.RETURNED, ReviewState.DRAFT, ReviewState.SUBMITTED, ReviewState.APPROVED)


@dataclass(frozen=True)
class State:
    """The organization's own entries in one state, and where all of them stand."""

    label: Any
    code: str
    entries: list[Any]
    more: str


def home_of(user: User) -> dict[str, Any]:
    """The facts of the page; a constant number of queries."""
    visible = Activity.objects.visible_to(user)
    others = visible.approved().exclude(lead_organization=user.organization)
    since = visit_before(user)
    released = list(others.select_related("country").order_by("-changed_at", "-id")[:SHOWN])
    own = with_verify_by(visible.filter(lead_organization=user.organization)).select_related("country")
    states = _by_state(own, user)
    [approved] = [state for state in states if state.code == ReviewState.APPROVED]
    agreements = Agreement.objects.visible_to(user).filter(parties=user.organization)
    return {
        "organization": user.organization,
        "since": since,
        "released": [(record, since is not None and record.changed_at > since) for record in released],
        "states": states,
        "has_entries": any(state.entries for state in states),
        "due": [entry for entry in approved.entries if is_due(entry)],
        "agreements": agreements.newest_first()[:SHOWN],
        "keys": ApiKey.objects.filter(user=user, revoked_at=None).order_by("expires_at")[:SHOWN],
    }


def visit_before(user: User) -> datetime | None:
    """When the person signed in the time before this one; None on the first visit."""
    signed_in = AuditEntry.objects.filter(
        subject=User._meta.label_lower, subject_id=str(user.pk), verb="sign_in"
    ).order_by("-at", "-id")
    return next(iter(signed_in.values_list("at", flat=True)[1:2]), None)


def _by_state(own: Any, user: User) -> list[State]:
    """Those that are due first, then the newest; of each state the first few."""
    found = {
        state: list(own.filter(review_state=state).order_by("verify_by", "-changed_at", "-id")[: SHOWN + 1])
        for state in STATES
    }
    lead = user.organization.code if user.organization else ""
    address = reverse("activities:list")
    return [
        State(
            state.label,
            state.value,
            found[state][:SHOWN],
            f"{address}?{urlencode({'lead': lead, 'review_state': state.value})}" if len(found[state]) > SHOWN else "",
        )
        for state in STATES
    ]
