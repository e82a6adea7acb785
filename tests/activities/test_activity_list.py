"""The list of activities and its filters: /activities/."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from activities.models import Activity, Evidence, Involvement, Series
from partners.models import Organization
from tests.factories.activities import make_activity, make_complete_activity, make_country, make_theme, the_priority
from tests.factories.framework import make_commitment, make_priority, make_programme
from tests.factories.organizations import make_organization

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]

LIST = "/activities/"


def listed(client: Client, **filters: Any) -> list[str]:
    response = client.get(LIST, filters)
    assert response.status_code == 200, response.context["filter"].form.errors
    titles = [activity.title_en for activity in response.context["page"]]
    assert response.context["count"] == len(titles)
    return titles


def public(**fields: Any) -> Activity:
    return make_complete_activity(review_state="approved", audience="public", **fields)


# --- filters ---------------------------------------------------------------------------------------------------------


def test_by_priority_in_either_spelling(officer: User, client_of: ClientOf) -> None:
    first = the_priority()
    second = make_priority(programme=first.programme, number=2, roman="II", slug="ii")
    later = make_programme(number=6, starts="2026-01-01", ends="2030-12-31")
    next_first = make_priority(programme=later)
    for title, priority in (("one", first), ("two", second), ("next", next_first)):
        make_activity(title_en=title, main_priority=priority)
    client = client_of(officer)
    assert listed(client, priority="2021-2025/i") == ["one"]
    assert listed(client, priority="2021-2025/II") == ["two"]
    assert listed(client, priority="2026-2030/i") == ["next"]
    current = "next" if timezone.localdate().year >= 2026 else "one"
    assert listed(client, priority="I") == [current]
    assert sorted(listed(client, programme="2021-2025")) == ["one", "two"]


def test_by_theme_with_its_parts(officer: User, client_of: ClientOf) -> None:
    agenda = make_theme("wps")
    pillar = make_theme("wps-participation", parent=agenda)
    whole, part = make_activity(title_en="whole"), make_activity(title_en="part")
    whole.themes.add(agenda)
    part.themes.add(pillar, agenda)
    make_activity(title_en="other")
    client = client_of(officer)
    assert sorted(listed(client, theme="wps")) == ["part", "whole"]
    assert listed(client, theme="wps-participation") == ["part"]


def test_by_country_of_the_place_or_taking_part(officer: User, client_of: ClientOf) -> None:
    country = make_country("KZ")
    make_activity(title_en="place", country=country)
    make_activity(title_en="part").countries.add(country)
    make_activity(title_en="other")
    assert sorted(listed(client_of(officer), country="KZ")) == ["part", "place"]


def test_by_partner_series_and_commitment(officer: User, osce: Organization, client_of: ClientOf) -> None:
    series = Series.objects.create(code="forum", name_en="Forum")
    activity = make_activity(title_en="found", series=series)
    for role in ("host", "donor"):
        Involvement.objects.create(activity=activity, organization=osce, role=role)
    Evidence.objects.create(activity=activity, commitment=make_commitment())
    make_activity(title_en="other")
    client = client_of(officer)
    for filters in ({"partner": "osce"}, {"series": "forum"}, {"commitment": "2021-2025/I.1"}, {"commitment": "i.1"}):
        assert listed(client, **filters) == ["found"]


@pytest.mark.parametrize(
    ("filters", "fields"),
    [
        ({"type": "training"}, {"type": "training"}),
        ({"role": "supporter"}, {"centre_role": "supporter"}),
        ({"stage": "cancelled"}, {"stage": "cancelled"}),
        ({"review_state": "submitted"}, {"review_state": "submitted"}),
        ({"year": "2023"}, {"start_date": date(2023, 12, 31), "end_date": date(2024, 1, 2)}),
        ({"year": "unknown"}, {"start_date": None, "end_date": None, "date_precision": "unknown"}),
        ({"from": "2024-06-02"}, {"start_date": date(2024, 6, 1), "end_date": date(2024, 6, 2)}),
        ({"to": "2024-04-30"}, {"start_date": date(2024, 4, 30), "end_date": date(2024, 5, 2)}),
        ({"from": "2024-04-01", "to": "2024-04-30"}, {"start_date": date(2024, 3, 1), "end_date": date(2024, 7, 1)}),
        ({"q": "reeds WATER"}, {"summary": "Water among reeds"}),
        ({"q": "камыш"}, {"title_ru": "Камыш и вода"}),
        ({"q": "agreed"}, {"outcome": "They agreed."}),
        ({"inferred": "yes"}, {"priority_inferred": True}),
        ({"coming": "yes"}, {"start_date": timezone.localdate() + timedelta(3), "end_date": None}),
    ],
)
def test_by_what_it_is(filters: dict[str, str], fields: dict[str, Any], officer: User, client_of: ClientOf) -> None:
    make_activity(title_en="other", main_priority=the_priority())
    make_activity(title_en="found", **{"main_priority": the_priority(), **fields})
    assert listed(client_of(officer), **filters) == ["found"]


def test_by_officer_for_staff_alone(officer: User, colleague: User, focal_point: User, client_of: ClientOf) -> None:
    public(title_en="written", created_by=officer)
    public(title_en="in care", focal_officer=officer, created_by=colleague)
    public(title_en="other", created_by=colleague)
    assert sorted(listed(client_of(officer), officer=officer.pk)) == ["in care", "written"]
    for reader in (focal_point, None):
        assert "officer" not in client_of(reader).get(LIST).context["filter"].form.fields
        assert len(listed(client_of(reader), officer=officer.pk)) == 3


def test_a_partners_own_activities(officer: User, osce: Organization, client_of: ClientOf) -> None:
    make_activity(title_en="own", lead_organization=osce)
    make_activity(title_en="other")
    assert listed(client_of(officer), lead="osce") == ["own"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("priority", "XX"),
        ("priority", "2021-2025/xx"),
        ("priority", "1999-2001/i"),
        ("priority", "/"),
        ("programme", "2021"),
        ("theme", "Water"),
        ("country", "Kazakhstan"),
        ("partner", "nobody"),
        ("series", "nothing"),
        ("commitment", "X.99"),
        ("type", "party"),
        ("role", "boss"),
        ("stage", "over"),
        ("review_state", "fine"),
        ("year", "24"),
        ("year", "99999999999999"),
        ("from", "2024-13-01"),
        ("to", "tomorrow"),
        ("officer", "x"),
        ("q", "\x00"),
    ],
)
def test_what_is_not_known_is_said_and_nothing_listed(
    name: str, value: str, officer: User, client_of: ClientOf
) -> None:
    make_complete_activity()
    response = client_of(officer).get(LIST, {name: value})
    assert response.status_code == 400
    assert name in response.context["filter"].form.errors
    assert not response.context["page"].object_list
    assert response.context["count"] is None
    assert "nothing is listed" in response.content.decode()


def test_a_period_that_ends_before_it_starts(officer: User, client_of: ClientOf) -> None:
    response = client_of(officer).get(LIST, {"from": "2024-02-01", "to": "2024-01-01"})
    assert "to" in response.context["filter"].form.errors


def test_an_organization_that_is_hidden_is_as_unknown_as_none(officer: User, client_of: ClientOf) -> None:
    hidden = make_organization("hidden", classification="confidential")
    activity = make_complete_activity()
    Involvement.objects.create(activity=activity, organization=hidden)
    client = client_of(officer)
    errors = [
        client.get(LIST, {"partner": code}).context["filter"].form.errors["partner"] for code in ("hidden", "none")
    ]
    assert [str(each).replace("hidden", "none") for each in errors] == [str(errors[1])] * 2


# --- the Chatham House Rule ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [None, "stranger", "focal_point"])
def test_no_filter_tells_who_took_part_under_the_chatham_house_rule(
    who: str | None, request: pytest.FixtureRequest, osce: Organization, officer: User, client_of: ClientOf
) -> None:
    activity = public(title_en="quiet", chatham_house=True, outcome="Frank words")
    activity.countries.add(make_country("KZ"))
    Involvement.objects.create(activity=activity, organization=osce)
    client = client_of(request.getfixturevalue(who) if who else None)
    assert listed(client) == ["quiet"]
    for filters in ({"partner": "osce"}, {"country": "KZ"}, {"q": "frank"}):
        assert listed(client, **filters) == []
        assert listed(client_of(officer), **filters) == ["quiet"]
    assert "OSCE</" not in client.get(LIST).content.decode().partition("<table")[2]


# --- sorting and pages -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ordering", "titles"),
    [
        ("", ["b", "A", "c"]),
        ("-date", ["b", "A", "c"]),
        ("date", ["A", "b", "c"]),
        ("title", ["A", "b", "c"]),
        ("-title", ["c", "b", "A"]),
        ("reference", ["b", "c", "A"]),
        ("-reference", ["A", "c", "b"]),
        ("password", ["b", "A", "c"]),
    ],
)
def test_sorting(ordering: str, titles: list[str], officer: User, client_of: ClientOf) -> None:
    make_activity(title_en="b", start_date=date(2024, 5, 2), end_date=None)
    make_activity(title_en="c", start_date=None, end_date=None, date_precision="unknown")
    make_activity(title_en="A", start_date=date(2024, 5, 1), end_date=None)
    assert listed(client_of(officer), ordering=ordering) == titles


def test_fifty_a_page_and_links_that_keep_the_filters(officer: User, client_of: ClientOf) -> None:
    for number in range(60):
        make_activity(title_en=f"Example {number}")
    client = client_of(officer)
    first = client.get(LIST, {"q": "example", "ordering": "title"})
    assert len(first.context["page"]) == 50
    assert first.context["count"] == 60
    assert "q=example&amp;ordering=title&amp;page=2" in first.content.decode()
    second = client.get(LIST, {"q": "example", "ordering": "title", "page": "2"})
    assert len(second.context["page"]) == 10
    assert len(client.get(LIST, {"page": "999"}).context["page"]) == 10
    assert client.get(LIST, {"page": "x"}).status_code == 200


def test_quick_links_lead_to_lists_that_work(
    officer: User, manager: User, focal_point: User, administrator: User, client_of: ClientOf
) -> None:
    for user, number in ((officer, 4), (manager, 4), (focal_point, 2), (administrator, 0), (None, 0)):
        client = client_of(user)
        links = client.get(LIST).context["quick_links"]
        assert len(links) == number
        for link in links:
            response = client.get(link["url"])
            assert response.status_code == 200
            assert [each["label"] for each in response.context["quick_links"] if each["current"]] == [link["label"]]


def test_an_empty_list_says_so(officer: User, client_of: ClientOf) -> None:
    assert "No activities to show yet" in client_of(None).get(LIST).content.decode()
    assert "No activity fits" in client_of(officer).get(LIST, {"q": "nothing"}).content.decode()


@pytest.mark.parametrize("who", [None, "officer", "focal_point"])
@pytest.mark.parametrize("number", [5, 50])
def test_the_list_asks_a_constant_number_of_questions(
    who: str | None,
    number: int,
    request: pytest.FixtureRequest,
    osce: Organization,
    client_of: ClientOf,
    django_assert_num_queries: Any,
) -> None:
    series = Series.objects.create(code="forum", name_en="Forum", audience="public")
    for _each in range(number):
        activity = public(country=make_country("KZ"), series=series)
        activity.countries.add(make_country("KZ"), make_country("UZ"))
        Involvement.objects.create(activity=activity, organization=osce)
    client = client_of(request.getfixturevalue(who) if who else None)
    with django_assert_num_queries({None: 12, "officer": 16, "focal_point": 16}[who]):
        client.get(LIST)
