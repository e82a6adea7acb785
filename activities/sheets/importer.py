"""What an import would do, row by row, before anything is written; and then the writing itself.

A row with the reference of an activity that the importer sees changes that activity, but only in cells that say
something else than an export would say now. So what the importer does not see is never touched, and the file of an
export changes nothing. All other rows are new. Each row is tried in full, as it would be written, and taken back.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rapidfuzz import fuzz

from accounts.audit import acting
from accounts.choices import Classification
from accounts.records import StaleEdit
from accounts.roles import Permission, allows
from accounts.tables import Row
from activities import actions
from activities.actions import year_of
from activities.choices import Origin
from activities.forms import ActivityEntry, Lookups
from activities.forms.activity import ActivityForm
from activities.forms.rows import STAFF_ROWS
from activities.models import Activity

from .columns import BY_CODE, rows_for
from .entries import COLUMN_OF_PART, PARTS, as_data, entries_of, set_column
from .kinds import Unreadable, read_dated, text_of
from .reading import Line, Sheet
from .rows import CHANGED, ERROR, LABELS, NEW_ROW, SAME, PlannedRow, Problem, RowReader, columns_of
from .words import Words, folded

if TYPE_CHECKING:
    from accounts.models import User

# So many activities are read at once.
ROWS_TOGETHER = 100
MANY = [field.name for field in Activity._meta.many_to_many if field.name in ActivityForm.Meta.fields]
# How like two titles of one day must be (of 100) for the one to be a possible duplicate of the other.
ALIKE = 85
MOST_DUPLICATES = 3
NOT_ALLOWED = gettext_lazy("You are no longer allowed to do this. Ask your administrator whether you should be.")

Progress = Callable[[int, int], None]


def may_import(user: Any) -> bool:
    """Those who log for the Centre. Partners enter their own activities in the form."""
    return allows(user, Permission.LOG_RECORDS)


@dataclass
class Plan:
    """All rows, the names of organizations that are not known, with how often, and columns that are left out."""

    rows: list[PlannedRow] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)
    unknown_columns: list[str] = field(default_factory=list)
    fixed_columns: list[str] = field(default_factory=list)
    # Reserved for the new rows, by year.
    references: dict[str, list[str]] = field(default_factory=dict)

    @property
    def counts(self) -> Counter[str]:
        return Counter(row.kind for row in self.rows)

    @property
    def confidential(self) -> bool:
        return any(row.confidential for row in self.rows)

    @property
    def has_errors(self) -> bool:
        return bool(self.counts[ERROR])


class NotAsPlanned(Exception):
    """Something changed since the preview, so nothing was written. `row` and `messages` tell what, if it is known."""

    def __init__(self, row: int = 0, messages: Sequence[str] = ()) -> None:
        self.row, self.messages = row, [*messages]
        super().__init__(f"row {row}: {'; '.join(messages)}")


class Refused(Exception):
    """A row that cannot be saved, with its problems."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(problem.message for problem in problems))


