"""The rows of an activity: partners, commitments, participants by country, links, follow-ups.

Rows are matched to the saved ones by what they say, such as partner and role, so that an entry can be saved
over somebody else's without stumbling over rows that came or went meanwhile. Rows that the editor may not see
are neither shown nor touched.
"""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.formsets import DELETION_FIELD_NAME
from django.forms.models import model_to_dict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from activities.filters import date_input
from activities.models import (
    Activity,
    Contribution,
    Evidence,
    FollowUp,
    Involvement,
    Link,
    ParticipantsByCountry,
)
from partners.actions import create_organization, may_edit
from partners.choices import OrganizationType
from partners.models import Organization
from partners.names import folded
from partners.similar import Match, similar_organizations

from .lookups import Lookups
from .pick import MOST_SUGGESTIONS, Choice, PickField, typed

MOST_ROWS = 200
# How like a known name (of 100) a new one must be to be asked about.
PROBABLY_THE_SAME = 88


class RowForm(forms.ModelForm):
    """One row of a part of the record. `key` is what makes it the same row as a saved one."""

    key: ClassVar[tuple[str, ...]] = ("id",)
    # Fields that are offered what `Lookups` has under their name, and the relations that describe a saved row.
    looked_up: ClassVar[tuple[str, ...]] = ()
    related: ClassVar[tuple[str, ...]] = ()
    # How wide the columns are: of twelve.
    widths: ClassVar[dict[str, int]] = {}

    def __init__(self, *args: Any, lookups: Lookups, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lookups.leave_constraints(self.instance)
        for name in self.looked_up:
            field: Any = self.fields[name]
            field.take(getattr(lookups, name))

    def columns(self) -> list[tuple[Any, int]]:
        """The fields of the grid with their widths; what else the row asks for stands under it."""
        return [(self[name], width) for name, width in self.widths.items() if name in self.fields]

    def prepare(self, by: User, made: dict[str, Any]) -> None:
        """Save what the row needs first; `made` is what the rows before it made, by name."""

    def row_key(self) -> tuple[Any, ...]:
        """The key as filled in; `id` is None in a row that is new."""
        return tuple(_plain(self.cleaned_data.get(name)) for name in self.key)

    @classmethod
    def saved_key(cls, row: models.Model) -> tuple[Any, ...]:
        return tuple(_plain(getattr(row, name)) for name in cls.key)


def _plain(value: Any) -> Any:
    return (value.pk or str(value)) if isinstance(value, models.Model) else value


class InvolvementRow(RowForm):
    """A partner and its role; an organization that is not known yet is added on the spot, by staff."""

    key = ("organization", "role")
    looked_up = ("organization",)
    related = ("organization",)
    widths: ClassVar[dict[str, int]] = {"organization": 7, "role": 3}
    NEW = ("new_type", "new_acronym", "new_sure")

    organization = PickField(label=_("Organization"), error_messages={"required": _("Name the organization.")})
    new_type = forms.ChoiceField(label=_("Add it as"), choices=[("", "—"), *OrganizationType.choices], required=False)
    new_acronym = forms.CharField(label=_("Acronym"), max_length=30, required=False)
    new_sure = forms.BooleanField(label=_("It is another organization"), required=False)

    class Meta:
        model = Involvement
        fields = ("organization", "role")

    def __init__(self, *args: Any, lookups: Lookups, **kwargs: Any) -> None:
        super().__init__(*args, lookups=lookups, **kwargs)
        self.user = lookups.user
        self.new_organization: Organization | None = None
        self.may_add = may_edit(lookups.user)
        if self.may_add:
            self.fields["organization"].widget.attrs["data-adds"] = _("Add “%s” as a new organization")
        else:
            for name in self.NEW:
                del self.fields[name]

    def has_changed(self) -> bool:
        """A role alone, in a new row, says nothing of anybody."""
        named = self["organization"].data or self.data.get(self.add_prefix("new_acronym"))
        return super().has_changed() and bool(named or not self.empty_permitted)

    @property
    def asks_for_new(self) -> bool:
        """Whether the fields of a new organization show at once: something not known was typed, or they are filled."""
        if not self.may_add or not self.is_bound or not self["organization"].data:
            return False
        return self.has_error("organization") or self.new_organization is not None

    def new_fields(self) -> list[Any]:
        """What is asked about an organization that is not known; the tick only where it looks like a known one."""
        is_asked = self.has_error("organization", "alike") or bool(self["new_sure"].data)
        names = [name for name in self.NEW if name != "new_sure" or is_asked]
        return [self[name] for name in names]

    @property
    def suggested(self) -> list[Choice]:
        field: Any = self.fields["organization"]
        return list(field.suggested)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.has_error("organization", "unknown"):
            if values.get("new_type"):
                self._take_as_new(values)
            elif not self.may_add:
                self.add_error("organization", _("If it is missing here, name it in the summary: the staff add it."))
            else:
                self.add_error("organization", _("If it is missing here, add it below."))
        return values

    def _take_as_new(self, values: dict[str, Any]) -> None:
        name = typed(self["organization"].data)
        new = Organization(name_en=name, acronym=values.get("new_acronym", "").strip(), type=values["new_type"])
        if self._alike(new) and not values.get("new_sure"):
            labels = " / ".join(choice.label for choice in self.suggested)
            say = _("This looks like %(names)s. Choose that, or say below that it is another one.")
            self._replace_error(ValidationError(say, code="alike", params={"names": labels}))
            return
        try:
            new.full_clean(exclude=["code"])
        except ValidationError as error:
            self._replace_error(ValidationError(error.messages))
            return
        del self.errors["organization"]
        self.new_organization = values["organization"] = new

    def _replace_error(self, error: ValidationError) -> None:
        del self.errors["organization"]
        self.add_error("organization", error)

    def _alike(self, new: Organization) -> bool:
        """Whether known organizations have a name like its name or acronym; they are suggested then."""
        field: Any = self.fields["organization"]
        same_acronym = field.offer.find(new.acronym) if new.acronym else []
        same_name = [field.offer.by_pk[str(match.organization.pk)] for match in self._called_alike(new)]
        known = {choice.record.pk: choice for choice in (*same_acronym, *same_name)}
        field.suggested = list(known.values()) or field.suggested
        return bool(known)

    def _called_alike(self, new: Organization) -> list[Match]:
        return similar_organizations(new.name_en, self.user, most=MOST_SUGGESTIONS, least=PROBABLY_THE_SAME)

    def _get_validation_exclusions(self) -> set[str]:
        """A new organization has no number yet that the row could be checked with."""
        new = {"organization"} if self.new_organization else set()
        return super()._get_validation_exclusions() | new  # type: ignore[misc]

    def prepare(self, by: User, made: dict[str, Any]) -> None:
        if self.new_organization is None:
            return
        new = self.new_organization
        name = folded(new.name_en)
        if name not in made:
            made[name] = create_organization(name_en=new.name_en, acronym=new.acronym, type=new.type, by=by)
        self.instance.organization = made[name]


class EvidenceRow(RowForm):
    key = ("commitment",)
    looked_up = ("commitment",)
    related = ("commitment",)
    widths: ClassVar[dict[str, int]] = {"commitment": 10}

    commitment = PickField(label=_("Commitment"))

    class Meta:
        model = Evidence
        fields = ("commitment",)


class ContributionRow(RowForm):
    """What the activity adds to a deliverable of its year; `ActivityEntry` compares the years."""

    key = ("deliverable",)
    looked_up = ("deliverable",)
    related = ("deliverable__line",)
    widths: ClassVar[dict[str, int]] = {"deliverable": 7, "quantity": 3}

    deliverable = PickField(label=_("Deliverable"))

    class Meta:
        model = Contribution
        fields = ("deliverable", "quantity")


class ParticipantsRow(RowForm):
    key = ("country",)
    looked_up = ("country",)
    related = ("country",)
    widths: ClassVar[dict[str, int]] = {"country": 3, "women": 2, "men": 2, "not_stated": 2, "youth": 2}

    country = PickField(label=_("Country"))

    class Meta:
        model = ParticipantsByCountry
        fields = ("country", "women", "men", "not_stated", "youth")
        labels = {"not_stated": _("Not stated"), "youth": _("Of them youth")}


class LinkRow(RowForm):
    widths: ClassVar[dict[str, int]] = {"url": 4, "title": 3, "publisher": 2, "published_on": 2}

    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    url = forms.URLField(label=_("Address"), max_length=500, required=False, assume_scheme="https")
    archived_url = forms.URLField(label=_("Archived copy"), max_length=500, required=False, assume_scheme="https")

    class Meta:
        model = Link
        fields = ("url", "title", "publisher", "published_on", "archived_url")
        widgets = {"published_on": date_input()}


class FollowUpRow(RowForm):
    looked_up = ("owner",)
    related = ("owner",)
    widths: ClassVar[dict[str, int]] = {"text": 4, "owner": 2, "due": 2, "done": 2}

    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    owner = PickField(label=_("Owner"), required=False)

    class Meta:
        model = FollowUp
        fields = ("text", "owner", "due", "done")
        widgets = {"due": date_input(), "done": date_input()}


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
        return list(rows.select_related(*cls.form.related) if cls.form.related else rows)

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

    @property
    def says_something(self) -> bool:
        """Whether a row is there to be read."""
        return bool(self.filled()) if self.is_bound else bool(self.initial)

    @property
    def columns(self) -> list[tuple[Any, int]]:
        """Labels and widths of the grid's columns."""
        columns: list[tuple[Any, int]] = self.empty_form.columns()
        return columns

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
        made: dict[str, Any] = {}
        for row, form in kept:
            form.prepare(user, made)
            _write_row(row or type(form.instance)(activity=activity), form)


def _write_row(row: Any, form: Any) -> None:
    names = [name for name in form._meta.fields if name != "id"]
    before = None if row._state.adding else model_to_dict(row, names)
    for name in names:
        setattr(row, name, getattr(form.instance, name))
    if before != model_to_dict(row, names):
        row.save()


def rows(form: type[RowForm], part: str, legend: Any, add_label: Any, note: Any = "", empty: int = 2) -> type[Rows]:
    """`empty` rows wait to be filled in where no script adds more."""
    made: Any = forms.formset_factory(
        form,
        formset=Rows,
        extra=empty,
        can_delete=True,
        max_num=MOST_ROWS,
        validate_max=True,
        absolute_max=MOST_ROWS + 10,
    )
    made.part, made.legend, made.add_label, made.note = part, legend, add_label, note
    return made


PARTNERS = rows(
    InvolvementRow,
    "partners",
    _("Partners"),
    _("Add a partner"),
    _("Type an acronym or a part of the name, in any language. A new line comes by itself."),
    empty=10,
)
COMMITMENTS = rows(
    EvidenceRow,
    "commitments",
    _("Evidence for commitments"),
    _("Add a commitment"),
    _("What the programme of action promises and this activity shows to be done."),
)
CONTRIBUTIONS = rows(
    ContributionRow,
    "contributions",
    _("Contributions to deliverables"),
    _("Add a contribution"),
    _("In the unit of the deliverable: a workshop of three days is 3 days. Seen by staff only."),
)
PARTICIPANTS = rows(
    ParticipantsRow, "countries", _("Participants by country"), _("Add a country"), _("Only where it is known.")
)
LINKS = rows(LinkRow, "links", _("Links"), _("Add a link"), _("Pages move: give title and publisher as well."))
FOLLOW_UPS = rows(FollowUpRow, "follow-ups", _("Follow-up"), _("Add a follow-up"), _("Seen by staff only."))

STAFF_ROWS = (PARTNERS, COMMITMENTS, CONTRIBUTIONS, PARTICIPANTS, LINKS, FOLLOW_UPS)
PARTNER_ROWS = (PARTNERS, PARTICIPANTS, LINKS)
