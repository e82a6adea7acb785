"""The pages on which records are added, edited and deleted by their forms: one way for all apps."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from .keeping import asks_to_restore
from .models import User
from .record_deeds import AlreadySaved, Deeds
from .record_forms import RecordForm
from .records import StaleEdit
from .requests import signed_in

# A form class, or what makes its forms: called with the entries, `instance` and `editor`.
FormMaker = Callable[..., RecordForm]

STALE = _("Somebody changed this record after you opened the page, so nothing was done. Look again, then decide.")


class RecordPages:
    """The pages of an app's records. `home` is where a reader goes who no longer sees the record."""

    def __init__(self, deeds: Deeds, *, home: str, confirmation: str) -> None:
        self.deeds = deeds
        self.home = home
        self.confirmation = confirmation

    def editor_of(self, request: HttpRequest) -> User:
        """The reader as one who may edit these records; 403 for all others."""
        user = signed_in(request)
        if not self.deeds.may_edit(user):
            raise PermissionDenied
        return user

    def add(
        self,
        request: HttpRequest,
        form_class: FormMaker,
        record: Any,
        template: str,
        *,
        start: dict[str, Any] | None = None,
        **context: Any,
    ) -> HttpResponse:
        """A form for `record`, which is not saved yet, beginning with the entries of `start`; sent in, it is saved.

        `context` has `back_url`, and what else the template wants.
        """
        editor = self.editor_of(request)
        if request.method != "POST":
            return self._form(request, form_class(instance=record, editor=editor, initial=start), template, context)
        if asks_to_restore(request):
            return self._restored(request, form_class(request.POST, instance=record, editor=editor), template, context)
        made = self.deeds.made_before(type(record), token_in(request), by=editor)
        if made is not None:
            return self._sent_again(request, form_class, made, template, context)
        form = form_class(request.POST, instance=record, editor=editor)
        if form.is_valid():
            try:
                return self._saved(request, self.deeds.add_from(form, by=editor))
            except AlreadySaved as again:
                return self._sent_again(request, form_class, again.record, template, context)
            except ValidationError as error:
                form.add_error(None, error)
        return self._form(request, form, template, context)

    def edit(
        self, request: HttpRequest, form_class: FormMaker, record: Any, template: str, **context: Any
    ) -> HttpResponse:
        """The form of a saved record; sent in, the record as saved, or what somebody else saved meanwhile."""
        editor = self.editor_of(request)
        form = form_class(request.POST or None, instance=record, editor=editor)
        if asks_to_restore(request):
            return self._restored(request, form, template, context)
        if request.method == "POST" and form.is_valid():
            try:
                return self._saved(request, self.deeds.save_from(form, by=editor))
            except StaleEdit as stale:
                return self._conflict(request, form, stale.current, template, context)
            except ValidationError as error:
                form.add_error(None, error)
        return self._form(request, form, template, context)

    def delete(
        self, request: HttpRequest, record: Any, *, question: Any, consequence: Any, label: Any, to: str
    ) -> HttpResponse:
        """Asks before the record is deleted; `to` is where the reader goes afterwards."""
        editor = self.editor_of(request)
        if request.method == "POST":
            try:
                self.deeds.delete(record, by=editor, version=version_in(request))
            except (StaleEdit, ValidationError) as error:
                say_why_not(request, error)
                return self.to_record(request, record)
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
        return render(request, self.confirmation, context)

    def to_record(self, request: HttpRequest, record: Any) -> HttpResponse:
        """Back to the record; home when the reader no longer sees it."""
        seen = type(record).objects.visible_to(request.user).filter(pk=record.pk).exists()
        return redirect(record.get_absolute_url() if seen else self.home)

    # --- answers ------------------------------------------------------------------------------------------------------

    def _sent_again(
        self, request: HttpRequest, form_class: FormMaker, record: Any, template: str, context: dict[str, Any]
    ) -> HttpResponse:
        """The same form came twice. What was typed since the first time is compared with the record, never dropped."""
        editor = self.editor_of(request)
        seen = type(record).objects.visible_to(editor).filter(pk=record.pk).exists()
        form = form_class(request.POST, instance=record, editor=editor)
        if not seen or not list(form.differences(type(record).objects.get(pk=record.pk))):
            messages.info(request, _("This entry was saved already."))
            return self.to_record(request, record)
        return self._conflict(request, form, record, template, context)

    def _restored(self, request: HttpRequest, form: RecordForm, template: str, context: dict[str, Any]) -> HttpResponse:
        """The form with entries that came back from an expired session; nothing is written until it is sent again."""
        return self._form(request, form, template, {**context, "restored": True})

    def _saved(self, request: HttpRequest, record: Any) -> HttpResponse:
        messages.success(request, _("Saved."))
        return self.to_record(request, record)

    def _conflict(
        self, request: HttpRequest, form: RecordForm, saved: Any, template: str, context: dict[str, Any]
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
        return self._form(request, form, template, {**context, "conflict": conflict, "record": saved}, status=409)

    def _form(
        self, request: HttpRequest, form: RecordForm, template: str, context: dict[str, Any], status: int = 200
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


def token_in(request: HttpRequest) -> UUID | None:
    """The once-only token of the form; None when it is missing or mangled."""
    try:
        return UUID(request.POST.get("form_token", ""))
    except ValueError:
        return None


def version_in(request: HttpRequest) -> int:
    """The version that the reader's page showed; 0, which no record has, when the request does not say."""
    value = request.POST.get("version", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def say_why_not(request: HttpRequest, error: ValidationError | StaleEdit) -> None:
    """Tell the reader why nothing was done."""
    reasons: list[Any] = [STALE] if isinstance(error, StaleEdit) else error.messages
    for reason in reasons:
        messages.error(request, reason)
