"""Which files may be attached: told by what is in them, not by their names; and the word of a malware scanner.

A short list of kinds that people read. Programs, scripts, web pages and drawings with scripts are refused, as is
whatever pretends by its name to be something else: a file leaves the portal under the name it came with.
"""

import logging
import subprocess
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, BinaryIO

import puremagic
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

logger = logging.getLogger(__name__)

MOST_BYTES = 20 * 1024 * 1024
MOST_BYTES_AT_ONCE = 100 * 1024 * 1024
SCANNER_SECONDS = 120

OFFICE = "application/vnd.openxmlformats-officedocument"
OPEN = "application/vnd.oasis.opendocument"
# What a name may end in, and what is then handed out as what.
TYPES = {
    "pdf": "application/pdf",
    "docx": f"{OFFICE}.wordprocessingml.document",
    "xlsx": f"{OFFICE}.spreadsheetml.sheet",
    "pptx": f"{OFFICE}.presentationml.presentation",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "odt": f"{OPEN}.text",
    "ods": f"{OPEN}.spreadsheet",
    "odp": f"{OPEN}.presentation",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "txt": "text/plain",
    "csv": "text/csv",
}
OLD_OFFICE = {"doc", "xls", "ppt"}
TEXTS = {"txt", "csv"}
# The folder that a document of each kind has inside.
INSIDE = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/"}
MACROS = "vbaproject.bin"
MOST_LETTERS_OF_KIND = 200
# How a text begins that a browser or a machine would run.
RUNS = (b"<", b"#!", b"%!", b"@echo")

SHORT_LIST = _("PDF, Word, Excel, PowerPoint, OpenDocument, PNG, JPEG, GIF, WebP, plain text and CSV")


@dataclass(frozen=True)
class Refusal:
    """Why a file is not taken: a message with the file's `name` in it."""

    message: Any

    def error(self, file: "UploadedFile") -> ValidationError:
        return ValidationError(self.message, params={"name": file.name, "kinds": SHORT_LIST})


TOO_LARGE = Refusal(_("“%(name)s” is larger than 20 MB. Make it smaller or split it."))
NOT_LISTED = Refusal(_("“%(name)s” is of a kind that is not kept here. Kept are %(kinds)s."))
PRETENDS = Refusal(_("“%(name)s” is not what its name says. Save it anew under the right ending: %(kinds)s."))
HAS_MACROS = Refusal(_("“%(name)s” has macros in it. Save it without them, or as PDF."))
INFECTED = Refusal(_("“%(name)s” was refused by the malware scanner. Nothing was kept."))
NOT_SCANNED = Refusal(
    _("“%(name)s” could not be scanned for malware, so nothing was kept. Try again later or tell an administrator.")
)


def check(file: "UploadedFile") -> None:
    """Raises ValidationError when the file is too large, of a wrong kind or infected."""
    if (file.size or 0) > MOST_BYTES:
        raise TOO_LARGE.error(file)
    content_type(file)
    scan(file)


def content_type(file: "UploadedFile") -> str:
    """The type under which the file is handed out. Raises ValidationError when it is none of the list."""
    ending = PurePath(file.name or "").suffix.lstrip(".").lower()
    if ending not in TYPES:
        raise NOT_LISTED.error(file)
    stream: Any = file.file
    stream.seek(0)
    refusal = _refusal_of(stream, ending)
    stream.seek(0)
    if refusal:
        raise refusal.error(file)
    return TYPES[ending]


def _refusal_of(stream: BinaryIO, ending: str) -> Refusal | None:
    if ending in TEXTS:
        return None if _is_text(stream.read()) else PRETENDS
    if ending in INSIDE or TYPES[ending].startswith(OPEN):
        return _refusal_of_package(stream, ending)
    found = {match.mime_type for match in _matches(stream)}
    if ending in OLD_OFFICE:
        # The three share one container, and its head does not say which it is.
        return None if found & {TYPES[one] for one in OLD_OFFICE} else PRETENDS
    return None if TYPES[ending] in found else PRETENDS


def _matches(stream: BinaryIO) -> list[Any]:
    try:
        return list(puremagic.magic_stream(stream))
    except (puremagic.PureError, ValueError):
        return []


def _is_text(content: bytes) -> bool:
    """Letters in an encoding that is used here, and nothing that a browser or a machine would run."""
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(RUNS):
        return False
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = [] if b"\0" in content else ["utf-8", "cp1251"]
    return any(_decodes(content, encoding) for encoding in encodings)


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return not text.lstrip("\ufeff").lstrip().startswith("<")


def _refusal_of_package(stream: BinaryIO, ending: str) -> Refusal | None:
    """Office and OpenDocument files are ZIP archives whose parts tell their kind."""
    try:
        with zipfile.ZipFile(stream) as package:
            names = [name.lower() for name in package.namelist()]
            if any(name.endswith(MACROS) for name in names):
                return HAS_MACROS
            if ending in INSIDE:
                return None if any(name.startswith(INSIDE[ending]) for name in names) else PRETENDS
            return None if _said_kind(package, names) == TYPES[ending] else PRETENDS
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
        return PRETENDS


def _said_kind(package: zipfile.ZipFile, names: list[str]) -> str:
    """What an OpenDocument file calls itself. Only its beginning is unpacked: a small archive can hold gigabytes."""
    if "mimetype" not in names:
        return ""
    with package.open("mimetype") as said:
        return said.read(MOST_LETTERS_OF_KIND).decode("ascii", "replace").strip()


def scan(file: "UploadedFile") -> None:
    """Ask the malware scanner where there is one. What it cannot scan is refused like what is infected."""
    if not settings.MALWARE_SCANNER:
        return
    with tempfile.NamedTemporaryFile(prefix="upload-") as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        file.seek(0)
        status = _status_of_scanner(copy.name)
    if status == 1:
        raise INFECTED.error(file)
    if status != 0:
        logger.error("The malware scanner %s ended with %s.", settings.MALWARE_SCANNER[0], status)
        raise NOT_SCANNED.error(file)


def _status_of_scanner(path: str) -> int | str:
    """0 clean, 1 infected; anything else, a number or words, means that it did not scan."""
    try:
        run = subprocess.run(
            [*settings.MALWARE_SCANNER, path], capture_output=True, timeout=SCANNER_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return run.returncode
