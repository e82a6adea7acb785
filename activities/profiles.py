"""What was done about one country or theme: by year, priority, series, partner and commitment, and who took part.

A page gives the scope with its own country or theme in it. Every number counts approved activities that the reader may
see, and names the list of exactly these; the number of queries does not grow with them.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce, ExtractQuarter, ExtractYear
from django.utils.translation import gettext as _

from accounts.charts.chart import Chart, Kind, Point
from accounts.charts.chart import Series as Drawn
from accounts.choices import ReviewState
from partners.models import Organization
from priorities.choices import DatePrecision
from priorities.models import Commitment, Country, Priority, Theme
from priorities.periods import Period

from .choices import CentreRole, Stage
from .filter_fields import UNKNOWN_YEAR
from .links import Cell, activities_url, priority_key
from .models import Activity, Evidence, Involvement, Series
from .participants import Participation, added, participation_by
from .querysets import ActivityQuerySet, names_shown
from .scope import Scope, begins

if TYPE_CHECKING:
    from accounts.roles import Viewer

SHOWN = 8
# Over a longer period quarters are too many to be seen at once.
DAYS_BY_QUARTER = 2 * 366


@dataclass(frozen=True)
class Named:
    """Something with its page and its number."""

    name: str
    cell: Cell
    url: str = ""


@dataclass(frozen=True)
class Cross:
    """A table of priorities and themes, or priorities and countries; no cell where nothing is recorded."""

    columns: list[Priority]
    rows: list[tuple[Named, list[Cell | None]]]


@dataclass(frozen=True)
class TakingPart:
    """Who took part in the activities of one year, or in all (`label` says which)."""

    label: str
    held: Cell
    stated: Cell
    figures: Participation


@dataclass(frozen=True)
class Profile:
    """See the module. `held` are the activities of the scope; `coming` goes from today, whatever the period."""

    held: Cell
    coming: Cell
    roles: list[Named]
    years: Chart
    taking_part: list[TakingPart]
    everyone: TakingPart
    people: list[Chart]
    priorities: list[Named]
    cross: Cross
    series: list[Named]
    partners: list[Named]
    commitments: list[tuple[Commitment, Cell, int]]
    latest: list[Activity]
    soon: list[Activity]


def held_in(scope: Scope, viewer: "Viewer") -> ActivityQuerySet:
    """The approved activities that were held, as far as the scope is about them and the viewer may see them."""
    activities: ActivityQuerySet = Activity.objects.visible_to(viewer)
    return scope.narrow(activities.approved().held(), viewer)


def coming_in(scope: Scope, viewer: "Viewer", today: date) -> ActivityQuerySet:
    """The approved ones that are still to be, at the scope's places."""
    activities: ActivityQuerySet = Activity.objects.visible_to(viewer)
    return scope.narrow_places(activities.approved().coming(today), viewer)


def held_url(scope: Scope, **filters: Any) -> str:
    return scope.list_url(**{"stage": Stage.HELD.value, **filters})


def coming_url(scope: Scope, **filters: Any) -> str:
    return activities_url(**{**scope.places, "coming": "yes", "review_state": ReviewState.APPROVED.value, **filters})


def profile_of(scope: Scope, viewer: "Viewer", today: date) -> Profile:
    """All of a page's numbers (about a dozen queries)."""
    held, coming = held_in(scope, viewer), coming_in(scope, viewer, today)
    spans = Spans(scope)
    counts: Counter[tuple[Any, str, int | None]] = Counter()
    for row in spans.counted(held, "centre_role", "main_priority"):
        counts[row["span"], row["centre_role"], row["main_priority"]] += row["count"]
    roles: Counter[str] = Counter()
    under: Counter[int | None] = Counter()
    for (_span, role, priority), count in counts.items():
        roles[role] += count
        under[priority] += count
    total = Cell(sum(counts.values()), held_url(scope))
    priorities = list(
        Priority.objects.visible_to(viewer).filter(pk__in=[pk for pk in under if pk]).select_related("programme")
    )
    taking_part = _taking_part(scope, held, viewer)
    return Profile(
        held=total,
        coming=Cell(coming.order_by().count(), coming_url(scope)),
        roles=[
            Named(str(role.label), Cell(roles[role], held_url(scope, role=role.value)))
            for role in CentreRole
            if roles[role]
        ],
        years=_years_chart(scope, spans, counts),
        taking_part=taking_part,
        everyone=TakingPart(
            scope.period_text,
            total,
            _stated(scope, sum(one.figures.stated for one in taking_part)),
            added(one.figures for one in taking_part),
        ),
        people=_people_charts(scope, taking_part),
        priorities=[_under(scope, one, under[one.pk]) for one in sorted(priorities, key=lambda one: one.number)],
        cross=_cross(scope, held, viewer, priorities),
        series=_series(scope, held, viewer),
        partners=_partners(scope, held, viewer),
        commitments=_commitments(scope, held, viewer),
        latest=list(held.select_related("country", "series").newest_first()[:SHOWN]),
        soon=list(coming.select_related("country")[:SHOWN]),
    )


