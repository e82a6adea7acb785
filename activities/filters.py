"""What the list of activities can be narrowed to: for the page, the API and the links of the dashboards alike.

Values are codes, never labels; an unknown code is an error, not an empty list. The FilterSet is given a
queryset that went through `visible_to`, offers only what the viewer may see, and never answers a question
about who took part that the Chatham House Rule leaves open.
"""

import re
from typing import TYPE_CHECKING, Any

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
from priorities.models import Commitment, Country, Priority, ProgrammeOfAction, Theme

from .choices import ActivityType, CentreRole, Stage
from .models import Activity, Series
from .querysets import names_shown

if TYPE_CHECKING:
    from accounts.roles import Viewer

UNKNOWN_YEAR = "unknown"
NOT_KNOWN_HERE = _("“%(value)s” is not known here. Choose from the list.")


def viewer_of(request: HttpRequest | None) -> "Viewer":
    assert request is not None, "ActivityFilterSet needs the request: its choices depend on the reader."
    viewer: Viewer = request.user
    return viewer


def programmes_of(period: str) -> list[ProgrammeOfAction]:
    """The programme with this period (2021-2025), or the current one for an empty period; none when unknown."""
    programmes: Any = ProgrammeOfAction.objects
    if not period:
        current = programmes.current(timezone.localdate())
        return [current] if current else []
    years = re.fullmatch(r"([1-9][0-9]{3})-([1-9][0-9]{3})", period)
    return list(programmes.filter(starts__year=years[1], ends__year=years[2])) if years else []


class CodeField(forms.ModelChoiceField):
    """A record chosen by its code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.error_messages["invalid_choice"] = NOT_KNOWN_HERE


class OfProgrammeField(CodeField):
    """A record of a programme, chosen by period and code (2021-2025/i), or by code alone in the current programme."""

    code_names: tuple[str, ...]
    programme: str

    def prepare_value(self, value: Any) -> Any:
        return self.key_of(value) if hasattr(value, "pk") else value

    def key_of(self, record: Any) -> str:
        raise NotImplementedError

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        # PostgreSQL cannot even be asked for a text with a NUL character.
        records: Any = self.queryset
        found = records.filter(self._matching(str(value))).first() if "\0" not in str(value) else None
        if found is None:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value})
        return found

    def _matching(self, value: str) -> Q:
        period, _slash, code = value.rpartition("/")
        condition = Q()
        for name in self.code_names:
            condition |= Q(**{f"{name}__iexact": code})
        return condition & Q(**{f"{self.programme}__in": programmes_of(period)})


class PriorityField(OfProgrammeField):
    code_names = ("slug", "roman")
    programme = "programme"

    def key_of(self, record: Priority) -> str:
        return f"{record.programme.period}/{record.slug}"

    def label_from_instance(self, obj: Priority) -> str:
        return f"{obj.programme.period} {obj}"


class CommitmentField(OfProgrammeField):
    code_names = ("code",)
    programme = "priority__programme"

    def key_of(self, record: Commitment) -> str:
        return f"{record.priority.programme.period}/{record.code}"

    def label_from_instance(self, obj: Commitment) -> str:
        return f"{obj.code} {obj.text}"[:90]


class CodeFilter(django_filters.ModelChoiceFilter):
    field_class = CodeField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"to_field_name": "code", "empty_label": _("Any"), **kwargs})


class PriorityFilter(CodeFilter):
    field_class = PriorityField


class CommitmentFilter(CodeFilter):
    field_class = CommitmentField


class ProgrammeField(CodeField):
    """A programme by its period (2021-2025)."""

    def prepare_value(self, value: Any) -> Any:
        return value.period if isinstance(value, ProgrammeOfAction) else value

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        for programme in programmes_of(str(value)):
            return programme
        raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value})


class ProgrammeFilter(CodeFilter):
    field_class = ProgrammeField


class PartnerField(CodeField):
    def label_from_instance(self, obj: Organization) -> str:
        return f"{obj.short_name} — {obj.name}"[:80] if obj.short_name != obj.name else obj.name[:80]


class PartnerFilter(CodeFilter):
    field_class = PartnerField


class ChoiceFilter(django_filters.ChoiceFilter):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(empty_label=_("Any"), error_messages={"invalid_choice": NOT_KNOWN_HERE}, **kwargs)


class YearField(forms.CharField):
    """A year, or `unknown` for activities without a date."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text in ("", UNKNOWN_YEAR):
            return text
        if not re.fullmatch(r"(19|20)[0-9]{2}", text):
            raise ValidationError(_("Give a year such as 2024."), code="invalid")
        return int(text)


