"""Whether a commitment was kept: by its cadence, the year, the evidence and the day alone."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from activities.commitments import NEEDED, Fulfilment, Lateness, fulfilment, is_overdue, matrix_of
from activities.models import Evidence
from activities.scope import Scope
from priorities.choices import Cadence
from tests.factories.activities import make_activity
from tests.factories.framework import make_commitment

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


def late_of(cadence: str, days: list[tuple[str, str]], today: date, user: User) -> Lateness | None:
    """What is said of a commitment with evidence of these days, each with its precision."""
    commitment = make_commitment(cadence=cadence)
    for day, precision in days:
        last = {"day": day, "month": f"{day[:7]}-28", "year": f"{day[:4]}-12-31"}[precision]
        activity = make_activity(
            stage="held", review_state="approved", start_date=day, end_date=last, date_precision=precision
        )
        Evidence.objects.create(activity=activity, commitment=commitment)
    scope = Scope(commitment.priority.programme, "", None)
    [row] = matrix_of(scope, user, today=today, priorities=[commitment.priority]).rows
    return row.late


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cadence", "days", "today", "late"),
    [
        ("yearly", [("2024-11-25", "day")], date(2025, 3, 1), None),
        ("yearly", [("2023-11-25", "day")], date(2025, 3, 1), ("2024", 0, 1, "November 2023")),
        ("yearly", [("2023-05-01", "month"), ("2022-01-01", "year")], date(2025, 3, 1), ("2024", 0, 1, "May 2023")),
        ("yearly", [("2022-05-01", "month"), ("2023-01-01", "year")], date(2025, 3, 1), ("2024", 0, 1, "2023")),
        ("twice_a_year", [("2024-02-05", "day")], date(2025, 3, 1), ("2024", 1, 2, "February 2024")),
        ("continuous", [], date(2026, 3, 1), ("2025", 0, 1, "")),
        ("once", [], date(2025, 3, 1), None),
        ("once", [], date(2026, 3, 1), ("2021–2025", 0, 1, "")),
    ],
)
def test_of_what_is_overdue_it_is_said_what_the_record_has(
    cadence: str,
    days: list[tuple[str, str]],
    today: date,
    late: tuple[str, int, int, str] | None,
    officer: User,
) -> None:
    found = late_of(cadence, days, today, officer)
    assert (found and (found.span, found.found, found.needed, found.last)) == late
    if found:
        assert found.due == date(today.year - 1, 12, 31)


@pytest.mark.django_db
def test_nobody_outside_the_staff_is_told_what_is_late(stranger: User) -> None:
    assert late_of("yearly", [], date(2025, 3, 1), stranger) is None