# --- years and quarters -----------------------------------------------------------------------------------------------


class Spans:
    """The years of the scope, or its quarters where these are few, and the lists of what began in each."""

    def __init__(self, scope: Scope, *, by_quarter: bool | None = None) -> None:
        self.scope = scope
        days = (scope.period.ends - scope.period.starts).days if scope.period else None
        self.by_quarter = (days is not None and days <= DAYS_BY_QUARTER) if by_quarter is None else by_quarter

    def counted(self, activities: QuerySet[Any], *further: str) -> list[dict[str, Any]]:
        """Numbers of activities by span and further fields (one query); `span` is a year, (year, quarter) or None."""
        rows = activities.order_by().values(
            *further,
            "date_precision",
            span_year=ExtractYear("start_date"),
            span_quarter=ExtractQuarter("start_date"),
        )
        found: Counter[tuple[Any, ...]] = Counter()
        for row in rows.annotate(count=Count("pk", distinct=True)):
            found[(self._span(row), *(row[name] for name in further))] += row["count"]
        return [{"span": key[0], **dict(zip(further, key[1:], strict=True)), "count": n} for key, n in found.items()]

    def _span(self, row: dict[str, Any]) -> Any:
        year = row["span_year"]
        if not self.by_quarter or year is None:
            return year
        # Of what is known by the year alone no quarter is known; it stands apart, by its year.
        return year if row["date_precision"] == DatePrecision.YEAR else (year, row["span_quarter"])

    def shown(self, found: set[Any]) -> list[Any]:
        """The spans in order: those of the scope, others in which there is something, and last the unknown day."""
        spans = {span for span in found if span is not None}
        if self.scope.period:
            years = range(self.scope.period.starts.year, self.scope.period.ends.year + 1)
        else:
            years = range(0)
            spans |= set(self.scope.programme.years()) if self.scope.programme and not self.by_quarter else set()
        for year in years:
            quarters = [(year, quarter) for quarter in (1, 2, 3, 4)] if self.by_quarter else [year]
            spans |= {span for span in quarters if self.scope.period and self.scope.period.overlaps(*_ends(span))}
        ordered: list[Any] = sorted(spans, key=lambda span: span if isinstance(span, tuple) else (span, 9))
        return [*ordered, *([None] if None in found else [])]

    def name(self, span: Any) -> str:
        if span is None:
            return _("Date not known")
        if isinstance(span, tuple):
            return f"{span[0]}-Q{span[1]}"
        return _("%(year)s, quarter not known") % {"year": span} if self.by_quarter else str(span)

    def filters(self, span: Any) -> dict[str, str] | None:
        """What narrows the scope's list to the span; None where no list does."""
        if span is None:
            return {"year": UNKNOWN_YEAR}
        if self.by_quarter and not isinstance(span, tuple):
            return None
        starts, ends = _ends(span)
        if self.scope.period:
            starts, ends = max(starts, self.scope.period.starts), min(ends, self.scope.period.ends)
        return begins(Period(starts, ends))

    def cell(self, span: Any, count: int, **filters: Any) -> Cell:
        """A number of the span with its list."""
        within = self.filters(span)
        return Cell(count, held_url(self.scope, **within, **filters) if within is not None else "")


def _ends(span: Any) -> tuple[date, date]:
    period = Period.of_quarter(*span) if isinstance(span, tuple) else Period.of_year(span)
    return period.starts, period.ends


def source_line() -> str:
    """What stands under every chart of activities."""
    return _(
        "Source: records of the portal that you may see, approved; the public record is no measure of performance."
    )


