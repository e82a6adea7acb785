"""The pieces of a drawing: text, boxes and lines as SVG.

Colours stand as attributes, for files, prints and readers without the style sheet; where there is one, the classes
beside them (static/portal/charts.css) put the colours of the page in their place, light or dark.
"""

import math
from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.tables import UNWRITABLE

# As in the style sheet of the pages, in daylight. Lightness alone tells them apart, so colour-blind readers can too.
FILLS = {
    1: "#b9dcf0",
    2: "#86c3e6",
    3: "#3f9fd0",
    4: "#1478b0",
    5: "#0a5686",
    6: "#063858",
    7: "#8a97a3",
    8: "#5a6772",
}
INK, SOFT, GRID, PAPER = "#17222c", "#4a5a68", "#d3dde5", "#ffffff"
FONT = "Noto Sans, system-ui, sans-serif"
TEXT_SIZE = 13
# From this colour on text inside a field is light.
FIRST_DARK = 4


def clean(text: object) -> str:
    """Without what no XML document may hold."""
    return UNWRITABLE.sub("", str(text))


def width_of(text: str, size: int = TEXT_SIZE) -> float:
    """About how wide the text is; no font is at hand when the drawing is made."""
    return len(text) * size * 0.56


def shortened(text: str, room: float, size: int = TEXT_SIZE) -> str:
    """The text, or as much of it as there is room for."""
    fits = max(1, int(room / (size * 0.56)))
    return text if len(text) <= fits else f"{text[: fits - 1].rstrip()}…"


def wrapped(text: str, room: float, size: int = TEXT_SIZE) -> list[str]:
    """The text in lines that fit."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def label(
    x: float,
    y: float,
    text: object,
    *,
    anchor: str = "start",
    size: int = TEXT_SIZE,
    tone: str = "ink",
    bold: bool = False,
) -> SafeString:
    """A line of text; `tone` is ink, soft, or paper (light on a dark field)."""
    fill = {"ink": INK, "soft": SOFT, "paper": PAPER}[tone]
    return format_html(
        '<text x="{}" y="{}" text-anchor="{}" font-size="{}"{} fill="{}" class="chart-{}">{}</text>',
        short(x),
        short(y),
        anchor,
        size,
        format_html(' font-weight="{}"', 600) if bold else "",
        fill,
        tone,
        clean(text),
    )


def box(x: float, y: float, width: float, height: float, colour: int) -> SafeString:
    """A filled box in one of the eight colours."""
    return format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" fill="{}" class="series-{}"/>',
        short(x),
        short(y),
        short(max(width, 0.5)),
        short(max(height, 0.5)),
        FILLS[colour],
        colour,
    )


def rule(x1: float, y1: float, x2: float, y2: float) -> SafeString:
    """A line of the grid."""
    return format_html(
        '<path d="M{} {}L{} {}" stroke="{}" class="chart-grid"/>', short(x1), short(y1), short(x2), short(y2), GRID
    )


def trail(places: Iterable[tuple[float, float]], colour: int) -> SafeString:
    """A line through the places."""
    steps = "L".join(f"{short(x)} {short(y)}" for x, y in places)
    return format_html(
        '<path d="M{}" fill="none" stroke="{}" stroke-width="2" class="trail-{}"/>', steps, FILLS[colour], colour
    )


def dot(x: float, y: float, colour: int, radius: float = 4) -> SafeString:
    return format_html(
        '<circle cx="{}" cy="{}" r="{}" fill="{}" class="series-{}"/>',
        short(x),
        short(y),
        radius,
        FILLS[colour],
        colour,
    )


def together(shapes: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((shape,) for shape in shapes))


def linked(url: str, says: str, *shapes: SafeString) -> SafeString:
    """The shapes as a link to the list behind them, and what they say when pointed at."""
    inside = format_html("<title>{}</title>{}", clean(says), together(shapes))
    if not url:
        return format_html("<g>{}</g>", inside)
    return format_html('<a href="{}">{}</a>', url, inside)


def steps_to(highest: float) -> list[float]:
    """Round numbers from nought to at least the highest, for a scale of four or five steps; whole numbers."""
    if highest <= 1:
        return [0, 1]
    raw = highest / 4
    power = 10 ** math.floor(math.log10(raw))
    step = max(1.0, next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw))
    step = math.ceil(step) if step < 10 else step
    return [step * number for number in range(math.ceil(highest / step) + 1)]


def short(number: float) -> str:
    """A length: a tenth of a pixel is enough, and never with a decimal comma."""
    return f"{number:.1f}".removesuffix(".0")
