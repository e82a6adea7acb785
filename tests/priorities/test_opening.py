"""Whatever a programme holds: the next one has the same structure, each part linked to the one it goes on from."""

from datetime import date
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from priorities.models import Commitment, Deliverable, DeliverableLine, Indicator, IndicatorValue, ProgrammeOfAction
from priorities.opening import defaults_after, foresee, open_programme, remove_programme
from priorities.roman import roman
from priorities.succession import Succession
from tests.factories.framework import make_priority

pytestmark = pytest.mark.django_db

KINDS = ("priorities", "commitments", "lines", "indicators")
PART = st.tuples(st.text("abcй ", min_size=1, max_size=5), st.booleans())
PRIORITIES = st.lists(
    st.fixed_dictionaries({"commitments": st.lists(PART, max_size=3), "indicators": st.lists(PART, max_size=2)}),
    max_size=7,
)
LINES = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=3)
PERIODS = st.tuples(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(1, 8))


def make(priorities: list[dict[str, Any]], lines: list[tuple[bool, bool]], period: tuple[date, int]) -> Any:
    starts, years = period
    ends = date(starts.year + years, 6, 30)
    programme = ProgrammeOfAction.objects.create(number=3, title_en="Last", starts=starts, ends=ends)
    for number, parts in enumerate(priorities, start=1):
        name = roman(number)
        priority = make_priority(
            programme=programme, number=number, roman=name, slug=name.lower(), narrative_en=f"Why {number}"
        )
        for place, (text, retired) in enumerate(parts["commitments"], start=1):
            Commitment.objects.create(
                priority=priority, number=place, code=f"{name}.{place}", text_en=text, cadence="once", retired=retired
            )
        for place, (text, retired) in enumerate(parts["indicators"], start=1):
            indicator = Indicator.objects.create(priority=priority, code=f"{place}", name_en=text, retired=retired)
            IndicatorValue.objects.create(indicator=indicator, year=starts.year, planned_number=3)
    for place, (used, retired) in enumerate(lines):
        line = DeliverableLine.objects.create(code=f"B.{place}", category="B", name_en="Example", retired=retired)
        if used:
            Deliverable.objects.create(line=line, programme=programme, year=ends.year, planned=4)
    return programme


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PRIORITIES, LINES, PERIODS, st.sets(st.sampled_from(KINDS)))
def test_a_copy_keeps_structure_and_links(
    manager: User,
    priorities: list[dict[str, Any]],
    lines: list[tuple[bool, bool]],
    period: tuple[date, int],
    kinds: set[str],
) -> None:
    with transaction.atomic():
        source = make(priorities, lines, period)
        copies = frozenset(kinds)
        values = {**defaults_after(source), "title_en": "Next"}
        assert (values["starts"] - source.ends).days == 1 and values["number"] == 4
        stamp = foresee(source, copies, manager).stamp
        made = open_programme(programme=ProgrammeOfAction(**values), copies=copies, stamp=stamp, by=manager, token=None)
        check(source, made, copies)
        remove_programme(programme=made, by=manager, version=made.version)
        assert list(ProgrammeOfAction.objects.all()) == [source]
        assert source.priorities.count() == len(priorities)
        transaction.set_rollback(True)


def check(source: ProgrammeOfAction, made: ProgrammeOfAction, copies: frozenset[str]) -> None:
    expected = list(source.priorities.all()) if "priorities" in copies else []
    copied = list(made.priorities.all())
    same = ("number", "roman", "slug", "title_en", "narrative_en", "function_id", "colour")
    assert [[getattr(one, name) for name in same] for one in copied] == [
        [getattr(one, name) for name in same] for one in expected
    ]
    assert [one.predecessor for one in copied] == expected
    succession = Succession()
    for old, new in zip(expected, copied, strict=True):
        assert succession.of_priorities.counterpart(old.pk, made.pk) == new.pk
        assert succession.of_priorities.counterpart(new.pk, source.pk) == old.pk
        promised = old.commitments.filter(retired=False) if "commitments" in copies else []
        assert [one.predecessor for one in new.commitments.all()] == list(promised)
        assert [(one.code, one.text_en, one.cadence) for one in new.commitments.all()] == [
            (one.code, one.text_en, one.cadence) for one in promised
        ]
        measured = old.indicators.filter(retired=False) if "indicators" in copies else []
        assert [(one.code, one.name_en) for one in new.indicators.all()] == [
            (one.code, one.name_en) for one in measured
        ]
    assert not IndicatorValue.objects.filter(indicator__priority__programme=made).exists()
    used = set(source.deliverables.filter(line__retired=False).values_list("line", flat=True))
    lines = used or set(DeliverableLine.objects.filter(retired=False).values_list("pk", flat=True))
    # A year that both programmes have a part of stays with the first.
    taken = set(source.deliverables.values_list("line", "year"))
    wanted = {(line, year) for line in lines for year in made.years()} - taken if "lines" in copies else set()
    assert set(made.deliverables.values_list("line", "year")) == wanted
    assert not made.deliverables.exclude(planned=None).exists()
