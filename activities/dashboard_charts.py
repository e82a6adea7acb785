"""The charts of the dashboards, from the numbers of `progress` and `participants`."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.charts.chart import Chart, Kind, Point, Series
from priorities.models import Priority
from priorities.periods import Period

from .links import Cell
from .participants import Participation
from .progress import Progress


def source() -> str:
    """Where the numbers come from, and when they were counted."""
    return _("Source: records of the UNRCCA programme portal, %(day)s.") % {"day": date_format(timezone.localdate())}


def point(cell: Cell) -> Point:
    """A number with its list; nothing held is nothing recorded."""
    return Point(cell.count or None, cell.url)


def label_of(priority: Priority) -> str:
    return f"{priority.roman}. {priority.short_title}"


def quarter_label(quarter: Period) -> str:
    """Such as 2024 Q3."""
    words = {"year": quarter.starts.year, "quarter": (quarter.starts.month + 2) // 3}
    return _("%(year)s Q%(quarter)s") % words


def held_by_quarter(progress: Progress) -> Chart:
    """What was organized and attended, quarter by quarter."""
    quarters = progress.quarters
    tallies = [progress.total.in_period(quarter) for quarter in quarters]
    series = [
        Series(_("Organized or co-organized by the Centre"), tuple(point(one.organized) for one in tallies)),
        Series(_("Supported or attended"), tuple(point(one.attended) for one in tallies)),
    ]
    if progress.total.others.count:
        series.append(Series(_("Partners’ own"), tuple(point(one.others) for one in tallies)))
    return Chart(
        name="held-by-quarter",
        kind=Kind.COLUMNS,
        title=_("Activities held, by quarter"),
        counts=_("Approved activities that you may see, by the quarter of their first day, where it is known."),
        period=progress.scope.text,
        source=source(),
        heading=_("Quarter"),
        categories=tuple(quarter_label(quarter) for quarter in quarters),
        series=tuple(series),
    )


def held_by_year(progress: Progress) -> Chart:
    """What was held under each priority, year by year."""
    years = progress.years
    rows = [(priority, tallies) for priority, tallies, _people in progress.by_priority]
    return Chart(
        name="held-by-year",
        kind=Kind.BARS,
        title=_("Activities held, by priority and year"),
        counts=_(
            "Approved activities that you may see, by the year of their first day; those without a date are left out."
        ),
        period=progress.scope.text,
        source=source(),
        heading=_("Priority"),
        categories=tuple(label_of(priority) for priority, _tallies in rows),
        series=tuple(
            Series(str(year), tuple(point(tallies.in_period(Period.of_year(year)).held) for _priority, tallies in rows))
            for year in years
        ),
    )


def shares_of_women(progress: Progress) -> Chart:
    """Women and men under each priority, in the activities of which both are known."""
    rows = [
        (label_of(priority), people, tallies.with_figures("by_sex", people.compared).url)
        for priority, tallies, people in progress.by_priority
    ]
    return Chart(
        name="women-and-men",
        kind=Kind.SHARES,
        title=_("Women and men among the participants"),
        counts=_("Participants of held activities for which the numbers of both women and men are recorded."),
        period=progress.scope.text,
        source=source(),
        heading=_("Priority"),
        categories=tuple(label for label, _people, _url in rows),
        series=(
            Series(_("Women"), tuple(Point(_known(people, people.compared_women), url) for _l, people, url in rows)),
            Series(_("Men"), tuple(Point(_known(people, people.compared_men), url) for _l, people, url in rows)),
        ),
        of_records=False,
    )


def _known(people: Participation, figure: int | None) -> int | None:
    return figure if people.compared else None
