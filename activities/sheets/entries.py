"""From the cells of a row to the entries of the form: what the form would send if somebody typed the same.

So a row goes through the very rules of the form, and what the file does not say stays as it is.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from django.http import QueryDict

from activities.forms import ActivityEntry
from activities.participants import FIGURES

from .kinds import Links
from .words import NEW, Words

Entries = dict[str, list[str]]
Setter = Callable[[Entries, Any, Words, ActivityEntry], None]


def entries_of(entry: ActivityEntry) -> Entries:
    """What a browser would send of the form untouched."""
    sent: Entries = {}
    for field in entry.form:
        sent[field.html_name] = _as_sent(field.value())
    for rows in entry.rows:
        _set_rows(sent, rows.part, rows.initial or ())
    return sent


def _as_sent(value: Any) -> list[str]:
    if isinstance(value, (list, tuple)):
        return [_text(one) for one in value]
    # Of what is empty and of a box that is not ticked nothing is sent.
    return [] if value is None or value is False else [_text(value)]


def _text(value: Any) -> str:
    value = getattr(value, "pk", value)
    if value is True:
        return "on"
    return value.isoformat() if isinstance(value, date) else "" if value is None else str(value)


def _set_rows(sent: Entries, part: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """The rows of a part as a browser numbers them, in the place of those that stood there."""
    for name in [name for name in sent if name.startswith(f"{part}-")]:
        del sent[name]
    number = 0
    for number, row in enumerate(rows, start=1):
        sent |= {f"{part}-{number - 1}-{name}": [_text(value)] for name, value in row.items()}
    sent |= {f"{part}-TOTAL_FORMS": [str(number)], f"{part}-INITIAL_FORMS": ["0"]}


def as_data(sent: Entries) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, values in sent.items():
        data.setlist(name, values)
    return data


# --- what each column sets --------------------------------------------------------------------------------------


def set_column(sent: Entries, code: str, value: Any, words: Words, entry: ActivityEntry) -> None:
    """Put the value of a column, as its kind read it, into the entries."""
    SETTERS.get(code, lambda *given: _set_plain(code, *given))(sent, value, words, entry)


def _set_plain(code: str, sent: Entries, value: Any, words: Words, entry: ActivityEntry) -> None:
    sent[code] = [] if value is False else [_text(value)]


def _of(code: str, vocabulary: str) -> Setter:
    """One record or several, by their codes."""

    def set_keys(sent: Entries, value: Any, words: Words, entry: ActivityEntry) -> None:
        names = getattr(words, vocabulary)
        if isinstance(value, list):
            sent[code] = [_text(names.key(one)) for one in value]
        else:
            sent[code] = [_text(names.key(value)) if value else ""]

    return set_keys


def _set_partners(sent: Entries, value: Any, words: Words, entry: ActivityEntry) -> None:
    """Without those that are still to be added: they are there when the file is imported."""
    rows = [
        {"organization": words.organizations.key(one["organization"]), "role": one["role"]}
        for one in value
        if not one["organization"].startswith(NEW)
    ]
    _set_rows(sent, "partners", rows)


def _set_commitments(sent: Entries, value: Any, words: Words, entry: ActivityEntry) -> None:
    _set_rows(sent, "commitments", [{"commitment": words.commitments.key(one["commitment"])} for one in value])


def _set_contributions(sent: Entries, value: Any, words: Words, entry: ActivityEntry) -> None:
    rows = [{**one, "deliverable": words.deliverables.key(one["deliverable"])} for one in value]
    _set_rows(sent, "contributions", rows)


def _set_by_country(sent: Entries, value: Any, words: Words, entry: ActivityEntry) -> None:
    rows = [{"country": words.countries.key(one["country"]), **{name: one[name] for name in FIGURES}} for one in value]
    _set_rows(sent, "countries", rows)


def _set_links(sent: Entries, value: Any, words: Words, entry: ActivityEntry) -> None:
    _set_rows(sent, "links", _with_ids(value, _initial(entry, "links"), Links.parts))


def _set_follow_ups(sent: Entries, value: Any, words: Words, entry: ActivityEntry) -> None:
    rows = [{**one, "owner": words.staff.key(one["owner"]) if one["owner"] else None} for one in value]
    _set_rows(sent, "follow-ups", _with_ids(rows, _initial(entry, "follow-ups"), ("text", "owner", "due", "done")))


def _initial(entry: ActivityEntry, part: str) -> list[dict[str, Any]]:
    return [dict(row) for rows in entry.rows if rows.part == part for row in rows.initial or ()]


def _with_ids(rows: list[dict[str, Any]], saved: list[dict[str, Any]], names: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows; those that say what a saved one says are that one."""
    ids: dict[tuple[str, ...], list[Any]] = {}
    for row in saved:
        ids.setdefault(tuple(_text(row.get(name)) for name in names), []).append(row["id"])
    found = []
    for row in rows:
        known = ids.get(tuple(_text(row.get(name)) for name in names))
        found.append({**row, "id": known.pop(0) if known else None})
    return found


SETTERS: dict[str, Setter] = {
    "lead_organization": _of("lead_organization", "organizations"),
    "released_to": _of("released_to", "organizations"),
    "country": _of("country", "countries"),
    "countries": _of("countries", "countries"),
    "main_priority": _of("main_priority", "priorities"),
    "further_priorities": _of("further_priorities", "priorities"),
    "themes": _of("themes", "themes"),
    "sdg_targets": _of("sdg_targets", "sdg_targets"),
    "series": _of("series", "series"),
    "focal_officer": _of("focal_officer", "staff"),
    "readers": _of("readers", "staff"),
    "partners": _set_partners,
    "commitments": _set_commitments,
    "contributions": _set_contributions,
    "participants_by_country": _set_by_country,
    "links": _set_links,
    "follow_ups": _set_follow_ups,
}
# Columns that stand for rows of the form, not for a field.
PARTS = frozenset({"partners", "commitments", "participants_by_country", "links", "follow_ups"})
# Under which column an error of a part of the form is told.
COLUMN_OF_PART = {"countries": "participants_by_country", "follow-ups": "follow_ups"}
