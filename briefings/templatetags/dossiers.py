"""Which talking points rest on a record, for the pages of activities and developments."""

from typing import Any

from django import template

from accounts.visibility import is_staff_viewer
from activities.models import Activity
from briefings.models import TalkingPoint

register = template.Library()


@register.inclusion_tag("briefings/includes/cited_in.html")
def cited_in(record: Any, viewer: Any) -> dict[str, Any]:
    """The sentences that cite the record, as the viewer may see them; nothing outside the staff (one query)."""
    if not is_staff_viewer(viewer):
        return {"points": []}
    name = "activities" if isinstance(record, Activity) else "developments"
    points = TalkingPoint.objects.visible_to(viewer).filter(**{name: record})
    return {"points": list(points.select_related("dossier__briefing"))}
