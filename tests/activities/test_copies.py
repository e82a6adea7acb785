"""A new form that follows an earlier activity: duplicates and next editions."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from activities.copies import advanced
from activities.models import Activity, Evidence, Involvement, Series
from partners.models import Organization
from tests.activities.entries import latest, shown_in_form
from tests.factories.activities import make_complete_activity, make_country, the_priority
from tests.factories.framework import make_commitment, make_priority, make_programme
from tests.factories.organizations import make_organization

ClientOf = Callable[[User | None], Client]


@pytest.fixture
def series(db: None) -> Series:
    return Series.objects.create(code="forum", name_en="Example forum", audience="public")


@pytest.fixture
def edition(series: Series, officer: User, osce: Organization) -> Activity:
    """The fourteenth forum: held, approved and released."""
    activity = make_complete_activity(
        title_en="Fourteenth Example forum",
        title_ru="14-й пример форума",
        type="conference",
        centre_role="co_organizer",
        format="hybrid",
        stage="held",
        outcome="They agreed.",
        women=12,
        series=series,
        edition=14,
        review_state="approved",
        audience="public",
    )
    activity.countries.add(make_country("KZ"))
    Involvement.objects.create(activity=activity, organization=osce, role="host")
    Evidence.objects.create(activity=activity, commitment=make_commitment(priority=the_priority()), inferred=True)
    return activity


def begun(client: Client, query: str) -> dict[str, Any]:
    return shown_in_form(client, f"/activities/new/?{query}")


@pytest.mark.django_db
def test_the_next_edition_follows_the_last(edition: Activity, officer: User, client_of: ClientOf) -> None:
    make_complete_activity(series=edition.series, edition=3, title_en="Third Example forum")
    client = client_of(officer)
    response = client.post("/activities/new/", begun(client, "series=forum") | {"start_date": "2025-05-01"})
    assert response.status_code == 302, response.context["entry"].form.errors
    new = latest()
    assert (new.title_en, new.title_ru) == ("Fifteenth Example forum", "15-й пример форума")
    assert (new.type, new.centre_role, new.format, new.edition) == ("conference", "co_organizer", "hybrid", 15)
    assert [str(one) for one in new.involvements.all()] == ["OSCE (Host)"]
    assert new.main_priority == edition.main_priority and new.evidence.count() == new.themes.count() == 1
    assert [country.code for country in new.countries.all()] == ["KZ"]
    assert (new.stage, new.outcome, new.women, new.review_state, new.audience) == (
        *("planned", "", None, "draft", "internal"),
    )


@pytest.mark.django_db
def test_a_duplicate_keeps_title_and_edition_out_of_step(edition: Activity, officer: User, client_of: ClientOf) -> None:
    sent = begun(client_of(officer), f"like={edition.reference}")
    assert (sent["title_en"], sent["edition"], sent["start_date"]) == ("Fourteenth Example forum", "", "")


@pytest.mark.django_db
def test_only_what_the_reader_sees_is_taken_over(
    edition: Activity, officer: User, stranger: User, client_of: ClientOf
) -> None:
    hidden = make_organization("hidden", classification="confidential")
    Involvement.objects.create(activity=edition, organization=hidden)
    assert len(latest_rows(client_of(officer), edition)) == 1
    assert len(latest_rows(client_of(stranger), edition)) == 1
    Activity.objects.update(chatham_house=True)
    assert latest_rows(client_of(stranger), edition) == []
    assert begun(client_of(stranger), f"like={edition.reference}")["countries"] == []
    Activity.objects.update(audience="internal")
    for query in (f"like={edition.reference}", "like=none", "series=none"):
        assert client_of(stranger).get(f"/activities/new/?{query}").status_code == 404
    # Of editions that the reader does not see nothing is told, not even their number.
    sent = begun(client_of(stranger), "series=forum")
    assert (sent["title_en"], sent.get("edition", "")) == ("", "")


def latest_rows(client: Client, activity: Activity) -> list[str]:
    sent = begun(client, f"like={activity.reference}")
    return [value for name, value in sent.items() if name.endswith("-organization") and value]


@pytest.mark.django_db
def test_a_closed_programme_gives_way_to_its_successor(edition: Activity, officer: User, client_of: ClientOf) -> None:
    now = make_programme(number=6, starts="2026-01-01", ends="2099-12-31")
    assert begun(client_of(officer), "series=forum")["main_priority"] == str(edition.main_priority_id)
    successor = make_priority(programme=now, slug="ii", roman="II", number=2, predecessor=edition.main_priority)
    sent = begun(client_of(officer), "series=forum")
    assert sent["main_priority"] == str(successor.pk)
    assert not sent.get("commitments-0-commitment")


@pytest.mark.django_db
def test_a_copy_of_something_confidential_starts_confidential(
    edition: Activity, officer: User, client_of: ClientOf, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    Activity.objects.update(
        classification="confidential", classification_basis="Named sources", audience="internal", created_by=officer
    )
    page = client_of(officer).get(f"/activities/new/?like={edition.reference}").content.decode()
    assert "starts confidential" in page
    assert begun(client_of(officer), f"like={edition.reference}")["classification"] == "confidential"


@pytest.mark.parametrize(
    ("title", "edition", "after"),
    [
        ("Twelfth annual meeting", 12, "Thirteenth annual meeting"),
        ("Annual meeting, twentieth time", 20, "Annual meeting, twenty-first time"),
        ("The twenty-first meeting", 21, "The twenty-second meeting"),
        ("The 11th meeting", 11, "The 12th meeting"),
        ("The 22nd meeting", 22, "The 23rd meeting"),
        ("Phase IV of the plan", 4, "Phase V of the plan"),
        ("2-я встреча", 2, "3-я встреча"),
        ("Meeting of 12 ministers in 2012", 12, "Meeting of 12 ministers in 2012"),
        ("The first of the month", 2, "The first of the month"),
    ],
)
def test_the_number_in_a_title_is_raised(title: str, edition: int, after: str) -> None:
    assert advanced(title, edition) == after


@given(st.text(max_size=80), st.integers(min_value=0, max_value=60))
def test_no_title_breaks(title: str, edition: int) -> None:
    assert len(advanced(title, edition)) <= len(title) + 20
