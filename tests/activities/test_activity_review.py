"""The way of an activity through its review, its release and its stages, as people click it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, User
from activities.models import Activity, Evidence
from partners.models import Organization
from tests.factories.activities import make_activity, make_complete_activity, the_priority
from tests.factories.framework import make_commitment

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]

DEEDS = ("submit", "withdraw", "approve", "reopen", "confirm-release", "confirm-priority")


def do(client: Client, activity: Activity, deed: str, **entries: Any) -> Any:
    version = entries.pop("version", fresh(activity).version)
    return client.post(f"{activity.get_absolute_url()}{deed}/", {"version": version, **entries}, follow=True)


def fresh(activity: Activity) -> Activity:
    return Activity.objects.get(pk=activity.pk)


def state(activity: Activity) -> str:
    return fresh(activity).review_state


def verbs(activity: Activity) -> list[str]:
    return list(AuditEntry.objects.of(activity).filter(part="").order_by("at").values_list("verb", flat=True))


@pytest.fixture
def draft(officer: User) -> Activity:
    return make_complete_activity(created_by=officer, audience="public")


# --- the journey -----------------------------------------------------------------------------------------------------


def test_logged_submitted_returned_mended_approved(
    draft: Activity, officer: User, manager: User, client_of: ClientOf
) -> None:
    at_officer, at_manager, public = client_of(officer), client_of(manager), client_of(None)
    do(at_officer, draft, "submit")
    assert state(draft) == "submitted"
    do(at_manager, draft, "return", comment="Say who spoke.")
    assert state(draft) == "returned"
    assert "Say who spoke." in at_officer.get(draft.get_absolute_url()).content.decode()
    do(at_officer, draft, "submit")
    assert public.get(draft.get_absolute_url()).status_code == 404
    do(at_manager, draft, "approve")
    assert public.get(draft.get_absolute_url()).status_code == 200
    do(at_officer, draft, "reopen")
    assert public.get(draft.get_absolute_url()).status_code == 404
    assert verbs(draft)[1:] == ["submit", "return", "submit", "approve", "reopen"]


def test_submitted_and_withdrawn(draft: Activity, officer: User, colleague: User, client_of: ClientOf) -> None:
    do(client_of(officer), draft, "submit")
    assert do(client_of(colleague), draft, "withdraw").status_code == 403
    do(client_of(officer), draft, "withdraw")
    assert state(draft) == "draft"


def test_an_incomplete_draft_cannot_be_submitted(officer: User, client_of: ClientOf) -> None:
    activity = make_activity(created_by=officer)
    page = client_of(officer).get(activity.get_absolute_url()).content.decode()
    assert "the record still needs" in page
    assert f"{activity.get_absolute_url()}submit/" not in page
    assert "still needs: main priority, summary" in do(client_of(officer), activity, "submit").content.decode()
    assert state(activity) == "draft"


@pytest.mark.parametrize("comment", ["", "  ", "x" * 2001])
def test_a_return_needs_a_comment(comment: str, draft: Activity, manager: User, client_of: ClientOf) -> None:
    Activity.objects.filter(pk=draft.pk).update(review_state="submitted", submitted_at=timezone.now())
    response = do(client_of(manager), draft, "return", comment=comment)
    assert "comment" in response.context["return_form"].errors
    assert comment.strip() in response.content.decode()
    assert state(draft) == "submitted"


def test_a_comment_is_kept_when_the_record_changed_meanwhile(
    draft: Activity, manager: User, client_of: ClientOf
) -> None:
    Activity.objects.filter(pk=draft.pk).update(review_state="submitted", submitted_at=timezone.now(), version=2)
    response = do(client_of(manager), draft, "return", comment="Say who spoke.", version=1)
    assert "Say who spoke." in response.content.decode()
    assert "Somebody changed this record" in response.content.decode()
    assert state(draft) == "submitted"


@pytest.mark.parametrize("version", ["1", "", "x"])
def test_nobody_approves_what_they_did_not_see(
    version: str, draft: Activity, manager: User, client_of: ClientOf
) -> None:
    Activity.objects.filter(pk=draft.pk).update(review_state="submitted", submitted_at=timezone.now(), version=2)
    assert "nothing was done" in do(client_of(manager), draft, "approve", version=version).content.decode()
    assert state(draft) == "submitted"


def test_what_lost_something_meanwhile_is_not_approved(draft: Activity, manager: User, client_of: ClientOf) -> None:
    Activity.objects.filter(pk=draft.pk).update(review_state="submitted", submitted_at=timezone.now(), summary="")
    assert "so it must keep: summary" in do(client_of(manager), draft, "approve").content.decode()
    assert state(draft) == "submitted"


# --- who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("review_state", ["draft", "submitted", "returned", "approved"])
@pytest.mark.parametrize("who", ["administrator", "stranger", "focal_point", None])
def test_outsiders_do_nothing(
    who: str | None, review_state: str, request: pytest.FixtureRequest, client_of: ClientOf
) -> None:
    activity = make_complete_activity(review_state=review_state, audience="public")
    client = client_of(request.getfixturevalue(who) if who else None)
    for deed in (*DEEDS, "return", "stage/cancelled", "delete", "edit", "files"):
        response = client.post(f"{activity.get_absolute_url()}{deed}/", {"version": 1, "comment": "Mend it."})
        # Of who is signed out, only the form of an edit gets an answer: the page that holds what was typed.
        expected = (302, 403, 404) if who or deed == "edit" else (302,)
        assert response.status_code in expected, deed
    assert (state(activity), fresh(activity).version, fresh(activity).stage) == (review_state, 1, "planned")


def test_an_officer_approves_nothing(draft: Activity, officer: User, client_of: ClientOf) -> None:
    client = client_of(officer)
    do(client, draft, "submit")
    assert do(client, draft, "approve").status_code == 403
    assert do(client, draft, "return", comment="Mend it.").status_code == 403
    assert state(draft) == "submitted"


@pytest.mark.parametrize("deed", DEEDS)
def test_deeds_are_not_done_by_following_a_link(deed: str, draft: Activity, manager: User, client_of: ClientOf) -> None:
    assert client_of(manager).get(f"{draft.get_absolute_url()}{deed}/").status_code == 405


def test_a_focal_points_entry_is_seen_by_it_all_the_way(
    focal_point: User, osce: Organization, stranger: User, manager: User, client_of: ClientOf
) -> None:
    own = make_complete_activity(
        lead_organization=osce, created_by=focal_point, main_priority=None, audience="named_partners"
    )
    own.released_to.add(osce)
    client, url = client_of(focal_point), own.get_absolute_url()
    do(client, own, "submit")
    assert state(own) == "submitted"
    do(client_of(manager), own, "return", comment="Say who spoke.")
    assert "Say who spoke." in client.get(url).content.decode()
    do(client, own, "submit")
    do(client_of(manager), own, "approve")
    assert client.get(url).status_code == 200
    assert client.get(f"{url}edit/").status_code == 403
    assert client_of(stranger).get(url).status_code == 404


# --- release ---------------------------------------------------------------------------------------------------------


def test_a_good_offices_contact_needs_two_managers(
    officer: User, manager: User, second_manager: User, client_of: ClientOf
) -> None:
    contact = make_complete_activity(
        type="good_offices_contact", audience="public", release_held=True, release_decided_by=officer
    )
    do(client_of(officer), contact, "submit")
    do(client_of(second_manager), contact, "confirm-release")
    assert fresh(contact).release_held, "nobody confirms before the approval"
    do(client_of(manager), contact, "approve")
    assert client_of(None).get(contact.get_absolute_url()).status_code == 404
    do(client_of(manager), contact, "confirm-release")
    assert fresh(contact).release_held, "the one who approved is not the second"
    do(client_of(second_manager), contact, "confirm-release")
    assert client_of(None).get(contact.get_absolute_url()).status_code == 200
    do(client_of(manager), contact, "reopen")
    assert fresh(contact).release_held


# --- what was inferred -----------------------------------------------------------------------------------------------


def test_a_manager_confirms_an_inferred_priority_and_evidence(
    officer: User, manager: User, client_of: ClientOf
) -> None:
    activity = make_complete_activity(review_state="approved", priority_inferred=True)
    evidence = Evidence.objects.create(
        activity=activity, commitment=make_commitment(priority=the_priority()), inferred=True
    )
    confirm = f"evidence/{evidence.pk}/confirm"
    assert do(client_of(officer), activity, "confirm-priority").status_code == 403
    assert do(client_of(officer), activity, confirm).status_code == 403
    do(client_of(manager), activity, "confirm-priority")
    do(client_of(manager), activity, confirm)
    evidence.refresh_from_db()
    assert (fresh(activity).priority_inferred, evidence.inferred) == (False, False)
    assert "confirmed already" in do(client_of(manager), activity, confirm).content.decode()


def test_evidence_of_another_activity_is_not_confirmed_here(manager: User, client_of: ClientOf) -> None:
    activity = make_complete_activity()
    other = Evidence.objects.create(
        activity=make_complete_activity(), commitment=make_commitment(priority=the_priority()), inferred=True
    )
    do(client_of(manager), activity, f"evidence/{other.pk}/confirm")
    other.refresh_from_db()
    assert other.inferred


# --- stages ----------------------------------------------------------------------------------------------------------


def test_an_activity_is_confirmed_and_held_with_its_outcome(
    draft: Activity, officer: User, client_of: ClientOf
) -> None:
    client = client_of(officer)
    assert "Confirm that this activity" in client.get(f"{draft.get_absolute_url()}stage/confirmed/").content.decode()
    do(client, draft, "stage/confirmed")
    do(client, draft, "stage/held", outcome="They agreed.")
    assert (fresh(draft).stage, fresh(draft).outcome) == ("held", "They agreed.")


def test_cancelling_asks_first(draft: Activity, officer: User, client_of: ClientOf) -> None:
    page = client_of(officer).get(f"{draft.get_absolute_url()}stage/cancelled/").content.decode()
    assert "Cancel this activity?" in page
    assert fresh(draft).stage == "planned"
    do(client_of(officer), draft, "stage/cancelled")
    assert fresh(draft).stage == "cancelled"


def test_an_approved_activity_is_not_held_without_an_outcome(manager: User, client_of: ClientOf) -> None:
    activity = make_complete_activity(review_state="approved")
    assert "so it must keep: outcome" in do(client_of(manager), activity, "stage/held", outcome="").content.decode()
    assert fresh(activity).stage == "planned"


def test_what_is_still_to_come_was_not_held(officer: User, client_of: ClientOf) -> None:
    day = timezone.localdate() + timedelta(2)
    activity = make_complete_activity(start_date=day, end_date=day)
    response = do(client_of(officer), activity, "stage/held", outcome="Typed with care")
    assert "cannot have been held yet" in response.content.decode()
    assert "Typed with care" in response.content.decode()
    assert fresh(activity).stage == "planned"


def test_a_stage_that_does_not_follow_is_refused(manager: User, client_of: ClientOf) -> None:
    activity = make_complete_activity(stage="held", outcome="They agreed.")
    assert "cannot be done" in do(client_of(manager), activity, "stage/postponed").content.decode()
    assert fresh(activity).stage == "held"
    assert do(client_of(manager), activity, "stage/over").status_code == 404


def test_officers_do_not_change_the_stage_of_approved_records(officer: User, client_of: ClientOf) -> None:
    activity = make_complete_activity(review_state="approved", created_by=officer)
    assert client_of(officer).get(f"{activity.get_absolute_url()}stage/cancelled/").status_code == 403
    assert do(client_of(officer), activity, "stage/cancelled").status_code == 403


# --- deleting --------------------------------------------------------------------------------------------------------


def test_a_draft_is_deleted_after_a_question_and_stays_in_the_trail(
    draft: Activity, officer: User, client_of: ClientOf
) -> None:
    client = client_of(officer)
    assert "Delete this draft?" in client.get(f"{draft.get_absolute_url()}delete/").content.decode()
    pk, title = draft.pk, draft.title_en
    response = client.post(f"{draft.get_absolute_url()}delete/", {"version": 1}, follow=True)
    assert "was deleted" in response.content.decode()
    assert not Activity.objects.exists()
    entry = AuditEntry.objects.get(subject="activities.activity", subject_id=str(pk), part="", verb="delete")
    assert (entry.actor, entry.changes["title_en"]) == (officer, [title, None])


@pytest.mark.parametrize("review_state", ["submitted", "returned", "approved"])
def test_what_was_submitted_is_not_deleted(review_state: str, manager: User, client_of: ClientOf) -> None:
    activity = make_complete_activity(review_state=review_state)
    assert client_of(manager).post(f"{activity.get_absolute_url()}delete/", {"version": 1}).status_code == 403
    assert Activity.objects.exists()


def test_nor_is_a_draft_that_was_submitted_once(draft: Activity, officer: User, client_of: ClientOf) -> None:
    do(client_of(officer), draft, "submit")
    do(client_of(officer), draft, "withdraw")
    assert do(client_of(officer), draft, "delete").status_code == 403


def test_a_draft_is_deleted_by_its_author_or_a_manager_alone(
    draft: Activity, colleague: User, manager: User, client_of: ClientOf
) -> None:
    assert do(client_of(colleague), draft, "delete").status_code == 403
    do(client_of(manager), draft, "delete")
    assert not Activity.objects.exists()


def test_a_draft_changed_meanwhile_is_not_deleted(draft: Activity, officer: User, client_of: ClientOf) -> None:
    Activity.objects.filter(pk=draft.pk).update(version=2)
    client_of(officer).post(f"{draft.get_absolute_url()}delete/", {"version": 1})
    assert Activity.objects.exists()
