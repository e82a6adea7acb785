"""What was done with each partner in a period, when last, under which agreements, and who is silent."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from accounts.visibility import is_staff_viewer
from activities.choices import CentreRole
from activities.engagement import silent_partners, with_engagement
from activities.models import Activity, Involvement
from partners.models import Agreement, Organization
from priorities.periods import Period

from .activities import ActivityFacts, facts_of, month_of, period_from

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class PartnerFacts:
    """One partner. `roles` are the Centre's parts in what was held together, each with how often.

    `days` are the first days of what was held together, where at least the month is known.
    """

    name: str
    short_name: str
    type: str
    together: int
    roles: tuple[tuple[str, int], ...]
    days: tuple[date, ...]
    last: date | None
    agreements: int
    silent: bool
    confidential: bool


@dataclass(frozen=True)
class AgreementFacts:
    title: str
    kind: str
    parties: tuple[str, ...]
    signed: date | None
    ends: date | None
    status: str
    ends_soon: bool
    confidential: bool


@dataclass(frozen=True)
class PartnerEngagement:
    """The whole report; `for_staff` says whether notes of contacts and alerts are counted in it."""

    period: Period
    made_on: date
    made_for: str
    for_staff: bool
    partners: tuple[PartnerFacts, ...]
    agreements: tuple[AgreementFacts, ...]
    activities: tuple[ActivityFacts, ...]

    @property
    def met(self) -> tuple[PartnerFacts, ...]:
        """Those with whom something was held in the period, most often first."""
        return tuple(sorted((one for one in self.partners if one.together), key=lambda one: -one.together))

    @property
    def silent(self) -> tuple[PartnerFacts, ...]:
        return tuple(one for one in self.partners if one.silent)

    @property
    def confidential(self) -> bool:
        """Whether anything in it is confidential: then the whole document is."""
        facts: tuple[Any, ...] = (*self.partners, *self.agreements, *self.activities)
        return any(fact.confidential for fact in facts)


def build(viewer: "User", parameters: Mapping[str, Any], *, today: date) -> PartnerEngagement:
    """The facts as `viewer` may see them, in the active language; a constant number of queries.

    `parameters`: `starts` and `ends` (ISO dates). Refused when they name no period.
    """
    period = period_from(parameters)
    activities, involved = _held(period, viewer)
    facts = facts_of(activities, viewer)
    return PartnerEngagement(
        period=period,
        made_on=today,
        made_for=str(viewer),
        for_staff=is_staff_viewer(viewer),
        partners=_partners(viewer, today, activities, involved),
        agreements=_agreements(viewer, period, today),
        activities=tuple(facts[activity.pk] for activity in activities),
    )


def _held(period: Period, viewer: "User") -> tuple[list[Activity], dict[int, set[int]]]:
    """What was held with partners in the period, and the activities of each partner."""
    visible = Activity.objects.visible_to(viewer).approved().held().with_the_centre()
    rows = Involvement.objects.visible_to(viewer).filter(
        activity__in=visible.overlapping(period.starts, period.ends).values("pk")
    )
    involved: dict[int, set[int]] = defaultdict(set)
    for organization, activity in rows.values_list("organization_id", "activity_id"):
        involved[organization].add(activity)
    wanted = set().union(*involved.values()) if involved else set()
    found = visible.filter(pk__in=wanted).prefetch_related("country", "main_priority")
    return list(found.order_by("start_date", "reference")), involved


def _partners(
    viewer: "User", today: date, activities: list[Activity], involved: Mapping[int, set[int]]
) -> tuple[PartnerFacts, ...]:
    """Those met in the period, and of the others those in use with whom contact is expected."""
    silent = set(silent_partners(viewer, today).values_list("pk", flat=True)) if is_staff_viewer(viewer) else set()
    organizations: Any = Organization.objects.visible_to(viewer)
    expected = Q(retired=False, engagement_expected=True) if is_staff_viewer(viewer) else Q(retired=False)
    chosen = organizations.filter(expected | Q(pk__in=list(involved)))
    by_key = {activity.pk: activity for activity in activities}
    rows: Any = with_engagement(chosen, viewer, today).order_by("name_en", "pk")
    return tuple(
        PartnerFacts(
            name=one.name,
            short_name=one.short_name,
            type=one.get_type_display(),
            together=len(involved.get(one.pk, ())),
            roles=_roles([by_key[key] for key in involved.get(one.pk, ())]),
            days=_days([by_key[key] for key in involved.get(one.pk, ())]),
            last=one.last_engaged,
            agreements=one.agreements_in_force,
            silent=one.pk in silent,
            confidential=one.classification != "unclassified",
        )
        for one in rows
    )


def _roles(activities: list[Activity]) -> tuple[tuple[str, int], ...]:
    counts = [(role, sum(one.centre_role == role for one in activities)) for role in CentreRole]
    return tuple((str(role.label), count) for role, count in counts if count)


def _days(activities: list[Activity]) -> tuple[date, ...]:
    return tuple(sorted(day for day in map(month_of, activities) if day is not None))


def _agreements(viewer: "User", period: Period, today: date) -> tuple[AgreementFacts, ...]:
    """Agreements in force at some time of the period, and those of which no date is known."""
    found = Agreement.objects.visible_to(viewer).exclude(ends__lt=period.starts).exclude(signed__gt=period.ends)
    return tuple(
        AgreementFacts(
            title=one.title,
            kind=one.get_kind_display(),
            parties=tuple(party.short_name for party in one.visible_parties),
            signed=one.signed,
            ends=one.ends,
            status=str(one.status_on(today).label),
            ends_soon=one.ends_soon,
            confidential=one.classification != "unclassified",
        )
        for one in found.for_lists(viewer).newest_first()
    )
