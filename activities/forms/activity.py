"""The fields of an activity, for staff and for partners. Every choice starts from `visible_to`."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Case, IntegerField, Q, When
from django.utils.translation import gettext_lazy as _

from accounts.choices import Audience, Classification, validate_classification
from accounts.models import User
from accounts.roles import Permission, allows
from accounts.time_zones import office_date
from activities.choices import ActivityType, Stage
from activities.filters import date_input
from activities.models import Activity, Series
from partners.models import Organization
from priorities.models import Country, Priority, ProgrammeOfAction, SdgTarget, Theme

from .fields import (
    CLASSIFICATIONS,
    PlainTextarea,
    PrioritiesField,
    PriorityField,
    staff_for,
)
from .lookups import Lookups
from .pick import PickBoxes, PickField, PickSelect, PicksField


class ActivityForm(forms.ModelForm):
    """What staff fill in. A draft needs a title, a type, a date or word that it is not known, and a priority."""

    main_priority = PriorityField(
        queryset=Priority.objects.none(), label=_("Main priority"), required=False, widget=PickSelect
    )
    further_priorities = PrioritiesField(
        queryset=Priority.objects.none(),
        label=_("Further priorities"),
        required=False,
        widget=PickBoxes,
    )
    lead_organization = PickField(
        label=_("Lead organization"),
        required=False,
        help_text=_("Only for a partner’s own activity: that partner then sees the entry, also while it is a draft."),
    )
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
            "contact",
            "last_verified",
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
            "last_verified": date_input(),
            "countries": PickBoxes,
            "themes": PickBoxes,
            "sdg_targets": PickBoxes,
            "readers": PickBoxes,
            "series": PickSelect,
            "country": PickSelect,
            "focal_officer": PickSelect,
        }
        help_texts = {
            "start_date": _("Where only the month or year is known, give any day in it."),
            "end_date": _("Leave empty for a single day."),
        }

    def __init__(self, *args: Any, user: User, lookups: Lookups | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.lookups = lookups or Lookups(user)
        self.lookups.leave_constraints(self.instance)
        for name, queryset in self._choices_visible_to(user).items():
            if name in self.fields:
                self.fields[name].queryset = queryset  # type: ignore[attr-defined]
        for name in ("lead_organization", "released_to"):
            if name in self.fields:
                self.fields[name].take(self.lookups.organization)  # type: ignore[attr-defined]
        self._leave_out_unseen()
        if "stage" in self.fields:
            self.fields["stage"].choices = self._stages()  # type: ignore[attr-defined]
        if "main_priority" in self.fields:
            self.fields["main_priority"].help_text = _("Needed for the Centre’s own activities.")

    def _choices_visible_to(self, user: User) -> dict[str, Any]:
        priorities = self._programme_of_its_days_first(Priority.objects.visible_to(user))
        staff = staff_for(self.instance)
        return {
            "main_priority": priorities,
            "further_priorities": priorities,
            "series": self._in_use(Series.objects.visible_to(user), "series"),
            "themes": self._in_use(Theme.objects.visible_to(user), "themes"),
            "country": Country.objects.visible_to(user),
            "countries": Country.objects.visible_to(user),
            "sdg_targets": SdgTarget.objects.visible_to(user),
            "focal_officer": staff,
            "readers": staff,
        }

    def _programme_of_its_days_first(self, priorities: Any) -> Any:
        """The priorities, those first whose programme has the activity's days; of a new one, today."""
        if "main_priority" not in self.fields:
            return priorities.none()
        day = self.instance.start_date or office_date()
        first = [programme.pk for programme in self.lookups.succession.covering(day, self.instance.end_date)]
        order = Case(When(programme__in=first, then=0), default=1, output_field=IntegerField())
        return priorities.select_related("programme").order_by(order, "-programme__starts", "number")

    def _in_use(self, rows: Any, name: str) -> Any:
        """Without what was retired, unless the record has it already."""
        if self.instance.pk is None:
            return rows.filter(retired=False)
        field = Activity._meta.get_field(name)
        keys = [self.instance.series_id] if field.many_to_one else self.instance.themes.values("pk")
        return rows.filter(Q(retired=False) | Q(pk__in=keys))

    def _leave_out_unseen(self) -> None:
        """Series and lead organization, where their present value is something that the editor may not see."""
        series, lead = self.instance.series_id, self.instance.lead_organization_id
        if series and "series" in self.fields:
            offered: Any = self.fields["series"]
            if not offered.queryset.filter(pk=series).exists():
                del self.fields["series"]
        if lead and "lead_organization" in self.fields and str(lead) not in self.lookups.organization.by_pk:
            del self.fields["lead_organization"]

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
        return [*chosen, *self.instance.released_to.exclude(pk__in=self.lookups.organization.by_pk)]

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
        self._require_programme_of_its_days(values)
        if values.get("classification") == Classification.CONFIDENTIAL and values.get("audience") != Audience.INTERNAL:
            self.add_error("audience", _("A confidential record stays internal. Choose the audience “internal”."))
        if values.get("audience") == Audience.NAMED_PARTNERS and not values.get("released_to"):
            self.add_error("released_to", _("Name at least one partner, or choose another audience."))
        return values

    def _require_programme_of_its_days(self, values: dict[str, Any]) -> None:
        """Refuse a new choice of a priority whose programme has none of the days, where another programme has."""
        priority, starts = values.get("main_priority"), values.get("start_date")
        if priority is None or starts is None or not {"main_priority", "start_date"} & set(self.changed_data):
            return
        succession = self.lookups.succession
        covering = succession.covering(starts, values.get("end_date"))
        if not covering or priority.programme_id in {programme.pk for programme in covering}:
            return
        params = {"old": priority.programme.period, "new": covering[0].period}
        message = _("It begins in the programme %(new)s. Choose a priority of that one, not of %(old)s.")
        successor = succession.suggested(priority, starts, values.get("end_date"))
        if successor is not None:
            params["successor"] = str(successor)
            message = _("It begins in the programme %(new)s, where this priority is continued as “%(successor)s”.")
        self.add_error("main_priority", ValidationError(message, params=params, code="other_programme"))

    def _lacks_priority(self, values: dict[str, Any]) -> bool:
        """A partner's activity needs none; what was held before the first programme of the portal has none."""
        if "main_priority" not in self.fields or values.get("main_priority") or values.get("lead_organization"):
            return False
        if self.instance.pk is not None:
            return bool(self.initial.get("main_priority"))
        starts = values.get("start_date")
        return starts is None or ProgrammeOfAction.objects.visible_to(self.user).filter(starts__lte=starts).exists()

    def value_of(self, name: str) -> Any:
        """A field's value as filled in, for `Need`; of what the form does not ask, as saved."""
        return self[name].value() if name in self.fields else self.instance.value_of(name)


class PartnerActivityForm(ActivityForm):
    """What a partner's focal point fills in about an activity of its own organization."""

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
            "contact",
            "last_verified",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["type"]
        field.choices = [choice for choice in field.choices if choice[0] != ActivityType.GOOD_OFFICES_CONTACT]
        # Activity.clean asks whose activity it is.
        self.instance.lead_organization = self.user.organization
