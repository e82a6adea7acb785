"""Where the fields of an answer come from: columns of one query, nested values as queries within it from `visible_to`.

PostgreSQL writes each item as JSON text, which goes to the reader as it is: no row becomes a model object, and none
is taken apart and put together again on the way.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import EmptyResultSet
from django.db.models import (
    Case,
    CharField,
    Expression,
    F,
    Func,
    JSONField,
    OuterRef,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast

if TYPE_CHECKING:
    from .api import Item, Part

Column = str | Expression | F
# SQL with its parameters; None where nothing can be found.
Statement = tuple[str, tuple[Any, ...]] | None
INTERNAL = "internal."
# In the place of a list that is not shown.
NO_LIST = RawSQL("'{}'", ())


class Object(Func):
    """A JSON object of these names and values, as `json`: PostgreSQL makes `jsonb` slower, and sorts its names."""

    function = "JSON_BUILD_OBJECT"
    output_field = JSONField()

    def __init__(self, **values: Column) -> None:
        parts: list[Any] = []
        for name, value in values.items():
            parts += (Value(name), F(value) if isinstance(value, str) else value)
        super().__init__(*parts)


def statement_of(rows: QuerySet[Any]) -> Statement:
    """The queryset as SQL, which may be kept: to make it takes longer than to run it."""
    try:
        sql, parameters = rows.query.sql_with_params()
    except EmptyResultSet:
        return None
    return sql, tuple(parameters)


def item_text(columns: dict[str, Column]) -> Expression:
    """The item of these columns as JSON text; columns of `internal` become the object of that name."""
    inner = {name.removeprefix(INTERNAL): value for name, value in columns.items() if name.startswith(INTERNAL)}
    outer = {name: value for name, value in columns.items() if not name.startswith(INTERNAL)}
    if inner:
        outer["internal"] = Object(**inner)
    return Cast(Object(**outer), TextField())


def codes(queryset: QuerySet[Any], field: str | Expression = "code") -> Expression:
    """The codes of the rows, in order, as one column. The queryset starts from `visible_to` and uses OuterRef."""
    return _listed(queryset.order_by(field), field)


def objects(queryset: QuerySet[Any], *, order: tuple[Any, ...], item: Expression) -> Expression:
    """The rows as JSON objects, in order, as one column."""
    return _listed(queryset.order_by(*order), item)


def _listed(queryset: QuerySet[Any], value: str | Expression) -> Expression:
    found: Any = ArraySubquery(queryset.values_list(value, flat=True))
    return found


class Gathered(Expression):
    """A list of values for each item, in order: of rows that are read for all items of a page at once.

    That is quicker than `codes` and `objects`, which read them for one item after the other. The queryset starts from
    `visible_to`; `at` is its field that leads to the items. `accounts.api_reading` joins what is gathered.
    """

    def __init__(self, queryset: QuerySet[Any], at: str, value: str | Expression, *order: Any) -> None:
        super().__init__(output_field=JSONField())
        self.queryset, self.at, self.value, self.order = queryset, at, value, order or (value,)
        self.name = ""

    def statement(self) -> Statement:
        """Finds the key of each item on the page and its list."""
        of_page = self.queryset.filter(**{f"{self.at}__in": RawSQL('SELECT "pk" FROM page', ())}).order_by()
        found = ArrayAgg(self.value, order_by=self.order)
        return statement_of(of_page.values(self.at).annotate(gathered=found).values_list(self.at, "gathered"))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return f"COALESCE({self.name}.gathered, '{{}}')" if self.name else "ARRAY[]::text[]", ()


def fields_of(part: "type[Part]", relation: str = "") -> Expression:
    """The fields that the part declares, all of the model or of the relation, as one JSON object."""
    at = f"{relation}__" if relation else ""
    return Object(**{str(name): f"{at}{name}" for name in part().fields})


def code_of(queryset: QuerySet[Any], field: str, code: str = "code") -> Expression:
    """The code of the row that the foreign key `field` points to, or null where it is not in the queryset."""
    found: Any = Subquery(queryset.filter(pk=OuterRef(field)).values(code)[:1])
    return found


def where_given(field: str, value: Expression) -> Expression:
    """The value where the foreign key is set, else null."""
    found: Any = Case(When(**{f"{field}__isnull": False}, then=value), default=None, output_field=CharField())
    return found


@cache
def sources_of(item: "type[Item]") -> dict[str, str]:
    """The fields that the serializer declares, those of `internal` by their full names, each with the model's field."""
    fields: Any = item().fields
    sources = {name: field.source.replace(".", "__") for name, field in fields.items() if name != "internal"}
    inner = fields["internal"].fields if "internal" in fields else ()
    return sources | {f"{INTERNAL}{name}": name for name in inner}
