"""Reads pages of items: the rows' keys are found by filters and place, the columns are read for these rows alone.

Both stand in one statement. What the columns are depends on the reader and on the fields asked for, never on the
filters, and what an unfiltered list holds on the reader alone. So their SQL is kept from one request to the next;
making it anew would take longer than running it.
"""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from django.db import connection
from django.utils import timezone

from .api_columns import Gathered, Statement, item_text
from .visibility import is_staff_viewer

if TYPE_CHECKING:
    from .api import ReadOnlyView
    from .roles import Viewer

Made = TypeVar("Made")
MOST_KEPT = 1_000
_kept: dict[Hashable, Any] = {}
_lock = Lock()

# The fields that a list is sorted by, each with whether it falls.
Order = tuple[tuple[str, bool], ...]


def reader_of(viewer: "Viewer") -> tuple[Any, ...]:
    """All that decides what a viewer may read: two viewers with equal values read the same."""
    if not viewer.is_authenticated or not viewer.is_active:
        return ("anonymous",)
    return (viewer.role, viewer.pk) if is_staff_viewer(viewer) else (viewer.role, viewer.organization_id)


def kept(view: "ReadOnlyView", name: Hashable, make: Callable[[], Made]) -> Made:
    """What `make` made for this view and reader under this name; it is made once on a day."""
    policy = (settings.CONFIDENTIAL_ALLOWED, settings.CONFIDENTIAL_FOR_ALL_MANAGERS)
    key = (type(view), view.action, reader_of(view.request.user), policy, timezone.localdate(), name)
    found: Made | None = _kept.get(key)
    if found is None:
        found = make()
        with _lock:
            if len(_kept) >= MOST_KEPT:
                _kept.clear()
            _kept[key] = found
    return found


def read(view: "ReadOnlyView", inside: Statement, order: Order) -> list[tuple[tuple[Any, ...], str]]:
    """The rows whose primary keys `inside` finds, sorted: each as its place in the order and its item as JSON text."""
    if inside is None:
        return []
    names = tuple(name for name, _falling in order)
    gathered, columns, parameters = kept(view, (names, view.chosen), lambda: _columns(view, names))
    key = f'"{view.model._meta.db_table}"."{view.model._meta.pk.column}"'
    by = ", ".join(f"{place} DESC" if falling else f"{place}" for place, (_name, falling) in enumerate(order, start=1))
    page = f'WITH page ("pk") AS MATERIALIZED ({inside[0]})'
    statement = f"{page}{gathered} {columns} WHERE {key} = ANY(ARRAY(TABLE page)) ORDER BY {by}"
    with connection.cursor() as cursor:
        cursor.execute(statement, inside[1] + parameters)
        return [(row[:-1], row[-1]) for row in cursor.fetchall()]


def _columns(view: "ReadOnlyView", names: tuple[str, ...]) -> tuple[str, str, tuple[Any, ...]]:
    """SQL of what is gathered for the page, of the columns with the joins to it, and the parameters of both."""
    item = item_text(view.columns())
    tables, joins = "", ""
    parameters: tuple[Any, ...] = ()
    key = f'"{view.model._meta.db_table}"."{view.model._meta.pk.column}"'
    for number, one in enumerate(part for part in item.flatten() if isinstance(part, Gathered)):
        found = one.statement()
        if found is not None:
            one.name = f"gathered_{number}"
            tables += f", {one.name} (pk, gathered) AS ({found[0]})"
            joins += f" LEFT JOIN {one.name} ON {one.name}.pk = {key}"
            parameters += found[1]
    rows = view.model._base_manager.order_by().annotate(**view.places).values_list(*names, item)
    sql, others = rows.query.sql_with_params()
    return tables, sql + joins, parameters + tuple(others)


def page_of(rows: Statement, order: Order, position: list[Any] | None, limit: int) -> Statement:
    """The first primary keys beyond the position, of a statement that finds keys and the fields of the order."""
    if rows is None:
        return None
    names = ", ".join(f'"{name}"' for name, _falling in order)
    by = ", ".join(f'"{name}" DESC' if falling else f'"{name}"' for name, falling in order)
    where, values = (" WHERE " + _beyond(order), _repeated(position)) if position is not None else ("", ())
    inside = f'({rows[0]}) AS rows ("pk", {names})'
    return f'SELECT "pk" FROM {inside}{where} ORDER BY {by} LIMIT {limit:d}', rows[1] + values  # noqa: S608


def _beyond(order: Order) -> str:
    """Rows after the position: (a, b) > (x, y) as `a >= x AND (a > x OR b > y)`, which an index can follow."""
    (name, falling), *others = order
    sign = "<" if falling else ">"
    if not others:
        return f'"{name}" {sign} %s'
    return f'"{name}" {sign}= %s AND ("{name}" {sign} %s OR {_beyond(tuple(others))})'


def _repeated(position: list[Any]) -> tuple[Any, ...]:
    """The values of the position as often as `_beyond` names them."""
    return (*(value for one in position[:-1] for value in (one, one)), position[-1])
