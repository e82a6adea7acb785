"""Each list as CSV and XLSX: what JSON says, and nothing that a spreadsheet would run."""

import csv
import io
from typing import Any

import openpyxl
import pytest
from django.core.cache import cache

from accounts import api_files
from accounts.models import AuditEntry, User
from tests.factories.activities import make_activity
from unrcca_portal.api import VIEWS

from .conftest import Get

pytestmark = pytest.mark.django_db


def table(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("reader", ["anonymous", "stranger", "officer"])
def test_a_file_holds_what_the_list_holds(
    reader: str, world: dict[str, Any], request: pytest.FixtureRequest, get: Get
) -> None:
    user = None if reader == "anonymous" else request.getfixturevalue(reader)
    for name in VIEWS:
        items = get(f"{name}/?page_size=100", user).json()["results"]
        rows = table(get(f"{name}/?format=csv", user))
        key = next((key for key in ("reference", "key", "code", "period", "number") if items and key in items[0]), "")
        assert [row[key] for row in rows] == [str(item[key]) for item in items], name
        assert not [column for row in rows for column in row if column.startswith("internal") and user is None]


def test_a_file_goes_over_pages_and_keeps_the_order(monkeypatch: pytest.MonkeyPatch, get: Get) -> None:
    monkeypatch.setattr(api_files, "ROWS_AT_ONCE", 2)
    for number in range(5):
        make_activity(title_en=f"=Activity {number}", audience="public", review_state="approved")
    rows = table(get("activities/?ordering=reference&fields=reference,title_en,participants", accept="text/csv"))
    assert [row["title_en"] for row in rows] == [f"'=Activity {number}" for number in range(5)]
    assert list(rows[0])[:3] == ["reference", "title_en", "participants.women"]


def test_a_workbook_for_staff_says_how_to_handle_it(world: dict[str, Any], officer: User, get: Get) -> None:
    answer = get("activities/?format=xlsx&theme=wps", officer, **{"accept-language": "ru"})
    assert "internal" in answer["Content-Disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    headings = [cell.value for cell in sheet[1]]
    assert "internal.audience" in headings
    assert sheet.max_row == 5
    assert AuditEntry.objects.filter(verb="export", actor=officer).exists()


def test_what_makes_no_sense_for_a_file_is_refused(get: Get) -> None:
    for query, name in (("format=csv&page_size=5", "page_size"), ("format=pdf", "format")):
        assert list(get(f"themes/?{query}").json()["errors"]) == [name]


def test_too_many_requests_are_told_when_to_come_back(settings: Any, officer: User, get: Get) -> None:
    cache.clear()
    settings.API_REQUESTS_PER_MINUTE = {"key": 3, "session": 3, "anonymous": 1}
    answers = [get("themes/", officer) for _time in range(8)]
    passed = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 429]
    # The minute of the clock may have turned meanwhile, once.
    assert len(passed) in (3, 4, 5, 6) and len(passed) + len(refused) == 8
    assert passed[0]["RateLimit-Policy"] == '"key";q=3;w=60'
    assert passed[0]["RateLimit"].startswith('"key";r=2;t=')
    assert refused[0]["Content-Type"] == "application/problem+json"
    assert 0 < int(refused[0]["Retry-After"]) <= 60
    assert get("themes/").status_code == 200
