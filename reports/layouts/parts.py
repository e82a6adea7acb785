"""What the layouts of several reports share."""

from collections.abc import Iterator, Sequence
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.charts.chart import Chart
from accounts.charts.files import svg_of
from priorities.periods import Period
from reports.builders.activities import ActivityFacts, Figures, Source, sum_of
from reports.builders.developments import DevelopmentFacts
from reports.renderers.document import (
    Block,
    Cell,
    Column,
    Document,
    Facts,
    Heading,
    Line,
    Paragraph,
    Picture,
    Span,
    Table,
    cell,
    line,
)


def document_of(
    title: str, subtitle: str, about: Sequence[tuple[str, str]], blocks: Iterator[Block], *, marking: str
) -> Document:
    """The document in the active language, with what stands on the first page of each report."""
    return Document(
        title=title,
        subtitle=subtitle,
        marking=marking,
        author=_("United Nations Regional Centre for Preventive Diplomacy for Central Asia"),
        language=get_language() or "en",
        facts=Facts(about),
        contents_title=_("Contents"),
        blocks=tuple(blocks),
    )


def about(period: Period, made_on: date, made_for: str) -> list[tuple[str, str]]:
    """What the first page of each report says of it."""
    return [
        (_("Period"), span_of(period)),
        (_("Made on"), date_format(made_on, "DATE_FORMAT")),
        (_("Made for"), made_for),
    ]


def pictures(*charts: Chart | None) -> Iterator[Picture]:
    """The charts as every page draws them, with what they show in words; those that would show nothing are None."""
    for chart in charts:
        if chart:
            yield Picture(chart.title, svg_of(chart, titled=False), chart.alternative)


def span_of(period: Period) -> str:
    """A period by its name, and by its days where the name does not say them."""
    days, text = period.days, period.text
    return days if text == days else f"{text} ({days})"


def or_no_record(number: int) -> str:
    """What is missing from the portal is not nought."""
    return str(number) if number else _("no record")


def nothing_held() -> str:
    return _("The portal holds no record of an activity with a partner in the period.")


def or_dash(number: object) -> str:
    return "–" if number is None or number == "" else str(number)


def figures_table(
    caption: str, first: str, rows: Sequence[tuple[str, Figures]], *, total: Figures, total_label: str = ""
) -> Table:
    """Participants by row, and the sum of what is recorded (of those rows, or of more, as its label says)."""
    return Table(
        caption,
        (
            Column(first, 40),
            Column(_("Women"), 12, numeric=True),
            Column(_("Men"), 12, numeric=True),
            Column(_("Sex not stated"), 12, numeric=True),
            Column(_("All"), 12, numeric=True),
            Column(_("Of them youth"), 12, numeric=True),
        ),
        [
            *(_figures_row(name, figures) for name, figures in rows),
            _figures_row(total_label or _("Sum of what is recorded"), total),
        ],
    )


def _figures_row(name: str, figures: Figures) -> tuple[Cell, ...]:
    numbers = (figures.women, figures.men, figures.not_stated, figures.total, figures.youth)
    return (cell(line(Span(name, strong=True))), *(cell("–" if number is None else str(number)) for number in numbers))


def figures_sentence(activities: Sequence[ActivityFacts]) -> str:
    """Who took part in the activities, as far as it is recorded; empty where nothing is."""
    known = [activity.figures for activity in activities if activity.figures.total is not None]
    if not known:
        return ""
    total = sum_of(known)
    return _(
        "Participants, recorded for %(known)s of %(all)s activities: %(total)s, of them %(women)s women, %(men)s men"
        " and %(youth)s youth (“–” means not recorded)."
    ) % {
        "known": len(known),
        "all": len(activities),
        "total": total.total,
        "women": or_dash(total.women),
        "men": or_dash(total.men),
        "youth": or_dash(total.youth),
    }


def developments_table(caption: str, developments: Sequence[DevelopmentFacts]) -> Table:
    """Developments by date, with their sources."""
    return Table(
        caption,
        (Column(_("Date"), 20), Column(_("Development"), 56), Column(_("Countries"), 24)),
        [_development_row(one) for one in developments],
    )


def _development_row(one: DevelopmentFacts) -> tuple[Cell, ...]:
    source = Span(one.source or one.url, soft=True, url=one.url)
    said = line(Span(_("Source:") + " ", soft=True), source) if source.text else line()
    return (
        cell(one.when),
        cell(one.headline, line(Span(joined(*one.themes), soft=True)), line(Span(one.reliability, soft=True)), said),
        cell(joined(*one.countries) or "–"),
    )


def activities_table(caption: str, activities: Sequence[ActivityFacts]) -> Table:
    """Activities by date, with place and stage."""
    return Table(
        caption,
        (Column(_("Activity"), 48), Column(_("Date"), 20), Column(_("Place"), 18), Column(_("Stage"), 14)),
        [_activity_row(activity) for activity in activities],
    )


def _activity_row(activity: ActivityFacts) -> tuple[Cell, ...]:
    return (
        cell(
            line(Span(activity.reference, strong=True), f" {activity.title}"),
            line(Span(joined(activity.role, _("priority inferred") if activity.inferred else ""), soft=True)),
        ),
        cell(activity.when),
        cell(activity.place or "–"),
        cell(activity.stage),
    )


def annex(activities: Sequence[ActivityFacts]) -> Iterator[Block]:
    """The list of all activities of a report, with partners, outcome and sources."""
    yield Heading(_("Annex: list of activities"), 1, "annex", new_page=True)
    if not activities:
        yield Paragraph(line(_("The portal holds no record of an activity in the period.")))
        return
    yield Table(
        _("All activities of this report, by date"),
        (Column(_("Date and place"), 22), Column(_("Activity"), 50), Column(_("Partners"), 28)),
        [_annex_row(activity) for activity in activities],
    )


def _annex_row(activity: ActivityFacts) -> tuple[Cell, ...]:
    priority = _("Priority %(number)s") % {"number": activity.roman} if activity.roman else ""
    kind = joined(activity.type, activity.stage, priority)
    withheld = _("Chatham House Rule: partners and outcome are not given.") if activity.chatham_house else ""
    return (
        cell(activity.when, line(Span(activity.place, soft=True))),
        cell(
            line(Span(activity.reference, strong=True), f" {activity.title}"),
            line(Span(kind, soft=True)),
            activity.outcome,
            line(Span(withheld, soft=True)),
            *(_source_line(source) for source in activity.sources),
        ),
        cell(", ".join(activity.partners) or "–"),
    )


def _source_line(source: Source) -> Line:
    day = date_format(source.published_on, "DATE_FORMAT") if source.published_on else ""
    title = source.title or (source.url if not source.publisher else "")
    text = joined(title, source.publisher, day)
    return line(Span(_("Source:") + " ", soft=True), Span(text, soft=True, url=source.url))


def joined(*parts: str) -> str:
    """What is known, with commas."""
    return ", ".join(part for part in parts if part)
