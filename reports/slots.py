"""The moments at which a schedule falls due, read from its crontab, and the same in words.

Celery beat fires a schedule, but its message names no moment: the moment is worked out here, so that
a message that comes late or twice still means the same slot.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import models
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_celery_beat.models import CrontabSchedule

from accounts.time_zones import ASHGABAT

# Every pattern of days comes round within this, save one that names 29 February alone.
LONGEST_WAIT = 366
FIRST_MONTHS_OF_QUARTERS = "1,4,7,10"


class Frequency(models.TextChoices):
    WEEK = "week", gettext_lazy("Every week")
    MONTH = "month", gettext_lazy("Every month")
    QUARTER = "quarter", gettext_lazy("Every quarter, in its first month")


def crontab_for(frequency: str, *, weekday: int, day: int, at: time) -> CrontabSchedule:
    """The saved crontab of these moments in Ashgabat time. `weekday` counts from 0 for Sunday, as crontabs do."""
    weekly = frequency == Frequency.WEEK
    fields = {
        "minute": str(at.minute),
        "hour": str(at.hour),
        "day_of_week": str(weekday) if weekly else "*",
        "day_of_month": "*" if weekly else str(day),
        "month_of_year": FIRST_MONTHS_OF_QUARTERS if frequency == Frequency.QUARTER else "*",
        "timezone": ASHGABAT,
    }
    return CrontabSchedule.objects.filter(**fields).first() or CrontabSchedule.objects.create(**fields)


def latest_slot(schedule: CrontabSchedule, moment: datetime) -> datetime | None:
    """The last moment at which the schedule fell due, up to and including `moment`; None where there is none."""
    local = moment.astimezone(schedule.timezone)
    days = (local.date() - timedelta(days=back) for back in range(LONGEST_WAIT + 1))
    return next((slot for slot in _slots(schedule, days, newest_first=True) if slot <= local), None)


def next_slot(schedule: CrontabSchedule, moment: datetime) -> datetime | None:
    """The first moment after `moment` at which the schedule falls due; None where there is none."""
    local = moment.astimezone(schedule.timezone)
    days = (local.date() + timedelta(days=ahead) for ahead in range(LONGEST_WAIT + 1))
    return next((slot for slot in _slots(schedule, days) if slot > local), None)


def _slots(schedule: CrontabSchedule, days: Iterator[date], newest_first: bool = False) -> Iterator[datetime]:
    parsed = schedule.schedule
    times = sorted((time(hour, minute) for hour in parsed.hour for minute in parsed.minute), reverse=newest_first)
    for day in days:
        if _falls_on(parsed, day):
            yield from (datetime.combine(day, at, schedule.timezone) for at in times)


def _falls_on(parsed: Any, day: date) -> bool:
    """Celery wants month, day of the month and day of the week to fit together (0 is Sunday)."""
    fits = day.month in parsed.month_of_year and day.day in parsed.day_of_month
    return fits and day.isoweekday() % 7 in parsed.day_of_week


def in_words(schedule: CrontabSchedule) -> str:
    """The schedule as a sentence in the active language; patterns that the portal does not make, as a crontab."""
    if not (schedule.hour.isdigit() and schedule.minute.isdigit()):
        return str(schedule)
    at = {"time": f"{int(schedule.hour):02d}:{int(schedule.minute):02d}"}
    match (schedule.day_of_week, schedule.day_of_month, schedule.month_of_year):
        case ("*", "*", "*"):
            return _("Every day at %(time)s") % at
        case (weekday, "*", "*") if weekday.isdigit():
            return _("Every week on %(weekday)s at %(time)s") % (at | {"weekday": WEEKDAYS[(int(weekday) - 1) % 7]})
        case ("*", day, "*") if day.isdigit():
            return _("Every month on day %(day)s at %(time)s") % (at | {"day": day})
        case ("*", day, months) if day.isdigit() and months.replace(",", "").isdigit():
            names = get_text_list([str(MONTHS[int(month)]) for month in months.split(",")], _("and"))
            return _("On day %(day)s of %(months)s at %(time)s") % (at | {"day": day, "months": names})
    return str(schedule)
