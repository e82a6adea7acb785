"""Write the public activities as an IATI file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from activities import iati


class Command(BaseCommand):
    """Without a path it goes to the standard output; with one, the file is whole or is not changed."""

    help = "Writes the public activities as an IATI 2.03 file; needs the setting IATI_REPORTING_ORG."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, help="The file to write; else the standard output.")

    def handle(self, *args: Any, path: Path | None = None, **options: Any) -> None:
        try:
            body = iati.export()
        except iati.NotConfigured as why:
            raise CommandError(str(why)) from why
        if path is None:
            self.stdout.write(body.decode())
            return
        try:
            beside = path.with_name(f".{path.name}.new")
            beside.write_bytes(body)
            beside.replace(path)
        except OSError as error:
            raise CommandError(f"The file cannot be written: {error}") from error
