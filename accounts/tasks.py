"""What the portal does for its accounts by itself."""

from celery import shared_task

from .unsaved import UnsavedEntry


@shared_task
def forget_stale_entries() -> None:
    """Delete what people typed long ago and never saved."""
    UnsavedEntry.objects.stale().delete()
