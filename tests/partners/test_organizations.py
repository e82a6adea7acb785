"""Organizations made by the portal's staff: their codes, their likes, and one record for each form."""

from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import AuditEntry, User
from accounts.record_deeds import AlreadySaved
from partners.actions import create_organization
from partners.models import Contact, Organization
from partners.similar import similar_organizations
from tests.factories.organizations import make_organization

pytestmark = pytest.mark.django_db


def test_an_organization_gets_a_code_of_its_acronym_that_no_page_and_no_other_has(officer: User) -> None:
    make_organization("unesco")
    made = [
        create_organization(name_en=name, acronym=acronym, type="other", by=officer).code
        for name, acronym in (
            ("Example", "UNESCO"),
            ("Example", "UNESCO"),
            ("New", ""),
            ("Институт", "ИПД"),
            ("Example of it", ""),
        )
    ]
    assert made == ["unesco-2", "unesco-3", "new-2", "organization", "example-of-it"]
    entry = AuditEntry.objects.of(Organization.objects.get(code="unesco-2")).first()
    assert (entry.actor, entry.verb) == (officer, "create")


def test_nobody_else_makes_organizations(administrator: User, focal_point: User) -> None:
    for user in (administrator, focal_point):
        with pytest.raises(PermissionDenied):
            create_organization(name_en="Example", type="other", by=user)


def test_what_does_not_fit_is_refused(officer: User) -> None:
    with pytest.raises(ValidationError) as refused:
        create_organization(name_en=" ", type="empire", website="nothing", by=officer)
    assert set(refused.value.message_dict) == {"name_en", "type", "website"}


def test_a_form_sent_twice_makes_one_organization(officer: User, colleague: User) -> None:
    token = uuid4()
    made = create_organization(name_en="Example", type="other", by=officer, token=token)
    with pytest.raises(AlreadySaved) as again:
        create_organization(name_en="Example", type="other", by=officer, token=token)
    assert again.value.record == made
    assert create_organization(name_en="Example", type="other", by=colleague, token=token) != made


def test_names_much_like_others_are_found_in_both_languages_and_among_aliases(officer: User) -> None:
    unesco = make_organization(
        "unesco",
        acronym="UNESCO",
        acronym_ru="ЮНЕСКО",
        name_en="United Nations Educational, Scientific and Cultural Organization",
        name_ru="Организация Объединенных Наций по вопросам образования, науки и культуры",
        aliases=["Paris office"],
    )
    make_organization("unicef", acronym="UNICEF", name_en="United Nations Children's Fund")
    for name, score in (
        ("UNECSO", 75),
        ("unesco", 100),
        ("ЮНЕСКО", 100),
        ("Organization, United Nations Educational, Scientific and Cultural", 100),
        ("United Nations Educational Scientific and Cultural Organisation", 90),
        ("paris  office", 90),
    ):
        first = similar_organizations(name, officer)[0]
        assert (first.organization, first.score >= score) == (unesco, True), name
    assert similar_organizations("???", officer) == []
    assert similar_organizations("Heart of Asia", officer) == []
    assert similar_organizations("UNESCO", officer, without=unesco.pk) == []


def test_what_one_may_not_see_is_not_suggested(officer: User, stranger: User) -> None:
    make_organization("quiet", name_en="Quiet channel")
    assert similar_organizations("Quiet channel", stranger) == []
    assert len(similar_organizations("Quiet channel", officer)) == 1


def test_the_audit_trail_keeps_no_personal_data_of_contacts(officer: User, osce: Organization) -> None:
    contact = Contact.objects.create(
        organization=osce, name="Example person", position="Head", email="a@example.org", telephone="1", purpose="Why"
    )
    contact.name = "Another name"
    contact.touch(officer)
    contact.save()
    contact.delete()
    entries = AuditEntry.objects.of(osce).filter(part="contact")
    assert entries.count() == 3
    for entry in entries:
        assert not {"name", "position", "email", "telephone", "purpose"} & entry.changes.keys()
        assert "xample person" not in str(entry.changes)