def _years_chart(scope: Scope, spans: Spans, counts: Counter[tuple[Any, str, int | None]]) -> Chart:
    """Columns by span, divided by the Centre's role, so that what it attended is not taken for what it organized."""
    by_role: Counter[tuple[Any, str]] = Counter()
    for (span, role, _priority), count in counts.items():
        by_role[span, role] += count
    shown = spans.shown({span for span, _role in by_role})
    roles = [role for role in CentreRole if any(found == role for _span, found in by_role)]

    def point(span: Any, role: CentreRole) -> Point:
        count = by_role[span, role]
        return Point(count, spans.cell(span, count, role=role.value).url) if count else Point()

    return Chart(
        name="years",
        kind=Kind.COLUMNS,
        title=_("Activities held, by quarter") if spans.by_quarter else _("Activities held, by year"),
        counts=_("Approved activities that were held, by their first day and the Centre’s role."),
        period=scope.text,
        source=source_line(),
        heading=_("Quarter") if spans.by_quarter else _("Year"),
        categories=tuple(spans.name(span) for span in shown),
        series=tuple(Drawn(str(role.label), tuple(point(span, role) for span in shown)) for role in roles),
        urls=tuple(spans.cell(span, 1).url for span in shown),
    )


# --- who took part ----------------------------------------------------------------------------------------------------


def _stated(scope: Scope, count: int, **filters: Any) -> Cell:
    return Cell(count, held_url(scope, participants="recorded", **filters))


def _taking_part(scope: Scope, held: ActivityQuerySet, viewer: "Viewer") -> list[TakingPart]:
    """By year, in order, those without a date last."""
    spans = Spans(scope, by_quarter=False)
    found = participation_by(held, viewer, ExtractYear("start_date"))
    return [
        TakingPart(
            spans.name(year),
            spans.cell(year, found[year].activities),
            _stated(scope, found[year].stated, **(spans.filters(year) or {})),
            found[year],
        )
        for year in spans.shown(set(found))
        if year in found
    ]


def _people_charts(scope: Scope, rows: list[TakingPart]) -> list[Chart]:
    """Women, men and youth over the years, as the reader may know them."""
    counts = _("People counted in approved activities that were held, where a number is recorded.")

    def points(name: str) -> tuple[Point, ...]:
        return tuple(Point(getattr(row.figures, name), row.stated.url) for row in rows)

    common: dict[str, Any] = {
        "counts": counts,
        "period": scope.text,
        "source": source_line(),
        "heading": _("Year"),
        "categories": tuple(row.label for row in rows),
        "of_records": False,
    }
    sexes = (("women", _("Women")), ("men", _("Men")), ("not_stated", _("Sex not stated")))
    return [
        Chart(
            name="participants",
            kind=Kind.LINES,
            title=_("Participants, by year"),
            series=tuple(Drawn(label, points(name)) for name, label in sexes),
            **common,
        ),
        Chart(
            name="youth",
            kind=Kind.COLUMNS,
            title=_("Young people under 30, by year"),
            series=(Drawn(_("Youth"), points("youth")),),
            **common,
        ),
    ]


# --- priorities, themes, countries, series, partners, commitments -----------------------------------------------------


def _under(scope: Scope, priority: Priority, count: int) -> Named:
    cell = Cell(count, held_url(scope, priority=priority_key(priority)))
    return Named(str(priority), cell, priority.get_absolute_url())


def _cross(scope: Scope, held: ActivityQuerySet, viewer: "Viewer", priorities: list[Priority]) -> Cross:
    """Priorities by themes on the page of a country, by countries on that of a theme."""
    columns = sorted(priorities, key=lambda one: (one.programme.starts, one.number))
    filter_name, counts, found = (
        ("country", *_by_country(held, viewer)) if scope.theme else ("theme", *_by_theme(held, viewer))
    )
    fixed = scope.country if scope.theme else None
    rows = []
    for one in found:
        if fixed and one.pk != fixed.pk:
            continue
        filters = {filter_name: one.code}
        total = Cell(sum(counts[one.pk].values()), held_url(scope, **filters))
        cells = [
            Cell(counts[one.pk][priority.pk], held_url(scope, **filters, priority=priority_key(priority)))
            if counts[one.pk][priority.pk]
            else None
            for priority in columns
        ]
        rows.append((Named(one.name, total, one.get_absolute_url()), cells))
    return Cross(columns, sorted(rows, key=lambda row: -row[0].cell.count))


