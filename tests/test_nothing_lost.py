"""What is typed is not lost: kept on the way, offered back, and carried over the end of a session."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, User
from accounts.tasks import forget_stale_entries
from accounts.unsaved import KEPT_FOR, MOST_LETTERS, MOST_NEW_ENTRIES, UnsavedEntry
from activities.models import Activity
from briefings.models import Development
from partners.models import Organization
from tests.activities.entries import filled_in, latest, shown_in_form
from tests.briefings.test_development_forms import entry as development_sent
from tests.factories.activities import make_complete_activity
from tests.factories.briefings import make_development

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]

NEW, KEEP_NEW = "/activities/new/", "/activities/new/keep/"


@pytest.fixture
def draft(officer: User) -> Activity:
    return make_complete_activity(created_by=officer)


def kept_of(user: User | None) -> list[UnsavedEntry]:
    assert user is not None
    return list(UnsavedEntry.objects.of(user))


# --- kept on the way --------------------------------------------------------------------------------------------


def test_half_an_entry_is_kept_as_it_is_and_taken_back_with_its_rows(
    officer: User, osce: Organization, client_of: ClientOf
) -> None:
    client = client_of(officer)
    rows: dict[str, Any] = {"partners": [{"organization": osce.pk, "role": "host"}], "links": [{"url": "not one"}]}
    sent = filled_in(rows, title_en="Half a\x00 title", start_date="soon", main_priority=None, author=officer.pk)
    assert client.post(KEEP_NEW, sent).json()["kept"]
    client.post(KEEP_NEW, sent | {"city": "Nukus"})
    [kept] = kept_of(officer)
    page = client.get(NEW).content.decode()
    assert "that were not saved" in page and "Half a title" in page and kept.get_absolute_url() in page
    form = client.get(kept.get_absolute_url())
    back = form.content.decode()
    for shown in ("Half a title", "Nukus", 'value="soon"', 'value="not one"', "OSCE — Example organization osce"):
        assert shown in back
    assert str(form.context["token"]) == sent["token"]
    assert "Not saved yet" not in back
    assert not Activity.objects.exists()


def test_entries_of_a_record_come_back_with_the_version_they_started_from(draft: Activity, client_of: ClientOf) -> None:
    officer = draft.created_by
    client, url = client_of(officer), draft.get_absolute_url()
    client.post(f"{url}keep/", shown_in_form(client, f"{url}edit/") | {"city": "Nukus"})
    Activity.objects.filter(pk=draft.pk).update(version=2, city="Osh")
    [kept] = kept_of(officer)
    form = client.get(kept.get_absolute_url())
    assert form.context["version"] == 1
    assert "Nukus" in form.content.decode()


def test_nobody_else_sees_them(officer: User, colleague: User, manager: User, client_of: ClientOf) -> None:
    client_of(officer).post(KEEP_NEW, filled_in(title_en="Mine alone"))
    [kept] = kept_of(officer)
    for other in (colleague, manager):
        client = client_of(other)
        assert kept_of(other) == []
        assert "Mine alone" not in client.get(NEW).content.decode()
        for url in (kept.get_absolute_url(), f"/accounts/unsaved/{kept.pk}/drop/"):
            assert client.get(url).status_code == 404
        assert client.post(f"/accounts/unsaved/{kept.pk}/drop/").status_code == 404
    assert not AuditEntry.objects.filter(changes__icontains="Mine alone").exists()


def test_those_of_a_record_that_went_out_of_sight_are_not_shown(
    draft: Activity, colleague: User, client_of: ClientOf, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    client_of(colleague).post(f"{draft.get_absolute_url()}keep/", filled_in(city="Nukus"))
    assert len(kept_of(colleague)) == 1
    Activity.objects.filter(pk=draft.pk).update(classification="confidential")
    assert kept_of(colleague) == []


@pytest.mark.parametrize("url", [KEEP_NEW, "/developments/new/keep/"])
def test_strictly_confidential_is_kept_nowhere(url: str, officer: User, client_of: ClientOf) -> None:
    client, token = client_of(officer), str(uuid4())
    sent = {"token": token, "form_token": token, "title_en": "Example", "headline_en": "Example"}
    assert client.post(url, sent).json()["kept"]
    answer = client.post(url, sent | {"classification": "strictly_confidential"}).json()
    assert not answer["kept"] and "code cable" in answer["message"]
    assert not UnsavedEntry.objects.exists()


def test_confidential_is_kept_where_the_portal_may_hold_it(officer: User, client_of: ClientOf, settings: Any) -> None:
    sent = filled_in(classification="confidential")
    assert not client_of(officer).post(KEEP_NEW, sent).json()["kept"]
    settings.CONFIDENTIAL_ALLOWED = True
    assert client_of(officer).post(KEEP_NEW, sent).json()["kept"]


def test_there_are_bounds(officer: User, client_of: ClientOf) -> None:
    client = client_of(officer)
    answer = client.post(KEEP_NEW, filled_in(summary="x" * MOST_LETTERS)).json()
    assert not answer["kept"] and "too long" in answer["message"]
    for number in range(MOST_NEW_ENTRIES + 2):
        client.post(KEEP_NEW, {"token": str(uuid4()), "title_en": f"Entry {number}"})
    assert UnsavedEntry.objects.count() == MOST_NEW_ENTRIES
    assert not UnsavedEntry.objects.filter(title="Entry 0").exists()


def test_stale_ones_are_cleared_away(officer: User, client_of: ClientOf) -> None:
    for age in (KEPT_FOR + timedelta(hours=1), KEPT_FOR - timedelta(hours=1)):
        token = uuid4()
        client_of(officer).post(KEEP_NEW, {"token": str(token)})
        UnsavedEntry.objects.filter(token=token).update(saved_at=timezone.now() - age)
    forget_stale_entries()
    assert UnsavedEntry.objects.count() == 1


def test_who_may_not_fill_in_the_form_keeps_nothing(
    draft: Activity, administrator: User, stranger: User, client_of: ClientOf
) -> None:
    assert client_of(administrator).post(KEEP_NEW, filled_in()).status_code == 403
    assert client_of(administrator).post("/developments/new/keep/", filled_in()).status_code == 403
    assert client_of(stranger).post(f"{draft.get_absolute_url()}keep/", filled_in()).status_code == 404
    assert client_of(None).post(KEEP_NEW, filled_in()).status_code == 401
    assert client_of(stranger).post(KEEP_NEW, filled_in(author=administrator.pk)).status_code == 401
    assert not UnsavedEntry.objects.exists()


def test_they_are_dropped_after_a_question(officer: User, client_of: ClientOf) -> None:
    client = client_of(officer)
    client.post(KEEP_NEW, filled_in())
    url = f"/accounts/unsaved/{kept_of(officer)[0].pk}/drop/"
    assert "Drop these entries?" in client.get(url).content.decode()
    assert client.post(url)["Location"] == NEW
    assert kept_of(officer) == []


# --- gone once saved ----------------------------------------------------------------------------------------------


def test_a_saved_activity_leaves_nothing_behind(officer: User, client_of: ClientOf) -> None:
    client, sent = client_of(officer), filled_in()
    client.post(KEEP_NEW, sent)
    saved = client.post(NEW, sent)
    assert kept_of(officer) == []
    assert saved.cookies["saved_form"].value == f"kept:{officer.pk}:activities.activity:new:{sent['token']}"
    # What was on its way meanwhile comes too late.
    assert not client.post(KEEP_NEW, sent).json()["kept"]
    url = latest().get_absolute_url()
    del sent["token"]  # which only the empty form has
    client.post(f"{url}keep/", sent)
    saved = client.post(f"{url}edit/", sent | {"version": 1})
    assert kept_of(officer) == []
    assert saved.cookies["saved_form"].value == f"kept:{officer.pk}:activities.activity:{latest().pk}"


def test_a_saved_development_leaves_nothing_behind(officer: User, client_of: ClientOf) -> None:
    client, sent = client_of(officer), development_sent()
    client.post("/developments/new/keep/", sent)
    [kept] = kept_of(officer)
    assert "Example headline" in client.get(kept.get_absolute_url()).content.decode()
    client.post("/developments/new/", sent)
    assert kept_of(officer) == []
    assert not client.post("/developments/new/keep/", sent).json()["kept"]
    url = Development.objects.get().get_absolute_url()
    client.post(f"{url}keep/", sent | {"analysis": "Long work"})
    [kept] = kept_of(officer)
    assert "Long work" in client.get(kept.get_absolute_url()).content.decode()
    client.post(f"{url}edit/", sent | {"version": 1})
    assert kept_of(officer) == []


def test_what_could_not_be_saved_stays_kept(draft: Activity, client_of: ClientOf) -> None:
    client, url = client_of(draft.created_by), draft.get_absolute_url()
    client.post(f"{url}keep/", filled_in(city="Nukus"))
    assert client.post(f"{url}edit/", filled_in(version=7, city="Nukus")).status_code == 409
    assert client.post(f"{url}edit/", filled_in(version=1, title_en="")).status_code == 200
    assert len(kept_of(draft.created_by)) == 1


# --- the session is over ------------------------------------------------------------------------------------------


def held_in(page: str) -> dict[str, Any]:
    """What the page sends on, as the browser does."""
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    sent: dict[str, Any] = {"then": "restore"}
    for name, value in fields:
        sent.setdefault(name, []).append(value)
    return sent


@pytest.mark.parametrize("whose", ["activity", "development"])
def test_a_form_sent_after_the_end_of_the_session_is_held_and_goes_on(
    whose: str, officer: User, colleague: User, client_of: ClientOf
) -> None:
    url, sent = {
        "activity": (NEW, filled_in(outcome="Typed\n“with” <care>", author=officer.pk)),
        "development": ("/developments/new/", development_sent(analysis="Typed\n“with” <care>", author=officer.pk)),
    }[whose]
    held = client_of(None).post(url, sent)
    assert held.status_code == 403
    assert "no-store" in held["Cache-Control"]
    page = held.content.decode()
    assert "you were signed out" in page.lower() and "&lt;care&gt;" in page
    again = held_in(page)
    again["outcome" if whose == "activity" else "analysis"] = "Typed\n“with” <care>"
    somebody_else = client_of(colleague).post(url, again)
    assert somebody_else.status_code == 403 and "Somebody else is signed in" in somebody_else.content.decode()
    form = client_of(officer).post(url, again)
    assert form.status_code == 200
    assert "Your entries are back" in form.content.decode() and "&lt;care&gt;" in form.content.decode()
    assert not Activity.objects.exists() and not Development.objects.exists()
    assert not UnsavedEntry.objects.exists()


def test_a_page_older_than_the_last_sign_in_loses_nothing(officer: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(officer, backend="accounts.backends.EmailBackend")
    stale = {**filled_in(city="Nukus"), "csrfmiddlewaretoken": "x" * 64}
    held = client.post(NEW, stale, headers={"Origin": "http://testserver"})
    assert held.status_code == 403 and "You are signed in again" in held.content.decode()
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', held.content.decode())[-1]
    again = held_in(held.content.decode()) | {"csrfmiddlewaretoken": token}
    form = client.post(NEW, again, headers={"Origin": "http://testserver"})
    assert form.status_code == 200 and "Nukus" in form.content.decode()
    assert not Activity.objects.exists()


@pytest.mark.parametrize("origin", ["https://example.org", "null", ""])
def test_what_another_site_sends_is_shown_to_nobody(origin: str, officer: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(officer, backend="accounts.backends.EmailBackend")
    answer = client.post(NEW, filled_in(city="Planted"), headers={"Origin": origin} if origin else {})
    assert answer.status_code == 403
    assert "Planted" not in answer.content.decode()


def test_passwords_are_never_held() -> None:
    client = Client(enforce_csrf_checks=True)
    sent = {"username": "a@example.org", "password": "a secret of mine"}
    answer = client.post("/accounts/sign-in/", sent, headers={"Origin": "http://testserver"})
    assert answer.status_code == 403
    assert "a secret of mine" not in answer.content.decode()


def test_an_open_page_can_ask_who_is_signed_in(officer: User, client_of: ClientOf) -> None:
    assert client_of(None).get("/accounts/session/").json()["user"] is None
    answer = client_of(officer).get("/accounts/session/")
    assert answer.json()["user"] == officer.pk
    assert "no-store" in answer["Cache-Control"]


def test_entries_kept_for_a_development_are_not_taken_for_an_activity(officer: User, client_of: ClientOf) -> None:
    make_development(created_by=officer)
    client = client_of(officer)
    client.post("/developments/example/keep/", development_sent())
    [kept] = kept_of(officer)
    for url in (f"{NEW}?kept={kept.pk}", "/developments/new/?kept=1", f"{NEW}?kept=x", f"{NEW}?kept={'9' * 30}"):
        assert client.get(url).status_code == 404
