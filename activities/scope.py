"""What a dashboard is about: a period, and a country, theme or partner where it is narrowed to one.

All of it stands in the address, so that a page can be kept, sent and printed as it was seen. Every number of the page
counts what `narrow` leaves, and links to the list with the filters of `query`, which finds the same.

Periods go by the first day. What is known to the month or the year alone counts in periods that hold all of it: an
activity of “2023” belongs to the year 2023 and to none of its quarters. The period of a programme is its priorities,
whatever the day of what was done under them.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import CharField, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.choices import ReviewState
from accounts.localized import in_language
from accounts.record_forms import date_input
from accounts.tables import in_russian
from partners.models import Organization
from priorities.models import Country, ProgrammeOfAction, Theme
from priorities.periods import MovingPeriod, Period

from .filter_fields import NOT_KNOWN_HERE
from .links import Filters, activities_url
from .models import Evidence
from .querysets import ActivityQuerySet

if TYPE_CHECKING:
    from accounts.roles import Viewer

OWN_DATES = "dates"
# Quarters that the switch offers; the address takes any.
QUARTERS = 8


@dataclass(frozen=True)
class Place:
    """A country, theme or partner that the page is narrowed to."""

    pk: int
    code: str
    label: str


@dataclass(frozen=True)
class Scope:
    """See the module. `programme` is the one whose promises the page shows; None where none is recorded.

    `period` is None where the whole programme is meant; `code` is what the address calls the period.
    """

    programme: ProgrammeOfAction | None
    code: str
    period: Period | None
    country: Place | None = None
    theme: Place | None = None
    partner: Place | None = None
    briefing: date | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether it is about one country, theme or partner alone."""
        return any((self.country, self.theme, self.partner))

    @property
    def whole_programme(self) -> bool:
        return self.period is None

    def narrow(self, activities: ActivityQuerySet, viewer: "Viewer") -> ActivityQuerySet:
        """Those of the activities that the scope is about, as far as the viewer may know it."""
        found = self.narrow_places(activities, viewer)
        if self.period is not None:
            return found.beginning_in(self.period.starts, self.period.ends)
        return found.filter(main_priority__programme=self.programme) if self.programme else found

    def narrow_places(self, activities: ActivityQuerySet, viewer: "Viewer") -> ActivityQuerySet:
        """The same, of all times."""
        found = activities
        if self.country:
            found = found.naming_countries([self.country.pk], viewer)
        if self.theme:
            found = found.on_themes([self.theme.pk])
        if self.partner:
            found = found.naming_partners([self.partner.pk], viewer)
        return found

    @property
    def query(self) -> dict[str, str]:
        """The filters of the list of activities that find the same as `narrow`."""
        filters = dict(self.places)
        if self.period is not None:
            filters |= begins(self.period)
        elif self.programme:
            filters["programme"] = self.programme.period
        return filters

    @property
    def places(self) -> dict[str, str]:
        """Country, theme and partner by their codes, as far as the page is narrowed to one."""
        named = {"country": self.country, "theme": self.theme, "partner": self.partner}
        return {name: place.code for name, place in named.items() if place}

    def list_url(self, **filters: Filters) -> str:
        """The list of the approved activities behind a number; what is given here goes before the scope's own."""
        return activities_url(**{**self.query, "review_state": ReviewState.APPROVED.value, **filters})

    def evidence_url(self, **filters: Filters) -> str:
        """The same of all times and programmes, narrowed to the place alone."""
        return activities_url(**{**self.places, "review_state": ReviewState.APPROVED.value, **filters})

    @property
    def address(self) -> str:
        """The scope as the query of a page (`?period=2024&country=KZ`), so that it goes along from page to page.

        Empty where it is what every page shows anyway.
        """
        asked = dict(self.places)
        if self.code == OWN_DATES and self.period:
            asked |= {"from": self.period.starts.isoformat(), "to": self.period.ends.isoformat()}
        if self.code:
            asked = {"period": self.code, **asked}
        return f"?{urlencode(asked)}" if asked else ""

    @property
    def period_text(self) -> str:
        """The period in words."""
        if self.period is None:
            return self.programme.period.replace("-", "–") if self.programme else ""
        if self.briefing:
            words = _("since the Council briefing of %(day)s: %(days)s")
            return words % {"day": date_format(self.briefing), "days": self.period.days}
        return self.period.text

    @property
    def text(self) -> str:
        """All of it in words: 2024, Tajikistan."""
        narrowed = [place.label for place in (self.country, self.theme, self.partner) if place]
        return ", ".join([self.period_text, *narrowed])


