"""A document as one HTML file that needs nothing else: it can be kept, mailed and read offline."""

import base64
import hashlib
from pathlib import Path

from django.template.loader import render_to_string

from .document import Document

STYLE = (Path(__file__).parent / "document.css").read_text()
# The file's style sheet, as a Content Security Policy names it.
STYLE_SOURCE = f"'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"


def render(document: Document) -> bytes:
    """The file's bytes (UTF-8)."""
    return render_to_string("reports/document.html", {"document": document, "style": STYLE}).encode()
