"""What activities have done in the background."""

import logging
from collections.abc import Callable

from celery import shared_task
from django.db import InterfaceError, OperationalError, transaction

from accounts.time_zones import office_date

from . import notices
from .imports import ActivityImport, ImportStatus
from .models import FollowUp
from .sheets import deeds

logger = logging.getLogger(__name__)


@shared_task
def remind() -> None:
    """Put reminders of follow-ups that are due soon or overdue into the outbox; run twice, it adds nothing."""
    today = office_date()
    open_ones = FollowUp.objects.filter(done__isnull=True, due__lte=today + notices.DUE_SOON)
    people = ("owner", "activity__focal_officer", "activity__created_by")
    with transaction.atomic():
        notices.remind_of(open_ones.select_related(*people), today=today)


@shared_task
def check_import(import_id: int) -> None:
    """Make the preview of a long file."""
    _work(deeds.check, import_id)


@shared_task
def write_import(import_id: int) -> None:
    """Write what the preview of a long file showed."""
    _work(deeds.write, import_id)


def _work(deed: Callable[..., None], import_id: int) -> None:
    """Do it; whatever goes wrong, the person who waits is told. The worker that comes next starts over."""
    try:
        deed(import_id, deeds.reporter(import_id))
    except (OperationalError, InterfaceError):
        raise  # the database went away: nothing can be noted, and nothing was written
    except Exception:
        logger.exception("Import %s failed.", import_id)
        ActivityImport.objects.filter(pk=import_id).update(status=ImportStatus.FAILED)


@shared_task
def forget_expired_imports() -> None:
    """Delete uploaded files whose importers did not come back."""
    ActivityImport.objects.expired().delete()
