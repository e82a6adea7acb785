"""The line of heads of the Centre, with the gaps between them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from priorities.choices import DatePrecision

from .models import SpecialRepresentative


@dataclass(frozen=True)
class Term:
    """A term of office, or, without a representative, the time between two terms.

    `ends` of a gap is the first day of the next term, which may be the day of its announcement.
    """

    representative: SpecialRepresentative | None
    starts: date
    ends: date | None


def terms_of(representatives: Iterable[SpecialRepresentative]) -> list[Term]:
    """Terms and vacancies, latest first. A gap is only claimed where both its days are known."""
    terms: list[Term] = []
    earlier: SpecialRepresentative | None = None
    for later in sorted(representatives, key=lambda representative: representative.starts):
        if earlier and (gap := gap_between(earlier, later)):
            terms.append(gap)
        terms.append(Term(later, later.starts, later.ends))
        earlier = later
    return terms[::-1]


def gap_between(earlier: SpecialRepresentative, later: SpecialRepresentative) -> Term | None:
    """The vacancy between two terms, or None."""
    exact = earlier.ends_precision == DatePrecision.DAY and later.starts_precision == DatePrecision.DAY
    if not exact or earlier.ends is None:
        return None
    first_day = earlier.ends + timedelta(days=1)
    return Term(None, first_day, later.starts) if first_day < later.starts else None
