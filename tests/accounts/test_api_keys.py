"""API keys: made, shown once, listed, revoked, and by whom."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.test import APIRequestFactory

from accounts.api_keys import ApiKeyAuthentication
from accounts.models import ApiKey, AuditEntry, User

KEYS = reverse("accounts:api-keys")
CREATE = reverse("accounts:api-key-create")
ClientOf = Callable[[User | None], Client]


def in_days(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def entries(**changes: object) -> dict[str, object]:
    return {"name": "monitor", "scope": "read", "expires_on": in_days(30), **changes}


def user_of(secret: str) -> User:
    """Whom the API takes a program with this key for."""
    request = APIRequestFactory().get("/", headers={"Authorization": f"Api-Key {secret}"})
    result = ApiKeyAuthentication().authenticate(request)
    assert result is not None
    return result[0]


def revoke(key: ApiKey) -> str:
    return reverse("accounts:api-key-revoke", args=[key.prefix])


def test_a_new_key_is_shown_once_and_acts_as_its_user(focal_point: User, client_of: ClientOf) -> None:
    client = client_of(focal_point)
    response = client.post(CREATE, entries())

    secret = response.context["secret"]
    assert response.content.decode().count(secret) == 1
    assert "no-store" in response.headers["Cache-Control"]
    assert user_of(secret) == focal_point
    assert secret not in client.get(KEYS).content.decode()


def test_only_a_digest_of_the_secret_is_kept(focal_point: User, client_of: ClientOf) -> None:
    secret = client_of(focal_point).post(CREATE, entries()).context["secret"].partition(".")[2]

    key = ApiKey.objects.get()
    assert secret not in str(vars(key))
    trail = AuditEntry.objects.filter(verb="issue_key")
    assert [entry.actor for entry in trail] == [focal_point]
    assert secret not in str([entry.changes for entry in trail])
    assert key.digest not in str([entry.changes for entry in trail])


def test_the_key_works_through_its_last_day(officer: User, client_of: ClientOf) -> None:
    client_of(officer).post(CREATE, entries(expires_on=in_days(0)))

    key = ApiKey.objects.get()
    end = timezone.localtime(key.expires_at)
    assert end.date() == timezone.localdate() + timedelta(days=1)
    assert (end.hour, end.minute) == (0, 0)
    assert key.is_usable


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"name": ""}, "name", "required"),
        ({"scope": "all"}, "scope", "not one of the available choices"),
        ({"expires_on": "2001-01-01"}, "expires_on", "This day is past"),
        ({"expires_on": "9999-12-31"}, "expires_on", "two years at most"),
        ({"expires_on": "soon"}, "expires_on", "valid date"),
    ],
)
def test_a_bad_entry_is_refused_beside_its_field_and_loses_nothing(
    officer: User, client_of: ClientOf, changes: dict[str, str], field: str, words: str
) -> None:
    page = client_of(officer).post(CREATE, entries(**changes)).content.decode()

    assert re.search(rf'id="id_{field}_error".*?{words}', page, re.DOTALL)
    assert not ApiKey.objects.exists()
    if field != "name":
        assert 'value="monitor"' in page


def test_a_manager_issues_a_key_to_a_partner(manager: User, focal_point: User, client_of: ClientOf) -> None:
    response = client_of(manager).post(CREATE, entries(user=focal_point.pk))

    assert user_of(response.context["secret"]) == focal_point
    assert "Keys of partners" in client_of(manager).get(KEYS).content.decode()


@pytest.mark.parametrize("other", ["colleague", "administrator", "second_manager"])
def test_a_manager_issues_no_key_that_acts_as_a_colleague(
    manager: User, client_of: ClientOf, request: pytest.FixtureRequest, other: str
) -> None:
    colleague = request.getfixturevalue(other)
    response = client_of(manager).post(CREATE, entries(user=colleague.pk))

    assert "user" in response.context["form"].errors
    assert not ApiKey.objects.exists()


def test_an_officer_cannot_make_a_key_for_anybody_else(officer: User, focal_point: User, client_of: ClientOf) -> None:
    client_of(officer).post(CREATE, entries(user=focal_point.pk))

    assert ApiKey.objects.get().user == officer


def test_revoking_asks_first_and_ends_the_key(focal_point: User, client_of: ClientOf) -> None:
    key, secret = ApiKey.issue(user=focal_point, name="monitor")
    client = client_of(focal_point)
    question = client.get(revoke(key))

    assert "Revoke this API key?" in question.content.decode()
    assert user_of(secret) == focal_point

    assert client.post(revoke(key)).headers["Location"] == KEYS
    with pytest.raises(AuthenticationFailed, match="was revoked"):
        user_of(secret)
    assert AuditEntry.objects.filter(verb="revoke_key").get().actor == focal_point
    assert client.get(revoke(key)).status_code == 404


@pytest.mark.parametrize("who", ["stranger", "officer", "administrator"])
def test_the_keys_of_others_are_not_there(
    focal_point: User, client_of: ClientOf, request: pytest.FixtureRequest, who: str
) -> None:
    key, _secret = ApiKey.issue(user=focal_point, name="monitor of OSCE")
    client = client_of(request.getfixturevalue(who))

    assert "monitor of OSCE" not in client.get(KEYS).content.decode()
    assert client.get(revoke(key)).status_code == 404
    assert client.post(revoke(key)).status_code == 404
    key.refresh_from_db()
    assert key.is_usable


def test_an_expired_key_is_refused_with_the_day(focal_point: User) -> None:
    key, secret = ApiKey.issue(user=focal_point, name="old", expires_at=timezone.now() - timedelta(days=1))

    with pytest.raises(AuthenticationFailed, match=f"expired on {key.expires_at.date()}"):
        user_of(secret)
    assert not key.is_usable


@pytest.mark.parametrize("text", ["", "nonsense", "abc.def", "ключ.ключ", "a b"])
def test_a_key_that_is_none_is_refused_never_read_as_anonymous(db: None, text: str) -> None:
    request = APIRequestFactory().get("/", HTTP_AUTHORIZATION=f"Api-Key {text}".encode().decode("latin-1"))

    with pytest.raises(AuthenticationFailed):
        ApiKeyAuthentication().authenticate(request)


def test_the_list_takes_the_same_number_of_queries_for_any_number_of_keys(
    manager: User, focal_point: User, client_of: ClientOf, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of(manager)
    ApiKey.issue(user=focal_point, name="first")
    client.get(KEYS)
    with django_assert_num_queries(3) as first:
        client.get(KEYS)
    for number in range(5):
        ApiKey.issue(user=focal_point, name=f"key {number}")
    with django_assert_num_queries(len(first)):
        client.get(KEYS)
