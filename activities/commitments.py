"""What was promised, what was done about it, and what is missing: the matrix of commitments and years.

Evidence is an approved activity that was held, or a Council briefing, in the year of its first day; see
`EvidenceQuerySet.counting`. Whether a promise was kept is said to the staff alone, who see all evidence that there is:
of those who see a part of it nobody could say what is missing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import ExtractYear
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.visibility import is_staff_viewer
from priorities.choices import Cadence, DatePrecision
from priorities.dates import dated
from priorities.models import Commitment, Priority

from .choices import Stage
from .filter_fields import UNKNOWN_YEAR
from .links import Cell, Filters, briefings_url, commitment_key
from .models import Activity, Evidence
from .querysets import begins_in
from .scope import Scope

if TYPE_CHECKING:
    from accounts.roles import Viewer

# How much evidence a year needs; of what is promised once, the whole programme.
NEEDED = {Cadence.CONTINUOUS: 1, Cadence.YEARLY: 1, Cadence.TWICE_A_YEAR: 2, Cadence.ONCE: 1}
NUMBERS = ("activities", "briefings", "in_scope", "guesses")


class Fulfilment(models.TextChoices):
    """Whether a commitment was kept in a year."""

    MET = "met", _("Met")
    PARTLY = "partly", _("Partly met")
    NOT_MET = "not_met", _("Not met")
    IN_PROGRESS = "in_progress", _("In progress")
    TO_COME = "to_come", _("To come")
    OPEN = "open", _("Open")


def fulfilment(cadence: str, year: int, count: int, today: date) -> Fulfilment:
    """Whether the evidence of a year is what the cadence promises for it.

    What is promised once in the programme is open in every year without evidence. Nobody is late before the year is
    over.
    """
    needed = NEEDED[Cadence(cadence)]
    if count >= needed:
        return Fulfilment.MET
    if year > today.year:
        return Fulfilment.TO_COME
    if year == today.year:
        return Fulfilment.IN_PROGRESS
    if cadence == Cadence.ONCE:
        return Fulfilment.OPEN
    return Fulfilment.PARTLY if count else Fulfilment.NOT_MET


def is_overdue(cadence: str, counts: Mapping[int | None, int], years: Iterable[int], today: date) -> bool:
    """Whether the last year of the programme that is over lacks evidence which the cadence promises.

    What is promised once is overdue when the programme is over and nothing was done. `counts` is the evidence by year,
    None for what has no date.
    """
    past = [year for year in years if year < today.year]
    if cadence == Cadence.ONCE:
        return len(past) == len(list(years)) > 0 and not any(counts.values())
    if not past:
        return False
    return fulfilment(cadence, past[-1], counts.get(past[-1], 0), today) != Fulfilment.MET


@dataclass(frozen=True)
class Lateness:
    """What is recorded of the time in which an overdue commitment was due: `found` of `needed` pieces of evidence.

    `span` is that time in words, `due` its last day; `last` is when the last evidence began, as exactly as all
    evidence is known, and empty where there is none. Without a record, it may be the record that has the gap.
    """

    span: str
    due: date
    found: int
    needed: int
    last: str


def _lateness(
    cadence: str, counts: Mapping[int | None, int], years: list[int], today: date, last_day: date | None
) -> Lateness | None:
    """None where it is not overdue. `last_day` is that of the last evidence of which more than the year is known."""
    if not is_overdue(cadence, counts, years, today):
        return None
    last_over = max(year for year in years if year < today.year)
    once = cadence == Cadence.ONCE
    recorded = max((year for year, count in counts.items() if count and year is not None), default=None)
    is_exact = last_day is not None and last_day.year == recorded
    return Lateness(
        span=f"{years[0]}–{last_over}" if once else str(last_over),
        due=date(last_over, 12, 31),
        found=0 if once else counts.get(last_over, 0),
        needed=NEEDED[Cadence(cadence)],
        last=dated(last_day, None, DatePrecision.MONTH) if is_exact else str(recorded or ""),
    )


@dataclass(frozen=True)
class YearCell:
    """The evidence of a year (None: without a date), and whether it is enough; None where that is not said."""

    year: int | None
    activities: Cell
    briefings: Cell
    fulfilment: Fulfilment | None

    @property
    def count(self) -> int:
        return self.activities.count + self.briefings.count


@dataclass(frozen=True)
class CommitmentRow:
    """A commitment with its evidence, year by year. `in_scope` is the evidence of the page's own period."""

    commitment: Commitment
    cells: list[YearCell]
    total: YearCell
    in_scope: int
    inferred: int
    late: Lateness | None


