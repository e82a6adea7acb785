from django.urls import path

from . import partner_exports, partner_pages

app_name = "partners"
urlpatterns = [
    path("", partner_pages.list_organizations, name="list"),
    path("export.<str:kind>", partner_exports.organization_export, name="export"),
    path("agreements/export.<str:kind>", partner_exports.agreement_export, name="export-agreements"),
    path("contacts/export.<str:kind>", partner_exports.contact_export, name="export-contacts"),
    path("<slug:code>/", partner_pages.organization, name="detail"),
]
