"""Every way to write a record that is edited by a `RecordForm`: one class for all apps.

Atomic, under the row's lock, with its author and deed in the audit trail. All raise PermissionDenied when `by` may
not do the deed, StaleEdit when the record is no longer as the editor saw it, ValidationError when the entries do not
fit. Nothing is written then.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from .audit import acting
from .records import Record, Released, StaleEdit
from .roles import Permission, allows

if TYPE_CHECKING:
    from .models import User
    from .record_forms import RecordForm


class AlreadySaved(Exception):
    """The form was sent before; `record` is what it made."""

    def __init__(self, record: Record) -> None:
        self.record = record
        super().__init__(str(record))


class Deeds:
    """What those who hold a permission do with the records of an app; an app completes it where its records differ."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    def may_edit(self, user: Any) -> bool:
        return allows(user, self.permission)

    def may_delete(self, record: Any) -> bool:
        """Whether records of this kind are deleted at all."""
        return True

    def complete(self, record: Any) -> None:
        """Give a new record what its form may leave to the portal, such as a code."""

    def add(self, record: Any, *, by: "User") -> Any:
        """Save a checked new record. AlreadySaved when its form (`form_token`) has made one before."""
        self._require(by)
        try:
            with acting(by=by, verb="create"):
                _note_new(record, by)
                record.save()
        except IntegrityError as error:
            raise _explained(error, record, by) from error
        return record

    def add_from(self, form: "RecordForm", *, by: "User") -> Any:
        """Save a new record from its valid form, with all that the form holds. AlreadySaved as above."""
        self._require(by)
        record = form.instance
        record.form_token = form.cleaned_data["form_token"]
        try:
            with acting(by=by, verb="create"):
                self.complete(record)
                _note_new(record, by)
                form.save()
        except IntegrityError as error:
            raise _explained(error, record, by) from error
        return record

    def save_from(self, form: "RecordForm", *, by: "User") -> Any:
        """Save a valid form over the record that it was opened on. StaleEdit when that is no longer what is saved."""
        self._require(by)
        record = form.instance
        with acting(by=by, verb="edit"):
            # A form that lost its version counts as stale: nobody knows what it started from.
            saved = locked(record, form.cleaned_data["version"] or 0)
            # The form may name the right version and still have been filled from an earlier one.
            if record.version != saved.version:
                raise StaleEdit(saved)
            if form.changes_release:
                record.note_release(by)
            record.touch(by)
            form.save()
        return record

    def delete(self, record: Any, *, by: "User", version: int) -> None:
        """Delete a record as the page showed it. ValidationError when others point to it."""
        if not self.may_delete(record):
            raise PermissionDenied
        self._require(by)
        try:
            with acting(by=by, verb="delete"):
                locked(record, version).delete()
        except ProtectedError as error:
            raise ValidationError(_("Other records point to it, so it stays.")) from error

    def made_before(self, model: Any, token: UUID | None, *, by: "User") -> Any:
        """The record that the author's form with this token has made, if any."""
        return model.objects.filter(created_by=by, form_token=token).first() if token else None

    def _require(self, by: "User") -> None:
        if not self.may_edit(by):
            raise PermissionDenied


def _note_new(record: Any, by: "User") -> None:
    if isinstance(record, Released):
        record.note_release(by)
    record.touch(by)


def _explained(error: IntegrityError, record: Any, by: "User") -> Exception:
    """What the database's refusal of a new record means."""
    if "form_token_once" in str(error):
        return AlreadySaved(type(record).objects.get(created_by=by, form_token=record.form_token))
    if "code" in str(error):
        return ValidationError({"code": _("This code was taken meanwhile. Choose another.")})
    return error


def locked(record: Any, version: int) -> Any:
    """The record as saved now, locked; `version` is that of the page. ValidationError when it was deleted."""
    try:
        return type(record).locked(record.pk, version=version)
    except type(record).DoesNotExist as gone:
        raise ValidationError(_("This record was deleted meanwhile."), code="deleted") from gone
