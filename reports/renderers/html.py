"""A document as one HTML file that needs nothing else: it can be kept, mailed and read offline."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from .document import Bars, Block, Cell, Column, Document, Line, Paragraph, Picture, Span, Table

STYLE = (Path(__file__).parent / "document.css").read_text()
# The file's style sheet, as a Content Security Policy names it.
STYLE_SOURCE = f"'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"


def render(document: Document) -> bytes:
    """The file's bytes (UTF-8).

    Lines and rows are put together here, not in the template: there are thousands, and a template for each costs
    three times as much. Every text in them is escaped.
    """
    inner = [_inner(block) for block in document.blocks]
    blocks = list(zip(document.blocks, inner, _captions(document.blocks), strict=True))
    context = {"document": document, "style": STYLE, "blocks": blocks}
    return render_to_string("reports/document.html", context).encode()


def _captions(blocks: Sequence[Block]) -> Iterator[str]:
    """The numbered caption of each table and picture; nothing for other blocks."""
    tables, figures = count(1), count(1)
    for block in blocks:
        if isinstance(block, Table | Bars):
            yield _("Table %(number)s. ") % {"number": next(tables)} + block.caption
        elif isinstance(block, Picture):
            yield _("Figure %(number)s. ") % {"number": next(figures)} + block.caption
        else:
            yield ""


def _inner(block: object) -> SafeString:
    """What stands within the block's own element, of paragraphs and tables."""
    if isinstance(block, Paragraph):
        return mark_safe(_line(block.line))  # noqa: S308  # `_span` escapes
    if isinstance(block, Table):
        return mark_safe("\n".join(_row(block, row) for row in block.rows))  # noqa: S308
    return mark_safe("")


def _row(table: Table, row: Sequence[Cell]) -> str:
    cells = zip(table.columns, row, strict=True)
    return f"<tr>{''.join(_cell(column, cell, place) for place, (column, cell) in enumerate(cells))}</tr>"


def _cell(column: Column, cell: Cell, place: int) -> str:
    """The first names its row."""
    lines = "".join(f"<p>{_line(line)}</p>" for line in cell)
    if place == 0:
        return f'<th scope="row">{lines}</th>'
    return f'<td class="number">{lines}</td>' if column.numeric else f"<td>{lines}</td>"


def _line(line: Line) -> str:
    return "".join(_span(span) for span in line)


def _span(span: Span) -> str:
    text = escape(span.text)
    if span.link:
        return f'<a href="{escape(span.link)}" rel="noreferrer">{text}</a>'
    if span.strong:
        return f"<strong>{text}</strong>"
    return f'<span class="soft">{text}</span>' if span.soft else text
