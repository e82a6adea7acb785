"""What people are told by mail of API keys that are about to expire."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .mail import Words, put, record_of, writes
from .models import ApiKey, Mail, User
from .roles import Permission, Role, allows

# A key's end is announced these days before.
NOTICE_DAYS = (7, 30)


def remind_of_keys(now: datetime) -> None:
    """Tell the holder, and of partners' keys the managers, once within 30 days of the end and once within 7."""
    working = ApiKey.objects.filter(revoked_at=None, expires_at__gt=now, user__is_active=True).select_related("user")
    managers = list(User.objects.filter(role=Role.MANAGER, is_active=True))
    for key in working.filter(expires_at__lte=now + timedelta(days=max(NOTICE_DAYS))):
        days = next(days for days in NOTICE_DAYS if key.expires_at <= now + timedelta(days=days))
        people = {key.user.pk: key.user}
        if key.user.role == Role.PARTNER:
            people |= {manager.pk: manager for manager in managers}
        put("key_expires", to=people.values(), about=key, event=f"{key.expires_at:%Y-%m-%d}:{days}")


@writes("key_expires")
def words_of_expiry(recipient: User, mail: Mail) -> Words | None:
    """Nothing of a key that was revoked, or whose end was moved."""
    whose = Q(user=recipient)
    if allows(recipient, Permission.ISSUE_KEYS):
        whose |= Q(user__role=Role.PARTNER)
    keys = ApiKey.objects.filter(whose, revoked_at=None, expires_at__gt=timezone.now())
    key = record_of(mail, keys.select_related("user__organization"))
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
        "who": f"{key.user}, {key.user.organization}" if key.user.organization else key.user,
    }
    return Words(
        _("An API key is about to expire"), f"{text}\n\n{last}", reverse("accounts:api-key", args=[key.prefix])
    )
