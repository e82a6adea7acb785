"""The desk, and decisions on several records at once: /activities/desk/, /activities/decide/."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, User
from activities.models import Activity, FollowUp
from partners.models import Organization
from tests.factories.activities import make_activity, make_complete_activity

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]
DESK, DECIDE = "/activities/desk/", "/activities/decide/"


def piles(client: Client) -> dict[str, list[str]]:
    """The titles on the desk, by pile."""
    return {pile.name: [one.title_en for one in pile.records] for pile in client.get(DESK).context["piles"]}


def make(title: str, **fields: Any) -> Activity:
    return make_complete_activity(title_en=title, **fields)


def ticks(*activities: Activity) -> list[str]:
    return [f"{one.reference}:{one.version}" for one in activities]


def states(*activities: Activity) -> list[str]:
    return [Activity.objects.get(pk=one.pk).review_state for one in activities]


def test_everyone_finds_what_waits_for_them(
    officer: User, colleague: User, manager: User, second_manager: User, client_of: ClientOf
) -> None:
    make_activity(title_en="Draft", created_by=officer)
    make("Of another", created_by=colleague)
    make("In my care", created_by=colleague, focal_officer=officer)
    make("Back", created_by=officer, review_state="returned", review_comment="Say who spoke.", reviewed_by=manager)
    make("Handed in", created_by=officer, review_state="submitted", submitted_by=officer)
    make(
        "Contact",
        type="good_offices_contact",
        review_state="approved",
        audience="public",
        release_held=True,
        reviewed_by=manager,
    )
    assert piles(client_of(officer)) == {
        "returned": ["Back"],
        "drafts": ["In my care", "Draft"],
        "submitted": ["Handed in"],
    }
    page = client_of(officer).get(DESK).content.decode()
    assert "Say who spoke." in page and "Manager," in page
    assert "Still needs:</span>" in page or "main priority, summary" in page
    assert piles(client_of(manager)) == {"waiting": ["Handed in"], "releases": [], "returned": [], "drafts": []}
    assert piles(client_of(second_manager))["releases"] == ["Contact"]


def test_a_partner_finds_its_organizations_entries_by_state(
    focal_point: User, stranger: User, osce: Organization, officer: User, client_of: ClientOf
) -> None:
    make("Theirs", lead_organization=osce, created_by=focal_point)
    make("Not released", lead_organization=osce, review_state="approved")
    make("Centre’s", created_by=officer, audience="all_partners", review_state="approved")
    found = piles(client_of(focal_point))
    assert found == {"returned": [], "drafts": ["Theirs"], "submitted": [], "approved": []}
    assert not any(piles(client_of(stranger)).values())


def test_all_of_a_pile_are_ticked_without_a_script(manager: User, client_of: ClientOf) -> None:
    make("One", review_state="submitted")
    page = client_of(manager).get(f"{DESK}?tick=waiting").content.decode()
    assert page.count(" checked>") == 1


# --- several at once -------------------------------------------------------------------------------------------------


def test_several_are_approved_after_a_look_at_what_will_happen_to_each(
    manager: User, officer: User, client_of: ClientOf
) -> None:
    good = make("Good", review_state="submitted", created_by=officer)
    own = make("My own", review_state="submitted", submitted_by=manager)
    lacking = make("Lacking", review_state="submitted", summary="")
    contact = make(
        "Contact", type="good_offices_contact", review_state="submitted", audience="public", release_held=True
    )
    changed = make("Changed", review_state="submitted")
    draft = make("Draft")
    everything = [*ticks(good, own, lacking, contact, changed, draft), "UNRCCA-2024-9999:1"]
    Activity.objects.filter(pk=changed.pk).update(version=2)
    client = client_of(manager)
    asked = client.get(DECIDE, {"deed": "approve", "record": everything})
    foreseen = {
        fate.tick.reference: (fate.well, fate.words) for fate in asked.context["well"] + asked.context["not_well"]
    }
    assert [well for well, _words in foreseen.values()] == [True, True, True, False, False, False, False]
    assert "lacks: summary" in foreseen[lacking.reference][1]
    assert "second manager" in foreseen[contact.reference][1]
    assert "left alone" in foreseen[changed.reference][1]
    assert "You submitted it yourself" in asked.content.decode()
    assert states(good, own) == ["submitted", "submitted"], "asking does nothing"

    done = client.post(DECIDE, {"deed": "approve", "record": everything})
    assert states(good, own, lacking, contact, changed, draft) == [
        *["approved", "approved", "submitted"],
        *["approved", "submitted", "draft"],
    ]
    assert all(one.title in done.content.decode() for one in (good, own, lacking, contact, changed, draft))
    assert "waits for a second manager" in done.content.decode()
    version = Activity.objects.get(pk=good.pk).version
    again = client.post(DECIDE, {"deed": "approve", "record": everything})
    assert Activity.objects.get(pk=good.pk).version == version, "a double click does nothing twice"
    assert "You have done this already." in again.content.decode()
    assert AuditEntry.objects.of(good).filter(verb="approve", part="").count() == 1


def test_several_are_returned_with_one_comment_which_is_not_lost(manager: User, client_of: ClientOf) -> None:
    one, two = make("One", review_state="submitted"), make("Two", review_state="submitted")
    client, asked = client_of(manager), {"deed": "return", "record": ticks(one, two)}
    refused = client.post(DECIDE, {**asked, "comment": " "})
    assert refused.status_code == 400 and "comment" in refused.context["form"].errors
    assert states(one, two) == ["submitted"] * 2
    client.post(DECIDE, {**asked, "comment": "Say who spoke."})
    assert states(one, two) == ["returned"] * 2
    assert {row.review_comment for row in Activity.objects.all()} == {"Say who spoke."}


def test_officers_submit_several_and_decide_nothing(
    officer: User, focal_point: User, osce: Organization, client_of: ClientOf
) -> None:
    one, two = make("One", created_by=officer), make("Two", created_by=officer, summary="")
    client = client_of(officer)
    client.post(DECIDE, {"deed": "submit", "record": ticks(one, two)})
    assert states(one, two) == ["submitted", "draft"]
    for deed in ("approve", "return"):
        assert client.get(DECIDE, {"deed": deed, "record": ticks(one)}).status_code == 403
        assert client.post(DECIDE, {"deed": deed, "record": ticks(one), "comment": "x"}).status_code == 403
    assert client.get(DECIDE, {"deed": "burn"}).status_code == 404


def test_a_partner_learns_nothing_of_other_records(
    focal_point: User, osce: Organization, officer: User, client_of: ClientOf
) -> None:
    own, hidden = make("Own", lead_organization=osce, main_priority=None), make("Hidden", created_by=officer)
    client = client_of(focal_point)
    absent = Activity(reference="UNRCCA-2024-9999", version=1)
    for method in (client.get, client.post):
        page = method(DECIDE, {"deed": "submit", "record": ticks(own, hidden, absent)})
        assert "Hidden" not in page.content.decode()
        assert len({fate.words for fate in page.context["not_well"] if fate.activity is None}) == 1
    assert states(own, hidden) == ["submitted", "draft"]


def test_follow_ups_stand_on_the_desk(officer: User, client_of: ClientOf) -> None:
    activity = make("One", created_by=officer)
    FollowUp.objects.create(activity=activity, text="Send the list", owner=officer, due=timezone.localdate())
    FollowUp.objects.create(activity=activity, text="Done already", owner=officer, done=timezone.localdate())
    page = client_of(officer).get(DESK).content.decode()
    assert "Send the list" in page and "Done already" not in page
