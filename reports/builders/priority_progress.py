"""What was promised, what was done about it in a period, and what has no record: the facts of the report.

Everything is read as the person the report is for may see it. Only approved records are in it, and evidence
counts by the same rule as on the priority pages (`EvidenceQuerySet.counting`). The number of queries is
constant, whatever the number of records.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from accounts.choices import Classification
from activities.choices import Stage
from activities.models import Activity, Evidence
from priorities.models import Commitment, Priority, ProgrammeOfAction
from priorities.periods import Period

from .activities import ActivityFacts, Figures, facts_of, is_over, period_from, programme_from, sum_of

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class EvidenceFacts:
    """One piece of evidence: an activity, or a Council briefing by its name."""

    activity: ActivityFacts | None
    briefing: str
    inferred: bool
    confidential: bool = False


@dataclass(frozen=True)
class CommitmentFacts:
    code: str
    text: str
    cadence: str
    evidence: tuple[EvidenceFacts, ...]


@dataclass(frozen=True)
class PriorityFacts:
    """One priority in the period.

    `unreported` are planned activities whose date has passed without word that they were held.
    """

    roman: str
    title: str
    short_title: str
    colour: str
    function: str
    commitments: tuple[CommitmentFacts, ...]
    held: tuple[ActivityFacts, ...]
    coming: tuple[ActivityFacts, ...]
    unreported: tuple[ActivityFacts, ...]
    called_off: int

    @property
    def with_evidence(self) -> int:
        return sum(1 for commitment in self.commitments if commitment.evidence)

    @property
    def without_evidence(self) -> tuple[CommitmentFacts, ...]:
        return tuple(commitment for commitment in self.commitments if not commitment.evidence)

    @property
    def inferred(self) -> int:
        """Activities held whose priority is the portal's guess."""
        return sum(activity.inferred for activity in self.held)

    @property
    def participants(self) -> Figures:
        return sum_of(activity.figures for activity in self.held)

    @property
    def with_figures(self) -> int:
        """For how many of the activities held a number of participants is recorded."""
        return sum(activity.figures.total is not None for activity in self.held)


@dataclass(frozen=True)
class PriorityProgress:
    """The whole report. `undated` counts approved activities that no period can hold, for want of a date."""

    programme: str
    programme_period: Period
    period: Period
    made_on: date
    made_for: str
    priorities: tuple[PriorityFacts, ...]
    annex: tuple[ActivityFacts, ...]
    undated: int

    @property
    def confidential(self) -> bool:
        """Whether anything in it is confidential: then the whole document is."""
        commitments = (commitment for priority in self.priorities for commitment in priority.commitments)
        evidence = (piece for commitment in commitments for piece in commitment.evidence)
        return any(fact.confidential for fact in self.annex) or any(piece.confidential for piece in evidence)

    @property
    def whole(self) -> bool:
        """Whether it covers the whole programme; then what has no date is in it as well."""
        return self.period.covers(self.programme_period.starts, self.programme_period.ends)

    @property
    def outside_programme(self) -> bool:
        return not self.period.overlaps(self.programme_period.starts, self.programme_period.ends)


def build(viewer: "User", parameters: Mapping[str, Any], *, today: date) -> PriorityProgress:
    """The facts as `viewer` may see them, in the active language.

    `parameters`: `programme` (such as 2021-2025), `starts` and `ends` (ISO dates).
    Refused when they name no programme or no period.
    """
    period = period_from(parameters)
    programme = programme_from(parameters)
    whole = period.covers(programme.starts, programme.ends)
    evidence = _evidence(programme, period, viewer, with_undated=whole)
    activities = _activities(programme, period, viewer, evidence, with_undated=whole)
    facts = facts_of(activities, viewer)
    shown = [activity for activity in activities if activity.stage not in (Stage.POSTPONED, Stage.CANCELLED)]
    return PriorityProgress(
        programme=programme.title,
        programme_period=Period(programme.starts, programme.ends),
        period=period,
        made_on=today,
        made_for=str(viewer),
        priorities=_priorities(programme, viewer, evidence, activities, facts, today),
        annex=tuple(facts[activity.pk] for activity in shown),
        undated=_undated(programme, viewer),
    )


