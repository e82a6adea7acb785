"""Files into the portal: what the preview says, what is written then, and what comes back out."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.audit import acting
from accounts.models import AuditEntry, User
from activities import tasks
from activities.imports import ActivityImport
from activities.models import Activity, Evidence, Involvement, Link
from activities.sheets import deeds, reading
from activities.sheets.importer import PlannedRow
from partners.models import Organization
from tests.activities.test_exports import content_of
from tests.factories.activities import make_activity, make_complete_activity, make_theme, the_priority
from tests.factories.framework import make_commitment
from tests.factories.organizations import make_organization

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | None], Client]
NEW = "/activities/import/"
# What a new row needs.
ROW = {"title_en": "Seminar on water", "type": "Training", "start_date": "2024-05-01", "main_priority": "2021-2025/I"}


@pytest.fixture
def client(officer: User, client_of: ClientOf) -> Client:
    return client_of(officer)


def exported(client: Client, kind: str = "xlsx", query: str = "") -> bytes:
    return content_of(client.get(f"/activities/export.{kind}{query}"))


def upload(client: Client, content: bytes, name: str = "file.xlsx") -> Any:
    return client.post(NEW, {"file": SimpleUploadedFile(name, content)})


def uploaded(client: Client, content: bytes, name: str = "file.xlsx") -> ActivityImport:
    """The file as it waits for its importer's word; a worker is not waited for."""
    response = upload(client, content, name)
    assert response.status_code == 302, response.context["form"].errors
    found = ActivityImport.objects.get(pk=int(response["Location"].split("/")[-2]))
    tasks.check_import(found.pk)
    found.refresh_from_db()
    return found


def refused(client: Client, content: bytes, name: str = "file.xlsx") -> str:
    """Why the file is not taken at all."""
    response = upload(client, content, name)
    assert response.status_code == 400 and not ActivityImport.objects.exists()
    [message] = response.context["form"].errors["file"]
    return str(message)


def written(client: Client, imported: ActivityImport) -> ActivityImport:
    client.post(f"{NEW}{imported.pk}/write/", {"token": imported.token})
    tasks.write_import(imported.pk)
    imported.refresh_from_db()
    return imported


