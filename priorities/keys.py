"""Keys of what is unique only within a programme: `2021-2025`, `2021-2025/i`, `2021-2025/I.3`.

As columns of a query, as parts of an address, and as filters.
"""

import re
from typing import Any, ClassVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Concat, ExtractYear
from django.utils.translation import gettext_lazy as _

from accounts.api import Lookup, where_given

from .models import Commitment, Priority, ProgrammeOfAction

PERIOD_PATTERN = "[12][0-9]{3}-[12][0-9]{3}"


# --- as columns -------------------------------------------------------------------------------------------


def _at(relation: str) -> str:
    return f"{relation}__" if relation else ""


def period(programme: str = "") -> Any:
    """The period of the programme that the relation leads to."""
    at = _at(programme)
    return Concat(ExtractYear(f"{at}starts"), Value("-"), ExtractYear(f"{at}ends"), output_field=CharField())


def priority_key(priority: str = "") -> Any:
    """The key of the priority that the relation leads to, null where it leads nowhere."""
    at = _at(priority)
    key = Concat(period(f"{at}programme"), Value("/"), F(f"{at}slug"), output_field=CharField())
    return where_given(priority, key) if priority else key


def commitment_key(commitment: str = "") -> Any:
    """The key of the commitment that the relation leads to."""
    at = _at(commitment)
    return Concat(period(f"{at}priority__programme"), Value("/"), F(f"{at}code"), output_field=CharField())


# --- as parts of an address -------------------------------------------------------------------------------


def of_period(text: str, programme: str = "") -> Q:
    """Rows whose programme has this period, a text of PERIOD_PATTERN."""
    at = _at(programme)
    return Q(**{f"{at}starts__year": int(text[:4]), f"{at}ends__year": int(text[5:])})


def by_period(programme: str = "") -> Lookup:
    return Lookup(
        lambda text: of_period(text, programme), "Period of the programme of action, such as 2021-2025.", PERIOD_PATTERN
    )


# --- as filters -------------------------------------------------------------------------------------------


def programme_with(key: str) -> ProgrammeOfAction | None:
    """The programme of this period, or None."""
    if not re.fullmatch(PERIOD_PATTERN, key):
        return None
    found: ProgrammeOfAction | None = ProgrammeOfAction.objects.filter(of_period(key)).first()
    return found


def priority_with(key: str) -> Priority | None:
    """The priority with this key, or None."""
    programme, _slash, slug = key.partition("/")
    found = programme_with(programme)
    return Priority.objects.filter(programme=found, slug=slug).first() if found else None


def commitment_with(key: str) -> Commitment | None:
    """The commitment with this key, or None."""
    programme, _slash, code = key.partition("/")
    found = programme_with(programme)
    return Commitment.objects.filter(priority__programme=found, code=code).first() if found else None


class KeyField(forms.CharField):
    """A key, cleaned to the row that has it; ValidationError where none has."""

    unknown: ClassVar[Any]

    def find(self, key: str) -> Any:
        """The row with the key, or None."""
        raise NotImplementedError

    def clean(self, value: Any) -> Any:
        key = super().clean(value)
        if not key:
            return None
        row = self.find(key)
        if row is None:
            raise ValidationError(self.unknown, params={"key": key}, code="invalid_choice")
        return row


class ProgrammeField(KeyField):
    unknown = _("No programme of action has the period “%(key)s”. Periods look like 2021-2025.")

    def find(self, key: str) -> ProgrammeOfAction | None:
        return programme_with(key)


class PriorityField(KeyField):
    unknown = _("No priority has the key “%(key)s”. Keys look like 2021-2025/i.")

    def find(self, key: str) -> Priority | None:
        return priority_with(key)


class CommitmentField(KeyField):
    unknown = _("No commitment has the key “%(key)s”. Keys look like 2021-2025/I.3.")

    def find(self, key: str) -> Commitment | None:
        return commitment_with(key)


class ProgrammeFilter(django_filters.CharFilter):
    """`?programme=2021-2025`"""

    field_class = ProgrammeField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"label": _("Period of the programme of action, such as 2021-2025"), **kwargs})


class PriorityFilter(django_filters.CharFilter):
    """`?priority=2021-2025/i`"""

    field_class = PriorityField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"label": _("Key of the priority, such as 2021-2025/i"), **kwargs})


class CommitmentFilter(django_filters.CharFilter):
    """`?commitment=2021-2025/I.3`"""

    field_class = CommitmentField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"label": _("Key of the commitment, such as 2021-2025/I.3"), **kwargs})
