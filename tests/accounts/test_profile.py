"""The own profile: language, time zone, appearance, password, and the sign-ins under one's name."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts import audit
from accounts.models import AuditEntry, User
from tests.factories.people import PASSWORD

PROFILE = reverse("accounts:profile")
ClientOf = Callable[[User | None], Client]


@pytest.mark.parametrize("name", ["profile", "password-change", "api-keys", "api-key-create"])
def test_a_visitor_is_asked_to_sign_in(client: Client, db: None, name: str) -> None:
    address = reverse(f"accounts:{name}")

    assert client.get(address).headers["Location"] == f"{reverse('accounts:sign-in')}?next={address}"


def test_the_page_says_who_the_reader_is(focal_point: User, client_of: ClientOf) -> None:
    page = client_of(focal_point).get(PROFILE).content.decode()

    assert focal_point.email in page
    assert "You see what was released to your organization" in page
    assert str(focal_point.organization) in page


def test_language_and_time_zone_are_kept(officer: User, client_of: ClientOf) -> None:
    client = client_of(officer)
    response = client.post(PROFILE, {"language": "ru", "time_zone": "Asia/Bishkek", "mail_delivery": "daily"})

    officer.refresh_from_db()
    assert (officer.language, officer.time_zone, officer.mail_delivery) == ("ru", "Asia/Bishkek", "daily")
    assert response.cookies[settings.LANGUAGE_COOKIE_NAME].value == "ru"
    assert 'lang="ru"' in client.get(PROFILE).content.decode()
    entry = AuditEntry.objects.filter(verb="edit_profile").get()
    assert entry.actor == officer
    assert entry.changes["language"] == ["en", "ru"]


def test_an_unknown_time_zone_is_refused_beside_its_field(officer: User, client_of: ClientOf) -> None:
    page = client_of(officer).post(PROFILE, {"language": "en", "time_zone": "Mars/Olympus"}).content.decode()

    assert 'id="id_time_zone_error"' in page
    officer.refresh_from_db()
    assert officer.time_zone == settings.TIME_ZONE


def test_nobody_changes_the_own_role_or_organization(officer: User, client_of: ClientOf) -> None:
    data = {"language": "en", "time_zone": "UTC", "role": "manager", "email": "x@example.org", "is_active": ""}
    client_of(officer).post(PROFILE, data)

    officer.refresh_from_db()
    assert (officer.role, officer.email, officer.is_active) == ("officer", "officer@example.org", True)


def test_a_time_zone_that_is_no_longer_on_offer_stays_until_another_is_chosen(
    officer: User, client_of: ClientOf
) -> None:
    User.objects.filter(pk=officer.pk).update(time_zone="Etc/GMT+5")
    client = client_of(officer)

    assert '<option value="Etc/GMT+5" selected>' in client.get(PROFILE).content.decode()
    assert (
        client.post(PROFILE, {"language": "en", "time_zone": "Etc/GMT+5", "mail_delivery": "none"}).status_code == 302
    )


def test_the_page_shows_the_sign_ins_under_this_name_alone(officer: User, colleague: User, client_of: ClientOf) -> None:
    audit.note(by=None, verb="sign_in_failed", subject=officer)
    audit.note(by=colleague, verb="sign_in", subject=colleague)
    response = client_of(officer).get(PROFILE)

    # The client of the tests signed in as well.
    assert sorted(entry.verb for entry in response.context["sign_ins"]) == ["sign_in", "sign_in_failed"]
    assert "Refused" in response.content.decode()


def test_a_new_password_needs_the_old_one(officer: User, client_of: ClientOf) -> None:
    client = client_of(officer)
    new = "another long example"
    address = reverse("accounts:password-change")
    refused = client.post(address, {"old_password": "wrong", "new_password1": new, "new_password2": new})
    accepted = client.post(address, {"old_password": PASSWORD, "new_password1": new, "new_password2": new})

    assert refused.status_code == 200
    assert 'id="id_old_password_error"' in refused.content.decode()
    assert accepted.headers["Location"] == PROFILE
    assert client.get(PROFILE).status_code == 200
    officer.refresh_from_db()
    assert officer.check_password(new)
    changed = AuditEntry.objects.filter(verb="change_password")
    assert {entry.actor for entry in changed} == {officer}
    assert "argon2" not in str([entry.changes for entry in changed])


def test_a_short_password_is_refused_with_the_reason(officer: User, client_of: ClientOf) -> None:
    page = client_of(officer).post(
        reverse("accounts:password-change"),
        {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"},
    )

    assert "at least 12 characters" in page.content.decode()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_appearance_is_kept_for_this_browser(officer: User, client_of: ClientOf, theme: str) -> None:
    client = client_of(officer)
    response = client.post(reverse("accounts:appearance"), {"theme": theme, "next": PROFILE})

    assert response.headers["Location"] == PROFILE
    assert f'data-theme="{theme}"' in client.get(PROFILE).content.decode()


def test_the_appearance_follows_the_system_again(officer: User, client_of: ClientOf) -> None:
    client = client_of(officer)
    client.cookies["theme"] = "dark"
    client.post(reverse("accounts:appearance"), {"theme": "auto", "next": "https://example.com/"})

    assert "data-theme" not in client.get(PROFILE).content.decode()


def test_a_foreign_value_of_the_cookie_reaches_no_page(officer: User, client_of: ClientOf) -> None:
    client = client_of(officer)
    client.cookies["theme"] = "<script>"

    assert "data-theme" not in client.get(PROFILE).content.decode()
