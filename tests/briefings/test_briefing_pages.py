"""The pages of briefings and Special Representatives, as anonymous, stranger and officer see them."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.choices import Audience
from accounts.models import User
from briefings.choices import Modality, Outcome
from briefings.models import Briefing
from priorities.choices import Certainty, DatePrecision
from priorities.models import Theme
from tests.factories.briefings import make_briefing, make_consideration, make_development, make_representative

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]

INTERNAL = ("Example note", "Example source", "Example option", "Example headline", "24 January 2024")


@pytest.fixture
def briefing() -> Briefing:
    """A public briefing with all that staff know about it."""
    representative = make_representative("first")
    make_briefing("earlier", date=date(2024, 1, 23), audience=Audience.PUBLIC)
    briefing = make_briefing(
        "example",
        audience=Audience.PUBLIC,
        special_representative=representative,
        outcome=Outcome.PRESS_ELEMENTS,
        topics_en=["Example topic"],
        source="Example source",
        note_en="Example note",
    )
    make_consideration(briefing)
    make_development("in-the-period", date=date(2024, 5, 1))
    return briefing


@pytest.fixture
def internal_briefing() -> Briefing:
    return make_briefing("internal", date=date(2024, 12, 1), modality=Modality.DEBATE)


@pytest.mark.parametrize("who", [None, "stranger"])
def test_outside_the_staff_only_public_facts_show(
    who: str | None, briefing: Briefing, client_of: ClientOf, request: pytest.FixtureRequest
) -> None:
    client = client_of(request.getfixturevalue(who) if who else None)
    page = client.get(briefing.get_absolute_url()).content.decode()
    for shown in ("23 July 2024", "Closed consultations", "Press elements", "Example topic", "Example first"):
        assert shown in page
    for hidden in INTERNAL:
        assert hidden not in page


def test_an_officer_sees_what_stands_behind(briefing: Briefing, officer: User, client_of: ClientOf) -> None:
    page = client_of(officer).get(briefing.get_absolute_url()).content.decode()
    for shown in INTERNAL:
        assert shown in page


@pytest.mark.parametrize("who", [None, "stranger"])
def test_an_internal_briefing_is_not_there_for_others(
    who: str | None, internal_briefing: Briefing, client_of: ClientOf, request: pytest.FixtureRequest
) -> None:
    client = client_of(request.getfixturevalue(who) if who else None)
    assert client.get(internal_briefing.get_absolute_url()).status_code == 404
    page = client.get("/briefings/").content.decode()
    assert internal_briefing.get_absolute_url() not in page
    assert "No briefing matches" in page


def test_neighbours_are_visible_ones(briefing: Briefing, internal_briefing: Briefing, client_of: ClientOf) -> None:
    page = client_of(None).get(briefing.get_absolute_url()).content.decode()
    assert "/briefings/earlier/" in page
    assert "/briefings/internal/" not in page


def test_an_officer_lists_all(
    briefing: Briefing, internal_briefing: Briefing, officer: User, client_of: ClientOf
) -> None:
    page = client_of(officer).get("/briefings/")
    assert page.context["page"].paginator.count == 3


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("year=2024", ["example", "earlier"]),
        ("year=2023", []),
        ("outcome=press_elements", ["example"]),
        ("modality=closed_consultations", ["example", "earlier"]),
        ("special_representative=first", ["example"]),
        ("theme=water", []),
    ],
)
def test_filters_stand_in_the_address(query: str, keys: list[str], briefing: Briefing, client_of: ClientOf) -> None:
    Theme.objects.create(code="water", name_en="Water")
    page = client_of(None).get(f"/briefings/?{query}")
    assert [found.key for found in page.context["page"]] == keys


def test_a_theme_finds_its_parts(briefing: Briefing, client_of: ClientOf) -> None:
    agenda = Theme.objects.create(code="wps", name_en="Women, peace and security")
    briefing.themes.add(Theme.objects.create(code="wps-participation", name_en="Participation", parent=agenda))
    page = client_of(None).get("/briefings/?theme=wps")
    assert [found.key for found in page.context["page"]] == ["example"]


@pytest.mark.parametrize("query", ["year=often", "theme=nothing", "special_representative=nobody", "outcome=X"])
def test_an_unknown_value_is_said_beside_its_field(query: str, briefing: Briefing, client_of: ClientOf) -> None:
    page = client_of(None).get(f"/briefings/?{query}")
    assert page.status_code == 200
    assert "field-errors" in page.content.decode()
    assert not page.context["page"].paginator.count


def test_an_expected_briefing_says_so(client_of: ClientOf) -> None:
    make_briefing(
        "expected",
        date=date(2025, 7, 1),
        date_precision=DatePrecision.MONTH,
        certainty=Certainty.EXPECTED,
        audience=Audience.PUBLIC,
    )
    for address in ("/briefings/", "/briefings/expected/"):
        page = client_of(None).get(address).content.decode()
        assert "July 2025" in page
        assert ">Expected</span>" in page


def test_topics_come_in_the_readers_language(briefing: Briefing, client_of: ClientOf) -> None:
    briefing.topics_ru = ["Пример темы"]
    briefing.save()
    client = client_of(None)
    client.cookies["django_language"] = "ru"
    page = client.get(briefing.get_absolute_url(), headers={"accept-language": "ru"}).content.decode()
    assert "Пример темы" in page
    assert "Example topic" not in page


def test_the_list_goes_on_over_pages(client_of: ClientOf) -> None:
    for number in range(60):
        make_briefing(f"briefing-{number}", date=date(1960 + number, 1, 1), audience=Audience.PUBLIC)
    client = client_of(None)
    assert len(client.get("/briefings/").context["page"]) == 50
    assert len(client.get("/briefings/?page=2&modality=closed_consultations").context["page"]) == 10
    assert "page=1" in client.get("/briefings/?page=2&modality=closed_consultations").content.decode()


def test_representatives_with_the_gap_between_them(client_of: ClientOf) -> None:
    make_representative("first", ends=date(2023, 2, 28))
    make_representative("second", starts=date(2023, 6, 14))
    page = client_of(None).get("/briefings/special-representatives/").content.decode()
    for shown in ("Example first", "Example second", "Vacant", "1 March 2023", "14 June 2023", "in office"):
        assert shown in page


def test_a_representative_with_visible_briefings_only(briefing: Briefing, client_of: ClientOf) -> None:
    make_briefing("hidden", date=date(2024, 9, 9), special_representative=briefing.special_representative)
    page = client_of(None).get("/briefings/special-representatives/first/").content.decode()
    assert briefing.get_absolute_url() in page
    assert "/briefings/hidden/" not in page
    assert client_of(None).get("/briefings/special-representatives/nobody/").status_code == 404


@pytest.mark.parametrize(
    ("address", "queries"),
    [
        ("/briefings/", 7),
        ("/briefings/example/", 4),
        ("/briefings/special-representatives/", 1),
        ("/briefings/special-representatives/first/", 3),
    ],
)
def test_pages_cost_a_fixed_number_of_queries(
    address: str, queries: int, briefing: Briefing, client_of: ClientOf, django_assert_num_queries: Any
) -> None:
    for number in range(5):
        make_briefing(
            f"more-{number}",
            date=date(2020, 1, number + 1),
            special_representative=briefing.special_representative,
            audience=Audience.PUBLIC,
        )
    client = client_of(None)
    with django_assert_num_queries(queries):
        client.get(address)
