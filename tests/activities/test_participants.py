"""How many took part: what outsiders may know of it, and that nothing withheld can be worked out from what is shown.

An attacker of the tests' own, which knows the rule but none of the portal's code, tries every set of figures that
fits what is shown.
"""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import product
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models.functions import ExtractYear
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from activities.models import Activity
from activities.participants import FIGURES, SEXES, Participation, figures_known, participation, participation_by
from tests.factories.activities import make_activity

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | None], Client]
Figures = dict[str, int | None]
COUNTED = (None, 0, 1, 2, 4, 5, 9, 30)


@st.composite
def figures(draw: st.DrawFn) -> Figures:
    """What one activity counts; youth are among the others."""
    counted: Figures = {sex: draw(st.sampled_from(COUNTED)) for sex in SEXES}
    total = sum(n or 0 for n in counted.values())
    youth = draw(st.none() | st.integers(0, total))
    return {**counted, "youth": youth}


def is_few(number: int | None) -> bool:
    return number is not None and 1 <= number <= 4


def shown_of(counted: Figures, viewer: Any) -> dict[str, Any]:
    activity = make_activity(**counted)
    known = figures_known(viewer)
    row: dict[str, Any] = Activity.objects.filter(pk=activity.pk).annotate(**known).values(*known).get()
    return row


def guesses_of(total: int | None) -> Iterator[Figures]:
    """Figures by sex that add up to the total; to a small one where it is not told."""
    few = (None, 0, 1, 2, 3, 4)
    for one, other, known in product(few, few, [total] if total is not None else [1, 2, 3, 4]):
        rest = known - (one or 0) - (other or 0)
        for third in (rest,) if rest else (None, 0):
            if rest >= 0:
                for order in ((one, other, third), (one, third, other), (third, one, other)):
                    yield dict(zip(SEXES, order, strict=True))


def fits(guess: Figures, shown: dict[str, Any]) -> bool:
    """Whether the guess could be behind what is shown, for someone who knows the rule."""
    stated = [guess[sex] for sex in SEXES if guess[sex] is not None]
    total = sum(n or 0 for n in stated) if stated else None
    few_in_all = is_few(total)
    few_by_sex = few_in_all or any(is_few(guess[sex]) for sex in SEXES)
    others = None if guess["youth"] is None or total is None else total - guess["youth"]
    few_by_age = few_in_all or is_few(guess["youth"]) or is_few(others)
    expected = {
        **{f"known_{sex}": None if few_by_sex else guess[sex] for sex in SEXES},
        "known_youth": None if few_by_age else guess["youth"],
        "known_total": None if few_in_all else total,
        "figures_withheld": few_by_sex or few_by_age,
    }
    return expected == shown


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(counted=figures())
def test_what_is_withheld_of_an_activity_cannot_be_worked_out(counted: Figures) -> None:
    shown = shown_of(counted, AnonymousUser())
    assert fits(counted, shown), "the rule itself"
    guesses = [{**guess, "youth": counted["youth"]} for guess in guesses_of(shown["known_total"])]
    possible = [guess for guess in guesses if fits(guess, shown)]
    for sex in SEXES:
        if shown[f"known_{sex}"] is None and is_few(counted[sex]):
            assert len({guess[sex] for guess in possible}) > 1, f"only one number of {sex} is possible"
    if shown["known_youth"] is None and counted["youth"]:
        ages = [youth for youth in range((shown["known_total"] or 4) + 1) if fits({**counted, "youth": youth}, shown)]
        assert len(ages) > 1, "only one number of youth is possible"


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(st.sampled_from([2022, 2023, 2024]), figures()), min_size=1, max_size=6))
def test_sums_add_what_can_be_read_in_each_record_and_nothing_else(
    rows: list[tuple[int, Figures]],
) -> None:
    """So whatever sums are compared, over whatever periods, none tells more than the records do."""
    Activity.objects.all().delete()
    expected: dict[int, list[dict[str, Any]]] = {}
    for year, counted in rows:
        shown = shown_of({**counted, "start_date": date(year, 5, 1), "end_date": date(year, 5, 1)}, AnonymousUser())  # type: ignore[dict-item]
        expected.setdefault(year, []).append(shown)
    found = participation_by(Activity.objects.all(), AnonymousUser(), ExtractYear("start_date"))
    assert set(found) == set(expected)
    for year, each in expected.items():
        for name in (*FIGURES, "total"):
            told = [row[f"known_{name}"] for row in each if row[f"known_{name}"] is not None]
            assert getattr(found[year], name) == (sum(told) if told else None), name
        assert found[year].withheld == sum(row["figures_withheld"] for row in each)
        assert found[year].activities == len(each)
    whole = participation(Activity.objects.all(), AnonymousUser())
    assert whole.activities == len(rows)
    assert (whole.total or 0) == sum(year.total or 0 for year in found.values())


def test_staff_and_the_organization_that_counted_know_the_exact_figures(
    officer: User, focal_point: User, stranger: User
) -> None:
    counted = {"women": 3, "men": 20, "not_stated": None, "youth": 2}
    make_activity(**counted, lead_organization=focal_point.organization)
    every = Activity.objects.all()
    for reader in (officer, focal_point):
        assert participation(every, reader) == Participation(
            activities=1,
            stated=1,
            **counted,  # type: ignore[arg-type]
            total=23,
            compared=1,
            compared_women=3,
            compared_men=20,
            with_youth=1,
            youth_compared=counted["youth"],
            youth_among=23,
        )
    assert participation(every, officer).women_share == 13
    assert participation(every, stranger) == Participation(activities=1, stated=1, withheld=1, total=23)


def test_no_page_or_file_tells_outsiders_of_a_small_group(client_of: ClientOf, stranger: User, officer: User) -> None:
    activity = make_activity(
        title_en="Example", women=3, men=987, youth=2, review_state="approved", stage="held", audience="public"
    )
    address = activity.get_absolute_url()
    for reader, told in ((None, False), (stranger, False), (officer, True)):
        client = client_of(reader)
        texts = [client.get(place).content.decode() for place in (address, f"/api/v1{address}")]
        texts.append(b"".join(client.get("/activities/export.csv").streaming_content).decode())
        assert ["987" in text for text in texts] == [told] * 3
        assert all("990" in text for text in texts[:2]), "the whole is no small group"
