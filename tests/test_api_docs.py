"""The API's documentation: a page for each list, made from the description, with examples that work."""

import re

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from unrcca_portal.api import VIEWS

pytestmark = pytest.mark.django_db


def test_the_documentation_names_every_list_and_this_version(client: Client) -> None:
    page = client.get("/api/v1/docs/").content.decode()
    for name in VIEWS:
        assert f'href="/api/v1/docs/{name}/"' in page
    assert f"<h3>{settings.SPECTACULAR_SETTINGS['VERSION']}</h3>" in page


def test_each_list_is_told_whole_and_its_examples_work(client: Client, officer: User) -> None:
    client.force_login(officer, backend="accounts.backends.EmailBackend")
    for name, view in VIEWS.items():
        page = client.get(f"/api/v1/docs/{name}/").content.decode()
        for field in view.selectable():
            assert f'class="card-title">{field}</th>' in page, (name, field)
        examples = re.findall(r'<li><a href="(/api/v1/[^"]+)"', page)
        assert examples
        for example in examples:
            # A code may be one that only the reference data hold; what is refused says so.
            assert client.get(example.replace("&amp;", "&")).status_code in (200, 400), example
    assert client.get("/api/v1/docs/nothing/").status_code == 404


def test_what_can_be_written_is_told(client: Client) -> None:
    page = client.get("/api/v1/docs/activities/").content.decode()
    for text in ("POST /api/v1/activities/", "PATCH /api/v1/activities/{reference}/", "Idempotency-Key", "If-Match"):
        assert text in page
