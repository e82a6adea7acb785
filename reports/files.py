"""The files of reports, in the folder `reports/` of the portal's own files. No address leads there directly."""

import os
from pathlib import Path

from django.core.files.storage import default_storage

from .models import ReportRun


def name_of(run: ReportRun) -> str:
    """Where the run's present claim keeps its file."""
    return f"reports/{run.pk}-{run.claim}.{run.format}"


def write(name: str, content: bytes) -> None:
    """Keep the whole file or none: a worker killed while writing leaves at most a .part."""
    path = Path(default_storage.path(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def discard(name: str) -> None:
    default_storage.delete(name)


def discard_others(run: ReportRun, *, keep: str = "") -> None:
    """Take away what earlier attempts at the run have left."""
    kept = Path(default_storage.path(keep)) if keep else None
    for path in Path(default_storage.path("reports")).glob(f"{run.pk}-*"):
        if path != kept:
            path.unlink(missing_ok=True)
