"""The framework over the API: programmes of action, their priorities and commitments, and the reference lists."""

from typing import Any

import django_filters
from django.db.models import CharField, Count, F, FloatField, IntegerField, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.api import Column, Item, Object, Part, ReadOnlyView, by, codes, fields_of, objects

from .choices import Cadence, CountryGroup, DeliverableCategory, DocumentKind, FrameworkKind
from .keys import (
    CommitmentFilter,
    PriorityFilter,
    ProgrammeFilter,
    by_period,
    commitment_key,
    period,
    priority_key,
)
from .models import (
    Commitment,
    Country,
    Deliverable,
    Document,
    Framework,
    Indicator,
    IndicatorValue,
    Mandate,
    MandateFunction,
    Priority,
    ProgrammeOfAction,
    SdgTarget,
    Theme,
)

YEAR_BOUNDS: dict[str, Any] = {"min_value": 1945, "max_value": 2100, "decimal_places": 0}


# --- programmes of action ---------------------------------------------------------------------------------


class ProgrammeItem(Item):
    period = serializers.CharField(help_text="The key: first and last year, such as 2021-2025.")

    class Meta:
        model = ProgrammeOfAction
        fields = ["period", "number", "title_en", "title_ru", "starts", "ends", "source", "changed_at"]


class ProgrammeView(ReadOnlyView):
    """Programmes of action of the Centre, latest first."""

    model = ProgrammeOfAction
    serializer_class = ProgrammeItem
    lookups = {"period": by_period()}
    order = ("-number",)

    def expressions(self) -> dict[str, Column]:
        return {"period": period()}


class MandateFunctionItem(Item):
    class Meta:
        model = MandateFunction
        fields = ["number", "short_en", "short_ru", "text_en", "text_ru", "changed_at"]


class MandateFunctionView(ReadOnlyView):
    """Functions of the Centre's mandate (S/2007/279); each priority serves one."""

    model = MandateFunction
    serializer_class = MandateFunctionItem
    lookups = {"number": by("number", "Number of the function.", "[1-9][0-9]{0,3}")}
    order = ("number",)


class PriorityItem(Item):
    key = serializers.CharField(help_text="Period and slug, such as 2021-2025/i.")
    programme = serializers.CharField(help_text="Period of the programme of action.")
    function = serializers.IntegerField(source="function.number", help_text="Number of the mandate function.")
    predecessor = serializers.CharField(allow_null=True, help_text="Key of the priority of the programme before.")

    class Meta:
        model = Priority
        fields = [
            "key",
            "programme",
            "number",
            "roman",
            "slug",
            "title_en",
            "title_ru",
            "short_title_en",
            "short_title_ru",
            "narrative_en",
            "narrative_ru",
            "function",
            "colour",
            "predecessor",
            "changed_at",
        ]


class PriorityParameters(django_filters.FilterSet):
    programme = ProgrammeFilter()
    function = django_filters.NumberFilter(
        field_name="function__number", label=_("Number of the mandate function"), min_value=1, max_value=9999
    )


class PriorityView(ReadOnlyView):
    """Priorities of the programmes of action."""

    model = Priority
    serializer_class = PriorityItem
    filterset_class = PriorityParameters
    lookups = {"programme": by_period("programme"), "slug": by("slug", "Slug of the priority, such as i.")}
    order = ("-programme__number", "number")

    def expressions(self) -> dict[str, Column]:
        return {"key": priority_key(), "programme": period("programme"), "predecessor": priority_key("predecessor")}


# --- commitments ------------------------------------------------------------------------------------------


class EvidencePart(Part):
    """An activity or a Council briefing that the reader may see and that counts as evidence."""

    activity = serializers.CharField(allow_null=True, help_text="Reference of the activity.")
    briefing = serializers.CharField(allow_null=True, help_text="Key of the Council briefing.")
    inferred = serializers.BooleanField(help_text="True while the link is a guess that no manager has confirmed.")


