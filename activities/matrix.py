"""Who does what: theme x country x organization, from what the Centre and its partners do.

An organization does what it leads, organizes, hosts or supports; taking part alone is not doing. An activity counts in
the country where it is held and in those that take part, on each of its themes, and on the theme that these are a
part of. A cell is a gap where nobody does anything, and an overlap where several organizations do so apart from each
other: what they do jointly is no duplication.

Entries come from `entries_of`, which leaves out what the reader may not know; `tabulate` sees nothing else.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db.models import Case, Expression, F, Func, OuterRef, Q, TextField, Value, When
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.api import code_of, codes
from accounts.localized import in_language
from partners.models import Organization
from priorities.choices import CountryGroup
from priorities.dates import dated
from priorities.models import Country, Theme

from .choices import CentreRole, InvolvementRole, Stage
from .feed import may_be_copied
from .models import Activity, Involvement
from .querysets import names_shown, where_names_shown
from .verification import is_due, with_verify_by

if TYPE_CHECKING:
    from accounts.roles import Viewer

    from .querysets import ActivityQuerySet

# The code of the Centre's own entry among the organizations.
CENTRE = "unrcca"
# What stands where nobody is named: the Chatham House Rule hides it, or it is not recorded.
NOBODY_NAMED = ""
CENTRE_DOES = (CentreRole.ORGANIZER, CentreRole.CO_ORGANIZER, CentreRole.SUPPORTER)
PARTNER_DOES = (
    InvolvementRole.ORGANIZER,
    InvolvementRole.CO_ORGANIZER,
    InvolvementRole.HOST,
    InvolvementRole.SUPPORTER,
)
# What is not said to be cancelled or put off; other stages show when they are asked for.
STAGES = (Stage.PLANNED, Stage.CONFIRMED, Stage.HELD)
ELSEWHERE, NOWHERE = "elsewhere", "nowhere"


# --- what the table is made from ------------------------------------------------------------------------------


def on_table(viewer: "Viewer") -> "ActivityQuerySet":
    """The activities that may stand in it: approved ones that the viewer may see.

    The table is handed on and printed, so nobody's holds anything confidential, or a good offices contact that is
    not public.
    """
    return standing(Activity.objects.visible_to(viewer))


def standing(found: "ActivityQuerySet") -> "ActivityQuerySet":
    """Those among visible activities that may stand in it."""
    return may_be_copied(found.approved())


def done_by(organizations: "Sequence[Organization]", viewer: "Viewer") -> Q:
    """A condition on activities: one of the organizations does it, as far as the viewer may know that."""
    pairs = Involvement.objects.visible_to(viewer).filter(organization__in=organizations, role__in=PARTNER_DOES)
    by = names_shown(viewer) & Q(lead_organization__in=organizations)
    by |= Q(pk__in=pairs.order_by().values("activity"))
    if any(organization.code == CENTRE for organization in organizations):
        by |= Q(centre_role__in=CENTRE_DOES)
    return by


class EachOnce(Func):
    """The values of an array and of single ones that may be null: each once, in order, none of them null."""

    template = "ARRAY(SELECT DISTINCT one FROM UNNEST(%(expressions)s) AS one WHERE one IS NOT NULL ORDER BY one)"
    arg_joiner = " || "
    output_field = ArrayField(TextField())

    def __init__(self, several: Expression, *single: Expression | F) -> None:
        super().__init__(Cast(several, ArrayField(TextField())), *(Cast(one, TextField()) for one in single))


def doers_of(viewer: "Viewer") -> Expression:
    """Codes of the organizations that do an activity, as far as the viewer may know them, as a column of activities."""
    doing = Involvement.objects.visible_to(viewer).filter(activity=OuterRef("pk"), role__in=PARTNER_DOES)
    lead = code_of(Organization.objects.visible_to(viewer), "lead_organization")
    centre = Case(When(centre_role__in=CENTRE_DOES, then=Value(CENTRE)), default=None, output_field=TextField())
    return EachOnce(codes(doing, "organization__code"), where_names_shown(viewer, lead, Value(None)), centre)


def countries_of(viewer: "Viewer") -> Expression:
    """Codes of the countries in which an activity counts, as far as the viewer may know them, likewise."""
    links = Activity.countries.through.objects
    taking_part = links.filter(names_shown(viewer, "activity"), activity=OuterRef("pk"))
    return EachOnce(codes(taking_part, "country__code"), F("country__code"))


def themes_of(viewer: "Viewer") -> Expression:
    """Codes of the themes of an activity, likewise."""
    return codes(Theme.objects.visible_to(viewer).filter(activities=OuterRef("pk")))


class Entry(NamedTuple):
    """An activity as the table tells of it; codes instead of records."""

    reference: str
    title: str
    stage: str
    start_date: date | None
    end_date: date | None
    date_precision: str
    themes: list[str]
    countries: list[str]
    doers: list[str]
    last_verified: date | None
    verify_by: date | None

    @property
    def url(self) -> str:
        return reverse("activities:detail", args=[self.reference])

    @property
    def date_text(self) -> str:
        return dated(self.start_date, self.end_date, self.date_precision)

    @property
    def stage_text(self) -> str:
        return str(Stage(self.stage).label)

    @property
    def is_due(self) -> bool:
        """Whether it has to be verified."""
        return is_due(self)


def entries_of(found: "ActivityQuerySet", viewer: "Viewer") -> Iterator[Entry]:
    """The activities as entries, in their order, by one query."""
    sources = {
        "title": in_language("title"),
        "themes": themes_of(viewer),
        "countries": countries_of(viewer),
        "doers": doers_of(viewer),
    }
    plain = ("reference", "stage", "start_date", "end_date", "date_precision", "last_verified", "verify_by")
    rows: Any = with_verify_by(found).select_related(None).prefetch_related(None)
    values = rows.values_list(*plain, *sources.values())
    for values_of_row in values.iterator(chunk_size=2_000):
        entry = Entry(**dict(zip((*plain, *sources), values_of_row, strict=True)))
        yield entry if entry.doers else entry._replace(doers=[NOBODY_NAMED])


# --- the table ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Doer:
    """An organization in a cell, with the number of its activities there."""

    code: str
    name: str
    count: int


@dataclass(frozen=True)
class Cell:
    """What is done on a theme in a country. `due` entries have to be verified; `filters` lead to the entries."""

    doers: tuple[Doer, ...] = ()
    count: int = 0
    due: int = 0
    apart: bool = False
    filters: str = ""
    last_verified: date | None = None

    @property
    def is_gap(self) -> bool:
        return self.count == 0

    @property
    def is_overlap(self) -> bool:
        return self.apart

    @property
    def named(self) -> int:
        """How many organizations are known to do something."""
        return sum(1 for doer in self.doers if doer.code != NOBODY_NAMED)


@dataclass(frozen=True)
class Column:
    """A country, or what stands for several: elsewhere, or no country recorded."""

    key: str
    name: str

    @property
    def may_be_gap(self) -> bool:
        """Only in the region, or where the reader asked for the country, is nothing a gap."""
        return self.key not in (ELSEWHERE, NOWHERE)


@dataclass(frozen=True)
class Row:
    """A theme; its parts stand below it where they were asked for."""

    code: str
    name: str
    is_part: bool
    pairs: tuple[tuple[Column, Cell], ...]
    gaps: int
    overlaps: int

    @property
    def cells(self) -> list[Cell]:
        return [cell for _column, cell in self.pairs]


@dataclass(frozen=True)
class Matrix:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    entries: int
    organizations: int
    due: int

    def narrowed(self, *, to: str = "", order: str = "") -> "Matrix":
        """With only the rows that have a gap, an overlap or entries that are due; those with the most first."""
        counts: dict[str, Callable[[Row], int]] = {
            "gaps": lambda row: row.gaps,
            "overlaps": lambda row: row.overlaps,
            "due": lambda row: sum(cell.due for cell in row.cells),
        }
        rows = [row for row in self.rows if not to or counts[to](row)]
        return replace(self, rows=tuple(sorted(rows, key=lambda row: -counts[order](row)) if order else rows))

    @property
    def gaps(self) -> int:
        return sum(row.gaps for row in self.rows)

    @property
    def overlaps(self) -> int:
        return sum(row.overlaps for row in self.rows)


@dataclass(frozen=True)
class Frame:
    """What the table is laid out over: names by code, the rows and columns, and what it is narrowed to."""

    themes: Sequence[Theme]
    countries: Sequence[Country]
    names: dict[str, str]
    chosen_themes: Sequence[Theme] = ()
    chosen_countries: Sequence[Country] = ()
    chosen_doers: Sequence[str] = ()

    def name_of(self, code: str) -> str:
        return self.names.get(code) or (_("not named") if code == NOBODY_NAMED else code.upper())

    def rows(self) -> list[tuple[Theme, bool]]:
        """Themes in the alphabet's order, each followed by its parts; without a choice the parts are folded in."""
        chosen = {theme.pk for theme in self.chosen_themes}
        shown = [
            theme
            for theme in self.themes
            if (theme.pk in chosen or theme.parent_id in chosen if chosen else theme.parent_id is None)
        ]
        tops = {theme.pk for theme in shown if theme.parent_id is None}
        whole = {theme.pk: theme.name for theme in self.themes}
        ordered = sorted(
            shown,
            key=lambda one: (
                whole.get(one.parent_id or one.pk, "").casefold(),
                one.parent_id is not None,
                one.name.casefold(),
            ),
        )
        return [(theme, theme.parent_id in tops) for theme in ordered]

    def columns(self) -> list[Column]:
        """The countries asked for; else those of the region, then what is elsewhere and where none is recorded."""
        if self.chosen_countries:
            return [Column(country.code, country.name) for country in sorted(self.chosen_countries, key=_by_name)]
        region = [country for country in self.countries if country.group != CountryGroup.ELSEWHERE]
        return [
            *(Column(country.code, country.name) for country in sorted(region, key=_by_name)),
            Column(ELSEWHERE, _("Elsewhere")),
            Column(NOWHERE, _("No country recorded")),
        ]


