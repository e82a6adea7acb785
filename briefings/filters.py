"""What lists of briefings and developments can be narrowed to: for the pages and the API alike.

Values are codes and keys, never labels. A FilterSet is given a queryset that went through `visible_to`,
and searches only what its reader may read: analysis, recommendations and notes for the staff alone.
"""

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts import search
from accounts.choices import Audience, ReviewState
from accounts.visibility import is_staff_viewer
from activities.filter_fields import ChoicesFilter, CodeFilter, CodesFilter, CommitmentsFilter, viewer_of
from activities.filters import PeriodForm, date_input
from activities.models import Evidence
from priorities.choices import Certainty
from priorities.models import Commitment, Country, Theme

from .choices import Modality, Outcome, Reliability, Significance
from .models import Briefing, Development, SpecialRepresentative


class ThemesFilter(CodesFilter):
    """By one of several themes or a part of it: women, peace and security finds its pillars too."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Theme"), queryset=lambda request: Theme.objects.visible_to(viewer_of(request)), method=on_themes
        )


def on_themes(queryset: Any, name: str, themes: list[Theme]) -> Any:
    links = queryset.model.themes.through.objects.filter(**{queryset.model._meta.model_name: OuterRef("pk")})
    return queryset.filter(Exists(links.filter(Q(theme__in=themes) | Q(theme__parent__in=themes))))


class BriefingFilter(django_filters.FilterSet):
    year = django_filters.NumberFilter(
        field_name="date", lookup_expr="year", label=_("Year"), decimal_places=0, min_value=1945, max_value=2100
    )
    special_representative = CodeFilter(
        queryset=lambda request: SpecialRepresentative.objects.visible_to(viewer_of(request)),
        to_field_name="key",
        label=_("Special Representative"),
        empty_label=_("Anyone"),
    )
    modality = ChoicesFilter(choices=Modality.choices, label=_("Modality"))
    outcome = ChoicesFilter(choices=Outcome.choices, label=_("Outcome"))
    certainty = ChoicesFilter(choices=Certainty.choices, label=_("Certainty"))
    theme = ThemesFilter()
    commitment = CommitmentsFilter(
        queryset=lambda request: Commitment.objects.visible_to(viewer_of(request)).for_lists(),
        method="evidence_for",
        label=_("Commitment"),
    )

    class Meta:
        model = Briefing
        fields: list[str] = []

    def evidence_for(self, queryset: Any, name: str, commitments: list[Commitment]) -> Any:
        return queryset.filter(Exists(Evidence.objects.filter(briefing=OuterRef("pk"), commitment__in=commitments)))


class DevelopmentFilter(django_filters.FilterSet):
    """`from` and `to` find what has at least one day in the period; “July 2024” has every day of that month."""

    STAFF_ONLY = ("significance", "audience", "review_state")

    q = django_filters.CharFilter(method="containing", label=_("Words"), widget=forms.TextInput({"type": "search"}))
    country = CodesFilter(
        queryset=lambda request: Country.objects.visible_to(viewer_of(request)),
        method="in_countries",
        label=_("Country"),
    )
    theme = ThemesFilter()
    reliability = ChoicesFilter(choices=Reliability.choices, label=_("Reliability"))
    significance = ChoicesFilter(choices=Significance.choices, label=_("Significance"))
    audience = ChoicesFilter(choices=Audience.choices, label=_("Audience"))
    review_state = ChoicesFilter(choices=ReviewState.choices, label=_("Review"))

    class Meta:
        model = Development
        fields: list[str] = []
        form = PeriodForm

    @classmethod
    def get_filters(cls) -> dict[str, Any]:
        """With `from` and `to`; the former is a word of Python's own and cannot be declared above."""
        period = {
            "from": django_filters.DateFilter(method="not_before", label=_("From"), widget=date_input()),
            "to": django_filters.DateFilter(field_name="date", lookup_expr="lte", label=_("To"), widget=date_input()),
        }
        return {**super().get_filters(), **period}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_staff_viewer(viewer_of(self.request)):
            for name in self.STAFF_ONLY:
                del self.filters[name]

    def containing(self, queryset: Any, name: str, words: str) -> Any:
        """What the search finds, as far as the viewer may read it (see `accounts.search`)."""
        return search.containing(queryset, words, viewer_of(self.request))

    def in_countries(self, queryset: Any, name: str, countries: list[Country]) -> Any:
        links = Development.countries.through.objects.filter(development=OuterRef("pk"), country__in=countries)
        return queryset.filter(Exists(links))

    def not_before(self, queryset: Any, name: str, day: date) -> Any:
        return queryset.filter(Q(end_date__gte=day) | Q(end_date__isnull=True, date__gte=day))
