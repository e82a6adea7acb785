"""What the portal does for its people by itself. Each task may come late, twice or not at all without harm."""

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from . import api_accesses, changes, idempotency, mail, notices
from .unsaved import UnsavedEntry


@shared_task
def forget_stale_entries() -> None:
    """Delete what people typed long ago and never saved."""
    UnsavedEntry.objects.stale().delete()


@shared_task
def thin_out_changes() -> None:
    """Forget what the API no longer needs to know about earlier changes and requests."""
    changes.thin_out()
    idempotency.forget_old()


@shared_task
def write_accesses() -> None:
    """Write down what API keys were used for since the last minute."""
    api_accesses.settle()


@shared_task
def forget_accesses() -> None:
    """Delete what the log of API keys no longer keeps."""
    api_accesses.forget()


@shared_task
def remind_of_keys() -> None:
    """Put reminders of API keys that are about to expire into the outbox; run twice, it adds nothing."""
    with transaction.atomic():
        notices.remind_of_keys(timezone.now())


@shared_task
def send_mails() -> None:
    """Send what is due in the outbox: after each deed, and each minute for what was held up."""
    mail.send_due(timezone.now())


@shared_task
def send_daily_mails() -> None:
    """Send those who want one mail a day what came together since the last; nothing came, nothing is sent."""
    mail.call_daily(timezone.now())
    mail.send_due(timezone.now())
