"""Developments on the desk, whose page stands in `activities` and knows nothing of them."""

from typing import TYPE_CHECKING, Any

from django import template
from django.db.models import Q

from accounts.choices import ReviewState
from accounts.roles import Permission, allows
from activities.desk import MOST_SHOWN, own_work
from briefings.models import Development

if TYPE_CHECKING:
    from accounts.models import User

register = template.Library()

TO_MEND = (ReviewState.RETURNED, ReviewState.DRAFT)


@register.inclusion_tag("briefings/includes/on_desk.html")
def developments_on_desk(user: "User") -> dict[str, Any]:
    """What waits for the user among developments, what came back first: own ones that are open; for managers also
    what is submitted (one query). Nothing for those who log no records."""
    if not allows(user, Permission.LOG_RECORDS):
        return {"may_log": False}
    wanted = own_work(user) & Q(review_state__in=[*TO_MEND, ReviewState.SUBMITTED])
    if allows(user, Permission.APPROVE_RECORDS):
        wanted |= Q(review_state=ReviewState.SUBMITTED)
    waiting = Development.objects.visible_to(user).filter(wanted).select_related("submitted_by", "reviewed_by")
    found = list(waiting.order_by("-changed_at", "-pk")[: MOST_SHOWN + 1])
    return {
        "may_log": True,
        "developments": sorted(found[:MOST_SHOWN], key=lambda one: one.review_state != ReviewState.RETURNED),
        "has_more": len(found) > MOST_SHOWN,
    }
