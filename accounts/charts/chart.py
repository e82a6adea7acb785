"""What a chart shows, as plain data: pages, files and reports draw the same.

Whoever makes one counts through `visible_to`; nothing here decides who sees what, and nothing here asks the database.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.utils.formats import date_format, localize
from django.utils.translation import gettext as _

Number = int | float | Decimal

# Of more numbers than these a text alternative names the highest alone; the table beside it has them all.
MOST_SAID = 15
# Which of the eight colours so many series take, told apart by their lightness alone.
COLOURS = {1: (4,), 2: (5, 3), 3: (5, 3, 7), 4: (1, 3, 4, 6), 5: (1, 3, 4, 5, 6)}


class Kind(StrEnum):
    """How the numbers are drawn."""

    BARS = "bars"  # a bar for each category, from the left, its series one after another
    COLUMNS = "columns"  # a column for each category, its series one on another
    LINES = "lines"  # a line for each series over the categories
    SHARES = "shares"  # a full bar for each category, divided among its series
    EDITIONS = "editions"  # a point for each category on a line of days
    HEAT = "heat"  # a table of categories and series, darker where there is more


@dataclass(frozen=True)
class Point:
    """A number and the list behind it. Without a number nothing is recorded, which is not nought."""

    value: Number | None = None
    url: str = ""

    @property
    def text(self) -> str:
        return "" if self.value is None else str(localize(self.value))


@dataclass(frozen=True)
class Series:
    """Numbers of one sort, one for each of the chart's categories."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Chart:
    """See the fields. All words are in the language of the reader, ready to be shown.

    `name` stands in addresses and names of files; `counts` says what is counted, `period` of when, `source` from
    where. `urls` are the lists behind whole categories, `days` the days of editions (None where not known).
    `of_records` says that each number is the length of its list, not a sum over it.
    """

    name: str
    kind: Kind
    title: str
    counts: str
    period: str
    source: str
    heading: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    urls: tuple[str, ...] = ()
    days: tuple[date | None, ...] = ()
    of_records: bool = True

    def __post_init__(self) -> None:
        for series in self.series:
            if len(series.points) != len(self.categories):
                raise ValueError(f"{self.name}: {series.name!r} has not a number for each category.")
        for several in (self.urls, self.days):
            if several and len(several) != len(self.categories):
                raise ValueError(f"{self.name}: addresses and days must be as many as the categories.")

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is recorded."""
        return all(point.value is None for series in self.series for point in series.points)

    @property
    def colours(self) -> tuple[int, ...]:
        """The number of each series' colour."""
        count = len(self.series)
        return COLOURS.get(count) or tuple(1 + number % 8 for number in range(count))

    @property
    def with_totals(self) -> bool:
        """Whether the series of a category add up to something."""
        return len(self.series) > 1 and self.kind in (Kind.BARS, Kind.COLUMNS, Kind.SHARES)

    def total(self, category: int) -> Point:
        """All series of a category together, as far as they are recorded."""
        known = [series.points[category].value for series in self.series]
        values = [value for value in known if value is not None]
        return Point(sum(values) if values else None, self.urls[category] if self.urls else "")

    @property
    def missing(self) -> str:
        """What stands in place of a number that is not recorded."""
        return _("no record")

    @property
    def rows(self) -> list[tuple[str, list[Point]]]:
        """The table of the numbers: each category with its points, and their total where they add up."""
        return [
            (
                category,
                [*(series.points[place] for series in self.series), *([self.total(place)] if self.with_totals else [])],
            )
            for place, category in enumerate(self.categories)
        ]

    @property
    def headings(self) -> list[str]:
        """The heads of the table's columns, beginning with that of the categories."""
        return [self.heading, *(series.name for series in self.series), *([_("Total")] if self.with_totals else [])]

    @property
    def alternative(self) -> str:
        """What the drawing shows, in words."""
        if self.is_empty:
            return _("%(title)s: no record.") % {"title": self.title}
        if len(self.categories) * len(self.series) <= MOST_SAID:
            numbers = "; ".join(self._said(place) for place in range(len(self.categories)))
            return f"{self.title}. {numbers}."
        highest = max(range(len(self.categories)), key=lambda place: self.total(place).value or 0)
        words = _("The highest: %(category)s. All numbers stand in the table.") % {"category": self._said(highest)}
        return f"{self.title}. {words}"

    def _said(self, place: int) -> str:
        if self.days:
            day = self.days[place]
            return f"{self.categories[place]}: {date_format(day) if day else self.missing}"
        points = [(series.name, series.points[place]) for series in self.series]
        known = [f"{name} {point.text}" if len(points) > 1 else point.text for name, point in points if point.text]
        return f"{self.categories[place]}: {', '.join(known) or self.missing}"
