"""The rows of an activity: partners, commitments, participants by country, links, follow-ups.

Rows are matched to the saved ones by what they say, such as partner and role, so that an entry can be saved
over somebody else's without stumbling over rows that came or went meanwhile. Rows that the editor may not see
are neither shown nor touched.
"""

from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.db import models
from django.forms.formsets import DELETION_FIELD_NAME
from django.forms.models import model_to_dict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import STAFF_ROLES
from activities.filters import date_input
from activities.models import Activity, Evidence, FollowUp, Involvement, Link, ParticipantsByCountry
from partners.models import Organization
from priorities.models import Commitment, Country

from .fields import organization_label

MOST_ROWS = 200


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


class ParticipantsRow(RowForm):
    key = ("country",)
    looked_up = ("country",)

    class Meta:
        model = ParticipantsByCountry
        fields = ("country", "women", "men", "not_stated", "youth")


class LinkRow(RowForm):
    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    url = forms.URLField(label=_("Address"), max_length=500, required=False, assume_scheme="https")
    archived_url = forms.URLField(label=_("Archived copy"), max_length=500, required=False, assume_scheme="https")

    class Meta:
        model = Link
        fields = ("url", "title", "publisher", "published_on", "archived_url")
        widgets = {"published_on": date_input()}


class FollowUpRow(RowForm):
    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    looked_up = ("owner",)

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
