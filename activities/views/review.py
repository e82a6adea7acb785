"""Deeds on an activity: its review, its release, its stage, the confirmation of what was inferred."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.records import StaleEdit
from accounts.requests import signed_in
from accounts.roles import Permission, allows
from activities import actions
from activities.choices import Stage
from activities.forms import OutcomeForm, ReturnForm
from activities.models import Activity

from .common import STALE, came_from, say_why_not, to_record, version_in, visible_activity
from .detail import detail_page


def _do(request: HttpRequest, reference: str, deed: Callable[..., Any], done: str, **details: Any) -> HttpResponse:
    """Do the deed as the reader of the page and say how it went, back on the record."""
    activity = visible_activity(request, reference)
    try:
        deed(activity=activity, by=signed_in(request), version=version_in(request), **details)
        messages.success(request, done)
    except (StaleEdit, ValidationError) as error:
        say_why_not(request, error)
    page = came_from(request)
    return redirect(page) if page else to_record(request, activity)


@login_required
@require_POST
def activity_submit(request: HttpRequest, reference: str) -> HttpResponse:
    return _do(request, reference, actions.submit, _("Submitted for approval."))


@login_required
@require_POST
def activity_withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    return _do(request, reference, actions.withdraw, _("Withdrawn. It is a draft again."))


@login_required
@require_POST
def activity_approve(request: HttpRequest, reference: str) -> HttpResponse:
    return _do(request, reference, actions.approve, _("Approved. Its audience sees it now."))


@login_required
@require_POST
def activity_reopen(request: HttpRequest, reference: str) -> HttpResponse:
    return _do(request, reference, actions.reopen, _("Reopened. It is a draft again until it is approved."))


@login_required
@require_POST
def activity_verify(request: HttpRequest, reference: str) -> HttpResponse:
    return _do(request, reference, actions.verify, _("Noted: the entry is still right."))


@login_required
@require_POST
def activity_confirm_release(request: HttpRequest, reference: str) -> HttpResponse:
    return _do(request, reference, actions.confirm_release, _("The release is confirmed. Its audience sees it now."))


@login_required
@require_POST
def activity_confirm_priority(request: HttpRequest, reference: str) -> HttpResponse:
    return _do(request, reference, actions.confirm_priority, _("The priority is confirmed."))


@login_required
@require_POST
def activity_confirm_evidence(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    return _do(request, reference, actions.confirm_evidence, _("The evidence is confirmed."), evidence=number)


@login_required
@require_POST
def activity_return(request: HttpRequest, reference: str) -> HttpResponse:
    """Needs a comment; what was typed stays when it cannot be sent."""
    activity, form = visible_activity(request, reference), ReturnForm(request.POST)
    if not allows(request.user, Permission.APPROVE_RECORDS):
        raise PermissionDenied
    try:
        if form.is_valid():
            comment = form.cleaned_data["comment"]
            actions.send_back(activity=activity, by=signed_in(request), version=version_in(request), comment=comment)
            messages.success(request, _("Returned to the officer."))
            return to_record(request, activity)
    except StaleEdit:
        form.add_error("comment", STALE)
    except ValidationError as error:
        form.add_error("comment", error.messages)
    return detail_page(request, visible_activity(request, reference), return_form=form, status=400)


QUESTIONS = {
    Stage.PLANNED: lambda: _("Plan this activity again?"),
    Stage.CONFIRMED: lambda: _("Confirm that this activity will take place?"),
    Stage.HELD: lambda: _("Was this activity held?"),
    Stage.POSTPONED: lambda: _("Postpone this activity?"),
    Stage.CANCELLED: lambda: _("Cancel this activity?"),
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def activity_stage(request: HttpRequest, reference: str, stage: str) -> HttpResponse:
    """Asks before the stage changes; of what was held it also asks for the outcome."""
    activity = visible_activity(request, reference)
    if stage not in Stage.values:
        raise Http404
    if not activity.may_be_edited_by(signed_in(request)):
        raise PermissionDenied
    wanted = Stage(stage)
    form = OutcomeForm(request.POST or None, initial={"outcome": activity.outcome}) if wanted == Stage.HELD else None
    if request.method == "POST" and (form is None or form.is_valid()):
        answer = _change_stage(request, activity, wanted, form)
        if answer:
            return answer
    return _ask_about_stage(request, activity, wanted, form)


def _change_stage(
    request: HttpRequest, activity: Activity, stage: Stage, form: OutcomeForm | None
) -> HttpResponse | None:
    """To the record when all went well; None when the page has to be shown again with the reason."""
    outcome = form.cleaned_data["outcome"] if form else None
    try:
        actions.change_stage(
            activity=activity, by=signed_in(request), version=version_in(request), stage=stage, outcome=outcome
        )
    except (StaleEdit, ValidationError) as error:
        say_why_not(request, error)
        return None if form else redirect(activity)
    messages.success(request, _("The stage is now “%(stage)s”.") % {"stage": stage.label})
    return to_record(request, activity)


def _ask_about_stage(request: HttpRequest, activity: Activity, stage: Stage, form: OutcomeForm | None) -> HttpResponse:
    context = {
        "activity": activity,
        "version": activity.version,
        "form": form,
        "subject": str(activity),
        "question": QUESTIONS[stage](),
        "consequence": _("Its stage changes from “%(from)s” to “%(to)s”.")
        % {"from": activity.get_stage_display(), "to": stage.label},
        "submit_label": _("Change the stage"),
        "danger": stage == Stage.CANCELLED,
        "back_url": activity.get_absolute_url(),
    }
    return render(request, "activities/activity_confirm.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def activity_delete(request: HttpRequest, reference: str) -> HttpResponse:
    """Asks before a draft is deleted."""
    activity = visible_activity(request, reference)
    if not activity.may_be_deleted_by(signed_in(request)):
        raise PermissionDenied
    if request.method == "POST":
        return _delete(request, activity)
    context = {
        "activity": activity,
        "version": activity.version,
        "subject": str(activity),
        "question": _("Delete this draft?"),
        "consequence": _("The draft disappears from all lists, with its rows and files. The audit trail keeps it."),
        "submit_label": _("Delete the draft"),
        "danger": True,
        "back_url": reverse("activities:detail", args=[reference]),
    }
    return render(request, "activities/activity_confirm.html", context)


def _delete(request: HttpRequest, activity: Activity) -> HttpResponse:
    try:
        actions.delete_draft(activity=activity, by=signed_in(request), version=version_in(request))
    except (StaleEdit, ValidationError) as error:
        say_why_not(request, error)
        return to_record(request, activity)
    messages.success(request, _("The draft %(reference)s was deleted.") % {"reference": activity.reference})
    return redirect("activities:list")
