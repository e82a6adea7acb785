from datetime import date

import pytest
from django.utils import translation

from priorities.periods import MovingPeriod, Period


@pytest.mark.parametrize(
    ("name", "today", "starts", "ends"),
    [
        ("last-week", date(2024, 7, 1), date(2024, 6, 24), date(2024, 6, 30)),
        ("last-month", date(2024, 3, 31), date(2024, 2, 1), date(2024, 2, 29)),
        ("last-quarter", date(2024, 7, 1), date(2024, 4, 1), date(2024, 6, 30)),
        ("last-quarter", date(2025, 1, 15), date(2024, 10, 1), date(2024, 12, 31)),
        ("this-quarter", date(2024, 2, 29), date(2024, 1, 1), date(2024, 3, 31)),
        ("this-quarter", date(2024, 12, 31), date(2024, 10, 1), date(2024, 12, 31)),
        ("last-year", date(2024, 1, 1), date(2023, 1, 1), date(2023, 12, 31)),
        ("this-year", date(2024, 12, 31), date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_a_moving_period_follows_the_calendar(name: str, today: date, starts: date, ends: date) -> None:
    assert Period.moving(name, today) == Period(starts, ends)


def test_every_moving_period_is_known() -> None:
    day = date(2024, 5, 5)
    assert all(Period.moving(name, day, last_briefing=date(2024, 2, 5)) for name in MovingPeriod.values)


def test_the_time_since_a_briefing_begins_the_day_after_it() -> None:
    briefing = date(2024, 2, 5)
    assert Period.moving("since-briefing", date(2024, 5, 5), last_briefing=briefing) == Period(
        date(2024, 2, 6), date(2024, 5, 5)
    )
    assert Period.since(briefing, date(2024, 2, 6)) == Period(date(2024, 2, 6), date(2024, 2, 6))
    assert Period.since(briefing, briefing) == Period(briefing, briefing)
    with pytest.raises(ValueError):
        Period.moving("since-briefing", date(2024, 5, 5))


@pytest.mark.parametrize("code", ["", "year", "2024-Q5", "2024-Q12", "0000"])
def test_a_code_that_names_no_period_is_refused(code: str) -> None:
    with pytest.raises(ValueError):
        Period.from_code(code)


def test_dates_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ValueError):
        Period(date(2024, 2, 1), date(2024, 1, 1))


@pytest.mark.parametrize(
    ("period", "text"),
    [
        (Period.of_year(2024), "2024"),
        (Period.from_code("2024-Q3"), "third quarter of 2024"),
        (Period(date(2021, 1, 1), date(2025, 12, 31)), "2021–2025"),
        (Period(date(2024, 1, 5), date(2025, 2, 6)), "5 January 2024 – 6 February 2025"),
    ],
)
def test_a_period_is_named_as_people_name_it(period: Period, text: str) -> None:
    with translation.override("en"):
        assert period.text == text
