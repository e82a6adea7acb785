"""What people are told by mail of API keys: that one is about to expire, or was revoked."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .choices import MailDelivery
from .mail import Words, put, record_of, writes
from .models import ApiKey, Mail, User
from .roles import Permission, Role, allows

# A key's end is announced these days before.
NOTICE_DAYS = (7, 30)


def remind_of_keys(now: datetime) -> None:
    """Tell the holder, and of partners' keys the managers, once within 30 days of the end and once within 7."""
    working = ApiKey.objects.filter(revoked_at=None, expires_at__gt=now, user__is_active=True).select_related("user")
    managers = _managers()
    for key in working.filter(expires_at__lte=now + timedelta(days=max(NOTICE_DAYS))):
        days = next(days for days in NOTICE_DAYS if key.expires_at <= now + timedelta(days=days))
        put("key_expires", to=_concerned(key, managers), about=key, event=f"{key.expires_at:%Y-%m-%d}:{days}")


def tell_of_revocation(key: ApiKey, by: User) -> list[User]:
    """Tell those whom the key concerns, save who revoked it; in the transaction of the deed. Who is told."""
    told = [
        person
        for person in _concerned(key, _managers())
        if person != by and person.is_active and person.mail_delivery != MailDelivery.NONE
    ]
    put("key_revoked", to=told, about=key, event=by.pk)
    return told


def _managers() -> list[User]:
    return list(User.objects.filter(role=Role.MANAGER, is_active=True).order_by("name"))


def _concerned(key: ApiKey, managers: list[User]) -> list[User]:
    """The holder, and of partners' keys the managers."""
    return [key.user, *managers] if key.user.role == Role.PARTNER else [key.user]


def _keys_of(recipient: User) -> QuerySet[ApiKey]:
    """The keys that concern the recipient now."""
    whose = Q(user=recipient)
    if allows(recipient, Permission.ISSUE_KEYS):
        whose |= Q(user__role=Role.PARTNER)
    return ApiKey.objects.filter(whose).select_related("user__organization")


def _holder(key: ApiKey) -> str:
    return f"{key.user}, {key.user.organization}" if key.user.organization else str(key.user)


@writes("key_revoked")
def words_of_revocation(recipient: User, mail: Mail) -> Words | None:
    """Who ended the key, and what follows from it."""
    key = record_of(mail, _keys_of(recipient).exclude(revoked_at=None))
    by = User.objects.filter(pk=mail.event.rpartition(":")[2]).first()
    if key is None or by is None:
        return None
    text = _(
        "%(by)s revoked the API key “%(key)s” of %(who)s on %(day)s. Programs that use it are refused since then. If"
        " they are still needed, they need a new key."
    )
    text %= {
        "by": by,
        "key": key,
        "who": _holder(key),
        "day": date_format(timezone.localtime(key.revoked_at), "DATETIME_FORMAT"),
    }
    return Words(_("An API key was revoked"), text, reverse("accounts:api-key", args=[key.prefix]))


@writes("key_expires")
def words_of_expiry(recipient: User, mail: Mail) -> Words | None:
    """Nothing of a key that was revoked, or whose end was moved."""
    key = record_of(mail, _keys_of(recipient).filter(revoked_at=None, expires_at__gt=timezone.now()))
    if key is None or f":{key.expires_at:%Y-%m-%d}:" not in mail.event:
        return None
    last = _("It was never used.")
    if key.last_used_at:
        day = date_format(timezone.localtime(key.last_used_at), "DATE_FORMAT")
        last = _("It was last used on %(day)s.") % {"day": day}
    text = _("On %(day)s the API key “%(key)s” of %(who)s expires. Programs that use it need a new one before.")
    text %= {
        "day": date_format(timezone.localtime(key.expires_at), "DATETIME_FORMAT"),
        "key": key,
        "who": _holder(key),
    }
    return Words(
        _("An API key is about to expire"), f"{text}\n\n{last}", reverse("accounts:api-key", args=[key.prefix])
    )
