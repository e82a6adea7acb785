"""Organizations that a name may mean: to suggest instead of a second entry, and for names misspelt in a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, utils

from .models import Organization

if TYPE_CHECKING:
    from accounts.roles import Viewer

# Of 100. At 75 “UNECSO” still finds UNESCO, and “UNICEF” does not.
LIKE_ENOUGH = 75
SHORTEST_PART = 4


@dataclass(frozen=True)
class Match:
    """An organization that is called much like the name; `score` 100 when it is called just so."""

    organization: Organization
    score: int


def similar_organizations(
    name: str, viewer: "Viewer", *, most: int = 5, least: int = LIKE_ENOUGH, without: int | None = None
) -> list[Match]:
    """Organizations whose acronym, name or alias in either language is like the name, the likest first.

    Among those that the viewer may see; `without` leaves out one by its number. One query.
    """
    wanted = utils.default_process(name)
    if not wanted:
        return []
    matches = [
        Match(organization, score)
        for organization in Organization.objects.visible_to(viewer).exclude(pk=without)
        if (score := max(likeness(wanted, utils.default_process(known)) for known in names_of(organization))) >= least
    ]
    matches.sort(key=lambda match: (-match.score, match.organization.retired, match.organization.name_en))
    return matches[:most]


def names_of(organization: Organization) -> Iterator[str]:
    """All that the organization is called."""
    yield organization.name_en
    yield from filter(None, (organization.acronym, organization.acronym_ru, organization.name_ru))
    yield from organization.aliases


def likeness(wanted: str, known: str) -> int:
    """Of 100. The order of the words does not matter; a name inside a longer one is close, never the same."""
    whole = max(fuzz.ratio(wanted, known), fuzz.token_sort_ratio(wanted, known))
    if min(len(wanted), len(known)) < SHORTEST_PART:
        return round(whole)
    return round(max(whole, 0.9 * fuzz.token_set_ratio(wanted, known)))
