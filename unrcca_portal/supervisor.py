"""The whole portal in one program: the embedded servers, web, Celery worker and Celery beat.

    python -m unrcca_portal.supervisor

Ctrl-C or SIGTERM ends everything in order: beat first (no new tasks), then web (no new
requests), the worker (it finishes its task), Redis and PostgreSQL. A second Ctrl-C does
not wait. A part that ends by itself is started again, each time after a longer pause.
"""

import contextlib
import errno
import fcntl
import http.client
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from django.core.exceptions import ImproperlyConfigured

from . import embedded, env, processes

GRACE = 25.0  # seconds to end in, before a kill
LONGEST_PAUSE = 60.0
STEADY = 60.0  # a part that ran this long had started well: its next pause is short again


class Ended(Exception):
    """Someone asked the portal to end."""


@dataclass
class Part:
    """A program that runs as long as the portal does."""

    name: str
    command: list[str]
    ask_to_stop: signal.Signals = signal.SIGTERM
    on_parent_death: signal.Signals = signal.SIGTERM
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    pause: float = 1.0
    start_at: float = 0.0
    rest: bytes = b""

    def start(self, output: selectors.BaseSelector) -> None:
        self.process = processes.start(
            self.command,
            on_parent_death=self.on_parent_death,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            output=subprocess.PIPE,
        )
        self.started, self.start_at = time.monotonic(), 0.0
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        output.register(self.process.stdout, selectors.EVENT_READ, self)

    def has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def bury(self, output: selectors.BaseSelector) -> str:
        """Clear away the dead process and plan the next start; a sentence that says so."""
        assert self.process is not None and self.process.stdout is not None
        processes.sweep(self.process)
        self.drain()
        with contextlib.suppress(KeyError):  # its output had ended before
            output.unregister(self.process.stdout)
        self.process.stdout.close()
        code, self.process = self.process.returncode, None
        if time.monotonic() - self.started > STEADY:
            self.pause = 1.0
        sentence = f"{self.name} ended by itself ({_cause(code)}); it starts again in {self.pause:.0f} s."
        self.start_at = time.monotonic() + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE)
        return sentence

    def echo(self) -> bool:
        """Print what the process has written, line by line with its name; false at its end.

        Raises BlockingIOError where there is nothing to read yet.
        """
        assert self.process is not None and self.process.stdout is not None
        data = os.read(self.process.stdout.fileno(), 65536)
        *lines, self.rest = (self.rest + data).split(b"\n")
        if not data and self.rest:
            lines, self.rest = [self.rest], b""
        for line in lines:
            _say(line.decode(errors="replace"), who=self.name)
        return bool(data)

    def drain(self) -> None:
        """Print what an ended process has left."""
        with contextlib.suppress(BlockingIOError):
            while self.echo():
                pass

    def stop(self) -> None:
        if self.process is not None:
            processes.stop(self.process, ask=self.ask_to_stop, grace=GRACE)
            self.drain()

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()


@dataclass
class Portal:
    """The parts, in the order in which they are stopped."""

    parts: list[Part]
    servers: embedded.Servers
    bind: str
    port: int
    output: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    announced: bool = False

    def run(self) -> None:
        """Keep every part running until Ended is raised by a signal."""
        for part in reversed(self.parts):
            part.start(self.output)
        while True:
            self._wait_for_output(0.5)
            for name in self.servers.revive():
                _say(f"The embedded {name} ended by itself and was started again.")
            for part in self.parts:
                if part.has_died():
                    _say(part.bury(self.output))
                elif part.process is None and time.monotonic() >= part.start_at:
                    part.start(self.output)
            self._announce()

    def stop(self) -> None:
        """End every part, each waited for; a further Ctrl-C cuts the waiting short."""
        _on_signals(lambda _number, _frame: self._kill())
        _say("Stopping.")
        for part in self.parts:
            part.stop()

    def _kill(self) -> None:
        for part in self.parts:
            part.kill()

    def _wait_for_output(self, seconds: float) -> None:
        for key, _events in self.output.select(seconds):
            if not key.data.echo():
                self.output.unregister(key.fileobj)

    def _announce(self) -> None:
        if not self.announced and _answers(self.bind, self.port):
            self.announced = True
            here = _host_to_ask(self.bind)
            host = "localhost" if here in ("127.0.0.1", "::1") else _in_url(here)
            _say(f"The portal is ready at http://{host}:{self.port}/ (Ctrl-C ends it).")


