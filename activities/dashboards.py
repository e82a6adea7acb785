"""The priorities' pages: what was promised, what was done, what has no evidence.

They stand here, not in `priorities`, because they count activities, and `priorities` does not know these.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.charts.chart import Chart
from accounts.charts.files import asked_file
from accounts.roles import Permission, allows
from accounts.visibility import is_staff_viewer
from partners.models import Organization
from priorities.models import Country, Framework, Indicator, MandateFunction, Priority, ProgrammeOfAction, Theme

from .choices import Stage
from .commitments import Matrix, matrix_of
from .dashboard_charts import held_by_quarter, held_by_year, shares_of_women
from .deliverables import budget_of
from .links import Cell, priority_key
from .models import Activity, Evidence, Series
from .participants import Participation
from .progress import Progress, Tallies, progress_of
from .querysets import ActivityQuerySet, names_shown
from .scope import Scope, ScopeForm
from .timeline import timeline, with_series

if TYPE_CHECKING:
    from accounts.roles import Viewer

# How much of what is coming, and of what is past, a timeline has.
SOONEST, LATEST = 8, 15
MOST_PARTNERS = 20
WHICH = ("", "with", "without", "overdue")


@dataclass(frozen=True)
class Tally:
    """A thing with the number of held activities it occurs in, and the list behind the number."""

    name: str
    cell: Cell


@require_safe
def list_priorities(request: HttpRequest) -> HttpResponse:
    """All priorities of the current programme, side by side."""
    programme = ProgrammeOfAction.objects.visible_to(request.user).current(timezone.localdate())
    if programme is None:
        may_edit = allows(request.user, Permission.EDIT_PROGRAMME)
        return render(request, "priorities/list.html", {"programme": None, "may_edit": may_edit})
    return redirect("priorities:programme", programme.period)


@require_safe
def programme(request: HttpRequest, period: str) -> HttpResponseBase:
    """All priorities of one programme, its mandates, and the other programmes."""
    today = timezone.localdate()
    chosen = _programme_or_404(request, period)
    form = ScopeForm(request, programme=chosen)
    progress = progress_of(form.scope, request.user, today=today)
    matrix = matrix_of(form.scope, request.user, today=today, priorities=progress.priorities)
    charts = charts_of(progress)
    context = {
        "programme": chosen,
        "programmes": ProgrammeOfAction.objects.visible_to(request.user),
        "form": form,
        "scope": form.scope,
        "progress": progress,
        "matrix": matrix,
        "side_by_side": side_by_side(progress, matrix),
        "charts": charts,
        "functions": MandateFunction.objects.visible_to(request.user),
        "mandates": chosen.mandates.visible_to(request.user).select_related("document"),
        "is_current": chosen.is_current_on(today),
        "may_edit": allows(request.user, Permission.EDIT_PROGRAMME),
    }
    return asked_file(request, charts.values()) or _page(request, "priorities/list.html", form, context)


@require_safe
def commitments(request: HttpRequest, period: str) -> HttpResponse:
    """The commitments of a programme with their evidence, year by year: all, or those that a number counts."""
    chosen = _programme_or_404(request, period)
    form = ScopeForm(request, programme=chosen)
    priorities = list(Priority.objects.visible_to(request.user).filter(programme=chosen).order_by("number"))
    for priority in priorities:
        priority.programme = chosen
    wanted = request.GET.get("priority", "")
    narrowed = [priority for priority in priorities if wanted in (priority.slug, "")]
    matrix = matrix_of(form.scope, request.user, today=timezone.localdate(), priorities=narrowed or priorities)
    which = request.GET.get("evidence", "")
    offered = [name for name in WHICH if name != "overdue" or matrix.judged]
    context = {
        "programme": chosen,
        "form": form,
        "scope": form.scope,
        "matrix": matrix.only(which) if which in offered else matrix,
        "which": which if which in offered else "",
        "priorities": priorities,
        "wanted": wanted if narrowed else "",
        "unknown": bool(wanted and not narrowed) or which not in offered,
    }
    return _page(request, "priorities/commitments.html", form, context)


@require_safe
def detail(request: HttpRequest, period: str, slug: str) -> HttpResponseBase:
    """One priority: its commitments with their evidence, deliverables, indicators, and the activities under it."""
    today = timezone.localdate()
    chosen = _programme_or_404(request, period)
    priority = get_object_or_404(
        Priority.objects.visible_to(request.user).select_related("function"), programme=chosen, slug=slug
    )
    form = ScopeForm(request, programme=chosen)
    scope = form.scope
    progress = progress_of(scope, request.user, today=today, priorities=[priority])
    [(priority, tallies, people)] = progress.by_priority
    charts = {"quarters": held_by_quarter(progress), "women": shares_of_women(progress)}
    visible = Activity.objects.visible_to(request.user).approved().filter(main_priority=priority)
    held = scope.narrow(visible.held(), request.user)
    coming = with_series(scope.narrow(visible.coming(today), request.user), request.user)[:SOONEST]
    latest = with_series(held.newest_first(), request.user)[:LATEST]
    evidence = _evidence_by_commitment(priority, request.user)
    by = TalliesBy(scope, priority, held, request.user)
    context = {
        "programme": chosen,
        "priority": priority,
        "form": form,
        "scope": scope,
        "progress": progress,
        "tallies": tallies,
        "people": people,
        "counted_people": tallies.with_figures("by_sex", people.compared),
        "charts": charts,
        "matrix": matrix_of(scope, request.user, today=today, priorities=[priority]).of(priority),
        "evidence": evidence,
        "siblings": chosen.priorities.visible_to(request.user),
        "may_edit": allows(request.user, Permission.EDIT_PROGRAMME),
        "may_confirm": allows(request.user, Permission.APPROVE_RECORDS),
        "years": timeline(coming, latest, _briefings_in(scope, evidence), most=LATEST),
        # Of one country, theme or partner the others would be a question of who met whom, which no list answers.
        "themes": [] if scope.theme else by.theme(),
        "countries": [] if scope.country else by.country(),
        "partners": [] if scope.partner else by.partner(),
        "series": by.series(),
        "frameworks": Framework.objects.visible_to(request.user)
        .filter(commitments__priority=priority)
        .distinct()
        .order_by("kind", "name_en"),
        **(_figures(request, scope, priority, today) if is_staff_viewer(request.user) else {}),
    }
    return asked_file(request, charts.values()) or _page(request, "priorities/detail.html", form, context)


@dataclass(frozen=True)
class PriorityRow:
    """A row of the table of priorities."""

    priority: Priority
    tallies: Tallies
    people: Participation
    matrix: Matrix


def side_by_side(progress: Progress, matrix: Matrix) -> list[PriorityRow]:
    """What was promised and done under each priority."""
    return [
        PriorityRow(priority, tallies, people, matrix.of(priority))
        for priority, tallies, people in progress.by_priority
    ]


def charts_of(progress: Progress) -> dict[str, Chart]:
    """The charts of several priorities, side by side."""
    return {
        "quarters": held_by_quarter(progress),
        "years": held_by_year(progress),
        "women": shares_of_women(progress),
    }


def _page(request: HttpRequest, template: str, form: ScopeForm, context: dict[str, Any]) -> HttpResponse:
    """The page, as one that was asked for something unknown where the scope holds that."""
    valid = form.is_valid() and not context.get("unknown")
    return render(request, template, context, status=200 if valid else 400)


def _figures(request: HttpRequest, scope: Scope, priority: Priority, today: date) -> dict[str, Any]:
    """Deliverables and indicators, which never leave the staff."""
    years = years_of(scope)
    asked = request.GET.get("reported", "")
    offered = {str(year): year for year in priority.programme.years()}
    indicators = Indicator.objects.visible_to(request.user).filter(priority=priority).prefetch_related("values")
    return {
        "budget": budget_of(priority, request.user, reported=offered.get(asked) or _reported(scope, priority, today)),
        "unknown": bool(asked) and asked not in offered,
        "indicators": [
            (indicator, [value for value in indicator.values.all() if value.year in years])
            for indicator in indicators.order_by("code")
        ],
    }


def _reported(scope: Scope, priority: Priority, today: date) -> int:
    """The year on which the budget shown at first reports: the last of the scope, or the last of all that is over."""
    years = priority.programme.years()
    last = scope.period.ends.year if scope.period else today.year - 1
    return min(max(last, years[0]), years[-1])


def years_of(scope: Scope) -> list[int]:
    """The years of which deliverables and indicators belong to the scope: whole ones, since they have no other."""
    if scope.period:
        return list(range(scope.period.starts.year, scope.period.ends.year + 1))
    return scope.programme.years() if scope.programme else []


def _programme_or_404(request: HttpRequest, period: str) -> ProgrammeOfAction:
    """The programme by its years, such as 2021-2025."""
    years = re.fullmatch(r"([1-9][0-9]{3})-([1-9][0-9]{3})", period)
    if years is None:
        raise Http404
    programmes = ProgrammeOfAction.objects.visible_to(request.user)
    found: ProgrammeOfAction = get_object_or_404(programmes, starts__year=int(years[1]), ends__year=int(years[2]))
    return found


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


def _briefings_in(scope: Scope, evidence: dict[int, list[Evidence]]) -> list[Any]:
    """The Council briefings among the evidence, given in the period of the scope.

    They are about the whole region: none where the page is narrowed to one country, theme or partner.
    """
    if scope.is_narrowed:
        return []
    given = {piece.briefing for pieces in evidence.values() for piece in pieces if piece.briefing}
    return [one for one in given if scope.period is None or scope.period.covers(one.date, one.date)]


def _day_of(evidence: Evidence) -> date:
    dated: Any = evidence.activity or evidence.briefing
    day: date | None = dated.start_date if evidence.activity else dated.date
    return day or date.min


class TalliesBy:
    """In how many of the held activities each theme, country, partner and series occurs, most often first."""

    def __init__(self, scope: Scope, priority: Priority, held: ActivityQuerySet, viewer: "Viewer") -> None:
        self.scope, self.priority, self.viewer = scope, priority, viewer
        self.held: QuerySet[Any] = held.order_by()

    def theme(self) -> list[Tally]:
        """With those on a part of a theme, which its list finds too."""
        links = Activity.themes.through.objects.filter(activity=OuterRef("pk"))
        on_it = links.filter(Q(theme=OuterRef(OuterRef("pk"))) | Q(theme__parent=OuterRef(OuterRef("pk"))))
        found = Theme.objects.visible_to(self.viewer).annotate(found=self._number(Exists(on_it)))
        return self._tallies("theme", found, lambda theme: (theme.name, theme.code))

    def country(self) -> list[Tally]:
        """Held there, or with it taking part as far as the viewer may know it."""
        taking_part = Activity.countries.through.objects.filter(
            activity=OuterRef("pk"), country=OuterRef(OuterRef("pk"))
        )
        named = Q(country=OuterRef("pk")) | (names_shown(self.viewer) & Q(Exists(taking_part)))
        found = Country.objects.visible_to(self.viewer).annotate(found=self._number(named))
        return self._tallies("country", found, lambda country: (country.name, country.code))

    def partner(self) -> list[Tally]:
        """As far as the viewer may know who took part."""
        counts = self._counts("partners", names_shown(self.viewer))
        found = Organization.objects.visible_to(self.viewer).filter(pk__in=counts)
        cells = [(one.short_name, one.code, counts[one.pk]) for one in found]
        return self._sorted("partner", cells)[:MOST_PARTNERS]

    def series(self) -> list[Tally]:
        counts = self._counts("series", Q())
        found = Series.objects.visible_to(self.viewer).filter(pk__in=counts)
        return self._sorted("series", [(one.name, one.code, counts[one.pk]) for one in found])

    def _counts(self, relation: str, condition: Q) -> dict[int, int]:
        rows = self.held.filter(condition).exclude(**{relation: None}).values_list(relation)
        return dict(rows.annotate(Count("id", distinct=True)))

    def _number(self, condition: Any) -> Any:
        rows = self.held.filter(condition).values(one=Value(1)).annotate(number=Count("pk")).values("number")
        return Coalesce(Subquery(rows, output_field=IntegerField()), 0)

    def _tallies(self, name: str, found: QuerySet[Any], words: Any) -> list[Tally]:
        return self._sorted(name, [(*words(one), one.found) for one in found if one.found])

    def _sorted(self, filter_name: str, cells: list[tuple[str, str, int]]) -> list[Tally]:
        filters = {"priority": priority_key(self.priority), "stage": Stage.HELD.value}
        return [
            Tally(name, Cell(count, self.scope.list_url(**{**filters, filter_name: code})))
            for name, code, count in sorted(cells, key=lambda cell: (-cell[2], cell[0].casefold()))
        ]
