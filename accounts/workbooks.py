"""Several lists as one workbook, written in constant memory."""

from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

import xlsxwriter
from django.utils.translation import gettext as _

from .context_processors import marking_line
from .tables import OPTIONS, Table, Written, about_lines, finish_book, write_about, write_sheet

if TYPE_CHECKING:
    from .roles import Viewer


def write_workbook(file: IO[bytes], title: str, tables: Sequence[Table], viewer: "Viewer") -> Written:
    """A sheet for each table, in their order, and one that says what they are; how many rows, and whether confidential.

    Rows are read while they are written, each table by one query, and pass through a temporary file.
    """
    total = Written()
    with xlsxwriter.Workbook(file, OPTIONS) as book:
        lines: list[tuple[str, str]] = []
        for table in tables:
            written = write_sheet(book, table)
            total.rows += written.rows
            total.confidential |= written.confidential
            lines.append((str(table.title), _("%(number)s rows") % {"number": written.rows}))
        marking = str(marking_line(viewer, confidential=total.confidential))
        whole = Table("workbook", title, (), ())
        write_about(book, [*about_lines(whole, viewer, total.rows), *lines, (_("Marking"), marking)])
        finish_book(book, title, marking)
    return total
