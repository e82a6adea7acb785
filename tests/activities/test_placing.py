"""Priorities of activities: those of the programme that has their days, those inferred, and those moved in bulk."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry, User
from accounts.roles import Role
from activities.models import Activity, Evidence
from priorities.models import Commitment, Priority
from priorities.opening import foresee, open_programme
from tests.activities.entries import filled_in, latest
from tests.factories.activities import make_activity
from tests.factories.framework import make_commitment
from tests.factories.people import make_user
from tests.priorities.test_programme_editing import open_next, save

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | None], Client]
EVERYTHING = frozenset({"priorities", "commitments", "lines", "indicators"})


@pytest.fixture
def old(db: None) -> Commitment:
    """The promise of the first programme."""
    return make_commitment()


@pytest.fixture
def new(old: Commitment, manager: User) -> Commitment:
    """Its copy in the programme 2026-2030, which a manager opened."""
    source = old.priority.programme
    programme = type(source)(number=6, title_en="Next", starts=date(2026, 1, 1), ends=date(2030, 12, 31))
    stamp = foresee(source, EVERYTHING, manager).stamp
    open_programme(programme=programme, copies=EVERYTHING, stamp=stamp, by=manager, token=None)
    return Commitment.objects.get(priority__programme=programme)


def chosen(activity: Activity, priority: Priority, **more: Any) -> dict[str, Any]:
    return {
        "record": [f"{activity.reference}:{activity.version}"],
        f"priority-{activity.reference}": priority.pk,
        **more,
    }


def dated(**fields: Any) -> Activity:
    """An activity of one day."""
    return make_activity(end_date=fields["start_date"], **fields)


# --- the form -----------------------------------------------------------------------------------------------


def test_the_form_offers_the_priorities_of_the_days_first(
    old: Commitment, new: Commitment, officer: User, client_of: ClientOf
) -> None:
    past = dated(start_date="2024-05-01", main_priority=old.priority, created_by=officer)
    offered = client_of(officer).get(f"{past.get_absolute_url()}edit/").context["entry"].form.fields["main_priority"]
    assert [priority.programme.period for priority in offered.queryset] == ["2021-2025", "2026-2030"]
    coming = dated(start_date="2026-05-01", main_priority=new.priority, created_by=officer)
    offered = client_of(officer).get(f"{coming.get_absolute_url()}edit/").context["entry"].form.fields["main_priority"]
    assert [priority.programme.period for priority in offered.queryset] == ["2026-2030", "2021-2025"]


def test_what_begins_in_the_next_programme_goes_under_it(
    old: Commitment, new: Commitment, officer: User, client_of: ClientOf
) -> None:
    client = client_of(officer)
    sent = filled_in(start_date="2026-05-01", main_priority=old.priority.pk)
    refused = client.post("/activities/new/", sent)
    [message] = refused.context["form"].errors["main_priority"]
    assert "2026-2030" in message and str(new.priority) in message
    client.post("/activities/new/", sent | {"main_priority": new.priority.pk})
    assert latest().main_priority == new.priority
    # Over the turn of the year either serves.
    spanning = filled_in(start_date="2025-12-30", end_date="2026-01-02", main_priority=new.priority.pk)
    client.post("/activities/new/", spanning)
    assert Activity.objects.count() == 2


def test_what_was_retired_is_not_offered_anew(old: Commitment, officer: User, client_of: ClientOf) -> None:
    Commitment.objects.filter(pk=old.pk).update(retired=True)
    page = client_of(officer).get("/activities/new/")
    offered = page.context["entry"].form.lookups.commitment
    assert [choice.in_use for choice in offered.choices] == [False]


# --- inferred -----------------------------------------------------------------------------------------------


def test_a_manager_confirms_and_changes_many_at_once(old: Commitment, manager: User, client_of: ClientOf) -> None:
    other = Priority.objects.create(
        **{
            **{
                f.attname: getattr(old.priority, f.attname) for f in Priority._meta.concrete_fields if not f.primary_key
            },
            "number": 2,
            "slug": "ii",
            "roman": "II",
        }
    )
    right, wrong, stale, left = (
        dated(main_priority=old.priority, priority_inferred=True, start_date="2024-05-01") for _one in range(4)
    )
    piece = Evidence.objects.create(activity=right, commitment=old, inferred=True)
    kept = Evidence.objects.create(activity=wrong, commitment=old, inferred=True)
    client = client_of(manager)
    assert {row.activity for row in client.get("/activities/inferred/").context["rows"]} == {right, wrong, stale, left}
    sent: dict[str, Any] = {"record": [], "evidence": [piece.pk]}
    for activity, priority in ((right, old.priority), (wrong, other), (stale, other)):
        sent |= {**chosen(activity, priority), "record": [*sent["record"], f"{activity.reference}:{activity.version}"]}
    Activity.objects.filter(pk=stale.pk).update(version=7)
    answer = client.post("/activities/inferred/", sent)
    assert [fate.tick.reference for fate in answer.context["not_well"]] == [stale.reference]
    for activity in (right, wrong, stale, left):
        activity.refresh_from_db()
    assert [one.priority_inferred for one in (right, wrong, stale, left)] == [False, False, True, True]
    assert [one.main_priority for one in (right, wrong, stale)] == [old.priority, other, old.priority]
    piece.refresh_from_db()
    kept.refresh_from_db()
    assert (piece.inferred, kept.inferred) == (False, True)
    verbs = {one: AuditEntry.objects.of(one).filter(actor=manager)[0].verb for one in (right, wrong)}
    assert verbs == {right: "confirm_priority", wrong: "place"}
    again = client.post("/activities/inferred/", sent)
    assert "done this already" in again.content.decode()


# --- moving -------------------------------------------------------------------------------------------------


def test_activities_are_moved_to_the_successor_and_back(
    old: Commitment, new: Commitment, manager: User, client_of: ClientOf
) -> None:
    late = dated(main_priority=old.priority, start_date="2026-05-01", review_state="approved", stage="held")
    dated(main_priority=old.priority, start_date="2025-05-01")
    piece = Evidence.objects.create(activity=late, commitment=old)
    client, url = client_of(manager), "/activities/other-programme/"
    [row] = client.get(url).context["rows"]
    assert (row.activity, row.suggested) == (late, new.priority)
    sent = chosen(late, new.priority)
    look = client.post(url, sent | {"step": "look"})
    assert [fate.well for _choice, fate in look.context["well"]] == [True]
    late.refresh_from_db()
    assert late.main_priority == old.priority
    done = client.post(url, sent | {"step": "move"})
    late.refresh_from_db()
    piece.refresh_from_db()
    assert (late.main_priority, piece.commitment) == (new.priority, new)
    assert not done.context["rows"]
    [(tick, before)] = done.context["undo"]
    client.post(url, {"record": [str(tick)], f"priority-{tick.reference}": before, "step": "move"})
    late.refresh_from_db()
    piece.refresh_from_db()
    assert (late.main_priority, piece.commitment, late.version) == (old.priority, old, 3)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ADMINISTRATOR])
def test_only_managers_place(role: Role, old: Commitment, new: Commitment, client_of: ClientOf) -> None:
    activity = dated(main_priority=old.priority, start_date="2026-05-01", priority_inferred=True)
    client = client_of(make_user("someone", role))
    for url in ("/activities/inferred/", "/activities/other-programme/"):
        assert client.post(url, chosen(activity, new.priority, step="move")).status_code == 403
    activity.refresh_from_db()
    assert (activity.main_priority, activity.priority_inferred) == (old.priority, True)


def test_no_manager_sees_or_moves_what_is_hidden_from_it(
    old: Commitment, new: Commitment, manager: User, officer: User, client_of: ClientOf, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    hidden = dated(
        main_priority=old.priority,
        start_date="2026-05-01",
        priority_inferred=True,
        created_by=officer,
        classification="confidential",
    )
    client = client_of(manager)
    for url in ("/activities/inferred/", "/activities/other-programme/"):
        assert not client.get(url).context["rows"]
        client.post(url, chosen(hidden, new.priority, step="move"))
    assert client.get("/activities/desk/").context["misplaced"] == 0
    hidden.refresh_from_db()
    assert hidden.main_priority == old.priority


def test_from_opening_a_programme_to_its_dashboard(old: Commitment, manager: User, client_of: ClientOf) -> None:
    """A manager opens 2026-2030, edits it, adds a promise, logs under it; each dashboard counts its own."""
    dated(main_priority=old.priority, start_date="2024-05-01", review_state="approved", stage="held")
    client, at = client_of(manager), "/priorities/2026-2030/"
    open_next(client)
    save(client, f"{at}i/edit/", short_title_en="Dialogue")
    save(client, f"{at}i/commitments/new/", text_en="Meet once a year", cadence="yearly")
    priority = Priority.objects.get(predecessor=old.priority)
    added = priority.commitments.get(code="I.2")
    rows: dict[str, Any] = {"commitments": [{"commitment": added.pk}]}
    sent = filled_in(rows, start_date="2026-02-01", stage="held", outcome="Done.", main_priority=priority.pk)
    client.post("/activities/new/", sent)
    for deed in ("submit", "approve"):
        client.post(f"{latest().get_absolute_url()}{deed}/", {"version": latest().version})
    numbers = {}
    for period in ("2021-2025", "2026-2030"):
        context = client.get(f"/priorities/{period}/").context
        [(shown, tallies, _people)] = context["progress"].by_priority
        matrix = context["matrix"]
        numbers[period] = (
            shown.short_title_en,
            tallies.held.count,
            matrix.with_evidence.count,
            matrix.all_of_them.count,
        )
    assert numbers == {"2021-2025": ("Example", 1, 0, 1), "2026-2030": ("Dialogue", 1, 1, 2)}


def test_evidence_is_confirmed_on_the_page_of_its_priority(old: Commitment, manager: User, client_of: ClientOf) -> None:
    held = dated(main_priority=old.priority, start_date="2024-05-01", review_state="approved", stage="held")
    piece = Evidence.objects.create(activity=held, commitment=old, inferred=True)
    client, page = client_of(manager), old.priority.get_absolute_url()
    address = f"{held.get_absolute_url()}evidence/{piece.pk}/confirm/"
    assert f'action="{address}"' in client.get(page).content.decode()
    assert client.post(address, {"version": 1, "next": page})["Location"] == page
    assert not Evidence.objects.get().inferred
    assert client.post(address, {"version": 2, "next": "https://example.org/"})["Location"] == held.get_absolute_url()
