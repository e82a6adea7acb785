"""The forms of organizations, agreements, contacts and notes. Every choice starts from `visible_to`."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.record_forms import LinesField, PlainTextarea, RecordForm, ReleasedForm, date_input
from accounts.roles import STAFF_ROLES

from .models import Agreement, AgreementDocument, Contact, ContactNote, Organization
from .similar import Match, similar_organizations

# A new organization whose name is at least so much like another's is asked about.
PERHAPS_THE_SAME = 85
RELEASE_SECTION = (
    _("Classification and release"),
    ("classification", "classification_basis", "audience", "released_to", "readers"),
)


def organization_label(organization: Organization) -> str:
    short, full = organization.short_name, organization.name
    return full if short == full else f"{short} — {full}"


class OrganizationField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Organization) -> str:
        return organization_label(obj)


class OrganizationsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Organization) -> str:
        return organization_label(obj)


def named_partners() -> OrganizationsField:
    return OrganizationsField(
        queryset=Organization.objects.none(),
        label=_("Named partners"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("For the audience “named partners”."),
    )


class CodedForm(ReleasedForm):
    """A record whose code is chosen once, or made by the portal: it stands in addresses and in other systems."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.fields["code"].required = False
            self.fields["code"].help_text = _("Leave empty to have it made. It cannot be changed later.")
        else:
            del self.fields["code"]

    def _get_validation_exclusions(self) -> set[str]:
        """The code that is made only when the record is saved is not missed before."""
        left_out: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # not in the stubs
        return left_out if self.cleaned_data.get("code") else {*left_out, "code"}


class OrganizationForm(CodedForm):
    """A partner. A new one much like another is saved only when the editor says that it is another."""

    SECTIONS = (
        (_("Names"), ("name_en", "name_ru", "acronym", "acronym_ru", "aliases", "code")),
        (_("Who it is"), ("type", "parent", "country", "website", "iati_reference", "retired")),
        (_("Looking after it"), ("focal_officer", "engagement_expected", "silence_months")),
        RELEASE_SECTION,
    )

    parent = OrganizationField(queryset=Organization.objects.none(), label=_("Parent body"), required=False)
    released_to = named_partners()
    another = forms.BooleanField(label=_("It is none of these: make a new organization"), required=False)

    class Meta:
        model = Organization
        fields = (
            "name_en",
            "name_ru",
            "acronym",
            "acronym_ru",
            "aliases",
            "code",
            "type",
            "parent",
            "country",
            "website",
            "iati_reference",
            "retired",
            "focal_officer",
            "engagement_expected",
            "silence_months",
            "classification",
            "classification_basis",
            "audience",
            "released_to",
            "readers",
        )
        field_classes = {"aliases": LinesField}
        widgets = {
            "aliases": PlainTextarea({"rows": 3}),
            "website": forms.URLInput(),
            "readers": forms.CheckboxSelectMultiple,
        }

    matches: list[Match]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.matches = []
        fields: Any = self.fields
        visible = Organization.objects.visible_to(self.editor)
        fields["released_to"].queryset = visible
        fields["parent"].queryset = visible.exclude(pk=self.instance.pk)
        fields["country"].queryset = fields["country"].queryset.visible_to(self.editor)
        self.leave_out_unseen("parent")

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if self.instance.pk is None:
            self.matches = self._likes(values)
            if self.matches and not values.get("another"):
                self.add_error("another", _("Look at these first; it may be recorded already."))
        return values

    def _likes(self, values: dict[str, Any]) -> list[Match]:
        """Organizations called much like this one, each once, the likest first."""
        names = [values.get(name) or "" for name in ("name_en", "name_ru", "acronym", "acronym_ru")]
        found: dict[int, Match] = {}
        for match in (m for name in names for m in similar_organizations(name, self.editor, least=PERHAPS_THE_SAME)):
            known = found.get(match.organization.pk)
            if known is None or known.score < match.score:
                found[match.organization.pk] = match
        return sorted(found.values(), key=lambda match: -match.score)


class DocumentsField(forms.CharField):
    """Documents, one a line: the address, then the title."""

    widget = PlainTextarea
    most = 50

    def to_python(self, value: Any) -> Any:
        found = []
        for number, line in enumerate(filter(str.strip, (value or "").splitlines()), start=1):
            address, _space, title = line.strip().partition(" ")
            try:
                URLValidator(schemes=["http", "https"])(address)
            except ValidationError as error:
                raise ValidationError(
                    _("Line %(number)s does not start with an address such as https://example.org/memorandum.pdf."),
                    params={"number": number},
                ) from error
            if len(address) > 500 or len(title) > 300:
                raise ValidationError(_("Line %(number)s is too long. Shorten the title."), params={"number": number})
            found.append((address, title.strip() or address[:300]))
        if len(found) > self.most:
            raise ValidationError(_("At most %(most)s documents."), params={"most": self.most})
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or "").split() != (data or "").split()


