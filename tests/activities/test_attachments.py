"""Files of an activity: who may add, fetch and remove them, and how they are handed out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import AuditEntry, User
from activities.actions import safe_name
from activities.forms import deeds
from activities.models import Activity, Attachment
from tests.factories.activities import make_complete_activity

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def add(client: Client, activity: Activity, *files: tuple[str, bytes]) -> Any:
    uploads = [SimpleUploadedFile(name, content, content_type="text/html") for name, content in files]
    return client.post(f"{activity.get_absolute_url()}files/", {"attached": uploads})


def fetch(client: Client, attachment: Attachment) -> Any:
    return client.get(f"{attachment.activity.get_absolute_url()}files/{attachment.pk}/")


@pytest.fixture
def activity(officer: User) -> Activity:
    return make_complete_activity(created_by=officer)


def test_several_files_are_kept_under_their_digest(
    activity: Activity, officer: User, client_of: ClientOf, store: Path
) -> None:
    add(client_of(officer), activity, ("../../Отчёт.pdf", b"one"), ("b.txt", b"two"), ("c.txt", b"two"))
    kept = list(Attachment.objects.all())
    assert [file.name for file in kept] == ["Отчёт.pdf", "b.txt", "c.txt"]
    assert [Path(file.file.name).name for file in kept] == [file.sha256 for file in kept]
    assert len([path for path in store.rglob("*") if path.is_file()]) == 2


def test_a_file_is_handed_out_as_something_to_save(activity: Activity, officer: User, client_of: ClientOf) -> None:
    client = client_of(officer)
    add(client, activity, ("Отчёт.html", b"<script>alert(1)</script>"))
    response = fetch(client, Attachment.objects.get())
    assert b"".join(response.streaming_content) == b"<script>alert(1)</script>"
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%D0%9E")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert AuditEntry.objects.filter(verb="download", actor=officer).exists()


def test_too_large_a_file_is_refused_by_name(
    activity: Activity, officer: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deeds, "MOST_BYTES_OF_A_FILE", 3)
    response = add(client_of(officer), activity, ("a.txt", b"one"), ("large.txt", b"four"))
    assert "large.txt" in response.content.decode()
    assert not Attachment.objects.exists()


def test_no_file_or_an_empty_one_is_refused(activity: Activity, officer: User, client_of: ClientOf) -> None:
    assert add(client_of(officer), activity).status_code == 400
    assert add(client_of(officer), activity, ("empty.txt", b"")).status_code == 400


def test_files_follow_the_visibility_of_their_activity(
    activity: Activity, officer: User, stranger: User, client_of: ClientOf
) -> None:
    add(client_of(officer), activity, ("a.txt", b"one"))
    file = Attachment.objects.get()
    readers = [None, stranger]
    assert [fetch(client_of(reader), file).status_code for reader in readers] == [404, 404]
    Activity.objects.update(review_state="approved", reviewed_at="2024-05-01T00:00Z", audience="all_partners")
    assert [fetch(client_of(reader), file).status_code for reader in readers] == [404, 200]
    Activity.objects.update(chatham_house=True)
    assert [fetch(client_of(reader), file).status_code for reader in (stranger, officer)] == [404, 200]


def test_a_file_has_no_address_under_another_activity(activity: Activity, officer: User, client_of: ClientOf) -> None:
    add(client_of(officer), activity, ("a.txt", b"one"))
    other = make_complete_activity()
    file = Attachment.objects.get()
    assert client_of(officer).get(f"{other.get_absolute_url()}files/{file.pk}/").status_code == 404


def test_files_are_added_and_removed_by_those_who_may_edit(
    activity: Activity, officer: User, stranger: User, client_of: ClientOf
) -> None:
    Activity.objects.update(review_state="approved", reviewed_at="2024-05-01T00:00Z", audience="all_partners")
    for user in (officer, stranger):
        assert add(client_of(user), activity, ("a.txt", b"one")).status_code == 403
    assert add(client_of(None), activity, ("a.txt", b"one")).status_code == 302
    assert not Attachment.objects.exists()


def test_removing_a_file_asks_first(activity: Activity, officer: User, client_of: ClientOf) -> None:
    client = client_of(officer)
    add(client, activity, ("a.txt", b"one"))
    url = f"{activity.get_absolute_url()}files/{Attachment.objects.get().pk}/remove/"
    assert "Remove this file?" in client.get(url).content.decode()
    client.post(url)
    assert not Attachment.objects.exists()


def test_adding_a_file_does_not_make_an_open_form_stale(activity: Activity, officer: User, client_of: ClientOf) -> None:
    add(client_of(officer), activity, ("a.txt", b"one"))
    assert Activity.objects.get().version == activity.version


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a.txt", "a.txt"),
        ("C:\\temp\\a.txt", "a.txt"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nX: y.txt", "aX y.txt"),
        ("cod\u202etxt.exe", "codtxt.exe"),
        ("...", "file"),
        ("", "file"),
        (".htaccess", "htaccess"),
        ("x" * 300 + ".pdf", "x" * 180 + ".pdf"),
        ("Протокол встречи.docx", "Протокол встречи.docx"),
    ],
)
def test_names_are_made_safe(given: str, kept: str) -> None:
    assert safe_name(given) == kept
