"""What all registered lists share: each of their orders works, and views of them are saved and found again."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.lists import LISTS
from accounts.models import SavedView, User
from tests.factories.activities import make_activity
from tests.factories.briefings import make_briefing, make_development
from tests.factories.organizations import make_organization

pytestmark = pytest.mark.django_db


KEYS = ["activities", "briefings", "developments", "follow-ups", "partners", "who-does-what"]


def test_every_list_is_known() -> None:
    reverse("overview")  # the pages, and with them their lists, are loaded with the addresses
    assert sorted(LISTS) == KEYS


@pytest.mark.parametrize("key", KEYS)
def test_a_list_sorts_by_each_of_its_orders_and_keeps_a_view(
    key: str, manager: User, client_of: Callable[[User | None], Client]
) -> None:
    for number in range(3):
        make_activity(title_en=f"Example {number}", review_state="approved").follow_ups.create(text=f"Example {number}")
        make_organization(f"example-{number}")
        make_briefing(f"example-{number}", date=f"2024-01-0{number + 1}")
        make_development(f"example-{number}")
    client = client_of(manager)
    client.get(reverse("overview"))
    page = LISTS[key]
    address = reverse(page.address)
    for name in page.orders:
        rising = client.get(address, {"ordering": name})
        falling = client.get(address, {"ordering": f"-{name}"})
        assert [rising.context["ordering"], falling.context["ordering"]] == [name, f"-{name}"]
        for response in (rising, falling):
            assert len(response.context["page"]) == 3
        if not page.orders[name].may_lack:
            assert list(rising.context["page"]) == list(falling.context["page"])[::-1], name
    name = next(iter(page.orders))
    saved = client.post(f"/accounts/views/new/{key}/", {"name": "Mine", "query": f"q=example&ordering={name}&x=1"})
    view = SavedView.objects.get()
    assert saved["Location"] == f"{address}?{view.query}"
    assert view.query.endswith(f"ordering={name}") and "x=1" not in view.query
    links = client.get(saved["Location"]).context["saved"]["links"]
    assert [(link["view"].name, link["current"]) for link in links] == [("Mine", True)]
