"""The log of what API keys are used for, which the keys' holders and managers read.

An answer must not wait for the database to write a line, and a line must not be lost. So a line goes to a list in
Redis, which keeps it as it keeps the tasks, and `settle` writes all of them to the table together: each minute, and
before anyone reads the log. Where Redis does not answer, the line is written to the table at once. Each line has a
token, so that one which is written twice, because a worker was killed in between, stands there once.

A line holds method and path, never what stands behind the question mark, and no secret.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from redis.exceptions import RedisError, ResponseError

from .models import ApiAccess, ApiKey
from .redis_client import redis_client
from .requests import client_address

logger = logging.getLogger(__name__)
AT_ONCE = 1_000


def _list() -> str:
    """The list of lines that wait; several databases may share a Redis."""
    return f"api-accesses:{connection.settings_dict['NAME']}"


def log(key: ApiKey, request: HttpRequest, response: HttpResponseBase) -> None:
    """Note that the key was used, and what the answer was."""
    line = {
        "token": str(uuid4()),
        "key_id": key.pk,
        "at": timezone.now().isoformat(),
        "method": (request.method or "")[:7],
        "path": request.path[:200],
        "status": response.status_code,
        "address": client_address(request),
        "rows": getattr(getattr(response, "data", None), "rows", None) if response.status_code == 200 else None,
    }
    try:
        redis_client().rpush(_list(), json.dumps(line))
    except RedisError:
        logger.warning("Redis does not answer; an access goes to the table at once.", exc_info=True)
        _write([line])


def settle() -> None:
    """Write the lines that wait to the table. Several may do so at once, and any may be killed."""
    waiting = _list()
    try:
        taken = f"{waiting}:taken:{uuid4()}"
        with suppress(ResponseError):  # nothing waits
            redis_client().rename(waiting, taken)
        # Those that another has taken too: it may have been killed.
        for name in redis_client().scan_iter(match=f"{waiting}:taken:*", count=1_000):
            for lines in _in_parts(name):
                _write(lines)
            redis_client().delete(name)
    except RedisError:
        logger.warning("Redis does not answer; accesses wait there.", exc_info=True)


def _in_parts(name: bytes) -> Iterator[list[dict[str, Any]]]:
    start = 0
    while lines := redis_client().lrange(name.decode(), start, start + AT_ONCE - 1):
        yield [json.loads(line) for line in lines]
        start += AT_ONCE


def _write(lines: list[dict[str, Any]]) -> None:
    known = set(ApiKey.objects.filter(pk__in={line["key_id"] for line in lines}).values_list("pk", flat=True))
    for line in lines:
        if line["key_id"] not in known:  # the database was set back to an earlier day
            logger.error("An access by a key that is no more: %s", line)
    lines = [line for line in lines if line["key_id"] in known]
    rows = [ApiAccess(**{**line, "at": parse_datetime(line["at"])}) for line in lines]
    ApiAccess.objects.bulk_create(rows, ignore_conflicts=True)


def forget() -> None:
    """Delete the lines that are older than they are kept."""
    ApiAccess.objects.filter(at__lt=timezone.now() - timedelta(days=settings.API_LOG_DAYS)).delete()
