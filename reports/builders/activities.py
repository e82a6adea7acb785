"""Facts that all reports share: activities as a document may show them, with their partners, figures and sources."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from accounts.choices import Classification
from activities.choices import ActivityType, CentreRole, Stage
from activities.models import Activity, Involvement, Link
from activities.participants import FIGURES, figures_known
from partners.models import Organization
from priorities.choices import DatePrecision
from priorities.models import ProgrammeOfAction
from priorities.periods import Period
from reports.errors import Refused

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Source:
    """A public page about an activity."""

    title: str
    publisher: str
    published_on: date | None
    url: str


@dataclass(frozen=True)
class Figures:
    """Participants as the reader may know them, or None where no figure is, which is not nought.

    Youth are among the others. `known_total` is given where the parts of it may not be known.
    """

    women: int | None = None
    men: int | None = None
    not_stated: int | None = None
    youth: int | None = None
    known_total: int | None = None

    @property
    def total(self) -> int | None:
        if self.known_total is not None:
            return self.known_total
        return _sum((self.women, self.men, self.not_stated))


@dataclass(frozen=True)
class ActivityFacts:
    """An activity as the document may show it: under the Chatham House Rule without partners and outcome.

    `month` is its first day, for charts; None where not even the month is known.
    """

    reference: str
    title: str
    when: str
    month: date | None
    place: str
    type: str
    role: str
    stage: str
    roman: str
    partners: tuple[str, ...]
    outcome: str
    chatham_house: bool
    confidential: bool
    inferred: bool
    figures: Figures
    sources: tuple[Source, ...]


def sum_of(figures: Iterable[Figures]) -> Figures:
    """Sums of what is recorded; None where nothing is."""
    rows = list(figures)
    return Figures(
        women=_sum(row.women for row in rows),
        men=_sum(row.men for row in rows),
        not_stated=_sum(row.not_stated for row in rows),
        youth=_sum(row.youth for row in rows),
        known_total=_sum(row.total for row in rows),
    )


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def period_from(parameters: Mapping[str, Any]) -> Period:
    """The days from `starts` to `ends`. Refused when the parameters name no period."""
    try:
        return Period(date.fromisoformat(parameters["starts"]), date.fromisoformat(parameters["ends"]))
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(_("The report has no valid period. Ask for it again.")) from error


def programme_from(parameters: Mapping[str, Any]) -> ProgrammeOfAction:
    """The programme of a name such as 2021-2025. Refused when there is none."""
    name = str(parameters.get("programme", ""))
    first, _separator, last = name.partition("-")
    if first.isdigit() and last.isdigit():
        programme = ProgrammeOfAction.objects.filter(starts__year=int(first), ends__year=int(last)).first()
        if programme:
            return programme
    raise Refused(_("There is no programme of action “%(name)s” any more. Ask for the report again.") % {"name": name})


def facts_of(activities: list[Activity], viewer: "User") -> dict[int, ActivityFacts]:
    """What a document may show of each (four queries); give them with `country` and `main_priority`."""
    partners = _partners(activities, viewer)
    sources = _sources(activities, viewer)
    figures = _figures(activities, viewer)
    # Each label is said in the active language once, not for each activity.
    types, roles, stages = ({one.value: str(one.label) for one in kind} for kind in (ActivityType, CentreRole, Stage))
    return {
        activity.pk: ActivityFacts(
            reference=activity.reference,
            title=activity.title,
            when=activity.date_text,
            month=month_of(activity),
            place=activity.place,
            type=types[activity.type],
            role=roles[activity.centre_role],
            stage=stages[activity.stage],
            roman=activity.main_priority.roman if activity.main_priority else "",
            partners=() if activity.chatham_house else tuple(partners[activity.pk]),
            outcome="" if activity.chatham_house else activity.outcome.strip(),
            chatham_house=activity.chatham_house,
            confidential=activity.classification != Classification.UNCLASSIFIED,
            inferred=activity.priority_inferred,
            figures=figures[activity.pk],
            sources=tuple(sources[activity.pk]),
        )
        for activity in activities
    }


def _figures(activities: list[Activity], viewer: "User") -> dict[int, Figures]:
    """Those of small groups are withheld from outsiders (`activities.participants`)."""
    names = [f"known_{name}" for name in (*FIGURES, "total")]
    rows = Activity.objects.visible_to(viewer).filter(pk__in=[activity.pk for activity in activities])
    known = rows.order_by().annotate(**figures_known(viewer)).values_list("pk", *names)
    return {pk: Figures(*figures) for pk, *figures in known}


def _partners(activities: list[Activity], viewer: "User") -> dict[int, list[str]]:
    """Short names of the partners in the order of the record, each once."""
    rows = list(
        Involvement.objects.visible_to(viewer)
        .filter(activity__in=activities)
        .values_list("activity_id", "organization_id")
    )
    organizations: Any = Organization.objects.visible_to(viewer)
    involved = organizations.filter(pk__in={organization for _activity, organization in rows})
    # The same few partners come again and again: each is read, and named in the active language, once.
    names = {one.pk: one.short_name for one in involved}
    found: dict[int, list[str]] = defaultdict(list)
    for activity, organization in rows:
        if names[organization] not in found[activity]:
            found[activity].append(names[organization])
    return found


def _sources(activities: list[Activity], viewer: "User") -> dict[int, list[Source]]:
    found: dict[int, list[Source]] = defaultdict(list)
    for link in Link.objects.visible_to(viewer).filter(activity__in=activities):
        found[link.activity_id].append(
            Source(link.title, link.publisher, link.published_on, link.archived_url or link.url)
        )
    return found


def month_of(activity: Activity) -> date | None:
    """The first day; None where the year alone is known, or nothing."""
    return None if activity.date_precision == DatePrecision.YEAR else activity.start_date


def is_over(activity: Activity, today: date) -> bool:
    """Whether its last day lies before that day."""
    last = activity.end_date or activity.start_date
    return last is not None and last < today
