"""Scheduled reports by mail: to whom, with what, how to have no more of them, and what a manager learns of faults."""

import io
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from email.message import EmailMessage as Letter
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.core.files.storage import InMemoryStorage, storages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.mail import send_due
from accounts.models import Mail, User
from accounts.roles import Role
from partners.models import Organization
from reports import actions, notices, tasks
from reports.models import ReportRun, Schedule
from reports.slots import crontab_for

from .conftest import Programme

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]

ClientOf = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports are made where they are asked for; the test's transaction stands for the snapshot."""
    monkeypatch.setattr(tasks, "_one_snapshot", nullcontext)
    monkeypatch.setattr(tasks.make_report, "apply_async", lambda args, **options: None)


def planned(manager: User, *, formats: tuple[str, ...] = ("html",), **fields: Any) -> Schedule:
    from datetime import time

    return actions.create_schedule(
        by=manager,
        report=fields.pop("report", "weekly-digest"),
        parameters={"period": "last-year"},
        formats=formats,
        language="en",
        crontab=crontab_for("week", weekday=1, day=1, at=time(8)),
        token=uuid4(),
        **fields,
    )


def sent(schedule: Schedule, manager: User) -> list[Letter]:
    """Make the schedule's reports now, and the mails that come of them."""
    for run in actions.run_now(schedule=schedule, by=manager):
        tasks.make_report(run.pk)
    mail.outbox.clear()
    send_due(timezone.now())
    return [letter.message() for letter in mail.outbox]


def attached_text(letter: Letter) -> str:
    return "".join(
        part.get_payload(decode=True).decode() for part in letter.walk() if part.get_content_type() == "text/html"
    )


@pytest.fixture(autouse=True)
def this_year(work: Programme) -> None:
    """What the reports of these tests cover is last year, whenever they run."""
    from activities.models import Activity

    day = timezone.localdate().replace(year=timezone.localdate().year - 1, month=5, day=6)
    Activity.objects.filter(start_date__year=2024).update(start_date=day, end_date=day)


def test_each_gets_one_mail_with_what_that_person_may_see(
    manager: User, officer: User, focal_point: User, osce: Organization
) -> None:
    from activities.models import Activity

    Activity.objects.filter(title_en="Open meeting").update(audience="all_partners")
    schedule = planned(manager, recipients=[manager, officer], organizations=[osce])
    letters = {letter["To"]: letter for letter in sent(schedule, manager)}
    assert set(letters) == {manager.email, officer.email, focal_point.email}
    for_manager, for_partner = attached_text(letters[manager.email]), attached_text(letters[focal_point.email])
    assert "Open meeting" in for_manager and "Quiet meeting" in for_manager
    assert "Open meeting" in for_partner and "Quiet meeting" not in for_partner
    assert "released to partners" in for_partner
    # What is confidential leaves the portal for nobody: its author finds it where it is kept.
    assert attached_text(letters[officer.email]) == ""
    assert ReportRun.objects.get(made_for=officer).get_absolute_url() in str(letters[officer.email])
    assert "Confidential meeting" not in str(letters[officer.email])


def test_all_formats_of_a_person_come_in_one_mail(manager: User) -> None:
    [letter] = sent(planned(manager, recipients=[manager], formats=("html", "xlsx"), report="wps-yps"), manager)
    names = [part.get_filename() for part in letter.walk() if part.get_filename()]
    assert [name.rpartition(".")[2] for name in names] == ["html", "xlsx"]


def test_a_mail_comes_once_however_often_its_report_is_finished(manager: User) -> None:
    schedule = planned(manager, recipients=[manager])
    assert len(sent(schedule, manager)) == 1
    run = ReportRun.objects.get()
    notices.tell_if_complete([run.pk])
    tasks.make_report(run.pk)
    mail.outbox.clear()
    send_due(timezone.now())
    assert not mail.outbox


def test_a_large_file_is_linked_not_attached(manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "LARGEST_ATTACHED", 100)
    [letter] = sent(planned(manager, recipients=[manager]), manager)
    assert not attached_text(letter)
    assert "too large" in str(letter) and ReportRun.objects.get().get_absolute_url() in str(letter)


def test_one_click_ends_it_without_signing_in(manager: User, second_manager: User) -> None:
    schedule = planned(manager, roles=[Role.MANAGER])
    letter = next(one for one in sent(schedule, manager) if one["To"] == second_manager.email)
    address = letter["List-Unsubscribe"].strip("<>")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = "/" + address.partition("//")[2].partition("/")[2]
    outside = Client(enforce_csrf_checks=True)
    assert "Unsubscribe" in outside.get(path).content.decode()
    assert not schedule.unsubscribed.exists(), "a program that follows links must not end it"
    assert outside.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert list(schedule.unsubscribed.all()) == [second_manager]
    assert list(schedule.audience()) == [manager]
    wrong = path.replace(path[-8:-1], "0000000")
    assert outside.post(wrong).status_code == 404


