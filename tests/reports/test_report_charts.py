"""The charts that reports share: what stands in which month or quarter, and when there is nothing to draw."""

from datetime import date
from typing import Any

import pytest

from accounts.charts.chart import Chart
from accounts.models import User
from activities.choices import CentreRole
from activities.models import Involvement
from partners.models import Organization
from priorities.choices import DatePrecision
from priorities.periods import Period
from reports.builders import partner_engagement, priority_progress
from reports.layouts.charts import engagement_over_time, held_over_time

from .conftest import YEAR_2024, Programme

pytestmark = pytest.mark.django_db

TODAY = date(2025, 1, 15)


def numbers(chart: Chart | None) -> dict[str, dict[str, Any]]:
    """The chart's numbers by series and category, without what is not recorded."""
    assert chart is not None
    return {
        series.name: {
            category: point.value for category, point in zip(chart.categories, series.points, strict=True) if point.text
        }
        for series in chart.series
    }


def held(viewer: User, period: Period, made_on: date = TODAY) -> Chart | None:
    days = {"starts": period.starts.isoformat(), "ends": period.ends.isoformat()}
    report = priority_progress.build(viewer, YEAR_2024 | days, today=made_on)
    return held_over_time([one for priority in report.priorities for one in priority.held], period, made_on)


@pytest.fixture
def year(programme: Programme) -> Programme:
    """One that began in the year before, three of January and July, and two of which no month is known."""
    organized = {"centre_role": CentreRole.ORGANIZER}
    programme.held("Over the new year", start_date=date(2023, 12, 30), end_date=date(2024, 1, 2), **organized)
    programme.held("January", start_date=date(2024, 1, 9), end_date=date(2024, 1, 9), **organized)
    programme.held("July", start_date=date(2024, 7, 9), end_date=date(2024, 7, 9), centre_role=CentreRole.PARTICIPANT)
    programme.held(
        "Some time in July",
        start_date=date(2024, 7, 1),
        end_date=date(2024, 7, 31),
        date_precision=DatePrecision.MONTH,
        **organized,
    )
    programme.held(
        "Some time in the year",
        start_date=date(2024, 1, 1),
        end_date=date(2024, 12, 31),
        date_precision=DatePrecision.YEAR,
        **organized,
    )
    return programme


def test_a_year_is_told_by_month_and_by_the_centres_role(year: Programme, manager: User) -> None:
    chart = held(manager, Period.of_year(2024))
    assert chart is not None and len(chart.categories) == 12
    assert numbers(chart) == {"Organizer": {"Jan 2024": 2, "Jul 2024": 1}, "Participant": {"Jul 2024": 1}}


def test_a_longer_period_is_told_by_quarter_and_not_beyond_the_day_of_the_report(
    year: Programme, manager: User
) -> None:
    chart = held(manager, Period(date(2023, 1, 1), date(2025, 12, 31)))
    assert chart is not None and (chart.categories[0], chart.categories[-1]) == ("2023 Q1", "2025 Q1")
    assert numbers(chart)["Organizer"] == {"2023 Q4": 1, "2024 Q1": 1, "2024 Q3": 1}


def test_there_is_no_chart_of_a_single_month_of_nothing_and_of_what_is_still_to_come(
    year: Programme, manager: User
) -> None:
    assert held(manager, Period(date(2024, 7, 1), date(2024, 7, 31))) is None
    assert held(manager, Period(date(2024, 3, 1), date(2024, 5, 31))) is None
    assert held(manager, Period.of_year(2024), made_on=date(2023, 12, 31)) is None


def test_partners_are_told_by_month_and_what_is_hidden_is_not_drawn(
    year: Programme, manager: User, focal_point: User, osce: Organization
) -> None:
    period = Period.of_year(2024)
    seen = year.held("Open", audience="public", start_date=date(2024, 5, 2), end_date=date(2024, 5, 2))
    hidden = year.held("Internal", start_date=date(2024, 6, 2), end_date=date(2024, 6, 2))
    for activity in (seen, hidden):
        Involvement.objects.create(activity=activity, organization=osce)

    def drawn(viewer: User) -> dict[str, dict[str, Any]]:
        report = partner_engagement.build(viewer, YEAR_2024, today=TODAY)
        chart = engagement_over_time([(one.short_name, one.days) for one in report.met], period, TODAY)
        return {month: found for month, found in numbers(chart).items() if found}

    assert drawn(manager) == {"May 2024": {"OSCE": 1}, "Jun 2024": {"OSCE": 1}}
    assert drawn(focal_point) == {"May 2024": {"OSCE": 1}}
    assert engagement_over_time([("OSCE", ())], period, TODAY) is None
