"""Forms with figures for each year of a programme: deliverables and indicators.

A record and its rows are edited and saved together. The rows have versions of their own, so the form notes those too:
`rows_seen` is what the page showed, and rows that changed since make the edit stale like the record itself.
"""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.record_forms import PlainTextarea, RecordForm
from accounts.records import Record, StaleEdit

from .forms import CODE
from .models import Deliverable, DeliverableLine, Indicator, IndicatorValue, ProgrammeOfAction


class YearlyForm(RecordForm):
    """A record with one row for each year. Completed by the model of the rows and their fields."""

    row_model: ClassVar[type[Record]]
    # The rows' foreign key to the record.
    row_of: ClassVar[str]

    rows_seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.programme = self.programme_of()
        self.rows = self._saved_rows()
        self.fields["rows_seen"].initial = _stamp(self.rows)
        for year in self.programme.years():
            for name in self.row_fields():
                self.fields[f"{name}_{year}"] = self._field(name, year)

    def programme_of(self) -> ProgrammeOfAction:
        raise NotImplementedError

    def row_fields(self) -> tuple[str, ...]:
        """The fields of a row that are asked for."""
        raise NotImplementedError

    def _saved_rows(self, *, lock: bool = False) -> dict[int, Any]:
        if self.instance.pk is None:
            return {}
        rows: Any = self.row_model._default_manager.all()
        if lock:
            rows = rows.select_for_update(of=("self",))
        found = rows.filter(**{self.row_of: self.instance, "year__in": self.programme.years()})
        return {row.year: row for row in found}

    def _field(self, name: str, year: int) -> forms.Field:
        column: Any = self.row_model._meta.get_field(name)
        field: forms.Field = column.formfield()
        field.required = False
        field.label = f"{field.label} {year}"
        if isinstance(field.widget, forms.Textarea):
            field.widget = PlainTextarea({"rows": 2})
        # Nought is what no adjustment is kept as; in the form it would look like one.
        value = getattr(self.rows[year], name) if year in self.rows else None
        field.initial = None if isinstance(value, Decimal) and name == "adjustment" and not value else value
        return field

    def sections(self) -> list[tuple[Any, list[forms.BoundField]]]:
        names = self.row_fields()
        years = [(str(year), [self[f"{name}_{year}"] for name in names]) for year in self.programme.years() if names]
        return [*super().sections(), *years]

    def start_again_from(self, saved: Record) -> None:
        super().start_again_from(saved)
        entries = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict, whatever the stubs say
        entries[self.add_prefix("rows_seen")] = _stamp(self._saved_rows())
        self.data = entries

    def values_of(self, year: int) -> dict[str, Any]:
        """What was filled in for a year, as a row keeps it."""
        found = {name: self.cleaned_data.get(f"{name}_{year}") for name in self.row_fields()}
        return {name: self._empty(name) if value is None else value for name, value in found.items()}

    def _empty(self, name: str) -> Any:
        column: Any = self.row_model._meta.get_field(name)
        return None if column.null else column.get_default()

    def _save_m2m(self) -> None:
        """The rows, when the record is saved: StaleEdit when one of them is not as the page showed it."""
        super()._save_m2m()  # type: ignore[misc]  # not in the stubs
        saved = self._saved_rows(lock=True)
        if _stamp(saved) != (self.cleaned_data.get("rows_seen") or ""):
            raise StaleEdit(self.instance)
        for year in self.programme.years():
            self._save_row(saved.get(year), year)

    def _save_row(self, row: Any, year: int) -> None:
        values = self.values_of(year)
        if row is None:
            if all(value == self._empty(name) for name, value in values.items()):
                return
            row = self.row_model(**{self.row_of: self.instance, "year": year, **self.of_row()})
        elif all(getattr(row, name) == value for name, value in values.items()):
            return
        for name, value in values.items():
            setattr(row, name, value)
        row.touch(self.editor)
        row.save()

    def of_row(self) -> dict[str, Any]:
        """What a new row has beyond its record and year."""
        return {}


