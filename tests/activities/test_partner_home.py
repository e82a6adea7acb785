"""A partner's own pages: its home, its entries on their way to approval, and whether they are still right."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail as mailbox
from django.test import Client
from django.utils import timezone

from accounts import mail
from accounts.audit import note
from accounts.models import Mail, User
from accounts.time_zones import office_date
from activities import actions, tasks
from activities.models import Activity
from activities.notices import period_of
from partners.models import Organization
from tests.factories.activities import make_activity, make_complete_activity, make_country, make_theme
from tests.factories.organizations import make_agreement

pytestmark = pytest.mark.django_db

HOME = "/partners/home/"
CONTACT = "Example person, focal-point@example.org"


@pytest.fixture
def own(osce: Organization, focal_point: User) -> Activity:
    """OSCE's own approved entry, planned and due to be verified."""
    activity = make_complete_activity(
        title_en="Course of OSCE",
        lead_organization=osce,
        centre_role="none",
        audience="named_partners",
        review_state="approved",
        contact=CONTACT,
        start_date=office_date() + timedelta(days=400),
        end_date=None,
        last_verified=office_date() - timedelta(days=200),
        created_by=focal_point,
    )
    activity.released_to.add(osce)
    return activity


def press(client: Client, activity: Activity, deed: str, **sent: Any) -> Any:
    version = Activity.objects.get(pk=activity.pk).version
    return client.post(f"{activity.get_absolute_url()}{deed}/", {"version": version, **sent})


def letters() -> dict[str, str]:
    mailbox.outbox.clear()
    mail.send_due(timezone.now())
    return {letter.to[0]: f"{letter.subject}\n{letter.body}" for letter in mailbox.outbox}


def test_a_partners_entry_goes_its_way_from_the_form_to_the_table(
    focal_point: User, manager: User, client_of: Any
) -> None:
    partner, approver = client_of(focal_point), client_of(manager)
    theme, country = make_theme(), make_country("KZ", group="central_asia")
    form = {
        "title_en": "Course on water",
        "type": "training",
        "stage": "planned",
        "start_date": "2030-05-01",
        "date_precision": "day",
        "themes": [theme.pk],
        "country": country.pk,
        "summary": "Example description.",
        "contact": CONTACT,
        "last_verified": office_date().isoformat(),
        **{f"{part}-{name}": "0" for part in ("partners", "countries", "links") for name in TOTALS},
        "then": "submit",
    }
    assert partner.post("/activities/new/", form).status_code == 302
    entry = Activity.objects.get(title_en="Course on water")
    assert (entry.review_state, entry.contact, entry.last_verified) == ("submitted", CONTACT, office_date())
    assert entry.reference in approver.get("/activities/desk/").content.decode()
    assert manager.email in letters()
    press(approver, entry, "return", comment="Say where.")
    assert "Say where." in letters()[focal_point.email]
    press(partner, entry, "submit")
    press(approver, entry, "approve")
    assert "approved “Course on water”" in letters()[focal_point.email]
    assert "Course on water" in partner.get(HOME).content.decode()
    cell = partner.get("/partners/matrix/").context["matrix"].rows[0].cells[0]
    assert [(doer.code, doer.count) for doer in cell.doers] == [("osce", 1)]
    # To mend what is approved, the partner takes it back to draft.
    press(partner, entry, "reopen")
    entry.refresh_from_db()
    assert entry.review_state == "draft" and entry.may_be_edited_by(focal_point)


TOTALS = ("TOTAL_FORMS", "INITIAL_FORMS")


def test_a_verification_in_the_future_is_refused(focal_point: User, own: Activity) -> None:
    own.last_verified = office_date() + timedelta(days=1)
    with pytest.raises(Exception, match="in the future"):
        own.clean()


def test_one_click_says_that_an_entry_is_still_right(own: Activity, focal_point: User, client_of: Any) -> None:
    client = client_of(focal_point)
    assert [entry.pk for entry in client.get(HOME).context["due"]] == [own.pk]
    assert f'name="next" value="{HOME}"' in client.get(HOME).content.decode()
    answer = press(client, own, "verify", next=HOME)
    assert answer["Location"] == HOME
    own.refresh_from_db()
    assert own.last_verified == office_date() and own.is_approved
    assert client.get(HOME).context["due"] == []
    # What is no path of the portal leads nowhere but back to the record.
    for strange in ("home", "https://example.org/", "//example.org/"):
        own.refresh_from_db()
        assert press(client, own, "verify", next=strange)["Location"] == own.get_absolute_url()