# A pillar counts with the agenda that it is part of, as the list's filter finds it.
AGENDA = Coalesce("themes__parent", "themes")


def _by_theme(held: ActivityQuerySet, viewer: "Viewer") -> tuple[dict[int, Counter[int | None]], list[Theme]]:
    counts: dict[int, Counter[int | None]] = defaultdict(Counter)
    rows = held.order_by().filter(themes__isnull=False).values("main_priority", agenda=AGENDA)
    for row in rows.annotate(count=Count("pk", distinct=True)):
        counts[row["agenda"]][row["main_priority"]] += row["count"]
    return counts, list(Theme.objects.visible_to(viewer).filter(pk__in=counts))


def _by_country(held: ActivityQuerySet, viewer: "Viewer") -> tuple[dict[int, Counter[int | None]], list[Country]]:
    counts: dict[int, Counter[int | None]] = defaultdict(Counter)
    for row in by_country(held, viewer, "main_priority", count=Count("pk", distinct=True)):
        counts[row["named"]][row["main_priority"]] += row["count"]
    return counts, list(Country.objects.visible_to(viewer).filter(pk__in=counts))


def by_country(activities: QuerySet[Any], viewer: "Viewer", *fields: str, **figures: Any) -> list[dict[str, Any]]:
    """Rows of figures by country (`named`) and further fields (one query).

    An activity names the country in which it was held, and those that took part as far as the viewer may know it. The
    two kinds of rows have no activity of a country in common, so figures may be added up.
    """
    found = activities.order_by()
    here = found.filter(country__isnull=False).values(*fields, named=F("country"))
    taking_part = found.filter(names_shown(viewer)).annotate(named=F("countries")).filter(named__isnull=False)
    elsewhere = Q(country__isnull=True) | Q(country__lt=F("named")) | Q(country__gt=F("named"))
    there = taking_part.filter(elsewhere).values(*fields, "named")
    both: Any = here.annotate(**figures).union(there.annotate(**figures), all=True)
    return list(both)


def _series(scope: Scope, held: ActivityQuerySet, viewer: "Viewer") -> list[Named]:
    visible = Series.objects.visible_to(viewer)
    rows = held.order_by().filter(series__in=visible).values_list("series__code", "series__name_en", "series__name_ru")
    found = [
        (Series(code=code, name_en=name_en, name_ru=name_ru), count)
        for code, name_en, name_ru, count in rows.annotate(count=Count("pk", distinct=True))
    ]
    ordered = sorted(found, key=lambda pair: (-pair[1], pair[0].name))
    return [
        Named(one.name, Cell(count, held_url(scope, series=one.code)), one.get_absolute_url()) for one, count in ordered
    ]


def _partners(scope: Scope, held: ActivityQuerySet, viewer: "Viewer") -> list[Named]:
    """The partners involved, as far as the viewer may know who took part; those most often first."""
    involved = Involvement.objects.visible_to(viewer).filter(activity__in=held.order_by())
    if scope.partner:
        involved = involved.filter(organization=scope.partner.pk)
    rows = involved.order_by().values("organization").annotate(count=Count("activity", distinct=True))
    counts = dict(rows.values_list("organization", "count"))
    found = Organization.objects.visible_to(viewer).filter(pk__in=counts)
    return [
        Named(one.short_name, Cell(counts[one.pk], held_url(scope, partner=one.code)), one.get_absolute_url())
        for one in sorted(found, key=lambda one: (-counts[one.pk], one.short_name))
    ]


def _commitments(scope: Scope, held: ActivityQuerySet, viewer: "Viewer") -> list[tuple[Commitment, Cell, int]]:
    """The commitments for which something among the activities is evidence; and how many links are inferred."""
    rows = Evidence.objects.of_activities(viewer).filter(activity__in=held.order_by()).order_by().values("commitment")
    counts = {
        row["commitment"]: row
        for row in rows.annotate(
            count=Count("activity", distinct=True), guesses=Count("pk", filter=Q(inferred=True), distinct=True)
        )
    }
    found = Commitment.objects.visible_to(viewer).for_lists().filter(pk__in=counts)
    ordered = found.order_by("priority__programme__starts", "priority__number", "number")
    return [
        (
            one,
            Cell(
                counts[one.pk]["count"],
                held_url(scope, commitment=f"{one.priority.programme.period}/{one.code}"),
            ),
            counts[one.pk]["guesses"],
        )
        for one in ordered
    ]
