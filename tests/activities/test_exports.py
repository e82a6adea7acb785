"""Lists as files: what they hold, how spreadsheets and programs read them, and who learns what from them."""

import csv
import io
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry, User
from accounts.tables import guarded, unguarded
from activities.models import Involvement
from partners.models import Contact, Organization
from tests.factories.activities import make_activity, make_country, make_theme
from tests.factories.organizations import make_organization

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | None], Client]


def content_of(response: Any) -> bytes:
    assert response.status_code == 200, response.status_code
    return b"".join(response.streaming_content)


def book_of(response: Any) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content_of(response)))


def rows_of_book(response: Any) -> list[dict[str, Any]]:
    headings, *rows = book_of(response).worksheets[0].iter_rows(values_only=True)
    return [dict(zip(headings, row, strict=True)) for row in rows]


def rows_of_csv(response: Any, delimiter: str = ",") -> list[dict[str, str]]:
    text = content_of(response).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


def test_a_workbook_holds_the_list_as_filtered_and_sorted(officer: User, client_of: ClientOf) -> None:
    make_activity(title_en="Seminar on water", type="training", start_date=date(2024, 5, 1), women=7)
    make_activity(title_en="Another seminar", type="training", start_date=date(2023, 5, 1))
    make_activity(title_en="Meeting", type="meeting")
    rows = rows_of_book(client_of(officer).get("/activities/export.xlsx?type=training&ordering=title"))
    assert [row["Title"] for row in rows] == ["Another seminar", "Seminar on water"]
    assert rows[1]["First day"] == datetime(2024, 5, 1) and rows[1]["Women"] == 7 and rows[1]["Type"] == "Training"


def test_dates_are_as_exact_as_they_are_known(officer: User, client_of: ClientOf) -> None:
    for precision, first, last in (
        ("month", date(2024, 7, 1), date(2024, 7, 31)),
        ("year", date(2023, 1, 1), date(2023, 12, 31)),
        ("unknown", None, None),
    ):
        make_activity(title_en=precision, date_precision=precision, start_date=first, end_date=last)
    rows = rows_of_book(client_of(officer).get("/activities/export.xlsx"))
    assert {row["Title"]: (row["First day"], row["Last day"]) for row in rows} == {
        "month": ("2024-07", None),
        "year": (2023, None),
        "unknown": (None, None),
    }


def test_nothing_typed_becomes_a_formula_or_a_link(officer: User, client_of: ClientOf) -> None:
    texts = ["=1+1", "+7 701", "-1", "@SUM(A1)", "'quoted", "https://example.org/", "\t=1"]
    for text in texts:
        make_activity(title_en=text)
    client = client_of(officer)
    sheet = book_of(client.get("/activities/export.xlsx")).worksheets[0]
    assert {(cell.value, cell.data_type) for cell in sheet["B"][1:]} == {(text, "s") for text in texts}
    assert not sheet._hyperlinks
    titles = [row["Title"] for row in rows_of_csv(client.get("/activities/export.csv"))]
    assert {unguarded(title) for title in titles} == set(texts)
    assert not [title for title in titles if title[0] in "=+-@\t"]


@given(st.text())
def test_the_guard_against_formulas_can_be_undone(text: str) -> None:
    assert unguarded(guarded(text)) == text


def test_csv_opens_right_in_the_spreadsheet_of_the_readers_language(officer: User, client_of: ClientOf) -> None:
    make_activity(title_en="Water, energy; climate", title_ru="Вода и энергия")
    content = content_of(client_of(officer).get("/activities/export.csv"))
    assert content.startswith(b"\xef\xbb\xbf") and b"sep=" not in content
    [row] = rows_of_csv(client_of(officer).get("/activities/export.csv"))
    assert (row["Title"], row["Title in Russian"]) == ("Water, energy; climate", "Вода и энергия")
    User.objects.filter(pk=officer.pk).update(language="ru")
    [row] = rows_of_csv(client_of(officer).get("/activities/export.csv"), delimiter=";")
    assert row["Название на русском языке"] == "Вода и энергия"


