"""Special Representatives and Council briefings in the administration; developments to look at only."""

from django.contrib import admin

from accounts.administration import PartInline, ReadOnlyAdmin, RecordAdmin, ReleasedAdmin

from .models import Briefing, Consideration, Development, SpecialRepresentative


class ConsiderationInline(PartInline):
    model = Consideration


@admin.register(SpecialRepresentative)
class SpecialRepresentativeAdmin(RecordAdmin):
    list_display = ("name_en", "name_ru", "starts", "ends")
    search_fields = ("key", "name_en", "name_ru")


@admin.register(Briefing)
class BriefingAdmin(ReleasedAdmin):
    list_display = ("date", "modality", "outcome", "outcome_date", "certainty", "audience")
    list_filter = ("modality", "outcome", "certainty", *ReleasedAdmin.list_filter)
    search_fields = ("key", "source")
    inlines = (ConsiderationInline,)


@admin.register(Development)
class DevelopmentAdmin(ReadOnlyAdmin):
    list_display = ("date", "headline_en", "reliability", "review_state", "audience")
    list_filter = ("review_state", "reliability", "audience")
    search_fields = ("key", "headline_en", "headline_ru")
