"""The frame around every page: who is led where, the marking line, and the pages for what went wrong."""

import re
from collections.abc import Callable

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from accounts.models import User

ClientOf = Callable[[User | None], Client]
PROFILE = reverse("accounts:profile")
SIGN_IN = reverse("accounts:sign-in")


def navigation(page: str) -> list[str]:
    """The entries of the main navigation, as on wide screens."""
    wide = page[page.index("nav-wide") : page.index("nav-narrow")]
    return re.findall(r"<a [^>]*>([^<]+)</a>", wide)


def test_a_visitor_is_led_only_where_a_visitor_may_look(client: Client, db: None) -> None:
    page = client.get(SIGN_IN).content.decode()
    shown = page[page.index("nav-wide") : page.index("nav-narrow")]

    assert {"Overview", "Reports"}.isdisjoint(navigation(page))
    assert PROFILE not in page
    for address in re.findall(r'<a href="([^"]+)"', shown):
        assert client.get(address).status_code == 200, address


def test_a_partner_is_led_to_all_but_the_reports(focal_point: User, client_of: ClientOf) -> None:
    page = client_of(focal_point).get(PROFILE).content.decode()

    assert navigation(page) == [
        *("Your organization", "Overview", "My desk", "Priorities", "Activities"),
        *("Calendar", "Partners", "Briefings", "Developments", "API"),
    ]


@pytest.mark.parametrize(("who", "administers"), [("officer", False), ("manager", False), ("administrator", True)])
def test_staff_are_led_everywhere_and_the_administrator_to_the_administration(
    client_of: ClientOf, request: pytest.FixtureRequest, who: str, administers: bool
) -> None:
    page = client_of(request.getfixturevalue(who)).get(PROFILE).content.decode()

    assert "Reports" in navigation(page)
    assert (reverse("admin:index") in page) is administers


def test_the_open_section_is_marked_once_for_each_navigation(officer: User, client_of: ClientOf) -> None:
    page = client_of(officer).get(reverse("partners:list")).content.decode()

    marked = re.findall(r'<a href="([^"]+)" aria-current="page">', page[: page.index("<main")])
    assert marked == [reverse("partners:list")] * 2


def test_the_marking_line_stands_at_head_and_foot(officer: User, client_of: ClientOf) -> None:
    page = client_of(officer).get(PROFILE).content.decode()

    assert len(re.findall(r'class="marking marking-(?:head|foot)"[^>]*>UNRCCA — internal', page)) == 2


def test_the_page_of_the_wrong_address_offers_a_visitor_to_sign_in_and_come_back(client: Client, db: None) -> None:
    response = client.get("/nowhere/?a=1&b=2")

    assert response.status_code == 404
    assert f"{SIGN_IN}?next=/nowhere/%3Fa%3D1%26b%3D2" in response.content.decode()


def test_a_form_without_its_secret_is_refused_with_advice(officer: User) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(SIGN_IN, {"username": officer.email, "password": "x"})

    assert response.status_code == 403
    assert "The form is no longer valid" in response.content.decode()


@pytest.mark.parametrize("name", ["400.html", "500.html"])
def test_the_pages_for_failures_need_nothing(name: str) -> None:
    assert "start page" in render_to_string(name)
