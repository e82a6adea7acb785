"""What every record has: who made and changed it and when, and a version that guards against lost edits.

A `Released` record has a classification and an audience as well; `review.py` adds the approval.
"""

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .choices import Audience, Classification, validate_classification
from .roles import Permission, allows
from .visibility import ReleasedQuerySet

if TYPE_CHECKING:
    from .models import User
    from .roles import Viewer


class StaleEdit(Exception):
    """Somebody else saved the record since the form was opened. `current` is the record as saved now."""

    def __init__(self, current: "Record") -> None:
        self.current = current
        super().__init__(f"{current} is at version {current.version}")


class Record(models.Model):
    """Abstract base of all records that people edit."""

    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    # Null until a person changes the record: reference data may then be refreshed by its loader.
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True

    @classmethod
    def locked(cls, pk: int, *, version: int | None) -> Self:
        """The record, locked until the transaction ends.

        `version` is the version the editor started from; StaleEdit is raised when it is no longer
        the saved one. None skips the check (a deed that does not rest on what the page showed).
        """
        record = cls._default_manager.select_for_update(of=("self",)).get(pk=pk)
        if version is not None and record.version != version:
            raise StaleEdit(record)
        return record

    def touch(self, by: Any) -> None:
        """Note who changes the record, just before it is saved; `by` is a user or None for the portal itself."""
        if self._state.adding:
            self.created_by = by
        else:
            self.version += 1
            self.changed_by = by
        self.changed_at = timezone.now()


class MadeOnce(models.Model):
    """Abstract: a record whose form carries a token, so that a form sent twice makes one record."""

    form_token = models.UUIDField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["created_by", "form_token"], name="%(app_label)s_%(class)s_form_token_once"
            ),
        ]


class Released(Record):
    """Abstract: a record with a classification and an audience. New records are internal."""

    classification = models.CharField(
        _("classification"),
        max_length=20,
        choices=Classification,
        default=Classification.UNCLASSIFIED,
        validators=[validate_classification],
    )
    classified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    classified_at = models.DateTimeField(null=True, blank=True, editable=False)
    classification_basis = models.CharField(
        _("basis of the classification"), max_length=300, blank=True, help_text=_("Why it is confidential.")
    )
    audience = models.CharField(
        _("audience"),
        max_length=20,
        choices=Audience,
        default=Audience.INTERNAL,
        help_text=_("Who sees the record once it is approved. Being involved gives a partner nothing; this does."),
    )
    released_to = models.ManyToManyField(
        "partners.Organization",
        verbose_name=_("named partners"),
        blank=True,
        related_name="+",
        help_text=_("For the audience “named partners”."),
    )
    # True while a release waits for a second manager's word (see `needs_second_manager`).
    release_held = models.BooleanField(default=False, editable=False)
    release_decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    release_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    release_confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    focal_officer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("focal officer"),
    )
    readers = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("named readers"),
        blank=True,
        related_name="+",
        help_text=_("Staff who may read the record when it is confidential."),
    )

    is_reviewed: ClassVar[bool] = False

    objects: Any = ReleasedQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(classification=Classification.UNCLASSIFIED) | Q(audience=Audience.INTERNAL),
                name="%(app_label)s_%(class)s_confidential_is_internal",
                violation_error_message=_("A confidential record stays internal. Choose the audience “internal”."),
            ),
            models.CheckConstraint(
                condition=Q(classification__in=Classification.values),
                name="%(app_label)s_%(class)s_classification_known",
            ),
            models.CheckConstraint(
                condition=Q(audience__in=Audience.values),
                name="%(app_label)s_%(class)s_audience_known",
            ),
        ]

    def visible_to(self, viewer: "Viewer") -> bool:
        """Whether the viewer may see this saved record."""
        return bool(type(self).objects.visible_to(viewer).filter(pk=self.pk).exists())

    @property
    def needs_second_manager(self) -> bool:
        """Whether any release of this record wants the word of two managers."""
        return False

    @property
    def is_named_in_mail(self) -> bool:
        """Mail leaves the portal's keeping: it names nothing confidential, nor what two managers must release."""
        return self.classification == Classification.UNCLASSIFIED and not self.needs_second_manager

    def note_release(self, by: "User | None") -> None:
        """Note who decided on classification and audience, just before the record is saved with them changed.

        Widening the audience of a record that needs two managers holds the release until the second agrees.
        """
        self.classified_by, self.classified_at = by, timezone.now()
        self.release_decided_by = by
        self.release_confirmed_by = self.release_confirmed_at = None
        self.release_held = self.needs_second_manager and self.audience != Audience.INTERNAL

    def confirm_release(self, *, by: "User") -> None:
        """The second manager agrees to the release. PermissionDenied for anyone who took part in deciding it."""
        if not allows(by, Permission.APPROVE_RECORDS):
            raise PermissionDenied
        if by.pk in self._release_deciders():
            raise ValidationError(_("A second manager must confirm this release: you took part in deciding it."))
        if not self.release_held:
            raise ValidationError(_("No release is waiting for confirmation."))
        self.release_held = False
        self.release_confirmed_by, self.release_confirmed_at = by, timezone.now()
        self.touch(by)
        self.save()

    def _release_deciders(self) -> set[int | None]:
        return {self.release_decided_by_id}
