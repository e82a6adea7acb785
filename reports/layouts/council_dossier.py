"""How the dossier of a Council briefing is set out: whole, with a heading a section, or as a summary of one page."""

from collections.abc import Iterator
from dataclasses import replace
from math import ceil

from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from briefings.choices import SectionKey
from briefings.sections import Entry, Section
from reports.builders.council_dossier import DossierFacts
from reports.renderers.document import Block, Column, Document, Heading, Line, Paragraph, Span, Table, cell, line

from .parts import document_of, span_of

# What the summary tells of each section at most, and how many lines of text one page has for all of them.
SUMMARY = {
    SectionKey.EXPECTED: 2,
    SectionKey.DEVELOPMENTS: 8,
    SectionKey.ISSUES: 3,
    SectionKey.DYNAMICS: 2,
    SectionKey.POINTS: 5,
}
LINES_OF_A_PAGE = 17
LETTERS_OF_A_LINE = 90
LONGEST_TEXT = 2 * LETTERS_OF_A_LINE - 10


def lay_out(facts: DossierFacts, *, marking: str) -> Document:
    """The whole dossier, in the active language; `marking` stands on each of its pages."""
    return document_of(
        _("Dossier for the briefing of the Security Council"),
        facts.briefing,
        _about(facts),
        (block for section in facts.sections for block in _section(section)),
        marking=marking,
    )


def lay_out_summary(facts: DossierFacts, *, marking: str) -> Document:
    """What the Special Representative wants at hand, on one page."""
    title = _("Summary for the briefing of the Security Council")
    # What tells one file from another; the rest stands in the dossier.
    about = [
        (_("Period covered"), span_of(facts.period) if facts.period else "—"),
        (_("State"), facts.version or facts.state),
        (_("Made on"), f"{date_format(facts.made_on, 'DATE_FORMAT')}, {facts.made_for}"),
    ]
    whole = document_of(title, facts.briefing, about, _summary(facts), marking=marking)
    return replace(whole, contents_title="")


def _about(facts: DossierFacts) -> list[tuple[str, str]]:
    rows = [
        (_("Modality"), facts.modality),
        (_("Special Representative"), facts.representative),
        (_("Period covered"), span_of(facts.period) if facts.period else ""),
        (_("State"), facts.version or facts.state),
        (_("SHA-256 of the content"), facts.digest),
        (_("Made on"), date_format(facts.made_on, "DATE_FORMAT")),
        (_("Made for"), facts.made_for),
    ]
    return [(label, value) for label, value in rows if value]


def _section(section: Section) -> Iterator[Block]:
    yield Heading(section.title, 1, section.key)
    if not section.groups:
        yield Paragraph(line(Span(section.empty, soft=True)), "note")
    for number, group in enumerate(section.groups, start=1):
        if group.title:
            yield Heading(group.title, 2, f"{section.key}-{number}")
        if section.key == SectionKey.FIGURES:
            yield from _figures(group.title, group.entries)
            continue
        for entry in group.entries:
            yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[Block]:
    if entry.head:
        yield Paragraph(line(Span(entry.head, strong=True), Span(f" ({entry.meta})" if entry.meta else "", soft=True)))
    elif entry.meta:
        yield Paragraph(line(Span(entry.meta, strong=True)))
    for text in entry.body:
        yield Paragraph(line(text))
    if entry.remark:
        yield Paragraph(line(Span(_("Remark:") + " ", strong=True), entry.remark))
    if entry.sources:
        yield Paragraph(_sources(entry), "note")


def _sources(entry: Entry) -> Line:
    label = _("Rests on:") if entry.part == "point" else _("Source:")
    spans: list[str | Span] = [Span(label + " ", soft=True)]
    for number, source in enumerate(entry.sources):
        spans.append(Span(("; " if number else "") + source.label, soft=True, url=source.url))
    return line(*spans)


def _figures(caption: str, entries: list[Entry]) -> Iterator[Block]:
    """The figures as a table, with the activities they rest on where they name any; what is said of them below it."""
    figures = [entry for entry in entries if entry.head]
    columns = [Column(_("Indicator"), 40), Column(_("Value"), 20)]
    if any(entry.sources for entry in figures):
        columns.append(Column(_("Activities"), 40))
    rows = [
        (
            cell(line(Span(entry.head, strong=True))),
            cell(entry.body[0]),
            cell(", ".join(source.label for source in entry.sources)),
        )[: len(columns)]
        for entry in figures
    ]
    yield Table(caption, tuple(columns), rows)
    for entry in entries:
        if not entry.head:
            yield Paragraph(line(entry.body[0]), "note")


# --- one page -------------------------------------------------------------------------------------------------------


def _summary(facts: DossierFacts) -> Iterator[Block]:
    texts = {key: [_in_short(entry) for entry in _told(facts, key)] for key in SUMMARY}
    shown = _fitting(texts)
    for key in SUMMARY:
        if key == SectionKey.ISSUES:
            yield from _activities_in_numbers(facts)
        if not shown[key]:
            continue
        yield Heading(facts.section(key).title, 1, key)
        for text in texts[key][: shown[key]]:
            yield Paragraph(line("• ", text))
        more = len(texts[key]) - shown[key]
        if more:
            words = ngettext("and %(number)s more in the dossier", "and %(number)s more in the dossier", more)
            yield Paragraph(line(Span(words % {"number": more}, soft=True)), "note")


def _told(facts: DossierFacts, key: SectionKey) -> list[Entry]:
    return [entry for entry in facts.section(key).entries if entry.part != "briefing"]


def _fitting(texts: dict[SectionKey, list[str]]) -> dict[SectionKey, int]:
    """How many texts of each section go on the page: the section with the most gives way first, none wholly."""
    shown = {key: min(most, len(texts[key])) for key, most in SUMMARY.items()}

    def lines() -> int:
        told = [text for key, number in shown.items() for text in texts[key][:number]]
        notes = sum(number < len(texts[key]) for key, number in shown.items())
        return notes + sum(ceil(len(text) / LETTERS_OF_A_LINE) for text in told)

    while lines() > LINES_OF_A_PAGE and max(shown.values()) > 1:
        longest = max(shown, key=lambda key: shown[key])
        shown[longest] -= 1
    return shown


def _in_short(entry: Entry) -> str:
    text = entry.head or (entry.body[0] if entry.body else "")
    day = entry.meta.split(";")[0] if entry.head and entry.meta else ""
    told = f"{text} ({day})" if day else text
    return Truncator(told).chars(LONGEST_TEXT)


def _activities_in_numbers(facts: DossierFacts) -> Iterator[Block]:
    """How many activities under each heading, and the women and youth among the participants."""
    section = facts.section(SectionKey.ACTIVITIES)
    yield Heading(section.title, 1, section.key)
    if not section.groups:
        yield Paragraph(line(Span(section.empty, soft=True)), "note")
        return
    yield Paragraph(line("; ".join(f"{group.title}: {len(group.entries)}" for group in section.groups)))
    figures = [entry for entry in facts.section(SectionKey.FIGURES).entries if entry.head]
    yield Paragraph(line("; ".join(f"{entry.head}: {entry.body[0]}" for entry in figures)))
