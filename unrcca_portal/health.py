"""`/health/`: whether the portal can do its work, for the monitoring."""

from collections.abc import Callable

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from .celery import app

WORKER_ANSWER_SECONDS = 1.5


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 with `{"status": "ok", ...}` when database, broker and worker answer; 503 naming those that do not."""
    parts = {"database": _state(_database), "broker": _state(_broker)}
    parts["worker"] = _state(_worker) if parts["broker"] == "ok" else "unknown: the broker does not answer"
    healthy = all(state == "ok" for state in parts.values())
    return JsonResponse({"status": "ok" if healthy else "failing", **parts}, status=200 if healthy else 503)


def _state(check: Callable[[], str]) -> str:
    try:
        return check()
    except (Error, redis.RedisError, OperationalError, OSError) as error:
        return f"down: {type(error).__name__}"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _broker() -> str:
    with redis.Redis.from_url(settings.ENV.redis_url, socket_timeout=2, socket_connect_timeout=2) as client:
        client.ping()
    return "ok"


def _worker() -> str:
    answers = app.control.ping(timeout=WORKER_ANSWER_SECONDS, limit=1)
    return "ok" if answers else "down: no worker answers"
