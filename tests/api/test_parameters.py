"""What may be asked for, and what is said about the rest."""

from typing import Any
from urllib.parse import quote

import pytest

from accounts.models import User

from .conftest import Get

# Each list with a filter that finds something, and one that finds nothing.
FOUND = [
    "priorities/?programme=2021-2025",
    "priorities/?function=1",
    "commitments/?priority=2021-2025/i&cadence=yearly",
    "commitments/?programme=2021-2025",
    "deliverables/?year=2024&category=B",
    "deliverables/?programme=2021-2025",
    "indicators/?priority=2021-2025/i&programme=2021-2025",
    "themes/?parent=wps",
    "countries/?group=central_asia",
    "frameworks/?kind=process&commitment=2021-2025/I.1",
    "mandates/?programme=2021-2025",
    "documents/?kind=other&symbol=A/1",
    "organizations/?type=other&q=osce",
    "organizations/?parent=hidden",
    "agreements/?kind=memorandum&party=osce&signed_from=2020-01-01&signed_to=2020-12-31",
    "series/?cadence=irregular",
    "activities/?theme=wps&country=TM&partner=osce&series=series-public&type=meeting&stage=held&year=2024",
    "activities/?priority=2021-2025/i&commitment=2021-2025/I.1&from=2024-05-01&to=2024-05-01&q=public",
    "activities/?type=training&type=meeting&country=TM&priority=2021-2025/i&stage=held&stage=planned",
    "who-does-what/?theme=wps&country=TM&stage=held&from=2024-05-01&to=2024-05-01",
    "briefings/?year=2024&modality=closed_consultations&outcome=unknown",
    "developments/?from=2024-12-01&to=2024-12-31&reliability=reported&q=headline",
]
EMPTY = [
    "commitments/?cadence=once",
    "themes/?parent=wps-protection",
    "documents/?from=2030-01-01",
    "agreements/?ends_from=2030-01-01",
    "activities/?from=2030-01-01",
    "activities/?stage=planned",
    "who-does-what/?stage=planned",
    "who-does-what/?verified=due",
    "developments/?to=2000-01-01",
]
WRONG = {
    "themes/?parnt=wps": "parnt",
    "themes/?parent=": "parent",
    "themes/?parent=wps&parent=wps": "parent",
    "themes/?parent=nothing": "parent",
    "themes/?parent=a%00": "parent",
    "countries/?group=europe": "group",
    "priorities/?programme=2021": "programme",
    "priorities/?programme=1990-1991": "programme",
    "commitments/?priority=2021-2025/xx": "priority",
    "frameworks/?commitment=I.1": "commitment",
    "deliverables/?year=now": "year",
    "documents/?from=23/07/2024": "from",
    "documents/?from=2024-02-30": "from",
    "organizations/?country=XX": "country",
    "agreements/?party=hidden": "party",
    "activities/?theme=nothing": "theme",
    "activities/?partner=hidden": "partner",
    "activities/?type=party": "type",
    "activities/?from=2024-05-02&to=2024-05-01": "to",
    "activities/?priority=0000-0001/i": "priority",
    "activities/?priority=a%00": "priority",
    "activities/?type=meeting&type=party": "type",
    "activities/?theme=wps&theme=nothing": "theme",
    "activities/?year=2024&year=2025": "year",
    "activities/?officer=1": "officer",
    "who-does-what/?organization=hidden": "organization",
    "who-does-what/?verified=yes": "verified",
    "who-does-what/?themes=gaps": "themes",
    "who-does-what/?partner=osce": "partner",
    "developments/?review_state=draft": "review_state",
    "briefings/?themes=wps": "themes",
    "themes/wps/?count=true": "count",
}


@pytest.mark.parametrize("path", FOUND)
def test_a_filter_finds(path: str, world: dict[str, Any], officer: User, get: Get) -> None:
    answer = get(path, officer)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["results"]


@pytest.mark.parametrize("path", EMPTY)
def test_a_filter_finds_nothing(path: str, world: dict[str, Any], officer: User, get: Get) -> None:
    assert get(path, officer).json()["results"] == []


def test_what_cannot_be_used_is_refused_by_name(world: dict[str, Any], get: Get) -> None:
    for path, name in WRONG.items():
        answer = get(path)
        assert answer.status_code == 400, path
        problem = answer.json()
        assert list(problem["errors"]) == [name], path
        assert problem["errors"][name][0] in problem["detail"]


def test_an_error_says_how_to_mend_it(world: dict[str, Any], get: Get) -> None:
    messages = {
        "themes/?parnt=wps": "There is no such parameter here. There are: count, cursor, fields, format, page_size,"
        " parent, updated_since.",
        "themes/?parent=x": "Nothing that you may read has the code “x”. Take a code from the list of those.",
        "countries/?group=x": "“x” is none of these: central_asia, afghanistan, elsewhere.",
        "priorities/?programme=x": "No programme of action has the period “x”. Periods look like 2021-2025.",
        "documents/?from=1.5.2024": "Give a date as year-month-day, such as 2024-07-23.",
    }
    for path, message in messages.items():
        ((errors,),) = [list(get(path).json()["errors"].values())]
        assert errors == [message]


def test_a_hidden_code_is_refused_like_an_unknown_one(world: dict[str, Any], stranger: User, get: Get) -> None:
    hidden = get("agreements/?party=hidden", stranger).json()["errors"]["party"][0]
    unknown = get("agreements/?party=absent", stranger).json()["errors"]["party"][0]
    assert hidden.replace("hidden", "absent") == unknown


@pytest.mark.parametrize("text", ["a\x00b", "\x00", "‮", "🙂", "x" * 3000, "../themes", "%", "2024/B.2/x"])
def test_a_strange_address_is_not_there(text: str, world: dict[str, Any], get: Get) -> None:
    for name in ("themes", "activities", "deliverables", "priorities", "mandate-functions"):
        answer = get(f"{name}/{quote(text)}/")
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"
