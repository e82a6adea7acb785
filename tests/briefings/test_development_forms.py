"""Adding, editing and reviewing a development in the browser, without JavaScript."""

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from accounts.choices import Audience, Classification, ReviewState
from accounts.models import AuditEntry, User
from briefings.models import Development
from partners.models import Organization
from priorities.models import Theme
from tests.factories.briefings import make_development

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]

TOKEN = "6a0e1f2c-1a53-4c56-9d2f-0c8a3f0d7a11"


def entry(**changes: Any) -> dict[str, Any]:
    """What a browser sends for a complete form."""
    return {
        "form_token": TOKEN,
        "headline_en": "Example headline",
        "date": "2024-12-04",
        "date_precision": "day",
        "detail_en": "First line\r\nsecond line",
        "source_publisher": "Example publisher",
        "reliability": "reported",
        "classification": "unclassified",
        "audience": "internal",
        **changes,
    }


def test_an_officer_adds_a_draft(officer: User, client_of: ClientOf) -> None:
    answer = client_of(officer).post("/developments/new/", entry(analysis="Example analysis"))
    development = Development.objects.get()
    assert answer["Location"] == "/developments/example-headline-2024/"
    assert (development.review_state, development.audience) == (ReviewState.DRAFT, Audience.INTERNAL)
    assert development.created_by == officer
    assert development.detail_en == "First line\nsecond line"
    assert AuditEntry.objects.of(development).filter(verb="create", actor=officer).exists()


def test_an_entry_may_be_saved_and_submitted_at_once(officer: User, manager: User, client_of: ClientOf) -> None:
    client = client_of(officer)
    client.post("/developments/new/", entry(then="submit"))
    complete = Development.objects.get()
    assert complete.review_state == ReviewState.SUBMITTED
    assert complete.headline_en in client_of(manager).get("/activities/desk/").content.decode()

    lacking = entry(headline_en="Another", form_token="", source_publisher="", then="submit")
    page = client.post("/developments/new/", lacking, follow=True).content.decode()
    assert "Before it can be submitted, the record still needs: source." in page
    draft = Development.objects.exclude(pk=complete.pk).get()
    assert draft.review_state == ReviewState.DRAFT

    mended = entry(headline_en="Another", form_token="", version=draft.version, then="submit")
    client.post(f"{draft.get_absolute_url()}edit/", mended)
    draft.refresh_from_db()
    assert draft.review_state == ReviewState.SUBMITTED


def test_what_a_quick_entry_needs_not_is_folded_away_until_it_says_something(
    officer: User, client_of: ClientOf
) -> None:
    client = client_of(officer)
    folded = '<details class="long-form-section">'
    assert client.get("/developments/new/").content.decode().count(folded) == 3
    wrong = client.post("/developments/new/", entry(headline_en="", analysis="Example analysis", end_date="2024-01-01"))
    assert wrong.content.decode().count(folded) == 1


