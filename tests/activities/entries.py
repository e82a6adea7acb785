"""What a browser sends when somebody fills in the form of an activity."""

from typing import Any
from uuid import uuid4

from django.test import Client
from django.utils.datastructures import MultiValueDict

from activities.models import Activity
from tests.factories.activities import make_theme, the_priority

PARTS = ("partners", "commitments", "contributions", "countries", "links", "follow-ups")

Rows = dict[str, list[dict[str, Any]]]


def filled_in(rows: Rows | None = None, **fields: Any) -> dict[str, Any]:
    """The entries of a new, complete activity; `fields` change or, with None, leave out single ones."""
    entries: dict[str, Any] = {
        "token": str(uuid4()),
        "title_en": "Seminar on water",
        "type": "meeting",
        "stage": "planned",
        "centre_role": "organizer",
        "summary": "What it is about.",
        "start_date": "2024-05-01",
        "date_precision": "day",
        "date_basis": "event",
        "main_priority": the_priority().pk,
        "themes": [make_theme().pk],
        "classification": "unclassified",
        "audience": "internal",
    }
    entries |= {**fields, **rows_sent(rows or {})}
    return {name: value for name, value in entries.items() if value is not None}


def rows_sent(rows: Rows) -> dict[str, Any]:
    """Rows as a browser numbers them."""
    sent: dict[str, Any] = {}
    for part in PARTS:
        filled = rows.get(part, [])
        sent |= {f"{part}-TOTAL_FORMS": len(filled), f"{part}-INITIAL_FORMS": 0}
        for number, row in enumerate(filled):
            sent |= {f"{part}-{number}-{name}": value for name, value in row.items()}
    return sent


def shown_in_form(client: Client, url: str) -> dict[str, Any]:
    """All entries of the form at an address, as a browser would send them back untouched."""
    context = client.get(url).context
    sent: dict[str, Any] = {name: context[name] for name in ("token", "version") if context.get(name) is not None}
    if context["keeping"].base:
        sent["base"] = context["keeping"].base
    entry = context["entry"]
    for form in (entry.form, *(rows.management_form for rows in entry.rows), *(f for rows in entry.rows for f in rows)):
        for field in form:
            value = _as_sent(field)
            if value is not None:
                sent[field.html_name] = value
    return sent


def _as_sent(field: Any) -> Any:
    value = field.field.prepare_value(field.value()) if hasattr(field.field, "prepare_value") else field.value()
    if field.widget_type == "checkbox":
        return "on" if value else None
    if field.widget_type == "pickboxes" and value is None:
        return None
    if isinstance(value, (list, tuple)):
        return [getattr(one, "pk", one) for one in value]
    if value is None:
        return ""
    return str(getattr(value, "pk", value))


def as_multi_value(entries: dict[str, Any]) -> MultiValueDict[str, Any]:
    """Entries as a form takes them when no request is at hand."""
    return MultiValueDict({name: value if isinstance(value, list) else [value] for name, value in entries.items()})


def latest() -> Activity:
    activity = Activity.objects.order_by("pk").last()
    assert activity is not None
    return activity
