"""Activities as an iCalendar (RFC 5545): for the feeds of the calendar, and for whatever else hands out events.

Whole days only: what is known to the month or the year is no event of a calendar. The rows that are given went
through `visible_to`. A feed is copied to devices that the Centre does not look after, so nobody's holds anything
confidential, a good offices contact that is not public, or names under the Chatham House Rule.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from accounts.choices import Audience, Classification, ReviewState
from accounts.context_processors import marking_line
from priorities.choices import DatePrecision

from .choices import ActivityType, Stage

if TYPE_CHECKING:
    from accounts.roles import Viewer

    from .models import Activity
    from .querysets import ActivityQuerySet

MOST_EVENTS = 2000
# What is over for longer is not in a feed, unless a period was asked for.
LOOKING_BACK = timedelta(days=366)
LONGEST_SUMMARY = 1000
STATUSES = {
    Stage.PLANNED: "TENTATIVE",
    Stage.CONFIRMED: "CONFIRMED",
    Stage.HELD: "CONFIRMED",
    Stage.POSTPONED: "TENTATIVE",
    Stage.CANCELLED: "CANCELLED",
}


def may_be_copied(found: "ActivityQuerySet") -> "ActivityQuerySet":
    """Those among what was found that may lie on devices that the Centre does not look after."""
    is_public = Q(audience=Audience.PUBLIC, review_state=ReviewState.APPROVED, release_held=False)
    unclassified = found.filter(classification=Classification.UNCLASSIFIED)
    return unclassified.filter(~Q(type=ActivityType.GOOD_OFFICES_CONTACT) | is_public)


def rows_for_feed(found: "ActivityQuerySet", viewer: "Viewer", *, since: date) -> "ActivityQuerySet":
    """The events among what was found, the latest MOST_EVENTS of them, with what an event tells."""
    events = may_be_copied(found).filter(date_precision=DatePrecision.DAY)
    return events.not_over_before(since).for_lists(viewer).newest_first()[:MOST_EVENTS]


def calendar_of(activities: "Iterable[Activity]", viewer: "Viewer", *, site: str) -> bytes:
    """The calendar, in the language that is switched on. `site` is the portal's address, without a slash at its end."""
    calendar = Calendar()
    calendar.add("prodid", "-//UNRCCA//Programme portal//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    name, note = _("UNRCCA activities"), str(marking_line(viewer))
    for key, value in (("name", name), ("x-wr-calname", name), ("description", note), ("x-wr-caldesc", note)):
        calendar.add(key, value)
    calendar.add("refresh-interval", timedelta(hours=6), parameters={"VALUE": "DURATION"})
    for activity in activities:
        calendar.add_component(_event_of(activity, site))
    return bytes(calendar.to_ical())


def _event_of(activity: "Activity", site: str) -> Event:
    assert activity.start_date is not None
    event = Event()
    event.add("uid", f"{activity.reference}@activities.unrcca")
    event.add("dtstamp", activity.changed_at)
    event.add("last-modified", activity.changed_at)
    event.add("created", activity.created_at)
    event.add("sequence", activity.version - 1)
    event.add("dtstart", activity.start_date)
    # The end of an event of whole days is the day after its last.
    event.add("dtend", (activity.end_date or activity.start_date) + timedelta(days=1))
    event.add("status", STATUSES[Stage(activity.stage)])
    event.add("summary", summary_of(activity))
    event.add("description", description_of(activity))
    event.add("categories", [activity.get_type_display()])
    event.add("class", "PUBLIC" if activity.audience == Audience.PUBLIC and activity.is_approved else "PRIVATE")
    event.add("transp", "TRANSPARENT")
    event.add("url", f"{site}{activity.get_absolute_url()}")
    if activity.place:
        event.add("location", activity.place)
    return event


def summary_of(activity: "Activity") -> str:
    """The title; what is neither tentative nor cancelled in iCalendar's words is said before it."""
    if activity.stage == Stage.POSTPONED:
        return _("Postponed: %(title)s") % {"title": activity.title}
    return activity.title


def description_of(activity: Any) -> str:
    involvements = [] if activity.chatham_house else activity.visible_involvements
    partners = ", ".join(dict.fromkeys(str(one.organization) for one in involvements))
    lines = [
        f"{activity.reference} · {activity.get_stage_display()}",
        "" if activity.is_approved else str(activity.get_review_state_display()),
        str(activity.main_priority or ""),
        _("With %(partners)s") % {"partners": partners} if partners else "",
        activity.summary[:LONGEST_SUMMARY],
    ]
    return "\n".join(filter(None, lines))
