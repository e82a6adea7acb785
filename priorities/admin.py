"""The programmes of action and the reference lists in the administration."""

from django.contrib import admin

from accounts.administration import PartInline, RecordAdmin

from .models import (
    Commitment,
    Country,
    Deliverable,
    DeliverableLine,
    Document,
    Framework,
    Indicator,
    IndicatorValue,
    Mandate,
    MandateFunction,
    Priority,
    ProgrammeOfAction,
    SdgTarget,
    Theme,
)


class MandateInline(PartInline):
    model = Mandate
    extra = 0


class IndicatorValueInline(PartInline):
    model = IndicatorValue


@admin.register(ProgrammeOfAction)
class ProgrammeOfActionAdmin(RecordAdmin):
    list_display = ("period", "number", "title_en", "title_ru")
    chosen_once = ("number",)
    inlines = (MandateInline,)


@admin.register(MandateFunction)
class MandateFunctionAdmin(RecordAdmin):
    list_display = ("number", "short_en", "short_ru")


@admin.register(Priority)
class PriorityAdmin(RecordAdmin):
    list_display = ("programme", "roman", "short_title_en", "short_title_ru", "function")
    chosen_once = ("programme", "number", "roman", "slug")
    list_filter = ("programme",)
    search_fields = ("title_en", "title_ru", "short_title_en", "short_title_ru")


@admin.register(Commitment)
class CommitmentAdmin(RecordAdmin):
    list_display = ("code", "priority", "text_en", "cadence", "retired")
    list_filter = ("cadence", "retired", "priority")
    chosen_once = ("code",)
    search_fields = ("code", "text_en", "text_ru")


@admin.register(Country)
class CountryAdmin(RecordAdmin):
    list_display = ("code", "m49", "name_en", "name_ru", "group")
    list_filter = ("group",)
    search_fields = ("code", "name_en", "name_ru")


@admin.register(Theme)
class ThemeAdmin(RecordAdmin):
    list_display = ("code", "name_en", "name_ru", "parent", "retired")
    chosen_once = ("code",)
    list_select_related = ("parent",)
    search_fields = ("code", "name_en", "name_ru")


@admin.register(SdgTarget)
class SdgTargetAdmin(RecordAdmin):
    list_display = ("code", "title_en", "title_ru")
    search_fields = ("code", "title_en", "title_ru")


@admin.register(Document)
class DocumentAdmin(RecordAdmin):
    list_display = ("symbol", "kind", "date", "title_en", "certainty")
    list_filter = ("kind", "certainty")
    search_fields = ("symbol", "key", "title_en", "title_ru")


@admin.register(Framework)
class FrameworkAdmin(RecordAdmin):
    list_display = ("code", "kind", "acronym", "name_en", "name_ru")
    list_filter = ("kind",)
    search_fields = ("code", "acronym", "name_en", "name_ru")


@admin.register(DeliverableLine)
class DeliverableLineAdmin(RecordAdmin):
    list_display = ("code", "category", "name_en", "name_ru", "unit_en", "retired")
    chosen_once = ("code",)
    list_filter = ("category",)
    search_fields = ("code", "name_en", "name_ru")


@admin.register(Deliverable)
class DeliverableAdmin(RecordAdmin):
    list_display = ("line", "programme", "year", "planned", "adjustment")
    list_filter = ("year", "programme")


@admin.register(Indicator)
class IndicatorAdmin(RecordAdmin):
    list_display = ("code", "priority", "name_en", "unit_en")
    list_filter = ("priority",)
    search_fields = ("code", "name_en", "name_ru")
    inlines = (IndicatorValueInline,)
