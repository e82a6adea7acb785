"""All that happened to one activity, page by page. For staff."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.context_processors import marking_of
from accounts.history import WholeHistory
from accounts.visibility import is_staff_viewer

from .common import visible_activity

DEEDS_ON_A_PAGE = 20


@login_required
@require_safe
def activity_history(request: HttpRequest, reference: str) -> HttpResponse:
    activity = visible_activity(request, reference)
    if not is_staff_viewer(request.user):
        raise PermissionDenied
    deeds: Any = WholeHistory(activity, request.user)
    page = Paginator(deeds, DEEDS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {**marking_of(activity, request.user), "activity": activity, "page": page}
    return render(request, "activities/history.html", context)
