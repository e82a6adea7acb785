"""The files of reports, in a storage of their own (`reports` in STORAGES). No address leads there directly."""

import os
from pathlib import Path
from typing import IO, TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages

from .errors import NoAnswer

if TYPE_CHECKING:
    from .models import ReportRun


def storage() -> Storage:
    return storages["reports"]


def folder_of(run: "ReportRun") -> str:
    return f"reports/{run.pk}"


def name_of(run: "ReportRun") -> str:
    """Where the run's present claim keeps its file."""
    return f"{folder_of(run)}/{run.claim}.{run.format}"


def write(name: str, content: IO[bytes]) -> None:
    """Keep the whole file or none: of a worker killed while writing, a folder keeps at most a .part, others nothing."""
    kept = storage()
    if not isinstance(kept, FileSystemStorage):
        kept.save(name, File(content))
        return
    path = Path(kept.path(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        for piece in iter(lambda: content.read(1 << 20), b""):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def read(run: "ReportRun") -> bytes:
    """The whole file. FileNotFoundError where it is gone, NoAnswer where the storage cannot say so."""
    try:
        with run.file.open("rb") as file:
            return bytes(file.read())
    except FileNotFoundError:
        raise
    except (OSError, BotoCoreError, ClientError) as error:
        raise NoAnswer from error


def discard(name: str) -> None:
    storage().delete(name)


def discard_others(run: "ReportRun", *, keep: str = "") -> None:
    """Take away what other attempts at the run have left."""
    kept, folder = storage(), folder_of(run)
    if isinstance(kept, FileSystemStorage) and not kept.exists(folder):
        return
    for name in kept.listdir(folder)[1]:
        if f"{folder}/{name}" != keep:
            kept.delete(f"{folder}/{name}")
    if not keep and isinstance(kept, FileSystemStorage):
        kept.delete(folder)