class CommitmentItem(Item):
    key = serializers.CharField(help_text="Period and code, such as 2021-2025/I.3.")
    priority = serializers.CharField(help_text="Key of the priority.")
    cadence = serializers.ChoiceField(choices=Cadence.choices)
    frameworks = serializers.ListField(child=serializers.CharField(), help_text="Codes of the frameworks it names.")
    evidence_count = serializers.IntegerField(
        min_value=0,
        help_text="Approved activities that were held, and Council briefings, as far as the reader may see them.",
    )

    class Meta:
        model = Commitment
        fields = [
            "key",
            "code",
            "priority",
            "text_en",
            "text_ru",
            "cadence",
            "place_en",
            "place_ru",
            "frameworks",
            "evidence_count",
            "changed_at",
        ]


class CommitmentDetail(CommitmentItem):
    evidence = EvidencePart(many=True)

    class Meta(CommitmentItem.Meta):
        fields = [*CommitmentItem.Meta.fields, "evidence"]


class CommitmentParameters(django_filters.FilterSet):
    programme = ProgrammeFilter(field_name="priority__programme")
    priority = PriorityFilter()
    cadence = django_filters.ChoiceFilter(choices=Cadence.choices, label=_("Cadence"))


class CommitmentView(ReadOnlyView):
    """What the programme's text promises, with the evidence of what was done about it."""

    model = Commitment
    serializer_class = CommitmentItem
    detail_serializer_class = CommitmentDetail
    filterset_class = CommitmentParameters
    lookups = {
        "programme": by_period("priority__programme"),
        "code": by("code", "Code of the commitment, such as I.3."),
    }
    order = ("-priority__programme__number", "priority__number", "number")

    def expressions(self) -> dict[str, Column]:
        # Evidence belongs to an app that builds on this one, so it is reached through the relation.
        relation: Any = Commitment._meta.get_field("evidence")
        links = relation.related_model._default_manager.visible_to(self.request.user)
        evidence = links.counting().filter(commitment=OuterRef("pk"))
        counted = evidence.order_by().values("commitment").annotate(n=Count("pk")).values("n")
        return {
            "key": commitment_key(),
            "priority": priority_key("priority"),
            "frameworks": codes(Framework.objects.visible_to(self.request.user).filter(commitments=OuterRef("pk"))),
            "evidence_count": Coalesce(Subquery(counted, output_field=IntegerField()), 0),
            "evidence": objects(
                evidence,
                order=("activity__reference", "briefing__key"),
                item=Object(activity="activity__reference", briefing="briefing__key", inferred="inferred"),
            ),
        }


class FrameworkItem(Item):
    kind = serializers.ChoiceField(choices=FrameworkKind.choices)
    commitments = serializers.ListField(
        child=serializers.CharField(), help_text="Keys of the commitments that name it."
    )

    class Meta:
        model = Framework
        fields = [
            "code",
            "kind",
            "acronym",
            "name_en",
            "name_ru",
            "description_en",
            "description_ru",
            "commitments",
            "changed_at",
        ]


class FrameworkParameters(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=FrameworkKind.choices, label=_("Kind"))
    commitment = CommitmentFilter(field_name="commitments")


class FrameworkView(ReadOnlyView):
    """Processes, programmes and projects outside the Centre that the programme of action names."""

    model = Framework
    serializer_class = FrameworkItem
    filterset_class = FrameworkParameters
    lookups = {"code": by("code", "Code of the framework.")}

    def expressions(self) -> dict[str, Column]:
        commitments = Commitment.objects.visible_to(self.request.user).filter(frameworks=OuterRef("pk"))
        return {"commitments": codes(commitments, commitment_key())}


class MandateItem(Item):
    key = serializers.CharField(help_text="Period and code, such as 2021-2025/establishment.")
    programme = serializers.CharField(help_text="Period of the programme of action.")
    document = serializers.CharField(source="document.key", allow_null=True, help_text="Key of the document.")

    class Meta:
        model = Mandate
        fields = [
            "key",
            "code",
            "programme",
            "title_en",
            "title_ru",
            "document",
            "summary_en",
            "summary_ru",
            "changed_at",
        ]


class MandateParameters(django_filters.FilterSet):
    programme = ProgrammeFilter()


