"""The description is exact: it can be made without a warning, and no answer is outside it."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import requests
import schemathesis
from django.core.management import call_command
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from pytest_django.live_server_helper import LiveServer
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from accounts.models import ApiKey, KeyScope, User
from unrcca_portal.api import VIEWS

from .conftest import Get

EXAMPLES = 3
CHECKS: list[Any] = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
]


def test_the_schema_is_made_without_a_warning() -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO())


@pytest.fixture
def schema(get: Get) -> dict[str, Any]:
    found: dict[str, Any] = get("schema/", accept="application/json").json()
    return found


def validator(schema: dict[str, Any], path: str) -> Draft202012Validator:
    operation = schema["paths"][path]["get"]
    content = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return Draft202012Validator({**schema, **content}, format_checker=FormatChecker())


def test_every_path_is_described(db: None, schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1")
    lists = {path.removeprefix("/api/v1/").strip("/") for path in schema["paths"] if "{" not in path}
    assert lists == set(VIEWS)
    read = [path["get"] for path in schema["paths"].values() if "get" in path]
    assert len(read) == 2 * len(VIEWS)
    for operation in read:
        assert {"200", "304", "400", "401"} <= operation["responses"].keys()
    written = {
        (method, address.partition("}/")[2])
        for address, path in schema["paths"].items()
        for method in path
        if method != "get" and address.startswith("/api/v1/activities/")
    }
    deeds = {("post", f"{deed}/") for deed in ("submit", "withdraw", "approve", "return", "reopen")}
    assert written == {("post", ""), ("put", ""), ("patch", ""), *deeds}
    assert sum(len(path) for path in schema["paths"].values()) == len(read) + len(written)


def test_an_answer_without_fields_asked_for_is_whole(
    world: dict[str, Any], schema: dict[str, Any], officer: User, get: Get
) -> None:
    whole = schema["components"]["schemas"]["ActivityItem"]
    for item in get("activities/", officer).json()["results"]:
        Draft202012Validator({**schema, **whole}, format_checker=FormatChecker()).validate(item)


def test_fields_and_include_choose_what_is_sent(world: dict[str, Any], officer: User, get: Get) -> None:
    everything = get("activities/UNRCCA-2024-0001/", officer).json()
    for query, names in (
        ("fields=reference,internal", {"reference", "internal"}),
        ("fields=links", {"links"}),
        ("include=links,participants_by_country,follow_ups,contributions", set(everything)),
    ):
        item = get(f"activities/?ordering=reference&{query}", officer).json()["results"][0]
        assert set(item) == names
    assert item == everything
    assert set(get("activities/UNRCCA-2024-0001/?fields=title_en", officer).json()) == {"title_en"}
    assert get("activities/?include=follow_ups&ordering=-reference").json()["results"][0]["internal"] is None
    for wrong in ("fields=x", "fields=reference,", "include=internal.follow_ups", "include=title_en"):
        assert get(f"activities/?{wrong}").status_code == 400


def test_every_object_is_closed(db: None, schema: dict[str, Any]) -> None:
    for name, component in schema["components"]["schemas"].items():
        if component.get("type") == "object":
            assert component["additionalProperties"] is False, name
            answer = not name.startswith("Paginated") and not name.endswith(("Fields", "Request"))
            assert not answer or set(component["required"]) == set(component["properties"]), name


@pytest.mark.parametrize("reader", ["anonymous", "focal_point", "officer"])
def test_every_answer_fits_the_schema(
    reader: str, world: dict[str, Any], schema: dict[str, Any], request: pytest.FixtureRequest, get: Get
) -> None:
    user: User | None = None if reader == "anonymous" else request.getfixturevalue(reader)
    for name in VIEWS:
        answer = get(f"{name}/?count=true", user).json()
        validator(schema, f"/api/v1/{name}/").validate(answer)
        path = next(path for path in schema["paths"] if path.startswith(f"/api/v1/{name}/{{"))
        for item in answer["results"][:4]:
            address = next(item[key] for key in ("reference", "key", "code", "period", "number") if key in item)
            found = get(f"{name}/{address}/", user)
            validator(schema, path).validate(found.json())


@pytest.fixture
def fuzzed(live_server: LiveServer, world: dict[str, Any]) -> Iterator[Any]:
    """The description as the running server gives it."""
    yield schemathesis.openapi.from_url(f"{live_server.url}/api/v1/schema/?format=json")


@pytest.mark.parametrize("reader", ["anonymous", "focal_point", "manager"])
def test_a_fuzzer_finds_no_answer_outside_the_schema(
    reader: str, fuzzed: Any, live_server: LiveServer, request: pytest.FixtureRequest
) -> None:
    headers = {}
    if reader != "anonymous":
        _key, text = ApiKey.issue(user=request.getfixturevalue(reader), name="Fuzzer", scope=KeyScope.WRITE)
        headers["authorization"] = f"Api-Key {text}"
    with requests.Session() as session:
        for result in fuzzed.get_all_operations():
            _fuzz(result.ok(), live_server.url, session, headers)


def _fuzz(operation: Any, url: str, session: requests.Session, headers: dict[str, str]) -> None:
    cases = st.one_of([operation.as_strategy(mode) for mode in GenerationMode])

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def one(case: Case) -> None:
        case.call_and_validate(base_url=url, session=session, headers=headers, checks=CHECKS)

    one()
