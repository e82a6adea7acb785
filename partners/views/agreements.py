"""Agreements: their list with what is about to end, the page of each, and its forms."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import F, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.choices import Classification
from accounts.context_processors import marking_of
from accounts.history import history_of
from accounts.keeping import sign_in_keeping_entries
from accounts.visibility import is_staff_viewer
from partners import actions
from partners.filters import AgreementFilterSet
from partners.forms import AgreementForm
from partners.models import Agreement, AgreementDocument, Organization

from .common import add_page, delete_page, edit_page, editor_of, kept_ordering, ordering_in, page_of

TEMPLATE = "partners/agreement_form.html"
USUAL = "ends"
ORDERINGS: dict[str, list[Any]] = {
    "title": [Lower("title_en"), "id"],
    "-title": [Lower("title_en").desc(), "-id"],
    "kind": ["kind", "id"],
    "-kind": ["-kind", "-id"],
    "signed": [F("signed").asc(nulls_last=True), "id"],
    "-signed": [F("signed").desc(nulls_last=True), "-id"],
    "ends": [F("ends").asc(nulls_last=True), "id"],
    "-ends": [F("ends").desc(nulls_last=True), "-id"],
}


def found_agreements(request: HttpRequest) -> tuple[AgreementFilterSet, QuerySet[Agreement]]:
    """The filters of the address, and what they leave of what the reader may see, in the order asked for."""
    visible = Agreement.objects.visible_to(request.user).for_lists(request.user)
    visible = visible.with_status(timezone.localdate()).with_succession(request.user)
    filterset = AgreementFilterSet(request.GET, queryset=visible, request=request)
    found = filterset.qs if filterset.is_valid() else visible.none()
    return filterset, found.order_by(*ORDERINGS[ordering_in(request, ORDERINGS, USUAL)])


@require_safe
def agreement_list(request: HttpRequest) -> HttpResponse:
    filterset, found = found_agreements(request)
    context = {
        "filter": filterset,
        "page": page_of(request, found),
        "ordering": ordering_in(request, ORDERINGS, USUAL),
        "keep": kept_ordering(request, ORDERINGS),
        "may_edit": actions.may_edit(request.user),
    }
    return render(request, "partners/agreement_list.html", context, status=200 if filterset.is_valid() else 400)


def visible_agreement(request: HttpRequest, code: str) -> Any:
    visible = Agreement.objects.visible_to(request.user).for_lists(request.user).with_succession(request.user)
    return get_object_or_404(visible.select_related("focal_officer"), code=code)


@require_safe
def agreement(request: HttpRequest, code: str) -> HttpResponse:
    """One agreement: what it is, with whom, what it serves, where it can be read, and what follows it."""
    viewer, record = request.user, visible_agreement(request, code)
    visible = Agreement.objects.visible_to(viewer)
    commitments: Any = record.commitments.all()
    context = {
        **marking_of(record, viewer),
        "agreement": record,
        "commitments": commitments.visible_to(viewer).for_lists(),
        "documents": AgreementDocument.objects.visible_to(viewer).filter(agreement=record),
        "before": visible.filter(pk=record.succeeds_id).first(),
        "after": visible.filter(succeeds=record),
        "may_edit": actions.may_edit(viewer),
    }
    if is_staff_viewer(viewer):
        context["released_to"] = Organization.objects.visible_to(viewer).filter(pk__in=record.released_to.all())
        context["history"] = history_of(record, viewer)
    return render(request, "partners/agreement.html", context)


@sign_in_keeping_entries
@require_http_methods(["GET", "HEAD", "POST"])
def agreement_new(request: HttpRequest) -> HttpResponse:
    """An empty form; with `succeeds` or `party` in the address, one that starts from these."""
    editor = editor_of(request)
    before = Agreement.objects.visible_to(editor).filter(code=_code(request, "succeeds")).first()
    party = Organization.objects.visible_to(editor).filter(code=_code(request, "party")).first()
    start = _renewal_of(before, editor) if before else {"parties": [party.pk]} if party else {}
    back = before.get_absolute_url() if before else reverse("partners:agreements")
    return add_page(request, AgreementForm, Agreement(), TEMPLATE, back_url=back, start=start, renews=before)


def _code(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\0", "")


def _renewal_of(before: Agreement, editor: Any) -> dict[str, Any]:
    """What the agreement that goes on from another most likely shares with it; never for whom it is.

    What goes on from a confidential one starts confidential, for the same readers: it holds what that one held.
    """
    parties = Organization.objects.visible_to(editor).filter(agreements=before)
    kept: dict[str, Any] = {}
    if before.classification == Classification.CONFIDENTIAL:
        kept = {name: getattr(before, name) for name in ("classification", "classification_basis")}
        kept["readers"] = [reader.pk for reader in before.readers.all()]
    return {
        **kept,
        "title_en": before.title_en,
        "title_ru": before.title_ru,
        "kind": before.kind,
        "succeeds": before.pk,
        "parties": [party.pk for party in parties],
        "commitments": [commitment.pk for commitment in before.commitments.all()],
        "focal_officer": before.focal_officer_id,
    }


@sign_in_keeping_entries
@require_http_methods(["GET", "HEAD", "POST"])
def agreement_edit(request: HttpRequest, code: str) -> HttpResponse:
    record = visible_agreement(request, code)
    back = record.get_absolute_url()
    return edit_page(request, AgreementForm, record, TEMPLATE, back_url=back)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def agreement_delete(request: HttpRequest, code: str) -> HttpResponse:
    return delete_page(
        request,
        visible_agreement(request, code),
        question=_("Delete this agreement?"),
        consequence=_("For what was entered by mistake. One that ended stays: give its last day instead."),
        label=_("Delete the agreement"),
        to="partners:agreements",
    )
