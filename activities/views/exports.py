"""The lists of activities and series as files, exactly as the page is filtered and sorted."""

from typing import TYPE_CHECKING

from django.db.models import OuterRef
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.api import codes
from accounts.choices import Classification
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
from activities.choices import SeriesCadence
from activities.follow_up_filters import FollowUpFilterSet
from activities.models import FollowUp, Series
from activities.sheets.columns import columns_for, rows_for
from activities.sheets.words import Words
from priorities.keys import priority_key
from priorities.models import Commitment

from .follow_ups import LIST as FOLLOW_UPS
from .follow_ups import for_staff
from .lists import filterset_of, found_for

if TYPE_CHECKING:
    from accounts.roles import Viewer


@require_safe
def activity_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Back to the page, which says what is wrong, where a filter holds something unknown."""
    filterset = filterset_of(request)
    if not filterset.is_valid():
        return redirect(f"{reverse('activities:list')}?{request.GET.urlencode()}")
    notes = [_("The first sheet can be changed and imported again.")] if is_staff_viewer(request.user) else []
    table = Table(
        "activities",
        _("Activities"),
        columns_for(request.user, Words(request.user)),
        rows_for(request.user, found_for(request, filterset)),
        filters_in_words(filterset.form),
        notes,
    )
    return export(request, table, kind)


@for_staff
@require_safe
def follow_up_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    visible = FollowUp.objects.visible_to(request.user)
    filterset = FollowUpFilterSet(request.GET, queryset=visible, request=request)
    if not filterset.is_valid():
        return redirect(f"{reverse('activities:follow-ups')}?{request.GET.urlencode()}")
    rows = rows_of(FOLLOW_UPS.ordered(filterset.qs, request), follow_up_columns())
    words = filters_in_words(filterset.form)
    return export(request, Table("follow-ups", _("Follow-ups"), follow_up_columns(), rows, words), kind)


def follow_up_columns() -> list[Column]:
    """The columns of follow-ups, which are for staff alone."""
    return [
        plain("text", _("Follow-up"), 60),
        plain("owner", _("Owner"), 24, "owner__name"),
        plain("due", _("Due"), 14),
        plain("done", _("Done"), 14),
        plain("reference", _("Reference"), 18, "activity__reference"),
        plain("title", _("Activity"), 60, in_language("activity__title")),
        Column("classification", _("Classification"), _classification, 16, "activity__classification"),
    ]


def _classification(row: Row) -> str:
    """That of the activity: a list with anything confidential in it is confidential as a whole."""
    return str(Classification(row["classification"]).label)


@require_safe
def series_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    columns = series_columns(request.user)
    series = Series.objects.visible_to(request.user).order_by(in_language("name"), "pk")
    return export(request, Table("series", _("Series"), columns, rows_of(series, columns)), kind)


def series_columns(viewer: "Viewer") -> list[Column]:
    """The columns of series, as the viewer may see them."""
    commitments = Commitment.objects.visible_to(viewer).filter(series=OuterRef("pk"))
    return [
        plain("code", _("Code"), 30),
        plain("name_en", _("Name in English"), 50),
        plain("name_ru", _("Name in Russian"), 50),
        listed("aliases", _("Other names")),
        labelled("cadence", _("Cadence"), SeriesCadence),
        plain("priority", _("Priority"), 16, priority_key("priority")),
        listed("commitments", _("Commitments"), source=codes(commitments.with_key(), "key")),
        *release_columns(viewer),
    ]
