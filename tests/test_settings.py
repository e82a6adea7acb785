"""A bad value in the environment stops the portal with a sentence that names the variable and the remedy."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from tests.machine import PROJECT
from unrcca_portal import env

# Variable, bad value, and what the sentence says of the remedy.
BAD = [
    ("SECRET_KEY", "too short", "secrets.token_urlsafe"),
    ("SECRET_KEY", "ab" * 40, "secrets.token_urlsafe"),
    ("DATABASE_URL", "mysql://user@localhost/portal", "postgres://"),
    ("DATABASE_URL", "localhost", "postgres://"),
    ("DATABASE_URL", "postgres://user@localhost", "add its name"),
    ("DATABASE_URL", "postgres://user:pass@word:x@localhost:port/portal", "a number from 1 to 65535"),
    ("REDIS_URL", "http://localhost:6379", "redis://"),
    ("REDIS_URL", "redis://localhost:99999/0", "a number from 1 to 65535"),
    ("ALLOWED_HOSTS", "https://portal.example.org", "without scheme"),
    ("ALLOWED_HOSTS", "portal.example.org:8000", "without scheme, port"),
    ("ALLOWED_HOSTS", "portal.example.org,,", "host names"),
    ("TRUSTED_ORIGINS", "portal.example.org", "https://portal.example.org"),
    ("TIME_ZONE", "Ashgabat", "Asia/Ashgabat"),
    ("LANGUAGE_CODE", "tk", "en or ru"),
    ("EMAIL_URL", "pop3://mail.example.org", "smtp"),
    ("EMAIL_URL", "smtp://", "smtp://mail.example.org:25"),
    ("EMAIL_URL", "smtp://mail.example.org:mail", "a number from 1 to 65535"),
    ("PORT", "http", "a number from 1 to 65535"),
    ("PORT", "70000", "a number from 1 to 65535"),
    ("DEBUG", "perhaps", "true or false"),
    ("BEHIND_HTTPS", "ja", "true or false"),
    ("CONFIDENTIAL_ALLOWED", "2", "true or false"),
    ("CONFIDENTIAL_FOR_ALL_MANAGERS", "managers", "true or false"),
    ("SILENCE_MONTHS", "a year", "from 1 to 120"),
    ("SILENCE_MONTHS", "0", "from 1 to 120"),
    ("VERIFY_MONTHS", "121", "from 1 to 120"),
    ("REPORT_TEMPLATE", "/no/such/template.docx", "the full path"),
    ("REPORT_DAYS", "for ever", "from 1 to 3650"),
    ("REPORT_STORAGE", "ftp://files.example.org", "s3://KEY:SECRET@host/bucket"),
    ("REPORT_STORAGE", "s3://files.example.org/reports", "key, secret, host and bucket"),
    ("REPORT_STORAGE", "s3://key:secret@files.example.org:x/reports", "a number from 1 to 65535"),
    ("IATI_REPORTING_ORG", "UNRCCA", "its register"),
    ("API_LOG_DAYS", "always", "number of days"),
    ("MALWARE_SCANNER", "no-such-scanner --fast", "its full path"),
    ("MALWARE_SCANNER", "'clamdscan", "quotation marks"),
    ("PORTAL_VAR", "/dev/null/var", "a folder that the portal may write to"),
]
NAMES = {name for name, _value, _remedy in BAD} | {"EMAIL_FROM", "BIND"}


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment in which nothing is set but the data folder."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PORTAL_VAR", str(tmp_path))
    return monkeypatch


@pytest.mark.parametrize(("name", "value", "remedy"), BAD, ids=[f"{name}={value}" for name, value, _remedy in BAD])
def test_a_bad_value_is_named_with_its_remedy(clean: pytest.MonkeyPatch, name: str, value: str, remedy: str) -> None:
    clean.setenv(name, value)
    with pytest.raises(ImproperlyConfigured) as error:
        env.read()
    sentence = str(error.value)
    assert name in sentence and remedy in sentence
    assert sentence.endswith((".", '"'))


@pytest.mark.parametrize(("name", "value"), [("TIME_ZONE", "Ashgabat"), ("DEBUG", "perhaps"), ("SECRET_KEY", "short")])
def test_the_portal_does_not_start_with_it(name: str, value: str, tmp_path: Path) -> None:
    """Whoever starts it reads the sentence, and no traceback around it."""
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=PROJECT,
        env=os.environ | {"PORTAL_VAR": str(tmp_path), name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert name in result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_password_in_a_url_is_not_repeated(clean: pytest.MonkeyPatch) -> None:
    clean.setenv("DATABASE_URL", "mysql://user:a-password@localhost/portal")
    with pytest.raises(ImproperlyConfigured) as error:
        env.read()
    assert "a-password" not in str(error.value)


def test_without_any_value_it_starts(clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = env.read()
    assert not given.debug and not given.confidential_allowed and not given.behind_https
    assert given.allowed_hosts == ["localhost", "127.0.0.1", "[::1]"]
    assert (given.time_zone, given.language, given.email_url, given.port) == ("Asia/Ashgabat", "en", "file", 8000)
    assert given.database_url.startswith("postgres://") and given.redis_url.startswith("unix://")


def test_an_empty_value_is_none(clean: pytest.MonkeyPatch) -> None:
    """Some programs that start containers cannot leave a variable out."""
    unset = env.read()
    for name in NAMES - {"PORTAL_VAR"}:
        clean.setenv(name, "")
    assert env.read() == unset


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgres://user:p%40ss@database.example.org:5432/portal"),
        ("DATABASE_URL", "postgresql://user@%2Frun%2Fpostgresql/portal"),
        ("REDIS_URL", "rediss://:secret@redis.example.org:6379/1"),
        ("REDIS_URL", "unix:///run/redis.sock?db=0"),
        ("EMAIL_URL", "smtp+tls://user:secret@mail.example.org:587"),
        ("ALLOWED_HOSTS", "portal.example.org, [::1]"),
        ("TRUSTED_ORIGINS", "https://portal.example.org:8443"),
        ("DEBUG", "yes"),
        ("TIME_ZONE", "UTC"),
    ],
)
def test_good_values_pass(clean: pytest.MonkeyPatch, name: str, value: str) -> None:
    clean.setenv(name, value)
    env.read()


def test_the_secret_key_is_made_once_and_for_the_owner_alone(clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = env.read().secret_key
    assert len(first) >= 50 and env.read().secret_key == first
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "secret-key").write_text("")
    with pytest.raises(ImproperlyConfigured, match="delete that file"):
        env.read()


def test_the_environment_is_read_in_one_place() -> None:
    """Only `env.py` reads it; a few programs hand it on to their children or name Django's settings."""
    wrong = []
    for app in ("accounts", "partners", "priorities", "activities", "briefings", "reports", "unrcca_portal"):
        for path in (PROJECT / app).rglob("*.py"):
            text = re.sub(r'os\.environ\.setdefault\("DJANGO_SETTINGS_MODULE"|os\.environ \|', "", path.read_text())
            if path.name not in ("env.py", "embedded.py") and re.search(r"os\.environ|getenv", text):
                wrong.append(str(path.relative_to(PROJECT)))
    assert not wrong


def test_the_settings_are_those_of_production() -> None:
    """What protects sessions and pages is on without anyone having to think of it."""
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SECURE_REFERRER_POLICY == "same-origin"
    assert settings.X_FRAME_OPTIONS == "DENY"
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert not [name for name, sources in directives.items() if any("unsafe" in source for source in sources)]
    assert "django.middleware.csrf.CsrfViewMiddleware" in settings.MIDDLEWARE


def test_behind_https_cookies_and_headers_are_strict(tmp_path: Path) -> None:
    program = (
        "import django; django.setup(); from django.conf import settings as s;"
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS >= 31536000)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        env=os.environ
        | {"PORTAL_VAR": str(tmp_path), "BEHIND_HTTPS": "true", "DJANGO_SETTINGS_MODULE": "unrcca_portal.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.split() == ["True", "True", "True"]
