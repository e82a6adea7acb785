"""Series in the administration; activities to look at only, since they are edited and reviewed on their own pages."""

from django.contrib import admin

from accounts.administration import ReadOnlyAdmin, ReleasedAdmin

from .models import Activity, Series


@admin.register(Series)
class SeriesAdmin(ReleasedAdmin):
    list_display = ("code", "name_en", "name_ru", "cadence", "retired", "audience")
    chosen_once = ("code",)
    list_filter = ("cadence", *ReleasedAdmin.list_filter)
    search_fields = ("code", "name_en", "name_ru")


@admin.register(Activity)
class ActivityAdmin(ReadOnlyAdmin):
    list_display = ("reference", "title_en", "type", "start_date", "stage", "review_state", "audience")
    list_filter = ("review_state", "stage", "type", "audience")
    search_fields = ("reference", "title_en", "title_ru")