def book(*rows: dict[str, Any], headings: list[str] | None = None) -> bytes:
    """A workbook with these rows."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "Activities"
    names = headings or list(dict.fromkeys(name for row in rows for name in row))
    sheet.append(names)
    for row in rows:
        sheet.append([row.get(name) for name in names])
    return saved(made)


def saved(made: Any) -> bytes:
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def plan(imported: ActivityImport) -> list[PlannedRow]:
    return deeds.plan_of(imported).rows


def problems(imported: ActivityImport) -> list[tuple[str, str]]:
    return [(problem.address, problem.message) for row in plan(imported) for problem in row.problems]


def kinds(imported: ActivityImport) -> dict[str, int]:
    assert not problems(imported)
    return dict(deeds.plan_of(imported).counts)


# --- what is written --------------------------------------------------------------------------------------------


def test_a_new_row_becomes_an_internal_draft_of_its_importer(officer: User, osce: Organization, client: Client) -> None:
    commitment = make_commitment(priority=the_priority())
    theme = make_theme(name_ru="Вода")
    row = {
        **ROW,
        "Title in Russian": "Семинар",
        "themes": "вода",
        "partners": "osce (co-organizer); UNODC (Donor)",
        "commitments": "I.1 (inferred)",
        "women": "12",
        "links": "A page | Example | 2024-05-02 | https://example.org/a;b",
        "chatham_house": "да",
    }
    make_organization("unodc", acronym="UNODC")
    imported = uploaded(client, book(row))
    assert kinds(imported) == {"new": 1}
    [activity] = deeds.made_by(written(client, imported), "new")
    assert (activity.review_state, activity.audience, activity.created_by) == ("draft", "internal", officer)
    assert (activity.title_en, activity.title_ru, activity.women) == ("Seminar on water", "Семинар", 12)
    assert activity.chatham_house and list(activity.themes.all()) == [theme]
    assert set(activity.involvements.values_list("organization__code", "role")) == {
        ("osce", "co_organizer"),
        ("unodc", "donor"),
    }
    assert list(activity.evidence.values_list("commitment", "inferred")) == [(commitment.pk, True)]
    link = Link.objects.get()
    assert (link.url, link.published_on) == ("https://example.org/a;b", date(2024, 5, 2))
    entry = AuditEntry.objects.filter(subject="activities.activity", part="").latest("pk")
    assert (entry.verb, entry.actor) == ("import", officer)
    assert AuditEntry.objects.filter(verb="import", subject="").get().changes["rows"] == [None, 1]


def test_only_cells_that_differ_are_changed(officer: User, osce: Organization, client: Client) -> None:
    activity = make_complete_activity(city="Osh", women=3, created_by=officer)
    Involvement.objects.create(activity=activity, organization=osce)
    Evidence.objects.create(
        activity=activity, commitment=make_commitment(priority=the_priority()), inferred=True, reason_en="A guess"
    )
    content = book({"reference": activity.reference, "city": "Almaty", "women": None, "commitments": "I.1"})
    imported = uploaded(client, content)
    [row] = plan(imported)
    assert row.kind == "changed"
    assert row.changes == [("City", "Osh", "Almaty"), ("Women", "3", "")]
    written(client, imported)
    activity.refresh_from_db()
    assert (activity.city, activity.women, activity.version) == ("Almaty", None, 2)
    assert activity.summary == "Example summary." and activity.involvements.count() == 1
    assert activity.evidence.get().inferred, "to confirm a guess is a deed of its own"


def test_dates_are_read_as_people_and_spreadsheets_write_them(client: Client) -> None:
    the_priority()
    cases = {
        "2024-07-23": ("day", date(2024, 7, 23), None),
        "23.07.2024": ("day", date(2024, 7, 23), None),
        "23 July 2024": ("day", date(2024, 7, 23), None),
        "23 июля 2024 г.": ("day", date(2024, 7, 23), None),
        "24 июля 2024\u00a0г.": ("day", date(2024, 7, 24), None),
        datetime(2024, 7, 23): ("day", date(2024, 7, 23), None),
        45_496: ("day", date(2024, 7, 23), None),
        "2024-07": ("month", date(2024, 7, 1), date(2024, 7, 31)),
        "июл.24": ("month", date(2024, 7, 1), date(2024, 7, 31)),
        "2024": ("year", date(2024, 1, 1), date(2024, 12, 31)),
        2024: ("year", date(2024, 1, 1), date(2024, 12, 31)),
        None: ("unknown", None, None),
    }
    rows = [{**ROW, "title_en": f"Row {number}", "start_date": cell} for number, cell in enumerate(cases)]
    made = openpyxl.load_workbook(io.BytesIO(book(*rows, {**ROW, "start_date": datetime(2024, 7, 1)})))
    made.active.cell(len(rows) + 2, 3).number_format = "mmm-yy"  # Excel made this of a typed 2024-07
    imported = written(client, uploaded(client, saved(made)))
    found = [(a.date_precision, a.start_date, a.end_date) for a in deeds.made_by(imported, "new")]
    expected = [*cases.values(), ("month", date(2024, 7, 1), date(2024, 7, 31))]
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_a_misspelt_partner_is_suggested_chosen_or_added(osce: Organization, client: Client) -> None:
    the_priority()
    osce.name_en = "Organization for Security and Co-operation in Europe"
    osce.save()
    text = "Organisation for Security and Cooperation in Europe; Example academy"
    imported = uploaded(client, book({**ROW, "partners": text}, {**ROW, "title_en": "Other", "partners": text}))
    assert problems(imported)[0][0] == "Activities!E2"
    assert "Did you mean OSCE?" in problems(imported)[0][1]
    page = client.get(f"{NEW}{imported.pk}/").content.decode()
    assert "nothing can be imported yet" in page and 'value="osce"' in page
    # An import with errors is not written, whatever the browser sends.
    written(client, imported)
    assert not Activity.objects.exists()
    names = client.get(f"{NEW}{imported.pk}/").context["names"]
    answers = dict(zip(text.split("; "), ["osce", "+research_institution"], strict=True))
    client.post(f"{NEW}{imported.pk}/names/", {f"name-{n}": answers[text] for n, text in enumerate(names.names)})
    imported.refresh_from_db()
    assert kinds(imported) == {"new": 2} and not Organization.objects.filter(name_en="Example academy").exists()
    written(client, imported)
    academy = Organization.objects.get(name_en="Example academy")
    assert (academy.type, academy.audience) == ("research_institution", "internal")
    assert Involvement.objects.filter(organization__in=[osce, academy]).count() == 4


def test_what_the_importer_may_not_see_is_never_met_or_touched(
    officer: User, colleague: User, client: Client, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    quiet = make_organization("quiet", name_en="A quiet institute", classification="confidential")
    hidden = make_activity(classification="confidential", created_by=colleague)
    mine = make_complete_activity(created_by=officer, audience="internal")
    Involvement.objects.create(activity=mine, organization=quiet)
    content = book(
        {"reference": mine.reference, **ROW, "partners": "A quiet institute"},
        {"reference": hidden.reference, **ROW, "title_en": "Mine", "partners": None},
    )
    imported = uploaded(client, content)
    first, second = plan(imported)
    assert "not known here" in first.problems[0].message and "quiet" not in first.problems[0].message.partition("”")[2]
    assert second.kind == "new" and second.pk is None
    page = client.get(f"{NEW}{imported.pk}/").content.decode()
    assert 'value="quiet"' not in page
    content = book({"reference": mine.reference, "partners": None, "city": "Osh"})
    imported = written(client, uploaded(client, content))
    assert mine.involvements.get().organization == quiet
    assert Activity.objects.get(pk=hidden.pk).version == 1


# --- rules ------------------------------------------------------------------------------------------------------


def test_a_row_obeys_the_rules_of_the_form(officer: User, client: Client) -> None:
    make_theme()
    the_priority()
    approved = make_complete_activity(review_state="approved", stage="held", outcome="Example", created_by=officer)
    rows: list[dict[str, Any]] = [
        {**ROW, "title_en": None, "city": "Osh"},
        {**ROW, "youth": 7, "women": 3},
        {**ROW, "edition": 4},
        {**ROW, "type": "Picnic"},
        {**ROW, "themes": "wter"},
        {**ROW, "start_date": "2024-02-31"},
        {**ROW, "end_date": "2024-04-01"},
        {**ROW, "women": "about 30"},
        {**ROW, "main_priority": None},
        {**ROW, "stage": "Held", "start_date": timezone.localdate() + timedelta(days=9)},
        {"reference": approved.reference, **ROW},
        {"reference": approved.reference, **ROW},
    ]
    imported = uploaded(client, book(*rows))
    found = {row.number: " ".join(problem.message for problem in row.problems) for row in plan(imported)}
    for number, words in {
        2: "required",
        3: "more youth than participants",
        4: "needs its series",
        5: "none of these: Meeting",
        6: "Did you mean Water?",
        7: "is no date",
        8: "before the first day",
        9: "Write digits alone",
        10: "Choose the priority",
        11: "in the future",
        12: "stands in more than one row",
        13: "stands in more than one row",
    }.items():
        assert words in found[number], (number, found[number])
    assert {row.kind for row in plan(imported)} == {"error"}


def test_approved_records_are_changed_by_managers_alone_and_keep_what_approval_needs(
    officer: User, manager: User, client_of: ClientOf
) -> None:
    approved = make_complete_activity(review_state="approved", created_by=officer)
    [row] = plan(uploaded(client_of(officer), book({"reference": approved.reference, "city": "Osh"})))
    assert "only managers change it" in row.problems[0].message
    [row] = plan(uploaded(client_of(manager), book({"reference": approved.reference, "summary": None})))
    assert "it must keep: summary" in row.problems[0].message
    content = book({"reference": approved.reference, "city": "Osh", "review_state": "Draft"})
    imported = uploaded(client_of(manager), content)
    assert deeds.plan_of(imported).fixed_columns == ["Review"]
    written(client_of(manager), imported)
    approved.refresh_from_db()
    assert (approved.city, approved.review_state) == ("Osh", "approved")


def test_a_released_good_offices_contact_waits_for_the_second_manager(officer: User, client: Client) -> None:
    the_priority()
    content = book({**ROW, "type": "Good offices contact", "audience": "Public"})
    [contact] = deeds.made_by(written(client, uploaded(client, content)), "new")
    assert contact.audience == "public" and contact.release_held


@pytest.mark.parametrize("text", ["Strictly confidential", "Строго конфиденциально", "strictly_confidential"])
def test_strictly_confidential_files_are_not_even_kept(text: str, client: Client) -> None:
    message = refused(client, book({**ROW, "classification": text}))
    assert message.startswith("Activities!E2: ") and "code cable" in message


def test_who_may_import_and_who_sees_it(
    officer: User, colleague: User, manager: User, administrator: User, focal_point: User, client_of: ClientOf
) -> None:
    the_priority()
    imported = uploaded(client_of(officer), book(ROW))
    for other in (colleague, manager):
        assert client_of(other).get(f"{NEW}{imported.pk}/").status_code == 404
        assert imported.name not in client_of(other).get(NEW).content.decode()
    for stranger in (administrator, focal_point):
        assert client_of(stranger).get(NEW).status_code == 403
    assert client_of(None).get(NEW).status_code == 302
    ActivityImport.objects.update(expires_at=timezone.now())
    assert client_of(officer).get(f"{NEW}{imported.pk}/").status_code == 404
    tasks.forget_expired_imports()
    assert not ActivityImport.objects.exists()


# --- all or nothing ---------------------------------------------------------------------------------------------


def test_somebody_was_quicker_so_nothing_is_written(officer: User, manager: User, client: Client) -> None:
    activity = make_complete_activity(created_by=officer, city="Osh")
    content = book({"reference": activity.reference, **ROW}, ROW)
    imported = uploaded(client, content)
    with acting(by=manager, verb="edit"):
        activity.city = "Naryn"
        activity.touch(manager)
        activity.save()
    written(client, imported)
    assert Activity.objects.count() == 1 and Activity.objects.get().title_en == "Example activity"
    page = client.get(f"{NEW}{imported.pk}/").content.decode()
    assert "Nothing was imported" in page
    written(client, imported)
    assert Activity.objects.count() == 2


def test_a_double_click_imports_once(client: Client) -> None:
    the_priority()
    imported = uploaded(client, book(ROW))
    for _click in range(2):
        client.post(f"{NEW}{imported.pk}/write/", {"token": imported.token})
    tasks.write_import(imported.pk)
    assert Activity.objects.count() == 1


def test_a_long_file_is_left_to_a_worker(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    the_priority()
    monkeypatch.setattr(deeds, "ROWS_AT_ONCE", 2)
    response = upload(client, book(*({**ROW, "title_en": f"Row {number}"} for number in range(3))))
    url = response["Location"]
    assert "Being checked" in client.get(url).content.decode()
    imported = ActivityImport.objects.get()
    tasks.check_import(imported.pk)
    assert "3 new drafts" in client.get(url).content.decode()
    imported.refresh_from_db()
    client.post(f"{url}write/", {"token": imported.token})
    assert "Being imported" in client.get(url).content.decode() and not Activity.objects.exists()
    for _delivery in range(2):
        tasks.write_import(imported.pk)
    assert Activity.objects.count() == 3
    assert "3 new drafts" in client.get(url).content.decode()


def test_what_was_added_can_be_taken_back_while_nobody_touched_it(client: Client, officer: User) -> None:
    the_priority()
    imported = written(client, uploaded(client, book(ROW, {**ROW, "title_en": "Other"})))
    touched = Activity.objects.get(title_en="Other")
    touched.touch(officer)
    touched.save()
    assert "1 draft<" in client.get(f"{NEW}{imported.pk}/undo/").content.decode()
    client.post(f"{NEW}{imported.pk}/undo/")
    assert list(Activity.objects.all()) == [touched]
    assert client.get(f"{NEW}{imported.pk}/undo/").status_code == 404


def test_possible_duplicates_are_pointed_out(client: Client) -> None:
    the_priority()
    there = make_activity(title_en="Seminar on Water", start_date=date(2024, 5, 1))
    rows = plan(uploaded(client, book(ROW, {**ROW, "title_en": "On water: seminar"}, {**ROW, "title_en": "Other"})))
    assert [row.duplicates for row in rows] == [
        [(there.reference, "Seminar on Water")],
        [(there.reference, "Seminar on Water"), ("row 2", "Seminar on water")],
        [],
    ]


# --- files as they come -----------------------------------------------------------------------------------------


def as_csv(rows: list[list[Any]], delimiter: str, encoding: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


@pytest.mark.parametrize(
    ("delimiter", "encoding"),
    [(",", "utf-8-sig"), (";", "cp1251"), ("\t", "utf-16"), (";", "utf-8")],
)
def test_csv_of_any_separator_and_encoding(delimiter: str, encoding: str, client: Client) -> None:
    the_priority()
    rows = [
        ["Мероприятия 2024", "", "", "", ""],
        ["title_en", "type", "Первый день", "main_priority", "Заметки"],
        ["Семинар; о воде,\nвторая строка", "Training", "23.07.2024", "2021-2025/i", "x"],
        ["", "", "", "", ""],
    ]
    imported = uploaded(client, as_csv(rows, delimiter, encoding), "file.csv")
    assert kinds(imported) == {"new": 1} and deeds.plan_of(imported).unknown_columns == ["Заметки"]
    [activity] = deeds.made_by(written(client, imported), "new")
    assert activity.title_en.startswith("Семинар; о воде,")


def test_odd_workbooks(client: Client) -> None:
    """A title above merged headings, other sheets, hidden and empty rows, no-break spaces, numbers kept as text."""
    the_priority()
    made = openpyxl.Workbook()
    made.active.append(["Notes", "of no use"])
    sheet = made.create_sheet("Plan")
    sheet.append(["Activities of 2024"])
    sheet.merge_cells("A1:D1")
    sheet.append(["Title\xa0", "TYPE", "First  day", "Main priority", "Women", "Men"])
    sheet.append(["\xa0Seminar\xa0on water ", "training", "2024-05-01", "2021-2025/I", "12", 9.0])
    sheet.append([None] * 6)
    sheet.row_dimensions[3].hidden = True
    sheet.cell(5000, 1).number_format = "0"
    [activity] = deeds.made_by(written(client, uploaded(client, saved(made))), "new")
    assert (activity.title_en, activity.women, activity.men) == ("Seminar\xa0on water", 12, 9)


def test_formulas_without_a_result_and_errors_are_no_empty_cells(client: Client, officer: User) -> None:
    activity = make_complete_activity(created_by=officer, city="Osh", women=3)
    content = book({"reference": activity.reference, "city": '=UPPER("osh")', "women": "#REF!"})
    found = dict(problems(uploaded(client, content)))
    assert "no saved result" in found["Activities!B2"] and "#REF!" in found["Activities!C2"]


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (reading.MOST_BYTES_UNPACKED + 1))
    return file.getvalue()


def with_entities() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"PK\x03\x04 no archive", "damaged"),
        (b"\xd0\xcf\x11\xe0 old", "old Excel file"),
        (b"%PDF-1.7\0\0", "neither an Excel workbook nor a text"),
        (b"Name,Nothing\n1,2\n", "No row of headings"),
        (b"title_en,type\n", "no row below the headings"),
        (b"type,city\nTraining,Osh\n", "neither a column for the reference"),
        (b"title_en,type,Title\na,b,c\n", "Two columns are called"),
        (bomb(), "more than 100 MB"),
        (with_entities(), "what no spreadsheet writes"),
        (b"title_en,type\n" + b"a,b\n" * 5_001, "more than 5,000 rows"),
    ],
    ids=["damaged", "old", "pdf", "strange", "empty", "nothing to go by", "twice", "bomb", "entities", "long"],
)
def test_a_file_that_cannot_be_taken_is_refused_with_a_word_on_what_to_do(
    content: bytes, why: str, client: Client
) -> None:
    assert why in refused(client, content)


def test_the_template_can_be_filled_in(osce: Organization, client: Client) -> None:
    the_priority()
    made = openpyxl.load_workbook(io.BytesIO(content_of(client.get(f"{NEW}template.xlsx"))))
    assert [sheet.title for sheet in made.worksheets] == ["Activities", "How to fill it in", "Allowed values"]
    sheet = made.worksheets[0]
    assert sheet.data_validations.count > 5
    headings = [cell.value for cell in sheet[1]]
    assert headings == [cell.value for cell in openpyxl.load_workbook(io.BytesIO(exported(client))).worksheets[0][1]]
    for heading, value in {"Title": "Seminar", "Type": "Training", "Main priority": "2021-2025/I"}.items():
        sheet.cell(2, headings.index(heading) + 1).value = value
    assert kinds(uploaded(client, saved(made))) == {"new": 1}
    text = content_of(client.get(f"{NEW}template.csv")).decode("utf-8-sig")
    assert next(csv.reader([text])) == headings
