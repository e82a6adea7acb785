"""The forms of a briefing and of what belongs to it: tasks, considerations, items, talking points."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.keeping import sign_in_keeping_entries
from accounts.record_deeds import Deeds
from accounts.record_pages import RecordPages
from accounts.requests import signed_in
from accounts.roles import Permission

from .dossier_actions import last_place
from .dossier_forms import BriefingForm, ConsiderationForm, DossierForm, ItemForm, PointForm, TaskForm
from .dossier_views import visible_briefing, visible_dossier
from .models import Briefing, BriefingTask, Consideration, DossierItem, TalkingPoint, dossier_url

TEMPLATE = "briefings/part_form.html"
FORMS = ["GET", "HEAD", "POST"]
CONFIRMATION = "briefings/part_confirm.html"
PAGES = RecordPages(Deeds(Permission.LOG_RECORDS), home="briefings:list", confirmation=CONFIRMATION)
# What is known of a briefing may be public at once, so managers alone write it.
OF_MANAGERS = RecordPages(Deeds(Permission.APPROVE_RECORDS), home="briefings:list", confirmation=CONFIRMATION)


@sign_in_keeping_entries
@require_http_methods(FORMS)
def briefing_new(request: HttpRequest) -> HttpResponse:
    heading = _("Plan a Council briefing")
    return OF_MANAGERS.add(
        request, BriefingForm, Briefing(), TEMPLATE, back_url=reverse("briefings:list"), heading=heading
    )


@sign_in_keeping_entries
@require_http_methods(FORMS)
def briefing_edit(request: HttpRequest, key: str) -> HttpResponse:
    briefing = visible_briefing(request, key)
    heading = _("Edit a Council briefing")
    return OF_MANAGERS.edit(
        request,
        BriefingForm,
        briefing,
        TEMPLATE,
        back_url=briefing.get_absolute_url(),
        heading=heading,
        briefing=briefing,
    )


# --- tasks and considerations: parts of the briefing, with or without a dossier ---------------------------------------


def _part(request: HttpRequest, model: Any, key: str, number: int) -> Any:
    """The part of a visible briefing, or 404; its dossier must still be open where it is part of that."""
    visible = model.objects.visible_to(request.user).select_related("briefing")
    return get_object_or_404(visible, briefing__key=key, pk=number)


def _back(briefing: Any) -> str:
    """The dossier's page where there is one."""
    return dossier_url(briefing) if hasattr(briefing, "dossier") else briefing.get_absolute_url()


def _not_closed(briefing: Any) -> None:
    """Refuse to write what a final or delivered dossier tells."""
    if hasattr(briefing, "dossier") and not briefing.dossier.is_open:
        raise PermissionDenied


@sign_in_keeping_entries
@require_http_methods(FORMS)
def task_new(request: HttpRequest, key: str) -> HttpResponse:
    briefing = visible_briefing(request, key)
    PAGES.editor_of(request)
    context = {"back_url": _back(briefing), "briefing": briefing, "heading": _("Add a task")}
    return PAGES.add(request, TaskForm, BriefingTask(briefing=briefing), TEMPLATE, **context)


@sign_in_keeping_entries
@require_http_methods(FORMS)
def task_edit(request: HttpRequest, key: str, number: int) -> HttpResponse:
    task = _part(request, BriefingTask, key, number)
    context = {"back_url": _back(task.briefing), "briefing": task.briefing, "heading": _("Edit a task")}
    return PAGES.edit(request, TaskForm, task, TEMPLATE, **context)


@login_required
@require_http_methods(FORMS)
def task_delete(request: HttpRequest, key: str, number: int) -> HttpResponse:
    task = _part(request, BriefingTask, key, number)
    return PAGES.delete(
        request,
        task,
        question=_("Delete this task?"),
        consequence=_("For what was entered by mistake. One that is done stays: give the day instead."),
        label=_("Delete the task"),
        to=_back(task.briefing),
    )


@sign_in_keeping_entries
@require_http_methods(FORMS)
def consideration_new(request: HttpRequest, key: str) -> HttpResponse:
    briefing = visible_briefing(request, key)
    PAGES.editor_of(request)
    _not_closed(briefing)
    last = briefing.considerations.order_by("-order").first()
    start = {"order": last.order + 1 if last else 1, "kind": request.GET.get("kind", "")}
    context = {"back_url": _back(briefing), "briefing": briefing, "heading": _("Add to the dossier")}
    return PAGES.add(request, ConsiderationForm, Consideration(briefing=briefing), TEMPLATE, start=start, **context)


