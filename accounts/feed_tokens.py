"""The secret addresses of people's own calendar feeds: made, found again, ended."""

import secrets
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from .audit import acting
from .models import ApiKey, FeedToken, User

LAST_USE_PRECISION = timedelta(minutes=5)


def make_token(*, by: User) -> str:
    """A new secret for the person's feed, which is never shown again; it ends the one before."""
    secret = secrets.token_urlsafe(32)
    values = {"digest": ApiKey.digest_of(secret), "created_at": timezone.now(), "last_used_at": None}
    with acting(by=by, verb="make_feed"):
        FeedToken.objects.update_or_create(user=by, defaults=values)
    return secret


def end_token(*, by: User) -> None:
    """From now on the address leads nowhere."""
    with acting(by=by, verb="end_feed"):
        FeedToken.objects.filter(user=by).delete()


def owner_of(secret: str) -> User | None:
    """Whose feed it is; None for a secret that is not known or ended, or whose owner was switched off."""
    tokens = FeedToken.objects.filter(digest=ApiKey.digest_of(secret), user__is_active=True)
    token = tokens.select_related("user__organization").first()
    if token is None:
        return None
    long_ago = Q(last_used_at=None) | Q(last_used_at__lt=timezone.now() - LAST_USE_PRECISION)
    FeedToken.objects.filter(long_ago, pk=token.pk).update(last_used_at=timezone.now())
    return token.user