class Importer:
    """One file, one person. `meanings`: see Words. By the `token` a row is added once, however often it is tried."""

    def __init__(self, user: "User", sheet: Sheet, meanings: dict[str, str], token: UUID) -> None:
        self.user, self.sheet, self.token = user, sheet, token
        self.places = columns_of(sheet, user)
        self.reader = RowReader(sheet, self.places, Words(user, meanings))
        self.lookups = Lookups(user)
        self.references = Counter(self.reader.reference(line) for line in sheet.rows)
        visible = Activity.objects.visible_to(user).filter(reference__in=[*self.references])
        self.current = {row["reference"]: row for row in rows_for(user, visible)}
        self.near: dict[int, Activity] = {}
        self.order: list[int] = []

    # --- looking ---

    def plan(self, progress: Progress) -> Plan:
        """What would happen, without writing anything."""
        plan = Plan(
            unknown_columns=[
                heading
                for place, heading in enumerate(self.sheet.headings)
                if heading and place not in self.places.values()
            ],
        )
        references = (self.reader.reference(line) for line in self.sheet.rows)
        self.order = [self.current[reference]["pk"] for reference in references if reference in self.current]
        for number, line in enumerate(self.sheet.rows, start=1):
            plan.rows.append(self._planned(line))
            progress(number, len(self.sheet.rows))
        plan.fixed_columns = [BY_CODE[code].heading for code in self._not_taken(plan.rows)]
        flag_duplicates(plan.rows, self.sheet, self.reader, self.user)
        plan.unknown = dict(self.reader.unknown)
        return plan

    def _not_taken(self, rows: list[PlannedRow]) -> Iterator[str]:
        """The columns that the portal itself writes; how certain a new row is, it takes from the file."""
        any_new = any(row.pk is None for row in rows)
        for code in self.places:
            if BY_CODE[code].fixed and code != "reference" and not (code == "certainty" and any_new):
                yield code

    def _planned(self, line: Line) -> PlannedRow:
        planned, current, wanted = self._read(line)
        if not planned.problems and (wanted or current is None):
            try:
                with transaction.atomic():
                    # The counter of references is left alone: who logs an activity meanwhile does not wait.
                    self._save(planned, line, wanted, reference=f"?{self._token(line).hex[:19]}")
                    transaction.set_rollback(True)
            except Refused as refusal:
                planned.problems = refusal.problems
            except NotAsPlanned:
                message = _("Somebody changed this activity just now. Check the file again.")
                planned.problems = [Problem("", "", message)]
        if planned.problems:
            planned.kind = ERROR
        return planned

    def _read(self, line: Line) -> tuple[PlannedRow, Row | None, dict[str, Any]]:
        """What the row wants, with what is wrong with its cells."""
        reference = self.reader.reference(line)
        current = self.current.get(reference)
        planned = PlannedRow(line.number, NEW_ROW if current is None else SAME)
        wanted = self.reader.wanted(line, current, planned)
        planned.title = text_of(self.reader.cell(line, "title_en"))
        if current is not None:
            planned.pk, planned.version, planned.reference = current["pk"], current["version"], reference
            planned.title = planned.title or current["title_en"]
            planned.changes = [
                (
                    BY_CODE.get(code, BY_CODE["start_date"]).heading,
                    self.reader.own_words(code, current),
                    self.reader.in_words(code, value),
                )
                for code, value in wanted.items()
            ]
            planned.kind = CHANGED if wanted else SAME
            planned.confidential = current["classification"] == Classification.CONFIDENTIAL
        elif reference:
            message = _("No activity that you may see has the reference %(reference)s: it gets a new one.")
            planned.notes.append(message % {"reference": reference})
        if reference and self.references[reference] > 1:
            planned.problems.append(
                self.reader.problem(
                    line, "reference", _("The reference stands in more than one row. Keep one of them.")
                )
            )
        if current is None:
            planned.year = year_of(_first_day(line, self.reader))
        planned.confidential |= wanted.get("classification") == Classification.CONFIDENTIAL
        return planned, current, wanted

    # --- writing ---

    def write(self, rows: list[PlannedRow], references: dict[str, list[str]], progress: Progress) -> list[Activity]:
        """Write what the plan says of these rows: all of it, or nothing and NotAsPlanned. Inside a transaction.

        `references` are those reserved for the new rows, by year.
        """
        lines = {line.number: line for line in self.sheet.rows}
        self.order = [row.pk for row in rows if row.pk is not None]
        left = {year: iter(reserved) for year, reserved in references.items()}
        written = []
        for number, row in enumerate(rows, start=1):
            planned, _current, wanted = self._read(lines[row.number])
            if planned.problems or planned.told != row.told:
                raise NotAsPlanned(row.number, [problem.message for problem in planned.problems])
            reference = next(left[str(row.year)]) if row.kind == NEW_ROW else ""
            try:
                written.append(self._save(planned, lines[row.number], wanted, reference))
            except Refused as refusal:
                raise NotAsPlanned(row.number, [problem.message for problem in refusal.problems]) from refusal
            progress(number, len(rows))
        return written

    def _save(self, planned: PlannedRow, line: Line, wanted: dict[str, Any], reference: str) -> Activity:
        """Save the row through the form, as if its importer had filled it in. Refused says why it cannot be."""
        if not may_import(self.user):
            raise Refused([Problem("", "", str(NOT_ALLOWED))])
        activity = None
        if planned.pk is not None:
            activity = self._saved(planned.pk)
            if not activity.may_be_edited_by(self.user):
                state = activity.get_review_state_display()
                raise Refused([Problem("", "", _("It is “%(state)s”: only managers change it.") % {"state": state})])
        entry = self._entry(activity, line, wanted)
        try:
            if activity is None:
                return self._create(entry, line, reference)
            return actions.save_activity(entry=entry, by=self.user, version=planned.version or 0, verb="import")
        except StaleEdit as error:
            raise NotAsPlanned(line.number) from error
        except ValidationError as error:
            raise Refused([Problem("", "", message) for message in error.messages]) from error
        except PermissionDenied as error:
            raise Refused([Problem("", "", str(NOT_ALLOWED))]) from error
        except IntegrityError as error:
            raise Refused([self.reader.problem(line, *violated(error))]) from error

    def _saved(self, pk: int) -> Activity:
        """The activity with all that its form asks for, read together with those of the rows that follow."""
        if pk not in self.near:
            place = self.order.index(pk)
            several = Activity.objects.visible_to(self.user).filter(pk__in=self.order[place : place + ROWS_TOGETHER])
            self.near = {one.pk: one for one in several.prefetch_related(*MANY)}
        if pk not in self.near:
            raise NotAsPlanned
        return self.near.pop(pk)

    def _entry(self, activity: Activity | None, line: Line, wanted: dict[str, Any]) -> ActivityEntry:
        """The form with the row's values over what is there, found valid."""
        blank = ActivityEntry(self.user, activity, lookups=self.lookups)
        sent = entries_of(blank)
        for code, value in wanted.items():
            if code == "dates":
                sent |= {name: [one or ""] for name, one in value.items()}
            elif code in blank.form.fields or code in PARTS:
                set_column(sent, code, value, self.reader.words, blank)
            else:
                raise Refused(
                    [self.reader.problem(line, code, _("You may not change this here. Leave the cell as it was."))]
                )
        entry = ActivityEntry(self.user, activity, as_data(sent), lookups=self.lookups)
        if not entry.is_valid():
            raise Refused(list(self._problems_of(entry, line)))
        return entry

    def _problems_of(self, entry: ActivityEntry, line: Line) -> Iterator[Problem]:
        for name, messages in entry.form.errors.items():
            for message in messages:
                yield self.reader.problem(line, name, str(message))
        for rows in entry.rows:
            code = COLUMN_OF_PART.get(rows.part, rows.part)
            errors = [rows.non_form_errors(), *(one for form in rows.forms for one in form.errors.values())]
            for message in (str(message) for messages in errors for message in messages):
                yield self.reader.problem(line, code, message)

    def _token(self, line: Line) -> UUID:
        return uuid5(self.token, str(line.number))

    def _create(self, entry: ActivityEntry, line: Line, reference: str) -> Activity:
        guesses = self.reader.guesses(line)
        made = entry.form.instance
        made.origin = Origin.IMPORT
        made.priority_inferred = guesses["priority"] and made.main_priority_id is not None
        made.certainty = guesses["certainty"] or made.certainty
        activity = actions.create_activity(
            entry=entry, by=self.user, token=self._token(line), verb="import", reference=reference
        )
        inferred = [self.reader.words.commitments.key(code) for code in guesses["commitments"]]
        with acting(by=self.user, verb="import"):
            activity.evidence.filter(commitment__in=inferred).update(inferred=True)
        return activity


