"""Every read of the environment, in one place.

Each value is checked when the portal starts. A bad one stops it with a sentence that
names the variable, says what is wrong and how to mend it: a portal that starts half
configured is worse than one that does not start.
"""

import contextlib
import re
import secrets
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

from . import embedded

BASE_DIR = Path(__file__).resolve().parent.parent
STORAGE_SCHEMES = ("s3", "s3+http")
MAIL_SCHEMES = ("smtp", "smtp+tls", "smtps")
SHORTEST_KEY = 50


@dataclass(frozen=True)
class Environment:
    """The portal's settings as the operator gave them."""

    debug: bool
    secret_key: str
    allowed_hosts: list[str]
    trusted_origins: list[str]
    behind_https: bool
    database_url: str
    redis_url: str
    var: Path
    time_zone: str
    language: str
    url: str
    email_url: str
    email_from: str
    confidential_allowed: bool
    confidential_for_all_managers: bool
    malware_scanner: list[str]
    silence_months: int
    report_template: str
    report_storage: str
    report_days: int
    verify_months: int
    api_log_days: int
    iati_reporting_org: str
    bind: str
    port: int


def read() -> Environment:
    """Read and check the environment.

    Raises ImproperlyConfigured with a hint when a value cannot be used.
    """
    env = Env()
    try:
        return _read(env)
    except EnvError as error:
        raise ImproperlyConfigured(f"{error} Mend the environment variable and start again.") from error


def _read(env: Env) -> Environment:
    var = Path(env.str("PORTAL_VAR", "") or BASE_DIR / "var").resolve()
    database_url = _url(env, "DATABASE_URL", ("postgres", "postgresql"))
    redis_url = _url(env, "REDIS_URL", ("redis", "rediss", "unix"))
    time_zone = env.str("TIME_ZONE", "") or "Asia/Ashgabat"
    if time_zone not in available_timezones():
        raise ImproperlyConfigured(
            f"TIME_ZONE={time_zone!r} is not a known time zone. Give a name such as Asia/Ashgabat."
        )
    trusted_origins, port = _origins(env), _port(env)
    return Environment(
        debug=_flag(env, "DEBUG"),
        secret_key=_secret_key(env, var),
        allowed_hosts=_hosts(env),
        trusted_origins=trusted_origins,
        behind_https=_flag(env, "BEHIND_HTTPS"),
        database_url=database_url or embedded.database_url(var),
        redis_url=redis_url or embedded.redis_url(var),
        var=var,
        time_zone=time_zone,
        language=_language(env),
        url=_portal_url(env) or next(iter(trusted_origins), f"http://localhost:{port}"),
        email_url=_email_url(env),
        email_from=env.str("EMAIL_FROM", "") or "UNRCCA portal <portal@localhost>",
        confidential_allowed=_flag(env, "CONFIDENTIAL_ALLOWED"),
        confidential_for_all_managers=_flag(env, "CONFIDENTIAL_FOR_ALL_MANAGERS"),
        malware_scanner=_command(env, "MALWARE_SCANNER"),
        silence_months=_months(env, "SILENCE_MONTHS", 12),
        report_template=_file(env, "REPORT_TEMPLATE"),
        report_storage=_storage(env, "REPORT_STORAGE"),
        report_days=_days(env, "REPORT_DAYS", 90),
        verify_months=_months(env, "VERIFY_MONTHS", 6),
        api_log_days=_days(env, "API_LOG_DAYS", 180),
        iati_reporting_org=_iati_reference(env),
        bind=env.str("BIND", "") or "127.0.0.1",
        port=port,
    )


def _flag(env: Env, name: str) -> bool:
    """Yes or no; empty is no, as some programs cannot leave a variable out."""
    try:
        return bool(env.bool(name, False)) if env.str(name, "") else False
    except EnvError:
        raise ImproperlyConfigured(f"{name} is neither yes nor no: set it to true or false, or unset it.") from None


def _port(env: Env) -> int:
    given: str = env.str("PORT", "") or "8000"
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= 65535:
        raise ImproperlyConfigured(f"PORT={given!r} is not a port: give a number from 1 to 65535, such as 8000.")
    return int(given)


