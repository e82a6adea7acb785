"""What list pages share: filters in words, order, pages. The address says it all; a list remembers nothing.

A list page names its FilterSet and its orders in a `ListPage`, and registers it, so that views of it can be saved.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Case, Expression, F, IntegerField, QuerySet, Value, When
from django.http import HttpRequest, QueryDict
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from .visibility import is_staff_viewer

if TYPE_CHECKING:
    from .roles import Viewer

# Of one filter: more say nothing that a reader could oversee.
MOST_VALUES = 50
# A list shows so many rows and counts no further: whoever needs the rest narrows the list or takes the export.
MOST_ROWS = 10_000
# An empty list is counted again without each of so many filters.
MOST_ADVICE = 8
PAGE_SIZES = (50, 100, 200)


# --- order ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Order:
    """A column that sorts the list. `by` is asked anew for each reader, whose language may count.

    `may_lack`: rows without a value stand last, whichever way the list is sorted. `staff_only`: the order of the rows
    would tell others what they may not know.
    """

    label: Any
    by: Callable[[], Iterable[Any]]
    may_lack: bool = False
    staff_only: bool = False

    def expressions(self, *, falling: bool) -> list[Any]:
        """For `order_by`; the id makes the order the same each time."""
        nulls = {"nulls_last": True} if self.may_lack else {}
        columns = [F(column) if isinstance(column, str) else column for column in self.by()]
        return [
            *(column.desc(**nulls) if falling else column.asc(**nulls) for column in columns),
            "-pk" if falling else "pk",
        ]


def rank(column: str, choices: Iterable[tuple[str, Any]]) -> Expression:
    """The place of the column's value among the choices."""
    places = [When(**{column: value}, then=Value(number)) for number, (value, _label) in enumerate(choices)]
    return Case(*places, output_field=IntegerField())


def rank_by_label(column: str, choices: Iterable[tuple[str, Any]]) -> Expression:
    """The place of the column's value in the alphabet of the reader's language."""
    return rank(column, sorted(choices, key=lambda choice: str(choice[1]).casefold()))


