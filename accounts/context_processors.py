"""What every page knows."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from .visibility import is_staff_viewer


def marking(request: HttpRequest) -> dict[str, object]:
    """The marking line at the head and foot of every print (ST/SGB/2007/6)."""
    user = getattr(request, "user", None)
    if user is not None and is_staff_viewer(user):
        return {"marking": _("UNRCCA — internal — not for distribution outside the Centre")}
    if user is not None and user.is_authenticated:
        return {"marking": _("UNRCCA — released to partners — not for onward distribution")}
    return {"marking": _("UNRCCA — public record")}
