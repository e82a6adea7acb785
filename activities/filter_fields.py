"""What a filter takes: codes and keys, one or several, never labels; an unknown one is an error, not an empty list.

Of a filter that takes several values, a record needs to fit any one.
"""

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.lists import MOST_VALUES
from partners.models import Organization
from priorities.models import Commitment, Deliverable, Priority, ProgrammeOfAction

if TYPE_CHECKING:
    from accounts.roles import Viewer

UNKNOWN_YEAR = "unknown"
NOT_KNOWN_HERE = _("“%(value)s” is not known here. Choose from the list.")


def viewer_of(request: HttpRequest | None) -> "Viewer":
    assert request is not None, "The FilterSet needs the request: its choices depend on the reader."
    viewer: Viewer = request.user
    return viewer


# --- one value ------------------------------------------------------------------------------------------------


class CodeField(forms.ModelChoiceField):
    """A record chosen by its code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.error_messages["invalid_choice"] = NOT_KNOWN_HERE


class CodeFilter(django_filters.ModelChoiceFilter):
    field_class = CodeField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"to_field_name": "code", "empty_label": _("Any"), **kwargs})


def programmes_of(period: str) -> list[ProgrammeOfAction]:
    """The programme with this period (2021-2025); none when unknown."""
    programmes: Any = ProgrammeOfAction.objects
    years = re.fullmatch(r"([1-9][0-9]{3})-([1-9][0-9]{3})", period)
    return list(programmes.filter(starts__year=years[1], ends__year=years[2])) if years else []


class ProgrammeField(CodeField):
    """A programme by its period (2021-2025)."""

    def prepare_value(self, value: Any) -> Any:
        return value.period if isinstance(value, ProgrammeOfAction) else value

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        for programme in programmes_of(str(value)):
            return programme
        raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value})


class ProgrammeFilter(CodeFilter):
    field_class = ProgrammeField


def partner_label(organization: Organization) -> str:
    short, name = organization.short_name, organization.name
    return f"{short} — {name}"[:80] if short != name else name[:80]


class PartnerField(CodeField):
    def label_from_instance(self, obj: Organization) -> str:
        return partner_label(obj)


class PartnerFilter(CodeFilter):
    field_class = PartnerField


class ChoiceFilter(django_filters.ChoiceFilter):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(empty_label=_("Any"), error_messages={"invalid_choice": NOT_KNOWN_HERE}, **kwargs)


class YearField(forms.CharField):
    """A year, or `unknown` for activities without a date."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text in ("", UNKNOWN_YEAR):
            return text
        if not re.fullmatch(r"(19|20)[0-9]{2}", text):
            raise ValidationError(_("Give a year such as 2024."), code="invalid")
        return int(text)


class YearFilter(django_filters.CharFilter):
    field_class = YearField


# --- several values -------------------------------------------------------------------------------------------


class _Records(forms.models.ModelChoiceIterator):
    """The choices of a `CodesField`, from the rows that it has read already."""

    field: "CodesField"

    def __iter__(self) -> Any:
        for record in self.field.records:
            yield self.choice(record)


class CodesField(forms.ModelMultipleChoiceField):
    """Records chosen by their codes; cleaned to a list of them. However it is used, it reads its rows once."""

    widget = forms.CheckboxSelectMultiple
    iterator = _Records

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.error_messages["invalid_choice"] = NOT_KNOWN_HERE
        self.error_messages["too_many"] = ngettext_lazy(
            "Choose %(most)d value at most.", "Choose %(most)d values at most.", "most"
        )

    @cached_property
    def records(self) -> list[Any]:
        queryset: Any = self.queryset
        return list(queryset)

    def key_of(self, record: Any) -> str:
        """What stands in the address for a record."""
        assert self.to_field_name is not None
        return str(getattr(record, self.to_field_name))

    def prepare_value(self, value: Any) -> Any:
        """Keys as the choices give them, so that what the address holds in another spelling is ticked as well."""
        if isinstance(value, (list, tuple)):
            return [self.prepare_value(one) for one in value]
        if hasattr(value, "pk"):
            return self.key_of(value)
        found = self.named(str(value)) if value else None
        return self.key_of(found) if found else value

    def named(self, text: str) -> Any:
        """The record that the text stands for, or None."""
        return self._by_name.get(text)

    @cached_property
    def _by_name(self) -> dict[str, Any]:
        return {self.key_of(record): record for record in self.records}

    def clean(self, value: Any) -> Any:
        texts = [text for text in value or [] if text]
        if len(texts) > MOST_VALUES:
            raise ValidationError(self.error_messages["too_many"], code="too_many", params={"most": MOST_VALUES})
        return list(dict.fromkeys(self._known(str(text)) for text in texts))

    def _known(self, text: str) -> Any:
        record = self.named(text)
        if record is None:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": text})
        return record


