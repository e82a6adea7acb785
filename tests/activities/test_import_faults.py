"""Imports in which something goes wrong, or changes between the preview and the import, and how they are marked."""

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from accounts.audit import acting
from accounts.models import User
from accounts.roles import Role
from activities import tasks
from activities.imports import ActivityImport
from activities.models import Activity, ReferenceCounter
from activities.sheets import deeds, importer, reading
from partners.actions import create_organization
from partners.models import Organization
from tests.activities.test_import import (  # noqa: F401  # a fixture is found by its name
    NEW,
    ROW,
    book,
    client,
    plan,
    problems,
    refused,
    saved,
    upload,
    uploaded,
    written,
)
from tests.factories.activities import make_complete_activity, the_priority

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | None], Client]
CONFIDENTIAL = "UNRCCA — CONFIDENTIAL"


def page_of(client: Client, imported: ActivityImport, query: str = "") -> str:  # noqa: F811
    return client.get(f"{NEW}{imported.pk}/{query}").content.decode()


# --- words that are not known ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "column",
    [
        "type",
        "stage",
        "centre_role",
        "date_precision",
        "date_basis",
        "format",
        "certainty",
        "classification",
        "audience",
    ],
)
def test_an_unknown_word_is_an_error_of_its_cell(column: str, client: Client) -> None:  # noqa: F811
    the_priority()
    imported = uploaded(client, book({**ROW, column: "Perhaps"}))
    [(address, message)] = problems(imported)
    place = [*ROW, column].index(column) if column not in ROW else [*ROW].index(column)
    assert address == f"Activities!{'ABCDE'[place]}2"
    assert message.startswith("“Perhaps” is none of these: ")


def test_what_only_the_database_refuses_is_an_error_of_its_cell(client: Client) -> None:  # noqa: F811
    the_priority()
    [(address, message)] = problems(uploaded(client, book({**ROW, "links": " | | 2024-05-02"}, ROW)))
    assert (address, message) == ("Activities!E2", "Give the address, or at least the publisher or the title.")


