"""The partners' list and pages: what was done together, when last, and whose silence is an alert."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from accounts.models import User
from activities.choices import CentreRole
from activities.engagement import silent_partners
from activities.models import Activity, Involvement
from partners.models import ContactNote, Organization
from tests.factories.activities import make_activity, make_country, the_priority
from tests.factories.organizations import make_organization

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | None], Client]
TODAY = timezone.localdate()


def held(organization: Organization, *days: date | None, **fields: Any) -> list[Activity]:
    """Public activities held with the organization, one a day."""
    found = []
    for day in days:
        unknown = {"date_precision": "unknown"} if day is None else {}
        values = {"review_state": "approved", "stage": "held", "audience": "public", **unknown, **fields}
        found.append(make_activity(start_date=day, end_date=day, **values))
        Involvement.objects.create(activity=found[-1], organization=organization)
    return found


def recorded(organization: Organization, day: date) -> Organization:
    """The organization as if it had been entered on that day."""
    Organization.objects.filter(pk=organization.pk).update(created_at=timezone.make_aware(_noon(day)))
    organization.refresh_from_db()
    return organization


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12)


def count_shown(client: Client, url: str) -> int:
    """How many records the list at an address says it has."""
    page = client.get(url).content.decode()
    found = re.search(r'class="result-count"[^>]*>\s*<strong>(\d+)', page)
    assert found, url
    return int(found[1])


# --- activities together --------------------------------------------------------------------------------------------


def test_every_number_of_a_partners_page_is_that_of_the_list_behind_it(
    osce: Organization, officer: User, client_of: ClientOf
) -> None:
    held(osce, date(2023, 5, 1), date(2024, 5, 1), None, centre_role="organizer", main_priority=the_priority())
    held(osce, date(2024, 6, 1), centre_role="participant")
    held(osce, date(2024, 7, 1), centre_role=CentreRole.NONE)
    [twice] = held(osce, date(2024, 8, 1), centre_role="participant", chatham_house=True)
    Involvement.objects.create(activity=twice, organization=osce, role="host")
    for reader, total in ((officer, 5), (None, 4)):
        client = client_of(reader)
        page = client.get("/partners/osce/").content.decode()
        links = re.findall(r'<a href="(/activities/\?[^"]+)"[^>]*>(\d+)</a>', page.replace("&amp;", "&"))
        assert len(links) >= 9
        for url, number in links:
            assert count_shown(client, url) == int(number), url
        [whole] = [
            number for url, number in links if not {"year", "role", "priority"} & parse_qs(urlsplit(url).query).keys()
        ]
        assert int(whole) == total
        row = client.get("/partners/").context["page"].object_list[0]
        assert row.together == total


def test_under_the_chatham_house_rule_nothing_hidden_shows(
    osce: Organization, officer: User, focal_point: User, client_of: ClientOf
) -> None:
    held(osce, date(2024, 5, 1), title_en="Open meeting")
    held(osce, date(2024, 9, 9), title_en="Quiet meeting", chatham_house=True)
    for reader in (None, focal_point):
        client = client_of(reader)
        page = client.get("/partners/osce/").content.decode()
        assert "Open meeting" in page and "Quiet meeting" not in page and "9 September" not in page
        assert "September" not in client.get("/partners/?ordering=-last").content.decode()
    assert "Quiet meeting" in client_of(officer).get("/partners/osce/").content.decode()


def test_the_later_of_activity_and_noted_contact_is_the_last_engagement(
    osce: Organization, officer: User, focal_point: User, client_of: ClientOf
) -> None:
    held(osce, date(2024, 5, 1), title_en="Last meeting")
    ContactNote.objects.create(organization=osce, day=date(2024, 6, 1), by=officer, about="A call on water")
    page = client_of(officer).get("/partners/osce/").content.decode()
    first = page.partition("Last engagement")[2].partition("</section>")[0]
    assert "1 June 2024" in first and "A call on water" in first
    assert "1 June 2024" in client_of(officer).get("/partners/").content.decode()
    for client in (client_of(focal_point), client_of(None)):
        page = client.get("/partners/osce/").content.decode()
        first = page.partition("Last engagement")[2].partition("</section>")[0]
        assert "Last meeting" in first and "A call on water" not in page
        assert "June" not in client.get("/partners/").content.decode()


# --- silence --------------------------------------------------------------------------------------------------------


def test_silence_is_measured_by_the_interval_of_each(officer: User, settings: Any) -> None:
    settings.SILENCE_MONTHS = 12
    long_ago, lately = TODAY - timedelta(days=400), TODAY - timedelta(days=40)
    old = date(2020, 1, 1)
    cases: dict[str, tuple[bool, dict[str, Any], date | None, date]] = {
        "met-lately": (False, {}, lately, old),
        "met-long-ago": (True, {}, long_ago, old),
        "short-interval": (True, {"silence_months": 1}, lately, old),
        "long-interval": (False, {"silence_months": 24}, long_ago, old),
        "not-expected": (False, {"engagement_expected": False}, long_ago, old),
        "switched-off": (False, {"retired": True}, long_ago, old),
        "never-met": (True, {}, None, old),
        "just-entered": (False, {}, None, lately),
        "entered-with-an-old-record": (True, {}, long_ago, lately),
        "date-not-known": (True, {}, None, old),
    }
    for code, (_silent, fields, day, entered) in cases.items():
        organization = recorded(make_organization(code, **fields), entered)
        if day is not None or code == "date-not-known":
            held(organization, day)
    for code, fields in (("not-together", {"centre_role": "none"}), ("not-held", {"stage": "confirmed"})):
        held(recorded(make_organization(code), old), lately, **fields)
    noted = recorded(make_organization("noted"), old)
    ContactNote.objects.create(organization=noted, day=lately, by=officer, about="Example")
    silent = set(silent_partners(officer, TODAY).values_list("code", flat=True))
    assert silent == {code for code, case in cases.items() if case[0]} | {"not-together", "not-held"}


def test_the_count_of_alerts_is_that_of_the_list_and_the_staffs_alone(
    osce: Organization, manager: User, officer: User, focal_point: User, client_of: ClientOf
) -> None:
    recorded(osce, date(2020, 1, 1))
    held(osce, date(2024, 5, 1))
    the_priority()
    decisions = {one.label: one.cell for one in client_of(manager).get("/").context["decisions"]}
    assert decisions["Partners without a record for too long"].count == 1
    assert count_shown(client_of(manager), "/partners/?silent=yes") == 1
    page = client_of(officer).get("/partners/osce/").content.decode()
    assert "No record since 1 May 2024." in page
    assert "Silent" in client_of(officer).get("/partners/").content.decode()
    for reader in (focal_point, None):
        client = client_of(reader)
        pages = [client.get(url).content.decode() for url in ("/partners/", "/partners/osce/", "/partners/?silent=yes")]
        assert not [
            page
            for page in pages
            if "No record since" in page or "badge-silent" in page or "silent" in page.replace("?silent=yes", "")
        ]


# --- the list -------------------------------------------------------------------------------------------------------


def test_the_list_is_sorted_and_narrowed_by_its_address(officer: User, client_of: ClientOf) -> None:
    first = make_organization("first", name_en="Alpha", type="donor", country=make_country("KZ"), focal_officer=officer)
    second = make_organization("second", name_en="Beta", type="government", aliases=["Second name"])
    make_organization("gone", name_en="Gamma", retired=True)
    held(first, date(2024, 5, 1), date(2024, 5, 2))
    held(second, date(2024, 6, 1))
    client = client_of(officer)

    def listed(query: str) -> list[str]:
        return [row.code for row in client.get(f"/partners/{query}").context["page"]]

    assert listed("") == ["first", "second"]
    assert listed("?ordering=-name") == ["second", "first"]
    assert listed("?ordering=together") == ["second", "first"]
    assert listed("?ordering=-last") == ["second", "first"]
    assert listed("?ordering=nothing") == ["first", "second"]
    for query in ("type=donor", "country=KZ", f"officer={officer.pk}", "q=alpha"):
        assert listed(f"?{query}") == ["first"]
    assert listed("?q=second+name") == ["second"]
    assert listed("?retired=yes") == ["gone"]
    assert listed("?agreement=yes") == []
    sorted_page = client.get("/partners/?ordering=-name").content.decode()
    assert '<option value="-name" selected>' in sorted_page
    empty = client.get("/partners/?agreement=yes").content.decode()
    assert escape("No organization fits these filters") in empty
    assert client.get("/partners/?type=nothing").status_code == 400
