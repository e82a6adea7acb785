"""The periods that reports cover; see `priorities.periods`. Named from the day on which a report is made."""

from datetime import date, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from priorities.periods import MovingPeriod, Period

__all__ = ["Period", "RelativePeriod", "relative"]


class RelativePeriod(models.TextChoices):
    """Those that move with the calendar, and that of a Council briefing; schedules use these."""

    LAST_WEEK = "last-week", _("Last week")
    LAST_MONTH = "last-month", _("Last month")
    LAST_QUARTER = MovingPeriod.LAST_QUARTER.value, MovingPeriod.LAST_QUARTER.label
    THIS_QUARTER = MovingPeriod.THIS_QUARTER.value, MovingPeriod.THIS_QUARTER.label
    LAST_YEAR = MovingPeriod.LAST_YEAR.value, MovingPeriod.LAST_YEAR.label
    THIS_YEAR = MovingPeriod.THIS_YEAR.value, MovingPeriod.THIS_YEAR.label
    SINCE_BRIEFING = "since-briefing", _("Since the last Council briefing")


def relative(name: str, today: date, *, last_briefing: date | None = None) -> Period:
    """The period that a RelativePeriod means on a day.

    ValueError for a name that is none, and for the time since the last briefing where no such day is given.
    """
    match RelativePeriod(name):
        case RelativePeriod.LAST_WEEK:
            monday = today - timedelta(days=today.weekday())
            return Period(monday - timedelta(days=7), monday - timedelta(days=1))
        case RelativePeriod.LAST_MONTH:
            last = today.replace(day=1) - timedelta(days=1)
            return Period(last.replace(day=1), last)
        case RelativePeriod.SINCE_BRIEFING:
            if last_briefing is None:
                raise ValueError("No briefing is known from which the period could count.")
            return Period(min(last_briefing + timedelta(days=1), today), today)
    return Period.moving(name, today)