def _evidence(programme: ProgrammeOfAction, period: Period, viewer: "User", *, with_undated: bool) -> list[Evidence]:
    """Evidence with a day in the period; a report on the whole programme also takes in what has no date."""
    dated = Q(activity__in=Activity.objects.overlapping(period.starts, period.ends)) | Q(
        briefing__date__range=(period.starts, period.ends)
    )
    undated = Q(activity__isnull=False, activity__start_date__isnull=True)
    return list(
        Evidence.objects.visible_to(viewer)
        .counting()
        .filter(dated | undated if with_undated else dated, commitment__priority__programme=programme)
        .select_related("briefing")
        .order_by("activity__start_date", "briefing__date", "id")
    )


def _activities(
    programme: ProgrammeOfAction, period: Period, viewer: "User", evidence: list[Evidence], *, with_undated: bool
) -> list[Activity]:
    """The programme's activities in the period and all that is evidence in it, in the order of their dates."""
    visible = Activity.objects.visible_to(viewer).approved()
    in_period = visible.overlapping(period.starts, period.ends).filter(main_priority__programme=programme)
    wanted = Q(pk__in=in_period.values("pk")) | Q(pk__in=[row.activity_id for row in evidence if row.activity_id])
    return list(visible.filter(wanted).prefetch_related("country", "main_priority").order_by("start_date", "reference"))


def _undated(programme: ProgrammeOfAction, viewer: "User") -> int:
    found = Activity.objects.visible_to(viewer).approved().filter(start_date__isnull=True)
    return int(found.filter(main_priority__programme=programme).count())


def _priorities(
    programme: ProgrammeOfAction,
    viewer: "User",
    evidence: list[Evidence],
    activities: list[Activity],
    facts: Mapping[int, ActivityFacts],
    today: date,
) -> tuple[PriorityFacts, ...]:
    by_commitment: dict[int, list[EvidenceFacts]] = defaultdict(list)
    for row in evidence:
        activity = facts[row.activity_id] if row.activity_id else None
        by_commitment[row.commitment_id].append(
            EvidenceFacts(
                activity, str(row.briefing) if row.briefing else "", row.inferred, _is_confidential(row, activity)
            )
        )
    commitments: dict[int, list[CommitmentFacts]] = defaultdict(list)
    for commitment in Commitment.objects.visible_to(viewer).filter(priority__programme=programme):
        commitments[commitment.priority_id].append(
            CommitmentFacts(
                code=commitment.code,
                text=commitment.text,
                cadence=commitment.get_cadence_display(),
                evidence=tuple(by_commitment[commitment.pk]),
            )
        )
    chosen = Priority.objects.visible_to(viewer).filter(programme=programme).select_related("function")
    return tuple(
        _priority(priority, commitments[priority.pk], activities, facts, today)
        for priority in chosen.order_by("number")
    )


def _is_confidential(evidence: Evidence, activity: ActivityFacts | None) -> bool:
    if activity is not None:
        return activity.confidential
    return evidence.briefing is not None and evidence.briefing.classification != Classification.UNCLASSIFIED


def _priority(
    priority: Priority,
    commitments: list[CommitmentFacts],
    activities: list[Activity],
    facts: Mapping[int, ActivityFacts],
    today: date,
) -> PriorityFacts:
    own = [activity for activity in activities if activity.main_priority_id == priority.pk]
    to_come = [activity for activity in own if activity.stage in (Stage.PLANNED, Stage.CONFIRMED)]
    return PriorityFacts(
        roman=priority.roman,
        title=priority.title,
        short_title=priority.short_title,
        colour=priority.colour,
        function=priority.function.short,
        commitments=tuple(commitments),
        held=tuple(facts[activity.pk] for activity in own if activity.stage == Stage.HELD),
        coming=tuple(facts[activity.pk] for activity in to_come if not is_over(activity, today)),
        unreported=tuple(facts[activity.pk] for activity in to_come if is_over(activity, today)),
        called_off=sum(activity.stage in (Stage.POSTPONED, Stage.CANCELLED) for activity in own),
    )
