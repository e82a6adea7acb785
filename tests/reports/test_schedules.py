"""Schedules in the browser and at their moments."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from accounts.models import AuditEntry, User
from partners.models import Organization
from reports import actions, tasks
from reports.apps import SWEEP
from reports.models import ReportRun, Schedule
from reports.slots import ASHGABAT
from tests.factories.briefings import make_briefing

from .conftest import Programme

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]

ClientOf = Callable[[User | None], Client]
PAGE = reverse("reports:schedules")
AFTER_JULY = datetime(2024, 7, 1, 8, 0, 5, tzinfo=ASHGABAT)


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The runs handed to the queue, instead of a queue."""
    found: list[int] = []
    monkeypatch.setattr(tasks.make_report, "apply_async", lambda args, **options: found.extend(args))
    return found


def planned(**changes: Any) -> dict[str, Any]:
    form = {
        "token": str(uuid4()),
        "period": "last-quarter",
        "frequency": "quarter",
        "weekday": "1",
        "day": "1",
        "at": "08:00",
        "formats": ["docx"],
        "language": "en",
        "roles": ["manager"],
        "by_mail": "on",
    }
    return {**form, **changes}


@pytest.fixture
def schedule(programme: Programme, manager: User, client_of: ClientOf) -> Schedule:
    """Last quarter, on the first day of each quarter at 8; made in the spring of 2024."""
    client_of(manager).post(PAGE, planned())
    Schedule.objects.update(settled_until=datetime(2024, 5, 1, tzinfo=ASHGABAT))
    found: Schedule = Schedule.objects.get()
    return found


def test_a_manager_plans_a_report(programme: Programme, manager: User, client_of: ClientOf) -> None:
    page = client_of(manager).post(PAGE, planned(), follow=True).content.decode()
    assert "On day 1 of January, April, July and October at 08:00" in page
    schedule = Schedule.objects.get()
    task = schedule.periodic_task
    assert (task.task, task.args, task.enabled) == ("reports.tasks.run_schedule", f"[{schedule.pk}]", True)
    assert str(task.crontab.timezone) == "Asia/Ashgabat"
    assert AuditEntry.objects.filter(verb="create_schedule", actor=manager).exists()


def test_the_dossier_is_planned_for_the_staff_alone(
    programme: Programme, manager: User, focal_point: User, osce: Organization, client_of: ClientOf
) -> None:
    page = f"{PAGE}?report=council-dossier"
    assert 'name="organizations"' not in client_of(manager).get(page).content.decode()
    form = planned(frequency="week", organizations=[osce.pk])
    assert client_of(manager).post(page, form | {"roles": []}).status_code == 200
    assert not Schedule.objects.exists()
    client_of(manager).post(page, form)
    assert list(Schedule.objects.get().audience()) == [manager]


def test_a_form_sent_twice_plans_once(programme: Programme, manager: User, client_of: ClientOf) -> None:
    form = planned()
    for _ in range(2):
        client_of(manager).post(PAGE, form)
    assert Schedule.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"day": "31"},
        {"day": ""},
        {"at": "25:00"},
        {"frequency": "week", "weekday": "9"},
        {"period": "2024"},
        {"roles": []},
        {"formats": []},
        {"formats": ["exe"]},
        {"frequency": "own", "pattern": "every Monday"},
        {"frequency": "own", "pattern": "0 8 31 2 *"},
    ],
)
def test_bad_input_plans_nothing(
    programme: Programme, manager: User, client_of: ClientOf, changes: dict[str, Any]
) -> None:
    assert 'class="message message-error"' in client_of(manager).post(PAGE, planned(**changes)).content.decode()
    assert not Schedule.objects.exists()


@pytest.mark.parametrize("who", ["officer", "administrator", "focal_point"])
def test_only_managers_plan(who: str, schedule: Schedule, request: pytest.FixtureRequest, client_of: ClientOf) -> None:
    client = client_of(request.getfixturevalue(who))
    assert client.get(PAGE).status_code == 403
    for deed in ("pause", "resume", "delete"):
        assert client.post(reverse(f"reports:{deed}-schedule", args=[schedule.pk])).status_code == 403
    assert Schedule.objects.count() == 1


