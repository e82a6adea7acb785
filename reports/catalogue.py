"""The reports of the portal: what each is called, what it asks for, and how it is built and written.

A new report is one more entry here, with its builder (queries and sums -> facts), its layout (facts -> document)
and, where its parameters differ, its form. Renderers (document -> bytes) serve all reports.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.context_processors import marking_line

from .builders import priority_progress
from .choices import ReportFormat
from .errors import Refused
from .forms import PeriodForm, PeriodScheduleForm
from .layouts import priority_progress as priority_progress_layout
from .periods import MovingPeriod, Period
from .renderers import docx, html, pdf, xlsx
from .renderers.document import Document

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from accounts.models import User

    from .models import ReportRun, Schedule

Renderer = Callable[[Document], bytes]


@dataclass(frozen=True)
class Report:
    """An entry of the catalogue.

    `build(viewer, parameters, today=...)` reads the facts as the viewer may see them; `lay_out(facts, marking=...)`
    makes the document. `is_confidential(facts)` says whether the document as a whole is.
    """

    key: str
    title: "_StrPromise"
    description: "_StrPromise"
    build: Callable[..., Any]
    lay_out: Callable[..., Document]
    is_confidential: Callable[[Any], bool]
    renderers: Mapping[ReportFormat, Renderer]
    form: type[PeriodForm] = PeriodForm
    schedule_form: type[PeriodScheduleForm] = PeriodScheduleForm

    @property
    def formats(self) -> list[tuple[str, str]]:
        return [(format.value, str(format.label)) for format in self.renderers]

    def document(self, facts: Any, viewer: "User") -> Document:
        """The laid out document, marked as its content and its reader require; in the active language."""
        marking = marking_line(viewer, confidential=self.is_confidential(facts))
        return self.lay_out(facts, marking=str(marking))


DOCUMENTS: Mapping[ReportFormat, Renderer] = {
    ReportFormat.DOCX: docx.render,
    ReportFormat.PDF: pdf.render,
    ReportFormat.HTML: html.render,
}
WITH_TABLES = {**DOCUMENTS, ReportFormat.XLSX: xlsx.render}

REPORTS: dict[str, Report] = {
    report.key: report
    for report in (
        Report(
            key="priority-progress",
            title=gettext_lazy("Priority progress"),
            description=gettext_lazy(
                "What the programme of action promises, what was done about it in a period, and what has no record:"
                " commitments with their evidence, activities, participants, and the list of activities."
            ),
            build=priority_progress.build,
            lay_out=priority_progress_layout.lay_out,
            is_confidential=lambda facts: facts.confidential,
            renderers=DOCUMENTS,
        ),
    )
}


def report_of(key: str) -> Report:
    """The entry of that key. Refused for one that the portal no longer has."""
    if key not in REPORTS:
        raise Refused(_("The portal no longer makes the report “%(key)s”.") % {"key": key})
    return REPORTS[key]


def renderer_of(report: Report, format: str) -> Renderer:
    """Refused when the report does not come in that format."""
    for offered, renderer in report.renderers.items():
        if offered == format:
            return renderer
    raise Refused(_("This report does not come in that format. Ask for it in another."))


def title_of(run: "ReportRun | Schedule") -> str:
    """The report's name, or its key where the catalogue has it no more."""
    report = REPORTS.get(run.report)
    return str(report.title) if report else run.report


def period_of(run: "ReportRun") -> str:
    """The run's programme and period for a list, in the active language; empty where they cannot be read."""
    try:
        period = Period(date.fromisoformat(run.parameters["starts"]), date.fromisoformat(run.parameters["ends"]))
    except (KeyError, TypeError, ValueError):
        return ""
    return period.text


def moving_period_of(schedule: "Schedule") -> str:
    """The period a schedule covers each time, in words; empty where it cannot be read."""
    name = schedule.parameters.get("period", "")
    return str(MovingPeriod(name).label) if name in MovingPeriod.values else ""
