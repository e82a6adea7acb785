"""What a document is made of, whatever its format: headings, paragraphs, tables, bars.

A layout puts a report's facts into these; each renderer turns them into bytes. Neither asks the database.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

# Letters in a cell of a row that is kept on one page.
LONGEST_WHOLE_CELL = 400


@dataclass(frozen=True)
class Span:
    """A piece of a line; `soft` is secondary, `url` makes it a link if it is a web address."""

    text: str
    strong: bool = False
    soft: bool = False
    url: str = ""

    @property
    def link(self) -> str:
        return self.url if self.url.startswith(("http://", "https://")) else ""


Line = tuple[Span, ...]
Cell = tuple[Line, ...]


def line(*parts: str | Span) -> Line:
    """A line of plain text and spans; empty parts are left out."""
    spans = (part if isinstance(part, Span) else Span(part) for part in parts)
    return tuple(span for span in spans if span.text)


def cell(*lines: str | Span | Line) -> Cell:
    """A table cell of one or more lines; empty lines are left out."""
    made = (entry if isinstance(entry, tuple) else line(entry) for entry in lines)
    return tuple(entry for entry in made if entry)


@dataclass(frozen=True)
class Heading:
    kind: ClassVar[str] = "heading"
    text: str
    level: int
    anchor: str
    new_page: bool = False


@dataclass(frozen=True)
class Paragraph:
    """`tone` is `text`, `note` (small and soft) or `alert` (must not be overlooked)."""

    kind: ClassVar[str] = "paragraph"
    line: Line
    tone: str = "text"


@dataclass(frozen=True)
class Facts:
    """Labels with their values."""

    kind: ClassVar[str] = "facts"
    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Column:
    """`share` is the column's part of the width; the shares of a table add up to 100."""

    heading: str
    share: int
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    """A table whose first column names its rows."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]


def may_break(row: Sequence[Cell]) -> bool:
    """Whether a row may break across pages: a long one that is kept whole leaves a hole before it."""
    return any(sum(len(span.text) for line in cell for span in line) > LONGEST_WHOLE_CELL for cell in row)


@dataclass(frozen=True)
class Bar:
    """A bar of a chart; `note` is said instead where there is nothing to draw."""

    label: str
    value: int
    colour: str
    note: str = ""


@dataclass(frozen=True)
class Bars:
    """A bar chart that is a table as well: the numbers stand beside the bars."""

    kind: ClassVar[str] = "bars"
    caption: str
    label_heading: str
    value_heading: str
    bars: Sequence[Bar]

    @property
    def longest(self) -> int:
        return max((bar.value for bar in self.bars), default=0)


@dataclass(frozen=True)
class Picture:
    """A chart as SVG; `text` says in words what it shows."""

    kind: ClassVar[str] = "picture"
    caption: str
    svg: str
    text: str


Block = Heading | Paragraph | Facts | Table | Bars | Picture


@dataclass(frozen=True)
class Document:
    """A whole document. `marking` stands at the head and foot of each page, the facts on the first.

    Without a `contents_title` it is short: it has no list of contents, and no page for its title alone.
    """

    title: str
    subtitle: str
    marking: str
    author: str
    language: str
    facts: Facts
    contents_title: str
    blocks: Sequence[Block]

    @property
    def has_title_page(self) -> bool:
        return bool(self.contents_title)

    def leads(self, place: int) -> bool:
        """Whether the block at that place is a paragraph before a table, from which no page may part it."""
        here, after = self.blocks[place], self.blocks[place + 1 : place + 2]
        return isinstance(here, Paragraph) and any(isinstance(block, Table | Bars) for block in after)

    @property
    def headings(self) -> list[Heading]:
        """What the contents list."""
        return [block for block in self.blocks if isinstance(block, Heading) and block.level <= 2]