def test_who_unsubscribed_before_the_mail_went_gets_none(manager: User) -> None:
    schedule = planned(manager, recipients=[manager])
    for run in actions.run_now(schedule=schedule, by=manager):
        tasks.make_report(run.pk)
    actions.unsubscribe(schedule=schedule, user=manager)
    send_due(timezone.now())
    assert not mail.outbox and Mail.objects.get(kind="report_ready").outcome == "withheld"


def test_a_mail_that_fails_is_tried_again_later_and_shown_to_the_manager(
    manager: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: Any, _letters: Any) -> int:
        raise ConnectionRefusedError("The mail server does not answer")

    schedule = planned(manager, recipients=[manager])
    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
        assert not sent(schedule, manager)
    waiting = Mail.objects.get(kind="report_ready")
    assert waiting.outcome == "waiting" and waiting.due_at and waiting.due_at > timezone.now()
    page = client_of(manager).get(schedule.get_absolute_url()).content.decode()
    assert "The mail server does not answer" in page and "again at" in page
    send_due(waiting.due_at + timedelta(seconds=1))
    assert len(mail.outbox) == 1
    assert "Sent" in client_of(manager).get(schedule.get_absolute_url()).content.decode()


def test_a_report_that_fails_is_shown_to_the_manager_and_mailed_to_nobody(
    manager: User, officer: User, client_of: ClientOf
) -> None:
    schedule = planned(manager, recipients=[officer])
    [run] = actions.run_now(schedule=schedule, by=manager)
    User.objects.filter(pk=officer.pk).update(is_active=False)
    tasks.make_report(run.pk)
    send_due(timezone.now())
    assert not mail.outbox
    assert "no longer active" in client_of(manager).get(schedule.get_absolute_url()).content.decode()


def test_a_partner_opens_its_own_report_and_nothing_that_was_made_for_the_staff(
    manager: User, focal_point: User, stranger: User, osce: Organization, unodc: Organization, client_of: ClientOf
) -> None:
    schedule = planned(manager, organizations=[osce])
    sent(schedule, manager)
    run = ReportRun.objects.get(made_for=focal_point)
    client = client_of(focal_point)
    assert client.get(run.get_absolute_url()).status_code == 200
    assert client.get(reverse("reports:download", args=[run.pk])).status_code == 200
    assert client_of(stranger).get(run.get_absolute_url()).status_code == 404
    User.objects.filter(pk=focal_point.pk).update(organization=unodc)
    assert client_of(focal_point).get(reverse("reports:download", args=[run.pk])).status_code == 404
    ReportRun.objects.update(made_as="officer")
    User.objects.filter(pk=focal_point.pk).update(organization=osce)
    assert client_of(focal_point).get(reverse("reports:download", args=[run.pk])).status_code == 404


# --- keeping ----------------------------------------------------------------------------------------------


def test_what_was_kept_long_enough_is_cleared_away_and_can_be_made_again(
    manager: User, client_of: ClientOf, django_capture_on_commit_callbacks: Any
) -> None:
    sent(planned(manager, recipients=[manager]), manager)
    run = ReportRun.objects.get()
    path = Path(run.file.path)
    tasks.clear_expired()
    run.refresh_from_db()
    assert run.status == "ready", "its time is not over"
    ReportRun.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with django_capture_on_commit_callbacks(execute=True):
        tasks.clear_expired()
    run.refresh_from_db()
    assert run.status == "expired" and not run.file
    with pytest.raises(FileNotFoundError):
        path.read_bytes()
    assert "cleared away" in client_of(manager).get(run.get_absolute_url()).content.decode()
    client_of(manager).post(reverse("reports:retry", args=[run.pk]))
    tasks.make_report(run.pk)
    assert client_of(manager).get(reverse("reports:download", args=[run.pk])).status_code == 200


def test_another_storage_keeps_the_files(manager: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any storage of Django's will do; what this one lacks, such as paths, no store of objects has."""
    monkeypatch.setitem(storages._storages, "reports", InMemoryStorage())
    monkeypatch.setattr(ReportRun._meta.get_field("file"), "storage", storages["reports"])
    schedule = planned(manager, recipients=[manager])
    [letter] = sent(schedule, manager)
    assert "Open meeting" in attached_text(letter)
    run = ReportRun.objects.get()
    answer = client_of(manager).get(reverse("reports:download", args=[run.pk]))
    assert b"Open meeting" in answer.content
    tasks.files.write(f"{tasks.files.folder_of(run)}/left-behind.html", io.BytesIO(b"half"))
    tasks.files.discard_others(run, keep=str(run.file.name))
    assert storages["reports"].listdir(tasks.files.folder_of(run))[1] == [str(run.file.name).rpartition("/")[2]]
