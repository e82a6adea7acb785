"""Whether a commitment was kept: by its cadence, the year, the evidence and the day alone."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.commitments import NEEDED, Fulfilment, fulfilment, is_overdue
from priorities.choices import Cadence

DAYS = st.dates(date(2019, 1, 1), date(2028, 12, 31))
YEARS = range(2021, 2026)
COUNTS = st.dictionaries(st.sampled_from([2020, *YEARS, None]), st.integers(0, 4))


@pytest.mark.parametrize(
    ("cadence", "year", "count", "expected"),
    [
        ("yearly", 2022, 1, Fulfilment.MET),
        ("yearly", 2022, 0, Fulfilment.NOT_MET),
        ("continuous", 2022, 0, Fulfilment.NOT_MET),
        ("twice_a_year", 2022, 2, Fulfilment.MET),
        ("twice_a_year", 2022, 1, Fulfilment.PARTLY),
        ("twice_a_year", 2022, 0, Fulfilment.NOT_MET),
        ("twice_a_year", 2023, 1, Fulfilment.IN_PROGRESS),
        ("twice_a_year", 2023, 2, Fulfilment.MET),
        ("yearly", 2024, 0, Fulfilment.TO_COME),
        ("once", 2022, 0, Fulfilment.OPEN),
        ("once", 2022, 1, Fulfilment.MET),
    ],
)
def test_a_year_by_its_cadence(cadence: str, year: int, count: int, expected: Fulfilment) -> None:
    assert fulfilment(cadence, year, count, date(2023, 6, 30)) == expected


@given(cadence=st.sampled_from(Cadence), year=st.sampled_from(YEARS), count=st.integers(0, 4), today=DAYS)
def test_nobody_is_late_before_the_year_is_over(cadence: Cadence, year: int, count: int, today: date) -> None:
    found = fulfilment(cadence, year, count, today)
    assert (found == Fulfilment.MET) == (count >= NEEDED[cadence])
    if today.year <= year:
        assert found not in (Fulfilment.NOT_MET, Fulfilment.PARTLY)


@given(cadence=st.sampled_from(Cadence), counts=COUNTS, today=DAYS)
def test_more_evidence_never_makes_a_commitment_overdue(
    cadence: Cadence, counts: dict[int | None, int], today: date
) -> None:
    more = {year: counts.get(year, 0) + 1 for year in (2020, *YEARS, None)}
    if is_overdue(cadence, more, YEARS, today):
        assert is_overdue(cadence, counts, YEARS, today)
    if today.year <= YEARS[0]:
        assert not is_overdue(cadence, counts, YEARS, today)


def test_overdue_is_what_the_last_year_that_is_over_lacks() -> None:
    today = date(2023, 6, 30)
    assert is_overdue("yearly", {2021: 3}, YEARS, today)
    assert not is_overdue("yearly", {2022: 1}, YEARS, today)
    assert is_overdue("twice_a_year", {2022: 1}, YEARS, today)
    assert not is_overdue("once", {}, YEARS, date(2025, 12, 31))
    assert is_overdue("once", {2021: 0}, YEARS, date(2026, 1, 1))
    assert not is_overdue("once", {None: 1}, YEARS, date(2026, 1, 1))
