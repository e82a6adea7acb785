"""Lists as files: a table of columns and rows, written as XLSX or CSV in constant memory.

The caller gives rows that went through `visible_to`; nothing here decides who sees what. The first sheet of a
workbook holds headings and rows alone, so that it can be imported again; what it is, for whom, from which filters
and how to handle it stands in the sheet “About”, and the marking at the head and foot of every printed page.

A CSV file has a byte order mark, without which Excel takes Cyrillic for something else, and the separator that
Excel expects in the reader's language: a semicolon in Russian, a comma in English. It has no line `sep=`, because
Excel then forgets the byte order mark, and every other program takes the line for data. It has no line for the
marking either, for the same reason: the marking stands in the file's name.
"""

import csv
import io
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

import xlsxwriter
from django.db.models import QuerySet
from django.forms import BaseForm, ModelChoiceField
from django.http import FileResponse, Http404, HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from xlsxwriter.worksheet import Worksheet

from .audit import note
from .choices import Audience, Classification
from .context_processors import marking_line
from .models import User
from .visibility import is_staff_viewer

if TYPE_CHECKING:
    from .roles import Viewer

Cell = str | int | float | Decimal | date | datetime | bool | None
Row = dict[str, Any]

# What a cell of a workbook can hold; Excel refuses more.
MOST_LETTERS = 32_767
CUT = " […]"
ROWS_AT_ONCE = 500
# Nothing that somebody typed becomes a formula or a link; rows pass through a temporary file.
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
# What no cell can hold: control characters and what XML knows no way to write.
UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# How workbooks write what XML cannot hold; so a text that only looks like that must be written otherwise.
ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
LIKE_AN_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
FORMULA = re.compile(r"[\t\r\n ]*[=+\-@]|[\t\r']")


@dataclass(frozen=True)
class Column:
    """A column: its code (also understood when the file is read again), heading, and how a row's cell is made.

    `source` is the field or expression that the row's value comes from, where it is not the field of that name.
    """

    code: str
    heading: Any
    cell: Callable[[Row], Cell]
    width: int = 20
    source: Any = ""


@dataclass(frozen=True)
class Table:
    """A list ready to be written. `filters` say in words, as (label, value), what it was narrowed to.

    `further` tables become further sheets of a workbook; a CSV file has room for one.
    """

    name: str
    title: Any
    columns: Sequence[Column]
    rows: Iterable[Row]
    filters: Sequence[tuple[str, str]] = ()
    notes: Sequence[Any] = field(default=())
    further: Sequence["Table"] = ()


@dataclass
class Written:
    """What came of writing: how many rows, and whether any of them is confidential."""

    rows: int = 0
    confidential: bool = False

    def count(self, row: Row) -> None:
        self.rows += 1
        self.confidential |= row.get("classification", "unclassified") != "unclassified"


# --- columns ----------------------------------------------------------------------------------------------------


def plain(code: str, heading: Any, width: int = 20, source: Any = "") -> Column:
    """The row's value as it is."""
    return Column(code, heading, lambda row: row[code], width, source)


def labelled(code: str, heading: Any, choices: Any, width: int = 20) -> Column:
    """The label of a choice, in the reader's language."""
    return Column(code, heading, lambda row: str(choices(row[code]).label) if row[code] else "", width)


def listed(code: str, heading: Any, width: int = 30, source: Any = "") -> Column:
    """Several texts in one cell."""
    return Column(code, heading, lambda row: joined(row[code] or ()), width, source)


def release_columns(viewer: "Viewer") -> list[Column]:
    """How a record is classified and for whom it is, for staff alone."""
    if not is_staff_viewer(viewer):
        return []
    return [
        labelled("classification", _("Classification"), Classification, 16),
        labelled("audience", _("Audience"), Audience, 16),
    ]


def joined(parts: Iterable[str]) -> str:
    r"""Texts in one cell, separated by semicolons; a semicolon inside a text is written \;."""
    return "; ".join(re.sub(r"[\\;]", r"\\\g<0>", part) for part in parts)


def rows_of(queryset: QuerySet[Any], columns: Sequence[Column]) -> Iterator[Row]:
    """The rows with the values that the columns name as their sources, by one query."""
    return values_of(queryset, {column.code: column.source or column.code for column in columns})


def values_of(queryset: QuerySet[Any], sources: dict[str, Any]) -> Iterator[Row]:
    """The rows as mappings of these fields or expressions, by one query, a few at a time."""
    found = queryset.select_related(None).prefetch_related(None)
    if found.query.distinct:
        # DISTINCT would compare every column read here; which rows there are is settled inside.
        inside = found.order_by().values("pk")
        found = found.model._default_manager.filter(pk__in=inside).order_by(*found.query.order_by)
    for values in found.values_list(*sources.values()).iterator(chunk_size=ROWS_AT_ONCE):
        yield dict(zip(sources, values, strict=True))