class MandateView(ReadOnlyView):
    """What a programme of action builds on, and what it asks of the Centre."""

    model = Mandate
    serializer_class = MandateItem
    filterset_class = MandateParameters
    lookups = {"programme": by_period("programme"), "code": by("code", "Code of the mandate.")}
    order = ("-programme__number", "code")

    def expressions(self) -> dict[str, Column]:
        key = Concat(period("programme"), Value("/"), F("code"), output_field=CharField())
        return {"key": key, "programme": period("programme")}


# --- reference lists --------------------------------------------------------------------------------------


class ThemeItem(Item):
    parent = serializers.CharField(source="parent.code", allow_null=True, help_text="Code of the theme it is part of.")  # type: ignore[assignment]
    aliases = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Theme
        fields = ["code", "name_en", "name_ru", "parent", "aliases", "changed_at"]


class ThemeParameters(django_filters.FilterSet):
    parent = django_filters.ModelChoiceFilter(
        queryset=lambda request: Theme.objects.visible_to(request.user),
        to_field_name="code",
        label=_("Code of the theme they are part of"),
    )


class ThemeView(ReadOnlyView):
    """Subjects of the Centre's work; pillars of an agenda are part of it."""

    model = Theme
    serializer_class = ThemeItem
    filterset_class = ThemeParameters
    lookups = {"code": by("code", "Code of the theme, such as water.")}


class CountryItem(Item):
    group = serializers.ChoiceField(choices=CountryGroup.choices)

    class Meta:
        model = Country
        fields = ["code", "m49", "name_en", "name_ru", "group", "changed_at"]


class CountryParameters(django_filters.FilterSet):
    group = django_filters.ChoiceFilter(choices=CountryGroup.choices, label=_("Group"))


class CountryView(ReadOnlyView):
    """Countries by ISO alpha-2 code."""

    model = Country
    serializer_class = CountryItem
    filterset_class = CountryParameters
    lookups = {"code": by("code", "ISO alpha-2 code, such as TM.", "[A-Z]{2}")}


class SdgTargetItem(Item):
    class Meta:
        model = SdgTarget
        fields = ["code", "title_en", "title_ru", "changed_at"]


class SdgTargetView(ReadOnlyView):
    """Targets of the Sustainable Development Goals."""

    model = SdgTarget
    serializer_class = SdgTargetItem
    lookups = {"code": by("code", "Code of the target, such as 16.a.")}


class DocumentItem(Item):
    url = serializers.CharField(help_text="Empty where no link is recorded.")
    date = serializers.DateField(allow_null=True, help_text="The first possible day where `date_precision` is not day.")

    class Meta:
        model = Document
        fields = [
            "key",
            "symbol",
            "kind",
            "date",
            "date_precision",
            "title_en",
            "title_ru",
            "url",
            "source",
            "certainty",
            "note_en",
            "changed_at",
        ]


class DocumentParameters(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=DocumentKind.choices, label=_("Kind"))
    symbol = django_filters.CharFilter(label=_("Symbol, such as A/RES/72/7"))

    @classmethod
    def get_filters(cls) -> dict[str, Any]:
        """With `from` and `to`; the former is a word of Python's own and cannot be declared above."""
        period = {
            "from": django_filters.DateFilter(field_name="date", lookup_expr="gte", label=_("From")),
            "to": django_filters.DateFilter(field_name="date", lookup_expr="lte", label=_("To")),
        }
        return {**super().get_filters(), **period}


class DocumentView(ReadOnlyView):
    """Documents of the United Nations and others that the records point to."""

    model = Document
    serializer_class = DocumentItem
    filterset_class = DocumentParameters
    lookups = {"key": by("key", "Key of the document.")}
    order = ("key",)


# --- planned and actual figures ---------------------------------------------------------------------------


class DeliverableLinePart(Part):
    """The line of the programme budget."""

    code = serializers.CharField()
    category = serializers.ChoiceField(choices=DeliverableCategory.choices)
    name_en = serializers.CharField()
    name_ru = serializers.CharField()
    unit_en = serializers.CharField()
    unit_ru = serializers.CharField()
    narrative = serializers.BooleanField(help_text="True where it is told in words, not in figures.")


