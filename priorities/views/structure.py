"""The structure of a programme as managers edit it: priorities, commitments, deliverables, indicators."""

from collections import defaultdict
from functools import partial
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.keeping import sign_in_keeping_entries
from accounts.record_pages import say_why_not, version_in
from accounts.records import StaleEdit
from priorities import actions, opening
from priorities.forms import CommitmentForm, PriorityForm
from priorities.models import Commitment, DeliverableLine, Indicator, Priority, ProgrammeOfAction
from priorities.yearly import IndicatorForm, LineForm

from . import common

FORM = ["GET", "HEAD", "POST"]


@login_required
@require_safe
def structure(request: HttpRequest, period: str) -> HttpResponse:
    """All of the programme that is edited, each with the way to its form."""
    programme = common.programme_or_404(request, period)
    editor = common.PAGES.editor_of(request)
    commitments: dict[int, list[Any]] = defaultdict(list)
    for commitment in Commitment.objects.visible_to(editor).filter(priority__programme=programme).for_lists():
        commitments[commitment.priority_id].append(commitment)
    indicators: dict[int, list[Any]] = defaultdict(list)
    measures = Indicator.objects.visible_to(editor).filter(priority__programme=programme)
    for indicator in measures.select_related("priority__programme"):
        indicators[indicator.priority_id].append(indicator)
    priorities = programme.priorities.visible_to(editor).select_related("predecessor__programme", "programme")
    lines = list(DeliverableLine.objects.visible_to(editor))
    for line in lines:
        line.in_programme = programme
    context = {
        "programme": programme,
        "programmes": ProgrammeOfAction.objects.visible_to(editor),
        "rows": [(priority, commitments[priority.pk], indicators[priority.pk]) for priority in priorities],
        "lines": lines,
        "may_be_removed": not opening.why_not_removed(programme),
    }
    return render(request, "priorities/structure.html", context)


@login_required
@require_safe
def current(request: HttpRequest) -> HttpResponse:
    """To the structure of today's programme, or to the form of the first."""
    common.PAGES.editor_of(request)
    programme = ProgrammeOfAction.objects.visible_to(request.user).current(timezone.localdate())
    return redirect(programme.get_structure_url() if programme else "editing:programme-new")


# --- priorities ---------------------------------------------------------------------------------------------


@sign_in_keeping_entries
@require_http_methods(FORM)
def priority_new(request: HttpRequest, period: str) -> HttpResponse:
    programme = common.programme_or_404(request, period)
    return common.add(
        request,
        PriorityForm,
        Priority(programme=programme),
        heading=_("Add a priority"),
        crumbs=common.crumbs_of(programme),
        back=programme.get_structure_url(),
        start={"colour": "#0b5fa5"},
    )


@sign_in_keeping_entries
@require_http_methods(FORM)
def priority_edit(request: HttpRequest, period: str, slug: str) -> HttpResponse:
    priority = common.priority_or_404(request, period, slug)
    crumbs = [*common.crumbs_of(priority.programme), (priority.roman, priority.get_absolute_url())]
    return common.edit(
        request,
        PriorityForm,
        priority,
        heading=_("Edit priority %(roman)s") % {"roman": priority.roman},
        crumbs=crumbs,
    )


# --- commitments --------------------------------------------------------------------------------------------


def commitment_or_404(request: HttpRequest, period: str, code: str) -> Commitment:
    visible = Commitment.objects.visible_to(request.user).for_lists()
    programme = common.programme_or_404(request, period)
    found: Commitment = get_object_or_404(visible, priority__programme=programme, code=code)
    return found


@sign_in_keeping_entries
@require_http_methods(FORM)
def commitment_new(request: HttpRequest, period: str, slug: str) -> HttpResponse:
    priority = common.priority_or_404(request, period, slug)
    numbers = [*priority.commitments.values_list("code", flat=True)]
    free = next(n for n in range(len(numbers) + 1, 1000) if f"{priority.roman}.{n}" not in numbers)
    return common.add(
        request,
        CommitmentForm,
        Commitment(priority=priority),
        heading=_("Add a commitment to priority %(priority)s") % {"priority": priority},
        crumbs=common.crumbs_of(priority.programme),
        back=priority.programme.get_structure_url(),
        start={"code": f"{priority.roman}.{free}"},
    )


@sign_in_keeping_entries
@require_http_methods(FORM)
def commitment_edit(request: HttpRequest, period: str, code: str) -> HttpResponse:
    commitment = commitment_or_404(request, period, code)
    return common.edit(
        request,
        CommitmentForm,
        commitment,
        heading=_("Edit commitment %(code)s") % {"code": commitment.code},
        crumbs=common.crumbs_of(commitment.priority.programme),
    )


# --- deliverables and indicators ----------------------------------------------------------------------------


def line_or_404(request: HttpRequest, period: str, code: str) -> DeliverableLine:
    programme = common.programme_or_404(request, period)
    found: DeliverableLine = get_object_or_404(DeliverableLine.objects.visible_to(request.user), code=code)
    found.in_programme = programme
    return found


@sign_in_keeping_entries
@require_http_methods(FORM)
def line_new(request: HttpRequest, period: str) -> HttpResponse:
    programme = common.programme_or_404(request, period)
    return common.add(
        request,
        partial(LineForm, programme=programme),
        DeliverableLine(),
        heading=_("Add a deliverable"),
        lead=_("Once it is added, its form asks for the figures of each year."),
        crumbs=common.crumbs_of(programme),
        back=programme.get_structure_url(),
    )


