"""Who does what: the table says what its entries say, and tells outsiders nothing that they may not know."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import docx
import openpyxl
import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.time_zones import office_date
from activities.matrix import CENTRE, NOBODY_NAMED, Entry, Frame, tabulate
from activities.models import Activity, Involvement
from activities.verification import to_be_verified, with_verify_by
from partners.models import Organization
from priorities.models import Country, Theme
from tests.factories.activities import make_activity, make_country, make_theme

MATRIX = "/partners/matrix/"
RELEASED = {"review_state": "approved", "audience": "all_partners"}

# --- the table, from any entries ------------------------------------------------------------------------------

THEMES = [
    Theme(pk=1, code="water", name_en="Water"),
    Theme(pk=2, code="wps", name_en="Women, peace and security"),
    Theme(pk=3, code="wps-protection", name_en="WPS: protection", parent_id=2),
]
COUNTRIES = [
    Country(pk=1, code="KZ", name_en="Kazakhstan", group="central_asia"),
    Country(pk=2, code="AF", name_en="Afghanistan", group="afghanistan"),
    Country(pk=3, code="TR", name_en="Türkiye", group="elsewhere"),
]
PARENTS = {"wps-protection": "wps"}
ENTRIES = st.lists(
    st.builds(
        Entry,
        reference=st.just("UNRCCA-2024-0001"),
        title=st.just("Example"),
        stage=st.sampled_from(["planned", "held"]),
        start_date=st.none(),
        end_date=st.none(),
        date_precision=st.just("unknown"),
        themes=st.lists(st.sampled_from([theme.code for theme in THEMES]), unique=True),
        countries=st.lists(st.sampled_from([country.code for country in COUNTRIES]), unique=True),
        doers=st.lists(st.sampled_from([CENTRE, "osce", "unodc"]), unique=True).map(lambda some: some or [""]),
        last_verified=st.none() | st.dates(date(2020, 1, 1), date(2024, 1, 1)),
        verify_by=st.none() | st.sampled_from([date(2000, 1, 1), date(2999, 1, 1)]),
    ),
    max_size=12,
)
CHOSEN = st.sampled_from([(), ("wps",), ("wps-protection",), ("water", "wps")])


@hypothesis_settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(entries=ENTRIES, themes=CHOSEN, countries=st.sampled_from([(), ("KZ",), ("TR", "AF")]))
def test_each_cell_holds_the_entries_on_its_theme_in_its_country(
    entries: list[Entry], themes: tuple[str, ...], countries: tuple[str, ...]
) -> None:
    """Against a second count that knows neither rows nor tallies."""
    frame = Frame(
        THEMES,
        COUNTRIES,
        {},
        chosen_themes=[theme for theme in THEMES if theme.code in themes],
        chosen_countries=[country for country in COUNTRIES if country.code in countries],
    )
    matrix = tabulate(entries, frame)
    own = countries or ("AF", "KZ")
    wanted = {"elsewhere": lambda one: set(one.countries) - set(own), "nowhere": lambda one: not one.countries}
    for row in matrix.rows:
        on_theme = [one for one in entries if row.code in {*one.themes, *(PARENTS.get(code) for code in one.themes)}]
        for column, cell in row.pairs:
            is_in: Any = wanted.get(column.key, lambda one, key=column.key: key in one.countries)
            inside = [one for one in on_theme if is_in(one)]
            named = {frozenset(one.doers) for one in inside} - {frozenset({NOBODY_NAMED})}
            assert cell.count == len(inside)
            assert cell.is_gap == (not inside)
            assert cell.is_overlap == (len(named) > 1 and len(frozenset().union(*named)) > 1)
            assert {doer.code: doer.count for doer in cell.doers} == {
                code: sum(code in one.doers for one in inside) for one in inside for code in one.doers
            }
            assert cell.due == sum(one.verify_by == date(2000, 1, 1) for one in inside)
    assert [column.key for column in matrix.columns][: len(own)] == sorted(own)
    assert matrix.gaps == sum(cell.is_gap for row in matrix.rows for column, cell in row.pairs if column.key in own)


# --- the page and its files -----------------------------------------------------------------------------------


@pytest.fixture
def themes(db: None) -> list[Theme]:
    wps = make_theme("wps")
    return [make_theme("water"), wps, make_theme("wps-protection", parent=wps)]


@pytest.fixture
def countries(db: None) -> list[Country]:
    return [make_country("KZ", group="central_asia"), make_country("UZ", group="central_asia"), make_country("TR")]


@pytest.fixture
def records(osce: Organization, unodc: Organization, themes: list[Theme], countries: list[Country]) -> list[Activity]:
    """OSCE's own on water in Kazakhstan, UNODC's on a part of WPS, the Centre's with UNODC, one in Istanbul."""
    own = {**RELEASED, "centre_role": "none", "stage": "confirmed", "last_verified": date(2024, 4, 1)}
    made = [
        make_activity(title_en="Of OSCE", lead_organization=osce, country=countries[0], **own),
        make_activity(title_en="Of UNODC", lead_organization=unodc, country=countries[0], **own),
        make_activity(title_en="Joint", stage="held", country=countries[0], **RELEASED),
        make_activity(title_en="Abroad", stage="held", country=countries[2], **RELEASED),
        make_activity(title_en="Nowhere", stage="held", **RELEASED),
        make_activity(title_en="Attended", stage="held", centre_role="participant", **RELEASED),
    ]
    for activity, theme in zip(made, [0, 2, 0, 1, 0, 0], strict=True):
        activity.themes.add(themes[theme])
    made[2].countries.add(countries[1])
    Involvement.objects.create(activity=made[2], organization=unodc, role="co_organizer")
    Involvement.objects.create(activity=made[5], organization=osce, role="participant")
    return made


