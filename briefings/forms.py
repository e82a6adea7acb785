"""The forms of a development: its record, with what to show when somebody else saved first, and its return."""

from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.choices import Audience, Classification, validate_classification
from accounts.models import User
from accounts.roles import Permission, allows
from activities.filters import date_input
from activities.forms.compared import Sheet
from activities.forms.fields import CLASSIFICATIONS, PlainTextarea, staff_for
from activities.forms.lookups import Lookups
from activities.forms.pick import PickBoxes, PickSelect, PicksField
from partners.models import Organization
from priorities.models import Country, Theme

from .models import Development


class DevelopmentForm(forms.ModelForm):
    """A new or saved development.

    `version` is what the editor of a saved one started from; `form_token` lets an empty form make one record only.
    """

    SECTIONS = (
        (_("What happened"), ("headline_en", "headline_ru", "detail_en", "detail_ru")),
        (_("When and where"), ("date", "end_date", "date_precision", "countries", "themes")),
        (_("Source"), ("source_publisher", "source_title", "source_url", "source_date", "reliability")),
        (_("For the staff only"), ("analysis", "gender_dimension", "recommendation")),
        (
            _("Classification and release"),
            ("classification", "classification_basis", "audience", "focal_officer", "released_to", "readers"),
        ),
    )
    DECIDE_RELEASE = frozenset({"classification", "classification_basis", "audience", "released_to"})

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    form_token = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid4)
    released_to = PicksField(
        label=_("Named partners"),
        required=False,
        help_text=_("For the audience “named partners”, one a line: acronym or name."),
    )
    # Not a choice field: what is refused has a message of its own, whichever way it was sent.
    classification = forms.CharField(
        label=_("Classification"),
        initial=Classification.UNCLASSIFIED,
        widget=forms.Select(choices=CLASSIFICATIONS),
        validators=[validate_classification],
    )

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
        }

    def __init__(self, *args: Any, editor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.editor = editor
        self.lookups = Lookups(editor)
        released: Any = self.fields["released_to"]
        released.take(self.lookups.organization)
        staff = staff_for(self.instance)
        choices = {
            "countries": Country.objects.visible_to(editor),
            "themes": Theme.objects.visible_to(editor),
            "focal_officer": staff,
            "readers": staff,
        }
        for name, queryset in choices.items():
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]  # fields of model choices
        self.fields["version"].initial = self.instance.version

    def sections(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields under their headings, in the order of the page."""
        return [(heading, [self[name] for name in names]) for heading, names in self.SECTIONS]

    def clean_released_to(self) -> list[Organization]:
        """With those already named whom the editor may not see."""
        chosen = list(self.cleaned_data["released_to"])
        if self.instance.pk is None:
            return chosen
        return [*chosen, *self.instance.released_to.exclude(pk__in=self.lookups.organization.by_pk)]

    def clean_classification(self) -> str:
        value: str = self.cleaned_data["classification"]
        lowered = self.initial.get("classification") == Classification.CONFIDENTIAL != value
        if lowered and not allows(self.editor, Permission.APPROVE_RECORDS):
            raise ValidationError(_("Only a manager may lower a classification."))
        return value

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        starts, ends = values.get("date"), values.get("end_date")
        if starts and ends and ends < starts:
            self.add_error("end_date", _("The last day is before the first. Swap or correct the dates."))
        confidential = values.get("classification") == Classification.CONFIDENTIAL
        if confidential and not values.get("classification_basis"):
            self.add_error("classification_basis", _("Say why it is confidential."))
        if confidential and values.get("audience") != Audience.INTERNAL:
            self.add_error("audience", _("A confidential record stays internal. Choose the audience “internal”."))
        if values.get("audience") == Audience.NAMED_PARTNERS and not values.get("released_to"):
            self.add_error("released_to", _("Name at least one partner, or choose another audience."))
        return values

    @property
    def changes_release(self) -> bool:
        """Whether the editor decided anew who may see the record."""
        return bool(self.DECIDE_RELEASE.intersection(self.changed_data))

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
