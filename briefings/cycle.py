"""Where the next briefing stands, for pages that tell of it beside other things."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from accounts.visibility import is_staff_viewer

from .choices import TaskKind
from .models import Briefing, BriefingTask, Dossier

if TYPE_CHECKING:
    from accounts.roles import Viewer


@dataclass(frozen=True)
class NextBriefing:
    """The next briefing; for the staff also its dossier, and how many tasks before it are open and overdue.

    `days` counts from today to its day, or to the last possible one where only the month is known.
    """

    briefing: Briefing
    days: int
    dossier: Dossier | None = None
    open_tasks: int = 0
    overdue_tasks: int = 0

    @property
    def url(self) -> str:
        return self.dossier.get_absolute_url() if self.dossier else self.briefing.get_absolute_url()


def next_briefing(viewer: "Viewer", *, today: date) -> NextBriefing | None:
    """The next briefing that the viewer may see, with the state of its dossier for the staff (three queries)."""
    month_still_runs = today.replace(day=1)
    coming = Briefing.objects.visible_to(viewer).filter(date__gte=month_still_runs).order_by("date")
    briefing = next((one for one in coming[:5] if one.last_possible_day >= today), None)
    if briefing is None:
        return None
    days = (briefing.last_possible_day - today).days
    if not is_staff_viewer(viewer):
        return NextBriefing(briefing, days)
    tasks = list(
        BriefingTask.objects.visible_to(viewer).filter(briefing=briefing, kind=TaskKind.BEFORE, done__isnull=True)
    )
    dossier = Dossier.objects.visible_to(viewer).filter(briefing=briefing).select_related("briefing", "lead").first()
    overdue = sum(task.due is not None and task.due < today for task in tasks)
    return NextBriefing(briefing, days, dossier, len(tasks), overdue)
