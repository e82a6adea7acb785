"""Every way to write an organization, an agreement, a contact or a note of a contact.

Atomic, under the row's lock, with its author and deed in the audit trail. All raise PermissionDenied when `by` may
not do the deed, StaleEdit when the record is no longer as the editor saw it, ValidationError when the entries do not
fit. Nothing is written then.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.audit import acting
from accounts.choices import Audience
from accounts.records import Record, Released, StaleEdit
from accounts.roles import Permission, allows

from .models import RESERVED_CODES, Agreement, Contact, Organization

if TYPE_CHECKING:
    from accounts.models import User
    from accounts.record_forms import RecordForm

CODE_LENGTH = 50


class AlreadySaved(Exception):
    """The form was sent before; `record` is what it made."""

    def __init__(self, record: Record) -> None:
        self.record = record
        super().__init__(str(record))


def may_edit(user: Any) -> bool:
    """Officers and managers look after the partners' data; administrators and partners do not."""
    return allows(user, Permission.LOG_RECORDS)


def create_organization(
    *,
    name_en: str,
    type: str,
    by: "User",
    name_ru: str = "",
    acronym: str = "",
    acronym_ru: str = "",
    aliases: Iterable[str] = (),
    country: Any = None,
    parent: Organization | None = None,
    website: str = "",
    audience: str = Audience.INTERNAL,
    token: UUID | None = None,
) -> Organization:
    """Save a new organization; its code is made from the acronym, else the name.

    `token` is that of the form, if any: AlreadySaved when it has made an organization before.
    """
    organization = Organization(
        code=free_code(Organization, acronym, acronym_ru, name_en),
        name_en=name_en.strip(),
        name_ru=name_ru.strip(),
        type=type,
        acronym=acronym.strip(),
        acronym_ru=acronym_ru.strip(),
        aliases=[alias.strip() for alias in aliases if alias.strip()],
        country=country,
        parent=parent,
        website=website.strip(),
        audience=audience,
        form_token=token,
    )
    organization.full_clean()
    return add(organization, by=by)


def add(record: Any, *, by: "User") -> Any:
    """Save a checked new record. AlreadySaved when its form (`form_token`) has made one before."""
    if not may_edit(by):
        raise PermissionDenied
    try:
        with acting(by=by, verb="create"):
            _note_new(record, by)
            record.save()
    except IntegrityError as error:
        raise _explained(error, record, by) from error
    return record


def add_from(form: "RecordForm", *, by: "User") -> Any:
    """Save a new record from its valid form, with all that the form holds. AlreadySaved as above."""
    if not may_edit(by):
        raise PermissionDenied
    record = form.instance
    record.form_token = form.cleaned_data["form_token"]
    if isinstance(record, Organization) and not record.code:
        record.code = free_code(Organization, record.acronym, record.acronym_ru, record.name_en)
    if isinstance(record, Agreement) and not record.code:
        record.code = free_code(Agreement, record.title_en)
    try:
        with acting(by=by, verb="create"):
            _note_new(record, by)
            form.save()
    except IntegrityError as error:
        raise _explained(error, record, by) from error
    return record


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


def made_before(model: Any, token: UUID | None, *, by: "User") -> Any:
    """The record that the author's form with this token has made, if any."""
    return model.objects.filter(created_by=by, form_token=token).first() if token else None


def save_from(form: "RecordForm", *, by: "User") -> Any:
    """Save a valid form over the record that it was opened on. StaleEdit when that is no longer what is saved."""
    if not may_edit(by):
        raise PermissionDenied
    record = form.instance
    with acting(by=by, verb="edit"):
        # A form that lost its version counts as stale: nobody knows what it started from.
        saved = _locked(record, form.cleaned_data["version"] or 0)
        # The form may name the right version and still have been filled from an earlier one.
        if record.version != saved.version:
            raise StaleEdit(saved)
        if form.changes_release:
            record.note_release(by)
        record.touch(by)
        form.save()
    return record


def delete(record: Any, *, by: "User", version: int) -> None:
    """Delete an agreement, a contact or a note as the page showed it. Organizations are switched off instead."""
    if not may_edit(by) or isinstance(record, Organization):
        raise PermissionDenied
    with acting(by=by, verb="delete"):
        _locked(record, version).delete()


def verify_contact(contact: Contact, *, by: "User", version: int) -> None:
    """Note that somebody made sure today that the contact is still right."""
    if not may_edit(by):
        raise PermissionDenied
    with acting(by=by, verb="verify"):
        saved = _locked(contact, version)
        saved.last_verified = timezone.localdate()
        saved.touch(by)
        saved.save()


def _locked(record: Any, version: int) -> Any:
    try:
        return type(record).locked(record.pk, version=version)
    except type(record).DoesNotExist as gone:
        raise ValidationError(_("This record was deleted meanwhile."), code="deleted") from gone


def free_code(model: Any, *texts: str) -> str:
    """A code that no record of the model has, from the first text that has Latin letters or digits."""
    slugs = (slugify(text)[:CODE_LENGTH].replace("_", "-").strip("-") for text in texts)
    base = next(filter(None, slugs), model._meta.model_name)
    taken = {*model.objects.filter(code__startswith=base).values_list("code", flat=True), *RESERVED_CODES}
    numbered = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
    return next(code for code in numbered if code not in taken)
