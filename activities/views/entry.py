"""The form of an activity: a new entry, an edit, and what happens when two people edit one record."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.choices import Classification
from accounts.context_processors import marking_of
from accounts.keeping import (
    CONFIDENTIAL,
    Keeping,
    asks_to_restore,
    forget_in_browser,
    kept_entry,
    sign_in_keeping_entries,
)
from accounts.merging import sign, signed
from accounts.models import User
from accounts.records import StaleEdit
from accounts.requests import signed_in
from accounts.unsaved import key_of
from activities import actions
from activities.actions import FORM
from activities.choices import ActivityType
from activities.copies import Start, duplicate, next_edition
from activities.forms import ActivityEntry
from activities.forms.compared import Conflict
from activities.models import Activity, Attachment, Series

from .common import tell_of_saving, to_record, token_in, version_in, version_of, visible_activity

ALREADY_SAVED = _("This entry was saved already.")
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
        start = _start(request, user)
        return form_page(request, ActivityEntry(user, start=start), token=uuid4(), start=start)
    entry, token = ActivityEntry(user, data=request.POST, files=request.FILES), token_in(request)
    if asks_to_restore(request):
        return form_page(request, entry, token=token, restored=True)
    if not entry.is_valid():
        return form_page(request, entry, token=token)
    try:
        activity = actions.create_activity(entry=entry, by=user, token=token)
    except actions.AlreadySaved as again:
        return _sent_again(request, user, again.activity)
    return _saved(request, user, activity)


def _start(request: HttpRequest, user: User) -> Start | None:
    """What the form begins with: ?like=REFERENCE copies an activity, ?series=CODE follows its last edition."""
    # PostgreSQL cannot even be asked for a text with a NUL character.
    asked = {name: request.GET.get(name, "").replace("\0", "") for name in ("like", "series")}
    if asked["like"]:
        return duplicate(visible_activity(request, asked["like"]), user)
    if asked["series"]:
        series: Series = get_object_or_404(Series.objects.visible_to(user), code=asked["series"])
        return next_edition(series, user)
    return None


def _sent_again(request: HttpRequest, user: User, activity: Activity) -> HttpResponse:
    """The same form came twice. What was typed since the first time is compared with the record, never dropped.

    Unless its author no longer sees the record: then nothing of it is shown.
    """
    if activity.visible_to(user) and activity.may_be_edited_by(user):
        return conflict_page(request, activity, request.POST)
    messages.info(request, ALREADY_SAVED)
    return _done(request, user, activity)


@sign_in_keeping_entries
@require_http_methods(["GET", "HEAD", "POST"])
def activity_edit(request: HttpRequest, reference: str) -> HttpResponse:
    user, activity = signed_in(request), visible_activity(request, reference)
    if not activity.may_be_edited_by(user):
        raise PermissionDenied
    kept = kept_entry(request, form=FORM, record=activity.pk)
    if kept is not None:
        return form_page(request, ActivityEntry(user, activity, kept.entries()), restored=True)
    if request.method != "POST":
        return form_page(request, ActivityEntry(user, activity))
    if asks_to_restore(request):
        return form_page(request, ActivityEntry(user, activity, request.POST), restored=True)
    if "against" in request.POST:
        return _resolve(request, user, activity)
    if version_in(request) != activity.version:
        return conflict_page(request, activity, request.POST)
    return _save(request, user, activity, request.POST)


def _resolve(request: HttpRequest, user: User, activity: Activity) -> HttpResponse:
    """What the editor chose where two versions differ; asked anew when a third came between."""
    conflict = _conflict(request, activity, request.POST)
    if request.POST["against"] != str(activity.version) or not conflict.answer(request.POST):
        return conflict_page(request, activity, request.POST, conflict)
    result = conflict.result()
    result["version"] = request.POST["against"]
    result["base"] = _base(ActivityEntry(user, activity))
    if request.POST.get("then") == "edit":
        return form_page(request, ActivityEntry(user, activity, result), restored=True)
    return _save(request, user, activity, result)


def _save(request: HttpRequest, user: User, activity: Activity, sent: QueryDict) -> HttpResponse:
    """Save the entries over the version that they name."""
    entry = ActivityEntry(user, activity, sent, request.FILES)
    if not entry.is_valid():
        return form_page(request, entry)
    try:
        activity = actions.save_activity(entry=entry, by=user, version=version_of(sent))
    except StaleEdit:
        return conflict_page(request, visible_activity(request, activity.reference), sent)
    except ValidationError as error:
        entry.form.add_error(None, error)
        return form_page(request, entry)
    return _saved(request, user, activity)


def _saved(request: HttpRequest, user: User, activity: Activity) -> HttpResponse:
    """To the record; on the way hand it in, where the reader asked for that."""
    tell_of_saving(request, partial(actions.submit, activity=activity, by=user, version=activity.version))
    return _done(request, user, activity)


def _done(request: HttpRequest, user: User, activity: Activity) -> HttpResponse:
    """To the record; the browser needs its copy of the entries no more."""
    response = to_record(request, activity)
    is_new = "token" in request.POST
    key = key_of(FORM, token=token_in(request)) if is_new else key_of(FORM, record=activity.pk)
    forget_in_browser(response, user=user, key=key)
    return response


def conflict_page(
    request: HttpRequest, activity: Activity, sent: QueryDict, conflict: Conflict | None = None
) -> HttpResponse:
    """Ask which of two versions is wanted, place by place; nothing is asked where they say the same."""
    conflict = conflict or _conflict(request, activity, sent)
    if not conflict.places:
        messages.info(request, ALREADY_SAVED)
        return _done(request, signed_in(request), activity)
    context = {
        **marking_of(activity, request.user),
        "activity": activity,
        "conflict": conflict,
        "saved_by": activity.changed_by or activity.created_by,
        "saved_at": activity.changed_at,
        "against": activity.version,
        "author": signed_in(request).pk,
        "action": reverse("activities:edit", args=[activity.reference]),
        "discard_url": activity.get_absolute_url(),
        "files_are_gone": bool(request.FILES),
    }
    return render(request, "activities/activity_conflict.html", context, status=409)


def _conflict(request: HttpRequest, activity: Activity, sent: QueryDict) -> Conflict:
    user = signed_in(request)
    base = signed(sent.get("base", ""), key=key_of(FORM, record=activity.pk), version=version_of(sent))
    mine, saved = ActivityEntry(user, activity, sent), ActivityEntry(user, activity)
    return Conflict(sent, mine=mine.sheet, saved=saved.sheet, base=base)


def _base(entry: ActivityEntry) -> str:
    """The version that the form starts from: as it shows the record, or as it was sent with the entries."""
    activity = entry.activity
    if activity is None:
        return ""
    if entry.form.is_bound:
        return str(entry.form.data.get("base", ""))
    return sign(entry.sheet.values(), key=key_of(FORM, record=activity.pk), version=activity.version)


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
    entry.say_files_are_gone()
    context = {
        "entry": entry,
        "form": entry.form,
        "activity": entry.activity,
        "parts": entry.parts,
        "token": token,
        "version": _version(entry),
        "keeping": _keeping(signed_in(request), entry, token, restored),
        "series_to_follow": _series_to_follow(entry),
        "attachments": _attachments(entry),
        **extra,
    }
    return render(request, "activities/activity_edit.html", context, status=status)


def _version(entry: ActivityEntry) -> int | None:
    """The version that the entries rest on; None for a new entry."""
    if entry.activity is None:
        return None
    return version_of(entry.form.data) if entry.form.is_bound else entry.activity.version


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
        base=_base(entry),
        filled=entry.form.is_bound,
        restored=restored,
        in_browser=activity is None or _is_open(activity),
        server_only_if=SENSITIVE,
    )


def _is_open(activity: Activity) -> bool:
    """Whether what is typed about the record may lie on the disk of the reader's computer."""
    return activity.classification == Classification.UNCLASSIFIED and not activity.needs_second_manager


def _series_to_follow(entry: ActivityEntry) -> list[Series]:
    """For an empty form: the series whose next edition may be logged, since the reader sees an edition of them."""
    if entry.activity or entry.form.is_bound or "series" not in entry.form.fields:
        return []
    seen = Activity.objects.visible_to(entry.user).filter(series=OuterRef("pk"))
    return list(Series.objects.visible_to(entry.user).filter(Exists(seen)))


def _attachments(entry: ActivityEntry) -> list[Attachment]:
    """The files that the record has already."""
    if entry.activity is None:
        return []
    return list(Attachment.objects.visible_to(entry.user).filter(activity=entry.activity))
