"""The outbox: who gets which mail when, and what becomes of those that cannot be sent."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as mailbox
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts import mail, tasks
from accounts.mail import Words
from accounts.models import AuditEntry, Mail, User
from partners.models import Organization

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def example(monkeypatch: pytest.MonkeyPatch, settings: Any) -> dict[str, Words | None]:
    """A kind of mail whose words the test decides, by the event."""
    settings.PORTAL_URL = "https://portal.example.org"
    said: dict[str, Words | None] = {}

    def writer(recipient: User, row: Mail) -> Words | None:
        event = row.event.rpartition(":")[2]
        return said.get(event, Words(f"Subject {event}", f"Text {event}", "/activities/"))

    monkeypatch.setitem(mail.WRITERS, "example", writer)
    return said


def put(user: User, event: str = "1") -> None:
    mail.put("example", to=[user], about=user, event=event)


def send(**later: Any) -> list[Any]:
    """Send what is due, some time from now; the mails that went out by it."""
    before = len(mailbox.outbox)
    mail.send_due(timezone.now() + timedelta(**later))
    return mailbox.outbox[before:]


def outcomes() -> list[str]:
    return list(Mail.objects.order_by("pk").values_list("outcome", flat=True))


def test_a_mail_goes_once_to_one_person_marked_at_head_and_foot(officer: User, colleague: User) -> None:
    put(officer)
    put(officer)
    put(colleague)
    first, second = send()
    assert (first.to, second.to) == ([officer.email], [colleague.email])
    assert send() == [] and outcomes() == ["sent", "sent"]
    lines = first.body.strip().splitlines()
    assert lines[0] == lines[-1] == "UNRCCA — internal — not for distribution outside the Centre"
    assert "https://portal.example.org/activities/" in first.body and f"Dear {officer.name}," in first.body
    assert first.subject == "Subject 1" and first.extra_headers["Auto-Submitted"] == "auto-generated"
    assert not AuditEntry.objects.filter(subject="accounts.mail").exists()


def test_what_is_due_together_comes_together_in_the_readers_language(officer: User) -> None:
    User.objects.update(language="ru")
    for event in "123":
        put(officer, event)
    [sent] = send()
    assert all(f"Subject {event}" in sent.body and f"Text {event}" in sent.body for event in "123")


def test_partners_are_told_that_it_is_for_them_alone(focal_point: User) -> None:
    put(focal_point)
    assert "released to partners" in send()[0].body


def test_nothing_goes_to_who_wants_none_is_gone_or_may_not_know(
    officer: User, colleague: User, manager: User, second_manager: User, example: dict[str, Any]
) -> None:
    User.objects.filter(pk=officer.pk).update(mail_delivery="none")
    officer.refresh_from_db()
    put(officer)
    assert not Mail.objects.exists()
    put(colleague)
    User.objects.filter(pk=colleague.pk).update(is_active=False)
    put(manager)
    User.objects.filter(pk=manager.pk).update(mail_delivery="none")
    example["secret"] = None
    put(second_manager, "secret")
    assert send() == [] and outcomes() == ["withheld"] * 3


def test_one_mail_a_day_or_nothing(officer: User) -> None:
    User.objects.update(mail_delivery="daily")
    officer.refresh_from_db()
    tasks.send_daily_mails()
    assert mailbox.outbox == [], "nothing came together"
    put(officer, "1")
    put(officer, "2")
    assert send(minutes=5) == []
    tasks.send_daily_mails()
    [sent] = mailbox.outbox
    assert "2 messages" in sent.subject and "Text 1" in sent.body and "Text 2" in sent.body
    tasks.send_daily_mails()
    assert len(mailbox.outbox) == 1


def test_a_changed_setting_counts_for_what_waits(officer: User) -> None:
    User.objects.update(mail_delivery="daily")
    officer.refresh_from_db()
    put(officer)
    User.objects.update(mail_delivery="at_once")
    assert len(send()) == 1


def test_a_failing_server_is_tried_again_after_longer_and_longer_then_shown(
    officer: User, administrator: User, monkeypatch: pytest.MonkeyPatch, client_of: Callable[[User | None], Client]
) -> None:
    def refuse(message: Any) -> None:
        raise ConnectionRefusedError("nobody there")

    put(officer)
    with monkeypatch.context() as patch:
        patch.setattr(mail.EmailMessage, "send", refuse)
        send()
        [row] = Mail.objects.all()
        pauses = []
        assert (row.attempts, row.outcome) == (1, "waiting") and "nobody there" in row.error
        assert send() == [], "not before its time"
        while row.outcome == "waiting":
            assert row.due_at is not None
            pauses.append(row.due_at - timezone.now())
            Mail.objects.update(due_at=timezone.now())
            send(seconds=1)
            row.refresh_from_db()
    assert row.outcome == "failed" and row.attempts == mail.MOST_ATTEMPTS
    assert pauses == sorted(pauses) and sum(pauses, timedelta()) > timedelta(days=2)
    page = client_of(administrator).get("/admin/accounts/mail/").content.decode()
    assert "nobody there" in page
    client_of(administrator).post("/admin/accounts/mail/", {"action": "try_again", "_selected_action": row.pk})
    [sent] = send(seconds=1)
    assert sent.to == [officer.email] and outcomes() == ["sent"]


def test_a_fault_in_one_kind_keeps_no_other_back(officer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    mail.put("unheard_of", to=[officer], about=officer, event=1)
    put(officer)
    [sent] = send()
    assert "Text 1" in sent.body
    assert outcomes() == ["waiting", "sent"]


def test_the_same_mail_bears_the_same_name(officer: User, osce: Organization) -> None:
    words = [Words("Subject", "Text", "/")]
    names = [mail.message(officer, words, key=key).extra_headers["Message-ID"] for key in ("1,2", "1,2", "1", "2")]
    assert names[0] == names[1] and len(set(names)) == 3


def test_a_deed_that_is_not_done_tells_nobody(
    officer: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    calls: list[int] = []
    monkeypatch.setattr(tasks.send_mails, "apply_async", lambda **options: calls.append(1))
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ZeroDivisionError), transaction.atomic():
        put(officer)
        raise ZeroDivisionError
    assert not Mail.objects.exists() and not calls
    with django_capture_on_commit_callbacks(execute=True):
        put(officer)
        assert not calls
    assert calls


def test_a_broker_that_is_down_keeps_no_deed_from_being_done(
    officer: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def down(**options: Any) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(tasks.send_mails, "apply_async", down)
    with django_capture_on_commit_callbacks(execute=True):
        put(officer)
    assert len(send()) == 1, "the sweep sends it"
