"""Organizations the Centre works with, agreements with them, and their contacts."""

from datetime import date
from typing import Any, ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.localized import Localized
from accounts.records import Record, Released
from accounts.visibility import ReleasedQuerySet, StaffQuerySet

from .choices import AgreementKind, AgreementStatus, OrganizationType
from .querysets import OrganizationQuerySet

validate_code = RegexValidator(
    r"^[a-z0-9]+(-[a-z0-9]+)*$", _("Use small Latin letters, digits and single hyphens, such as rats-sco.")
)


class Organization(Released):
    """A partner: regional organization, United Nations entity, ministry, institute and so on."""

    code = models.CharField(_("code"), max_length=60, unique=True, validators=[validate_code])
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

    name = Localized()
    objects: ClassVar[Any] = OrganizationQuerySet.as_manager()

    class Meta(Released.Meta):
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        ordering = ["name_en"]
        constraints = [
            *Released.Meta.constraints,
            models.CheckConstraint(condition=Q(type__in=OrganizationType.values), name="partners_organization_type"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="partners_organization_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return self.short_name

    @property
    def short_name(self) -> str:
        """The acronym in the reader's language where there is one, else the name."""
        if (get_language() or "en").startswith("ru"):
            return self.acronym_ru or self.acronym or self.name
        return self.acronym or self.name

    def get_absolute_url(self) -> str:
        return reverse("partners:detail", args=[self.code])


class Agreement(Released):
    """A memorandum, joint plan or other agreement; its status follows from its dates."""

    code = models.CharField(_("code"), max_length=60, unique=True, validators=[validate_code])
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

    title = Localized()
    description = Localized()
    objects: ClassVar[Any] = ReleasedQuerySet.as_manager()

    class Meta(Released.Meta):
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = ["title_en"]
        constraints = [
            *Released.Meta.constraints,
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(signed__isnull=True) | Q(ends__gte=F("signed")),
                name="partners_agreement_ends_after_signed",
                violation_error_message=_("The agreement ends before it was signed. Check both dates."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

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


class Contact(Record):
    """A person at an organization. Staff only; why it is kept and when it was last checked (ST/SGB/2024/1)."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="contacts")
    name = models.CharField(_("name"), max_length=150)
    position = models.CharField(_("position"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    telephone = models.CharField(_("telephone"), max_length=50, blank=True)
    purpose = models.CharField(_("purpose"), max_length=300, help_text=_("Why the Centre keeps this contact."))
    last_verified = models.DateField(_("last verified"), null=True, blank=True)

    part_of = "organization"
    objects: ClassVar[Any] = StaffQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
