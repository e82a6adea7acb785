"""Every way to write an organization, an agreement, a contact or a note of a contact.

Atomic, under the row's lock, with its author and deed in the audit trail. All raise PermissionDenied when `by` may
not do the deed, StaleEdit when the record is no longer as the editor saw it, ValidationError when the entries do not
fit. Nothing is written then.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.text import slugify

from accounts.audit import acting
from accounts.choices import Audience
from accounts.record_deeds import Deeds, locked
from accounts.roles import Permission

from .models import RESERVED_CODES, Agreement, Contact, Organization

if TYPE_CHECKING:
    from accounts.models import User

CODE_LENGTH = 50


class PartnerDeeds(Deeds):
    """Officers and managers look after the partners' data; organizations are switched off instead of deleted."""

    def may_delete(self, record: Any) -> bool:
        return not isinstance(record, Organization)

    def complete(self, record: Any) -> None:
        if isinstance(record, Organization) and not record.code:
            record.code = free_code(Organization, record.acronym, record.acronym_ru, record.name_en)
        if isinstance(record, Agreement) and not record.code:
            record.code = free_code(Agreement, record.title_en)


DEEDS = PartnerDeeds(Permission.LOG_RECORDS)
may_edit, add, add_from, save_from = DEEDS.may_edit, DEEDS.add, DEEDS.add_from, DEEDS.save_from
delete, made_before = DEEDS.delete, DEEDS.made_before


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


def verify_contact(contact: Contact, *, by: "User", version: int) -> None:
    """Note that somebody made sure today that the contact is still right."""
    if not may_edit(by):
        raise PermissionDenied
    with acting(by=by, verb="verify"):
        saved = locked(contact, version)
        saved.last_verified = timezone.localdate()
        saved.touch(by)
        saved.save()


def free_code(model: Any, *texts: str) -> str:
    """A code that no record of the model has, from the first text that has Latin letters or digits."""
    slugs = (slugify(text)[:CODE_LENGTH].replace("_", "-").strip("-") for text in texts)
    base = next(filter(None, slugs), model._meta.model_name)
    taken = {*model.objects.filter(code__startswith=base).values_list("code", flat=True), *RESERVED_CODES}
    numbered = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
    return next(code for code in numbered if code not in taken)