def test_the_marking_stands_on_every_page_and_in_the_name(
    officer: User, focal_point: User, client_of: ClientOf, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    make_activity(audience="public", review_state="approved")

    def marking(reader: User | None) -> tuple[str, str]:
        response = client_of(reader).get("/activities/export.xlsx?type=meeting")
        book = book_of(response)
        sheet, about = book.worksheets
        told = {row[0]: row[1] for row in about.iter_rows(values_only=True)}
        assert sheet.oddHeader.center.text in (sheet.oddFooter.center.text, told["Marking"])
        assert told["Filters"] == "Type: Meeting" and told["Rows"] == "1"
        return told["Marking"], response["Content-Disposition"]

    for reader, words, name in (
        (None, "public record", "public"),
        (focal_point, "released to partners", "partners"),
        (officer, "internal", "internal"),
    ):
        line, disposition = marking(reader)
        assert words in line and f"-{name}.xlsx" in disposition and "unrcca-activities-20" in disposition
    make_activity(classification="confidential", created_by=officer)
    response = client_of(officer).get("/activities/export.xlsx")
    assert "-CONFIDENTIAL.xlsx" in response["Content-Disposition"]
    assert "CONFIDENTIAL" in book_of(response).worksheets[0].oddHeader.center.text


def test_the_chatham_house_rule_and_hidden_partners_hold_in_files(
    officer: User, stranger: User, osce: Organization, client_of: ClientOf
) -> None:
    quiet = make_organization("quiet", name_en="A quiet institute")
    open_one = make_activity(audience="public", review_state="approved", title_en="Open")
    closed = make_activity(
        audience="public", review_state="approved", title_en="Closed", chatham_house=True, outcome="Said by X"
    )
    for activity in (open_one, closed):
        activity.countries.add(make_country("KZ"))
        for organization in (osce, quiet):
            Involvement.objects.create(activity=activity, organization=organization)
    rows = {row["Title"]: row for row in rows_of_csv(client_of(stranger).get("/activities/export.csv"))}
    assert rows["Open"]["Partners"] == "OSCE (Participant)"
    assert [rows["Closed"][name] for name in ("Partners", "Countries taking part", "Outcome")] == ["", "", ""]
    assert "Audience" not in rows["Open"] and "Follow-up" not in rows["Open"]
    rows = {row["Title"]: row for row in rows_of_csv(client_of(officer).get("/activities/export.csv"))}
    assert rows["Closed"]["Partners"] == "A quiet institute (Participant); OSCE (Participant)"
    assert rows["Closed"]["Outcome"] == "Said by X"


def test_contacts_are_for_staff(officer: User, focal_point: User, osce: Organization, client_of: ClientOf) -> None:
    Contact.objects.create(organization=osce, name="Example person", purpose="Example")
    [row] = rows_of_book(client_of(officer).get("/partners/contacts/export.xlsx"))
    assert (row["Name"], row["Purpose"]) == ("Example person", "Example")
    assert client_of(focal_point).get("/partners/contacts/export.xlsx").status_code == 403


def test_every_export_is_noted_with_what_it_held(officer: User, client_of: ClientOf) -> None:
    make_activity(type="training")
    make_activity()
    content_of(client_of(officer).get("/activities/export.csv?type=training"))
    entry = AuditEntry.objects.get(verb="export")
    assert entry.actor == officer
    assert entry.changes == {
        "list": [None, "activities"],
        "format": [None, "csv"],
        "rows": [None, 1],
        "filters": [None, "type=training"],
    }


def test_a_filter_that_is_not_understood_leads_back_to_the_page(officer: User, client_of: ClientOf) -> None:
    response = client_of(officer).get("/activities/export.xlsx?type=nothing")
    assert response["Location"] == "/activities/?type=nothing"
    assert client_of(officer).get("/activities/export.pdf").status_code == 404


@pytest.mark.parametrize(
    "url", ["/activities/export.csv", "/partners/export.csv", "/briefings/export.csv", "/developments/export.csv"]
)
def test_the_number_of_queries_does_not_grow(
    url: str, officer: User, osce: Organization, client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    client = client_of(officer)
    content_of(client.get(url))

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            content_of(client.get(url))
        return len(asked)

    def grow() -> None:
        for number in range(5):
            activity = make_activity()
            activity.themes.add(make_theme())
            Involvement.objects.create(activity=activity, organization=osce)
            make_organization(f"p-{activity.pk}-{number}")

    grow()
    few = queries()
    grow()
    assert queries() == few <= 16


def test_all_lists_have_their_rows(officer: User, client_of: ClientOf) -> None:
    for command in ("load_priorities", "load_partners", "load_public_record", "load_briefings"):
        call_command(command, verbosity=0)
    client = client_of(officer)
    for url, count in {
        "/activities/export.xlsx": 83,
        "/activities/series/export.xlsx": None,
        "/partners/export.xlsx": None,
        "/partners/agreements/export.xlsx": None,
        "/briefings/export.xlsx": 33,
        "/developments/export.xlsx": None,
    }.items():
        rows = rows_of_book(client.get(url))
        assert rows and (count is None or len(rows) == count), url
