"""A year of the programme: commitments with their evidence, deliverables, indicators, participation, partners."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from activities.deliverables import deliverables_of
from priorities.models import Deliverable, IndicatorValue, ProgrammeOfAction
from priorities.periods import Period

from . import priority_progress
from .activities import ActivityFacts, Figures, period_from, programme_from, sum_of
from .priority_progress import PriorityProgress

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class DeliverableFacts:
    """A line in one year. `actual` is what activities add, with the stated adjustment; None without a record of either.

    The unit is the line's (a three-day workshop is 3 days).
    """

    category: str
    code: str
    name: str
    unit: str
    year: int
    planned: Decimal | None
    planned_text: str
    actual: Decimal | None
    actual_text: str
    adjustment: Decimal
    adjustment_reason: str
    explanation: str

    @property
    def differs(self) -> bool:
        return self.planned is not None and self.actual is not None and self.planned != self.actual


@dataclass(frozen=True)
class IndicatorFacts:
    """A performance measure in one year, as numbers or in words."""

    roman: str
    code: str
    name: str
    unit: str
    year: int
    planned: str
    actual: str


@dataclass(frozen=True)
class AnnualProgramme:
    """The whole report. `partners` are those in the activities held, each with how often."""

    progress: PriorityProgress
    deliverables: tuple[DeliverableFacts, ...]
    indicators: tuple[IndicatorFacts, ...]
    partners: tuple[tuple[str, int], ...]

    @property
    def held(self) -> tuple[ActivityFacts, ...]:
        return tuple(activity for priority in self.progress.priorities for activity in priority.held)

    @property
    def participants(self) -> Figures:
        return sum_of(activity.figures for activity in self.held)

    @property
    def with_figures(self) -> int:
        return sum(activity.figures.total is not None for activity in self.held)

    @property
    def confidential(self) -> bool:
        """Deliverables and indicators are the staff's, but not confidential."""
        return self.progress.confidential


def build(viewer: "User", parameters: Mapping[str, Any], *, today: date) -> AnnualProgramme:
    """The facts as `viewer` may see them, in the active language; a constant number of queries.

    `parameters`: `programme` (such as 2021-2025), `starts` and `ends` (ISO dates). Figures of deliverables and
    indicators are those of the years that the period touches. Refused when they name no programme or no period.
    """
    period, programme = period_from(parameters), programme_from(parameters)
    progress = priority_progress.build(viewer, parameters, today=today)
    return AnnualProgramme(
        progress=progress,
        deliverables=_deliverables(programme, period, viewer),
        indicators=_indicators(programme, period, viewer),
        partners=_partners(progress),
    )


def _years(period: Period) -> list[int]:
    return list(range(period.starts.year, period.ends.year + 1))


def _deliverables(programme: ProgrammeOfAction, period: Period, viewer: "User") -> tuple[DeliverableFacts, ...]:
    """The figures of the dashboards: nothing recorded is no performance of nought."""
    found = deliverables_of(viewer, years=_years(period), programme=programme)
    return tuple(_facts_of(one.deliverable, one.actual) for one in found)


def _facts_of(row: Deliverable, actual: Decimal | None) -> DeliverableFacts:
    return DeliverableFacts(
        category=row.line.get_category_display(),
        code=row.line.code,
        name=row.line.name,
        unit=row.line.unit,
        year=row.year,
        planned=row.planned,
        planned_text=row.planned_text.strip(),
        actual=actual,
        actual_text=row.actual_text.strip(),
        adjustment=row.adjustment,
        adjustment_reason=row.adjustment_reason.strip(),
        explanation=row.variance_explanation.strip(),
    )


def _indicators(programme: ProgrammeOfAction, period: Period, viewer: "User") -> tuple[IndicatorFacts, ...]:
    found = IndicatorValue.objects.visible_to(viewer).filter(
        indicator__priority__programme=programme, year__in=_years(period)
    )
    return tuple(
        IndicatorFacts(
            roman=one.indicator.priority.roman,
            code=one.indicator.code,
            name=one.indicator.name,
            unit=one.indicator.unit,
            year=one.year,
            planned=_value(one.planned_number, one.planned_text),
            actual=_value(one.actual_number, one.actual_text),
        )
        for one in found.select_related("indicator__priority").order_by(
            "indicator__priority__number", "indicator__code", "year"
        )
    )


def _value(number: Decimal | None, text: str) -> str:
    """The number, the words, or both."""
    shown = "" if number is None else f"{number.normalize():f}"
    return "; ".join(part for part in (shown, text.strip()) if part)


def _partners(progress: PriorityProgress) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = defaultdict(int)
    for priority in progress.priorities:
        for activity in priority.held:
            for partner in activity.partners:
                counts[partner] += 1
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
