"""Pages of results by cursor: each row once, however many are added meanwhile, and as fast on any page."""

from typing import TYPE_CHECKING, Any

from django.core import signing
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

if TYPE_CHECKING:
    from .api import ReadOnlyView

DEFAULT_SIZE, LARGEST_SIZE = 50, 100
AFTER, BEFORE = "after", "before"


class CursorPagination(BasePagination):
    """Pages in the view's `order`, the last field of which is unique and none of which is ever null.

    A cursor holds the order fields of the row it stands at, so a page is one range of the index. It is signed,
    for one view: whatever comes back was made here.
    """

    PARAMETERS = ("cursor", "page_size", "count")

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """The page's rows, as dictionaries of the view's columns. ValidationError by parameter."""
        self.request = request
        self.view: ReadOnlyView = view
        size, direction, position = self._size(), AFTER, None
        if "cursor" in request.query_params:
            direction, position = self._read_cursor(request.query_params["cursor"])
        self.count = queryset.count() if self._wants_count() else None
        found = self._read(queryset, direction, position, size + 1)
        more, found = len(found) > size, found[:size]
        if direction == BEFORE:
            found.reverse()
        places = [place for place, _row in found]
        self.next = places[-1] if places and (more or direction == BEFORE) else None
        self.previous = places[0] if places and (more if direction == BEFORE else position is not None) else None
        return [row for _place, row in found]

    def _read(
        self, queryset: QuerySet[Any], direction: str, position: list[Any] | None, limit: int
    ) -> list[tuple[list[Any], dict[str, Any]]]:
        order = [(name.lstrip("-"), name.startswith("-") == (direction == AFTER)) for name in self.view.order]
        if position is not None:
            queryset = queryset.filter(_beyond(order, position))
        queryset = queryset.order_by(*(f"-{name}" if falling else name for name, falling in order))
        columns = self.view.columns()
        rows = queryset.values_list(*(name for name, _falling in order), *columns.values())[:limit]
        width = len(order)
        return [(list(row[:width]), dict(zip(columns, row[width:], strict=True))) for row in rows]

    def _signer(self) -> signing.Signer:
        return signing.Signer(salt=f"api-cursor-{self.view.basename}")

    def _cursor(self, direction: str, place: list[Any]) -> str:
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

    def get_paginated_response(self, data: Any) -> Response:
        body = {"next": self._link(AFTER, self.next), "previous": self._link(BEFORE, self.previous)}
        if self.count is not None:
            body["count"] = self.count
        return Response(body | {"results": data})

    def _link(self, direction: str, place: list[Any] | None) -> Any:
        if place is None:
            return None
        return replace_query_param(self.request.build_absolute_uri(), "cursor", self._cursor(direction, place))

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
        ]


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _beyond(order: list[tuple[str, bool]], position: list[Any]) -> Q:
    """Rows after the position: (a, b) > (x, y) as `a >= x AND (a > x OR b > y)`, which an index can follow."""
    (name, falling), value = order[0], position[0]
    strictly = Q(**{f"{name}__{'lt' if falling else 'gt'}": value})
    if len(order) == 1:
        return strictly
    return Q(**{f"{name}__{'lte' if falling else 'gte'}": value}) & (strictly | _beyond(order[1:], position[1:]))
