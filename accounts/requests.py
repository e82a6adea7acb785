"""Who asks, and from where."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

from .models import User


def signed_in(request: HttpRequest) -> User:
    """The user behind the request; the page must be guarded by `login_required` or its like."""
    assert isinstance(request.user, User)
    return request.user


def client_address(request: HttpRequest) -> str | None:
    """The reader's network address, for the audit trail and against guessing of passwords.

    Behind our own proxy it is the last address that the proxy added; anything before it the reader may have made up.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_HTTPS else ""
    last = forwarded.rpartition(",")[2].strip()
    try:
        return str(ip_address(last or request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return None
