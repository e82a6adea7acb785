"""The series, such as the Deputy Foreign Ministers meetings: their editions, the last one and when the next is due."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.charts.chart import Chart, Kind, Point
from accounts.charts.chart import Series as Drawn
from accounts.charts.files import asked_file
from accounts.context_processors import marking_of
from accounts.localized import in_language
from accounts.roles import Permission, allows
from activities.actions import may_log
from activities.choices import Stage
from activities.editions import standings
from activities.models import Activity, Series
from activities.profiles import source_line

# Of a series with more editions the latest are shown; the list has them all.
MOST_EDITIONS = 100


@require_safe
def series_list(request: HttpRequest) -> HttpResponseBase:
    """All series that the reader may see, each with its last edition and the next."""
    visible = Series.objects.visible_to(request.user).select_related("priority__programme")
    rows = standings(visible.order_by("retired", in_language("name"), "pk"), request.user, timezone.localdate())
    context = {"rows": rows, "may_log": _may_log(request), "may_edit": allows(request.user, Permission.EDIT_PROGRAMME)}
    return render(request, "series/list.html", context)


@require_safe
def series(request: HttpRequest, code: str) -> HttpResponseBase:
    """One series: its editions on a line and in a table, the last one, the next, and numbers that are not recorded."""
    viewer = request.user
    visible = Series.objects.visible_to(viewer).select_related("priority__programme")
    shown: Series = get_object_or_404(visible, code=code)
    [standing] = standings([shown], viewer, timezone.localdate())
    found = Activity.objects.visible_to(viewer).approved().filter(series=shown).exclude(stage=Stage.CANCELLED)
    editions = list(found.select_related("country", "main_priority__programme").newest_first()[:MOST_EDITIONS])
    chart = editions_chart(shown, editions)
    file = asked_file(request, [chart])
    if file is not None:
        return file
    context = {
        **marking_of(shown, viewer),
        "series": shown,
        "standing": standing,
        "editions": editions,
        "most": MOST_EDITIONS if len(editions) == MOST_EDITIONS else None,
        "chart": chart,
        "commitments": shown.commitments.visible_to(viewer).for_lists(),
        "may_log": _may_log(request) and bool(editions) and not shown.retired,
        "may_edit": allows(viewer, Permission.EDIT_PROGRAMME),
    }
    return render(request, "series/detail.html", context)


def _may_log(request: HttpRequest) -> bool:
    user: Any = request.user
    return user.is_authenticated and may_log(user)


def editions_chart(series: Series, editions: list[Activity]) -> Chart:
    """The editions on a line of days, the earliest first."""
    ordered = list(reversed(editions))
    years = tuple(Point(one.start_date.year if one.start_date else None, one.get_absolute_url()) for one in ordered)
    return Chart(
        name="editions",
        kind=Kind.EDITIONS,
        title=_("Editions of the series"),
        counts=_("Approved activities that belong to the series, held or coming, by their first day."),
        period=_("All years."),
        source=source_line(),
        heading=_("Edition"),
        categories=tuple(edition_name(one) for one in ordered),
        series=(Drawn(_("Year"), years),),
        days=tuple(one.start_date for one in ordered),
        of_records=False,
    )


def edition_name(activity: Activity) -> str:
    """Its number, or else what it is called."""
    return _("No. %(number)s") % {"number": activity.edition} if activity.edition else activity.title
