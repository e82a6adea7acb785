"""Keys, problem documents, caching, languages: what holds for every answer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.api import ReadOnlyView
from accounts.models import ApiKey, KeyScope, User
from tests.factories.organizations import make_organization

from .conftest import Get

pytestmark = pytest.mark.django_db


def expired(key: ApiKey) -> None:
    key.expires_at = timezone.now() - timedelta(seconds=1)
    key.save()


def inactive(key: ApiKey) -> None:
    User.objects.filter(pk=key.user_id).update(is_active=False)


@pytest.mark.parametrize(
    ("spoil", "says"), [(expired, "expired on"), (ApiKey.revoke, "was revoked"), (inactive, "no longer active")]
)
def test_a_key_that_no_longer_works_is_refused(
    spoil: Callable[[ApiKey], None], says: str, officer: User, get: Get
) -> None:
    key, text = ApiKey.issue(user=officer, name="Tests")
    header = {"authorization": f"Api-Key {text}"}
    assert get("activities/", **header).status_code == 200
    spoil(key)
    answer = get("activities/", **header)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Api-Key")
    assert says in answer.json()["detail"]


@pytest.mark.parametrize("text", ["Api-Key", "Api-Key a b", "Api-Key a", "Api-Key a.b", "api-key é.ü", "Bearer a.b"])
def test_a_key_that_was_never_issued_is_refused(text: str, get: Get) -> None:
    for path in ("activities/", "activities/UNRCCA-2024-0001/", "nothing/", ""):
        answer = get(path, authorization=text)
        assert answer.status_code == 401
        assert answer.json().keys() == {"type", "title", "status", "detail", "instance"}


def test_the_secret_of_another_key_does_not_do(officer: User, manager: User, get: Get) -> None:
    mine, other = ApiKey.issue(user=officer, name="One")[1], ApiKey.issue(user=manager, name="Two")[1]
    mixed = f"{mine.partition('.')[0]}.{other.partition('.')[2]}"
    assert get("themes/", authorization=f"Api-Key {mixed}").status_code == 401


@pytest.mark.parametrize("scope", KeyScope.values)
def test_either_scope_reads(scope: str, officer: User, get: Get) -> None:
    text = ApiKey.issue(user=officer, name="Tests", scope=scope)[1]
    assert get("activities/", authorization=f"Api-Key {text}").status_code == 200


def test_an_error_is_a_problem_document(get: Get, browser: Client) -> None:
    answers = {
        400: get("themes/?x=1"),
        401: get("themes/", authorization="Api-Key abc.def"),
        404: get("themes/nothing/"),
        405: browser.post("/api/v1/themes/", {}, content_type="application/json"),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer["Content-Type"] == "application/problem+json"
        problem = answer.json()
        assert (problem["type"], problem["status"]) == ("about:blank", status)
        assert problem["instance"].startswith("/api/v1/themes/")
        assert problem["title"] and problem["detail"]
        assert ("errors" in problem) == (status == 400)


def test_a_fault_of_the_portal_is_a_problem_document_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(view: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(ReadOnlyView, "get_queryset", fail)
    answer = Client(raise_request_exception=False).get("/api/v1/themes/")
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert answer.json()["instance"] == "/api/v1/themes/"


def test_nothing_below_the_api_answers_with_a_page(get: Get) -> None:
    for path in ("nothing/", "themes/a/b/", "themes.json/", "\N{SNOWMAN}/"):
        answer = get(path)
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
def test_lists_other_than_activities_are_only_read(method: str, browser: Client, officer: User) -> None:
    text = ApiKey.issue(user=officer, name="Tests", scope=KeyScope.WRITE)[1]
    for path in ("/api/v1/themes/", "/api/v1/series/example/"):
        answer = getattr(browser, method)(path, headers={"authorization": f"Api-Key {text}"})
        assert answer.status_code == 405
        assert answer["Allow"] == "GET, HEAD, OPTIONS"


def test_options_names_the_methods(browser: Client) -> None:
    for path in ("/api/v1/themes/", "/api/v1/series/example/", "/api/v1/activities/"):
        answer = browser.options(path)
        writes = ", POST" if "activities" in path else ""
        assert (answer.status_code, answer.content, answer["Allow"]) == (204, b"", f"GET, HEAD, OPTIONS{writes}")


def test_an_answer_is_json_whatever_is_accepted(get: Get) -> None:
    for accepted in ("text/html", "application/xml", "nonsense"):
        assert get("themes/", accept=accepted)["Content-Type"] == "application/json"


def test_what_has_not_changed_is_not_sent_again(get: Get, officer: User) -> None:
    make_organization("example", audience="public")
    first = get("organizations/")
    again = get("organizations/", **{"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    make_organization("another", audience="public")
    assert get("organizations/", **{"if-none-match": first["ETag"]}).status_code == 200
    assert get("organizations/", officer, **{"if-none-match": first["ETag"]}).status_code == 200
    assert first["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Cookie"} <= set(first["Vary"].split(", "))


def test_long_answers_are_compressed(get: Get) -> None:
    make_organization("example", audience="public", aliases=["Example"] * 200)
    answer = get("organizations/", **{"accept-encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    again = get("organizations/", **{"accept-encoding": "gzip", "if-none-match": answer["ETag"]})
    assert again.status_code == 304


def test_no_other_site_may_read_it_from_a_browser(get: Get) -> None:
    answer = get("themes/", origin="https://example.org")
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_the_root_names_every_list(get: Get) -> None:
    lists: dict[str, Any] = get("").json()
    assert len(lists) == 20
    for link in lists.values():
        assert get(link.partition("/api/v1/")[2]).status_code == 200


def test_the_first_use_of_a_key_is_noted(officer: User, get: Get) -> None:
    key, text = ApiKey.issue(user=officer, name="Tests")
    get("themes/", authorization=f"Api-Key {text}")
    key.refresh_from_db()
    assert key.last_used_at is not None
