"""A key's own page: replaced with an overlap, ended in one click, what it was used for, and mail before its end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.core import mail as mailbox
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import api_accesses, mail, tasks
from accounts.models import ApiAccess, ApiKey, AuditEntry, Mail, User

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def no_lines() -> Any:
    """Lines that wait in Redis are not undone with the test's transaction."""
    api_accesses.settle()
    yield
    api_accesses.settle()


def issue(user: User, **fields: Any) -> tuple[ApiKey, dict[str, str]]:
    key, secret = ApiKey.issue(user=user, name="sync", **fields)
    return key, {"authorization": f"Api-Key {secret}"}


def page(key: ApiKey, deed: str = "") -> str:
    return f"{reverse('accounts:api-key', args=[key.prefix])}{deed}"


def status(headers: dict[str, str]) -> int:
    return Client().get("/api/v1/themes/", headers=headers).status_code


def test_a_key_is_replaced_by_one_like_it_and_works_for_the_overlap(focal_point: User, client_of: ClientOf) -> None:
    key, headers = issue(focal_point, scope="write", expires_at=timezone.now() + timedelta(days=300))
    answer = client_of(focal_point).post(page(key, "rotate/"), {"overlap": "7"})
    new = ApiKey.objects.exclude(pk=key.pk).get()
    secret = answer.context["secret"]
    assert answer.content.decode().count(secret) == 1 and "no-store" in answer["Cache-Control"]
    assert (new.user, new.name, new.scope) == (focal_point, "sync", "write")
    assert abs((new.expires_at - timezone.now()).days - 300) <= 1
    assert {status(headers), status({"authorization": f"Api-Key {secret}"})} == {200}
    key.refresh_from_db()
    assert timedelta(days=6) < key.expires_at - timezone.now() <= timedelta(days=7)
    assert AuditEntry.objects.filter(verb="rotate_key", actor=focal_point).count() == 2
    # A second replacement does not lengthen the life of the old one, and nought ends it at once.
    client_of(focal_point).post(page(key, "rotate/"), {"overlap": "30"})
    key.refresh_from_db()
    assert key.expires_at - timezone.now() <= timedelta(days=7)
    client_of(focal_point).post(page(key, "rotate/"), {"overlap": "0"})
    assert status(headers) == 401


def test_a_bad_overlap_is_said_beside_the_field(focal_point: User, client_of: ClientOf) -> None:
    key, _headers = issue(focal_point)
    answer = client_of(focal_point).post(page(key, "rotate/"), {"overlap": "31"})
    assert answer.status_code == 400 and answer.context["form"].errors["overlap"]
    key.revoke()
    assert client_of(focal_point).post(page(key, "rotate/"), {"overlap": "7"}).status_code == 302
    assert ApiKey.objects.count() == 1


def test_a_leaked_key_is_revoked_in_one_click_by_partner_or_manager(
    focal_point: User, manager: User, client_of: ClientOf
) -> None:
    for who in (focal_point, manager):
        key, headers = issue(focal_point)
        for address in (reverse("accounts:api-keys"), page(key)):
            assert f'action="{page(key, "revoke/")}"' in client_of(who).get(address).content.decode()
        client_of(who).post(page(key, "revoke/"))
        assert status(headers) == 401


def test_who_is_told_of_a_revoked_key_is_said_and_gets_a_mail(
    focal_point: User, manager: User, officer: User, client_of: ClientOf
) -> None:
    for by, other in ((focal_point, manager), (manager, focal_point)):
        key, _headers = issue(focal_point)
        answer = client_of(by).post(page(key, "revoke/"), follow=True).content.decode()
        assert str(key) in answer and f"Told by mail: {other}." in answer
        mailbox.outbox.clear()
        mail.send_due(timezone.now())
        [letter] = mailbox.outbox
        assert letter.to == [other.email]
        assert f"{by} revoked the API key “{key}”" in str(letter.body)
    own, _headers = issue(officer)
    answer = client_of(officer).post(page(own, "revoke/"), follow=True).content.decode()
    assert str(own) in answer and "Told by mail" not in answer


def test_others_find_no_key_and_no_log(
    focal_point: User, stranger: User, officer: User, administrator: User, manager: User, client_of: ClientOf
) -> None:
    key, headers = issue(focal_point)
    assert status(headers) == 200
    for other in (stranger, officer, administrator):
        client = client_of(other)
        assert client.get(page(key)).status_code == 404
        assert {client.post(page(key, f"{deed}/"), {"overlap": "7"}).status_code for deed in ("rotate", "revoke")} == {
            404
        }
    own, _headers = issue(manager)
    assert client_of(focal_point).get(page(own)).status_code == 404
    assert ApiKey.objects.filter(revoked_at=None).count() == 2


