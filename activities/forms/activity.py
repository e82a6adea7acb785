"""The fields of an activity, for staff and for partners. Every choice starts from `visible_to`."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.choices import Audience, Classification, validate_classification
from accounts.models import User
from accounts.roles import Permission, allows
from activities.choices import ActivityType, Stage
from activities.filters import date_input
from activities.models import Activity, Series
from partners.models import Organization
from priorities.models import Country, Priority, SdgTarget, Theme

from .fields import (
    CLASSIFICATIONS,
    OrganizationField,
    OrganizationsField,
    PlainTextarea,
    PrioritiesField,
    PriorityField,
    staff_for,
)


class ActivityForm(forms.ModelForm):
    """What staff fill in. A draft needs a title, a type, a date or word that it is not known, and a priority."""

    SECTIONS: ClassVar[list[tuple[str, Any, tuple[str, ...]]]] = [
        ("what", _("What"), ("title_en", "title_ru", "type", "stage", "centre_role", "lead_organization", "summary")),
        ("when", _("When"), ("start_date", "end_date", "date_precision", "date_basis", "date_source")),
        ("where", _("Where"), ("format", "city", "country", "countries")),
        (
            "programme",
            _("Programme of action"),
            ("main_priority", "series", "edition", "themes", "further_priorities", "sdg_targets"),
        ),
        ("participants", _("Participants"), ("women", "men", "not_stated", "youth")),
        ("outcome", _("Outcome"), ("outcome", "chatham_house", "funding_source", "source_note")),
        (
            "release",
            _("Classification and release"),
            ("classification", "classification_basis", "audience", "focal_officer", "released_to", "readers"),
        ),
    ]
    # Left out where its present value is something that the editor may not see.
    CHOSEN_RECORDS = ("series", "lead_organization")

    main_priority = PriorityField(queryset=Priority.objects.none(), label=_("Main priority"), required=False)
    further_priorities = PrioritiesField(
        queryset=Priority.objects.none(),
        label=_("Further priorities"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    lead_organization = OrganizationField(
        queryset=Organization.objects.none(),
        label=_("Lead organization"),
        required=False,
        help_text=_("Only for a partner’s own activity: that partner then sees the entry, also while it is a draft."),
    )
    released_to = OrganizationsField(
        queryset=Organization.objects.none(),
        label=_("Named partners"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("For the audience “named partners”."),
    )
    # Not a choice field: what is refused has a message of its own, whichever way it was sent.
    classification = forms.CharField(
        label=_("Classification"),
        initial=Classification.UNCLASSIFIED,
        widget=forms.Select(choices=CLASSIFICATIONS),
        validators=[validate_classification],
    )

    class Meta:
        model = Activity
        fields = (
            "title_en",
            "title_ru",
            "type",
            "stage",
            "centre_role",
            "lead_organization",
            "summary",
            "start_date",
            "end_date",
            "date_precision",
            "date_basis",
            "date_source",
            "format",
            "city",
            "country",
            "countries",
            "main_priority",
            "series",
            "edition",
            "themes",
            "further_priorities",
            "sdg_targets",
            "women",
            "men",
            "not_stated",
            "youth",
            "outcome",
            "chatham_house",
            "funding_source",
            "source_note",
            "classification",
            "classification_basis",
            "audience",
            "focal_officer",
            "released_to",
            "readers",
        )
        widgets = {
            "summary": PlainTextarea({"rows": 5}),
            "outcome": PlainTextarea({"rows": 5}),
            "source_note": PlainTextarea({"rows": 2}),
            "start_date": date_input(),
            "end_date": date_input(),
            "countries": forms.CheckboxSelectMultiple,
            "themes": forms.CheckboxSelectMultiple,
            "sdg_targets": forms.CheckboxSelectMultiple,
            "readers": forms.CheckboxSelectMultiple,
        }
        help_texts = {
            "start_date": _("Where only the month or year is known, give any day in it."),
            "end_date": _("Leave empty for a single day."),
            "women": _("Leave empty what is not known: an empty field is not nought."),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        for name, queryset in self._choices_visible_to(user).items():
            if name in self.fields:
                self.fields[name].queryset = queryset  # type: ignore[attr-defined]
        self._leave_out_unseen()
        if "stage" in self.fields:
            self.fields["stage"].choices = self._stages()  # type: ignore[attr-defined]
        if "main_priority" in self.fields:
            self.fields["main_priority"].help_text = _("Needed for the Centre’s own activities.")

    def _choices_visible_to(self, user: User) -> dict[str, Any]:
        organizations = Organization.objects.visible_to(user)
        priorities = Priority.objects.visible_to(user).select_related("programme")
        staff = staff_for(self.instance)
        return {
            "lead_organization": organizations,
            "released_to": organizations,
            "main_priority": priorities,
            "further_priorities": priorities,
            "series": Series.objects.visible_to(user),
            "themes": Theme.objects.visible_to(user),
            "country": Country.objects.visible_to(user),
            "countries": Country.objects.visible_to(user),
            "sdg_targets": SdgTarget.objects.visible_to(user),
            "focal_officer": staff,
            "readers": staff,
        }

    def _leave_out_unseen(self) -> None:
        for name in self.CHOSEN_RECORDS:
            chosen = getattr(self.instance, f"{name}_id", None)
            if name in self.fields and chosen:
                field: Any = self.fields[name]
                if not field.queryset.filter(pk=chosen).exists():
                    del self.fields[name]

    def _stages(self) -> list[tuple[str, Any]]:
        """A manager may mend any stage; others take the steps that follow the present one."""
        if self.instance.pk is None or allows(self.user, Permission.APPROVE_RECORDS):
            return list(Stage.choices)
        present = Stage(self.instance.stage)
        return [(stage.value, stage.label) for stage in Stage if stage in (present, *self.instance.allowed_stages())]

    def clean_released_to(self) -> list[Organization]:
        """With those already named whom the editor may not see."""
        chosen = list(self.cleaned_data["released_to"])
        if self.instance.pk is None:
            return chosen
        offered: Any = self.fields["released_to"]
        return [*chosen, *self.instance.released_to.exclude(pk__in=offered.queryset)]

    def clean_classification(self) -> str:
        value: str = self.cleaned_data["classification"]
        lowered = self.initial.get("classification") == Classification.CONFIDENTIAL != value
        if lowered and not allows(self.user, Permission.APPROVE_RECORDS):
            raise ValidationError(_("Only a manager may lower a classification."))
        return value

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self._lacks_priority(values):
            self.add_error("main_priority", _("Choose the priority that the activity serves."))
        if values.get("classification") == Classification.CONFIDENTIAL and values.get("audience") != Audience.INTERNAL:
            self.add_error("audience", _("A confidential record stays internal. Choose the audience “internal”."))
        if values.get("audience") == Audience.NAMED_PARTNERS and not values.get("released_to"):
            self.add_error("released_to", _("Name at least one partner, or choose another audience."))
        return values

    def _lacks_priority(self, values: dict[str, Any]) -> bool:
        """A partner's activity needs none; what was held before the programme has none and may stay so."""
        if "main_priority" not in self.fields or values.get("main_priority") or values.get("lead_organization"):
            return False
        return self.instance.pk is None or bool(self.initial.get("main_priority"))

    def sections(self) -> dict[str, dict[str, Any]]:
        """The fields by section, for the template; sections without fields are left out."""
        found = {}
        for key, legend, names in self.SECTIONS:
            fields = [self[name] for name in names if name in self.fields]
            if fields:
                found[key] = {"legend": legend, "fields": fields}
        return found


class PartnerActivityForm(ActivityForm):
    """What a partner's focal point fills in about an activity of its own organization."""

    SECTIONS = [
        (key, _("Themes") if key == "programme" else legend, names) for key, legend, names in ActivityForm.SECTIONS
    ]

    main_priority = None  # type: ignore[assignment]  # the Centre's priorities are not the partner's
    further_priorities = None  # type: ignore[assignment]
    lead_organization = None  # type: ignore[assignment]
    released_to = None  # type: ignore[assignment]
    classification = None  # type: ignore[assignment]

    class Meta(ActivityForm.Meta):
        fields = (  # type: ignore[assignment]
            "title_en",
            "title_ru",
            "type",
            "stage",
            "summary",
            "start_date",
            "end_date",
            "date_precision",
            "format",
            "city",
            "country",
            "countries",
            "themes",
            "sdg_targets",
            "women",
            "men",
            "not_stated",
            "youth",
            "outcome",
            "chatham_house",
            "funding_source",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["type"]
        field.choices = [choice for choice in field.choices if choice[0] != ActivityType.GOOD_OFFICES_CONTACT]
        # Activity.clean asks whose activity it is.
        self.instance.lead_organization = self.user.organization
