"""What the tests of real programs ask of the machine: which processes are there, and a wait for something."""

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def processes_of(folder: Path) -> list[str]:
    """Everything that works in this data folder, as "PID COMMAND": named on its command line or given it."""
    listing = subprocess.run(["ps", "-ww", "-eo", "pid,args"], capture_output=True, text=True, check=True)
    return [line for line in listing.stdout.splitlines()[1:] if str(folder) in line or _was_given(line, folder)]


def _was_given(line: str, folder: Path) -> bool:
    try:
        given = Path(f"/proc/{line.split()[0]}/environ").read_bytes()
    except OSError:  # ended since, or another user's
        return False
    return f"PORTAL_VAR={folder}".encode() in given.split(b"\0")


def wait_until(condition: Callable[[], bool], seconds: float = 30, on_failure: Callable[[], str] = str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not come about in {seconds} s. {on_failure()}"
        time.sleep(0.1)


def environment(var: Path, **more: str) -> dict[str, str]:
    """The environment of a portal on its own servers with its data in `var`."""
    given = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    return given | {"PORTAL_VAR": str(var)} | more


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder that everyone can walk to, as to a usual place of installation; pytest's are closed."""
    with tempfile.TemporaryDirectory(prefix="portal-") as folder:
        path = Path(folder)
        path.chmod(0o755)
        yield path