@dataclass(frozen=True)
class Matrix:
    """Commitments and years, of one `priority` or all. `judged` tells whether it is said how they were kept."""

    scope: Scope
    rows: list[CommitmentRow]
    years: list[int | None]
    judged: bool
    priority: Priority | None = None

    def of(self, priority: Priority) -> "Matrix":
        rows = [row for row in self.rows if row.commitment.priority_id == priority.pk]
        return replace(self, rows=rows, priority=priority)

    def only(self, which: str) -> "Matrix":
        """Those `with` evidence in the scope, those `without`, or those `overdue`."""
        rows = [row for row in self.rows if _fits(row, which)]
        return replace(self, rows=rows)

    @cached_property
    def all_of_them(self) -> Cell:
        return self._cell("")

    @cached_property
    def with_evidence(self) -> Cell:
        return self._cell("with")

    @cached_property
    def without_evidence(self) -> Cell:
        return self._cell("without")

    @cached_property
    def overdue(self) -> Cell | None:
        return self._cell("overdue") if self.judged else None

    @cached_property
    def unrecorded(self) -> int:
        """How many of the overdue have no record of the time in which they were due."""
        return sum(row.late is not None and not row.late.found for row in self.rows)

    def _cell(self, which: str) -> Cell:
        """The number, and the page of these commitments."""
        rows = [row for row in self.rows if _fits(row, which)]
        filters = {"evidence": which} if which else {}
        if self.priority:
            filters["priority"] = self.priority.slug
        programme = self.scope.programme
        if programme is None:
            return Cell(0, "")
        address = reverse("priorities:commitments", args=[programme.period])
        query = "&".join(filter(None, [self.scope.address.removeprefix("?"), urlencode(filters)]))
        return Cell(len(rows), f"{address}?{query}" if query else address)


def _fits(row: CommitmentRow, which: str) -> bool:
    return {"": True, "with": row.in_scope > 0, "without": row.in_scope == 0, "overdue": row.late is not None}[which]


def matrix_of(scope: Scope, viewer: "Viewer", *, today: date, priorities: Iterable[Priority]) -> Matrix:
    """The commitments of the priorities, which have their programme, as the viewer may see them (two queries).

    A promise is made for the whole of the Centre's work: where the scope is one country, theme or partner, nothing is
    said about how it was kept.
    """
    by_id = {priority.pk: priority for priority in priorities}
    commitments = list(
        Commitment.objects.visible_to(viewer).filter(priority__in=by_id).order_by("priority__number", "number")
    )
    found = _evidence(scope, viewer, commitments)
    # What is no longer pursued stays with its evidence; without any, nothing is missing.
    commitments = [commitment for commitment in commitments if found[commitment.pk] or not commitment.retired]
    years = scope.programme.years() if scope.programme else []
    others = {year for rows in found.values() for year in rows if year is not None and year not in years}
    undated = [None] if any(None in rows for rows in found.values()) else []
    columns: list[int | None] = [*sorted({*years, *others}), *undated]
    judged = is_staff_viewer(viewer) and not scope.is_narrowed
    rows = []
    for commitment in commitments:
        commitment.priority = by_id[commitment.priority_id]
        day = today if judged and not commitment.retired else None
        rows.append(_row(scope, commitment, found[commitment.pk], columns, years, day))
    return Matrix(scope, rows, columns, judged)


