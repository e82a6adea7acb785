"""A file that somebody uploads, read into rows of plain cells, whatever a spreadsheet made of it.

Only values are read: of a formula the result that the spreadsheet saved. Dates become texts as exact as they were
shown. Nothing here knows what a cell means; that is for `kinds.py`. What cannot be read is `Unfit`, with a sentence
that says what to do about it.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl.cell.text import Text as RichText
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.cell import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from accounts.tables import UNWRITABLE, unescaped, unguarded

Plain = str | int | float | bool | None

MOST_BYTES = 10 * 1024 * 1024
# An XLSX file is a zip archive: a small one may unpack to more than any memory holds.
MOST_BYTES_UNPACKED = 100 * 1024 * 1024
MOST_PARTS = 2_000
MOST_ROWS = 5_000
# Rows of a sheet, empty ones between filled ones included.
MOST_LINES = 20_000
MOST_COLUMNS = 200
# Headings stand in one of the first rows; above them may be a title.
ROWS_TO_LOOK_AT = 30
SEPARATORS = ";,\t"
# What openpyxl raises over a workbook that is not as it should be; it knows no error of its own for that.
DAMAGES = (
    *(InvalidFileException, zipfile.BadZipFile, zlib.error, OSError, SyntaxError),
    *(KeyError, IndexError, ValueError, TypeError, AttributeError),
)
# A sheet's root, whose prefix all its tags have; what begins a value in a cell; the number of a row.
ROOT = re.compile(rb"<(\w+:)?worksheet[\s>]")
VALUE_TAGS = (b"v>", b"v ", b"is>", b"f>", b"f ")
ROW_NUMBER = re.compile(rb'[^>]*?\sr="([0-9]+)"')
OLD_OR_ENCRYPTED = b"\xd0\xcf\x11\xe0"


class Unfit(Exception):
    """The file cannot be read; the message says why and what to do."""


@dataclass
class Line:
    """A row with something in it, by its number in the file, and what is wrong with single cells, by place."""

    number: int
    cells: list[Plain]
    problems: dict[int, str] = field(default_factory=dict)


@dataclass
class Sheet:
    """The sheet that has headings we know: its name (empty for CSV), headings by place, rows below them."""

    name: str
    headings: list[str]
    rows: list[Line]

    def address(self, row: int, place: int) -> str:
        """A cell as spreadsheets name it: F12, or Activities!F12."""
        cell = f"{get_column_letter(place + 1)}{row}"
        return f"{self.name}!{cell}" if self.name else cell


def read(file: IO[bytes], size: int, knows: Callable[[str], bool]) -> Sheet:
    """The first sheet with a row of headings; `knows` tells whether a text is one."""
    if size > MOST_BYTES:
        raise Unfit(_("The file is larger than 10 MB. Split it, or take pictures and formatting out of it."))
    start = file.read(4)
    file.seek(0)
    if not start:
        raise Unfit(_("The file is empty."))
    if start == OLD_OR_ENCRYPTED:
        raise Unfit(_("This is an old Excel file (.xls), or one with a password. Save it as .xlsx without a password."))
    return _read_workbook(file, knows) if start.startswith(b"PK") else _read_csv(file, knows)


# --- workbooks --------------------------------------------------------------------------------------------------


def _read_workbook(file: IO[bytes], knows: Callable[[str], bool]) -> Sheet:
    _refuse_bombs(file)
    try:
        values, formulas = _opened(file, data_only=True), _opened(file, data_only=False)
        for sheet in values.worksheets:
            sheet.reset_dimensions()
            last = last_filled(sheet)
            found = _sheet_of(sheet.title, _lines(sheet, last), knows, MOST_LINES, last)
            if found:
                _mark_formulas_without_value(found, formulas[sheet.title])
                return found
    except DAMAGES as error:
        raise _damaged() from error
    raise _no_headings()


class _Reader(ExcelReader):
    """Takes shared texts as they stand: openpyxl itself cuts “x005F_” out of them, wherever it is."""

    def read_strings(self) -> None:
        table = self.package.find(SHARED_STRINGS)
        if table is None:
            return
        with self.archive.open(table.PartName[1:]) as source:
            for _event, node in iterparse(source):
                if node.tag == f"{{{SHEET_MAIN_NS}}}si":
                    self.shared_strings.append(RichText.from_tree(node).content)
                    node.clear()


def _opened(file: IO[bytes], *, data_only: bool) -> Any:
    reader = _Reader(file, read_only=True, data_only=data_only, keep_links=False)
    reader.read()
    return reader.wb


def last_filled(sheet: Any) -> int | None:
    """The number of the last row with a value, found without reading the cells; None where rows have no numbers.

    A sheet that is formatted to its end has a million empty rows, which would take minutes to read.
    """
    last, row, rest, prefix = 0, None, b"", None
    with sheet._get_source() as source:
        while chunk := source.read(1 << 20):
            text, sign, rest = (rest + chunk).rpartition(b"<")
            rest = sign + rest
            if prefix is None:
                root = ROOT.search(text)
                prefix = b"<" + (root[1] or b"") if root else b"<"
            value = max(text.rfind(prefix + tag) for tag in VALUE_TAGS)
            if value >= 0 and (row := _row_before(text, value, prefix) or row) is None:
                return None
            last = max(last, row or 0) if value >= 0 else last
            row = _row_before(text, len(text), prefix) or row
    return last


def _row_before(text: bytes, place: int, prefix: bytes) -> int | None:
    """The number of the last row that begins before that place."""
    begins = text.rfind(prefix + b"row ", 0, place)
    number = ROW_NUMBER.match(text, begins) if begins >= 0 else None
    return int(number[1]) if number else None


def _refuse_bombs(file: IO[bytes]) -> None:
    """Nothing is unpacked before it is known to be of bearable size, and to declare no entities."""
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES_UNPACKED:
                raise Unfit(_("The file unpacks to more than 100 MB. Copy the table alone into a new workbook."))
            if "xl/workbook.xml" not in archive.namelist():
                raise Unfit(_("This is no Excel workbook. Save the table as .xlsx or .csv."))
            for part in parts:
                if part.flag_bits & 1:
                    raise Unfit(_("The workbook has a password. Save it without one."))
                with archive.open(part) as content:
                    if b"<!DOCTYPE" in content.read(4_096):
                        raise Unfit(_("The workbook holds what no spreadsheet writes. Copy the table into a new one."))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError) as error:
        raise _damaged() from error
    file.seek(0)


def _damaged() -> Unfit:
    return Unfit(_("The workbook is damaged. Open it in Excel or LibreOffice and save it anew as .xlsx."))


def _lines(sheet: Any, last: int | None) -> Iterator[Line]:
    if last == 0:
        return
    for number, cells in enumerate(sheet.iter_rows(max_row=last, max_col=MOST_COLUMNS), start=1):
        line = Line(number, [])
        for place, cell in enumerate(cells):
            line.cells.append(_plain(cell))
            if cell.data_type == "e":
                line.problems[place] = _(
                    "The cell holds the error %(error)s. Mend the formula, or write the value."
                ) % {"error": cell.value}
        yield line


def _plain(cell: Any) -> Plain:
    """A cell's value; a date as the text of what it shows."""
    value = cell.value
    if isinstance(value, (datetime, date)):
        return _shown(value, str(cell.number_format).casefold())
    if isinstance(value, str):
        return UNWRITABLE.sub("", unescaped(value).replace("\r\n", "\n"))
    if isinstance(value, (int, float, bool)) or value is None:
        return value
    return value.strftime("%H:%M") if isinstance(value, time) else str(value)


