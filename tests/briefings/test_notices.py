"""What mails tell of briefings, dossiers and developments: to whom, once, and nothing that its reader may not see."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail as mailbox
from django.test import Client
from django.utils import timezone

from accounts.mail import send_due
from accounts.models import User
from accounts.time_zones import office_date
from briefings import dossier_actions, notices
from briefings.choices import DossierState
from briefings.cycle import next_briefing
from briefings.models import Briefing, BriefingTask, Development
from briefings.tasks import remind
from tests.factories.briefings import make_briefing, make_development, make_dossier

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]


def letters() -> dict[str, str]:
    """What is due now, by recipient: subject and body."""
    mailbox.outbox.clear()
    send_due(timezone.now() + timedelta(seconds=1))
    return {letter.to[0]: f"{letter.subject}\n{letter.body}" for letter in mailbox.outbox}


@pytest.fixture
def briefing() -> Briefing:
    make_briefing("earlier", date=office_date() - timedelta(days=180), audience="public")
    return make_briefing("next", date=office_date() + timedelta(days=20), certainty="expected")


def task_of(briefing: Briefing, person: User | None, days: int) -> BriefingTask:
    due = office_date() + timedelta(days=days)
    return BriefingTask.objects.create(briefing=briefing, text="Example task", person=person, due=due)


@pytest.mark.parametrize(("days", "told"), [(4, False), (3, True), (0, True), (-1, True)])
def test_the_person_responsible_is_reminded_once(
    days: int, told: bool, briefing: Briefing, officer: User, colleague: User
) -> None:
    make_dossier(briefing, officer)
    task_of(briefing, colleague, days)
    remind()
    remind()
    sent = letters()
    assert ("Example task" in sent.get(colleague.email, "")) == told
    assert ("overdue" in sent.get(colleague.email, "")) == (days < 0)
    assert officer.email not in sent


def test_a_task_of_nobody_is_the_leads_and_one_that_is_done_is_nobodys(
    briefing: Briefing, officer: User, colleague: User
) -> None:
    make_dossier(briefing, officer)
    task_of(briefing, None, 1)
    done = task_of(briefing, colleague, 1)
    remind()
    BriefingTask.objects.filter(pk=done.pk).update(done=office_date())
    assert set(letters()) == {officer.email}


def test_managers_learn_of_a_near_briefing_without_a_dossier(briefing: Briefing, officer: User, manager: User) -> None:
    remind()
    assert set(letters()) == {manager.email}
    Briefing.objects.filter(pk=briefing.pk).update(date=briefing.date + timedelta(days=1))
    remind()
    make_dossier(briefing, officer)
    assert letters() == {}


def test_managers_are_asked_for_clearance_while_it_waits(
    briefing: Briefing, officer: User, manager: User, second_manager: User
) -> None:
    dossier = make_dossier(briefing, officer)
    for state in (DossierState.DRAFTING, DossierState.CLEARANCE):
        dossier = dossier_actions.move(dossier=dossier, version=dossier.version, to=state, by=officer)
    assert set(letters()) == {manager.email, second_manager.email}


def test_the_week_is_told_once_to_each_as_far_as_each_may_see(
    officer: User, manager: User, focal_point: User, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    monday = date(2024, 12, 2)
    when = timezone.make_aware(datetime(2024, 11, 28, 12))
    kinds: dict[str, dict[str, Any]] = {
        "told": {},
        "secret": {"classification": "confidential", "created_by": officer},
        "late": {"reviewed_at": when + timedelta(days=7)},
        "draft": {"review_state": "draft"},
    }
    for key, fields in kinds.items():
        values = {"review_state": "approved", "reviewed_at": when, **fields}
        make_development(key, headline_en=f"Example {key}", **values)
    for day in (0, 1, 6):
        notices.tell_the_week(monday + timedelta(days=day))
    sent = letters()
    assert set(sent) == {officer.email, manager.email}
    for letter in sent.values():
        assert "Example told" in letter
        for unsaid in ("secret", "late", "draft"):
            assert f"Example {unsaid}" not in letter


def test_the_review_of_a_development_is_told(officer: User, manager: User, client_of: ClientOf) -> None:
    development = make_development("event", created_by=officer)
    client_of(officer).post(f"{development.get_absolute_url()}submit/", {"version": development.version})
    assert set(letters()) == {manager.email}
    development.refresh_from_db()
    client_of(manager).post(f"{development.get_absolute_url()}approve/", {"version": development.version})
    assert set(letters()) == {officer.email}


def test_a_confidential_development_is_not_named(officer: User, manager: User, settings: Any) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    development = make_development("event", created_by=officer, classification="confidential", review_state="approved")
    development.readers.add(manager)
    notices.decided(development, by=manager)
    [letter] = letters().values()
    assert development.headline_en not in letter
    assert Development.objects.visible_to(officer).exists()


# --- the next briefing, for the overview ------------------------------------------------------------------------------


def test_staff_see_where_the_next_briefing_stands(
    briefing: Briefing, officer: User, focal_point: User, django_assert_num_queries: Any
) -> None:
    make_dossier(briefing, officer)
    task_of(briefing, officer, -1)
    task_of(briefing, officer, 5)
    with django_assert_num_queries(3):
        found = next_briefing(officer, today=office_date())
    assert found is not None and found.dossier is not None
    assert (found.days, found.open_tasks, found.overdue_tasks) == (20, 2, 1)
    assert found.url == found.dossier.get_absolute_url()
    assert next_briefing(focal_point, today=office_date()) is None
    Briefing.objects.filter(pk=briefing.pk).update(audience="all_partners")
    seen = next_briefing(focal_point, today=office_date())
    assert seen is not None and (seen.dossier, seen.open_tasks) == (None, 0)


def test_a_briefing_of_this_month_is_still_to_come(officer: User) -> None:
    make_briefing("month", date=date(2025, 7, 1), date_precision="month", certainty="expected")
    found = next_briefing(officer, today=date(2025, 7, 30))
    assert found is not None and found.days == 1
    assert next_briefing(officer, today=date(2025, 8, 1)) is None
