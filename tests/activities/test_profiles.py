"""The pages of countries, themes and series, and the table of engagement: for made-up records of all sorts, every
number equals what the list behind it lists, for whoever looks."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from activities.editions import missing_numbers, next_due, standings
from activities.models import Activity, Evidence, Involvement, Series
from activities.views.lists import filterset_of
from partners.models import Organization
from priorities.models import Country, Theme
from tests.factories.activities import make_activity, make_country, make_theme, the_priority
from tests.factories.framework import make_commitment, make_priority, make_programme

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | None], Client]
SCOPES = ("", "?period=2024", "?period=2024-Q2", "?period=dates&from=2023-11-15&to=2024-05-20")
NARROWED = ("?period=2024&theme=wps", "?country=KZ&partner=osce", "?theme=yps&partner=osce&period=2023")
PAGES = (
    *("/countries/", "/countries/KZ/", "/countries/AZ/", "/themes/", "/themes/wps/", "/themes/wps-participation/"),
    *("/series/", "/series/forum/", "/partners/engagement/"),
)
DAYS: list[dict[str, Any]] = [
    {"start_date": date(2024, 1, 1), "end_date": date(2024, 12, 31), "date_precision": "year"},
    {"start_date": date(2024, 4, 1), "end_date": date(2024, 4, 30), "date_precision": "month"},
    {"start_date": date(2024, 3, 30), "end_date": date(2024, 4, 2)},
    {"start_date": date(2023, 12, 31), "end_date": date(2024, 1, 2)},
    {"start_date": date(2020, 8, 1), "end_date": None},
    {"start_date": None, "end_date": None, "date_precision": "unknown"},
]


@pytest.fixture
def many(osce: Organization, unodc: Organization) -> None:
    """Activities of all sorts: dates, places, themes, stages, roles, releases, with and without who took part."""
    first = the_priority()
    earlier = make_priority(programme=make_programme(number=4, starts="2018-01-01", ends="2020-12-31"), slug="e")
    commitment = make_commitment(priority=first)
    hidden = Series.objects.create(code="hidden", name_en="Hidden series")
    forum = Series.objects.create(code="forum", name_en="Forum", audience="public", cadence="yearly")
    themes = [make_theme("wps-participation", parent=make_theme("wps")), make_theme("wps"), make_theme("yps")]
    countries = [
        make_country("KZ", group="central_asia"),
        make_country("TM", group="central_asia"),
        make_country("AZ"),
        make_country("US"),
    ]
    soon = timezone.localdate() + timedelta(days=9)
    for number in range(60):
        coming = number % 7 == 6
        activity = make_activity(
            **{
                **DAYS[number % len(DAYS)],
                **({"start_date": soon, "end_date": soon, "date_precision": "day"} if coming else {}),
                "stage": "confirmed" if coming else "cancelled" if number % 11 == 10 else "held",
                "main_priority": (first, first, earlier, None)[number % 4],
                "country": [*countries, None][number % 5],
                "audience": ("public", "all_partners", "internal")[number % 3],
                "review_state": "draft" if number % 13 == 12 else "approved",
                "centre_role": ("organizer", "participant", "supporter", "none")[number // 2 % 4],
                "series": (forum, None, hidden)[number % 3],
                "edition": number if number % 3 == 0 else None,
                "chatham_house": number % 4 == 1,
                "women": number if number % 2 else None,
                "men": 9 if number % 3 else None,
            }
        )
        activity.themes.add(*themes[: number % 4])
        activity.countries.add(countries[number % 4], countries[(number + 1) % 4])
        for organization in [osce, unodc][: number % 3]:
            Involvement.objects.create(activity=activity, organization=organization)
            if number % 5 == 0:
                Involvement.objects.create(activity=activity, organization=organization, role="host")
        if number % 2:
            Evidence.objects.create(activity=activity, commitment=commitment)


def numbers_in(html: str) -> list[tuple[str, int]]:
    """Each number of a page that leads to its list: the address, and what stands there for the eye."""
    links = re.findall(r'<a href="([^"]+)"[^>]*\bdata-count\b[^>]*>\s*(\d+)', html)
    return [(unescape(address), int(number)) for address, number in links if address.startswith("/activities/?")]


def lists_as(viewer: Any) -> Callable[[str], int]:
    counted: dict[str, int] = {}

    def count(address: str) -> int:
        if address not in counted:
            request: HttpRequest = RequestFactory().get(address)
            request.user = viewer
            filterset = filterset_of(request)
            assert filterset.is_valid(), (address, filterset.errors)
            counted[address] = filterset.qs.count()
        return counted[address]

    return count


def test_every_number_equals_the_list_behind_it(many: None, client_of: ClientOf, officer: User, stranger: User) -> None:
    found = 0
    for reader, scopes in ((officer, SCOPES[1:]), (stranger, SCOPES[:2] + NARROWED[1:]), (None, NARROWED[:1])):
        client, count = client_of(reader), lists_as(reader or AnonymousUser())
        addresses = [f"{page}{scope}" for page in PAGES for scope in scopes]
        addresses += [f"/partners/engagement/?by=priority&{scope[1:]}" for scope in scopes]
        for address in addresses:
            answer = client.get(address)
            assert answer.status_code == 200, address
            numbers = numbers_in(answer.content.decode())
            wrong = [(url, number, count(url)) for url, number in numbers if count(url) != number]
            assert not wrong, (str(reader), address, wrong[:3])
            found += len(numbers)
    assert found > 400, "the pages show numbers"


def test_outsiders_learn_no_partner_under_the_chatham_house_rule(
    many: None, client_of: ClientOf, officer: User
) -> None:
    Activity.objects.update(chatham_house=True)
    for address in ("/partners/engagement/", "/partners/engagement/?by=priority"):
        assert not client_of(None).get(address).context["table"].rows
        assert client_of(officer).get(address).context["table"].rows
    tiles = {tile.country.code: tile for tile in client_of(None).get("/countries/").context["tiles"] if tile.country}
    assert not any(tile.partners for tile in tiles.values())
    profile = client_of(None).get("/themes/wps/").context["profile"]
    assert profile.held.count and not profile.partners


def test_countries_stand_in_the_english_alphabet_and_those_elsewhere_as_one(many: None, client_of: ClientOf) -> None:
    Country.objects.filter(code="KZ").update(name_en="Kazakhstan", name_ru="Яяя")
    Country.objects.filter(code="TM").update(name_en="Turkmenistan", name_ru="Ааа")
    make_country("AF", m49="004", name_en="Afghanistan", group="afghanistan")
    client = client_of(None)
    client.cookies["django_language"] = "ru"
    tiles = client.get("/countries/").context["tiles"]
    assert [tile.country and tile.country.code for tile in tiles] == ["AF", "KZ", "TM", None]
    assert "country=AZ&country=US" in tiles[-1].held.url


def test_what_has_no_record_says_so(client_of: ClientOf) -> None:
    make_country("AF", m49="004", name_en="Afghanistan", group="afghanistan")
    Theme.objects.create(code="water", name_en="Water")
    Series.objects.create(code="forum", name_en="Forum", audience="public", cadence="yearly")
    for address in ("/countries/", "/countries/AF/", "/themes/", "/themes/water/", "/series/", "/series/forum/"):
        text = client_of(None).get(address).content.decode()
        assert "no record" in text or "no public record" in text, address
    assert "No record of this period" in client_of(None).get("/partners/engagement/").content.decode()


def test_charts_can_be_downloaded_as_their_reader_sees_them(many: None, client_of: ClientOf, officer: User) -> None:
    for address in ("/countries/KZ/?chart=years", "/themes/wps/?chart=participants", "/series/forum/?chart=editions"):
        for kind in ("svg", "csv"):
            assert client_of(officer).get(f"{address}&as={kind}").status_code == 200, address
    assert client_of(None).get("/partners/engagement/?chart=engagement&as=svg").status_code == 200
    assert client_of(None).get("/countries/KZ/?chart=none&as=svg").status_code == 404


# --- series ----------------------------------------------------------------------------------------------------------


def edition(series: Series, day: date | None, **fields: Any) -> Activity:
    known = {"start_date": day, "end_date": day, "date_precision": "day" if day else "unknown"}
    return make_activity(**{"series": series, "stage": "held", "review_state": "approved", **known, **fields})


def test_a_yearly_series_is_overdue_once_the_next_year_is_over_and_nothing_is_planned(
    officer: User, stranger: User
) -> None:
    series = Series.objects.create(code="forum", name_en="Forum", audience="public", cadence="yearly")
    edition(series, date(2023, 11, 27), edition=13, audience="public")
    edition(series, None, edition=10)

    def standing(viewer: Any, today: date) -> Any:
        return standings([series], viewer, today)[0]

    assert not standing(officer, date(2024, 12, 31)).overdue
    assert standing(officer, date(2025, 1, 1)).overdue
    assert standing(officer, date(2025, 1, 1)).missing == [11, 12]
    assert not standing(stranger, date(2025, 1, 1)).overdue, "an outsider may not see the edition that was held"
    assert standing(stranger, date(2025, 1, 1)).missing == []
    edition(series, date(2025, 3, 1), stage="planned")
    assert not standing(officer, date(2025, 1, 1)).overdue
    assert standing(officer, date(2025, 1, 1)).planned == date(2025, 3, 1)


@given(day=st.dates(date(1990, 1, 1), date(2060, 12, 31)))
def test_what_is_due_next_follows_the_last_edition_without_a_gap(day: date) -> None:
    year, half = next_due("yearly", day), next_due("twice_a_year", day)
    assert year and year.starts.year == day.year + 1 == year.ends.year
    assert half and half.starts > day and (half.starts - day).days <= 184
    assert next_due("irregular", day) is None


@given(numbers=st.lists(st.integers(1, 60)))
def test_missing_numbers_fill_the_gaps_and_nothing_else(numbers: list[int]) -> None:
    missing = missing_numbers(numbers)
    assert not set(missing) & set(numbers)
    if numbers:
        assert sorted({*missing, *numbers}) == list(range(min(numbers), max(numbers) + 1))


def test_the_list_of_series_leads_to_its_files_and_the_next_edition(client_of: ClientOf, officer: User) -> None:
    series = Series.objects.create(code="forum", name_en="Forum", audience="public", cadence="yearly")
    edition(series, date(2023, 11, 27), audience="public")
    for address in ("/series/", "/series/forum/"):
        assert "/activities/new/?series=forum" in client_of(officer).get(address).content.decode()
        assert "/activities/new/" not in client_of(None).get(address).content.decode()
    assert "/activities/series/export.xlsx" in client_of(None).get("/series/").content.decode()
