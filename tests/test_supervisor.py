"""The whole portal in one program, for real: started, hurt, stopped, killed, started again."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.machine import PROJECT, environment, open_folder, processes_of, wait_until

READY = "The portal is ready at"
WORKER = "celery --quiet --app unrcca_portal worker"


@dataclass
class Running:
    """A supervisor, and what it has printed."""

    process: "subprocess.Popen[bytes]"
    output: Path
    port: int

    def printed(self) -> str:
        return self.output.read_text(errors="replace")

    def wait_for(self, text: str, seconds: float = 300) -> None:
        wait_until(lambda: text in self.printed() or self.process.poll() is not None, seconds, self.printed)
        assert text in self.printed(), self.printed()

    def status_of(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"Host": "localhost"})
            return connection.getresponse().status
        finally:
            connection.close()


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """One data folder for the module: only the first start makes the database and loads it."""
    with open_folder() as folder:
        yield folder / "var"


@pytest.fixture
def start(var: Path, tmp_path: Path) -> Iterator[Callable[[], Running]]:
    """Starts supervisors; afterwards no process of theirs may be left."""
    started: list[Running] = []

    def start() -> Running:
        port, output = free_port(), tmp_path / f"output-{len(started)}"
        with output.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "unrcca_portal.supervisor"],
                cwd=PROJECT,
                env=environment(var, PORT=str(port)),
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        started.append(Running(process, output, port))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()
    wait_until(lambda: not processes_of(var), 120, on_failure=lambda: "\n".join(processes_of(var)))


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


def pids_of(var: Path, word: str) -> set[int]:
    return {int(line.split()[0]) for line in processes_of(var) if word in line}


def test_it_runs_mends_itself_and_ctrl_c_ends_every_process(start: Callable[[], Running], var: Path) -> None:
    portal = start()
    portal.wait_for(READY)
    portal.wait_for("celery@")  # the worker has said that it is ready
    assert portal.status_of("/health/") == 200

    second = start()
    assert second.process.wait(120) == 1
    assert "The portal already runs on the data in" in second.printed()

    old = pids_of(var, WORKER)
    os.kill(min(old), signal.SIGKILL)  # its main process: the pool is forked from it
    portal.wait_for("worker ended by itself (signal SIGKILL); it starts again in 1 s.")
    wait_until(lambda: bool(pids_of(var, WORKER) - old), 120)
    assert not pids_of(var, WORKER) & old

    portal.process.send_signal(signal.SIGINT)
    assert portal.process.wait(120) == 0
    assert "Stopping." in portal.printed()
    assert processes_of(var) == []


def test_kill_9_leaves_no_process_and_the_next_start_recovers(start: Callable[[], Running], var: Path) -> None:
    killed = start()
    killed.wait_for(READY)
    killed.process.kill()
    killed.process.wait()
    wait_until(lambda: not processes_of(var), 120, lambda: "\n".join(processes_of(var)))

    portal = start()
    portal.wait_for(READY)
    portal.process.send_signal(signal.SIGTERM)
    assert portal.process.wait(120) == 0
    assert processes_of(var) == []


def test_a_taken_port_is_named_with_a_way_out(var: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = subprocess.run(
            [sys.executable, "-m", "unrcca_portal.supervisor"],
            cwd=PROJECT,
            env=environment(var, PORT=str(port)),
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 1
    assert f"Port {port} is taken by another program" in run.stderr
