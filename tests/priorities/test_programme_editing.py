"""Managers open the next programme of action and edit its parts; nobody else does."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import AuditEntry, User
from accounts.roles import Role
from priorities.models import (
    Commitment,
    Deliverable,
    DeliverableLine,
    Indicator,
    IndicatorValue,
    Priority,
    ProgrammeOfAction,
    Theme,
)
from tests.factories.framework import make_commitment, make_priority, make_programme
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | None], Client]
NEXT = "/priorities/2026-2030/"


def entries(answer: Any) -> dict[str, Any]:
    """What a browser would send back from the form of a page as it is."""
    sent: dict[str, Any] = {}
    for field in answer.context["form"]:
        value = field.field.prepare_value(field.value())
        if field.widget_type == "checkbox":
            value = "on" if value else None
        if value is not None:
            sent[field.html_name] = value
    return sent


@pytest.fixture
def programme(db: None) -> ProgrammeOfAction:
    """Two priorities with a commitment each, one of them retired, an indicator and a line of deliverables."""
    programme = make_programme(title_en="Programme of action 2021–2025", title_ru="Программа 2021-2025")
    first = make_priority(programme=programme, narrative_en="Why.")
    second = make_priority(programme=programme, number=2, roman="II", slug="ii", colour="#7a3e00")
    make_commitment(priority=first, place_en="Priority I, paragraph 1")
    make_commitment(priority=second, retired=True)
    indicator = Indicator.objects.create(priority=first, code="I.a", name_en="Example")
    IndicatorValue.objects.create(indicator=indicator, year=2024, planned_number=3)
    line = DeliverableLine.objects.create(code="B.1", category="B", name_en="Example", unit_en="days")
    Deliverable.objects.create(line=line, programme=programme, year=2024, planned=3)
    return programme


def open_next(client: Client, **changes: Any) -> Any:
    """Fill in the form as it comes, look at the preview, and open what it shows."""
    sent = entries(client.get("/priorities/new/")) | changes
    preview = client.post("/priorities/new/", sent)
    assert preview.status_code == 200 and "opening" in preview.context, preview.context["form"].errors
    return client.post("/priorities/new/", sent | {"step": "open", "stamp": preview.context["opening"].stamp})


# --- opening --------------------------------------------------------------------------------------------------


def test_the_form_starts_from_the_last_programme(
    programme: ProgrammeOfAction, manager: User, client_of: ClientOf
) -> None:
    sent = entries(client_of(manager).get("/priorities/new/"))
    assert (sent["number"], sent["starts"], sent["ends"]) == (6, date(2026, 1, 1), date(2030, 12, 31))
    assert (sent["title_en"], sent["title_ru"]) == ("Programme of action 2026–2030", "Программа 2026-2030")


def test_looking_makes_nothing_and_opening_makes_it_once(
    programme: ProgrammeOfAction, manager: User, client_of: ClientOf
) -> None:
    client = client_of(manager)
    sent = entries(client.get("/priorities/new/"))
    preview = client.post("/priorities/new/", sent)
    assert ProgrammeOfAction.objects.count() == 1
    opening = preview.context["opening"]
    assert (len(opening.priorities), opening.number_of_commitments, opening.number_of_indicators) == (2, 1, 1)
    sent |= {"step": "open", "stamp": opening.stamp}
    for _click in range(2):
        assert client.post("/priorities/new/", sent)["Location"] == f"{NEXT}structure/"
    made = ProgrammeOfAction.objects.get(number=6)
    assert ProgrammeOfAction.objects.count() == 2
    assert [(one.predecessor.slug, one.slug, one.narrative_en) for one in made.priorities.all()] == [
        ("i", "i", "Why."),
        ("ii", "ii", ""),
    ]
    [commitment] = Commitment.objects.filter(priority__programme=made)
    assert (commitment.code, commitment.predecessor.priority.programme, commitment.place_en) == ("I.1", programme, "")
    assert not Indicator.objects.get(priority__programme=made).values.exists()
    assert list(made.deliverables.values_list("year", "planned")) == [(year, None) for year in range(2026, 2031)]
    entry = AuditEntry.objects.of(made).earliest("pk")
    assert (entry.verb, entry.actor) == ("open_programme", manager)


def test_only_what_is_ticked_is_copied(programme: ProgrammeOfAction, manager: User, client_of: ClientOf) -> None:
    open_next(client_of(manager), copy_commitments="", copy_lines="")
    made = ProgrammeOfAction.objects.get(number=6)
    assert made.priorities.count() == 2
    assert not Commitment.objects.filter(priority__programme=made).exists() and not made.deliverables.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"starts": "2025-06-01"}, "starts"),
        ({"starts": "2019-01-01", "ends": "2022-01-01"}, "ends"),
        ({"ends": "2025-12-31"}, "ends"),
        ({"number": "5"}, "number"),
        ({"title_en": ""}, "title_en"),
        ({"copy_priorities": ""}, "copy_commitments"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(
    programme: ProgrammeOfAction, manager: User, client_of: ClientOf, changes: dict[str, str], field: str
) -> None:
    client = client_of(manager)
    sent = entries(client.get("/priorities/new/")) | changes
    answer = client.post("/priorities/new/", sent | {"step": "open"})
    assert field in answer.context["form"].errors
    assert entries(answer)["form_token"] == str(sent["form_token"])
    assert ProgrammeOfAction.objects.count() == 1


def test_what_changed_after_the_preview_is_shown_again(
    programme: ProgrammeOfAction, manager: User, client_of: ClientOf
) -> None:
    client = client_of(manager)
    sent = entries(client.get("/priorities/new/"))
    stamp = client.post("/priorities/new/", sent).context["opening"].stamp
    make_commitment(priority=programme.priorities.get(slug="i"), number=2, code="I.2")
    answer = client.post("/priorities/new/", sent | {"step": "open", "stamp": stamp})
    assert answer.context["changed"] and ProgrammeOfAction.objects.count() == 1


def test_the_first_programme_of_all_is_opened_without_copying(manager: User, client_of: ClientOf) -> None:
    open_next(client_of(manager), title_en="The first", starts="2026-01-01", ends="2030-12-31")
    assert ProgrammeOfAction.objects.get().period == "2026-2030"


def test_an_empty_programme_is_removed_and_one_in_use_stays(
    programme: ProgrammeOfAction, manager: User, client_of: ClientOf
) -> None:
    client = client_of(manager)
    open_next(client)
    made = ProgrammeOfAction.objects.get(number=6)
    row = made.deliverables.earliest("year")
    Deliverable.objects.filter(pk=row.pk).update(planned=1)
    assert client.get(f"{NEXT}remove/").context["refused"]
    client.post(f"{NEXT}remove/", {"version": made.version})
    assert made.priorities.exists()
    Deliverable.objects.filter(pk=row.pk).update(planned=None)
    assert not client.get(f"{NEXT}remove/").context["refused"]
    client.post(f"{NEXT}remove/", {"version": made.version + 1})
    assert made.priorities.exists()
    client.post(f"{NEXT}remove/", {"version": made.version})
    assert [one.number for one in ProgrammeOfAction.objects.all()] == [5]
    assert Priority.objects.count() == 2 and Deliverable.objects.count() == 1
    # What the portal loaded is never removed.
    client.post("/priorities/2021-2025/remove/", {"version": programme.version})
    assert ProgrammeOfAction.objects.count() == 1


# --- editing --------------------------------------------------------------------------------------------------


def save(client: Client, url: str, **changes: Any) -> Any:
    return client.post(url, entries(client.get(url)) | changes)


def test_a_manager_edits_each_part(programme: ProgrammeOfAction, manager: User, client_of: ClientOf) -> None:
    client = client_of(manager)
    at = "/priorities/2021-2025/"
    save(client, f"{at}edit/", title_en="Another title")
    save(client, f"{at}i/edit/", narrative_ru="Зачем", colour="#003366")
    save(client, f"{at}commitments/I.1/", text_en="Another text", retired="on")
    save(client, f"{at}deliverables/B.1/", planned_2025="4.5", adjustment_2024="1", adjustment_reason_2024="Why")
    save(client, f"{at}i/indicators/I.a/", actual_text_2024="Three meetings", planned_number_2021="2")
    programme.refresh_from_db()
    priority = programme.priorities.get(slug="i")
    assert (programme.title_en, priority.narrative_ru, priority.colour) == ("Another title", "Зачем", "#003366")
    commitment = priority.commitments.get()
    assert (commitment.text_en, commitment.retired, commitment.changed_by) == ("Another text", True, manager)
    rows = {row.year: row for row in Deliverable.objects.all()}
    assert (str(rows[2025].planned), rows[2025].programme, rows[2024].adjustment_reason) == ("4.5", programme, "Why")
    assert set(rows) == {2024, 2025}
    values = {row.year: row for row in IndicatorValue.objects.all()}
    assert [values[year].planned_number for year in (2021, 2024)] == [2, 3]
    assert values[2024].actual_text == "Three meetings"
    assert "History" in client.get(f"{at}i/edit/").content.decode()


def test_a_manager_adds_parts_and_each_form_makes_one(
    programme: ProgrammeOfAction, manager: User, client_of: ClientOf
) -> None:
    client, at = client_of(manager), "/priorities/2021-2025/"
    forms: dict[str, dict[str, Any]] = {
        f"{at}add/": {
            "title_en": "Third",
            "short_title_en": "Third",
            "function": programme.priorities.all()[0].function_id,
        },
        f"{at}i/commitments/new/": {"text_en": "Another", "cadence": "once"},
        f"{at}i/indicators/new/": {"code": "I.b", "name_en": "Another", "planned_number_2023": "1"},
        f"{at}deliverables/new/": {"code": "B.2", "category": "B", "name_en": "Another"},
        "/themes/new/": {"name_en": "Border issues", "aliases": "Borders"},
    }
    for url, fields in forms.items():
        sent = entries(client.get(url)) | fields
        for _click in range(2):
            answer = client.post(url, sent)
            assert answer.status_code == 302, (url, answer.context["form"].errors)
    added = programme.priorities.get(number=3)
    assert (added.roman, added.slug, added.created_by) == ("III", "iii", manager)
    assert programme.priorities.get(slug="i").commitments.get(number=2).code == "I.2"
    assert Indicator.objects.get(code="I.b").values.get().planned_number == 1
    assert DeliverableLine.objects.get(code="B.2").order == 1
    assert Theme.objects.get().code == "border-issues"


def test_bad_entries_are_named_and_kept(programme: ProgrammeOfAction, manager: User, client_of: ClientOf) -> None:
    client, at = client_of(manager), "/priorities/2021-2025/"
    Theme.objects.create(code="water", name_en="Water", aliases=["Rivers"])
    bad: list[tuple[str, dict[str, str], str]] = [
        (f"{at}i/edit/", {"colour": "#ffff00"}, "colour"),
        (f"{at}i/commitments/new/", {"code": "i.1", "text_en": "Another", "cadence": "once"}, "code"),
        (f"{at}i/commitments/new/", {"code": "I/1", "text_en": "Another", "cadence": "once"}, "code"),
        (f"{at}i/indicators/new/", {"code": "I.a", "name_en": "Another"}, "code"),
        (f"{at}deliverables/B.1/", {"adjustment_2024": "1"}, "adjustment_reason_2024"),
        ("/themes/new/", {"name_en": "rivers"}, "name_en"),
        ("/themes/new/", {"name_en": "Another", "code": "new"}, "code"),
    ]
    for url, fields, field in bad:
        answer = save(client, url, **fields)
        assert set(answer.context["form"].errors) == {field}, (url, answer.context["form"].errors)
        assert entries(answer).items() >= fields.items()


def test_two_who_edit_one_record_see_each_others_entries(
    programme: ProgrammeOfAction, manager: User, second_manager: User, client_of: ClientOf
) -> None:
    client, other = client_of(manager), client_of(second_manager)
    url = "/priorities/2021-2025/deliverables/B.1/"
    mine = entries(client.get(url)) | {"planned_2025": "5"}
    save(other, url, planned_2025="6")
    conflict = client.post(url, mine)
    assert conflict.status_code == 409
    assert [str(value) for value in conflict.context["conflict"]["differences"][0]] == ["Planned 2025", "5", "6.0"]
    client.post(url, entries(conflict))
    assert Deliverable.objects.get(year=2025).planned == 5


def test_a_row_that_was_changed_elsewhere_makes_the_edit_stale(
    programme: ProgrammeOfAction, manager: User, client_of: ClientOf
) -> None:
    client, url = client_of(manager), "/priorities/2021-2025/deliverables/B.1/"
    sent = entries(client.get(url)) | {"planned_2025": "5"}
    Deliverable.objects.filter(year=2024).update(planned=9, version=2)
    assert client.post(url, sent).status_code == 409
    assert Deliverable.objects.count() == 1


def test_the_order_is_changed_one_place_at_a_time(
    programme: ProgrammeOfAction, manager: User, client_of: ClientOf
) -> None:
    client, priority = client_of(manager), programme.priorities.get(slug="i")
    for number in (2, 3):
        make_commitment(priority=priority, number=number, code=f"I.{number}")
    third = priority.commitments.get(number=3)
    for _click in range(2):
        third.refresh_from_db()
        client.post("/priorities/2021-2025/parts/commitment/I.3/move/", {"version": third.version, "to": "up"})
    assert [one.code for one in priority.commitments.all()] == ["I.3", "I.1", "I.2"]


def test_what_has_evidence_is_retired_not_removed(
    programme: ProgrammeOfAction, manager: User, client_of: ClientOf
) -> None:
    from activities.models import Evidence
    from tests.factories.activities import make_activity

    client, priority = client_of(manager), programme.priorities.get(slug="i")
    used, unused = (
        make_commitment(priority=priority, number=number, code=f"I.{number}", created_by=manager) for number in (2, 3)
    )
    Evidence.objects.create(activity=make_activity(), commitment=used)
    for one in (used, unused, priority.commitments.get(code="I.1")):
        client.post(f"/priorities/2021-2025/parts/commitment/{one.code}/remove/", {"version": one.version})
    assert [one.code for one in priority.commitments.all()] == ["I.1", "I.2"]


# --- who may --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_only_managers_edit(role: Role, programme: ProgrammeOfAction, client_of: ClientOf, osce: Any) -> None:
    user = make_user("someone", role, **({"organization": osce} if role == Role.PARTNER else {}))
    client, at = client_of(user), "/priorities/2021-2025/"
    Theme.objects.create(code="water", name_en="Water")
    allowed = 200 if role == Role.MANAGER else 403
    indicator = 404 if role == Role.PARTNER else allowed
    wanted = {
        "/priorities/new/": allowed,
        f"{at}structure/": allowed,
        f"{at}edit/": allowed,
        f"{at}i/edit/": allowed,
        f"{at}commitments/I.1/": allowed,
        f"{at}deliverables/B.1/": allowed,
        f"{at}i/indicators/I.a/": indicator,
        "/themes/water/edit/": allowed,
    }
    assert {url: client.get(url).status_code for url in wanted} == wanted
    if role != Role.MANAGER:
        before = AuditEntry.objects.count()
        for url in wanted:
            client.post(url, {"form_token": str(uuid4()), "version": 1, "step": "open", "title_en": "Changed"})
        assert AuditEntry.objects.count() == before
