"""The form of an activity with its rows (partners, commitments, links and so on), treated as one entry.

Rows are matched to the saved ones by what they say, such as partner and role, so that an entry can be saved
over somebody else's without stumbling over rows that came or went meanwhile. Every choice starts from
`visible_to`; rows and choices that the editor may not see are neither shown nor touched.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.formsets import DELETION_FIELD_NAME
from django.forms.models import model_to_dict
from django.utils.translation import gettext_lazy as _

from accounts.choices import (
    STRICTLY_CONFIDENTIAL,
    Audience,
    Classification,
    validate_classification,
)
from accounts.models import User
from accounts.records import Released
from accounts.roles import STAFF_ROLES, Permission, Role, allows
from partners.models import Organization
from priorities.models import Commitment, Country, Priority, SdgTarget, Theme

from .choices import ActivityType, Stage
from .filters import date_input
from .models import Activity, Evidence, FollowUp, Involvement, Link, ParticipantsByCountry, Series

if TYPE_CHECKING:
    from django.http import QueryDict

MOST_ROWS = 200
MOST_BYTES_OF_A_FILE = 20 * 1024 * 1024

Difference = tuple[Any, str, str]


class PlainTextarea(forms.Textarea):
    """Keeps line ends as they are stored: browsers send two characters for each."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        value = super().value_from_datadict(data, files, name)
        return value.replace("\r\n", "\n") if isinstance(value, str) else value


def organization_label(organization: Organization) -> str:
    short, full = organization.short_name, organization.name
    return full if short == full else f"{short} — {full}"


class OrganizationField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Organization) -> str:
        return organization_label(obj)


class OrganizationsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Organization) -> str:
        return organization_label(obj)


class PriorityField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Priority) -> str:
        return f"{obj.programme.period} {obj}"


class PrioritiesField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Priority) -> str:
        return f"{obj.programme.period} {obj}"


def staff_for(record: Released) -> models.QuerySet[User]:
    """Staff in service, and whom the record names already: no save drops people who were switched off meanwhile."""
    offered = models.Q(role__in=STAFF_ROLES, is_active=True)
    if record.pk is not None:
        offered |= models.Q(pk=record.focal_officer_id) | models.Q(pk__in=record.readers.values("pk"))
    return User.objects.filter(offered)


CLASSIFICATIONS = [*Classification.choices, (STRICTLY_CONFIDENTIAL, _("Strictly confidential"))]


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

    def differences(self, saved: Activity) -> Iterator[Difference]:
        """Where the entries differ from the record as saved now."""
        fresh = type(self)(instance=saved, user=self.user)
        for name, field in self.fields.items():
            if name not in fresh.fields:
                continue
            yours, now = self[name].data, fresh.get_initial_for_field(fresh.fields[name], name)
            if field.has_changed(now, yours):
                yield field.label, readable(field, yours), readable(field, now)


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


def readable(field: forms.Field, value: Any) -> str:
    """A field's value in words: labels for codes, a line for each of several."""
    if isinstance(field, forms.BooleanField):
        return str(_("Yes") if value in (True, "on", "true", "True", "1") else _("No"))
    if value is None:
        return ""
    if isinstance(value, (list, tuple, models.QuerySet)):
        return "; ".join(filter(None, (_label(field, one) for one in value)))
    return _label(field, value)


def _label(field: forms.Field, value: Any) -> str:
    choices: Any = getattr(field, "choices", None) or getattr(field.widget, "choices", None)
    value = value.pk if isinstance(value, models.Model) else value
    if not choices:
        return str(value)
    labels = {str(code): str(label) for code, label in choices if str(code)}
    return labels.get(str(value), "")


class Lookups:
    """The choices of the rows, read once for all rows of a page."""

    def __init__(self, user: User) -> None:
        self.user = user

    @cached_property
    def organization(self) -> tuple[Any, list[tuple[Any, Any]]]:
        return self._offer(Organization.objects.visible_to(self.user), organization_label)

    @cached_property
    def commitment(self) -> tuple[Any, list[tuple[Any, Any]]]:
        def label(commitment: Commitment) -> str:
            return f"{commitment.priority.programme.period} {commitment.code} {commitment.text}"[:110]

        return self._offer(Commitment.objects.visible_to(self.user).for_lists(), label)

    @cached_property
    def country(self) -> tuple[Any, list[tuple[Any, Any]]]:
        return self._offer(Country.objects.visible_to(self.user), str)

    @cached_property
    def owner(self) -> tuple[Any, list[tuple[Any, Any]]]:
        return self._offer(User.objects.filter(role__in=STAFF_ROLES, is_active=True), str)

    @staticmethod
    def _offer(queryset: Any, label: Any) -> tuple[Any, list[tuple[Any, Any]]]:
        return queryset, [("", "—"), *((row.pk, label(row)) for row in queryset)]


