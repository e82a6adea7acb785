"""Activities and their series over the API."""

from datetime import date

import django_filters
from django.db.models import Case, CharField, Exists, F, OuterRef, Value, When
from django.db.models.functions import Coalesce, Concat
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import (
    NO_LIST,
    Column,
    Gathered,
    Internal,
    Item,
    Object,
    Part,
    ReadOnlyView,
    ReviewedInternal,
    by,
    code_of,
    codes,
    fields_of,
)
from accounts.choices import ReviewState
from partners.models import Organization
from priorities.choices import Certainty, DatePrecision
from priorities.keys import CommitmentFilter, PriorityFilter, commitment_key, priority_key
from priorities.models import Commitment, Priority, SdgTarget, Theme

from .api_writing import Writing, versioned
from .choices import ActivityType, CentreRole, DateBasis, Format, InvolvementRole, Origin, SeriesCadence, Stage
from .filters import ActivityFilterSet
from .models import (
    Activity,
    Contribution,
    Evidence,
    FollowUp,
    Involvement,
    Link,
    ParticipantsByCountry,
    Series,
)
from .participants import FIGURES, figures_known
from .querysets import contact_shown, where_names_shown

# What has no date comes before all that has one.
PLACES = {"day": Coalesce("start_date", Value(date.min))}
ORDERINGS = {
    "reference": ("reference",),
    "-reference": ("-reference",),
    "start_date": ("day", "id"),
    "-start_date": ("-day", "-id"),
}

# --- series -----------------------------------------------------------------------------------------------


class SeriesInternal(Internal):
    note_en = serializers.CharField()


class SeriesItem(Item):
    aliases = serializers.ListField(child=serializers.CharField())
    cadence = serializers.ChoiceField(choices=SeriesCadence.choices)
    priority = serializers.CharField(allow_null=True, help_text="Key of the priority, such as 2021-2025/i.")
    commitments = serializers.ListField(
        child=serializers.CharField(), help_text="Keys of the commitments its editions are evidence for."
    )
    internal = SeriesInternal(allow_null=True)

    class Meta:
        model = Series
        fields = [
            "code",
            "name_en",
            "name_ru",
            "aliases",
            "cadence",
            "priority",
            "commitments",
            "changed_at",
            "internal",
        ]


class SeriesParameters(django_filters.FilterSet):
    cadence = django_filters.ChoiceFilter(choices=SeriesCadence.choices, label=_("Cadence"))
    priority = PriorityFilter()
    commitment = CommitmentFilter(field_name="commitments")


class SeriesView(ReadOnlyView):
    """Recurring platforms, such as the Deputy Foreign Ministers meeting; activities are their editions."""

    model = Series
    serializer_class = SeriesItem
    filterset_class = SeriesParameters
    lookups = {"code": by("code", "Code of the series.")}

    def expressions(self) -> dict[str, Column]:
        commitments = Commitment.objects.visible_to(self.request.user).filter(series=OuterRef("pk"))
        return super().expressions() | {
            "priority": priority_key("priority"),
            "commitments": codes(commitments, commitment_key()),
        }


# --- activities -------------------------------------------------------------------------------------------


class PartnerPart(Part):
    """An organization's part in an activity."""

    organization = serializers.CharField(help_text="Code of the organization.")
    acronym = serializers.CharField()
    name_en = serializers.CharField()
    name_ru = serializers.CharField()
    role = serializers.ChoiceField(choices=InvolvementRole.choices)


class EvidenceForPart(Part):
    """A commitment that the activity is evidence for."""

    commitment = serializers.CharField(help_text="Key of the commitment, such as 2021-2025/I.3.")
    inferred = serializers.BooleanField(help_text="True while the link is a guess that no manager has confirmed.")


class ParticipantsPart(Part):
    """How many took part; null where no figure is recorded, which is not 0."""

    women = serializers.IntegerField(allow_null=True, min_value=0)
    men = serializers.IntegerField(allow_null=True, min_value=0)
    not_stated = serializers.IntegerField(allow_null=True, min_value=0, help_text="Sex not stated.")
    youth = serializers.IntegerField(allow_null=True, min_value=0, help_text="Under 30; counted among the others too.")


class AllParticipantsPart(ParticipantsPart):
    total = serializers.IntegerField(
        allow_null=True, min_value=0, help_text="Women, men and those whose sex is not stated, as far as recorded."
    )
    withheld = serializers.BooleanField(
        help_text="True where a recorded figure is null because a group has fewer than 5 people; never for staff."
    )


