"""The priorities' pages: what was promised, what was done, what has no evidence.

They stand here, not in `priorities`, because they count activities, and `priorities` does not know these.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.visibility import is_staff_viewer
from partners.models import Organization
from priorities.models import Framework, MandateFunction, Priority, ProgrammeOfAction, Theme

from .choices import Stage
from .models import Activity, Evidence, Series
from .progress import PriorityProgress, priority_url, progress_of

if TYPE_CHECKING:
    from accounts.roles import Viewer

LATEST = 8


@dataclass(frozen=True)
class Tally:
    """A thing with the number of held activities it occurs in, and the list behind the number."""

    name: str
    count: int
    url: str


@require_safe
def list_priorities(request: HttpRequest) -> HttpResponse:
    """All priorities of the current programme, side by side."""
    programme = ProgrammeOfAction.objects.visible_to(request.user).current(timezone.localdate())
    if programme is None:
        return render(request, "priorities/list.html", {"programme": None})
    return redirect("priorities:programme", programme.period)


@require_safe
def programme(request: HttpRequest, period: str) -> HttpResponse:
    """All priorities of one programme, its mandates, and the other programmes."""
    today = timezone.localdate()
    chosen = _programme_or_404(request, period)
    progress = progress_of(chosen, request.user, today=today)
    return render(
        request,
        "priorities/list.html",
        {
            "programme": chosen,
            "programmes": ProgrammeOfAction.objects.visible_to(request.user),
            "progress": progress,
            "chart": years_chart(progress),
            "functions": MandateFunction.objects.visible_to(request.user),
            "mandates": chosen.mandates.visible_to(request.user).select_related("document"),
            "is_current": chosen.is_current_on(today),
        },
    )


@require_safe
def detail(request: HttpRequest, period: str, slug: str) -> HttpResponse:
    """One priority: its commitments with their evidence, and the activities under it."""
    chosen = _programme_or_404(request, period)
    priority = get_object_or_404(
        Priority.objects.visible_to(request.user).select_related("function"), programme=chosen, slug=slug
    )
    [progress] = progress_of(chosen, request.user, today=timezone.localdate(), priorities=[priority])
    evidence = _evidence_by_commitment(priority, request.user)
    held = Activity.objects.visible_to(request.user).approved().held().filter(main_priority=priority)
    return render(
        request,
        "priorities/detail.html",
        {
            "programme": chosen,
            "priority": priority,
            "progress": progress,
            "commitments": [(row, evidence.get(row.commitment.pk, [])) for row in progress.commitments],
            "siblings": chosen.priorities.visible_to(request.user),
            "chart": [_year_row(year.year, year.count, year.url) for year in progress.years],
            "latest": held.select_related("country", "series").newest_first()[:LATEST],
            "coming": Activity.objects.visible_to(request.user)
            .approved()
            .coming(timezone.localdate())
            .filter(main_priority=priority)
            .select_related("country")[:LATEST],
            "themes": _themes(priority, request.user),
            "partners": _partners(priority, request.user),
            "series": _series(priority, request.user),
            "frameworks": Framework.objects.visible_to(request.user)
            .filter(commitments__priority=priority)
            .distinct()
            .order_by("kind", "name_en"),
        },
    )


def years_chart(progress: list[PriorityProgress]) -> dict[str, Any]:
    """Activities held by year, one row a priority, one series a year, for the chart component."""
    years = sorted({year.year for row in progress for year in row.dated if year.year is not None})
    rows = []
    for row in progress:
        counts = {year.year: year.count for year in row.dated}
        values = [counts.get(year, 0) for year in years]
        rows.append(
            {
                "label": f"{row.priority.roman}. {row.priority.short_title}",
                "values": values,
                "url": row.held_url,
                "note": "" if any(values) else _("no record"),
            }
        )
    return {"rows": rows, "series": [str(year) for year in years]}


def _programme_or_404(request: HttpRequest, period: str) -> ProgrammeOfAction:
    """The programme by its years, such as 2021-2025."""
    years = re.fullmatch(r"([1-9][0-9]{3})-([1-9][0-9]{3})", period)
    if years is None:
        raise Http404
    programmes = ProgrammeOfAction.objects.visible_to(request.user)
    found: ProgrammeOfAction = get_object_or_404(programmes, starts__year=int(years[1]), ends__year=int(years[2]))
    return found


def _year_row(year: int | None, count: int, url: str) -> dict[str, Any]:
    return {
        "label": str(year) if year is not None else _("Date not known"),
        "value": count,
        "url": url if count else "",
        "note": "" if count else _("no record"),
    }


def _evidence_by_commitment(priority: Priority, viewer: "Viewer") -> dict[int, list[Evidence]]:
    """All evidence that counts, newest first, by the commitment's id.

    Why it is evidence may name who took part, so the Chatham House Rule hides it.
    """
    found: dict[int, list[Evidence]] = defaultdict(list)
    rows = (
        Evidence.objects.visible_to(viewer)
        .counting()
        .filter(commitment__priority=priority)
        .select_related("activity", "briefing")
    )
    for row in sorted(rows, key=_day_of, reverse=True):
        if row.activity and not row.activity.names_shown_to(viewer):
            row.reason_en = ""
        found[row.commitment_id].append(row)
    return dict(found)


def _day_of(evidence: Evidence) -> date:
    dated: Any = evidence.activity or evidence.briefing
    day: date | None = dated.start_date if evidence.activity else dated.date
    return day or date.min


def _themes(priority: Priority, viewer: "Viewer") -> list[Tally]:
    counts = _counts(priority, viewer, "themes")
    return [
        Tally(theme.name, counts[theme.pk], priority_url(priority, stage=Stage.HELD, theme=theme.code))
        for theme in sorted(Theme.objects.visible_to(viewer).filter(pk__in=counts), key=lambda t: -counts[t.pk])
    ]


def _partners(priority: Priority, viewer: "Viewer") -> list[Tally]:
    """The partners most often involved, as far as the viewer may know who took part."""
    counts = _counts(priority, viewer, "partners", hide_chatham_house=not is_staff_viewer(viewer))
    named = Organization.objects.visible_to(viewer).filter(pk__in=counts)
    return [
        Tally(partner.short_name, counts[partner.pk], priority_url(priority, stage=Stage.HELD, partner=partner.code))
        for partner in sorted(named, key=lambda p: (-counts[p.pk], p.name_en))[:20]
    ]


def _counts(priority: Priority, viewer: "Viewer", relation: str, *, hide_chatham_house: bool = False) -> dict[int, int]:
    held = Activity.objects.visible_to(viewer).approved().held().filter(main_priority=priority)
    if hide_chatham_house:
        held = held.filter(chatham_house=False)
    rows = held.exclude(**{relation: None}).order_by().values_list(relation).annotate(Count("id", distinct=True))
    return dict(rows)


def _series(priority: Priority, viewer: "Viewer") -> list[Tally]:
    counts = _counts(priority, viewer, "series")
    return [
        Tally(series.name, counts[series.pk], priority_url(priority, stage=Stage.HELD, series=series.code))
        for series in sorted(Series.objects.visible_to(viewer).filter(pk__in=counts), key=lambda s: -counts[s.pk])
    ]
