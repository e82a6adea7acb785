"""A form of fields and rows, as filled in or as saved, in values that can be compared place by place.

See `accounts/merging.py`. Only what the editor's own form shows is compared, so nothing else is ever told.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.formsets import DELETION_FIELD_NAME
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.merging import MINE, SAVED, Place, Values, answer, places_of
from accounts.unsaved import NOT_ENTRIES

from .fields import readable

NEW = "new-"


class Sheet:
    """A form with its rows: what was sent, or what is saved when nothing was sent."""

    def __init__(self, form: Any, rows: Iterable[Any] = ()) -> None:
        self.form = form
        self.rows = {each.part: each for each in rows}

    def values(self) -> Values:
        fields = {bound.name: _value(bound) for bound in self.form.visible_fields()}
        return fields | {name: rows for each in self.rows.values() for name, rows in _groups(each).items()}

    def label(self, name: str, value: Any) -> str:
        """What a place is called; a row by what makes it this row, such as the partner."""
        part, slash, _key = name.partition("/")
        if not slash:
            return str(self.form.fields[name].label)
        first = self.rows[part].form.key[0]
        said = "" if first == "id" else readable(self._row_fields(part)[first], value[0][first])
        return f"{self.rows[part].legend}: {said}" if said else str(self.rows[part].legend)

    def words(self, name: str, value: Any) -> str:
        part, slash, _key = name.partition("/")
        if not slash:
            return _words(self.form.fields[name], value)
        fields = self._row_fields(part)
        return "; ".join(", ".join(_words_of_row(fields, row)) for row in value or ())

    def _row_fields(self, part: str) -> dict[str, forms.Field]:
        fields: dict[str, forms.Field] = self.rows[part].empty_form.fields
        return fields

    def put(self, sent: QueryDict, name: str, value: Any) -> None:
        """Write a field's value as a browser sends it."""
        field = self.form.fields[name]
        sent.pop(f"{name}-meant", None)  # a suggestion that was chosen for a text that was not known
        if isinstance(field, forms.BooleanField):
            sent.setlist(name, ["on"] if value else [])
        elif isinstance(field, forms.ModelMultipleChoiceField):
            sent.setlist(name, value or [])
        elif isinstance(value, list):
            sent[name] = field.prepare_value(value)
        else:
            sent[name] = "" if value is None else str(value)

    def put_rows(self, sent: QueryDict, part: str, groups: dict[str, Any]) -> None:
        """Write all rows of a part anew, by their places."""
        for name in [name for name in sent if name.startswith(f"{part}-")]:
            del sent[name]
        rows = [(name, row) for name, group in groups.items() for row in group or ()]
        sent[f"{part}-TOTAL_FORMS"], sent[f"{part}-INITIAL_FORMS"] = str(len(rows)), "0"
        for number, (name, row) in enumerate(rows):
            key = name.partition("/")[2]
            if self.rows[part].form.key == ("id",) and not key.startswith(NEW):
                sent[f"{part}-{number}-id"] = key
            for field, value in row.items():
                sent[f"{part}-{number}-{field}"] = "" if value is None else "on" if value is True else str(value)


class Conflict:
    """What somebody sent beside the record as saved now."""

    def __init__(self, sent: QueryDict, *, mine: Sheet, saved: Sheet, base: Values | None) -> None:
        self.sent, self.saved = sent, saved
        theirs = saved.values()
        self.mine = _matched(mine.values(), theirs, base)
        # What one of the two forms does not show is not compared: the editor may not see it.
        fields = {name for name in saved.form.fields if name in mine.form.fields}
        self.places = [
            place for place in places_of(base, self.mine, theirs) if "/" in place.name or place.name in fields
        ]
        for place in self.places:
            place.label = saved.label(place.name, place.mine or place.saved)
            sides = {MINE: place.mine, SAVED: place.saved, "before": place.before if base else None}
            place.words = {side: saved.words(place.name, value) for side, value in sides.items()}

    @property
    def asked(self) -> list[Place]:
        return [place for place in self.places if not place.settled]

    @property
    def taken_over(self) -> list[Place]:
        """What only somebody else changed."""
        return [place for place in self.places if place.settled == SAVED]

    @property
    def kept(self) -> list[Place]:
        """What only the editor changed."""
        return [place for place in self.places if place.settled == MINE]

    @property
    def open(self) -> list[Place]:
        """What the editor was asked and did not say."""
        return [place for place in self.places if place.error]

    def answer(self, answers: Mapping[str, Any]) -> bool:
        """Take the editor's choices; False when one is left open."""
        return answer(self.places, answers)

    @property
    def hidden(self) -> Iterator[tuple[str, str]]:
        """The editor's entries, for the page that asks to hold them."""
        for name, values in self.sent.lists():
            if name not in NOT_ENTRIES and name != "against" and not name.startswith("choice-"):
                yield from ((name, value) for value in values)

    def result(self) -> QueryDict:
        """The entries with everything in them that was chosen; all else is as the editor sent it."""
        sent = self.sent.copy()
        for name in [name for name in sent if name.startswith("choice-") or name == "against"]:
            del sent[name]
        chosen = {place.name: place.chosen for place in self.places}
        for place in self.places:
            if "/" not in place.name and place.choice == SAVED:
                self.saved.put(sent, place.name, place.saved)
        for part in {name.partition("/")[0] for name in chosen if "/" in name}:
            rows = {name: rows for name, rows in (self.mine | chosen).items() if name.startswith(f"{part}/")}
            self.saved.put_rows(sent, part, rows)
        return sent


