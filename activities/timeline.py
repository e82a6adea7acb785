"""What comes and what was held, one below the other in the order of their dates, in years; with Council briefings."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef, QuerySet, Subquery

from accounts.localized import in_language

from .models import Activity, Series

if TYPE_CHECKING:
    from accounts.roles import Viewer


@dataclass(frozen=True)
class Event:
    """An activity or a Council briefing; one of the two is None. `coming` where it is still to be."""

    activity: Activity | None
    briefing: Any
    coming: bool = False

    @property
    def day(self) -> date | None:
        """Its first day, None where that is not known."""
        return self.activity.start_date if self.activity else self.briefing.date


@dataclass(frozen=True)
class Year:
    """Events of a year, latest first; `year` is None for those without a date."""

    year: int | None
    events: list[Event]


def with_series(activities: QuerySet[Any], viewer: "Viewer") -> QuerySet[Any]:
    """The activities with what the timeline shows of each: its country, and `series_name` of a series that is shown."""
    shown = Series.objects.visible_to(viewer).filter(pk=OuterRef("series")).order_by()
    return activities.select_related("country").annotate(series_name=Subquery(shown.values(shown=in_language("name"))))


def timeline(
    coming: Iterable[Activity], held: Iterable[Activity], briefings: Iterable[Any], *, most: int
) -> list[Year]:
    """The years with their events, latest first: all of `coming`, and the latest `most` of what is past.

    `held` are the latest activities, `most` of them or all that there are, so nothing is missing between them.
    """
    past = [*(Event(activity, None) for activity in held), *(Event(None, briefing) for briefing in briefings)]
    past = sorted(past, key=_latest_first)[:most]
    events = [*(Event(activity, None, coming=True) for activity in coming), *past]
    by_year = groupby(sorted(events, key=_latest_first), key=lambda event: event.day.year if event.day else None)
    return [Year(year, list(group)) for year, group in by_year]


def _latest_first(event: Event) -> tuple[bool, int]:
    return event.day is None, -(event.day or date.min).toordinal()
