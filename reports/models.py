"""Runs of reports, and the schedules that start them."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.visibility import StaffQuerySet

from .choices import UNFINISHED, ReportFormat, RunStatus, Step

if TYPE_CHECKING:
    from accounts.roles import Viewer

# A run whose worker has given no sign of life for this long is started again.
STALLED_AFTER = timedelta(minutes=3)


class ReportRunQuerySet(models.QuerySet[Any]):
    def visible_to(self, viewer: "Viewer") -> Self:
        """A report is built with one person's visibility, so only that person sees it."""
        if not viewer.is_authenticated or not viewer.is_active:
            return self.none()
        return self.filter(made_for=viewer)

    def stalled(self) -> Self:
        """Unfinished runs whose worker, or whose message in the queue, was lost."""
        return self.unfinished().filter(heartbeat_at__lt=timezone.now() - STALLED_AFTER)

    def last_of_schedules(self) -> Self:
        """The latest run of each schedule."""
        return self.filter(schedule__isnull=False).order_by("schedule_id", "-created_at", "-id").distinct("schedule_id")

    def unfinished(self) -> Self:
        return self.filter(status__in=UNFINISHED)


class Schedule(models.Model):
    """A report made at set times for one person. Celery beat fires the linked periodic task."""

    report = models.CharField(_("report"), max_length=50)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    format = models.CharField(_("format"), max_length=10, choices=ReportFormat, default=ReportFormat.DOCX)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="en")
    made_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="schedules", verbose_name=_("for")
    )
    periodic_task = models.OneToOneField("django_celery_beat.PeriodicTask", models.CASCADE, related_name="+")
    # Moments up to this one are done with, or came before the schedule was made or resumed.
    settled_until = models.DateTimeField(default=timezone.now, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects: ClassVar[Any] = StaffQuerySet.as_manager()

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.report} ({self.made_for})"


class ReportRun(models.Model):
    """One making of a report: what was asked, for whom, how far it is, and the file."""

    report = models.CharField(_("report"), max_length=50)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    format = models.CharField(_("format"), max_length=10, choices=ReportFormat, default=ReportFormat.DOCX)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="en")
    made_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="report_runs", verbose_name=_("for")
    )
    # Comes with the request form, so that a form sent twice asks for one report.
    token = models.UUIDField(null=True, blank=True, editable=False)
    schedule = models.ForeignKey(Schedule, models.SET_NULL, null=True, blank=True, related_name="runs")
    # The scheduled moment; with the schedule it makes a run unique, so a schedule fired twice runs once.
    slot = models.DateTimeField(null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=RunStatus, default=RunStatus.QUEUED)
    progress = models.PositiveSmallIntegerField(_("progress"), default=0, help_text="per cent")
    step = models.CharField(max_length=20, choices=Step, blank=True)
    error = models.TextField(_("error"), blank=True)
    file = models.FileField(_("file"), blank=True, upload_to="reports/", max_length=200)
    size = models.PositiveBigIntegerField(null=True, blank=True, editable=False, help_text="bytes")
    attempts = models.PositiveSmallIntegerField(default=0)
    # Whoever makes the report now: a worker that was taken for lost cannot write over its successor.
    claim = models.UUIDField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("requested"), default=timezone.now, editable=False)
    heartbeat_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects: ClassVar[Any] = ReportRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("report run")
        verbose_name_plural = _("report runs")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "slot"], name="reports_run_once_a_slot"),
            models.UniqueConstraint(fields=["made_for", "token"], name="reports_run_once_a_form"),
            models.CheckConstraint(condition=Q(status__in=RunStatus.values), name="reports_run_status_known"),
            models.CheckConstraint(
                condition=~Q(status=RunStatus.READY) | ~Q(file=""), name="reports_ready_run_has_file"
            ),
        ]
        indexes = [models.Index(fields=["made_for", "-created_at"], name="reports_run_of_person")]

    def __str__(self) -> str:
        return f"{self.report} {self.created_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("reports:run", args=[self.pk])

    @property
    def is_finished(self) -> bool:
        return self.status not in UNFINISHED

    @property
    def may_be_retried(self) -> bool:
        return self.status in (RunStatus.FAILED, RunStatus.CANCELLED)
