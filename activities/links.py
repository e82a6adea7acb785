"""Numbers and the lists behind them: whatever a dashboard counts, its list finds the same."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode

from accounts.choices import ReviewState
from priorities.models import Commitment, Priority

Filters = str | int | list[str]


@dataclass(frozen=True)
class Cell:
    """A number and the list that it counts."""

    count: int
    url: str


def activities_url(**filters: Filters) -> str:
    """The activities list with these filters; the list behind a number."""
    return f"{reverse('activities:list')}?{urlencode(filters, doseq=True)}"


def briefings_url(**filters: Filters) -> str:
    """The list of Council briefings with these filters."""
    return f"{reverse('briefings:list')}?{urlencode(filters, doseq=True)}"


def priority_url(priority: Priority, **filters: Filters) -> str:
    """The list of the priority's approved activities with these filters."""
    return activities_url(priority=priority_key(priority), review_state=ReviewState.APPROVED.value, **filters)


def priority_key(priority: Priority) -> str:
    """What the filter of the list calls the priority."""
    return f"{priority.programme.period}/{priority.slug}"


def commitment_key(commitment: Commitment) -> str:
    """What the filter of the list calls the commitment."""
    return f"{commitment.priority.programme.period}/{commitment.code}"
