"""The form of a series, for managers."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.record_forms import LinesField, PlainTextarea
from activities.models import Series
from partners.forms import RELEASE_SECTION, CodedForm, commitment_label, named_partners
from partners.models import RESERVED_CODES, Organization
from priorities.models import Priority


class SeriesForm(CodedForm):
    """A recurring platform: its names, how often it is held, and what it serves."""

    SECTIONS = (
        (_("Names"), ("name_en", "name_ru", "aliases", "code")),
        (_("How often"), ("cadence", "retired")),
        (_("What it serves"), ("priority", "commitments", "note_en")),
        (_("Looking after it"), ("focal_officer",)),
        RELEASE_SECTION,
    )

    released_to = named_partners()

    class Meta:
        model = Series
        fields = (
            "name_en",
            "name_ru",
            "aliases",
            "code",
            "cadence",
            "retired",
            "priority",
            "commitments",
            "note_en",
            "focal_officer",
            "classification",
            "classification_basis",
            "audience",
            "released_to",
            "readers",
        )
        field_classes = {"aliases": LinesField}
        widgets = {
            "aliases": PlainTextarea({"rows": 3}),
            "note_en": PlainTextarea({"rows": 3}),
            "commitments": forms.CheckboxSelectMultiple,
            "readers": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        if self.instance.pk is None:
            del fields["retired"]
        fields["released_to"].queryset = Organization.objects.visible_to(self.editor)
        fields["priority"].queryset = Priority.objects.visible_to(self.editor).select_related("programme")
        fields["priority"].label_from_instance = lambda one: f"{one.programme.period} {one}"
        commitments = fields["commitments"]
        commitments.queryset = commitments.queryset.visible_to(self.editor).for_lists()
        commitments.label_from_instance = commitment_label

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if code in RESERVED_CODES:
            message = _("“%(code)s” is kept for a page of the portal. Choose another code.")
            raise ValidationError(message, params={"code": code})
        return code