def _by_name(country: Country) -> str:
    """United Nations lists of countries follow the English alphabet, in every language."""
    return country.name_en


@dataclass
class _Tally:
    """A cell while it is counted."""

    doers: Counter[str] = field(default_factory=Counter)
    count: int = 0
    due: int = 0
    sets: set[frozenset[str]] = field(default_factory=set)
    last_verified: date | None = None
    elsewhere: set[str] = field(default_factory=set)

    def add(self, entry: Entry, doers: frozenset[str], countries: set[str]) -> None:
        self.count += 1
        self.due += entry.is_due
        self.doers.update(doers)
        if named := doers - {NOBODY_NAMED}:
            self.sets.add(named)
        if entry.last_verified:
            self.last_verified = max(entry.last_verified, self.last_verified or entry.last_verified)
        self.elsewhere |= countries


def tabulate(entries: Iterable[Entry], frame: Frame) -> Matrix:
    """The table. What an entry says of themes, countries and organizations outside the frame does not count."""
    rows, columns = frame.rows(), frame.columns()
    places = _Places(frame, rows, columns)
    tallies: dict[tuple[str, str], _Tally] = defaultdict(_Tally)
    number, due = 0, 0
    everyone: set[str] = set()
    for entry in entries:
        doers = frozenset(code for code in entry.doers if not frame.chosen_doers or code in frame.chosen_doers)
        number += 1
        due += entry.is_due
        everyone |= doers - {NOBODY_NAMED}
        for column, countries in places.columns_of(entry).items():
            for row in places.rows_of(entry):
                tallies[row, column].add(entry, doers, countries)
    kept = tuple(column for column in columns if column.may_be_gap or any(key == column.key for _theme, key in tallies))
    shown = tuple(_row(theme, is_part, kept, tallies, frame) for theme, is_part in rows)
    return Matrix(kept, shown, number, len(everyone), due)


