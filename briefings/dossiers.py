"""The dossier of a Council briefing: its state, what is in it, its talking points, comments and frozen versions.

All of it stays with the staff who may see the briefing. A part that rests on an activity or a development is for
those alone who may see that record, whoever put it in.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.records import MadeOnce, Record
from accounts.roles import Permission, allows
from accounts.time_zones import office_date
from activities.models import Activity
from priorities.models import Document

from .choices import CLOSED_STATES, MOVES, ActivityOrder, DevelopmentOrder, DossierState, SectionKey, TaskKind
from .querysets import BriefingPartQuerySet, DossierItemQuerySet, DossierPartQuerySet, TalkingPointQuerySet

if TYPE_CHECKING:
    from accounts.models import User
    from accounts.roles import Viewer

STEP = 10


class BriefingTask(Record, MadeOnce):
    """What is to be done before a briefing, or was promised at it."""

    briefing = models.ForeignKey("briefings.Briefing", models.CASCADE, related_name="tasks")
    kind = models.CharField(_("kind"), max_length=10, choices=TaskKind, default=TaskKind.BEFORE)
    text = models.CharField(_("what is to be done"), max_length=500)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="briefing_tasks",
        verbose_name=_("person responsible"),
    )
    due = models.DateField(_("due"), null=True, blank=True)
    done = models.DateField(_("done"), null=True, blank=True)
    result = models.TextField(_("what came of it"), blank=True, max_length=2_000)

    part_of = "briefing"
    objects: ClassVar[Any] = BriefingPartQuerySet.as_manager()

    class Meta(MadeOnce.Meta):
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["kind", "due", "id"]

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return f"{dossier_url(self.briefing)}#tasks"

    def get_edit_url(self) -> str:
        return reverse("briefings:task-edit", args=[self.briefing.key, self.pk])

    @property
    def is_overdue(self) -> bool:
        return self.done is None and self.due is not None and self.due < office_date()


def dossier_url(briefing: Any) -> str:
    """The address of the dossier's page."""
    return reverse("briefings:dossier", args=[briefing.key])


class Dossier(Record):
    """What the Special Representative takes along to a briefing.

    collecting -> drafting -> clearance -> final -> delivered. Each delivery freezes a version. Final and delivered
    ones change no more, unless a manager takes them back to drafting.
    """

    briefing = models.OneToOneField("briefings.Briefing", models.PROTECT, related_name="dossier")
    state = models.CharField(
        _("state"), max_length=20, choices=DossierState, default=DossierState.COLLECTING, editable=False
    )
    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="dossiers",
        verbose_name=_("person responsible"),
    )
    developments_by = models.CharField(
        _("developments are grouped by"),
        max_length=10,
        choices=DevelopmentOrder,
        default=DevelopmentOrder.COUNTRY,
    )
    activities_by = models.CharField(
        _("activities are grouped by"), max_length=10, choices=ActivityOrder, default=ActivityOrder.PRIORITY
    )
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    cleared_at = models.DateTimeField(_("cleared"), null=True, blank=True, editable=False)
    # Why it was last taken back to drafting: what clearance found, or what a correction mends.
    reason = models.TextField(_("reason"), blank=True, editable=False, max_length=2_000)

    objects: ClassVar[Any] = BriefingPartQuerySet.as_manager()

    class Meta:
        verbose_name = _("dossier")
        verbose_name_plural = _("dossiers")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DossierState.values), name="briefings_dossier_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=CLOSED_STATES) | Q(cleared_at__isnull=False, cleared_by__isnull=False),
                name="briefings_dossier_final_was_cleared",
            ),
        ]

    def __str__(self) -> str:
        return str(_("Dossier: %(briefing)s") % {"briefing": self.briefing})

    def get_absolute_url(self) -> str:
        return dossier_url(self.briefing)

    def get_edit_url(self) -> str:
        return reverse("briefings:dossier-edit", args=[self.briefing.key])

    @property
    def is_open(self) -> bool:
        """Whether it may still be changed."""
        return self.state not in CLOSED_STATES

    def may_be_edited_by(self, user: "Viewer") -> bool:
        return self.is_open and allows(user, Permission.LOG_RECORDS)

    def moves_of(self, user: "Viewer") -> list[DossierState]:
        """The states that the user may take it to now."""
        here = DossierState(self.state)
        return [state for state in DossierState if (here, state) in MOVES and allows(user, MOVES[here, state])]

    def move(self, *, to: DossierState, by: "User", reason: str = "") -> None:
        """Take it to another state; back to drafting only with a reason once it was handed in for clearance.

        The caller holds the row. PermissionDenied, or ValidationError where no such step leads from its state.
        """
        here = DossierState(self.state)
        if (here, to) not in MOVES:
            raise ValidationError(
                _("The dossier is now “%(state)s”, so this cannot be done. Look at it again."),
                params={"state": here.label},
            )
        if not allows(by, MOVES[here, to]):
            raise PermissionDenied
        goes_back = to == DossierState.DRAFTING and here != DossierState.COLLECTING
        if goes_back and not reason.strip():
            raise ValidationError({"reason": _("Say what needs to be mended.")})
        if to == DossierState.FINAL:
            self.cleared_by, self.cleared_at = by, timezone.now()
        if goes_back:
            self.cleared_by = self.cleared_at = None
        self.state, self.reason = to, reason.strip() if goes_back else self.reason
        self.touch(by)
        self.save()


