"""Staff write activities over the API by the rules of the forms, and nobody's change is lost or done twice."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from accounts.models import ApiKey, AuditEntry, KeyScope, User
from activities.models import Activity
from priorities.models import Deliverable, DeliverableLine
from tests.factories.activities import make_activity, make_complete_activity, make_country, make_theme, the_priority
from tests.factories.framework import make_commitment

pytestmark = pytest.mark.django_db

Send = Callable[..., Any]


@pytest.fixture
def send(browser: Client) -> Send:
    """`send(method, path, user, body)`: the answer to a program with a key of the user's that may write."""
    keys: dict[tuple[int, str], str] = {}

    def ask(
        method: str, path: str, user: User | None, body: Any = None, *, scope: str = "write", **headers: str
    ) -> Any:
        if user is not None:
            known = keys.get((user.pk, scope)) or ApiKey.issue(user=user, name="Tests", scope=KeyScope(scope))[1]
            keys[user.pk, scope] = known
            headers["authorization"] = f"Api-Key {known}"
        ask_for = getattr(browser, method)
        if method == "get":
            return ask_for(f"/api/v1/{path}", headers=headers)
        return ask_for(f"/api/v1/{path}", body, content_type="application/json", headers=headers)

    return ask


@pytest.fixture
def whole(osce: Any) -> dict[str, Any]:
    """All that can be said of an activity."""
    commitment = make_commitment()
    make_theme("water")
    make_country("KZ")
    line = DeliverableLine.objects.create(code="B.2", category="B", name_en="Example line")
    Deliverable.objects.create(line=line, programme=commitment.priority.programme, year=2024)
    return {
        "title_en": "Example dialogue",
        "summary": "Example summary.",
        "type": "dialogue",
        "stage": "held",
        "start_date": "2024-05-01",
        "end_date": "2024-05-02",
        "country": "KZ",
        "countries": ["KZ"],
        "priority": f"2021-2025/{commitment.priority.slug}",
        "themes": ["water"],
        "commitments": ["2021-2025/I.1"],
        "partners": [{"organization": "osce", "role": "participant"}],
        "participants": {"women": 6, "men": 7},
        "participants_by_country": [{"country": "KZ", "women": 6}],
        "links": [{"title": "Example page", "url": "https://example.org/"}],
        "follow_ups": [{"text": "Example follow-up", "due": "2030-01-01"}],
        "contributions": [{"deliverable": "2024/B.2", "quantity": 2.5}],
        "contact": "Example desk",
        "last_verified": "2024-05-03",
        "outcome": "Example outcome.",
    }


def test_an_activity_goes_its_whole_way(whole: dict[str, Any], officer: User, manager: User, send: Send) -> None:
    made = send("post", "activities/", officer, {**whole, "audience": "public"})
    assert made.status_code == 201, made.json()
    item = made.json()
    assert made["Location"].endswith(f"/api/v1/activities/{item['reference']}/")
    assert item["internal"]["review_state"] == "draft"
    assert [one["organization"] for one in item["partners"]] == ["osce"]
    assert (item["themes"], item["countries"], item["participants"]["total"]) == (["water"], ["KZ"], 13)
    assert [one["commitment"] for one in item["evidence"]] == ["2021-2025/I.1"]
    assert item["internal"]["follow_ups"][0]["due"] == "2030-01-01"
    assert item["internal"]["contributions"] == [{"deliverable": "2024/B.2", "quantity": 2.5}]
    assert (item["contact"], item["last_verified"]) == ("Example desk", "2024-05-03")
    path = f"activities/{item['reference']}/"

    read = send("get", path, officer)
    changed = send("patch", path, officer, {"title_en": "Renamed"}, **{"if-match": read["ETag"]})
    assert changed.status_code == 200, changed.json()
    kept = {name: value for name, value in changed.json().items() if name not in ("title_en", "internal")}
    assert kept == {name: item[name] for name in kept} | {
        name: changed.json()[name] for name in ("changed_at", "updated_at")
    }
    assert changed.json()["title_en"] == "Renamed"

    submitted = send("post", f"{path}submit/", officer, {}, **{"if-match": changed["ETag"]})
    assert submitted.json()["internal"]["review_state"] == "submitted"
    version = submitted.json()["internal"]["version"]
    assert send("post", f"{path}approve/", officer, {"version": version}).status_code == 403
    back = send("post", f"{path}return/", manager, {"version": version, "comment": "Say more."})
    again = send("post", f"{path}submit/", officer, {"version": back.json()["internal"]["version"]})
    approved = send("post", f"{path}approve/", manager, {"version": again.json()["internal"]["version"]})
    assert approved.json()["approved"] is True
    assert send("get", path, None).status_code == 200
    reopened = send("post", f"{path}reopen/", manager, {"version": approved.json()["internal"]["version"]})
    assert reopened.json()["internal"]["review_state"] == "draft"
    assert send("get", path, None).status_code == 404
    verbs = AuditEntry.objects.filter(part="", subject="activities.activity").order_by("id")
    assert list(verbs.values_list("verb", flat=True)) == [
        *("create", "edit", "submit", "return", "submit", "approve", "reopen")
    ]


