"""What the report counts, and for whom."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from activities.commitments import matrix_of
from activities.models import Activity
from activities.progress import progress_of
from activities.scope import Scope
from priorities.models import ProgrammeOfAction
from reports.builders.activities import Figures
from reports.builders.priority_progress import PriorityProgress, build
from reports.errors import Refused

from .conftest import YEAR_2024, Programme

pytestmark = pytest.mark.django_db

TODAY = date(2024, 11, 1)
WHOLE = {"programme": "2021-2025", "starts": "2021-01-01", "ends": "2025-12-31"}


def titles(report: PriorityProgress) -> set[str]:
    return {activity.title for activity in report.annex}


def test_a_manager_sees_approved_records_and_nothing_confidential_of_others(work: Programme, manager: User) -> None:
    report = build(manager, YEAR_2024, today=TODAY)
    assert titles(report) == {"Open meeting", "Quiet meeting", "Planned meeting"}
    assert not report.confidential
    kept, open_one = report.priorities[0].commitments
    assert [item.activity.title if item.activity else item.briefing for item in kept.evidence] == [
        "Open meeting",
        "Quiet meeting",
        "Council briefing, 23 July 2024",
    ]
    assert [item.inferred for item in kept.evidence] == [False, False, True]
    assert open_one.evidence == ()
    assert report.priorities[0].without_evidence == (open_one,)


def test_its_author_sees_the_confidential_record_and_the_report_says_so(work: Programme, officer: User) -> None:
    report = build(officer, YEAR_2024, today=TODAY)
    assert "Confidential meeting" in titles(report)
    assert report.confidential
    assert report.priorities[0].participants == Figures(women=7780, men=4, not_stated=None, youth=2, known_total=7784)


def test_numbers_do_not_leak_what_is_hidden(work: Programme, manager: User) -> None:
    priority = build(manager, YEAR_2024, today=TODAY).priorities[0]
    assert priority.participants == Figures(women=3, men=4, not_stated=None, youth=2, known_total=7)
    assert (len(priority.held), priority.with_figures) == (2, 1)


def test_nothing_of_a_chatham_house_activity_names_who_took_part(work: Programme, officer: User) -> None:
    report = build(officer, YEAR_2024, today=TODAY)
    open_one, quiet = (next(a for a in report.annex if a.title == title) for title in ("Open meeting", "Quiet meeting"))
    assert (open_one.partners, open_one.outcome) == (("OSCE",), "A list of contacts")
    assert (quiet.partners, quiet.outcome, quiet.chatham_house) == ((), "", True)


def test_a_planned_activity_is_coming_until_its_date_has_passed(work: Programme, manager: User) -> None:
    before = build(manager, YEAR_2024, today=TODAY).priorities[0]
    after = build(manager, YEAR_2024, today=date(2024, 12, 3)).priorities[0]
    assert [a.title for a in before.coming] == ["Planned meeting"] and not before.unreported
    assert [a.title for a in after.unreported] == ["Planned meeting"] and not after.coming


def test_an_activity_without_a_date_belongs_to_the_whole_programme_alone(programme: Programme, manager: User) -> None:
    programme.held("Some day", start_date=None, end_date=None, date_precision="unknown")
    assert not titles(build(manager, YEAR_2024, today=TODAY))
    whole = build(manager, WHOLE, today=TODAY)
    assert titles(whole) == {"Some day"}
    assert (whole.undated, len(whole.priorities[0].commitments[0].evidence)) == (1, 1)


def test_the_whole_programme_shows_the_numbers_of_the_priority_page(work: Programme, manager: User) -> None:
    work.held("Some day", start_date=None, end_date=None, date_precision="unknown")
    report = build(manager, WHOLE, today=TODAY)
    scope = Scope(ProgrammeOfAction.objects.get(), "", None)
    page = progress_of(scope, manager, today=TODAY)
    matrix = matrix_of(scope, manager, today=TODAY, priorities=page.priorities)
    [priority] = report.priorities
    assert [len(c.evidence) for c in priority.commitments] == [row.total.count for row in matrix.rows]
    assert (len(priority.held), len(priority.coming)) == (page.total.held.count, page.total.coming.count)


def test_a_called_off_activity_is_counted_but_not_listed(programme: Programme, manager: User) -> None:
    programme.held("Called off", stage="cancelled")
    report = build(manager, YEAR_2024, today=TODAY)
    assert report.priorities[0].called_off == 1
    assert not report.annex


def test_the_number_of_queries_does_not_grow(programme: Programme, manager: User) -> None:
    programme.held("First")
    with CaptureQueriesContext(connection) as few:
        build(manager, YEAR_2024, today=TODAY)
    for number in range(20):
        programme.held(f"Another {number}")
    with CaptureQueriesContext(connection) as many:
        report = build(manager, YEAR_2024, today=TODAY)
    assert len(report.annex) == 21
    assert len(many) == len(few) == 10


def test_russian_titles_stand_in_a_russian_report(programme: Programme, manager: User) -> None:
    from django.utils import translation

    Activity.objects.filter(pk=programme.held("Open meeting").pk).update(title_ru="Открытая встреча")
    with translation.override("ru"):
        assert titles(build(manager, YEAR_2024, today=TODAY)) == {"Открытая встреча"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"programme": "2009-2011"},
        {"programme": "DROP TABLE"},
        {"starts": "2025-01-01", "ends": "2024-01-01"},
        {"starts": "tomorrow"},
        {"ends": None},
    ],
)
def test_parameters_that_mean_nothing_are_refused(programme: Programme, manager: User, wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        build(manager, {**YEAR_2024, **wrong}, today=TODAY)


def test_a_period_outside_the_programme_is_noted(programme: Programme, manager: User) -> None:
    report = build(manager, {**YEAR_2024, "starts": "2026-07-01", "ends": "2026-09-30"}, today=TODAY)
    assert report.outside_programme
    assert not replace(report, period=report.programme_period).outside_programme