def _stamp(rows: dict[int, Any]) -> str:
    """The years that have a row, with the rows' versions."""
    return " ".join(f"{year}:{row.version}" for year, row in sorted(rows.items()))


class CodeOnce:
    """A code that is chosen when the record is made."""

    fields: Any
    instance: Any
    cleaned_data: dict[str, Any]

    def settle_code(self) -> None:
        if self.instance.pk is not None:
            del self.fields["code"]

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not CODE.match(code):
            raise ValidationError(_("Letters, digits, full stops and hyphens only, such as B.2."))
        if code.casefold() == "new":
            raise ValidationError(
                _("“%(code)s” is kept for a page of the portal. Choose another code."), params={"code": code}
            )
        return code


class LineForm(CodeOnce, YearlyForm):
    """A line of the programme budget with its figures in the years of one programme."""

    SECTIONS = (
        (
            _("The deliverable"),
            ("code", "category", "name_en", "name_ru", "unit_en", "unit_ru", "narrative", "retired"),
        ),
    )
    row_model = Deliverable
    row_of = "line"
    NUMBERS = ("planned", "adjustment", "adjustment_reason", "variance_explanation")
    WORDS = ("planned_text", "actual_text", "variance_explanation")

    class Meta:
        model = DeliverableLine
        fields = ("code", "category", "name_en", "name_ru", "unit_en", "unit_ru", "narrative", "retired")
        help_texts = {
            "code": _("Such as B.2. It cannot be changed later."),
            "unit_en": _("What is counted, such as days."),
            "narrative": _("Such as good offices: there is no figure, only a text."),
        }

    def __init__(self, *args: Any, instance: DeliverableLine, programme: ProgrammeOfAction, **kwargs: Any) -> None:
        instance.in_programme = programme
        super().__init__(*args, instance=instance, **kwargs)
        self.settle_code()
        if self.instance.pk is None:
            del self.fields["retired"]

    def programme_of(self) -> ProgrammeOfAction:
        programme: ProgrammeOfAction = self.instance.in_programme
        return programme

    def again(self, saved: Record) -> "LineForm":
        assert isinstance(saved, DeliverableLine)
        return type(self)(instance=saved, editor=self.editor, programme=self.programme)

    def row_fields(self) -> tuple[str, ...]:
        """None before the line is there: which are asked for depends on what it counts."""
        if self.instance.pk is None:
            return ()
        return self.WORDS if self.instance.narrative else self.NUMBERS

    def of_row(self) -> dict[str, Any]:
        return {"programme": self.programme}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for year in self.programme.years():
            if values.get(f"adjustment_{year}") and not values.get(f"adjustment_reason_{year}"):
                self.add_error(f"adjustment_reason_{year}", _("Say why the figure is adjusted."))
        return values


class IndicatorForm(CodeOnce, YearlyForm):
    """A performance measure of a priority with its values: a number or a text."""

    SECTIONS = ((_("The indicator"), ("code", "name_en", "name_ru", "unit_en", "unit_ru", "retired")),)
    row_model = IndicatorValue
    row_of = "indicator"

    class Meta:
        model = Indicator
        fields = ("code", "name_en", "name_ru", "unit_en", "unit_ru", "retired")
        help_texts = {"code": _("Such as I.a. It cannot be changed later.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.settle_code()
        if self.instance.pk is None:
            del self.fields["retired"]

    def clean_code(self) -> str:
        code = super().clean_code()
        if Indicator.objects.filter(priority=self.instance.priority_id, code__iexact=code).exists():
            raise ValidationError(_("This priority already has an indicator with this code."))
        return code

    def programme_of(self) -> ProgrammeOfAction:
        programme: ProgrammeOfAction = self.instance.priority.programme
        return programme

    def row_fields(self) -> tuple[str, ...]:
        return ("planned_number", "planned_text", "actual_number", "actual_text")
