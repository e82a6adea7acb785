"""Pages of Council briefings and of the Special Representatives who give them.

Everyone may open them; what they show starts from `visible_to`. Of closed consultations only date, modality,
presidency, public outcome and publicly reported topics leave the staff: all else is gathered by `for_staff`.
"""

from datetime import date
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.lists import ListPage, Order, ViewForm, chips_of, page_of, rank_by_label, register
from accounts.roles import Permission, allows
from accounts.saved_views import menu_of
from accounts.visibility import is_staff_viewer
from priorities.choices import DatePrecision

from .choices import ConsiderationKind, Modality, Outcome, TaskKind
from .filters import BriefingFilter
from .models import Briefing, BriefingTask, Consideration, Development, Dossier, SpecialRepresentative
from .statistics import statistics_of
from .terms import terms_of

if TYPE_CHECKING:
    from accounts.roles import Viewer

ORDERS = {
    "date": Order(_("Date"), lambda: ["date"]),
    "modality": Order(_("Modality"), lambda: [rank_by_label("modality", Modality.choices)]),
    "outcome": Order(_("Outcome"), lambda: [rank_by_label("outcome", Outcome.choices)]),
}
LIST = register(ListPage("briefings", "briefings:list", BriefingFilter, ORDERS, "-date"))
HEADINGS = {
    ConsiderationKind.EXPECTED_ACTION: _("Expected action"),
    ConsiderationKind.ISSUE: _("Issues"),
    ConsiderationKind.OPTION: _("Options"),
    ConsiderationKind.DYNAMIC: _("Council dynamics"),
}


def list_of(page: ListPage, filterset: Any, request: HttpRequest) -> dict[str, Any]:
    """What the page of a list shows; no rows while a filter holds something unknown."""
    found = filterset.qs if filterset.is_valid() else filterset.queryset.none()
    return {
        "filter": filterset,
        "page": page_of(page.ordered(found, request), request),
        "ordering": page.order_of(request),
        "view": ViewForm(page, request),
        "chips": chips_of(filterset, request),
        "saved": menu_of(page, filterset, request),
    }


@require_safe
def briefing_list(request: HttpRequest) -> HttpResponse:
    briefings = Briefing.objects.visible_to(request.user).for_lists()
    filterset = BriefingFilter(request.GET, queryset=briefings, request=request)
    if not request.GET.get("commitment"):
        # Links from the dashboards use it; the panel shows it only while it is in use.
        del filterset.form.fields["commitment"]
    context = {
        **list_of(LIST, filterset, request),
        "statistics": statistics_of(request.user),
        "may_plan": allows(request.user, Permission.APPROVE_RECORDS),
    }
    return render(request, "briefings/briefing_list.html", context)


@require_safe
def briefing_detail(request: HttpRequest, key: str) -> HttpResponse:
    visible = Briefing.objects.visible_to(request.user)
    briefing = get_object_or_404(visible.for_lists(), key=key)
    context = {
        "briefing": briefing,
        "earlier": visible.filter(date__lt=briefing.date).order_by("-date").first(),
        "later": visible.filter(date__gt=briefing.date).order_by("date").first(),
        "internal": for_staff(briefing, request.user),
    }
    return render(request, "briefings/briefing_detail.html", context)


def for_staff(briefing: Briefing, viewer: "Viewer") -> dict[str, Any] | None:
    """What never leaves the staff: the period covered and what happened in it, issues, options, dynamics."""
    if not is_staff_viewer(viewer):
        return None
    window = briefing.window()
    shown = window if window and briefing.shows_previous_to(viewer) else None
    tasks = BriefingTask.objects.visible_to(viewer).filter(briefing=briefing).select_related("person", "briefing")
    may_log = allows(viewer, Permission.LOG_RECORDS)
    return {
        "dossier": Dossier.objects.visible_to(viewer).filter(briefing=briefing).select_related("briefing").first(),
        "may_begin": may_log and window is not None,
        "may_edit": allows(viewer, Permission.APPROVE_RECORDS),
        "may_log": may_log,
        "tasks": [(kind.label, [task for task in tasks if task.kind == kind]) for kind in TaskKind],
        "window": shown,
        "considerations": considerations_by_kind(briefing, viewer),
        "developments": developments_in(shown, viewer) if shown else [],
    }


def considerations_by_kind(briefing: Briefing, viewer: "Viewer") -> list[tuple[Any, list[Consideration]]]:
    """The kinds that have something, in the order in which a paper for the Council takes them."""
    visible = list(Consideration.objects.visible_to(viewer).filter(briefing=briefing).order_by("order"))
    groups = [(heading, [one for one in visible if one.kind == kind]) for kind, heading in HEADINGS.items()]
    return [(heading, group) for heading, group in groups if group]


def developments_in(window: tuple[date, date], viewer: "Viewer") -> list[Development]:
    """The period's developments, earliest first; those of which only the year is known, so may lie outside, last."""
    found = Development.objects.visible_to(viewer).overlapping(*window).for_lists()
    return sorted(found, key=lambda one: (one.date_precision == DatePrecision.YEAR, one.date, one.pk))


@require_safe
def representative_list(request: HttpRequest) -> HttpResponse:
    representatives = SpecialRepresentative.objects.visible_to(request.user).select_related("country")
    return render(request, "briefings/representative_list.html", {"terms": terms_of(representatives)})


@require_safe
def representative_detail(request: HttpRequest, key: str) -> HttpResponse:
    visible = SpecialRepresentative.objects.visible_to(request.user).select_related("country")
    representative = get_object_or_404(visible, key=key)
    briefings = Briefing.objects.visible_to(request.user).filter(special_representative=representative).for_lists()
    context = {"representative": representative, "briefings": briefings}
    return render(request, "briefings/representative_detail.html", context)
