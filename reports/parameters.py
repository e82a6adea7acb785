"""What a report is asked for, as its run keeps it: periods as dates, so that a later retry covers the same days."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from briefings.models import Briefing
from priorities.models import ProgrammeOfAction
from priorities.periods import Period

if TYPE_CHECKING:
    from accounts.roles import Viewer


def parameters_on(day: date, wanted: Mapping[str, Any], viewer: "Viewer") -> dict[str, str]:
    """The parameters on a day of what moves with the calendar: the period as dates, and the programme of that time.

    `wanted` may hold `period` (a MovingPeriod). Without one, or where there is no briefing to count from, there are
    no dates: a report that needs them then says so.
    """
    if not wanted.get("period"):
        return {}
    try:
        period = Period.moving(wanted["period"], day, last_briefing=Briefing.objects.visible_to(viewer).last_day(day))
    except ValueError:
        return {}
    programme = ProgrammeOfAction.objects.current(period.starts)
    return {
        "programme": programme.period if programme else "",
        "starts": period.starts.isoformat(),
        "ends": period.ends.isoformat(),
    }
