"""The forms of a development: its record, with what to show when somebody else saved first, and its return."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.record_forms import PlainTextarea, ReleasedForm, date_input
from activities.forms.compared import Sheet
from activities.forms.lookups import Lookups
from activities.forms.pick import PickBoxes, PickSelect, PicksField
from partners.models import Organization
from priorities.models import Country, Theme

from .models import Development
from .similar import Likeness, similar_developments


class DevelopmentForm(ReleasedForm):
    """A new or saved development."""

    SECTIONS = (
        (_("What happened"), ("headline_en", "date", "date_precision", "countries", "themes", "detail_en")),
        (_("Source"), ("source_publisher", "source_url", "source_date", "reliability", "significance")),
        (_("Further details"), ("headline_ru", "detail_ru", "end_date", "source_title")),
        (_("Analysis, for the staff only"), ("analysis", "gender_dimension", "recommendation")),
        (
            _("Classification and release"),
            ("classification", "classification_basis", "audience", "focal_officer", "released_to", "readers"),
        ),
    )
    # A quick entry needs no more than the first sections.
    ALWAYS_OPEN = 2

    released_to = PicksField(
        label=_("Named partners"),
        required=False,
        help_text=_("For the audience “named partners”, one a line: acronym or name."),
    )

    another = forms.BooleanField(label=_("It is none of these: make a new record"), required=False)

    class Meta:
        model = Development
        fields = (
            "headline_en",
            "headline_ru",
            "date",
            "end_date",
            "date_precision",
            "countries",
            "themes",
            "detail_en",
            "detail_ru",
            "source_publisher",
            "source_title",
            "source_url",
            "source_date",
            "reliability",
            "significance",
            "analysis",
            "gender_dimension",
            "recommendation",
            "classification",
            "classification_basis",
            "audience",
            "released_to",
            "focal_officer",
            "readers",
        )
        widgets = {
            "date": date_input(),
            "end_date": date_input(),
            "source_date": date_input(),
            "countries": PickBoxes,
            "themes": PickBoxes,
            "readers": PickBoxes,
            "focal_officer": PickSelect,
            "detail_en": PlainTextarea({"rows": 5}),
            "detail_ru": PlainTextarea({"rows": 5}),
            "analysis": PlainTextarea({"rows": 4}),
            "gender_dimension": PlainTextarea({"rows": 3}),
            "recommendation": PlainTextarea({"rows": 3}),
        }
        help_texts = {
            "date": _("Where only the month or year is known, give its first day."),
            "end_date": _("For what lasted longer than a day; of a month or year, its last day."),
            "significance": _("Only the staff see it."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.likenesses: list[Likeness] = []
        if self.instance.pk is not None:
            del self.fields["another"]
        self.lookups = Lookups(self.editor)
        released: Any = self.fields["released_to"]
        released.take(self.lookups.organization)
        choices = {
            "countries": Country.objects.visible_to(self.editor),
            "themes": Theme.objects.visible_to(self.editor),
        }
        for name, queryset in choices.items():
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]  # fields of model choices

    def clean_released_to(self) -> list[Organization]:
        """With those already named whom the editor may not see."""
        chosen = list(self.cleaned_data["released_to"])
        if self.instance.pk is None:
            return chosen
        return [*chosen, *self.instance.released_to.exclude(pk__in=self.lookups.organization.by_pk)]

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        starts, ends = values.get("date"), values.get("end_date")
        if starts and ends and ends < starts:
            self.add_error("end_date", _("The last day is before the first. Swap or correct the dates."))
        elif self.instance.pk is None and starts:
            self.likenesses = self._likenesses(values, starts, ends)
            if self.likenesses and not values.get("another"):
                self.add_error("another", _("Look at these first; it may be recorded already."))
        return values

    def _likenesses(self, values: dict[str, Any], starts: date, ends: date | None) -> list[Likeness]:
        """What this new record may repeat."""
        headlines = [values.get(name) or "" for name in ("headline_en", "headline_ru")]
        countries = [country.pk for country in values.get("countries") or ()]
        # What this very form has made already, when it is sent twice, is told of elsewhere.
        made = Development.objects.filter(created_by=self.editor, form_token=values.get("form_token") or uuid4())
        return similar_developments(
            self.editor,
            headlines=headlines,
            starts=starts,
            ends=ends,
            countries=countries,
            without=made.values_list("pk", flat=True).first(),
        )

    def folding_sections(self) -> Iterator[tuple[Any, list[forms.BoundField], bool]]:
        """The sections, each with whether it stands open: the first ones always, others where they say something."""
        for number, (heading, fields) in enumerate(self.sections()):
            yield heading, fields, number < self.ALWAYS_OPEN or any(map(self._says_something, fields))

    def _says_something(self, bound: forms.BoundField) -> bool:
        usual = self.instance._meta.get_field(bound.name).get_default()
        value = bound.value()
        return bool(bound.errors) or (bool(value) and value != usual)

    @property
    def sheet(self) -> Sheet:
        """The entry in values that can be compared with another's."""
        return Sheet(self)


class ReturnForm(forms.Form):
    """Why a submitted record goes back to its officer."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    comment = forms.CharField(
        label=_("What needs to be mended"),
        max_length=2000,
        widget=PlainTextarea({"rows": 4}),
        help_text=_("The officer reads it on the record."),
    )