def test_a_schedule_fired_twice_makes_one_run(schedule: Schedule, manager: User) -> None:
    for seconds in (0, 1, 3600):
        actions.run_due_slot(schedule_id=schedule.pk, now=AFTER_JULY + timedelta(seconds=seconds))
    run = ReportRun.objects.get()
    assert (run.schedule, run.made_for) == (schedule, manager)
    assert run.slot == datetime(2024, 7, 1, 8, 0, tzinfo=ASHGABAT)
    assert run.parameters == {"programme": "2021-2025", "starts": "2024-04-01", "ends": "2024-06-30"}


def test_a_message_that_comes_late_means_its_own_slot(schedule: Schedule) -> None:
    actions.run_due_slot(schedule_id=schedule.pk, now=AFTER_JULY + timedelta(days=20))
    assert ReportRun.objects.get().slot == datetime(2024, 7, 1, 8, 0, tzinfo=ASHGABAT)


def test_a_deleted_run_is_not_made_again(schedule: Schedule) -> None:
    actions.run_due_slot(schedule_id=schedule.pk, now=AFTER_JULY)
    ReportRun.objects.all().delete()
    actions.run_due_slot(schedule_id=schedule.pk, now=AFTER_JULY)
    assert not ReportRun.objects.exists()


def test_nothing_before_the_schedule_was_made_is_due(programme: Programme, manager: User, client_of: ClientOf) -> None:
    client_of(manager).post(PAGE, planned())
    tasks.run_schedule(Schedule.objects.get().pk)
    assert not ReportRun.objects.exists()


def test_the_sweep_makes_up_for_a_moment_that_beat_missed(schedule: Schedule) -> None:
    tasks.resume_stalled()
    tasks.resume_stalled()
    assert ReportRun.objects.filter(schedule=schedule).count() == 1


def test_a_paused_schedule_makes_nothing_and_makes_up_for_nothing(
    schedule: Schedule, manager: User, client_of: ClientOf
) -> None:
    client_of(manager).post(reverse("reports:pause-schedule", args=[schedule.pk]))
    tasks.resume_stalled()
    assert "paused" in client_of(manager).get(PAGE).content.decode()
    assert "Resume" in client_of(manager).get(schedule.get_absolute_url()).content.decode()
    client_of(manager).post(reverse("reports:resume-schedule", args=[schedule.pk]))
    tasks.resume_stalled()
    assert not ReportRun.objects.exists()
    assert PeriodicTask.objects.get(pk=schedule.periodic_task_id).enabled


def test_a_deleted_schedule_leaves_its_reports(schedule: Schedule, manager: User, client_of: ClientOf) -> None:
    actions.run_due_slot(schedule_id=schedule.pk, now=AFTER_JULY)
    address = reverse("reports:delete-schedule", args=[schedule.pk])
    assert "Delete this schedule?" in client_of(manager).get(address).content.decode()
    client_of(manager).post(address)
    assert not Schedule.objects.exists()
    assert not PeriodicTask.objects.filter(task="reports.tasks.run_schedule").exists()
    assert ReportRun.objects.get().schedule is None


def test_another_managers_run_is_told_of_but_leads_nowhere(
    schedule: Schedule, second_manager: User, client_of: ClientOf
) -> None:
    Schedule.objects.update(roles=[])
    schedule.recipients.add(schedule.created_by)
    [run] = actions.run_due_slot(schedule_id=schedule.pk, now=AFTER_JULY)
    page = client_of(second_manager).get(schedule.get_absolute_url()).content.decode()
    assert schedule.created_by.name in page and run.get_absolute_url() not in page
    assert client_of(second_manager).get(run.get_absolute_url()).status_code == 404
    assert run.get_absolute_url() in client_of(schedule.created_by).get(schedule.get_absolute_url()).content.decode()


def test_the_sweep_is_on_beats_list_from_the_first_migration_on() -> None:
    task = PeriodicTask.objects.get(name=SWEEP)
    assert (task.task, task.enabled, str(task.interval)) == ("reports.tasks.resume_stalled", True, "every minute")


