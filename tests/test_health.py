"""`/health/` as the monitoring sees it: real processes, each of which hangs, stops and comes back."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from tests.machine import PROJECT, wait_until
from unrcca_portal import embedded, processes

LONGEST_ANSWER = 5.0
WORKER = ["worker", "--pool", "solo", "--without-gossip", "--without-mingle", "--loglevel", "ERROR"]


@dataclass
class Portal:
    """The web part of a portal, with a Redis of its own."""

    folder: Path
    port: int
    environment: dict[str, str]

    def ask(self) -> tuple[int, dict[str, str], float]:
        """Status, answer and how long it took."""
        began = time.monotonic()
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as web:
            web.request("GET", "/health/", headers={"Host": "localhost"})
            response = web.getresponse()
            body = json.loads(response.read())
        return response.status, body, time.monotonic() - began

    def is_well(self) -> bool:
        return self.ask()[0] == 200

    def answers(self) -> bool:
        """Whether it is up at all: its first answer waits until the whole portal is loaded."""
        try:
            return self.ask()[0] > 0
        except OSError:
            return False

    @contextmanager
    def running(self, *command: str | Path) -> Iterator["subprocess.Popen[bytes]"]:
        with (self.folder / "log").open("ab") as log:
            process = processes.start(command, cwd=PROJECT, env=self.environment, output=log)
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGCONT)
                processes.stop(process, ask=signal.SIGTERM, grace=20)

    def redis(self) -> Any:
        program = embedded._redis_program(self.folder)
        options = ("--port", "0", "--unixsocket", self.folder / "redis.sock", "--save", "", "--appendonly", "no")
        return self.running(program, *(str(option) for option in options), "--dir", str(self.folder))

    def web(self) -> Any:
        served = ("gunicorn", "unrcca_portal.wsgi", "--bind", f"127.0.0.1:{self.port}", "--no-control-socket")
        return self.running(sys.executable, "-m", *served, "--worker-class", "gthread", "--threads", "2")

    def worker(self) -> Any:
        return self.running(sys.executable, "-m", "celery", "--quiet", "--app", "unrcca_portal", *WORKER)

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-3000:]


@pytest.fixture
def portal(tmp_path_factory: pytest.TempPathFactory) -> Portal:
    folder = tmp_path_factory.mktemp("health")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    given = {
        "DATABASE_URL": settings.ENV.database_url,  # else it would look for a server of its own in its own folder
        "REDIS_URL": f"unix://{folder}/redis.sock?db=0",
        "PORTAL_VAR": str(folder),
        "SECRET_KEY": "example-" * 10,
    }
    return Portal(folder, port, os.environ | given)


def expect(portal: Portal, *, down: dict[str, str]) -> None:
    """503 within the time, naming these parts as down and no others."""
    status, body, seconds = portal.ask()
    assert status == 503 and body["status"] == "failing"
    assert seconds < LONGEST_ANSWER
    assert {name: state.partition(":")[0] for name, state in body.items() if name != "status" and state != "ok"} == down


def test_every_part_stops_and_comes_back(portal: Portal) -> None:
    with portal.redis() as redis, portal.web():
        wait_until(portal.answers, on_failure=portal.log)
        expect(portal, down={"worker": "down"})

        with portal.worker() as worker:
            wait_until(portal.is_well, 60, on_failure=portal.log)
            assert portal.ask()[1] == {"status": "ok", "database": "ok", "broker": "ok", "worker": "ok"}

            os.kill(worker.pid, signal.SIGSTOP)
            expect(portal, down={"worker": "down"})
            os.kill(worker.pid, signal.SIGCONT)

            os.kill(redis.pid, signal.SIGSTOP)
            expect(portal, down={"broker": "down", "worker": "unknown"})
            os.kill(redis.pid, signal.SIGCONT)
            wait_until(portal.is_well, 60, on_failure=portal.log)

            processes.stop(redis, ask=signal.SIGTERM, grace=20)
            expect(portal, down={"broker": "down", "worker": "unknown"})
            with portal.redis():
                wait_until(portal.is_well, 60, on_failure=portal.log)


@pytest.mark.parametrize("manner", ["refuses", "hangs"])
def test_a_database_that_does_not_answer(portal: Portal, manner: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        port = silent.getsockname()[1] if manner == "hangs" else 1
        portal.environment["DATABASE_URL"] = f"postgres://nobody@127.0.0.1:{port}/nothing"
        with portal.redis(), portal.web():
            wait_until(portal.answers, on_failure=portal.log)
            expect(portal, down={"database": "down", "worker": "down"})


@pytest.mark.django_db
def test_anyone_may_ask_and_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unrcca_portal.health._worker", lambda: "ok")
    answer = Client().get("/health/")
    assert answer.status_code == 200
    assert "no-cache" in answer["Cache-Control"]
    assert not answer.cookies
    # It names no versions, hosts or other things that strangers could use.
    assert set(answer.json()) == {"status", "database", "broker", "worker"}
    assert connection.is_usable()


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_for_asking_only(method: str) -> None:
    ask: Callable[..., Any] = getattr(Client(), method)
    assert ask("/health/").status_code == 405
