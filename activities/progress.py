"""What was promised, what was done about it, what has no evidence: the numbers of the dashboards and reports.

Every number counts approved records that the reader may see, names the list it counts (`url`) and rests on a
constant number of queries, whatever the number of activities.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Max, Q
from django.db.models.functions import ExtractYear
from django.urls import reverse
from django.utils.http import urlencode

from accounts.choices import ReviewState
from priorities.models import Commitment, Priority, ProgrammeOfAction

from .choices import Stage
from .models import Activity, Evidence

if TYPE_CHECKING:
    from accounts.roles import Viewer


def activities_url(**filters: str | int | list[str]) -> str:
    """The activities list with these filters; the list behind a number."""
    return f"{reverse('activities:list')}?{urlencode(filters, doseq=True)}"


@dataclass(frozen=True)
class YearCount:
    """Activities of one year that were held; `year` is None for those whose date is not known."""

    year: int | None
    count: int
    url: str


@dataclass(frozen=True)
class CommitmentProgress:
    """A commitment with the number of activities and Council briefings that are evidence for it."""

    commitment: Commitment
    activities: int
    briefings: int
    inferred: int
    latest: date | None
    url: str

    @property
    def evidence(self) -> int:
        return self.activities + self.briefings


@dataclass(frozen=True)
class PriorityProgress:
    """One priority: its commitments with their evidence, and its activities by year."""

    priority: Priority
    commitments: list[CommitmentProgress]
    years: list[YearCount]
    coming: int
    coming_url: str
    held_url: str
    inferred: int

    @property
    def with_evidence(self) -> int:
        return sum(1 for commitment in self.commitments if commitment.evidence)

    @property
    def without_evidence(self) -> int:
        return len(self.commitments) - self.with_evidence

    @property
    def held(self) -> int:
        """Activities held under the priority: those of each year, and those whose date is not known."""
        return sum(year.count for year in self.years)

    @property
    def dated(self) -> list[YearCount]:
        return [year for year in self.years if year.year is not None]


def progress_of(
    programme: ProgrammeOfAction, viewer: "Viewer", *, today: date, priorities: Iterable[Priority] | None = None
) -> list[PriorityProgress]:
    """Each priority of the programme, in order, as the viewer may see it (four queries).

    `priorities` narrows it to some of the programme's own.
    """
    chosen = list(programme.priorities.select_related("function") if priorities is None else priorities)
    for priority in chosen:
        priority.programme = programme
    commitments = _commitments(chosen, viewer)
    held, inferred = _held_by_year(chosen, viewer)
    coming = _coming(chosen, viewer, today)
    return [
        PriorityProgress(
            priority=priority,
            commitments=commitments[priority.pk],
            years=_years(priority, programme, held[priority.pk]),
            coming=coming[priority.pk],
            coming_url=priority_url(priority, coming="yes"),
            held_url=priority_url(priority, stage=Stage.HELD),
            inferred=inferred[priority.pk],
        )
        for priority in chosen
    ]


def priority_url(priority: Priority, **filters: str | int) -> str:
    """The list of the priority's approved activities with these filters."""
    return activities_url(priority=priority_key(priority), review_state=ReviewState.APPROVED, **filters)


def priority_key(priority: Priority) -> str:
    """What the filter of the list calls the priority."""
    return f"{priority.programme.period}/{priority.slug}"


def _commitments(priorities: list[Priority], viewer: "Viewer") -> dict[int, list[CommitmentProgress]]:
    by_id = {priority.pk: priority for priority in priorities}
    counts: dict[int, Any] = {
        row["commitment"]: row
        for row in Evidence.objects.visible_to(viewer)
        .counting()
        .filter(commitment__priority__in=priorities)
        .order_by()
        .values("commitment")
        .annotate(
            activities=Count("activity"),
            briefings=Count("briefing"),
            guesses=Count("id", filter=Q(inferred=True)),
            last_activity=Max("activity__start_date"),
            last_briefing=Max("briefing__date"),
        )
    }
    found: dict[int, list[CommitmentProgress]] = defaultdict(list)
    for commitment in Commitment.objects.visible_to(viewer).filter(priority__in=priorities).order_by("number"):
        commitment.priority = by_id[commitment.priority_id]
        row = counts.get(commitment.pk, {})
        days = [day for day in (row.get("last_activity"), row.get("last_briefing")) if day]
        found[commitment.priority_id].append(
            CommitmentProgress(
                commitment=commitment,
                activities=row.get("activities", 0),
                briefings=row.get("briefings", 0),
                inferred=row.get("guesses", 0),
                latest=max(days, default=None),
                url=activities_url(
                    commitment=f"{commitment.priority.programme.period}/{commitment.code}",
                    stage=Stage.HELD,
                    review_state=ReviewState.APPROVED,
                ),
            )
        )
    return found


def _held_by_year(priorities: list[Priority], viewer: "Viewer") -> tuple[dict[int, Counter[int | None]], Counter[int]]:
    rows = (
        Activity.objects.visible_to(viewer)
        .approved()
        .held()
        .filter(main_priority__in=priorities)
        .order_by()
        .values("main_priority", year=ExtractYear(F("start_date")))
        .annotate(count=Count("id"), guesses=Count("id", filter=Q(priority_inferred=True)))
    )
    held: dict[int, Counter[int | None]] = defaultdict(Counter)
    inferred: Counter[int] = Counter()
    for row in rows:
        held[row["main_priority"]][row["year"]] += row["count"]
        inferred[row["main_priority"]] += row["guesses"]
    return held, inferred


def _coming(priorities: list[Priority], viewer: "Viewer", today: date) -> Counter[int]:
    rows = (
        Activity.objects.visible_to(viewer)
        .approved()
        .coming(today)
        .filter(main_priority__in=priorities)
        .order_by()
        .values("main_priority")
        .annotate(count=Count("id"))
    )
    return Counter({row["main_priority"]: row["count"] for row in rows})


def _years(priority: Priority, programme: ProgrammeOfAction, held: Counter[int | None]) -> list[YearCount]:
    """The programme's years, others in which something was held, and last those without a date, if any."""
    dated = {*programme.years(), *(year for year in held if year is not None)}
    years: list[int | None] = [*sorted(dated), *([None] if held[None] else [])]
    return [
        YearCount(year, held[year], priority_url(priority, stage=Stage.HELD, year="unknown" if year is None else year))
        for year in years
    ]