class YearFilter(django_filters.CharFilter):
    field_class = YearField


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

    STAFF_ONLY = ("officer",)

    q = django_filters.CharFilter(method="containing", label=_("Words"), widget=forms.TextInput({"type": "search"}))
    priority = PriorityFilter(
        field_name="main_priority",
        queryset=lambda request: Priority.objects.visible_to(viewer_of(request)).select_related("programme"),
        label=_("Priority"),
    )
    programme = ProgrammeFilter(
        field_name="main_priority__programme",
        queryset=lambda request: ProgrammeOfAction.objects.visible_to(viewer_of(request)),
        label=_("Programme of action"),
    )
    theme = CodeFilter(
        queryset=lambda request: Theme.objects.visible_to(viewer_of(request)), method="on_theme", label=_("Theme")
    )
    country = CodeFilter(
        queryset=lambda request: Country.objects.visible_to(viewer_of(request)),
        method="naming_country",
        label=_("Country"),
    )
    partner = PartnerFilter(queryset=organizations, method="naming_partner", label=_("Partner"))
    series = CodeFilter(queryset=series, label=_("Series"))
    type = ChoiceFilter(choices=ActivityType.choices, label=_("Type"))
    role = ChoiceFilter(field_name="centre_role", choices=CentreRole.choices, label=_("The Centre’s role"))
    stage = ChoiceFilter(choices=Stage.choices, label=_("Stage"))
    year = YearFilter(
        method="of_year", label=_("Year"), widget=forms.TextInput({"inputmode": "numeric", "placeholder": "2024"})
    )
    commitment = CommitmentFilter(
        queryset=lambda request: Commitment.objects.visible_to(viewer_of(request)).for_lists(),
        method="evidence_for",
        label=_("Commitment"),
    )
    lead = PartnerFilter(queryset=organizations, method="led_by", label=_("Activity of a partner"))
    coming = ChoiceFilter(choices=[("yes", _("Coming"))], method="still_coming", label=_("Coming or past"))
    together = ChoiceFilter(choices=[("yes", _("Took part"))], method="with_the_centre", label=_("The Centre"))
    inferred = ChoiceFilter(
        choices=[("yes", _("Inferred")), ("no", _("Confirmed"))], method="of_inferred_priority", label=_("Priority is")
    )
    # Narrows what the viewer sees anyway: without the staff only a partner has own entries that are not approved.
    review_state = ChoiceFilter(choices=ReviewState.choices, label=_("Review"))
    officer = django_filters.ModelChoiceFilter(
        queryset=officers,
        method="of_officer",
        label=_("Officer"),
        empty_label=_("Anyone"),
        error_messages={"invalid_choice": NOT_KNOWN_HERE},
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
        return {**super().get_filters(), **period}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer = viewer_of(self.request)
        if not is_staff_viewer(self.viewer):
            for name in self.STAFF_ONLY:
                del self.filters[name]

    def containing(self, queryset: Any, name: str, words: str) -> Any:
        """What the search finds, as far as the viewer may read it (see `accounts.search`)."""
        return search.containing(queryset, words, self.viewer)

    def on_theme(self, queryset: Any, name: str, theme: Theme) -> Any:
        """On the theme or a part of it: women, peace and security finds its pillars too."""
        links = Activity.themes.through.objects.filter(activity=OuterRef("pk"))
        return queryset.filter(Exists(links.filter(Q(theme=theme) | Q(theme__parent=theme))))

    def naming_country(self, queryset: Any, name: str, country: Country) -> Any:
        return queryset.naming_country(country, self.viewer)

    def naming_partner(self, queryset: Any, name: str, organization: Organization) -> Any:
        return queryset.naming_partner(organization, self.viewer)

    def led_by(self, queryset: Any, name: str, organization: Organization) -> Any:
        return queryset.filter(names_shown(self.viewer), lead_organization=organization)

    def evidence_for(self, queryset: Any, name: str, commitment: Commitment) -> Any:
        return queryset.filter(evidence__commitment=commitment)

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

    def of_officer(self, queryset: Any, name: str, officer: User) -> Any:
        """Logged by the officer, or in the officer's care."""
        return queryset.filter(Q(created_by=officer) | Q(focal_officer=officer))

    def not_before(self, queryset: Any, name: str, day: Any) -> Any:
        return queryset.filter(Q(end_date__gte=day) | Q(end_date__isnull=True, start_date__gte=day))