def cells(page: Any) -> dict[tuple[str, str], list[str]]:
    return {
        (row.code, column.key): [doer.name for doer in cell.doers]
        for row in page.context["matrix"].rows
        for column, cell in row.pairs
        if not cell.is_gap
    }


def test_the_page_shows_who_does_what_where(records: list[Activity], officer: User, client_of: Any) -> None:
    page = client_of(officer).get(MATRIX)
    assert cells(page) == {
        ("water", "KZ"): ["OSCE", "UNODC", "UNRCCA"],
        ("water", "UZ"): ["UNODC", "UNRCCA"],
        ("water", "nowhere"): ["UNRCCA", "not named"],
        ("wps", "KZ"): ["UNODC"],
        ("wps", "elsewhere"): ["UNRCCA"],
    }
    text = page.content.decode()
    # Water in Kazakhstan is done by OSCE alone, and by others jointly; that done jointly alone is no overlap.
    assert (page.context["matrix"].overlaps, page.context["matrix"].gaps) == (1, 1)
    assert text.count('class="matrix-gap"') == text.count(">gap</span>") == 1
    assert text.count('class="matrix-overlap"') == text.count(">overlap</strong>") == 1


def test_each_cell_leads_to_its_entries(records: list[Activity], client_of: Any, stranger: User) -> None:
    records[2].chatham_house = True
    records[2].save()
    client = client_of(stranger)
    for query in ("", "?stage=held", "?organization=osce", "?theme=wps", "?country=KZ&country=TR"):
        page = client.get(MATRIX + query)
        for row in page.context["matrix"].rows:
            for _column, cell in row.pairs:
                if cell.filters:
                    behind = client.get(f"{MATRIX}{page.context['base']}{cell.filters}")
                    assert len(behind.context["entries"]) == cell.count, (query, row.code)


