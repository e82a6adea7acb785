"""`Authorization: Api-Key PREFIX.SECRET` on the API."""

import hmac
from datetime import timedelta
from functools import cache

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from .models import ApiKey, KeyScope, User

KEYWORD = b"api-key"
# Where the middleware finds the key that a request was made with; no header can put anything there.
USED = "portal.api_key"
KEY_COLUMNS = [field.attname for field in ApiKey._meta.concrete_fields]
USER_COLUMNS = [field.attname for field in User._meta.concrete_fields]
LAST_USE_PRECISION = timedelta(minutes=5)


class ApiKeyAuthentication(BaseAuthentication):
    """The key acts as its user. What does not work is refused with 401, never read as anonymous."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        parts = get_authorization_header(request).split()
        if not parts:
            return None
        if len(parts) != 2 or parts[0].lower() != KEYWORD:
            raise AuthenticationFailed(_("Give the key as “Authorization: Api-Key PREFIX.SECRET”."))
        key = _find(parts[1].decode("latin-1"))
        # For the log, which tells of refusals as well.
        request.META[USED] = key
        _refuse_unusable(key)
        _note_use(key)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return "Api-Key"


def _find(text: str) -> ApiKey:
    prefix, _dot, secret = text.partition(".")
    key = _read(prefix) if prefix.isascii() and "\x00" not in prefix else None
    if key is None or not hmac.compare_digest(key.digest, ApiKey.digest_of(secret)):
        raise AuthenticationFailed(_("This API key is not known. Check that it was copied whole."))
    return key


def _read(prefix: str) -> ApiKey | None:
    """The key with its user, always as the database has it now; only the words of the query are kept."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(), [prefix])
        row = cursor.fetchone()
    if row is None:
        return None
    here = connection.alias
    key: ApiKey = ApiKey.from_db(here, KEY_COLUMNS, row[: len(KEY_COLUMNS)])
    key.user = User.from_db(here, USER_COLUMNS, row[len(KEY_COLUMNS) :])
    return key


@cache
def _statement() -> str:
    users = (f"user__{name}" for name in USER_COLUMNS)
    keys = ApiKey.objects.filter(prefix="").order_by().values_list(*KEY_COLUMNS, *users)
    return keys.query.sql_with_params()[0]


def _refuse_unusable(key: ApiKey) -> None:
    if key.revoked_at:
        raise AuthenticationFailed(_("This API key was revoked. Ask the Centre for a new one."))
    if key.is_expired:
        raise AuthenticationFailed(
            _("This API key expired on %(date)s. Ask the Centre for a new one.") % {"date": key.expires_at.date()}
        )
    if not key.user.is_active:
        raise AuthenticationFailed(_("The user of this API key is no longer active."))


def _note_use(key: ApiKey) -> None:
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at > LAST_USE_PRECISION:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)


def may_write(request: Request) -> bool:
    """Whether the request may change anything: by a session, or by a key of the scope “write”."""
    return not isinstance(request.auth, ApiKey) or request.auth.scope == KeyScope.WRITE


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.api_keys.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Api-Key PREFIX.SECRET`, as issued by the Centre.",
        }
