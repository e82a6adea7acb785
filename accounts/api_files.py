"""Lists as CSV or XLSX: `?format=` or Accept. The same rows and fields as in JSON, all pages at once."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import orjson
from django.db.models import QuerySet
from django.http import FileResponse
from django.utils import translation
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from . import tables
from .api_columns import INTERNAL
from .api_paging import AFTER, CursorPagination

if TYPE_CHECKING:
    from .api import ReadOnlyView

PARAMETER = "format"
KINDS = ("json", "csv", "xlsx")
ROWS_AT_ONCE = 1_000
# What a file of the whole list has no use for.
OF_PAGES = ("cursor", "page_size", "count", "updated_since")


def wanted(request: Request) -> str:
    """The format that is asked for. ValidationError by parameter."""
    kind = request.query_params.get(PARAMETER)
    if kind is None:
        accepted = request.headers.get("Accept", "").partition(",")[0].partition(";")[0].strip()
        kinds = {tables.CONTENT_TYPES[kind].partition(";")[0]: kind for kind in ("csv", "xlsx")}
        return kinds.get(accepted, "json")
    if kind not in KINDS:
        known = ", ".join(KINDS)
        raise ValidationError({PARAMETER: [_("“%(value)s” is none of these: ") % {"value": kind} + known + "."]})
    if kind != "json":
        wrong = [name for name in OF_PAGES if name in request.query_params]
        if wrong:
            raise ValidationError({name: [_("A file holds the whole list. Leave it out.")] for name in wrong})
    return kind


def file_of(view: "ReadOnlyView", found: QuerySet[Any], kind: str) -> FileResponse:
    """The whole list as a file. Programs read it, so it is the same in every language."""
    columns = [tables.plain(name, name) for name in _headings(view)]
    table = tables.Table(view.basename, view.basename, columns, _rows(view, found))
    with translation.override("en"):
        return tables.export(view.request._request, table, kind)


def _headings(view: "ReadOnlyView") -> list[str]:
    item: Any = view.detail_serializer_class or view.serializer_class
    fields = item().fields
    found: list[str] = []
    for name in view.chosen:
        if name.startswith(INTERNAL):
            found += [name] if view.for_staff else []
        elif isinstance(fields[name], serializers.Serializer):
            found += [f"{name}.{inner}" for inner in fields[name].fields]
        else:
            found.append(name)
    return found


def _rows(view: "ReadOnlyView", found: QuerySet[Any]) -> Iterator[tables.Row]:
    """Page by page, each from the row where the last one ended."""
    pages: CursorPagination = view.paginator  # type: ignore[assignment]
    governed = any(field.name == "classification" for field in view.model._meta.get_fields())
    marked = governed and view.for_staff and found.exclude(classification="unclassified").exists()
    position = None
    while rows := pages.rows(found, AFTER, position, ROWS_AT_ONCE):
        for _place, text in rows:
            yield {**_flat(orjson.loads(text)), **({"classification": "confidential"} if marked else {})}
        position = list(rows[-1][0])


def _flat(item: dict[str, Any]) -> tables.Row:
    """The item's values as cells: objects by their parts, several values in one cell."""
    row: tables.Row = {}
    for name, value in item.items():
        if isinstance(value, dict):
            row |= {f"{name}.{inner}": cell for inner, cell in _flat(value).items()}
        elif isinstance(value, list):
            row[name] = tables.joined(map(_in_words, value))
        else:
            row[name] = str(value).lower() if isinstance(value, bool) else value
    return row


def _in_words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value.values() if part not in (None, ""))
    return str(value)
