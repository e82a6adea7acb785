"""Runs of reports, and the schedules that start them."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Role
from accounts.visibility import StaffQuerySet
from partners.models import Organization

from .choices import UNFINISHED, ReportFormat, RunStatus, Step
from .files import storage

if TYPE_CHECKING:
    from accounts.roles import Viewer

# A run whose worker has given no sign of life for this long is started again.
STALLED_AFTER = timedelta(minutes=3)


class ReportRunQuerySet(models.QuerySet[Any]):
    def visible_to(self, viewer: "Viewer") -> Self:
        """A report is built with one person's visibility, so only that person sees it."""
        if not viewer.is_authenticated or not viewer.is_active:
            return self.none()
        # Not what was made while the person worked for the Centre, or for another partner; nor, of the staff, anything
        # confidential from before another role: which such records one reads depends on it.
        may_be_read = Q(made_as=viewer.read_as) | Q(file="")
        if viewer.role != Role.PARTNER:
            may_be_read |= Q(confidential=False)
        return self.filter(may_be_read, made_for=viewer)

    def stalled(self) -> Self:
        """Unfinished runs whose worker, or whose message in the queue, was lost."""
        return self.unfinished().filter(heartbeat_at__lt=timezone.now() - STALLED_AFTER)

    def of_last_slots(self) -> Self:
        """All runs of the latest moment of each schedule."""
        newer = self.model.objects.filter(schedule=OuterRef("schedule"), slot__gt=OuterRef("slot"))
        return self.filter(~Exists(newer), schedule__isnull=False).order_by("schedule_id", "made_for__name", "id")

    def together_with(self, run: "ReportRun") -> Self:
        """The run and the others that its schedule makes for the same person at the same moment."""
        if run.schedule_id is None:
            return self.filter(pk=run.pk)
        return self.filter(schedule=run.schedule_id, slot=run.slot, made_for=run.made_for_id).order_by("pk")

    def outlived(self, moment: datetime) -> Self:
        """Ready ones whose time is over."""
        return self.filter(status=RunStatus.READY, expires_at__lt=moment)

    def unfinished(self) -> Self:
        return self.filter(status__in=UNFINISHED)


class Schedule(models.Model):
    """A report made at set times for several people. Celery beat fires the linked periodic task.

    Who gets it is worked out at each moment (`audience`): people by name, all of a role, the focal points of partners.
    """

    report = models.CharField(_("report"), max_length=50)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    formats = models.JSONField(_("formats"), default=list)
    # Empty: each recipient's own.
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, blank=True)
    recipients = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=_("people"), related_name="schedules", blank=True
    )
    roles = models.JSONField(_("roles"), default=list, blank=True)
    organizations = models.ManyToManyField(
        Organization, verbose_name=_("focal points of"), related_name="schedules", blank=True
    )
    unsubscribed = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True, editable=False)
    by_mail = models.BooleanField(_("send by mail"), default=True)
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
        return f"{self.report} ({self.pk})"

    def get_absolute_url(self) -> str:
        return reverse("reports:schedule", args=[self.pk])

    def audience(self) -> models.QuerySet[User]:
        """Who is to get it now: active, and not unsubscribed."""
        wanted = Q(schedules=self) | Q(role__in=self.roles) | Q(role=Role.PARTNER, organization__schedules=self)
        gone = type(self).unsubscribed.through.objects.filter(schedule=self).values("user")
        return User.objects.filter(wanted, is_active=True).exclude(pk__in=gone).order_by("name", "pk").distinct()


class ReportRun(models.Model):
    """One making of a report: what was asked, for whom, how far it is, and the file."""

    report = models.CharField(_("report"), max_length=50)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    format = models.CharField(_("format"), max_length=10, choices=ReportFormat, default=ReportFormat.DOCX)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="en")
    made_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="report_runs", verbose_name=_("for")
    )
    # Who asked for it; of a schedule, whoever made that.
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("requested by")
    )
    # Comes with the request form, so that a form sent twice asks for one report.
    token = models.UUIDField(null=True, blank=True, editable=False)
    schedule = models.ForeignKey(Schedule, models.SET_NULL, null=True, blank=True, related_name="runs")
    # The scheduled moment; with schedule, person and format it makes a run unique: a schedule fired twice runs once.
    slot = models.DateTimeField(null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=RunStatus, default=RunStatus.QUEUED)
    progress = models.PositiveSmallIntegerField(_("progress"), default=0, help_text="per cent")
    step = models.CharField(max_length=20, choices=Step, blank=True)
    error = models.TextField(_("error"), blank=True)
    file = models.FileField(_("file"), blank=True, upload_to="reports/", max_length=200, storage=storage)
    size = models.PositiveBigIntegerField(null=True, blank=True, editable=False, help_text="bytes")
    # As what the person read it: a partner sees no file that was made for the staff.
    made_as = models.CharField(max_length=40, blank=True, editable=False)
    # Whether anything in the file is: then it does not leave the portal by mail.
    confidential = models.BooleanField(default=False, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Whoever makes the report now: a worker that was taken for lost cannot write over its successor.
    claim = models.UUIDField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("requested"), default=timezone.now, editable=False)
    heartbeat_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True)

    objects: ClassVar[Any] = ReportRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("report run")
        verbose_name_plural = _("report runs")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "slot", "made_for", "format"], name="reports_run_once_a_slot"),
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
    def file_name(self) -> str:
        """Such as priority-progress_2021-2025_2024-01-01_2024-12-31.docx; marked where it is confidential."""
        named = [str(self.parameters.get(name, "")) for name in ("programme", "starts", "ends")]
        parts = [self.report, *named, "CONFIDENTIAL" if self.confidential else ""]
        safe = (
            "".join(letter for letter in part if letter.isascii() and (letter.isalnum() or letter == "-"))
            for part in parts
        )
        return f"{'_'.join(part for part in safe if part)}.{self.format}"

    @property
    def is_finished(self) -> bool:
        return self.status not in UNFINISHED

    @property
    def may_be_retried(self) -> bool:
        return self.status in (RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.EXPIRED)
