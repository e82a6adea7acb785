"""What a report is asked for, as its run keeps it: periods as dates, so that a later retry covers the same days."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from briefings.models import Briefing
from priorities.choices import Certainty, DatePrecision
from priorities.models import ProgrammeOfAction

from .periods import relative

if TYPE_CHECKING:
    from accounts.roles import Viewer


def last_briefing_before(day: date, viewer: "Viewer") -> date | None:
    """The day of the last Council briefing before or on that day; those of which only the year is known end nothing."""
    known = Briefing.objects.visible_to(viewer).filter(certainty=Certainty.FOUND, date__lte=day)
    found: date | None = (
        known.exclude(date_precision=DatePrecision.YEAR).order_by("-date").values_list("date", flat=True).first()
    )
    return found


def parameters_on(day: date, wanted: Mapping[str, Any], viewer: "Viewer") -> dict[str, str]:
    """The parameters on a day of what moves with the calendar: the period as dates, and the programme of that time.

    `wanted` may hold `period` (a RelativePeriod). Without one, or where there is no briefing to count from, there are
    no dates: a report that needs them then says so.
    """
    if not wanted.get("period"):
        return {}
    try:
        period = relative(wanted["period"], day, last_briefing=last_briefing_before(day, viewer))
    except ValueError:
        return {}
    programme = ProgrammeOfAction.objects.current(period.starts)
    return {
        "programme": programme.period if programme else "",
        "starts": period.starts.isoformat(),
        "ends": period.ends.isoformat(),
    }
