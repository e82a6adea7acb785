"""Developments that a new one may repeat: the same countries, days that touch, and a headline or detail much alike."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, utils

from .models import Development

if TYPE_CHECKING:
    from accounts.roles import Viewer

# Of 100.
LIKE_ENOUGH = 60
# Sources date one event by its day or by that of their report.
DAYS_APART = timedelta(days=7)


@dataclass(frozen=True)
class Likeness:
    """A development that is much like another; of 100."""

    development: Development
    score: int


def similar_developments(
    viewer: "Viewer",
    *,
    headlines: Collection[str],
    starts: date,
    ends: date | None = None,
    countries: Collection[int] = (),
    without: int | None = None,
    most: int = 5,
) -> list[Likeness]:
    """Visible developments of about the same days that are called much the same, the likest first.

    Where both name countries, they must share one. `without` leaves out one by its number. Two queries.
    """
    wanted = [words for words in map(utils.default_process, headlines) if words]
    if not wanted:
        return []
    near = Development.objects.visible_to(viewer).overlapping(starts - DAYS_APART, (ends or starts) + DAYS_APART)
    found = []
    for development in near.exclude(pk=without).prefetch_related("countries"):
        theirs = {country.pk for country in development.countries.all()}
        if countries and theirs and not theirs.intersection(countries):
            continue
        score = max(_score(words, development) for words in wanted)
        if score >= LIKE_ENOUGH:
            found.append(Likeness(development, score))
    return sorted(found, key=lambda one: (-one.score, one.development.pk))[:most]


def _score(words: str, development: Development) -> int:
    """The order of the words does not matter; what stands inside a longer headline is close, never the same."""
    scores = []
    for known in filter(None, (development.headline_en, development.headline_ru)):
        other = utils.default_process(known)
        scores += [fuzz.token_sort_ratio(words, other), 0.9 * fuzz.token_set_ratio(words, other)]
    return round(max(scores))
