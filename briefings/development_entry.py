"""The form of a development: a new entry, an edit, what is typed meanwhile, and two people who edit one record."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.choices import Classification
from accounts.keeping import (
    Keeping,
    asks_to_restore,
    autosaving,
    forget_in_browser,
    keep_what_is_typed,
    kept_entry,
    sign_in_keeping_entries,
)
from accounts.models import User
from accounts.records import StaleEdit
from accounts.requests import signed_in
from accounts.roles import Permission, allows
from accounts.unsaved import key_of

from . import actions
from .actions import FORM
from .forms import DevelopmentForm
from .models import Development


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
    messages.success(request, _("The development is saved as a draft. Submit it when it is complete."))
    return _done(user, development, key_of(FORM, token=token_of(form)))


def token_of(form: DevelopmentForm) -> UUID:
    """The once-only token of the form; a new one when it is missing or mangled."""
    try:
        return UUID(str(form["form_token"].value()))
    except ValueError:
        return uuid4()


def _sent_again(request: HttpRequest, user: User, development: Development) -> HttpResponse:
    """The same form came twice. What was typed since the first time is compared with the record, never dropped."""
    form = DevelopmentForm(request.POST, instance=development, editor=user)
    conflict = conflict_of(form, development.pk)
    if not conflict["differences"] or not development.visible_to(user) or not actions.may_edit(development, user):
        messages.info(request, _("This entry was saved already."))
        return _done(user, development, key_of(FORM, token=token_of(form)))
    return form_page(request, form, conflict=conflict, status=409)


@sign_in_keeping_entries
@require_http_methods(["GET", "HEAD", "POST"])
def development_edit(request: HttpRequest, key: str) -> HttpResponse:
    user, development = signed_in(request), editable(request, key)
    kept = kept_entry(request, form=FORM, record=development.pk)
    if kept is not None:
        return form_page(request, DevelopmentForm(kept.entries(), instance=development, editor=user), restored=True)
    form = DevelopmentForm(request.POST or None, instance=development, editor=user)
    if asks_to_restore(request):
        return form_page(request, form, restored=True)
    if request.method != "POST" or not form.is_valid():
        return form_page(request, form)
    try:
        actions.change_development(form=form, by=user)
    except StaleEdit as stale:
        return form_page(request, form, conflict=conflict_of(form, stale.current.pk), status=409)
    except ValidationError as error:
        form.add_error(None, error)
        return form_page(request, form)
    messages.success(request, _("The changes are saved."))
    return _done(user, development, key_of(FORM, record=development.pk))


def editable(request: HttpRequest, key: str) -> Development:
    """The development, or 404 where the reader does not see it, and PermissionDenied where it is not the reader's."""
    user = signed_in(request)
    development: Development = get_object_or_404(Development.objects.visible_to(user), key=key)
    if not actions.may_edit(development, user):
        raise PermissionDenied
    return development


def conflict_of(form: DevelopmentForm, pk: int) -> dict[str, Any]:
    """What to show when somebody else saved first; the form goes on from the version now saved."""
    saved = Development.objects.select_related("changed_by").get(pk=pk)
    form.start_again_from(saved)
    return {"differences": list(form.differences(saved)), "by": saved.changed_by, "at": saved.changed_at}


def _done(user: User, development: Development, key: str) -> HttpResponse:
    """To the record; the browser needs its copy of the entries no more."""
    response = redirect(development)
    forget_in_browser(response, user=user, key=key)
    return response


def form_page(
    request: HttpRequest, form: DevelopmentForm, *, restored: bool = False, status: int = 200, **extra: Any
) -> HttpResponse:
    """The form: empty, as saved, or with what was typed."""
    development = form.instance if form.instance.pk else None
    keeping = _keeping(signed_in(request), form, development, restored)
    context = {"form": form, "development": development, "keeping": keeping, **extra}
    return render(request, "briefings/development_form.html", context, status=status)


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
