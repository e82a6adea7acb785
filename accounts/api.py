"""What every list of the API shares: the rule of visibility, strict parameters, and rows read without model objects.

A view names its model and a serializer. The serializer declares the fields with their types, for the schema; the
view reads them as columns of one query. Nested values are queries within it, each starting from `visible_to`, so the
number of queries does not grow with the rows.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Value
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
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

from . import api_files
from .api_columns import (
    INTERNAL,
    NO_LIST,
    Column,
    Gathered,
    Object,
    code_of,
    codes,
    fields_of,
    objects,
    sources_of,
    statement_of,
    where_given,
)
from .api_json import Written, etag_of
from .api_paging import CursorPagination
from .api_reading import kept, read
from .api_throttle import Throttle
from .changes import changed_at
from .choices import Audience, Classification, ReviewState
from .visibility import is_staff_viewer

__all__ = [
    "NO_LIST",
    "Column",
    "Gathered",
    "Internal",
    "Item",
    "Lookup",
    "Object",
    "Part",
    "ReadOnlyView",
    "ReviewedInternal",
    "Router",
    "by",
    "code_of",
    "codes",
    "fields_of",
    "objects",
    "where_given",
]


class Router(DefaultRouter):
    """Leads to items by the view's `lookups`, which may be two (`priorities/2021-2025/i/`)."""

    include_format_suffixes = False

    def get_lookup_regex(self, viewset: Any, lookup_prefix: str = "") -> str:
        return "/".join(f"(?P<{name}>[^/]+)" for name in viewset.lookups)


# --- parameters -------------------------------------------------------------------------------------------


