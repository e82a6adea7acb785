"""Reports made by real worker and beat processes, on the suite's database and Redis."""

import contextlib
import io
import os
import shutil
import signal
import tempfile
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import docx
import psycopg2
import pytest
from django.core import mail as mailbox
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from accounts.mail import send_due
from accounts.models import AuditEntry, Mail, User
from reports import actions, tasks
from reports.apps import SWEEP
from reports.models import STALLED_AFTER, ReportRun, Schedule
from reports.slots import ASHGABAT, Frequency, crontab_for
from tests.machine import wait_until
from tests.workers import BEAT, WORKER, Start
from unrcca_portal import embedded
from unrcca_portal.celery import app

from .conftest import YEAR_2024, Programme

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def queue(broker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    send = partial(tasks.make_report.apply_async, connection=broker)  # type: ignore[call-arg]  # it takes any option
    monkeypatch.setattr(tasks.make_report, "apply_async", send)


def ask(user: User, format: str = "docx") -> ReportRun:
    return actions.request_run(
        by=user, report="priority-progress", parameters=YEAR_2024, format=format, language="en", token=uuid4()
    )


def wait_for(run: ReportRun, status: str, var: Path) -> None:
    def reached() -> bool:
        run.refresh_from_db()
        return run.status == status

    wait_until(reached, 60, lambda: f"run: {run.status} {run.error}\n{(var / 'celery.log').read_text()}")


def words_of(run: ReportRun) -> str:
    with run.file.open("rb") as file:
        return "\n".join(docx.Document(io.BytesIO(file.read())).element.itertext())


def test_each_gets_a_word_file_of_what_that_person_may_see(
    work: Programme, officer: User, manager: User, colleague: User, var: Path, start: Start
) -> None:
    runs = {user: ask(user) for user in (officer, manager, colleague)}
    User.objects.filter(pk=colleague.pk).update(is_active=False)
    start(WORKER)
    wait_for(runs[officer], "ready", var)
    wait_for(runs[manager], "ready", var)
    wait_for(runs[colleague], "failed", var)
    for_officer, for_manager = words_of(runs[officer]), words_of(runs[manager])
    assert "Confidential meeting" in for_officer
    assert "Confidential meeting" not in for_manager and "7777" not in for_manager
    for text in (for_officer, for_manager):
        assert "Open meeting" in text
        assert "Draft meeting" not in text and "Who said what" not in text
    assert "no longer active" in runs[colleague].error


def test_a_report_whose_worker_was_killed_is_finished_by_the_next_one_once(
    work: Programme, manager: User, var: Path, start: Start
) -> None:
    run = ask(manager)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE activities_evidence IN ACCESS EXCLUSIVE MODE")
        worker = start(WORKER)
        wait_for(run, "running", var)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    tasks.resume_stalled()
    run.refresh_from_db()
    assert run.status == "running", "a worker that was alive a moment ago is not given up yet"

    ReportRun.objects.update(heartbeat_at=timezone.now() - STALLED_AFTER - timedelta(seconds=1))
    tasks.resume_stalled()
    start(WORKER)
    wait_for(run, "ready", var)
    assert run.attempts == 2
    assert "Open meeting" in words_of(run)
    assert len(list((var / f"files/reports/{run.pk}").iterdir())) == 1
    assert AuditEntry.objects.filter(verb="finish_report").count() == 1


def test_two_beats_fire_a_schedule_and_each_recipient_gets_one_report_and_one_mail(
    work: Programme, manager: User, officer: User, var: Path, start: Start
) -> None:
    schedule = make_due(manager, officer)
    PeriodicTask.objects.filter(name=SWEEP).update(enabled=False)
    for program in (WORKER, BEAT, BEAT):
        start(program)
    wait_until(lambda: ReportRun.objects.exists(), 60, (var / "celery.log").read_text)
    runs = list(ReportRun.objects.all())
    for run in runs:
        wait_for(run, "ready", var)
    assert {(run.schedule, run.made_for) for run in runs} == {(schedule, manager), (schedule, officer)}
    sent = Mail.objects.filter(kind="report_ready", outcome="sent")
    wait_until(lambda: sent.count() == 2, 60, (var / "celery.log").read_text)
    for _again in range(2):
        tasks.run_schedule(schedule.pk)
        tasks.make_report(runs[0].pk)
        send_due(timezone.now())
    assert ReportRun.objects.count() == 2 == Mail.objects.filter(kind="report_ready").count()
    assert AuditEntry.objects.filter(verb="finish_report").count() == 2
    letters = "".join(path.read_text(errors="replace") for path in (var / "mail").iterdir())
    assert letters.count("Message-ID:") == 2 and not mailbox.outbox


def test_redis_killed_in_mid_report_and_started_again_loses_and_doubles_nothing(
    work: Programme, manager: User, var: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Path(tempfile.mkdtemp())
    url, prefix = embedded.redis_url(home), f"{connection.settings_dict['NAME']}:worker:"
    options = {"global_keyprefix": prefix}
    with (
        embedded.running(home, database_url="postgres://elsewhere/portal") as servers,
        app.connection_for_write(embedded.celery_url(url), transport_options=options) as own,
    ):
        send = partial(tasks.make_report.apply_async.func, connection=own)  # as `queue` made it
        monkeypatch.setattr(tasks.make_report, "apply_async", send)
        start(WORKER, REDIS_URL=url)
        run = ask(manager)
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE activities_evidence IN ACCESS EXCLUSIVE MODE")
            wait_for(run, "running", var)
            [server] = servers.started
            assert server.process is not None
            server.process.kill()
            server.process.wait()
        waiting = ask(manager, "html")  # while Redis is down: kept, and sent by the sweep
        assert servers.revive() == ["redis"]
        wait_for(run, "ready", var)
        ReportRun.objects.filter(pk=waiting.pk).update(heartbeat_at=timezone.now() - 2 * STALLED_AFTER)
        tasks.resume_stalled()
        wait_for(waiting, "ready", var)
    assert (run.attempts, waiting.attempts) == (1, 1)
    assert AuditEntry.objects.filter(verb="finish_report").count() == 2
    shutil.rmtree(home)


def test_a_report_during_which_the_database_went_away_is_made_once_it_is_back(
    work: Programme, manager: User, var: Path, start: Start
) -> None:
    start(WORKER)
    run = ask(manager)
    with contextlib.suppress(OperationalError, InterfaceError), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE activities_evidence IN ACCESS EXCLUSIVE MODE")
        wait_for(run, "running", var)
        end_all_connections()
    connection.close()
    run.refresh_from_db()
    assert run.status == "running", "whoever was at it could note nothing"
    ReportRun.objects.update(heartbeat_at=timezone.now() - 2 * STALLED_AFTER)
    tasks.resume_stalled()
    wait_for(run, "ready", var)
    assert (run.attempts, AuditEntry.objects.filter(verb="finish_report").count()) == (2, 1)


def end_all_connections() -> None:
    """What a restart of the server does to those connected: all are cut off, and nobody gets in for a moment."""
    given = connection.settings_dict
    name = connection.ops.quote_name(given["NAME"])
    place = {"user": given["USER"], "password": given["PASSWORD"], "host": given["HOST"], "port": given["PORT"]}
    admin = psycopg2.connect(dbname="postgres", **{key: value for key, value in place.items() if value})
    admin.autocommit = True
    with contextlib.closing(admin), admin.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [given["NAME"]])
        cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def make_due(manager: User, *others: User) -> Schedule:
    """A weekly schedule that beat last fired a week ago and that fell due a moment ago."""
    due = datetime.now(ASHGABAT) - timedelta(minutes=2)
    schedule = actions.create_schedule(
        by=manager,
        report="priority-progress",
        parameters={"period": "last-year"},
        formats=["html"],
        language="en",
        recipients=[manager, *others],
        crontab=crontab_for(Frequency.WEEK, weekday=due.isoweekday() % 7, day=1, at=due.time()),
        token=uuid4(),
    )
    a_week_ago = timezone.now() - timedelta(days=6)
    Schedule.objects.update(settled_until=a_week_ago)
    PeriodicTask.objects.filter(pk=schedule.periodic_task_id).update(last_run_at=a_week_ago)
    return schedule