def _matched(mine: Values, saved: Values, base: Values | None) -> Values:
    """Mine, where a new row that is saved already under a number, as sent before, has that number."""
    free = {name: rows for name, rows in saved.items() if "/" in name and name not in mine and name not in (base or {})}
    found: Values = {}
    for name, value in mine.items():
        part, _slash, key = name.partition("/")
        same = next((other for other, rows in free.items() if other.startswith(f"{part}/") and rows == value), None)
        if key.startswith(NEW) and same:
            del free[same]
        found[same if key.startswith(NEW) and same else name] = value
    return found


# --- values ----------------------------------------------------------------------------------------------------------


def _value(bound: Any) -> Any:
    """What was sent, as the field understands it; as it was typed where the field does not; else what is saved."""
    value = bound.data if bound.form.is_bound else bound.initial
    if bound.form.is_bound:
        with suppress(ValidationError):
            value = bound.field.clean(value)
    return _plain(bound.field, value)


def _plain(field: forms.Field, value: Any) -> Any:
    """As JSON, the same whichever side it comes from; empty values are None."""
    if isinstance(value, (list, tuple, models.QuerySet)):
        offered = _offered(field)
        plain = sorted(str(_plain(field, one)) for one in value)
        return [one for one in plain if offered is None or one in offered] or None
    if isinstance(value, models.Model):
        return str(value.pk)
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, date):
        return value.isoformat()
    return str(value).replace("\r\n", "\n").strip() or None


def _offered(field: Any) -> Any:
    """The numbers that a field picked by typing may name; a record that the editor does not see is none of them."""
    return field.offer.by_pk if hasattr(field, "offer") else None


def _groups(rows: Any) -> dict[str, list[dict[str, Any]]]:
    """The rows of a part by place: those of one partner, country or commitment together, others by their number."""
    found: dict[str, list[dict[str, Any]]] = {}
    for number, form in enumerate(rows.forms):
        if not _is_kept(form, number < rows.initial_form_count()):
            continue
        row = _row(form)
        first = form.key[0]
        key = _value(form["id"]) if first == "id" else row[first]
        found.setdefault(f"{rows.part}/{key or f'{NEW}{number}'}", []).append(row)
    return {name: sorted(group, key=lambda row: json.dumps(row, sort_keys=True)) for name, group in found.items()}


def _is_kept(form: Any, is_saved: bool) -> bool:
    if not form.is_bound:
        return is_saved
    return bool(is_saved or form.has_changed()) and not form[DELETION_FIELD_NAME].value()


def _row(form: Any) -> dict[str, Any]:
    """The fields that are saved with the row; where it names a record that is not known, what is asked about it too."""
    names = [name for name in form.fields if name not in ("id", DELETION_FIELD_NAME)]
    values = {name: _value(form[name]) for name in names}
    first = form.key[0]
    is_new = first in values and values[first] not in (_offered(form.fields[first]) or ())
    return {name: value for name, value in values.items() if name in form._meta.fields or (is_new and value)}


def _words(field: Any, value: Any) -> str:
    if isinstance(field, forms.DateField) and value:
        try:
            return date_format(date.fromisoformat(value), "DATE_FORMAT")
        except ValueError:
            return str(value)
    return readable(field, value)


def _words_of_row(fields: dict[str, forms.Field], row: dict[str, Any]) -> Iterator[str]:
    for name, value in row.items():
        words = _words(fields[name], value)
        if not words or words == _("No"):
            continue
        yield f"{fields[name].label} {words}" if isinstance(fields[name], forms.IntegerField) else words
