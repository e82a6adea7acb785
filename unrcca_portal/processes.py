"""Starting and stopping child processes so that none is ever left behind.

Every child gets a session of its own: a Ctrl-C in the terminal then reaches only its
parent, which ends the children in the right order. Where the parent itself is killed,
the kernel signals its children (Linux).
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def start(
    command: Sequence[str | Path],
    *,
    on_parent_death: signal.Signals = signal.SIGTERM,
    user: str | None = None,
    group: int | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    output: int | IO[bytes] | None = None,
    keep_open: tuple[int, ...] = (),
    own_session: bool = True,
) -> "subprocess.Popen[bytes]":
    """Start `command`, with standard output and errors going to `output`.

    `keep_open` are file descriptors the child shares, such as a lock it holds too.
    """
    return subprocess.Popen(
        [str(part) for part in command],
        stdin=None if not own_session else subprocess.DEVNULL,
        stdout=output,
        stderr=None if output is None else subprocess.STDOUT,
        cwd=cwd,
        env=env,
        user=user,
        group=group,
        extra_groups=None if user is None else [],
        umask=-1 if user is None else 0o077,
        pass_fds=keep_open,
        start_new_session=own_session,
        preexec_fn=_end_with_parent(on_parent_death),
    )


def stop(process: "subprocess.Popen[bytes]", *, ask: signal.Signals, grace: float) -> None:
    """Ask the main process to end, wait `grace` seconds, then kill whatever of its session is left.

    Only the main process is asked: a Celery worker whose pool is signalled too loses its tasks.
    """
    if process.poll() is None:
        process.send_signal(ask)
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    sweep(process)


def sweep(process: "subprocess.Popen[bytes]") -> None:
    """Kill what an ended process with a session of its own left behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # nothing left; macOS: EPERM for zombies
        os.killpg(process.pid, signal.SIGKILL)


def _end_with_parent(ask: signal.Signals) -> Callable[[], None] | None:
    if _LIBC is None:
        return None
    libc, parent = _LIBC, os.getpid()

    def tell_the_kernel() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(ask))
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return tell_the_kernel