class RowForm(forms.ModelForm):
    """One row of a part of the record. `key` is what makes it the same row as a saved one."""

    key: ClassVar[tuple[str, ...]] = ("id",)
    looked_up: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, lookups: Lookups, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.looked_up:
            field: Any = self.fields[name]
            field.queryset, field.choices = getattr(lookups, name)

    def row_key(self) -> tuple[Any, ...]:
        """The key as filled in; `id` is None in a row that is new."""
        return tuple(_plain(self.cleaned_data.get(name)) for name in self.key)

    @classmethod
    def saved_key(cls, row: models.Model) -> tuple[Any, ...]:
        return tuple(_plain(getattr(row, name)) for name in cls.key)

    @classmethod
    def describe(cls, row: Any) -> str:
        return str(row)


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, models.Model) else value


class InvolvementRow(RowForm):
    key = ("organization", "role")
    looked_up = ("organization",)

    class Meta:
        model = Involvement
        fields = ("organization", "role")


class EvidenceRow(RowForm):
    key = ("commitment",)
    looked_up = ("commitment",)

    class Meta:
        model = Evidence
        fields = ("commitment",)

    @classmethod
    def describe(cls, row: Any) -> str:
        return str(row.commitment.code)


class ParticipantsRow(RowForm):
    key = ("country",)
    looked_up = ("country",)

    class Meta:
        model = ParticipantsByCountry
        fields = ("country", "women", "men", "not_stated", "youth")

    @classmethod
    def describe(cls, row: Any) -> str:
        figures = [
            f"{row._meta.get_field(name).verbose_name} {getattr(row, name)}"
            for name in ("women", "men", "not_stated", "youth")
            if getattr(row, name) is not None
        ]
        return f"{row.country}: {', '.join(figures)}" if figures else str(row.country)


class LinkRow(RowForm):
    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    url = forms.URLField(label=_("Address"), max_length=500, required=False, assume_scheme="https")
    archived_url = forms.URLField(label=_("Archived copy"), max_length=500, required=False, assume_scheme="https")

    class Meta:
        model = Link
        fields = ("url", "title", "publisher", "published_on", "archived_url")
        widgets = {"published_on": date_input()}

    @classmethod
    def describe(cls, row: Any) -> str:
        return ", ".join(str(part) for part in (row.title, row.publisher, row.published_on, row.url) if part)


class FollowUpRow(RowForm):
    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    looked_up = ("owner",)

    class Meta:
        model = FollowUp
        fields = ("text", "owner", "due", "done")
        widgets = {"due": date_input(), "done": date_input()}

    @classmethod
    def describe(cls, row: Any) -> str:
        return ", ".join(str(part) for part in (row.text, row.owner, row.due, row.done) if part)


class Rows(forms.BaseFormSet):
    """The rows of one part of an activity."""

    form: type[RowForm]
    part: str
    legend: Any
    note: Any
    add_label: Any

    @classmethod
    def saved(cls, activity: Activity, user: User) -> list[Any]:
        """The rows that the user may see; only they are shown and only they are ever changed."""
        model: Any = cls.form._meta.model
        rows = model.objects.visible_to(user).filter(activity=activity)
        return list(rows.select_related(*cls.form.looked_up) if cls.form.looked_up else rows)

    def clean(self) -> None:
        """No row twice."""
        met: set[tuple[Any, ...]] = set()
        for form in self.filled():
            if form.errors or form.key == ("id",):
                continue
            key = form.row_key()
            if key in met:
                form.add_error(form.key[0], _("This is already listed above. Remove one of the two."))
            met.add(key)

    def filled(self) -> list[Any]:
        """The rows to keep: those shown as saved, and new ones with something in them, unless ticked for removal."""
        rows = [form for i, form in enumerate(self.forms) if i < self.initial_form_count() or form.has_changed()]
        return [form for form in rows if not getattr(form, "cleaned_data", {}).get(DELETION_FIELD_NAME)]

    def write(self, activity: Activity, user: User) -> None:
        """Bring the visible saved rows to what is filled in. Removes first, so that rows may swap their places."""
        saved = {self.form.saved_key(row): row for row in self.saved(activity, user)}
        kept = [(saved.pop(form.row_key(), None), form) for form in self.filled()]
        for row in saved.values():
            row.delete()
        for row, form in kept:
            _write_row(row or type(form.instance)(activity=activity), form)

    def difference(self, activity: Activity, user: User) -> Iterator[Difference]:
        yours = [self.form.describe(form.instance) for form in self.filled() if form.is_valid()]
        saved = [self.form.describe(row) for row in self.saved(activity, user)]
        if sorted(yours) != sorted(saved):
            yield self.legend, "; ".join(yours), "; ".join(saved)


