"""The servers that come with the portal, for real: in a temporary folder, killed and brought back."""

import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dj_database_url
import psycopg2
import pytest
import redis

from tests.machine import PROJECT, environment, open_folder, processes_of
from unrcca_portal import embedded

HOLD = "import sys, time; print('up', flush=True); time.sleep(600)"


@pytest.fixture
def var() -> Iterator[Path]:
    """An empty data folder, in which no process may work after the test."""
    with open_folder() as folder:
        yield folder / "var"
        assert processes_of(folder) == []


def hold(var: Path) -> "subprocess.Popen[str]":
    """A process that has the servers up until it is ended."""
    process = subprocess.Popen(
        [sys.executable, "-m", "unrcca_portal.embedded", "--", sys.executable, "-c", HOLD],
        cwd=PROJECT,
        env=environment(var),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def query(var: Path, sql: str) -> object:
    settings = dj_database_url.parse(embedded.database_url(var))
    connection = psycopg2.connect(
        host=settings["HOST"], port=settings["PORT"], user=settings["USER"], dbname=settings["NAME"]
    )
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None
    finally:
        connection.close()


def redis_of(var: Path) -> redis.Redis:
    return redis.Redis.from_url(embedded.redis_url(var), decode_responses=True)


def test_servers_start_keep_their_data_and_stop(var: Path) -> None:
    with embedded.running(var):
        query(var, "CREATE TABLE kept AS SELECT 'ёж' AS word")
        redis_of(var).set("kept", "ёж")
    assert processes_of(var) == []

    with embedded.running(var):
        assert query(var, "SELECT upper(word) FROM kept") == "ЁЖ"
        assert query(var, "SELECT to_tsvector('russian', 'границы') @@ to_tsquery('russian', 'граница')") is True
        assert redis_of(var).get("kept") == "ёж"
        assert redis_of(var).config_get("appendonly") == {"appendonly": "yes"}


def test_nothing_listens_on_tcp(var: Path) -> None:
    with embedded.running(var) as servers:
        assert query(var, "SELECT inet_server_addr() IS NULL") is True
        assert query(var, "SHOW listen_addresses") == ""
        assert redis_of(var).config_get("port") == {"port": "0"}
        for server in servers.started:
            assert server.process is not None
            assert not tcp_listeners(server.process.pid), server.name


def tcp_listeners(pid: int) -> set[str]:
    """The listening TCP sockets among a process's open files (Linux)."""
    own = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
    listening = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                listening.add(f"socket:[{fields[9]}]")
    return own & listening


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user for PostgreSQL")
def test_as_root_the_data_belong_to_an_unprivileged_user(var: Path) -> None:
    nobody = pwd.getpwnam(embedded.UNPRIVILEGED).pw_uid
    with embedded.running(var) as servers:
        for server in servers.started:
            assert server.process is not None
            assert Path(f"/proc/{server.process.pid}").stat().st_uid == nobody
    for name in ("postgres", "redis", "run"):
        folder = var / "servers" / name
        assert (folder.stat().st_uid, folder.stat().st_mode & 0o777) == (nobody, 0o700)


@pytest.mark.skipif(os.geteuid() != 0, reason="another user owns the folders above its data")
def test_as_root_data_in_a_closed_folder_move_to_where_the_user_can_reach_them(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "ROOTS_FOLDER", var.parent / "lib")
    closed = var.parent / "home"
    closed.mkdir(mode=0o700)
    with embedded.running(closed / "var"):
        query(closed / "var", "CREATE TABLE kept AS SELECT 1 AS number")
    assert (closed / "var" / "servers").is_symlink()

    with embedded.running(closed / "var"):
        assert query(closed / "var", "SELECT number FROM kept") == 1


@pytest.mark.parametrize("killed", ["the whole", "postgres", "redis"])
def test_after_kill_9_the_next_start_recovers(var: Path, killed: str) -> None:
    holder = hold(var)
    query(var, "CREATE TABLE kept AS SELECT 1 AS number")
    redis_of(var).set("kept", "1")
    victims = [line for line in processes_of(var) if killed in line] if killed != "the whole" else []
    for pid in [int(line.split()[0]) for line in victims] or [holder.pid]:
        os.kill(pid, signal.SIGKILL)
    holder.kill()
    holder.wait()

    with embedded.running(var):
        assert query(var, "SELECT number FROM kept") == 1
        assert redis_of(var).get("kept") == "1"


def test_stale_pid_files_of_a_stranger_do_not_keep_postgres_from_starting(var: Path) -> None:
    with embedded.running(var):
        pass
    stranger = subprocess.Popen(
        ["sleep", "600"], user=pwd.getpwnam(embedded.UNPRIVILEGED).pw_uid if os.geteuid() == 0 else None
    )
    for name in ("postgres/postmaster.pid", "run/.s.PGSQL.5432.lock"):
        (var / "servers" / name).write_text(f"{stranger.pid}\n")
    with embedded.running(var):
        assert query(var, "SELECT 1") == 1
    stranger.kill()
    stranger.wait()


def test_a_server_that_dies_is_started_again(var: Path) -> None:
    with embedded.running(var) as servers:
        for server in servers.started:
            assert server.process is not None
            server.process.kill()
            server.process.wait()
        assert servers.revive() == ["postgres", "redis"]
        assert query(var, "SELECT 1") == 1
        assert redis_of(var).ping()


def test_two_processes_share_the_servers_and_only_the_first_stops_them(var: Path) -> None:
    holder = hold(var)
    with embedded.running(var) as servers:
        assert servers.started == []
        assert query(var, "SELECT 1") == 1
    assert query(var, "SELECT 1") == 1
    holder.terminate()
    holder.wait(30)


def test_a_deep_folder_gets_a_short_socket_path(var: Path) -> None:
    deep = var / ("deep" * 10) / ("er" * 20)
    sockets = embedded._sockets(deep)
    assert len(os.fsencode(sockets)) < 60
    with embedded.running(deep):
        assert query(deep, "SELECT 1") == 1
        assert redis_of(deep).ping()
    assert processes_of(sockets) == []
    sockets.rmdir()  # nothing is left in it


def test_given_urls_are_left_alone(var: Path) -> None:
    with embedded.running(
        var, database_url="postgres://db.example.org/portal", redis_url="redis://cache.example.org"
    ) as servers:
        assert servers.started == []
    assert not var.exists()


def test_one_given_url_leaves_only_the_other_server_to_start(var: Path) -> None:
    with embedded.running(var, database_url="postgres://db.example.org/portal") as servers:
        assert [server.name for server in servers.started] == ["redis"]


def test_a_command_runs_with_the_servers_up_and_its_exit_code_is_passed_on(var: Path) -> None:
    asks = f"import redis; redis.Redis.from_url({embedded.redis_url(var)!r}).ping(); raise SystemExit(7)"
    run = subprocess.run(
        [sys.executable, "-m", "unrcca_portal.embedded", "--", sys.executable, "-c", asks],
        cwd=PROJECT,
        env=environment(var),
        check=False,
    )
    assert run.returncode == 7


def test_the_urls_need_no_server_and_leave_no_trace(var: Path) -> None:
    assert embedded.urls(var) == embedded.urls(var)
    assert not var.exists()


@pytest.mark.parametrize(
    ("url", "for_celery"),
    [
        ("unix:///srv/var/run/redis.sock?db=3", "redis+socket:///srv/var/run/redis.sock?virtual_host=3"),
        ("unix:///srv/redis.sock", "redis+socket:///srv/redis.sock?virtual_host=0"),
        ("redis://cache.example.org:6379/1", "redis://cache.example.org:6379/1"),
        ("rediss://:secret@cache.example.org/0", "rediss://:secret@cache.example.org/0"),
    ],
)
def test_celery_reads_the_same_redis(url: str, for_celery: str) -> None:
    assert embedded.celery_url(url) == for_celery


def test_data_of_another_postgres_are_refused_with_a_hint(var: Path) -> None:
    with embedded.running(var):
        pass
    version = var / "servers" / "postgres" / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(embedded.NotStarted, match="were made by PostgreSQL 17"), embedded.running(var):
        pass
