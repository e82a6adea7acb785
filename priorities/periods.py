"""The periods that dashboards and reports cover: a year, a quarter, own dates, or one that moves with the calendar."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .choices import DatePrecision
from .dates import dated


class MovingPeriod(models.TextChoices):
    """Periods named from a day, such as that on which a report is made; schedules use these."""

    LAST_WEEK = "last-week", gettext_lazy("Last week")
    LAST_MONTH = "last-month", gettext_lazy("Last month")
    LAST_QUARTER = "last-quarter", gettext_lazy("Last quarter")
    THIS_QUARTER = "this-quarter", gettext_lazy("This quarter")
    LAST_YEAR = "last-year", gettext_lazy("Last year")
    THIS_YEAR = "this-year", gettext_lazy("This year")
    SINCE_BRIEFING = "since-briefing", gettext_lazy("Since the last Council briefing")


@dataclass(frozen=True)
class Period:
    """The days from `starts` to `ends`, both included."""

    starts: date
    ends: date

    def __post_init__(self) -> None:
        if self.ends < self.starts:
            raise ValueError(f"The period ends ({self.ends}) before it starts ({self.starts}).")

    @classmethod
    def of_year(cls, year: int) -> Self:
        return cls(date(year, 1, 1), date(year, 12, 31))

    @classmethod
    def of_quarter(cls, year: int, quarter: int) -> Self:
        starts = date(year, 3 * quarter - 2, 1)
        following = date(year + quarter // 4, 3 * quarter % 12 + 1, 1)
        return cls(starts, following - timedelta(days=1))

    @classmethod
    def since(cls, briefing: date, today: date) -> Self:
        """From the day after a Council briefing, which the period before it includes; on that day itself, the day."""
        return cls(min(briefing + timedelta(days=1), today), today)

    @classmethod
    def moving(cls, name: str, today: date, *, last_briefing: date | None = None) -> Self:
        """The period that a MovingPeriod means on a day.

        ValueError for a name that is none, and for the time since the last briefing where no such day is given.
        """
        quarter = (today.month + 2) // 3
        match MovingPeriod(name):
            case MovingPeriod.LAST_WEEK:
                monday = today - timedelta(days=today.weekday())
                return cls(monday - timedelta(days=7), monday - timedelta(days=1))
            case MovingPeriod.LAST_MONTH:
                last = today.replace(day=1) - timedelta(days=1)
                return cls(last.replace(day=1), last)
            case MovingPeriod.LAST_QUARTER:
                return cls.of_quarter(today.year, quarter - 1) if quarter > 1 else cls.of_quarter(today.year - 1, 4)
            case MovingPeriod.THIS_QUARTER:
                return cls.of_quarter(today.year, quarter)
            case MovingPeriod.LAST_YEAR:
                return cls.of_year(today.year - 1)
            case MovingPeriod.THIS_YEAR:
                return cls.of_year(today.year)
            case MovingPeriod.SINCE_BRIEFING:
                if last_briefing is None:
                    raise ValueError("No briefing is known from which the period could count.")
                return cls.since(last_briefing, today)

    @classmethod
    def from_code(cls, code: str) -> Self:
        """The period of `2024` or `2024-Q3`. ValueError for anything else."""
        year, _separator, quarter = code.partition("-Q")
        if not quarter:
            return cls.of_year(int(year))
        if quarter not in "1234":
            raise ValueError(f"{code!r} names no quarter.")
        return cls.of_quarter(int(year), int(quarter))

    @property
    def text(self) -> str:
        """In the active language: 2024, third quarter of 2024, or both dates."""
        year = self.starts.year
        if self == Period.of_year(year):
            return str(year)
        for number, name in enumerate(_quarters(), start=1):
            if self == Period.of_quarter(year, number):
                return name % {"year": year}
        if self.starts.month == 1 == self.starts.day and (self.ends.month, self.ends.day) == (12, 31):
            return f"{year}–{self.ends.year}"
        return self.days

    @property
    def days(self) -> str:
        """Its first and last day, in the active language."""
        return dated(self.starts, self.ends, DatePrecision.DAY)

    def covers(self, starts: date, ends: date) -> bool:
        """Whether all of another span of days lies in the period."""
        return self.starts <= starts and ends <= self.ends

    def overlaps(self, starts: date, ends: date) -> bool:
        return self.starts <= ends and starts <= self.ends


def _quarters() -> list[str]:
    return [
        _("first quarter of %(year)s"),
        _("second quarter of %(year)s"),
        _("third quarter of %(year)s"),
        _("fourth quarter of %(year)s"),
    ]
