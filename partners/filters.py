"""What the lists of organizations, agreements and contacts can be narrowed to. Values are codes, never labels."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import search
from accounts.visibility import is_staff_viewer

from .choices import AgreementKind, AgreementStatus, OrganizationType
from .models import AGREEMENT_NOTICE, VERIFIED_FOR, Agreement, Contact, Organization


def countries_of_visible(request: Any) -> Any:
    """Countries of organizations that the reader may see: those of others would tell that these exist."""
    countries: Any = Organization._meta.get_field("country").related_model
    visible = Organization.objects.visible_to(request.user)
    return countries.objects.visible_to(request.user).filter(pk__in=visible.order_by().values("country"))


class OrganizationFilterSet(django_filters.FilterSet):
    q = django_filters.CharFilter(method="named", label=_("Words"), widget=forms.TextInput({"type": "search"}))
    type = django_filters.ChoiceFilter(choices=OrganizationType.choices, label=_("Type"), empty_label=_("Any"))
    country = django_filters.ModelChoiceFilter(
        queryset=countries_of_visible,
        to_field_name="code",
        label=_("Country"),
        empty_label=_("Any"),
    )

    class Meta:
        model = Organization
        fields: list[str] = []

    def named(self, queryset: Any, name: str, words: str) -> Any:
        """What the search finds: by acronym, name, alias, parent body or country."""
        return search.containing(queryset, words, self.request.user)


class OfOrganizationFilter(django_filters.ModelChoiceFilter):
    """An organization by its code, among those that the reader may see."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=lambda request: Organization.objects.visible_to(request.user),
            to_field_name="code",
            empty_label=_("Any"),
            **kwargs,
        )


class AgreementFilterSet(django_filters.FilterSet):
    """Takes agreements with their status and whether another succeeds them.

    Whose end is a task for somebody is the staff's matter: others may not see the successor.
    """

    q = django_filters.CharFilter(method="containing", label=_("Words"), widget=forms.TextInput({"type": "search"}))
    status = django_filters.ChoiceFilter(
        field_name="status_then", choices=AgreementStatus.choices, label=_("Status"), empty_label=_("Any")
    )
    kind = django_filters.ChoiceFilter(choices=AgreementKind.choices, label=_("Kind"), empty_label=_("Any"))
    party = OfOrganizationFilter(field_name="parties", label=_("Party"))
    expiry = django_filters.ChoiceFilter(
        choices=[("soon", _("About to end")), ("ended", _("Ended without successor"))],
        method="expiring",
        label=_("End"),
        empty_label=_("Any"),
    )

    class Meta:
        model = Agreement
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.request is None or not is_staff_viewer(self.request.user):
            del self.filters["expiry"]

    def containing(self, queryset: Any, name: str, words: str) -> Any:
        """What the search finds: by title, description, documents or party."""
        return search.containing(queryset, words, self.request.user)

    def expiring(self, queryset: Any, name: str, value: str) -> Any:
        today = timezone.localdate()
        period = {"ends__range": (today, today + AGREEMENT_NOTICE)} if value == "soon" else {"ends__lt": today}
        return queryset.filter(succeeded=False, **period)


class ContactFilterSet(django_filters.FilterSet):
    q = django_filters.CharFilter(method="containing", label=_("Words"), widget=forms.TextInput({"type": "search"}))
    organization = OfOrganizationFilter(label=_("Organization"))
    stale = django_filters.ChoiceFilter(
        choices=[("yes", _("Not verified for a year")), ("no", _("Verified within a year"))],
        method="verified",
        label=_("Verified"),
        empty_label=_("Any"),
    )

    class Meta:
        model = Contact
        fields: list[str] = []

    def containing(self, queryset: Any, name: str, words: str) -> Any:
        """What the search finds: by name, position, address, purpose or organization."""
        return search.containing(queryset, words, self.request.user)

    def verified(self, queryset: Any, name: str, value: str) -> Any:
        fresh = Q(last_verified__gte=timezone.localdate() - VERIFIED_FOR)
        return queryset.filter(fresh) if value == "no" else queryset.exclude(fresh)
