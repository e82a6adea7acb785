"""What every list of the API shares: the rule of visibility, strict parameters, and rows read without model objects.

A view names its model and a serializer. The serializer declares the fields with their types, for the schema; the
view reads them as columns of one query. Nested values are subqueries, each starting from `visible_to`, so the
number of queries does not grow with the rows.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import django_filters
from django import forms
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, CharField, Exists, Expression, F, Model, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import JSONObject
from django.http import Http404
from django.utils.cache import patch_vary_headers
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter
from rest_framework.viewsets import GenericViewSet

from .api_paging import CursorPagination
from .choices import Audience, Classification, ReviewState
from .visibility import is_staff_viewer

Column = str | Expression | F
INTERNAL = "internal."


class Router(DefaultRouter):
    """Leads to items by the view's `lookups`, which may be two (`priorities/2021-2025/i/`)."""

    include_format_suffixes = False

    def get_lookup_regex(self, viewset: Any, lookup_prefix: str = "") -> str:
        return "/".join(f"(?P<{name}>[^/]+)" for name in viewset.lookups)


# --- parameters -------------------------------------------------------------------------------------------


class StrictFilterBackend(DjangoFilterBackend):
    """Refuses what it does not know: a misspelt parameter would else bring a list that says more than was asked."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        filterset = self.get_filterset(request, queryset, view)
        filters = filterset.filters if filterset is not None else {}
        _refuse(_misused(request, filters, view.pagination_class.PARAMETERS))
        if filterset is None:
            return queryset
        for field in filterset.form.fields.values():
            _explain_choices(field)
        if not filterset.is_valid():
            _refuse(filterset.errors)
        found = filterset.qs
        # DISTINCT would compare every column read later; which rows there are is settled here.
        if found.query.distinct:
            return found.model._default_manager.filter(pk__in=found.order_by().values("pk"))
        return found


def refuse_parameters(request: Request) -> None:
    """For an item, which takes no parameters at all."""
    _refuse(_misused(request, {}, ()))


def _refuse(errors: Any) -> None:
    if errors:
        raise ValidationError(errors)


def _misused(request: Request, filters: dict[str, Any], others: Iterable[str]) -> dict[str, list[str]]:
    """Parameters that are unknown, empty, given twice, or no ISO date, with what to do about it."""
    errors: dict[str, list[str]] = {}
    for name, values in request.query_params.lists():
        if name not in filters and name not in others:
            known = ", ".join(sorted([*filters, *others]))
            errors[name] = [
                _("There is no such parameter here. There are: %(known)s.") % {"known": known}
                if known
                else _("An item takes no parameters. Leave it out.")
            ]
        elif not all(values):
            errors[name] = [_("It has no value. Give one, or leave the parameter out.")]
        elif any("\x00" in value for value in values):
            errors[name] = [_("It holds a NUL character. Take that out.")]
        elif len(values) > 1 and not isinstance(filters.get(name), django_filters.MultipleChoiceFilter):
            errors[name] = [_("It is given more than once. Give it once.")]
        elif isinstance(filters.get(name), django_filters.DateFilter) and not _is_iso(values[0]):
            errors[name] = [_("Give a date as year-month-day, such as 2024-07-23.")]
    return errors


def _is_iso(text: str) -> bool:
    return re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is not None


def _explain_choices(field: forms.Field) -> None:
    """Say what may be given; Django's messages are made for a page with a list to choose from."""
    if isinstance(field, forms.ModelChoiceField):
        field.error_messages["invalid_choice"] = _(
            "Nothing that you may read has the code “%(value)s”. Take a code from the list of those."
        )
    elif isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        values = ", ".join(str(value) for value, _label in choices if value)
        field.error_messages["invalid_choice"] = _("“%(value)s” is none of these: ") + values.replace("%", "%%") + "."


# --- items ------------------------------------------------------------------------------------------------


# Docstrings of these become descriptions in the schema, so the two bases have none: they declare an item, and an
# object within an item, with fields that are read only and always there.


class Item(serializers.ModelSerializer[Any]):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        for field in fields.values():
            field.read_only, field.required = True, False
        return fields


