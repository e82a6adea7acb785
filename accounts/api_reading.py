"""Reads pages of items: the rows' keys are found by filters and place, the columns are read for these rows alone.

Both stand in one statement. What the columns are depends on the reader and on the fields asked for, never on the
filters, so their SQL is kept from one request to the next; making it anew would take longer than running it.
"""

from threading import Lock
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from .api_columns import item_text
from .visibility import is_staff_viewer

if TYPE_CHECKING:
    from .api import ReadOnlyView
    from .roles import Viewer

MOST_KEPT = 1_000
_kept: dict[Any, tuple[str, tuple[Any, ...]]] = {}
_lock = Lock()

# The fields that a list is sorted by, each with whether it falls.
Order = tuple[tuple[str, bool], ...]


def reader_of(viewer: "Viewer") -> tuple[Any, ...]:
    """All that decides what a viewer may read: two viewers with equal values read the same."""
    if not viewer.is_authenticated or not viewer.is_active:
        return ("anonymous",)
    return (viewer.role, viewer.pk) if is_staff_viewer(viewer) else (viewer.role, viewer.organization_id)


def read(view: "ReadOnlyView", keys: QuerySet[Any], order: Order, *places: str) -> list[tuple[tuple[Any, ...], str]]:
    """The rows that `keys` (of primary keys) finds, sorted: each as its place in the order and its item as JSON text.

    `places` names the columns of the place; without them these are the fields of the order.
    """
    names = places or tuple(name for name, _falling in order)
    try:
        inside, inside_parameters = keys.query.sql_with_params()
    except EmptyResultSet:
        return []
    columns, parameters = _columns(view, names)
    table = view.model._meta.db_table
    by = ", ".join(f"{place} DESC" if falling else f"{place}" for place, (_name, falling) in enumerate(order, start=1))
    statement = f'{columns} WHERE "{table}"."{view.model._meta.pk.column}" = ANY(ARRAY({inside})) ORDER BY {by}'
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters + tuple(inside_parameters))
        return [(row[:-1], row[-1]) for row in cursor.fetchall()]


def _columns(view: "ReadOnlyView", places: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    reader = reader_of(view.request.user)
    policy = (settings.CONFIDENTIAL_ALLOWED, settings.CONFIDENTIAL_FOR_ALL_MANAGERS)
    key = (type(view), view.action, reader, policy, view.chosen, places, timezone.localdate())
    found = _kept.get(key)
    if found is None:
        rows = view.model._base_manager.order_by().annotate(**view.places)
        text = item_text(view.columns())
        found = rows.values_list(*places, text).query.sql_with_params()
        with _lock:
            if len(_kept) >= MOST_KEPT:
                _kept.clear()
            _kept[key] = found
    return found
