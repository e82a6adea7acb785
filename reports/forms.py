"""What is asked before a report is made, or put on a schedule."""

import uuid
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from priorities.models import ProgrammeOfAction

from .periods import MovingPeriod, Period
from .slots import Frequency, crontab_for

if TYPE_CHECKING:
    from django_celery_beat.models import CrontabSchedule

    from .catalogue import Report

OWN_DATES = "own"
WHOLE_PROGRAMME = "programme"
# In a month of any length.
LAST_DAY_OF_MONTH = 28


class DateInput(forms.DateInput):
    """The browser's own date field; it wants ISO dates whatever the language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class ReportForm(forms.Form):
    """What every report asks: format and language. Built for one report of the catalogue."""

    format = forms.ChoiceField(label=gettext_lazy("Format"))
    language = forms.ChoiceField(label=gettext_lazy("Language of the document"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, report: "Report", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._field("format").choices = report.formats

    def _field(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field


class PeriodForm(ReportForm):
    """A report on a programme of action in a period."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    programme = forms.ChoiceField(label=gettext_lazy("Programme of action"))
    period = forms.ChoiceField(label=gettext_lazy("Period"))
    starts = forms.DateField(
        label=gettext_lazy("First day"), required=False, widget=DateInput, help_text=gettext_lazy("For own dates only.")
    )
    ends = forms.DateField(
        label=gettext_lazy("Last day"), required=False, widget=DateInput, help_text=gettext_lazy("For own dates only.")
    )
    field_order = ["token", "programme", "period", "starts", "ends", "format", "language"]

    def __init__(self, *args: Any, report: "Report", today: date, **kwargs: Any) -> None:
        programmes = list(ProgrammeOfAction.objects.order_by("-starts"))
        current = next((one for one in programmes if one.is_current_on(today)), programmes[0] if programmes else None)
        kwargs["initial"] = {
            "token": uuid.uuid4(),
            "programme": current.period if current else "",
            "period": _best_period(current, today),
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, report=report, **kwargs)
        self.today = today
        self.programmes = {programme.period: programme for programme in programmes}
        self._field("programme").choices = [(period, period) for period in self.programmes]
        self._field("period").choices = _period_choices(programmes, today)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        own = cleaned.get("period") == OWN_DATES
        for name in ("starts", "ends"):
            if own and name not in self.errors and not cleaned.get(name):
                self.add_error(name, _("Give the day, or choose another period."))
            if not own and "period" in cleaned and cleaned.get(name):
                self.add_error(name, _("Choose “own dates” as the period, or clear this day."))
        if own and cleaned.get("starts") and cleaned.get("ends") and cleaned["ends"] < cleaned["starts"]:
            self.add_error("ends", _("The last day is before the first day. Swap or correct the dates."))
        return cleaned

    def parameters(self) -> dict[str, str]:
        """What the builder needs, with the period as dates: a later retry covers the same days."""
        period = self._period()
        return {
            "programme": self.cleaned_data["programme"],
            "starts": period.starts.isoformat(),
            "ends": period.ends.isoformat(),
        }

    def _period(self) -> Period:
        chosen = self.cleaned_data["period"]
        if chosen == OWN_DATES:
            return Period(self.cleaned_data["starts"], self.cleaned_data["ends"])
        if chosen == WHOLE_PROGRAMME:
            programme = self.programmes[self.cleaned_data["programme"]]
            return Period(programme.starts, programme.ends)
        if chosen in MovingPeriod.values:
            return Period.moving(chosen, self.today)
        return Period.from_code(chosen)


def _best_period(programme: ProgrammeOfAction | None, today: date) -> str:
    """The year so far; of a programme that is over, all of it."""
    return MovingPeriod.THIS_YEAR if programme and programme.is_current_on(today) else WHOLE_PROGRAMME


def _period_choices(programmes: list[ProgrammeOfAction], today: date) -> list[Any]:
    """Moving periods, then the years and quarters from the first programme to this year, the latest first."""
    first = min((programme.starts.year for programme in programmes), default=today.year)
    years = list(range(today.year, first - 1, -1))
    quarters = [f"{year}-Q{quarter}" for year in years for quarter in (4, 3, 2, 1)]
    started = [code for code in quarters if Period.from_code(code).starts <= today]
    return [
        (WHOLE_PROGRAMME, _("The whole programme")),
        *MovingPeriod.choices,
        (OWN_DATES, _("Own dates")),
        (_("Years"), [(str(year), str(year)) for year in years]),
        (_("Quarters"), [(code, Period.from_code(code).text) for code in started]),
    ]


class PeriodScheduleForm(ReportForm):
    """A report made again and again, each time on a period that moves with the calendar."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    period = forms.ChoiceField(label=gettext_lazy("Period"), choices=MovingPeriod.choices)
    frequency = forms.ChoiceField(label=gettext_lazy("How often"), choices=Frequency.choices)
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("Day of the week"),
        coerce=int,
        required=False,
        empty_value=None,
        help_text=gettext_lazy("For every week."),
    )
    day = forms.IntegerField(
        label=gettext_lazy("Day of the month"),
        min_value=1,
        max_value=LAST_DAY_OF_MONTH,
        required=False,
        help_text=gettext_lazy("For every month or quarter: 1 to 28."),
    )
    at = forms.TimeField(
        label=gettext_lazy("Time in Ashgabat"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    field_order = ["token", "period", "frequency", "weekday", "day", "at", "format", "language"]

    def __init__(self, *args: Any, report: "Report", **kwargs: Any) -> None:
        kwargs["initial"] = {
            "token": uuid.uuid4(),
            "frequency": Frequency.QUARTER,
            "weekday": 1,
            "day": 1,
            "at": "08:00",
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, report=report, **kwargs)
        # Monday first; crontabs count from Sunday.
        self._field("weekday").choices = [((number + 1) % 7, name) for number, name in WEEKDAYS.items()]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        weekly = cleaned.get("frequency") == Frequency.WEEK
        needed = "weekday" if weekly else "day"
        if "frequency" in cleaned and needed not in self.errors and cleaned.get(needed) is None:
            self.add_error(needed, _("Say on which day the report is made."))
        return cleaned

    def parameters(self) -> dict[str, str]:
        return {"period": self.cleaned_data["period"]}

    def crontab(self) -> "CrontabSchedule":
        """The saved crontab of the moments that were chosen."""
        data = self.cleaned_data
        return crontab_for(data["frequency"], weekday=data["weekday"] or 0, day=data["day"] or 1, at=data["at"])
