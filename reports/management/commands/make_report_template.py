"""Write the portal's own Word template, to be given another look in Word and set as REPORT_TEMPLATE."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reports.renderers.docx_template import own_template


class Command(BaseCommand):
    help = "Write the Word template of reports to a file: change its look in Word, then set REPORT_TEMPLATE to it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="Where to write it, such as template.docx.")

    def handle(self, *args: Any, path: Path, **options: Any) -> None:
        """CommandError where there is a file already, or the place cannot be written to."""
        try:
            with path.open("xb") as file:
                file.write(own_template())
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{path} is written.")
