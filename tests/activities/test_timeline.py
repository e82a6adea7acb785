"""The timeline of a priority: what comes, what was held, and Council briefings, by year, latest first."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from activities.dashboards import LATEST
from activities.models import Evidence, Series
from tests.factories.activities import make_activity, make_country, the_priority
from tests.factories.briefings import make_briefing
from tests.factories.framework import make_commitment

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]
PAGE = "/priorities/2021-2025/i/"


def told(client: Client, query: str = "") -> list[tuple[int | None, list[str]]]:
    """The years of the page, each with what its events are called."""
    return [
        (year.year, [event.activity.title_en if event.activity else event.briefing.key for event in year.events])
        for year in client.get(PAGE + query).context["years"]
    ]


def held(name: str, day: str | None, **fields: Any) -> None:
    """An activity that was held under the priority, and that everybody may see, unless the fields say otherwise."""
    defaults: dict[str, Any] = {"review_state": "approved", "stage": "held", "audience": "public"}
    if day is None:
        defaults["date_precision"] = "unknown"
    make_activity(title_en=name, main_priority=the_priority(), start_date=day, end_date=day, **{**defaults, **fields})


def test_events_stand_by_year_latest_first_and_briefings_between_activities(
    officer: User, stranger: User, client_of: ClientOf
) -> None:
    commitment = make_commitment(priority=the_priority())
    soon = timezone.localdate() + timedelta(days=9)
    held("coming", soon.isoformat(), stage="planned")
    held("spring", "2024-03-01")
    held("autumn", "2024-10-01", audience="internal")
    held("earlier", "2022-10-01")
    held("sometime", None)
    held("not approved", "2024-01-01", review_state="draft")
    for key, day, audience in (("february", "2024-02-05", "public"), ("july", "2024-07-23", "internal")):
        Evidence.objects.create(commitment=commitment, briefing=make_briefing(key, date=day, audience=audience))

    found = told(client_of(officer))
    assert found == [
        (soon.year, ["coming"]),
        (2024, ["autumn", "july", "spring", "february"]),
        (2022, ["earlier"]),
        (None, ["sometime"]),
    ]
    assert [event.coming for year in client_of(officer).get(PAGE).context["years"] for event in year.events][:2] == [
        True,
        False,
    ]
    assert told(client_of(stranger))[1] == (2024, ["spring", "february"])
    assert told(client_of(officer), "?period=2024-Q1") == [(2024, ["spring", "february"])]


def test_a_page_about_one_country_tells_of_no_briefing(officer: User, client_of: ClientOf) -> None:
    commitment = make_commitment(priority=the_priority())
    held("there", "2024-03-01", country=make_country("KZ"))
    Evidence.objects.create(commitment=commitment, briefing=make_briefing(date="2024-02-05"))
    assert told(client_of(officer), "?country=KZ") == [(2024, ["there"])]


def test_nothing_is_missing_between_the_events_that_are_shown(officer: User, client_of: ClientOf) -> None:
    commitment = make_commitment(priority=the_priority())
    for number in range(LATEST):
        held(str(number), f"2024-03-{number + 1:02}")
    Evidence.objects.create(commitment=commitment, briefing=make_briefing("long-ago", date="2021-02-05"))
    [(year, names)] = told(client_of(officer))
    assert (year, len(names)) == (2024, LATEST)
    assert "long-ago" not in names


def test_an_edition_is_named_to_those_who_may_see_its_series(
    officer: User, stranger: User, client_of: ClientOf
) -> None:
    inner = Series.objects.create(code="inner", name_en="Inner series", audience="internal")
    outer = Series.objects.create(code="outer", name_en="Outer series", audience="public")
    held("one", "2024-03-01", series=inner, edition=2)
    held("two", "2024-04-01", series=outer, edition=7)
    for user, shown in ((officer, True), (stranger, False)):
        text = client_of(user).get(PAGE).content.decode()
        assert ("Inner series, edition 2" in text) is shown
        assert "Outer series, edition 7" in text
