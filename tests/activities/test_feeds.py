"""Calendar feeds: /calendar/activities.ics and each person's own, read back by the library that reads calendars."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from accounts.models import FeedToken, SavedView, User
from activities.models import Activity, Involvement
from partners.models import Organization
from tests.factories.activities import make_complete_activity

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]

PUBLIC, OWN = "/calendar/activities.ics", "/calendar/feed/"
SOON = timezone.localdate() + timedelta(days=10)


def made(title: str, **fields: Any) -> Activity:
    values = {"review_state": "approved", "audience": "public", "start_date": SOON, "end_date": SOON, **fields}
    return make_complete_activity(title_en=title, **values)


def events(client: Client, url: str, **query: Any) -> dict[str, Any]:
    """The events of a feed by their title, after it was parsed as a calendar."""
    response = client.get(url, query)
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in response.content.split(b"\r\n"))
    calendar = Calendar.from_ical(response.content)
    assert not calendar.errors and all(not event.errors for event in calendar.walk("VEVENT"))
    return {str(event["summary"]): event for event in calendar.walk("VEVENT")}


def own_url(client: Client) -> str:
    url: str = client.post(OWN).context["url"]
    return url.removeprefix("http://testserver")


def test_an_event_says_what_calendars_need(client_of: ClientOf) -> None:
    activity = made(
        "Дом, вода; и \\ ещё\nслова" * 4, end_date=SOON + timedelta(days=2), stage="planned", city="Ashgabat"
    )
    Activity.objects.filter(pk=activity.pk).update(version=4)
    [event] = events(client_of(None), PUBLIC).values()
    assert str(event["summary"]) == activity.title_en
    assert (event["dtstart"].dt, event["dtend"].dt) == (SOON, SOON + timedelta(days=3))
    assert (event["status"], event["sequence"], event["location"]) == ("TENTATIVE", 3, "Ashgabat")
    assert event["dtstamp"].dt == event["last-modified"].dt == activity.changed_at.replace(microsecond=0)
    assert event["url"] == f"http://testserver{activity.get_absolute_url()}"
    assert activity.reference in event["uid"]
    [again] = events(client_of(None), PUBLIC).values()
    assert again["uid"] == event["uid"]


def test_stages_and_marking(officer: User, client_of: ClientOf) -> None:
    for stage in ("confirmed", "postponed", "cancelled"):
        made(stage, stage=stage)
    found = events(client_of(None), PUBLIC)
    assert {name: str(event["status"]) for name, event in found.items()} == {
        "confirmed": "CONFIRMED",
        "Postponed: postponed": "TENTATIVE",
        "cancelled": "CANCELLED",
    }
    client = client_of(officer)
    assert "public record" in client.get(PUBLIC).content.decode()
    assert "not for distribution outside the Centre" in client.get(own_url(client)).content.decode().replace(
        "\r\n ", ""
    )


def test_only_whole_days_of_the_last_year_and_later(client_of: ClientOf) -> None:
    made("soon")
    made("long ago", start_date=date(2019, 5, 1), end_date=date(2019, 5, 2))
    made("month", start_date=SOON.replace(day=1), end_date=None, date_precision="month")
    made("unknown", start_date=None, end_date=None, date_precision="unknown")
    assert list(events(client_of(None), PUBLIC)) == ["soon"]
    assert set(events(client_of(None), PUBLIC, **{"from": "2019-01-01"})) == {"soon", "long ago"}


def test_the_public_feed_is_the_same_for_everyone(officer: User, client_of: ClientOf) -> None:
    made("public")
    made("internal", audience="internal")
    assert list(events(client_of(officer), PUBLIC)) == ["public"]


def test_ones_own_feed_shows_what_one_may_see_when_it_is_asked(
    officer: User, focal_point: User, osce: Organization, client_of: ClientOf
) -> None:
    made("public")
    made("internal", audience="internal")
    released = made("released", audience="named_partners")
    released.released_to.add(osce)
    url = own_url(client_of(focal_point))
    anyone = client_of(None)
    assert set(events(anyone, url)) == {"public", "released"}
    assert set(events(anyone, own_url(client_of(officer)))) == {"public", "internal", "released"}
    released.released_to.clear()
    assert set(events(anyone, url)) == {"public"}


def test_the_address_is_made_anew_ended_and_no_sign_in(officer: User, client_of: ClientOf) -> None:
    client, anyone = client_of(officer), client_of(None)
    old = own_url(client)
    assert old not in client.get(OWN).content.decode()
    new = own_url(client)
    assert anyone.get(old).status_code == 404
    assert anyone.get(new).status_code == 200
    assert not anyone.session.keys() and anyone.get("/").status_code == 302
    secret = new.split("/")[3]
    token = FeedToken.objects.get()
    assert secret not in (token.digest, str(token)) and token.last_used_at is not None
    assert client.get("/api/v1/activities/", headers={"authorization": f"Api-Key {secret}"}).status_code == 401
    client.post("/calendar/feed/end/")
    assert anyone.get(new).status_code == 404


def test_the_feed_of_somebody_switched_off_is_not_there(officer: User, client_of: ClientOf) -> None:
    url = own_url(client_of(officer))
    User.objects.filter(pk=officer.pk).update(is_active=False)
    assert client_of(None).get(url).status_code == 404


def test_confidential_records_are_in_no_feed(officer: User, client_of: ClientOf, settings: Any) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    made("secret", audience="internal", classification="confidential", created_by=officer)
    client = client_of(officer)
    assert "secret" in client.get("/activities/").content.decode()
    assert events(client, own_url(client)) == {}


def test_of_good_offices_contacts_a_feed_has_only_what_is_public(officer: User, client_of: ClientOf) -> None:
    contact = {"type": "good_offices_contact", "release_confirmed_at": timezone.now()}
    made("quiet", audience="internal", **contact)
    made("held", release_held=True, **contact)
    made("draft", review_state="draft", **contact)
    made("released", **contact)
    client = client_of(officer)
    assert all(title in client.get("/activities/").content.decode() for title in ("quiet", "held", "draft"))
    assert list(events(client, own_url(client))) == list(events(client, PUBLIC)) == ["released"]


def test_the_chatham_house_rule_hides_names(officer: User, osce: Organization, client_of: ClientOf) -> None:
    for title, quiet in (("quiet", True), ("open", False)):
        Involvement.objects.create(activity=made(title, chatham_house=quiet), organization=osce)
    told = {title: str(event["description"]) for title, event in events(client_of(None), PUBLIC).items()}
    assert "OSCE" in told["open"] and "OSCE" not in told["quiet"]
    assert list(events(client_of(None), PUBLIC, partner="osce")) == ["open"]
    inside = events(client_of(officer), own_url(client_of(officer)))
    assert "OSCE" in inside["open"]["description"] and "OSCE" not in inside["quiet"]["description"]


def test_filters_and_saved_views_narrow_a_feed(officer: User, manager: User, client_of: ClientOf) -> None:
    made("training", type="training")
    made("mission", type="mission")
    client = client_of(officer)
    url = own_url(client)
    assert list(events(client, url, type="mission")) == ["mission"]
    view = SavedView.objects.create(owner=officer, page="activities", name="Mine", query="type=training")
    assert list(events(client, url, view=view.pk)) == ["training"]
    foreign = SavedView.objects.create(owner=manager, page="activities", name="Theirs", query="type=training")
    for odd in (foreign.pk, "x", "99999999999999999999", "\x00"):
        assert client.get(url, {"view": odd}).status_code == 404
    wrong = client.get(url, {"type": "party"})
    assert wrong.status_code == 400 and "“party” is not known here" in wrong.content.decode()


def test_a_feed_that_has_not_changed_is_not_sent_again(client_of: ClientOf) -> None:
    activity = made("one")
    client = client_of(None)
    etag = client.get(PUBLIC)["ETag"]
    assert client.get(PUBLIC, headers={"if-none-match": etag}).status_code == 304
    activity.touch(None)
    activity.save()
    assert client.get(PUBLIC, headers={"if-none-match": etag}).status_code == 200
