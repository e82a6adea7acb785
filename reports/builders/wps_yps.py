"""What was done for women, peace and security and for youth, peace and security: by pillar, with who took part."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from accounts.visibility import is_staff_viewer
from activities.choices import Stage
from activities.models import Activity
from priorities.models import Theme
from priorities.periods import Period

from .activities import ActivityFacts, Figures, facts_of, period_from, sum_of
from .developments import DevelopmentFacts, developments_in

if TYPE_CHECKING:
    from accounts.models import User

# The agendas, by the codes of their themes; their pillars are the children (S/RES/1325 (2000), S/RES/2250 (2015)).
AGENDAS = ("wps", "yps")


@dataclass(frozen=True)
class PillarFacts:
    """A pillar with what was held for it; an activity may serve several."""

    name: str
    held: tuple[ActivityFacts, ...]

    @property
    def participants(self) -> Figures:
        return sum_of(activity.figures for activity in self.held)


@dataclass(frozen=True)
class AgendaFacts:
    """An agenda: each activity once, by pillar, and the developments under its themes."""

    code: str
    name: str
    pillars: tuple[PillarFacts, ...]
    held: tuple[ActivityFacts, ...]
    coming: tuple[ActivityFacts, ...]
    developments: tuple[DevelopmentFacts, ...]

    @property
    def participants(self) -> Figures:
        return sum_of(activity.figures for activity in self.held)


@dataclass(frozen=True)
class WomenAndYouth:
    """The whole report. `everyone` are the participants of all activities held in the period, whatever their theme."""

    period: Period
    made_on: date
    made_for: str
    for_staff: bool
    agendas: tuple[AgendaFacts, ...]
    everyone: Figures
    held: int
    with_figures: int
    with_youth: int
    annex: tuple[ActivityFacts, ...]

    @property
    def confidential(self) -> bool:
        """Whether anything in it is confidential, sums included: then the whole document is."""
        developments = (one for agenda in self.agendas for one in agenda.developments)
        return any(one.confidential for one in self.annex) or any(one.confidential for one in developments)


def build(viewer: "User", parameters: Mapping[str, Any], *, today: date) -> WomenAndYouth:
    """The facts as `viewer` may see them, in the active language; a constant number of queries.

    `parameters`: `starts` and `ends` (ISO dates). Refused when they name no period.
    """
    period = period_from(parameters)
    visible = Activity.objects.visible_to(viewer).approved().overlapping(period.starts, period.ends)
    wanted = visible.exclude(stage__in=[Stage.POSTPONED, Stage.CANCELLED])
    activities = list(wanted.prefetch_related("country", "main_priority").order_by("start_date", "reference"))
    facts = facts_of(activities, viewer)
    themes = _themes(viewer)
    served = _served(activities, themes)
    held = [facts[one.pk] for one in activities if one.stage == Stage.HELD]
    agendas = tuple(_agenda(code, themes, activities, facts, served, period, viewer) for code in AGENDAS)
    shown = {key for keys in served.values() for key in keys}
    return WomenAndYouth(
        period=period,
        made_on=today,
        made_for=str(viewer),
        for_staff=is_staff_viewer(viewer),
        agendas=agendas,
        everyone=sum_of(one.figures for one in held),
        held=len(held),
        with_figures=sum(one.figures.total is not None for one in held),
        with_youth=sum(one.figures.youth is not None for one in held),
        annex=tuple(facts[one.pk] for one in activities if one.pk in shown or one.stage == Stage.HELD),
    )


def _themes(viewer: "User") -> list[Theme]:
    """The agendas, each before its pillars."""
    found = Theme.objects.visible_to(viewer).filter(code__in=AGENDAS) | Theme.objects.visible_to(viewer).filter(
        parent__code__in=AGENDAS
    )
    return list(found.select_related("parent").order_by("pk"))


def _served(activities: list[Activity], themes: list[Theme]) -> dict[int, set[int]]:
    """The activities under each of the themes."""
    links = Activity.themes.through.objects.filter(theme__in=themes, activity__in=activities)
    served: dict[int, set[int]] = defaultdict(set)
    for theme, activity in links.values_list("theme_id", "activity_id"):
        served[theme].add(activity)
    return served


def _agenda(
    code: str,
    themes: list[Theme],
    activities: list[Activity],
    facts: Mapping[int, ActivityFacts],
    served: Mapping[int, set[int]],
    period: Period,
    viewer: "User",
) -> AgendaFacts:
    own = [theme for theme in themes if theme.code == code or (theme.parent and theme.parent.code == code)]
    keys = set().union(*(served.get(theme.pk, set()) for theme in own)) if own else set()
    chosen = [one for one in activities if one.pk in keys]
    held = [one for one in chosen if one.stage == Stage.HELD]

    def of(theme: Theme) -> tuple[ActivityFacts, ...]:
        return tuple(facts[one.pk] for one in held if one.pk in served.get(theme.pk, set()))

    return AgendaFacts(
        code=code,
        name=next((theme.name for theme in own if theme.code == code), code.upper()),
        pillars=tuple(PillarFacts(theme.name, of(theme)) for theme in own if theme.code != code),
        held=tuple(facts[one.pk] for one in held),
        coming=tuple(facts[one.pk] for one in chosen if one.stage != Stage.HELD),
        developments=developments_in(period, viewer, themes=own),
    )
