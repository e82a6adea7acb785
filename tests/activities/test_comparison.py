"""Two programmes side by side: the numbers of each pair, and the lists that they lead to."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from activities.models import Evidence, Involvement
from priorities.models import Priority
from tests.factories.activities import make_activity
from tests.factories.framework import make_commitment, make_priority, make_programme

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | None], Client]
COMPARE = "/priorities/compare/"
NAMES = ("anonymous", "stranger", "focal_point", "officer", "manager", "administrator")


@pytest.fixture
def priorities(db: None) -> dict[str, Priority]:
    """I goes on, II ends, and the next programme has a II of its own."""
    first = make_programme()
    second = make_programme(number=6, starts="2026-01-01", ends="2030-12-31")
    old = {"i": make_priority(programme=first)}
    old["ii"] = make_priority(programme=first, number=2, roman="II", slug="ii")
    new = {"next i": make_priority(programme=second, predecessor=old["i"])}
    new["next ii"] = make_priority(programme=second, number=2, roman="II", slug="ii")
    return {**old, **new}


@pytest.fixture
def records(priorities: dict[str, Priority], osce: Any, unodc: Any) -> None:
    audiences = ("internal", "named_partners", "all_partners", "public")
    days = {"i": "2024-05-01", "ii": "2023-05-01", "next i": "2026-05-01", "next ii": "2026-06-01"}
    for number, (name, priority) in enumerate(priorities.items()):
        commitment = make_commitment(priority=priority)
        make_commitment(priority=priority, number=2, code=f"{priority.roman}.2")
        make_commitment(priority=priority, number=3, code=f"{priority.roman}.3", retired=True)
        for audience in audiences[number:]:
            for stage, state in (("held", "approved"), ("planned", "approved"), ("held", "submitted")):
                activity = make_activity(
                    main_priority=priority,
                    start_date=days[name],
                    end_date=days[name],
                    stage=stage,
                    review_state=state,
                    audience=audience,
                    women=30,
                    men=10,
                )
                activity.released_to.add(osce)
                Involvement.objects.create(activity=activity, organization=unodc)
                Evidence.objects.create(activity=activity, commitment=commitment)


@pytest.mark.parametrize("name", NAMES)
def test_each_number_equals_the_list_it_leads_to(
    name: str, records: None, request: pytest.FixtureRequest, client_of: ClientOf
) -> None:
    client = client_of(None if name == "anonymous" else request.getfixturevalue(name))
    page = client.get(COMPARE)
    sides = [side for pair in page.context["pairs"] for side in pair if side]
    assert len(sides) == 4
    for side in sides:
        for url, number in ((side.held_url, side.held), *((partner.url, side.held) for partner in side.partners)):
            assert client.get(url).context["page"].paginator.count == number, url
        assert (side.commitments.count, side.with_evidence.count) == (2, int(bool(side.held)))
        for cell in (side.commitments, side.with_evidence):
            assert len(client.get(cell.url).context["matrix"].rows) == cell.count, cell.url
        assert side.figures.women_share == (75 if side.held else None)
        assert bool(side.partners) == bool(side.held)


def test_a_priority_stands_beside_the_one_that_goes_on_from_it(
    priorities: dict[str, Priority], manager: User, client_of: ClientOf
) -> None:
    client = client_of(manager)
    pairs = [
        tuple(side.priority if side else None for side in pair)
        for pair in client.get(COMPARE, {"a": "2021-2025", "b": "2026-2030"}).context["pairs"]
    ]
    assert pairs == [
        (priorities["i"], priorities["next i"]),
        (priorities["ii"], None),
        (None, priorities["next ii"]),
    ]
    turned = client.get(COMPARE, {"a": "2026-2030", "b": "2021-2025"}).context["pairs"]
    assert (turned[0][0].priority, turned[0][1].priority) == (priorities["next i"], priorities["i"])


@pytest.mark.parametrize("query", [{"a": "2026-2030"}, {"b": "1999-2000"}, {"a": "\0"}])
def test_what_cannot_be_compared_is_said(
    priorities: dict[str, Priority], client_of: ClientOf, query: dict[str, str]
) -> None:
    answer = client_of(None).get(COMPARE, query)
    assert answer.status_code == 400 and answer.context["form"].errors


def test_one_programme_alone_is_compared_with_nothing(client_of: ClientOf) -> None:
    make_programme()
    assert "one programme of action so far" in client_of(None).get(COMPARE).content.decode()
