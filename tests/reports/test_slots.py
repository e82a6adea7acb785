from datetime import UTC, datetime, time

import pytest
from django.utils import translation

from reports.slots import ASHGABAT, Frequency, crontab_for, crontab_of, in_words, latest_slot, next_slot

pytestmark = pytest.mark.django_db

WEDNESDAY = datetime(2024, 7, 3, 12, 0, tzinfo=ASHGABAT)


def test_a_weekly_schedule_falls_due_on_its_day_in_ashgabat() -> None:
    mondays = crontab_for(Frequency.WEEK, weekday=1, day=1, at=time(8, 30))
    assert latest_slot(mondays, WEDNESDAY) == datetime(2024, 7, 1, 8, 30, tzinfo=ASHGABAT)
    assert next_slot(mondays, WEDNESDAY) == datetime(2024, 7, 8, 3, 30, tzinfo=UTC)


def test_sunday_is_a_day_of_the_week_too() -> None:
    sundays = crontab_for(Frequency.WEEK, weekday=0, day=1, at=time(8, 0))
    assert next_slot(sundays, WEDNESDAY) == datetime(2024, 7, 7, 8, 0, tzinfo=ASHGABAT)


def test_a_quarterly_schedule_waits_for_the_next_quarter() -> None:
    quarterly = crontab_for(Frequency.QUARTER, weekday=0, day=1, at=time(8, 0))
    assert latest_slot(quarterly, WEDNESDAY) == datetime(2024, 7, 1, 8, 0, tzinfo=ASHGABAT)
    assert next_slot(quarterly, WEDNESDAY) == datetime(2024, 10, 1, 8, 0, tzinfo=ASHGABAT)


def test_the_moment_itself_is_due_and_the_minute_before_is_not() -> None:
    monthly = crontab_for(Frequency.MONTH, weekday=0, day=3, at=time(12, 0))
    assert latest_slot(monthly, WEDNESDAY) == WEDNESDAY
    assert latest_slot(monthly, WEDNESDAY.replace(hour=11, minute=59)) == datetime(2024, 6, 3, 12, tzinfo=ASHGABAT)
    assert next_slot(monthly, WEDNESDAY) == datetime(2024, 8, 3, 12, tzinfo=ASHGABAT)


def test_the_same_moments_share_a_crontab() -> None:
    first, second = (crontab_for(Frequency.WEEK, weekday=5, day=1, at=time(9, 0)) for _ in range(2))
    assert first.pk == second.pk


@pytest.mark.parametrize(
    ("frequency", "words"),
    [
        (Frequency.WEEK, "Every week on Tuesday at 07:05"),
        (Frequency.MONTH, "Every month on day 15 at 07:05"),
        (Frequency.QUARTER, "On day 15 of January, April, July and October at 07:05"),
    ],
)
def test_a_schedule_is_told_in_words(frequency: str, words: str) -> None:
    with translation.override("en"):
        assert in_words(crontab_for(frequency, weekday=2, day=15, at=time(7, 5))) == words


def test_a_schedule_is_told_in_russian_with_small_days_and_months() -> None:
    with translation.override("ru"):
        weekly, quarterly = crontab_of("30 7 * * 1-3"), crontab_for(Frequency.QUARTER, weekday=0, day=1, at=time(8, 0))
        assert "(понедельник, вторник и среда)" in in_words(weekly)
        assert "январь, апрель, июль и октябрь" in in_words(quarterly)
