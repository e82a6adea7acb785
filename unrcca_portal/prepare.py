"""What must be done before the portal serves: structure, reference data, first users, static files.

    python -m unrcca_portal.prepare

Every step does nothing where it was done before, so this runs at each start. All steps share
one process, as loading Django takes longer than most of them.
"""

import os
import sys
import time

import django
from django.core.management import call_command
from django.core.management.base import CommandError

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
    """Run every step; 1 and a plain sentence at the first that fails."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unrcca_portal.settings")
    django.setup()
    for title, command, options in STEPS:
        began = time.monotonic()
        try:
            call_command(command, **options)
        except CommandError as error:
            print(f"{title}: {error}", file=sys.stderr)
            return 1
        print(f"{title}: ready ({time.monotonic() - began:.1f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
