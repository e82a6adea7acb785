"""Who does what over the API: the activities behind the table, as its page and its files tell of them."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from accounts.api import Column, Item, ReadOnlyView, by
from priorities.choices import DatePrecision

from .api import ORDERINGS, PLACES
from .choices import Stage
from .matrix import STAGES, countries_of, doers_of, on_table, standing, themes_of
from .matrix_filters import EntryFilterSet
from .models import Activity
from .verification import due_now, verify_by


class WhoDoesWhatItem(Item):
    stage = serializers.ChoiceField(choices=Stage.choices)
    date_precision = serializers.ChoiceField(
        choices=DatePrecision.choices,
        help_text="What the dates are exact to; a month or year is given by its first and last day.",
    )
    organizations = serializers.ListField(
        child=serializers.CharField(),
        help_text="Codes of the organizations that lead, organize, host or support it, unrcca for the Centre."
        " Empty where none is recorded, or the Chatham House Rule hides them.",
    )
    themes = serializers.ListField(child=serializers.CharField(), help_text="Codes of themes.")
    countries = serializers.ListField(
        child=serializers.CharField(),
        help_text="ISO alpha-2 codes of the countries where it is held or that take part."
        " Under the Chatham House Rule only where it is held.",
    )
    verify_by = serializers.DateField(
        allow_null=True,
        help_text="The first day on which the entry is no longer taken to be right; null where it is settled.",
    )
    due = serializers.BooleanField(
        help_text="Whether it has to be verified: `verify_by` has come, today in Ashgabat."
        " Time alone does not move `updated_at`."
    )

    class Meta:
        model = Activity
        fields = [
            "reference",
            "title_en",
            "title_ru",
            "organizations",
            "themes",
            "countries",
            "start_date",
            "end_date",
            "date_precision",
            "stage",
            "last_verified",
            "verify_by",
            "due",
        ]


class WhoDoesWhatView(ReadOnlyView):
    """Who does what: the activities behind the table of themes, countries and organizations.

    Approved activities only; nothing confidential, and no good offices contact that is not public. Taking part alone
    is not doing. Without `stage` the list holds what is planned, confirmed or held.

    An activity counts for each of its themes and for what these are a part of (`parent` in `themes/`), in each of its
    countries, for each of its organizations. Where nothing is counted is a gap; where several organizations do
    something apart from each other, an overlap.
    """

    model = Activity
    serializer_class = WhoDoesWhatItem
    filterset_class = EntryFilterSet
    lookups = {"reference": by("reference", "Reference, such as UNRCCA-2024-0123; also that of the activity.")}
    order = ("-reference",)
    places = PLACES
    orderings = ORDERINGS

    def get_queryset(self) -> QuerySet[Any]:
        """For a list all that the reader sees: `updated_since` tells that an activity is no longer in the table."""
        return on_table(self.request.user) if self.action == "retrieve" else super().get_queryset()

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The stages of the table hold without any filter too, when no FilterSet is made."""
        visible: Any = super().filter_queryset(queryset)
        found = standing(visible)
        return found if "stage" in self.request.query_params else found.filter(stage__in=STAGES)

    def expressions(self) -> dict[str, Column]:
        viewer = self.request.user
        return {
            "organizations": doers_of(viewer),
            "themes": themes_of(viewer),
            "countries": countries_of(viewer),
            "verify_by": verify_by(),
            "due": due_now(),
        }
