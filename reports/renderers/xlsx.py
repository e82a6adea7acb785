"""The tables of a document as a workbook: one sheet for each, and one that says what the workbook is.

Rows pass through a temporary file (constant memory). Texts stay texts: nothing that somebody typed becomes a
formula or a link.
"""

import io
import re
from collections.abc import Sequence
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from accounts.tables import in_header, writable

from .document import Bars, Cell, Document, Heading, Line, Paragraph, Table

OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
# Characters that a column of the whole page's width holds.
PAGE_WIDTH = 110
# What Excel allows in no name of a sheet.
FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
LONGEST_NAME = 31


def render(document: Document) -> bytes:
    """The file's bytes (Office Open XML)."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, OPTIONS) as book:
        _Writer(book, document).write()
    return stream.getvalue()


class _Writer:
    """Writes the first sheet, then a sheet for each table with its number in the contents."""

    def __init__(self, book: Any, document: Document) -> None:
        self.book, self.document = book, document
        self.heading = book.add_format({"bold": True, "bg_color": "#DCEBF5", "bottom": 1, "valign": "top"})
        self.strong = book.add_format({"bold": True, "valign": "top", "text_wrap": True})
        self.text = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True})
        self.number = book.add_format({"num_format": "0.##", "valign": "top"})
        self.title = book.add_format({"bold": True, "font_size": 16})

    def write(self) -> None:
        tables = [block for block in self.document.blocks if isinstance(block, (Table, Bars))]
        self._write_about(tables)
        for number, table in enumerate(tables, start=1):
            sheet = self._sheet(_sheet_name(number, table.caption))
            self._write_table(sheet, table)
        self.book.set_properties(
            {
                "title": writable(f"{self.document.title}: {self.document.subtitle}")[:255],
                "author": self.document.author,
                "comments": self.document.marking,
            }
        )

    def _sheet(self, name: str) -> Any:
        sheet = self.book.add_worksheet(name)
        marking = in_header(self.document.marking)
        sheet.set_header("&C" + marking)
        sheet.set_footer("&C" + marking + "&R&P / &N")
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        return sheet

    def _write_about(self, tables: Sequence[Table | Bars]) -> None:
        """Title, facts, the tables by number, and the document's paragraphs under their headings."""
        sheet = self._sheet(_("About"))
        sheet.set_column(0, 0, 22)
        sheet.set_column(1, 1, PAGE_WIDTH)
        sheet.write_string(0, 0, writable(self.document.title), self.title)
        lines = [*self.document.facts.rows, (_("Marking"), self.document.marking)]
        lines += [(_("Sheet %(number)s") % {"number": at}, table.caption) for at, table in enumerate(tables, start=1)]
        lines += _paragraphs(self.document)
        for row, (label, text) in enumerate(lines, start=2):
            sheet.write_string(row, 0, writable(label), self.strong)
            sheet.write_string(row, 1, writable(text), self.text)

    def _write_table(self, sheet: Any, table: Table | Bars) -> None:
        headings, shares, rows = _content(table)
        for place, (heading, share) in enumerate(zip(headings, shares, strict=True)):
            sheet.set_column(place, place, max(10, PAGE_WIDTH * share // 100))
            sheet.write_string(0, place, writable(heading), self.heading)
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        for at, row in enumerate(rows, start=1):
            for place, text in enumerate(row):
                self._write_cell(sheet, at, place, text)
        sheet.autofilter(0, 0, max(len(rows), 1), len(headings) - 1)

    def _write_cell(self, sheet: Any, row: int, place: int, text: str | int) -> None:
        if isinstance(text, int):
            sheet.write_number(row, place, text, self.number)
        elif text:
            sheet.write_string(row, place, writable(text), self.text)


def _content(table: Table | Bars) -> tuple[list[str], list[int], list[list[str | int]]]:
    """Headings, shares of the width, and rows."""
    if isinstance(table, Bars):
        rows: list[list[str | int]] = [[bar.label, bar.note or bar.value] for bar in table.bars]
        return [table.label_heading, table.value_heading], [60, 20], rows
    numeric = [column.numeric for column in table.columns]
    rows = [[_value(cell, number) for cell, number in zip(row, numeric, strict=True)] for row in table.rows]
    return [column.heading for column in table.columns], [column.share for column in table.columns], rows


def _value(cell: Cell, numeric: bool) -> str | int:
    """A number where the column holds numbers and the cell is one; what is not recorded stays a word."""
    text = "\n".join(_text(line) for line in cell)
    return int(text) if numeric and text.isascii() and text.isdigit() else text


def _text(line: Line) -> str:
    return "".join(span.text for span in line)


def _paragraphs(document: Document) -> list[tuple[str, str]]:
    """The paragraphs, each with the heading that it stands under where it is the first there."""
    found, heading = [], ""
    for block in document.blocks:
        if isinstance(block, Heading):
            heading = block.text
        elif isinstance(block, Paragraph):
            found.append((heading, _text(block.line)))
            heading = ""
    return found


def _sheet_name(number: int, caption: str) -> str:
    return f"{number} {FORBIDDEN.sub(' ', caption)}"[:LONGEST_NAME].strip()
