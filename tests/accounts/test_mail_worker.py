"""Mail by real workers and a mail server that takes its time: a killed worker neither loses nor doubles a mail."""

import os
import select
import signal
import socketserver
import threading
from collections.abc import Iterator
from email import message_from_string, policy
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import mail, tasks
from accounts.models import Mail, User
from activities import actions
from tests.factories.activities import make_complete_activity
from tests.machine import wait_until
from tests.workers import WORKER, Start

pytestmark = pytest.mark.django_db(transaction=True)


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks enough SMTP to take mails, and takes none while `open` is not set."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.taken: list[str] = []
        self.calls = 0
        self.open = threading.Event()


class Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.server.calls += 1
        self.say("220 example")
        while line := self.rfile.readline().strip().upper():
            if line == b"QUIT":
                return self.say("221 bye")
            if line == b"DATA":
                self.take()
            else:
                self.say("250 ok")

    def take(self) -> None:
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.decode())
        if self.server.open.wait(60) and self.is_there():
            self.server.taken.append("".join(lines))
            self.say("250 taken")

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())

    def is_there(self) -> bool:
        """Whether the worker still waits for the answer: of a killed one the connection is closed."""
        waiting, _write, _errors = select.select([self.connection], [], [], 0)
        return not waiting


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.open.set()
        server.shutdown()


def test_a_killed_worker_neither_loses_nor_doubles_a_mail(
    officer: User, manager: User, server: MailServer, var: Path, start: Start, broker: Any, monkeypatch: Any
) -> None:
    send = partial(tasks.send_mails.apply_async, connection=broker)  # type: ignore[call-arg]  # it takes any option
    monkeypatch.setattr(tasks.send_mails, "apply_async", send)
    address = f"smtp://127.0.0.1:{server.server_address[1]}"
    worker = start(WORKER, EMAIL_URL=address)
    activity = make_complete_activity(title_en="Seminar on water", created_by=officer)
    actions.submit(activity=activity, by=officer, version=activity.version)
    wait_until(lambda: server.calls == 1, 60, (var / "celery.log").read_text)
    mail.send_due(timezone.now())
    assert server.calls == 1, "what one worker sends no other touches"
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    wait_until(lambda: not _is_locked(), 30)
    assert Mail.objects.get().outcome == "waiting"

    server.open.set()
    send()
    send()
    start(WORKER, EMAIL_URL=address)
    wait_until(lambda: Mail.objects.get().outcome == "sent", 60, (var / "celery.log").read_text)
    [taken] = server.taken
    letter = message_from_string(taken, policy=policy.default)
    assert letter["To"] == manager.email and "Seminar on water" in letter.get_content()


def _is_locked() -> bool:
    """Whether a worker holds a mail: the database may notice a moment later that it is gone."""
    with transaction.atomic():
        return not Mail.objects.select_for_update(skip_locked=True).exists()
