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
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.audit import acting
from accounts.choices import Audience
from accounts.records import Record, Released
from accounts.roles import Permission, allows

from .models import RESERVED_CODES, Organization

if TYPE_CHECKING:
    from accounts.models import User

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
            if isinstance(record, Released):
                record.note_release(by)
            record.touch(by)
            record.save()
    except IntegrityError as error:
        if "form_token_once" in str(error):
            raise AlreadySaved(type(record).objects.get(created_by=by, form_token=record.form_token)) from error
        if "code" in str(error):
            raise ValidationError({"code": _("This code was taken meanwhile. Choose another.")}) from error
        raise
    return record


def free_code(model: Any, *texts: str) -> str:
    """A code that no record of the model has, from the first text that has Latin letters or digits."""
    slugs = (slugify(text)[:CODE_LENGTH].replace("_", "-").strip("-") for text in texts)
    base = next(filter(None, slugs), model._meta.model_name)
    taken = {*model.objects.filter(code__startswith=base).values_list("code", flat=True), *RESERVED_CODES}
    numbered = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
    return next(code for code in numbered if code not in taken)