# --- writing ----------------------------------------------------------------------------------------------------


def write_csv(file: IO[bytes], table: Table) -> Written:
    """See the module. Leaves the file open."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, delimiter=";" if in_russian() else ",")
    writer.writerow([guarded(str(column.heading)) for column in table.columns])
    written = Written()
    for row in table.rows:
        writer.writerow([_text_of(column.cell(row)) for column in table.columns])
        written.count(row)
    text.flush()
    text.detach()
    return written


def in_russian() -> bool:
    return (get_language() or "en").startswith("ru")


def _text_of(cell: Cell) -> str:
    if isinstance(cell, bool):
        return yes_or_no(cell)
    if isinstance(cell, datetime):
        return timezone.localtime(cell).strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str):
        return guarded(writable(cell))
    return "" if cell is None else str(cell)


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula. An apostrophe at its head is doubled, so that it comes back."""
    return f"'{text}" if FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return text[1:] if text.startswith("'") and FORMULA.match(text[1:]) else text


def escaped(text: str) -> str:
    """A text as a workbook writes it, in which `_x000D_` stands for a carriage return."""
    return LIKE_AN_ESCAPE.sub("_x005F_", text)


def unescaped(text: str) -> str:
    """What a workbook means by the text that it holds."""
    if "_x" not in text:
        return text
    plain = ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    # What Excel counts as two letters, such as an emoji, is two escapes.
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def writable(text: str) -> str:
    """The text as a cell can hold it: one kind of line end, no control characters, not too long."""
    if text.isprintable() and _fits(text):
        return text
    clean = UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if _fits(clean):
        return clean
    cut = clean.encode("utf-16-le")[: 2 * (MOST_LETTERS - len(CUT))]
    return cut.decode("utf-16-le", "ignore") + CUT


def _fits(text: str) -> bool:
    """Whether a cell holds so many letters, as Excel counts them: an emoji is two."""
    return 2 * len(text) <= MOST_LETTERS or len(text.encode("utf-16-le")) <= 2 * MOST_LETTERS


def yes_or_no(value: bool) -> str:
    return _("Yes") if value else _("No")


def write_xlsx(file: IO[bytes], table: Table, viewer: "Viewer") -> Written:
    """See the module. Rows pass through a temporary file, so that memory does not grow with them."""
    with xlsxwriter.Workbook(file, OPTIONS) as book:
        written = Written()
        for one in (table, *table.further):
            part = write_sheet(book, one)
            written.confidential |= part.confidential
            written.rows = part.rows if one is table else written.rows
        marking = str(marking_line(viewer, confidential=written.confidential))
        write_about(book, [*about_lines(table, viewer, written.rows), (_("Marking"), marking)])
        finish_book(book, str(table.title), marking)
    return written


def write_sheet(book: Any, table: Table) -> Written:
    """The table's rows as a sheet of the book."""
    return _Sheet(book, book.add_worksheet(str(table.title)[:31], worksheet_class=_Worksheet), table).write()


def finish_book(book: Any, title: str, marking: str) -> None:
    """Mark every printed page of every sheet, and the file itself."""
    for sheet in book.worksheets():
        sheet.set_header("&C" + in_header(marking))
        sheet.set_footer("&C" + in_header(marking) + "&R&P / &N")
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
    book.set_properties({"title": title, "author": "UNRCCA", "comments": marking})


def in_header(text: str) -> str:
    """As the head of a printed page takes it: there & is a sign of its own, and 255 letters are all."""
    return text.replace("&", "&&")[:200]


class _Worksheet(Worksheet):
    """Escapes every text that looks like an escape; XlsxWriter itself overlooks those that share a sign."""

    @staticmethod
    def _escape_control_characters(data: str) -> str:
        return escaped(data)


