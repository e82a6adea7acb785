"""Controls and words that the forms of activities share; those of all records stand in `accounts.record_forms`."""

from typing import Any

from django import forms

from accounts import record_forms
from accounts.record_forms import CLASSIFICATIONS, PlainTextarea, staff_for
from priorities.models import Priority

from .pick import PickField, PicksField

__all__ = [
    "CLASSIFICATIONS",
    "PlainTextarea",
    "PrioritiesField",
    "PriorityField",
    "readable",
    "staff_for",
]


class PriorityField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Priority) -> str:
        return f"{obj.programme.period} {obj}"


class PrioritiesField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Priority) -> str:
        return f"{obj.programme.period} {obj}"


def readable(field: forms.Field, value: Any) -> str:
    """A field's value in words, that of a field picked by typing too."""
    if isinstance(field, (PickField, PicksField)):
        return field.prepare_value(value).replace("\n", "; ")
    return record_forms.readable(field, value)
