"""The form of an activity: a new entry, an edit, and what happens when two people edit one record."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.records import StaleEdit
from accounts.requests import signed_in
from activities import actions
from activities.forms import ActivityEntry
from activities.models import Activity

from .common import say_why_not, to_record, version_in, visible_activity


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def activity_new(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    if not actions.may_log(user):
        raise PermissionDenied
    if request.method != "POST":
        return form_page(request, ActivityEntry(user), token=uuid4())
    entry, token = ActivityEntry(user, data=request.POST), token_in(request)
    if not entry.is_valid():
        return form_page(request, entry, token=token)
    try:
        activity = actions.create_activity(entry=entry, by=user, token=token)
    except actions.AlreadySaved as again:
        return _sent_again(request, user, again.activity)
    return _saved(request, user, activity)


def token_in(request: HttpRequest) -> UUID:
    """The once-only token of the form; a new one when it is missing or mangled."""
    try:
        return UUID(request.POST.get("token", ""))
    except ValueError:
        return uuid4()


def _sent_again(request: HttpRequest, user: User, activity: Activity) -> HttpResponse:
    """The same form came twice. What was typed since the first time is compared with the record, never dropped.

    Unless its author no longer sees the record: then nothing of it is shown.
    """
    entry = ActivityEntry(user, activity, request.POST)
    may_look = activity.visible_to(user) and activity.may_be_edited_by(user)
    if not may_look or not (entry.is_valid() and entry.differences()):
        messages.info(request, _("This entry was saved already."))
        return to_record(request, activity)
    return conflict_page(request, entry, activity)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def activity_edit(request: HttpRequest, reference: str) -> HttpResponse:
    user, activity = signed_in(request), visible_activity(request, reference)
    if not activity.may_be_edited_by(user):
        raise PermissionDenied
    if request.method != "POST":
        return form_page(request, ActivityEntry(user, activity), version=activity.version)
    entry = ActivityEntry(user, activity, request.POST)
    if not entry.is_valid():
        return form_page(request, entry, version=version_in(request))
    return _save(request, user, entry)


def _save(request: HttpRequest, user: User, entry: ActivityEntry) -> HttpResponse:
    try:
        activity = actions.save_activity(entry=entry, by=user, version=version_in(request))
    except StaleEdit as stale:
        return conflict_page(request, entry, stale.current)
    except ValidationError as error:
        entry.form.add_error(None, error)
        return form_page(request, entry, version=version_in(request))
    return _saved(request, user, activity)


def _saved(request: HttpRequest, user: User, activity: Activity) -> HttpResponse:
    """To the record; on the way hand it in, where the reader asked for that."""
    if request.POST.get("then") == "submit":
        try:
            actions.submit(activity=activity, by=user, version=activity.version)
            messages.success(request, _("Saved and submitted for approval."))
        except (ValidationError, StaleEdit) as error:
            messages.success(request, _("Saved as a draft."))
            say_why_not(request, error)
    else:
        messages.success(request, _("Saved."))
    return to_record(request, activity)


def conflict_page(request: HttpRequest, entry: ActivityEntry, saved: Any) -> HttpResponse:
    """The form as filled in beside what is saved now; sent again, it is saved over that on purpose."""
    conflict = {
        "differences": entry.differences(),
        "saved_by": saved.changed_by or saved.created_by,
        "saved_at": saved.changed_at,
        "discard_url": saved.get_absolute_url(),
    }
    return form_page(request, entry, version=saved.version, conflict=conflict, status=409)


def form_page(request: HttpRequest, entry: ActivityEntry, *, status: int = 200, **extra: Any) -> HttpResponse:
    context = {
        "entry": entry,
        "form": entry.form,
        "activity": entry.activity,
        "sections": entry.form.sections(),
        "parts": entry.parts,
        **extra,
    }
    return render(request, "activities/activity_edit.html", context, status=status)
