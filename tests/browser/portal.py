"""A whole portal for the tests: gunicorn, worker and beat on a database of its own, loaded as at a first start."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import redis

from tests.machine import PROJECT, wait_until
from unrcca_portal import env, processes

SETTINGS = "tests.browser.settings"
# What the first start prints of its example users.
PRINTED_USER = re.compile(r"^\s*(\S+)@example\.org\s+(\S+)\s*$", re.MULTILINE)
MINUTES_TO_START = 5


@dataclass(frozen=True)
class Portal:
    """A running portal. `passwords` are those of the example users, by the name in their address."""

    url: str
    passwords: dict[str, str]
    environment: dict[str, str] = field(repr=False)

    def python(self, *arguments: str) -> str:
        """Run Python with the portal's surroundings; what it printed. Fails when it does."""
        run = subprocess.run(
            [sys.executable, *arguments],
            cwd=PROJECT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        return run.stdout


@contextmanager
def running_portal(var: Path, suffix: str = "") -> Iterator[Portal]:
    """Start the portal with its data in `var`, and stop it afterwards; its database goes with it.

    The database stands on the server that the suite uses, under a name of its own that ends in `suffix`.
    """
    given, port = env.read(), _free_port()
    name = f"test_{urlsplit(given.database_url).path.lstrip('/')}_browser{suffix}"
    surroundings = os.environ | {
        "DATABASE_URL": urlsplit(given.database_url)._replace(path=f"/{name}").geturl(),
        "REDIS_URL": given.redis_url,
        "PORTAL_VAR": str(var),
        "PORT": str(port),
        "DJANGO_SETTINGS_MODULE": SETTINGS,
    }
    with _own_database(given.database_url, name), _own_keys(given.redis_url, name):
        output = var.parent / "portal.log"
        process = _start(output, surroundings)
        try:
            _wait_until_well(process, port, output)
            passwords = dict(PRINTED_USER.findall(output.read_text()))
            yield Portal(f"http://localhost:{port}", passwords, surroundings)
        finally:
            processes.stop(process, ask=signal.SIGINT, grace=60)


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


def _start(output: Path, surroundings: dict[str, str]) -> "subprocess.Popen[bytes]":
    with output.open("wb") as file:
        return processes.start(
            [sys.executable, "-m", "unrcca_portal.supervisor"], cwd=PROJECT, env=surroundings, output=file
        )


def _wait_until_well(process: "subprocess.Popen[bytes]", port: int, output: Path) -> None:
    """Until web, database, broker and worker answer."""
    wait_until(
        lambda: process.poll() is not None or _is_well(port),
        MINUTES_TO_START * 60,
        lambda: output.read_text(errors="replace"),
    )
    assert process.poll() is None, output.read_text(errors="replace")


def _is_well(port: int) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        try:
            connection.request("GET", "/health/")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


@contextmanager
def _own_database(server: str, name: str) -> Iterator[None]:
    """An empty database on the server of the URL. One that an earlier run left behind is replaced."""
    with closing(psycopg2.connect(urlsplit(server)._replace(path="/postgres").geturl())) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{name}"')
            try:
                yield
            finally:
                cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def _own_keys(server: str, name: str) -> Iterator[None]:
    """No keys under the name's prefix, before and after."""
    with redis.Redis.from_url(server) as client:
        _forget(client, name)
        try:
            yield
        finally:
            _forget(client, name)


def _forget(client: "redis.Redis", name: str) -> None:
    for key in client.scan_iter(match=f"{name}:*"):
        client.delete(key)
