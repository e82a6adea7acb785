"""Mails about activities, follow-ups and agreements, as their recipients read them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail as mailbox
from django.utils import timezone

from accounts import mail
from accounts.models import Mail, User
from accounts.time_zones import office_date
from activities import actions, tasks
from activities.models import Activity, FollowUp
from partners import tasks as partner_tasks
from partners.models import Agreement, Organization
from tests.factories.activities import make_complete_activity

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def address(settings: Any) -> None:
    settings.PORTAL_URL = "https://portal.example.org"


@pytest.fixture
def draft(officer: User) -> Activity:
    return make_complete_activity(title_en="Seminar on water", created_by=officer)


def do(deed: Any, activity: Activity, by: User, **details: Any) -> Activity:
    version = Activity.objects.get(pk=activity.pk).version
    done: Activity = deed(activity=activity, by=by, version=version, **details)
    return done


def sent() -> dict[str, Any]:
    """What goes out now, by recipient."""
    mailbox.outbox.clear()
    mail.send_due(timezone.now())
    letters = {letter.to[0]: letter for letter in mailbox.outbox}
    assert len(letters) == len(mailbox.outbox)
    return letters


# --- review ----------------------------------------------------------------------------------------------------------


def test_the_way_through_the_review_is_told_to_whom_it_concerns(
    draft: Activity, officer: User, colleague: User, manager: User, second_manager: User
) -> None:
    Activity.objects.filter(pk=draft.pk).update(focal_officer=colleague)
    User.objects.filter(pk=second_manager.pk).update(time_zone="Asia/Tokyo")
    do(actions.submit, draft, officer)
    Activity.objects.filter(pk=draft.pk).update(submitted_at=datetime(2024, 5, 1, 16, tzinfo=UTC))
    letters = sent()
    assert set(letters) == {manager.email, second_manager.email}
    assert letters[manager.email].subject == f"Submitted for approval: {draft.reference}"
    assert "Officer submitted “Seminar on water”" in letters[manager.email].body
    assert "On 2 May 2024, Officer" in letters[second_manager.email].body, "the day where the reader is"
    assert f"https://portal.example.org/activities/{draft.reference}/" in letters[manager.email].body
    do(actions.send_back, draft, manager, comment="Say who spoke.")
    letters = sent()
    assert set(letters) == {officer.email, colleague.email}
    assert "Say who spoke." in letters[officer.email].body and "Manager returned" in letters[officer.email].body
    do(actions.submit, draft, officer)
    do(actions.approve, draft, manager)
    letters = sent()
    assert set(letters) == {officer.email, colleague.email}, "nobody is asked for what is decided already"
    assert letters[officer.email].subject == f"Approved: {draft.reference}"


def test_a_partner_is_told_of_its_own_entries_alone(
    focal_point: User, stranger: User, osce: Organization, manager: User
) -> None:
    own = make_complete_activity(lead_organization=osce, created_by=focal_point, audience="named_partners")
    own.released_to.add(osce)
    do(actions.submit, own, focal_point)
    assert set(sent()) == {manager.email}
    do(actions.approve, own, manager)
    letters = sent()
    assert set(letters) == {focal_point.email}
    assert "released to partners" in letters[focal_point.email].body


def test_what_is_approved_but_not_released_to_its_partner_is_not_told(
    focal_point: User, osce: Organization, manager: User
) -> None:
    own = make_complete_activity(lead_organization=osce, created_by=focal_point, audience="internal")
    do(actions.submit, own, focal_point)
    do(actions.approve, own, manager)
    assert focal_point.email not in sent()


def test_visibility_is_that_of_the_moment_of_sending(
    draft: Activity, officer: User, manager: User, second_manager: User, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    do(actions.submit, draft, officer)
    Activity.objects.filter(pk=draft.pk).update(classification="confidential")
    draft.readers.add(manager)
    letters = sent()
    assert set(letters) == {manager.email}
    letter = letters[manager.email]
    text = f"{letter.subject} {letter.body}"
    assert "Seminar" not in text and draft.reference not in text and "/activities/desk/" in text


def test_a_good_offices_contact_is_never_named(officer: User, manager: User, second_manager: User) -> None:
    contact = make_complete_activity(
        title_en="Seminar on water", type="good_offices_contact", audience="public", release_held=True
    )
    do(actions.submit, contact, officer)
    do(actions.approve, contact, manager)
    letters = sent()
    assert set(letters) == {officer.email, second_manager.email}
    assert "second manager" in letters[second_manager.email].subject
    assert not any("Seminar" in f"{one.subject} {one.body}" for one in letters.values())
    do(actions.confirm_release, contact, second_manager)
    assert sent() == {}


# --- reminders -------------------------------------------------------------------------------------------------------


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A function that lets the days pass."""
    day = office_date()

    def later(days: int) -> None:
        for name in ("activities.tasks.office_date", "partners.tasks.office_date"):
            monkeypatch.setattr(name, lambda: day + timedelta(days=days))

    yield later


def test_a_follow_up_is_reminded_of_before_and_after_it_is_due_each_once(
    draft: Activity, officer: User, colleague: User, today: Any
) -> None:
    due = office_date() + timedelta(days=10)
    task = FollowUp.objects.create(activity=draft, text="Send the list", owner=colleague, due=due)
    days = {}
    for day in range(15):
        today(day)
        tasks.remind()
        tasks.remind()
        days[day] = sent()
    told = [(day, list(letters)) for day, letters in days.items() if letters]
    assert told == [(7, [colleague.email]), (11, [colleague.email])]
    assert "Send the list" in days[7][colleague.email].body and "overdue" in days[11][colleague.email].subject
    FollowUp.objects.filter(pk=task.pk).update(due=due + timedelta(days=2))
    today(14)
    tasks.remind()
    assert list(sent()) == [colleague.email], "put off, it is reminded of anew"


def test_what_is_done_or_not_visible_is_not_reminded_of(
    draft: Activity, officer: User, colleague: User, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    done = FollowUp.objects.create(activity=draft, text="Send the list", owner=officer, due=office_date())
    secret = make_complete_activity(title_en="Seminar on water", created_by=officer)
    FollowUp.objects.create(activity=secret, text="Ask again", owner=colleague, due=office_date())
    FollowUp.objects.create(activity=secret, text="Ask again", due=office_date())
    tasks.remind()
    FollowUp.objects.filter(pk=done.pk).update(done=office_date())
    Activity.objects.filter(pk=secret.pk).update(classification="confidential")
    letters = sent()
    assert set(letters) == {officer.email}, "the author reads a confidential record, its colleague does not"
    assert "Ask again" not in letters[officer.email].body and "Seminar" not in letters[officer.email].body


def test_managers_are_told_of_agreements_about_to_end(
    officer: User, manager: User, second_manager: User, today: Any
) -> None:
    User.objects.filter(pk=second_manager.pk).update(mail_delivery="none")
    ends = office_date() + timedelta(days=100)
    Agreement.objects.create(code="example", kind="memorandum", title_en="Example memorandum", ends=ends)
    days = []
    for day in range(104):
        today(day)
        partner_tasks.remind()
        days += [day for letters in [sent()] if letters and list(letters) == [manager.email]]
    assert days == [10, 70]
    assert Mail.objects.filter(recipient=officer).count() == 0
