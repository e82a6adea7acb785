"""`Idempotency-Key`: a request that is sent again, because its answer was lost, does nothing a second time."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from .api_json import JsonRenderer, Written

HEADER = "Idempotency-Key"
LONGEST_KEY = 100
KEPT_FOR = timedelta(days=2)


class KeptAnswer(models.Model):
    """What was answered to a request, for the case that it comes again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=LONGEST_KEY)
    # Of method, address and body.
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="accounts_kept_answer_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.key}"


class AnotherRequest(APIException):
    status_code = 422
    default_detail = _(
        "This Idempotency-Key was used for another request. Send the same request again, or take a new key."
    )


def once(request: Request, answer: Callable[[], Response]) -> Response:
    """The answer, or the one that the same request got before. While the first is at work the second waits for it.

    Only what was done is kept: a request that was refused can be mended and sent with the same key.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return answer()
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise ValidationError({HEADER: [_("Give 1 to 100 printable characters, such as a UUID.")]})
    whole = f"{request.method} {request.get_full_path()}\n".encode() + request._request.body
    digest = hashlib.sha256(whole).hexdigest()
    user: Any = request.user
    try:
        with transaction.atomic():
            kept = KeptAnswer.objects.create(user=user, key=key, digest=digest)
            found = answer()
            kept.status, kept.body = found.status_code, JsonRenderer().render(found.data).decode()
            kept.headers = dict(found.headers.items())
            kept.save()
            return found
    except IntegrityError as error:
        if "accounts_kept_answer_once" not in str(error):
            raise
    return _kept(KeptAnswer.objects.get(user=user, key=key), digest)


def _kept(kept: KeptAnswer, digest: str) -> Response:
    if kept.digest != digest:
        raise AnotherRequest
    again = Response(Written(kept.body.encode()), status=kept.status)
    for name, value in kept.headers.items():
        again[name] = value
    return again


def forget_old() -> None:
    """Forget answers that nobody asks for any more."""
    KeptAnswer.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
