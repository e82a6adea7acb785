"""The reports of the portal: what each is called, what it asks for, and how it is built and written.

A new report is one more entry here, with its builder (queries and sums -> facts), its layout (facts -> document)
and, where its parameters differ, its form. Renderers (document -> bytes) serve all reports.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.context_processors import marking_line
from accounts.tables import Table
from priorities.periods import MovingPeriod, Period

from .builders import (
    annual_programme,
    council_dossier,
    data_workbook,
    partner_engagement,
    priority_progress,
    weekly_digest,
    wps_yps,
)
from .choices import ReportFormat
from .errors import Refused
from .forms import (
    PeriodForm,
    PeriodScheduleForm,
    PlainForm,
    PlainPeriodForm,
    ReportForm,
    ScheduleForm,
    StaffScheduleForm,
)
from .layouts import annual_programme as annual_programme_layout
from .layouts import council_dossier as council_dossier_layout
from .layouts import partner_engagement as partner_engagement_layout
from .layouts import priority_progress as priority_progress_layout
from .layouts import weekly_digest as weekly_digest_layout
from .layouts import wps_yps as wps_yps_layout
from .renderers import docx, html, pdf, xlsx
from .renderers.document import Document

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from accounts.models import User

    from .models import ReportRun, Schedule

Renderer = Callable[[Document], bytes]


def nothing(*args: Any, **kwargs: Any) -> Any:
    """A workbook has neither facts nor layout."""
    raise NotImplementedError


@dataclass(frozen=True)
class Report:
    """An entry of the catalogue: a document, or (`tables`) a workbook whose rows are read while they are written.

    `build(viewer, parameters, today=...)` reads the facts as the viewer may see them; `lay_out(facts, marking=...)`
    makes the document. What the facts call `confidential` says whether the document as a whole is.
    """

    key: str
    title: "_StrPromise"
    description: "_StrPromise"
    build: Callable[..., Any] = nothing
    lay_out: Callable[..., Document] = nothing
    renderers: Mapping[ReportFormat, Renderer] = field(default_factory=dict)
    tables: Callable[["User"], list[Table]] | None = None
    form: type[ReportForm] = PlainPeriodForm
    schedule_form: type[ScheduleForm] = PeriodScheduleForm

    @property
    def formats(self) -> list[tuple[str, str]]:
        offered = [ReportFormat.XLSX] if self.tables else self.renderers
        return [(format.value, str(format.label)) for format in offered]

    def document(self, facts: Any, viewer: "User") -> Document:
        """The laid out document, marked as its content and its reader require; in the active language."""
        marking = marking_line(viewer, confidential=facts.confidential)
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
            renderers=DOCUMENTS,
            form=PeriodForm,
        ),
        Report(
            key="weekly-digest",
            title=gettext_lazy("Activity digest"),
            description=gettext_lazy(
                "What was held in a week, what comes in the two weeks after it, developments in the region, and what"
                " the staff have to see to."
            ),
            build=weekly_digest.build,
            lay_out=weekly_digest_layout.lay_out,
            renderers=DOCUMENTS,
        ),
        Report(
            key="annual-programme",
            title=gettext_lazy("Programme implementation"),
            description=gettext_lazy(
                "A year of the programme: commitments with their evidence, deliverables planned and actual,"
                " indicators, participation, partners, and the list of activities."
            ),
            build=annual_programme.build,
            lay_out=annual_programme_layout.lay_out,
            renderers=WITH_TABLES,
            form=PeriodForm,
        ),
        Report(
            key="partner-engagement",
            title=gettext_lazy("Partner engagement"),
            description=gettext_lazy(
                "What was done with each partner in a period and in what role, the last engagement, agreements, and"
                " who has been silent for longer than expected."
            ),
            build=partner_engagement.build,
            lay_out=partner_engagement_layout.lay_out,
            renderers=WITH_TABLES,
        ),
        Report(
            key="wps-yps",
            title=gettext_lazy("Women, youth, peace and security"),
            description=gettext_lazy(
                "Activities by pillar of both agendas, women, men and youth who took part, and developments in the"
                " region under their themes."
            ),
            build=wps_yps.build,
            lay_out=wps_yps_layout.lay_out,
            renderers=WITH_TABLES,
        ),
        Report(
            key="council-dossier",
            title=gettext_lazy("Dossier of the next briefing"),
            description=gettext_lazy(
                "The dossier of the next briefing of the Security Council as it stands, whole. For the staff alone."
            ),
            build=council_dossier.build_next,
            lay_out=council_dossier_layout.lay_out,
            renderers=DOCUMENTS,
            form=PlainForm,
            schedule_form=StaffScheduleForm,
        ),
        Report(
            key="data-workbook",
            title=gettext_lazy("Data workbook"),
            description=gettext_lazy("All lists that you may see in one workbook, each on a sheet of its own."),
            tables=data_workbook.tables_for,
            form=PlainForm,
            schedule_form=ScheduleForm,
        ),
    )
}


def report_of(key: str) -> Report:
    """The entry of that key. Refused for one that the portal no longer has."""
    if key not in REPORTS:
        raise Refused(_("The portal no longer makes the report “%(key)s”.") % {"key": key})
    return REPORTS[key]


def renderer_of(report: Report, format: str) -> Renderer:
    """Refused when the document does not come in that format."""
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
