"""What is done to a dossier by a button: each a POST that leads back to where the button stood."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.record_pages import say_why_not, version_in
from accounts.records import StaleEdit
from accounts.requests import signed_in
from accounts.roles import Permission, allows

from . import dossier_actions as actions
from .choices import DossierState, SectionKey
from .dossier_forms import CommentForm, ReasonForm
from .dossier_views import visible_briefing, visible_dossier
from .models import DossierComment, DossierItem, TalkingPoint


def _try(request: HttpRequest, deed: Callable[[], Any]) -> Any:
    """Do it, or say why not."""
    try:
        return deed()
    except (ValidationError, StaleEdit) as error:
        say_why_not(request, error)
        return None


@login_required
@require_POST
def begin(request: HttpRequest, key: str) -> HttpResponse:
    user, briefing = signed_in(request), visible_briefing(request, key)
    dossier = _try(request, lambda: actions.begin(briefing=briefing, by=user))
    return redirect(dossier or briefing)


@login_required
@require_POST
def gather(request: HttpRequest, key: str) -> HttpResponse:
    user, dossier = signed_in(request), visible_dossier(request, key)
    if (_try(request, lambda: actions.gather(dossier=dossier, by=user))) is not None:
        messages.success(request, _("The dossier holds all approved records of the period."))
    return redirect(dossier)


@login_required
@require_POST
def propose_order(request: HttpRequest, key: str) -> HttpResponse:
    user, dossier = signed_in(request), visible_dossier(request, key)
    _try(request, lambda: actions.propose_order(dossier=dossier, by=user))
    return redirect(dossier)


@login_required
@require_POST
def look(request: HttpRequest, key: str) -> HttpResponse:
    """What came after the page was made stays marked as new."""
    user, dossier = signed_in(request), visible_dossier(request, key)
    try:
        until = datetime.fromisoformat(request.POST.get("until", ""))
    except ValueError:
        until = None
    if until is not None and timezone.is_naive(until):
        until = timezone.make_aware(until)
    actions.look(dossier=dossier, by=user, until=until)
    return redirect(dossier)


@login_required
@require_POST
def item_deed(request: HttpRequest, key: str, number: int, deed: str) -> HttpResponse:
    """Tell the item or leave it out, or move it up or down in its group."""
    user, dossier = signed_in(request), visible_dossier(request, key)
    item = get_object_or_404(
        DossierItem.objects.visible_to(user).select_related("dossier__briefing"), dossier=dossier, pk=number
    )
    deeds: dict[str, Callable[[], Any]] = {
        "include": lambda: actions.include(item=item, by=user, included=True),
        "leave-out": lambda: actions.include(item=item, by=user, included=False),
        "up": lambda: actions.shift_item(item=item, by=user, steps=-1),
        "down": lambda: actions.shift_item(item=item, by=user, steps=1),
    }
    if deed not in deeds:
        raise Http404
    _try(request, deeds[deed])
    return redirect(item.get_absolute_url())


@login_required
@require_POST
def point_deed(request: HttpRequest, key: str, number: int, deed: str) -> HttpResponse:
    """Move a sentence up or down in its topic."""
    user, dossier = signed_in(request), visible_dossier(request, key)
    points = TalkingPoint.objects.visible_to(user).select_related("dossier__briefing")
    point = get_object_or_404(points, dossier=dossier, pk=number)
    steps = {"up": -1, "down": 1}
    if deed not in steps:
        raise Http404
    _try(request, lambda: actions.shift_point(point=point, by=user, steps=steps[deed]))
    return redirect(point.get_absolute_url())


@login_required
@require_POST
def comment(request: HttpRequest, key: str) -> HttpResponse:
    user, dossier = signed_in(request), visible_dossier(request, key)
    form = CommentForm(request.POST)
    if not allows(user, Permission.LOG_RECORDS):
        raise PermissionDenied
    if form.is_valid():
        section = SectionKey(form.cleaned_data["section"])
        actions.comment(dossier=dossier, section=section, text=form.cleaned_data["text"], by=user)
        return redirect(f"{dossier.get_absolute_url()}#comments")
    for problems in form.errors.values():
        for problem in problems:
            messages.error(request, _("The comment was not saved. %(problem)s") % {"problem": problem})
    return redirect(dossier)


@login_required
@require_POST
def settle(request: HttpRequest, key: str, number: int) -> HttpResponse:
    user, dossier = signed_in(request), visible_dossier(request, key)
    remark = get_object_or_404(DossierComment.objects.visible_to(user), dossier=dossier, pk=number)
    actions.settle(remark=remark, by=user)
    return redirect(f"{dossier.get_absolute_url()}#comments")


# --- states ---------------------------------------------------------------------------------------------------------

DONE = {
    DossierState.COLLECTING: gettext_lazy("The dossier is back to collecting."),
    DossierState.DRAFTING: gettext_lazy("The dossier is being drafted."),
    DossierState.CLEARANCE: gettext_lazy("The dossier is in clearance. A manager decides on it next."),
    DossierState.FINAL: gettext_lazy("The dossier is final. Mark it as delivered once the briefing has been given."),
    DossierState.DELIVERED: gettext_lazy("The dossier is delivered; this version is kept as it is now."),
}
ASKS = {
    DossierState.FINAL: (
        gettext_lazy("Clear the dossier?"),
        gettext_lazy("It becomes final: nobody changes it until it is delivered, or taken back to drafting."),
        gettext_lazy("Clear it"),
    ),
    DossierState.DELIVERED: (
        gettext_lazy("Mark the dossier as delivered?"),
        gettext_lazy(
            "It is kept for good as it is now. Later changes of activities and developments do not touch it;"
            " a correction makes a new version."
        ),
        gettext_lazy("Deliver it"),
    ),
}


BACK = (
    gettext_lazy("Take the dossier back to drafting?"),
    gettext_lazy("It needs clearance again. Versions that were delivered stay as they are."),
    gettext_lazy("Take it back"),
)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, key: str, state: str) -> HttpResponse:
    """Take the dossier to another state, once the reader has confirmed it; a way back wants a reason."""
    user, dossier = signed_in(request), visible_dossier(request, key)
    if state not in DossierState.values:
        raise Http404
    to = DossierState(state)
    if to not in dossier.moves_of(user):
        if not allows(user, Permission.LOG_RECORDS):
            raise PermissionDenied
        messages.error(request, _("The dossier cannot be taken there now. Look at its state again."))
        return redirect(dossier)
    goes_back = to == DossierState.DRAFTING and dossier.state != DossierState.COLLECTING
    form = ReasonForm(request.POST or None, initial={"version": dossier.version}) if goes_back else None
    if request.method == "POST" and (form is None or form.is_valid()):
        reason = form.cleaned_data["reason"] if form else ""
        version = form.cleaned_data["version"] if form else version_in(request)
        if _try(request, lambda: actions.move(dossier=dossier, version=version, to=to, by=user, reason=reason)):
            messages.success(request, DONE[to])
        return redirect(dossier)
    question, consequence, label = ASKS.get(to) or (
        to.label,
        _("The dossier goes on to “%(state)s”.") % {"state": to.label},
        to.label,
    )
    if goes_back:
        question, consequence, label = BACK
    context = {
        "question": question,
        "subject": str(dossier),
        "consequence": consequence,
        "submit_label": label,
        "form": form,
        "version": None if form else dossier.version,
        "dossier": dossier,
        "back_url": dossier.get_absolute_url(),
    }
    return render(request, "briefings/dossier_move.html", context)
