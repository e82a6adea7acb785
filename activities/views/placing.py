"""Pages on which managers say which priority activities serve: inferred ones, and those of another programme."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.requests import signed_in
from accounts.roles import Permission, allows
from activities import placing
from priorities.keys import priority_with
from priorities.succession import Succession

PAGE_SIZE = 25
FORM = ["GET", "HEAD", "POST"]


def _manager(request: HttpRequest) -> User:
    user = signed_in(request)
    if not allows(user, Permission.APPROVE_RECORDS):
        raise PermissionDenied
    return user


@login_required
@require_http_methods(FORM)
def inferred(request: HttpRequest) -> HttpResponse:
    """What the portal inferred: confirm all that is ticked, or choose another priority. `?priority=` narrows it."""
    user, succession = _manager(request), Succession()
    done = None
    if request.method == "POST":
        done = placing.carry_out(placing.choices_in(request.POST), by=user, succession=succession)
    found = placing.inferred(user)
    priority = priority_with(request.GET.get("priority", "").replace("\0", ""))
    if priority is not None:
        found = found.filter(main_priority=priority)
    return _list(request, user, found, succession, name="inferred", done=done, priority=priority)


@login_required
@require_http_methods(FORM)
def misplaced(request: HttpRequest) -> HttpResponse:
    """Activities dated in another programme than that of their priority; moved after a look at what will happen."""
    user, succession = _manager(request), Succession()
    step = request.POST.get("step") if request.method == "POST" else ""
    if step == "look":
        fates = placing.foresee(placing.choices_in(request.POST), by=user, succession=succession)
        context = {
            "well": [(choice, fate) for choice, fate in fates if fate.well],
            "not_well": [fate for _choice, fate in fates if not fate.well],
        }
        return render(request, "activities/misplaced_look.html", context)
    done, undo = None, []
    if step == "move":
        choices = placing.choices_in(request.POST)
        before = placing.priorities_before(choices, user)
        done = placing.carry_out(choices, by=user, succession=succession)
        undo = [
            (fate.tick, before[fate.tick.reference]) for fate in done if fate.well and before.get(fate.tick.reference)
        ]
    return _list(request, user, placing.misplaced(user), succession, name="misplaced", done=done, undo=undo)


def _list(
    request: HttpRequest, user: User, found: Any, succession: Succession, *, name: str, done: Any, **more: Any
) -> HttpResponse:
    page = Paginator(placing.with_what_rows_show(found), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": placing.rows_of(list(page), user, succession),
        "ticked": request.GET.get("tick") == "all",
        "done": done is not None,
        "well": [fate for fate in done or () if fate.well],
        "not_well": [fate for fate in done or () if not fate.well],
        **more,
    }
    return render(request, f"activities/{name}.html", context)