def _command(env: Env, name: str) -> list[str]:
    """A command with its arguments; none where it is not set."""
    given: str = env.str(name, "")
    try:
        words = shlex.split(given)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} is no command that can be read ({error}): mend its quotation marks."
        ) from None
    if words and shutil.which(words[0]) is None:
        raise ImproperlyConfigured(
            f"{name} names {words[0]!r}, which is no program that the portal can start: give its full path, or unset"
            " it."
        )
    return words


def _months(env: Env, name: str, usual: int) -> int:
    given: str = env.str(name, "") or str(usual)
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= 120:
        raise ImproperlyConfigured(f"{name}={given!r} is not a number of months: give one from 1 to 120, such as 12.")
    return int(given)


def _days(env: Env, name: str, usual: int) -> int:
    given: str = env.str(name, "") or str(usual)
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= 3650:
        raise ImproperlyConfigured(f"{name}={given!r} is not a number of days: give one from 1 to 3650, such as 90.")
    return int(given)


def _file(env: Env, name: str) -> str:
    """The path of a file that can be read; empty where it is not set."""
    given: str = env.str(name, "")
    if given and not Path(given).is_file():
        raise ImproperlyConfigured(f"{name}={given!r} is no file: give the full path of one, or unset it.")
    return given


def _iati_reference(env: Env) -> str:
    """The reference under which the Centre reports to IATI: a register's code and what stands for the Centre in it."""
    given: str = env.str("IATI_REPORTING_ORG", "")
    if given and not re.fullmatch(r"[A-Z]{2}-[A-Z0-9]{2,}-[A-Za-z0-9._-]+", given):
        raise ImproperlyConfigured(
            f"IATI_REPORTING_ORG={given!r} is not the reference of an organization: give the code of its register and"
            " its number there, joined by a hyphen, such as XM-DAC-12345, or unset it."
        )
    return given


def _language(env: Env) -> str:
    given: str = env.str("LANGUAGE_CODE", "") or "en"
    if given not in ("en", "ru"):
        raise ImproperlyConfigured(f"LANGUAGE_CODE={given!r} is not a language of the portal: set it to en or ru.")
    return given


def _url(env: Env, name: str, schemes: tuple[str, ...]) -> str | None:
    value: str = env.str(name, "")
    if not value:
        return None
    scheme = value.partition("://")[0]
    # The value itself is not repeated: it may hold a password.
    if scheme not in schemes or "://" not in value:
        raise ImproperlyConfigured(
            f"{name} must start with {_either(schemes)}. Mend it, or unset it to use the server that comes with the"
            " portal."
        )
    _check_place(name, value)
    if name == "DATABASE_URL" and not urlsplit(value).path.strip("/"):
        raise ImproperlyConfigured(
            "DATABASE_URL names no database: add its name, as in postgres://user@host:5432/portal."
        )
    return value


def _email_url(env: Env) -> str:
    value: str = env.str("EMAIL_URL", "") or "file"
    if value == "file":
        return value
    scheme, separator, _rest = value.partition("://")
    if scheme not in MAIL_SCHEMES or not separator:
        raise ImproperlyConfigured(
            f"EMAIL_URL must be file, or start with {_either(MAIL_SCHEMES)}, such as smtp+tls://user:password@host:587."
        )
    _check_place("EMAIL_URL", value)
    if not urlsplit(value).hostname:
        raise ImproperlyConfigured("EMAIL_URL names no mail server: give it as in smtp://mail.example.org:25.")
    return value


def _storage(env: Env, name: str) -> str:
    """`folder`, or the address of a bucket in a store that speaks S3."""
    value: str = env.str(name, "") or "folder"
    if value == "folder":
        return value
    scheme, separator, _rest = value.partition("://")
    if scheme not in STORAGE_SCHEMES or not separator:
        raise ImproperlyConfigured(
            f"{name} must be folder, or start with {_either(STORAGE_SCHEMES)}, such as s3://KEY:SECRET@host/bucket."
        )
    _check_place(name, value)
    parts = urlsplit(value)
    if not (parts.hostname and parts.username and parts.password and parts.path.strip("/")):
        raise ImproperlyConfigured(
            f"{name} lacks a part: give key, secret, host and bucket, as in s3://KEY:SECRET@host/bucket."
        )
    return value


