"""`/health/`: whether the portal can do its work, for the monitoring."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError
from redis.backoff import NoBackoff
from redis.retry import Retry

from .celery import app

# The answer comes within these seconds, also when a server takes the question and never answers it.
DEADLINE = 4.0
WORKER_ANSWER_SECONDS = 1.5

# Threads, as nothing else lets go of a server that hangs; so few that a long outage does not gather them.
_asking = ThreadPoolExecutor(max_workers=6, thread_name_prefix="health")


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 with `{"status": "ok", ...}` when database, broker and worker answer; 503 naming those that do not."""
    ends = time.monotonic() + DEADLINE
    database, broker = _asking.submit(_state, _database), _asking.submit(_state, _broker)
    parts = {"broker": _answer(broker, ends)}
    if parts["broker"] == "ok":
        parts["worker"] = _answer(_asking.submit(_state, _worker), ends)
    else:
        parts["worker"] = "unknown: the broker does not answer"
    parts["database"] = _answer(database, ends)
    healthy = all(state == "ok" for state in parts.values())
    return JsonResponse({"status": "ok" if healthy else "failing", **parts}, status=200 if healthy else 503)


def _answer(asked: "Future[str]", ends: float) -> str:
    try:
        return asked.result(timeout=max(0.0, ends - time.monotonic()))
    except TimeoutError:
        asked.cancel()
        return f"down: no answer within {DEADLINE:.0f} seconds"


def _state(check: Callable[[], str]) -> str:
    try:
        return check()
    except (Error, redis.RedisError, OperationalError, OSError) as error:
        return f"down: {type(error).__name__}"


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()  # this thread's own
    return "ok"


def _broker() -> str:
    once = Retry(NoBackoff(), 0)
    with redis.Redis.from_url(settings.ENV.redis_url, socket_timeout=2, socket_connect_timeout=2, retry=once) as client:
        client.ping()
    return "ok"


def _worker() -> str:
    answers = app.control.ping(timeout=WORKER_ANSWER_SECONDS, limit=1)
    return "ok" if answers else "down: no worker answers"
