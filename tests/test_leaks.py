"""Ways round the rule of visibility and past the second manager, tried one by one; and edits that could be lost."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.audit import acting
from accounts.changes import Disclosure
from accounts.mail import send_due
from accounts.models import ApiKey, AuditEntry, KeyScope, SavedView, User
from accounts.records import StaleEdit
from accounts.roles import Role
from activities import actions
from activities.models import Activity, Evidence
from briefings import actions as developments
from briefings.dossier_actions import freeze
from briefings.forms import DevelopmentForm
from briefings.models import Briefing, Development
from partners.models import Contact, Organization
from partners.tasks import remind
from reports.actions import run_now
from reports.builders import council_dossier, priority_progress
from reports.models import ReportRun, Schedule
from tests.activities.entries import as_multi_value, filled_in, latest, shown_in_form
from tests.factories.activities import make_activity, make_complete_activity, make_country
from tests.factories.briefings import make_briefing, make_development, make_dossier, make_point
from tests.factories.framework import make_commitment
from tests.factories.organizations import make_agreement, make_organization
from tests.factories.people import make_user
from tests.world import plan_report

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | None], Client]
NEW = "/activities/new/"


def fresh(record: Any) -> Any:
    return type(record).objects.get(pk=record.pk)


def edit_url(activity: Activity) -> str:
    return f"{activity.get_absolute_url()}edit/"


# --- what the reader may not see ------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["", "?country=KG"])
def test_the_countries_offered_are_those_of_visible_organizations(query: str, client_of: ClientOf) -> None:
    make_organization("open", audience="public", country=make_country("KZ"))
    make_organization("quiet", country=make_country("KG"))
    page = client_of(None).get(f"/partners/{query}").content.decode()
    assert "Country KZ" in page
    assert "Country KG" not in page


def test_the_api_does_not_tell_which_countries_hidden_organizations_have(client_of: ClientOf) -> None:
    make_organization("quiet", country=make_country("KG"))
    assert client_of(None).get("/api/v1/organizations/?country=KG").json()["results"] == []


@pytest.mark.parametrize("place", ["activity", "priority"])
def test_the_chatham_house_rule_hides_why_something_is_evidence(place: str, client_of: ClientOf) -> None:
    commitment = make_commitment()
    activity = make_activity(
        review_state="approved", audience="public", stage="held", chatham_house=True, main_priority=commitment.priority
    )
    Evidence.objects.create(activity=activity, commitment=commitment, inferred=True, reason_en="UNODC took part")
    url = activity.get_absolute_url() if place == "activity" else commitment.priority.get_absolute_url()
    assert "UNODC took part" not in client_of(None).get(url).content.decode()


def test_staff_read_why_something_is_evidence(officer: User, client_of: ClientOf) -> None:
    commitment = make_commitment()
    activity = make_activity(chatham_house=True)
    Evidence.objects.create(activity=activity, commitment=commitment, inferred=True, reason_en="UNODC took part")
    assert "UNODC took part" in client_of(officer).get(activity.get_absolute_url()).content.decode()


def test_an_entry_sent_again_does_not_show_what_staff_made_of_it(
    focal_point: User, client_of: ClientOf, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    client = client_of(focal_point)
    sent = filled_in(main_priority=None, stage="planned")
    client.post(NEW, sent)
    Activity.objects.filter(pk=latest().pk).update(
        classification="confidential", audience="internal", summary="A secret assessment"
    )
    response = client.post(NEW, sent | {"summary": "Other words"}, follow=True)
    assert "A secret assessment" not in response.content.decode()


@pytest.mark.parametrize("url", ["/", "/activities/", "/partners/", "/briefings/", "/developments/", "/accounts/keys/"])
def test_pages_of_signed_in_people_are_theirs_alone(url: str, officer: User, client_of: ClientOf) -> None:
    response = client_of(officer).get(url)
    assert "private" in response["Cache-Control"]
    assert "Cookie" in response["Vary"]


def test_the_administration_leads_nowhere_else(administrator: User, client_of: ClientOf) -> None:
    for target in ("https://example.org/", "//example.org/", "/\\example.org"):
        response = client_of(administrator).get("/admin/login/", {"next": target})
        assert response["Location"] == "/admin/"
    assert client_of(administrator).get("/admin/login/", {"next": "/admin/accounts/user/"})["Location"] == (
        "/admin/accounts/user/"
    )


@pytest.mark.parametrize("make", [make_activity, make_development])
def test_a_page_about_a_confidential_record_says_so_at_head_and_foot(
    make: Callable[..., Any], officer: User, client_of: ClientOf, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    record = make(classification="confidential", created_by=officer)
    page = client_of(officer).get(record.get_absolute_url()).content.decode()
    assert page.count("CONFIDENTIAL") == 3
    assert "UNRCCA — internal" not in page


def test_a_report_that_names_a_confidential_briefing_is_confidential(officer: User, settings: Any) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    commitment = make_commitment()
    briefing = make_briefing(classification="confidential", focal_officer=officer)
    Evidence.objects.create(briefing=briefing, commitment=commitment)
    parameters = {"programme": "2021-2025", "starts": "2024-01-01", "ends": "2024-12-31"}
    assert priority_progress.build(officer, parameters, today=briefing.date).confidential


# --- what somebody could see once, or what only follows from a hidden record ------------------------------------------


@pytest.fixture
def hidden_last_briefing(officer: User, settings: Any) -> Briefing:
    """The last briefing before `next`, which is all that its author alone may see."""
    settings.CONFIDENTIAL_ALLOWED = True
    make_briefing("before", date=date(2024, 2, 20))
    return make_briefing("hidden", date=date(2024, 3, 17), classification="confidential", created_by=officer)


def test_no_period_tells_when_a_hidden_briefing_was(
    hidden_last_briefing: Briefing, officer: User, colleague: User, client_of: ClientOf
) -> None:
    make_development("earlier", date=date(2024, 3, 1), source_date=date(2024, 5, 1), review_state="approved")
    dossier = make_dossier(make_briefing("next"), officer)
    with acting(by=officer, verb="freeze"):
        freeze(dossier, by=officer)
    pages = ["", "dossier/", "dossier/read/", "dossier/versions/1/"]
    told = {
        who: [
            word in client_of(who).get(f"{dossier.briefing.get_absolute_url()}{page}").content.decode()
            for page in pages
            for word in ("18 March 2024", "before the period")
        ]
        for who in (officer, colleague)
    }
    assert not any(told[colleague])
    assert told[officer] == [True, False, *[True] * 6]
    assert council_dossier.build(colleague, dossier, None, today=date(2024, 7, 1)).period is None
    assert council_dossier.build(officer, dossier, None, today=date(2024, 7, 1)).period is not None


def test_a_scheduled_report_counts_from_the_last_briefing_that_its_reader_sees(
    hidden_last_briefing: Briefing, officer: User, colleague: User, manager: User
) -> None:
    hidden_last_briefing.readers.add(manager)
    schedule = plan_report(manager)
    Schedule.objects.filter(pk=schedule.pk).update(parameters={"period": "since-briefing"})
    schedule.recipients.add(colleague)
    runs = run_now(schedule=fresh(schedule), by=manager)
    starts = {run.made_for: run.parameters["starts"] for run in runs}
    assert starts == {manager: "2024-03-18", colleague: "2024-02-21"}


def test_the_trail_tells_administrators_nothing_that_rests_on_what_they_may_not_see(
    officer: User, administrator: User, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    make_briefing("before", date=date(2024, 2, 20))
    secret = make_development(classification="confidential", created_by=officer, review_state="approved")
    dossier = make_dossier(make_briefing("next", date=date(2024, 12, 31)), officer)
    dossier.items.filter(development=secret).get().delete()
    dossier.items.create(development=secret, note="Secret remark", group="Secret group")
    make_point(dossier, topic="Open topic", text="Open sentence")
    for text in ("Secret sentence", "Secret sentence, deleted"):
        make_point(dossier, topic="Secret topic", text=text).developments.add(secret)
    dossier.points.get(text="Secret sentence, deleted").delete()
    commitment = make_commitment()
    for key, reason in (("open", "Open reason"), ("closed", "Secret reason")):
        hidden = {"classification": "confidential", "created_by": officer} if key == "closed" else {}
        Evidence.objects.create(
            briefing=make_briefing(key, **hidden), commitment=commitment, inferred=True, reason_en=reason
        )
    told = " ".join(str(entry.changes) for entry in AuditEntry.objects.visible_to(administrator))
    assert "Secret" not in told
    assert all(text in told for text in ("Open topic", "Open sentence", "Open reason"))


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ADMINISTRATOR])
def test_a_confidential_report_stays_behind_with_the_role(
    role: Role, manager: User, client_of: ClientOf, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    runs = [
        ReportRun.objects.create(
            report="data-workbook",
            made_for=manager,
            status="ready",
            file="reports/example.xlsx",
            made_as=manager.read_as,
            confidential=confidential,
        )
        for confidential in (True, False)
    ]
    assert [client_of(manager).get(run.get_absolute_url()).status_code for run in runs] == [200, 200]
    manager.role = role
    manager.save()
    assert [client_of(manager).get(run.get_absolute_url()).status_code for run in runs] == [404, 200]


@pytest.mark.parametrize(("joined", "told"), [(1, []), (-1, ["UNRCCA-2024-0001"])])
def test_a_new_colleague_learns_nothing_of_what_became_confidential_before(
    joined: int, told: list[str], officer: User, client_of: ClientOf, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    activity = make_activity(created_by=officer)
    Activity.objects.filter(pk=activity.pk).update(classification="confidential")
    # As if that had been in a transaction which is over.
    Disclosure.objects.filter(ended__isnull=False).update(ended=1)
    newcomer = make_user("newcomer", Role.OFFICER, created_at=timezone.now() + timedelta(minutes=joined))
    assert client_of(newcomer).get("/api/v1/activities/?updated_since=2024-01-01").json()["removed"] == told


def test_a_focal_point_asks_in_the_browser_what_changed(focal_point: User, client_of: ClientOf) -> None:
    assert client_of(focal_point).get("/api/v1/activities/?updated_since=0").status_code == 200


def test_no_mail_that_stays_away_tells_of_a_hidden_successor(
    officer: User, manager: User, second_manager: User, settings: Any, mailoutbox: list[Any]
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    ending = make_agreement("ending", ends=timezone.localdate() + timedelta(days=20))
    successor = make_agreement("next", succeeds=ending, classification="confidential", created_by=officer)
    successor.readers.add(second_manager)
    remind()
    send_due(timezone.now() + timedelta(seconds=1))
    assert [letter.to for letter in mailoutbox] == [[manager.email]]


def test_a_shared_view_that_names_a_hidden_partner_is_shown_to_those_who_know_it(
    manager: User, officer: User, colleague: User, client_of: ClientOf, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    hidden = make_organization("hidden", classification="confidential", created_by=officer)
    hidden.readers.add(manager)
    for name, query in (("Talks", "partner=hidden"), ("Held", "stage=held&ordering=title")):
        view = SavedView.objects.create(owner=manager, page="activities", name=name, query=query, is_shared=True)
        address = f"{client_of(colleague).post('/calendar/feed/').context['url']}?view={view.pk}"
        assert Client().get(address).status_code == (404 if name == "Talks" else 200)
    for who, shown in ((officer, True), (colleague, False), (manager, True)):
        page = client_of(who).get("/activities/").content.decode()
        assert ("partner=hidden" in page, "Held" in page) == (shown, True), who


def test_the_chatham_house_rule_is_not_lifted_by_leaving_it_out(
    manager: User, osce: Organization, client_of: ClientOf
) -> None:
    activity = make_activity(
        chatham_house=True, audience="public", review_state="approved", main_priority=make_commitment().priority
    )
    _key, secret = ApiKey.issue(user=manager, name="Tests", scope=KeyScope.WRITE)
    sent = {
        "title_en": activity.title_en,
        "type": activity.type,
        "start_date": "2024-05-01",
        "priority": "2021-2025/i",
        "partners": [{"organization": osce.code, "role": "participant"}],
        "version": 1,
    }
    path = f"/api/v1/activities/{activity.reference}/"
    answer = Client().put(path, sent, content_type="application/json", headers={"authorization": f"Api-Key {secret}"})
    assert answer.status_code == 200 and answer.json()["partners"], answer.json()
    assert client_of(None).get(path).json()["partners"] == []


# --- good offices contacts: no release by one manager -----------------------------------------------------------------


@pytest.fixture
def released_contact(officer: User, manager: User, osce: Organization) -> Activity:
    """A good offices contact that two other managers released to OSCE."""
    contact = make_complete_activity(
        type="good_offices_contact",
        audience="named_partners",
        review_state="approved",
        created_by=officer,
        release_decided_by=officer,
        release_confirmed_at=timezone.now(),
    )
    contact.released_to.add(osce)
    return contact


def test_a_file_added_to_a_released_contact_waits_for_the_second_manager(
    released_contact: Activity, manager: User, focal_point: User, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    assert released_contact.visible_to(focal_point)
    actions.attach(activity=released_contact, by=manager, files=[SimpleUploadedFile("note.txt", b"Example")])
    assert fresh(released_contact).release_held
    assert not released_contact.visible_to(focal_point)


def test_whoever_changes_a_released_contact_does_not_release_it_again(
    released_contact: Activity, manager: User, second_manager: User, focal_point: User, client_of: ClientOf
) -> None:
    client = client_of(manager)
    sent = shown_in_form(client, edit_url(released_contact))
    client.post(edit_url(released_contact), sent | {"summary": "New words, seen by nobody else."})
    now = fresh(released_contact)
    assert now.summary == "New words, seen by nobody else." and now.release_held
    with pytest.raises(ValidationError):
        actions.confirm_release(activity=now, by=manager, version=now.version)
    assert not released_contact.visible_to(focal_point)
    actions.confirm_release(activity=now, by=second_manager, version=now.version)
    assert released_contact.visible_to(focal_point)


def test_whoever_changes_the_stage_of_a_released_contact_does_not_release_it_again(
    released_contact: Activity, manager: User
) -> None:
    now = actions.change_stage(activity=released_contact, by=manager, version=1, stage=actions.Stage.CANCELLED)
    with pytest.raises(ValidationError):
        actions.confirm_release(activity=now, by=manager, version=now.version)


def test_a_contact_called_something_else_still_needs_two_managers(
    officer: User, manager: User, second_manager: User, client_of: ClientOf
) -> None:
    contact = make_complete_activity(type="good_offices_contact", created_by=officer)
    for change in ({"type": "meeting"}, {"audience": "public"}):
        sent = shown_in_form(client_of(officer), edit_url(contact))
        client_of(officer).post(edit_url(contact), sent | change)
    now = actions.submit(activity=contact, by=officer, version=fresh(contact).version)
    now = actions.approve(activity=contact, by=manager, version=now.version)
    assert now.audience == "public" and now.type == "meeting"
    assert not now.visible_to(AnonymousUser())
    actions.confirm_release(activity=now, by=second_manager, version=now.version)
    assert now.visible_to(AnonymousUser())


def test_a_contact_called_a_partners_own_activity_does_not_show_to_it(
    officer: User, focal_point: User, osce: Organization, client_of: ClientOf
) -> None:
    contact = make_complete_activity(type="good_offices_contact", created_by=officer)
    sent = shown_in_form(client_of(officer), edit_url(contact))
    client_of(officer).post(edit_url(contact), sent | {"type": "meeting", "lead_organization": osce.pk})
    assert fresh(contact).lead_organization == osce
    assert not contact.visible_to(focal_point)


# --- nothing lost -----------------------------------------------------------------------------------------------------


def development_sent(development: Development, **entries: Any) -> dict[str, Any]:
    sent = {
        name: getattr(development, name)
        for name in ("headline_en", "date", "date_precision", "detail_en", "source_publisher", "reliability")
    }
    return {**sent, "classification": "unclassified", "audience": "internal", **entries}


def test_a_development_saved_between_look_and_lock_is_not_saved_over(officer: User, colleague: User) -> None:
    """A form that names the version to come must not pass for one that was opened on it."""
    development = make_development(created_by=officer)
    opened = fresh(development)
    other = fresh(development)
    other.detail_en = "What the colleague wrote"
    other.touch(colleague)
    other.save()
    data = as_multi_value(development_sent(opened, headline_en="Mine", version=other.version))
    form = DevelopmentForm(data, instance=opened, editor=officer)
    assert form.is_valid(), form.errors
    with pytest.raises(StaleEdit):
        developments.change_development(form=form, by=officer)
    assert fresh(development).detail_en == "What the colleague wrote"


def test_a_new_development_sent_again_with_other_words_loses_nothing(officer: User, client_of: ClientOf) -> None:
    client = client_of(officer)
    sent = development_sent(Development(date="2024-05-01", headline_en="Example"), form_token=str(uuid4()))
    client.post("/developments/new/", sent)
    again = client.post("/developments/new/", sent | {"detail_en": "What came to mind later"}, follow=True)
    assert Development.objects.count() == 1
    assert "What came to mind later" in again.content.decode()


def test_an_edit_keeps_a_focal_officer_and_readers_who_were_switched_off(
    officer: User, colleague: User, client_of: ClientOf
) -> None:
    activity = make_activity(created_by=officer, focal_officer=colleague, main_priority=make_commitment().priority)
    activity.readers.add(colleague)
    colleague.is_active = False
    colleague.save()
    client = client_of(officer)
    sent = shown_in_form(client, edit_url(activity))
    page = client.get(edit_url(activity)).content.decode()
    assert f'<option value="{colleague.pk}" selected>' in page
    client.post(edit_url(activity), sent | {"title_en": "New title"})
    now = fresh(activity)
    assert (now.title_en, now.focal_officer, list(now.readers.all())) == ("New title", colleague, [colleague])


def test_two_administrators_edit_one_contact(administrator: User, client_of: ClientOf, osce: Organization) -> None:
    contact = Contact.objects.create(organization=osce, name="Example person", purpose="Example")
    client, url = client_of(administrator), f"/admin/partners/organization/{osce.pk}/change/"
    first, second = contact_form(client, url), contact_form(client, url)
    client.post(url, first | {"contacts-0-position": "Head"})
    response = client.post(url, second | {"contacts-0-position": "Deputy"})
    assert response.status_code == 200, "the second is told"
    assert fresh(contact).position == "Head"


def contact_form(client: Client, url: str) -> dict[str, Any]:
    """What a browser would send back from the page as it is."""
    context = client.get(url).context
    forms = [context["adminform"].form]
    for formset in context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.forms]
    sent: dict[str, Any] = {}
    for form in forms:
        for field in form:
            value = field.field.prepare_value(field.value())
            if isinstance(value, (list, tuple)):
                value = [getattr(one, "pk", one) for one in value]
            if value is not None and value is not False:
                sent[field.html_name] = value
    return sent
