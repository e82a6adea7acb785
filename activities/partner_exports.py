"""Partners, agreements and contacts as files. They stand here because they count activities, as the pages do."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Max, OuterRef, QuerySet, Subquery
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
)
from accounts.visibility import is_staff_viewer
from partners.choices import AgreementKind, OrganizationType
from partners.filters import OrganizationFilterSet
from partners.models import Agreement, Contact, Organization
from priorities.models import Commitment

from .choices import Stage
from .models import Involvement


@require_safe
def organization_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Organizations as the page is filtered, with the activities held together and the last of them."""
    visible: QuerySet[Organization] = Organization.objects.visible_to(request.user)
    filterset = OrganizationFilterSet(request.GET, queryset=visible, request=request)
    if not filterset.is_valid():
        return redirect(f"{reverse('partners:list')}?{request.GET.urlencode()}")
    together = (
        Involvement.objects.visible_to(request.user)
        .filter(organization=OuterRef("pk"), activity__stage=Stage.HELD, activity__review_state="approved")
        .order_by()
        .values("organization")
    )
    columns = [
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
        plain("together", _("Activities together"), 12, _one(together, Count("activity", distinct=True))),
        plain("last", _("Last"), 14, _one(together, Max("activity__start_date"))),
        *release_columns(request.user),
    ]
    rows = rows_of(filterset.qs.order_by("name_en", "id"), columns)
    table = Table("partners", _("Partners"), columns, rows, filters_in_words(filterset.form))
    return export(request, table, kind)


def _one(rows: QuerySet[Any, Any], sum_up: Count | Max) -> Subquery:
    return Subquery(rows.annotate(found=sum_up).values("found"))


@require_safe
def agreement_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    parties = Organization.objects.visible_to(request.user).filter(agreements=OuterRef("pk"))
    commitments = Commitment.objects.visible_to(request.user).filter(agreements=OuterRef("pk"))
    columns = [
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
        *release_columns(request.user),
    ]
    agreements = Agreement.objects.visible_to(request.user).order_by("title_en", "pk")
    return export(request, Table("agreements", _("Agreements"), columns, rows_of(agreements, columns)), kind)


def _status(row: Row) -> str:
    """Follows from the dates, today."""
    return str(Agreement(signed=row["signed"], ends=row["ends"]).status.label)


@login_required
@require_safe
def contact_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """People at the partners, for staff alone (ST/SGB/2024/1)."""
    if not is_staff_viewer(request.user):
        raise PermissionDenied
    columns = [
        plain("organization", _("Organization"), 40, in_language("organization__name")),
        plain("name", _("Name"), 30),
        plain("position", _("Position"), 30),
        plain("email", _("E-mail address"), 30),
        plain("telephone", _("Telephone"), 20),
        plain("purpose", _("Purpose"), 40),
        plain("last_verified", _("Last verified"), 14),
    ]
    # Whoever may not see the organization does not learn of its contacts either.
    contacts = Contact.objects.visible_to(request.user).filter(
        organization__in=Organization.objects.visible_to(request.user)
    )
    rows = rows_of(contacts.order_by("organization__name_en", "name", "pk"), columns)
    return export(request, Table("contacts", _("Contacts"), columns, rows), kind)
