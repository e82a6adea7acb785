"""Logging a new activity: /activities/new/."""

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.choices import STRICTLY_CONFIDENTIAL_REFUSED
from accounts.models import AuditEntry, User
from activities.models import Activity
from partners.models import Organization
from tests.activities.entries import filled_in, latest
from tests.factories.activities import make_country, make_theme
from tests.factories.framework import make_commitment
from tests.factories.organizations import make_organization

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]

NEW = "/activities/new/"


def test_an_officer_logs_an_activity_with_all_its_rows(officer: User, client_of: ClientOf, osce: Organization) -> None:
    kazakhstan, commitment = make_country("KZ"), make_commitment()
    rows: dict[str, list[dict[str, Any]]] = {
        "partners": [{"organization": osce.pk, "role": "host"}, {"organization": "", "role": "donor"}],
        "commitments": [{"commitment": commitment.pk}],
        "countries": [{"country": kazakhstan.pk, "women": 3, "men": ""}],
        "links": [{"url": "https://example.org/a", "title": "A page", "publisher": "Example"}],
        "follow-ups": [{"text": "Send the summary", "owner": officer.pk, "due": "2024-06-01"}],
    }
    entries = filled_in(rows, countries=[kazakhstan.pk], women=10, youth=4, main_priority=commitment.priority.pk)
    response = client_of(officer).post(NEW, entries)
    activity = latest()
    assert response.url == activity.get_absolute_url()
    assert activity.reference == "UNRCCA-2024-0001"
    assert (activity.review_state, activity.audience, activity.created_by) == ("draft", "internal", officer)
    assert [str(one) for one in activity.involvements.all()] == ["OSCE (Host)"]
    assert activity.evidence.get().inferred is False
    assert activity.participants_by_country.get().men is None
    assert activity.links.get().publisher == "Example"
    assert activity.follow_ups.get().owner == officer
    assert AuditEntry.objects.of(activity).filter(verb="create", actor=officer).exists()


def test_a_draft_needs_only_title_type_date_and_priority(officer: User, client_of: ClientOf) -> None:
    client_of(officer).post(NEW, filled_in(summary=None, themes=None))
    assert latest().title_en == "Seminar on water"


@pytest.mark.parametrize("name", ["title_en", "type", "start_date", "main_priority"])
def test_what_a_draft_needs_is_asked_for_and_all_else_kept(officer: User, client_of: ClientOf, name: str) -> None:
    response = client_of(officer).post(NEW, filled_in(**{name: None}, city="Nukus", outcome="Typed\r\nwith care"))
    assert name in response.context["form"].errors
    assert not Activity.objects.exists()
    text = response.content.decode()
    assert "Nukus" in text
    assert "Typed\nwith care" in text


def test_a_date_that_is_not_known_is_said_so(officer: User, client_of: ClientOf) -> None:
    client_of(officer).post(NEW, filled_in(start_date=None, date_precision="unknown"))
    assert latest().start_date is None


def test_dates_the_wrong_way_round(officer: User, client_of: ClientOf) -> None:
    response = client_of(officer).post(NEW, filled_in(start_date="2024-05-02", end_date="2024-05-01"))
    assert "The last day is before the first day" in response.content.decode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("type", "party"),
        ("themes", ["999999"]),
        ("main_priority", "I"),
        ("country", "XX"),
        ("women", "-1"),
        ("women", "9" * 30),
        ("start_date", "yesterday"),
        ("audience", "everybody"),
        ("stage", "over"),
        ("title_en", "x" * 301),
        ("title_en", "\x00"),
        ("edition", "3"),
        ("youth", "3"),
    ],
)
def test_bad_values_are_named_beside_their_field(officer: User, client_of: ClientOf, name: str, value: Any) -> None:
    response = client_of(officer).post(NEW, filled_in(**{name: value}, city="Nukus"))
    assert response.status_code == 200
    assert name in response.context["form"].errors
    assert "Nukus" in response.content.decode()


