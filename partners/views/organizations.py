"""Adding and editing organizations. Their list and page count activities and stand in `activities.partner_pages`."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.keeping import sign_in_keeping_entries
from partners.forms import OrganizationForm
from partners.models import Organization

from .common import add_page, edit_page, editor_of, visible_organization

TEMPLATE = "partners/organization_form.html"


@sign_in_keeping_entries
@require_http_methods(["GET", "HEAD", "POST"])
def organization_new(request: HttpRequest) -> HttpResponse:
    back = reverse("partners:list")
    return add_page(request, OrganizationForm, Organization(), TEMPLATE, back_url=back)


@sign_in_keeping_entries
@require_http_methods(["GET", "HEAD", "POST"])
def organization_edit(request: HttpRequest, code: str) -> HttpResponse:
    organization = visible_organization(request, code)
    editor_of(request)
    back = organization.get_absolute_url()
    return edit_page(request, OrganizationForm, organization, TEMPLATE, back_url=back)