class CountryParticipantsPart(ParticipantsPart):
    country = serializers.CharField(help_text="ISO alpha-2 code.")


class LinkPart(Part):
    """A public page about the activity."""

    url = serializers.CharField(help_text="Empty where the address is not known.")
    title = serializers.CharField()
    publisher = serializers.CharField()
    published_on = serializers.DateField(allow_null=True)
    archived_url = serializers.CharField()


class FollowUpPart(Part):
    """Something to be done after the activity."""

    text = serializers.CharField()
    owner = serializers.CharField(allow_null=True, help_text="Name of the officer.")
    due = serializers.DateField(allow_null=True)
    done = serializers.DateField(allow_null=True)


class ContributionPart(Part):
    """What the activity adds to a deliverable, in its unit."""

    deliverable = serializers.CharField(help_text="Key of the deliverable, such as 2024/B.2.")
    quantity = serializers.FloatField()


class ActivityInternal(ReviewedInternal):
    version = serializers.IntegerField(min_value=1, help_text="To be named in a change, unless its ETag is.")
    funding_source = serializers.CharField()
    source_note = serializers.CharField()


class ActivityDetailInternal(ActivityInternal):
    follow_ups = FollowUpPart(many=True)
    contributions = ContributionPart(many=True)


class ActivityItem(Item):
    origin = serializers.ChoiceField(choices=Origin.choices)
    type = serializers.ChoiceField(choices=ActivityType.choices)
    centre_role = serializers.ChoiceField(choices=CentreRole.choices)
    stage = serializers.ChoiceField(choices=Stage.choices)
    approved = serializers.BooleanField(help_text="False only for staff, and for an organization's own entries.")
    date_precision = serializers.ChoiceField(
        choices=DatePrecision.choices,
        help_text="What the dates are exact to; a month or year is given by its first and last day.",
    )
    date_basis = serializers.ChoiceField(choices=DateBasis.choices)
    format = serializers.ChoiceField(choices=Format.choices, allow_blank=True)
    country = serializers.CharField(
        source="country.code", allow_null=True, help_text="Where it was held: ISO alpha-2 code."
    )
    countries = serializers.ListField(
        child=serializers.CharField(), help_text="Countries taking part; empty under the Chatham House Rule."
    )
    priority = serializers.CharField(allow_null=True, help_text="Key of the main priority, such as 2021-2025/i.")
    priority_inferred = serializers.BooleanField(
        help_text="True while the priority is a guess that no manager has confirmed."
    )
    further_priorities = serializers.ListField(child=serializers.CharField(), help_text="Keys of priorities.")
    themes = serializers.ListField(child=serializers.CharField(), help_text="Codes of themes.")
    sdg_targets = serializers.ListField(child=serializers.CharField(), help_text="Codes of SDG targets.")
    evidence = EvidenceForPart(many=True)
    series = serializers.CharField(allow_null=True, help_text="Code of the series.")
    edition = serializers.IntegerField(allow_null=True, min_value=0, help_text="Which edition of the series it is.")
    partners = PartnerPart(many=True, help_text="Empty under the Chatham House Rule.")
    lead_organization = serializers.CharField(
        allow_null=True, help_text="Code of the organization whose own activity it is; null for the Centre's."
    )
    participants = AllParticipantsPart()
    outcome = serializers.CharField(help_text="Empty under the Chatham House Rule.")
    contact = serializers.CharField(
        help_text="Whom to ask about it; empty but for staff and the organization whose own activity it is."
    )
    certainty = serializers.ChoiceField(choices=Certainty.choices)
    internal = ActivityInternal(allow_null=True)

    class Meta:
        model = Activity
        fields = [
            "reference",
            "origin",
            "title_en",
            "title_ru",
            "summary",
            "type",
            "centre_role",
            "stage",
            "approved",
            "start_date",
            "end_date",
            "date_precision",
            "date_basis",
            "date_source",
            "format",
            "city",
            "country",
            "countries",
            "priority",
            "priority_inferred",
            "further_priorities",
            "themes",
            "sdg_targets",
            "evidence",
            "series",
            "edition",
            "partners",
            "lead_organization",
            "participants",
            "outcome",
            "chatham_house",
            "contact",
            "last_verified",
            "certainty",
            "changed_at",
            "internal",
        ]


