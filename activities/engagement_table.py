"""Who is engaged in what: the activities held with each partner, by quarter or by priority.

Counted as the pages of partners do: held and approved, with the Centre in it, as far as the viewer may know who took
part. What the Chatham House Rule hides from outsiders counts for none of them.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F
from django.db.models.functions import ExtractQuarter, ExtractYear
from django.utils.translation import gettext as _

from accounts.charts.chart import Chart, Kind, Point
from accounts.charts.chart import Series as Drawn
from partners.models import Organization
from priorities.choices import DatePrecision
from priorities.models import Priority
from priorities.periods import Period

from .links import Cell, priority_key
from .models import Involvement
from .profiles import held_in, held_url, source_line
from .scope import Scope, begins

if TYPE_CHECKING:
    from accounts.roles import Viewer

# Shades of a cell, from a single activity to as many as the fullest cell has.
SHADES = 4


@dataclass(frozen=True)
class Column:
    """A quarter or a priority: what its head says, in full where it is short, and the list's filters for it."""

    key: Any
    name: str
    says: str
    filters: dict[str, str]


@dataclass(frozen=True)
class Heat:
    """A number with its list, and how dark its cell is, from 1 to SHADES."""

    cell: Cell
    shade: int


@dataclass(frozen=True)
class Row:
    """A partner: its cells, None where nothing is recorded, all it was engaged in, and what stands in no column."""

    partner: Organization
    cells: list[Heat | None]
    total: Cell
    elsewhere: int


@dataclass(frozen=True)
class EngagementTable:
    columns: list[Column]
    rows: list[Row]

    def chart(self, scope: Scope, *, by_priority: bool) -> Chart:
        """The whole table as a chart, for its files."""
        return Chart(
            name="engagement",
            kind=Kind.HEAT,
            title=_("Engagement of partners, by priority") if by_priority else _("Engagement of partners, by quarter"),
            counts=_("Approved activities that were held with the Centre and the partner."),
            period=scope.text,
            source=source_line(),
            heading=_("Partner"),
            categories=tuple(row.partner.short_name for row in self.rows),
            series=tuple(
                Drawn(column.name, tuple(_point(row.cells[place]) for row in self.rows))
                for place, column in enumerate(self.columns)
            ),
            urls=tuple(row.total.url for row in self.rows),
        )


def _point(heat: Heat | None) -> Point:
    return Point(heat.cell.count, heat.cell.url) if heat else Point()


def engagement_table(scope: Scope, viewer: "Viewer", *, by_priority: bool) -> EngagementTable:
    """Partners with anything in the scope, those engaged most often first (three queries)."""
    together = held_in(scope, viewer).with_the_centre().order_by()
    involved = Involvement.objects.visible_to(viewer).filter(activity__in=together).order_by()
    if scope.partner:
        involved = involved.filter(organization=scope.partner.pk)
    counts: dict[int, Counter[Any]] = defaultdict(Counter)
    for organization, key, count in _by_priority(involved) if by_priority else _by_quarter(involved):
        counts[organization][key] += count
    found = {key for each in counts.values() for key in each}
    columns = _priorities(scope, viewer, found) if by_priority else _quarters(scope, found)
    highest = max((each[column.key] for each in counts.values() for column in columns), default=1)
    partners = Organization.objects.visible_to(viewer).filter(pk__in=counts)
    ordered = sorted(partners, key=lambda one: (-sum(counts[one.pk].values()), one.short_name.casefold()))
    return EngagementTable(columns, [_row(scope, one, counts[one.pk], columns, highest) for one in ordered])


def _by_priority(involved: Any) -> Any:
    rows = involved.values_list("organization", "activity__main_priority")
    return rows.annotate(count=Count("activity", distinct=True))


def _by_quarter(involved: Any) -> Any:
    """By (year, quarter); by None for what is known by the year alone or not at all."""
    rows = involved.values(
        "organization",
        precision=F("activity__date_precision"),
        year=ExtractYear("activity__start_date"),
        quarter=ExtractQuarter("activity__start_date"),
    )
    for row in rows.annotate(count=Count("activity", distinct=True)):
        known = row["year"] is not None and row["precision"] != DatePrecision.YEAR
        yield row["organization"], (row["year"], row["quarter"]) if known else None, row["count"]


def _priorities(scope: Scope, viewer: "Viewer", found: set[Any]) -> list[Column]:
    visible = Priority.objects.visible_to(viewer).select_related("programme")
    shown = visible.filter(programme=scope.programme) if scope.whole_programme else visible.filter(pk__in=found)
    return [
        Column(one.pk, one.roman, f"{one.short_title}, {one.programme.period}", {"priority": priority_key(one)})
        for one in shown.order_by("programme__starts", "number")
    ]


def _quarters(scope: Scope, found: set[Any]) -> list[Column]:
    """Every quarter from the first to the last in which there is something, without gaps; of the period, all of it."""
    known = sorted(key for key in found if key is not None)
    if scope.period:
        first, last = _quarter_of(scope.period.starts), _quarter_of(scope.period.ends)
    elif known:
        first, last = known[0], known[-1]
    else:
        return []
    columns = []
    for number in range(_number(first), _number(last) + 1):
        year, quarter = divmod(number, 4)
        period = Period.of_quarter(year, quarter + 1)
        if scope.period:
            period = Period(max(period.starts, scope.period.starts), min(period.ends, scope.period.ends))
        columns.append(Column((year, quarter + 1), f"{year}-Q{quarter + 1}", period.text, begins(period)))
    return columns


def _quarter_of(day: Any) -> tuple[int, int]:
    return day.year, (day.month + 2) // 3


def _number(quarter: tuple[int, int]) -> int:
    return 4 * quarter[0] + quarter[1] - 1


def _row(scope: Scope, partner: Organization, counts: Counter[Any], columns: list[Column], highest: int) -> Row:
    usual = {"together": "yes", "partner": partner.code}

    def heat(column: Column) -> Heat | None:
        count = counts[column.key]
        if not count:
            return None
        return Heat(Cell(count, held_url(scope, **usual, **column.filters)), -(-SHADES * count // highest))

    total = sum(counts.values())
    shown = sum(counts[column.key] for column in columns)
    return Row(partner, [heat(column) for column in columns], Cell(total, held_url(scope, **usual)), total - shown)
