"""What the list of activities can be narrowed to: for the page, the API and the links of the dashboards alike.

Values are codes, never labels; an unknown code is an error, not an empty list. The FilterSet is given a
queryset that went through `visible_to`, offers only what the viewer may see, and never answers a question
about who took part that the Chatham House Rule leaves open.
"""

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import search
from accounts.choices import ReviewState
from accounts.models import User
from accounts.record_forms import date_input
from accounts.roles import STAFF_ROLES
from accounts.visibility import is_staff_viewer
from partners.models import Organization
from priorities.choices import DatePrecision
from priorities.models import Commitment, Country, Deliverable, Priority, ProgrammeOfAction, Theme

from .choices import ActivityType, CentreRole, Stage
from .filter_fields import (
    UNKNOWN_YEAR,
    ChoiceFilter,
    ChoicesFilter,
    CodesFilter,
    CommitmentsFilter,
    DeliverablesFilter,
    PartnerFilter,
    PartnersFilter,
    PrioritiesFilter,
    ProgrammeFilter,
    YearFilter,
    viewer_of,
)
from .models import Activity, Contribution, Evidence, Series
from .querysets import names_shown


def organizations(request: HttpRequest | None) -> QuerySet[Organization]:
    found: QuerySet[Organization] = Organization.objects.visible_to(viewer_of(request))
    return found


def series(request: HttpRequest | None) -> QuerySet[Series]:
    found: QuerySet[Series] = Series.objects.visible_to(viewer_of(request))
    return found


def officers(request: HttpRequest | None) -> QuerySet[User]:
    return User.objects.filter(role__in=STAFF_ROLES) if is_staff_viewer(viewer_of(request)) else User.objects.none()


class PeriodForm(forms.Form):
    """Refuses a period that ends before it starts."""

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        since, until = values.get("from"), values.get("to")
        if since and until and until < since:
            raise ValidationError({"to": _("The period ends before it starts. Swap or correct the dates.")})
        return values