class ActivityDetail(ActivityItem):
    participants_by_country = CountryParticipantsPart(
        many=True, help_text="For staff, and for an organization's own activities; groups by country are small."
    )
    links = LinkPart(many=True)
    internal = ActivityDetailInternal(allow_null=True)

    class Meta(ActivityItem.Meta):
        fields = [*ActivityItem.Meta.fields, "participants_by_country", "links"]


class ActivityView(Writing, ReadOnlyView):
    """What the Centre and its partners did or plan to do, by reference, latest first.

    Under the Chatham House Rule nobody outside the Centre learns who took part: `partners`, `countries`,
    `lead_organization`, `participants_by_country` and `outcome` are then empty, and filters do not find by them.
    A partner knows them of its own activities.
    """

    model = Activity
    serializer_class = ActivityItem
    detail_serializer_class = ActivityDetail
    filterset_class = ActivityFilterSet
    lookups = {"reference": by("reference", "Reference, such as UNRCCA-2024-0123.")}
    order = ("-reference",)
    places = PLACES
    orderings = ORDERINGS | {"changed_at": ("changed_at", "id"), "-changed_at": ("-changed_at", "-id")}

    http_method_names = ["get", "head", "options", "post", "put", "patch"]

    def retrieve(self, request: Request, **address: str) -> Response:
        return versioned(super().retrieve(request, **address))

    def expressions(self) -> dict[str, Column]:
        # The activities went through `visible_to`; their parts need not ask for them again.
        viewer, known = self.request.user, figures_known(self.request.user)
        series = Series.objects.visible_to(viewer)
        taking_part = Gathered(Activity.countries.through.objects.all(), "activity", "country__code")
        partners = Gathered(
            Involvement.objects.of_organizations(viewer),
            "activity",
            Object(
                organization="organization__code",
                acronym="organization__acronym",
                name_en="organization__name_en",
                name_ru="organization__name_ru",
                role="role",
            ),
            *("organization__code", "role"),
        )
        return super().expressions() | {
            "approved": Case(When(review_state=ReviewState.APPROVED, then=Value(True)), default=Value(False)),
            "countries": where_names_shown(viewer, taking_part, NO_LIST),
            "contact": contact_shown(viewer),
            "outcome": where_names_shown(viewer, F("outcome"), Value("")),
            "priority": priority_key("main_priority"),
            "further_priorities": Gathered(Priority.objects.visible_to(viewer), "further_activities", priority_key()),
            "themes": Gathered(Theme.objects.visible_to(viewer), "activities", "code"),
            "sdg_targets": Gathered(SdgTarget.objects.visible_to(viewer), "activities", "code"),
            "evidence": Gathered(
                Evidence.objects.shown_with_activity(viewer),
                "activity",
                Object(commitment=commitment_key("commitment"), inferred="inferred"),
                *("commitment__priority__number", "commitment__number", "id"),
            ),
            "series": code_of(series, "series"),
            "partners": where_names_shown(viewer, partners, NO_LIST),
            "lead_organization": where_names_shown(
                viewer, code_of(Organization.objects.visible_to(viewer), "lead_organization"), Value(None)
            ),
            "participants": Object(
                **{name: known[f"known_{name}"] for name in (*FIGURES, "total")}, withheld=known["figures_withheld"]
            ),
            "edition": Case(When(Exists(series.filter(pk=OuterRef("series"))), then=F("edition")), default=None),
            **self._detail_expressions(),
        }

    def _detail_expressions(self) -> dict[str, Column]:
        viewer = self.request.user
        return {
            "participants_by_country": Gathered(
                ParticipantsByCountry.objects.shown_with_activity(viewer),
                "activity",
                Object(country="country__code", **{name: name for name in FIGURES}),
                "country__code",
            ),
            "links": Gathered(Link.objects.shown_with_activity(viewer), "activity", fields_of(LinkPart), "id"),
            "internal.follow_ups": Gathered(
                FollowUp.objects.shown_with_activity(viewer),
                "activity",
                Object(text="text", owner="owner__name", due="due", done="done"),
                *(F("due").asc(nulls_last=True), "id"),
            ),
            "internal.contributions": Gathered(
                Contribution.objects.shown_with_activity(viewer),
                "activity",
                Object(
                    deliverable=Concat(
                        F("deliverable__year"), Value("/"), F("deliverable__line__code"), output_field=CharField()
                    ),
                    quantity="quantity",
                ),
                *("deliverable__year", "deliverable__line__code"),
            ),
        }
