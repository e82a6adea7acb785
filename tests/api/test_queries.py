"""A list is one query, however long it is; with a key, one more finds the key."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from activities.models import Contribution, Evidence, FollowUp, Involvement, Series
from partners.models import Agreement, Organization
from priorities.models import (
    Commitment,
    Country,
    Deliverable,
    DeliverableLine,
    Document,
    Framework,
    Indicator,
    IndicatorValue,
    Mandate,
    MandateFunction,
    Priority,
    ProgrammeOfAction,
    SdgTarget,
    Theme,
)
from tests.factories.activities import make_activity
from tests.factories.briefings import make_briefing, make_consideration, make_development, make_representative
from tests.factories.framework import make_commitment
from tests.factories.organizations import make_organization
from unrcca_portal.api import VIEWS

from .conftest import Get

pytestmark = pytest.mark.django_db

RELEASED: dict[str, Any] = {"audience": "public", "review_state": "approved"}


@pytest.fixture
def commitment(osce: Organization) -> Commitment:
    return make_commitment(number=99, code="I.99")


def a_programme(n: int, commitment: Commitment) -> None:
    ProgrammeOfAction.objects.create(
        number=100 + n, title_en="x", starts=date(2100 + n, 1, 1), ends=date(2100 + n, 12, 31)
    )


def a_priority(n: int, commitment: Commitment) -> None:
    first = commitment.priority
    Priority.objects.create(
        programme=first.programme, number=10 + n, slug=f"p{n}", roman="X", title_en="x", short_title_en="x",
        function=first.function, colour="#0b5fa5", predecessor=first,
    )  # fmt: skip


def a_commitment(n: int, commitment: Commitment) -> None:
    made = make_commitment(priority=commitment.priority, number=100 + n, code=f"I.{100 + n}")
    Evidence.objects.create(commitment=made, activity=make_activity(stage="held", **RELEASED))


def a_framework(n: int, commitment: Commitment) -> None:
    Framework.objects.create(code=f"f{n}", kind="plan", name_en="x").commitments.add(commitment)


def a_mandate(n: int, commitment: Commitment) -> None:
    document = Document.objects.create(key=f"m{n}", kind="other", title_en="x")
    Mandate.objects.create(programme=commitment.priority.programme, code=f"m{n}", title_en="x", document=document)


def a_deliverable(n: int, commitment: Commitment) -> None:
    line = DeliverableLine.objects.create(code=f"B.{n}", category="B", name_en="x")
    made = Deliverable.objects.create(line=line, programme=commitment.priority.programme, year=2024)
    Contribution.objects.create(activity=make_activity(stage="held", **RELEASED), deliverable=made, quantity=1)


def an_indicator(n: int, commitment: Commitment) -> None:
    made = Indicator.objects.create(priority=commitment.priority, code=f"{n}", name_en="x")
    IndicatorValue.objects.create(indicator=made, year=2024, planned_number=n)


def an_agreement(n: int, commitment: Commitment) -> None:
    made = Agreement.objects.create(code=f"a{n}", kind="other", title_en="x", audience="named_partners")
    made.parties.add(Organization.objects.get(code="osce"))
    made.released_to.add(Organization.objects.get(code="osce"))
    made.commitments.add(commitment)


def a_series(n: int, commitment: Commitment) -> None:
    Series.objects.create(code=f"s{n}", name_en="x", priority=commitment.priority).commitments.add(commitment)


def an_activity(n: int, commitment: Commitment, **fields: Any) -> None:
    osce = Organization.objects.get(code="osce")
    series = Series.objects.create(code=f"s{n}", name_en="x")
    released = {**RELEASED, **fields}
    made = make_activity(main_priority=commitment.priority, series=series, lead_organization=osce, **released)
    Involvement.objects.create(activity=made, organization=osce)
    Evidence.objects.create(activity=made, commitment=commitment)
    FollowUp.objects.create(activity=made, text="x")
    made.themes.add(Theme.objects.get_or_create(code="water", defaults={"name_en": "x"})[0])


def a_briefing(n: int, commitment: Commitment) -> None:
    made = make_briefing(f"b{n}", special_representative=make_representative(f"r{n}"))
    made.themes.add(Theme.objects.get_or_create(code="water", defaults={"name_en": "x"})[0])
    make_consideration(made, key=f"c{n}")


def a_development(n: int, commitment: Commitment) -> None:
    make_development(f"d{n}", **RELEASED).themes.add(
        Theme.objects.get_or_create(code="water", defaults={"name_en": "x"})[0]
    )


MAKERS: dict[str, Callable[[int, Commitment], Any]] = {
    "programmes": a_programme,
    "mandate-functions": lambda n, c: MandateFunction.objects.create(number=10 + n, short_en="x", text_en="x"),
    "priorities": a_priority,
    "commitments": a_commitment,
    "deliverables": a_deliverable,
    "indicators": an_indicator,
    "themes": lambda n, c: Theme.objects.create(code=f"t{n}", name_en="x", parent=Theme.objects.first()),
    "countries": lambda n, c: Country.objects.create(code=f"{chr(65 + n)}Z", m49=f"{n:03}", name_en="x"),
    "sdg-targets": lambda n, c: SdgTarget.objects.create(code=f"16.{n}", title_en="x"),
    "frameworks": a_framework,
    "mandates": a_mandate,
    "documents": lambda n, c: Document.objects.create(key=f"k{n}", kind="other", title_en="x"),
    "organizations": lambda n, c: make_organization(f"o{n}", parent=Organization.objects.first()),
    "agreements": an_agreement,
    "series": a_series,
    "activities": an_activity,
    "who-does-what": lambda n, c: an_activity(n, c, stage="held"),
    "special-representatives": lambda n, c: make_representative(f"r{n}"),
    "briefings": a_briefing,
    "developments": a_development,
}
MANY = 26


@pytest.mark.parametrize("name", VIEWS)
def test_a_list_is_one_query(
    name: str, commitment: Commitment, officer: User, get: Get, django_assert_num_queries: Any
) -> None:
    get("themes/", officer)  # notes the first use of the key
    for n in range(3):
        MAKERS[name](n, commitment)
    with django_assert_num_queries(2):
        few = len(get(f"{name}/?page_size=100", officer).json()["results"])
    for n in range(3, MANY):
        MAKERS[name](n, commitment)
    with django_assert_num_queries(2):
        answer = get(f"{name}/?page_size=100", officer).json()
    assert len(answer["results"]) == few + MANY - 3
    with django_assert_num_queries(1 if name not in ("deliverables", "indicators") else 0):
        get(f"{name}/?page_size=100")


def test_an_item_is_one_query(commitment: Commitment, officer: User, get: Get, django_assert_num_queries: Any) -> None:
    get("themes/", officer)
    an_activity(1, commitment)
    reference = get("activities/", officer).json()["results"][0]["reference"]
    with django_assert_num_queries(2):
        assert get(f"activities/{reference}/", officer).json()["internal"]["follow_ups"]


def test_filters_and_a_count_add_one_query_each(
    commitment: Commitment, officer: User, get: Get, django_assert_num_queries: Any
) -> None:
    get("themes/", officer)
    an_activity(1, commitment)
    with django_assert_num_queries(4):
        answer = get("activities/?theme=water&count=true", officer).json()
    assert answer["count"] == 1


def test_the_documentation_asks_nothing(browser: Client, django_assert_num_queries: Any) -> None:
    for path in ("", *(f"{name}/" for name in VIEWS)):
        with django_assert_num_queries(0):
            assert browser.get(f"/api/v1/docs/{path}").status_code == 200
