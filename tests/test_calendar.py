"""The calendar: /calendar/, a month of what the reader may see."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from activities.models import Activity, FollowUp
from partners.models import Agreement
from tests.factories.activities import make_activity, make_complete_activity
from tests.factories.briefings import make_briefing

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]

CALENDAR = "/calendar/"
NOVEMBER = {"month": "2024-11"}


def on_days(client: Client, **query: Any) -> dict[int, list[str]]:
    """The titles on each day of the month."""
    days = client.get(CALENDAR, {**NOVEMBER, **query}).context["busy_days"]
    return {day.day.day: [shown.entry.title for shown in day.entries] for day in days}


def held(title: str, first: date, last: date | None = None, **fields: Any) -> Activity:
    return make_activity(title_en=title, start_date=first, end_date=last, **fields)


def test_each_day_has_what_falls_on_it(officer: User, client_of: ClientOf) -> None:
    held("across", date(2024, 10, 30), date(2024, 11, 2))
    held("three days", date(2024, 11, 27), date(2024, 11, 29))
    held("one day", date(2024, 11, 27))
    held("other month", date(2024, 12, 1))
    client = client_of(officer)
    shown = on_days(client)
    assert shown == {
        1: ["across"],
        2: ["across"],
        27: ["one day", "three days"],
        28: ["three days"],
        29: ["three days"],
    }
    page = client.get(CALENDAR, NOVEMBER).content.decode()
    assert "day 3 of 4" in page and "day 1 of 3" in page
    assert on_days(client, show="list") == shown


def test_the_week_starts_on_monday_and_today_is_marked(officer: User, client_of: ClientOf) -> None:
    response = client_of(officer).get(CALENDAR)
    assert [day.day.weekday() for day in response.context["weeks"][0]] == list(range(7))
    assert sum(day.is_today for week in response.context["weeks"] for day in week) == 1
    assert response.context["first"] == timezone.localdate().replace(day=1)


def test_what_is_known_less_exactly_stands_beside(officer: User, client_of: ClientOf) -> None:
    for precision, last in (("month", date(2024, 11, 30)), ("year", date(2024, 12, 31))):
        first = date(2024, 11, 1) if precision == "month" else date(2024, 1, 1)
        held(precision, first, last, date_precision=precision)
    make_activity(title_en="undated", start_date=None, end_date=None, date_precision="unknown")
    context = client_of(officer).get(CALENDAR, NOVEMBER).context
    assert not context["busy_days"]
    assert [[one.title_en for one in context[name]] for name in ("of_month", "of_year")] == [["month"], ["year"]]
    listed = client_of(officer).get(context["unknown_url"]).context["page"]
    assert [one.title_en for one in listed] == ["undated"]


def test_filters_months_and_kinds_stand_in_the_address(officer: User, client_of: ClientOf) -> None:
    held("training", date(2024, 11, 5), type="training")
    held("mission", date(2024, 11, 6), type="mission")
    held("meeting", date(2024, 11, 7), type="meeting")
    client = client_of(officer)
    assert on_days(client, type=["training", "mission"]) == {5: ["training"], 6: ["mission"]}
    context = client.get(CALENDAR, {**NOVEMBER, "type": "training", "also": "briefings"}).context
    for name in ("before_url", "after_url", "today_url", "days_url"):
        assert "type=training" in context[name] and "also=briefings" in context[name]
    assert "month=2024-10" in context["before_url"] and "month=2024-12" in context["after_url"]
    assert "month" not in context["list_url"] and "type=training" in context["list_url"]
    for odd in ("2024-13", "24-11", "2024-11-01", "1066-01", "9999-99", "\x00"):
        assert client.get(CALENDAR, {"month": odd}).context["first"] == timezone.localdate().replace(day=1)
    wrong = client.get(CALENDAR, {**NOVEMBER, "type": "party"})
    assert wrong.status_code == 400 and "nothing is listed" in wrong.content.decode()


def test_stages_are_told_in_words(officer: User, client_of: ClientOf) -> None:
    for number, stage in enumerate(("planned", "postponed", "cancelled"), start=1):
        held(stage, date(2024, 11, number), stage=stage)
    page = client_of(officer).get(CALENDAR, NOVEMBER).content.decode()
    for words in ("Planned", "Postponed", "Cancelled"):
        assert f'<span class="entry-state">{words}</span>' in page


def test_other_kinds_are_switched_on_and_stay_with_who_may_see_them(
    officer: User, focal_point: User, client_of: ClientOf
) -> None:
    make_briefing("briefing", date=date(2024, 11, 4), audience="public")
    make_briefing("quiet", date=date(2024, 11, 5))
    for code, audience in (("open", "public"), ("inner", "internal")):
        Agreement.objects.create(code=code, kind="memorandum", title_en=code, audience=audience, ends=date(2024, 11, 6))
    activity = make_complete_activity(review_state="approved", audience="public")
    FollowUp.objects.create(activity=activity, text="Send the report", owner=officer, due=date(2024, 11, 7))
    everything = ["briefings", "agreements", "follow-ups"]
    assert on_days(client_of(officer)) == {}
    assert on_days(client_of(officer), also=everything) == {
        4: ["Council briefing"],
        5: ["Council briefing"],
        6: ["inner", "open"],
        7: ["Send the report"],
    }
    for reader in (focal_point, None):
        assert on_days(client_of(reader), also=everything) == {4: ["Council briefing"], 6: ["open"]}


def test_a_day_and_a_month_have_an_end(officer: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        held(f"{number}", date(2024, 11, 5))
    client = client_of(officer)
    [day] = client.get(CALENDAR, NOVEMBER).context["busy_days"]
    assert (len(day.entries), day.more) == (8, 4)
    assert client.get(day.more_url).context["count"] == 12
    monkeypatch.setattr("unrcca_portal.calendar_page.MOST_IN_MONTH", 10)
    response = client.get(CALENDAR, NOVEMBER)
    assert response.context["has_more"] and response.context["count"] == 10
