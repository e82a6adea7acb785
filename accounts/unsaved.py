"""Entries that somebody typed into a form and did not save: kept for that person alone until they are saved.

They are no records: nobody else sees, counts or searches them, and the audit trail holds nothing of them. What may
not be kept in the portal as a record (`validate_classification`) is not kept here either.
"""

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .choices import Classification, validate_classification

if TYPE_CHECKING:
    from .models import User

# The records whose forms are kept.
FORMS = ("activities.activity", "briefings.development")
TITLES = ("title_en", "headline_en")
# What belongs to the one sending and not to the entries.
NOT_ENTRIES = frozenset({"csrfmiddlewaretoken", "author", "then"})
MOST_LETTERS = 300_000
MOST_NEW_ENTRIES = 20
KEPT_FOR = timedelta(days=30)


class UnsavedEntryQuerySet(models.QuerySet["UnsavedEntry"]):
    def of(self, user: "User") -> Self:
        """The user's own, newest first; without those for records that the user no longer sees."""
        seen = Q(record=None)
        for label in FORMS:
            model: Any = apps.get_model(label)
            seen |= Q(form=label, record__in=model.objects.visible_to(user).values("pk"))
        return self.filter(seen, owner=user)

    def forget(self, *, owner: "User", form: str, record: int | None = None, token: UUID | None = None) -> None:
        """Drop what was kept of a form. Whatever saves a form's record calls it in the same transaction."""
        self.filter(owner=owner, form=form, record=record, token=token).delete()

    def stale(self) -> Self:
        return self.filter(saved_at__lt=timezone.now() - KEPT_FOR)


class UnsavedEntry(models.Model):
    """What one person typed into one form: that of a saved record, or an empty one with its once-only token."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="unsaved_entries")
    form = models.CharField(max_length=50)
    record = models.BigIntegerField(null=True)
    token = models.UUIDField(null=True)
    # The address of the form, and a line that tells the entries from others in a list.
    address = models.CharField(max_length=300)
    title = models.CharField(max_length=200, blank=True)
    # By the name of the control, the values that it sent.
    data = models.JSONField()
    saved_at = models.DateTimeField()

    objects: ClassVar[Any] = UnsavedEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("unsaved entry")
        verbose_name_plural = _("unsaved entries")
        ordering = ["-saved_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "form", "record"], condition=Q(token=None), name="accounts_unsaved_of_record_once"
            ),
            models.UniqueConstraint(
                fields=["owner", "form", "token"], condition=Q(record=None), name="accounts_unsaved_of_token_once"
            ),
            models.CheckConstraint(
                condition=Q(record=None, token__isnull=False) | Q(record__isnull=False, token=None),
                name="accounts_unsaved_of_one_form",
            ),
        ]
        indexes = [models.Index(fields=["saved_at"], name="accounts_unsaved_by_time")]

    def __str__(self) -> str:
        return self.title or str(_("Without a title"))

    def get_absolute_url(self) -> str:
        """The form with these entries in it."""
        return f"{self.address}?kept={self.pk}"

    @property
    def key(self) -> str:
        """The name that the copy in the browser has for the same form; see keep.js."""
        return key_of(self.form, record=self.record, token=self.token)

    def entries(self) -> QueryDict:
        """The entries as the form takes them."""
        entries = QueryDict(mutable=True)
        for name, values in self.data.items():
            entries.setlist(name, values)
        return entries


def key_of(form: str, *, record: int | None = None, token: UUID | None = None) -> str:
    return f"{form}:{record}" if record is not None else f"{form}:new:{token}"


def keep(
    *, owner: "User", form: str, sent: QueryDict, address: str, record: int | None = None, token: UUID | None = None
) -> UnsavedEntry:
    """Keep the entries of a form as they are, valid or not, in place of what was kept of it before.

    ValidationError when they may not be kept; what was kept before is then gone as well.
    """
    place: dict[str, Any] = {"owner": owner, "form": form, "record": record, "token": token}
    try:
        data = _checked(sent)
    except ValidationError:
        UnsavedEntry.objects.filter(**place).delete()
        raise
    title = next((data[name][0].strip() for name in TITLES if name in data), "")[:200]
    values = {"data": data, "title": title, "address": address, "saved_at": timezone.now()}
    kept, made = UnsavedEntry.objects.update_or_create(**place, defaults=values)
    if made and record is None:
        _forget_oldest(owner)
    return kept


def entries_in(sent: QueryDict) -> dict[str, list[str]]:
    """By name, the values of what somebody filled in; without what the database cannot hold."""
    return {
        name.replace("\x00", ""): [value.replace("\x00", "") for value in values]
        for name, values in sent.lists()
        if name not in NOT_ENTRIES and values
    }


def _checked(sent: QueryDict) -> dict[str, list[str]]:
    validate_classification(sent.get("classification", Classification.UNCLASSIFIED))
    data = entries_in(sent)
    if len(json.dumps(data)) > MOST_LETTERS:
        raise ValidationError(_("These entries are too long to be kept before they are saved. Save them now."))
    return data


def _forget_oldest(owner: "User") -> None:
    """Nobody needs more unfinished entries than these, and a program could make any number."""
    kept = UnsavedEntry.objects.filter(owner=owner, record=None).values_list("pk", flat=True)
    UnsavedEntry.objects.filter(pk__in=list(kept[MOST_NEW_ENTRIES:])).delete()
