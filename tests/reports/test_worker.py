"""Reports made by real worker and beat processes, on the suite's database and Redis."""

import io
import os
import signal
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import docx
import pytest
from django.db import connection, transaction
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from accounts.models import AuditEntry, User
from reports import actions, tasks
from reports.apps import SWEEP
from reports.models import STALLED_AFTER, ReportRun, Schedule
from reports.slots import ASHGABAT, Frequency, crontab_for
from tests.machine import wait_until
from tests.workers import BEAT, WORKER, Start

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
    assert len(list((var / "files/reports").iterdir())) == 1
    assert AuditEntry.objects.filter(verb="finish_report").count() == 1


def test_beat_fires_a_schedule_and_the_worker_makes_its_report(
    work: Programme, manager: User, var: Path, start: Start
) -> None:
    schedule = make_due(manager)
    PeriodicTask.objects.filter(name=SWEEP).update(enabled=False)
    start(WORKER)
    start(BEAT)
    wait_until(lambda: ReportRun.objects.exists(), 60, (var / "celery.log").read_text)
    run = ReportRun.objects.get()
    wait_for(run, "ready", var)
    assert (run.schedule, run.made_for) == (schedule, manager)
    tasks.run_schedule(schedule.pk)
    assert ReportRun.objects.count() == 1


def make_due(manager: User) -> Schedule:
    """A weekly schedule that beat last fired a week ago and that fell due a moment ago."""
    due = datetime.now(ASHGABAT) - timedelta(minutes=2)
    schedule = actions.create_schedule(
        by=manager,
        report="priority-progress",
        parameters={"period": "last-year"},
        format="html",
        language="en",
        crontab=crontab_for(Frequency.WEEK, weekday=due.isoweekday() % 7, day=1, at=due.time()),
        token=uuid4(),
    )
    a_week_ago = timezone.now() - timedelta(days=6)
    Schedule.objects.update(settled_until=a_week_ago)
    PeriodicTask.objects.filter(pk=schedule.periodic_task_id).update(last_run_at=a_week_ago)
    return schedule