# --- the log --------------------------------------------------------------------------------------------------


def lines(client: Client, key: ApiKey) -> list[tuple[Any, ...]]:
    shown = client.get(page(key)).context["page"]
    return [(line.method, line.path, line.status, line.rows) for line in shown]


def test_holder_and_managers_read_what_a_key_was_used_for(
    focal_point: User, manager: User, client_of: ClientOf
) -> None:
    key, headers = issue(focal_point)
    client = Client()
    client.get("/api/v1/themes/?search=secret-word", headers=headers)
    client.get("/api/v1/activities/none/", headers=headers)
    client.get("/api/v1/themes/?misspelt=1", headers=headers)
    client.get("/api/v1/themes/")  # without a key
    key.revoke()
    client.get("/api/v1/themes/", headers=headers)
    for who in (focal_point, manager):
        found = lines(client_of(who), key)
        assert [line[:3] for line in found] == [
            ("GET", "/api/v1/themes/", 401),
            ("GET", "/api/v1/themes/", 400),
            ("GET", "/api/v1/activities/none/", 404),
            ("GET", "/api/v1/themes/", found[-1][2]),
        ]
    text = client_of(manager).get(page(key)).content.decode()
    assert "secret-word" not in text and headers["authorization"].partition(".")[2] not in text
    assert "127.0.0.1" in text


def test_a_list_is_logged_with_the_number_of_its_items(focal_point: User, client_of: ClientOf) -> None:
    key, headers = issue(focal_point)
    answer = Client().get("/api/v1/organizations/", headers=headers).json()
    assert lines(client_of(focal_point), key) == [("GET", "/api/v1/organizations/", 200, len(answer["results"]))]
    assert answer["results"]


def test_no_line_is_lost_when_redis_is_away(focal_point: User, monkeypatch: pytest.MonkeyPatch) -> None:
    key, headers = issue(focal_point)
    away = redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=1)
    monkeypatch.setattr(api_accesses, "redis_client", lambda: away)
    assert status(headers) == 200
    assert ApiAccess.objects.get().key == key
    api_accesses.settle()  # breaks nothing


def test_no_line_is_lost_or_doubled_when_a_writer_is_killed(focal_point: User, monkeypatch: pytest.MonkeyPatch) -> None:
    _key, headers = issue(focal_point)
    for _number in range(3):
        assert status(headers) == 200
    write = api_accesses._write

    def killed(lines: list[dict[str, Any]]) -> None:
        write(lines)
        raise SystemExit

    monkeypatch.setattr(api_accesses, "_write", killed)
    with pytest.raises(SystemExit):
        api_accesses.settle()
    monkeypatch.setattr(api_accesses, "_write", write)
    assert status(headers) == 200
    tasks.write_accesses()
    assert ApiAccess.objects.count() == 4


def test_the_log_is_kept_for_the_stated_time(focal_point: User, settings: Any) -> None:
    settings.API_LOG_DAYS = 30
    _key, headers = issue(focal_point)
    for _number in range(2):
        assert status(headers) == 200
    api_accesses.settle()
    first = ApiAccess.objects.order_by("id")[0]
    ApiAccess.objects.filter(pk=first.pk).update(at=timezone.now() - timedelta(days=31))
    tasks.forget_accesses()
    assert ApiAccess.objects.count() == 1


# --- mail before the end --------------------------------------------------------------------------------------


def told() -> dict[str, str]:
    tasks.remind_of_keys()
    tasks.remind_of_keys()
    mailbox.outbox.clear()
    mail.send_due(timezone.now())
    return {letter.to[0]: str(letter.body) for letter in mailbox.outbox}


def test_holder_and_managers_are_told_twice_before_a_key_ends(
    focal_point: User, manager: User, stranger: User, officer: User
) -> None:
    key, _headers = issue(focal_point, expires_at=timezone.now() + timedelta(days=40))
    assert not told()
    for days in (20, 5):
        ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now() + timedelta(days=days))
        letters = told()
        assert set(letters) == {focal_point.email, manager.email}
        assert all(str(key) in letter and "never used" in letter for letter in letters.values())
        assert not told()
    assert Mail.objects.filter(kind="key_expires").count() == 4


def test_an_officers_key_concerns_nobody_else_and_a_revoked_one_nobody(officer: User, manager: User) -> None:
    key, _headers = issue(officer, expires_at=timezone.now() + timedelta(days=5))
    assert set(told()) == {officer.email}
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now() + timedelta(days=6))
    tasks.remind_of_keys()
    key.revoke()
    assert not told()
