"""The Atom feeds: the public one and each person's own, read back as XML."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from lxml import etree

from accounts.models import User
from activities.models import Activity, Involvement
from partners.models import Organization
from tests.factories.activities import make_activity

pytestmark = pytest.mark.django_db

PUBLIC = "/activities/feed.atom"
ATOM = "{http://www.w3.org/2005/Atom}"


def made(title: str, **fields: Any) -> Activity:
    return make_activity(**{"title_en": title, "review_state": "approved", "audience": "public", **fields})


def own(client: Client) -> str:
    url: str = client.post("/calendar/feed/").context["atom_url"]
    return url.removeprefix("http://testserver")


def feed_of(client: Client, url: str, **query: Any) -> Any:
    """The feed, with what RFC 4287 asks of every feed and entry."""
    answer = client.get(url, query)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = etree.fromstring(answer.content)
    assert feed.tag == f"{ATOM}feed" and feed.find(f"{ATOM}author/{ATOM}name").text
    assert (
        feed.find(f"{ATOM}link[@rel='self']").get("href") == f"http://testserver{answer.wsgi_request.get_full_path()}"
    )
    for element in (feed, *feed.iterfind(f"{ATOM}entry")):
        assert all(len(element.findall(f"{ATOM}{name}")) == 1 for name in ("id", "title", "updated"))
        assert timezone.datetime.fromisoformat(element.findtext(f"{ATOM}updated")).tzinfo
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.iterfind(f"{ATOM}entry")]
    assert len(ids) == len(set(ids))
    return feed


def titles(feed: Any) -> list[str]:
    return [entry.findtext(f"{ATOM}title") for entry in feed.iterfind(f"{ATOM}entry")]


def test_the_latest_changes_stand_first(client: Client) -> None:
    old, new = made("Old & \x01 older"), made("New", stage="postponed")
    Activity.objects.filter(pk=old.pk).update(changed_at=timezone.now() - timedelta(days=9))
    feed = feed_of(client, PUBLIC)
    assert titles(feed) == ["Postponed: New", "Old &  older"]
    new.refresh_from_db()
    assert feed.findtext(f"{ATOM}updated") == new.changed_at.isoformat(timespec="seconds")
    assert feed.find(f"{ATOM}entry/{ATOM}link").get("href") == f"http://testserver{new.get_absolute_url()}"
    assert titles(feed_of(client, PUBLIC, stage="planned")) == ["Old &  older"]
    assert client.get(PUBLIC, {"stage": "none"}).status_code == 400


def test_an_empty_feed_is_a_feed(client: Client) -> None:
    assert titles(feed_of(client, PUBLIC)) == []


def test_a_reader_that_has_it_gets_nothing_again(client: Client) -> None:
    made("New")
    tag = client.get(PUBLIC)["ETag"]
    assert client.get(PUBLIC, headers={"if-none-match": tag}).status_code == 304
    made("Newer")
    assert client.get(PUBLIC, headers={"if-none-match": tag}).status_code == 200


def test_each_feed_gives_what_its_reader_may_carry_away(
    focal_point: User, stranger: User, manager: User, osce: Organization, settings: Any, client_of: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = settings.CONFIDENTIAL_FOR_ALL_MANAGERS = True
    made("Public")
    made("For partners", audience="all_partners")
    made("For OSCE", audience="named_partners").released_to.add(osce)
    made("Internal", audience="internal")
    made("Good offices", audience="internal", type="good_offices_contact")
    made("Secret", audience="internal", classification="confidential")
    made("Held back", release_held=True)
    named = made("Under the Rule", chatham_house=True)
    Involvement.objects.create(activity=named, organization=osce)
    outside = {"Public", "Under the Rule"}
    expected = {
        stranger: outside | {"For partners"},
        focal_point: outside | {"For partners", "For OSCE"},
        manager: outside | {"For partners", "For OSCE", "Internal", "Held back"},
    }
    for who, wanted in expected.items():
        client, feed = client_of(who), None
        feed = feed_of(Client(), own(client))
        assert set(titles(feed)) == wanted
        assert "OSCE" not in "".join(summary for summary in feed.xpath("//*[local-name()='summary']/text()"))
        # The public feed is the same for everyone.
        assert set(titles(feed_of(client, PUBLIC))) == outside


def test_an_ended_token_opens_nothing(focal_point: User, client_of: Any) -> None:
    client = client_of(focal_point)
    url = own(client)
    client.post("/calendar/feed/end/")
    assert Client().get(url).status_code == 404
    assert Client().get("/activities/feeds/none/feed.atom").status_code == 404
