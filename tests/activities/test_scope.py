"""The scope of a dashboard: read from the address, said in words, and the same as the list behind its numbers."""

import itertools
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.models import User
from activities.models import Activity, Involvement
from activities.scope import Scope, ScopeForm
from activities.views.lists import filterset_of
from partners.models import Organization
from priorities.periods import Period
from tests.factories.activities import make_activity, make_country, make_theme, the_priority
from tests.factories.briefings import make_briefing
from tests.factories.framework import make_priority, make_programme

pytestmark = pytest.mark.django_db
TODAY = date(2024, 8, 15)
PERIODS = ["", "2021-2025", "2018-2020", "2024", "2023", "2024-Q1", "2024-Q3", "since-briefing"]
PERIODS += ["dates&from=2024-02-10&to=2024-05-20"]
PLACES = ["", "&country=KZ", "&theme=wps", "&partner=osce", "&country=KZ&theme=wps&partner=osce"]


def form_of(query: str, user: User | None = None, **options: Any) -> ScopeForm:
    request: HttpRequest = RequestFactory().get(f"/?{query}")
    request.user = user or AnonymousUser()
    return ScopeForm(request, **{"today": TODAY, **options})


@pytest.fixture
def many(osce: Organization) -> None:
    """Activities of all sorts of dates, under two programmes and none, here and there."""
    first = the_priority()
    earlier = make_priority(programme=make_programme(number=4, starts="2018-01-01", ends="2020-12-31"), slug="e")
    make_briefing("last", date=date(2024, 2, 5), certainty="found", audience="public")
    pillar = make_theme("wps-participation", parent=make_theme("wps"))
    dates: list[dict[str, Any]] = [
        {"start_date": date(2024, 1, 1), "end_date": date(2024, 12, 31), "date_precision": "year"},
        {"start_date": date(2024, 3, 1), "end_date": date(2024, 3, 31), "date_precision": "month"},
        {"start_date": date(2024, 5, 1), "end_date": date(2024, 5, 31), "date_precision": "month"},
        {"start_date": date(2024, 3, 30), "end_date": date(2024, 4, 2)},
        {"start_date": date(2023, 12, 31), "end_date": date(2024, 1, 2)},
        {"start_date": date(2024, 8, 1), "end_date": None},
        {"start_date": None, "end_date": None, "date_precision": "unknown"},
    ]
    for number, days in enumerate(dates * 6):
        activity = make_activity(
            main_priority=(first, first, earlier, None)[number % 4],
            country=make_country("KZ") if number % 3 else None,
            audience=("public", "all_partners", "internal")[number % 3],
            review_state="approved",
            chatham_house=number % 5 == 0,
            **days,
        )
        if number % 2:
            activity.themes.add(pillar)
            Involvement.objects.create(activity=activity, organization=osce)
        if number % 4 == 1:
            activity.countries.add(make_country("KZ"))


def test_every_scope_counts_what_its_list_lists(many: None, officer: User, stranger: User) -> None:
    queries = [f"period={period}{place}" for period in PERIODS for place in PLACES]
    for user, asked in ((stranger, queries), (officer, queries[::4]), (None, queries[2::4])):
        viewer = user or AnonymousUser()
        for query in asked:
            form = form_of(query, user)
            assert form.is_valid(), form.errors
            found = form.scope.narrow(Activity.objects.visible_to(viewer).approved(), viewer)
            request: HttpRequest = RequestFactory().get(form.scope.list_url())
            request.user = viewer
            filterset = filterset_of(request)
            assert filterset.is_valid(), query
            assert filterset.qs.count() == found.count(), query


def test_a_scope_goes_along_in_the_address(many: None, officer: User) -> None:
    for query in [f"period={period}{place}" for period in PERIODS for place in PLACES]:
        scope = form_of(query, officer).scope
        assert form_of(scope.address.removeprefix("?"), officer).scope == scope


def test_quarters_hold_each_day_once() -> None:
    """What `beginning_in` rests on: adjoining periods share no day and leave none out."""
    quarters = [Period.of_quarter(year, quarter) for year in range(2020, 2027) for quarter in (1, 2, 3, 4)]
    assert all(one.ends + timedelta(days=1) == two.starts for one, two in itertools.pairwise(quarters))
    assert all(quarters[4 * year].starts == Period.of_year(2020 + year).starts for year in range(7))


