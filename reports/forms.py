"""What is asked before a report is made, or put on a schedule."""

import uuid
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.roles import STAFF_ROLES, Role
from briefings.models import Briefing
from partners.models import Organization
from priorities.models import ProgrammeOfAction
from priorities.periods import MovingPeriod, Period

from .slots import Frequency, check_pattern, crontab_for, crontab_of

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

    def parameters(self) -> dict[str, str]:
        """What the builder needs."""
        return {}

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

    # Whether the report is about one programme; the others are about a period alone.
    asks_programme = True

    def __init__(self, *args: Any, report: "Report", today: date, viewer: "User", **kwargs: Any) -> None:
        programmes = list(ProgrammeOfAction.objects.order_by("-starts"))
        current = next((one for one in programmes if one.is_current_on(today)), programmes[0] if programmes else None)
        kwargs["initial"] = {
            "token": uuid.uuid4(),
            "programme": current.period if current else "",
            "period": _best_period(current, today) if self.asks_programme else MovingPeriod.LAST_MONTH,
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, report=report, **kwargs)
        self.today, self.last_briefing = today, Briefing.objects.visible_to(viewer).last_day(today)
        self.programmes = {programme.period: programme for programme in programmes}
        self._field("programme").choices = [(period, period) for period in self.programmes]
        choices = _period_choices(programmes, today)
        if not self.asks_programme:
            del self.fields["programme"]
            choices = [choice for choice in choices if choice[0] != WHOLE_PROGRAMME]
        self._field("period").choices = choices

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        own = cleaned.get("period") == OWN_DATES
        for name in ("starts", "ends"):
            if own and name not in self.errors and not cleaned.get(name):
                self.add_error(name, _("Give the day, or choose another period."))
            if not own and "period" in cleaned and cleaned.get(name):
                self.add_error(name, _("Choose “own dates” as the period, or clear this day."))
        if cleaned.get("period") == MovingPeriod.SINCE_BRIEFING and self.last_briefing is None:
            self.add_error("period", _("The portal knows no briefing before today. Choose another period."))
        if own and cleaned.get("starts") and cleaned.get("ends") and cleaned["ends"] < cleaned["starts"]:
            self.add_error("ends", _("The last day is before the first day. Swap or correct the dates."))
        return cleaned

    def parameters(self) -> dict[str, str]:
        """What the builder needs, with the period as dates: a later retry covers the same days."""
        period = self._period()
        return {
            **({"programme": self.cleaned_data["programme"]} if self.asks_programme else {}),
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
            return Period.moving(chosen, self.today, last_briefing=self.last_briefing)
        return Period.from_code(chosen)


class PlainPeriodForm(PeriodForm):
    """A report on a period, whatever the programme."""

    asks_programme = False


class PlainForm(ReportForm):
    """A report on all that there is."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ["token", "format", "language"]

    def __init__(self, *args: Any, report: "Report", today: date, viewer: "User", **kwargs: Any) -> None:
        kwargs["initial"] = {"token": uuid.uuid4(), **(kwargs.get("initial") or {})}
        super().__init__(*args, report=report, **kwargs)


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


class ScheduleForm(forms.Form):
    """A report made again and again, for several people."""

    token = forms.UUIDField(widget=forms.HiddenInput)
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
        label=gettext_lazy("Time in Ashgabat"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    pattern = forms.CharField(
        label=gettext_lazy("Own pattern (crontab)"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("Minute, hour, day of the month, month, day of the week (0 is Sunday): 0 8 * * 1-5"),
    )
    recipients: forms.ModelMultipleChoiceField = forms.ModelMultipleChoiceField(
        label=gettext_lazy("People"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Everyone in these roles"), required=False, widget=forms.CheckboxSelectMultiple
    )
    organizations: forms.ModelMultipleChoiceField = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Focal points of these partners"),
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Each gets what was released to its organization, and nothing else."),
    )
    formats = forms.MultipleChoiceField(label=gettext_lazy("Formats"), widget=forms.CheckboxSelectMultiple)
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the document"),
        required=False,
        choices=[("", gettext_lazy("Each recipient’s own")), *settings.LANGUAGES],
    )
    by_mail = forms.BooleanField(
        label=gettext_lazy("Send by mail"),
        required=False,
        help_text=gettext_lazy("Otherwise each finds the report in the portal alone."),
    )

    def __init__(self, *args: Any, report: "Report", viewer: "User", **kwargs: Any) -> None:
        kwargs["initial"] = {
            "token": uuid.uuid4(),
            "frequency": Frequency.QUARTER,
            "weekday": 1,
            "day": 1,
            "at": "08:00",
            "recipients": [viewer.pk],
            "formats": [report.formats[0][0]],
            "by_mail": True,
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, **kwargs)
        # Monday first; crontabs count from Sunday.
        self._choices("weekday", [((number + 1) % 7, name) for number, name in WEEKDAYS.items()])
        self._choices("formats", report.formats)
        self._choices("roles", [(role.value, role.label) for role in Role if role in STAFF_ROLES])
        staff = User.objects.filter(role__in=STAFF_ROLES, is_active=True).order_by("name")
        with_focal_points = Organization.objects.visible_to(viewer).filter(
            pk__in=User.objects.filter(role=Role.PARTNER, is_active=True).values("organization")
        )
        self._rows("recipients", staff)
        self._rows("organizations", with_focal_points.order_by("name_en"))

    def _choices(self, name: str, choices: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def _rows(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = rows

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        frequency = cleaned.get("frequency")
        if frequency == Frequency.OWN:
            self._clean_pattern(cleaned)
        elif frequency:
            self._clean_moment(cleaned, frequency)
        if not any(cleaned.get(name) for name in ("recipients", "roles", "organizations")):
            self.add_error("recipients", _("Say who gets the report: people, roles or focal points."))
        return cleaned

    def _clean_moment(self, cleaned: dict[str, Any], frequency: str) -> None:
        needed = {Frequency.WEEK: "weekday", Frequency.MONTH: "day", Frequency.QUARTER: "day"}.get(Frequency(frequency))
        if needed and needed not in self.errors and cleaned.get(needed) is None:
            self.add_error(needed, _("Say on which day the report is made."))
        if "at" not in self.errors and cleaned.get("at") is None:
            self.add_error("at", _("Say at what time the report is made."))

    def _clean_pattern(self, cleaned: dict[str, Any]) -> None:
        try:
            check_pattern(cleaned.get("pattern", ""))
        except ValueError:
            self.add_error(
                "pattern",
                _("This is no pattern of five parts that ever falls due, such as 0 8 * * 1-5. Correct it."),
            )

    def parameters(self) -> dict[str, str]:
        return {}

    def crontab(self) -> "CrontabSchedule":
        """The saved crontab of the moments that were chosen."""
        data = self.cleaned_data
        if data["frequency"] == Frequency.OWN:
            return crontab_of(data["pattern"])
        at = data["at"]
        return crontab_for(data["frequency"], weekday=data["weekday"] or 0, day=data["day"] or 1, at=at)

    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields under their headings."""
        named = [
            (_("What"), ("period", "formats", "language")),
            (_("When"), ("frequency", "weekday", "day", "at", "pattern")),
            (_("For whom"), ("recipients", "roles", "organizations", "by_mail")),
        ]
        return [(heading, [self[name] for name in names if name in self.fields]) for heading, names in named]


class StaffScheduleForm(ScheduleForm):
    """For what no partner gets."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"frequency": Frequency.WEEK, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        del self.fields["organizations"]


class PeriodScheduleForm(ScheduleForm):
    """Each time on a period that moves with the calendar."""

    period = forms.ChoiceField(
        label=gettext_lazy("Period"), choices=MovingPeriod.choices, initial=MovingPeriod.LAST_QUARTER
    )

    def parameters(self) -> dict[str, str]:
        return {"period": self.cleaned_data["period"]}