def test_rows_can_be_narrowed_to_gaps_and_overlaps(records: list[Activity], officer: User, client_of: Any) -> None:
    client = client_of(officer)
    shown = {
        query: [row.code for row in client.get(f"{MATRIX}?{query}").context["matrix"].rows]
        for query in ("themes=gaps", "themes=overlaps", "themes=due", "sorted=gaps", "sorted=overlaps", "theme=wps")
    }
    assert shown == {
        "themes=gaps": ["wps"],
        "themes=overlaps": ["water"],
        "themes=due": ["water", "wps"],
        "sorted=gaps": ["wps", "water"],
        "sorted=overlaps": ["water", "wps"],
        "theme=wps": ["wps", "wps-protection"],
    }


def texts_of(client: Client, query: str = "") -> dict[str, str]:
    """What the page and each file say."""
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{MATRIX}export.xlsx{query}").getvalue()))
    sheets = [str(cell) for sheet in book.worksheets[:-1] for row in sheet.iter_rows(values_only=True) for cell in row]
    word = docx.Document(io.BytesIO(client.get(f"{MATRIX}export.docx{query}").content))
    lines = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    return {
        "page": client.get(MATRIX + query).content.decode().partition('class="tiles"')[2].partition("<footer")[0],
        "csv": client.get(f"{MATRIX}export.csv{query}").getvalue().decode(),
        "xlsx": " ".join(sheets),
        "docx": " ".join(lines),
    }


def test_the_chatham_house_rule_hides_who_and_where_everywhere(
    records: list[Activity], stranger: User, focal_point: User, officer: User, client_of: Any
) -> None:
    """OSCE's activity, held in Uzbekistan with Kazakhstan: UNODC learns neither OSCE nor Kazakhstan."""
    for other in records[1:]:
        other.delete()
    [activity] = records[:1]
    uzbekistan, kazakhstan = Country.objects.get(code="UZ"), Country.objects.get(code="KZ")
    activity.chatham_house, activity.country = True, uzbekistan
    activity.save()
    activity.countries.add(kazakhstan)
    for who, knows in ((officer, True), (stranger, False)):
        client = client_of(who)
        for place, text in texts_of(client).items():
            assert "Of OSCE" in text or place == "csv"
            assert ("OSCE 1" in text or "OSCE;" in text or "OSCE," in text) == knows, place
        counted = {
            query: client.get(f"{MATRIX}{query}").context["matrix"].entries
            for query in ("?organization=osce", "?country=KZ", "?country=UZ")
        }
        assert counted == {"?organization=osce": knows, "?country=KZ": knows, "?country=UZ": 1}
    # Named in the audience or not, the organization itself knows of its own once it sees it.
    assert cells(client_of(focal_point).get(MATRIX))["water", "KZ"] == ["OSCE"]


