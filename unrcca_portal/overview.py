"""The first page: where the priorities stand, and what waits for the reader."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.db.models import CharField, Q, QuerySet, Value
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.charts.files import asked_file
from accounts.choices import ReviewState
from accounts.counting import counted
from accounts.roles import Permission, allows
from accounts.time_zones import office_date
from accounts.visibility import is_staff_viewer
from activities.commitments import matrix_of
from activities.dashboards import charts_of, side_by_side, years_of
from activities.deliverables import deliverables_of
from activities.engagement import silent_partners
from activities.links import Cell, activities_url
from activities.models import Activity, FollowUp
from activities.progress import progress_of
from activities.scope import ScopeForm
from briefings.models import Briefing, Development, Dossier
from partners.models import AGREEMENT_NOTICE, Agreement
from priorities.choices import Certainty

if TYPE_CHECKING:
    from accounts.roles import Viewer

SHOWN = 8
# What of the reader's own desk is listed, and not only counted.
LISTED = ("waiting", "releases", "returned", "drafts", "coming")


@dataclass(frozen=True)
class Decision:
    """Something that somebody has to decide or do, and the list of it."""

    label: str
    cell: Cell


@require_safe
@login_required
def overview(request: HttpRequest) -> HttpResponseBase:
    """The programme's priorities side by side, what needs a decision, and the reader's own desk."""
    context = _programme(request)
    if context["progress"]:
        file = asked_file(request, context["charts"].values())
        if file:
            return file
    today, viewer = context["today"], request.user
    context |= {"briefings": _briefings(viewer, today), **_listed(viewer, today)}
    if is_staff_viewer(viewer):
        context |= _for_staff(request, context)
    return render(request, "overview.html", context, status=200 if context["form"].is_valid() else 400)


@require_safe
def public(request: HttpRequest) -> HttpResponseBase:
    """What anyone may see: the priorities, the latest public activities, the Council briefings."""
    context = _programme(request)
    if context["progress"]:
        file = asked_file(request, context["charts"].values())
        if file:
            return file
    context |= {
        "latest": Activity.objects.visible_to(request.user)
        .approved()
        .select_related("country", "series")
        .newest_first()[:SHOWN],
        "briefings": Briefing.objects.visible_to(request.user).select_related("special_representative")[:5],
    }
    return render(request, "public.html", context, status=200 if context["form"].is_valid() else 400)


def _programme(request: HttpRequest) -> dict[str, Any]:
    """The numbers of the priorities in the scope that the address asks for."""
    today = timezone.localdate()
    form = ScopeForm(request, today=today)
    scope = form.scope
    context: dict[str, Any] = {"today": today, "form": form, "scope": scope, "programme": scope.programme}
    if scope.programme is None:
        return context | {"progress": None}
    progress = progress_of(scope, request.user, today=today)
    matrix = matrix_of(scope, request.user, today=today, priorities=progress.priorities)
    return context | {
        "is_current": scope.programme.is_current_on(today),
        "progress": progress,
        "matrix": matrix,
        "side_by_side": side_by_side(progress, matrix),
        "charts": charts_of(progress),
        "people": progress.people,
        "counted_people": progress.total.with_figures("by_sex", progress.people.compared),
    }


def _briefings(viewer: "Viewer", today: date) -> dict[str, Briefing]:
    """The next Council briefing and the last one, not one that was expected and that no source has confirmed."""
    visible = Briefing.objects.visible_to(viewer)
    coming = visible.filter(date__gte=today).order_by("date")[:1]
    past = visible.filter(date__lt=today, certainty=Certainty.FOUND).order_by("-date")[:1]
    return {"next" if briefing.date >= today else "last": briefing for briefing in coming.union(past)}


def _desk(viewer: "Viewer", today: date) -> dict[str, QuerySet[Activity]]:
    """Activities that wait for this reader, and those that are coming."""
    visible = Activity.objects.visible_to(viewer)
    desk: dict[str, QuerySet[Activity]] = {"coming": visible.coming(today)}
    if is_staff_viewer(viewer):
        mine = visible.filter(Q(created_by=viewer) | Q(focal_officer=viewer))
        desk |= {
            "waiting": visible.filter(review_state=ReviewState.SUBMITTED).order_by("submitted_at"),
            "returned": mine.filter(review_state=ReviewState.RETURNED),
            "drafts": mine.filter(review_state=ReviewState.DRAFT),
        }
        if allows(viewer, Permission.APPROVE_RECORDS):
            desk["releases"] = visible.approved().filter(release_held=True)
    return desk


def _listed(viewer: "Viewer", today: date) -> dict[str, list[Activity]]:
    """The first of each list of the desk (two queries)."""
    desk = _desk(viewer, today)
    parts = [
        rows.annotate(part=Value(name, CharField())).values_list("part", "pk")[:SHOWN] for name, rows in desk.items()
    ]
    keys = list(parts[0].union(*parts[1:], all=True)) if len(parts) > 1 else list(parts[0])
    visible = Activity.objects.visible_to(viewer).select_related("country")
    found = visible.in_bulk([pk for _name, pk in keys]) if keys else {}
    return {name: [found[pk] for part, pk in keys if part == name and pk in found] for name in LISTED if name in desk}


def _for_staff(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What never leaves the staff: planned and actual deliverables, and what needs a decision."""
    found: dict[str, Any] = {"decisions": _decisions(request.user, context["today"])}
    scope, coming = context["scope"], context["briefings"].get("next")
    if scope.programme is not None:
        rows = deliverables_of(request.user, years=years_of(scope), programme=scope.programme)
        found["delivered"] = [row for row in rows if not row.is_empty]
    if coming is not None:
        found["dossier"] = Dossier.objects.visible_to(request.user).filter(briefing=coming).first()
    return found


