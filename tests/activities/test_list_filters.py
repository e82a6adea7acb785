"""The filters of the list, in any combination: what is listed fits them; address, form and chips agree."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import QueryDict
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.lists import MOST_VALUES
from accounts.models import User
from activities.models import Activity, Involvement, Series
from tests.factories.activities import make_activity, make_country, make_theme, the_priority
from tests.factories.framework import make_priority
from tests.factories.organizations import make_organization

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]

LIST = "/activities/"
TYPES, STAGES, ROLES = ("meeting", "training", "mission"), ("planned", "held", "cancelled"), ("organizer", "supporter")
STATES, CODES = ("draft", "submitted", "approved"), ("one", "two", "three")
COUNTRIES, PRIORITIES = ("KZ", "UZ", "TM"), ("2021-2025/i", "2021-2025/ii")
SEVERAL = {
    "type": TYPES,
    "stage": STAGES,
    "role": ROLES,
    "review_state": STATES,
    "theme": CODES,
    "partner": CODES,
    "series": CODES,
    "country": COUNTRIES,
    "priority": PRIORITIES,
}
DAYS = st.dates(date(2023, 12, 1), date(2024, 3, 31))
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.lists(st.sampled_from(values), min_size=1, unique=True) for name, values in SEVERAL.items()},
        "from": DAYS.map(lambda day: [day.isoformat()]),
        "to": DAYS.map(lambda day: [day.isoformat()]),
        "year": st.sampled_from([["2023"], ["2024"], ["unknown"]]),
    },
).filter(lambda found: not ("from" in found and "to" in found and found["from"] > found["to"]))


@pytest.fixture
def many(officer: User) -> None:
    """Activities that differ in everything the filters ask for."""
    first = the_priority()
    priorities = [first, make_priority(programme=first.programme, number=2, roman="II", slug="ii")]
    partners = [make_organization(code) for code in CODES]
    series = [Series.objects.create(code=code, name_en=code) for code in CODES]
    for number in range(24):
        start = None if number % 8 == 7 else date(2023, 12, 20) + timedelta(days=5 * number)
        activity = make_activity(
            title_en=f"{number}",
            type=TYPES[number % 3],
            stage=STAGES[number // 3 % 3],
            centre_role=ROLES[number % 2],
            review_state=STATES[number // 2 % 3],
            main_priority=priorities[number // 5 % 2],
            series=series[number % 3] if number % 4 else None,
            country=make_country(COUNTRIES[number % 3]) if number % 2 else None,
            start_date=start,
            end_date=start and start + timedelta(days=number % 4),
            date_precision="day" if start else "unknown",
            created_by=officer,
        )
        activity.themes.add(*(make_theme(code) for code in CODES[: number % 4]))
        activity.countries.add(make_country(COUNTRIES[number // 3 % 3]))
        Involvement.objects.create(activity=activity, organization=partners[number // 4 % 3])


def fits(activity: Activity, name: str, values: list[str]) -> bool:
    """The filters' meaning in plain words, one record at a time."""
    first, last = activity.start_date, activity.end_date or activity.start_date
    held: set[str] = {
        "type": lambda: {activity.type},
        "stage": lambda: {activity.stage},
        "role": lambda: {activity.centre_role},
        "review_state": lambda: {activity.review_state},
        "theme": lambda: {theme.code for theme in activity.themes.all()},
        "partner": lambda: {partner.code for partner in activity.partners.all()},
        "series": lambda: {activity.series.code} if activity.series else set(),
        "country": lambda: {country.code for country in [*activity.countries.all(), activity.country] if country},
        "priority": lambda: {f"2021-2025/{activity.main_priority.slug}"} if activity.main_priority else set(),
        "year": lambda: {str(first.year) if first else "unknown"},
        "from": lambda: set(values) if last and last.isoformat() >= values[0] else set(),
        "to": lambda: set(values) if first and first.isoformat() <= values[0] else set(),
    }[name]()
    return bool(held & set(values))


def as_sent(form: Any) -> dict[str, list[str]]:
    """What a browser sends of the form as the page shows it; empty fields left out, as in our own links."""
    sent: dict[str, list[str]] = {}
    for one in form:
        if one.widget_type == "checkboxselectmultiple":
            values = [str(option.data["value"]) for option in one if option.data["selected"]]
        else:
            values = [str(one.value() or "")]
        if any(values):
            sent[one.html_name] = values
    return sent


def query_of(url: str) -> dict[str, list[str]]:
    return {name: sorted(values) for name, values in parse_qs(urlsplit(url).query).items()}


