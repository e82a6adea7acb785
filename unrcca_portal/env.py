"""Every read of the environment, in one place.

Each value is checked when the portal starts. A bad one stops it with a sentence that
names the variable, says what is wrong and how to mend it: a portal that starts half
configured is worse than one that does not start.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError, validate

from . import embedded

BASE_DIR = Path(__file__).resolve().parent.parent


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
    email_url: str
    email_from: str
    confidential_allowed: bool
    confidential_for_all_managers: bool
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
    var = Path(env.str("PORTAL_VAR", str(BASE_DIR / "var"))).resolve()
    database_url = _url(env, "DATABASE_URL", ("postgres", "postgresql"))
    redis_url = _url(env, "REDIS_URL", ("redis", "rediss", "unix"))
    hosts = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
    time_zone = env.str("TIME_ZONE", "Asia/Ashgabat")
    if time_zone not in available_timezones():
        raise ImproperlyConfigured(
            f"TIME_ZONE={time_zone!r} is not a known time zone. Give a name such as Asia/Ashgabat."
        )
    return Environment(
        debug=env.bool("DEBUG", False),
        secret_key=_secret_key(env, var),
        allowed_hosts=_hosts(hosts),
        trusted_origins=env.list("TRUSTED_ORIGINS", []),
        behind_https=env.bool("BEHIND_HTTPS", False),
        database_url=database_url or embedded.database_url(var),
        redis_url=redis_url or embedded.redis_url(var),
        var=var,
        time_zone=time_zone,
        language=env.str(
            "LANGUAGE_CODE", "en", validate=validate.OneOf(["en", "ru"], error="LANGUAGE_CODE is en or ru.")
        ),
        email_url=env.str("EMAIL_URL", "file"),
        email_from=env.str("EMAIL_FROM", "UNRCCA portal <portal@localhost>"),
        confidential_allowed=env.bool("CONFIDENTIAL_ALLOWED", False),
        confidential_for_all_managers=env.bool("CONFIDENTIAL_FOR_ALL_MANAGERS", False),
        bind=env.str("BIND", "127.0.0.1"),
        port=env.int("PORT", 8000, validate=validate.Range(1, 65535, error="PORT is a number from 1 to 65535.")),
    )


def _url(env: Env, name: str, schemes: tuple[str, ...]) -> str | None:
    value: str | None = env.str(name, None)
    if not value:
        return None
    scheme = value.partition("://")[0]
    if scheme not in schemes or "://" not in value:
        raise ImproperlyConfigured(
            f"{name} must start with {' or '.join(s + '://' for s in schemes)}; it starts with {scheme!r}."
            f" Mend it, or unset {name} to use the server that comes with the portal."
        )
    return value


def _hosts(hosts: list[str]) -> list[str]:
    for host in hosts:
        if "/" in host:
            raise ImproperlyConfigured(
                f"ALLOWED_HOSTS holds {host!r}: give host names without scheme or path, separated by commas,"
                " such as portal.example.org."
            )
    return hosts


def _secret_key(env: Env, var: Path) -> str:
    given: str = env.str("SECRET_KEY", "")
    if not given:
        return _kept_key(var / "secret-key")
    if len(given) < 50:
        raise ImproperlyConfigured(
            "SECRET_KEY is shorter than 50 characters. Make one with:"
            ' python3 -c "import secrets; print(secrets.token_urlsafe(64))"'
        )
    return given


def _kept_key(path: Path) -> str:
    """The random key kept in the data folder, made at the first start and readable by the owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(64))
    except FileExistsError:
        pass
    return path.read_text()
