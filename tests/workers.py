"""Real Celery programs on the test's database and Redis, for tests of what goes on in the background."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
import redis
from django.conf import settings as portal_settings
from django.db import connection
from pytest_django import Settings

from tests.machine import PROJECT
from unrcca_portal import processes
from unrcca_portal.celery import app

WORKER = ["worker", "--pool", "prefork", "--concurrency", "1", "--without-gossip", "--without-mingle"]
BEAT = ["beat", "--pidfile="]

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def var(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path


@pytest.fixture
def broker() -> Iterator[object]:
    """A connection that sends under the Redis keys that the worker of these tests reads; empty before and after."""
    prefix = f"{connection.settings_dict['NAME']}:worker:"
    with _own_keys(prefix), app.connection_for_write(transport_options={"global_keyprefix": prefix}) as broker:
        yield broker


@contextmanager
def _own_keys(prefix: str) -> Iterator[None]:
    with redis.Redis.from_url(portal_settings.ENV.redis_url) as client:
        for _moment in ("before", "after"):
            for key in client.scan_iter(match=f"{prefix}*"):
                client.delete(key)
            if _moment == "before":
                yield


@pytest.fixture
def start(var: Path, broker: object) -> Iterator[Start]:
    """Start Celery programs on the test's database; whatever still runs afterwards is stopped."""
    started: list[subprocess.Popen[bytes]] = []
    surroundings = os.environ | {
        "DATABASE_URL": _database_url(),
        "REDIS_URL": portal_settings.ENV.redis_url,
        "PORTAL_VAR": str(var),
        "DJANGO_SETTINGS_MODULE": "tests.worker_settings",
    }

    def run(command: list[str], **more: str) -> "subprocess.Popen[bytes]":
        with (var / "celery.log").open("ab") as output:
            program = [sys.executable, "-m", "celery", "--app", "unrcca_portal", *command]
            started.append(processes.start(program, cwd=PROJECT, env=surroundings | more, output=output))
        return started[-1]

    yield run
    for process in started:
        processes.stop(process, ask=signal.SIGKILL, grace=10)


def _database_url() -> str:
    """The address of the test's database, which is another than the one in the environment."""
    given = connection.settings_dict
    host, port = given["HOST"] or "", given["PORT"] or ""
    secret = f":{quote(given['PASSWORD'], safe='')}" if given["PASSWORD"] else ""
    return f"postgres://{given['USER']}{secret}@{quote(host, safe='')}:{port}/{given['NAME']}"