def test_what_is_known_to_the_month_or_year_counts_only_in_periods_that_hold_all_of_it() -> None:
    make_activity(title_en="year", start_date="2024-01-01", end_date="2024-12-31", date_precision="year")
    make_activity(title_en="month", start_date="2024-03-01", end_date="2024-03-31", date_precision="month")
    make_activity(title_en="day", start_date="2024-03-31", end_date="2024-04-02")

    def begin_in(first: date, last: date) -> set[str]:
        return set(Activity.objects.beginning_in(first, last).values_list("title_en", flat=True))

    assert begin_in(date(2024, 1, 1), date(2024, 12, 31)) == {"year", "month", "day"}
    assert begin_in(date(2024, 1, 1), date(2024, 3, 31)) == {"month", "day"}
    assert begin_in(date(2024, 3, 2), date(2024, 3, 31)) == {"day"}
    assert begin_in(date(2024, 3, 1), date(2024, 3, 30)) == set()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("period=2024-Q5", "period"),
        ("period=1066", "period"),
        ("period=٢٠٢٤", "period"),
        ("period=since-briefing", "period"),
        ("period=dates&from=2024-05-01", "to"),
        ("period=dates&from=2024-05-01&to=2024-04-01", "to"),
        ("period=dates&from=tomorrow&to=2024-04-01", "from"),
        ("country=XX", "country"),
        ("theme=x%00", "theme"),
        ("partner=nobody", "partner"),
    ],
)
def test_what_is_not_known_is_said_beside_its_control_and_counts_as_not_asked_for(query: str, field: str) -> None:
    programme = make_programme()
    form = form_of(query)
    assert list(form.errors) == [field]
    assert form.scope == Scope(programme, "", None)


def test_a_partner_that_the_reader_may_not_see_is_not_known(osce: Organization) -> None:
    Organization.objects.filter(pk=osce.pk).update(audience="internal")
    assert list(form_of("partner=osce").errors) == ["partner"]
    assert "osce" not in str(form_of(""))


def test_the_programme_follows_the_period_unless_the_page_has_its_own() -> None:
    now, earlier = make_programme(), make_programme(number=4, starts="2018-01-01", ends="2020-12-31")
    assert form_of("").scope.programme == now
    assert form_of("period=2019").scope.programme == earlier
    assert form_of("period=2018-2020").scope.programme == earlier
    assert form_of("period=2019", programme=now).scope.programme == now
    assert list(form_of("period=2018-2020", programme=now).errors) == ["period"]


def test_a_scope_says_itself_in_words(osce: Organization) -> None:
    make_programme()
    make_country("TJ", name_en="Tajikistan")
    make_briefing("last", date=date(2024, 2, 5), certainty="found", audience="public")
    assert form_of("").scope.text == "2021–2025"
    assert form_of("period=2024-Q1&country=TJ").scope.text == "first quarter of 2024, Tajikistan"
    assert form_of("period=dates&from=2024-01-01&to=2024-02-10").scope.text == "1 January – 10 February 2024"
    text = "since the Council briefing of 5 February 2024: 6 February – 15 August 2024, OSCE"
    assert form_of("period=since-briefing&partner=osce").scope.text == text


def test_the_time_since_the_last_briefing_is_that_of_its_reports_and_dossiers() -> None:
    make_programme()
    earlier = make_briefing("earlier", date=date(2024, 2, 5), audience="public")
    make_briefing("year-alone", date=date(2024, 6, 1), date_precision="year", audience="public")
    make_briefing("not-found", date=date(2024, 7, 1), certainty="expected", audience="public")
    period = form_of("period=since-briefing", today=date(2024, 7, 22)).scope.period
    assert period == Period(date(2024, 2, 6), date(2024, 7, 22))
    coming = make_briefing("coming", date=date(2024, 7, 22))
    assert coming.previous() == earlier
    assert coming.window() == (period.starts, period.ends)