def _decisions(viewer: Any, today: date) -> list[Decision]:
    """What needs a decision, each with its number and its list (one query)."""
    visible = Activity.objects.visible_to(viewer)
    submitted = ReviewState.SUBMITTED.value
    waiting = visible.filter(review_state=submitted)
    developments = Development.objects.visible_to(viewer).filter(review_state=submitted)
    inferred = visible.approved().filter(priority_inferred=True, main_priority__isnull=False)
    agreements = Agreement.objects.visible_to(viewer).with_succession(viewer).filter(succeeded=False)
    ending = agreements.filter(ends__range=(today, today + AGREEMENT_NOTICE))
    overdue = FollowUp.objects.visible_to(viewer).filter(done__isnull=True, due__lt=office_date())
    late, approved = {"state": "overdue"}, ReviewState.APPROVED.value
    asked: list[tuple[str, QuerySet[Any], str]] = [
        (_("Activities waiting for approval"), waiting, activities_url(review_state=submitted)),
        (_("Developments waiting for approval"), developments, _url("developments:list", review_state=submitted)),
        (_("Overdue follow-ups"), overdue, _url("activities:follow-ups", **late)),
        (
            _("Overdue follow-ups of yours"),
            overdue.filter(owner=viewer),
            _url("activities:follow-ups", **late, owner=viewer.pk),
        ),
        (_("Agreements about to end"), ending, _url("partners:agreements", expiry="soon")),
        (
            _("Partners without a record for too long"),
            silent_partners(viewer, today),
            _url("partners:list", silent="yes"),
        ),
        (_("Inferred priorities to confirm"), inferred, activities_url(inferred="yes", review_state=approved)),
    ]
    numbers = counted({str(place): rows for place, (_label, rows, _address) in enumerate(asked)})
    return [Decision(label, Cell(numbers[str(place)], address)) for place, (label, _rows, address) in enumerate(asked)]


def _url(name: str, **filters: Any) -> str:
    return f"{reverse(name)}?{urlencode(filters)}"