def bucket_at(url: str) -> dict[str, Any]:
    """The entry of Django's STORAGES for a bucket that speaks S3, from an address that the settings have checked.

    Whoever waits for a file waits for seconds, not minutes, where the bucket does not answer.
    """
    from botocore.config import Config  # takes long to read in, and few need it

    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "access_key": unquote(parts.username or ""),
            "secret_key": unquote(parts.password or ""),
            "endpoint_url": f"{'http' if parts.scheme == 's3+http' else 'https'}://{place}",
            "bucket_name": parts.path.strip("/"),
            "client_config": Config(
                s3={"addressing_style": "path"}, connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 2}
            ),
            "default_acl": None,
            "file_overwrite": True,
        },
    }


def _check_place(name: str, url: str) -> None:
    """Raises ImproperlyConfigured where host or port cannot be read."""
    try:
        parts = urlsplit(url)
        if parts.scheme != "unix" and parts.port == 0:
            raise ValueError("port 0")
    except ValueError:
        raise ImproperlyConfigured(
            f"{name} has a host or port that cannot be read: the port is a number from 1 to 65535, and special"
            " characters in a password are written as %40 and the like."
        ) from None


def _either(schemes: tuple[str, ...]) -> str:
    return " or ".join(f"{scheme}://" for scheme in schemes)


def _listed(env: Env, name: str) -> list[str]:
    """A variable's values, separated by commas; none where it is not set."""
    values: list[str] = env.list(name, [])
    return [value.strip() for value in values]


def _hosts(env: Env) -> list[str]:
    hosts: list[str] = _listed(env, "ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
    for host in hosts:
        if not host or "/" in host or re.search(r":[0-9]*$", host):
            raise ImproperlyConfigured(
                f"ALLOWED_HOSTS holds {host!r}: give host names without scheme, port or path, separated by commas,"
                " such as portal.example.org."
            )
    return hosts


def _origins(env: Env) -> list[str]:
    origins: list[str] = _listed(env, "TRUSTED_ORIGINS")
    for origin in origins:
        if not re.fullmatch(r"https?://[^/]+", origin):
            raise ImproperlyConfigured(
                f"TRUSTED_ORIGINS holds {origin!r}: give scheme and host without a path, separated by commas,"
                " such as https://portal.example.org."
            )
    return origins


def _portal_url(env: Env) -> str:
    given: str = env.str("PORTAL_URL", "").rstrip("/")
    if given and not re.fullmatch(r"https?://[^/]+", given):
        raise ImproperlyConfigured(
            f"PORTAL_URL={given!r} is no address of a portal: give scheme and host without a path, such as"
            " https://portal.example.org."
        )
    return given


def _secret_key(env: Env, var: Path) -> str:
    given: str = env.str("SECRET_KEY", "")
    if not given:
        return _kept_key(var / "secret-key")
    if len(given) < SHORTEST_KEY or len(set(given)) < 5:
        raise ImproperlyConfigured(
            f"SECRET_KEY is shorter than {SHORTEST_KEY} characters, or always the same few. Make one with:"
            ' python3 -c "import secrets; print(secrets.token_urlsafe(64))"'
        )
    return given


def _kept_key(path: Path) -> str:
    """The random key kept in the data folder, made at the first start and readable by the owner alone."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError), path.open("x") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(64))
        kept = path.read_text()
    except OSError as error:
        raise ImproperlyConfigured(
            f"The data folder {path.parent} cannot be used ({error.strerror}): set PORTAL_VAR to a folder that the"
            " portal may write to."
        ) from error
    if len(kept) < SHORTEST_KEY:
        raise ImproperlyConfigured(f"The key in {path} is cut short: delete that file, and a new one is made.")
    return kept
