"""Reports in the browser: asking, following, fetching, and who may."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.models import AuditEntry, User
from reports import actions, files, tasks
from reports.models import ReportRun

from .conftest import YEAR_2024, Programme

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]

ClientOf = Callable[[User | None], Client]
LIST = reverse("reports:list")


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The runs handed to the queue, instead of a queue."""
    found: list[int] = []
    monkeypatch.setattr(tasks.make_report, "apply_async", lambda args, **options: found.extend(args))
    return found


def asked(**changes: Any) -> dict[str, Any]:
    form = {"token": str(uuid4()), "programme": "2021-2025", "period": "2024", "format": "docx", "language": "en"}
    return {**form, **changes}


def make_run(user: User, **fields: Any) -> ReportRun:
    values = {"report": "priority-progress", "parameters": YEAR_2024, "made_for": user, **fields}
    run: ReportRun = ReportRun.objects.create(**values)
    return run


def make_ready(user: User, content: bytes = b"a file", **fields: Any) -> ReportRun:
    run = make_run(user, claim=uuid4(), **fields)
    run.file.name = files.name_of(run)
    files.write(run.file.name, io.BytesIO(content))
    run.status, run.size, run.finished_at = "ready", len(content), timezone.now()
    run.save()
    return run


def test_a_report_is_asked_for_and_queued(
    programme: Programme,
    officer: User,
    client_of: ClientOf,
    sent: list[int],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = client_of(officer).post(LIST, asked(language="ru", format="html"))
    run = ReportRun.objects.get()
    assert response.headers["Location"] == reverse("reports:run", args=[run.pk])
    assert (run.made_for, run.parameters, run.format, run.language) == (officer, YEAR_2024, "html", "ru")
    assert sent == [run.pk]
    assert AuditEntry.objects.filter(verb="request_report", actor=officer, subject_id=str(run.pk)).exists()


def test_a_double_click_makes_one_report(programme: Programme, officer: User, client_of: ClientOf) -> None:
    form = asked()
    answers = {client_of(officer).post(LIST, form).headers["Location"] for _ in range(2)}
    assert len(answers) == 1
    assert ReportRun.objects.count() == 1


def test_another_persons_token_leads_to_a_report_of_ones_own(
    programme: Programme, officer: User, manager: User, client_of: ClientOf
) -> None:
    form = asked()
    client_of(officer).post(LIST, form)
    client_of(manager).post(LIST, form)
    assert set(ReportRun.objects.values_list("made_for", flat=True)) == {officer.pk, manager.pk}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"period": "own", "starts": "2024-05-01", "ends": "2024-04-01"}, "The last day is before the first day"),
        ({"period": "own", "starts": "2024-05-01"}, "Give the day, or choose another period"),
        ({"period": "2024", "starts": "2024-05-01"}, "Choose “own dates” as the period"),
        ({"period": "last-decade"}, "Select a valid choice"),
        ({"programme": "1999-2001"}, "Select a valid choice"),
        ({"format": "exe"}, "Select a valid choice"),
        ({"token": "none"}, "UUID"),
    ],
)
def test_bad_input_says_why_and_asks_for_nothing(
    programme: Programme, officer: User, client_of: ClientOf, changes: dict[str, str], message: str
) -> None:
    response = client_of(officer).post(LIST, asked(**changes))
    assert message in response.content.decode()
    assert not ReportRun.objects.exists()


def test_own_dates_and_moving_periods_are_kept_as_dates(
    programme: Programme, officer: User, client_of: ClientOf
) -> None:
    client_of(officer).post(LIST, asked(period="own", starts="2024-02-01", ends="2024-02-29"))
    assert ReportRun.objects.get().parameters == {
        "programme": "2021-2025",
        "starts": "2024-02-01",
        "ends": "2024-02-29",
    }


def test_too_many_reports_at_once_are_refused(programme: Programme, officer: User, client_of: ClientOf) -> None:
    for _ in range(actions.MOST_UNFINISHED):
        make_run(officer)
    response = client_of(officer).post(LIST, asked())
    assert "Wait for one, or cancel one" in response.content.decode()
    assert ReportRun.objects.count() == actions.MOST_UNFINISHED


@pytest.mark.parametrize("who", ["focal_point", "stranger"])
def test_partners_make_no_reports(who: str, request: pytest.FixtureRequest, client_of: ClientOf) -> None:
    client = client_of(request.getfixturevalue(who))
    assert client.get(LIST).status_code == 403
    assert client.post(LIST, asked()).status_code == 403


def test_anonymous_readers_are_sent_to_sign_in(client_of: ClientOf) -> None:
    assert client_of(None).get(LIST).headers["Location"].startswith(reverse("accounts:sign-in"))


@pytest.mark.parametrize("page", ["run", "download", "read", "delete"])
def test_another_persons_report_is_not_there(page: str, officer: User, manager: User, client_of: ClientOf) -> None:
    run = make_ready(officer, format="html")
    assert client_of(manager).get(reverse(f"reports:{page}", args=[run.pk])).status_code == 404


@pytest.mark.parametrize("deed", ["retry", "cancel", "delete"])
def test_another_persons_report_is_not_touched(deed: str, officer: User, manager: User, client_of: ClientOf) -> None:
    run = make_run(officer)
    assert client_of(manager).post(reverse(f"reports:{deed}", args=[run.pk])).status_code == 404
    assert ReportRun.objects.get().status == "queued"


