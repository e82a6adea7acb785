"""What the list of organizations can be narrowed to. Values are codes, never labels."""

from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import search

from .choices import OrganizationType
from .models import Organization


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
