"""Deliverables as the United Nations programme budget shows them: planned, actual, and why they differ. Staff only.

The actual figure is what approved activities that were held contributed, in the unit of the line (a three-day workshop
is 3 days), and the stated adjustment. Planned figures are those of the whole Centre; no line belongs to one priority.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Count, DecimalField, IntegerField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from accounts.choices import ReviewState
from priorities.models import Deliverable, DeliverableLine, Priority, ProgrammeOfAction

from .choices import Stage
from .links import Cell, activities_url, priority_key
from .models import Contribution

if TYPE_CHECKING:
    from accounts.roles import Viewer


@dataclass(frozen=True)
class Delivered:
    """A line in a year, and the activities that contributed to it: all, and those of a priority if one is asked for."""

    deliverable: Deliverable
    contributed: Decimal
    from_activities: Cell
    under_priority: Decimal | None = None
    of_priority: Cell | None = None

    @property
    def planned(self) -> Decimal | None:
        return self.deliverable.planned

    @property
    def actual(self) -> Decimal | None:
        """None where neither an activity nor an adjustment says anything."""
        if not self.from_activities.count and not self.deliverable.adjustment:
            return None
        return self.contributed + self.deliverable.adjustment

    @property
    def variance(self) -> Decimal | None:
        """Actual less planned; None where nothing is planned or nothing recorded."""
        return None if self.planned is None or self.actual is None else self.actual - self.planned

    @property
    def is_empty(self) -> bool:
        """Whether nothing was planned or done, in figures or in words, as in the rows of a programme just opened."""
        words = self.deliverable.planned_text or self.deliverable.actual_text
        return self.planned is None and self.actual is None and not words

    @property
    def needs_explanation(self) -> bool:
        return bool(self.variance) and not self.deliverable.variance_explanation.strip()


def deliverables_of(
    viewer: "Viewer",
    *,
    years: Iterable[int],
    programme: ProgrammeOfAction | None = None,
    priority: Priority | None = None,
) -> list[Delivered]:
    """The deliverables of these years, by category and line (one query): a programme's, or of all; none for outsiders.

    Where a priority is given, they tell as well what its activities contributed.
    """
    rows: QuerySet[Any] = Deliverable.objects.visible_to(viewer).filter(year__in=list(years))
    if programme:
        rows = rows.filter(programme=programme)
    links = Contribution.objects.visible_to(viewer).filter(
        deliverable=OuterRef("pk"), activity__review_state=ReviewState.APPROVED, activity__stage=Stage.HELD
    )
    found = rows.select_related("line").annotate(**_sums("all", links))
    if priority:
        found = found.annotate(**_sums("priority", links.filter(activity__main_priority=priority)))
    return [_delivered(row, priority) for row in found.order_by("line__category", "line__order", "line__code", "year")]


def _sums(name: str, links: QuerySet[Any]) -> dict[str, Any]:
    return {
        f"quantity_{name}": _per_deliverable(links, Sum("quantity"), DecimalField(max_digits=12, decimal_places=1)),
        f"count_{name}": _per_deliverable(links, Count("pk"), IntegerField()),
    }


def _delivered(row: Any, priority: Priority | None) -> Delivered:
    filters = {
        "deliverable": f"{row.line.code}/{row.year}",
        "stage": Stage.HELD.value,
        "review_state": ReviewState.APPROVED.value,
    }
    everything = Cell(row.count_all, activities_url(**filters))
    if priority is None:
        return Delivered(row, row.quantity_all, everything)
    of_priority = Cell(row.count_priority, activities_url(**filters, priority=priority_key(priority)))
    return Delivered(row, row.quantity_all, everything, row.quantity_priority, of_priority)


def _per_deliverable(links: QuerySet[Any], figure: Any, output_field: Any) -> Any:
    rows = links.order_by().values("deliverable").annotate(figure=figure).values("figure")
    return Coalesce(Subquery(rows, output_field=output_field), Value(0, output_field=output_field))


@dataclass(frozen=True)
class Line:
    """A subcategory of the budget's table in its three years; None for a year without a row.

    `reported` has its planned and actual figures in the table, the other two what is planned.
    """

    line: DeliverableLine
    reported: Delivered | None
    running: Delivered | None
    budgeted: Delivered | None


@dataclass(frozen=True)
class Budget:
    """The table of deliverables in the budget of a year: what was planned and done two years before, and the plans.

    `reported` is the first of its three years; `choices` are those of all the tables of the programme that have rows.
    """

    reported: int
    lines: list[Line]
    choices: list[int]

    @property
    def years(self) -> tuple[int, int, int]:
        return _three(self.reported)

    @property
    def spans(self) -> list[tuple[int, int]]:
        """First and last year of each table that can be chosen."""
        return [(year, year + 2) for year in self.choices]


def budget_of(priority: Priority, viewer: "Viewer", *, reported: int) -> Budget:
    """The table of the budget that reports on a year of the priority's programme (one query).

    It goes on into the next programme, as the budgets do; its figures are those of the whole Centre.
    """
    years = priority.programme.years()
    found: dict[int, dict[int, Delivered]] = {}
    for one in deliverables_of(viewer, years=range(years[0], years[-1] + 3), priority=priority):
        found.setdefault(one.deliverable.line_id, {})[one.deliverable.year] = one
    lines = []
    for by_year in found.values():
        three = [by_year.get(year) for year in _three(reported)]
        if any(three):
            lines.append(Line(next(iter(by_year.values())).deliverable.line, *three))
    filled = {year for by_year in found.values() for year in by_year}
    return Budget(reported, lines, [year for year in years if filled & set(_three(year))])


def _three(reported: int) -> tuple[int, int, int]:
    return reported, reported + 1, reported + 2
