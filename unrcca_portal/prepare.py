"""What must be done before the portal serves: structure, reference data, first users, static files.

    python -m unrcca_portal.prepare

Every step does nothing where it was done before. All of them are left out where neither the
portal nor its database changed since the last start, so that this start takes seconds.
"""

import hashlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

STEPS: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("Database structure", "migrate", {"interactive": False, "verbosity": 0}),
    ("Priorities", "load_priorities", {}),
    ("Partners", "load_partners", {}),
    ("Public record", "load_public_record", {}),
    ("Briefings", "load_briefings", {}),
    ("Demo cast", "create_demo_cast", {}),
    ("Static files", "collectstatic", {"interactive": False, "verbosity": 0}),
)


def main() -> int:
    """Run the steps that are needed; 1 and a plain sentence at the first that fails."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unrcca_portal.settings")
    django.setup()
    done, now = settings.VAR / "prepared", _fingerprint()
    try:
        if _is_current(done, now):
            print("Nothing changed since the last start.", flush=True)
            return 0
        done.unlink(missing_ok=True)
        for title, command, options in STEPS:
            began = time.monotonic()
            call_command(command, **options)
            print(f"{title}: ready ({time.monotonic() - began:.1f} s)", flush=True)
    except OperationalError as error:
        print(f"The database cannot be used: {error}Mend DATABASE_URL, or start that server.", file=sys.stderr)
        return 1
    except CommandError as error:
        print(f"{title}: {error}", file=sys.stderr)
        return 1
    done.write_text(now)
    return 0


def _is_current(done: Path, now: str) -> bool:
    """Whether all was done before: a database that was made anew has migrations to apply."""
    if not done.exists() or done.read_text() != now or not (settings.STATIC_ROOT / "staticfiles.json").exists():
        return False
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _fingerprint() -> str:
    """A digest of everything that the steps read: code, data, static files, packages, the database's address."""
    digest = hashlib.sha256(repr(settings.DATABASES["default"]).encode())
    for path in sorted(_sources()):
        digest.update(f"{path}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    yield settings.BASE_DIR / "requirements.txt"
    ours = [Path(app.path) for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR]
    for folder in (*ours, Path(__file__).parent, *settings.STATICFILES_DIRS):
        yield from (path for path in Path(folder).rglob("*") if path.is_file() and path.suffix != ".pyc")


if __name__ == "__main__":
    sys.exit(main())
