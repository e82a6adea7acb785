"""Pages of results by cursor: each row once, however many are added meanwhile, and as fast on any page."""

from typing import TYPE_CHECKING, Any

import orjson
from django.core import signing
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from . import api_sync
from .api_columns import Statement, statement_of
from .api_json import Written
from .api_reading import Order, kept, page_of, read

if TYPE_CHECKING:
    from .api import ReadOnlyView

DEFAULT_SIZE, LARGEST_SIZE = 50, 100
AFTER, BEFORE = "after", "before"


class CursorPagination(BasePagination):
    """Pages in the view's `order`, the last field of which is unique and none of which is ever null.

    A cursor holds the order fields of the row it stands at, so a page is one range of the index. It is signed,
    for one view: whatever comes back was made here.
    """

    PARAMETERS = ("cursor", "page_size", "count", api_sync.PARAMETER)

    def open(self, request: Request, view: "ReadOnlyView") -> None:
        """For which request it pages. ValidationError by parameter."""
        self.request, self.view = request, view
        self.order = self._order()

    def answer(self, queryset: QuerySet[Any]) -> Response:
        """The page of the queryset that is asked for. ValidationError by parameter."""
        if api_sync.PARAMETER in self.request.query_params:
            return self._changes(queryset)
        size, direction, position = self._size(), AFTER, None
        if "cursor" in self.request.query_params:
            direction, position = self._read_cursor(self.request.query_params["cursor"])
        count = queryset.count() if self._wants_count() else None
        found = self.rows(queryset, direction, position, size + 1)
        more, found = len(found) > size, found[:size]
        if direction == BEFORE:
            found.reverse()
        places = [place for place, _text in found]
        after = places[-1] if places and (more or direction == BEFORE) else None
        before = places[0] if places and (more if direction == BEFORE else position is not None) else None
        body = {"next": self._link(AFTER, after), "previous": self._link(BEFORE, before)}
        if count is not None:
            body["count"] = count
        return Response(with_results(body, [text for _place, text in found]))

    def _changes(self, queryset: QuerySet[Any]) -> Response:
        walk = api_sync.Walk(self.view, self.request)
        page = walk.page(queryset, self._size())
        follows = self._linked(walk.cursor(page.place)) if page.more and page.place else None
        body = {"next": follows, "previous": None, "removed": page.removed, "updated_until": walk.token}
        return Response(with_results(body, page.items))

    def rows(
        self, queryset: QuerySet[Any], direction: str, position: list[Any] | None, limit: int
    ) -> list[tuple[tuple[Any, ...], str]]:
        """Rows beyond the position, each as its place and its item as JSON text."""
        order = tuple((name, falling == (direction == AFTER)) for name, falling in self.order)
        return read(self.view, page_of(self._keys(queryset), order, position, limit), order)

    def _keys(self, queryset: QuerySet[Any]) -> Statement:
        """Finds the keys of the rows, and what they are sorted by."""
        names = tuple(name for name, _falling in self.order)

        def make() -> Statement:
            return statement_of(queryset.order_by().annotate(**self.view.places).values_list("pk", *names))

        return make() if self.view.is_narrowed else kept(self.view, ("keys", names), make)

    def _order(self) -> Order:
        wanted = self.request.query_params.get("ordering")
        names = self.view.order if wanted is None else self.view.orderings.get(wanted)
        if names is None:
            known = ", ".join(self.view.orderings)
            raise ValidationError({"ordering": [_("“%(value)s” is none of these: ") % {"value": wanted} + known + "."]})
        return tuple((name.lstrip("-"), name.startswith("-")) for name in names)

    def _signer(self) -> signing.Signer:
        return signer_of(self.view.basename, self.request.query_params.get("ordering", ""))

    def _cursor(self, direction: str, place: Any) -> str:
        return self._signer().sign_object([direction, [str(value) for value in place]])

    def _read_cursor(self, text: str) -> tuple[str, list[Any]]:
        try:
            direction, place = self._signer().unsign_object(text)
        except (signing.BadSignature, ValueError) as error:
            raise ValidationError(
                {"cursor": [_("This is not a cursor of this list. Take “next” or “previous” as the list gave it.")]}
            ) from error
        return direction, place

    def _size(self) -> int:
        text = self.request.query_params.get("page_size", str(DEFAULT_SIZE))
        size = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_SIZE)) else 0
        if not 1 <= size <= LARGEST_SIZE:
            raise ValidationError(
                {"page_size": [_("Give a whole number from 1 to %(largest)s.") % {"largest": LARGEST_SIZE}]}
            )
        return size

    def _wants_count(self) -> bool:
        text = self.request.query_params.get("count", "false")
        if text not in ("true", "false"):
            raise ValidationError({"count": [_("Give “true” or “false”.")]})
        return text == "true"

    def _link(self, direction: str, place: Any) -> Any:
        if place is None:
            return None
        return self._linked(self._cursor(direction, place))

    def _linked(self, cursor: str) -> Any:
        return replace_query_param(self.request.build_absolute_uri(), "cursor", cursor)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "additionalProperties": False,
            "properties": {
                "next": {**link, "description": "The next page; null on the last."},
                "previous": {**link, "description": "The page before; null on the first."},
                "count": {
                    "type": "integer",
                    "minimum": 0,
                    "description": "How many items there are on all pages; with `count=true` alone.",
                },
                "results": {**schema, "maxItems": LARGEST_SIZE},
                "removed": {
                    "type": "array",
                    "items": {"type": "string"},
                    "maxItems": LARGEST_SIZE,
                    "description": "With `updated_since`: addresses of what you must no longer keep.",
                },
                "updated_until": {
                    "type": "string",
                    "description": "With `updated_since`: what to give as `updated_since` the next time.",
                },
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            _parameter(
                "cursor", {"type": "string", "minLength": 1}, "Where a page starts; taken from `next` or `previous`."
            ),
            _parameter(
                "page_size",
                {"type": "integer", "minimum": 1, "maximum": LARGEST_SIZE, "default": DEFAULT_SIZE},
                "How many items a page has.",
            ),
            _parameter("count", {"type": "boolean", "default": False}, "Whether to count the items on all pages."),
            _parameter(
                api_sync.PARAMETER,
                {"type": "string", "minLength": 1},
                "What changed since: 0 for all there is, then the `updated_until` of the last answer; or a moment.",
            ),
            _parameter(
                "format",
                {"type": "string", "enum": ["json", "csv", "xlsx"], "default": "json"},
                "The whole list as a file, instead of a page; or ask for it by Accept.",
            ),
            *view_parameters(view),
        ]


