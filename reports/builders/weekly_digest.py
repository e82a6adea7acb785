"""What happened in a week and what comes next: the facts of the digest, as its reader may see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from accounts.visibility import is_staff_viewer
from activities.choices import Stage
from activities.engagement import silent_partners
from activities.models import Activity, FollowUp
from partners.models import AGREEMENT_NOTICE, Agreement
from priorities.choices import DatePrecision
from priorities.dates import dated
from priorities.periods import Period

from .activities import ActivityFacts, Figures, facts_of, period_from, sum_of
from .developments import DevelopmentFacts, developments_in

if TYPE_CHECKING:
    from accounts.models import User

# So far ahead the digest looks.
AHEAD = timedelta(days=14)


@dataclass(frozen=True)
class FollowUpFacts:
    """Something still to be done. `overdue` as of the day of the digest."""

    text: str
    owner: str
    due: date | None
    overdue: bool
    reference: str
    confidential: bool


@dataclass(frozen=True)
class AgreementFacts:
    title: str
    ends: str
    confidential: bool


@dataclass(frozen=True)
class WeeklyDigest:
    """The whole digest; `follow_ups` and `silent` are the staff's alone and empty for others."""

    period: Period
    ahead: Period
    made_on: date
    made_for: str
    for_staff: bool
    held: tuple[ActivityFacts, ...]
    unreported: tuple[ActivityFacts, ...]
    coming: tuple[ActivityFacts, ...]
    developments: tuple[DevelopmentFacts, ...]
    follow_ups: tuple[FollowUpFacts, ...]
    ending: tuple[AgreementFacts, ...]
    silent: tuple[str, ...]
    silent_confidential: bool

    @property
    def participants(self) -> Figures:
        return sum_of(activity.figures for activity in self.held)

    @property
    def confidential(self) -> bool:
        """Whether anything in it is confidential: then the whole document is."""
        facts: tuple[Any, ...] = (
            *self.held,
            *self.unreported,
            *self.coming,
            *self.developments,
            *self.follow_ups,
            *self.ending,
        )
        return self.silent_confidential or any(fact.confidential for fact in facts)


def build(viewer: "User", parameters: Mapping[str, Any], *, today: date) -> WeeklyDigest:
    """The facts as `viewer` may see them, in the active language; a constant number of queries.

    `parameters`: `starts` and `ends` (ISO dates). Refused when they name no period. What is known by its year alone
    is left out: it would stand in every digest of that year.
    """
    period = period_from(parameters)
    ahead = Period(period.ends + timedelta(days=1), period.ends + AHEAD)
    visible = Activity.objects.visible_to(viewer).approved()
    in_view = visible.overlapping(period.starts, ahead.ends).exclude(stage__in=[Stage.POSTPONED, Stage.CANCELLED])
    in_view = in_view.exclude(date_precision=DatePrecision.YEAR)
    activities = list(in_view.prefetch_related("country", "main_priority").order_by("start_date", "reference"))
    facts = facts_of(activities, viewer)
    now = [one for one in activities if one.start_date <= period.ends]
    to_come = [one for one in activities if one.start_date > period.ends and one.stage != Stage.HELD]
    silent = list(silent_partners(viewer, today).order_by("name_en")) if is_staff_viewer(viewer) else []
    return WeeklyDigest(
        period=period,
        ahead=ahead,
        made_on=today,
        made_for=str(viewer),
        for_staff=is_staff_viewer(viewer),
        held=tuple(facts[one.pk] for one in now if one.stage == Stage.HELD),
        unreported=tuple(facts[one.pk] for one in now if one.stage != Stage.HELD),
        coming=tuple(facts[one.pk] for one in to_come),
        developments=developments_in(period, viewer, by_year=False),
        follow_ups=_follow_ups(viewer, ahead.ends, today),
        ending=_ending(viewer, today),
        silent=tuple(one.short_name for one in silent),
        silent_confidential=any(one.classification != "unclassified" for one in silent),
    )


def _follow_ups(viewer: "User", until: date, today: date) -> tuple[FollowUpFacts, ...]:
    found = FollowUp.objects.visible_to(viewer).filter(done__isnull=True, due__lte=until)
    return tuple(
        FollowUpFacts(
            text=one.text,
            owner=str(one.owner) if one.owner else "",
            due=one.due,
            overdue=one.due is not None and one.due < today,
            reference=one.activity.reference,
            confidential=one.activity.classification != "unclassified",
        )
        for one in found.select_related("owner", "activity").order_by("due", "id")
    )


def _ending(viewer: "User", today: date) -> tuple[AgreementFacts, ...]:
    """Agreements whose end is near."""
    soon = Q(ends__gte=today, ends__lte=today + AGREEMENT_NOTICE)
    return tuple(
        AgreementFacts(one.title, dated(one.ends, None, "day"), one.classification != "unclassified")
        for one in Agreement.objects.visible_to(viewer).filter(soon).order_by("ends", "id")
    )