def test_others_neither_verify_nor_reopen_nor_learn_whom_to_ask(
    own: Activity, stranger: User, osce: Organization, unodc: Organization, officer: User, client_of: Any
) -> None:
    other = client_of(stranger)
    assert {press(other, own, deed).status_code for deed in ("verify", "reopen")} == {404}
    own.released_to.add(unodc)
    assert {press(other, own, deed).status_code for deed in ("verify", "reopen")} == {403}
    places = (
        *(own.get_absolute_url(), "/activities/", "/partners/matrix/", HOME, "/search/?q=example", "/activities/desk/"),
        *(f"/activities/new/?like={own.reference}", f"/api/v1/activities/{own.reference}/", osce.get_absolute_url()),
    )
    for place in places:
        answer = other.get(place)
        assert answer.status_code == 200 and "Example person" not in answer.content.decode(), place
    for file in ("/activities/export.csv", "/partners/matrix/export.csv"):
        assert b"Example person" not in b"".join(other.get(file).streaming_content)
    assert CONTACT in client_of(officer).get(own.get_absolute_url()).content.decode()


def test_home_marks_what_was_released_since_the_visit_before(
    focal_point: User, stranger: User, osce: Organization, client_of: Any
) -> None:
    released = {"review_state": "approved", "audience": "named_partners"}
    old, new = (make_activity(title_en=title, **released) for title in ("Seen before", "Fresh"))
    hidden = make_activity(title_en="Of others", **released)
    for activity in (old, new):
        activity.released_to.add(osce)
    Activity.objects.filter(pk=old.pk).update(changed_at=timezone.now() - timedelta(days=9))
    make_agreement("shared", osce, audience="all_partners")
    make_agreement("secret", osce)
    client = client_of(focal_point)  # the first visit
    assert client.get(HOME).context["since"] is None
    note(by=focal_point, verb="sign_in", subject=focal_point)
    page = client.get(HOME)
    assert [(activity.title, is_new) for activity, is_new in page.context["released"]] == [
        *(("Fresh", False), ("Seen before", False))
    ]
    Activity.objects.filter(pk=new.pk).update(changed_at=timezone.now() + timedelta(minutes=1))
    page = client.get(HOME)
    assert [(activity.title, is_new) for activity, is_new in page.context["released"]] == [
        *(("Fresh", True), ("Seen before", False))
    ]
    assert [agreement.code for agreement in page.context["agreements"]] == ["shared"]
    assert hidden.title not in page.content.decode()
    assert not client_of(stranger).get(HOME).context["released"]


# --- reminders ------------------------------------------------------------------------------------------------


def test_focal_points_are_asked_once_in_each_period(
    own: Activity, focal_point: User, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.ask_to_verify()
    tasks.ask_to_verify()
    told = letters()
    assert set(told) == {focal_point.email}
    assert "Is “Course of OSCE” still right?" in told[focal_point.email]
    tasks.ask_to_verify()
    assert not letters()
    # Nothing was done: half a year later the question is asked anew, once.
    later = office_date() + timedelta(days=185)
    monkeypatch.setattr(tasks, "office_date", lambda: later)
    tasks.ask_to_verify()
    tasks.ask_to_verify()
    assert set(letters()) == {focal_point.email}
    assert Mail.objects.filter(kind="activity_verify").count() == 2


def test_what_was_verified_meanwhile_is_not_asked_for(own: Activity, focal_point: User) -> None:
    tasks.ask_to_verify()
    actions.verify(activity=own, by=focal_point, version=own.version)
    assert not letters()


def test_nobody_is_asked_of_what_is_settled_or_not_approved(own: Activity, osce: Organization) -> None:
    for fields in ({"stage": "held"}, {"review_state": "draft"}, {"lead_organization": None}):
        with_these = {"stage": "planned", "review_state": "approved", "lead_organization": osce, **fields}
        Activity.objects.filter(pk=own.pk).update(**with_these)
        tasks.ask_to_verify()
    assert not Mail.objects.exists()


def test_periods_are_counted_from_the_day_an_entry_was_due(own: Activity, settings: Any) -> None:
    own.verify_by = date(2024, 8, 31)
    settings.VERIFY_MONTHS = 6
    days = [date(2024, 8, 31), date(2025, 2, 27), date(2025, 2, 28), date(2025, 3, 31), date(2026, 9, 30)]
    assert [period_of(own, day).rpartition(":")[2] for day in days] == ["0", "0", "0", "1", "4"]
