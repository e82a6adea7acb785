"""What activities have done in the background."""

from typing import Any

from celery import shared_task
from django.db import InterfaceError, OperationalError, transaction

from accounts.time_zones import office_date

from . import notices
from .imports import ActivityImport
from .models import Activity, FollowUp
from .sheets import deeds
from .verification import to_be_verified, with_verify_by

# Seconds after which a worker comes back to a database that went away, or in which two stood in each other's way.
COMES_BACK_AFTER = (5, 30, 120)


@shared_task
def remind() -> None:
    """Put reminders of follow-ups that are due soon or overdue into the outbox; run twice, it adds nothing."""
    today = office_date()
    open_ones = FollowUp.objects.filter(done__isnull=True, due__lte=today + notices.DUE_SOON)
    people = ("owner", "activity__focal_officer", "activity__created_by")
    with transaction.atomic():
        notices.remind_of(open_ones.select_related(*people), today=today)


@shared_task
def ask_to_verify() -> None:
    """Ask partners whether their own entries are still right; run twice, it adds nothing."""
    entries = Activity.objects.approved().filter(lead_organization__isnull=False)
    with transaction.atomic():
        notices.ask_to_verify(with_verify_by(entries).filter(to_be_verified()), today=office_date())


@shared_task(bind=True, max_retries=len(COMES_BACK_AFTER))
def check_import(task: Any, import_id: int) -> None:
    """Make the preview of a long file."""
    _work(task, "check", import_id)


@shared_task(bind=True, max_retries=len(COMES_BACK_AFTER))
def write_import(task: Any, import_id: int) -> None:
    """Write what the preview of a long file showed."""
    _work(task, "write", import_id)


def _work(task: Any, deed: str, import_id: int) -> None:
    """Do it; whatever goes wrong, the person who waits is told. The worker that comes next starts over."""
    try:
        deeds.DEEDS[deed](import_id, deeds.reporter(import_id))
    except (OperationalError, InterfaceError) as error:
        tried = task.request.retries
        if task.request.called_directly or tried >= len(COMES_BACK_AFTER):
            deeds.fail(import_id)
        else:
            raise task.retry(exc=error, countdown=COMES_BACK_AFTER[tried]) from error
    except Exception:
        deeds.fail(import_id)


@shared_task
def forget_expired_imports() -> None:
    """Delete uploaded files whose importers did not come back."""
    ActivityImport.objects.expired().delete()