def test_a_stale_change_is_refused_and_says_the_version(officer: User, send: Send) -> None:
    activity = make_activity(title_en="Mine", main_priority=the_priority())
    path = f"activities/{activity.reference}/"
    old = send("get", path, officer)["ETag"]
    assert send("patch", path, officer, {"city": "Almaty", "version": 1}).status_code == 200
    for status, body, headers in (
        (412, {"city": "Bishkek"}, {"if-match": old}),
        (409, {"city": "Bishkek", "version": 1}, {}),
    ):
        answer = send("patch", path, officer, body, **headers)
        assert (answer.status_code, answer.json()["current_version"]) == (status, 2)
        assert send("post", f"{path}submit/", officer, {**body, "version": 1}).status_code in (400, 409)
    assert send("patch", path, officer, {"city": "Bishkek"}).status_code == 428
    assert send("patch", path, officer, {"city": "x"}, **{"if-match": "x"}).json()["errors"].keys() == {"If-Match"}
    assert Activity.objects.get().city == "Almaty"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"classification": "strictly_confidential"}, "classification"),
        ({"classification": "confidential"}, "classification"),
        ({"title_en": ""}, "title_en"),
        ({"title_en": "a\x00b"}, "title_en"),
        ({"theme": ["water"]}, "theme"),
        ({"themes": ["nothing"]}, "themes"),
        ({"partners": [{"organization": "nothing", "role": "participant"}]}, "partners"),
        ({"partners": [{"organization": "osce", "role": "king"}]}, "partners"),
        ({"partners": [{"organization": "osce", "role": "participant", "x": 1}]}, "partners"),
        ({"participants": {"women": -1}}, "participants"),
        ({"participants": {"youth": 50}}, "youth"),
        ({"end_date": "2024-04-01"}, "end_date"),
        ({"start_date": "1 May"}, "start_date"),
        ({"priority": None}, "priority"),
        ({"audience": "named_partners"}, "released_to"),
        ({"follow_ups": [{"text": "x", "owner": "nobody@example.org"}]}, "follow_ups"),
        ({"links": [{"url": "javascript:alert(1)"}]}, "links"),
        ({"contributions": [{"deliverable": "2024/Z.9", "quantity": 1}]}, "contributions"),
        ({"contributions": [{"deliverable": "2024/B.2", "quantity": 0.25}]}, "contributions"),
        ({"start_date": "2023-05-01", "end_date": None}, "contributions"),
        ({"last_verified": "2999-01-01"}, "last_verified"),
        ({"version": 1}, "version"),
    ],
)
def test_what_the_form_refuses_the_api_refuses(
    body: dict[str, Any], field: str, whole: dict[str, Any], officer: User, send: Send
) -> None:
    answer = send("post", "activities/", officer, whole | body)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert answer["Content-Type"] == "application/problem+json"
    assert not Activity.objects.exists()