class ActivityFilterSet(django_filters.FilterSet):
    """See the module. `from` and `to` find what has at least one day in the period."""

    STAFF_ONLY: tuple[str, ...] = ("officer", "deliverable")

    q = django_filters.CharFilter(method="containing", label=_("Words"), widget=forms.TextInput({"type": "search"}))
    priority = PrioritiesFilter(
        field_name="main_priority",
        queryset=lambda request: Priority.objects.visible_to(viewer_of(request)).select_related("programme"),
        label=_("Priority"),
    )
    programme = ProgrammeFilter(
        field_name="main_priority__programme",
        queryset=lambda request: ProgrammeOfAction.objects.visible_to(viewer_of(request)),
        label=_("Programme of action"),
    )
    theme = CodesFilter(
        queryset=lambda request: Theme.objects.visible_to(viewer_of(request)), method="on_theme", label=_("Theme")
    )
    partner = PartnersFilter(queryset=organizations, method="naming_partner", label=_("Partner"))
    country = CodesFilter(
        queryset=lambda request: Country.objects.visible_to(viewer_of(request)),
        method="naming_country",
        label=_("Country"),
    )
    type = ChoicesFilter(choices=ActivityType.choices, label=_("Type"))
    stage = ChoicesFilter(choices=Stage.choices, label=_("Stage"))
    # Narrows what the viewer sees anyway: without the staff only a partner has own entries that are not approved.
    review_state = ChoicesFilter(choices=ReviewState.choices, label=_("Review"))
    officer = CodesFilter(queryset=officers, to_field_name="pk", method="of_officer", label=_("Officer"))
    series = CodesFilter(queryset=series, label=_("Series"))
    role = ChoicesFilter(field_name="centre_role", choices=CentreRole.choices, label=_("The Centre’s role"))
    commitment = CommitmentsFilter(
        queryset=lambda request: Commitment.objects.visible_to(viewer_of(request)).for_lists(),
        method="evidence_for",
        label=_("Commitment"),
    )
    year = YearFilter(
        method="of_year", label=_("Year"), widget=forms.TextInput({"inputmode": "numeric", "placeholder": "2024"})
    )
    lead = PartnerFilter(queryset=organizations, method="led_by", label=_("Activity of a partner"))
    coming = ChoiceFilter(choices=[("yes", _("Coming"))], method="still_coming", label=_("Coming or past"))
    together = ChoiceFilter(choices=[("yes", _("Took part"))], method="with_the_centre", label=_("The Centre"))
    inferred = ChoiceFilter(
        choices=[("yes", _("Inferred")), ("no", _("Confirmed"))], method="of_inferred_priority", label=_("Priority is")
    )

    begins_from = django_filters.DateFilter(method="beginning_from", label=_("Begins from"), widget=date_input())
    begins_to = django_filters.DateFilter(method="beginning_until", label=_("Begins until"), widget=date_input())
    deliverable = DeliverablesFilter(
        queryset=lambda request: Deliverable.objects.visible_to(viewer_of(request)).select_related("line"),
        method="contributing",
        label=_("Deliverable"),
    )
    precision = ChoicesFilter(field_name="date_precision", choices=DatePrecision.choices, label=_("Date is exact to"))
    participants = ChoiceFilter(
        choices=[
            ("recorded", _("Number recorded")),
            ("by_sex", _("Women and men recorded")),
            ("youth", _("Youth recorded")),
        ],
        method="with_figures",
        label=_("Participants"),
    )

    class Meta:
        model = Activity
        fields: list[str] = []
        form = PeriodForm

    @classmethod
    def get_filters(cls) -> dict[str, Any]:
        """With `from` and `to`; the former is a word of Python's own and cannot be declared above."""
        period = {
            "from": django_filters.DateFilter(method="not_before", label=_("From"), widget=date_input()),
            "to": django_filters.DateFilter(
                field_name="start_date", lookup_expr="lte", label=_("To"), widget=date_input()
            ),
        }
        filters = super().get_filters()
        return {"q": filters.pop("q"), **period, **filters}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer = viewer_of(self.request)
        if not is_staff_viewer(self.viewer):
            for name in self.STAFF_ONLY:
                del self.filters[name]

    def containing(self, queryset: Any, name: str, words: str) -> Any:
        """What the search finds, as far as the viewer may read it (see `accounts.search`)."""
        return search.containing(queryset, words, self.viewer)

    def on_theme(self, queryset: Any, name: str, themes: list[Theme]) -> Any:
        return queryset.on_themes(themes)

    def naming_country(self, queryset: Any, name: str, countries: list[Country]) -> Any:
        return queryset.naming_countries(countries, self.viewer)

    def naming_partner(self, queryset: Any, name: str, partners: list[Organization]) -> Any:
        return queryset.naming_partners(partners, self.viewer)

    def led_by(self, queryset: Any, name: str, organization: Organization) -> Any:
        return queryset.filter(names_shown(self.viewer), lead_organization=organization)

    def evidence_for(self, queryset: Any, name: str, commitments: list[Commitment]) -> Any:
        return queryset.filter(Exists(Evidence.objects.filter(activity=OuterRef("pk"), commitment__in=commitments)))

    def still_coming(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.coming(timezone.localdate())

    def with_the_centre(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.with_the_centre()

    def of_inferred_priority(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(main_priority__isnull=False, priority_inferred=value == "yes")

    def of_year(self, queryset: Any, name: str, year: int | str) -> Any:
        """By the year of the first day, as the dashboards count; `unknown` finds activities without a date."""
        return (
            queryset.filter(start_date__isnull=True) if year == UNKNOWN_YEAR else queryset.filter(start_date__year=year)
        )

    def beginning_from(self, queryset: Any, name: str, day: date) -> Any:
        """By the first day, as the dashboards count; `from` finds what goes on."""
        return queryset.beginning_from(day)

    def beginning_until(self, queryset: Any, name: str, day: date) -> Any:
        return queryset.beginning_until(day)

    def contributing(self, queryset: Any, name: str, deliverables: list[Deliverable]) -> Any:
        links = Contribution.objects.filter(activity=OuterRef("pk"), deliverable__in=deliverables)
        return queryset.filter(Exists(links))

    def with_figures(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.with_figures(value, self.viewer)

    def of_officer(self, queryset: Any, name: str, people: list[User]) -> Any:
        """Logged by one of the officers, or in the care of one."""
        return queryset.filter(Q(created_by__in=people) | Q(focal_officer__in=people))

    def not_before(self, queryset: Any, name: str, day: Any) -> Any:
        return queryset.not_over_before(day)
