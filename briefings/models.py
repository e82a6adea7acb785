"""Council briefings with the Special Representatives who gave them, and the developments they rest on."""

import calendar
import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.localized import Localized
from accounts.records import MadeOnce, Record, Released
from accounts.review import Reviewed
from accounts.visibility import PublicQuerySet
from priorities.choices import Certainty, DatePrecision
from priorities.dates import dated
from priorities.models import Country, Document, Theme
from priorities.periods import Period

from .choices import ConsiderationKind, Modality, Outcome, Reliability, Significance, StartsBasis
from .dossiers import (  # noqa: F401  (models of this app, in a module of their own)
    BriefingTask,
    Dossier,
    DossierComment,
    DossierItem,
    DossierLook,
    DossierVersion,
    TalkingPoint,
    dossier_url,
)
from .querysets import BriefingPartQuerySet, BriefingQuerySet, DevelopmentQuerySet

if TYPE_CHECKING:
    from accounts.roles import Viewer


class SpecialRepresentative(Record):
    """A Special Representative of the Secretary-General and head of the Centre. Gaps between terms are vacancies."""

    key = models.SlugField(_("key"), max_length=60, unique=True)
    name_en = models.CharField(_("name in English"), max_length=150)
    name_ru = models.CharField(_("name in Russian"), max_length=150, blank=True)
    country = models.ForeignKey(
        Country, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("country")
    )
    starts = models.DateField(_("from"))
    starts_precision = models.CharField(max_length=10, choices=DatePrecision, default=DatePrecision.DAY)
    starts_basis = models.CharField(
        _("basis of the first day"), max_length=30, choices=StartsBasis, default=StartsBasis.UNKNOWN
    )
    ends = models.DateField(_("to"), null=True, blank=True)
    ends_precision = models.CharField(max_length=10, choices=DatePrecision, default=DatePrecision.DAY)
    source = models.CharField(_("source"), max_length=300, blank=True)

    name = Localized()
    objects: ClassVar[Any] = PublicQuerySet.as_manager()

    class Meta:
        verbose_name = _("Special Representative")
        verbose_name_plural = _("Special Representatives")
        ordering = ["-starts"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")), name="briefings_srsg_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def starts_text(self) -> str:
        return dated(self.starts, None, self.starts_precision)

    @property
    def ends_text(self) -> str:
        return dated(self.ends, None, self.ends_precision) if self.ends else ""


class Briefing(Released, MadeOnce):
    """A briefing of the Security Council by the Special Representative.

    Closed consultations have no record: date, modality, presidency, public outcome and publicly reported
    topics are all that leaves the staff.
    """

    key = models.SlugField(_("key"), max_length=60, unique=True)
    date = models.DateField(_("date"))
    date_precision = models.CharField(
        _("date is exact to"), max_length=10, choices=DatePrecision, default=DatePrecision.DAY
    )
    modality = models.CharField(_("modality"), max_length=30, choices=Modality, default=Modality.CLOSED_CONSULTATIONS)
    special_representative = models.ForeignKey(
        SpecialRepresentative,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="briefings",
        verbose_name=_("Special Representative"),
    )
    presidency = models.ForeignKey(
        Country, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Council presidency")
    )
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome, default=Outcome.UNKNOWN)
    outcome_date = models.DateField(_("date of the outcome"), null=True, blank=True)
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="briefings", verbose_name=_("document")
    )
    topics_en = models.JSONField(_("publicly reported topics in English"), default=list, blank=True)
    topics_ru = models.JSONField(_("publicly reported topics in Russian"), default=list, blank=True)
    themes = models.ManyToManyField(Theme, blank=True, related_name="briefings", verbose_name=_("themes"))
    source = models.CharField(_("source"), max_length=300, blank=True)
    certainty = models.CharField(_("certainty"), max_length=20, choices=Certainty, default=Certainty.FOUND)
    # Staff only.
    note_en = models.TextField(_("note"), blank=True)

    objects: ClassVar[Any] = BriefingQuerySet.as_manager()

    class Meta(Released.Meta):
        verbose_name = _("Council briefing")
        verbose_name_plural = _("Council briefings")
        ordering = ["-date"]
        constraints = [
            *Released.Meta.constraints,
            *MadeOnce.Meta.constraints,
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="briefings_briefing_outcome"),
            models.CheckConstraint(condition=Q(modality__in=Modality.values), name="briefings_briefing_modality"),
        ]

    def __str__(self) -> str:
        return str(_("Council briefing, %(date)s") % {"date": self.date_text})

    def get_absolute_url(self) -> str:
        return reverse("briefings:detail", args=[self.key])

    def get_edit_url(self) -> str:
        return reverse("briefings:edit", args=[self.key])

    @property
    def date_text(self) -> str:
        return dated(self.date, None, self.date_precision)

    @property
    def topics(self) -> list[str]:
        russian = (get_language() or "en").startswith("ru") and self.topics_ru
        return list(russian or self.topics_en)

    def previous(self) -> "Briefing | None":
        """The last briefing before it that ends a period; for what is shown of it, ask `visible_to` again."""
        last: Briefing | None = self._before().first()
        return last

    def _before(self) -> Any:
        """The briefings before it that end a period, latest first."""
        return Briefing.objects.ending_a_period().filter(date__lt=self.date).order_by("-date")

    def window(self) -> tuple[datetime.date, datetime.date] | None:
        """The period it covers: the day after the last briefing to its own day; None where that is not known.

        Briefings of which only the year is known, or that nobody saw take place, end no period. One of which only
        the month is known may be on any of its days, so its own period runs to the last.
        """
        if self.date_precision == DatePrecision.YEAR:
            return None
        last = self.previous()
        if last is None:
            return None
        period = Period.since(last.date, self.last_possible_day)
        return period.starts, period.ends

    def shows_previous_to(self, viewer: "Viewer") -> bool:
        """Whether the viewer may see the last briefing: if not, the first day of the period would tell of it."""
        last = self._before().values("pk")[:1]
        return bool(Briefing.objects.visible_to(viewer).filter(pk__in=last).exists())

    @property
    def last_possible_day(self) -> datetime.date:
        if self.date_precision != DatePrecision.MONTH:
            return self.date
        return self.date.replace(day=calendar.monthrange(self.date.year, self.date.month)[1])


