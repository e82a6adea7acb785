"""Claims, signs of life, faults: what happens to a run whatever happens to its worker."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, User
from accounts.roles import Role
from partners.models import Organization
from reports import actions, catalogue, tasks
from reports.choices import ReportFormat
from reports.models import STALLED_AFTER, ReportRun

from .conftest import YEAR_2024, Programme

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]

Render = Callable[[Any], bytes]


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The runs handed to the queue, instead of a queue. The tests' own transaction stands for the snapshot."""
    found: list[int] = []
    monkeypatch.setattr(tasks.make_report, "apply_async", lambda args, **options: found.extend(args))
    monkeypatch.setattr(actions.transaction, "on_commit", lambda deed: deed())
    monkeypatch.setattr(tasks, "_one_snapshot", nullcontext)
    return found


@pytest.fixture
def render_with(monkeypatch: pytest.MonkeyPatch) -> Callable[[Render], None]:
    """Put another renderer in the place of Word's."""

    def put(render: Render) -> None:
        report = replace(catalogue.REPORTS["priority-progress"], renderers={ReportFormat.DOCX: render})
        monkeypatch.setitem(catalogue.REPORTS, "priority-progress", report)

    return put


def make_run(user: User, **fields: Any) -> ReportRun:
    values = {"report": "priority-progress", "parameters": YEAR_2024, "made_for": user, **fields}
    run: ReportRun = ReportRun.objects.create(**values)
    return run


def made(run: ReportRun) -> ReportRun:
    tasks.make_report(run.pk)
    run.refresh_from_db()
    return run


def long_ago() -> Any:
    return timezone.now() - STALLED_AFTER - timedelta(seconds=1)


def test_a_report_is_made_once(programme: Programme, officer: User) -> None:
    run = made(make_run(officer))
    assert (run.status, run.progress, run.attempts) == ("ready", 100, 1)
    first = (run.file.name, run.finished_at)
    made(run)
    assert (run.file.name, run.finished_at) == first
    assert run.size == len(run.file.read())


def test_signs_of_life_do_not_fill_the_audit_trail(programme: Programme, officer: User) -> None:
    run = made(make_run(officer))
    verbs = AuditEntry.objects.filter(subject="reports.reportrun", subject_id=str(run.pk)).values_list(
        "verb", flat=True
    )
    assert sorted(verbs) == ["finish_report", "insert", "start_report"]


def test_a_second_message_leaves_a_working_worker_alone(programme: Programme, officer: User) -> None:
    run = made(make_run(officer, status="running"))
    assert (run.status, run.attempts, run.file.name) == ("running", 0, "")


def test_a_message_for_a_run_that_is_gone_does_nothing() -> None:
    tasks.make_report(123_456)


def test_a_cancelled_run_is_not_made(programme: Programme, officer: User, media: Path) -> None:
    assert made(make_run(officer, status="cancelled")).status == "cancelled"
    assert not media.exists()


def test_a_run_cancelled_under_way_stays_cancelled(
    programme: Programme, officer: User, media: Path, render_with: Callable[[Render], None]
) -> None:
    run = make_run(officer)

    def cancel_meanwhile(_document: Any) -> bytes:
        actions.cancel(run=run, by=officer)
        return b"too late"

    render_with(cancel_meanwhile)
    assert made(run).status == "cancelled"
    assert not list(media.rglob("*.docx"))


def test_a_worker_taken_for_lost_cannot_write_over_its_successor(
    programme: Programme, officer: User, media: Path, render_with: Callable[[Render], None]
) -> None:
    run = make_run(officer)

    def be_overtaken(_document: Any) -> bytes:
        ReportRun.objects.update(heartbeat_at=long_ago())
        render_with(lambda _document: b"the successor's")
        tasks.make_report(run.pk)
        return b"the first one's"

    render_with(be_overtaken)
    assert made(run).status == "ready"
    assert run.attempts == 2
    assert run.file.read() == b"the successor's"
    assert len(list(media.rglob("*.docx"))) == 1


def test_a_fault_is_told_in_plain_words(
    programme: Programme, officer: User, render_with: Callable[[Render], None]
) -> None:
    def fail(_document: Any) -> bytes:
        raise RuntimeError("secret detail")

    render_with(fail)
    run = made(make_run(officer))
    assert run.status == "failed"
    assert f"under run {run.pk}" in run.error and "secret" not in run.error


def test_the_fault_is_told_in_the_language_of_the_report(programme: Programme, officer: User) -> None:
    assert made(make_run(officer, language="ru", report="given-up")).status == "failed"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"report": "given-up"}, "no longer makes the report"),
        ({"format": "xlsx"}, "does not come in that format"),
        ({"parameters": {}}, "no valid period"),
        ({"parameters": {**YEAR_2024, "programme": "1999-2001"}}, "no programme of action"),
    ],
)
def test_what_cannot_be_made_says_why(programme: Programme, officer: User, changes: dict[str, Any], words: str) -> None:
    run = made(make_run(officer, **changes))
    assert run.status == "failed" and words in run.error


def test_an_inactive_user_gets_no_report(programme: Programme, officer: User) -> None:
    run = make_run(officer)
    User.objects.filter(pk=officer.pk).update(is_active=False)
    assert "no longer active" in made(run).error


def test_whoever_became_a_partner_gets_no_report(programme: Programme, officer: User, osce: Organization) -> None:
    run = make_run(officer)
    User.objects.filter(pk=officer.pk).update(role=Role.PARTNER, organization=osce)
    assert "no longer allows reports" in made(run).error


def test_a_report_is_built_with_the_role_of_that_moment(work: Programme, officer: User) -> None:
    run = make_run(officer, format="html")
    User.objects.filter(pk=officer.pk).update(role=Role.ADMINISTRATOR)
    content = made(run).file.read().decode()
    assert "Open meeting" in content and "Confidential meeting" not in content


@pytest.mark.parametrize("status", ["queued", "running"])
def test_a_stalled_run_is_sent_again(programme: Programme, officer: User, sent: list[int], status: str) -> None:
    run = make_run(officer, status=status, heartbeat_at=long_ago())
    make_run(officer, status=status)
    for _ in range(2):
        tasks.resume_stalled()
    run.refresh_from_db()
    assert (run.status, sent) == ("queued", [run.pk])


def test_a_run_that_always_stalls_is_given_up(programme: Programme, officer: User, sent: list[int]) -> None:
    run = make_run(officer, status="running", heartbeat_at=long_ago(), attempts=tasks.MOST_ATTEMPTS)
    tasks.resume_stalled()
    run.refresh_from_db()
    assert (run.status, sent) == ("failed", [])
    assert "stopped 3 times" in run.error


def test_what_killed_attempts_left_is_cleared_away(programme: Programme, officer: User, media: Path) -> None:
    run = make_run(officer)
    leftover = media / f"reports/{run.pk}/old.docx.part"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"half")
    made(run)
    assert [path.name for path in leftover.parent.iterdir()] == [Path(str(run.file.name)).name]
