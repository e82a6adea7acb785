"""The partners' pages: who they are, and what was done together.

They stand here, not in `partners`, because they count activities, and `partners` does not know these.
"""

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from partners.filters import OrganizationFilterSet
from partners.models import Agreement, Contact, Organization

from .choices import Stage
from .models import Activity, Involvement
from .progress import activities_url

if TYPE_CHECKING:
    from accounts.roles import Viewer

PAGE_SIZE = 50
LATEST = 10


@require_safe
def list_organizations(request: HttpRequest) -> HttpResponse:
    """All organizations the reader may see, with the activities held together and the last of them."""
    organizations = Organization.objects.visible_to(request.user).for_lists().order_by("name_en", "id")
    filterset = OrganizationFilterSet(request.GET, queryset=organizations, request=request)
    found = filterset.qs if filterset.is_valid() else organizations.none()
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    together = _together(request.user, [organization.pk for organization in page])
    # A parent body may be internal while its subsidiary is not.
    parents = Organization.objects.visible_to(request.user).in_bulk({organization.parent_id for organization in page})
    return render(
        request,
        "partners/list.html",
        {
            "filterset": filterset,
            "page": page,
            "rows": [(row, parents.get(row.parent_id), together.get(row.pk)) for row in page],
            "agreements": Agreement.objects.visible_to(request.user),
        },
    )


@require_safe
def organization(request: HttpRequest, code: str) -> HttpResponse:
    """One organization: its bodies, agreements, the activities together and, for staff, its contacts."""
    visible = Organization.objects.visible_to(request.user)
    partner = get_object_or_404(visible.for_lists(), code=code)
    activities = Activity.objects.visible_to(request.user).naming_partner(partner, request.user)
    held = activities.approved().held()
    return render(
        request,
        "partners/detail.html",
        {
            "partner": partner,
            "parent": visible.filter(pk=partner.parent_id).first(),
            "subsidiaries": visible.filter(parent=partner),
            "agreements": Agreement.objects.visible_to(request.user).filter(parties=partner),
            "contacts": Contact.objects.visible_to(request.user).filter(organization=partner),
            "latest": held.select_related("country").newest_first()[:LATEST],
            "coming": activities.approved().coming(timezone.localdate()).select_related("country")[:LATEST],
            "held_count": held.count(),
            "held_url": activities_url(partner=partner.code, stage=Stage.HELD, review_state="approved"),
        },
    )


def _together(viewer: "Viewer", organizations: list[int]) -> dict[int, dict[str, Any]]:
    """Activities held with each organization, and the first day of the last one (one query)."""
    rows = (
        Involvement.objects.visible_to(viewer)
        .filter(organization__in=organizations, activity__stage=Stage.HELD, activity__review_state="approved")
        .order_by()
        .values("organization")
        .annotate(count=Count("activity", distinct=True), last=Max("activity__start_date"))
    )
    return {row["organization"]: {"count": row["count"], "last": row["last"]} for row in rows}
