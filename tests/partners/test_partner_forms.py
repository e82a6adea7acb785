"""Organizations, agreements, contacts and notes kept by the staff: their forms, and who may use them."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, User
from partners.models import Agreement, Contact, ContactNote, Organization
from tests.factories.organizations import make_agreement, make_organization

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | None], Client]
TODAY = timezone.localdate()
UNRELEASED = {"classification": "unclassified", "audience": "internal"}


def entries(client: Client, url: str) -> dict[str, Any]:
    """What a browser would send back from the form at an address as it is."""
    sent: dict[str, Any] = {}
    for field in client.get(url).context["form"]:
        value = field.field.prepare_value(field.value())
        if field.widget_type == "checkbox":
            value = "on" if value else None
        if isinstance(value, (list, tuple)):
            offered = {choice[0].value for choice in field.field.choices}
            value = [one for one in (getattr(one, "pk", one) for one in value) if one in offered]
        if value is not None:
            sent[field.html_name] = value
    return sent


def agreement_sent(*parties: Organization, **fields: Any) -> dict[str, Any]:
    sent = {"title_en": "Memorandum", "kind": "memorandum", "parties": [party.pk for party in parties], **UNRELEASED}
    return {**sent, "form_token": str(uuid4()), **fields}


def errors(response: Any) -> set[str]:
    return set(response.context["form"].errors)


# --- organizations --------------------------------------------------------------------------------------------------


def test_an_officer_adds_an_organization_and_is_asked_about_one_much_like_it(
    osce: Organization, officer: User, client_of: ClientOf
) -> None:
    client = client_of(officer)
    sent = entries(client, "/partners/new/") | {"name_en": "OSCE", "type": "other", "aliases": "One\r\n\r\n Two "}
    asked = client.post("/partners/new/", sent)
    assert errors(asked) == {"another"}
    assert osce.get_absolute_url() in asked.content.decode()
    assert 'value="OSCE"' in asked.content.decode()
    again = sent | {"another": "on", "acronym": "OSCE-2"}
    assert client.post("/partners/new/", again)["Location"] == "/partners/osce-2/"
    made = Organization.objects.get(code="osce-2")
    assert (made.aliases, made.audience) == (["One", "Two"], "internal") and made.created_by == officer
    assert client.post("/partners/new/", again)["Location"] == "/partners/osce-2/"
    other = client.post("/partners/new/", again | {"website": "https://example.org/"})
    assert other.status_code == 409 and "https://example.org/" in other.content.decode()
    assert Organization.objects.count() == 2


def test_bad_entries_are_named_and_kept(officer: User, client_of: ClientOf) -> None:
    above = make_organization("above")
    below = make_organization("below", parent=above)
    client = client_of(officer)
    bad = {
        "name_en": "",
        "type": "empire",
        "code": "contacts",
        "website": "nothing",
        "silence_months": "0",
        "classification": "strictly_confidential",
        "audience": "named_partners",
    }
    response = client.post("/partners/new/", bad)
    assert errors(response) == {
        *("name_en", "type", "code", "website", "silence_months", "classification", "released_to")
    }
    assert 'value="nothing"' in response.content.decode()
    sent = entries(client, above.get_edit_url()) | {"parent": below.pk}
    assert errors(client.post(above.get_edit_url(), sent)) == {"parent"}


def test_two_people_edit_one_organization(
    osce: Organization, officer: User, colleague: User, client_of: ClientOf
) -> None:
    url = osce.get_edit_url()
    first, second = entries(client_of(officer), url), entries(client_of(colleague), url)
    assert "code" not in first
    client_of(officer).post(url, first | {"name_en": "First name"})
    response = client_of(colleague).post(url, second | {"name_ru": "Второе"})
    assert response.status_code == 409
    assert [str(label) for label, _yours, _saved in response.context["conflict"]["differences"]] == [
        "Name in English",
        "Name in Russian",
    ]
    merged = second | {"name_en": "First name", "name_ru": "Второе"}
    merged["version"] = response.context["form"]["version"].value()
    assert client_of(colleague).post(url, merged).status_code == 302
    osce.refresh_from_db()
    assert (osce.name_en, osce.name_ru, osce.version) == ("First name", "Второе", 3)


def test_a_release_is_noted_with_its_author(osce: Organization, officer: User, client_of: ClientOf) -> None:
    client, url = client_of(officer), osce.get_edit_url()
    client.post(url, entries(client, url) | {"website": "https://example.org/"})
    assert not Organization.objects.exclude(release_decided_by=None).exists()
    client.post(url, entries(client, url) | {"audience": "all_partners"})
    osce.refresh_from_db()
    assert (osce.audience, osce.release_decided_by_id) == ("all_partners", officer.pk)


# --- agreements -----------------------------------------------------------------------------------------------------


def test_an_agreement_is_added_once_with_its_documents(osce: Organization, officer: User, client_of: ClientOf) -> None:
    client = client_of(officer)
    bad = agreement_sent(signed="2024-05-02", ends="2024-05-01", documents="not an address", code="new")
    response = client.post("/partners/agreements/new/?party=osce", bad)
    assert errors(response) == {"parties", "ends", "documents", "code"}
    assert "not an address" in response.content.decode()
    lines = "https://example.org/a.pdf The text\nhttps://example.org/b.pdf"
    sent = agreement_sent(osce, signed="2024-05-01", ends="2030-05-01", documents=lines)
    for _time in range(2):
        assert client.post("/partners/agreements/new/", sent)["Location"] == "/partners/agreements/memorandum/"
    agreement = Agreement.objects.get()
    assert [(document.url, document.title) for document in agreement.documents.all()] == [
        ("https://example.org/a.pdf", "The text"),
        ("https://example.org/b.pdf", "https://example.org/b.pdf"),
    ]
    url = agreement.get_edit_url()
    sent = entries(client, url)
    client.post(url, sent | {"source": "Example"})
    assert agreement.documents.count() == 2
    client.post(url, entries(client, url) | {"documents": ""})
    assert agreement.documents.count() == 0
    assert errors(client.post(url, entries(client, url) | {"classification": "strictly_confidential"}))


def test_the_flag_of_an_end_stops_with_the_renewal(
    osce: Organization, officer: User, focal_point: User, client_of: ClientOf
) -> None:
    make_agreement("ending", osce, signed=date(2020, 1, 1), ends=TODAY + timedelta(days=30), audience="public")
    ended = make_agreement("ended", osce, signed=date(2019, 1, 1), ends=TODAY - timedelta(days=30))
    make_agreement("endless", osce, signed=date(2020, 1, 1))
    make_agreement("undated", osce)
    make_agreement("later", osce, signed=TODAY + timedelta(days=30))
    make_agreement("long", osce, signed=date(2020, 1, 1), ends=TODAY + timedelta(days=181))
    client = client_of(officer)

    def listed(query: str) -> set[str]:
        return {agreement.code for agreement in client.get(f"/partners/agreements/?{query}").context["page"]}

    assert listed("status=in_force") == {"ending", "endless", "long"}
    assert listed("status=upcoming") == {"later"} and listed("status=unknown") == {"undated"}
    assert listed("expiry=soon") == {"ending"} and listed("expiry=ended") == {"ended"}
    assert listed("party=osce&kind=joint_plan") == set()
    assert "Ended without successor" in client.get(ended.get_absolute_url()).content.decode()
    assert "Ends in" in client.get("/partners/osce/").content.decode()
    assert "Ends in" not in client_of(focal_point).get("/partners/osce/").content.decode()
    start = client.get("/partners/agreements/new/?succeeds=ended").context["form"]
    assert (start["title_en"].value(), start["succeeds"].value(), start["audience"].value()) == (
        "ended",
        ended.pk,
        "internal",
    )
    client.post("/partners/agreements/new/", agreement_sent(osce, succeeds=ended.pk))
    assert listed("expiry=ended") == set()
    assert "Ended without successor" not in client.get(ended.get_absolute_url()).content.decode()
    new = Agreement.objects.get(code="memorandum")
    circle = client.post(ended.get_edit_url(), entries(client, ended.get_edit_url()) | {"succeeds": new.pk})
    assert errors(circle) == {"succeeds"}


def test_the_status_of_the_list_is_that_of_the_page(osce: Organization) -> None:
    days = [None, TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1)]
    pairs = [(signed, ends) for signed in days for ends in days if not (signed and ends and ends < signed)]
    for number, (signed, ends) in enumerate(pairs):
        make_agreement(f"a-{number}", signed=signed, ends=ends)
    for agreement in Agreement.objects.with_status(TODAY):
        assert agreement.status_then == agreement.status_on(TODAY)
    in_force = {agreement.pk for agreement in Agreement.objects.all() if agreement.status == "in_force"}
    assert {agreement.pk for agreement in Agreement.objects.in_force(TODAY)} == in_force


def test_deleting_asks_and_rests_on_what_the_page_showed(
    osce: Organization, officer: User, client_of: ClientOf
) -> None:
    agreement, client = make_agreement("mistake", osce), client_of(officer)
    url = f"{agreement.get_absolute_url()}delete/"
    version = client.get(url).context["version"]
    client.post(agreement.get_edit_url(), entries(client, agreement.get_edit_url()) | {"source": "Example"})
    assert "nothing was done" in client.post(url, {"version": version}, follow=True).content.decode()
    assert client.post(url, {"version": version + 1})["Location"] == "/partners/agreements/"
    assert not Agreement.objects.exists()


def test_an_edit_keeps_parties_and_readers_that_the_editor_may_not_see(
    osce: Organization, manager: User, officer: User, client_of: ClientOf, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    quiet = make_organization("quiet", classification="confidential", created_by=manager)
    agreement = make_agreement("example", osce, quiet, audience="named_partners")
    agreement.released_to.add(osce, quiet)
    client, url = client_of(officer), agreement.get_edit_url()
    assert "organization quiet" not in client.get(url).content.decode()
    assert client.post(url, entries(client, url) | {"source": "Example"}).status_code == 302
    assert set(agreement.parties.all()) == set(agreement.released_to.all()) == {osce, quiet}


# --- contacts and notes ---------------------------------------------------------------------------------------------


def test_a_contact_from_adding_to_deletion(osce: Organization, officer: User, client_of: ClientOf) -> None:
    client, new = client_of(officer), "/partners/osce/contacts/new/"
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    assert errors(client.post(new, {"name": "Example person", "email": "x", "last_verified": tomorrow})) == {
        *("purpose", "email", "last_verified")
    }
    sent = {"name": "Example person", "email": "x@example.org", "purpose": "Example", "form_token": str(uuid4())}
    for _time in range(2):
        assert client.post(new, sent)["Location"] == "/partners/osce/#contacts"
    contact = Contact.objects.get()
    assert contact.is_stale
    page = client.get("/partners/osce/").content.decode()
    assert "Example person" in page and "To be verified" in page
    assert [one.pk for one in client.get("/partners/contacts/?stale=yes&organization=osce").context["page"]] == [
        contact.pk
    ]
    verify = f"/partners/osce/contacts/{contact.pk}/verify/"
    assert client.post(verify, {"version": 99, "from": "list"})["Location"] == "/partners/contacts/"
    client.post(verify, {"version": 1})
    contact.refresh_from_db()
    assert contact.last_verified == TODAY and not contact.is_stale
    assert not client.get("/partners/contacts/?stale=yes").context["page"].object_list
    client.post(f"/partners/osce/contacts/{contact.pk}/delete/", {"version": 2})
    assert not Contact.objects.exists()
    trail = str(list(AuditEntry.objects.filter(subject="partners.organization").values_list("verb", "changes")))
    assert "verify" in trail and "delete" in trail
    assert "Example person" not in trail and "x@example.org" not in trail


def test_a_note_from_adding_to_deletion(osce: Organization, officer: User, client_of: ClientOf) -> None:
    client, new = client_of(officer), "/partners/osce/notes/new/"
    start = entries(client, new)
    assert (start["day"], start["by"]) == (TODAY, officer.pk)
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    assert errors(client.post(new, start | {"day": tomorrow})) == {"day", "about"}
    assert client.post(new, start | {"about": "A call"})["Location"] == "/partners/osce/#notes"
    note = ContactNote.objects.get()
    client.post(note.get_edit_url(), entries(client, note.get_edit_url()) | {"about": "A visit"})
    assert "A visit" in client.get("/partners/osce/").content.decode()
    client.post(f"/partners/osce/notes/{note.pk}/delete/", {"version": 2})
    assert not ContactNote.objects.exists()


def test_entries_sent_after_the_session_ended_come_back(osce: Organization, officer: User, client_of: ClientOf) -> None:
    url = "/partners/osce/contacts/new/"
    sent = {"name": "Example person", "purpose": "Example", "author": officer.pk, "form_token": str(uuid4())}
    held = client_of(None).post(url, sent)
    assert held.status_code == 403 and "Example person" in held.content.decode()
    client = client_of(officer)
    back = client.post(url, sent | {"then": "restore"}).content.decode()
    assert "Example person" in back and not Contact.objects.exists()
    assert client.post(url, sent).status_code == 302


def test_contacts_and_notes_reach_nobody_outside_the_staff(
    osce: Organization, officer: User, focal_point: User, administrator: User, client_of: ClientOf
) -> None:
    contact = Contact.objects.create(organization=osce, name="Example person", purpose="Example")
    note = ContactNote.objects.create(organization=osce, day=TODAY, by=officer, about="A quiet call")
    for reader in (None, focal_point):
        client = client_of(reader)
        for url in ("/partners/osce/", "/partners/?q=Example+person", "/api/v1/organizations/?q=Example"):
            page = client.get(url).content.decode()
            # What the reader looks for stands in the page; a contact would stand beside it.
            assert page.count("Example person<") == url.count("Example+person") and "A quiet call" not in page
    focal = client_of(focal_point)
    assert focal.get("/partners/contacts/").status_code == 403
    for record, deeds in ((contact, ("edit", "delete", "verify")), (note, ("edit", "delete"))):
        part = "contacts" if record is contact else "notes"
        for deed in deeds:
            assert focal.post(f"/partners/osce/{part}/{record.pk}/{deed}/", {"version": 1}).status_code == 404
    admin = client_of(administrator)
    assert "Example person" in admin.get("/partners/contacts/").content.decode()
    assert admin.post(f"/partners/osce/contacts/{contact.pk}/delete/", {"version": 1}).status_code == 403


def test_contacts_of_an_organization_that_an_officer_may_not_see_are_hidden_from_it(
    manager: User, officer: User, client_of: ClientOf, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    quiet = make_organization("quiet", classification="confidential", created_by=manager)
    contact = Contact.objects.create(organization=quiet, name="Example person", purpose="Example")
    client = client_of(officer)
    assert "Example person" not in client.get("/partners/contacts/").content.decode()
    assert client.get(f"/partners/quiet/contacts/{contact.pk}/edit/").status_code == 404
    assert "Example person" in client_of(manager).get("/partners/contacts/").content.decode()
