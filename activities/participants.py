"""How many took part, as each reader may know it, and sums of that over any set of activities.

In a small group people can be recognized. Outside the staff, therefore, the figures of an activity are withheld
wherever one of its groups has fewer than FEWEST people: women, men and those whose sex is not stated together, since
any one of them follows from the others and the total; youth, where they or all others are few; the total, where that
is small itself. A partner knows the figures of its own activities.

Sums that an outsider sees add what that reader could read in each activity, and nothing else. So nothing withheld can
be worked out from them, however the reader cuts periods, themes and countries: the complementary suppression is in
the record, not in each table. What sums leave out is said beside them (`withheld`).

Everything is decided here, in SQL; pages, charts, downloads, exports and API take it from here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, Case, Count, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan, LessThan

from accounts.visibility import is_staff_viewer

if TYPE_CHECKING:
    from accounts.roles import Viewer

FEWEST = 5
SEXES = ("women", "men", "not_stated")
FIGURES = (*SEXES, "youth")

ANY_STATED = Q(women__isnull=False) | Q(men__isnull=False) | Q(not_stated__isnull=False)


def _total() -> Any:
    """Of whom a figure is recorded; null, which is not nought, where there is none."""
    added: Any = Coalesce("women", 0) + Coalesce("men", 0) + Coalesce("not_stated", 0)
    return Case(When(ANY_STATED, then=added), output_field=IntegerField())


def _few(figure: Any) -> Q:
    """Whether the figure is of some people, but too few. Null is not: nothing is known, so nothing is told."""
    return Q(GreaterThan(figure, Value(0)), LessThan(figure, Value(FEWEST)))


def figures_known(viewer: "Viewer") -> dict[str, Any]:
    """Columns of activities: `known_women` and so on, `known_total`, and `figures_withheld`, whether any is."""
    total = _total()
    if is_staff_viewer(viewer):
        exact = {f"known_{name}": F(name) for name in FIGURES}
        return exact | {"known_total": total, "figures_withheld": Value(False, output_field=BooleanField())}
    few_in_all = _few(total)
    few_of_a_sex = _few(F("women")) | _few(F("men")) | _few(F("not_stated")) | few_in_all
    few_by_age = _few(F("youth")) | _few(total - F("youth")) | few_in_all
    own = _own(viewer)

    def unless(few: Q, figure: Any) -> Any:
        return Case(*own(figure), When(few, then=Value(None)), default=figure, output_field=IntegerField())

    return {
        **{f"known_{name}": unless(few_of_a_sex, F(name)) for name in SEXES},
        "known_youth": unless(few_by_age, F("youth")),
        "known_total": unless(few_in_all, total),
        "figures_withheld": Case(
            *own(Value(False)),
            When(few_of_a_sex | few_by_age, then=Value(True)),
            default=Value(False),
            output_field=BooleanField(),
        ),
    }


def _own(viewer: "Viewer") -> Any:
    """The first case of all: the reader's organization counted them itself."""
    organization = getattr(viewer, "organization_id", None) if viewer.is_authenticated and viewer.is_active else None
    return lambda figure: [When(lead_organization=organization, then=figure)] if organization else []


@dataclass(frozen=True)
class Participation:
    """Sums over some activities as the reader may know them; None where no figure is recorded, which is not nought.

    `activities` are all of them, `stated` those with any figure, `withheld` those with a figure that the reader may
    not know. The share of women is among those whose sex is recorded, in the `compared` activities with both figures;
    that of youth among all in the activities `with_youth` and a total.
    """

    activities: int = 0
    stated: int = 0
    withheld: int = 0
    women: int | None = None
    men: int | None = None
    not_stated: int | None = None
    youth: int | None = None
    total: int | None = None
    compared: int = 0
    compared_women: int | None = None
    compared_men: int | None = None
    with_youth: int = 0
    youth_compared: int | None = None
    youth_among: int | None = None

    @property
    def women_share(self) -> int | None:
        """In per cent; None where no activity has figures of both women and men."""
        both = (self.compared_women or 0) + (self.compared_men or 0)
        return round(100 * (self.compared_women or 0) / both) if both else None

    @property
    def youth_share(self) -> int | None:
        """In per cent of the participants of the activities with figures of both; None without any."""
        return round(100 * (self.youth_compared or 0) / self.youth_among) if self.youth_among else None

    @property
    def sex_not_shown(self) -> int:
        """Participants counted in all, but in none of the groups by sex, which are withheld."""
        return (self.total or 0) - (self.women or 0) - (self.men or 0) - (self.not_stated or 0)


def added(parts: Iterable[Participation]) -> Participation:
    """The sums over several sets of activities that have none in common."""
    whole = list(parts)

    def together(name: str) -> int | None:
        known = [value for value in (getattr(part, name) for part in whole) if value is not None]
        return sum(known) if known else None

    sums: dict[str, Any] = {field.name: together(field.name) for field in fields(Participation)}
    return Participation(**{name: value for name, value in sums.items() if value is not None})


def participation(activities: QuerySet[Any], viewer: "Viewer") -> Participation:
    """The sums over the activities, which went through `visible_to` (one query)."""
    return of_row(with_figures(activities, viewer).aggregate(**sums()))


def participation_by(activities: QuerySet[Any], viewer: "Viewer", group: Any) -> dict[Any, Participation]:
    """The same for each value of one field or expression, such as ExtractYear("start_date") (one query).

    What follows a relation to many counts an activity in each group that it belongs to.
    """
    group = F(group) if isinstance(group, str) else group
    rows = with_figures(activities, viewer).values(sum_group=group).annotate(**sums())
    return {row.pop("sum_group"): of_row(row) for row in rows}


def with_figures(activities: QuerySet[Any], viewer: "Viewer") -> QuerySet[Any]:
    """The activities, in no order, with the columns of `figures_known`."""
    return activities.order_by().annotate(**figures_known(viewer))


def sums() -> dict[str, Any]:
    """The columns of a Participation, for queries of `with_figures`; prefixed, since figures have the bare names."""
    both = Q(known_women__isnull=False, known_men__isnull=False)
    of_youth = Q(known_youth__isnull=False, known_total__isnull=False)
    return {
        **{f"sum_{name}": Sum(f"known_{name}") for name in (*FIGURES, "total")},
        "sum_activities": Count("pk"),
        "sum_stated": Count("pk", filter=ANY_STATED),
        "sum_withheld": Count("pk", filter=Q(figures_withheld=True)),
        "sum_compared": Count("pk", filter=both),
        "sum_compared_women": Sum("known_women", filter=both),
        "sum_compared_men": Sum("known_men", filter=both),
        "sum_with_youth": Count("pk", filter=of_youth),
        "sum_youth_compared": Sum("known_youth", filter=of_youth),
        "sum_youth_among": Sum("known_total", filter=of_youth),
    }


def of_row(row: dict[str, Any]) -> Participation:
    """The sums that a row holds, whatever else it holds."""
    return Participation(**{field.name: row[f"sum_{field.name}"] for field in fields(Participation)})
