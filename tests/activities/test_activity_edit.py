"""Editing an activity: /activities/REF/edit/."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from accounts.models import AuditEntry, User
from accounts.records import StaleEdit
from activities import actions
from activities.forms import ActivityEntry
from activities.models import Activity, Evidence, Involvement, Link
from partners.models import Organization
from tests.activities.entries import as_multi_value, filled_in, shown_in_form
from tests.factories.activities import make_activity, make_complete_activity, make_theme
from tests.factories.framework import make_commitment, make_priority
from tests.factories.organizations import make_organization

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]


@pytest.fixture
def draft(officer: User) -> Activity:
    return make_complete_activity(created_by=officer, summary="First.\nSecond.")


def edit_url(activity: Activity) -> str:
    return f"{activity.get_absolute_url()}edit/"


def fresh(activity: Activity) -> Activity:
    return Activity.objects.get(pk=activity.pk)


def test_a_form_sent_back_untouched_changes_nothing_but_the_version(
    draft: Activity, officer: User, osce: Organization, client_of: ClientOf
) -> None:
    Involvement.objects.create(activity=draft, organization=osce, role="host")
    Evidence.objects.create(activity=draft, commitment=make_commitment(priority=draft.main_priority))
    Link.objects.create(activity=draft, url="https://example.org/a", title="A page")
    before = Activity.objects.filter(pk=draft.pk).values().get()
    client = client_of(officer)
    sent = shown_in_form(client, edit_url(draft))
    entry = ActivityEntry(officer, draft, as_multi_value(sent))  # type: ignore[arg-type]
    assert entry.is_valid(), entry.form.errors
    assert entry.sheet.values() == ActivityEntry(officer, draft).sheet.values()
    assert client.post(edit_url(draft), sent).status_code == 302
    after = Activity.objects.filter(pk=draft.pk).values().get()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"version", "changed_by_id", "changed_at"}
    parts = AuditEntry.objects.of(draft).filter(verb="edit").exclude(part="")
    assert not parts.exists()


def test_a_colleague_may_edit_a_draft(draft: Activity, colleague: User, client_of: ClientOf) -> None:
    client = client_of(colleague)
    client.post(edit_url(draft), shown_in_form(client, edit_url(draft)) | {"city": "Nukus"})
    assert fresh(draft).city == "Nukus"
    assert fresh(draft).changed_by == colleague


def test_rows_are_changed_added_and_removed(
    draft: Activity, officer: User, osce: Organization, unodc: Organization, client_of: ClientOf
) -> None:
    Involvement.objects.create(activity=draft, organization=osce, role="host")
    link = Link.objects.create(activity=draft, title="A page")
    rows: dict[str, list[dict[str, Any]]] = {
        "partners": [{"organization": osce.pk, "role": "speaker"}, {"organization": unodc.pk, "role": "host"}],
        "links": [{"id": link.pk, "title": "The page"}, {"title": "", "publisher": "Example"}],
    }
    client_of(officer).post(edit_url(draft), filled_in(rows, version=1))
    assert sorted(str(one) for one in draft.involvements.all()) == ["OSCE (Speaker)", "UNODC (Host)"]
    assert [(one.pk == link.pk, str(one)) for one in draft.links.all()] == [(True, "The page"), (False, "Example")]


def test_rows_ticked_for_removal_go(draft: Activity, officer: User, client_of: ClientOf) -> None:
    link = Link.objects.create(activity=draft, title="A page")
    rows = {"links": [{"id": link.pk, "title": "", "DELETE": "on"}]}
    client_of(officer).post(edit_url(draft), filled_in(rows, version=1))
    assert not draft.links.exists()


def test_rows_may_swap_their_places(
    draft: Activity, officer: User, osce: Organization, unodc: Organization, client_of: ClientOf
) -> None:
    Involvement.objects.create(activity=draft, organization=osce, role="host")
    Involvement.objects.create(activity=draft, organization=unodc, role="donor")
    rows = {"partners": [{"organization": unodc.pk, "role": "host"}, {"organization": osce.pk, "role": "donor"}]}
    client_of(officer).post(edit_url(draft), filled_in(rows, version=1))
    assert {(one.organization, one.role) for one in draft.involvements.all()} == {(unodc, "host"), (osce, "donor")}


def test_rows_of_another_activity_cannot_be_taken(draft: Activity, officer: User, client_of: ClientOf) -> None:
    other = Link.objects.create(activity=make_activity(), title="Theirs")
    client_of(officer).post(edit_url(draft), filled_in({"links": [{"id": other.pk, "title": "Ours"}]}, version=1))
    other.refresh_from_db()
    assert other.title == "Theirs"
    assert draft.links.get().title == "Ours"


def test_inferred_evidence_stays_inferred_when_others_edit(draft: Activity, officer: User, client_of: ClientOf) -> None:
    commitment = make_commitment(priority=draft.main_priority)
    Evidence.objects.create(activity=draft, commitment=commitment, inferred=True, reason_en="Because.")
    client_of(officer).post(edit_url(draft), filled_in({"commitments": [{"commitment": commitment.pk}]}, version=1))
    assert (draft.evidence.get().inferred, draft.evidence.get().reason_en) == (True, "Because.")


def test_a_priority_that_a_person_chooses_is_not_inferred(draft: Activity, officer: User, client_of: ClientOf) -> None:
    Activity.objects.filter(pk=draft.pk).update(priority_inferred=True)
    client, other = (
        client_of(officer),
        make_priority(number=2, slug="ii", roman="II", programme=draft.main_priority.programme),
    )
    client.post(edit_url(draft), filled_in(version=1, main_priority=draft.main_priority_id))
    assert fresh(draft).priority_inferred
    client.post(edit_url(draft), filled_in(version=2, main_priority=other.pk))
    assert not fresh(draft).priority_inferred


# --- two people at once ------------------------------------------------------------------------------------------


def test_what_only_one_changed_is_taken_over_and_what_both_changed_is_asked(
    draft: Activity, officer: User, colleague: User, osce: Organization, unodc: Organization, client_of: ClientOf
) -> None:
    links = [Link.objects.create(activity=draft, title=title) for title in ("Kept by both", "Removed by the colleague")]
    Involvement.objects.create(activity=draft, organization=unodc, role="host")
    mine, theirs = client_of(officer), client_of(colleague)
    sent = shown_in_form(mine, edit_url(draft))
    theirs.post(
        edit_url(draft),
        shown_in_form(theirs, edit_url(draft))
        | {"city": "Osh", "funding_source": "Theirs", "links-1-DELETE": "on", "partners-0-role": "donor"}
        | {"partners-1-organization": osce.pk, "partners-1-role": "host"},
    )
    sent |= {"city": "Nukus", "outcome": "Typed with care", "partners-0-role": "speaker", "links-2-title": "Mine"}
    response = mine.post(edit_url(draft), sent)
    assert response.status_code == 409
    assert fresh(draft).city == "Osh"
    conflict = response.context["conflict"]
    assert {place.name for place in conflict.asked} == {"city", f"partners/{unodc.pk}"}
    removed, added = f"links/{links[1].pk}", f"partners/{osce.pk}"
    assert {place.name for place in conflict.taken_over} == {"funding_source", removed, added}
    assert {place.name for place in conflict.kept} == {"outcome", "links/new-2"}
    assert "Colleague" in response.content.decode()

    open_still = mine.post(edit_url(draft), answers(response) | {"choice-city": "mine"})
    assert open_still.status_code == 409
    assert [place.name for place in open_still.context["conflict"].open] == [f"partners/{unodc.pk}"]
    assert open_still.context["conflict"].asked[0].choice == "mine"
    assert fresh(draft).city == "Osh"

    chosen = answers(open_still) | {f"choice-partners/{unodc.pk}": "saved"}
    assert mine.post(edit_url(draft), chosen).status_code == 302
    now = fresh(draft)
    assert (now.city, now.funding_source, now.outcome) == ("Nukus", "Theirs", "Typed with care")
    assert sorted(str(one) for one in now.involvements.all()) == ["OSCE (Host)", "UNODC (Donor)"]
    assert [(one.pk == links[0].pk, one.title) for one in now.links.all()] == [(True, "Kept by both"), (False, "Mine")]


def answers(response: Any) -> dict[str, Any]:
    """What a browser sends from the page that asks, with the choices that are made there."""
    conflict = response.context["conflict"]
    sent: dict[str, Any] = {"against": str(response.context["against"])}
    for name, value in conflict.hidden:
        sent.setdefault(name, []).append(value)
    return sent | {place.control: place.choice for place in conflict.places if place.choice}


def test_what_was_taken_over_can_be_turned_round_and_looked_at_first(
    draft: Activity, officer: User, colleague: User, osce: Organization, client_of: ClientOf
) -> None:
    link = Link.objects.create(activity=draft, title="A page")
    mine, theirs = client_of(officer), client_of(colleague)
    sent = shown_in_form(mine, edit_url(draft)) | {"city": "Nukus"}
    theirs.post(edit_url(draft), filled_in({"partners": [{"organization": osce.pk, "role": "host"}]}, version=1))
    asked = mine.post(edit_url(draft), sent)
    all_mine = {place.control: "mine" for place in asked.context["conflict"].places}
    form = mine.post(edit_url(draft), answers(asked) | all_mine | {"then": "edit"})
    assert form.status_code == 200 and form.context["version"] == 2
    assert fresh(draft).city == ""
    assert mine.post(edit_url(draft), answers(asked) | all_mine).status_code == 302
    assert fresh(draft).city == "Nukus"
    # Without the colleague's partner, with the link that the colleague removed.
    assert not draft.involvements.exists()
    assert [one.title for one in draft.links.all()] == [link.title]


def test_a_third_version_between_question_and_answer_is_asked_about(
    draft: Activity, officer: User, colleague: User, client_of: ClientOf
) -> None:
    mine = client_of(officer)
    sent = shown_in_form(mine, edit_url(draft)) | {"city": "Nukus"}
    client_of(colleague).post(edit_url(draft), filled_in(version=1, city="Osh"))
    asked = mine.post(edit_url(draft), sent)
    client_of(colleague).post(edit_url(draft), filled_in(version=2, city="Naryn"))
    again = mine.post(edit_url(draft), answers(asked) | {"choice-city": "mine"})
    assert again.status_code == 409
    assert [(place.saved, place.choice) for place in again.context["conflict"].asked] == [("Naryn", "")]
    assert mine.post(edit_url(draft), answers(again) | {"choice-city": "mine"}).status_code == 302
    assert fresh(draft).city == "Nukus"


def test_long_texts_show_which_words_differ(
    draft: Activity, officer: User, colleague: User, client_of: ClientOf
) -> None:
    mine, text = client_of(officer), "The meeting looked at early warning and at confidence-building in the region"
    sent = shown_in_form(mine, edit_url(draft)) | {"outcome": f"{text} today."}
    client_of(colleague).post(edit_url(draft), filled_in(version=1, outcome=f"{text} as planned."))
    page = mine.post(edit_url(draft), sent).content.decode()
    assert "<mark>today.</mark>" in page and "<mark>as planned.</mark>" in page


def test_the_question_names_nothing_that_the_editor_may_not_see(
    focal_point: User, manager: User, client_of: ClientOf
) -> None:
    hidden = make_organization("hidden", acronym="HIDDEN", classification="confidential")
    activity = make_complete_activity(lead_organization=focal_point.organization, created_by=focal_point)
    partner = client_of(focal_point)
    sent = shown_in_form(partner, edit_url(activity)) | {"city": "Nukus"}
    Involvement.objects.create(activity=activity, organization=hidden, role="host")
    activity.released_to.add(hidden)
    Activity.objects.filter(pk=activity.pk).update(city="Osh", version=2, source_note="An internal remark")
    response = partner.post(edit_url(activity), sent)
    assert {place.name for place in response.context["conflict"].places} == {"city"}
    assert "HIDDEN" not in response.content.decode() and "internal remark" not in response.content.decode()
    partner.post(edit_url(activity), answers(response) | {"choice-city": "saved"})
    assert activity.involvements.get().organization == hidden
    assert list(activity.released_to.all()) == [hidden]


@pytest.mark.parametrize("version", [None, "", "x", "-1", "0", "999", "1" * 30])
def test_an_edit_without_a_true_version_is_a_conflict(
    draft: Activity, officer: User, client_of: ClientOf, version: str | None
) -> None:
    response = client_of(officer).post(edit_url(draft), filled_in(version=version, city="Nukus"))
    assert response.status_code == 409
    assert "city" in {place.name for place in response.context["conflict"].asked}
    assert fresh(draft).city == ""


def test_the_record_is_locked_and_looked_at_again_when_saving(draft: Activity, officer: User) -> None:
    entry = ActivityEntry(officer, fresh(draft), as_multi_value(filled_in(city="Nukus")))  # type: ignore[arg-type]
    assert entry.is_valid()
    Activity.objects.filter(pk=draft.pk).update(version=2, city="Osh")
    for version in (1, 2):
        with pytest.raises(StaleEdit):
            actions.save_activity(entry=entry, by=officer, version=version)
    assert fresh(draft).city == "Osh"


def test_what_was_deleted_meanwhile_is_said_and_the_text_kept(
    draft: Activity, officer: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = actions.save_activity

    def after_deletion(**details: Any) -> Activity:
        Activity.objects.filter(pk=draft.pk).delete()
        return save(**details)

    monkeypatch.setattr(actions, "save_activity", after_deletion)
    text = client_of(officer).post(edit_url(draft), filled_in(version=1, city="Nukus")).content.decode()
    assert "deleted meanwhile" in text
    assert "Nukus" in text


# --- approved and submitted records ----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["submitted", "approved"])
def test_officers_do_not_edit_what_managers_decide_on(state: str, officer: User, client_of: ClientOf) -> None:
    activity = make_complete_activity(review_state=state, created_by=officer)
    assert client_of(officer).get(edit_url(activity)).status_code == 403
    assert client_of(officer).post(edit_url(activity), filled_in(version=1)).status_code == 403
    entry = ActivityEntry(officer, activity, as_multi_value(filled_in()))  # type: ignore[arg-type]
    assert entry.is_valid()
    with pytest.raises(PermissionDenied):
        actions.save_activity(entry=entry, by=officer, version=1)


def test_a_manager_edits_an_approved_record_and_it_stays_approved(manager: User, client_of: ClientOf) -> None:
    activity = make_complete_activity(review_state="approved")
    client_of(manager).post(edit_url(activity), filled_in(version=1, city="Nukus"))
    assert (fresh(activity).review_state, fresh(activity).city) == ("approved", "Nukus")


@pytest.mark.parametrize("lost", [{"summary": ""}, {"themes": None}, {"stage": "held", "outcome": ""}])
def test_an_approved_record_keeps_what_approval_needed(
    lost: dict[str, Any], manager: User, client_of: ClientOf
) -> None:
    activity = make_complete_activity(review_state="approved", city="Osh")
    response = client_of(manager).post(edit_url(activity), filled_in(version=1, city="Nukus", **lost))
    assert "so it must keep" in response.content.decode()
    assert fresh(activity).city == "Osh"
    assert "Nukus" in response.content.decode()


def test_what_an_approved_record_lacked_before_does_not_bar_a_correction(manager: User, client_of: ClientOf) -> None:
    activity = make_activity(review_state="approved", origin="public_record")
    client_of(manager).post(edit_url(activity), filled_in(version=1, summary="", themes=None, main_priority=None))
    assert fresh(activity).title_en == "Seminar on water"


# --- release ---------------------------------------------------------------------------------------------------------


def test_a_changed_audience_notes_who_decided(draft: Activity, colleague: User, client_of: ClientOf) -> None:
    client_of(colleague).post(edit_url(draft), filled_in(version=1, audience="public"))
    assert fresh(draft).release_decided_by == colleague
    assert not fresh(draft).release_held


def test_making_a_released_record_a_good_offices_contact_holds_the_release(manager: User, client_of: ClientOf) -> None:
    activity = make_complete_activity(review_state="approved", audience="public")
    client_of(manager).post(edit_url(activity), filled_in(version=1, type="good_offices_contact", audience="public"))
    assert fresh(activity).release_held


def test_a_waiting_release_is_not_freed_by_another_type(manager: User, client_of: ClientOf) -> None:
    activity = make_complete_activity(
        review_state="approved", audience="public", type="good_offices_contact", release_held=True
    )
    client = client_of(manager)
    client.post(edit_url(activity), filled_in(version=1, type="meeting", audience="public"))
    assert fresh(activity).release_held
    client.post(edit_url(activity), filled_in(version=2, type="meeting", audience="all_partners"))
    assert fresh(activity).release_held


def test_only_a_manager_lowers_a_classification(
    officer: User, manager: User, client_of: ClientOf, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    activity = make_complete_activity(
        classification="confidential", classification_basis="Named sources", created_by=officer
    )
    activity.readers.add(manager)
    response = client_of(officer).post(edit_url(activity), filled_in(version=1))
    assert "Only a manager" in response.content.decode()
    client_of(manager).post(edit_url(activity), filled_in(version=1))
    assert fresh(activity).classification == "unclassified"
    assert fresh(activity).classified_by == manager


def test_partners_named_before_stay_when_the_editor_cannot_see_them(officer: User, client_of: ClientOf) -> None:
    hidden = Organization.objects.create(
        code="hidden", name_en="Hidden", type="other", classification="confidential", audience="internal"
    )
    activity = make_complete_activity(audience="named_partners", created_by=officer)
    activity.released_to.add(hidden)
    client_of(officer).post(edit_url(activity), filled_in(version=1, audience="named_partners"))
    assert list(activity.released_to.all()) == [hidden]
    Involvement.objects.create(activity=activity, organization=hidden)
    client_of(officer).post(edit_url(activity), filled_in(version=2, audience="internal"))
    assert activity.involvements.get().organization == hidden


# --- who may ---------------------------------------------------------------------------------------------------------


def test_what_cannot_be_seen_cannot_be_found(draft: Activity, stranger: User, client_of: ClientOf) -> None:
    assert client_of(stranger).get(edit_url(draft)).status_code == 404
    assert client_of(stranger).post(edit_url(draft), filled_in(version=1)).status_code == 404


def test_what_can_be_seen_may_not_be_edited_by_all(
    stranger: User, administrator: User, focal_point: User, client_of: ClientOf
) -> None:
    activity = make_complete_activity(review_state="approved", audience="public")
    for user in (stranger, administrator, focal_point):
        assert client_of(user).get(edit_url(activity)).status_code == 403
        assert client_of(user).post(edit_url(activity), filled_in(version=1)).status_code == 403
    assert client_of(None).get(edit_url(activity)).status_code == 302


def test_a_focal_point_edits_its_organizations_entries_only(
    focal_point: User, osce: Organization, unodc: Organization, client_of: ClientOf
) -> None:
    own = make_complete_activity(lead_organization=osce, main_priority=None, audience="named_partners")
    own.released_to.add(osce)
    client = client_of(focal_point)
    client.post(edit_url(own), filled_in(version=1, city="Nukus", audience="public", themes=[make_theme().pk]))
    assert (fresh(own).city, fresh(own).audience, fresh(own).lead_organization) == ("Nukus", "named_partners", osce)
    other = make_complete_activity(lead_organization=unodc, main_priority=None)
    assert client.get(edit_url(other)).status_code == 404


def test_an_officer_takes_only_steps_that_follow_the_present_stage(
    officer: User, manager: User, client_of: ClientOf
) -> None:
    activity = make_complete_activity(stage="held", outcome="Agreed.", created_by=officer)
    sent = filled_in(version=1, stage="planned", outcome="Agreed.")
    assert "stage" in client_of(officer).post(edit_url(activity), sent).context["form"].errors
    client_of(manager).post(edit_url(activity), sent)
    assert fresh(activity).stage == "planned"


@pytest.mark.parametrize("rows", [3, 30])
def test_the_form_asks_a_constant_number_of_questions(
    rows: int, draft: Activity, officer: User, client_of: ClientOf, django_assert_num_queries: Any
) -> None:
    for number in range(rows):
        organization = Organization.objects.create(code=f"o-{number}", name_en=f"O {number}", type="other")
        Involvement.objects.create(activity=draft, organization=organization)
        Link.objects.create(activity=draft, title=f"L {number}")
    client = client_of(officer)
    with django_assert_num_queries(32):
        client.get(edit_url(draft))


def test_ticks_that_a_colleague_took_away_go(
    draft: Activity, officer: User, colleague: User, client_of: ClientOf
) -> None:
    mine = client_of(officer)
    sent = shown_in_form(mine, edit_url(draft)) | {"city": "Nukus"}
    client_of(colleague).post(edit_url(draft), filled_in(version=1, themes=None, chatham_house="on"))
    asked = mine.post(edit_url(draft), sent)
    assert mine.post(edit_url(draft), answers(asked)).status_code == 302
    now = fresh(draft)
    assert (now.city, now.chatham_house, now.themes.count()) == ("Nukus", True, 0)
