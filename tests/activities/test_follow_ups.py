"""Follow-ups of all activities, and the deeds on them: /activities/follow-ups/."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, User
from accounts.time_zones import office_date
from activities.models import Activity, FollowUp
from tests.activities.entries import shown_in_form
from tests.factories.activities import make_complete_activity

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]
LIST = "/activities/follow-ups/"


@pytest.fixture
def activity(officer: User) -> Activity:
    return make_complete_activity(title_en="Seminar on water", review_state="approved", created_by=officer)


@pytest.fixture
def item(activity: Activity, officer: User) -> FollowUp:
    yesterday = office_date() - timedelta(days=1)
    return FollowUp.objects.create(activity=activity, text="Send the list", owner=officer, due=yesterday)


def fresh(item: FollowUp) -> FollowUp:
    return FollowUp.objects.get(pk=item.pk)


def texts(client: Client, **query: Any) -> list[str]:
    return [one.text for one in client.get(LIST, query).context["page"]]


def test_lists_by_owner_state_period_words_and_activity(
    item: FollowUp, activity: Activity, officer: User, colleague: User, client_of: ClientOf
) -> None:
    other = make_complete_activity()
    today = office_date()
    FollowUp.objects.create(activity=other, text="Thank the host", owner=colleague, due=today + timedelta(days=9))
    FollowUp.objects.create(activity=other, text="Print it", done=today)
    client = client_of(colleague)
    assert texts(client) == ["Send the list", "Thank the host", "Print it"]
    assert texts(client, owner=colleague.pk, state="open") == ["Thank the host"]
    assert texts(client, state="overdue") == ["Send the list"]
    assert texts(client, state="done") == ["Print it"]
    assert texts(client, **{"from": today, "to": today + timedelta(days=20)}) == ["Thank the host"]
    assert texts(client, q="seminar LIST") == ["Send the list"]
    assert texts(client, activity=other.reference) == ["Thank the host", "Print it"]
    assert client.get(LIST, {"state": "gone"}).status_code == 400
    assert [tab["label"] for tab in client.get(LIST, {"state": "overdue"}).context["tabs"] if tab["current"]] == [
        "Overdue"
    ]


def test_done_and_undone_in_one_click(item: FollowUp, activity: Activity, colleague: User, client_of: ClientOf) -> None:
    client, before = client_of(colleague), Activity.objects.get()
    done = {"stamp": item.stamp, "next": f"{LIST}?state=open"}
    page = client.post(f"{LIST}{item.pk}/done/", done, follow=True)
    assert fresh(item).done == office_date()
    assert page.redirect_chain == [(f"{LIST}?state=open&done={item.pk}", 302)] and "Undo" in page.content.decode()
    again = client.post(f"{LIST}{item.pk}/done/", done, follow=True)
    assert "nothing was done" in again.content.decode()
    client.post(f"{LIST}{item.pk}/reopen/", {"stamp": fresh(item).stamp})
    assert fresh(item).done is None
    after = Activity.objects.get()
    assert (after.version, after.changed_at) == (before.version + 2, before.changed_at)
    assert [entry.actor for entry in AuditEntry.objects.filter(part="followup", verb="finish_follow_up")] == [colleague]


def test_owner_and_date_are_changed_in_place(
    item: FollowUp, officer: User, colleague: User, client_of: ClientOf
) -> None:
    client, address = client_of(officer), f"{LIST}{item.pk}/?state=open"
    opened = client.get(f"{LIST}?state=open&edit={item.pk}")
    entries = {"stamp": opened.context["form"].stamp, "owner": colleague.pk, "due": "2030-01-15"}
    wrong = client.post(address, {**entries, "due": "soon"})
    assert wrong.status_code == 400 and 'id="id_due_error"' in wrong.content.decode()
    assert 'value="soon"' in wrong.content.decode()
    assert client.post(address, entries, follow=True).redirect_chain == [(f"{LIST}?state=open", 302)]
    assert (fresh(item).owner, fresh(item).due) == (colleague, date(2030, 1, 15))
    stale = client.post(address, {**entries, "due": "2031-01-15"})
    assert stale.status_code == 400 and "Somebody changed this follow-up" in stale.content.decode()
    assert fresh(item).due == date(2030, 1, 15)
    meant = {"stamp": stale.context["form"].stamp, "owner": colleague.pk, "due": "2031-01-15"}
    client.post(address, meant)
    assert fresh(item).due == date(2031, 1, 15), "sent again, it is meant"


def test_a_form_opened_before_does_not_undo_it(
    item: FollowUp, activity: Activity, manager: User, officer: User, client_of: ClientOf
) -> None:
    address = f"{activity.get_absolute_url()}edit/"
    opened = shown_in_form(client_of(manager), address)
    client_of(officer).post(f"{LIST}{item.pk}/done/", {"stamp": item.stamp})
    assert client_of(manager).post(address, opened).status_code == 409
    assert fresh(item).done is not None


def test_only_staff_and_only_what_they_may_see(
    item: FollowUp,
    activity: Activity,
    manager: User,
    administrator: User,
    focal_point: User,
    client_of: ClientOf,
    settings: Any,
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    for deed in ("done/", "reopen/", ""):
        address = f"{LIST}{item.pk}/{deed}"
        assert client_of(focal_point).post(address, {"stamp": item.stamp}).status_code == 403
        assert client_of(administrator).post(address, {"stamp": item.stamp}).status_code == 403
    Activity.objects.filter(pk=activity.pk).update(classification="confidential")
    client = client_of(manager)
    for address in (LIST, f"{LIST}?edit={item.pk}", f"{LIST}?done={item.pk}", f"{LIST}?q=list"):
        assert "Send the list" not in client.get(address).content.decode()
    for deed in ("done/", "reopen/", ""):
        assert client.post(f"{LIST}{item.pk}/{deed}", {"stamp": item.stamp}).status_code == 404
    assert fresh(item).done is None


def test_the_day_is_that_of_ashgabat(item: FollowUp, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 22 h in London it is the next day at the office."""
    evening = datetime(2024, 5, 1, 22, tzinfo=ZoneInfo("UTC"))
    monkeypatch.setattr("django.utils.timezone.now", lambda: evening)
    item.due = date(2024, 5, 1)
    with timezone.override(ZoneInfo("America/New_York")):
        assert item.is_overdue