@pytest.mark.parametrize(
    ("part", "row", "name"),
    [
        ("partners", {"organization": "999999", "role": "host"}, "organization"),
        ("partners", {"organization": "", "new_acronym": "EX", "role": "host"}, "organization"),
        ("countries", {"country": "", "women": "3"}, "country"),
        ("links", {"url": "javascript:alert(1)"}, "url"),
        ("follow-ups", {"text": "", "due": "2024-05-01"}, "text"),
    ],
)
def test_bad_rows_are_named_beside_their_field(
    officer: User, client_of: ClientOf, part: str, row: dict[str, Any], name: str
) -> None:
    response = client_of(officer).post(NEW, filled_in({part: [row]}))
    rows = response.context["parts"][part.replace("-", "_")]
    assert name in rows.forms[0].errors
    assert not Activity.objects.exists()


def test_a_partner_twice_in_one_role(officer: User, client_of: ClientOf, osce: Organization) -> None:
    row = {"organization": osce.pk, "role": "host"}
    response = client_of(officer).post(NEW, filled_in({"partners": [row, row]}))
    assert "already listed" in response.content.decode()


def test_without_the_rows_of_the_form_nothing_is_saved(officer: User, client_of: ClientOf) -> None:
    entries = {name: value for name, value in filled_in().items() if "_FORMS" not in name}
    assert client_of(officer).post(NEW, entries).status_code == 200
    assert not Activity.objects.exists()


@pytest.mark.parametrize("role", ["officer", "manager"])
def test_strictly_confidential_is_offered_only_to_be_refused(
    role: str, request: pytest.FixtureRequest, client_of: ClientOf
) -> None:
    client = client_of(request.getfixturevalue(role))
    assert 'value="strictly_confidential"' in client.get(NEW).content.decode()
    response = client.post(NEW, filled_in(classification="strictly_confidential", outcome="Typed with care"))
    assert response.context["form"].errors["classification"] == [str(STRICTLY_CONFIDENTIAL_REFUSED)]
    assert "Typed with care" in response.content.decode()
    assert not Activity.objects.exists()


def test_confidential_only_where_the_setting_allows_it(officer: User, client_of: ClientOf, settings: Any) -> None:
    entries = filled_in(classification="confidential", classification_basis="Named sources")
    assert "CONFIDENTIAL_ALLOWED" in client_of(officer).post(NEW, entries).content.decode()
    settings.CONFIDENTIAL_ALLOWED = True
    client_of(officer).post(NEW, entries)
    assert latest().classification == "confidential"
    assert latest().classified_by == officer


def test_a_confidential_record_stays_internal(officer: User, client_of: ClientOf, settings: Any) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    response = client_of(officer).post(NEW, filled_in(classification="confidential", audience="public"))
    assert "audience" in response.context["form"].errors


def test_named_partners_need_a_name(officer: User, client_of: ClientOf) -> None:
    response = client_of(officer).post(NEW, filled_in(audience="named_partners"))
    assert "released_to" in response.context["form"].errors


def test_a_good_offices_contact_for_partners_waits_for_a_second_manager(officer: User, client_of: ClientOf) -> None:
    client_of(officer).post(NEW, filled_in(type="good_offices_contact", audience="public"))
    assert latest().release_held


def test_a_form_sent_twice_makes_one_record(officer: User, client_of: ClientOf) -> None:
    entries, client = filled_in(), client_of(officer)
    first, second = client.post(NEW, entries), client.post(NEW, entries)
    assert first.url == second.url
    assert Activity.objects.count() == 1


def test_a_form_sent_again_with_new_words_shows_both(officer: User, client_of: ClientOf) -> None:
    entries, client = filled_in(), client_of(officer)
    client.post(NEW, entries)
    again = client.post(NEW, {**entries, "city": "Nukus"})
    assert again.status_code == 409
    assert [place.label for place in again.context["conflict"].asked] == ["City"]
    sent = {**entries, "city": "Nukus", "against": again.context["against"], "choice-city": "mine"}
    client.post(f"{latest().get_absolute_url()}edit/", sent)
    assert latest().city == "Nukus"
    assert Activity.objects.count() == 1


def test_a_form_with_rows_sent_twice_is_not_asked_about(officer: User, client_of: ClientOf, osce: Organization) -> None:
    rows: dict[str, list[dict[str, Any]]] = {
        "partners": [{"organization": osce.pk, "role": "host"}],
        "links": [{"title": "A page"}, {"title": "Another"}],
    }
    entries, client = filled_in(rows), client_of(officer)
    client.post(NEW, entries)
    assert client.post(NEW, entries).status_code == 302
    again = client.post(NEW, {**entries, "links-1-title": "Renamed"})
    assert {place.name.partition("/")[0] for place in again.context["conflict"].asked} == {"links"}


