"""The moments at which a schedule falls due, read from its crontab, and the same in words.

Celery beat fires a schedule, but its message names no moment: the moment is worked out here, so that
a message that comes late or twice still means the same slot.
"""

from calendar import day_name, month_name
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from celery.schedules import ParseException
from cron_descriptor import (
    ExpressionDescriptor,
    FormatException,
    MissingFieldException,
    Options,
    WrongArgumentException,
)
from django.db import models
from django.utils import timezone
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_celery_beat.models import CrontabSchedule

from accounts.tables import in_russian
from accounts.time_zones import ASHGABAT

# Every pattern of days comes round within this, save one that names 29 February alone.
LONGEST_WAIT = 366
# The parts of a crontab in the order in which it is written.
PARTS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
LONGEST_PART = 60
FIRST_MONTHS_OF_QUARTERS = "1,4,7,10"


class Frequency(models.TextChoices):
    DAY = "day", gettext_lazy("Every day")
    WEEK = "week", gettext_lazy("Every week")
    MONTH = "month", gettext_lazy("Every month")
    QUARTER = "quarter", gettext_lazy("Every quarter, in its first month")
    OWN = "own", gettext_lazy("After an own pattern")


def crontab_for(frequency: str, *, weekday: int, day: int, at: time) -> CrontabSchedule:
    """The saved crontab of these moments in Ashgabat time. `weekday` counts from 0 for Sunday, as crontabs do."""
    weekly, daily = frequency == Frequency.WEEK, frequency == Frequency.DAY
    fields = {
        "minute": str(at.minute),
        "hour": str(at.hour),
        "day_of_week": str(weekday) if weekly else "*",
        "day_of_month": "*" if weekly or daily else str(day),
        "month_of_year": FIRST_MONTHS_OF_QUARTERS if frequency == Frequency.QUARTER else "*",
        "timezone": ASHGABAT,
    }
    return _saved(fields)


def crontab_of(pattern: str) -> CrontabSchedule:
    """The saved crontab of a pattern of five parts, in Ashgabat time. ValueError for what is none."""
    return _saved(check_pattern(pattern))


def check_pattern(pattern: str) -> dict[str, Any]:
    """The parts of a crontab. ValueError for a pattern that cannot be read, or that never falls due."""
    parts = pattern.split()
    if len(parts) != len(PARTS) or any(len(part) > LONGEST_PART for part in parts):
        raise ValueError("A pattern has five parts.")
    fields = {**dict(zip(PARTS, parts, strict=True)), "timezone": ASHGABAT}
    unsaved = CrontabSchedule(**fields)
    try:
        due = next_slot(unsaved, timezone.now())
    except ParseException as error:
        raise ValueError(str(error)) from error
    if due is None:
        raise ValueError("The pattern never falls due.")
    return fields


def _saved(fields: dict[str, Any]) -> CrontabSchedule:
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


def next_slots(schedule: CrontabSchedule, moment: datetime, count: int) -> list[datetime]:
    """The first moments after `moment` at which the schedule falls due."""
    local = moment.astimezone(schedule.timezone)
    days = (local.date() + timedelta(days=ahead) for ahead in range(LONGEST_WAIT + 1))
    return list(islice((slot for slot in _slots(schedule, days) if slot > local), count))


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
    """The schedule as a sentence in the active language."""
    if not (schedule.hour.isdigit() and schedule.minute.isdigit()):
        return _pattern_in_words(schedule)
    at = {"time": f"{int(schedule.hour):02d}:{int(schedule.minute):02d}"}
    match (schedule.day_of_week, schedule.day_of_month, schedule.month_of_year):
        case ("*", "*", "*"):
            return _("Every day at %(time)s") % at
        case (_weekdays, "*", "*"):
            # Monday first; crontabs count from Sunday.
            chosen = [_within(name) for day, name in WEEKDAYS.items() if (day + 1) % 7 in schedule.schedule.day_of_week]
            return _("Every week on %(weekday)s at %(time)s") % (at | {"weekday": get_text_list(chosen, _("and"))})
        case ("*", day, "*") if day.isdigit():
            return _("Every month on day %(day)s at %(time)s") % (at | {"day": day})
        case ("*", day, months) if day.isdigit() and months.replace(",", "").isdigit():
            names = get_text_list([_within(MONTHS[int(month)]) for month in months.split(",")], _("and"))
            return _("On day %(day)s of %(months)s at %(time)s") % (at | {"day": day, "months": names})
    return _pattern_in_words(schedule)


def _pattern_in_words(schedule: CrontabSchedule) -> str:
    """A pattern of one's own, told by cron-descriptor; as it is, where that cannot tell it."""
    parts = [str(getattr(schedule, part)) for part in PARTS]
    options = Options()
    options.locale_code = "ru_RU" if in_russian() else "en_US"
    options.use_24hour_time_format = True
    try:
        words = str(ExpressionDescriptor(" ".join(parts), options).get_description())
    except (FormatException, MissingFieldException, WrongArgumentException):
        return " ".join(parts)
    # It takes the names of days and months from the system, which knows English ones alone.
    days = zip(day_name, WEEKDAYS.values(), strict=True)
    months = zip(month_name[1:], MONTHS.values(), strict=True)
    for english, name in (*days, *months):
        words = words.replace(english, _within(name))
    return words


def _within(name: object) -> str:
    """The name of a day or month within a sentence, where Russian writes it small."""
    return str(name).lower() if in_russian() else str(name)
