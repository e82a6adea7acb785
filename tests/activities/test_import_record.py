"""The public record out of the portal and in again: nothing is lost, nothing changes."""

import io
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest

from accounts.audit import acting
from accounts.models import User
from activities.models import Activity, Evidence
from tests.activities.test_import import ClientOf, exported, kinds, plan, saved, uploaded, written
from tests.loading import loaded

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def record(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with loaded("load_priorities", "load_partners", "load_public_record", blocker=django_db_blocker):
        yield


def rows_of(content: bytes) -> list[dict[str, Any]]:
    headings, *rows = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)
    return [dict(zip(headings, row, strict=True)) for row in rows]


def said(row: dict[str, Any]) -> str:
    """All that a row says but for what the portal makes of it."""
    return repr({name: row[name] for name in row if name not in ("Reference", "Review", "Changed")})


@pytest.mark.parametrize(("kind", "language"), [("xlsx", "en"), ("csv", "ru")])
def test_the_public_record_comes_back_the_same(
    kind: str, language: str, record: None, officer: User, manager: User, client_of: ClientOf
) -> None:
    for user in (officer, manager):
        User.objects.filter(pk=user.pk).update(language=language)
        content = exported(client_of(user), kind)
        assert kinds(uploaded(client_of(user), content, f"file.{kind}")) == {"same": 83}
    if kind == "xlsx":
        # Saved again by a spreadsheet, by a reader of the other language.
        User.objects.filter(pk=officer.pk).update(language="ru")
        content = saved(openpyxl.load_workbook(io.BytesIO(content)))
        assert kinds(uploaded(client_of(officer), content)) == {"same": 83}


def test_the_public_record_comes_into_an_empty_portal(record: None, officer: User, client_of: ClientOf) -> None:
    """All that the file says is there again; references are new, and everything waits for approval."""
    client = client_of(officer)
    content = exported(client)
    with acting(by=None, verb="test"):
        for model in (Evidence, Activity):
            model.objects.all().delete()
    imported = uploaded(client, content)
    assert kinds(imported) == {"new": 83}
    assert "it gets a new one" in plan(imported)[0].notes[0]
    written(client, imported)
    after = rows_of(exported(client))
    assert sorted(map(said, after)) == sorted(map(said, rows_of(content)))
    assert {row["Review"] for row in after} == {"Draft"}
    assert set(Activity.objects.values_list("origin", "created_by")) == {("import", officer.pk)}
