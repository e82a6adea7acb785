"""The list of activities."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.choices import ReviewState
from accounts.models import User
from accounts.roles import Permission, Role, allows
from activities.actions import may_log
from activities.filters import ActivityFilterSet
from activities.models import Activity

PAGE_SIZE = 50
NEWEST_FIRST = "-date"
ORDERINGS: dict[str, list[Any]] = {
    "date": [F("start_date").asc(nulls_last=True), "id"],
    "-date": [F("start_date").desc(nulls_last=True), "-id"],
    "title": [Lower("title_en"), "id"],
    "-title": [Lower("title_en").desc(), "-id"],
    "reference": ["reference"],
    "-reference": ["-reference"],
}
# Filters that links from other pages use; the panel shows them only while they are in use.
LINKED_FILTERS = ("programme", "lead", "coming", "together", "inferred")


@require_safe
def activity_list(request: HttpRequest) -> HttpResponse:
    """What the reader may see, narrowed and sorted as the address says."""
    visible = Activity.objects.visible_to(request.user).for_lists(request.user)
    filterset = ActivityFilterSet(request.GET, queryset=visible, request=request)
    leave_out_unused(filterset, request)
    ordering = request.GET.get("ordering", NEWEST_FIRST)
    page = page_of(request, filterset, ordering)
    context = {
        "filter": filterset,
        "page": page,
        "count": page.paginator.count if filterset.is_valid() else None,
        "ordering": ordering if ordering in ORDERINGS else NEWEST_FIRST,
        "quick_links": quick_links(request),
        "may_log": request.user.is_authenticated and may_log(request.user),
    }
    return render(request, "activities/activity_list.html", context, status=200 if filterset.is_valid() else 400)


def leave_out_unused(filterset: ActivityFilterSet, request: HttpRequest) -> None:
    """Spare the reader filters that say nothing: all that the public sees is approved."""
    unused = LINKED_FILTERS if request.user.is_authenticated else (*LINKED_FILTERS, "review_state")
    for name in unused:
        if not request.GET.get(name):
            del filterset.form.fields[name]


def page_of(request: HttpRequest, filterset: ActivityFilterSet, ordering: str) -> Page[Activity]:
    """The page that the address asks for; nothing while a filter holds something unknown."""
    found: QuerySet[Activity] = filterset.qs if filterset.is_valid() else filterset.queryset.none()
    found = found.order_by(*ORDERINGS.get(ordering, ORDERINGS[NEWEST_FIRST]))
    return Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))


def quick_links(request: HttpRequest) -> list[dict[str, Any]]:
    """The lists that people open every day; the one that is open is marked."""
    links = [(label, f"{reverse('activities:list')}?{urlencode(query)}") for label, query in _quick_lists(request.user)]
    if links:
        links.insert(0, (_("All"), reverse("activities:list")))
    here = request.get_full_path()
    return [{"label": label, "url": url, "current": url == here} for label, url in links]


def _quick_lists(user: Any) -> list[tuple[Any, dict[str, str | int]]]:
    if not isinstance(user, User):
        return []
    if user.role == Role.PARTNER:
        return [(_("Your organization’s own"), {"lead": user.organization.code})]  # type: ignore[union-attr]
    if not allows(user, Permission.LOG_RECORDS):
        return []
    return [
        (_("My drafts"), {"officer": user.pk, "review_state": ReviewState.DRAFT.value}),
        (_("Waiting for approval"), {"review_state": ReviewState.SUBMITTED.value}),
        (_("Returned to me"), {"officer": user.pk, "review_state": ReviewState.RETURNED.value}),
    ]