class _Sheet:
    """The sheet of rows."""

    def __init__(self, book: Any, sheet: Any, table: Table) -> None:
        self.sheet, self.table = sheet, table
        self.heading = book.add_format({"bold": True, "bg_color": "#DCEBF5", "bottom": 1, "valign": "top"})
        self.text = book.add_format({"num_format": "@", "valign": "top"})
        self.number = book.add_format({"num_format": "0", "valign": "top"})
        self.day = book.add_format({"num_format": "d mmm yyyy", "valign": "top", "align": "left"})
        self.moment = book.add_format({"num_format": "d mmm yyyy hh:mm", "valign": "top", "align": "left"})

    def write(self) -> Written:
        columns, sheet = self.table.columns, self.sheet
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width, self.text)
            sheet.write_string(0, place, str(column.heading), self.heading)
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        written = Written()
        for line, row in enumerate(self.table.rows, start=1):
            for place, column in enumerate(columns):
                self._write_cell(line, place, column.cell(row))
            written.count(row)
        sheet.autofilter(0, 0, max(written.rows, 1), len(columns) - 1)
        sheet.ignore_errors({"number_stored_as_text": f"A1:{xlsxwriter.utility.xl_col_to_name(len(columns))}1048576"})
        return written

    def _write_cell(self, line: int, place: int, cell: Cell) -> None:
        """Text always as text: nothing that somebody typed becomes a formula or a link."""
        if cell is None or cell == "":
            return
        if isinstance(cell, bool):
            self.sheet.write_string(line, place, yes_or_no(cell), self.text)
        elif isinstance(cell, (int, float, Decimal)):
            self.sheet.write_number(line, place, cell, self.number)
        elif isinstance(cell, datetime):
            self.sheet.write_datetime(line, place, timezone.localtime(cell).replace(tzinfo=None), self.moment)
        elif isinstance(cell, date):
            self.sheet.write_datetime(line, place, cell, self.day)
        else:
            self.sheet.write_string(line, place, writable(cell), self.text)


def about_lines(table: Table, viewer: "Viewer", rows: int) -> list[tuple[str, str]]:
    """What a reader of the file has to know about it, as (label, text)."""
    made = date_format(timezone.localtime(), "DATETIME_FORMAT")
    filters = [f"{label}: {value}" for label, value in table.filters]
    return [
        (_("What"), str(table.title)),
        (_("From"), _("UNRCCA programme tracking portal")),
        (_("For"), f"{viewer} ({viewer.email})" if isinstance(viewer, User) else _("everyone")),
        (_("Made"), f"{made} ({timezone.get_current_timezone_name()})"),
        (_("Filters"), "\n".join(filters) or _("none: all that you may see")),
        (_("Rows"), str(rows)),
        *((_("Note"), str(text)) for text in table.notes),
    ]


def write_about(book: Any, lines: Iterable[tuple[str, str]]) -> None:
    """The sheet that says what the book is."""
    sheet = book.add_worksheet(_("About"))
    label_format = book.add_format({"bold": True, "valign": "top"})
    text_format = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 90)
    for line, (label, text) in enumerate(lines):
        sheet.write_string(line, 0, label, label_format)
        sheet.write_string(line, 1, writable(text), text_format)


# --- answering --------------------------------------------------------------------------------------------------


def export(request: HttpRequest, table: Table, kind: str) -> FileResponse:
    """The table as a file for the reader of the page, noted in the audit trail.

    What the public takes away is public and not noted: the trail is kept for ever, and a robot would fill it.
    """
    if kind not in CONTENT_TYPES:
        raise Http404
    file = tempfile.TemporaryFile()  # noqa: SIM115  # the response closes it
    written = write_csv(file, table) if kind == "csv" else write_xlsx(file, table, request.user)
    file.seek(0)
    if isinstance(request.user, User):
        note(
            by=request.user,
            verb="export",
            list=[None, table.name],
            format=[None, kind],
            rows=[None, written.rows],
            filters=[None, urlencode(list(request.GET.lists()), doseq=True)[:2_000]],
        )
    response = FileResponse(
        file,
        as_attachment=True,
        filename=file_name(table.name, request.user, kind, confidential=written.confidential),
        content_type=CONTENT_TYPES[kind],
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def file_name(name: str, viewer: "Viewer", kind: str, *, confidential: bool = False) -> str:
    """Such as unrcca-activities-2024-07-23-internal.xlsx: list, day, and how to handle it."""
    if confidential:
        marking = "CONFIDENTIAL"
    elif is_staff_viewer(viewer):
        marking = "internal"
    else:
        marking = "partners" if viewer.is_authenticated else "public"
    return f"unrcca-{name}-{timezone.localdate():%Y-%m-%d}-{marking}.{kind}"


def filters_in_words(form: BaseForm) -> list[tuple[str, str]]:
    """What a valid form of filters narrows a list to, as (label, value)."""
    found = []
    for name in form.changed_data:
        form_field, value = form.fields[name], form.cleaned_data.get(name)
        if value not in form_field.empty_values:
            found.append((str(form_field.label), _in_words(form_field, value)))
    return found


def _in_words(form_field: Any, value: Any) -> str:
    if isinstance(form_field, ModelChoiceField):
        many = value if isinstance(value, (list, tuple, QuerySet)) else [value]
        return ", ".join(str(form_field.label_from_instance(one)) for one in many)
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    labels = {str(code): str(label) for code, label in getattr(form_field, "choices", ())}
    many = value if isinstance(value, (list, tuple)) else [value]
    return ", ".join(labels.get(str(one), str(one)) for one in many)