class StrictFilterBackend(DjangoFilterBackend):
    """Refuses what it does not know: a misspelt parameter would else bring a list that says more than was asked."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        named = view.filterset_class.base_filters if view.filterset_class else {}
        others = view.parameters
        filterset = self.get_filterset(request, queryset, view) if named.keys() & request.query_params.keys() else None
        _refuse(_misused(request, filterset.filters if filterset is not None else named, others))
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


def refuse_parameters(request: Request, others: Iterable[str]) -> None:
    """For an item, which is not narrowed by anything."""
    _refuse(_misused(request, {}, others))


def _refuse(errors: Any) -> None:
    if errors:
        raise ValidationError(errors)


def _misused(request: Request, filters: dict[str, Any], others: Iterable[str]) -> dict[str, list[str]]:
    """Parameters that are unknown, empty, given twice, or no ISO date, with what to do about it."""
    errors: dict[str, list[str]] = {}
    for name, values in request.query_params.lists():
        if name not in filters and name not in others:
            known = ", ".join(sorted([*filters, *others]))
            errors[name] = [_("There is no such parameter here. There are: %(known)s.") % {"known": known}]
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
        fields["updated_at"] = serializers.DateTimeField(
            help_text="When this answer last became another one, by the record or by what it shows of others."
        )
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
    # The fields the list is sorted by: the last one is unique, and none is ever null.
    order: ClassVar[tuple[str, ...]] = ("code",)
    # Other orders by the name that is asked for; what they sort by may be in `places`.
    orderings: ClassVar[dict[str, tuple[str, ...]]] = {}
    places: ClassVar[dict[str, Any]] = {}
    detail_serializer_class: ClassVar[type[Item] | None] = None
    filterset_class: ClassVar[type[django_filters.FilterSet] | None] = None

    pagination_class = CursorPagination
    filter_backends = (StrictFilterBackend,)
    http_method_names = ["get", "head", "options"]
    metadata_class = None
    throttle_classes = (Throttle,)
    # Filled in by the throttle.
    rate_headers: Mapping[str, str] = MappingProxyType({})

    def get_queryset(self) -> QuerySet[Any]:
        return kept(self, "visible", self._visible).all()

    def _visible(self) -> QuerySet[Any]:
        found: QuerySet[Any] = self.model._default_manager.visible_to(self.request.user)  # type: ignore[attr-defined]
        return found

    @property
    def is_narrowed(self) -> bool:
        """Whether the list is asked for with filters; without any, it holds the same rows whenever a reader asks."""
        filters = self.filterset_class.base_filters if self.filterset_class else {}
        return not filters.keys().isdisjoint(self.request.query_params)

    def get_serializer_class(self) -> Any:
        return self.detail_serializer_class if self.is_detail else self.serializer_class

    @property
    def is_detail(self) -> bool:
        return self.action == "retrieve" and self.detail_serializer_class is not None

    @property
    def for_staff(self) -> bool:
        return is_staff_viewer(self.request.user)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters beside the filters."""
        if self.action == "retrieve":
            return ("fields",)
        include = ("include",) if self.addable() else ()
        ordering = ("ordering",) if self.orderings else ()
        return (*CursorPagination.PARAMETERS, api_files.PARAMETER, "fields", *include, *ordering)

    def list(self, request: Request) -> HttpResponseBase:
        found = self.filter_queryset(self.get_queryset())
        pages: Any = self.paginator
        pages.open(request, self)
        kind = api_files.wanted(request)
        return pages.answer(found) if kind == "json" else api_files.file_of(self, found, kind)

    def retrieve(self, request: Request, **address: str) -> Response:
        refuse_parameters(request, self.parameters)
        order = tuple((name.lstrip("-"), name.startswith("-")) for name in self.order)
        rows = read(self, statement_of(self._addressed(address).values("pk")[:1]), order)
        if not rows:
            raise Http404
        return Response(Written(rows[0][1].encode()))

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """Nothing but the header Allow; the description says what each method takes."""
        return Response(status=204)

    def _addressed(self, address: dict[str, str]) -> QuerySet[Any]:
        found = self.get_queryset().order_by()
        for name, lookup in self.lookups.items():
            if not re.fullmatch(lookup.pattern, address[name]):
                raise Http404
            found = found.filter(lookup.where(address[name]))
        return found

    # --- fields ---

    @classmethod
    @cache
    def addable(cls) -> dict[str, str]:
        """What a list can be asked to hold beside its own fields, by the name that is asked for."""
        if cls.detail_serializer_class is None:
            return {}
        own = sources_of(cls.serializer_class)  # type: ignore[arg-type]
        return {
            name.removeprefix(INTERNAL): name for name in sources_of(cls.detail_serializer_class) if name not in own
        }

    @classmethod
    @cache
    def selectable(cls) -> tuple[str, ...]:
        """The names that `fields` takes: those of an item."""
        item: Any = cls.detail_serializer_class or cls.serializer_class
        return tuple(item().fields)

    @cached_property
    def chosen(self) -> tuple[str, ...]:
        """The fields to send, those of `internal` by their full names. ValidationError by parameter."""
        addable = {} if self.is_detail else self.addable()
        included = [addable[name] for name in self._names("include", tuple(addable))]
        found = tuple(dict.fromkeys([*sources_of(self.get_serializer_class()), *included]))
        wanted = self._names("fields", self.selectable())
        if not wanted:
            return found
        # Of `internal` that is sent which is sent without asking for fields.
        outer = [name for name in (*found, *addable.values()) if name in wanted and not name.startswith(INTERNAL)]
        inner = [name for name in found if name.startswith(INTERNAL) and "internal" in wanted]
        return tuple(dict.fromkeys([*outer, *inner]))

    def _names(self, parameter: str, known: tuple[str, ...]) -> tuple[str, ...]:
        text = self.request.query_params.get(parameter)
        names = tuple(text.split(",")) if text else ()
        wrong = [name for name in names if name not in known]
        if wrong:
            message = _("There is no “%(name)s” here. There are: %(known)s.")
            raise ValidationError({parameter: [message % {"name": wrong[0], "known": ", ".join(known)}]})
        return names

    def columns(self) -> dict[str, Column]:
        """Where each field comes from; those of `internal` for staff alone, so nobody else's answer even reads them."""
        given = {"updated_at": changed_at(self.model._meta.label_lower)} | self.expressions()
        serializer = self.detail_serializer_class or self.serializer_class
        sources = sources_of(serializer)  # type: ignore[arg-type]
        found: dict[str, Column] = {}
        for name in self.chosen:
            if not name.startswith(INTERNAL) or self.for_staff:
                found[name] = given.get(name, sources[name])
            else:
                found["internal"] = Value(None)
        return found

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

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in self.rate_headers.items():
            response[name] = value
        response["Cache-Control"] = "private, no-cache"
        if isinstance(response, Response) and isinstance(response.data, Written):
            # Django's own, by MD5, takes longer than all else that it does with an answer.
            response.setdefault("ETag", f'"{etag_of(response.data.text)}"')
        patch_vary_headers(response, ("Authorization", "Cookie", "Accept"))
        return response