class DossierItem(Record):
    """An activity, a development or a document in a dossier: whether it is told, where, and with what remark."""

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="items")
    activity = models.ForeignKey(Activity, models.CASCADE, null=True, blank=True, related_name="dossier_items")
    development = models.ForeignKey(
        "briefings.Development", models.CASCADE, null=True, blank=True, related_name="dossier_items"
    )
    document = models.ForeignKey(Document, models.CASCADE, null=True, blank=True, related_name="dossier_items")
    included = models.BooleanField(_("included"), default=True)
    order = models.PositiveIntegerField(_("order"), default=0)
    group = models.CharField(
        _("group"), max_length=120, blank=True, help_text=_("Leave empty to have it grouped by the dossier’s rule.")
    )
    note = models.TextField(_("remark"), blank=True, max_length=4_000)

    part_of = "dossier"
    # Not everyone who sees the dossier sees what its parts tell of; the audit trail keeps to that.
    has_own_readers = True
    objects: ClassVar[Any] = DossierItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("item of the dossier")
        verbose_name_plural = _("items of the dossier")
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["dossier", "activity"], name="briefings_item_activity_once"),
            models.UniqueConstraint(fields=["dossier", "development"], name="briefings_item_development_once"),
            models.UniqueConstraint(fields=["dossier", "document"], name="briefings_item_document_once"),
            models.CheckConstraint(
                condition=Q(activity__isnull=False, development__isnull=True, document__isnull=True)
                | Q(activity__isnull=True, development__isnull=False, document__isnull=True)
                | Q(activity__isnull=True, development__isnull=True, document__isnull=False),
                name="briefings_item_of_one_record",
            ),
        ]

    def __str__(self) -> str:
        return str(self.record)

    @property
    def record(self) -> Any:
        """What is in the dossier by this."""
        return self.activity or self.development or self.document

    @property
    def kind(self) -> SectionKey:
        """The section it stands in."""
        if self.activity_id:
            return SectionKey.ACTIVITIES
        return SectionKey.DEVELOPMENTS if self.development_id else SectionKey.DOCUMENTS

    def get_absolute_url(self) -> str:
        return f"{self.dossier.get_absolute_url()}#item-{self.pk}"

    def get_edit_url(self) -> str:
        return reverse("briefings:item-edit", args=[self.dossier.briefing.key, self.pk])


class TalkingPoint(Record, MadeOnce):
    """One sentence of what may be said, with the records it rests on; those of one topic make a talking point."""

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="points")
    topic = models.CharField(_("topic"), max_length=150)
    text = models.TextField(_("sentence"), max_length=2_000)
    order = models.PositiveIntegerField(_("order"), default=0)
    activities = models.ManyToManyField(
        Activity, blank=True, related_name="talking_points", verbose_name=_("rests on activities")
    )
    developments = models.ManyToManyField(
        "briefings.Development", blank=True, related_name="talking_points", verbose_name=_("rests on developments")
    )

    part_of = "dossier"
    # Not everyone who sees the dossier sees what its parts tell of; the audit trail keeps to that.
    has_own_readers = True
    objects: ClassVar[Any] = TalkingPointQuerySet.as_manager()

    class Meta(MadeOnce.Meta):
        verbose_name = _("talking point")
        verbose_name_plural = _("talking points")
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return f"{self.dossier.get_absolute_url()}#points"

    def get_edit_url(self) -> str:
        return reverse("briefings:point-edit", args=[self.dossier.briefing.key, self.pk])


class DossierComment(Record):
    """A remark of a colleague on a section, for those who write the dossier; never part of its content."""

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="comments")
    section = models.CharField(_("section"), max_length=20, choices=SectionKey)
    text = models.TextField(_("comment"), max_length=2_000)
    settled = models.BooleanField(_("settled"), default=False)

    part_of = "dossier"
    objects: ClassVar[Any] = DossierPartQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text


class DossierLook(models.Model):
    """When a member of the staff last looked through what the dossier had gathered."""

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="looks")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField(_("looked through"))

    part_of = "dossier"

    class Meta:
        verbose_name = _("look at the dossier")
        verbose_name_plural = _("looks at the dossier")
        constraints = [models.UniqueConstraint(fields=["dossier", "user"], name="briefings_look_once")]

    def __str__(self) -> str:
        return f"{self.user}, {self.at:%Y-%m-%d %H:%M}"


class DossierVersion(models.Model):
    """The dossier as it was delivered. The database refuses to change or delete it.

    `content` is what `contents.compose` made, `digest` its SHA-256. What of it a reader is shown is decided when it
    is read: see `contents.Reader`.
    """

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"))
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    reason = models.TextField(_("reason"), blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    part_of = "dossier"
    objects: ClassVar[Any] = DossierPartQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of the dossier")
        verbose_name_plural = _("versions of the dossier")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["dossier", "number"], name="briefings_version_number_once")]

    def __str__(self) -> str:
        return str(_("Version %(number)s") % {"number": self.number})

    def get_absolute_url(self) -> str:
        return reverse("briefings:version", args=[self.dossier.briefing.key, self.number])
