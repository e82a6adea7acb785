"""Contacts and notes of contacts, for the staff alone: anyone else finds nothing at these addresses."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.keeping import sign_in_keeping_entries
from accounts.records import StaleEdit
from accounts.requests import signed_in
from accounts.visibility import is_staff_viewer
from partners import actions
from partners.filters import ContactFilterSet
from partners.forms import ContactForm, NoteForm
from partners.models import Contact, ContactNote

from .common import (
    add_page,
    delete_page,
    edit_page,
    editor_of,
    kept_ordering,
    ordering_in,
    page_of,
    say_why_not,
    version_in,
    visible_organization,
)

TEMPLATE = "partners/part_form.html"
USUAL = "name"
ORDERINGS: dict[str, list[Any]] = {
    "name": [Lower("name"), "id"],
    "-name": [Lower("name").desc(), "-id"],
    "organization": [Lower("organization__name_en"), Lower("name"), "id"],
    "-organization": [Lower("organization__name_en").desc(), Lower("name"), "id"],
    "verified": [F("last_verified").asc(nulls_first=True), "id"],
    "-verified": [F("last_verified").desc(nulls_last=True), "-id"],
}


def found_contacts(request: HttpRequest) -> tuple[ContactFilterSet, QuerySet[Contact]]:
    """The filters of the address, and what they leave of what the reader may see, in the order asked for."""
    visible = Contact.objects.visible_to(request.user).select_related("organization")
    filterset = ContactFilterSet(request.GET, queryset=visible, request=request)
    found = filterset.qs if filterset.is_valid() else visible.none()
    return filterset, found.order_by(*ORDERINGS[ordering_in(request, ORDERINGS, USUAL)])


@login_required
@require_safe
def contact_list(request: HttpRequest) -> HttpResponse:
    if not is_staff_viewer(signed_in(request)):
        raise PermissionDenied
    filterset, found = found_contacts(request)
    context = {
        "filter": filterset,
        "page": page_of(request, found),
        "ordering": ordering_in(request, ORDERINGS, USUAL),
        "keep": kept_ordering(request, ORDERINGS),
        "may_edit": actions.may_edit(request.user),
    }
    return render(request, "partners/contact_list.html", context, status=200 if filterset.is_valid() else 400)


def visible_part(request: HttpRequest, model: Any, code: str, number: int) -> Any:
    """A contact or note of a visible organization, or 404."""
    visible = model.objects.visible_to(request.user).select_related("organization")
    return get_object_or_404(visible, organization__code=code, pk=number)


@sign_in_keeping_entries
@require_http_methods(["GET", "HEAD", "POST"])
def contact_new(request: HttpRequest, code: str) -> HttpResponse:
    return _new(request, code, ContactForm, Contact, heading=_("Add a contact"))


@sign_in_keeping_entries
@require_http_methods(["GET", "HEAD", "POST"])
def note_new(request: HttpRequest, code: str) -> HttpResponse:
    return _new(request, code, NoteForm, ContactNote, heading=_("Note a contact"))


def _new(request: HttpRequest, code: str, form_class: Any, model: Any, heading: Any) -> HttpResponse:
    organization = visible_organization(request, code)
    record, back = model(organization=organization), organization.get_absolute_url()
    return add_page(request, form_class, record, TEMPLATE, back_url=back, partner=organization, heading=heading)


@sign_in_keeping_entries
@require_http_methods(["GET", "HEAD", "POST"])
def contact_edit(request: HttpRequest, code: str, number: int) -> HttpResponse:
    return _edit(request, code, number, ContactForm, Contact, heading=_("Edit a contact"))


@sign_in_keeping_entries
@require_http_methods(["GET", "HEAD", "POST"])
def note_edit(request: HttpRequest, code: str, number: int) -> HttpResponse:
    return _edit(request, code, number, NoteForm, ContactNote, heading=_("Edit a note"))


def _edit(request: HttpRequest, code: str, number: int, form_class: Any, model: Any, heading: Any) -> HttpResponse:
    record = visible_part(request, model, code, number)
    back, partner = record.get_absolute_url(), record.organization
    return edit_page(request, form_class, record, TEMPLATE, back_url=back, partner=partner, heading=heading)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def contact_delete(request: HttpRequest, code: str, number: int) -> HttpResponse:
    record = visible_part(request, Contact, code, number)
    return delete_page(
        request,
        record,
        question=_("Delete this contact?"),
        consequence=_("The person’s data are removed for good; the audit trail keeps only that a contact was deleted."),
        label=_("Delete the contact"),
        to=record.get_absolute_url(),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def note_delete(request: HttpRequest, code: str, number: int) -> HttpResponse:
    record = visible_part(request, ContactNote, code, number)
    return delete_page(
        request,
        record,
        question=_("Delete this note?"),
        consequence=_("It no longer counts as contact with the organization. The audit trail keeps it."),
        label=_("Delete the note"),
        to=record.get_absolute_url(),
    )


@login_required
@require_POST
def contact_verify(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Somebody made sure today that the contact is still right. Back to the page it was said on."""
    record, editor = visible_part(request, Contact, code, number), editor_of(request)
    try:
        actions.verify_contact(record, by=editor, version=version_in(request))
        messages.success(request, _("“%(name)s” was verified today.") % {"name": record})
    except (StaleEdit, ValidationError) as error:
        say_why_not(request, error)
    return redirect("partners:contacts" if request.POST.get("from") == "list" else record.get_absolute_url())
