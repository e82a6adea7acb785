"""How the annual report on the programme's implementation is set out."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts.charts.chart import Chart, Kind, Point, Series
from reports.builders.annual_programme import AnnualProgramme, DeliverableFacts, IndicatorFacts
from reports.builders.priority_progress import PriorityProgress
from reports.renderers.document import Block, Cell, Column, Document, Heading, Line, Paragraph, Span, Table, cell, line

from . import priority_progress
from .charts import source
from .parts import about, annex, document_of, figures_table, nothing_held, pictures


def lay_out(report: AnnualProgramme, *, marking: str) -> Document:
    """The document of the report, in the active language; `marking` stands on each of its pages."""
    progress = report.progress
    facts = [(_("Programme"), progress.programme), *about(progress.period, progress.made_on, progress.made_for)]
    subtitle = f"{progress.programme}: {progress.period.text}"
    return document_of(_("Programme implementation"), subtitle, facts, _blocks(report), marking=marking)


def _blocks(report: AnnualProgramme) -> Iterator[Block]:
    progress = report.progress
    yield from priority_progress.summary(progress)
    if progress.priorities:
        yield from pictures(_evidence_chart(progress))
    yield from _deliverables(report)
    yield from _indicators(report)
    yield from _participation(report)
    yield from _partners(report)
    for priority in progress.priorities:
        yield from priority_progress.one_priority(priority)
    yield from annex(progress.annex)
    yield from priority_progress.method(progress)


def _evidence_chart(progress: PriorityProgress) -> Chart:
    """How many of each priority's commitments have evidence."""
    priorities = progress.priorities
    missing = [Point(len(one.commitments) - one.with_evidence) for one in priorities]
    return Chart(
        name="commitments",
        kind=Kind.SHARES,
        title=_("Commitments with and without evidence, by priority"),
        counts=_("Commitments of the programme"),
        period=progress.period.text,
        source=source(),
        heading=_("Priority"),
        categories=tuple(f"{one.roman}. {one.short_title}" for one in priorities),
        series=(
            Series(_("With evidence"), tuple(Point(one.with_evidence) for one in priorities)),
            Series(_("No record"), tuple(missing)),
        ),
    )


def _deliverables(report: AnnualProgramme) -> Iterator[Block]:
    yield Heading(_("Deliverables, planned and actual"), 1, "deliverables")
    if not report.deliverables:
        yield Paragraph(line(_("The portal holds no deliverables for this period.")))
        return
    for category in dict.fromkeys(one.category for one in report.deliverables):
        rows = [one for one in report.deliverables if one.category == category]
        yield Table(
            category,
            (
                Column(_("Deliverable"), 40),
                Column(_("Year"), 8),
                Column(_("Planned"), 12, numeric=True),
                Column(_("Actual"), 12, numeric=True),
                Column(_("Explanation"), 28),
            ),
            [_deliverable_row(one) for one in rows],
        )


def _deliverable_row(one: DeliverableFacts) -> tuple[Cell, ...]:
    adjusted = _("adjusted by %(number)s: %(reason)s") % {
        "number": number_format(one.adjustment),
        "reason": one.adjustment_reason,
    }
    missing = _("The difference is not explained yet.") if one.differs and not one.explanation else ""
    return (
        cell(line(Span(one.code, strong=True), f" {one.name}"), line(Span(one.unit, soft=True)), *_told(one)),
        cell(str(one.year)),
        cell(_amount(one.planned)),
        cell(_amount(one.actual)),
        cell(
            one.explanation, line(Span(adjusted if one.adjustment else "", soft=True)), line(Span(missing, soft=True))
        ),
    )


def _told(one: DeliverableFacts) -> list[Line]:
    """What is planned and was done in words."""
    parts = [(_("Planned"), one.planned_text), (_("Actual"), one.actual_text)]
    return [line(Span(f"{label}: ", soft=True), text) for label, text in parts if text]


def _amount(number: Decimal | None) -> str:
    return "–" if number is None else number_format(number.normalize() if number else 0)


def _indicators(report: AnnualProgramme) -> Iterator[Block]:
    yield Heading(_("Indicators"), 1, "indicators")
    if not report.indicators:
        yield Paragraph(line(_("The portal holds no values of indicators for this period.")))
        return
    yield Table(
        _("Performance measures, planned and actual"),
        (Column(_("Indicator"), 40), Column(_("Year"), 8), Column(_("Planned"), 26), Column(_("Actual"), 26)),
        [_indicator_row(one) for one in report.indicators],
    )


def _indicator_row(one: IndicatorFacts) -> tuple[Cell, ...]:
    return (
        cell(line(Span(one.code, strong=True), f" {one.name}"), line(Span(one.unit, soft=True))),
        cell(str(one.year)),
        cell(one.planned or "–"),
        cell(one.actual or "–"),
    )


def _participation(report: AnnualProgramme) -> Iterator[Block]:
    yield Heading(_("Participation"), 1, "participation")
    if not report.with_figures:
        yield Paragraph(line(_("No figures of participants are recorded for the period.")))
        return
    rows = [
        (f"{one.roman}. {one.short_title}", one.participants) for one in report.progress.priorities if one.with_figures
    ]
    yield figures_table(_("Participants by priority, where recorded"), _("Priority"), rows, total=report.participants)
    yield Paragraph(
        line(
            _("Figures are recorded for %(known)s of %(held)s activities held. “–” means not recorded, not nought.")
            % {"known": report.with_figures, "held": len(report.held)}
        ),
        "note",
    )


def _partners(report: AnnualProgramme) -> Iterator[Block]:
    yield Heading(_("Partners"), 1, "partners")
    if not report.partners:
        yield Paragraph(line(nothing_held()))
        return
    yield Table(
        _("Partners in the activities held"),
        (Column(_("Partner"), 80), Column(_("Activities"), 20, numeric=True)),
        [(cell(name), cell(str(count))) for name, count in report.partners],
    )
