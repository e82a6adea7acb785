"""The editions of a series: the last one, when the next is due by its cadence, and which numbers are not recorded.

A yearly series is due once in each calendar year, one of twice a year once in each half of it; an irregular one never.
It is overdue when the year or half-year after the last edition is over and nothing is planned; of a retired series
nothing is due any more. Only staff, who see all editions, are told so: to others an edition that they may not see would
seem to be missing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Max, Min, Q
from django.db.models.functions import Coalesce

from accounts.choices import ReviewState
from accounts.visibility import is_staff_viewer
from priorities.periods import Period

from .choices import SeriesCadence, Stage
from .links import Cell, activities_url
from .models import Activity, Series

if TYPE_CHECKING:
    from accounts.roles import Viewer

LAST_DAY = Coalesce("end_date", "start_date")


@dataclass(frozen=True)
class Standing:
    """Where a series stands. `due` is the year or half-year of the next edition, None where there is no telling.

    `last` and `planned` are days; `missing` the numbers between the first and the last recorded that are not recorded.
    """

    series: Series
    held: Cell
    last: date | None
    planned: date | None
    coming: Cell
    due: Period | None
    overdue: bool
    missing: list[int]


def standings(series: Iterable[Series], viewer: "Viewer", today: date) -> list[Standing]:
    """The standing of each of the series, which went through `visible_to`, in their order (one query)."""
    chosen = list(series)
    rows = Activity.objects.visible_to(viewer).approved().filter(series__in=chosen).order_by().values("series")
    held, coming = Q(stage=Stage.HELD), _coming(today)
    found = {
        row["series"]: row
        for row in rows.annotate(
            count=Count("pk", filter=held),
            last=Max(LAST_DAY, filter=held),
            soon=Count("pk", filter=coming),
            planned=Min("start_date", filter=coming),
            numbers=ArrayAgg("edition", distinct=True, filter=Q(edition__isnull=False) & ~Q(stage=Stage.CANCELLED)),
        )
    }
    staff = is_staff_viewer(viewer)
    return [_standing(one, found.get(one.pk, {}), today, staff=staff) for one in chosen]


def _coming(today: date) -> Q:
    """As `coming` of activities says it: planned or confirmed, and not over."""
    still_to_be = Q(stage__in=[Stage.PLANNED, Stage.CONFIRMED])
    return still_to_be & (Q(end_date__gte=today) | Q(end_date__isnull=True, start_date__gte=today))


def _standing(series: Series, row: dict[str, Any], today: date, *, staff: bool) -> Standing:
    approved = {"series": series.code, "review_state": ReviewState.APPROVED.value}
    last, planned = row.get("last"), row.get("planned")
    due = next_due(series.cadence, last) if last and not series.retired else None
    return Standing(
        series=series,
        held=Cell(row.get("count", 0), activities_url(**approved, stage=Stage.HELD.value)),
        last=last,
        planned=planned,
        coming=Cell(row.get("soon", 0), activities_url(**approved, coming="yes")),
        due=due,
        overdue=staff and due is not None and planned is None and due.ends < today,
        missing=missing_numbers(row.get("numbers") or []),
    )


def next_due(cadence: str, last: date) -> Period | None:
    """The year or half-year in which the edition after the last one is due; None for a series without a cadence."""
    if cadence == SeriesCadence.YEARLY:
        return Period.of_year(last.year + 1)
    if cadence == SeriesCadence.TWICE_A_YEAR:
        if last.month <= 6:
            return Period(date(last.year, 7, 1), date(last.year, 12, 31))
        return Period(date(last.year + 1, 1, 1), date(last.year + 1, 6, 30))
    return None


def missing_numbers(numbers: Iterable[int]) -> list[int]:
    """The numbers between the lowest and the highest that are not among them."""
    known = set(numbers)
    return [number for number in range(min(known), max(known)) if number not in known] if known else []
