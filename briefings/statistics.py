"""How often the Council was briefed, and with what outcome: the strip above the history of briefings."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from priorities.choices import Certainty

from .choices import Outcome
from .models import Briefing

if TYPE_CHECKING:
    from accounts.roles import Viewer


@dataclass(frozen=True)
class Number:
    """One number of the strip, with the list that it counts."""

    number: int
    label: str
    period: str
    url: str = ""


def statistics_of(viewer: "Viewer") -> list[Number]:
    """Of the briefings that the viewer may see and that a source saw take place (one query); empty without any."""
    found = Briefing.objects.visible_to(viewer).filter(certainty=Certainty.FOUND).order_by("date")
    rows = list(found.only("date", "date_precision", "outcome"))
    if not rows:
        return []
    stated = [row for row in rows if row.outcome == Outcome.PRESS_STATEMENT]
    read_out = [row for row in rows if row.outcome == Outcome.PRESS_ELEMENTS]
    silent = [row for row in rows if row.outcome in (Outcome.NONE, Outcome.DRAFT_WITHDRAWN)]
    unknown = [row for row in rows if row.outcome == Outcome.UNKNOWN]
    numbers = [
        Number(
            len(rows),
            ngettext("briefing that a source confirms", "briefings that a source confirms", len(rows)),
            _("since %(year)s") % {"year": rows[0].date.year},
        ),
        _counted(
            stated, ngettext("with a press statement", "with a press statement", len(stated)), Outcome.PRESS_STATEMENT
        ),
        _counted(read_out, _("with press elements"), Outcome.PRESS_ELEMENTS),
        _counted(silent, _("without an outcome"), Outcome.NONE, Outcome.DRAFT_WITHDRAWN),
        _counted(unknown, _("outcome not known"), Outcome.UNKNOWN),
    ]
    return [number for number in numbers if number.number]


def _counted(rows: list[Any], label: str, *outcomes: Outcome) -> Number:
    """With the date of the last one, and the list where one filter gives it."""
    last = _("last: %(date)s") % {"date": rows[-1].date_text} if rows else ""
    filters = [("certainty", Certainty.FOUND.value), *(("outcome", outcome.value) for outcome in outcomes)]
    return Number(len(rows), label, last, f"{reverse('briefings:list')}?{urlencode(filters)}")
