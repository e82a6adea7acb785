"""What every page knows."""

from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from .choices import Classification
from .visibility import is_staff_viewer

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from .records import Released
    from .roles import Viewer


def marking(request: HttpRequest) -> dict[str, object]:
    """The marking line at the head and foot of every print (ST/SGB/2007/6)."""
    return {"marking": marking_line(getattr(request, "user", None))}


def marking_of(record: "Released", viewer: "Viewer") -> dict[str, object]:
    """The marking of a page about one record, to be put over that of `marking`."""
    return {"marking": marking_line(viewer, confidential=record.classification != Classification.UNCLASSIFIED)}


def marking_line(viewer: "Viewer | None", *, confidential: bool = False) -> "_StrPromise":
    """The line for what the viewer reads; a document with anything confidential in it is confidential as a whole."""
    if confidential:
        return _("UNRCCA — CONFIDENTIAL — internal — not for distribution outside the Centre")
    if viewer is not None and is_staff_viewer(viewer):
        return _("UNRCCA — internal — not for distribution outside the Centre")
    if viewer is not None and viewer.is_authenticated:
        return _("UNRCCA — released to partners — not for onward distribution")
    return _("UNRCCA — public record")
