"""Partners, agreements and contacts as files. They stand here because they count activities, as the pages do."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import F, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.api import code_of, codes
from accounts.localized import in_language
from accounts.tables import (
    Column,
    Row,
    Table,
    export,
    filters_in_words,
    labelled,
    listed,
    plain,
    release_columns,
    rows_of,
    values_of,
)
from accounts.visibility import is_staff_viewer
from partners.choices import AgreementKind, OrganizationType
from partners.models import Agreement, Contact, Organization
from partners.views.agreements import found_agreements
from partners.views.contacts import found_contacts
from priorities.models import Commitment

from .partner_pages import found_partners

if TYPE_CHECKING:
    from accounts.roles import Viewer


@require_safe
def organization_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Organizations as the page is filtered, with the activities held together and the last of them."""
    filterset, found = found_partners(request)
    if not filterset.is_valid():
        return redirect(f"{reverse('partners:list')}?{request.GET.urlencode()}")
    columns = organization_columns(request.user)
    table = Table("partners", _("Partners"), columns, rows_of(found, columns), filters_in_words(filterset.form))
    return export(request, table, kind)


def organization_columns(viewer: "Viewer") -> list[Column]:
    """The columns of organizations that went through `with_engagement`, as the viewer may see them."""
    visible = Organization.objects.visible_to(viewer)
    return [
        plain("code", _("Code")),
        plain("acronym", _("Acronym"), 14),
        plain("acronym_ru", _("Acronym in Russian"), 14),
        plain("name_en", _("Name in English"), 50),
        plain("name_ru", _("Name in Russian"), 50),
        listed("aliases", _("Other names")),
        labelled("type", _("Type"), OrganizationType, 24),
        plain("parent", _("Part of"), 20, code_of(visible, "parent")),
        plain("country", _("Country"), 20, in_language("country__name")),
        plain("website", _("Website"), 30),
        plain("together", _("Activities together"), 12),
        plain("last_engaged", _("Last engagement"), 14),
        plain("agreements_in_force", _("Agreements in force"), 12),
        *release_columns(viewer),
    ]


@require_safe
def agreement_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Agreements as the page is filtered, with their parties."""
    filterset, found = found_agreements(request)
    if not filterset.is_valid():
        return redirect(f"{reverse('partners:agreements')}?{request.GET.urlencode()}")
    columns, words = agreement_columns(request.user), filters_in_words(filterset.form)
    return export(request, Table("agreements", _("Agreements"), columns, rows_of(found, columns), words), kind)


def agreement_columns(viewer: "Viewer") -> list[Column]:
    """The columns of agreements, as the viewer may see them."""
    parties = Organization.objects.visible_to(viewer).filter(agreements=OuterRef("pk"))
    commitments = Commitment.objects.visible_to(viewer).filter(agreements=OuterRef("pk"))
    return [
        plain("code", _("Code"), 24),
        labelled("kind", _("Kind"), AgreementKind, 24),
        plain("title_en", _("Title in English"), 50),
        plain("title_ru", _("Title in Russian"), 50),
        listed("parties", _("Parties"), source=codes(parties, in_language("name"))),
        listed("commitments", _("Commitments"), source=codes(commitments.with_key(), "key")),
        plain("signed", _("Signed"), 14),
        plain("ends", _("Ends"), 14),
        Column("status", _("Status"), _status, source=F("pk")),
        plain("description_en", _("Description in English"), 50),
        plain("description_ru", _("Description in Russian"), 50),
        plain("source", _("Source"), 30),
        *release_columns(viewer),
    ]


def _status(row: Row) -> str:
    """Follows from the dates, today."""
    return str(Agreement(signed=row["signed"], ends=row["ends"]).status.label)


@login_required
@require_safe
def contact_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """People at the partners, for staff alone (ST/SGB/2024/1)."""
    if not is_staff_viewer(request.user):
        raise PermissionDenied
    filterset, found = found_contacts(request)
    if not filterset.is_valid():
        return redirect(f"{reverse('partners:contacts')}?{request.GET.urlencode()}")
    rows = contact_rows(found)
    table = Table("contacts", _("Contacts"), contact_columns(), rows, filters_in_words(filterset.form))
    return export(request, table, kind)


def contact_columns() -> list[Column]:
    return [
        plain("organization", _("Organization"), 40, in_language("organization__name")),
        plain("name", _("Name"), 30),
        plain("position", _("Position"), 30),
        plain("email", _("E-mail address"), 30),
        plain("telephone", _("Telephone"), 20),
        plain("purpose", _("Purpose"), 40),
        plain("last_verified", _("Last verified"), 14),
    ]


def contact_rows(found: QuerySet[Contact]) -> Iterator[Row]:
    """The contacts, which went through `visible_to`, as rows; one query."""
    # A contact has no classification of its own: the file is marked by those of the organizations that it names.
    sources = {column.code: column.source or column.code for column in contact_columns()}
    return values_of(found, {**sources, "classification": "organization__classification"})