class _Places:
    """In which rows and columns an entry counts."""

    def __init__(self, frame: Frame, rows: list[tuple[Theme, bool]], columns: list[Column]) -> None:
        shown = {theme.pk: theme.code for theme, _is_part in rows}
        self.rows = {
            theme.code: {shown[pk] for pk in (theme.pk, theme.parent_id) if pk in shown} for theme in frame.themes
        }
        self.columns = {column.key for column in columns}

    def rows_of(self, entry: Entry) -> set[str]:
        return {row for theme in entry.themes for row in self.rows.get(theme, ())}

    def columns_of(self, entry: Entry) -> dict[str, set[str]]:
        """The columns; with that of elsewhere, the countries that it stands for."""
        found: dict[str, set[str]] = {code: set() for code in entry.countries if code in self.columns}
        if ELSEWHERE in self.columns:
            abroad = {code for code in entry.countries if code not in self.columns}
            if abroad:
                found[ELSEWHERE] = abroad
            if not entry.countries:
                found[NOWHERE] = set()
        return found


def _row(
    theme: Theme, is_part: bool, columns: Sequence[Column], tallies: dict[tuple[str, str], _Tally], frame: Frame
) -> Row:
    pairs = []
    for column in columns:
        tally = tallies.get((theme.code, column.key))
        pairs.append((column, _cell(tally, theme, column, frame) if tally else Cell()))
    gaps = sum(cell.is_gap for column, cell in pairs if column.may_be_gap)
    overlaps = sum(cell.is_overlap for _column, cell in pairs)
    return Row(theme.code, theme.name, is_part, tuple(pairs), gaps, overlaps)


def _cell(tally: _Tally, theme: Theme, column: Column, frame: Frame) -> Cell:
    doers = [Doer(code, frame.name_of(code), count) for code, count in tally.doers.items()]
    doers.sort(key=lambda doer: (doer.code == NOBODY_NAMED, -doer.count, doer.name.casefold()))
    return Cell(
        doers=tuple(doers),
        count=tally.count,
        due=tally.due,
        apart=len(tally.sets) > 1 and len(frozenset().union(*tally.sets)) > 1,
        filters=_filters(theme, column, tally),
        last_verified=tally.last_verified,
    )


def _filters(theme: Theme, column: Column, tally: _Tally) -> str:
    """The filters that lead from the cell to its entries; none where no filter says the same."""
    if column.key == NOWHERE:
        return ""
    countries = sorted(tally.elsewhere) if column.key == ELSEWHERE else [column.key]
    return "&".join([f"theme={theme.code}", *(f"country={code}" for code in countries)])
