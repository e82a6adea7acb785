"""A start does again only what a change asks for."""

from pathlib import Path

import pytest
from django.core.management.base import CommandError
from pytest_django import Settings

from unrcca_portal import prepare


@pytest.fixture
def done(tmp_path: Path, settings: Settings) -> Path:
    """The note of a start that did everything."""
    settings.VAR = settings.STATIC_ROOT = tmp_path
    (tmp_path / "staticfiles.json").write_text("{}")
    (tmp_path / "prepared").write_text("a digest")
    return tmp_path / "prepared"


@pytest.mark.django_db
def test_nothing_is_to_do_where_nothing_changed(done: Path) -> None:
    assert prepare._is_current(done, "a digest")


@pytest.mark.django_db
def test_a_change_a_first_start_and_lost_static_files_ask_for_every_step(done: Path, tmp_path: Path) -> None:
    assert not prepare._is_current(done, "another digest")
    assert not prepare._is_current(tmp_path / "no-such-note", "a digest")
    (tmp_path / "staticfiles.json").unlink()
    assert not prepare._is_current(done, "a digest")


@pytest.mark.django_db
def test_a_database_made_anew_asks_for_every_step(done: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare.MigrationExecutor, "migration_plan", lambda *_: ["to apply"])
    assert not prepare._is_current(done, "a digest")


def test_the_digest_sees_every_file_that_the_steps_read(tmp_path: Path, settings: Settings) -> None:
    settings.STATICFILES_DIRS = [tmp_path]
    before = prepare._fingerprint()
    assert prepare._fingerprint() == before
    (tmp_path / "new.css").write_text("body {}")
    assert prepare._fingerprint() != before


@pytest.mark.django_db
def test_a_step_that_fails_says_why_and_leaves_no_note(
    done: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise CommandError("the file is not YAML.")

    monkeypatch.setattr(prepare, "call_command", fail)
    assert prepare.main() == 1
    assert capsys.readouterr().err == "Database structure: the file is not YAML.\n"
    assert not done.exists()
