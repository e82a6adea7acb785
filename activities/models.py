"""Activities of the Centre and its partners, the series they belong to, and what they are evidence for."""

import calendar
import hashlib
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GistIndex
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Lower, NullIf
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.choices import Audience, Classification, ReviewState
from accounts.localized import Localized
from accounts.records import MadeOnce, Released
from accounts.review import Reviewed
from accounts.roles import Permission, allows
from accounts.time_zones import office_date
from accounts.visibility import ReleasedQuerySet, is_staff_viewer
from partners.models import Organization, validate_code
from priorities.choices import Certainty, DatePrecision
from priorities.dates import dated
from priorities.models import Commitment, Country, Deliverable, Priority, SdgTarget, Theme

from .choices import (
    NEXT_STAGES,
    ActivityType,
    CentreRole,
    DateBasis,
    Format,
    InvolvementRole,
    Origin,
    SeriesCadence,
    Stage,
)
from .completeness import NEEDS, Need
from .imports import ActivityImport  # noqa: F401  (a model of this app, in a module of its own)
from .querysets import (
    ActivityQuerySet,
    EvidenceQuerySet,
    FiguresByCountryQuerySet,
    InternalPartQuerySet,
    InvolvementQuerySet,
    NamingPartQuerySet,
    PartQuerySet,
    days_of,
)

if TYPE_CHECKING:
    from accounts.roles import Viewer


class Series(Released, MadeOnce):
    """A recurring platform, such as the Deputy Foreign Ministers meeting; an activity is an edition of it."""

    code = models.CharField(_("code"), max_length=60, unique=True, validators=[validate_code])
    name_en = models.CharField(_("name in English"), max_length=250)
    name_ru = models.CharField(_("name in Russian"), max_length=250, blank=True)
    aliases = models.JSONField(_("other names"), default=list, blank=True)
    cadence = models.CharField(_("cadence"), max_length=20, choices=SeriesCadence, default=SeriesCadence.IRREGULAR)
    priority = models.ForeignKey(
        Priority, models.PROTECT, null=True, blank=True, related_name="series", verbose_name=_("priority")
    )
    commitments = models.ManyToManyField(Commitment, blank=True, related_name="series", verbose_name=_("commitments"))
    note_en = models.TextField(_("note"), blank=True)
    retired = models.BooleanField(
        _("retired"), default=False, help_text=_("No longer held: its editions stay, no new one is offered or missed.")
    )

    name = Localized()
    objects: ClassVar[Any] = ReleasedQuerySet.as_manager()

    class Meta(Released.Meta):
        verbose_name = _("series")
        verbose_name_plural = _("series")
        ordering = ["name_en"]
        constraints = [*Released.Meta.constraints, *MadeOnce.Meta.constraints]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("series:detail", args=[self.code])

    def get_edit_url(self) -> str:
        return reverse("series-editing:edit", args=[self.code])


class ReferenceCounter(models.Model):
    """The last number given out in a year; its row lock keeps two officers from getting the same reference."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"

    @classmethod
    def next_reference(cls, year: int) -> str:
        """A reference such as UNRCCA-2024-0123; call it inside a transaction."""
        [reference] = cls.next_references(year, 1)
        return reference

    @classmethod
    def next_references(cls, year: int, count: int) -> list[str]:
        """So many references in a row; call it inside a transaction, which keeps all others from the year's next."""
        cls.objects.get_or_create(year=year)
        counter = cls.objects.select_for_update().get(year=year)
        first, counter.last = counter.last + 1, counter.last + count
        counter.save(update_fields=["last"])
        return [f"UNRCCA-{year}-{number:04d}" for number in range(first, counter.last + 1)]


