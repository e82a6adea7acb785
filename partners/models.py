"""Organizations the Centre works with, agreements with them, and their contacts."""

from datetime import date, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.localized import Localized
from accounts.records import MadeOnce, Record, Released

from .choices import AgreementKind, AgreementStatus, OrganizationType
from .querysets import AgreementQuerySet, DocumentQuerySet, InternalPartQuerySet, OrganizationQuerySet

# So long before its end an agreement is marked.
AGREEMENT_NOTICE = timedelta(days=180)
# A contact that was not checked for longer than this is marked.
VERIFIED_FOR = timedelta(days=365)

validate_code = RegexValidator(
    r"^[a-z0-9]+(-[a-z0-9]+)*$", _("Use small Latin letters, digits and single hyphens, such as rats-sco.")
)


# Words that stand in addresses where the code of an organization or agreement does.
RESERVED_CODES = frozenset({"agreements", "contacts", "export", "home", "import", "matrix", "new"})


def validate_not_reserved(code: str) -> None:
    """Refuse a code that would hide a page behind another."""
    if code in RESERVED_CODES:
        raise ValidationError(
            _("“%(code)s” is kept for a page of the portal. Choose another code."), params={"code": code}
        )


class Organization(Released, MadeOnce):
    """A partner: regional organization, United Nations entity, ministry, institute and so on."""

    code = models.CharField(_("code"), max_length=60, unique=True, validators=[validate_code, validate_not_reserved])
    acronym = models.CharField(_("acronym"), max_length=30, blank=True)
    acronym_ru = models.CharField(_("acronym in Russian"), max_length=30, blank=True)
    name_en = models.CharField(_("name in English"), max_length=250)
    name_ru = models.CharField(_("name in Russian"), max_length=250, blank=True)
    aliases = models.JSONField(_("other names"), default=list, blank=True)
    type = models.CharField(_("type"), max_length=30, choices=OrganizationType)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="subsidiaries", verbose_name=_("parent body")
    )
    country = models.ForeignKey(
        "priorities.Country",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="organizations",
        verbose_name=_("country"),
    )
    iati_reference = models.CharField(_("IATI reference"), max_length=60, blank=True)
    website = models.URLField(_("website"), blank=True)
    retired = models.BooleanField(
        _("no longer in use"),
        default=False,
        help_text=_("For what closed, was renamed or was entered twice. What was recorded with it stays."),
    )
    # Internal: how long the Centre means to go without doing anything together.
    engagement_expected = models.BooleanField(
        _("regular contact is expected"),
        default=True,
        help_text=_("Switch off for those met once or only named; their silence raises no alert."),
    )
    silence_months = models.PositiveSmallIntegerField(
        _("months without contact before an alert"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text=_("Leave empty for the portal’s own interval."),
    )

    name = Localized()
    objects: ClassVar[Any] = OrganizationQuerySet.as_manager()

    class Meta(Released.Meta):
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        ordering = ["name_en"]
        constraints = [
            *Released.Meta.constraints,
            *MadeOnce.Meta.constraints,
            models.CheckConstraint(condition=Q(type__in=OrganizationType.values), name="partners_organization_type"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="partners_organization_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return self.short_name

    def get_absolute_url(self) -> str:
        return reverse("partners:detail", args=[self.code])

    def get_edit_url(self) -> str:
        return reverse("partners:edit", args=[self.code])

    @property
    def short_name(self) -> str:
        """The acronym in the reader's language where there is one, else the name."""
        if (get_language() or "en").startswith("ru"):
            return self.acronym_ru or self.acronym or self.name
        return self.acronym or self.name

    def clean(self) -> None:
        """Refuse a parent body that stands under this one."""
        super().clean()
        above, seen = self.parent, set()
        while above is not None and above.pk not in seen:
            if above.pk == self.pk:
                raise ValidationError(
                    {"parent": _("This body stands under the organization itself. Choose another parent body.")}
                )
            seen.add(above.pk)
            above = above.parent


class Agreement(Released, MadeOnce):
    """A memorandum, joint plan or other agreement; its status follows from its dates."""

    code = models.CharField(_("code"), max_length=60, unique=True, validators=[validate_code, validate_not_reserved])
    kind = models.CharField(_("kind"), max_length=20, choices=AgreementKind)
    title_en = models.CharField(_("title in English"), max_length=300)
    title_ru = models.CharField(_("title in Russian"), max_length=300, blank=True)
    description_en = models.TextField(_("description in English"), blank=True)
    description_ru = models.TextField(_("description in Russian"), blank=True)
    parties = models.ManyToManyField(Organization, verbose_name=_("parties"), related_name="agreements")
    commitments = models.ManyToManyField(
        "priorities.Commitment", verbose_name=_("commitments"), blank=True, related_name="agreements"
    )
    signed = models.DateField(_("signed"), null=True, blank=True)
    ends = models.DateField(_("ends"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    succeeds = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="successors",
        verbose_name=_("succeeds"),
        help_text=_("The agreement that this one renews or replaces."),
    )

    title = Localized()
    description = Localized()
    objects: ClassVar[Any] = AgreementQuerySet.as_manager()

    class Meta(Released.Meta):
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = ["title_en"]
        constraints = [
            *Released.Meta.constraints,
            *MadeOnce.Meta.constraints,
            models.CheckConstraint(condition=~Q(succeeds=F("id")), name="partners_agreement_not_its_own_successor"),
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(signed__isnull=True) | Q(ends__gte=F("signed")),
                name="partners_agreement_ends_after_signed",
                violation_error_message=_("The agreement ends before it was signed. Check both dates."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("partners:agreement", args=[self.code])

    def get_edit_url(self) -> str:
        return reverse("partners:agreement-edit", args=[self.code])

    def status_on(self, day: date) -> AgreementStatus:
        """Whether the agreement is in force on a day."""
        if self.ends and self.ends < day:
            return AgreementStatus.ENDED
        if self.signed is None:
            return AgreementStatus.UNKNOWN
        return AgreementStatus.UPCOMING if self.signed > day else AgreementStatus.IN_FORCE

    @property
    def status(self) -> AgreementStatus:
        return self.status_on(timezone.localdate())

    @property
    def days_left(self) -> int | None:
        """Days from today to the last one; None where there is no end, or it is past."""
        left = (self.ends - timezone.localdate()).days if self.ends else -1
        return left if left >= 0 else None

    @property
    def ends_soon(self) -> bool:
        return self.days_left is not None and self.days_left <= AGREEMENT_NOTICE.days

    def clean(self) -> None:
        """Refuse to succeed an agreement that goes on from this one."""
        super().clean()
        before, seen = self.succeeds, set()
        while before is not None and before.pk not in seen:
            if before.pk == self.pk:
                raise ValidationError(
                    {"succeeds": _("That agreement itself goes on from this one. Choose another, or none.")}
                )
            seen.add(before.pk)
            before = before.succeeds


class AgreementDocument(models.Model):
    """Where the text of an agreement, an annex or a report on it can be read."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="documents")
    title = models.CharField(_("title"), max_length=300)
    url = models.URLField(_("address"), max_length=500)

    part_of = "agreement"
    objects: ClassVar[Any] = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.title

    def as_line(self) -> str:
        """As the form of the agreement takes it: the address, then the title, if it has one of its own."""
        return self.url if self.title == self.url[:300] else f"{self.url} {self.title}"


class Contact(Record, MadeOnce):
    """A person at an organization. Staff only; why it is kept and when it was last checked (ST/SGB/2024/1)."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="contacts")
    name = models.CharField(_("name"), max_length=150)
    position = models.CharField(_("position"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    telephone = models.CharField(_("telephone"), max_length=50, blank=True)
    purpose = models.CharField(_("purpose"), max_length=300, help_text=_("Why the Centre keeps this contact."))
    last_verified = models.DateField(_("last verified"), null=True, blank=True)

    part_of = "organization"
    objects: ClassVar[Any] = InternalPartQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["name"]
        constraints = MadeOnce.Meta.constraints

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{self.organization.get_absolute_url()}#contacts"

    def get_edit_url(self) -> str:
        return reverse("partners:contact-edit", args=[self.organization.code, self.pk])

    @property
    def is_stale(self) -> bool:
        """Whether nobody has checked the contact for a year, or ever."""
        return self.last_verified is None or self.last_verified < timezone.localdate() - VERIFIED_FOR


class ContactNote(Record, MadeOnce):
    """That somebody of the Centre was in touch with an organization. Staff only."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="contact_notes")
    day = models.DateField(_("day"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    about = models.CharField(
        _("about"),
        max_length=500,
        help_text=_("A line without names of persons. A good offices contact is logged as an activity instead."),
    )

    part_of = "organization"
    objects: ClassVar[Any] = InternalPartQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact note")
        verbose_name_plural = _("contact notes")
        ordering = ["-day", "-id"]
        constraints = MadeOnce.Meta.constraints
        indexes = [models.Index(fields=["organization", "-day"], name="partners_note_newest")]

    def __str__(self) -> str:
        return self.about

    def get_absolute_url(self) -> str:
        return f"{self.organization.get_absolute_url()}#notes"

    def get_edit_url(self) -> str:
        return reverse("partners:note-edit", args=[self.organization.code, self.pk])

    def clean(self) -> None:
        super().clean()
        if self.day and self.day > timezone.localdate():
            raise ValidationError({"day": _("This day is still to come. Plan an activity instead.")})