def begins(period: Period) -> dict[str, str]:
    """The filters of the list that find what begins in the period."""
    return {"begins_from": period.starts.isoformat(), "begins_to": period.ends.isoformat()}


class ScopeForm(forms.Form):
    """The switch: reads the scope from an address and shows it. `scope` is the answer, whatever the address holds:
    what is not known there is said beside its control and counts as not asked for."""

    period = forms.CharField(label=gettext_lazy("Period"), required=False, widget=forms.Select)
    country = forms.CharField(label=gettext_lazy("Country"), required=False, widget=forms.Select)
    theme = forms.CharField(label=gettext_lazy("Theme"), required=False, widget=forms.Select)
    partner = forms.CharField(label=gettext_lazy("Partner"), required=False, widget=forms.Select)

    def __init__(
        self, request: HttpRequest, *, programme: ProgrammeOfAction | None = None, today: date | None = None
    ) -> None:
        """`programme` is the one that the page is about by its own address; else it follows from the period."""
        self.viewer = request.user
        self.today = today or timezone.localdate()
        self.page_programme = programme
        self.programmes: list[ProgrammeOfAction] = list(ProgrammeOfAction.objects.visible_to(self.viewer))
        self.offered = _offered_places(self.viewer)
        self._period: Period | None = None
        self._briefing: date | None = None
        super().__init__(request.GET)
        for name, label in (("from", gettext_lazy("First day")), ("to", gettext_lazy("Last day"))):
            self.fields[name] = forms.DateField(label=label, required=False, widget=date_input())
        self.order_fields(["period", "from", "to", "country", "theme", "partner"])
        for name, places in self.offered.items():
            self.fields[name].widget.choices = [("", _("All")), *((one.code, one.label) for one in places.values())]
        self.fields["period"].widget.choices = self._periods()
        self.full_clean()

    @property
    def scope(self) -> Scope:
        """What the address asks for, as far as it is known."""
        values = self.cleaned_data
        code = values.get("period", "")
        if self._period is None and not self._names_programme(code):
            code = ""
        named = {name: self.offered[name].get(values.get(name, "")) for name in self.offered}
        return Scope(self._programme(code), code, self._period, briefing=self._briefing, **named)

    def clean_period(self) -> str:
        """One of: a programme (2021-2025), a year (2024), a quarter (2024-Q3), since-briefing, dates."""
        code: str = self.cleaned_data["period"].strip()
        if code == MovingPeriod.SINCE_BRIEFING:
            self._period = self._since_briefing()
        elif re.fullmatch(r"(19|20)[0-9]{2}(-Q[1-4])?", code):
            self._period = Period.from_code(code)
        elif code and code != OWN_DATES and not self._names_programme(code):
            words = _("“%(value)s” is not a period that this page can show. Choose from the list.")
            raise ValidationError(words, params={"value": code})
        return code

    def clean_country(self) -> str:
        return self._known("country")

    def clean_theme(self) -> str:
        return self._known("theme")

    def clean_partner(self) -> str:
        return self._known("partner")

    def clean(self) -> dict[str, Any]:
        """Own dates need both days, in their order."""
        values = super().clean() or {}
        if values.get("period") != OWN_DATES:
            return values
        first, last = values.get("from"), values.get("to")
        for name, day in (("from", first), ("to", last)):
            if day is None and name not in self.errors:
                self.add_error(name, _("Give both days of the period."))
        if first and last and last < first:
            self.add_error("to", _("The period ends before it starts. Swap or correct the dates."))
        elif first and last:
            self._period = Period(first, last)
        return values

    def _known(self, name: str) -> str:
        code: str = self.cleaned_data[name].strip()
        if code and code not in self.offered[name]:
            raise ValidationError(NOT_KNOWN_HERE, params={"value": code})
        return code

    def _names_programme(self, code: str) -> bool:
        """Whether it is the period of a programme that this page can show."""
        if self.page_programme:
            return code == self.page_programme.period
        return any(programme.period == code for programme in self.programmes)

    def _programme(self, code: str) -> ProgrammeOfAction | None:
        """The page's own; else the one that the address names; else that of the period's last day, or the latest."""
        if self.page_programme:
            return self.page_programme
        day = min(self._period.ends, self.today) if self._period else self.today
        named = (one for one in self.programmes if one.period == code)
        current = (one for one in self.programmes if one.is_current_on(day))
        return next(named, None) or next(current, None) or next(iter(self.programmes), None)

    def _since_briefing(self) -> Period:
        """From the day after the last briefing that a source confirms until today."""
        briefings: Any = Evidence._meta.get_field("briefing").related_model
        self._briefing = briefings.objects.visible_to(self.viewer).last_day(self.today)
        if self._briefing is None:
            raise ValidationError(_("No past Council briefing is recorded. Choose another period."))
        return Period.since(self._briefing, self.today)

    def _periods(self) -> list[tuple[Any, Any]]:
        """The choices of the switch, in groups; with the one that the address names, if that is none of these."""
        programmes = [self.page_programme] if self.page_programme else self.programmes
        whole = [(one.period, one.period.replace("-", "–")) for one in programmes]
        years = sorted({year for one in programmes for year in one.years() if year <= self.today.year}, reverse=True)
        quarters = [f"{year}-Q{quarter}" for year in years for quarter in (4, 3, 2, 1)]
        past = [code for code in quarters if Period.from_code(code).starts <= self.today][:QUARTERS]
        asked, since = self.data.get("period", ""), MovingPeriod.SINCE_BRIEFING
        if asked not in past and re.fullmatch(r"(19|20)[0-9]{2}-Q[1-4]", asked):
            past.append(asked)
        return [
            ("", _("Whole programme")),
            *([(_("Programme"), whole)] if len(whole) > 1 else []),
            (_("Year"), [(str(year), str(year)) for year in years]),
            (_("Quarter"), [(code, Period.from_code(code).text.capitalize()) for code in past]),
            (_("Other"), [(since.value, since.label), (OWN_DATES, _("Own dates"))]),
        ]


def _offered_places(viewer: "Viewer") -> dict[str, dict[str, Place]]:
    """What a page can be narrowed to, by kind and code, as far as the viewer may see it (one query)."""

    def of(kind: str, rows: Any, label: Any) -> Any:
        named = rows.order_by().annotate(kind=Value(kind, CharField()), label=label)
        return named.values_list("kind", "pk", "code", "label")

    name = in_language("name")
    acronyms = ["acronym_ru", "acronym"] if in_russian() else ["acronym"]
    short = Coalesce(*(NullIf(acronym, Value("")) for acronym in acronyms), name)
    rows = of("country", Country.objects.visible_to(viewer), name).union(
        of("theme", Theme.objects.visible_to(viewer), name),
        of("partner", Organization.objects.visible_to(viewer), short),
        all=True,
    )
    found: dict[str, dict[str, Place]] = {"country": {}, "theme": {}, "partner": {}}
    for kind, pk, code, label in sorted(rows, key=lambda row: str(row[3]).casefold()):
        found[kind][code] = Place(pk, code, label)
    return found