def _shown(value: date, shown_as: str) -> str:
    """Excel makes 1 July of a typed 2024-07, and shows Jul-24: then only the month is meant."""
    if "y" in shown_as and "d" not in shown_as:
        return value.strftime("%Y-%m") if "m" in shown_as else value.strftime("%Y")
    return value.strftime("%Y-%m-%d")


def _mark_formulas_without_value(found: Sheet, formulas: Any) -> None:
    """A formula whose result was never saved would look like an empty cell, and empty cells clear."""
    formulas.reset_dimensions()
    wanted = {line.number: line for line in found.rows}
    for number, cells in enumerate(formulas.iter_rows(max_row=max(wanted, default=1), max_col=MOST_COLUMNS), start=1):
        if (line := wanted.get(number)) is None:
            continue
        for place, cell in enumerate(cells):
            if cell.data_type == "f" and (place >= len(line.cells) or line.cells[place] is None):
                line.problems[place] = _("The formula has no saved result. Open the file in Excel and save it again.")


# --- texts ------------------------------------------------------------------------------------------------------


def _read_csv(file: IO[bytes], knows: Callable[[str], bool]) -> Sheet:
    text = _decoded(file.read())
    separators = SEPARATORS
    first, _end, rest = text.partition("\n")
    if first.strip().casefold().startswith("sep=") and len(first.strip()) == 5:
        separators, text = first.strip()[4], rest
    tries = [_sheet_of("", _csv_lines(text, separator), knows) for separator in separators]
    found = [sheet for sheet in tries if sheet]
    if not found:
        raise _no_headings()
    return max(found, key=lambda sheet: sum(1 for heading in sheet.headings if knows(heading)))


