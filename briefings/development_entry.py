"""The form of a development: a new entry, an edit, what is typed meanwhile, and two people who edit one record."""

from functools import partial
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.choices import Classification
from accounts.context_processors import marking_of
from accounts.keeping import (
    Keeping,
    asks_to_restore,
    autosaving,
    forget_in_browser,
    keep_what_is_typed,
    kept_entry,
    sign_in_keeping_entries,
)
from accounts.merging import sign, signed
from accounts.models import User
from accounts.records import StaleEdit
from accounts.requests import signed_in
from accounts.roles import Permission, allows
from accounts.unsaved import key_of
from activities.forms.compared import Conflict
from activities.views.common import tell_of_saving

from . import actions
from .actions import FORM
from .forms import DevelopmentForm
from .models import Development

ALREADY_SAVED = _("This entry was saved already.")


@sign_in_keeping_entries
@require_http_methods(["GET", "HEAD", "POST"])
def development_new(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    if not allows(user, Permission.LOG_RECORDS):
        raise PermissionDenied
    kept = kept_entry(request, form=FORM)
    if kept is not None:
        return form_page(request, DevelopmentForm(kept.entries(), editor=user), restored=True)
    form = DevelopmentForm(request.POST or None, editor=user)
    if asks_to_restore(request):
        return form_page(request, form, restored=True)
    if request.method != "POST" or not form.is_valid():
        return form_page(request, form)
    try:
        development = actions.add_development(form=form, by=user)
    except actions.AlreadySaved as again:
        return _sent_again(request, user, again.development)
    return _saved(request, user, development)


def token_of(form: DevelopmentForm) -> UUID:
    """The once-only token of the form; a new one when it is missing or mangled."""
    try:
        return UUID(str(form["form_token"].value()))
    except ValueError:
        return uuid4()


def _sent_again(request: HttpRequest, user: User, development: Development) -> HttpResponse:
    """The same form came twice. What was typed since the first time is compared with the record, never dropped."""
    if development.visible_to(user) and actions.may_edit(development, user):
        return conflict_page(request, development, request.POST)
    messages.info(request, ALREADY_SAVED)
    return _done(request, user, development)


@sign_in_keeping_entries
@require_http_methods(["GET", "HEAD", "POST"])
def development_edit(request: HttpRequest, key: str) -> HttpResponse:
    user, development = signed_in(request), editable(request, key)
    kept = kept_entry(request, form=FORM, record=development.pk)
    if kept is not None:
        return form_page(request, DevelopmentForm(kept.entries(), instance=development, editor=user), restored=True)
    if request.method != "POST":
        return form_page(request, DevelopmentForm(instance=development, editor=user))
    if asks_to_restore(request):
        return form_page(request, DevelopmentForm(request.POST, instance=development, editor=user), restored=True)
    if "against" in request.POST:
        return _resolve(request, user, development)
    if request.POST.get("version") != str(development.version):
        return conflict_page(request, development, request.POST)
    return _save(request, user, development, request.POST)


def _resolve(request: HttpRequest, user: User, development: Development) -> HttpResponse:
    """What the editor chose where two versions differ; asked anew when a third came between."""
    conflict = _conflict(request, development, request.POST)
    if request.POST["against"] != str(development.version) or not conflict.answer(request.POST):
        return conflict_page(request, development, request.POST, conflict)
    result = conflict.result()
    result["version"] = request.POST["against"]
    result["base"] = _base(DevelopmentForm(instance=development, editor=user))
    if request.POST.get("then") == "edit":
        return form_page(request, DevelopmentForm(result, instance=development, editor=user), restored=True)
    return _save(request, user, development, result)


def _save(request: HttpRequest, user: User, development: Development, sent: QueryDict) -> HttpResponse:
    """Save the entries over the version that they name."""
    form = DevelopmentForm(sent, instance=development, editor=user)
    if not form.is_valid():
        return form_page(request, form)
    try:
        saved = actions.change_development(form=form, by=user)
    except StaleEdit:
        return conflict_page(request, editable(request, development.key), sent)
    except ValidationError as error:
        form.add_error(None, error)
        return form_page(request, form)
    return _saved(request, user, saved)


def _saved(request: HttpRequest, user: User, development: Development) -> HttpResponse:
    """To the record; on the way hand it in, where the reader asked for that."""
    deed = partial(Development.submit, by=user)
    known = {"pk": development.pk, "version": development.version}
    tell_of_saving(request, partial(actions.decide, **known, by=user, verb="submit", deed=deed))
    return _done(request, user, development)


def editable(request: HttpRequest, key: str) -> Development:
    """The development, or 404 where the reader does not see it, and PermissionDenied where it is not the reader's."""
    user = signed_in(request)
    development: Development = get_object_or_404(Development.objects.visible_to(user), key=key)
    if not actions.may_edit(development, user):
        raise PermissionDenied
    return development


def conflict_page(
    request: HttpRequest, development: Development, sent: QueryDict, conflict: Conflict | None = None
) -> HttpResponse:
    """Ask which of two versions is wanted, place by place; nothing is asked where they say the same."""
    conflict = conflict or _conflict(request, development, sent)
    if not conflict.places:
        messages.info(request, ALREADY_SAVED)
        return _done(request, signed_in(request), development)
    context = {
        **marking_of(development, request.user),
        "development": development,
        "conflict": conflict,
        "saved_by": development.changed_by or development.created_by,
        "saved_at": development.changed_at,
        "against": development.version,
        "author": signed_in(request).pk,
        "action": reverse("developments:edit", args=[development.key]),
        "discard_url": development.get_absolute_url(),
    }
    return render(request, "briefings/development_conflict.html", context, status=409)


def _conflict(request: HttpRequest, development: Development, sent: QueryDict) -> Conflict:
    user, version = signed_in(request), sent.get("version", "")
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
    base = signed(sent.get("base", ""), key=key_of(FORM, record=development.pk), version=number)
    mine = DevelopmentForm(sent, instance=development, editor=user)
    saved = DevelopmentForm(instance=development, editor=user)
    return Conflict(sent, mine=mine.sheet, saved=saved.sheet, base=base)


def _base(form: DevelopmentForm) -> str:
    """The version that the form starts from: as it shows the record, or as it was sent with the entries."""
    if form.is_bound:
        return str(form.data.get("base", ""))
    return sign(form.sheet.values(), key=key_of(FORM, record=form.instance.pk), version=form.instance.version)


def _done(request: HttpRequest, user: User, development: Development) -> HttpResponse:
    """To the record; the browser needs its copy of the entries no more."""
    response = redirect(development)
    is_new = request.path == reverse("developments:new")
    token = token_of(DevelopmentForm(request.POST, editor=user)) if is_new else None
    key = key_of(FORM, token=token, record=None if is_new else development.pk)
    forget_in_browser(response, user=user, key=key)
    return response


def form_page(request: HttpRequest, form: DevelopmentForm, *, restored: bool = False) -> HttpResponse:
    """The form: empty, as saved, or with what was typed."""
    development = form.instance if form.instance.pk else None
    keeping = _keeping(signed_in(request), form, development, restored)
    context = {"form": form, "development": development, "keeping": keeping}
    return render(request, "briefings/development_form.html", context)


def _keeping(user: User, form: DevelopmentForm, development: Development | None, restored: bool) -> Keeping:
    filled = form.is_bound
    if development is None:
        url = reverse("developments:keep-new")
        return Keeping(user, FORM, url, token=token_of(form), filled=filled, restored=restored)
    return Keeping(
        user=user,
        form=FORM,
        url=reverse("developments:keep", args=[development.key]),
        record=development.pk,
        base=_base(form),
        filled=filled,
        restored=restored,
        in_browser=development.classification == Classification.UNCLASSIFIED,
    )


# --- what is typed meanwhile --------------------------------------------------------------------------------------


@autosaving
def keep_new(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    if not allows(user, Permission.LOG_RECORDS):
        raise PermissionDenied
    token = token_of(DevelopmentForm(request.POST, editor=user))
    # What was on its way while the form was saved comes too late.
    if Development.objects.filter(created_by=user, form_token=token).exists():
        return JsonResponse({"kept": False, "message": _("This entry was saved already.")})
    return keep_what_is_typed(request, form=FORM, token=token, address=reverse("developments:new"))


@autosaving
def keep_edit(request: HttpRequest, key: str) -> HttpResponse:
    development = editable(request, key)
    address = reverse("developments:edit", args=[key])
    return keep_what_is_typed(request, form=FORM, record=development.pk, address=address)