class Part(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        for field in fields.values():
            field.read_only, field.required = True, False
        return fields


class Internal(Part):
    """How a record is classified and to whom it is released. For staff; null for all others."""

    classification = serializers.ChoiceField(choices=Classification.choices)
    audience = serializers.ChoiceField(choices=Audience.choices)
    released_to = serializers.ListField(
        child=serializers.CharField(), help_text="Codes of the organizations that the audience “named_partners” names."
    )
    focal_officer = serializers.CharField(allow_null=True, help_text="Name of the officer who looks after the record.")


class ReviewedInternal(Internal):
    """The same of a record that a manager approves. For staff; null for all others."""

    review_state = serializers.ChoiceField(choices=ReviewState.choices)


def codes(queryset: QuerySet[Any], field: str | Expression = "code") -> Expression:
    """The codes of the rows, in order, as one column. The queryset starts from `visible_to` and uses OuterRef."""
    return _listed(queryset.order_by(field), field)


def objects(queryset: QuerySet[Any], *, order: tuple[Any, ...], item: Expression) -> Expression:
    """The rows as JSON objects, in order, as one column."""
    return _listed(queryset.order_by(*order), item)


def _listed(queryset: QuerySet[Any], value: str | Expression) -> Expression:
    found: Any = ArraySubquery(queryset.values_list(value, flat=True))
    return found


def fields_of(part: type[Part], relation: str = "") -> Expression:
    """The fields that the part declares, all of the model or of the relation, as one JSON object."""
    at = f"{relation}__" if relation else ""
    found: Any = JSONObject(**{str(name): f"{at}{name}" for name in part().fields})
    return found


def code_of(queryset: QuerySet[Any], field: str, code: str = "code") -> Expression:
    """The code of the row that the foreign key `field` points to, or null where it is not in the queryset."""
    found: Any = Subquery(queryset.filter(pk=OuterRef(field)).values(code)[:1])
    return found


def where_given(field: str, value: Expression) -> Expression:
    """The value where the foreign key is set, else null."""
    found: Any = Case(When(**{f"{field}__isnull": False}, then=value), default=None, output_field=CharField())
    return found


@cache
def sources_of(item: type[Item]) -> dict[str, str]:
    """The fields that the serializer declares, those of `internal` by their full names, each with the model's field."""
    fields: Any = item().fields
    sources = {name: field.source.replace(".", "__") for name, field in fields.items() if name != "internal"}
    inner = fields["internal"].fields if "internal" in fields else ()
    return sources | {f"{INTERNAL}{name}": name for name in inner}


@dataclass(frozen=True)
class Lookup:
    """A part of an item's address: which rows it stands for, how it looks, and what it is."""

    where: Callable[[str], Q]
    about: str
    pattern: str = r"[A-Za-z0-9][A-Za-z0-9._-]*"


def by(field: str, about: str, pattern: str = Lookup.pattern) -> Lookup:
    """A look-up by one field's exact value."""
    return Lookup(lambda value: Q(**{field: value}), about, pattern)


# --- views ------------------------------------------------------------------------------------------------


@method_decorator(conditional_page, name="dispatch")
class ReadOnlyView(GenericViewSet[Any]):
    """A list and its items, for whoever asks: what is not visible to the reader is not there."""

    model: ClassVar[type[Model]]
    lookups: ClassVar[dict[str, Lookup]]
    order: ClassVar[tuple[str, ...]] = ("code",)
    # Fields that `represent` adds, so they are no columns.
    computed: ClassVar[frozenset[str]] = frozenset()
    detail_serializer_class: ClassVar[type[Item] | None] = None
    filterset_class: ClassVar[type[django_filters.FilterSet] | None] = None

    pagination_class = CursorPagination
    filter_backends = (StrictFilterBackend,)
    http_method_names = ["get", "head"]
    metadata_class = None

    def get_queryset(self) -> QuerySet[Any]:
        found: QuerySet[Any] = self.model._default_manager.visible_to(self.request.user)  # type: ignore[attr-defined]
        return found

    def get_serializer_class(self) -> Any:
        return self.detail_serializer_class if self.is_detail else self.serializer_class

    @property
    def is_detail(self) -> bool:
        return self.action == "retrieve" and self.detail_serializer_class is not None

    @property
    def for_staff(self) -> bool:
        return is_staff_viewer(self.request.user)

    def list(self, request: Request) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response([self.represent(row) for row in rows or []])

    def retrieve(self, request: Request, **address: str) -> Response:
        refuse_parameters(request)
        columns = self.columns()
        row = self._addressed(address).values_list(*columns.values()).first()
        if row is None:
            raise Http404
        return Response(self.represent(dict(zip(columns, row, strict=True))))

    def _addressed(self, address: dict[str, str]) -> QuerySet[Any]:
        found = self.get_queryset().order_by(*self.order)
        for name, lookup in self.lookups.items():
            if not re.fullmatch(lookup.pattern, address[name]):
                raise Http404
            found = found.filter(lookup.where(address[name]))
        return found

    def columns(self) -> dict[str, Column]:
        """Where each field comes from; those of `internal` for staff alone, so nobody else's answer even reads them."""
        given = self.expressions()
        return {
            name: given.get(name, source)
            for name, source in sources_of(self.get_serializer_class()).items()
            if name not in self.computed and (self.for_staff or not name.startswith(INTERNAL))
        }

    def expressions(self) -> dict[str, Column]:
        """Columns that are more than a field of the model, by the field's name."""
        return self.release_expressions() if self.for_staff and hasattr(self.model, "released_to") else {}

    def release_expressions(self) -> dict[str, Column]:
        """Columns of `Internal`."""
        link: Any = self.model._meta.get_field("released_to")
        organizations = link.related_model._default_manager.visible_to(self.request.user)
        this, named = f"{link.m2m_field_name()}_id", f"{link.m2m_reverse_field_name()}_id"
        links = link.remote_field.through._default_manager
        mine = Exists(links.filter(**{this: OuterRef(OuterRef("pk")), named: OuterRef("pk")}))
        return {
            "internal.released_to": codes(organizations.filter(mine)),
            "internal.focal_officer": "focal_officer__name",
        }

    def represent(self, row: dict[str, Any]) -> dict[str, Any]:
        """The item as it is sent, from its columns."""
        if "internal" not in self.get_serializer_class()._declared_fields:
            return row
        inner = {name.removeprefix(INTERNAL): row.pop(name) for name in [*row] if name.startswith(INTERNAL)}
        row["internal"] = inner if self.for_staff else None
        return row

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "private, no-cache"
        patch_vary_headers(response, ("Authorization", "Cookie"))
        return response
