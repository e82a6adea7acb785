"""Reports kept in a bucket that speaks S3, over real HTTP: kept, fetched, lost, and taken away in their time."""

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import storages
from django.utils import timezone
from moto.server import ThreadedMotoServer
from pytest_django import Settings

from accounts.models import User
from reports import actions, tasks
from reports.models import ReportRun
from unrcca_portal.env import bucket_at

from .conftest import Programme
from .test_report_pages import ClientOf
from .test_tasks import made, make_run

pytestmark = pytest.mark.django_db

BUCKET = "reports-of-the-centre"


@pytest.fixture(autouse=True)
def one_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's own transaction stands for the snapshot, and for what was committed."""
    monkeypatch.setattr(actions.transaction, "on_commit", lambda deed: deed())
    monkeypatch.setattr(tasks, "_one_snapshot", nullcontext)


@pytest.fixture(scope="module")
def place() -> Iterator[str]:
    """Host and port of a server."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(place: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An empty bucket, which REPORT_STORAGE names."""
    settings.STORAGES = {**settings.STORAGES, "reports": bucket_at(f"s3+http://key:se%2Fcret@{place}/{BUCKET}")}
    bucket: Any = storages["reports"].bucket
    bucket.create()
    bucket.objects.all().delete()
    # A field asks for its storage once, when the portal starts.
    monkeypatch.setattr(ReportRun._meta.get_field("file"), "storage", storages["reports"])
    return bucket


def kept(bucket: Any) -> dict[str, bytes]:
    return {one.key: one.get()["Body"].read() for one in bucket.objects.all()}


def test_a_report_is_kept_in_the_bucket_and_fetched_from_it(
    bucket: Any, programme: Programme, officer: User, client_of: ClientOf
) -> None:
    run = make_run(officer)
    bucket.put_object(Key=f"reports/{run.pk}/left-by-a-killed-worker.docx", Body=b"half a")
    run = made(run)
    [(name, content)] = kept(bucket).items()
    assert (name, len(content)) == (run.file.name, run.size)
    assert client_of(officer).get(f"{run.get_absolute_url()}download/").content == content


def test_a_report_leaves_the_bucket_when_its_time_is_over(bucket: Any, programme: Programme, officer: User) -> None:
    over, other = made(make_run(officer)), made(make_run(officer, format="pdf"))
    ReportRun.objects.filter(pk=over.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    tasks.clear_expired()
    over.refresh_from_db()
    assert (over.status, over.file.name) == ("expired", "")
    assert list(kept(bucket)) == [other.file.name]


def test_a_file_that_went_from_the_bucket_is_said_to_be_gone(
    bucket: Any, programme: Programme, officer: User, client_of: ClientOf
) -> None:
    run = made(make_run(officer))
    bucket.objects.all().delete()
    page = client_of(officer).get(f"{run.get_absolute_url()}download/", follow=True).content.decode()
    assert "The file is no longer on the server" in page


def test_a_bucket_that_does_not_answer_is_told_of_and_loses_nothing(
    bucket: Any, programme: Programme, officer: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = made(make_run(officer))
    nobody = bucket_at(f"s3+http://key:secret@127.0.0.1:9/{BUCKET}")
    monkeypatch.setattr(run._meta.get_field("file"), "storage", storages.create_storage(nobody))
    page = client_of(officer).get(f"{run.get_absolute_url()}download/", follow=True).content.decode()
    assert "does not answer" in page
    run.refresh_from_db()
    assert run.status == "ready"


def test_a_bucket_that_is_not_there_fails_the_report_in_plain_words(
    bucket: Any, programme: Programme, officer: User
) -> None:
    bucket.delete()
    run = made(make_run(officer))
    assert run.status == "failed" and "the administrator" in run.error
