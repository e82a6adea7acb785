"""The list of activities."""

from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce, Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.choices import ReviewState
from accounts.lists import (
    ListPage,
    Order,
    ViewForm,
    advice_on,
    chips_of,
    page_of,
    quick_periods,
    rank,
    rank_by_label,
    register,
)
from accounts.localized import in_language
from accounts.models import User
from accounts.roles import Permission, Role, allows
from accounts.saved_views import menu_of
from activities.actions import may_log
from activities.choices import ActivityType, Stage
from activities.filters import ActivityFilterSet
from activities.models import Activity

ORDERS = {
    "date": Order(_("Date"), lambda: ["start_date"], may_lack=True),
    "title": Order(_("Title"), lambda: [Lower(in_language("title"))]),
    "type": Order(_("Type"), lambda: [rank_by_label("type", ActivityType.choices)]),
    "place": Order(_("Place"), lambda: [in_language("country__name"), Lower("city")], may_lack=True),
    "priority": Order(
        _("Priority"), lambda: ["main_priority__programme__starts", "main_priority__number"], may_lack=True
    ),
    "stage": Order(_("Stage"), lambda: [rank("stage", Stage.choices)]),
    "reference": Order(_("Reference"), lambda: ["reference"]),
    "review": Order(_("Review"), lambda: [rank("review_state", ReviewState.choices)], staff_only=True),
    "officer": Order(
        _("Officer"),
        lambda: [Coalesce("focal_officer__name", "created_by__name")],
        may_lack=True,
        staff_only=True,
    ),
    "changed": Order(_("Changed"), lambda: ["changed_at"], staff_only=True),
}
LIST = register(ListPage("activities", "activities:list", ActivityFilterSet, ORDERS, "-date"))
# Filters that links from other pages use; the panel shows them only while they are in use.
LINKED_FILTERS = (
    "programme",
    "lead",
    "coming",
    "together",
    "inferred",
    "begins_from",
    "begins_to",
    "precision",
    "deliverable",
    "participants",
)
# The panel keeps these folded until one of them is in use.
FURTHER_FILTERS = ("officer", "series", "role", "commitment", "year", *LINKED_FILTERS)


def filterset_of(request: HttpRequest) -> ActivityFilterSet:
    """What the reader may see, and the filters that the address holds."""
    visible = Activity.objects.visible_to(request.user)
    return ActivityFilterSet(request.GET, queryset=visible, request=request)


def found_for(request: HttpRequest, filterset: ActivityFilterSet) -> QuerySet[Activity]:
    """What the filters leave, in the order that the address asks for; nothing while a filter holds something unknown.

    All rows, without what a page fetches beside them: an export starts from here too.
    """
    found: QuerySet[Activity] = filterset.qs if filterset.is_valid() else filterset.queryset.none()
    return LIST.ordered(found, request)


@require_safe
def activity_list(request: HttpRequest) -> HttpResponse:
    """What the reader may see, narrowed and sorted as the address says."""
    filterset = filterset_of(request)
    leave_out_unused(filterset, request)
    rows: Any = found_for(request, filterset)
    page = page_of(rows.for_lists(request.user), request)
    valid = filterset.is_valid()
    context = {
        "filter": filterset,
        "page": page,
        "count": page.paginator.count if valid else None,
        "ordering": LIST.order_of(request),
        "view": ViewForm(LIST, request),
        "further": further_filters(filterset),
        "chips": chips_of(filterset, request),
        "periods": quick_periods(request, timezone.localdate()),
        "advice": advice_on(filterset, request) if valid and not page.object_list else [],
        "quick_links": quick_links(request),
        "saved": menu_of(LIST, filterset, request),
        "may_log": request.user.is_authenticated and may_log(request.user),
    }
    return render(request, "activities/activity_list.html", context, status=200 if valid else 400)


def leave_out_unused(filterset: ActivityFilterSet, request: HttpRequest) -> None:
    """Spare the reader filters that say nothing: all that the public sees is approved."""
    unused = LINKED_FILTERS if request.user.is_authenticated else (*LINKED_FILTERS, "review_state")
    for name in unused:
        if not request.GET.get(name):
            filterset.form.fields.pop(name, None)


def further_filters(filterset: ActivityFilterSet) -> dict[str, Any]:
    """The filters that stand folded, and whether one of them is in use."""
    names = [name for name in FURTHER_FILTERS if name in filterset.form.fields]
    return {"names": names, "in_use": any(name in filterset.form.changed_data for name in names)}


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
