"""Each list as anyone, a stranger, a named partner, an officer and a manager."""

from typing import Any

import pytest

from accounts.models import User
from activities.models import Activity
from activities.participants import FIGURES
from unrcca_portal.api import VIEWS

from .conftest import Get

PUBLIC = {"public"}
STRANGER = {"public", "all-partners"}
NAMED = {"public", "all-partners", "named-partners"}
STAFF = {"public", "all-partners", "named-partners", "internal"}

# The lists whose records have an audience, with the field that names a record.
GOVERNED = {
    "agreements": "code",
    "series": "code",
    "briefings": "key",
    "developments": "key",
    "activities": "title_en",
    "who-does-what": "title_en",
}
FOR_STAFF = ("deliverables", "indicators")
OPEN = sorted(set(VIEWS) - set(GOVERNED) - set(FOR_STAFF) - {"organizations"})


@pytest.fixture
def readers(
    stranger: User, focal_point: User, officer: User, manager: User, administrator: User
) -> list[tuple[User | None, set[str]]]:
    return [
        (None, PUBLIC),
        (stranger, STRANGER),
        (focal_point, NAMED),
        (officer, STAFF),
        (manager, STAFF),
        (administrator, STAFF),
    ]


def audience_of(text: str) -> str:
    return text.removeprefix("series-").removeprefix("Activity ").replace("_", "-")


@pytest.mark.parametrize("name", GOVERNED)
def test_a_list_its_count_and_its_items_hold_what_the_reader_may_see(
    name: str, world: dict[str, Any], readers: list[tuple[User | None, set[str]]], get: Get
) -> None:
    key = "reference" if GOVERNED[name] == "title_en" else GOVERNED[name]
    everything = {item[key] for item in get(f"{name}/", readers[-1][0]).json()["results"]}
    for user, expected in readers:
        answer = get(f"{name}/?count=true", user).json()
        assert {audience_of(item[GOVERNED[name]]) for item in answer["results"]} == expected, user
        assert answer["count"] == len(expected)
        seen = {item[key] for item in answer["results"]}
        for address in everything:
            assert get(f"{name}/{address}/", user).status_code == (200 if address in seen else 404)


def test_organizations_and_their_parents_are_shown_by_the_rule(
    world: dict[str, Any], stranger: User, focal_point: User, officer: User, get: Get
) -> None:
    expected = {None: {"osce", "unodc"}, stranger: {"osce", "unodc"}, focal_point: {"osce", "unodc", "for-osce"}}
    for user, codes in expected.items():
        assert {item["code"] for item in get("organizations/", user).json()["results"]} == codes
    assert get("organizations/for-osce/", stranger).status_code == 404
    assert get("organizations/for-osce/", focal_point).json()["parent"] is None
    assert get("organizations/for-osce/", officer).json()["parent"] == "hidden"


@pytest.mark.parametrize("name", FOR_STAFF)
def test_figures_stay_with_the_staff(name: str, world: dict[str, Any], stranger: User, officer: User, get: Get) -> None:
    item = get(f"{name}/", officer).json()["results"][0]
    address = f"{name}/{item['key']}/"
    assert get(address, officer).json() == item
    for user in (None, stranger):
        assert get(f"{name}/?count=true", user).json() == {"next": None, "previous": None, "count": 0, "results": []}
        assert get(address, user).status_code == 404


@pytest.mark.parametrize("name", OPEN)
def test_public_lists_are_the_same_for_all(name: str, world: dict[str, Any], stranger: User, get: Get) -> None:
    items = get(f"{name}/").json()["results"]
    assert items
    assert get(f"{name}/", stranger).json()["results"][0].keys() == items[0].keys()
    address = next(items[0][key] for key in ("key", "code", "period", "number") if key in items[0])
    assert get(f"{name}/{address}/").status_code == 200


def test_commitments_count_the_evidence_that_the_reader_may_see(
    world: dict[str, Any], readers: list[tuple[User | None, set[str]]], get: Get
) -> None:
    Activity.objects.filter(title_en="Activity public").update(stage="planned")
    for user, expected in readers:
        item = get("commitments/2021-2025/I.1/", user).json()
        assert item["evidence_count"] == len(expected - {"public"}) == len(item["evidence"])


def test_figures_add_up_what_was_held(world: dict[str, Any], officer: User, get: Get) -> None:
    Activity.objects.filter(title_en="Activity public").update(stage="planned")
    item = get("deliverables/2024/B.2/", officer).json()
    assert (item["planned"], item["contributed"], item["adjustment"], item["actual"]) == (10, 9, 0, 9)