def test_a_form_sent_twice_makes_one_record(officer: User, client_of: ClientOf) -> None:
    client = client_of(officer)
    first, second = (client.post("/developments/new/", entry()) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Development.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_record(officer: User, client_of: ClientOf) -> None:
    clients = [client_of(officer) for _click in range(4)]
    codes: list[int] = []

    def click(client: Client) -> None:
        codes.append(client.post("/developments/new/", entry()).status_code)
        connection.close()

    threads = [Thread(target=click, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [302] * 4
    assert Development.objects.count() == 1


def test_two_developments_of_one_headline_get_two_keys(officer: User, client_of: ClientOf) -> None:
    client = client_of(officer)
    client.post("/developments/new/", entry())
    answer = client.post("/developments/new/", entry(form_token="", another="on"))
    assert answer["Location"] == "/developments/example-headline-2024-2/"


@pytest.mark.parametrize("who", ["stranger", "administrator"])
def test_others_may_not_add(who: str, client_of: ClientOf, request: pytest.FixtureRequest) -> None:
    client = client_of(request.getfixturevalue(who))
    assert client.get("/developments/new/").status_code == 403
    assert client.post("/developments/new/", entry()).status_code == 403
    assert "Add a development" not in client.get("/developments/").content.decode()


def test_anonymous_readers_are_sent_to_sign_in(client_of: ClientOf) -> None:
    assert "/accounts/" in client_of(None).get("/developments/new/")["Location"]


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"headline_en": ""}, "headline_en", "required"),
        ({"end_date": "2024-12-01"}, "end_date", "The last day is before the first"),
        ({"date": "yesterday"}, "date", "valid date"),
        ({"countries": ["999"]}, "countries", "not one of the available choices"),
        ({"classification": "strictly_confidential"}, "classification", "must not be entered in this portal"),
        ({"classification": "confidential"}, "classification", "not set up for confidential"),
        ({"audience": "named_partners"}, "released_to", "Name at least one partner"),
        ({"source_url": "not an address"}, "source_url", "valid URL"),
    ],
)
def test_bad_input_is_said_beside_its_field_and_loses_nothing(
    changes: dict[str, Any], field: str, message: str, officer: User, client_of: ClientOf
) -> None:
    answer = client_of(officer).post("/developments/new/", entry(gender_dimension="Kept words", **changes))
    assert answer.status_code == 200
    assert message in str(answer.context["form"].errors[field])
    page = answer.content.decode()
    assert "Not saved yet" in page
    assert "Kept words" in page
    assert TOKEN in page
    assert not Development.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"), [({"audience": "public"}, "audience"), ({"classification_basis": ""}, "classification_basis")]
)
def test_confidential_needs_a_basis_and_stays_internal(
    changes: dict[str, Any], field: str, officer: User, client_of: ClientOf, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    sent = entry(classification="confidential", classification_basis="Example basis") | changes
    answer = client_of(officer).post("/developments/new/", sent)
    assert list(answer.context["form"].errors) == [field]


def test_only_a_manager_lowers_a_classification(
    officer: User, manager: User, client_of: ClientOf, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    development = make_development(
        classification=Classification.CONFIDENTIAL, classification_basis="Example", created_by=officer
    )
    development.readers.add(manager)
    sent = entry(version="1", readers=[manager.pk])
    refused = client_of(officer).post("/developments/example/edit/", sent)
    assert "Only a manager" in str(refused.context["form"].errors["classification"])
    assert client_of(manager).post("/developments/example/edit/", sent).status_code == 302
    development.refresh_from_db()
    assert development.classification == Classification.UNCLASSIFIED
    assert development.classified_by == manager


def test_a_change_of_audience_notes_who_decided(
    officer: User, osce: Organization, focal_point: User, client_of: ClientOf
) -> None:
    development = make_development(created_by=officer)
    sent = entry(version="1", audience="named_partners", released_to=[osce.pk])
    client_of(officer).post("/developments/example/edit/", sent)
    development.refresh_from_db()
    assert development.release_decided_by == officer
    assert development.version == 2
    assert client_of(focal_point).get("/developments/example/").status_code == 404


def test_a_stale_edit_shows_both_versions_and_loses_nothing(
    officer: User, colleague: User, client_of: ClientOf
) -> None:
    make_development(headline_en="Old headline")
    themes = [Theme.objects.create(code=code, name_en=f"Example {code}").pk for code in ("one", "two")]
    theirs = client_of(colleague)
    assert theirs.post("/developments/example/edit/", entry(version="1", headline_en="Saved first")).status_code == 302
    mine = client_of(officer)
    sent = entry(headline_en="Mine", analysis="Long work", themes=themes)
    stale = mine.post("/developments/example/edit/", sent | {"version": "1"})
    page = stale.content.decode()
    assert stale.status_code == 409
    for shown in ("Somebody else saved this record", "Saved first", "Mine", "Long work", "Colleague"):
        assert shown in page
    assert Development.objects.get().headline_en == "Saved first"
    conflict = stale.context["conflict"]
    answers = {place.control: "mine" for place in conflict.places} | {"against": "2", "version": "1"}
    assert mine.post("/developments/example/edit/", sent | answers | {"choice-themes": ""}).status_code == 409
    assert mine.post("/developments/example/edit/", sent | answers).status_code == 302
    assert Development.objects.get().headline_en == "Mine"
    assert Development.objects.get().themes.count() == 2


def test_what_only_a_colleague_changed_stays(officer: User, colleague: User, client_of: ClientOf) -> None:
    make_development(headline_en="Example headline", detail_en="First line\nsecond line", date="2024-12-04")
    mine, theirs, url = client_of(officer), client_of(colleague), "/developments/example/edit/"
    base = mine.get(url).context["keeping"].base
    sent = entry(version="1", base=base, analysis="Mine")
    theirs.post(url, entry(version="1", recommendation="Theirs"))
    asked = mine.post(url, sent)
    assert asked.context["conflict"].asked == []
    chosen = {place.control: place.choice for place in asked.context["conflict"].places}
    assert mine.post(url, sent | chosen | {"against": "2"}).status_code == 302
    now = Development.objects.get()
    assert (now.analysis, now.recommendation) == ("Mine", "Theirs")


def test_a_form_without_its_version_is_stale(officer: User, client_of: ClientOf) -> None:
    make_development()
    assert client_of(officer).post("/developments/example/edit/", entry()).status_code == 409


@pytest.mark.parametrize(
    ("who", "state", "answer"),
    [
        (None, ReviewState.DRAFT, 302),
        ("stranger", ReviewState.DRAFT, 404),
        ("administrator", ReviewState.DRAFT, 403),
        ("officer", ReviewState.DRAFT, 200),
        ("officer", ReviewState.SUBMITTED, 403),
        ("officer", ReviewState.APPROVED, 403),
        ("manager", ReviewState.APPROVED, 200),
    ],
)
def test_who_may_edit(
    who: str | None, state: str, answer: int, client_of: ClientOf, request: pytest.FixtureRequest
) -> None:
    make_development(review_state=state)
    client = client_of(request.getfixturevalue(who) if who else None)
    assert client.get("/developments/example/edit/").status_code == answer


def test_a_partner_does_not_edit_even_an_entry_of_its_own(
    focal_point: User, osce: Organization, client_of: ClientOf
) -> None:
    make_development(lead_organization=osce)
    client = client_of(focal_point)
    assert client.get("/developments/example/").status_code == 200
    assert client.get("/developments/example/edit/").status_code == 403
    assert client.post("/developments/example/submit/", {"version": "1"}).status_code == 403


def test_an_approved_record_keeps_what_approval_needs(manager: User, client_of: ClientOf) -> None:
    make_development(review_state=ReviewState.APPROVED)
    answer = client_of(manager).post("/developments/example/edit/", entry(version="1", source_publisher=""))
    assert "cannot do without: source" in answer.content.decode()
    assert Development.objects.get().source_publisher == "Example publisher"


def test_the_review_from_draft_to_partner(officer: User, manager: User, stranger: User, client_of: ClientOf) -> None:
    development = make_development(audience=Audience.ALL_PARTNERS, created_by=officer)
    address = development.get_absolute_url()
    mine, theirs, outside = client_of(officer), client_of(manager), client_of(stranger)

    assert "Submit for approval" in mine.get(address).content.decode()
    mine.post(f"{address}submit/", {"version": "1"})
    assert "Take back" in mine.get(address).content.decode()
    assert outside.get(address).status_code == 404

    question = theirs.get(f"{address}return/").content.decode()
    assert "Return with this comment" in question and f'href="{address}"' in question
    answer = theirs.post(f"{address}return/", {"version": "2", "comment": ""})
    assert "field-errors" in answer.content.decode()
    theirs.post(f"{address}return/", {"version": "2", "comment": "Name the source of the figure."})
    page = mine.get(address).content.decode()
    assert "Returned by the reviewer" in page
    assert "Name the source of the figure." in page

    mine.post(f"{address}submit/", {"version": "3"})
    theirs.post(f"{address}approve/", {"version": "4"})
    assert outside.get(address).status_code == 200

    mine.post(f"{address}reopen/", {"version": "5"})
    assert outside.get(address).status_code == 404
    verbs = AuditEntry.objects.of(development).filter(part="").order_by("at").values_list("verb", flat=True)
    assert list(verbs)[1:] == ["submit", "return", "submit", "approve", "reopen"]


def test_an_incomplete_draft_is_not_submitted(officer: User, client_of: ClientOf) -> None:
    make_development(source_publisher="", detail_en="")
    answer = client_of(officer).post("/developments/example/submit/", {"version": "1"}, follow=True)
    assert "source, detail" in answer.content.decode()
    assert Development.objects.get().review_state == ReviewState.DRAFT


@pytest.mark.parametrize("version", ["1", "", "x"])
def test_nothing_is_decided_on_what_the_page_did_not_show(version: str, manager: User, client_of: ClientOf) -> None:
    make_development(review_state=ReviewState.SUBMITTED, version=2)
    answer = client_of(manager).post("/developments/example/approve/", {"version": version}, follow=True)
    assert "Somebody changed this record" in answer.content.decode()
    assert Development.objects.get().review_state == ReviewState.SUBMITTED


def test_officers_do_not_approve(officer: User, client_of: ClientOf) -> None:
    make_development(review_state=ReviewState.SUBMITTED)
    client = client_of(officer)
    assert client.post("/developments/example/approve/", {"version": "1"}).status_code == 403
    assert client.get("/developments/example/return/").status_code == 403


def test_deeds_want_a_post_and_a_known_name(manager: User, client_of: ClientOf) -> None:
    make_development(review_state=ReviewState.SUBMITTED)
    client = client_of(manager)
    assert client.get("/developments/example/approve/").status_code == 405
    assert client.post("/developments/example/publish/", {"version": "1"}).status_code == 404


def test_a_database_that_refuses_says_so(officer: User) -> None:
    development = make_development(date="2024-12-04", end_date="2024-12-05")
    development.refresh_from_db()
    development.end_date = development.date.replace(year=2023)
    with pytest.raises(ValidationError, match="The last day is before the first"):
        development.full_clean()
