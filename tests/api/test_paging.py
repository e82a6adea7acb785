"""Pages by cursor: every row once, both ways, whatever happens meanwhile."""

from datetime import date, timedelta
from typing import Any

import pytest

from accounts.models import User
from briefings.models import Development
from tests.factories.activities import make_activity
from tests.factories.briefings import make_development

from .conftest import Get

pytestmark = pytest.mark.django_db

FIRST_DAY = date(2024, 1, 1)


def developments(first: int, last: int, **fields: Any) -> None:
    """Two of each day, so that the date alone does not settle the order."""
    for number in range(first, last):
        day = FIRST_DAY + timedelta(days=number // 2)
        make_development(f"d{number:02}", **{"date": day, "audience": "public", "review_state": "approved", **fields})


def path_of(link: str) -> str:
    return link.partition("/api/v1/")[2]


def keys(answer: Any) -> list[str]:
    return [item["key"] for item in answer["results"]]


def test_a_walk_meets_every_row_once_while_others_are_added(get: Get) -> None:
    developments(0, 12)
    seen, path, page = [], "developments/?page_size=5", 0
    while path:
        answer = get(path).json()
        seen += keys(answer)
        page += 1
        # Added before and after the place where the walk stands.
        make_development(f"early-{page}", date=date(2023, 1, page), audience="public", review_state="approved")
        make_development(f"late-{page}", date=date(2025, 1, page), audience="public", review_state="approved")
        path = path_of(answer["next"]) if answer["next"] and page < 10 else ""
    walked = [key for key in seen if key.startswith("d")]
    assert sorted(walked) == [f"d{number:02}" for number in range(12)]
    assert len(seen) == len(set(seen))
    assert not [key for key in seen if key.startswith("late")]


def test_a_walk_goes_on_after_the_row_it_stood_at_is_gone(get: Get) -> None:
    developments(0, 6)
    first = get("developments/?page_size=2").json()
    Development.objects.filter(key=keys(first)[-1]).delete()
    assert keys(get(path_of(first["next"])).json()) == ["d02", "d03"]


def test_previous_leads_back_page_by_page(get: Get) -> None:
    developments(0, 5)
    first = get("developments/?page_size=2").json()
    second = get(path_of(first["next"])).json()
    third = get(path_of(second["next"])).json()
    assert [keys(page) for page in (first, second, third)] == [["d04", "d02"], ["d03", "d00"], ["d01"]]
    assert third["next"] is None
    assert first["previous"] is None
    back = get(path_of(third["previous"])).json()
    assert keys(back) == keys(second)
    start = get(path_of(back["previous"])).json()
    assert keys(start) == keys(first)
    assert start["previous"] is None
    assert keys(get(path_of(start["next"])).json()) == keys(second)


def test_page_size_and_count(get: Get, stranger: User) -> None:
    developments(0, 3)
    developments(3, 5, audience="internal")
    answer = get("developments/?page_size=2&count=true", stranger).json()
    assert (len(answer["results"]), answer["count"]) == (2, 3)
    assert "count=true" in answer["next"]
    assert "count" not in get("developments/?count=false").json()
    for wrong in ("0", "101", "-1", "ten", "1e1", "5.0", "٥"):
        problem = get(f"developments/?page_size={wrong}").json()
        assert problem["errors"] == {"page_size": ["Give a whole number from 1 to 100."]}
    assert get("developments/?count=yes").json()["errors"] == {"count": ["Give “true” or “false”."]}


def test_a_cursor_that_was_tampered_with_or_is_of_another_list_is_refused(get: Get) -> None:
    developments(0, 3)
    cursor = get("developments/?page_size=1").json()["next"].partition("cursor=")[2].partition("&")[0]
    for path in (f"developments/?cursor=x{cursor}", "developments/?cursor=abc", f"themes/?cursor={cursor}"):
        answer = get(path)
        assert answer.status_code == 400
        assert list(answer.json()["errors"]) == ["cursor"]


def test_pages_keep_the_filters(get: Get) -> None:
    developments(0, 6)
    answer = get("developments/?page_size=1&from=2024-01-03").json()
    assert keys(get(path_of(answer["next"])).json()) == ["d05"]
    assert get(path_of(answer["next"])).json()["next"] is None


@pytest.mark.parametrize(
    "ordering", ["reference", "-reference", "start_date", "-start_date", "changed_at", "-changed_at"]
)
def test_each_order_is_walked_whole_both_ways(ordering: str, get: Get) -> None:
    for number in range(7):
        day = FIRST_DAY + timedelta(days=number // 2) if number else None
        make_activity(
            start_date=day,
            end_date=day,
            date_precision="day" if day else "unknown",
            audience="public",
            review_state="approved",
        )
    pages, link = [], f"activities/?page_size=3&fields=reference&ordering={ordering}"
    while link:
        answer = get(path_of(link) or link).json()
        pages.append([item["reference"] for item in answer["results"]])
        link, back = answer["next"], answer["previous"]
    walked = [reference for page in pages for reference in page]
    assert len(walked) == len(set(walked)) == 7
    if "reference" in ordering or "start_date" in ordering:
        assert walked == sorted(walked, reverse=ordering.startswith("-"))
    assert [item["reference"] for item in get(path_of(back)).json()["results"]] == pages[-2]


def test_a_cursor_is_good_for_one_order(get: Get) -> None:
    make_activity(audience="public", review_state="approved")
    make_activity(audience="public", review_state="approved")
    link = path_of(get("activities/?page_size=1&ordering=start_date").json()["next"])
    assert list(get(link.replace("ordering=start_date", "ordering=reference")).json()["errors"]) == ["cursor"]
    assert list(get("activities/?ordering=title").json()["errors"]) == ["ordering"]
