"""The API speaks JSON, and only JSON."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from django.utils.encoding import force_str
from django.utils.functional import Promise
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


@dataclass(frozen=True)
class Written:
    """JSON that is written already, and how many items it holds."""

    text: bytes
    rows: int = 1


def etag_of(text: bytes) -> str:
    """Stands for the text in an ETag."""
    return sha256(text).hexdigest()[:32]


class JsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        if isinstance(data, Written):
            return data.text
        return b"" if data is None else orjson.dumps(data, default=_plain)


def _plain(value: Any) -> Any:
    """What orjson does not know: the messages of problems, which are translated late."""
    if isinstance(value, Promise):
        return force_str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


class JsonOnly(BaseContentNegotiation):
    """The API speaks JSON whatever the program says it accepts."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type