@sign_in_keeping_entries
@require_http_methods(FORMS)
def consideration_edit(request: HttpRequest, key: str, number: int) -> HttpResponse:
    row = _part(request, Consideration, key, number)
    PAGES.editor_of(request)
    _not_closed(row.briefing)
    context = {"back_url": _back(row.briefing), "briefing": row.briefing, "heading": _("Edit the text")}
    return PAGES.edit(request, ConsiderationForm, row, TEMPLATE, **context)


@login_required
@require_http_methods(FORMS)
def consideration_delete(request: HttpRequest, key: str, number: int) -> HttpResponse:
    row = _part(request, Consideration, key, number)
    PAGES.editor_of(request)
    _not_closed(row.briefing)
    return PAGES.delete(
        request,
        row,
        question=_("Delete this text?"),
        consequence=_("It leaves the dossier. Versions that were delivered keep it."),
        label=_("Delete the text"),
        to=_back(row.briefing),
    )


# --- parts of the dossier ---------------------------------------------------------------------------------------------


def _open_dossier(request: HttpRequest, key: str) -> Any:
    """The dossier as one that the reader may edit now; 403 otherwise."""
    dossier = visible_dossier(request, key)
    if not dossier.may_be_edited_by(signed_in(request)):
        raise PermissionDenied
    return dossier


def _of_dossier(request: HttpRequest, dossier: Any, model: Any, number: int) -> Any:
    visible = model.objects.visible_to(request.user).select_related("dossier__briefing")
    return get_object_or_404(visible, dossier=dossier, pk=number)


@sign_in_keeping_entries
@require_http_methods(FORMS)
def dossier_edit(request: HttpRequest, key: str) -> HttpResponse:
    dossier = _open_dossier(request, key)
    context = {"back_url": dossier.get_absolute_url(), "briefing": dossier.briefing, "heading": _("Edit the dossier")}
    return PAGES.edit(request, DossierForm, dossier, TEMPLATE, **context)


@sign_in_keeping_entries
@require_http_methods(FORMS)
def item_edit(request: HttpRequest, key: str, number: int) -> HttpResponse:
    dossier = _open_dossier(request, key)
    item = _of_dossier(request, dossier, DossierItem, number)
    context = {"back_url": item.get_absolute_url(), "briefing": dossier.briefing, "heading": str(item)}
    return PAGES.edit(request, ItemForm, item, TEMPLATE, **context)


@sign_in_keeping_entries
@require_http_methods(FORMS)
def point_new(request: HttpRequest, key: str) -> HttpResponse:
    """An empty sentence; with `topic` in the address, one of that talking point."""
    dossier = _open_dossier(request, key)
    point = TalkingPoint(dossier=dossier, order=last_place(dossier))
    start = {"topic": request.GET.get("topic", "").replace("\0", "")}
    context = {"back_url": point.get_absolute_url(), "briefing": dossier.briefing, "heading": _("Add a sentence")}
    return PAGES.add(request, PointForm, point, TEMPLATE, start=start, **context)


@sign_in_keeping_entries
@require_http_methods(FORMS)
def point_edit(request: HttpRequest, key: str, number: int) -> HttpResponse:
    dossier = _open_dossier(request, key)
    point = _of_dossier(request, dossier, TalkingPoint, number)
    context = {"back_url": point.get_absolute_url(), "briefing": dossier.briefing, "heading": _("Edit a sentence")}
    return PAGES.edit(request, PointForm, point, TEMPLATE, **context)


@login_required
@require_http_methods(FORMS)
def point_delete(request: HttpRequest, key: str, number: int) -> HttpResponse:
    dossier = _open_dossier(request, key)
    point = _of_dossier(request, dossier, TalkingPoint, number)
    return PAGES.delete(
        request,
        point,
        question=_("Delete this sentence?"),
        consequence=_("It leaves the talking points. Versions that were delivered keep it."),
        label=_("Delete the sentence"),
        to=dossier.get_absolute_url(),
    )
