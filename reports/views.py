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
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit
from accounts.requests import signed_in
from accounts.roles import Permission, allows

from . import actions, catalogue, files
from .catalogue import REPORTS, Report
from .choices import CONTENT_TYPES, ReportFormat, RunStatus
from .errors import NoAnswer
from .models import ReportRun
from .renderers.html import STYLE_SOURCE

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


def for_its_reader(view: View) -> View:
    """For any signed-in user: each sees the reports made for that person, partners those that were sent to them."""
    return never_cache(login_required(view))


@requires(Permission.REQUEST_REPORTS)
@require_http_methods(["GET", "HEAD", "POST"])
def report_list(request: HttpRequest) -> HttpResponse:
    """The request form, and one's own reports."""
    user = signed_in(request)
    report = chosen_report(request)
    form = report.form(
        request.POST or None,
        report=report,
        today=timezone.localdate(),
        viewer=user,
        initial={"language": user.language},
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


@for_its_reader
@require_safe
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One report: how far it is, and what can be done with it."""
    may_ask = allows(request.user, Permission.REQUEST_REPORTS)
    return render(request, "reports/run.html", _shown(_own_run(request, pk)) | {"may_ask": may_ask})


@for_its_reader
@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """The file, for the person it was made for."""
    return _file(request, _own_run(request, pk), as_attachment=True)


@for_its_reader
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


# --- parts ------------------------------------------------------------------------------------------------


def chosen_report(request: HttpRequest) -> Report:
    """The report of the address (?report=...), else the first of the catalogue. 404 for one that there is not."""
    key = request.GET.get("report") or next(iter(REPORTS))
    if key not in REPORTS:
        raise Http404
    return REPORTS[key]


def _own_run(request: HttpRequest, pk: int) -> ReportRun:
    visible = ReportRun.objects.visible_to(request.user).select_related("requested_by", "made_for")
    found: ReportRun = get_object_or_404(visible, pk=pk)
    return found


def _shown(run: ReportRun) -> dict[str, Any]:
    return {
        "run": run,
        "title": catalogue.title_of(run),
        "period": catalogue.period_of(run),
        "programme": run.parameters.get("programme", ""),
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
        content = files.read(run)
    except FileNotFoundError:
        actions.note_lost_file(run=run)
        return redirect(run)
    except NoAnswer:
        messages.error(request, _("The place where reports are kept does not answer. Try again in some minutes."))
        return redirect(run)
    audit.note(by=signed_in(request), verb="download", subject=run)
    response = HttpResponse(content, content_type=CONTENT_TYPES[ReportFormat(run.format)])
    response["X-Content-Type-Options"] = "nosniff"
    disposition = content_disposition_header(as_attachment, run.file_name)
    assert disposition is not None
    response["Content-Disposition"] = disposition
    return response
