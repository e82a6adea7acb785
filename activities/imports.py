"""A file that somebody is importing: its rows and the preview, for that person alone, and only for some days."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.roles import Viewer

KEPT_FOR = timedelta(days=7)


def _in_some_days() -> datetime:
    return timezone.now() + KEPT_FOR


class ImportStatus(models.TextChoices):
    CHECKING = "checking", _("Being checked")
    READY = "ready", _("Ready to import")
    WRITING = "writing", _("Being imported")
    DONE = "done", _("Imported")
    FAILED = "failed", _("Failed")


class ActivityImportQuerySet(models.QuerySet["ActivityImport"]):
    def visible_to(self, viewer: "Viewer") -> Self:
        """The viewer's own, as long as they are kept. Nobody else sees them, managers and administrators neither."""
        if not viewer.is_authenticated or not viewer.is_active:
            return self.none()
        return self.filter(owner=viewer, expires_at__gt=timezone.now())

    def expired(self) -> Self:
        return self.filter(expires_at__lte=timezone.now())


class ActivityImport(models.Model):
    """One uploaded file on its way into the portal. What came of it is told by the history of each activity."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(_("file"), max_length=200)
    status = models.CharField(_("status"), max_length=20, choices=ImportStatus, default=ImportStatus.CHECKING)
    language = models.CharField(max_length=5)
    created_at = models.DateTimeField(_("uploaded"), default=timezone.now)
    expires_at = models.DateTimeField(default=_in_some_days)
    # Made anew with each preview: what is imported is what was looked at.
    token = models.UUIDField(default=uuid4)
    # The file's rows as plain cells; what its importer said about names that are not known; the preview; what was made.
    sheet = models.JSONField(default=dict)
    meanings = models.JSONField(default=dict)
    plan = models.JSONField(default=dict)
    made = models.JSONField(default=list)
    # Why the file cannot be read, or why nothing was written.
    trouble = models.TextField(blank=True)

    objects: ClassVar[Any] = ActivityImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=ImportStatus.values), name="activities_import_status")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_working(self) -> bool:
        return self.status in (ImportStatus.CHECKING, ImportStatus.WRITING)
