"""Forms whose entries are not lost: what is typed is kept on the way, and survives an expired session.

While somebody types, keep.js sends the entries to an address guarded by `autosaving`, which keeps them as an
`UnsavedEntry`; `Keeping` tells the form's page what to offer back. A form that is sent by somebody who is signed out,
or whose page is older than the last sign-in, is answered with a page that holds the entries, writes nothing, and
sends them on after signing in: the view is guarded by `sign_in_keeping_entries`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import Resolver404, resolve
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure as plain_csrf_failure
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .choices import STRICTLY_CONFIDENTIAL, Classification
from .models import User
from .requests import signed_in
from .unsaved import UnsavedEntry, entries_in, keep, key_of

View = Callable[..., HttpResponse]

# What a form is sent with to be shown again with its entries in it; nothing is written then.
RESTORE = "restore"
MOST_OFFERS = 5
# Read by portal.js: names the copy in the browser that is not needed any more.
SAVED_FORM_COOKIE = "saved_form"
A_DAY = 24 * 60 * 60
CONFIDENTIAL = f"classification={Classification.CONFIDENTIAL}"


@dataclass(frozen=True)
class Keeping:
    """What the page of a form needs to keep its entries; see `components/unsaved.html`.

    `url` takes what is typed. `base` is the version that the editor of a saved record starts from (`merging.py`).
    `filled` says that the page shows entries that are not saved yet, `restored` that they were taken back. With
    `in_browser` False the browser keeps no copy of its own: what it writes to the disk is not protected as the portal
    is.
    """

    user: User
    form: str
    url: str
    record: int | None = None
    token: UUID | None = None
    base: str = ""
    filled: bool = False
    restored: bool = False
    in_browser: bool = True
    # Entries with one of these choices are not kept in the browser either; some are kept nowhere.
    server_only_if: str = CONFIDENTIAL
    nowhere_if: str = f"classification={STRICTLY_CONFIDENTIAL}"

    @property
    def key(self) -> str:
        return key_of(self.form, record=self.record, token=self.token)

    @property
    def family(self) -> str:
        """What the keys of all copies that this page may offer begin with."""
        return f"{self.form}:new:" if self.record is None else self.key

    @cached_property
    def offers(self) -> list[UnsavedEntry]:
        """What was kept of this form before; nothing where the page shows unsaved entries anyway."""
        if self.filled:
            return []
        return list(UnsavedEntry.objects.of(self.user).filter(form=self.form, record=self.record)[:MOST_OFFERS])


def kept_entry(request: HttpRequest, *, form: str, record: int | None = None) -> UnsavedEntry | None:
    """The entries that the address asks to take back (`?kept=12`); None when it asks for none, 404 for a stranger's."""
    number = request.GET.get("kept", "")
    if not number or request.method == "POST":
        return None
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        number = "0"
    entries = UnsavedEntry.objects.of(signed_in(request)).filter(form=form, record=record)
    kept: UnsavedEntry = get_object_or_404(entries, pk=number)
    return kept


def asks_to_restore(request: HttpRequest) -> bool:
    """Whether the form was sent only to be shown again with these entries."""
    return request.POST.get("then") == RESTORE


def forget_in_browser(response: HttpResponse, *, user: User, key: str) -> None:
    """Tell the browser, with the answer to a form that was saved, to drop its copy."""
    response.set_cookie(SAVED_FORM_COOKIE, f"kept:{user.pk}:{key}", max_age=A_DAY, samesite="Lax")


# --- while somebody types ---------------------------------------------------------------------------------------


def autosaving(view: View) -> View:
    """Guard of an address that takes what is typed: answers 401 unless its author is signed in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not _sent_by_its_author(request):
            return JsonResponse({"kept": False}, status=401)
        return view(request, *args, **kwargs)

    return require_POST(never_cache(guarded))


def keep_what_is_typed(request: HttpRequest, **place: Any) -> JsonResponse:
    """Keep it; `place` as for `unsaved.keep`. The answer says when, or why not."""
    try:
        kept = keep(owner=signed_in(request), sent=request.POST, **place)
    except ValidationError as refusal:
        return JsonResponse({"kept": False, "message": " ".join(refusal.messages)})
    return JsonResponse({"kept": True, "at": date_format(localtime(kept.saved_at), "H:i")})


@require_safe
@never_cache
def session(request: HttpRequest) -> JsonResponse:
    """Who is signed in, with a secret for the forms of an open page; asked by keep.js before a form is sent."""
    return JsonResponse({"user": request.user.pk, "token": get_token(request)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def drop(request: HttpRequest, number: int) -> HttpResponse:
    """Ask, then drop kept entries."""
    kept = get_object_or_404(UnsavedEntry.objects.of(signed_in(request)), pk=number)
    if request.method == "POST":
        kept.delete()
        return redirect(kept.address)
    context = {
        "question": _("Drop these entries?"),
        "subject": str(kept),
        "consequence": _("They were never saved. This cannot be undone."),
        "submit_label": _("Drop them"),
        "back_url": kept.address,
        "danger": True,
    }
    return render(request, "components/confirmation.html", context)


# --- when the session is over -----------------------------------------------------------------------------------


def sign_in_keeping_entries(view: View) -> View:
    """Like `login_required`, but what somebody signed out has sent is not lost."""
    asking = login_required(view)

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and not _sent_by_its_author(request):
            return held_page(request)
        return asking(request, *args, **kwargs)

    guarded.keeps_entries = True  # type: ignore[attr-defined]
    return guarded


def _sent_by_its_author(request: HttpRequest) -> bool:
    """Whether the person who is signed in is the one whom the form was made for, where the form says so."""
    return request.user.is_authenticated and request.POST.get("author", "") in ("", str(request.user.pk))


@never_cache
def held_page(request: HttpRequest) -> HttpResponse:
    """A page that holds what was sent and sends it on, to be looked at and saved.

    It goes to the address that it came to and nowhere else, and is kept neither here nor by the browser.
    """
    author = request.POST.get("author", "")
    context = {
        "held": [(name, value) for name, values in entries_in(request.POST).items() for value in values],
        "author": author,
        "somebody_else": request.user.is_authenticated and author not in ("", str(request.user.pk)),
        "then": RESTORE,
    }
    return render(request, "accounts/held_entries.html", context, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The secret of a form is not that of the session: it is older than the last sign-in, or another site sent it.

    Only what the browser says to come from a page of our own is held; what another site sent is shown to nobody.
    """
    if _is_held(request) and request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}":
        return held_page(request)
    return plain_csrf_failure(request, reason)


def _is_held(request: HttpRequest) -> bool:
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return False
    return request.method == "POST" and getattr(view, "keeps_entries", False)