def _write_row(row: Any, form: Any) -> None:
    names = [name for name in form._meta.fields if name != "id"]
    before = None if row._state.adding else model_to_dict(row, names)
    for name in names:
        setattr(row, name, getattr(form.instance, name))
    if before != model_to_dict(row, names):
        row.save()


def rows(form: type[RowForm], part: str, legend: Any, add_label: Any, note: Any = "") -> type[Rows]:
    made: Any = forms.formset_factory(
        form, formset=Rows, extra=2, can_delete=True, max_num=MOST_ROWS, validate_max=True, absolute_max=MOST_ROWS + 10
    )
    made.part, made.legend, made.add_label, made.note = part, legend, add_label, note
    return made


PARTNERS = rows(InvolvementRow, "partners", _("Partners"), _("Add a partner"))
COMMITMENTS = rows(
    EvidenceRow,
    "commitments",
    _("Evidence for commitments"),
    _("Add a commitment"),
    _("What the programme of action promises and this activity shows to be done."),
)
PARTICIPANTS = rows(
    ParticipantsRow, "countries", _("Participants by country"), _("Add a country"), _("Only where it is known.")
)
LINKS = rows(LinkRow, "links", _("Links"), _("Add a link"), _("Pages move: give title and publisher as well."))
FOLLOW_UPS = rows(FollowUpRow, "follow-ups", _("Follow-up"), _("Add a follow-up"), _("Seen by staff only."))

STAFF_ROWS = (PARTNERS, COMMITMENTS, PARTICIPANTS, LINKS, FOLLOW_UPS)
PARTNER_ROWS = (PARTNERS, PARTICIPANTS, LINKS)


class ActivityEntry:
    """The form of an activity and its rows, as one thing to validate, compare and save."""

    def __init__(self, user: User, activity: Activity | None = None, data: "QueryDict | None" = None) -> None:
        partner = user.role == Role.PARTNER
        form = PartnerActivityForm if partner else ActivityForm
        self.user = user
        self.activity = activity
        self.form = form(data, instance=activity, user=user)
        lookups = Lookups(user)
        self.rows = [self._rows(kind, data, lookups) for kind in (PARTNER_ROWS if partner else STAFF_ROWS)]

    def _rows(self, kind: type[Rows], data: Any, lookups: Lookups) -> Rows:
        """The rows as sent; else as saved. Never both: saved rows may have come or gone since the form was opened."""
        saved = kind.saved(self.activity, self.user) if self.activity and data is None else []
        row_form: Any = kind.form
        names = [*row_form._meta.fields, "id"]
        initial = [{**model_to_dict(row, names), "id": row.pk} for row in saved]
        return kind(data, prefix=kind.part, initial=initial, form_kwargs={"lookups": lookups})

    @property
    def parts(self) -> dict[str, Rows]:
        """The rows by part, for the template."""
        return {rows.part.replace("-", "_"): rows for rows in self.rows}

    def is_valid(self) -> bool:
        """Whether all can be saved. Looks at every part, so that all errors show at once."""
        return all([self.form.is_valid(), *(rows.is_valid() for rows in self.rows)])

    def differences(self) -> list[Difference]:
        """Where the entries differ from the record as saved now: (label, yours, saved)."""
        assert self.activity is not None
        saved = Activity.objects.get(pk=self.activity.pk)
        found: list[Iterable[Difference]] = [self.form.differences(saved)]
        found += [rows.difference(saved, self.user) for rows in self.rows]
        return [difference for part in found for difference in part]


class ReturnForm(forms.Form):
    """A manager's word to the officer about what to mend."""

    comment = forms.CharField(
        label=_("What needs to be mended"), max_length=2_000, widget=PlainTextarea({"rows": 3}), strip=True
    )


class OutcomeForm(forms.Form):
    """Asked when an activity was held."""

    outcome = forms.CharField(
        label=_("Outcome"), max_length=20_000, required=False, widget=PlainTextarea({"rows": 6}), strip=True
    )


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, none of them too large."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, (list, tuple)) and data else [data or None]
        files = [super(FilesField, self).clean(one, initial) for one in given]
        for file in files:
            if file.size > MOST_BYTES_OF_A_FILE:
                raise ValidationError(
                    _("“%(name)s” is larger than 20 MB. Make it smaller or split it."), params={"name": file.name}
                )
        return files


class FilesForm(forms.Form):
    attached = FilesField(label=_("Files"), help_text=_("Up to 20 MB each."))