def test_nothing_confidential_and_no_good_offices_contact_is_handed_on(
    themes: list[Theme], manager: User, client_of: Any, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = settings.CONFIDENTIAL_FOR_ALL_MANAGERS = True
    secret = make_activity(title_en="Secret", review_state="approved", classification="confidential")
    contact = make_activity(title_en="Contact", review_state="approved", type="good_offices_contact")
    for activity in (secret, contact):
        activity.themes.add(themes[0])
    client = client_of(manager)
    assert {client.get(activity.get_absolute_url()).status_code for activity in (secret, contact)} == {200}
    assert client.get(MATRIX).context["matrix"].entries == 0
    assert not any(word in text for text in texts_of(client).values() for word in ("Secret", "Contact"))


def test_the_files_hold_the_table_as_it_is_filtered(
    records: list[Activity], officer: User, stranger: User, client_of: Any
) -> None:
    client = client_of(officer)
    rows = list(
        csv.DictReader(io.StringIO(client.get(f"{MATRIX}export.csv?theme=water").getvalue().decode("utf-8-sig")))
    )
    assert [(row["Country"], row["Organization"], row["Activities"], row["Overlap"]) for row in rows] == [
        ("Country KZ", "OSCE", "1", "Yes"),
        ("Country KZ", "UNODC", "1", "Yes"),
        ("Country KZ", "UNRCCA", "1", "Yes"),
        ("Country UZ", "UNODC", "1", "No"),
        ("Country UZ", "UNRCCA", "1", "No"),
        ("No country recorded", "UNRCCA", "1", "No"),
        ("No country recorded", "not named", "1", "No"),
    ]
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{MATRIX}export.xlsx?theme=water").getvalue()))
    assert book.sheetnames == ["Who does what", "By organization", "Activities", "About"]
    assert [[cell or "" for cell in row] for row in book.worksheets[0].iter_rows(values_only=True)] == [
        ["Theme", "Country KZ", "Country UZ", "No country recorded"],
        ["Water", "OSCE 1; UNODC 1; UNRCCA 1", "UNODC 1; UNRCCA 1", "UNRCCA 1; not named 1"],
    ]
    assert {sheet.oddFooter.center.text for sheet in book.worksheets} == {
        "UNRCCA — internal — not for distribution outside the Centre"
    }
    word = docx.Document(io.BytesIO(client_of(stranger).get(f"{MATRIX}export.docx?theme=water").content))
    [section] = word.sections
    for part in (section.header, section.footer):
        assert part.paragraphs[0].text == "UNRCCA — released to partners — not for onward distribution"
    assert [cell.text for cell in word.tables[0].rows[1].cells][:2] == ["Water", "overlap\nOSCE 1\nUNODC 1\nUNRCCA 1"]
    assert {row.cells[1].text.splitlines()[0] for row in word.tables[1].rows[1:]} == {
        *("Of OSCE", "Joint", "Nowhere", "Attended")
    }


def test_a_filter_that_is_not_known_is_said_on_the_page(records: list[Activity], client_of: Callable[..., Any]) -> None:
    client = client_of(None)
    page = client.get(f"{MATRIX}?theme=none")
    assert page.status_code == 400 and "“none” is not known here" in page.content.decode()
    for kind in ("csv", "xlsx", "docx"):
        assert client.get(f"{MATRIX}export.{kind}?theme=none")["Location"] == f"{MATRIX}?theme=none"
    assert client.get(f"{MATRIX}export.pdf").status_code == 404


# --- verification ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("stage", "last_verified", "last_day", "due"),
    [
        ("confirmed", date(2024, 8, 31), date(2030, 1, 1), date(2025, 2, 28)),  # six months, to the end of February
        ("postponed", date(2024, 1, 1), date(2024, 2, 1), date(2024, 7, 1)),
        ("planned", date(2024, 1, 1), date(2024, 2, 1), date(2024, 2, 2)),  # it is over: was it held?
        ("planned", date(2024, 2, 2), date(2024, 2, 1), date(2024, 8, 2)),  # somebody said so since
        ("held", date(2020, 1, 1), date(2020, 1, 1), None),
        ("cancelled", date(2020, 1, 1), date(2020, 1, 1), None),
    ],
)
def test_an_entry_is_due_after_so_many_months_or_when_it_is_over(
    stage: str, last_verified: date, last_day: date, due: date | None
) -> None:
    make_activity(stage=stage, last_verified=last_verified, start_date=last_day, end_date=None)
    assert with_verify_by(Activity.objects.all()).get().verify_by == due


@pytest.mark.django_db
def test_an_entry_that_nobody_verified_counts_from_the_day_it_was_made(settings: Any) -> None:
    settings.VERIFY_MONTHS = 1
    today = office_date()
    activity = make_activity(stage="planned", start_date=today + timedelta(days=90), end_date=None)
    assert not with_verify_by(Activity.objects.all()).filter(to_be_verified()).exists()
    Activity.objects.filter(pk=activity.pk).update(created_at="2024-01-31T20:00:00Z")  # 1 February in Ashgabat
    assert with_verify_by(Activity.objects.all()).filter(to_be_verified()).get().verify_by == date(2024, 3, 1)
