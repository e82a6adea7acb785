"""The calendar: a month of activities with the filters of their list, and what else falls on its days where wanted."""

import calendar
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.lists import address_with, chips_of
from accounts.visibility import is_staff_viewer
from activities.choices import Stage
from activities.models import Activity, FollowUp
from activities.views.lists import filterset_of, further_filters, leave_out_unused
from briefings.models import Briefing
from partners.models import Agreement
from priorities.choices import DatePrecision

if TYPE_CHECKING:
    from accounts.roles import Viewer

# A month, or a day in the table, with more says so and leads to the list.
MOST_IN_MONTH = 500
MOST_IN_DAY = 8
YEARS = range(1950, 2100)
FIELDS = (
    *("id", "reference", "title_en", "title_ru", "start_date", "end_date", "date_precision", "stage", "review_state"),
    *("city", "country__name_en", "country__name_ru"),
)


@dataclass(frozen=True)
class Entry:
    """Something that falls on days of the month. `state` is a stage's code, `state_label` its name."""

    kind: str
    kind_label: Any
    title: str
    url: str
    first: date
    last: date
    place: str = ""
    state: str = ""
    state_label: str = ""


@dataclass(frozen=True)
class Shown:
    """An entry on one of its days: the `number`-th of `of`."""

    entry: Entry
    number: int
    of: int


@dataclass
class Day:
    day: date
    in_month: bool
    is_today: bool
    entries: list[Shown] = field(default_factory=list)
    more: int = 0
    more_url: str = ""


@require_safe
def month(request: HttpRequest) -> HttpResponse:
    """One month, as a table or as a list of its days; the address says which and what."""
    today = timezone.localdate()
    first = month_asked_for(request.GET.get("month", ""), today)
    last = _end_of(first)
    filterset = filterset_of(request)
    leave_out_unused(filterset, request)
    valid = filterset.is_valid()
    rows: Any = filterset.qs if valid else filterset.queryset.none()
    found = list(rows.overlapping(first, last).select_related("country").only(*FIELDS).in_order()[: MOST_IN_MONTH + 1])
    shown = found[:MOST_IN_MONTH]
    kinds = kinds_for(request)
    entries = [*map(entry_of_activity, (one for one in shown if one.date_precision == DatePrecision.DAY))]
    for kind in kinds:
        if kind["on"]:
            entries += kind["entries"](request.user, first, last)
    as_list = request.GET.get("show") == "list"
    days = days_of(entries, first, today, request, most=MOST_IN_MONTH if as_list else MOST_IN_DAY)
    context = {
        "filter": filterset,
        "chips": chips_of(filterset, request),
        "further": further_filters(filterset),
        "keep": _kept(request),
        "first": first,
        "weeks": [days[start : start + 7] for start in range(0, len(days), 7)],
        "busy_days": [day for day in days if day.in_month and day.entries],
        "as_list": as_list,
        "of_month": [one for one in shown if one.date_precision == DatePrecision.MONTH],
        "of_year": [one for one in shown if one.date_precision == DatePrecision.YEAR],
        "unknown_url": _list_url(request, year="unknown"),
        "list_url": _list_url(request, **{"from": first.isoformat(), "to": last.isoformat()}),
        "count": min(len(found), MOST_IN_MONTH) if valid else None,
        "has_more": len(found) > MOST_IN_MONTH,
        "most": MOST_IN_MONTH,
        "kinds": kinds,
        **turning(request, first, today),
    }
    return render(request, "calendar.html", context, status=200 if valid else 400)


def month_asked_for(text: str, today: date) -> date:
    """The first day of a month such as 2024-11; of this month where the text is none."""
    try:
        asked = parse_date(f"{text}-01") if len(text) == len("2024-11") else None
    except ValueError:
        asked = None
    return asked if asked and asked.year in YEARS else today.replace(day=1)


def _end_of(first: date) -> date:
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def turning(request: HttpRequest, first: date, today: date) -> dict[str, Any]:
    """Links to the month before, the next and the present one, and to the other way of showing."""
    before, after = (first - timedelta(days=1)).replace(day=1), _end_of(first) + timedelta(days=1)
    return {
        "before": before if before.year in YEARS else None,
        "before_url": address_with(request, month=f"{before:%Y-%m}"),
        "after": after if after.year in YEARS else None,
        "after_url": address_with(request, month=f"{after:%Y-%m}"),
        "today_url": address_with(request, month="") if first != today.replace(day=1) else "",
        "month_url": address_with(request, show=""),
        "days_url": address_with(request, show="list"),
    }


