"""One activity and what each reader learns of it: /activities/REF/."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from activities.models import Activity, Evidence, FollowUp, Involvement, Link, ParticipantsByCountry, Series
from partners.models import Organization
from tests.activities.entries import filled_in
from tests.factories.activities import make_complete_activity, make_country, the_priority
from tests.factories.framework import make_commitment
from tests.factories.organizations import make_organization

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]


def page(client: Client, activity: Activity) -> str:
    response = client.get(activity.get_absolute_url())
    assert response.status_code == 200
    text: str = response.content.decode()
    return text


@pytest.fixture
def told(osce: Organization, officer: User) -> Activity:
    """A public record with something of everything."""
    activity = make_complete_activity(
        review_state="approved",
        audience="public",
        stage="held",
        outcome="They agreed on reeds.",
        priority_inferred=True,
        women=0,
        source_note="Only one source.",
        funding_source="Example fund",
        focal_officer=officer,
        series=Series.objects.create(code="forum", name_en="Example forum", audience="public"),
    )
    activity.countries.add(make_country("KZ", name_en="Kazakhstan"))
    Involvement.objects.create(activity=activity, organization=osce, role="host")
    commitment = make_commitment(priority=the_priority())
    Evidence.objects.create(activity=activity, commitment=commitment, inferred=True, reason_en="It says so.")
    ParticipantsByCountry.objects.create(activity=activity, country=make_country("UZ", name_en="Uzbekistan"), women=3)
    Link.objects.create(activity=activity, title="A report", publisher="Example press")
    FollowUp.objects.create(activity=activity, text="Write to all", due="2024-06-01")
    return activity


def test_the_public_sees_the_facts(told: Activity, client_of: ClientOf) -> None:
    text = page(client_of(None), told)
    for fact in ("1 May 2024", "They agreed on reeds.", "Example organization osce", "Host", "Kazakhstan", "I.1"):
        assert fact in text
    for fact in ("Inferred", "A report", "Example press", "Example forum", "not recorded"):
        assert fact in text


def test_outsiders_see_nothing_internal(told: Activity, stranger: User, client_of: ClientOf) -> None:
    for reader in (None, stranger):
        text = page(client_of(reader), told).partition("<main")[2]
        for word in (
            "Write to all",
            "History",
            "Classification",
            "Focal",
            "Only one source",
            "Example fund",
            "Confirm",
        ):
            assert word not in text, word


def test_staff_see_follow_up_history_and_release(told: Activity, officer: User, client_of: ClientOf) -> None:
    text = page(client_of(officer), told)
    for word in ("Write to all", "Overdue", "History", "Classification and release", "Only one source"):
        assert word in text


def test_what_is_not_recorded_is_never_nought(client_of: ClientOf, told: Activity, officer: User) -> None:
    text = page(client_of(None), told).partition('id="participants"')[2].partition("</section>")[0]
    assert text.count('class="none">not recorded') == 3
    assert "<dd>0" in text, "nought women were counted, so nought is told"
    by_staff = page(client_of(officer), told).partition('id="participants"')[2].partition("</section>")[0]
    assert "Uzbekistan" in by_staff and "—" in by_staff
    assert "Uzbekistan" not in text, "groups by country are small"


def test_a_series_or_organization_that_is_not_public_stays_unnamed(told: Activity, client_of: ClientOf) -> None:
    inner = make_organization("inner", name_en="Inner circle")
    Involvement.objects.create(activity=told, organization=inner)
    Series.objects.update(audience="internal")
    text = page(client_of(None), told)
    assert "Inner circle" not in text
    assert "Example forum" not in text


@pytest.mark.parametrize("who", [None, "stranger", "focal_point"])
def test_the_chatham_house_rule_hides_names_outside_the_staff(
    who: str | None, request: pytest.FixtureRequest, told: Activity, client_of: ClientOf
) -> None:
    Activity.objects.update(chatham_house=True)
    text = page(client_of(request.getfixturevalue(who) if who else None), told)
    content = text.partition("<main")[2].partition("</main")[0]
    for word in ("Example organization osce", "They agreed", "Kazakhstan", "Uzbekistan", "It says so."):
        assert word not in content, word
    assert "Chatham House Rule" in content


def test_the_chatham_house_rule_reminds_the_staff(told: Activity, officer: User, client_of: ClientOf) -> None:
    Activity.objects.update(chatham_house=True)
    text = page(client_of(officer), told)
    assert "do not pass on" in text
    assert "They agreed on reeds." in text


def test_a_partner_knows_the_names_in_its_own_entries(
    told: Activity, focal_point: User, osce: Organization, stranger: User, client_of: ClientOf
) -> None:
    Activity.objects.update(chatham_house=True, lead_organization=osce)
    assert "They agreed on reeds." in page(client_of(focal_point), told)
    text = page(client_of(stranger), told)
    assert "They agreed on reeds." not in text
    assert "Example organization osce" not in text


@pytest.mark.parametrize("who", [None, "stranger", "officer"])
def test_what_is_not_visible_is_not_there(
    who: str | None, request: pytest.FixtureRequest, manager: User, client_of: ClientOf, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    secret = make_complete_activity(classification="confidential", created_by=manager, title_en="Zzecret")
    client = client_of(request.getfixturevalue(who) if who else None)
    answers = [client.get(f"/activities/{reference}/") for reference in (secret.reference, "UNRCCA-2024-9999")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert "Zzecret" not in answers[0].content.decode()


def test_a_title_is_text_and_not_markup(officer: User, client_of: ClientOf) -> None:
    activity = make_complete_activity(title_en="<script>alert(1)</script>", summary="<img src=x onerror=alert(1)>")
    text = page(client_of(officer), activity)
    assert "<script>alert" not in text
    assert "<img src=x" not in text


def test_the_history_says_who_did_what_in_words(
    officer: User, manager: User, osce: Organization, client_of: ClientOf
) -> None:
    client = client_of(officer)
    client.post("/activities/new/", filled_in())
    activity = Activity.objects.get()
    rows = {"partners": [{"organization": osce.pk, "role": "host"}]}
    client.post(f"{activity.get_absolute_url()}edit/", filled_in(rows, version=1, city="Nukus", type="training"))
    history = client.get(activity.get_absolute_url()).context["history"]
    assert [(str(deed.what), deed.who) for deed in history] == [("Edited", "Officer"), ("Logged", "Officer")]
    changed = [{(one.what, *one.sides) for one in deed.changes} for deed in history]
    assert changed[0] == {
        ("City", "", "Nukus"),
        ("Type", "Meeting", "Training"),
        ("Partners", "", "OSCE, Host"),
    }
    assert ("Themes", "", "Water") in changed[1]


def test_the_history_keeps_names_that_the_reader_may_not_see(
    officer: User, manager: User, client_of: ClientOf, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    hidden = make_organization("hidden", name_en="Hidden hand", classification="confidential")
    activity = make_complete_activity()
    Involvement.objects.create(activity=activity, organization=hidden, role="host")
    assert "Hidden hand" not in page(client_of(officer), activity)


@pytest.mark.parametrize("rows", [2, 20])
def test_the_page_asks_a_constant_number_of_questions(
    rows: int, told: Activity, manager: User, client_of: ClientOf, django_assert_num_queries: Any
) -> None:
    for number in range(rows):
        organization = make_organization(f"o-{number}")
        Involvement.objects.create(activity=told, organization=organization)
        Link.objects.create(activity=told, title=f"L {number}")
        FollowUp.objects.create(activity=told, text=f"F {number}", owner=manager)
        commitment = make_commitment(priority=the_priority(), number=number + 2, code=f"I.{number + 2}")
        Evidence.objects.create(activity=told, commitment=commitment)
    client = client_of(manager)
    with django_assert_num_queries(26):
        client.get(told.get_absolute_url())
