"""The countries: a tile for each of the region, a page for every one. Tiles and tables, no map: no boundary is drawn.

They stand here, not in `priorities`, because they count activities, and `priorities` does not know these.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import CharField, Count, Max, Value
from django.db.models.functions import Cast, Concat, LPad
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.charts.files import asked_file
from activities.choices import CentreRole
from activities.links import Cell
from activities.models import Activity, Involvement
from activities.participants import Participation, added, of_row, sums, with_figures
from activities.profiles import AGENDA, Named, by_country, coming_in, coming_url, held_in, held_url, profile_of
from activities.querysets import ActivityQuerySet
from activities.scope import Place, Scope, ScopeForm
from priorities.choices import CountryGroup
from priorities.models import Country

if TYPE_CHECKING:
    from accounts.roles import Viewer


@dataclass(frozen=True)
class Tile:
    """A country, or all those elsewhere (`country` is None); `themes` and `partners` are how many different ones."""

    country: Country | None
    held: Cell
    roles: list[Named]
    coming: Cell
    themes: int
    partners: int
    figures: Participation
    stated: Cell
    last: Activity | None


@require_safe
def country_list(request: HttpRequest) -> HttpResponseBase:
    """The five states of Central Asia and Afghanistan, in English alphabetical order, and all countries elsewhere."""
    form = ScopeForm(request)
    del form.fields["country"]
    scope = replace(form.scope, country=None)
    everywhere = list(Country.objects.visible_to(request.user).order_by("name_en"))
    region = [country for country in everywhere if country.group != CountryGroup.ELSEWHERE]
    elsewhere = [country for country in everywhere if country.group == CountryGroup.ELSEWHERE]
    found = Found(scope, request.user, timezone.localdate(), elsewhere)
    context = {
        "form": form,
        "scope": scope,
        "tiles": [*(found.tile(country) for country in region), *([found.rest()] if elsewhere else [])],
        "elsewhere": [(country, found.cell(country)) for country in elsewhere if found.of(country)],
    }
    return render(request, "countries/list.html", context)


@require_safe
def country(request: HttpRequest, code: str) -> HttpResponseBase:
    """One country: what was held there or with its people, by year, priority, theme, series, partner, commitment."""
    shown: Country = get_object_or_404(Country.objects.visible_to(request.user), code=code)
    form = ScopeForm(request)
    del form.fields["country"]
    scope = replace(form.scope, country=Place(shown.pk, shown.code, shown.name))
    profile = profile_of(scope, request.user, timezone.localdate())
    file = asked_file(request, [profile.years, *profile.people])
    if file is not None:
        return file
    context = {"form": form, "scope": scope, "country": shown, "profile": profile}
    return render(request, "countries/detail.html", context)


class Found:
    """What the tiles say, from a constant number of queries."""

    def __init__(self, scope: Scope, viewer: "Viewer", today: date, elsewhere: list[Country]) -> None:
        self.scope, self.viewer = scope, viewer
        self.elsewhere = [country.pk for country in elsewhere]
        self.codes = [country.code for country in elsewhere]
        self.held = held_in(scope, viewer)
        self.rows = by_country(with_figures(self.held, viewer), viewer, "centre_role", **sums())
        coming = coming_in(scope, viewer, today)
        soon = by_country(coming, viewer, count=Count("pk", distinct=True))
        self.coming: Counter[int] = Counter()
        for row in soon:
            self.coming[row["named"]] += row["count"]
        outside = self._outside(self.held)
        self.rest_rows = list(with_figures(outside, viewer).values("centre_role").annotate(**sums()))
        self.rest_coming = self._outside(coming).order_by().count()
        self.themes = self._pairs(self.held.filter(themes__isnull=False), agenda=AGENDA)
        self.partners = self._partners()
        self.last = self._last()

    def _outside(self, activities: ActivityQuerySet) -> ActivityQuerySet:
        return activities.naming_countries(self.elsewhere, self.viewer)

    def _pairs(self, activities: ActivityQuerySet, **other: Any) -> dict[int, set[int]]:
        """By country, which different ones there are of something else."""
        [name] = other
        pairs: dict[int, set[int]] = defaultdict(set)
        for row in by_country(activities.annotate(**other), self.viewer, name, count=Count("pk")):
            pairs[row["named"]].add(row[name])
        return pairs

    def _partners(self) -> dict[int, set[int]]:
        """By country, the partners involved in what was held, as far as the viewer may know who took part."""
        involved = Involvement.objects.visible_to(self.viewer).filter(activity__in=self.held.order_by())
        pairs: dict[int, set[int]] = defaultdict(set)
        here = involved.filter(activity__country__isnull=False).values_list("activity__country", "organization")
        there = involved.filter(activity__countries__isnull=False).values_list("activity__countries", "organization")
        for country, organization in here.order_by().union(there.order_by()):
            pairs[country].add(organization)
        return pairs

    def _last(self) -> dict[int, Activity]:
        """By country, what was held last; of two countries of one activity both."""
        day, number = Cast("start_date", CharField()), LPad(Cast("pk", CharField()), 12, Value("0"))
        dated = self.held.filter(start_date__isnull=False)
        latest: dict[int, str] = defaultdict(str)
        for row in by_country(dated, self.viewer, last=Max(Concat(day, Value("/"), number))):
            latest[row["named"]] = max(latest[row["named"]], row["last"])
        keys = {country: int(last.partition("/")[2]) for country, last in latest.items()}
        found = Activity.objects.visible_to(self.viewer).in_bulk(keys.values())
        return {country: found[pk] for country, pk in keys.items()}

    def of(self, country: Country) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["named"] == country.pk]

    def cell(self, country: Country) -> Cell:
        count = sum(row["sum_activities"] for row in self.of(country))
        return Cell(count, held_url(self.scope, country=country.code))

    def tile(self, country: Country) -> Tile:
        named = {"country": country.code}
        return self._tile(
            country,
            self.of(country),
            named,
            coming=self.coming[country.pk],
            themes=len(self.themes[country.pk]),
            partners=len(self.partners[country.pk]),
            last=self.last.get(country.pk),
        )

    def rest(self) -> Tile:
        """All countries elsewhere as one; what names two of them counts once."""
        among = [pk for pk in self.elsewhere if pk in self.last]
        last = max((self.last[pk] for pk in among), key=lambda one: (one.start_date, one.pk), default=None)
        return self._tile(
            None,
            self.rest_rows,
            {"country": self.codes},
            coming=self.rest_coming,
            themes=len(set().union(*(self.themes[pk] for pk in self.elsewhere))),
            partners=len(set().union(*(self.partners[pk] for pk in self.elsewhere))),
            last=last,
        )

    def _tile(
        self, country: Country | None, rows: list[dict[str, Any]], named: dict[str, Any], *, coming: int, **further: Any
    ) -> Tile:
        counts: Counter[str] = Counter()
        for row in rows:
            counts[row["centre_role"]] += row["sum_activities"]
        figures = added(of_row(row) for row in rows)
        return Tile(
            country=country,
            held=Cell(figures.activities, held_url(self.scope, **named)),
            roles=[
                Named(str(role.label), Cell(counts[role], held_url(self.scope, **named, role=role.value)))
                for role in CentreRole
                if counts[role]
            ],
            coming=Cell(coming, coming_url(self.scope, **named)),
            figures=figures,
            stated=Cell(figures.stated, held_url(self.scope, **named, participants="recorded")),
            **further,
        )
