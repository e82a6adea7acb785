"""The list and the page of a development, as anonymous, stranger, named partner and officer see them."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.choices import Audience, Classification, ReviewState
from accounts.models import User
from briefings.models import Development
from partners.models import Organization
from priorities.models import Country, Theme
from tests.factories.briefings import make_development

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]

STAFF_ONLY = ("Example analysis", "Example gender dimension", "Example recommendation", "History")


def released(key: str = "example", audience: str = Audience.ALL_PARTNERS, **fields: Any) -> Development:
    return make_development(key, review_state=ReviewState.APPROVED, audience=audience, **fields)


@pytest.fixture
def assessed() -> Development:
    return released(
        analysis="Example analysis",
        gender_dimension="Example gender dimension",
        recommendation="Example recommendation",
    )


def test_analysis_gender_dimension_and_recommendation_never_leave_the_staff(
    assessed: Development, stranger: User, officer: User, client_of: ClientOf
) -> None:
    theirs = client_of(stranger).get(assessed.get_absolute_url()).content.decode()
    ours = client_of(officer).get(assessed.get_absolute_url()).content.decode()
    assert "Example detail" in theirs
    for internal in STAFF_ONLY:
        assert internal not in theirs
        assert internal in ours


def test_words_of_the_analysis_are_not_searched(assessed: Development, stranger: User, client_of: ClientOf) -> None:
    client = client_of(stranger)
    assert client.get("/developments/?q=example+detail").context["page"].paginator.count == 1
    assert client.get("/developments/?q=analysis").context["page"].paginator.count == 0


def test_not_released_is_not_there(assessed: Development, stranger: User, client_of: ClientOf) -> None:
    make_development("draft", audience=Audience.PUBLIC)
    released("internal", Audience.INTERNAL)
    released("named", Audience.NAMED_PARTNERS)
    client = client_of(stranger)
    assert [one.key for one in client.get("/developments/").context["page"]] == ["example"]
    for key in ("draft", "internal", "named"):
        assert client.get(f"/developments/{key}/").status_code == 404


def test_a_named_partner_sees_it(osce: Organization, focal_point: User, client_of: ClientOf) -> None:
    named = released("named", Audience.NAMED_PARTNERS)
    named.released_to.add(osce)
    assert client_of(focal_point).get(named.get_absolute_url()).status_code == 200


def test_anonymous_readers_see_public_ones_only(assessed: Development, client_of: ClientOf) -> None:
    released("public", Audience.PUBLIC)
    client = client_of(None)
    assert [one.key for one in client.get("/developments/").context["page"]] == ["public"]
    assert client.get(assessed.get_absolute_url()).status_code == 404


def test_an_empty_list_says_so(client_of: ClientOf) -> None:
    assert "There are no developments to show you" in client_of(None).get("/developments/").content.decode()


def test_confidential_is_for_its_author_and_readers(officer: User, colleague: User, client_of: ClientOf) -> None:
    make_development("secret", classification=Classification.CONFIDENTIAL, created_by=officer)
    assert client_of(officer).get("/developments/secret/").status_code == 200
    assert client_of(colleague).get("/developments/secret/").status_code == 404
    assert not client_of(colleague).get("/developments/").context["page"].paginator.count


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("country=KG", ["border"]),
        ("theme=wps", ["border"]),
        ("q=headline+BORDER", ["border"]),
        ("q=Граница", ["border"]),
        ("from=2024-12-05", []),
        ("from=2024-07-15&to=2024-07-20", ["july"]),
        ("to=2024-07-01", ["july"]),
        ("reliability=official", ["border"]),
    ],
)
def test_filters_stand_in_the_address(query: str, keys: list[str], stranger: User, client_of: ClientOf) -> None:
    border = released("border", reliability="official", headline_ru="граница")
    border.countries.add(Country.objects.create(code="KG", m49="417", name_en="Kyrgyzstan"))
    agenda = Theme.objects.create(code="wps", name_en="Women, peace and security")
    border.themes.add(Theme.objects.create(code="wps-prevention", name_en="Prevention", parent=agenda))
    released("july", date=date(2024, 7, 1), end_date=date(2024, 7, 31), date_precision="month")
    page = client_of(stranger).get(f"/developments/?{query}")
    assert [one.key for one in page.context["page"]] == keys


@pytest.mark.parametrize("query", ["country=XX", "theme=none", "from=soon", "from=2024-02-01&to=2024-01-01"])
def test_an_unknown_value_is_said_beside_its_field(query: str, assessed: Development, client_of: ClientOf) -> None:
    page = client_of(None).get(f"/developments/?{query}")
    assert page.status_code == 200
    assert "field-errors" in page.content.decode()


def test_only_staff_filter_by_audience_and_review(stranger: User, officer: User, client_of: ClientOf) -> None:
    released()
    assert client_of(stranger).get("/developments/?audience=internal").context["page"].paginator.count == 1
    assert client_of(officer).get("/developments/?audience=internal").context["page"].paginator.count == 0


@pytest.mark.parametrize(
    ("who", "address", "queries"),
    [
        ("stranger", "/developments/", 11),
        ("stranger", "/developments/example/", 6),
        ("officer", "/developments/example/", 7),
    ],
)
def test_pages_cost_a_fixed_number_of_queries(
    who: str,
    address: str,
    queries: int,
    assessed: Development,
    client_of: ClientOf,
    request: pytest.FixtureRequest,
    django_assert_num_queries: Any,
) -> None:
    for number in range(5):
        released(f"more-{number}")
    client = client_of(request.getfixturevalue(who))
    with django_assert_num_queries(queries):
        client.get(address)


def test_the_timeline_has_a_heading_for_each_month(stranger: User, client_of: ClientOf) -> None:
    released("may", date=date(2024, 5, 2))
    released("may-too", date=date(2024, 5, 30))
    released("april", date=date(2024, 4, 30))
    released("some-time", date=date(2024, 1, 1), date_precision="year")
    page = client_of(stranger).get("/developments/?show=timeline&country=")
    keys = [(heading, [one.key for one in found]) for heading, found in page.context["timeline"]]
    assert keys == [
        ("May 2024", ["may-too", "may"]),
        ("April 2024", ["april"]),
        ("Some time in 2024", ["some-time"]),
    ]
    assert 'name="show" value="timeline"' in page.content.decode()
