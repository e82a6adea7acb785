"""Organizations with their contacts, and agreements, in the administration."""

from django.contrib import admin

from accounts.administration import PartInline, ReleasedAdmin

from .models import Agreement, AgreementDocument, Contact, Organization


class ContactInline(PartInline):
    model = Contact


class DocumentInline(PartInline):
    model = AgreementDocument


@admin.register(Organization)
class OrganizationAdmin(ReleasedAdmin):
    list_display = ("code", "acronym", "name_en", "name_ru", "type", "audience")
    list_filter = ("type", *ReleasedAdmin.list_filter)
    search_fields = ("code", "acronym", "acronym_ru", "name_en", "name_ru")
    inlines = (ContactInline,)


@admin.register(Agreement)
class AgreementAdmin(ReleasedAdmin):
    list_display = ("code", "kind", "title_en", "signed", "ends", "audience")
    list_filter = ("kind", *ReleasedAdmin.list_filter)
    search_fields = ("code", "title_en", "title_ru")
    inlines = (DocumentInline,)
