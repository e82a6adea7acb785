"""How the report on women, youth, peace and security is set out."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from accounts.charts.chart import Chart, Kind, Point, Series
from reports.builders.activities import Figures
from reports.builders.wps_yps import AgendaFacts, WomenAndYouth
from reports.renderers.document import Bar, Bars, Block, Column, Document, Heading, Paragraph, Table, cell, line

from .charts import source
from .parts import (
    about,
    activities_table,
    annex,
    developments_table,
    document_of,
    figures_table,
    or_no_record,
    pictures,
)

COLOURS = {"wps": "#8e3b8a", "yps": "#00694e"}


def lay_out(report: WomenAndYouth, *, marking: str) -> Document:
    """The document of the report, in the active language; `marking` stands on each of its pages."""
    facts = about(report.period, report.made_on, report.made_for)
    title = _("Women, youth, peace and security")
    return document_of(title, report.period.text, facts, _blocks(report), marking=marking)


def _blocks(report: WomenAndYouth) -> Iterator[Block]:
    yield from _summary(report)
    for agenda in report.agendas:
        yield from _agenda(agenda, report)
    yield from annex(report.annex)
    yield from _method(report)


def _summary(report: WomenAndYouth) -> Iterator[Block]:
    yield Heading(_("At a glance"), 1, "summary")
    yield Table(
        _("Activities and participants by agenda"),
        (
            Column(_("Agenda"), 40),
            Column(_("Activities held"), 20, numeric=True),
            Column(_("Planned"), 20, numeric=True),
            Column(_("Developments"), 20, numeric=True),
        ),
        [
            (
                cell(agenda.name),
                cell(or_no_record(len(agenda.held))),
                cell(str(len(agenda.coming) or "–")),
                cell(str(len(agenda.developments) or "–")),
            )
            for agenda in report.agendas
        ],
    )
    rows = [(agenda.name, agenda.participants) for agenda in report.agendas if agenda.participants.total is not None]
    if report.with_figures:
        yield figures_table(
            _("Participants, where recorded"),
            _("Agenda"),
            rows,
            total=report.everyone,
            total_label=_("All activities of the period"),
        )
        yield Paragraph(line(_known(report)), "note")
        if rows:
            yield from pictures(_participants_chart(report))
        share = women_share(report.everyone)
        if share:
            yield Paragraph(line(_("Of those whose sex is recorded, %(share)s are women.") % {"share": share}))
    else:
        yield Paragraph(line(_("No figures of participants are recorded for the period.")))


def _participants_chart(report: WomenAndYouth) -> Chart:
    """Who took part in what was held for each agenda, as far as it is recorded."""
    figures = [agenda.participants for agenda in report.agendas]
    return Chart(
        name="participants",
        kind=Kind.COLUMNS,
        title=_("Participants by agenda"),
        counts=_("Participants of the activities held, where recorded"),
        period=report.period.text,
        source=source(),
        heading=_("Agenda"),
        categories=tuple(agenda.name for agenda in report.agendas),
        series=(
            Series(_("Women"), tuple(Point(one.women) for one in figures)),
            Series(_("Men"), tuple(Point(one.men) for one in figures)),
            Series(_("Sex not stated"), tuple(Point(one.not_stated) for one in figures)),
        ),
    )


def _known(report: WomenAndYouth) -> str:
    return _(
        "Figures are recorded for %(known)s of %(held)s activities held, of youth for %(youth)s. “–” means not"
        " recorded, not nought. An activity may serve both agendas."
    ) % {"known": report.with_figures, "held": report.held, "youth": report.with_youth}


def women_share(figures: Figures) -> str:
    """Such as 43 %; empty where women or men are not recorded."""
    if figures.women is None or figures.men is None or not figures.women + figures.men:
        return ""
    return f"{round(100 * figures.women / (figures.women + figures.men))} %"


def _agenda(agenda: AgendaFacts, report: WomenAndYouth) -> Iterator[Block]:
    yield Heading(agenda.name, 1, agenda.code, new_page=True)
    if agenda.pillars:
        yield Bars(
            _("%(agenda)s: activities held, by pillar") % {"agenda": agenda.name},
            _("Pillar"),
            _("Activities"),
            [
                Bar(one.name, len(one.held), COLOURS[agenda.code], "" if one.held else _("no record"))
                for one in agenda.pillars
            ],
        )
    activities = (*agenda.held, *agenda.coming)
    if activities:
        yield activities_table(_("%(agenda)s: activities") % {"agenda": agenda.name}, activities)
    else:
        yield Paragraph(line(_("The portal holds no record of an activity under this agenda in the period.")))
    rows = [(one.reference, one.figures) for one in agenda.held if one.figures.total is not None]
    if rows:
        yield figures_table(
            _("%(agenda)s: participants, where recorded") % {"agenda": agenda.name},
            _("Activity"),
            rows,
            total=agenda.participants,
        )
    if agenda.developments:
        yield developments_table(
            _("%(agenda)s: developments in the region") % {"agenda": agenda.name}, agenda.developments
        )
    for one in agenda.developments:
        if one.gender_dimension:
            yield Paragraph(line(f"{one.headline}: {one.gender_dimension}"))


def _method(report: WomenAndYouth) -> Iterator[Block]:
    yield Heading(_("How this report counts"), 1, "method")
    yield Paragraph(
        line(
            _(
                "Only approved records are counted, as far as the person the report was made for may see them. An"
                " activity belongs to an agenda by its themes, and may serve several pillars."
            )
        )
    )
