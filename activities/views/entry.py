"""The form of an activity: a new entry, an edit, and what happens when two people edit one record."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.choices import Classification
from accounts.keeping import (
    CONFIDENTIAL,
    Keeping,
    asks_to_restore,
    forget_in_browser,
    kept_entry,
    sign_in_keeping_entries,
)
from accounts.models import User
from accounts.records import StaleEdit
from accounts.requests import signed_in
from accounts.unsaved import key_of
from activities import actions
from activities.actions import FORM
from activities.choices import ActivityType
from activities.forms import ActivityEntry
from activities.models import Activity

from .common import say_why_not, to_record, token_in, version_in, version_of, visible_activity

# Choices that make the entries too sensitive for a copy in the browser.
SENSITIVE = f"{CONFIDENTIAL} type={ActivityType.GOOD_OFFICES_CONTACT}"


@sign_in_keeping_entries
@require_http_methods(["GET", "HEAD", "POST"])
def activity_new(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    if not actions.may_log(user):
        raise PermissionDenied
    kept = kept_entry(request, form=FORM)
    if kept is not None:
        return form_page(request, ActivityEntry(user, data=kept.entries()), token=kept.token, restored=True)
    if request.method != "POST":
        return form_page(request, ActivityEntry(user), token=uuid4())
    entry, token = ActivityEntry(user, data=request.POST), token_in(request)
    if asks_to_restore(request):
        return form_page(request, entry, token=token, restored=True)
    if not entry.is_valid():
        return form_page(request, entry, token=token)
    try:
        activity = actions.create_activity(entry=entry, by=user, token=token)
    except actions.AlreadySaved as again:
        return _sent_again(request, user, again.activity)
    return _saved(request, user, activity)


def _sent_again(request: HttpRequest, user: User, activity: Activity) -> HttpResponse:
    """The same form came twice. What was typed since the first time is compared with the record, never dropped.

    Unless its author no longer sees the record: then nothing of it is shown.
    """
    entry = ActivityEntry(user, activity, request.POST)
    may_look = activity.visible_to(user) and activity.may_be_edited_by(user)
    if not may_look or not (entry.is_valid() and entry.differences()):
        messages.info(request, _("This entry was saved already."))
        return _done(request, user, activity)
    return conflict_page(request, entry, activity)


@sign_in_keeping_entries
@require_http_methods(["GET", "HEAD", "POST"])
def activity_edit(request: HttpRequest, reference: str) -> HttpResponse:
    user, activity = signed_in(request), visible_activity(request, reference)
    if not activity.may_be_edited_by(user):
        raise PermissionDenied
    kept = kept_entry(request, form=FORM, record=activity.pk)
    if kept is not None:
        sent = kept.entries()
        return form_page(request, ActivityEntry(user, activity, sent), version=version_of(sent), restored=True)
    if request.method != "POST":
        return form_page(request, ActivityEntry(user, activity), version=activity.version)
    entry = ActivityEntry(user, activity, request.POST)
    if asks_to_restore(request):
        return form_page(request, entry, version=version_in(request), restored=True)
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
    return _done(request, user, activity)


def _done(request: HttpRequest, user: User, activity: Activity) -> HttpResponse:
    """To the record; the browser needs its copy of the entries no more."""
    response = to_record(request, activity)
    is_new = request.path == reverse("activities:new")
    key = key_of(FORM, token=token_in(request)) if is_new else key_of(FORM, record=activity.pk)
    forget_in_browser(response, user=user, key=key)
    return response


def conflict_page(request: HttpRequest, entry: ActivityEntry, saved: Any) -> HttpResponse:
    """The form as filled in beside what is saved now; sent again, it is saved over that on purpose."""
    conflict = {
        "differences": entry.differences(),
        "saved_by": saved.changed_by or saved.created_by,
        "saved_at": saved.changed_at,
        "discard_url": saved.get_absolute_url(),
    }
    return form_page(request, entry, version=saved.version, conflict=conflict, status=409)


def form_page(
    request: HttpRequest,
    entry: ActivityEntry,
    *,
    token: UUID | None = None,
    restored: bool = False,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    """The form: empty, as saved, or with what was typed. `token` is that of a new entry."""
    context = {
        "entry": entry,
        "form": entry.form,
        "activity": entry.activity,
        "sections": entry.form.sections(),
        "parts": entry.parts,
        "token": token,
        "keeping": _keeping(signed_in(request), entry, token, restored),
        **extra,
    }
    return render(request, "activities/activity_edit.html", context, status=status)


def _keeping(user: User, entry: ActivityEntry, token: UUID | None, restored: bool) -> Keeping:
    activity = entry.activity
    if activity is None:
        url, record = reverse("activities:keep-new"), None
    else:
        url, record = reverse("activities:keep", args=[activity.reference]), activity.pk
    return Keeping(
        user=user,
        form=FORM,
        url=url,
        record=record,
        token=None if record else token,
        filled=entry.form.is_bound,
        restored=restored,
        in_browser=activity is None or _is_open(activity),
        server_only_if=SENSITIVE,
    )


def _is_open(activity: Activity) -> bool:
    """Whether what is typed about the record may lie on the disk of the reader's computer."""
    return activity.classification == Classification.UNCLASSIFIED and not activity.needs_second_manager