def test_the_list_shows_ones_own_reports_alone(officer: User, manager: User, client_of: ClientOf) -> None:
    make_ready(officer)
    assert "You have no reports yet" in client_of(manager).get(LIST).content.decode()
    assert "Download" in client_of(officer).get(LIST).content.decode()


def test_a_download_is_safe_and_noted(officer: User, client_of: ClientOf) -> None:
    run = make_ready(officer, b"PK some bytes")
    response = client_of(officer).get(reverse("reports:download", args=[run.pk]))
    assert response.content == b"PK some bytes"
    assert response.headers["Content-Disposition"] == (
        'attachment; filename="priority-progress_2021-2025_2024-01-01_2024-12-31.docx"'
    )
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response.headers["Cache-Control"]
    assert AuditEntry.objects.filter(verb="download", actor=officer, subject_id=str(run.pk)).count() == 1


def test_a_file_name_never_carries_what_parameters_bring(officer: User, client_of: ClientOf) -> None:
    run = make_ready(officer, parameters={"programme": '../"\r\nX: y', "starts": "2024-01-01", "ends": "2024-12-31"})
    response = client_of(officer).get(reverse("reports:download", args=[run.pk]))
    assert response.headers["Content-Disposition"] == (
        'attachment; filename="priority-progress_Xy_2024-01-01_2024-12-31.docx"'
    )


def test_a_web_report_opens_with_its_own_style_alone(officer: User, client_of: ClientOf) -> None:
    run = make_ready(officer, b"<p>report</p>", format="html")
    response = client_of(officer).get(reverse("reports:read", args=[run.pk]))
    assert response.headers["Content-Disposition"].startswith("inline")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "style-src 'sha256-" in policy and "unsafe" not in policy


def test_a_word_report_has_no_page_of_its_own(officer: User, client_of: ClientOf) -> None:
    run = make_ready(officer)
    assert client_of(officer).get(reverse("reports:read", args=[run.pk])).status_code == 404


def test_a_lost_file_is_said_and_can_be_made_again(officer: User, client_of: ClientOf, media: Path) -> None:
    run = make_ready(officer)
    (media / str(run.file.name)).unlink()
    page = client_of(officer).get(reverse("reports:download", args=[run.pk]), follow=True).content.decode()
    assert "no longer on the server" in page and "Try again" in page


def test_an_unfinished_report_refreshes_itself_without_javascript(officer: User, client_of: ClientOf) -> None:
    run = make_run(officer, status="running", step="counting", progress=5)
    page = client_of(officer).get(run.get_absolute_url()).content.decode()
    assert '<noscript><meta http-equiv="refresh"' in page and "Reading records" in page
    done = client_of(officer).get(make_ready(officer).get_absolute_url()).content.decode()
    assert "http-equiv" not in done and "hx-trigger" not in done


def test_a_failed_report_says_why_and_is_made_again(
    officer: User,
    client_of: ClientOf,
    sent: list[int],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    run = make_run(officer, status="failed", error="The example failed.", attempts=3)
    assert "The example failed." in client_of(officer).get(run.get_absolute_url()).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client_of(officer).post(reverse("reports:retry", args=[run.pk]))
    run.refresh_from_db()
    assert (run.status, run.error, run.attempts) == ("queued", "", 0)
    assert sent == [run.pk]


def test_a_ready_report_is_neither_retried_nor_cancelled(officer: User, client_of: ClientOf) -> None:
    run = make_ready(officer)
    for deed in ("retry", "cancel"):
        page = client_of(officer).post(reverse(f"reports:{deed}", args=[run.pk]), follow=True).content.decode()
        assert 'class="message message-error"' in page
    assert ReportRun.objects.get().status == "ready"


def test_a_report_is_cancelled_and_deleted_with_its_files(
    officer: User,
    client_of: ClientOf,
    media: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    client = client_of(officer)
    client.post(reverse("reports:cancel", args=[make_run(officer).pk]))
    assert ReportRun.objects.get().status == "cancelled"
    run = make_ready(officer)
    assert "Delete this report?" in client.get(reverse("reports:delete", args=[run.pk])).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("reports:delete", args=[run.pk]))
    assert not ReportRun.objects.filter(pk=run.pk).exists()
    assert not list((media / "reports").iterdir())


def test_a_broker_that_is_down_is_told_and_loses_nothing(
    programme: Programme,
    officer: User,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    def refuse(**_options: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(tasks.make_report, "apply_async", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        client_of(officer).post(LIST, asked())
    run = ReportRun.objects.get()
    assert run.status == "queued"
    assert "starts by itself" in client_of(officer).get(run.get_absolute_url()).content.decode()


def test_the_list_takes_as_many_queries_for_many_reports(
    programme: Programme,
    officer: User,
    client_of: ClientOf,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = client_of(officer)
    for count in (1, 20):
        for _ in range(count):
            make_run(officer)
        # session, user, programmes, count, runs
        with django_assert_num_queries(6):
            assert client.get(LIST).status_code == 200


def test_a_report_that_the_catalogue_has_no_more_is_still_listed(officer: User, client_of: ClientOf) -> None:
    make_run(officer, report="given-up", parameters={})
    assert "given-up" in client_of(officer).get(LIST).content.decode()
    assert client_of(officer).get(LIST, {"report": "given-up"}).status_code == 404
