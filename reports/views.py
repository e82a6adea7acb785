"""Asking for reports, following them, fetching them; schedules."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from csp.constants import NONE
from csp.decorators import csp
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit
from accounts.requests import signed_in
from accounts.roles import Permission, allows

from . import actions, catalogue
from .catalogue import REPORTS, Report
from .choices import CONTENT_TYPES, ReportFormat, RunStatus
from .models import ReportRun, Schedule
from .renderers.html import STYLE_SOURCE
from .slots import ASHGABAT, in_words, next_slot

RUNS_A_PAGE = 25

# What a report that is a page of its own may load: its own style sheet.
STANDALONE_PAGE = {
    "default-src": [NONE],
    "style-src": [STYLE_SOURCE],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
    "form-action": [NONE],
}

View = Callable[Concatenate[HttpRequest, ...], HttpResponseBase]


def requires(permission: Permission) -> Callable[[View], View]:
    """For signed-in users whose role carries the permission; 403 for other signed-in users. Never cached."""

    def decorate(view: View) -> View:
        @never_cache
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not allows(request.user, permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


@requires(Permission.REQUEST_REPORTS)
@require_http_methods(["GET", "HEAD", "POST"])
def report_list(request: HttpRequest) -> HttpResponse:
    """The request form, and one's own reports."""
    user = signed_in(request)
    report = _chosen_report(request)
    form = report.form(
        request.POST or None, report=report, today=timezone.localdate(), initial={"language": user.language}
    )
    if request.method == "POST" and form.is_valid():
        try:
            run = actions.request_run(
                by=user,
                report=report.key,
                parameters=form.parameters(),
                format=form.cleaned_data["format"],
                language=form.cleaned_data["language"],
                token=form.cleaned_data["token"],
            )
            return redirect(run)
        except ValidationError as error:
            form.add_error(None, error)
    page = Paginator(ReportRun.objects.visible_to(user), RUNS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "report": report,
        "reports": REPORTS.values(),
        "page": page,
        "runs": [_shown(run) for run in page],
        "waiting": any(not run.is_finished for run in page),
        "may_schedule": allows(user, Permission.SCHEDULE_REPORTS),
    }
    return render(request, "reports/list.html", context)