def new_key() -> str:
    """A key for what nobody looks up by its name."""
    return uuid4().hex


class Consideration(Record, MadeOnce):
    """Expected action, an issue, an option or a remark on council dynamics, for one briefing. Staff only."""

    key = models.SlugField(_("key"), max_length=80, unique=True, default=new_key)
    briefing = models.ForeignKey(Briefing, models.CASCADE, related_name="considerations")
    kind = models.CharField(_("kind"), max_length=20, choices=ConsiderationKind)
    text_en = models.TextField(_("text in English"))
    text_ru = models.TextField(_("text in Russian"), blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    text = Localized()
    part_of = "briefing"
    objects: ClassVar[Any] = BriefingPartQuerySet.as_manager()

    class Meta(MadeOnce.Meta):
        verbose_name = _("consideration")
        verbose_name_plural = _("considerations")
        ordering = ["kind", "order", "id"]

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return f"{dossier_url(self.briefing)}#considerations"

    def get_edit_url(self) -> str:
        return reverse("briefings:consideration-edit", args=[self.briefing.key, self.pk])


class Development(Reviewed):
    """Something that happened in the region (monitoring and early warning).

    Analysis, gender dimension and recommendation never leave the staff, whatever the audience.
    """

    key = models.SlugField(_("key"), max_length=80, unique=True, editable=False)
    # Made with the empty form and good for one record: a form that is sent twice does not make two.
    form_token = models.UUIDField(null=True, blank=True, editable=False)
    date = models.DateField(_("date"))
    end_date = models.DateField(_("last day"), null=True, blank=True)
    date_precision = models.CharField(
        _("date is exact to"), max_length=10, choices=DatePrecision, default=DatePrecision.DAY
    )
    headline_en = models.CharField(_("headline"), max_length=300)
    headline_ru = models.CharField(_("headline in Russian"), max_length=300, blank=True)
    detail_en = models.TextField(_("detail"), blank=True, max_length=20_000)
    detail_ru = models.TextField(_("detail in Russian"), blank=True, max_length=20_000)
    countries = models.ManyToManyField(Country, blank=True, related_name="developments", verbose_name=_("countries"))
    themes = models.ManyToManyField(Theme, blank=True, related_name="developments", verbose_name=_("themes"))
    source_publisher = models.CharField(_("publisher of the source"), max_length=200, blank=True)
    source_title = models.CharField(_("title of the source"), max_length=300, blank=True)
    source_url = models.URLField(_("link to the source"), max_length=500, blank=True)
    source_date = models.DateField(_("date of the source"), null=True, blank=True)
    reliability = models.CharField(_("reliability"), max_length=20, choices=Reliability, default=Reliability.REPORTED)
    # Staff only.
    significance = models.CharField(_("significance"), max_length=10, choices=Significance, blank=True)
    analysis = models.TextField(_("analysis"), blank=True, max_length=20_000)
    gender_dimension = models.TextField(_("gender dimension"), blank=True, max_length=20_000)
    recommendation = models.TextField(_("recommendation"), blank=True, max_length=20_000)

    headline = Localized()
    detail = Localized()
    objects: ClassVar[Any] = DevelopmentQuerySet.as_manager()

    class Meta(Reviewed.Meta):
        verbose_name = _("development")
        verbose_name_plural = _("developments")
        ordering = ["-date", "-id"]
        constraints = [
            *Reviewed.Meta.constraints,
            models.UniqueConstraint(fields=["created_by", "form_token"], name="briefings_form_token_once"),
            models.CheckConstraint(
                condition=Q(end_date__isnull=True) | Q(end_date__gte=F("date")),
                name="briefings_development_ends_after_start",
                violation_error_message=_("The last day is before the first. Swap or correct the dates."),
            ),
        ]

    def __str__(self) -> str:
        return self.headline

    def get_absolute_url(self) -> str:
        return reverse("developments:detail", args=[self.key])

    @property
    def date_text(self) -> str:
        return dated(self.date, self.end_date, self.date_precision)

    def missing_for_approval(self) -> list[Any]:
        missing = []
        if not (self.source_publisher or self.source_url):
            missing.append(_("source"))
        if not self.detail_en.strip():
            missing.append(_("detail"))
        return missing