def test_nested_values_obey_the_rule(
    world: dict[str, Any], focal_point: User, stranger: User, officer: User, get: Get
) -> None:
    reference = world["activities"]["all_partners"].reference
    world["activities"]["all_partners"].series.released_to.clear()
    type(world["activities"]["all_partners"].series).objects.filter(code="series-all-partners").update(
        audience="named_partners"
    )
    for_stranger = get(f"activities/{reference}/", stranger).json()
    assert [partner["organization"] for partner in for_stranger["partners"]] == ["osce", "unodc"]
    assert (for_stranger["series"], for_stranger["edition"]) == (None, None)
    for_officer = get(f"activities/{reference}/", officer).json()
    assert [partner["organization"] for partner in for_officer["partners"]] == ["hidden", "osce", "unodc"]
    assert (for_officer["series"], for_officer["edition"]) == ("series-all-partners", 3)
    assert get("agreements/series-public/", stranger).json()["parties"] == ["osce"]
    assert get("agreements/series-public/", officer).json()["parties"] == ["hidden", "osce"]


@pytest.mark.parametrize("name", [*(name for name in GOVERNED if name != "who-does-what"), "organizations"])
def test_what_is_internal_is_for_staff(
    name: str, world: dict[str, Any], focal_point: User, officer: User, get: Get
) -> None:
    for user in (None, focal_point):
        assert all(item["internal"] is None for item in get(f"{name}/", user).json()["results"])
        for word in ("Example analysis", "Example note", "Example fund", "Example option"):
            assert word not in get(f"{name}/", user).content.decode()
    for item in get(f"{name}/", officer).json()["results"]:
        assert item["internal"]["audience"] in ("internal", "named_partners", "all_partners", "public")
        assert item["internal"]["released_to"] == (["osce"] if item["internal"]["audience"] == "named_partners" else [])


def test_internal_values_of_records(world: dict[str, Any], officer: User, get: Get) -> None:
    activity = get(f"activities/{world['activities']['public'].reference}/", officer).json()["internal"]
    assert activity["funding_source"] == "Example fund"
    assert activity["review_state"] == "approved"
    assert activity["follow_ups"] == [{"text": "Example follow-up", "owner": None, "due": "2024-06-01", "done": None}]
    assert activity["contributions"] == [{"deliverable": "2024/B.2", "quantity": 3.0}]
    assert get("developments/series-public/", officer).json()["internal"]["analysis"] == "Example analysis"
    briefing = get("briefings/series-public/", officer).json()["internal"]
    assert briefing["note_en"] == "Example note"
    assert briefing["considerations"] == [{"kind": "option", "text_en": "Example option", "text_ru": ""}]


def test_the_chatham_house_rule_hides_who_took_part(
    world: dict[str, Any], focal_point: User, officer: User, get: Get
) -> None:
    activity = world["activities"]["public"]
    Activity.objects.filter(pk=activity.pk).update(chatham_house=True)
    for user in (None, focal_point):
        item = get(f"activities/{activity.reference}/", user).json()
        assert (item["partners"], item["countries"], item["participants_by_country"]) == ([], [], [])
        assert (item["outcome"], item["lead_organization"]) == ("", None)
        assert item["participants"] == {**dict.fromkeys(FIGURES), "total": None, "withheld": True}
    assert not get("activities/?partner=osce").json()["results"]
    exact = get(f"activities/{activity.reference}/", officer).json()
    assert exact["outcome"] == "Example outcome"
    assert exact["participants"] == {
        "women": 4,
        "men": None,
        "not_stated": None,
        "youth": 2,
        "total": 4,
        "withheld": False,
    }
    assert get("activities/?partner=osce&count=true", officer).json()["count"] == 4


def test_a_partner_reads_its_own_entries_before_they_are_approved(
    world: dict[str, Any], focal_point: User, stranger: User, get: Get
) -> None:
    activity = world["activities"]["internal"]
    Activity.objects.filter(pk=activity.pk).update(
        lead_organization=focal_point.organization, review_state="draft", chatham_house=True
    )
    item = get(f"activities/{activity.reference}/", focal_point).json()
    assert (item["approved"], item["internal"], item["lead_organization"]) == (False, None, "osce")
    assert item["outcome"] == "Example outcome"
    assert get(f"activities/{activity.reference}/", stranger).status_code == 404


def test_a_signed_in_browser_reads_the_same(world: dict[str, Any], officer: User, client_of: Any) -> None:
    assert len(client_of(officer).get("/api/v1/activities/").json()["results"]) == 4


def test_whom_to_ask_is_told_to_staff_and_to_the_organization_whose_activity_it_is(
    world: dict[str, Any], focal_point: User, stranger: User, officer: User, get: Get
) -> None:
    own, other = world["activities"]["public"], world["activities"]["all_partners"]
    Activity.objects.filter(pk__in=(own.pk, other.pk)).update(contact="Example desk", last_verified="2024-05-03")
    Activity.objects.filter(pk=own.pk).update(lead_organization=focal_point.organization)
    for user, known in ((None, set()), (stranger, set()), (focal_point, {own}), (officer, {own, other})):
        for activity in (own, other) if user else (own,):
            item = get(f"activities/{activity.reference}/", user).json()
            assert item["contact"] == ("Example desk" if activity in known else "")
            assert item["last_verified"] == "2024-05-03"
        assert get("activities/?format=csv", user).getvalue().count(b"Example desk") == len(known)