def test_a_schedule_of_a_programme_to_come_takes_the_latest(schedule: Schedule) -> None:
    late = datetime(2027, 1, 2, tzinfo=ASHGABAT)
    [run] = actions.run_due_slot(schedule_id=schedule.pk, now=late)
    assert run.parameters == {"programme": "2021-2025", "starts": "2026-10-01", "ends": "2026-12-31"}
    assert run.slot is not None and run.slot < timezone.make_aware(datetime(2027, 1, 2))


# --- the moments ------------------------------------------------------------------------------------------


def test_an_own_pattern_is_told_in_words_with_its_next_dates(
    programme: Programme, manager: User, client_of: ClientOf
) -> None:
    form = planned(frequency="own", pattern="30 7 * * 1-5", preview="1")
    page = client_of(manager).post(PAGE, form).content.decode()
    assert (
        "Every week on Monday, Tuesday, Wednesday, Thursday and Friday at 07:30" in page
        and not Schedule.objects.exists()
    )
    dates = page.partition('<ol class="dates">')[2].partition("</ol>")[0]
    assert dates.count("<li>") == 3
    del form["preview"]
    client_of(manager).post(PAGE, form)
    assert Schedule.objects.get().periodic_task.crontab.day_of_week == "1-5"


def test_several_moments_that_were_missed_are_caught_up_with_once(schedule: Schedule) -> None:
    Schedule.objects.update(settled_until=datetime(2022, 5, 1, tzinfo=ASHGABAT))
    for _ in range(3):
        tasks.run_schedule(schedule.pk)
    assert ReportRun.objects.count() == 1


def test_run_now_makes_the_reports_at_once_and_leaves_the_moments_alone(
    schedule: Schedule, manager: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: AFTER_JULY + timedelta(days=3))
    for _ in range(2):
        client_of(manager).post(reverse("reports:run-schedule", args=[schedule.pk]))
    assert ReportRun.objects.count() == 1
    assert len(actions.run_due_slot(schedule_id=schedule.pk, now=AFTER_JULY + timedelta(days=3))) == 1


def test_the_time_since_the_last_briefing_begins_the_day_after_it(
    programme: Programme, manager: User, client_of: ClientOf
) -> None:
    make_briefing("earlier", date=date(2024, 2, 5))
    make_briefing("later", date=date(2024, 7, 23))
    client_of(manager).post(PAGE, planned(period="since-briefing"))
    schedule = Schedule.objects.get()
    Schedule.objects.update(settled_until=datetime(2024, 5, 1, tzinfo=ASHGABAT))
    [run] = actions.run_due_slot(schedule_id=schedule.pk, now=AFTER_JULY)
    assert (run.parameters["starts"], run.parameters["ends"]) == ("2024-02-06", "2024-07-01")


# --- the recipients ---------------------------------------------------------------------------------------


def test_people_roles_and_focal_points_get_a_report_each_and_nobody_two(
    programme: Programme,
    officer: User,
    colleague: User,
    manager: User,
    second_manager: User,
    focal_point: User,
    stranger: User,
    client_of: ClientOf,
) -> None:
    User.objects.filter(pk=second_manager.pk).update(is_active=False)
    form = planned(recipients=[manager.pk, officer.pk], organizations=[focal_point.organization_id])
    client_of(manager).post(PAGE, {**form, "formats": ["docx", "pdf"]})
    schedule = Schedule.objects.get()
    Schedule.objects.update(settled_until=datetime(2024, 5, 1, tzinfo=ASHGABAT))
    runs = actions.run_due_slot(schedule_id=schedule.pk, now=AFTER_JULY)
    expected = {(person, format) for person in (manager, officer, focal_point) for format in ("docx", "pdf")}
    assert {(run.made_for, run.format) for run in runs} == expected and len(runs) == len(expected)
    assert {run.requested_by for run in runs} == {manager}


def test_each_reads_in_their_own_language_where_none_is_set(
    programme: Programme, officer: User, manager: User, client_of: ClientOf
) -> None:
    User.objects.filter(pk=officer.pk).update(language="ru")
    client_of(manager).post(PAGE, planned(language="", recipients=[officer.pk]))
    Schedule.objects.update(settled_until=datetime(2024, 5, 1, tzinfo=ASHGABAT))
    runs = actions.run_due_slot(schedule_id=Schedule.objects.get().pk, now=AFTER_JULY)
    assert {run.made_for: run.language for run in runs} == {manager: "en", officer: "ru"}
