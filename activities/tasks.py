"""What activities have done in the background."""

from celery import shared_task
from django.db import transaction

from accounts.time_zones import office_date

from . import notices
from .models import FollowUp


@shared_task
def remind() -> None:
    """Put reminders of follow-ups that are due soon or overdue into the outbox; run twice, it adds nothing."""
    today = office_date()
    open_ones = FollowUp.objects.filter(done__isnull=True, due__lte=today + notices.DUE_SOON)
    people = ("owner", "activity__focal_officer", "activity__created_by")
    with transaction.atomic():
        notices.remind_of(open_ones.select_related(*people), today=today)
