"""What the portal does for its people by itself. Each task may come late, twice or not at all without harm."""

from celery import shared_task
from django.utils import timezone

from . import changes, idempotency, mail
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
def send_mails() -> None:
    """Send what is due in the outbox: after each deed, and each minute for what was held up."""
    mail.send_due(timezone.now())


@shared_task
def send_daily_mails() -> None:
    """Send those who want one mail a day what came together since the last; nothing came, nothing is sent."""
    mail.call_daily(timezone.now())
    mail.send_due(timezone.now())