@sign_in_keeping_entries
@require_http_methods(FORM)
def line_edit(request: HttpRequest, period: str, code: str) -> HttpResponse:
    line = line_or_404(request, period, code)
    words = {"code": line.code, "period": line.in_programme.period}
    return common.edit(
        request,
        partial(LineForm, programme=line.in_programme),
        line,
        heading=_("Deliverable %(code)s in %(period)s") % words,
        lead=_("Actual figures are summed from approved activities; an adjustment is added to them."),
        crumbs=common.crumbs_of(line.in_programme),
    )


def indicator_or_404(request: HttpRequest, period: str, slug: str, code: str) -> Indicator:
    visible = Indicator.objects.visible_to(request.user).select_related("priority__programme")
    priority = common.priority_or_404(request, period, slug)
    found: Indicator = get_object_or_404(visible, priority=priority, code=code)
    return found


@sign_in_keeping_entries
@require_http_methods(FORM)
def indicator_new(request: HttpRequest, period: str, slug: str) -> HttpResponse:
    priority = common.priority_or_404(request, period, slug)
    return common.add(
        request,
        IndicatorForm,
        Indicator(priority=priority),
        heading=_("Add an indicator to priority %(priority)s") % {"priority": priority},
        crumbs=common.crumbs_of(priority.programme),
        back=priority.programme.get_structure_url(),
    )


@sign_in_keeping_entries
@require_http_methods(FORM)
def indicator_edit(request: HttpRequest, period: str, slug: str, code: str) -> HttpResponse:
    indicator = indicator_or_404(request, period, slug, code)
    return common.edit(
        request,
        IndicatorForm,
        indicator,
        heading=_("Indicator %(code)s") % {"code": indicator.code},
        crumbs=common.crumbs_of(indicator.priority.programme),
    )


# --- order and removal --------------------------------------------------------------------------------------


def _part(request: HttpRequest, period: str, kind: str, key: str) -> tuple[Any, ProgrammeOfAction]:
    """The record of a kind by its key in the programme; 404 when there is none that the reader may see."""
    if kind == "commitment":
        commitment = commitment_or_404(request, period, key)
        return commitment, commitment.priority.programme
    if kind == "line":
        line = line_or_404(request, period, key)
        return line, line.in_programme
    if kind == "priority":
        priority = common.priority_or_404(request, period, key)
        return priority, priority.programme
    if kind == "indicator" and key.isascii() and key.isdigit():
        programme = common.programme_or_404(request, period)
        visible = Indicator.objects.visible_to(request.user).select_related("priority__programme")
        return get_object_or_404(visible, priority__programme=programme, pk=key), programme
    raise Http404


@login_required
@require_POST
def part_move(request: HttpRequest, period: str, kind: str, key: str) -> HttpResponse:
    """One place up, or down; back to the structure."""
    if kind not in ("commitment", "line"):
        raise Http404
    record, programme = _part(request, period, kind, key)
    editor = common.PAGES.editor_of(request)
    try:
        actions.move(record, by=editor, version=version_in(request), up=request.POST.get("to") == "up")
    except (StaleEdit, ValidationError) as error:
        say_why_not(request, error)
    return redirect(f"{programme.get_structure_url()}#{kind}-{key}")


@login_required
@require_http_methods(FORM)
def part_remove(request: HttpRequest, period: str, kind: str, key: str) -> HttpResponse:
    """Asks before a part of the programme is removed to which nothing points."""
    record, programme = _part(request, period, kind, key)
    editor = common.PAGES.editor_of(request)
    back = programme.get_structure_url()
    if request.method == "POST":
        try:
            actions.remove(record, by=editor, version=version_in(request))
        except (StaleEdit, ValidationError) as error:
            say_why_not(request, error)
        return redirect(back)
    context = {
        "crumbs": common.crumbs_of(programme),
        "version": record.version,
        "subject": str(record),
        "question": _("Remove this?"),
        "consequence": _("It goes only if nothing points to it; what has evidence or figures is retired instead."),
        "submit_label": _("Remove it"),
        "danger": True,
        "back_url": back,
    }
    return render(request, "priorities/confirm.html", context)


@login_required
@require_http_methods(FORM)
def programme_remove(request: HttpRequest, period: str) -> HttpResponse:
    """Asks before a programme is removed that nothing rests on."""
    programme = common.programme_or_404(request, period)
    editor = common.PAGES.editor_of(request)
    if request.method == "POST":
        try:
            opening.remove_programme(programme=programme, by=editor, version=version_in(request))
        except (StaleEdit, ValidationError) as error:
            say_why_not(request, error)
            return redirect(programme.get_structure_url())
        return redirect(reverse("priorities:list"))
    reason = opening.why_not_removed(programme)
    context = {
        "crumbs": common.crumbs_of(programme),
        "version": programme.version,
        "subject": f"{programme.period} {programme.title}",
        "question": _("Remove this programme of action?"),
        "consequence": reason
        or _("Its priorities, commitments, indicators and empty rows of deliverables go with it."),
        "submit_label": _("Remove the programme"),
        "danger": True,
        "refused": bool(reason),
        "back_url": programme.get_structure_url(),
    }
    return render(request, "priorities/confirm.html", context)
