"""The desk: what waits for the reader, and decisions on several records at once."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import signed_in
from accounts.roles import Permission, allows
from accounts.unsaved import UnsavedEntry
from activities import decisions, placing
from activities.actions import may_log
from activities.decisions import Deed, Fate
from activities.desk import MOST_SHOWN, follow_ups_of, piles_of
from activities.forms import ReturnForm


@login_required
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """What waits for the reader. `?tick=NAME` opens the page with all records of that pile ticked."""
    user = signed_in(request)
    context: dict[str, Any] = {
        "piles": piles_of(user),
        "ticked": request.GET.get("tick", ""),
        "may_log": may_log(user),
        "unsaved": UnsavedEntry.objects.of(user)[:MOST_SHOWN],
    }
    if user.is_staff_member:
        follow_ups = follow_ups_of(user)
        context |= {"follow_ups": follow_ups[:MOST_SHOWN], "more_follow_ups": len(follow_ups) > MOST_SHOWN}
    if allows(user, Permission.APPROVE_RECORDS):
        context |= {"inferred": placing.inferred(user).count(), "misplaced": placing.misplaced(user).count()}
    return render(request, "activities/desk.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest) -> HttpResponse:
    """Asks before a deed is done to several records, saying what will happen to each; then says what did."""
    user, asked = signed_in(request), request.POST if request.method == "POST" else request.GET
    name = asked.get("deed", Deed.SUBMIT)
    if name not in list(Deed):
        raise Http404
    deed = Deed(name)
    if not decisions.may(user, deed):
        raise PermissionDenied
    ticks = decisions.ticks_in(asked.getlist("record"))
    form = ReturnForm(request.POST if request.method == "POST" else None) if deed == Deed.RETURN else None
    if request.method == "POST" and ticks and (form is None or form.is_valid()):
        comment = form.cleaned_data["comment"] if form else ""
        return _page(request, deed, decisions.carry_out(ticks, deed, by=user, comment=comment), done=True)
    fates = decisions.foresee(ticks, deed, by=user)
    return _page(request, deed, fates, form=form, status=400 if request.method == "POST" else 200)


QUESTIONS = {
    Deed.SUBMIT: (_("Submit these for approval?"), _("Submit them"), _("Submitted for approval")),
    Deed.APPROVE: (_("Approve these?"), _("Approve them"), _("Approved")),
    Deed.RETURN: (_("Return these?"), _("Return them"), _("Returned")),
}


def _page(
    request: HttpRequest, deed: Deed, fates: list[Fate], *, done: bool = False, form: Any = None, status: int = 200
) -> HttpResponse:
    question, submit_label, outcome = QUESTIONS[deed]
    context = {
        "deed": deed.value,
        "well": [fate for fate in fates if fate.well],
        "not_well": [fate for fate in fates if not fate.well],
        "done": done,
        "form": form,
        "heading": outcome if done else question,
        "submit_label": submit_label,
    }
    return render(request, "activities/decide.html", context, status=status)
