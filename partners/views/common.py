"""What the pages of partners' records share: the way of a form, of a question before a deletion, and of a list."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _

from accounts.keeping import asks_to_restore
from accounts.models import User
from accounts.record_forms import RecordForm
from accounts.records import StaleEdit
from accounts.requests import signed_in
from partners import actions
from partners.models import Organization

PAGE_SIZE = 50
STALE = _("Somebody changed this record after you opened the page, so nothing was done. Look again, then decide.")


def editor_of(request: HttpRequest) -> User:
    """The reader as one who may edit partners' data; 403 for all others."""
    user = signed_in(request)
    if not actions.may_edit(user):
        raise PermissionDenied
    return user


def visible_organization(request: HttpRequest, code: str) -> Organization:
    """The organization, or 404 when there is none that the reader may see."""
    organization: Organization = get_object_or_404(Organization.objects.visible_to(request.user), code=code)
    return organization


def ordering_in(request: HttpRequest, orderings: dict[str, Any], usual: str) -> str:
    """The name of the order that the address asks for, or the usual one."""
    asked = request.GET.get("ordering", usual)
    return asked if asked in orderings else usual


def kept_ordering(request: HttpRequest, orderings: dict[str, Any]) -> list[tuple[str, str]]:
    """The order that was asked for, for a hidden field: narrowing a list does not sort it anew."""
    asked = request.GET.get("ordering", "")
    return [("ordering", asked)] if asked in orderings else []


def page_of(request: HttpRequest, found: QuerySet[Any]) -> Page[Any]:
    return Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))


# --- forms ----------------------------------------------------------------------------------------------------------


def add_page(
    request: HttpRequest,
    form_class: type[RecordForm],
    record: Any,
    template: str,
    *,
    start: dict[str, Any] | None = None,
    **context: Any,
) -> HttpResponse:
    """A form for `record`, which is not saved yet, beginning with the entries of `start`; sent in, it is saved."""
    editor = editor_of(request)
    if request.method != "POST":
        return _form(request, form_class(instance=record, editor=editor, initial=start), template, context)
    if asks_to_restore(request):
        return _restored(request, form_class(request.POST, instance=record, editor=editor), template, context)
    made = actions.made_before(type(record), token_in(request), by=editor)
    if made is not None:
        return _sent_again(request, form_class, made, template, context)
    form = form_class(request.POST, instance=record, editor=editor)
    if form.is_valid():
        try:
            return _saved(request, actions.add_from(form, by=editor))
        except actions.AlreadySaved as again:
            return _sent_again(request, form_class, again.record, template, context)
        except ValidationError as error:
            form.add_error(None, error)
    return _form(request, form, template, context)


def token_in(request: HttpRequest) -> UUID | None:
    """The once-only token of the form; None when it is missing or mangled."""
    try:
        return UUID(request.POST.get("form_token", ""))
    except ValueError:
        return None


def _sent_again(
    request: HttpRequest, form_class: type[RecordForm], record: Any, template: str, context: dict[str, Any]
) -> HttpResponse:
    """The same form came twice. What was typed since the first time is compared with the record, never dropped."""
    editor = editor_of(request)
    seen = type(record).objects.visible_to(editor).filter(pk=record.pk).exists()
    form = form_class(request.POST, instance=record, editor=editor)
    if not seen or not list(form.differences(type(record).objects.get(pk=record.pk))):
        messages.info(request, _("This entry was saved already."))
        return to_record(request, record)
    return _conflict(request, form, record, template, context)


def edit_page(
    request: HttpRequest, form_class: type[RecordForm], record: Any, template: str, **context: Any
) -> HttpResponse:
    """The form of a saved record; sent in, the record as saved, or what somebody else saved meanwhile."""
    editor = editor_of(request)
    form = form_class(request.POST or None, instance=record, editor=editor)
    if asks_to_restore(request):
        return _restored(request, form, template, context)
    if request.method == "POST" and form.is_valid():
        try:
            return _saved(request, actions.save_from(form, by=editor))
        except StaleEdit as stale:
            return _conflict(request, form, stale.current, template, context)
        except ValidationError as error:
            form.add_error(None, error)
    return _form(request, form, template, context)


def _restored(request: HttpRequest, form: RecordForm, template: str, context: dict[str, Any]) -> HttpResponse:
    """The form with entries that came back from an expired session; nothing is written until it is sent again."""
    return _form(request, form, template, {**context, "restored": True})


def _saved(request: HttpRequest, record: Any) -> HttpResponse:
    messages.success(request, _("Saved."))
    return to_record(request, record)


def _conflict(
    request: HttpRequest, form: RecordForm, saved: Any, template: str, context: dict[str, Any]
) -> HttpResponse:
    """The form as filled in beside what is saved now; sent again, it is saved over that on purpose."""
    saved = type(saved).objects.select_related("changed_by", "created_by").get(pk=saved.pk)
    form.start_again_from(saved)
    conflict = {
        "differences": list(form.differences(saved)),
        "saved_by": saved.changed_by or saved.created_by,
        "saved_at": saved.changed_at,
        "discard_url": saved.get_absolute_url(),
    }
    return _form(request, form, template, {**context, "conflict": conflict, "record": saved}, status=409)


def _form(
    request: HttpRequest, form: RecordForm, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """The page of a form. It posts to its own address until the record is saved, then to the one that edits it."""
    record = form.instance
    back = context.pop("back_url")
    return render(
        request,
        template,
        {
            "form": form,
            "sections": form.sections(),
            "record": record if record.pk else None,
            "action": record.get_edit_url() if record.pk else request.get_full_path(),
            "back_url": record.get_absolute_url() if record.pk else back,
            **context,
        },
        status=status,
    )


# --- deeds ----------------------------------------------------------------------------------------------------------


def delete_page(
    request: HttpRequest, record: Any, *, question: Any, consequence: Any, label: Any, to: str
) -> HttpResponse:
    """Asks before the record is deleted; `to` is where the reader goes afterwards."""
    editor = editor_of(request)
    if request.method == "POST":
        try:
            actions.delete(record, by=editor, version=version_in(request))
        except (StaleEdit, ValidationError) as error:
            say_why_not(request, error)
            return to_record(request, record)
        messages.success(request, _("“%(name)s” was deleted.") % {"name": record})
        return redirect(to)
    context = {
        "record": record,
        "version": record.version,
        "subject": str(record),
        "question": question,
        "consequence": consequence,
        "submit_label": label,
        "danger": True,
        "back_url": record.get_absolute_url(),
    }
    return render(request, "partners/confirm.html", context)


def version_in(request: HttpRequest) -> int:
    """The version that the reader's page showed; 0, which no record has, when the request does not say."""
    value = request.POST.get("version", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def say_why_not(request: HttpRequest, error: ValidationError | StaleEdit) -> None:
    """Tell the reader why nothing was done."""
    reasons: list[Any] = [STALE] if isinstance(error, StaleEdit) else error.messages
    for reason in reasons:
        messages.error(request, reason)


def to_record(request: HttpRequest, record: Any) -> HttpResponse:
    """Back to the record; to the partners when the reader no longer sees it."""
    seen = type(record).objects.visible_to(request.user).filter(pk=record.pk).exists()
    return redirect(record.get_absolute_url() if seen else "partners:list")
