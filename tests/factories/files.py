"""Small files of the kinds that may be attached, as people would send them."""

import io
import zipfile

import docx

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
PROGRAM = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff" + b"\0" * 600


def word() -> bytes:
    file = io.BytesIO()
    docx.Document().save(file)
    return file.getvalue()


def package(**parts: str) -> bytes:
    """A ZIP archive; `__` in a name stands for its folder's stroke, `_` for a full stop."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), text)
    return file.getvalue()


def workbook() -> bytes:
    return package(xl__workbook_xml="<workbook/>")


def opendocument() -> bytes:
    return package(mimetype="application/vnd.oasis.opendocument.text", content_xml="<text/>")