# --- faults ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize("deed", ["check", "write"])
def test_any_fault_ends_in_a_plain_word_and_a_way_to_try_again(
    deed: str,
    long: bool,
    client: Client,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    the_priority()
    if long:
        monkeypatch.setattr(deeds, "ROWS_AT_ONCE", 0)
    method = {"check": "plan", "write": "write"}[deed]
    with monkeypatch.context() as broken:
        broken.setattr(importer.Importer, method, lambda *given: 1 / 0)
        imported = uploaded(client, book(ROW))
        if deed == "write":
            imported = written(client, imported)
    assert imported.status == "failed" and not Activity.objects.exists()
    page = page_of(client, imported)
    assert "nothing was written" in page and "Try again" in page
    client.post(f"{NEW}{imported.pk}/again/")
    tasks.check_import(imported.pk)
    imported.refresh_from_db()
    assert "1 new draft" in page_of(client, imported)
    assert written(client, imported).status == "done"


def test_a_worker_comes_back_to_a_database_that_went_away_but_not_for_ever(
    client: Client,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    the_priority()
    monkeypatch.setattr(deeds, "ROWS_AT_ONCE", 0)
    upload(client, book(ROW))
    imported = ActivityImport.objects.get()

    tries = []

    def gone(import_id: int, progress: Any) -> None:
        tries.append(import_id)
        raise OperationalError("server closed the connection")

    with monkeypatch.context() as broken:
        broken.setitem(deeds.DEEDS, "check", gone)
        tasks.check_import.apply(args=(imported.pk,))
    imported.refresh_from_db()
    assert len(tries) == 1 + len(tasks.COMES_BACK_AFTER) and imported.status == "failed"


# --- between preview and import -------------------------------------------------------------------------------------


def test_the_preview_says_what_changed_meanwhile(officer: User, manager: User, client: Client) -> None:  # noqa: F811
    names = ("mended", "approved", "deleted", "left")
    activities = {name: make_complete_activity(created_by=officer, title_en=name, city="Osh") for name in names}
    rows = [{"reference": one.reference, "title_en": one.title_en, "city": "Almaty"} for one in activities.values()]
    imported = uploaded(client, book(*rows))
    with acting(by=manager, verb="edit"):
        activities["mended"].city = "Naryn"
        activities["mended"].touch(manager)
        activities["mended"].save()
        Activity.objects.filter(pk=activities["approved"].pk).update(
            review_state="approved", submitted_at=timezone.now(), reviewed_at=timezone.now()
        )
        activities["deleted"].delete()
    imported = written(client, imported)
    assert imported.status == "ready" and not Activity.objects.filter(city="Almaty").exists()
    news = {row.title: " ".join(row.news) for row in plan(imported)}
    assert "Somebody saved the activity" in news["mended"]
    assert "It was “Changed” and is now “With errors”" in news["approved"]
    assert "The activity was deleted" in news["deleted"]
    assert news["left"] == ""
    page = page_of(client, imported)
    assert "Nothing was imported" in page and "Somebody saved the activity" in page and "Naryn" in page
    assert ">left<" not in page and ">left<" in page_of(client, imported, "?show=changed")


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, None])
def test_who_may_no_longer_import_writes_nothing(role: Role | None, officer: User, client: Client) -> None:  # noqa: F811
    """The worker meets it, since the page refuses such a person."""
    activity = make_complete_activity(created_by=officer, city="Osh")
    imported = uploaded(
        client, book({**ROW, "reference": "", "city": ""}, {**ROW, "reference": activity.reference, "city": "Almaty"})
    )
    ActivityImport.objects.update(status="writing")
    User.objects.filter(pk=officer.pk).update(**({"role": role} if role else {"is_active": False}))
    tasks.write_import(imported.pk)
    imported.refresh_from_db()
    assert imported.status == "ready" and list(Activity.objects.values_list("city", flat=True)) == ["Osh"]
    assert {row.problems[0].message for row in plan(imported) if row.problems} == {str(importer.NOT_ALLOWED)}


def test_an_organization_that_somebody_added_meanwhile_is_not_added_twice(
    officer: User,
    client: Client,  # noqa: F811
) -> None:
    the_priority()
    imported = uploaded(client, book({**ROW, "partners": "Example academy"}))
    client.post(f"{NEW}{imported.pk}/names/", {"name-0": "+research_institution"})
    imported.refresh_from_db()
    create_organization(name_en="Example academy", type="research_institution", by=officer)
    imported = written(client, imported)
    if imported.status == "ready":
        imported = written(client, imported)
    assert imported.status == "done" and Organization.objects.filter(name_en="Example academy").count() == 1
    assert Activity.objects.get().involvements.get().organization.name_en == "Example academy"


def test_a_click_on_an_old_preview_says_that_there_is_a_newer_one(client: Client) -> None:  # noqa: F811
    the_priority()
    imported = uploaded(client, book(ROW))
    old = imported.token
    client.post(f"{NEW}{imported.pk}/again/")
    response = client.post(f"{NEW}{imported.pk}/write/", {"token": old}, follow=True)
    assert "The preview was made anew" in response.content.decode() and not Activity.objects.exists()


# --- marking --------------------------------------------------------------------------------------------------------


