"""Activities for tests."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.choices import ReviewState
from activities.choices import ActivityType
from activities.models import Activity, ReferenceCounter


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
