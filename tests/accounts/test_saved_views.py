"""Saved views of lists: kept as the list understands them, read with the reader's own eyes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import SavedView, User
from accounts.saved_views import MOST_VIEWS
from tests.factories.activities import make_activity, make_complete_activity

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]

NEW, OWN, LIST = "/accounts/views/new/activities/", "/accounts/views/", "/activities/"


def save(client: Client, name: str = "Mine", query: str = "type=training", **fields: str) -> int:
    return client.post(NEW, {"name": name, "query": query, **fields}).status_code


def names_on_list(client: Client, query: str = "") -> list[str]:
    return [link["view"].name for link in client.get(f"{LIST}?{query}").context["saved"]["links"]]


def test_a_view_is_saved_found_renamed_replaced_and_deleted(officer: User, client_of: ClientOf) -> None:
    make_activity(title_en="found", type="training")
    make_activity(title_en="other")
    client = client_of(officer)
    offered = client.get(f"{LIST}?type=training&ordering=title&page=3&nonsense=1").context["saved"]["query"]
    assert offered == "type=training&ordering=title"
    shown = client.post(NEW, {"name": "<b>Mine</b>", "query": offered}, follow=True)
    assert [one.title_en for one in shown.context["page"]] == ["found"]
    assert [link["current"] for link in shown.context["saved"]["links"]] == [True]
    page = shown.content.decode()
    assert "&lt;b&gt;Mine&lt;/b&gt;" in page and "<b>Mine" not in page
    view = SavedView.objects.get()
    client.post(f"{OWN}{view.pk}/", {"name": "Trainings"})
    asked = client.post(NEW, {"name": "trainings", "query": "stage=held"})
    assert asked.status_code == 409 and "Replace it" in asked.content.decode()
    assert SavedView.objects.get().query == offered
    client.post(NEW, {"name": "trainings", "query": "stage=held", "replace": "1"})
    assert [(one.pk, one.query) for one in SavedView.objects.all()] == [(view.pk, "stage=held")]
    assert "Delete this saved view" in client.get(f"{OWN}{view.pk}/delete/").content.decode()
    client.post(f"{OWN}{view.pk}/delete/")
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("type=training&type=party", ""),
        ("theme=no-such&stage=held", "stage=held"),
        ("from=2024-02-01&to=2024-01-01", "from=2024-02-01"),
        ("password=x&ordering=password&rows=7", ""),
        ("ordering=-changed&rows=100&q=+&year=", "ordering=-changed&rows=100"),
        ("q=%00", ""),
        ("q=" + "a" * 3000, None),
    ],
)
def test_only_what_the_list_understands_is_kept(
    query: str, kept: str | None, officer: User, client_of: ClientOf
) -> None:
    assert save(client_of(officer), query=query) == 302
    saved = SavedView.objects.get().query
    assert len(saved) <= 2000
    assert kept is None or saved == kept


def test_a_partner_saves_no_filter_of_the_staff(officer: User, focal_point: User, client_of: ClientOf) -> None:
    save(client_of(focal_point), query=f"officer={officer.pk}&ordering=officer&stage=held")
    assert SavedView.objects.get().query == "stage=held"


def test_only_managers_share_and_only_with_staff(
    officer: User, manager: User, administrator: User, focal_point: User, client_of: ClientOf
) -> None:
    save(client_of(officer), name="own", is_shared="on")
    save(client_of(manager), name="common", is_shared="on")
    save(client_of(focal_point), name="partner’s")
    assert names_on_list(client_of(officer)) == ["common", "own"]
    assert names_on_list(client_of(manager)) == ["common"]
    assert names_on_list(client_of(administrator)) == ["common"]
    assert names_on_list(client_of(focal_point)) == ["partner’s"]
    assert client_of(None).get(LIST).context["saved"] is None
    common = SavedView.objects.get(name="common")
    for other in (officer, focal_point, administrator):
        assert client_of(other).post(f"{OWN}{common.pk}/", {"name": "x"}).status_code == 404
        assert client_of(other).post(f"{OWN}{common.pk}/delete/").status_code == 404


def test_a_shared_view_shows_nobody_more_than_they_may_see(
    manager: User, administrator: User, officer: User, client_of: ClientOf, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    secret = make_complete_activity(title_en="Secret", classification="confidential", created_by=manager)
    save(client_of(manager), query="q=Secret", is_shared="on")
    address = client_of(administrator).get(LIST).context["saved"]["links"][0]["url"]
    assert secret.get_absolute_url() in client_of(manager).get(address).content.decode()
    assert secret.get_absolute_url() not in client_of(administrator).get(address).content.decode()


def test_there_is_an_end_to_saving(officer: User, client_of: ClientOf) -> None:
    SavedView.objects.bulk_create(
        SavedView(owner=officer, page="activities", name=f"{number}", query="") for number in range(MOST_VIEWS)
    )
    response = client_of(officer).post(NEW, {"name": "one more", "query": "type=training"})
    assert "which is the most" in response.content.decode()
    assert SavedView.objects.count() == MOST_VIEWS


def test_two_views_of_a_list_have_two_names(officer: User, client_of: ClientOf) -> None:
    client = client_of(officer)
    save(client, name="one")
    save(client, name="two")
    response = client.post(f"{OWN}{SavedView.objects.get(name='two').pk}/", {"name": "ONE"})
    assert "another view of this list by that name" in response.content.decode()