@requires(Permission.REQUEST_REPORTS)
@require_safe
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One report: how far it is, and what can be done with it."""
    return render(request, "reports/run.html", _shown(_own_run(request, pk)))


@requires(Permission.REQUEST_REPORTS)
@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """The file, for the person it was made for."""
    return _file(request, _own_run(request, pk), as_attachment=True)


@requires(Permission.REQUEST_REPORTS)
@require_safe
@csp(STANDALONE_PAGE)  # type: ignore[arg-type]  # its types know only views without arguments
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """The report as a page of its own, where it is one."""
    found = _own_run(request, pk)
    if found.format != ReportFormat.HTML:
        raise Http404
    return _file(request, found, as_attachment=False)


@requires(Permission.REQUEST_REPORTS)
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    return _do(request, _own_run(request, pk), actions.retry, _("The report is being made again."))


@requires(Permission.REQUEST_REPORTS)
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    return _do(request, _own_run(request, pk), actions.cancel, _("The report was cancelled."))


@requires(Permission.REQUEST_REPORTS)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    found = _own_run(request, pk)
    if request.method == "POST":
        actions.delete(run=found, by=signed_in(request))
        messages.success(request, _("The report was deleted."))
        return redirect("reports:list")
    context = {
        "question": _("Delete this report?"),
        "subject": f"{catalogue.title_of(found)}, {catalogue.period_of(found)}",
        "consequence": _("Its file is deleted. The records it was made from stay; it can be asked for anew."),
        "submit_label": _("Delete"),
        "back_url": found.get_absolute_url(),
        "danger": True,
    }
    return render(request, "components/confirmation.html", context)


# --- schedules --------------------------------------------------------------------------------------------


@requires(Permission.SCHEDULE_REPORTS)
@require_http_methods(["GET", "HEAD", "POST"])
def schedules(request: HttpRequest) -> HttpResponse:
    """All schedules, in words, and the form for a new one."""
    user = signed_in(request)
    report = _chosen_report(request)
    form = report.schedule_form(request.POST or None, report=report, initial={"language": user.language})
    if request.method == "POST" and form.is_valid():
        actions.create_schedule(
            by=user,
            report=report.key,
            parameters=form.parameters(),
            format=form.cleaned_data["format"],
            language=form.cleaned_data["language"],
            crontab=form.crontab(),
            token=form.cleaned_data["token"],
        )
        messages.success(request, _("The schedule was saved."))
        return redirect("reports:schedules")
    found = Schedule.objects.visible_to(user).select_related("periodic_task__crontab", "made_for")
    last = {run.schedule_id: run for run in ReportRun.objects.visible_to(user).last_of_schedules()}
    context = {
        "form": form,
        "report": report,
        "schedules": [_planned(schedule) | {"last": last.get(schedule.pk)} for schedule in found],
    }
    return render(request, "reports/schedules.html", context)


@requires(Permission.SCHEDULE_REPORTS)
@require_POST
def pause_schedule(request: HttpRequest, pk: int) -> HttpResponse:
    actions.pause_schedule(schedule=_schedule(request, pk), by=signed_in(request))
    messages.success(request, _("The schedule is paused."))
    return redirect("reports:schedules")


@requires(Permission.SCHEDULE_REPORTS)
@require_POST
def resume_schedule(request: HttpRequest, pk: int) -> HttpResponse:
    actions.resume_schedule(schedule=_schedule(request, pk), by=signed_in(request))
    messages.success(request, _("The schedule goes on. What fell due while it was paused is not made up for."))
    return redirect("reports:schedules")


@requires(Permission.SCHEDULE_REPORTS)
@require_http_methods(["GET", "HEAD", "POST"])
def delete_schedule(request: HttpRequest, pk: int) -> HttpResponse:
    schedule = _schedule(request, pk)
    if request.method == "POST":
        actions.delete_schedule(schedule=schedule, by=signed_in(request))
        messages.success(request, _("The schedule was deleted."))
        return redirect("reports:schedules")
    context = {
        "question": _("Delete this schedule?"),
        "subject": _planned(schedule)["words"],
        "consequence": _("No more reports are made by it. Those it has made stay."),
        "submit_label": _("Delete"),
        "back_url": reverse("reports:schedules"),
        "danger": True,
    }
    return render(request, "components/confirmation.html", context)


# --- parts ------------------------------------------------------------------------------------------------


def _chosen_report(request: HttpRequest) -> Report:
    """The report of the address (?report=...), else the first of the catalogue. 404 for one that there is not."""
    key = request.GET.get("report") or next(iter(REPORTS))
    if key not in REPORTS:
        raise Http404
    return REPORTS[key]


def _own_run(request: HttpRequest, pk: int) -> ReportRun:
    found: ReportRun = get_object_or_404(ReportRun.objects.visible_to(request.user), pk=pk)
    return found


def _schedule(request: HttpRequest, pk: int) -> Schedule:
    visible = Schedule.objects.visible_to(request.user).select_related("periodic_task__crontab", "made_for")
    found: Schedule = get_object_or_404(visible, pk=pk)
    return found


def _shown(run: ReportRun) -> dict[str, Any]:
    return {
        "run": run,
        "title": catalogue.title_of(run),
        "period": catalogue.period_of(run),
        "programme": run.parameters.get("programme", ""),
    }


def _planned(schedule: Schedule) -> dict[str, Any]:
    """What the schedules' table says of one."""
    task = schedule.periodic_task
    due = next_slot(task.crontab, timezone.now()) if task.enabled and task.crontab else None
    return {
        "schedule": schedule,
        "title": catalogue.title_of(schedule),
        "words": in_words(task.crontab) if task.crontab else str(task.schedule),
        "period": catalogue.moving_period_of(schedule),
        "enabled": task.enabled,
        "next": due.astimezone(ASHGABAT) if due else None,
    }


def _do(request: HttpRequest, run: ReportRun, deed: Callable[..., None], done: str) -> HttpResponse:
    try:
        deed(run=run, by=signed_in(request))
        messages.success(request, done)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(run)


def _file(request: HttpRequest, run: ReportRun, *, as_attachment: bool) -> HttpResponse:
    """The file's bytes, noted in the audit trail. Back to the report's page where there is no file."""
    if run.status != RunStatus.READY:
        return redirect(run)
    try:
        with run.file.open("rb") as file:
            content = file.read()
    except FileNotFoundError:
        actions.note_lost_file(run=run)
        return redirect(run)
    audit.note(by=signed_in(request), verb="download", subject=run)
    response = HttpResponse(content, content_type=CONTENT_TYPES[ReportFormat(run.format)])
    response["X-Content-Type-Options"] = "nosniff"
    disposition = content_disposition_header(as_attachment, _file_name(run))
    assert disposition is not None
    response["Content-Disposition"] = disposition
    return response


def _file_name(run: ReportRun) -> str:
    """Such as priority-progress_2021-2025_2024-01-01_2024-12-31.docx."""
    parts = [run.report, *(str(run.parameters.get(name, "")) for name in ("programme", "starts", "ends"))]
    safe = (
        "".join(letter for letter in part if letter.isascii() and (letter.isalnum() or letter == "-")) for part in parts
    )
    return f"{'_'.join(part for part in safe if part)}.{run.format}"
