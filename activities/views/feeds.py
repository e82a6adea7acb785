"""Calendar feeds: the public one, each person's own, and the page on which people make the address of theirs."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import conditional_page, require_http_methods, require_POST, require_safe

from accounts.feed_tokens import end_token, make_token, owner_of
from accounts.models import FeedToken, SavedView
from accounts.requests import signed_in
from activities.atom import atom_of, latest
from activities.feed import LOOKING_BACK, calendar_of, rows_for_feed
from activities.filters import ActivityFilterSet
from activities.models import Activity

from .lists import LIST

Answer = Callable[[HttpRequest, ActivityFilterSet], HttpResponse]


@require_safe
@conditional_page
def public_feed(request: HttpRequest) -> HttpResponse:
    """What anyone may see, also when somebody asks who has signed in: a calendar keeps what it once got."""
    request.user = AnonymousUser()
    return _feed(request)


@require_safe
@conditional_page
def private_feed(request: HttpRequest, token: str) -> HttpResponse:
    """All that the feed's owner may see at this moment. The address is the key, and opens nothing else."""
    owner = owner_of(token)
    if owner is None:
        raise Http404
    request.user = owner
    with translation.override(owner.language):
        return _feed(request)


@require_safe
@conditional_page
def public_atom(request: HttpRequest) -> HttpResponse:
    """The latest changes of what anyone may see, as Atom."""
    request.user = AnonymousUser()
    return _feed(request, _atom)


@require_safe
@conditional_page
def private_atom(request: HttpRequest, token: str) -> HttpResponse:
    """The latest changes of all that the feed's owner may see at this moment, as Atom; it has the feed's token."""
    owner = owner_of(token)
    if owner is None:
        raise Http404
    request.user = owner
    with translation.override(owner.language):
        return _feed(request, _atom)


def _feed(request: HttpRequest, answer: Answer | None = None) -> HttpResponse:
    """What is found, narrowed by the filters in the address or by a saved view (`view`) of the reader."""
    visible = Activity.objects.visible_to(request.user)
    filterset = ActivityFilterSet(_filters(request), queryset=visible, request=request)
    if not filterset.is_valid():
        if request.GET.get("view"):
            raise Http404  # what is wrong would tell of what another reader's view names
        text = " ".join(f"{name}: {errors[0]}" for name, errors in filterset.errors.items())
        return HttpResponse(text, status=400, content_type="text/plain; charset=utf-8")
    response = (answer or _calendar)(request, filterset)
    response["Cache-Control"] = "private, no-cache"
    return response


def _calendar(request: HttpRequest, filterset: ActivityFilterSet) -> HttpResponse:
    since = filterset.form.cleaned_data["from"] or timezone.localdate() - LOOKING_BACK
    rows = rows_for_feed(filterset.qs, request.user, since=since)
    body = calendar_of(rows, request.user, site=_site(request))
    disposition = {"Content-Disposition": 'inline; filename="activities.ics"'}
    return HttpResponse(body, content_type="text/calendar; charset=utf-8", headers=disposition)


def _atom(request: HttpRequest, filterset: ActivityFilterSet) -> HttpResponse:
    rows = latest(filterset.qs, request.user)
    body = atom_of(rows, request.user, site=_site(request), address=request.build_absolute_uri())
    return HttpResponse(body, content_type="application/atom+xml; charset=utf-8")


def _site(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")


def _filters(request: HttpRequest) -> QueryDict:
    view = request.GET.get("view", "")
    if not view:
        return request.GET
    if not (view.isascii() and view.isdigit() and len(view) < 10):
        raise Http404
    views = SavedView.objects.visible_to(request.user).filter(page=LIST.key)
    return QueryDict(get_object_or_404(views, pk=int(view)).query)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own_feed(request: HttpRequest) -> HttpResponse:
    """The address of one's own feed. It is shown in the answer that makes it, and never again."""
    user = signed_in(request)
    context: dict[str, Any] = {
        "public_url": request.build_absolute_uri(reverse("calendar:public-feed")),
        "public_atom_url": request.build_absolute_uri(reverse("activities:feed")),
    }
    if request.method == "POST":
        token = make_token(by=user)
        url = request.build_absolute_uri(reverse("calendar:private-feed", args=[token]))
        context["atom_url"] = request.build_absolute_uri(reverse("activities:private-feed", args=[token]))
        views = SavedView.objects.visible_to(user).filter(page=LIST.key)
        context |= {"url": url, "views": [(view.name, f"{url}?view={view.pk}") for view in views]}
    context["token"] = FeedToken.objects.filter(user=user).first()
    return render(request, "activities/own_feed.html", context)


@login_required
@require_POST
def end_own_feed(request: HttpRequest) -> HttpResponse:
    end_token(by=signed_in(request))
    messages.success(request, _("Your calendar feed has ended. Calendars that read it get nothing more."))
    return redirect("calendar:own-feed")