def violated(error: IntegrityError) -> tuple[str, str]:
    """The column of the rows, if any, and the words of the constraint that the database found violated."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    models: list[tuple[str, Any]] = [("", Activity), *((rows.part, rows.form._meta.model) for rows in STAFF_ROWS)]
    for part, model in models:
        for constraint in model._meta.constraints:
            if constraint.name == name:
                return COLUMN_OF_PART.get(part, part), str(constraint.get_violation_error_message())
    raise error


def tell_news(rows: list[PlannedRow], earlier: Iterable[PlannedRow], refused: NotAsPlanned) -> None:
    """Say of each row what is other than in the preview that its importer agreed to, and why it was not written."""
    before = {row.number: row for row in earlier}
    for row in rows:
        old = before.get(row.number)
        if old and old.told != row.told and {old.kind, row.kind} != {SAME}:
            row.news = list(_news(row, old))
        if row.number == refused.row:
            said = [problem.message for problem in row.problems]
            row.news += [message for message in refused.messages if message not in said]


def _news(row: PlannedRow, old: PlannedRow) -> Iterator[str]:
    if old.pk and not row.pk:
        yield _("The activity was deleted, or you can no longer see it.")
    elif old.version != row.version:
        yield _("Somebody saved the activity after you had looked.")
    if old.kind != row.kind:
        labels = {"before": LABELS[old.kind], "now": LABELS[row.kind]}
        yield _("It was “%(before)s” and is now “%(now)s”.") % labels


def flag_duplicates(rows: list[PlannedRow], sheet: Sheet, reader: RowReader, user: "User") -> None:
    """Say of each new row which activity of the same first day, there already or in the file, has a like title."""
    days = {row.number: _first_day(line, reader) for row, line in zip(rows, sheet.rows, strict=True)}
    met: dict[date, list[tuple[str, str, bool]]] = defaultdict(list)
    wanted = {day for row in rows if row.kind == NEW_ROW and (day := days[row.number])}
    saved = Activity.objects.visible_to(user).filter(start_date__in=wanted)
    names = ("reference", "start_date", "classification", "title_en", "title_ru")
    for reference, day, classification, *titles in saved.values_list(*names):
        met[day] += [(reference, title, classification == Classification.CONFIDENTIAL) for title in titles if title]
    for row in rows:
        day = days[row.number]
        if row.kind != NEW_ROW or not day:
            continue
        alike = {label: (title, confidential) for label, title, confidential in met[day] if _alike(title, row.title)}
        row.duplicates = [(label, title) for label, (title, _confidential) in alike.items()][:MOST_DUPLICATES]
        row.confidential |= any(confidential for _title, confidential in alike.values())
        met[day].append((row_label(row), row.title, row.confidential))


def row_label(row: PlannedRow) -> str:
    """What a row of the file is called beside references."""
    return _("row %(number)s") % {"number": row.number}


def _first_day(line: Line, reader: RowReader) -> date | None:
    try:
        found = read_dated(reader.cell(line, "start_date"))
    except Unreadable:
        return None
    return found[0] if found else None


def _alike(one: str, other: str) -> bool:
    return fuzz.token_sort_ratio(folded(one), folded(other)) >= ALIKE