class AgreementForm(CodedForm):
    SECTIONS = (
        (_("What"), ("title_en", "title_ru", "kind", "code", "description_en", "description_ru")),
        (_("When"), ("signed", "ends", "succeeds")),
        (_("With whom and for what"), ("parties", "commitments")),
        (_("Sources"), ("documents", "source")),
        (_("Looking after it"), ("focal_officer",)),
        RELEASE_SECTION,
    )

    parties = OrganizationsField(
        queryset=Organization.objects.none(), label=_("Parties"), widget=forms.CheckboxSelectMultiple
    )
    documents = DocumentsField(
        label=_("Documents"),
        required=False,
        widget=PlainTextarea({"rows": 3}),
        help_text=_("One a line: the address, a space, the title."),
    )
    released_to = named_partners()

    class Meta:
        model = Agreement
        fields = (
            "title_en",
            "title_ru",
            "kind",
            "code",
            "description_en",
            "description_ru",
            "signed",
            "ends",
            "succeeds",
            "parties",
            "commitments",
            "source",
            "focal_officer",
            "classification",
            "classification_basis",
            "audience",
            "released_to",
            "readers",
        )
        widgets = {
            "description_en": PlainTextarea({"rows": 4}),
            "description_ru": PlainTextarea({"rows": 4}),
            "signed": date_input(),
            "ends": date_input(),
            "commitments": forms.CheckboxSelectMultiple,
            "readers": forms.CheckboxSelectMultiple,
        }
        help_texts = {"ends": _("The last day in force. Leave empty when it has no end.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        organizations = Organization.objects.visible_to(self.editor)
        fields["parties"].queryset = fields["released_to"].queryset = organizations
        fields["succeeds"].queryset = Agreement.objects.visible_to(self.editor).exclude(pk=self.instance.pk)
        commitments = fields["commitments"]
        commitments.queryset = commitments.queryset.visible_to(self.editor).for_lists()
        commitments.label_from_instance = commitment_label
        self.leave_out_unseen("succeeds")

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        if field_name == "documents" and self.instance.pk is not None:
            return "\n".join(document.as_line() for document in self.instance.documents.all())
        return super().get_initial_for_field(field, field_name)

    def clean_parties(self) -> list[Any]:
        return self.with_unseen("parties")

    def clean_commitments(self) -> list[Any]:
        return self.with_unseen("commitments")

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        signed, ends = values.get("signed"), values.get("ends")
        if signed and ends and ends < signed:
            self.add_error("ends", _("The agreement ends before it was signed. Check both dates."))
        return values

    def _save_m2m(self) -> None:
        super()._save_m2m()  # type: ignore[misc]  # not in the stubs
        if "documents" in self.changed_data:
            self.instance.documents.all().delete()
            AgreementDocument.objects.bulk_create(
                AgreementDocument(agreement=self.instance, url=url, title=title)
                for url, title in self.cleaned_data["documents"]
            )


def commitment_label(commitment: Any) -> str:
    return f"{commitment.priority.programme.period} {commitment.code} {commitment.text}"[:110]


class ContactForm(RecordForm):
    """A person at an organization; said at once what for."""

    SECTIONS = (
        (_("The person"), ("name", "position", "email", "telephone")),
        (_("Why it is kept"), ("purpose", "last_verified")),
    )

    class Meta:
        model = Contact
        fields = ("name", "position", "email", "telephone", "purpose", "last_verified")
        widgets = {"last_verified": date_input()}
        help_texts = {"last_verified": _("The day on which somebody last made sure that all this is still right.")}

    def clean_last_verified(self) -> Any:
        day = self.cleaned_data["last_verified"]
        if day and day > timezone.localdate():
            raise ValidationError(_("This day is still to come."))
        return day


class NoteForm(RecordForm):
    """That somebody of the Centre was in touch with an organization."""

    SECTIONS = ((_("In touch"), ("day", "by", "about")),)

    class Meta:
        model = ContactNote
        fields = ("day", "by", "about")
        widgets = {"day": date_input()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = models.Q(role__in=STAFF_ROLES, is_active=True) | models.Q(pk=self.instance.by_id)
        self.fields["by"].queryset = User.objects.filter(staff)  # type: ignore[attr-defined]  # a model choice
        if self.instance.pk is None:
            self.initial.update(day=timezone.localdate(), by=self.editor.pk)
