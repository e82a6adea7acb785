"""Schedules of reports: planned by managers, told in words, with who got what; and the way out of their mails."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Mail, User
from accounts.requests import signed_in
from accounts.roles import Permission, Role

from . import actions, catalogue
from .catalogue import REPORTS
from .choices import ReportFormat
from .models import ReportRun, Schedule
from .notices import read_token
from .slots import in_words, next_slots
from .views import chosen_report, requires

MOST_RESULTS = 200
DATES_SHOWN = 3


@requires(Permission.SCHEDULE_REPORTS)
@require_http_methods(["GET", "HEAD", "POST"])
def schedules(request: HttpRequest) -> HttpResponse:
    """All schedules, in words, and the form for a new one; `preview` tells its dates and saves nothing."""
    user = signed_in(request)
    report = chosen_report(request)
    form = report.schedule_form(request.POST or None, report=report, viewer=user, initial={"language": ""})
    preview = None
    if request.method == "POST" and form.is_valid():
        if "preview" in request.POST:
            preview = _moments(form.crontab())
        else:
            made = actions.create_schedule(
                by=user,
                report=report.key,
                parameters=form.parameters(),
                crontab=form.crontab(),
                **{name: form.cleaned_data[name] for name in SAVED if name in form.fields},
            )
            messages.success(request, _("The schedule was saved."))
            return redirect(made)
    found = Schedule.objects.visible_to(user).select_related("periodic_task__crontab", "created_by")
    last: dict[int, list[ReportRun]] = {}
    for run in ReportRun.objects.of_last_slots():
        assert run.schedule_id is not None
        last.setdefault(run.schedule_id, []).append(run)
    context = {
        "form": form,
        "report": report,
        "reports": REPORTS.values(),
        "preview": preview,
        "schedules": [_planned(schedule) | {"last": _summary(last.get(schedule.pk, []))} for schedule in found],
    }
    return render(request, "reports/schedules.html", context)


SAVED = ("formats", "language", "token", "recipients", "roles", "organizations", "by_mail")


@requires(Permission.SCHEDULE_REPORTS)
@require_safe
def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """One schedule: when, for whom, and what came of the last times."""
    found = _schedule(request, pk)
    context = {
        **_planned(found),
        "people": list(found.audience().select_related("organization")),
        "unsubscribed": list(found.unsubscribed.order_by("name")),
        "results": _results(found, signed_in(request)),
    }
    return render(request, "reports/schedule.html", context)


@requires(Permission.SCHEDULE_REPORTS)
@require_POST
def run_schedule(request: HttpRequest, pk: int) -> HttpResponse:
    found = _schedule(request, pk)
    made = actions.run_now(schedule=found, by=signed_in(request))
    text = ngettext("%(number)s report is being made.", "%(number)s reports are being made.", len(made))
    messages.success(request, text % {"number": len(made)})
    return redirect(found)


@requires(Permission.SCHEDULE_REPORTS)
@require_POST
def pause_schedule(request: HttpRequest, pk: int) -> HttpResponse:
    found = _schedule(request, pk)
    actions.pause_schedule(schedule=found, by=signed_in(request))
    messages.success(request, _("The schedule is paused."))
    return redirect(found)


@requires(Permission.SCHEDULE_REPORTS)
@require_POST
def resume_schedule(request: HttpRequest, pk: int) -> HttpResponse:
    found = _schedule(request, pk)
    actions.resume_schedule(schedule=found, by=signed_in(request))
    messages.success(request, _("The schedule goes on. What fell due while it was paused is not made up for."))
    return redirect(found)


@requires(Permission.SCHEDULE_REPORTS)
@require_http_methods(["GET", "HEAD", "POST"])
def delete_schedule(request: HttpRequest, pk: int) -> HttpResponse:
    found = _schedule(request, pk)
    if request.method == "POST":
        actions.delete_schedule(schedule=found, by=signed_in(request))
        messages.success(request, _("The schedule was deleted."))
        return redirect("reports:schedules")
    context = {
        "question": _("Delete this schedule?"),
        "subject": _planned(found)["words"],
        "consequence": _("No more reports are made by it. Those it has made stay."),
        "submit_label": _("Delete"),
        "back_url": reverse("reports:schedules"),
        "danger": True,
    }
    return render(request, "components/confirmation.html", context)


@csrf_exempt  # the mail program's button posts without a form of ours; the signed address is the proof
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """For whoever has the mail, without signing in. GET asks first, as programs follow links by themselves."""
    found = read_token(token)
    if found is None:
        raise Http404
    planned, user = found
    if request.method == "POST":
        actions.unsubscribe(schedule=planned, user=user)
        return render(request, "reports/unsubscribed.html", {"title": catalogue.title_of(planned)})
    context = {"title": catalogue.title_of(planned), "words": _words(planned)}
    return render(request, "reports/unsubscribe.html", context)


# --- parts ------------------------------------------------------------------------------------------------


def _schedule(request: HttpRequest, pk: int) -> Schedule:
    visible = Schedule.objects.visible_to(request.user).select_related("periodic_task__crontab", "created_by")
    found: Schedule = get_object_or_404(visible, pk=pk)
    return found


def _words(schedule: Schedule) -> str:
    task = schedule.periodic_task
    return in_words(task.crontab) if task.crontab else str(task.schedule)


def _moments(crontab: Any) -> dict[str, Any]:
    return {"words": in_words(crontab), "dates": next_slots(crontab, timezone.now(), DATES_SHOWN)}


def _planned(schedule: Schedule) -> dict[str, Any]:
    """What is said of a schedule wherever it is shown."""
    task = schedule.periodic_task
    return {
        "schedule": schedule,
        "title": catalogue.title_of(schedule),
        "words": _words(schedule),
        "period": catalogue.moving_period_of(schedule),
        "formats": [ReportFormat(format).label for format in schedule.formats if format in ReportFormat.values],
        "roles": [Role(role).label for role in schedule.roles if role in Role.values],
        "enabled": task.enabled,
        "dates": next_slots(task.crontab, timezone.now(), DATES_SHOWN) if task.enabled and task.crontab else [],
    }


def _summary(runs: list[ReportRun]) -> dict[str, Any] | None:
    """The last moment in figures; None where there was none."""
    if not runs:
        return None
    return {
        "slot": runs[0].slot,
        "ready": sum(run.status in ("ready", "expired") for run in runs),
        "failed": sum(run.status in ("failed", "cancelled") for run in runs),
        "all": len(runs),
    }


def _results(schedule: Schedule, viewer: User) -> list[dict[str, Any]]:
    """Each run, newest first, with what became of its mail. A manager sees that it was made, not what is in it."""
    runs = list(schedule.runs.select_related("made_for").order_by("-slot", "made_for__name", "pk")[:MOST_RESULTS])
    about = {str(run.pk): run for run in runs}
    sent = Mail.objects.filter(kind="report_ready", subject="reports.reportrun", subject_id__in=list(about))
    mails = {(mail.recipient_id, about[mail.subject_id].slot): mail for mail in sent}
    return [
        {"run": run, "mail": mails.get((run.made_for_id, run.slot)), "own": run.made_for_id == viewer.pk}
        for run in runs
    ]