def test_two_people_may_use_the_same_token(officer: User, colleague: User, client_of: ClientOf) -> None:
    entries = filled_in()
    client_of(officer).post(NEW, entries)
    client_of(colleague).post(NEW, entries)
    assert Activity.objects.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("button", [{}, {"then": "submit"}])
def test_a_double_click_makes_one_record(button: dict[str, str], officer: User, client_of: ClientOf) -> None:
    entries = filled_in() | button
    clients = [client_of(officer) for _click in range(4)]
    codes: list[int] = []

    def click(client: Client) -> None:
        codes.append(client.post(NEW, entries).status_code)
        connection.close()

    threads = [Thread(target=click, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [302] * 4
    assert Activity.objects.count() == 1


def test_references_count_by_year_without_gaps(officer: User, client_of: ClientOf) -> None:
    client = client_of(officer)
    for day in ("2023-01-01", "2024-01-01", "2024-02-01"):
        client.post(NEW, filled_in(start_date=day))
    found = sorted(Activity.objects.values_list("reference", flat=True))
    assert found == ["UNRCCA-2023-0001", "UNRCCA-2024-0001", "UNRCCA-2024-0002"]


def test_too_long_a_text_is_refused_and_kept(officer: User, client_of: ClientOf) -> None:
    response = client_of(officer).post(NEW, filled_in(outcome="o" * 20_001))
    assert "outcome" in response.context["form"].errors
    assert "o" * 20_001 in response.content.decode()


def test_ten_megabytes_of_text_are_refused_without_harm(officer: User, client_of: ClientOf) -> None:
    body = "outcome=" + "o" * 10_000_000
    response = client_of(officer).post(NEW, body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 400
    assert not Activity.objects.exists()


def test_choices_start_from_what_the_editor_may_see(officer: User, client_of: ClientOf, settings: Any) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    hidden = make_organization("hidden", acronym="HIDDEN", classification="confidential")
    assert "HIDDEN" not in client_of(officer).get(NEW).content.decode()
    response = client_of(officer).post(NEW, filled_in({"partners": [{"organization": hidden.pk, "role": "host"}]}))
    assert "organization" in response.context["parts"]["partners"].forms[0].errors


def test_saved_and_submitted_in_one_go(officer: User, client_of: ClientOf) -> None:
    client_of(officer).post(NEW, filled_in(then="submit"))
    assert latest().review_state == "submitted"


def test_what_cannot_be_submitted_yet_is_saved_all_the_same(officer: User, client_of: ClientOf) -> None:
    response = client_of(officer).post(NEW, filled_in(then="submit", summary=""), follow=True)
    assert latest().review_state == "draft"
    assert "still needs: summary" in response.content.decode()


# --- who may -------------------------------------------------------------------------------------------------


def test_anonymous_readers_sign_in_first(client_of: ClientOf) -> None:
    assert client_of(None).get(NEW).status_code == 302
    assert client_of(None).post(NEW, filled_in()).status_code == 403
    assert not Activity.objects.exists()


def test_administrators_log_nothing(administrator: User, client_of: ClientOf) -> None:
    assert client_of(administrator).get(NEW).status_code == 403


def test_a_focal_point_logs_for_its_own_organization(
    focal_point: User, client_of: ClientOf, unodc: Organization
) -> None:
    theme = make_theme()
    client = client_of(focal_point)
    shown = client.get(NEW).context["form"].fields
    assert not {"classification", "audience", "readers", "lead_organization", "focal_officer"} & set(shown)
    sent = filled_in(lead_organization=unodc.pk, audience="public", classification="confidential", themes=[theme.pk])
    client.post(NEW, sent)
    activity = latest()
    assert activity.lead_organization == focal_point.organization
    assert (activity.audience, activity.classification, activity.centre_role) == (
        "named_partners",
        "unclassified",
        "none",
    )
    assert list(activity.released_to.all()) == [focal_point.organization]
    assert activity.main_priority is None


def test_a_focal_point_cannot_log_good_offices(focal_point: User, client_of: ClientOf) -> None:
    response = client_of(focal_point).post(NEW, filled_in(type="good_offices_contact"))
    assert "type" in response.context["form"].errors
