"""The partners' pages: who they are, what was done together, and who has not been heard of for too long.

They stand here, not in `partners`, because they count activities, and `partners` does not know these.
"""

from datetime import date
from typing import Any

import django_filters
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce, Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.context_processors import marking_of
from accounts.history import history_of
from accounts.lists import ListPage, Order, ViewForm, chips_of, page_of, rank_by_label, register
from accounts.localized import in_language
from accounts.requests import signed_in
from accounts.roles import Role
from accounts.saved_views import menu_of
from accounts.visibility import is_staff_viewer
from partners import actions
from partners.choices import OrganizationType
from partners.filters import OrganizationFilterSet
from partners.models import Agreement, Contact, ContactNote, Organization

from .engagement import (
    held_together,
    held_url,
    last_activities,
    last_engagement,
    silent_partners,
    together_with,
    with_engagement,
    with_silence,
)
from .filter_fields import NOT_KNOWN_HERE, ChoiceFilter
from .filters import officers
from .links import activities_url
from .models import Activity
from .partner_home import home_of

LATEST = 10
NOTES = 20


class PartnerFilterSet(OrganizationFilterSet):
    """Organizations as the list shows them; alerts, and who looks after whom, are the staff's alone."""

    STAFF_ONLY = ("silent", "officer")

    agreement = ChoiceFilter(
        choices=[("yes", _("In force")), ("no", _("None in force"))], method="under_agreement", label=_("Agreement")
    )
    silent = ChoiceFilter(choices=[("yes", _("Silent too long"))], method="silent_only", label=_("Silence"))
    officer = django_filters.ModelChoiceFilter(
        field_name="focal_officer",
        queryset=officers,
        label=_("Focal officer"),
        empty_label=_("Anyone"),
        error_messages={"invalid_choice": NOT_KNOWN_HERE},
    )
    retired = django_filters.ChoiceFilter(
        choices=[("yes", _("No longer in use"))], method="switched_off", label=_("Shown"), empty_label=_("In use")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert self.request is not None, "The choices depend on the reader."
        self.viewer = self.request.user
        if not is_staff_viewer(self.viewer):
            for name in self.STAFF_ONLY:
                del self.filters[name]

    def filter_queryset(self, queryset: Any) -> Any:
        """Those switched off show only when asked for."""
        found = super().filter_queryset(queryset)
        return found if self.form.cleaned_data["retired"] else found.in_use()

    def switched_off(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(retired=True)

    def under_agreement(self, queryset: Any, name: str, value: str) -> Any:
        in_force = Agreement.objects.visible_to(self.viewer).in_force(timezone.localdate())
        under = Exists(in_force.filter(parties=OuterRef("pk")))
        return queryset.filter(under if value == "yes" else ~under)

    def silent_only(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(is_silent=True)


ORDERS = {
    "name": Order(_("Name"), lambda: [Lower("name_en")]),
    "type": Order(_("Type"), lambda: [rank_by_label("type", OrganizationType.choices), Lower("name_en")]),
    "country": Order(_("Country"), lambda: [in_language("country__name"), Lower("name_en")], may_lack=True),
    "together": Order(_("Activities together"), lambda: ["together", Lower("name_en")]),
    # Never engaged is the longest silence.
    "last": Order(_("Last engagement"), lambda: [Coalesce("last_engaged", date.min), Lower("name_en")]),
    "agreements": Order(_("Agreements in force"), lambda: ["agreements_in_force", Lower("name_en")]),
}
LIST = register(ListPage("partners", "partners:list", PartnerFilterSet, ORDERS, "name"))


def found_partners(request: HttpRequest) -> tuple[PartnerFilterSet, QuerySet[Organization]]:
    """The filters of the address, and what they leave of what the reader may see, in the order asked for."""
    viewer, today = request.user, timezone.localdate()
    visible = with_engagement(Organization.objects.visible_to(viewer).for_lists(), viewer, today)
    if is_staff_viewer(viewer):
        visible = with_silence(visible, viewer, today)
    filterset = PartnerFilterSet(request.GET, queryset=visible, request=request)
    found = filterset.qs if filterset.is_valid() else visible.none()
    return filterset, LIST.ordered(found, request)


@require_safe
def list_organizations(request: HttpRequest) -> HttpResponse:
    """All organizations the reader may see, with the activities held together and the last engagement."""
    filterset, found = found_partners(request)
    page: Any = page_of(found, request)
    last = last_activities([organization.pk for organization in page], request.user)
    context = {
        "filter": filterset,
        "page": page,
        "rows": [(row, last.get(row.pk), held_url(row)) for row in page],
        "ordering": LIST.order_of(request),
        "view": ViewForm(LIST, request),
        "chips": chips_of(filterset, request),
        "saved": menu_of(LIST, filterset, request),
        "may_edit": actions.may_edit(request.user),
    }
    return render(request, "partners/list.html", context, status=200 if filterset.is_valid() else 400)


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """A partner's own page, on which it arrives when it signs in; staff have others."""
    user = signed_in(request)
    if user.role != Role.PARTNER:
        raise PermissionDenied
    return render(request, "partners/home.html", home_of(user))


@require_safe
def organization(request: HttpRequest, code: str) -> HttpResponse:
    """One organization: who it is, what was done together, its agreements and, for staff, its contacts."""
    viewer = request.user
    visible = Organization.objects.visible_to(viewer)
    partner = get_object_or_404(visible.for_lists().select_related("focal_officer"), code=code)
    held = held_together(partner, viewer)
    coming = Activity.objects.visible_to(viewer).naming_partner(partner, viewer).approved()
    agreements = Agreement.objects.visible_to(viewer).with_succession(viewer).filter(parties=partner)
    context = {
        **marking_of(partner, viewer),
        "partner": partner,
        "parent": visible.filter(pk=partner.parent_id).first(),
        "subsidiaries": visible.filter(parent=partner),
        "agreements": agreements.newest_first(),
        "last": last_engagement(partner, viewer),
        "together": together_with(partner, viewer),
        "latest": held.select_related("country").newest_first()[:LATEST],
        "coming": coming.coming(timezone.localdate()).select_related("country")[:LATEST],
        "coming_url": activities_url(partner=partner.code, coming="yes", review_state="approved"),
        "may_edit": actions.may_edit(viewer),
        **(_internal(partner, viewer) if is_staff_viewer(viewer) else {}),
    }
    return render(request, "partners/detail.html", context)


def _internal(partner: Organization, viewer: Any) -> dict[str, Any]:
    """What never leaves the staff."""
    return {
        "silence_months": partner.silence_months or settings.SILENCE_MONTHS,
        "silent": silent_partners(viewer, timezone.localdate()).filter(pk=partner.pk).exists(),
        "contacts": Contact.objects.visible_to(viewer).filter(organization=partner).select_related("organization"),
        "notes": ContactNote.objects.visible_to(viewer).filter(organization=partner).select_related("by")[:NOTES],
        "released_to": Organization.objects.visible_to(viewer).filter(pk__in=partner.released_to.all()),
        "history": history_of(partner, viewer),
    }
