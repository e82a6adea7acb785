"""How the priority progress report is set out: its facts as headings, tables and bars."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports.builders.priority_progress import CommitmentFacts, EvidenceFacts, PriorityFacts, PriorityProgress
from reports.renderers.document import (
    Bar,
    Bars,
    Block,
    Cell,
    Column,
    Document,
    Heading,
    Line,
    Paragraph,
    Span,
    Table,
    cell,
    line,
)

from .charts import held_over_time
from .parts import about, activities_table, annex, document_of, figures_table, joined, or_no_record, pictures


def lay_out(report: PriorityProgress, *, marking: str) -> Document:
    """The document of the report, in the active language; `marking` stands on each of its pages."""
    subtitle = report.programme if report.whole else f"{report.programme}: {report.period.text}"
    return document_of(_("Priority progress report"), subtitle, _about(report), _blocks(report), marking=marking)


def _about(report: PriorityProgress) -> list[tuple[str, str]]:
    return [(_("Programme"), report.programme), *about(report.period, report.made_on, report.made_for)]


def _blocks(report: PriorityProgress) -> Iterator[Block]:
    yield from summary(report)
    for priority in report.priorities:
        yield from one_priority(priority)
    yield from annex(report.annex)
    yield from method(report)


def summary(report: PriorityProgress) -> Iterator[Block]:
    """The report at a glance."""
    yield Heading(_("At a glance"), 1, "summary")
    if report.outside_programme:
        yield Paragraph(
            line(_("The period lies outside the programme (%(years)s).") % {"years": report.programme_period.text}),
            "alert",
        )
    yield Paragraph(line(_summary_sentence(report)))
    yield Table(
        _("Commitments and activities by priority"),
        (
            Column(_("Priority"), 34),
            Column(_("Commitments"), 18, numeric=True),
            Column(_("With evidence"), 17, numeric=True),
            Column(_("Activities held"), 17, numeric=True),
            Column(_("Coming"), 14, numeric=True),
        ),
        [
            (
                cell(line(Span(f"{priority.roman}. {priority.short_title}", strong=True))),
                cell(str(len(priority.commitments))),
                cell(or_no_record(priority.with_evidence)),
                cell(or_no_record(len(priority.held))),
                cell(str(len(priority.coming) or "–")),
            )
            for priority in report.priorities
        ],
    )
    yield Bars(
        _("Activities held in the period, by priority"),
        _("Priority"),
        _("Activities"),
        [
            Bar(
                f"{priority.roman}. {priority.short_title}",
                len(priority.held),
                priority.colour,
                "" if priority.held else _("no record"),
            )
            for priority in report.priorities
        ],
    )
    held = [activity for priority in report.priorities for activity in priority.held]
    yield from pictures(held_over_time(held, report.period, report.made_on))


def _summary_sentence(report: PriorityProgress) -> str:
    made = sum(len(priority.commitments) for priority in report.priorities)
    shown = sum(priority.with_evidence for priority in report.priorities)
    if not shown:
        words = _(
            "The programme makes %(made)s commitments. For the period the portal holds no record for any of them."
        )
        return words % {"made": made}
    return _(
        "The programme makes %(made)s commitments. For the period the portal holds evidence for %(shown)s of them;"
        " for %(rest)s it holds none."
    ) % {"made": made, "shown": shown, "rest": made - shown}


def one_priority(priority: PriorityFacts) -> Iterator[Block]:
    """The chapter of one priority."""
    name = f"{priority.roman}. {priority.title}"
    yield Heading(name, 1, f"priority-{priority.roman.lower()}", new_page=True)
    yield Paragraph(line(Span(_("Mandate function: %(name)s") % {"name": priority.function}, soft=True)), "note")
    yield from _commitments(priority)
    yield from _without_evidence(priority)
    yield from _activities(priority)
    yield from _participants(priority)


def _commitments(priority: PriorityFacts) -> Iterator[Block]:
    yield Heading(_("Commitments and what was done"), 2, f"commitments-{priority.roman.lower()}")
    shown = [commitment for commitment in priority.commitments if commitment.evidence]
    if not shown:
        yield Paragraph(line(_("The portal holds no record for any commitment of this priority in the period.")))
        return
    yield Table(
        _("Priority %(number)s: commitments with evidence") % {"number": priority.roman},
        (
            Column(_("Code"), 8),
            Column(_("Commitment"), 32),
            Column(_("Evidence"), 14, numeric=True),
            Column(_("Activities and briefings behind it"), 46),
        ),
        [_commitment_row(commitment) for commitment in shown],
    )


def _commitment_row(commitment: CommitmentFacts) -> tuple[Cell, ...]:
    return (
        cell(line(Span(commitment.code, strong=True))),
        cell(commitment.text, line(Span(commitment.cadence, soft=True))),
        cell(str(len(commitment.evidence))),
        tuple(_evidence_line(evidence) for evidence in commitment.evidence),
    )


def _evidence_line(evidence: EvidenceFacts) -> Line:
    guess = Span(" " + _("[inferred]") if evidence.inferred else "", soft=True)
    if evidence.activity is None:
        return line(Span(evidence.briefing), guess)
    activity = evidence.activity
    more = joined(activity.when, activity.place)
    partners = f"; {', '.join(activity.partners)}" if activity.partners else ""
    return line(
        Span(activity.reference, strong=True), f" {activity.title}", Span(f" ({more}{partners})", soft=True), guess
    )


def _without_evidence(priority: PriorityFacts) -> Iterator[Block]:
    missing = priority.without_evidence
    if not missing:
        return
    yield Heading(_("Commitments without evidence"), 2, f"no-record-{priority.roman.lower()}")
    yield Paragraph(
        line(_("The portal holds no record for these in the period. That does not say that nothing was done.")), "note"
    )
    yield Table(
        _("Priority %(number)s: commitments without evidence") % {"number": priority.roman},
        (Column(_("Code"), 8), Column(_("Commitment"), 54), Column(_("Due"), 20), Column(_("Evidence"), 18)),
        [
            (
                cell(line(Span(commitment.code, strong=True))),
                cell(commitment.text),
                cell(commitment.cadence),
                cell(line(Span(_("no record"), soft=True))),
            )
            for commitment in missing
        ],
    )


def _activities(priority: PriorityFacts) -> Iterator[Block]:
    yield Heading(_("Activities in the period"), 2, f"activities-{priority.roman.lower()}")
    rows = [*priority.held, *priority.unreported, *priority.coming]
    if rows:
        yield activities_table(_("Priority %(number)s: activities") % {"number": priority.roman}, rows)
    else:
        yield Paragraph(line(_("The portal holds no record of an activity of this priority in the period.")))
    yield from _remarks(priority)


def _remarks(priority: PriorityFacts) -> Iterator[Block]:
    if priority.unreported:
        text = ngettext(
            "The date of %(number)s planned activity has passed, but nobody has noted yet whether it was held.",
            "The dates of %(number)s planned activities have passed, but nobody has noted yet whether they were held.",
            len(priority.unreported),
        )
        yield Paragraph(line(text % {"number": len(priority.unreported)}), "alert")
    if priority.called_off:
        text = ngettext(
            "%(number)s activity was postponed or cancelled and is not listed.",
            "%(number)s activities were postponed or cancelled and are not listed.",
            priority.called_off,
        )
        yield Paragraph(line(text % {"number": priority.called_off}), "note")
    if priority.inferred:
        text = ngettext(
            "For %(number)s of the activities held, the priority is inferred and awaits a manager’s confirmation.",
            "For %(number)s of the activities held, the priority is inferred and awaits a manager’s confirmation.",
            priority.inferred,
        )
        yield Paragraph(line(text % {"number": priority.inferred}), "note")


def _participants(priority: PriorityFacts) -> Iterator[Block]:
    if not priority.with_figures:
        return
    total = priority.participants
    yield Heading(_("Participants"), 2, f"participants-{priority.roman.lower()}")
    rows = [(activity.reference, activity.figures) for activity in priority.held if activity.figures.total is not None]
    yield figures_table(
        _("Priority %(number)s: participants, where recorded") % {"number": priority.roman},
        _("Activity"),
        rows,
        total=total,
    )
    yield Paragraph(
        line(
            _("Figures are recorded for %(known)s of %(held)s activities held. “–” means not recorded, not nought.")
            % {"known": priority.with_figures, "held": len(priority.held)}
        ),
        "note",
    )


def method(report: PriorityProgress) -> Iterator[Block]:
    """The rules by which the report counts."""
    yield Heading(_("How this report counts"), 1, "method")
    for text in _rules(report):
        yield Paragraph(line(text))


def _rules(report: PriorityProgress) -> list[str]:
    rules = [
        _("Only approved records are counted, as far as the person the report was made for may see them."),
        _(
            "Evidence for a commitment is an activity that was held, or a briefing of the Security Council, linked"
            " to the commitment. An activity counts under its main priority, in each period in which it has a day."
        ),
        _(
            "“No record” means that the portal holds none. It is not a measure of performance: much of the Centre’s"
            " work, good offices above all, leaves no public trace."
        ),
        _("“Inferred” marks a link that the portal has guessed from public sources and no manager has confirmed."),
    ]
    if report.undated:
        text = ngettext(
            "%(number)s approved activity of the programme has no known date: only a report on the whole programme"
            " counts it.",
            "%(number)s approved activities of the programme have no known date: only a report on the whole programme"
            " counts them.",
            report.undated,
        )
        rules.append(text % {"number": report.undated})
    return rules
