"""What holds the code together: imports run one way, and every table is audited."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from accounts.audit import AUDITED_APPS, UNAUDITED_TABLES

ORDER = ["accounts", "partners", "priorities", "activities", "briefings", "reports"]
BASE = Path(settings.BASE_DIR)


def imported_packages(path: Path) -> set[str]:
    """First names of all modules a file imports, at its head or inside functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("app", ORDER)
def test_imports_run_one_way(app: str) -> None:
    later = {*ORDER[ORDER.index(app) + 1 :], "unrcca_portal", "tests"}
    # The example users belong to organizations; the command is run by hand and nothing imports it.
    allowed = {BASE / "accounts/management/commands/create_demo_cast.py": {"partners"}}
    wrong = {
        str(path.relative_to(BASE)): sorted(found)
        for path in (BASE / app).rglob("*.py")
        if "migrations" not in path.parts and (found := imported_packages(path) & later - allowed.get(path, set()))
    }
    assert not wrong


def test_no_app_of_leftovers() -> None:
    assert not {"core", "common", "utils", "helpers"} & {path.name for path in BASE.iterdir() if path.is_dir()}


@pytest.mark.django_db
def test_every_table_of_ours_is_audited() -> None:
    tables = {
        model._meta.db_table
        for label in AUDITED_APPS
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'audit'")
        audited = {row[0] for row in cursor.fetchall()}
    assert tables - audited == UNAUDITED_TABLES


def test_the_project_reads_nothing_outside_itself() -> None:
    """No module names the folder of working papers beside the project."""
    wrong = [
        str(path.relative_to(BASE))
        for app in [*ORDER, "unrcca_portal"]
        for path in (BASE / app).rglob("*.py")
        if "../shared" in path.read_text(encoding="utf-8")
    ]
    assert not wrong
