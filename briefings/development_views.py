"""Pages of developments: list, one record, and, for the staff, reviewing. The form stands in `development_entry.py`."""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.choices import ReviewState
from accounts.context_processors import marking_of
from accounts.history import history_of
from accounts.lists import ListPage, Order, address_with, quick_periods, rank, register
from accounts.localized import in_language
from accounts.records import StaleEdit
from accounts.requests import signed_in
from accounts.roles import Permission, allows
from accounts.visibility import is_staff_viewer
from priorities.choices import DatePrecision

from . import actions
from .choices import Reliability, Significance
from .filters import DevelopmentFilter
from .forms import ReturnForm
from .models import Development
from .views import list_of

ORDERS = {
    "date": Order(_("Date"), lambda: ["date"]),
    "headline": Order(_("Headline"), lambda: [Lower(in_language("headline"))]),
    "reliability": Order(_("Reliability"), lambda: [rank("reliability", Reliability.choices)]),
    "significance": Order(
        _("Significance"), lambda: [rank("significance", [*Significance.choices, ("", "")])], staff_only=True
    ),
    "review": Order(_("Review"), lambda: [rank("review_state", ReviewState.choices)], staff_only=True),
    "changed": Order(_("Changed"), lambda: ["changed_at"], staff_only=True),
}
LIST = register(ListPage("developments", "developments:list", DevelopmentFilter, ORDERS, "-date"))
TIMELINE = "timeline"


@require_safe
def development_list(request: HttpRequest) -> HttpResponse:
    developments = Development.objects.visible_to(request.user).for_lists()
    filterset = DevelopmentFilter(request.GET, queryset=developments, request=request)
    shown = list_of(LIST, filterset, request)
    as_timeline = request.GET.get("show") == TIMELINE
    context = {
        **shown,
        "periods": quick_periods(request, timezone.localdate()),
        "may_add": allows(request.user, Permission.LOG_RECORDS),
        "timeline": timeline_of(shown["page"]) if as_timeline else None,
        "keep": [("show", TIMELINE)] if as_timeline else [],
        "table_url": address_with(request, show=""),
        "timeline_url": address_with(request, show=TIMELINE, ordering=""),
    }
    return render(request, "briefings/development_list.html", context)


def timeline_of(developments: Iterable[Development]) -> list[tuple[str, list[Development]]]:
    """The developments by the month of their first day, in their order; those of which only the year is known by it."""
    months = groupby(developments, key=_month_of)
    return [(heading, list(of_month)) for heading, of_month in months]


def _month_of(development: Development) -> str:
    if development.date_precision == DatePrecision.YEAR:
        return str(_("Some time in %(year)s") % {"year": development.date.year})
    return capfirst(date_format(development.date, "F Y"))


@require_safe
def development_detail(request: HttpRequest, key: str) -> HttpResponse:
    visible = Development.objects.visible_to(request.user).for_lists().select_related("focal_officer", "reviewed_by")
    development = get_object_or_404(visible, key=key)
    context = {
        **marking_of(development, request.user),
        "development": development,
        "internal": for_staff(development, request.user),
    }
    return render(request, "briefings/development_detail.html", context)


def for_staff(development: Development, viewer: Any) -> dict[str, Any] | None:
    """What never leaves the staff: the history, and what the viewer may do next."""
    if not is_staff_viewer(viewer):
        return None
    return {
        "history": history_of(development, viewer),
        "may_edit": actions.may_edit(development, viewer),
        "may_submit": development.may_be_submitted_by(viewer),
        "may_withdraw": development.may_be_withdrawn_by(viewer),
        "may_review": development.may_be_reviewed_by(viewer),
        "may_reopen": development.may_be_reopened_by(viewer),
    }


DEEDS: dict[str, Callable[..., None]] = {
    "submit": Development.submit,
    "withdraw": Development.withdraw,
    "approve": Development.approve,
    "reopen": Development.reopen,
}
DONE = {
    "submit": _("Submitted. A manager decides on it next."),
    "withdraw": _("Taken back. It is a draft again."),
    "approve": _("Approved. Its audience sees it from now on."),
    "reopen": _("Reopened as a draft. Partners see it again once it is approved anew."),
    "return": _("Returned with your comment."),
}


@login_required
@require_POST
def development_deed(request: HttpRequest, key: str, deed: str) -> HttpResponse:
    """Submit, withdraw, approve or reopen the development as the page showed it."""
    user = signed_in(request)
    development = get_object_or_404(Development.objects.visible_to(user), key=key)
    if deed not in DEEDS:
        raise Http404
    if not allows(user, Permission.LOG_RECORDS):
        raise PermissionDenied
    try:
        decide(request, development, deed, partial(DEEDS[deed], by=user))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(development)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def development_return(request: HttpRequest, key: str) -> HttpResponse:
    """Ask for the comment that says what to mend, then return the development to its officer."""
    user = signed_in(request)
    development = get_object_or_404(Development.objects.visible_to(user), key=key)
    if not development.may_be_reviewed_by(user):
        raise PermissionDenied
    form = ReturnForm(request.POST or None, initial={"version": development.version})
    if request.method == "POST" and form.is_valid():
        send_back = partial(Development.send_back, by=user, comment=form.cleaned_data["comment"])
        try:
            decide(request, development, "return", send_back)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect(development)
    context = {
        "form": form,
        "question": _("Return the development"),
        "subject": development.headline,
        "consequence": _("It goes back to its officer, who can mend it and submit it again."),
        "submit_label": _("Return with this comment"),
        "back_url": development.get_absolute_url(),
    }
    return render(request, "briefings/development_return.html", context)


def decide(request: HttpRequest, development: Development, verb: str, deed: Callable[[Development], None]) -> None:
    """Run the deed and say so; where the record changed since the page was made, say that instead."""
    try:
        version = int(request.POST.get("version", ""))
    except ValueError:
        version = 0  # no version ever; the reader is told to look again
    try:
        actions.decide(pk=development.pk, version=version, by=signed_in(request), verb=verb, deed=deed)
    except StaleEdit:
        messages.error(request, _("Somebody changed this record since you opened it. Look at it again, then decide."))
    else:
        messages.success(request, DONE[verb])