def parts(bind: str, port: int) -> list[Part]:
    """What runs beside the servers. Two web processes and two tasks at a time fit two cores."""
    python = [sys.executable, "-m"]
    # A container often has no user but root; the warning would come with every start.
    quiet = ["-W", "ignore:You're running the worker with superuser privileges"]
    celery = [sys.executable, *quiet, "-m", "celery", "--quiet", "--app", "unrcca_portal"]
    return [
        Part("beat", [*celery, "beat", "--loglevel", "INFO", "--pidfile="]),
        Part(
            "web",
            [
                *python,
                *("gunicorn", "unrcca_portal.wsgi", "--bind", f"{_in_url(bind)}:{port}"),
                *("--worker-class", "gthread", "--workers", "2", "--threads", "4"),
                *("--timeout", "60", "--graceful-timeout", "15", "--no-control-socket"),
            ],
        ),
        Part(
            "worker",
            [
                *celery,
                "worker",
                "--loglevel",
                "INFO",
                "--concurrency",
                "2",
                "--without-gossip",
                "--without-mingle",
            ],
            # With us the broker goes too, so a worker asked kindly would wait for it. Its pool ends with it,
            # and a task that was at work is handed out again.
            on_parent_death=signal.SIGKILL,
        ),
    ]


def main() -> int:
    """Run the portal until it is told to end. 1 and a plain sentence if it cannot start."""
    _on_signals(_end)
    try:
        given = env.read()
        with _only_one(given.var):
            _check_port(given.bind, given.port)
            with embedded.running(given.var, database_url=given.database_url, redis_url=given.redis_url) as servers:
                return _prepare() or _serve(servers, given.bind, given.port)
    except Ended:
        return 0
    except (embedded.NotStarted, ImproperlyConfigured) as error:
        print(error, file=sys.stderr)
        return 1


def _serve(servers: embedded.Servers, bind: str, port: int) -> int:
    portal = Portal(parts(bind, port), servers, bind, port)
    try:
        portal.run()
    finally:
        portal.stop()
    return 0


def _prepare() -> int:
    child = processes.start([sys.executable, "-m", "unrcca_portal.prepare"])
    try:
        return child.wait()
    finally:
        processes.stop(child, ask=signal.SIGTERM, grace=GRACE)


def _on_signals(handler: Callable[[int, FrameType | None], object]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise Ended


def _check_port(bind: str, port: int) -> None:
    """Raises NotStarted unless the port is free, or becomes so as a killed portal's web part ends."""
    for _attempt in range(10):
        try:
            return _try_port(bind, port)
        except embedded.NotStarted as error:
            taken = error
            time.sleep(0.5)
    raise taken


def _try_port(bind: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((bind, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                why = f"Port {port} is taken by another program: choose a free one, such as PORT={port + 1} bin/run."
            elif error.errno == errno.EACCES:
                why = f"Port {port} is reserved for root: choose one above 1023, such as PORT=8000 bin/run."
            else:
                why = f"The portal cannot listen on {bind}, port {port} ({error.strerror}): mend BIND or PORT."
            raise embedded.NotStarted(why) from None


@contextlib.contextmanager
def _only_one(var: Path) -> Iterator[None]:
    """Two beats on the same data would plan every report twice."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "portal.lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise embedded.NotStarted(
                f"The portal already runs on the data in {var}: end it first, or set PORTAL_VAR to another folder."
            ) from None
        yield


def _answers(bind: str, port: int) -> bool:
    """Whether the web part answers at all; whether it is well is for the reader of /health/."""
    connection = http.client.HTTPConnection(_host_to_ask(bind), port, timeout=2)
    try:
        connection.request("GET", "/health/", headers={"Host": "localhost"})
        return connection.getresponse().status > 0
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _host_to_ask(bind: str) -> str:
    """Where a program that listens on `bind` is met from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bind, bind)  # noqa: S104 - compared, not bound


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _cause(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _say(text: str, who: str = "portal") -> None:
    with contextlib.suppress(BrokenPipeError):  # whoever read our output has gone: still end in order
        print(f"{who:<6} | {text.rstrip()}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
