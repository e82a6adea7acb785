"""Every table that an answer reads is watched, so that `updated_at` and `updated_since` know of its changes."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from unrcca_portal.api import VIEWS

from .conftest import Get

pytestmark = pytest.mark.django_db

APART = {"accounts_change"}


@pytest.mark.parametrize("name", VIEWS)
def test_every_table_of_an_answer_is_watched(name: str, officer: User, get: Get) -> None:
    view = VIEWS[name]
    get("themes/", officer)
    included = f"?include={','.join(view.addable())}" if view.addable() else ""
    with CaptureQueriesContext(connection) as queries:
        assert get(f"{name}/{included}", officer).status_code == 200
    answering = [query["sql"] for query in queries if "accounts_apikey" not in query["sql"]]
    read = {table for sql in answering for table in re.findall(r'(?:FROM|JOIN) "(\w+)"', sql)} - APART
    kind = view.model._meta.label_lower
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = %s",
            [f"change_{kind.replace('.', '_')}_update"],
        )
        watched = {row[0] for row in cursor.fetchall()}
    assert answering
    assert read <= watched
