"""Files of an activity: who may add, fetch and remove them, and how they are handed out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import AuditEntry, User
from activities import uploads
from activities.actions import safe_name
from activities.models import Activity, Attachment
from tests.activities.entries import filled_in, latest
from tests.factories import files
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
    add(client_of(officer), activity, ("../../Отчёт.pdf", files.PDF), ("b.txt", b"two"), ("c.txt", b"two"))
    kept = list(Attachment.objects.all())
    assert [file.name for file in kept] == ["Отчёт.pdf", "b.txt", "c.txt"]
    assert [Path(file.file.name).name for file in kept] == [file.sha256 for file in kept]
    assert len([path for path in store.rglob("*") if path.is_file()]) == 2


def test_a_file_is_handed_out_as_something_to_save(activity: Activity, officer: User, client_of: ClientOf) -> None:
    client = client_of(officer)
    add(client, activity, ("Отчёт.txt", b"Example <script>alert(1)</script>"))
    response = fetch(client, Attachment.objects.get())
    assert b"".join(response.streaming_content) == b"Example <script>alert(1)</script>"
    assert response["Content-Type"] == "text/plain"
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%D0%9E")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert AuditEntry.objects.filter(verb="download", actor=officer).exists()


def test_too_large_a_file_is_refused_by_name(
    activity: Activity, officer: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 3)
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


# --- what is in them ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "handed_out_as"),
    [
        ("a.PDF", files.PDF, "application/pdf"),
        ("a.docx", files.word(), uploads.TYPES["docx"]),
        ("a.xlsx", files.workbook(), uploads.TYPES["xlsx"]),
        ("a.odt", files.opendocument(), uploads.TYPES["odt"]),
        ("a.doc", files.OLD_WORD, "application/msword"),
        ("a.png", files.PNG, "image/png"),
        ("a.csv", "страна;участники\nKZ;3".encode("cp1251"), "text/csv"),
        ("a.txt", "Ёж".encode("utf-16"), "text/plain"),
    ],
)
def test_kinds_that_people_read_are_kept(name: str, content: bytes, handed_out_as: str) -> None:
    assert uploads.content_type(SimpleUploadedFile(name, content)) == handed_out_as


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.exe", files.PROGRAM),
        ("a.html", b"<p>Example"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("a.zip", files.package(a_txt="Example")),
        ("a.sh", b"#!/bin/sh"),
        ("no ending", b"Example"),
        ("a.txt", b"#!/bin/sh\n"),
        ("a.txt", b"\xef\xbb\xbf <html>"),
        ("a.txt", "<script>".encode("utf-16")),
        ("a.txt", files.PROGRAM),
        ("a.pdf", files.PROGRAM),
        ("a.pdf", b"<html>"),
        ("a.pdf", files.PNG),
        ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("a.docx", files.workbook()),
        ("a.docx", files.package(word__document_xml="<w/>", word__vbaProject_bin="Example")),
        ("a.docx", b"PK\x03\x04 no archive"),
        ("a.odt", files.package(mimetype="application/java-archive")),
        ("a.doc", files.PDF),
    ],
)
def test_what_runs_or_pretends_is_refused(
    name: str, content: bytes, activity: Activity, officer: User, client_of: ClientOf
) -> None:
    response = add(client_of(officer), activity, ("good.pdf", files.PDF), (name, content))
    assert response.status_code == 400
    [error] = response.context["files_form"].errors["attached"]
    assert name in error
    assert not Attachment.objects.exists()


# --- the malware scanner ----------------------------------------------------------------------------------------------

SCANNER = """#!/bin/sh
test -r "$2" || exit 3
grep -q EXAMPLE-VIRUS "$2" && exit 1
grep -q BREAK "$2" && exit 2
exit 0
"""


@pytest.fixture
def scanner(settings: Any, tmp_path: Path) -> None:
    script = tmp_path / "scanner"
    script.write_text(SCANNER)
    script.chmod(0o755)
    settings.MALWARE_SCANNER = [str(script), "--quiet"]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"Good", ""), (b"EXAMPLE-VIRUS", "refused by the malware scanner"), (b"BREAK", "could not be scanned")],
)
def test_the_scanner_has_the_last_word(
    content: bytes, said: str, scanner: None, activity: Activity, officer: User, client_of: ClientOf
) -> None:
    response = add(client_of(officer), activity, ("good.txt", b"Good"), ("a.txt", content))
    if said:
        assert said in response.content.decode()
    assert Attachment.objects.count() == (0 if said else 2)


def test_without_the_scanner_that_is_set_nothing_is_kept(
    activity: Activity, officer: User, client_of: ClientOf, settings: Any
) -> None:
    settings.MALWARE_SCANNER = ["/no/such/scanner"]
    assert "could not be scanned" in add(client_of(officer), activity, ("a.txt", b"Good")).content.decode()
    assert not Attachment.objects.exists()


# --- with the form of the activity ------------------------------------------------------------------------------------


def test_files_are_saved_with_the_form(officer: User, client_of: ClientOf) -> None:
    sent = [SimpleUploadedFile("a.pdf", files.PDF), SimpleUploadedFile("b.txt", b"Example")]
    client_of(officer).post("/activities/new/", filled_in(attached=sent))
    assert [file.name for file in latest().attachments.all()] == ["a.pdf", "b.txt"]


@pytest.mark.parametrize("wrong", [{"title_en": ""}, {"attached": SimpleUploadedFile("a.exe", files.PROGRAM)}])
def test_a_form_that_comes_back_says_that_its_files_are_gone(
    wrong: dict[str, Any], officer: User, client_of: ClientOf
) -> None:
    sent = filled_in(attached=SimpleUploadedFile("a.pdf", files.PDF)) | wrong
    response = client_of(officer).post("/activities/new/", sent)
    assert "choose them again" in response.content.decode()
    assert not Attachment.objects.exists() and not Activity.objects.exists()
