"""What was held and what is coming under each priority: the numbers of the dashboards.

Every number counts approved records that the reader may see, under their main priority, within the scope of the page,
and names the list it counts. The number of queries is constant, whatever the number of activities.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, When
from django.db.models.functions import Coalesce, ExtractQuarter, ExtractYear

from priorities.choices import DatePrecision
from priorities.models import Priority
from priorities.periods import Period

from .choices import CentreRole, Stage
from .filter_fields import UNKNOWN_YEAR
from .links import Cell, Filters, priority_key
from .models import Activity
from .participants import Participation, added, participation_by
from .scope import Scope, begins

if TYPE_CHECKING:
    from accounts.roles import Viewer

# What the Centre did itself is not what it lent a hand in or attended, and neither is what partners did without it.
ORGANIZED = [CentreRole.ORGANIZER.value, CentreRole.CO_ORGANIZER.value]
ATTENDED = [CentreRole.SUPPORTER.value, CentreRole.PARTICIPANT.value]
OTHERS = [CentreRole.NONE.value]

Row = dict[str, Any]


@dataclass(frozen=True)
class Tallies:
    """What was held and is coming, as rows of priority, year and quarter, summed as asked for.

    `filters` are those of the list behind: the scope's own, and the priority where it is one.
    """

    rows: list[Row]
    scope: Scope
    filters: dict[str, Filters]

    def of(self, priority: Priority) -> "Tallies":
        rows = [row for row in self.rows if row["main_priority"] == priority.pk]
        return Tallies(rows, self.scope, {**self.filters, "priority": priority_key(priority)})

    def with_figures(self, which: str, count: int) -> Cell:
        """Those held of which figures of participants are known; see `ActivityQuerySet.with_figures`."""
        return Cell(count, self._url(stage=Stage.HELD.value, participants=which))

    def in_period(self, period: Period) -> "Tallies":
        """Those of a quarter or year, as far as it lies in the scope."""
        within = self.scope.period
        if within:
            period = Period(max(period.starts, within.starts), min(period.ends, within.ends))
        rows = [row for row in self.rows if row["year"] == period.starts.year and _in_quarter(row, period)]
        return Tallies(rows, self.scope, {**self.filters, **begins(period)})

    @property
    def held(self) -> Cell:
        return self._cell("held")

    @property
    def organized(self) -> Cell:
        return self._cell("organized", role=ORGANIZED)

    @property
    def attended(self) -> Cell:
        return self._cell("attended", role=ATTENDED)

    @property
    def others(self) -> Cell:
        return self._cell("others", role=OTHERS)

    @property
    def inferred(self) -> Cell:
        return self._cell("inferred", inferred="yes")

    @property
    def without_quarter(self) -> Cell:
        """Held, but only the year is known, or no date at all."""
        count = sum(row["held"] for row in self.rows if row["quarter"] is None)
        return Cell(count, self._url(stage=Stage.HELD.value, precision=["year", "unknown"]))

    @property
    def undated(self) -> Cell:
        count = sum(row["held"] for row in self.rows if row["year"] is None)
        return Cell(count, self._url(stage=Stage.HELD.value, year=UNKNOWN_YEAR))

    @property
    def coming(self) -> Cell:
        return Cell(self._sum("coming"), self._url(coming="yes"))

    def _cell(self, name: str, **filters: Filters) -> Cell:
        return Cell(self._sum(name), self._url(stage=Stage.HELD.value, **filters))

    def _sum(self, name: str) -> int:
        return sum(row[name] for row in self.rows)

    def _url(self, **filters: Filters) -> str:
        return self.scope.list_url(**{**self.filters, **filters})


def _in_quarter(row: Row, period: Period) -> bool:
    """Whether the row is of the period's quarter; a longer period within the year has all of the year's rows."""
    first, last = (period.starts.month + 2) // 3, (period.ends.month + 2) // 3
    return first != last or row["quarter"] == first


@dataclass(frozen=True)
class Progress:
    """The priorities side by side, and all of them together."""

    scope: Scope
    priorities: list[Priority]
    total: Tallies
    figures: dict[int, Participation]
    today: date

    @cached_property
    def by_priority(self) -> list[tuple[Priority, Tallies, Participation]]:
        return [
            (priority, self.total.of(priority), self.figures.get(priority.pk, Participation()))
            for priority in self.priorities
        ]

    @cached_property
    def people(self) -> Participation:
        """Who took part under all the priorities together."""
        return added(self.figures.values())

    @property
    def years(self) -> list[int]:
        """The years that the scope has, as far as they have begun, and others in which something was held."""
        found = {row["year"] for row in self.total.rows if row["year"] is not None and row["held"]}
        return sorted(found | set(self._years_of_scope()))

    @property
    def quarters(self) -> list[Period]:
        """The quarters of the scope that have begun, from the first to the last in which anything was held."""
        found = {(row["year"], row["quarter"]) for row in self.total.rows if row["quarter"] and row["held"]}
        years = self._years_of_scope()
        span = [Period.of_quarter(year, quarter) for year in years for quarter in (1, 2, 3, 4)]
        within = self.scope.period
        begun = [
            one
            for one in span
            if one.starts <= self.today and (within is None or one.overlaps(within.starts, within.ends))
        ]
        others = [Period.of_quarter(year, quarter) for year, quarter in found if year not in years]
        return sorted({*begun, *others}, key=lambda one: one.starts)

    def _years_of_scope(self) -> list[int]:
        if self.scope.period:
            first, last = self.scope.period.starts.year, self.scope.period.ends.year
        elif self.scope.programme:
            first, last = self.scope.programme.starts.year, self.scope.programme.ends.year
        else:
            return []
        return list(range(first, min(last, self.today.year) + 1))


def progress_of(
    scope: Scope, viewer: "Viewer", *, today: date, priorities: Iterable[Priority] | None = None
) -> Progress:
    """The priorities of the scope's programme, in order, and what was done under them as the viewer may see it.

    Three queries; `priorities` narrows it to some of the programme's own (two queries).
    """
    programme = scope.programme
    filters: dict[str, Filters] = {"programme": programme.period} if programme else {}
    if priorities is None:
        all_of_them = Priority.objects.visible_to(viewer).filter(programme=programme)
        chosen: list[Any] = list(all_of_them.select_related("function").order_by("number"))
    else:
        chosen = list(priorities)
    for priority in chosen:
        priority.programme = programme
    if priorities is not None:
        filters["priority"] = [priority_key(priority) for priority in chosen]
    visible: Any = scope.narrow(Activity.objects.visible_to(viewer).approved(), viewer).order_by()
    found = visible.filter(main_priority__in=chosen)
    figures = participation_by(found.held(), viewer, "main_priority")
    return Progress(scope, chosen, Tallies(_rows(found, today), scope, filters), figures, today)


def _rows(activities: QuerySet[Any], today: date) -> list[Row]:
    """Numbers of activities by priority, year and quarter."""
    stages = [Stage.HELD, Stage.PLANNED, Stage.CONFIRMED]
    held, to_be = Q(stage=stages[0]), Q(stage__in=stages[1:])
    counted = {
        "held": held,
        "organized": held & Q(centre_role__in=ORGANIZED),
        "attended": held & Q(centre_role__in=ATTENDED),
        "others": held & Q(centre_role__in=OTHERS),
        "inferred": held & Q(priority_inferred=True),
        "coming": to_be & Q(last__gte=today),
    }
    found: Any = activities.filter(stage__in=stages).alias(last=Coalesce("end_date", "start_date"))
    grouped = found.values("main_priority", year=ExtractYear("start_date"), quarter=_quarter())
    return list(grouped.annotate(**{name: Count("id", filter=condition) for name, condition in counted.items()}))


def _quarter() -> Case:
    """The quarter of the first day; of what is known to the year alone there is none."""
    return Case(
        When(date_precision=DatePrecision.YEAR, then=None),
        default=ExtractQuarter("start_date"),
        output_field=IntegerField(),
    )