def _evidence(scope: Scope, viewer: "Viewer", commitments: list[Commitment]) -> dict[int, dict[int | None, Any]]:
    """Numbers of evidence by commitment and year."""
    evidence: Any = Evidence.objects.filter(commitment__in=commitments).order_by()
    period = scope.period
    activities, briefings = evidence.of_activities(viewer), evidence.of_briefings(viewer)
    if scope.is_narrowed:
        held = Activity.objects.approved().held().order_by()
        activities = activities.filter(activity__in=scope.narrow_places(held, viewer))
    begun = begins_in(period.starts, period.ends, at="activity") if period else None
    grouped = _grouped(activities, "activity__start_date", "activity__date_precision", begun)
    if not scope.is_narrowed:
        # Council briefings are about the whole region.
        given = Q(briefing__date__range=(period.starts, period.ends)) if period else None
        grouped = grouped.union(_grouped(briefings, "briefing__date", "briefing__date_precision", given), all=True)
    found: dict[int, dict[int | None, Any]] = defaultdict(dict)
    for row in grouped:
        counts = found[row["commitment"]].setdefault(row["year"], {**dict.fromkeys(NUMBERS, 0), "last": None})
        for name in NUMBERS:
            counts[name] += row[name]
        counts["last"] = max(filter(None, (counts["last"], row["last"])), default=None)
    return found


def _grouped(evidence: QuerySet[Any], day: str, precision: str, in_scope: Q | None) -> QuerySet[Any, dict[str, Any]]:
    """Rows of commitment and year with their numbers of evidence, and the last day of which the month is known."""
    grouped: QuerySet[Any, dict[str, Any]] = evidence.values("commitment", year=ExtractYear(day)).annotate(
        activities=Count("activity"),
        briefings=Count("briefing"),
        in_scope=Count("pk", filter=in_scope) if in_scope else Count("pk"),
        guesses=Count("pk", filter=Q(inferred=True)),
        last=Max(day, filter=~Q(**{precision: DatePrecision.YEAR})),
    )
    return grouped


def _row(
    scope: Scope,
    commitment: Commitment,
    found: Mapping[int | None, Any],
    columns: list[int | None],
    years: list[int],
    today: date | None,
) -> CommitmentRow:
    """`today` is None where nothing is to be said about how the promise was kept."""
    counts = {year: row["activities"] + row["briefings"] for year, row in found.items()}
    last_day = max((row["last"] for row in found.values() if row["last"]), default=None)
    cells = []
    for year in columns:
        row = found.get(year, {"activities": 0, "briefings": 0})
        said = fulfilment(commitment.cadence, year, counts.get(year, 0), today) if today and year in years else None
        cells.append(_cell(scope, commitment, row, said, year, year=str(year or UNKNOWN_YEAR)))
    total = {name: sum(row[name] for row in found.values()) for name in ("activities", "briefings")}
    return CommitmentRow(
        commitment=commitment,
        cells=cells,
        total=_cell(scope, commitment, total, None, None),
        in_scope=sum(row["in_scope"] for row in found.values()),
        inferred=sum(row["guesses"] for row in found.values()),
        late=_lateness(commitment.cadence, counts, years, today, last_day) if today else None,
    )


def _cell(
    scope: Scope,
    commitment: Commitment,
    counts: Mapping[str, int],
    said: Fulfilment | None,
    of_year: int | None,
    **when: Filters,
) -> YearCell:
    key = commitment_key(commitment)
    return YearCell(
        year=of_year,
        activities=Cell(counts["activities"], scope.evidence_url(commitment=key, stage=Stage.HELD.value, **when)),
        briefings=Cell(counts["briefings"], briefings_url(commitment=key, **when)),
        fulfilment=said,
    )
