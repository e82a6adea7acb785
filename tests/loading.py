"""Reference data for a whole test module: loaded once, gone when the module is done."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.db import transaction


@contextmanager
def loaded(*commands: str, blocker: Any) -> Iterator[None]:
    """Run the loaders in a transaction around the module's tests, and roll it back after them.

    `blocker` is pytest-django's `django_db_blocker`. Each test still has its own transaction inside.
    """
    with blocker.unblock(), transaction.atomic():
        for command in commands:
            call_command(command, verbosity=0)
        yield
        transaction.set_rollback(True)