class DeliverableItem(Item):
    key = serializers.CharField(help_text="Year and code of the line, such as 2024/B.2.")
    line = DeliverableLinePart()
    programme = serializers.CharField(help_text="Period of the programme of action.")
    planned = serializers.FloatField(allow_null=True)
    contributed = serializers.FloatField(
        help_text="What approved activities that were held add, in the line’s unit, as far as the reader may see them."
    )
    adjustment = serializers.FloatField()
    actual = serializers.FloatField(help_text="`contributed` plus `adjustment`.")

    class Meta:
        model = Deliverable
        fields = [
            "key",
            "line",
            "programme",
            "year",
            "planned",
            "planned_text",
            "contributed",
            "adjustment",
            "adjustment_reason",
            "actual",
            "actual_text",
            "variance_explanation",
            "changed_at",
        ]


class DeliverableParameters(django_filters.FilterSet):
    programme = ProgrammeFilter()
    year = django_filters.NumberFilter(label=_("Year"), **YEAR_BOUNDS)
    category = django_filters.ChoiceFilter(
        field_name="line__category", choices=DeliverableCategory.choices, label=_("Category")
    )


class DeliverableView(ReadOnlyView):
    """Planned and actual deliverables by year. For staff; an empty list for all others."""

    model = Deliverable
    serializer_class = DeliverableItem
    filterset_class = DeliverableParameters
    lookups = {
        "year": by("year", "Year, such as 2024.", "[12][0-9]{3}"),
        "line": by("line__code", "Code of the line, such as B.2."),
    }
    order = ("-year", "line__code")

    def expressions(self) -> dict[str, Column]:
        contributed = Coalesce(Subquery(self._contributed()), 0.0, output_field=FloatField())
        return {
            "key": Concat(F("year"), Value("/"), F("line__code"), output_field=CharField()),
            "line": fields_of(DeliverableLinePart, "line"),
            "programme": period("programme"),
            "planned": Cast("planned", FloatField()),
            "contributed": contributed,
            "adjustment": Cast("adjustment", FloatField()),
            "actual": contributed + Cast("adjustment", FloatField()),
        }

    def _contributed(self) -> Any:
        relation: Any = Deliverable._meta.get_field("contributions")
        links = relation.related_model._default_manager.visible_to(self.request.user)
        held = Q(activity__review_state="approved", activity__stage="held")
        found = links.filter(held, deliverable=OuterRef("pk"))
        return found.order_by().values("deliverable").annotate(n=Cast(Sum("quantity"), FloatField())).values("n")


class IndicatorValuePart(Part):
    """Planned and actual in a year, as numbers or in words."""

    year = serializers.IntegerField()
    planned_number = serializers.FloatField(allow_null=True)
    planned_text = serializers.CharField()
    actual_number = serializers.FloatField(allow_null=True)
    actual_text = serializers.CharField()


class IndicatorItem(Item):
    key = serializers.CharField(help_text="Key of the priority and code of the indicator.")
    priority = serializers.CharField(help_text="Key of the priority.")
    values = IndicatorValuePart(many=True)

    class Meta:
        model = Indicator
        fields = [
            "key",
            "code",
            "priority",
            "name_en",
            "name_ru",
            "unit_en",
            "unit_ru",
            "values",
            "changed_at",
        ]


class IndicatorParameters(django_filters.FilterSet):
    programme = ProgrammeFilter(field_name="priority__programme")
    priority = PriorityFilter()


class IndicatorView(ReadOnlyView):
    """Performance measures of the priorities. For staff; an empty list for all others."""

    model = Indicator
    serializer_class = IndicatorItem
    filterset_class = IndicatorParameters
    lookups = {
        "programme": by_period("priority__programme"),
        "priority": by("priority__slug", "Slug of the priority, such as i."),
        "code": by("code", "Code of the indicator."),
    }
    order = ("-priority__programme__number", "priority__number", "code")

    def expressions(self) -> dict[str, Column]:
        values = IndicatorValue.objects.visible_to(self.request.user).filter(indicator=OuterRef("pk"))
        return {
            "key": Concat(priority_key("priority"), Value("/"), F("code"), output_field=CharField()),
            "priority": priority_key("priority"),
            "values": objects(values, order=("year",), item=fields_of(IndicatorValuePart)),
        }