def test_put_empties_what_is_left_out_and_patch_keeps_it(
    whole: dict[str, Any], officer: User, manager: User, send: Send
) -> None:
    made = send("post", "activities/", officer, {**whole, "audience": "all_partners"})
    path = f"activities/{made.json()['reference']}/"
    Activity.objects.get().readers.add(manager)
    few = {name: whole[name] for name in ("title_en", "type", "start_date", "priority", "links")}
    assert send("put", path, officer, few).status_code == 428
    answer = send("put", path, officer, few, **{"if-match": made["ETag"]})
    assert answer.status_code == 200, answer.json()
    item = answer.json()
    for name in ("summary", "outcome", "city", "contact"):
        assert item[name] == "", name
    for name in ("themes", "countries", "partners", "evidence", "participants_by_country"):
        assert item[name] == [], name
    assert item["internal"]["contributions"] == item["internal"]["follow_ups"] == []
    assert (item["last_verified"], item["participants"]["total"]) == (None, None)
    assert (item["stage"], item["internal"]["audience"]) == ("held", "all_partners")
    assert item["links"] == made.json()["links"]
    assert list(Activity.objects.get().readers.all()) == [manager]
    assert send("put", path, officer, few, **{"if-match": made["ETag"]}).status_code == 412
    assert send("put", path, officer, {"version": 2}).json()["errors"].keys() == {
        *("title_en", "type", "start_date", "priority")
    }


def test_who_may_not_write_is_refused(
    whole: dict[str, Any], officer: User, focal_point: User, stranger: User, send: Send
) -> None:
    assert send("post", "activities/", None, whole).status_code == 401
    assert send("post", "activities/", officer, whole, scope="read").status_code == 403
    assert send("post", "activities/", focal_point, whole).status_code == 403
    hidden = make_complete_activity()
    seen = make_complete_activity(review_state="approved", audience="all_partners")
    for deed in ("", "submit/", "approve/", "return/"):
        method = "post" if deed else "patch"
        assert send(method, f"activities/{hidden.reference}/{deed}", stranger, {"version": 1}).status_code == 404
        assert send(method, f"activities/{seen.reference}/{deed}", stranger, {"version": 1}).status_code == 403
        assert send(method, f"activities/{seen.reference}/{deed}", None, {"version": 1}).status_code == 401
    assert send("patch", "activities/UNRCCA-2024-9999/", officer, {"version": 1}).status_code == 404
    assert list(Activity.objects.values_list("version", flat=True)) == [1, 1]


def test_a_session_writes_with_its_token_alone(whole: dict[str, Any], officer: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(officer, backend="accounts.backends.EmailBackend")
    assert client.post("/api/v1/activities/", whole, content_type="application/json").status_code == 403
    client.get("/activities/new/")
    token = client.cookies["csrftoken"].value
    answer = client.post("/api/v1/activities/", whole, content_type="application/json", headers={"x-csrftoken": token})
    assert answer.status_code == 201


def test_the_same_request_again_makes_nothing_new(
    whole: dict[str, Any], officer: User, manager: User, send: Send
) -> None:
    key = {"idempotency-key": str(uuid4())}
    wrong = send("post", "activities/", officer, whole | {"title_en": ""}, **key)
    assert wrong.status_code == 400
    first = send("post", "activities/", officer, whole, **key)
    again = send("post", "activities/", officer, whole, **key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.content, again["Location"], again["ETag"]) == (first.content, first["Location"], first["ETag"])
    other = send("post", "activities/", officer, whole | {"city": "Almaty"}, **key)
    assert other.status_code == 422
    assert send("post", "activities/", manager, whole, **key).json()["reference"] != first.json()["reference"]
    path = f"activities/{first.json()['reference']}/submit/"
    key = {"idempotency-key": str(uuid4())}
    assert send("post", path, officer, {"version": 1}, **key).status_code == 200
    assert send("post", path, officer, {"version": 1}, **key).status_code == 200
    assert Activity.objects.count() == 2
    assert send("post", "activities/", officer, whole, **{"idempotency-key": "x" * 101}).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_requests_at_once_make_one_record(whole: dict[str, Any], officer: User) -> None:
    _key, text = ApiKey.issue(user=officer, name="Tests", scope=KeyScope.WRITE)
    headers = {"authorization": f"Api-Key {text}", "idempotency-key": "once"}
    answers: list[Any] = []

    def ask() -> None:
        answers.append(Client().post("/api/v1/activities/", whole, content_type="application/json", headers=headers))
        connection.close()

    threads = [threading.Thread(target=ask) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["reference"] for answer in answers}) == 1
    assert Activity.objects.count() == 1