def test_pages_carry_the_highest_marking_of_their_records(officer: User, client: Client, settings: Any) -> None:  # noqa: F811
    settings.CONFIDENTIAL_ALLOWED = True
    quiet = make_complete_activity(created_by=officer, title_en="Quiet", classification="confidential", city="Osh")
    plain = make_complete_activity(created_by=officer, title_en="Plain", city="Osh")
    basis = {"classification": "Confidential", "classification_basis": "Example"}
    alike = {**ROW, "title_en": "Quiet", "start_date": quiet.start_date.isoformat()}
    for rows, confidential in (
        ([{**ROW, "reference": plain.reference}, {**ROW, "title_en": "Other"}], False),
        ([{"reference": plain.reference, "city": "Naryn"}, {"reference": quiet.reference, "city": "Osh"}], True),
        ([{**ROW, "reference": plain.reference, "title_en": "Plain"}, alike], True),
        ([{**ROW, "title_en": "Another", **basis}], True),
    ):
        imported = uploaded(client, book(*rows))
        assert (CONFIDENTIAL in page_of(client, imported)) == confidential, rows
        assert written(client, imported).status == "done"
        assert (CONFIDENTIAL in page_of(client, imported)) == ("classification" in rows[-1]), rows
    imported = uploaded(client, book({"reference": plain.reference, "city": "Talas"}))
    Activity.objects.filter(pk=plain.pk).update(classification="confidential", audience="internal")
    assert CONFIDENTIAL in page_of(client, imported)


# --- references -----------------------------------------------------------------------------------------------------


def test_the_counter_of_references_is_free_while_rows_are_tried_and_written(
    client: Client,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """References are given out before, once: what is tried takes none, and who tries again gets the same."""
    the_priority()
    imported = uploaded(client, book(ROW, {**ROW, "title_en": "Other"}, {**ROW, "start_date": "2023-05-01"}))
    assert not ReferenceCounter.objects.exists()
    asked = Counting()
    save = importer.Importer._save

    def watched(*given: Any) -> Activity:
        with connection.execute_wrapper(asked):
            return save(*given)

    monkeypatch.setattr(importer.Importer, "_save", watched)
    written(client, imported)
    assert asked.total and not any("activities_referencecounter" in sql for sql in asked.statements)
    assert sorted(Activity.objects.values_list("reference", flat=True)) == [
        "UNRCCA-2023-0001",
        "UNRCCA-2024-0001",
        "UNRCCA-2024-0002",
    ]


def test_rows_share_what_the_form_looks_up(
    osce: Organization,
    client: Client,  # noqa: F811
) -> None:
    the_priority()
    rows = [{**ROW, "title_en": f"Row {number}", "partners": "OSCE"} for number in range(20)]
    with connection.execute_wrapper(count := Counting()):
        uploaded(client, book(*rows))
    assert count.of("partners_organization", "SELECT") < 50 and count.total < 20 * 45, count.total


class Counting:
    """Counts statements by what they say."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __call__(self, execute: Any, sql: str, *rest: Any) -> Any:
        self.statements.append(sql)
        return execute(sql, *rest)

    @property
    def total(self) -> int:
        return len(self.statements)

    def of(self, table: str, verb: str) -> int:
        return sum(1 for sql in self.statements if sql.startswith(verb) and f'FROM "{table}"' in sql)


# --- empty rows -----------------------------------------------------------------------------------------------------


def formatted(rows: int, *, below: Any = None) -> bytes:
    """A table of one row, formatted far below its end."""
    made = openpyxl.load_workbook(io.BytesIO(book(ROW)))
    for number in range(3, rows):
        made.active.cell(number, 1).number_format = "0"
    if below:
        made.active.cell(rows, 1).value = below
    return saved(made)


def test_empty_rows_below_the_table_are_left_out(client: Client) -> None:  # noqa: F811
    the_priority()
    assert [row.kind for row in plan(uploaded(client, formatted(reading.MOST_LINES + 1_000)))] == ["new"]
    content = b"title_en,type\nExample,Training\n" + b",\n" * 30_000
    assert len(plan(uploaded(client, content, "file.csv"))) == 1


def test_what_stands_far_below_the_table_is_pointed_out(client: Client) -> None:  # noqa: F811
    row = reading.MOST_LINES + 100
    message = refused(client, formatted(row, below=" "))
    assert "follow row 2," in message and f"as far down as row {row}" in message and "from 3 on" in message
