"""Opening the next programme of action, and editing what stands on the title page of one."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.keeping import asks_to_restore, sign_in_keeping_entries
from accounts.record_deeds import AlreadySaved
from accounts.record_pages import token_in
from priorities import opening
from priorities.forms import OpeningForm, ProgrammeForm
from priorities.models import ProgrammeOfAction

from . import common

FORM = ["GET", "HEAD", "POST"]


@sign_in_keeping_entries
@require_http_methods(FORM)
def programme_edit(request: HttpRequest, period: str) -> HttpResponse:
    programme = common.programme_or_404(request, period)
    return common.edit(
        request,
        ProgrammeForm,
        programme,
        heading=_("Edit the programme of action"),
        crumbs=common.crumbs_of(programme),
    )


@sign_in_keeping_entries
@require_http_methods(FORM)
def programme_new(request: HttpRequest) -> HttpResponse:
    """The form of the next programme, then what will be copied into it, then the new programme."""
    editor = common.PAGES.editor_of(request)
    source = opening.last_programme(editor)
    if request.method != "POST":
        form = OpeningForm(
            instance=ProgrammeOfAction(), editor=editor, source=source, initial=opening.defaults_after(source)
        )
        return _form(request, form)
    made = opening.DEEDS.made_before(ProgrammeOfAction, token_in(request), by=editor)
    if made is not None:
        return _opened_before(request, made)
    form = OpeningForm(request.POST, instance=ProgrammeOfAction(), editor=editor, source=source)
    if asks_to_restore(request) or request.POST.get("step") == "change":
        return _form(request, form, restored=asks_to_restore(request))
    if not form.is_valid():
        return _form(request, form)
    if request.POST.get("step") == "open":
        return _open(request, form)
    return _preview(request, form)


def _open(request: HttpRequest, form: OpeningForm) -> HttpResponse:
    try:
        programme = opening.open_programme(
            programme=form.instance,
            copies=form.copies,
            stamp=request.POST.get("stamp", ""),
            by=form.editor,
            token=form.cleaned_data["form_token"],
        )
    except AlreadySaved as again:
        return _opened_before(request, again.record)
    except opening.OpeningChanged:
        return _preview(request, form, changed=True)
    except ValidationError as error:
        form.add_error(None, error)
        return _form(request, form)
    messages.success(request, _("The programme of action %(period)s is open.") % {"period": programme.period})
    return redirect(programme.get_structure_url())


def _opened_before(request: HttpRequest, programme: Any) -> HttpResponse:
    messages.info(request, _("This programme was opened already."))
    return redirect(programme.get_structure_url())


def _form(request: HttpRequest, form: OpeningForm, *, restored: bool = False) -> HttpResponse:
    context = {
        "form": form,
        "sections": form.sections(),
        "source": form.source,
        "restored": restored,
        "action": request.path,
        "back_url": reverse("priorities:list"),
        "heading": _("Open the next programme of action"),
        "crumbs": [(_("Priorities"), reverse("priorities:list"))],
        "submit_label": _("Look at what will be made"),
        "unchecked": request.POST.get("step") == "change",
    }
    return render(request, "priorities/edit.html", context)


def _preview(request: HttpRequest, form: OpeningForm, *, changed: bool = False) -> HttpResponse:
    """What will be copied, with the form's entries kept hidden; nothing is written yet."""
    context = {
        "form": form,
        "opening": opening.foresee(form.source, form.copies, form.editor),
        "programme": form.instance,
        "years": form.instance.years(),
        "changed": changed,
    }
    return render(request, "priorities/opening.html", context)