def _decoded(content: bytes) -> str:
    """UTF-8, UTF-16 as Excel's “Unicode text” has it, else the Cyrillic of Windows."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    if b"\0" in content:
        raise Unfit(_("This is neither an Excel workbook nor a text. Save the table as .xlsx or .csv."))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1251", errors="replace")


def _csv_lines(text: str, separator: str) -> Iterator[Line]:
    """Rows by their number among the rows: what a spreadsheet shows when it opens the file."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for number, cells in enumerate(reader, start=1):
            if any(cells):
                yield Line(number, [unguarded(UNWRITABLE.sub("", cell)) or None for cell in cells[:MOST_COLUMNS]])
    except csv.Error as error:
        message = _("Line %(line)s of the file cannot be read. Look for a quotation mark too many.")
        raise Unfit(message % {"line": reader.line_num}) from error


# --- headings ---------------------------------------------------------------------------------------------------


def _sheet_of(
    name: str, lines: Iterable[Line], knows: Callable[[str], bool], most: int | None = None, last: int | None = None
) -> Sheet | None:
    """The rows below the first row that names at least two columns that we know; None when there is none.

    Unfit where these go beyond row `most`; `last` is the last row with anything in it.
    """
    sheet: Sheet | None = None
    for line in lines:
        if sheet is None:
            if line.number > ROWS_TO_LOOK_AT:
                return None
            headings = [" ".join(str(cell or "").split()) for cell in line.cells]
            if sum(1 for heading in headings if heading and knows(heading)) >= 2:
                sheet = Sheet(name, headings, [])
        elif most and line.number > most:
            raise _too_far_apart(sheet, last)
        elif any(cell is not None and str(cell).strip() for cell in line.cells) or line.problems:
            if len(sheet.rows) == MOST_ROWS:
                raise _too_long()
            sheet.rows.append(line)
    return sheet


def _too_long() -> Unfit:
    return Unfit(_("There are more than 5,000 rows. Split the file."))


def _too_far_apart(sheet: Sheet, last: int | None) -> Unfit:
    """Of rows that are empty to the end nothing is said; these have something below them."""
    end = sheet.rows[-1].number if sheet.rows else 1
    message = _(
        "In the sheet “%(sheet)s” only empty rows follow row %(end)s, yet something stands below them, if only a blank"
        " or a formula without a result, as far down as row %(last)s. Delete the rows from %(next)s on: in Excel,"
        " select row %(next)s, press Ctrl+Shift+End and delete the rows. Save the file and upload it again."
    )
    places = {"sheet": sheet.name, "end": end, "next": end + 1, "last": last or _("the end")}
    return Unfit(message % places)


def _no_headings() -> Unfit:
    return Unfit(
        _(
            "No row of headings was found. Use the headings of the template or of an export, in English or Russian,"
            " in one of the first rows."
        )
    )