def days_of(entries: Iterable[Entry], first: date, today: date, request: HttpRequest, *, most: int) -> list[Day]:
    """The days of the month's weeks, Monday first, with what falls on those of the month, `most` on each."""
    on: dict[date, list[Shown]] = defaultdict(list)
    for entry in sorted(entries, key=lambda one: (one.first, one.title)):
        for shown in _days_shown(entry, first, _end_of(first)):
            on[entry.first + timedelta(days=shown.number - 1)].append(shown)
    days = []
    for day in calendar.Calendar().itermonthdates(first.year, first.month):
        one = Day(day, day.month == first.month, day == today)
        if one.in_month:
            one.entries, one.more = on[day][:most], max(len(on[day]) - most, 0)
            one.more_url = _list_url(request, **{"from": day.isoformat(), "to": day.isoformat()}) if one.more else ""
        days.append(one)
    return days


def _days_shown(entry: Entry, first: date, last: date) -> Iterator[Shown]:
    of = (entry.last - entry.first).days + 1
    for number in range(max((first - entry.first).days, 0), min((last - entry.first).days + 1, of)):
        yield Shown(entry, number + 1, of)


def entry_of_activity(activity: Activity) -> Entry:
    assert activity.start_date is not None
    return Entry(
        kind="activity",
        kind_label=_("Activity"),
        title=activity.title,
        url=activity.get_absolute_url(),
        first=activity.start_date,
        last=activity.end_date or activity.start_date,
        place=activity.place,
        state="" if activity.stage == Stage.HELD else activity.stage,
        state_label=activity.get_stage_display(),
    )


# --- what else falls on the days ------------------------------------------------------------------------------


def kinds_for(request: HttpRequest) -> list[dict[str, Any]]:
    """The further kinds that the reader may switch on, each with the address that turns it."""
    kinds = [("briefings", _("Council briefings"), _briefings), ("agreements", _("Ends of agreements"), _agreements)]
    if is_staff_viewer(request.user):
        kinds.append(("follow-ups", _("Follow-ups due"), _follow_ups))
    asked = request.GET.getlist("also")
    found = []
    for code, label, entries in kinds:
        query = request.GET.copy()
        others = [one for one in asked if one != code]
        query.setlist("also", others if code in asked else [*others, code])
        if not query.getlist("also"):
            del query["also"]
        url = f"{request.path}?{query.urlencode()}" if query else request.path
        found.append({"code": code, "label": label, "on": code in asked, "url": url, "entries": entries})
    return found


def _briefings(viewer: "Viewer", first: date, last: date) -> list[Entry]:
    rows = Briefing.objects.visible_to(viewer).filter(date__range=(first, last), date_precision=DatePrecision.DAY)
    label = _("Council briefing")
    return [Entry("briefing", label, str(label), one.get_absolute_url(), one.date, one.date) for one in rows]


def _agreements(viewer: "Viewer", first: date, last: date) -> list[Entry]:
    rows = Agreement.objects.visible_to(viewer).filter(ends__range=(first, last))
    url = reverse("partners:list")
    return [Entry("agreement", _("End of agreement"), one.title, url, one.ends, one.ends) for one in rows]


def _follow_ups(viewer: "Viewer", first: date, last: date) -> list[Entry]:
    rows = FollowUp.objects.visible_to(viewer).filter(due__range=(first, last), done=None).select_related("activity")
    return [
        Entry("follow-up", _("Follow-up due"), one.text, one.activity.get_absolute_url(), one.due, one.due)
        for one in rows[:MOST_IN_MONTH]
    ]


# --- addresses ------------------------------------------------------------------------------------------------


def _kept(request: HttpRequest) -> list[tuple[str, str]]:
    """What the filter panel sends along: the month and how it is shown are no filters."""
    return [(name, value) for name in ("month", "show", "also") for value in request.GET.getlist(name)]


def _list_url(request: HttpRequest, **values: str) -> str:
    """The list of activities with the same filters and these."""
    query: QueryDict = request.GET.copy()
    for name in ("month", "show", "also"):
        query.pop(name, None)
    for name, value in values.items():
        query[name] = value
    return f"{reverse('activities:list')}?{query.urlencode()}"