def test_any_filters_list_what_fits_and_agree_with_form_and_chips(
    many: None, officer: User, client_of: ClientOf
) -> None:
    client = client_of(officer)
    everything = list(Activity.objects.select_related("series", "country", "main_priority"))

    @settings(
        max_examples=12,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(filters=FILTERS)
    def one(filters: dict[str, list[str]]) -> None:
        context = client.get(LIST, filters).context
        wanted = {one.pk for one in everything if all(fits(one, name, filters[name]) for name in filters)}
        assert {one.pk for one in context["page"]} == wanted
        given_values = {name: sorted(values) for name, values in filters.items()}
        assert {name: sorted(values) for name, values in as_sent(context["filter"].form).items()} == given_values
        for chip in context["chips"]:
            gone = QueryDict(urlsplit(chip.url).query)
            [taken] = [value for value in filters[chip.name] if value not in gone.getlist(chip.name)]
            rest = {name: [v for v in values if (name, v) != (chip.name, taken)] for name, values in filters.items()}
            assert query_of(chip.url) == {name: sorted(values) for name, values in rest.items() if values}
        assert len(context["chips"]) == sum(map(len, filters.values()))
        for advice in context["advice"]:
            assert client.get(advice.url).context["count"] == advice.count > 0

    one()


def test_chips_speak_in_words_and_links_forget_the_page(many: None, officer: User, client_of: ClientOf) -> None:
    query = {"priority": "II", "from": "2024-01-02", "type": ["training", "mission"], "page": "2", "ordering": "title"}
    context = client_of(officer).get(LIST, query).context
    said = [(chip.label, chip.value) for chip in context["chips"]]
    assert ("From", "2 January 2024") in said
    assert ("Type", "Training") in said and ("Type", "Mission") in said
    assert all("page" not in query_of(chip.url) and "title" in chip.url for chip in context["chips"])
    assert all("page" not in query_of(period["url"]) for period in context["periods"])


def test_another_spelling_of_a_key_is_ticked(many: None, officer: User, client_of: ClientOf) -> None:
    context = client_of(officer).get(LIST, {"priority": "2021-2025/II"}).context
    assert as_sent(context["filter"].form) == {"priority": ["2021-2025/ii"]}


def test_a_wrong_value_can_be_taken_away(many: None, officer: User, client_of: ClientOf) -> None:
    context = client_of(officer).get(LIST, {"theme": ["one", "no-such"]}).context
    [wrong] = [chip for chip in context["chips"] if chip.value == "no-such"]
    assert client_of(officer).get(wrong.url).status_code == 200


def test_so_many_values_are_refused(officer: User, client_of: ClientOf) -> None:
    response = client_of(officer).get(LIST, {"theme": [str(number) for number in range(MOST_VALUES + 1)]})
    assert f"Choose {MOST_VALUES} values at most." in response.content.decode()


def test_quick_periods(officer: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.views.lists.timezone.localdate", lambda: date(2024, 11, 30))
    periods = (
        client_of(officer).get(LIST, {"type": "meeting", "from": "2024-10-01", "to": "2024-12-31"}).context["periods"]
    )
    assert [(query_of(one["url"])["from"][0], query_of(one["url"])["to"][0]) for one in periods] == [
        ("2024-11-01", "2024-11-30"),
        ("2024-10-01", "2024-12-31"),
        ("2024-01-01", "2024-12-31"),
        ("2023-01-01", "2023-12-31"),
    ]
    assert [one["current"] for one in periods] == [False, True, False, False]
    assert all(query_of(one["url"])["type"] == ["meeting"] for one in periods)


@pytest.mark.parametrize(
    "name", ["date", "title", "type", "place", "priority", "stage", "review", "officer", "changed"]
)
def test_each_column_sorts_both_ways_and_always_the_same(
    name: str, many: None, officer: User, client_of: ClientOf
) -> None:
    client = client_of(officer)
    response = client.get(LIST, {"ordering": name})
    rising = [one.pk for one in response.context["page"]]
    assert 'aria-sort="ascending"' in response.content.decode()
    falling = [one.pk for one in client.get(LIST, {"ordering": f"-{name}"}).context["page"]]
    assert sorted(rising) == sorted(falling)
    if name not in ("date", "place"):  # rows that lack a value stand last both ways
        assert rising == falling[::-1]


def test_who_may_not_know_the_officers_may_not_sort_by_them(focal_point: User, client_of: ClientOf) -> None:
    response = client_of(focal_point).get(LIST, {"ordering": "officer"})
    assert response.context["ordering"] == "-date"
    assert "officer" not in dict(response.context["view"].fields["ordering"].choices)


def test_a_list_counts_and_shows_no_more_than_it_says(
    many: None, officer: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.lists.MOST_ROWS", 20)
    response = client_of(officer).get(LIST, {"page": "9"})
    page = response.context["page"]
    assert (response.context["count"], page.paginator.has_more, len(page)) == (20, True, 20)
    assert "of more activities" in response.content.decode()


def test_rows_a_page(many: None, officer: User, client_of: ClientOf) -> None:
    client = client_of(officer)
    assert [client.get(LIST, {"rows": rows}).context["page"].paginator.per_page for rows in ("100", "7", "x")] == [
        100,
        50,
        50,
    ]
