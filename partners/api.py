"""Organizations and agreements over the API."""

from datetime import date
from typing import Any

import django_filters
from django.db.models import Case, OuterRef, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.api import Column, Internal, Item, ReadOnlyView, by, code_of, codes

from .choices import AgreementKind, AgreementStatus, OrganizationType
from .filters import OrganizationFilterSet
from .models import Agreement, Organization


def visible_organizations(request: Any) -> Any:
    return Organization.objects.visible_to(request.user)


def visible_countries(request: Any) -> Any:
    field: Any = Organization._meta.get_field("country")  # countries belong to an app that builds on this one
    return field.related_model.objects.visible_to(request.user)


class OrganizationItem(Item):
    aliases = serializers.ListField(child=serializers.CharField())
    type = serializers.ChoiceField(choices=OrganizationType.choices)
    parent = serializers.CharField(allow_null=True, help_text="Code of the parent body.")  # type: ignore[assignment]
    country = serializers.CharField(source="country.code", allow_null=True, help_text="ISO alpha-2 code.")
    website = serializers.CharField(help_text="Empty where none is recorded.")
    internal = Internal(allow_null=True)

    class Meta:
        model = Organization
        fields = [
            "code",
            "acronym",
            "acronym_ru",
            "name_en",
            "name_ru",
            "aliases",
            "type",
            "parent",
            "country",
            "iati_reference",
            "website",
            "changed_at",
            "internal",
        ]


class OrganizationParameters(OrganizationFilterSet):
    country = django_filters.ModelChoiceFilter(
        queryset=visible_countries, to_field_name="code", label=_("ISO alpha-2 code of the country")
    )
    parent = django_filters.ModelChoiceFilter(
        queryset=visible_organizations, to_field_name="code", label=_("Code of the parent body")
    )


class OrganizationView(ReadOnlyView):
    """Organizations the Centre works with."""

    model = Organization
    serializer_class = OrganizationItem
    filterset_class = OrganizationParameters
    lookups = {"code": by("code", "Code of the organization, such as osce.")}

    def expressions(self) -> dict[str, Column]:
        return super().expressions() | {"parent": code_of(visible_organizations(self.request), "parent")}


class AgreementItem(Item):
    kind = serializers.ChoiceField(choices=AgreementKind.choices)
    parties = serializers.ListField(child=serializers.CharField(), help_text="Codes of the organizations.")
    commitments = serializers.ListField(
        child=serializers.CharField(), help_text="Keys of the commitments it serves, such as 2021-2025/III.1."
    )
    status = serializers.ChoiceField(choices=AgreementStatus.choices, help_text="Follows from the dates, today.")
    internal = Internal(allow_null=True)

    class Meta:
        model = Agreement
        fields = [
            "code",
            "kind",
            "title_en",
            "title_ru",
            "description_en",
            "description_ru",
            "parties",
            "commitments",
            "signed",
            "ends",
            "status",
            "source",
            "changed_at",
            "internal",
        ]


class AgreementParameters(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=AgreementKind.choices, label=_("Kind"))
    party = django_filters.ModelChoiceFilter(
        field_name="parties", queryset=visible_organizations, to_field_name="code", label=_("Code of a party")
    )
    signed_from = django_filters.DateFilter(field_name="signed", lookup_expr="gte", label=_("Signed from this day"))
    signed_to = django_filters.DateFilter(field_name="signed", lookup_expr="lte", label=_("Signed to this day"))
    ends_from = django_filters.DateFilter(field_name="ends", lookup_expr="gte", label=_("Ends from this day"))
    ends_to = django_filters.DateFilter(field_name="ends", lookup_expr="lte", label=_("Ends to this day"))


class AgreementView(ReadOnlyView):
    """Memoranda, joint plans and other agreements."""

    model = Agreement
    serializer_class = AgreementItem
    filterset_class = AgreementParameters
    lookups = {"code": by("code", "Code of the agreement.")}

    def expressions(self) -> dict[str, Column]:
        field: Any = Agreement._meta.get_field("commitments")
        commitments = field.related_model.objects.visible_to(self.request.user).filter(agreements=OuterRef("pk"))
        return super().expressions() | {
            "parties": codes(visible_organizations(self.request).filter(agreements=OuterRef("pk"))),
            "commitments": codes(commitments.with_key(), "key"),
            "status": _status_on(timezone.localdate()),
        }


def _status_on(day: date) -> Any:
    """`Agreement.status_on` as a column."""
    return Case(
        When(ends__lt=day, then=Value(AgreementStatus.ENDED)),
        When(signed__isnull=True, then=Value(AgreementStatus.UNKNOWN)),
        When(signed__gt=day, then=Value(AgreementStatus.UPCOMING)),
        default=Value(AgreementStatus.IN_FORCE),
    )
