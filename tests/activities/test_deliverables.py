"""The deliverables of a priority's page, in the layout of the programme budget."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from activities.deliverables import budget_of
from activities.models import Contribution
from priorities.models import Deliverable, DeliverableLine, Priority
from tests.factories.activities import make_activity, the_priority
from tests.factories.framework import make_priority, make_programme

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]
PAGE = "/priorities/2021-2025/i/"


@pytest.fixture
def priority(db: None) -> Priority:
    return the_priority()


@pytest.fixture
def days(priority: Priority) -> dict[int, Deliverable]:
    """Training days planned in 2023 to 2025, and in the first year of the next programme."""
    later = make_programme(number=6, starts="2026-01-01", ends="2030-12-31")
    line = DeliverableLine.objects.create(code="B.2", category="B", name_en="Training events", unit_en="days")
    planned = {2023: 10, 2024: 12, 2025: 14, 2026: 16}
    return {
        year: Deliverable.objects.create(
            line=line, programme=later if year == 2026 else priority.programme, year=year, planned=number
        )
        for year, number in planned.items()
    }


def contribute(deliverable: Deliverable, quantity: int, **fields: Any) -> None:
    fields = {"main_priority": the_priority(), **fields}
    activity = make_activity(review_state="approved", stage="held", **fields)
    Contribution.objects.create(activity=activity, deliverable=deliverable, quantity=quantity)


def cells_of(client: Client, query: str = "") -> list[str]:
    """Heads and figures of the table, as they read."""
    text = client.get(PAGE + query).content.decode()
    [table] = re.findall(r'<table class="table budget">.*?</table>', text, re.DOTALL)
    cells = re.findall(r"<(?:th|td)[ >].*?</(?:th|td)>", table, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", "<" + cell).split()).removeprefix("< ") for cell in cells]


def test_the_columns_are_those_of_the_budget(
    days: dict[int, Deliverable], priority: Priority, officer: User, client_of: ClientOf
) -> None:
    contribute(days[2023], 6)
    contribute(days[2023], 2, main_priority=make_priority(programme=priority.programme, number=2, slug="ii"))
    Deliverable.objects.filter(pk=days[2023].pk).update(variance_explanation="Two days were put off.")
    assert cells_of(client_of(officer), "?reported=2023") == [
        *("Category and subcategory", "2023 planned", "2023 actual", "2024 planned", "2025 planned"),
        *("Variance in 2023", "B. Generation and transfer of knowledge", "Training events days"),
        *("10", "8 of it 6 under this priority, in activities: 1", "12", "14", "-2 Two days were put off."),
    ]


def test_nothing_recorded_is_no_performance_and_a_variance_wants_its_explanation(
    days: dict[int, Deliverable], officer: User, client_of: ClientOf
) -> None:
    assert cells_of(client_of(officer), "?reported=2023")[-5:] == ["10", "no record", "12", "14", "—"]
    contribute(days[2023], 11)
    assert cells_of(client_of(officer), "?reported=2023")[-1] == "+1 not explained"


def test_the_budgets_go_on_into_the_next_programme(days: dict[int, Deliverable], officer: User) -> None:
    priority = the_priority()
    assert [line.budgeted for line in budget_of(priority, officer, reported=2024).lines if line.budgeted]
    [line] = budget_of(priority, officer, reported=2025).lines
    assert line.reported is not None and line.reported.deliverable == days[2025]
    assert line.running is not None and line.running.deliverable == days[2026]
    assert line.budgeted is None
    assert budget_of(priority, officer, reported=2024).choices == [2021, 2022, 2023, 2024, 2025]


@pytest.mark.parametrize(
    ("today", "query", "reported"),
    [
        (date(2024, 8, 1), "", 2023),
        (date(2021, 2, 1), "", 2021),
        (date(2027, 2, 1), "", 2025),
        (date(2024, 8, 1), "?period=2022-Q3", 2022),
        (date(2024, 8, 1), "?period=dates&from=2024-05-01&to=2026-02-01", 2025),
        (date(2024, 8, 1), "?period=2022&reported=2025", 2025),
    ],
)
def test_the_year_reported_on_is_the_last_of_the_scope_or_the_one_asked_for(
    today: date,
    query: str,
    reported: int,
    priority: Priority,
    officer: User,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("activities.dashboards.timezone.localdate", lambda: today)
    assert client_of(officer).get(PAGE + query).context["budget"].reported == reported


@pytest.mark.parametrize("asked", ["2019", "2026", "x", "２０２３"])
def test_years_that_are_not_the_programmes_are_said_not_to_be_known(
    asked: str, priority: Priority, officer: User, stranger: User, client_of: ClientOf
) -> None:
    response = client_of(officer).get(PAGE, {"reported": asked})
    assert response.status_code == 400
    assert "asks for years of deliverables that are not known here" in response.content.decode()
    assert client_of(stranger).get(PAGE, {"reported": asked}).status_code == 200


def test_what_is_told_in_words_stands_as_words(priority: Priority, officer: User, client_of: ClientOf) -> None:
    line = DeliverableLine.objects.create(code="C.1", category="C", name_en="Good offices", narrative=True)
    Deliverable.objects.create(
        line=line, programme=priority.programme, year=2023, planned_text="Talks.", actual_text="Talks were held."
    )
    told = "2023 planned Talks. 2023 actual Talks were held. 2024 planned no record 2025 planned no record"
    assert cells_of(client_of(officer), "?reported=2023")[-1] == told


def test_deliverables_never_leave_the_staff(days: dict[int, Deliverable], stranger: User, client_of: ClientOf) -> None:
    for user in (stranger, None):
        response = client_of(user).get(PAGE)
        assert "budget" not in response.context
        assert "Training events" not in response.content.decode()


def test_the_overview_leaves_out_rows_that_say_nothing(
    days: dict[int, Deliverable], officer: User, client_of: ClientOf
) -> None:
    Deliverable.objects.filter(pk__in=[days[2023].pk, days[2024].pk]).update(planned=None)
    contribute(days[2024], 3)
    shown = client_of(officer).get("/?period=2021-2025").context["delivered"]
    assert [(row.deliverable.year, row.planned, row.actual) for row in shown] == [(2024, None, 3), (2025, 14, None)]