def view_parameters(view: "ReadOnlyView") -> list[dict[str, Any]]:
    """What else a list or an item can be asked for, for the schema."""
    found = [_names("fields", view.selectable(), "The fields to send, separated by commas; all where it is left out.")]
    if "include" in view.parameters:
        found.append(_names("include", (*view.addable(),), "What to send beside, separated by commas."))
    if "ordering" in view.parameters:
        orders = {"type": "string", "enum": [*view.orderings]}
        found.append(_parameter("ordering", orders, "The order; a minus turns it round."))
    return found


def _names(name: str, values: tuple[str, ...], description: str) -> dict[str, Any]:
    schema = {"type": "array", "minItems": 1, "items": {"type": "string", "enum": [*values]}}
    return _parameter(name, schema, description) | {"style": "form", "explode": False}


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def signer_of(basename: str, ordering: str) -> signing.Signer:
    """Signs the cursors of a list in an order; no other list or order takes them."""
    return signing.Signer(salt=f"api-cursor-{basename}-{ordering}")


def with_results(body: dict[str, Any], items: list[str]) -> Written:
    """The page as JSON: `results` holds the items, which are JSON texts already."""
    head = orjson.dumps(body)
    return Written(b'%s,"results":[%s]}' % (head[:-1], ",".join(items).encode()), rows=len(items))
