"""What the forms of records share: a guard against lost edits and double sending, and plain words for entries."""

from collections.abc import Iterator
from typing import Any, ClassVar
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from .choices import STRICTLY_CONFIDENTIAL, Audience, Classification, validate_classification
from .models import User
from .records import Record, Released
from .roles import STAFF_ROLES, Permission, allows

Difference = tuple[Any, str, str]

CLASSIFICATIONS = [*Classification.choices, (STRICTLY_CONFIDENTIAL, _("Strictly confidential"))]


# --- controls and words ---------------------------------------------------------------------------------------------


class PlainTextarea(forms.Textarea):
    """Keeps line ends as they are stored: browsers send two characters for each."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        value = super().value_from_datadict(data, files, name)
        return value.replace("\r\n", "\n") if isinstance(value, str) else value


class LinesField(forms.CharField):
    """A list of short texts, one a line."""

    widget = PlainTextarea

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        for name in ("encoder", "decoder", "show_hidden_initial"):
            kwargs.pop(name, None)
        super().__init__(*args, **{**kwargs, "help_text": kwargs.get("help_text") or _("One a line.")})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or []) != self.to_python(data)


def date_input() -> forms.DateInput:
    """The browser's own date picker, which wants ISO dates whatever the reader's language."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def staff_for(record: Released) -> models.QuerySet[User]:
    """Staff in service, and whom the record names already: no save drops people who were switched off meanwhile."""
    offered = models.Q(role__in=STAFF_ROLES, is_active=True)
    if record.pk is not None:
        offered |= models.Q(pk=record.focal_officer_id) | models.Q(pk__in=record.readers.values("pk"))
    return User.objects.filter(offered)


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


# --- forms ----------------------------------------------------------------------------------------------------------


class RecordForm(forms.ModelForm):
    """A new or saved record.

    `version` is what the editor of a saved one started from; `form_token` lets an empty form make one record only.
    """

    SECTIONS: ClassVar[tuple[tuple[Any, tuple[str, ...]], ...]]
    changes_release = False

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    form_token = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid4)

    def __init__(self, *args: Any, editor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.editor = editor
        self.fields["version"].initial = self.instance.version

    def sections(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields under their headings, in the order of the page."""
        named = [(heading, [self[name] for name in names if name in self.fields]) for heading, names in self.SECTIONS]
        return [(heading, fields) for heading, fields in named if fields]

    def start_again_from(self, saved: Record) -> None:
        """Keep the editor's entries, but let the next save start from the version now saved."""
        entries: Any = self.data
        entries = entries.copy()
        entries[self.add_prefix("version")] = str(saved.version)
        self.data = entries

    def again(self, saved: Record) -> "RecordForm":
        """The form of the record as saved, for the same editor."""
        return type(self)(instance=saved, editor=self.editor)

    def differences(self, saved: Record) -> Iterator[Difference]:
        """(label, the editor's entry, what is saved) for every field in which the two differ."""
        fresh = self.again(saved)
        for _heading, fields in self.sections():
            for bound in fields:
                field, name = bound.field, bound.name
                if name not in fresh.fields:
                    continue
                yours, now = bound.data, fresh.get_initial_for_field(fresh.fields[name], name)
                if field.has_changed(now, yours):
                    yield field.label, readable(field, yours), readable(field, now)

    def with_unseen(self, name: str) -> list[Any]:
        """The records chosen in a field, with those already named that the editor may not see."""
        chosen = list(self.cleaned_data[name])
        if self.instance.pk is None:
            return chosen
        offered: Any = self.fields[name]
        return [*chosen, *getattr(self.instance, name).exclude(pk__in=offered.queryset)]

    def leave_out_unseen(self, *names: str) -> None:
        """Leave out fields whose present value is a record that the editor may not see: no save drops it."""
        for name in names:
            chosen, field = getattr(self.instance, f"{name}_id"), self.fields.get(name)
            if field is not None and chosen and not field.queryset.filter(pk=chosen).exists():  # type: ignore[attr-defined]
                del self.fields[name]


class ReleasedForm(RecordForm):
    """With classification and release: who may see the record, and what the portal must not hold at all.

    The form's `Meta.fields` name the fields of `RELEASE`; it declares `released_to` with its labels itself.
    """

    RELEASE = ("classification", "classification_basis", "audience", "released_to", "readers")
    DECIDE_RELEASE = frozenset({"classification", "classification_basis", "audience", "released_to"})

    # Not a choice field: what is refused has a message of its own, whichever way it was sent.
    classification = forms.CharField(
        label=_("Classification"),
        initial=Classification.UNCLASSIFIED,
        widget=forms.Select(choices=CLASSIFICATIONS),
        validators=[validate_classification],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = staff_for(self.instance)
        for name in ("focal_officer", "readers"):
            self.fields[name].queryset = staff  # type: ignore[attr-defined]  # fields of model choices

    @property
    def changes_release(self) -> bool:  # type: ignore[override]
        """Whether the editor decided anew who may see the record."""
        return bool(self.DECIDE_RELEASE.intersection(self.changed_data))

    def clean_released_to(self) -> list[Any]:
        return self.with_unseen("released_to")

    def clean_classification(self) -> str:
        value: str = self.cleaned_data["classification"]
        lowered = self.initial.get("classification") == Classification.CONFIDENTIAL != value
        if lowered and not allows(self.editor, Permission.APPROVE_RECORDS):
            raise ValidationError(_("Only a manager may lower a classification."))
        return value

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        confidential = values.get("classification") == Classification.CONFIDENTIAL
        if confidential and not values.get("classification_basis"):
            self.add_error("classification_basis", _("Say why it is confidential."))
        if confidential and values.get("audience") != Audience.INTERNAL:
            self.add_error("audience", _("A confidential record stays internal. Choose the audience “internal”."))
        if values.get("audience") == Audience.NAMED_PARTNERS and not values.get("released_to"):
            self.add_error("released_to", _("Name at least one partner, or choose another audience."))
        return values
