"""What is picked by typing, organizations added on the spot, and what approval still needs: the form of an activity."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry, User
from activities.models import Activity
from partners.models import Organization
from priorities.models import Deliverable, DeliverableLine
from tests.activities.entries import filled_in, latest, shown_in_form
from tests.factories.activities import make_complete_activity, the_priority
from tests.factories.framework import make_commitment, make_programme
from tests.factories.organizations import make_organization

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]
NEW = "/activities/new/"


@pytest.fixture
def known(db: None) -> Organization:
    return make_organization(
        "osce",
        acronym="OSCE",
        acronym_ru="ОБСЕ",
        name_en="Organization for Security and Co-operation in Europe",
        name_ru="Организация по безопасности и сотрудничеству в Европе",
        aliases=["Conférence d’Helsinki"],
        audience="public",
    )


def with_partner(text: Any, **row: Any) -> dict[str, Any]:
    return filled_in({"partners": [{"organization": text, "role": "host", **row}]})


def row_of(response: Any) -> Any:
    return response.context["parts"]["partners"].forms[0]


@pytest.mark.parametrize(
    "text",
    [
        "osce",
        "ОБСЕ",
        "обсе",
        " organization for security and co-operation  in europe ",
        "Организация по безопасности и сотрудничеству в Европе",
        "ОБСЕ — Организация по безопасности и сотрудничеству в Европе",
        "OSCE — Organization for Security and Co-operation in Europe",
        "conference d'helsinki",
    ],
)
def test_a_partner_goes_by_any_of_its_names(text: str, known: Organization, officer: User, client_of: ClientOf) -> None:
    client_of(officer).post(NEW, with_partner(text))
    assert [one.organization for one in latest().involvements.all()] == [known]


def test_a_name_that_is_not_known_is_kept_and_what_may_be_meant_is_offered(
    known: Organization, officer: User, client_of: ClientOf
) -> None:
    sent = with_partner("Organisation for Securty and Cooperation")
    response = client_of(officer).post(NEW, sent)
    assert "Did you mean OSCE" in response.content.decode()
    assert row_of(response)["organization"].value() == "Organisation for Securty and Cooperation"
    [choice] = row_of(response).suggested
    client_of(officer).post(NEW, sent | {"partners-0-organization-meant": choice.label})
    assert latest().involvements.get().organization == known


def test_a_name_that_no_database_takes_is_no_name(officer: User, client_of: ClientOf) -> None:
    client_of(officer).post(NEW, with_partner("Institute\x00 of Examples", new_type="other"))
    assert Organization.objects.get().name_en == "Institute of Examples"


def test_two_of_one_name_are_told_apart(officer: User, client_of: ClientOf) -> None:
    for country in ("east", "west"):
        make_organization(f"mfa-{country}", acronym="MFA", name_en=f"Ministry {country}", audience="public")
    response = client_of(officer).post(NEW, with_partner("MFA"))
    assert "may be MFA — Ministry east / MFA — Ministry west" in response.content.decode()
    client_of(officer).post(NEW, with_partner("mfa-west"))
    assert latest().involvements.get().organization.code == "mfa-west"


def test_what_the_officer_may_not_see_is_neither_found_nor_suggested(officer: User, client_of: ClientOf) -> None:
    make_organization("hidden", name_en="Hidden circle of example", classification="confidential")
    for text in ("Hidden circle of example", "Hidden circle of exampl"):
        response = client_of(officer).post(NEW, with_partner(text))
        assert not row_of(response).suggested
    assert "Hidden circle of example" not in client_of(officer).get(NEW).content.decode()


def test_named_partners_are_lines(known: Organization, unodc: Organization, officer: User, client_of: ClientOf) -> None:
    sent = filled_in(audience="named_partners", released_to="ОБСЕ\r\nunodc\r\n")
    client_of(officer).post(NEW, sent)
    assert set(latest().released_to.all()) == {known, unodc}
    response = client_of(officer).post(NEW, sent | {"released_to": "OSCE\nUNODCC"})
    assert "Did you mean UNODC" in response.context["form"].errors["released_to"][0]


def test_a_commitment_goes_by_its_code(officer: User, client_of: ClientOf) -> None:
    commitment = make_commitment(priority=the_priority())
    for text in ("I.1", "2021-2025 I.1", "example commitment"):
        client_of(officer).post(NEW, filled_in({"commitments": [{"commitment": text}]}))
        assert latest().evidence.get().commitment == commitment


# --- organizations that are missing ----------------------------------------------------------------------------------


def test_a_missing_organization_is_added_with_the_activity(officer: User, client_of: ClientOf) -> None:
    rows = [
        {"organization": "Institute of Examples", "role": role, "new_type": "research_institution", "new_acronym": "IE"}
        for role in ("host", "speaker")
    ]
    client_of(officer).post(NEW, filled_in({"partners": rows}))
    made = Organization.objects.get()
    assert (made.name_en, made.acronym, made.code, made.audience) == ("Institute of Examples", "IE", "ie", "internal")
    assert {one.role for one in latest().involvements.filter(organization=made)} == {"host", "speaker"}
    assert AuditEntry.objects.of(made).filter(verb="create", actor=officer).exists()


def test_nothing_is_added_when_the_activity_is_not_saved(officer: User, client_of: ClientOf) -> None:
    sent = with_partner("Institute of Examples", new_type="other") | {"title_en": ""}
    response = client_of(officer).post(NEW, sent)
    assert not Organization.objects.exists()
    assert '<option value="other" selected>' in response.content.decode()


def test_what_looks_like_a_known_organization_is_asked_about(
    known: Organization, officer: User, client_of: ClientOf
) -> None:
    sent = with_partner("Organization for Security and Cooperation in Europa", new_type="other")
    response = client_of(officer).post(NEW, sent)
    assert "This looks like OSCE" in response.content.decode()
    assert Organization.objects.count() == 1
    client_of(officer).post(NEW, sent | {"partners-0-new_sure": "on"})
    assert latest().involvements.get().organization != known


def test_a_partner_may_not_add_organizations(known: Organization, stranger: User, client_of: ClientOf) -> None:
    client = client_of(stranger)
    response = client.post(NEW, with_partner("Institute of Examples", new_type="other"))
    assert "name it in the summary" in response.content.decode()
    assert "new_type" not in client.get(NEW).content.decode()
    assert not Organization.objects.filter(name_en="Institute of Examples").exists()


# --- contributions ---------------------------------------------------------------------------------------------------


def test_a_contribution_goes_to_a_deliverable_of_the_year(officer: User, client_of: ClientOf) -> None:
    line = DeliverableLine.objects.create(code="B.2", category="B", name_en="Seminars", unit_en="days")
    this, other = (Deliverable.objects.create(line=line, programme=make_programme(), year=y) for y in (2024, 2025))
    wrong = client_of(officer).post(NEW, filled_in({"contributions": [{"deliverable": other.pk, "quantity": "2"}]}))
    assert "of the year" in wrong.content.decode()
    row = {"deliverable": "2024 B.2 Seminars (days)", "quantity": "2"}
    client_of(officer).post(NEW, filled_in({"contributions": [row]}))
    assert [(one.deliverable, one.quantity) for one in latest().contributions.all()] == [(this, 2)]


# --- what approval needs ---------------------------------------------------------------------------------------------


def test_the_form_says_what_approval_needs_as_the_record_does(officer: User, client_of: ClientOf) -> None:
    activity = make_complete_activity(
        created_by=officer, summary=" ", stage="held", audience="named_partners", main_priority=None
    )
    client = client_of(officer)
    url = f"{activity.get_absolute_url()}edit/"
    needs = client.get(url).context["entry"].needs
    said = [str(need.label) for need, lacking in needs if lacking]
    assert sorted(said) == sorted(str(label) for label in activity.missing_for_approval())
    assert len(said) == 4
    response = client.post(url, shown_in_form(client, url) | {"title_en": "", "summary": "Now told."})
    said_now = [need.field for need, lacking in response.context["entry"].needs if lacking]
    assert "summary" not in said_now and "outcome" in said_now
    assert Activity.objects.get().summary == " "
