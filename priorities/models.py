"""The framework of the Centre's work: programmes of action with their priorities and commitments, and the
reference lists that records point to. The framework is a public document that every reader sees; planned
and actual figures stay with the staff."""

from datetime import date
from typing import Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Func, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.localized import Localized
from accounts.records import MadeOnce, Record
from accounts.visibility import PublicQuerySet, StaffQuerySet

from .choices import (
    Cadence,
    Certainty,
    CountryGroup,
    DatePrecision,
    DeliverableCategory,
    DocumentKind,
    FrameworkKind,
)
from .querysets import CommitmentQuerySet, ProgrammeQuerySet


class DateRange(Func):
    """SQL daterange(starts, ends, '[]')."""

    function = "DATERANGE"
    output_field = DateRangeField()


class ProgrammeOfAction(Record, MadeOnce):
    """A period of the Centre's work with its priorities; programmes do not overlap."""

    number = models.PositiveSmallIntegerField(_("number"), unique=True)
    title_en = models.CharField(_("title in English"), max_length=200)
    title_ru = models.CharField(_("title in Russian"), max_length=200, blank=True)
    starts = models.DateField(_("starts"))
    ends = models.DateField(_("ends"))
    source = models.CharField(_("source"), max_length=300, blank=True)

    title = Localized()
    objects: ClassVar[Any] = ProgrammeQuerySet.as_manager()

    class Meta:
        verbose_name = _("programme of action")
        verbose_name_plural = _("programmes of action")
        ordering = ["-starts"]
        constraints = [
            *MadeOnce.Meta.constraints,
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="priorities_programme_ends_after_start",
                violation_error_message=_("The programme ends before it starts. Check both dates."),
            ),
            ExclusionConstraint(
                name="priorities_programmes_do_not_overlap",
                expressions=[
                    (DateRange("starts", "ends", RangeBoundary(True, True)), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This period overlaps with another programme of action."),
            ),
        ]

    def __str__(self) -> str:
        return self.period

    @property
    def period(self) -> str:
        """The years, such as 2021-2025: the programme's name in URLs and in the API."""
        return f"{self.starts.year}-{self.ends.year}"

    def get_absolute_url(self) -> str:
        return reverse("priorities:programme", args=[self.period])

    def get_edit_url(self) -> str:
        return reverse("editing:programme", args=[self.period])

    def get_structure_url(self) -> str:
        return reverse("editing:structure", args=[self.period])

    def is_current_on(self, day: date) -> bool:
        return self.starts <= day <= self.ends

    def years(self) -> list[int]:
        """The calendar years of the programme."""
        return list(range(self.starts.year, self.ends.year + 1))


class MandateFunction(Record):
    """A function of the Centre's mandate (S/2007/279); each priority serves one."""

    number = models.PositiveSmallIntegerField(_("number"), unique=True)
    short_en = models.CharField(_("short name in English"), max_length=100)
    short_ru = models.CharField(_("short name in Russian"), max_length=100, blank=True)
    text_en = models.TextField(_("text in English"))
    text_ru = models.TextField(_("text in Russian"), blank=True)

    short = Localized()
    text = Localized()
    objects: ClassVar[Any] = PublicQuerySet.as_manager()

    class Meta:
        verbose_name = _("mandate function")
        verbose_name_plural = _("mandate functions")
        ordering = ["number"]

    def __str__(self) -> str:
        return self.short


class Priority(Record, MadeOnce):
    """One of a programme's priorities."""

    programme = models.ForeignKey(
        ProgrammeOfAction, models.PROTECT, related_name="priorities", verbose_name=_("programme of action")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    roman = models.CharField(_("roman numeral"), max_length=8)
    slug = models.SlugField(_("slug"), max_length=40)
    title_en = models.CharField(_("title in English"), max_length=250)
    title_ru = models.CharField(_("title in Russian"), max_length=250, blank=True)
    short_title_en = models.CharField(_("short title in English"), max_length=80)
    short_title_ru = models.CharField(_("short title in Russian"), max_length=80, blank=True)
    narrative_en = models.TextField(_("narrative in English"), blank=True)
    narrative_ru = models.TextField(_("narrative in Russian"), blank=True)
    function = models.ForeignKey(
        MandateFunction, models.PROTECT, related_name="priorities", verbose_name=_("mandate function")
    )
    colour = models.CharField(
        _("colour"),
        max_length=7,
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Give a colour such as #0b5fa5."))],
    )
    predecessor = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="successors", verbose_name=_("predecessor")
    )

    title = Localized()
    short_title = Localized()
    narrative = Localized()
    objects: ClassVar[Any] = PublicQuerySet.as_manager()

    class Meta:
        verbose_name = _("priority")
        verbose_name_plural = _("priorities")
        ordering = ["-programme__starts", "number"]
        constraints = [
            *MadeOnce.Meta.constraints,
            models.UniqueConstraint(fields=["programme", "number"], name="priorities_priority_number_once"),
            models.UniqueConstraint(fields=["programme", "slug"], name="priorities_priority_slug_once"),
        ]

    def __str__(self) -> str:
        return f"{self.roman}. {self.short_title}"

    def get_absolute_url(self) -> str:
        return reverse("priorities:detail", args=[self.programme.period, self.slug])

    def get_edit_url(self) -> str:
        return reverse("editing:priority", args=[self.programme.period, self.slug])


class Commitment(Record, MadeOnce):
    """A promise the programme's text makes, with the place where it stands there."""

    priority = models.ForeignKey(Priority, models.PROTECT, related_name="commitments", verbose_name=_("priority"))
    number = models.PositiveSmallIntegerField(_("number"))
    code = models.CharField(_("code"), max_length=12)
    text_en = models.TextField(_("text in English"))
    text_ru = models.TextField(_("text in Russian"), blank=True)
    cadence = models.CharField(_("cadence"), max_length=20, choices=Cadence)
    place_en = models.CharField(_("place in the programme, in English"), max_length=200, blank=True)
    place_ru = models.CharField(_("place in the programme, in Russian"), max_length=200, blank=True)
    retired = models.BooleanField(
        _("retired"),
        default=False,
        help_text=_("No longer pursued: it keeps its evidence, but nothing new is offered for it or missed from it."),
    )
    predecessor = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="successors", verbose_name=_("predecessor")
    )

    text = Localized()
    place = Localized()
    objects: ClassVar[Any] = CommitmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("commitment")
        verbose_name_plural = _("commitments")
        ordering = ["priority__number", "number"]
        constraints = [
            *MadeOnce.Meta.constraints,
            models.UniqueConstraint(fields=["priority", "number"], name="priorities_commitment_number_once"),
            models.CheckConstraint(condition=Q(cadence__in=Cadence.values), name="priorities_commitment_cadence"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.text}"

    def get_absolute_url(self) -> str:
        return f"{self.priority.get_absolute_url()}#{self.code}"

    def get_edit_url(self) -> str:
        return reverse("editing:commitment", args=[self.priority.programme.period, self.code])


class Country(Record):
    """A country by ISO alpha-2 code; `m49` is text, for its leading zeros (004)."""

    code = models.CharField(_("code"), max_length=2, unique=True, validators=[RegexValidator(r"^[A-Z]{2}$")])
    m49 = models.CharField(_("M49 code"), max_length=3, unique=True)
    name_en = models.CharField(_("name in English"), max_length=100)
    name_ru = models.CharField(_("name in Russian"), max_length=100, blank=True)
    group = models.CharField(_("group"), max_length=20, choices=CountryGroup, default=CountryGroup.ELSEWHERE)

    name = Localized()
    objects: ClassVar[Any] = PublicQuerySet.as_manager()

    class Meta:
        verbose_name = _("country")
        verbose_name_plural = _("countries")
        ordering = ["name_en"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("countries:detail", args=[self.code])


class Theme(Record, MadeOnce):
    """A subject of the Centre's work; the pillars of WPS and YPS are children of their agenda."""

    code = models.SlugField(_("code"), max_length=50, unique=True)
    name_en = models.CharField(_("name in English"), max_length=120)
    name_ru = models.CharField(_("name in Russian"), max_length=120, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    aliases = models.JSONField(_("other names"), default=list, blank=True)
    retired = models.BooleanField(
        _("retired"), default=False, help_text=_("No longer offered for new records; those that have it keep it.")
    )

    name = Localized()
    objects: ClassVar[Any] = PublicQuerySet.as_manager()

    class Meta:
        verbose_name = _("theme")
        verbose_name_plural = _("themes")
        ordering = ["name_en"]
        constraints = [*MadeOnce.Meta.constraints]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("themes:detail", args=[self.code])

    def get_edit_url(self) -> str:
        return reverse("editing:theme", args=[self.code])


class SdgTarget(Record):
    """A target of the Sustainable Development Goals, by its code as text (16.a)."""

    code = models.CharField(_("code"), max_length=6, unique=True)
    title_en = models.CharField(_("title in English"), max_length=500)
    title_ru = models.CharField(_("title in Russian"), max_length=500, blank=True)

    title = Localized()
    objects: ClassVar[Any] = PublicQuerySet.as_manager()

    class Meta:
        verbose_name = _("SDG target")
        verbose_name_plural = _("SDG targets")
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class Document(Record):
    """A United Nations document. `date` is its first possible day where only month or year is known."""

    key = models.SlugField(_("key"), max_length=60, unique=True)
    symbol = models.CharField(_("symbol"), max_length=60, blank=True)
    kind = models.CharField(_("kind"), max_length=30, choices=DocumentKind)
    date = models.DateField(_("date"), null=True, blank=True)
    date_precision = models.CharField(max_length=10, choices=DatePrecision, default=DatePrecision.DAY)
    title_en = models.CharField(_("title in English"), max_length=400)
    title_ru = models.CharField(_("title in Russian"), max_length=400, blank=True)
    url = models.URLField(_("link"), blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    certainty = models.CharField(_("certainty"), max_length=20, choices=Certainty, default=Certainty.FOUND)
    note_en = models.TextField(_("note"), blank=True)

    title = Localized()
    objects: ClassVar[Any] = PublicQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = [F("date").desc(nulls_last=True), "symbol"]
        constraints = [
            models.UniqueConstraint(fields=["symbol"], condition=~Q(symbol=""), name="priorities_document_symbol_once")
        ]

    def __str__(self) -> str:
        return self.symbol or self.title


class Framework(Record):
    """A process, programme or project outside the Centre that the programme of action names."""

    code = models.SlugField(_("code"), max_length=50, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=FrameworkKind)
    acronym = models.CharField(_("acronym"), max_length=30, blank=True)
    name_en = models.CharField(_("name in English"), max_length=250)
    name_ru = models.CharField(_("name in Russian"), max_length=250, blank=True)
    description_en = models.TextField(_("description in English"), blank=True)
    description_ru = models.TextField(_("description in Russian"), blank=True)
    commitments = models.ManyToManyField(
        Commitment, blank=True, related_name="frameworks", verbose_name=_("commitments")
    )

    name = Localized()
    description = Localized()
    objects: ClassVar[Any] = PublicQuerySet.as_manager()

    class Meta:
        verbose_name = _("framework")
        verbose_name_plural = _("frameworks")
        ordering = ["name_en"]

    def __str__(self) -> str:
        return self.acronym or self.name


class Mandate(Record):
    """What a programme of action builds on, and what it asks of the Centre."""

    programme = models.ForeignKey(ProgrammeOfAction, models.CASCADE, related_name="mandates")
    code = models.SlugField(_("code"), max_length=50)
    title_en = models.CharField(_("title in English"), max_length=250)
    title_ru = models.CharField(_("title in Russian"), max_length=250, blank=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="mandates")
    summary_en = models.TextField(_("summary in English"), blank=True)
    summary_ru = models.TextField(_("summary in Russian"), blank=True)

    title = Localized()
    summary = Localized()
    part_of = "programme"
    objects: ClassVar[Any] = PublicQuerySet.as_manager()

    class Meta:
        verbose_name = _("mandate")
        verbose_name_plural = _("mandates")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["programme", "code"], name="priorities_mandate_once")]

    def __str__(self) -> str:
        return self.title


class DeliverableLine(Record, MadeOnce):
    """A line of the programme budget's table of deliverables: a subcategory with its unit."""

    code = models.CharField(_("code"), max_length=12, unique=True)
    category = models.CharField(_("category"), max_length=1, choices=DeliverableCategory)
    name_en = models.CharField(_("name in English"), max_length=250)
    name_ru = models.CharField(_("name in Russian"), max_length=250, blank=True)
    unit_en = models.CharField(_("unit in English"), max_length=60, blank=True)
    unit_ru = models.CharField(_("unit in Russian"), max_length=60, blank=True)
    narrative = models.BooleanField(_("told in words"), default=False)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    retired = models.BooleanField(
        _("retired"), default=False, help_text=_("Not taken over into the next programme; its past figures stay.")
    )

    name = Localized()
    unit = Localized()
    # The programme within which a page shows the line; a line itself belongs to all.
    in_programme: ProgrammeOfAction
    objects: ClassVar[Any] = PublicQuerySet.as_manager()

    class Meta:
        verbose_name = _("deliverable line")
        verbose_name_plural = _("deliverable lines")
        ordering = ["category", "order"]
        constraints = [*MadeOnce.Meta.constraints]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def get_absolute_url(self) -> str:
        return f"{self.in_programme.get_structure_url()}#line-{self.code}"

    def get_edit_url(self) -> str:
        return reverse("editing:line", args=[self.in_programme.period, self.code])


class Deliverable(Record):
    """A line in one year: what was planned, adjustments to the actual figure, and why they differ.

    The actual figure is the sum of approved activities' contributions plus `adjustment`, in the line's unit.
    """

    line = models.ForeignKey(DeliverableLine, models.PROTECT, related_name="deliverables", verbose_name=_("line"))
    programme = models.ForeignKey(ProgrammeOfAction, models.PROTECT, related_name="deliverables")
    year = models.PositiveSmallIntegerField(_("year"))
    planned = models.DecimalField(_("planned"), max_digits=10, decimal_places=1, null=True, blank=True)
    planned_text = models.TextField(_("planned, in words"), blank=True)
    adjustment = models.DecimalField(_("adjustment"), max_digits=10, decimal_places=1, default=0)
    adjustment_reason = models.TextField(_("reason for the adjustment"), blank=True)
    actual_text = models.TextField(_("actual, in words"), blank=True)
    variance_explanation = models.TextField(_("explanation of the variance"), blank=True)

    objects: ClassVar[Any] = StaffQuerySet.as_manager()

    class Meta:
        verbose_name = _("deliverable")
        verbose_name_plural = _("deliverables")
        ordering = ["year", "line__category", "line__order"]
        constraints = [
            models.UniqueConstraint(fields=["line", "year"], name="priorities_deliverable_once_a_year"),
            models.CheckConstraint(
                condition=Q(adjustment=0) | ~Q(adjustment_reason=""),
                name="priorities_deliverable_adjustment_has_reason",
                violation_error_message=_("Say why the figure is adjusted."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.year}"


class Indicator(Record, MadeOnce):
    """A performance measure of a priority."""

    priority = models.ForeignKey(Priority, models.PROTECT, related_name="indicators", verbose_name=_("priority"))
    code = models.CharField(_("code"), max_length=12)
    name_en = models.CharField(_("name in English"), max_length=300)
    name_ru = models.CharField(_("name in Russian"), max_length=300, blank=True)
    unit_en = models.CharField(_("unit in English"), max_length=60, blank=True)
    unit_ru = models.CharField(_("unit in Russian"), max_length=60, blank=True)
    retired = models.BooleanField(
        _("retired"), default=False, help_text=_("Not taken over into the next programme; its past values stay.")
    )

    name = Localized()
    unit = Localized()
    objects: ClassVar[Any] = StaffQuerySet.as_manager()

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ["priority__number", "code"]
        constraints = [
            *MadeOnce.Meta.constraints,
            models.UniqueConstraint(
                fields=["priority", "code"],
                name="priorities_indicator_code_once",
                violation_error_message=_("This priority already has an indicator with this code."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def get_absolute_url(self) -> str:
        return f"{self.priority.programme.get_structure_url()}#indicator-{self.pk}"

    def get_edit_url(self) -> str:
        return reverse("editing:indicator", args=[self.priority.programme.period, self.priority.slug, self.code])


class IndicatorValue(Record):
    """An indicator's planned and actual value in a year: a number or, as budgets often put it, a text."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="values")
    year = models.PositiveSmallIntegerField(_("year"))
    planned_number = models.DecimalField(_("planned"), max_digits=12, decimal_places=2, null=True, blank=True)
    planned_text = models.TextField(_("planned, in words"), blank=True)
    actual_number = models.DecimalField(_("actual"), max_digits=12, decimal_places=2, null=True, blank=True)
    actual_text = models.TextField(_("actual, in words"), blank=True)

    part_of = "indicator"
    objects: ClassVar[Any] = StaffQuerySet.as_manager()

    class Meta:
        verbose_name = _("indicator value")
        verbose_name_plural = _("indicator values")
        ordering = ["year"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "year"], name="priorities_indicator_value_once_a_year")
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.year}"
