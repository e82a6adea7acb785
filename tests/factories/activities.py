"""Activities for tests."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.choices import ReviewState
from activities.choices import ActivityType
from activities.models import Activity, ReferenceCounter
from priorities.models import Country, Priority, Theme
from tests.factories.framework import make_priority


@transaction.atomic
def make_activity(**fields: Any) -> Activity:
    """A saved activity with a reference; a draft of one day in 2024 unless the fields say otherwise."""
    defaults: dict[str, Any] = {
        "title_en": "Example activity",
        "type": ActivityType.MEETING,
        "start_date": date(2024, 5, 1),
        "end_date": date(2024, 5, 1),
    }
    values = {**defaults, **fields}
    now = timezone.now()
    if values.get("review_state") not in (None, ReviewState.DRAFT):
        values.setdefault("submitted_at", now)
    if values.get("review_state") in (ReviewState.APPROVED, ReviewState.RETURNED):
        values.setdefault("reviewed_at", now)
    return Activity.objects.create(reference=ReferenceCounter.next_reference(2024), **values)


def the_priority() -> Priority:
    """The one priority of these tests."""
    return Priority.objects.filter(slug="i").first() or make_priority()


def make_theme(code: str = "water", **fields: Any) -> Theme:
    return Theme.objects.get_or_create(code=code, defaults={"name_en": code.capitalize(), **fields})[0]


def make_country(code: str = "KZ", **fields: Any) -> Country:
    return Country.objects.get_or_create(
        code=code,
        defaults={"m49": f"{ord(code[0]) * 10 + ord(code[1]) % 10:03}", "name_en": f"Country {code}", **fields},
    )[0]


def make_complete_activity(**fields: Any) -> Activity:
    """An activity that has all that approval asks for."""
    activity = make_activity(**{"main_priority": the_priority(), "summary": "Example summary.", **fields})
    activity.themes.add(make_theme())
    return activity