# --- pages ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ListPage:
    """A list: its key in saved views, its address's name, what narrows it and what sorts it."""

    key: str
    address: str
    filterset: type[django_filters.FilterSet]
    orders: Mapping[str, Order]
    default_order: str

    def orders_for(self, viewer: "Viewer") -> dict[str, Order]:
        staff = is_staff_viewer(viewer)
        return {name: order for name, order in self.orders.items() if staff or not order.staff_only}

    def order_of(self, request: HttpRequest) -> str:
        """The order that the address asks for (`-date` falls); the default one where it asks for none that is known."""
        return self.asked_order(request.GET, request.user) or self.default_order

    def asked_order(self, query: QueryDict, viewer: "Viewer") -> str:
        """The order that a query asks for, empty where that is none that is known."""
        asked = query.get("ordering", "")
        return asked if asked.removeprefix("-") in self.orders_for(viewer) else ""

    def ordered(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        """The rows in the order that the address asks for."""
        order = self.order_of(request)
        name = order.removeprefix("-")
        return rows.order_by(*self.orders[name].expressions(falling=order != name))


LISTS: dict[str, ListPage] = {}


def register(page: ListPage) -> ListPage:
    """Make the list known, so that its views can be saved."""
    LISTS[page.key] = page
    return page


class ViewForm(forms.Form):
    """How the list is shown: its order and the number of rows. What is not known here counts as not asked for."""

    ordering = forms.ChoiceField(label=_("Sorted by"), required=False)
    rows = forms.ChoiceField(label=_("Rows a page"), required=False, choices=[(n, n) for n in PAGE_SIZES])

    def __init__(self, page: ListPage, request: HttpRequest) -> None:
        super().__init__(initial={"ordering": page.order_of(request), "rows": page_size(request.GET)})
        names = [(name, order.label) for name, order in page.orders_for(request.user).items()]
        self.fields["ordering"].choices = [  # type: ignore[attr-defined]  # it is a ChoiceField
            *((name, _("%(column)s, ascending") % {"column": label}) for name, label in names),
            *((f"-{name}", _("%(column)s, descending") % {"column": label}) for name, label in names),
        ]


def asked_rows(query: QueryDict) -> str:
    """The number of rows a page that a query asks for, empty where that is none of those offered."""
    asked = query.get("rows", "")
    return asked if asked in map(str, PAGE_SIZES) else ""


def page_size(query: QueryDict) -> int:
    return int(asked_rows(query) or PAGE_SIZES[0])


class BoundedPaginator(Paginator):
    """Counts and shows MOST_ROWS at most, so that the last page costs no more than the table allows."""

    @cached_property
    def found(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: MOST_ROWS + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self.found, MOST_ROWS)

    def page(self, number: int | str) -> Page[Any]:
        """In two steps, the keys and then their rows: what a row shows beside it is joined for this page alone."""
        page = super().page(number)
        all_rows: Any = self.object_list
        rows: Any = page.object_list
        page.object_list = all_rows.filter(pk__in=list(rows.values_list("pk", flat=True)))
        return page

    @property
    def has_more(self) -> bool:
        """Whether there are rows beyond those that are counted and shown."""
        return self.found > MOST_ROWS


def page_of(rows: QuerySet[Any], request: HttpRequest) -> Page[Any]:
    """The page that the address asks for; the nearest one where there is none of that number."""
    return BoundedPaginator(rows, page_size(request.GET)).get_page(request.GET.get("page"))


# --- filters in words -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Chip:
    """A filter in use: what it says, and the address of the list without it."""

    name: str
    label: str
    value: str
    url: str


def chips_of(filterset: django_filters.FilterSet, request: HttpRequest) -> list[Chip]:
    """The filters in use, one chip a value, those with a mistake among them: they too can be taken away."""
    chips = []
    for name, one in filterset.form.fields.items():
        for value in request.GET.getlist(name):
            if value.strip():
                chips.append(Chip(name, str(one.label), _in_words(one, value), address_without(request, name, value)))
    return chips


def _in_words(one: forms.Field, value: str) -> str:
    if isinstance(one, forms.DateField):
        try:
            day = parse_date(value)
        except ValueError:
            day = None
        return date_format(day) if day else value
    if not isinstance(one, forms.ChoiceField):
        return value
    several = isinstance(one, (forms.MultipleChoiceField, forms.ModelMultipleChoiceField))
    key = one.prepare_value([value])[0] if several else one.prepare_value(value)
    choices: Any = one.choices
    return next((str(label) for choice, label in choices if str(choice) == str(key)), value)


def address_without(request: HttpRequest, name: str, value: str) -> str:
    """The list without one value of one filter, from its first page."""
    query = request.GET.copy()
    query.setlist(name, [one for one in query.getlist(name) if one != value])
    return _address(request, query)


def address_with(request: HttpRequest, **values: str) -> str:
    """The list with these filters set to these values, from its first page."""
    query = request.GET.copy()
    for name, value in values.items():
        query[name] = value
    return _address(request, query)


def _address(request: HttpRequest, query: QueryDict) -> str:
    query.pop("page", None)
    for name in [name for name, values in query.lists() if not any(values)]:
        del query[name]
    return f"{request.path}?{query.urlencode()}" if query else request.path


def quick_periods(request: HttpRequest, today: date) -> list[dict[str, Any]]:
    """The periods that people ask for most, as links that leave the other filters alone."""
    quarter = 3 * ((today.month - 1) // 3) + 1
    spans = (
        (_("This month"), today.replace(day=1), _first_of_month(today, today.month + 1)),
        (_("This quarter"), date(today.year, quarter, 1), _first_of_month(today, quarter + 3)),
        (_("This year"), date(today.year, 1, 1), date(today.year + 1, 1, 1)),
        (_("Last year"), date(today.year - 1, 1, 1), date(today.year, 1, 1)),
    )
    links = []
    for label, first, after in spans:
        days = {"from": first.isoformat(), "to": (after - timedelta(days=1)).isoformat()}
        current = all(request.GET.get(name) == day for name, day in days.items())
        links.append({"label": label, "url": address_with(request, **days), "current": current})
    return links


def _first_of_month(day: date, month: int) -> date:
    """The first of that month of the day's year; month 13 is January of the next."""
    return date(day.year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


@dataclass(frozen=True)
class Advice:
    """A filter that hides everything: how many rows there are without it, and where."""

    label: str
    count: int
    is_all: bool
    url: str


def advice_on(filterset: django_filters.FilterSet, request: HttpRequest) -> list[Advice]:
    """For an empty list: the filters of which any one, taken away, would let something be found."""
    given = [name for name in filterset.form.changed_data if name in filterset.form.cleaned_data][:MOST_ADVICE]
    advice = []
    for name in given:
        rows: Any = filterset.queryset.all()
        for other, value in filterset.form.cleaned_data.items():
            if other != name:
                rows = filterset.filters[other].filter(rows, value)
        count = rows.order_by()[: MOST_ROWS + 1].count()
        if count:
            query = request.GET.copy()
            del query[name]
            label = str(filterset.form.fields[name].label)
            advice.append(Advice(label, min(count, MOST_ROWS), count <= MOST_ROWS, _address(request, query)))
    return advice
