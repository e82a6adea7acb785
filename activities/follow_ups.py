"""Every way to write a follow-up by itself: atomic, under its record's lock, with author and deed in the audit trail.

All raise ValidationError when the follow-up is no longer as the page showed it (`stamp`), and PermissionDenied for
those who log nothing. A follow-up is done after its record is approved, so whoever logs records may write it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.audit import acting
from accounts.roles import Permission, allows
from accounts.time_zones import office_date

from .models import Activity, FollowUp

if TYPE_CHECKING:
    from accounts.models import User

CHANGED = _("Somebody changed this follow-up after you opened the page, so nothing was done. Look again, then decide.")


def finish(*, follow_up: FollowUp, by: "User", stamp: str) -> None:
    """It is done as of today; what is done already stays as it is."""
    with _deed(follow_up, by, "finish_follow_up", stamp) as saved:
        saved.done = saved.done or office_date()


def reopen(*, follow_up: FollowUp, by: "User", stamp: str) -> None:
    """It is not done after all."""
    with _deed(follow_up, by, "reopen_follow_up", stamp) as saved:
        saved.done = None


def change(*, follow_up: FollowUp, by: "User", stamp: str, owner: "User | None", due: date | None) -> None:
    """Give it to somebody else, or put it off."""
    with _deed(follow_up, by, "change_follow_up", stamp) as saved:
        saved.owner, saved.due = owner, due


@contextmanager
def _deed(follow_up: FollowUp, by: "User", verb: str, stamp: str) -> Iterator[FollowUp]:
    """The follow-up as saved now, locked; saved afterwards where it differs.

    The record's version goes up without any other trace on the record: a form that shows the follow-up as it was
    meets a conflict instead of undoing this, and partners' programs learn nothing of work that stays with the staff.
    """
    if not allows(by, Permission.LOG_RECORDS):
        raise PermissionDenied
    with acting(by=by, verb=verb):
        Activity.locked(follow_up.activity_id, version=None)
        saved = FollowUp.objects.filter(pk=follow_up.pk).first()
        if saved is None or saved.stamp != stamp:
            raise ValidationError(CHANGED, code="stale")
        yield saved
        if saved.stamp != stamp:
            saved.save()
            Activity.objects.filter(pk=saved.activity_id).update(version=F("version") + 1)
