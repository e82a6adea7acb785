"""Council briefings, Special Representatives and developments over the API."""

from django.db.models import Case, OuterRef, Value, When
from rest_framework import serializers

from accounts.api import (
    Column,
    Internal,
    Item,
    Object,
    Part,
    ReadOnlyView,
    ReviewedInternal,
    by,
    code_of,
    codes,
    objects,
)
from accounts.choices import ReviewState
from partners.models import Organization
from priorities.choices import Certainty, DatePrecision
from priorities.models import Country, Theme

from .choices import ConsiderationKind, Modality, Outcome, Reliability, StartsBasis
from .filters import BriefingFilter, DevelopmentFilter
from .models import Briefing, Consideration, Development, SpecialRepresentative


class SpecialRepresentativeItem(Item):
    country = serializers.CharField(source="country.code", allow_null=True, help_text="ISO alpha-2 code.")
    starts_precision = serializers.ChoiceField(choices=DatePrecision.choices)
    starts_basis = serializers.ChoiceField(choices=StartsBasis.choices, help_text="What the first day is known from.")
    ends_precision = serializers.ChoiceField(choices=DatePrecision.choices)

    class Meta:
        model = SpecialRepresentative
        fields = [
            "key",
            "name_en",
            "name_ru",
            "country",
            "starts",
            "starts_precision",
            "starts_basis",
            "ends",
            "ends_precision",
            "source",
            "changed_at",
        ]


class SpecialRepresentativeView(ReadOnlyView):
    """Special Representatives of the Secretary-General and heads of the Centre, latest first."""

    model = SpecialRepresentative
    serializer_class = SpecialRepresentativeItem
    lookups = {"key": by("key", "Key of the Special Representative.")}
    order = ("-starts", "key")


# --- briefings --------------------------------------------------------------------------------------------


class ConsiderationPart(Part):
    """Expected action, an issue, an option or a remark on council dynamics."""

    kind = serializers.ChoiceField(choices=ConsiderationKind.choices)
    text_en = serializers.CharField()
    text_ru = serializers.CharField()


class BriefingInternal(Internal):
    source = serializers.CharField()  # type: ignore[assignment]  # a field of the answer, not the argument
    note_en = serializers.CharField()
    considerations = ConsiderationPart(many=True)


class BriefingItem(Item):
    date_precision = serializers.ChoiceField(choices=DatePrecision.choices)
    modality = serializers.ChoiceField(choices=Modality.choices)
    special_representative = serializers.CharField(
        source="special_representative.key", allow_null=True, help_text="Key of the Special Representative."
    )
    presidency = serializers.CharField(
        source="presidency.code", allow_null=True, help_text="Presidency of the Council: ISO alpha-2 code."
    )
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    document = serializers.CharField(source="document.key", allow_null=True, help_text="Key of the document.")
    topics_en = serializers.ListField(child=serializers.CharField(), help_text="Publicly reported topics.")
    topics_ru = serializers.ListField(child=serializers.CharField())
    themes = serializers.ListField(child=serializers.CharField(), help_text="Codes of themes.")
    certainty = serializers.ChoiceField(choices=Certainty.choices)
    internal = BriefingInternal(allow_null=True)

    class Meta:
        model = Briefing
        fields = [
            "key",
            "date",
            "date_precision",
            "modality",
            "special_representative",
            "presidency",
            "outcome",
            "outcome_date",
            "document",
            "topics_en",
            "topics_ru",
            "themes",
            "certainty",
            "changed_at",
            "internal",
        ]


class BriefingView(ReadOnlyView):
    """Briefings of the Security Council by the Special Representative, latest first.

    Closed consultations have no record: date, modality, presidency, public outcome and publicly reported topics
    are all there is of them outside the staff.
    """

    model = Briefing
    serializer_class = BriefingItem
    filterset_class = BriefingFilter
    lookups = {"key": by("key", "Key of the briefing.")}
    order = ("-date", "key")

    def expressions(self) -> dict[str, Column]:
        viewer, here = self.request.user, OuterRef("pk")
        return super().expressions() | {
            "themes": codes(Theme.objects.visible_to(viewer).filter(briefings=here)),
            "internal.considerations": objects(
                Consideration.objects.visible_to(viewer).filter(briefing=here),
                order=("kind", "order", "id"),
                item=Object(kind="kind", text_en="text_en", text_ru="text_ru"),
            ),
        }


# --- developments -----------------------------------------------------------------------------------------


class DevelopmentInternal(ReviewedInternal):
    significance = serializers.CharField(help_text="high, medium or low; empty where nobody has said.")
    analysis = serializers.CharField()
    gender_dimension = serializers.CharField()
    recommendation = serializers.CharField()


class DevelopmentItem(Item):
    approved = serializers.BooleanField(help_text="False only for staff, and for an organization's own entries.")
    date_precision = serializers.ChoiceField(choices=DatePrecision.choices)
    countries = serializers.ListField(child=serializers.CharField(), help_text="ISO alpha-2 codes.")
    themes = serializers.ListField(child=serializers.CharField(), help_text="Codes of themes.")
    source_url = serializers.CharField(help_text="Empty where no link is recorded.")
    reliability = serializers.ChoiceField(choices=Reliability.choices)
    lead_organization = serializers.CharField(
        allow_null=True, help_text="Code of the organization whose own entry it is; null for the Centre's."
    )
    internal = DevelopmentInternal(allow_null=True)

    class Meta:
        model = Development
        fields = [
            "key",
            "approved",
            "date",
            "end_date",
            "date_precision",
            "headline_en",
            "headline_ru",
            "detail_en",
            "detail_ru",
            "countries",
            "themes",
            "source_publisher",
            "source_title",
            "source_url",
            "source_date",
            "reliability",
            "lead_organization",
            "changed_at",
            "internal",
        ]


class DevelopmentView(ReadOnlyView):
    """What happened in the region, latest first. The Centre's analysis of it stays with the staff."""

    model = Development
    serializer_class = DevelopmentItem
    filterset_class = DevelopmentFilter
    lookups = {"key": by("key", "Key of the development.")}
    order = ("-date", "key")

    def expressions(self) -> dict[str, Column]:
        viewer, here = self.request.user, OuterRef("pk")
        return super().expressions() | {
            "approved": Case(When(review_state=ReviewState.APPROVED, then=Value(True)), default=Value(False)),
            "countries": codes(Country.objects.visible_to(viewer).filter(developments=here)),
            "themes": codes(Theme.objects.visible_to(viewer).filter(developments=here)),
            "lead_organization": code_of(Organization.objects.visible_to(viewer), "lead_organization"),
        }