class Activity(Reviewed):
    """Something the Centre or a partner did or plans to do.

    `stage` says what happened (facts), `review_state` whether the record is good enough to leave the staff.
    """

    reference = models.CharField(_("reference"), max_length=20, unique=True, editable=False)
    origin = models.CharField(max_length=20, choices=Origin, default=Origin.STAFF, editable=False)
    # Made with the empty form and good for one record: a form that is sent twice does not make two.
    form_token = models.UUIDField(null=True, blank=True, editable=False)
    # Identifies a row of the public record between loads; empty for all others.
    public_key = models.SlugField(max_length=80, blank=True, editable=False)
    title_en = models.CharField(_("title"), max_length=300)
    title_ru = models.CharField(_("title in Russian"), max_length=300, blank=True)
    summary = models.TextField(_("summary"), blank=True, max_length=20_000)
    type = models.CharField(_("type"), max_length=30, choices=ActivityType)
    centre_role = models.CharField(
        _("the Centre’s role"), max_length=20, choices=CentreRole, default=CentreRole.ORGANIZER
    )
    stage = models.CharField(_("stage"), max_length=20, choices=Stage, default=Stage.PLANNED)

    start_date = models.DateField(_("first day"), null=True, blank=True)
    end_date = models.DateField(_("last day"), null=True, blank=True)
    date_precision = models.CharField(
        _("date is exact to"), max_length=10, choices=DatePrecision, default=DatePrecision.DAY
    )
    date_basis = models.CharField(_("date stands for"), max_length=20, choices=DateBasis, default=DateBasis.EVENT)
    date_source = models.CharField(_("source of the date"), max_length=300, blank=True)

    format = models.CharField(_("format"), max_length=20, choices=Format, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    country = models.ForeignKey(
        Country, models.PROTECT, null=True, blank=True, related_name="activities_held", verbose_name=_("country")
    )
    countries = models.ManyToManyField(
        Country, blank=True, related_name="activities", verbose_name=_("countries taking part")
    )

    main_priority = models.ForeignKey(
        Priority, models.PROTECT, null=True, blank=True, related_name="activities", verbose_name=_("main priority")
    )
    # True while the priority is the portal's guess and no manager has confirmed it.
    priority_inferred = models.BooleanField(default=False, editable=False)
    further_priorities = models.ManyToManyField(
        Priority, blank=True, related_name="further_activities", verbose_name=_("further priorities")
    )
    themes = models.ManyToManyField(Theme, blank=True, related_name="activities", verbose_name=_("themes"))
    sdg_targets = models.ManyToManyField(
        SdgTarget, blank=True, related_name="activities", verbose_name=_("SDG targets")
    )
    series = models.ForeignKey(
        Series, models.PROTECT, null=True, blank=True, related_name="editions", verbose_name=_("series")
    )
    edition = models.PositiveSmallIntegerField(_("edition number"), null=True, blank=True)
    partners = models.ManyToManyField(Organization, through="Involvement", related_name="activities")
    commitments = models.ManyToManyField(Commitment, through="Evidence", related_name="activities")

    women = models.PositiveIntegerField(_("women"), null=True, blank=True)
    men = models.PositiveIntegerField(_("men"), null=True, blank=True)
    not_stated = models.PositiveIntegerField(_("sex not stated"), null=True, blank=True)
    youth = models.PositiveIntegerField(
        _("of them youth under 30"), null=True, blank=True, help_text=_("Counted among the others, not in addition.")
    )

    outcome = models.TextField(_("outcome"), blank=True, max_length=20_000)
    chatham_house = models.BooleanField(
        _("Chatham House Rule"),
        default=False,
        help_text=_("Nobody outside the Centre learns who took part or what was said by whom."),
    )
    funding_source = models.CharField(_("funding source"), max_length=200, blank=True)
    contact = models.CharField(
        _("contact"),
        max_length=300,
        blank=True,
        help_text=_("Whom to ask about it. Only the Centre and the organization whose activity it is see this."),
    )
    last_verified = models.DateField(
        _("last verified"), null=True, blank=True, help_text=_("When somebody last made sure that the entry is right.")
    )
    certainty = models.CharField(max_length=20, choices=Certainty, default=Certainty.FOUND, editable=False)
    source_note = models.TextField(_("note on the sources"), blank=True)

    title = Localized()
    objects: ClassVar[Any] = ActivityQuerySet.as_manager()

    class Meta(Reviewed.Meta):
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = [F("start_date").desc(nulls_last=True), "-id"]
        constraints = [
            *Reviewed.Meta.constraints,
            models.CheckConstraint(
                condition=Q(end_date__isnull=True) | Q(start_date__isnull=True) | Q(end_date__gte=F("start_date")),
                name="activities_activity_ends_after_start",
                violation_error_message=_("The last day is before the first day. Swap or correct the dates."),
            ),
            models.CheckConstraint(
                condition=Q(start_date__isnull=False) | Q(end_date__isnull=True),
                name="activities_activity_end_needs_start",
                violation_error_message=_("Give the first day as well as the last."),
            ),
            models.CheckConstraint(
                condition=Q(date_precision=DatePrecision.UNKNOWN, start_date__isnull=True)
                | (~Q(date_precision=DatePrecision.UNKNOWN) & Q(start_date__isnull=False)),
                name="activities_activity_precision_fits_date",
                violation_error_message=_("Give the first day, or say that the date is not known."),
            ),
            models.CheckConstraint(condition=Q(type__in=ActivityType.values), name="activities_activity_type_known"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="activities_activity_stage_known"),
            models.CheckConstraint(
                condition=Q(centre_role__in=CentreRole.values), name="activities_activity_role_known"
            ),
            models.CheckConstraint(
                condition=~Q(type=ActivityType.GOOD_OFFICES_CONTACT)
                | Q(audience=Audience.INTERNAL)
                | Q(release_held=True)
                | Q(release_confirmed_at__isnull=False),
                name="activities_good_offices_release_by_two",
            ),
            models.UniqueConstraint(
                fields=["public_key"], condition=~Q(public_key=""), name="activities_public_key_once"
            ),
            models.UniqueConstraint(fields=["created_by", "form_token"], name="activities_form_token_once"),
        ]
        indexes = [
            models.Index(F("start_date").desc(nulls_last=True), F("id").desc(), name="activities_newest_first"),
            models.Index("review_state", "stage", name="activities_by_state"),
            models.Index("main_priority", "start_date", name="activities_by_priority"),
            models.Index("series", "edition", name="activities_by_series"),
            models.Index("changed_at", "id", name="activities_by_change"),
            models.Index("start_date", "id", name="activities_oldest_first"),
            # The API sorts what has no date before all that has one.
            models.Index(Coalesce("start_date", Value(date.min)), "id", name="activities_by_day"),
            models.Index(Lower("title_en"), "id", name="activities_by_title"),
            models.Index(
                Lower(Coalesce(NullIf("title_ru", Value("")), "title_en")), "id", name="activities_by_title_ru"
            ),
            GistIndex(days_of(), name="activities_by_days"),
            # What may leave the staff at all, for readers who see little of a long table.
            models.Index(
                "audience",
                condition=Q(
                    review_state=ReviewState.APPROVED,
                    classification=Classification.UNCLASSIFIED,
                    release_held=False,
                ),
                name="activities_released",
            ),
            # The numbers of the dashboards read these in the place of the much wider table.
            models.Index(
                "stage",
                "main_priority",
                include=[
                    *("id", "start_date", "end_date", "date_precision", "centre_role", "priority_inferred"),
                    *("women", "men", "not_stated", "youth", "country", "chatham_house"),
                    *("classification", "created_by", "focal_officer"),
                    *("review_state", "audience", "release_held", "lead_organization"),
                ],
                condition=Q(review_state=ReviewState.APPROVED),
                name="activities_counted",
            ),
            models.Index(
                "id",
                include=["start_date", "end_date", "centre_role", "classification", "created_by", "focal_officer"],
                condition=Q(review_state=ReviewState.APPROVED, stage=Stage.HELD),
                name="activities_held",
            ),
            # What waits for a decision: a few of many.
            models.Index(
                "submitted_at",
                "id",
                include=["classification", "created_by", "focal_officer"],
                condition=Q(review_state=ReviewState.SUBMITTED),
                name="activities_waiting",
            ),
            models.Index(
                "start_date",
                condition=Q(review_state=ReviewState.APPROVED, release_held=True),
                name="activities_releases_held",
            ),
            models.Index(
                "main_priority",
                condition=Q(review_state=ReviewState.APPROVED, priority_inferred=True),
                name="activities_inferred",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("activities:detail", args=[self.reference])

    @property
    def needs_second_manager(self) -> bool:
        """Even the existence of a good offices contact may be sensitive."""
        return self.type == ActivityType.GOOD_OFFICES_CONTACT

    @property
    def participants(self) -> int | None:
        """All participants, or None where no figure is recorded (which is not 0)."""
        figures = [n for n in (self.women, self.men, self.not_stated) if n is not None]
        return sum(figures) if figures else None

    @property
    def place(self) -> str:
        """City and country as far as known, for display."""
        return ", ".join(part for part in (self.city, self.country.name if self.country else "") if part)

    @property
    def date_text(self) -> str:
        """The date as exactly as it is known: 10–12 September 2024, July 2023, 2023, or not known."""
        return dated(self.start_date, self.end_date, self.date_precision)

    def clean(self) -> None:
        """The rules that need several fields; form, API and import all call it.

        Raises ValidationError by field.
        """
        errors: dict[str, Any] = {}
        if self.date_precision == DatePrecision.UNKNOWN:
            self.start_date = self.end_date = None
        elif self.start_date and self.date_precision in (DatePrecision.MONTH, DatePrecision.YEAR):
            self.widen_to_precision()
        if self.start_date and self.end_date and self.end_date < self.start_date:
            errors["end_date"] = _("The last day is before the first day. Swap or correct the dates.")
        if self.end_date and not self.start_date:
            errors["start_date"] = _("Give the first day as well as the last.")
        if not self.start_date and self.date_precision != DatePrecision.UNKNOWN:
            errors["start_date"] = _("Give the first day, or say that the date is not known.")
        if self.stage == Stage.HELD and self.start_date and self.start_date > date.today():
            errors["stage"] = _("The first day is in the future, so the activity cannot have been held yet.")
        if self.youth is not None and self.youth > (self.participants or 0):
            errors["youth"] = _("There are more youth than participants. Youth are counted among the others.")
        if self.edition is not None and self.series is None:
            errors["edition"] = _("An edition number needs its series.")
        if self.lead_organization_id and self.type == ActivityType.GOOD_OFFICES_CONTACT:
            errors["type"] = _("A good offices contact is the Centre’s own; it cannot be a partner’s activity.")
        if self.last_verified and self.last_verified > office_date():
            errors["last_verified"] = _("This day is in the future. Give the day on which the entry was last checked.")
        if errors:
            raise ValidationError(errors)

    def widen_to_precision(self) -> None:
        """Month and year stand for their whole span, so that period filters find them."""
        assert self.start_date is not None
        last = self.end_date if self.end_date and self.end_date >= self.start_date else self.start_date
        if self.date_precision == DatePrecision.YEAR:
            self.start_date, self.end_date = date(self.start_date.year, 1, 1), date(last.year, 12, 31)
        else:
            self.start_date = self.start_date.replace(day=1)
            self.end_date = last.replace(day=calendar.monthrange(last.year, last.month)[1])

    def missing_for_approval(self) -> list[Any]:
        """What an approved activity must have beyond what a draft needs."""
        return [need.label for need in self.lacking()]

    def lacking(self) -> list[Need]:
        """The needs of approval that the saved record does not meet."""
        return [need for need in NEEDS if need.is_lacking(self.value_of)]

    def value_of(self, name: str) -> Any:
        """A field's value as `Need` asks for it: of a relation, what or whether it points to something."""
        field = self._meta.get_field(name)
        if field.many_to_many:
            return self.pk is not None and getattr(self, name).exists()
        return getattr(self, field.attname)  # type: ignore[union-attr]  # no other kind is needed

    def may_be_deleted_by(self, user: "Viewer") -> bool:
        """A draft that was never submitted, by its author or a manager; the audit trail keeps it."""
        if self.review_state != ReviewState.DRAFT or self.submitted_at is not None or not self.may_be_edited_by(user):
            return False
        return user.pk == self.created_by_id or allows(user, Permission.APPROVE_RECORDS)

    def may_be_verified_by(self, user: "Viewer") -> bool:
        """Whether the user may say that the entry is still right: its own organization's, or staff who log."""
        return allows(user, Permission.LOG_RECORDS) or self._is_own_entry_of(user)

    def shows_contact_to(self, viewer: "Viewer") -> bool:
        """Whom to ask is told to staff, and to the organization whose activity it is."""
        return is_staff_viewer(viewer) or self._is_own_entry_of(viewer)

    def names_shown_to(self, viewer: "Viewer") -> bool:
        """Whether the viewer may know who took part and what came of it; see `querysets.names_shown`."""
        if not self.chatham_house or is_staff_viewer(viewer):
            return True
        return viewer.is_authenticated and viewer.organization_id == self.lead_organization_id is not None

    def allowed_stages(self) -> tuple[Stage, ...]:
        """Stages that may follow the present one."""
        return NEXT_STAGES[Stage(self.stage)]


class Involvement(models.Model):
    """A partner's part in an activity."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="involvements")
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="involvements", verbose_name=_("organization")
    )
    role = models.CharField(_("role"), max_length=20, choices=InvolvementRole, default=InvolvementRole.PARTICIPANT)

    part_of = "activity"
    objects: ClassVar[Any] = InvolvementQuerySet.as_manager()

    class Meta:
        verbose_name = _("involvement")
        verbose_name_plural = _("involvements")
        ordering = ["id"]
        # What was done with one organization.
        indexes = [models.Index("organization", "activity", name="activities_involved")]
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "organization", "role"],
                name="activities_involvement_once",
                violation_error_message=_("This partner is already listed with this role."),
            ),
            models.CheckConstraint(condition=Q(role__in=InvolvementRole.values), name="activities_involvement_role"),
        ]

    def __str__(self) -> str:
        return f"{self.organization} ({self.get_role_display()})"


class Evidence(models.Model):
    """An activity or a Council briefing that shows what was done about a commitment."""

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="evidence", verbose_name=_("commitment"))
    activity = models.ForeignKey(Activity, models.CASCADE, null=True, blank=True, related_name="evidence")
    briefing = models.ForeignKey("briefings.Briefing", models.CASCADE, null=True, blank=True, related_name="evidence")
    # True while the link is the portal's guess and no manager has confirmed it.
    inferred = models.BooleanField(default=False)
    reason_en = models.CharField(_("why"), max_length=300, blank=True)

    part_of = "activity"
    objects: ClassVar[Any] = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["commitment", "activity"], name="activities_evidence_activity_once"),
            models.UniqueConstraint(fields=["commitment", "briefing"], name="activities_evidence_briefing_once"),
            models.CheckConstraint(
                condition=Q(activity__isnull=False, briefing__isnull=True)
                | Q(activity__isnull=True, briefing__isnull=False),
                name="activities_evidence_of_one_record",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commitment_id} <- {self.activity_id or self.briefing_id}"


class ParticipantsByCountry(models.Model):
    """Participants from one country, where known; counts only, never lists of people."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="participants_by_country")
    country = models.ForeignKey(Country, models.PROTECT, related_name="+", verbose_name=_("country"))
    women = models.PositiveIntegerField(_("women"), null=True, blank=True)
    men = models.PositiveIntegerField(_("men"), null=True, blank=True)
    not_stated = models.PositiveIntegerField(_("sex not stated"), null=True, blank=True)
    youth = models.PositiveIntegerField(_("of them youth under 30"), null=True, blank=True)

    part_of = "activity"
    objects: ClassVar[Any] = FiguresByCountryQuerySet.as_manager()

    class Meta:
        verbose_name = _("participants by country")
        verbose_name_plural = _("participants by country")
        ordering = ["country__name_en"]
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "country"],
                name="activities_participants_country_once",
                violation_error_message=_("This country is already listed."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.country}"


class FollowUp(models.Model):
    """Something to be done after an activity. Staff only."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="follow_ups")
    text = models.CharField(_("follow-up"), max_length=500)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="follow_ups",
        verbose_name=_("owner"),
    )
    due = models.DateField(_("due"), null=True, blank=True)
    done = models.DateField(_("done"), null=True, blank=True)

    part_of = "activity"
    objects: ClassVar[Any] = InternalPartQuerySet.as_manager()

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        ordering = [F("due").asc(nulls_last=True), "id"]

    def __str__(self) -> str:
        return self.text

    @property
    def is_overdue(self) -> bool:
        return self.done is None and self.due is not None and self.due < office_date()

    @property
    def stamp(self) -> str:
        """Stands for what a page showed of it: a deed that rests on another stamp is refused."""
        shown = (self.text, self.owner_id, self.due, self.done)
        return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


class Contribution(models.Model):
    """What an activity adds to a deliverable, in the deliverable's unit (a three-day workshop is 3 days)."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="contributions")
    deliverable = models.ForeignKey(
        Deliverable, models.PROTECT, related_name="contributions", verbose_name=_("deliverable")
    )
    quantity = models.DecimalField(_("quantity"), max_digits=8, decimal_places=1)

    part_of = "activity"
    objects: ClassVar[Any] = InternalPartQuerySet.as_manager()

    class Meta:
        verbose_name = _("contribution")
        verbose_name_plural = _("contributions")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["activity", "deliverable"], name="activities_contribution_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="activities_contribution_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.deliverable}"


class Link(models.Model):
    """A public page about an activity. Pages move, so title, publisher and date stand beside the address."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="links")
    url = models.URLField(_("address"), max_length=500, blank=True)
    title = models.CharField(_("title"), max_length=300, blank=True)
    publisher = models.CharField(_("publisher"), max_length=200, blank=True)
    published_on = models.DateField(_("published on"), null=True, blank=True)
    archived_url = models.URLField(_("archived copy"), max_length=500, blank=True)

    part_of = "activity"
    objects: ClassVar[Any] = PartQuerySet.as_manager()

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(url="") | ~Q(publisher="") | ~Q(title=""),
                name="activities_link_says_something",
                violation_error_message=_("Give the address, or at least the publisher or the title."),
            )
        ]

    def __str__(self) -> str:
        return self.title or self.publisher or self.url


def attachment_path(attachment: "Attachment", filename: str) -> str:
    """Where the file is kept: by digest, never by the name its sender gave it."""
    return f"attachments/{attachment.sha256[:2]}/{attachment.sha256}"


class Attachment(models.Model):
    """A file of an activity; read only through the visibility check."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="attachments")
    file = models.FileField(_("file"), upload_to=attachment_path, max_length=200)
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField(help_text="bytes")
    sha256 = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField(auto_now_add=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    part_of = "activity"
    objects: ClassVar[Any] = NamingPartQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name
