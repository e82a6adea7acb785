"""The empty file to fill in: the columns of an export, lists to choose from, and a sheet that explains them."""

import csv
import io
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, Any

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from xlsxwriter.utility import xl_col_to_name

from accounts.tables import guarded, in_russian, yes_or_no

from .columns import Field, Inferred, fields_for
from .kinds import (
    ByCountry,
    Choice,
    Commitments,
    FollowUps,
    Links,
    Many,
    Number,
    One,
    Partners,
    Text,
    YesNo,
)
from .words import Words

if TYPE_CHECKING:
    from accounts.models import User

ROWS_TO_FILL = 2_000
# What a list to choose from may hold; longer ones are of no help.
MOST_CHOICES = 1_000

HINTS: dict[type, Any] = {
    Text: gettext_lazy("Text."),
    Number: gettext_lazy("A whole number. Empty is not known, which is not nought."),
    YesNo: gettext_lazy("Yes or No."),
    Choice: gettext_lazy("One of the allowed values."),
    One: gettext_lazy("One of the allowed values."),
    Inferred: gettext_lazy("One of the allowed values. “(inferred)” after it marks a guess."),
    Many: gettext_lazy("One or several of the allowed values, separated by semicolons."),
    Partners: gettext_lazy(
        "Organizations with their roles, separated by semicolons: OSCE (co-organizer); UNODC. Without a role, a"
        " participant."
    ),
    Commitments: gettext_lazy("Commitments, separated by semicolons. “(inferred)” after one marks a guess."),
    ByCountry: gettext_lazy(
        "Countries with women/men/not stated/youth, separated by semicolons, a hyphen for what is not known:"
        " Kazakhstan 3/2/-/1; Tajikistan 4/4/-/-."
    ),
    Links: gettext_lazy("Title | publisher | date | address | archived copy. Each link on a line of its own."),
    FollowUps: gettext_lazy("What | who | due | done. Each follow-up on a line of its own."),
}
HINTS_OF_COLUMNS: dict[str, Any] = {
    "reference": gettext_lazy("Empty for a new activity. With a reference, the row changes that activity."),
    "title_en": gettext_lazy("Needed for a new activity."),
    "end_date": gettext_lazy("Only where it is another day than the first."),
    "start_date": gettext_lazy(
        "2024-07-23 or 23.07.2024. 2024-07 where only the month is known, 2024 where only the year is. Empty: not"
        " known."
    ),
    "date_precision": gettext_lazy("Need not be filled in: the first day tells it."),
    "classification": gettext_lazy("Empty: unclassified. Strictly confidential information must not be in the file."),
    "audience": gettext_lazy("Empty: internal. Applies once a manager has approved the activity."),
}
NOT_TAKEN = gettext_lazy("Written by the portal; not taken from the file.")


def write_csv_template(file: IO[bytes], user: "User") -> None:
    """Headings alone."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    csv.writer(text, delimiter=";" if in_russian() else ",").writerow(
        [guarded(field.heading) for field in fields_for(user)]
    )
    text.detach()


def write_xlsx_template(file: IO[bytes], user: "User") -> None:
    """A sheet to fill in, one that explains its columns, and one with the values that are allowed."""
    fields = fields_for(user)
    with xlsxwriter.Workbook(file) as book:
        heading = book.add_format({"bold": True, "bg_color": "#DCEBF5", "bottom": 1, "valign": "top"})
        text = book.add_format({"num_format": "@", "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(_("Activities")[:31])
        explained = book.add_worksheet(_("How to fill it in")[:31])
        allowed = book.add_worksheet(_("Allowed values")[:31])
        places = _write_allowed(allowed, heading, fields, Words(user))
        for place, field in enumerate(fields):
            sheet.set_column(place, place, field.width, text)
            sheet.write_string(0, place, field.heading, heading)
            if field.code in places and not isinstance(field.kind, Many):
                where = {"validate": "list", "source": places[field.code], "error_type": "warning"}
                sheet.data_validation(1, place, ROWS_TO_FILL, place, where)
        sheet.freeze_panes(1, 2)
        _write_explanation(explained, heading, wrapped, fields)


def _write_explanation(sheet: Any, heading: Any, wrapped: Any, fields: Sequence[Field]) -> None:
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, 1, 100)
    rules = [
        _("One row an activity. The columns may stand in any order, and those that you do not need may be missing."),
        _("A missing column leaves that field as it is. An empty cell in a row with a reference clears the field."),
        _("Names may be written in English or Russian, in full, as acronyms or as codes."),
        _("New activities become your drafts. A file approves nothing, and you see what it does before it is written."),
        _("Hidden rows are imported too. Of formulas the result is taken."),
        _("A sign that would separate is written with a backslash before it: \\; or \\|."),
    ]
    for line, rule in enumerate(rules):
        sheet.merge_range(line, 0, line, 1, rule, wrapped)
        sheet.set_row(line, 30 if len(rule) > 120 else 15)
    sheet.write_row(len(rules) + 1, 0, [_("Column"), _("What to write")], heading)
    for line, field in enumerate(fields, start=len(rules) + 2):
        taken = not field.fixed or field.code in ("reference", "certainty")
        hint = HINTS_OF_COLUMNS.get(field.code) or HINTS.get(type(field.kind), "")
        sheet.write_string(line, 0, field.heading, wrapped)
        sheet.write_string(line, 1, str(hint if taken else NOT_TAKEN), wrapped)


def _write_allowed(sheet: Any, heading: Any, fields: Sequence[Field], words: Words) -> dict[str, str]:
    """The values that a column allows, a column each; where they stand, as spreadsheets name it, by column."""
    places: dict[str, str] = {}
    shown: dict[tuple[str, ...], str] = {}
    for field in fields:
        values = tuple(_allowed(field, words)[:MOST_CHOICES])
        if not values or field.fixed:
            continue
        if values not in shown:
            place = len(shown)
            sheet.set_column(place, place, 30)
            sheet.write_string(0, place, field.heading, heading)
            for line, value in enumerate(values, start=1):
                sheet.write_string(line, place, value)
            letter = xl_col_to_name(place, col_abs=True)
            shown[values] = f"='{sheet.get_name()}'!{letter}$2:{letter}${len(values) + 1}"
        places[field.code] = shown[values]
    sheet.freeze_panes(1, 0)
    return places


def _allowed(field: Field, words: Words) -> list[str]:
    kind = field.kind
    if isinstance(kind, Choice):
        return [str(choice.label) for choice in kind.choices]
    if isinstance(kind, YesNo):
        return [yes_or_no(True), yes_or_no(False)]
    if isinstance(kind, (One, Many, Partners, Commitments)):
        labels: list[str] = getattr(words, kind.vocabulary).all_labels()
        return labels
    return []
