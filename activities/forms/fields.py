"""Controls and words that the forms of activities share."""

from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.choices import STRICTLY_CONFIDENTIAL, Classification
from accounts.models import User
from accounts.records import Released
from accounts.roles import STAFF_ROLES
from partners.models import Organization
from priorities.models import Priority

from .pick import PickField, PicksField


class PlainTextarea(forms.Textarea):
    """Keeps line ends as they are stored: browsers send two characters for each."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        value = super().value_from_datadict(data, files, name)
        return value.replace("\r\n", "\n") if isinstance(value, str) else value


def organization_label(organization: Organization) -> str:
    short, full = organization.short_name, organization.name
    return full if short == full else f"{short} — {full}"


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


def readable(field: forms.Field, value: Any) -> str:
    """A field's value in words: labels for codes, a line for each of several."""
    if isinstance(field, (PickField, PicksField)):
        return field.prepare_value(value).replace("\n", "; ")
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
