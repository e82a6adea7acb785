"""What the list of follow-ups can be narrowed to. It is given a queryset that went through `visible_to`."""

from typing import Any

import django_filters
from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import search
from accounts.time_zones import office_date

from .filter_fields import NOT_KNOWN_HERE, ChoiceFilter, viewer_of
from .filters import PeriodForm, date_input, officers
from .models import FollowUp


class State(models.TextChoices):
    OPEN = "open", _("Open")
    OVERDUE = "overdue", _("Overdue")
    DONE = "done", _("Done")


class FollowUpFilterSet(django_filters.FilterSet):
    q = django_filters.CharFilter(method="containing", label=_("Words"), widget=forms.TextInput({"type": "search"}))
    owner = django_filters.ModelChoiceFilter(
        queryset=officers,
        label=_("Owner"),
        empty_label=_("Anyone"),
        error_messages={"invalid_choice": NOT_KNOWN_HERE},
    )
    state = ChoiceFilter(choices=State.choices, method="in_state", label=_("State"))
    activity = django_filters.CharFilter(field_name="activity__reference", label=_("Activity (its reference)"))

    class Meta:
        model = FollowUp
        fields: list[str] = []
        form = PeriodForm

    @classmethod
    def get_filters(cls) -> dict[str, Any]:
        """With `from` and `to`; the former is a word of Python's own and cannot be declared above."""
        period = {
            "from": django_filters.DateFilter(
                field_name="due", lookup_expr="gte", label=_("Due from"), widget=date_input()
            ),
            "to": django_filters.DateFilter(
                field_name="due", lookup_expr="lte", label=_("Due to"), widget=date_input()
            ),
        }
        return {**super().get_filters(), **period}

    def containing(self, queryset: Any, name: str, words: str) -> Any:
        """Every word, in the follow-up or the title of its activity."""
        return search.containing(queryset, words, viewer_of(self.request))

    def in_state(self, queryset: Any, name: str, state: str) -> Any:
        if state == State.DONE:
            return queryset.filter(done__isnull=False)
        open_ones = queryset.filter(done__isnull=True)
        return open_ones.filter(due__lt=office_date()) if state == State.OVERDUE else open_ones
