"""One row of a file: what it wants changed, what is wrong with its cells, and where these stand."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.tables import Cell, Row
from activities.models import Activity
from priorities.choices import DatePrecision
from priorities.dates import dated

from .columns import BY_CODE, Field, fields_for
from .kinds import INFERRED, UnknownName, UnknownNames, Unreadable, iso, read_dated, text_of
from .reading import Line, Plain, Sheet, Unfit
from .words import Words, folded

if TYPE_CHECKING:
    from accounts.models import User

DATES = ("start_date", "end_date", "date_precision")
NEW_ROW, CHANGED, SAME, ERROR = "new", "changed", "same", "error"
LABELS = {
    ERROR: gettext_lazy("With errors"),
    NEW_ROW: gettext_lazy("New"),
    CHANGED: gettext_lazy("Changed"),
    SAME: gettext_lazy("Same"),
}


@dataclass
class Problem:
    """What is wrong with a cell (or, with an empty address, with the row), and how to mend it."""

    address: str
    column: str
    message: str


@dataclass
class PlannedRow:
    """What will happen to one row. `changes` are (column, before, after) in words; `duplicates` (reference, title).

    `year` is that of a new row's reference; `news` says what is other than in the preview before.
    """

    number: int
    kind: str = SAME
    title: str = ""
    reference: str = ""
    pk: int | None = None
    version: int | None = None
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    news: list[str] = field(default_factory=list)
    year: int = 0
    confidential: bool = False

    @property
    def told(self) -> tuple[Any, ...]:
        """What an importer agrees to."""
        return self.kind, self.pk, self.version, self.changes


# --- headings ---------------------------------------------------------------------------------------------------


def headings(user: "User") -> dict[str, str]:
    """The code of each column by all that it may be called: its code, and its heading in either language."""
    found: dict[str, str] = {}
    for language in ("en", "ru"):
        with translation.override(language):
            found |= {folded(one.heading): one.code for one in fields_for(user)}
    return found | {one.code: one.code for one in fields_for(user)}


def columns_of(sheet: Sheet, user: "User") -> dict[str, int]:
    """The place of each column that the file has, by code. Unfit where it has one twice, or none to go by."""
    known, found = headings(user), dict[str, int]()
    for place, heading in enumerate(sheet.headings):
        code = known.get(folded(heading))
        if code in found:
            raise Unfit(_("Two columns are called “%(heading)s”. Take one of them out.") % {"heading": heading})
        if code:
            found[code] = place
    if "reference" not in found and "title_en" not in found:
        raise Unfit(_("The file has neither a column for the reference nor one for the title. Add one of them."))
    return found


# --- one row ----------------------------------------------------------------------------------------------------


class RowReader:
    """Reads the rows of one file for one importer."""

    def __init__(self, sheet: Sheet, places: dict[str, int], words: Words) -> None:
        self.sheet, self.places, self.words = sheet, places, words
        self.unknown: Counter[str] = Counter()

    def cell(self, line: Line, code: str) -> Plain:
        place = self.places.get(code, len(line.cells))
        return line.cells[place] if place < len(line.cells) else None

    def reference(self, line: Line) -> str:
        return text_of(self.cell(line, "reference")).upper()

    def problem(self, line: Line, code: str, message: str) -> Problem:
        column = BY_CODE[code].heading if code in BY_CODE else ""
        place = self.places.get(code)
        return Problem("" if place is None else self.sheet.address(line.number, place), column, message)

    def wanted(self, line: Line, current: Row | None, planned: PlannedRow) -> dict[str, Any]:
        """The values that the row wants changed (of a new row: that it says), by column; problems go to `planned`.

        The three columns of the date are one value, `dates`.
        """
        found: dict[str, Any] = {}
        for code in self.places:
            if code not in DATES and not BY_CODE[code].fixed:
                with self._noting(line, code, planned):
                    found |= self._changed(line, code, current)
        with self._noting(line, "start_date", planned):
            found |= self._dates(line, current, planned)
        if current is None and "certainty" in self.places:
            with self._noting(line, "certainty", planned):
                self._changed(line, "certainty", None)  # taken later, as one of the row's guesses
        return found

    def _changed(self, line: Line, code: str, current: Row | None) -> dict[str, Any]:
        """The value of the cell, unless it says what is so already; of a new row, an empty cell says nothing."""
        if (place := self.places[code]) in line.problems:
            raise Unreadable(line.problems[place])
        column, cell = BY_CODE[code], self.cell(line, code)
        own = column.cell(current, self.words) if current else None
        if text_of(own) == text_of(cell):
            return {}
        value = column.kind.read(cell, self.words)
        return {} if current and self._means(column, own, value) else {code: value}

    def _means(self, column: Field, own: Cell, value: Any) -> bool:
        """Whether the cell that an export would write now means the value."""
        try:
            return bool(column.kind.comparable(column.kind.read(own, self.words)) == column.kind.comparable(value))
        except Unreadable:
            return False

    def _dates(self, line: Line, current: Row | None, planned: PlannedRow) -> dict[str, Any]:
        if not any(code in self.places for code in DATES):
            return {}
        own = {code: BY_CODE[code].cell(current, self.words) if current else None for code in DATES}
        cells = {code: self.cell(line, code) if code in self.places else own[code] for code in DATES}
        if current and all(text_of(cells[code]) == text_of(own[code]) for code in DATES):
            return {}
        given: dict[str, Any] = {}
        for code in DATES:
            with self._noting(line, code, planned):
                if (place := self.places.get(code)) in line.problems:
                    raise Unreadable(line.problems[place])
                kind = BY_CODE["date_precision"].kind
                given[code] = (
                    kind.read(cells[code], self.words) if code == "date_precision" else read_dated(cells[code])
                )
        if len(given) < len(DATES):
            return {}
        value = spanned(given["start_date"], given["end_date"], given["date_precision"])
        return {} if current and value == spanned_row(current) else {"dates": value}

    @contextmanager
    def _noting(self, line: Line, code: str, planned: PlannedRow) -> Iterator[None]:
        """Note what a cell says that cannot be understood, as a problem of the row."""
        try:
            yield
        except Unreadable as error:
            for name in error.errors if isinstance(error, UnknownNames) else [error]:
                if isinstance(name, UnknownName) and name.kind == "organizations":
                    self.unknown[" ".join(name.text.split())] += 1
            planned.problems.append(self.problem(line, code, str(error)))

    def in_words(self, code: str, value: Any) -> str:
        if code == "dates":
            first, last = (date.fromisoformat(value[name]) if value[name] else None for name in DATES[:2])
            return dated(first, last, value["date_precision"])
        return text_of(BY_CODE[code].kind.write(value, self.words))

    def own_words(self, code: str, current: Row) -> str:
        if code == "dates":
            return dated(current["start_date"], current["end_date"], current["date_precision"])
        return text_of(BY_CODE[code].cell(current, self.words))

    def guesses(self, line: Line) -> dict[str, Any]:
        """What of a new row is a guess that nobody has confirmed: so it was marked, so it stays."""
        commitments = BY_CODE["commitments"].kind.read(self.cell(line, "commitments"), self.words)
        return {
            "certainty": BY_CODE["certainty"].kind.read(self.cell(line, "certainty"), self.words),
            "priority": bool(INFERRED.search(text_of(self.cell(line, "main_priority")))),
            "commitments": [one["commitment"] for one in commitments if one["inferred"]],
        }


def spanned(first: tuple[date, str] | None, last: tuple[date, str] | None, precision: str) -> dict[str, str | None]:
    """First and last day and what they are exact to, as the form takes them; a month or year in its whole span."""
    if first is None:
        if last is not None:
            raise Unreadable(_("The last day is given, the first is not. Give the first day as well."))
        return {"start_date": None, "end_date": None, "date_precision": precision or DatePrecision.UNKNOWN.value}
    if precision == DatePrecision.UNKNOWN:
        raise Unreadable(_("A date is given, yet it is said not to be known. Take one of the two out."))
    if not precision and last and first[1] != last[1]:
        raise Unreadable(_("The first and the last day are not equally exact. Write both days, or both months."))
    exactness = [choice.value for choice in DatePrecision]
    shown = max(exactness.index(one[1]) for one in (first, last) if one)
    if precision and exactness.index(precision) < shown:
        message = _("The date is less exact than “%(precision)s”. Write more of it, or change what it is exact to.")
        raise Unreadable(message % {"precision": DatePrecision(precision).label})
    exact = precision or exactness[shown]
    activity = Activity(start_date=first[0], end_date=last[0] if last else None, date_precision=exact)
    if exact != DatePrecision.DAY:
        activity.widen_to_precision()
    return {"start_date": iso(activity.start_date), "end_date": iso(activity.end_date), "date_precision": exact}


def spanned_row(row: Row) -> dict[str, str | None]:
    """The same of a saved activity."""
    first, last = ((row[name], "day") if row[name] else None for name in DATES[:2])
    return spanned(first, last, row["date_precision"])
