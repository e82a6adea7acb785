"""Charts that several reports share, drawn as on the dashboards."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.charts.chart import Chart, Kind, Point, Series
from activities.choices import CentreRole
from activities.dashboard_charts import quarter_label
from priorities.periods import Period
from reports.builders.activities import ActivityFacts

# Of a longer period, quarters are told apart; of a shorter one, months.
MOST_MONTHS = 12


def held_over_time(activities: Sequence[ActivityFacts], period: Period, made_on: date) -> Chart | None:
    """Columns by month or quarter, divided by the Centre's role; None where they would tell nothing.

    That is so where the period is a single month, or where of nothing that was held the month is known.
    """
    spans = _spans(period, made_on)
    counts = Counter((_span_of(one.month, spans), one.role) for one in activities if one.month)
    labels = [str(role.label) for role in CentreRole]
    roles = sorted({role for _span, role in counts}, key=labels.index)
    if len(spans) < 2 or not roles:
        return None
    return Chart(
        name="held-over-time",
        kind=Kind.COLUMNS,
        title=_("Activities held, by month") if _by_month(period) else _("Activities held, by quarter"),
        counts=_counted(period),
        period=period.text,
        source=source(),
        heading=_("Month") if _by_month(period) else _("Quarter"),
        categories=tuple(spans.values()),
        series=tuple(Series(role, tuple(Point(counts[span, role] or None) for span in spans)) for role in roles),
    )


def engagement_over_time(partners: Sequence[tuple[str, Sequence[date]]], period: Period, made_on: date) -> Chart | None:
    """Each partner by month or quarter, from the days on which something was held with it; None as above."""
    spans = _spans(period, made_on)
    counts = [Counter(_span_of(day, spans) for day in days) for _name, days in partners]
    if len(spans) < 2 or not any(counts):
        return None
    return Chart(
        name="engagement",
        kind=Kind.HEAT,
        title=_("Engagement of partners, by month") if _by_month(period) else _("Engagement of partners, by quarter"),
        counts=_counted(period),
        period=period.text,
        source=source(),
        heading=_("Partner"),
        categories=tuple(name for name, _days in partners),
        series=tuple(
            Series(label, tuple(Point(count[span] or None) for count in counts)) for span, label in spans.items()
        ),
    )


def source() -> str:
    """Where the numbers come from."""
    return _("UNRCCA programme tracking portal")


def _counted(period: Period) -> str:
    if _by_month(period):
        return _("By the month of the first day in the period, where it is known.")
    return _("By the quarter of the first day in the period, where it is known.")


def _by_month(period: Period) -> bool:
    return len(list(_months(period.starts, period.ends))) <= MOST_MONTHS


def _spans(period: Period, made_on: date) -> dict[date, str]:
    """The months or quarters of the period that have begun, by their first day, with their names."""
    months = list(_months(period.starts, min(period.ends, made_on)))
    if _by_month(period):
        return {month: date_format(month, "M Y") for month in months}
    quarters = dict.fromkeys(month.replace(month=month.month - (month.month - 1) % 3) for month in months)
    return {day: quarter_label(Period.of_quarter(day.year, (day.month + 2) // 3)) for day in quarters}


def _months(first: date, last: date) -> Iterator[date]:
    """The first day of each month from one day to another."""
    for number in range(12 * first.year + first.month - 1, 12 * last.year + last.month):
        yield date(number // 12, number % 12 + 1, 1)


def _span_of(day: date, spans: Mapping[date, str]) -> date | None:
    """The span that the day lies in; what began before the period is counted in its first."""
    return max((span for span in spans if span <= day), default=next(iter(spans), None))
