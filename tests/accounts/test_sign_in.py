"""Signing in and out, guessing, and setting a new password."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from axes.utils import reset
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from tests.factories.people import PASSWORD

SIGN_IN = reverse("accounts:sign-in")
ClientOf = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def no_attempts_left_over(db: None) -> None:
    reset()


def sign_in(client: Client, email: str, password: str = PASSWORD, next_page: str = "") -> Any:
    return client.post(SIGN_IN, {"username": email, "password": password, "next": next_page})


def verbs(user: User) -> list[str]:
    return list(
        AuditEntry.objects.filter(subject="accounts.user", subject_id=str(user.pk)).values_list("verb", flat=True)
    )


def test_the_page_needs_no_account(client: Client) -> None:
    response = client.get(SIGN_IN)

    assert response.status_code == 200
    assert "E-mail address" in response.content.decode()


@pytest.mark.parametrize("email", ["officer@example.org", "Officer@Example.ORG"])
def test_email_in_any_letter_case_and_password_open_the_portal(client: Client, officer: User, email: str) -> None:
    response = sign_in(client, email)

    assert response.status_code == 302
    assert response.headers["Location"] == reverse("overview")
    assert client.session["_auth_user_id"] == str(officer.pk)


def test_the_reader_returns_to_the_page_that_asked(client: Client, officer: User) -> None:
    profile = reverse("accounts:profile")

    assert client.get(profile).headers["Location"] == f"{SIGN_IN}?next={profile}"
    assert sign_in(client, officer.email, next_page=profile).headers["Location"] == profile


def test_another_site_is_no_place_to_return_to(client: Client, officer: User) -> None:
    assert sign_in(client, officer.email, next_page="https://example.com/").headers["Location"] == reverse("overview")


def test_a_wrong_password_says_what_to_check_and_keeps_the_address(client: Client, officer: User) -> None:
    page = sign_in(client, officer.email, "not the password").content.decode()

    assert "do not belong together" in page
    assert f'value="{officer.email}"' in page


def test_an_unknown_address_reads_the_same_as_a_wrong_password(client: Client, officer: User) -> None:
    known = sign_in(client, officer.email, "wrong").content.decode()
    unknown = sign_in(client, "nobody@example.org", "wrong").content.decode()

    def neutral(page: str, email: str) -> str:
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|X-CSRFToken": "\w+"', "", page).replace(email, "")

    assert neutral(known, officer.email) == neutral(unknown, "nobody@example.org")


def test_who_was_switched_off_cannot_sign_in(client: Client, officer: User) -> None:
    User.objects.filter(pk=officer.pk).update(is_active=False)

    assert sign_in(client, officer.email).status_code == 200
    assert "_auth_user_id" not in client.session


def test_guessing_is_stopped_after_ten_attempts_whatever_the_letter_case(client: Client, officer: User) -> None:
    for attempt in range(10):
        sign_in(client, officer.email.upper() if attempt % 2 else officer.email, f"guess {attempt}")

    response = sign_in(client, officer.email)

    assert response.status_code == 429
    assert "Too many attempts" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_sign_in_refusal_and_sign_out_stand_in_the_audit_trail(client: Client, officer: User) -> None:
    sign_in(client, officer.email, "wrong")
    sign_in(client, officer.email)
    client.post(reverse("accounts:sign-out"))

    trail = verbs(officer)
    assert [verb for verb in trail if verb.startswith("sign")] == ["sign_out", "sign_in", "sign_in_failed"]
    assert AuditEntry.objects.filter(verb="sign_in").get().address == "127.0.0.1"


def test_signing_out_ends_the_session_and_needs_a_post(officer: User, client_of: ClientOf) -> None:
    client = client_of(officer)

    assert client.get(reverse("accounts:sign-out")).status_code == 405
    assert client.post(reverse("accounts:sign-out")).headers["Location"] == reverse("accounts:signed-out")
    assert "_auth_user_id" not in client.session
    assert client.get(reverse("accounts:signed-out")).status_code == 200


def test_a_forgotten_password_is_replaced_by_mail(client: Client, officer: User) -> None:
    client.post(reverse("accounts:password-reset"), {"email": officer.email})
    link = re.findall(r"http://testserver(/\S+)", str(mail.outbox[0].body))[0]
    page = client.get(link, follow=True)
    new = "another long example"
    client.post(page.request["PATH_INFO"], {"new_password1": new, "new_password2": new})

    officer.refresh_from_db()
    assert officer.check_password(new)
    assert "reset_password" in verbs(officer)
    assert "no longer works" in client.get(link, follow=True).content.decode()


def test_an_unknown_address_gets_no_mail_and_the_same_answer(client: Client, db: None) -> None:
    response = client.post(reverse("accounts:password-reset"), {"email": "nobody@example.org"})

    assert response.headers["Location"] == reverse("accounts:password-reset-sent")
    assert mail.outbox == []


def test_a_link_for_a_new_password_that_was_tampered_with_is_refused(client: Client, db: None) -> None:
    page = client.get(reverse("accounts:password-reset-confirm", args=["MQ", "abc-def"]))

    assert page.status_code == 200
    assert "no longer works" in page.content.decode()