class OfProgrammeField(CodesField):
    """Records of a programme, chosen by period and code (2021-2025/i), or by code alone in the current programme."""

    def key_of(self, record: Any) -> str:
        return f"{self.programme_of(record).period}/{self.codes_of(record)[0]}"

    def codes_of(self, record: Any) -> tuple[str, ...]:
        """The codes of the record within its programme; letter case does not count."""
        raise NotImplementedError

    def programme_of(self, record: Any) -> ProgrammeOfAction:
        raise NotImplementedError

    def named(self, text: str) -> Any:
        period, _slash, code = text.rpartition("/")
        return self._by_name.get(f"{period or self._current_period}/{code.lower()}")

    @cached_property
    def _by_name(self) -> dict[str, Any]:
        return {
            f"{self.programme_of(record).period}/{code.lower()}": record
            for record in self.records
            for code in self.codes_of(record)
        }

    @cached_property
    def _current_period(self) -> str:
        programmes: Any = ProgrammeOfAction.objects
        current = programmes.current(timezone.localdate())
        return current.period if current else ""


class PrioritiesField(OfProgrammeField):
    def codes_of(self, record: Priority) -> tuple[str, ...]:
        return record.slug, record.roman

    def programme_of(self, record: Priority) -> ProgrammeOfAction:
        return record.programme

    def label_from_instance(self, obj: Priority) -> str:
        return f"{obj.programme.period} {obj}"


class CommitmentsField(OfProgrammeField):
    def codes_of(self, record: Commitment) -> tuple[str, ...]:
        return (record.code,)

    def programme_of(self, record: Commitment) -> ProgrammeOfAction:
        return record.priority.programme

    def label_from_instance(self, obj: Commitment) -> str:
        return f"{obj.code} {obj.text}"[:90]


class PartnersField(CodesField):
    def label_from_instance(self, obj: Organization) -> str:
        return partner_label(obj)


class DeliverablesField(CodesField):
    """Deliverables by the code of their line and their year (B.2/2024)."""

    def key_of(self, record: Deliverable) -> str:
        return f"{record.line.code}/{record.year}"


class CodesFilter(django_filters.ModelMultipleChoiceFilter):
    """Any of several records. With a `method`, that is given their list."""

    field_class = CodesField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"to_field_name": "code", **kwargs})

    def filter(self, qs: Any, value: list[Any]) -> Any:
        return qs.filter(**{f"{self.field_name}__in": value}) if value else qs


class PrioritiesFilter(CodesFilter):
    field_class = PrioritiesField


class CommitmentsFilter(CodesFilter):
    field_class = CommitmentsField


class DeliverablesFilter(CodesFilter):
    field_class = DeliverablesField


class PartnersFilter(CodesFilter):
    field_class = PartnersField


class ChoicesFilter(django_filters.MultipleChoiceFilter):
    """Any of several choices."""

    field_class = forms.MultipleChoiceField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.CheckboxSelectMultiple, error_messages={"invalid_choice": NOT_KNOWN_HERE}, **kwargs
        )

    def filter(self, qs: Any, value: list[str]) -> Any:
        return qs.filter(**{f"{self.field_name}__in": value}) if value else qs
