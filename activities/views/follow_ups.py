"""Follow-ups of all activities in one list, and the deeds on one of them. For staff."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.lists import ListPage, Order, ViewForm, chips_of, page_of, register
from accounts.requests import signed_in
from accounts.roles import Permission, allows
from accounts.saved_views import menu_of
from accounts.visibility import is_staff_viewer
from activities import follow_ups
from activities.follow_up_filters import FollowUpFilterSet, State
from activities.forms import FollowUpForm
from activities.models import FollowUp

from .common import came_from

ORDERS = {
    "due": Order(gettext_lazy("Due"), lambda: ["due"], may_lack=True),
    "activity": Order(gettext_lazy("Activity"), lambda: ["activity__reference", "due"], may_lack=True),
}
LIST = register(ListPage("follow-ups", "activities:follow-ups", FollowUpFilterSet, ORDERS, "due"))

View = Callable[..., HttpResponseBase]


def for_staff(view: View) -> View:
    """Follow-ups never leave the staff."""

    @login_required
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_staff_viewer(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked


@for_staff
@require_safe
def follow_up_list(request: HttpRequest) -> HttpResponse:
    """What the address asks for. `?edit=N` opens the small form of one; `?done=N` offers to take its end back."""
    return _list_page(request)


def _list_page(request: HttpRequest, *, form: FollowUpForm | None = None, status: int = 200) -> HttpResponse:
    filterset = FollowUpFilterSet(request.GET, queryset=_visible(request), request=request)
    found = filterset.qs if filterset.is_valid() else filterset.queryset.none()
    page = page_of(LIST.ordered(found, request), request)
    form = form or _opened_form(request)
    context = {
        "filter": filterset,
        "page": page,
        "count": page.paginator.count if filterset.is_valid() else None,
        "ordering": LIST.order_of(request),
        "view": ViewForm(LIST, request),
        "chips": chips_of(filterset, request),
        "saved": menu_of(LIST, filterset, request),
        "tabs": _tabs(request),
        "may_write": allows(request.user, Permission.LOG_RECORDS),
        "form": form,
        "finished": _named_in(request, "done"),
        "here": _address_without(request, "edit", "done"),
    }
    return render(request, "activities/follow_ups.html", context, status=status if filterset.is_valid() else 400)


def _visible(request: HttpRequest) -> Any:
    return FollowUp.objects.visible_to(request.user).select_related("activity", "owner")


def _named_in(request: HttpRequest, parameter: str) -> FollowUp | None:
    """The visible follow-up whose number the address gives."""
    number = request.GET.get(parameter, "")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    found: FollowUp | None = _visible(request).filter(pk=number).first()
    return found


def _opened_form(request: HttpRequest) -> FollowUpForm | None:
    opened = _named_in(request, "edit")
    return FollowUpForm(instance=opened) if opened and allows(request.user, Permission.LOG_RECORDS) else None


def _address_without(request: HttpRequest, *names: str) -> str:
    """The list's own address with its filters, without passing parameters."""
    kept = request.GET.copy()
    for name in names:
        kept.pop(name, None)
    address = reverse("activities:follow-ups")
    return f"{address}?{kept.urlencode()}" if kept else address


def _tabs(request: HttpRequest) -> list[dict[str, Any]]:
    user, address = signed_in(request), reverse("activities:follow-ups")
    queries: list[tuple[Any, dict[str, Any]]] = [
        (_("Mine"), {"owner": user.pk, "state": State.OPEN.value}),
        (_("Overdue"), {"state": State.OVERDUE.value}),
        (_("All open"), {"state": State.OPEN.value}),
        (_("By activity"), {"state": State.OPEN.value, "ordering": "activity"}),
    ]
    tabs = [(label, f"{address}?{urlencode(query)}") for label, query in queries] + [(_("All"), address)]
    here = _address_without(request, "edit", "done", "page")
    return [{"label": label, "url": url, "current": url == here} for label, url in tabs]


# --- deeds ------------------------------------------------------------------------------------------------


def _follow_up(request: HttpRequest, number: int) -> FollowUp:
    found: FollowUp = get_object_or_404(_visible(request), pk=number)
    return found


@for_staff
@require_POST
def follow_up_done(request: HttpRequest, number: int) -> HttpResponse:
    return _do(request, number, follow_ups.finish, undo="done")


@for_staff
@require_POST
def follow_up_reopen(request: HttpRequest, number: int) -> HttpResponse:
    return _do(request, number, follow_ups.reopen)


def _do(request: HttpRequest, number: int, deed: Callable[..., None], undo: str = "") -> HttpResponse:
    """Do the deed and go back; `undo` names the parameter by which the list offers to take it back."""
    follow_up = _follow_up(request, number)
    target = _back(request)
    try:
        deed(follow_up=follow_up, by=signed_in(request), stamp=request.POST.get("stamp", ""))
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect(target)
    if undo and target.startswith(reverse("activities:follow-ups")):
        return redirect(f"{target}{'&' if '?' in target else '?'}{urlencode({undo: number})}")
    messages.success(request, _("“%(text)s”: saved.") % {"text": follow_up.text})
    return redirect(target)


def _back(request: HttpRequest) -> str:
    """Where the reader came from, within the portal."""
    return came_from(request) or reverse("activities:follow-ups")


@for_staff
@require_POST
def follow_up_change(request: HttpRequest, number: int) -> HttpResponse:
    """Owner and due date from the small form; with an error the list comes back with the form as it was filled in."""
    follow_up, by = _follow_up(request, number), signed_in(request)
    if not allows(by, Permission.LOG_RECORDS):
        raise PermissionDenied
    stamp, form = request.POST.get("stamp", ""), FollowUpForm(request.POST, instance=follow_up)
    if form.is_valid():
        try:
            follow_ups.change(
                follow_up=follow_up, by=by, stamp=stamp, owner=form.cleaned_data["owner"], due=form.cleaned_data["due"]
            )
            messages.success(request, _("“%(text)s”: saved.") % {"text": follow_up.text})
            return redirect(_address_without(request, "edit", "done"))
        except ValidationError as error:
            form.add_error(None, error)
    return _list_page(request, form=form, status=400)
