"""A chart as SVG: in a page (the drawing alone) or as a document of its own, with title, legend and source."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from .chart import Chart, Kind, Point
from .shapes import (
    FIRST_DARK,
    FONT,
    PAPER,
    box,
    clean,
    dot,
    label,
    linked,
    rule,
    short,
    shortened,
    steps_to,
    together,
    trail,
    width_of,
    wrapped,
)

WIDTH, MARGIN = 720, 16
NAMES, VALUES = 210, 48  # room for the names of categories and for the numbers beside bars
BAR, STEP = 18, 28
SMALL = 10  # the letters of long names
PLOT, AXIS = 190, 44  # height of columns and lines; room for the scale beside them
ROOF = 16  # room for the number above the highest column

# The shapes of a drawing and its height.
Plot = tuple[list[SafeString], float]


def draw(chart: Chart, *, document: bool = False, titled: bool = True, marking: str = "", base: str = "") -> SafeString:
    """The chart as SVG.

    As a `document` it stands alone: white paper, title, what it counts and when, legend, source and `marking`;
    not `titled` where a caption says its title already. `base` is put before the addresses of lists
    (https://portal.example.org), which are relative otherwise.
    """
    shapes, height = PLOTS[chart.kind](chart, base)
    top = 0.0
    if document:
        head, top = _head(chart, titled=titled)
        shapes = [*head, format_html('<g transform="translate(0 {})">{}</g>', short(top), together(shapes))]
        foot, height = _foot(chart, marking, top + height)
        shapes += foot
    size = format_html(' width="{}" height="{}"', WIDTH, short(height)) if document else ""
    paper = format_html('<rect width="100%" height="100%" fill="{}"/>', PAPER) if document else ""
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}"{} role="group" aria-label="{}"'
        ' font-family="{}">{}{}</svg>',
        WIDTH,
        short(height),
        size,
        clean(chart.alternative),
        FONT,
        paper,
        together(shapes),
    )


def _head(chart: Chart, *, titled: bool) -> tuple[list[SafeString], float]:
    shapes, y = [], 28.0 if titled else 14.0
    for line in wrapped(chart.title, WIDTH - 2 * MARGIN, 17) if titled else ():
        shapes.append(label(MARGIN, y, line, size=17, bold=True))
        y += 22
    for line in wrapped(f"{chart.counts} {chart.period}", WIDTH - 2 * MARGIN, 12):
        shapes.append(label(MARGIN, y, line, size=12, tone="soft"))
        y += 16
    x = float(MARGIN)
    if chart.kind != Kind.HEAT and len(chart.series) > 1:
        y += 6
        for series, colour in zip(chart.series, chart.colours, strict=True):
            if x + width_of(series.name, 12) > WIDTH - MARGIN:
                x, y = float(MARGIN), y + 18
            shapes += [box(x, y - 10, 11, 11, colour), label(x + 16, y, series.name, size=12)]
            x += 40 + width_of(series.name, 12)
        y += 14
    return shapes, y


def _foot(chart: Chart, marking: str, y: float) -> tuple[list[SafeString], float]:
    shapes, y = [], y + 14
    for line in wrapped(chart.source, WIDTH - 2 * MARGIN, 11):
        shapes.append(label(MARGIN, y, line, size=11, tone="soft"))
        y += 15
    if marking:
        shapes.append(label(WIDTH / 2, y + 4, marking, anchor="middle", size=11, tone="soft"))
        y += 19
    return shapes, y


def _says(category: str, name: str, point: Point, chart: Chart) -> str:
    what = f"{category}, {name}" if len(chart.series) > 1 else category
    return f"{what}: {point.text or chart.missing}"


def _address(url: str, base: str) -> str:
    return f"{base}{url}" if url.startswith("/") else url


def _name(category: str, y: float) -> SafeString:
    """The name of a category to the left of its bar or row; a long one in two lines of smaller letters."""
    room = NAMES - 14
    if width_of(category) <= room:
        return label(NAMES - 10, y, category, anchor="end")
    first, *rest = wrapped(category, room, SMALL)
    second = shortened(" ".join(rest), room, SMALL)
    lines = (
        [(y - 6, shortened(first, room, SMALL)), (y + 5, second)] if second else [(y, shortened(first, room, SMALL))]
    )
    return together(label(NAMES - 10, at, text, anchor="end", size=SMALL) for at, text in lines)


# --- bars and shares ------------------------------------------------------------------------------------------------


def _bars(chart: Chart, base: str) -> Plot:
    """One bar a category. Shares fill the width each; bars are as long as their numbers."""
    shares = chart.kind == Kind.SHARES
    room = WIDTH - NAMES - VALUES - MARGIN
    totals = [chart.total(place) for place in range(len(chart.categories))]
    longest = max((total.value or 0 for total in totals), default=0)
    shapes: list[SafeString] = []
    for place, (category, total) in enumerate(zip(chart.categories, totals, strict=True)):
        y = place * STEP
        name = _name(category, y + 14)
        shapes.append(linked(_address(total.url, base), _says(category, "", total, chart).replace(", :", ":"), name))
        if total.value is None:
            shapes.append(label(NAMES, y + 14, chart.missing, tone="soft"))
            continue
        shapes += _segments(chart, place, y, float(room) / float((total.value if shares else longest) or 1), base)
        shapes.append(label(WIDTH - MARGIN, y + 14, total.text, anchor="end", bold=True))
    return shapes, max(len(totals) * STEP, STEP)


def _segments(chart: Chart, place: int, y: float, scale: float, base: str) -> list[SafeString]:
    shapes, x = [], float(NAMES)
    for series, colour in zip(chart.series, chart.colours, strict=True):
        point = series.points[place]
        if not point.value:
            continue
        width = float(point.value) * scale
        inside = [box(x, y, max(width - 1, 0.5), BAR, colour)]
        if len(chart.series) > 1 and width > width_of(point.text, 11) + 6:
            tone = "paper" if FIRST_DARK <= colour != 7 else "ink"
            inside.append(label(x + width / 2, y + 13, point.text, anchor="middle", size=11, tone=tone))
        shapes.append(
            linked(_address(point.url, base), _says(chart.categories[place], series.name, point, chart), *inside)
        )
        x += width
    return shapes


# --- columns and lines ----------------------------------------------------------------------------------------------


def _scale(chart: Chart, highest: float) -> tuple[list[SafeString], Callable[[Any], float], float]:
    """The grid, where a number stands in it, and how wide a category is."""
    steps = steps_to(highest)
    top = steps[-1]

    def height_of(value: Any) -> float:
        return ROOF + PLOT - PLOT * float(value) / top

    shapes = []
    for step in steps:
        y = height_of(step)
        shapes += [
            rule(AXIS, y, WIDTH - MARGIN, y),
            label(AXIS - 6, y + 4, short(step), anchor="end", size=11, tone="soft"),
        ]
    slot = (WIDTH - MARGIN - AXIS) / max(len(chart.categories), 1)
    longest = max((width_of(category, 11) for category in chart.categories), default=0) + 8
    every = max(1, -(-int(longest) // max(int(slot), 1)))
    for place, category in enumerate(chart.categories):
        if place % every == 0:
            x = AXIS + slot * (place + 0.5)
            shapes.append(
                label(x, ROOF + PLOT + 18, shortened(category, slot * every), anchor="middle", size=11, tone="soft")
            )
    return shapes, height_of, slot


def _columns(chart: Chart, base: str) -> Plot:
    totals = [float(chart.total(place).value or 0) for place in range(len(chart.categories))]
    shapes, height_of, slot = _scale(chart, max(totals, default=0))
    width = min(slot * 0.7, 40)
    for place, category in enumerate(chart.categories):
        x, drawn = AXIS + slot * (place + 0.5) - width / 2, 0.0
        for series, colour in zip(chart.series, chart.colours, strict=True):
            point = series.points[place]
            if not point.value:
                continue
            top = height_of(drawn + float(point.value))
            column = box(x, top, width, height_of(drawn) - top - (0.8 if drawn else 0), colour)
            shapes.append(linked(_address(point.url, base), _says(category, series.name, point, chart), column))
            drawn += float(point.value)
        if drawn and width_of(short(drawn), 11) < slot:
            shapes.append(label(x + width / 2, height_of(drawn) - 3, short(drawn), anchor="middle", size=11))
    return shapes, ROOF + PLOT + 26


def _lines(chart: Chart, base: str) -> Plot:
    values = [float(point.value) for series in chart.series for point in series.points if point.value is not None]
    shapes, height_of, slot = _scale(chart, max(values, default=0))
    for series, colour in zip(chart.series, chart.colours, strict=True):
        run: list[tuple[float, float]] = []
        dots = []
        for place, point in enumerate(series.points):
            if point.value is None:
                # A line over what is not recorded would say something about it.
                shapes += [trail(run, colour)] if len(run) > 1 else []
                run = []
                continue
            x, y = AXIS + slot * (place + 0.5), height_of(point.value)
            run.append((x, y))
            says = _says(chart.categories[place], series.name, point, chart)
            dots.append(linked(_address(point.url, base), says, dot(x, y, colour)))
        shapes += [trail(run, colour)] if len(run) > 1 else []
        shapes += dots
    return shapes, ROOF + PLOT + 26


# --- editions and heat ----------------------------------------------------------------------------------------------


def _editions(chart: Chart, base: str) -> Plot:
    """Points on a line from the first year to the last; those without a day stand at its end, apart."""
    days = [day for day in chart.days if day]
    first, last = date(min(days).year if days else 2000, 1, 1), date(max(days).year + 1 if days else 2001, 1, 1)
    room, apart = WIDTH - 2 * MARGIN, (110 if len(days) < len(chart.days) else 0)

    def place_of(day: date) -> float:
        return MARGIN + (room - apart) * (day - first).days / (last - first).days

    y = 66.0
    shapes = [rule(MARGIN, y, MARGIN + room - apart, y)]
    every = max(1, -(-(last.year - first.year) * 40 // (room - apart)))
    for year in range(first.year, last.year + 1, every):
        x = place_of(date(year, 1, 1))
        shapes += [rule(x, y, x, y + 8), label(x, y + 24, year, anchor="middle", size=11, tone="soft")]
    taken = [-99.0, -99.0, -99.0]  # where the last name of each row above the line ends
    undated = 0
    for place, (category, day) in enumerate(zip(chart.categories, chart.days, strict=True)):
        x = place_of(day) if day else WIDTH - MARGIN - apart + 24 + 14 * undated
        undated += day is None
        point = chart.series[0].points[place]
        says = f"{category}: {date_format(day) if day else chart.missing}"
        inside = [dot(x, y, 4 if day else 7, 5)]
        name = shortened(category, 130, 11)
        row = next((row for row, end in enumerate(taken) if x - width_of(name, 11) / 2 > end + 6), None)
        if row is not None and day:
            taken[row] = x + width_of(name, 11) / 2
            inside.append(label(min(max(x, 40), WIDTH - 40), y - 12 - 16 * row, name, anchor="middle", size=11))
        shapes.append(linked(_address(point.url, base), says, *inside))
    if apart:
        shapes.append(label(WIDTH - MARGIN, y + 24, _("day not known"), anchor="end", size=11, tone="soft"))
    return shapes, 100


def _heat(chart: Chart, base: str) -> Plot:
    """A field for each category and series, in five steps up to the highest number."""
    values = [float(point.value) for series in chart.series for point in series.points if point.value]
    highest = max(values, default=1)
    slot = (WIDTH - NAMES - MARGIN) / max(len(chart.series), 1)
    shapes: list[SafeString] = []
    every = max(1, -(-int(max((width_of(one.name, 10) for one in chart.series), default=0) + 6) // max(int(slot), 1)))
    for column, series in enumerate(chart.series):
        if column % every == 0:
            x = NAMES + slot * (column + 0.5 * every)
            shapes.append(label(x, 12, shortened(series.name, slot * every, 10), anchor="middle", size=10, tone="soft"))
    for place, category in enumerate(chart.categories):
        y = 20 + 24 * place
        url = chart.urls[place] if chart.urls else ""
        name = _name(category, y + 16)
        shapes += [linked(_address(url, base), category, name), rule(NAMES, y + 23, WIDTH - MARGIN, y + 23)]
        for column, series in enumerate(chart.series):
            point = series.points[place]
            if point.value:
                x = NAMES + slot * column
                colour = min(5, 1 + int(5 * float(point.value) / highest)) if highest > 1 else 3
                inside = [box(x + 0.5, y, slot - 1, 22, colour)]
                if width_of(point.text, 11) < slot:
                    tone = "paper" if colour >= FIRST_DARK else "ink"
                    inside.append(label(x + slot / 2, y + 15, point.text, anchor="middle", size=11, tone=tone))
                shapes.append(linked(_address(point.url, base), _says(category, series.name, point, chart), *inside))
    return shapes, 24 + 24 * max(len(chart.categories), 1)


PLOTS: dict[Kind, Callable[[Chart, str], Plot]] = {
    Kind.BARS: _bars,
    Kind.SHARES: _bars,
    Kind.COLUMNS: _columns,
    Kind.LINES: _lines,
    Kind.EDITIONS: _editions,
    Kind.HEAT: _heat,
}
