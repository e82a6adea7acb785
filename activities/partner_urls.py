"""Addresses of partners. They stand here because the list and the page of an organization count activities."""

from django.urls import path

from partners.views import agreements, contacts, organizations

from . import matrix_page, partner_exports, partner_pages
from .views import engagement

app_name = "partners"
urlpatterns = [
    path("", partner_pages.list_organizations, name="list"),
    path("export.<str:kind>", partner_exports.organization_export, name="export"),
    path("agreements/export.<str:kind>", partner_exports.agreement_export, name="export-agreements"),
    path("contacts/export.<str:kind>", partner_exports.contact_export, name="export-contacts"),
    path("home/", partner_pages.home, name="home"),
    path("matrix/", matrix_page.who_does_what, name="matrix"),
    path("matrix/export.<str:kind>", matrix_page.matrix_export, name="export-matrix"),
    path("engagement/", engagement.partner_engagement, name="engagement"),
    path("new/", organizations.organization_new, name="new"),
    path("agreements/", agreements.agreement_list, name="agreements"),
    path("agreements/new/", agreements.agreement_new, name="agreement-new"),
    path("agreements/<slug:code>/", agreements.agreement, name="agreement"),
    path("agreements/<slug:code>/edit/", agreements.agreement_edit, name="agreement-edit"),
    path("agreements/<slug:code>/delete/", agreements.agreement_delete, name="agreement-delete"),
    path("contacts/", contacts.contact_list, name="contacts"),
    path("<slug:code>/", partner_pages.organization, name="detail"),
    path("<slug:code>/edit/", organizations.organization_edit, name="edit"),
    path("<slug:code>/contacts/new/", contacts.contact_new, name="contact-new"),
    path("<slug:code>/contacts/<int:number>/edit/", contacts.contact_edit, name="contact-edit"),
    path("<slug:code>/contacts/<int:number>/verify/", contacts.contact_verify, name="contact-verify"),
    path("<slug:code>/contacts/<int:number>/delete/", contacts.contact_delete, name="contact-delete"),
    path("<slug:code>/notes/new/", contacts.note_new, name="note-new"),
    path("<slug:code>/notes/<int:number>/edit/", contacts.note_edit, name="note-edit"),
    path("<slug:code>/notes/<int:number>/delete/", contacts.note_delete, name="note-delete"),
]
