"""What the partners' pages have done in the background."""

from datetime import timedelta

from celery import shared_task
from django.db import transaction

from accounts.time_zones import office_date

from . import notices
from .models import Agreement


@shared_task
def remind() -> None:
    """Put reminders of agreements about to end into the outbox; run twice, it adds nothing."""
    today = office_date()
    horizon = today + timedelta(days=max(notices.NOTICE_DAYS))
    with transaction.atomic():
        for agreement in Agreement.objects.filter(ends__gte=today, ends__lte=horizon):
            notices.remind_of(agreement, today=today)
