"""How the report on partners is set out."""

from collections.abc import Iterator
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports.builders.partner_engagement import AgreementFacts, PartnerEngagement, PartnerFacts
from reports.renderers.document import (
    Bar,
    Bars,
    Block,
    Cell,
    Column,
    Document,
    Heading,
    Paragraph,
    Span,
    Table,
    cell,
    line,
)

from .charts import engagement_over_time, held_over_time
from .parts import about, annex, document_of, nothing_held, or_dash, pictures

COLOUR = "#005f9e"
MOST_BARS = 15


def lay_out(report: PartnerEngagement, *, marking: str) -> Document:
    """The document of the report, in the active language; `marking` stands on each of its pages."""
    facts = about(report.period, report.made_on, report.made_for)
    return document_of(_("Partner engagement"), report.period.text, facts, _blocks(report), marking=marking)


def _blocks(report: PartnerEngagement) -> Iterator[Block]:
    yield from _summary(report)
    yield from _partners(report)
    yield from _agreements(report)
    yield from annex(report.activities)
    yield from _method(report)


def _summary(report: PartnerEngagement) -> Iterator[Block]:
    yield Heading(_("At a glance"), 1, "summary")
    activities = len(report.activities)
    text = ngettext(
        "%(activities)s activity was held in the period with %(partners)s of %(all)s partners.",
        "%(activities)s activities were held in the period with %(partners)s of %(all)s partners.",
        activities,
    )
    numbers = {"activities": activities, "partners": len(report.met), "all": len(report.partners)}
    yield Paragraph(line(text % numbers if activities else nothing_held()))
    if report.silent:
        names = ", ".join(one.short_name for one in report.silent)
        yield Paragraph(line(_("Partners silent for longer than expected: %(names)s.") % {"names": names}), "alert")
    if report.met:
        yield Bars(
            _("Partners by activities held together"),
            _("Partner"),
            _("Activities"),
            [Bar(one.short_name, one.together, COLOUR) for one in report.met[:MOST_BARS]],
        )
    often = [(one.short_name, one.days) for one in report.met[:MOST_BARS]]
    yield from pictures(
        held_over_time(report.activities, report.period, report.made_on),
        engagement_over_time(often, report.period, report.made_on),
    )


def _partners(report: PartnerEngagement) -> Iterator[Block]:
    yield Heading(_("Partners"), 1, "partners")
    others = [one for one in report.partners if not one.together]
    if report.met:
        yield Heading(_("Met in the period"), 2, "met")
        yield _table(_("Partners with whom something was held in the period"), report.met)
    else:
        yield Paragraph(line(nothing_held()))
    if others:
        yield Heading(_("Others"), 2, "others")
        yield _table(_("Partners without an activity in the period"), others)


def _table(caption: str, partners: list[PartnerFacts] | tuple[PartnerFacts, ...]) -> Table:
    return Table(
        caption,
        (
            Column(_("Partner"), 36),
            Column(_("Activities"), 14, numeric=True),
            Column(_("The Centre’s role"), 17),
            Column(_("Last engagement"), 19),
            Column(_("Agreements in force"), 14, numeric=True),
        ),
        [_row(one) for one in partners],
    )


def _row(partner: PartnerFacts) -> tuple[Cell, ...]:
    long_name = partner.name if partner.name != partner.short_name else ""
    silent = Span(_("silent"), strong=True) if partner.silent else ""
    return (
        cell(line(Span(partner.short_name, strong=True), f" {long_name}" if long_name else ""), _soft(partner.type)),
        cell(or_dash(partner.together or None)),
        cell(*(f"{role}: {count}" for role, count in partner.roles)) or cell("–"),
        cell(_day(partner.last) or _("no record"), silent),
        cell(or_dash(partner.agreements or None)),
    )


def _soft(text: str) -> Span:
    return Span(text, soft=True)


def _day(day: date | None) -> str:
    return date_format(day, "DATE_FORMAT") if day else ""


def _agreements(report: PartnerEngagement) -> Iterator[Block]:
    yield Heading(_("Agreements"), 1, "agreements")
    if not report.agreements:
        yield Paragraph(line(_("The portal holds no record of an agreement in the period.")))
        return
    yield Table(
        _("Agreements of the period"),
        (
            Column(_("Agreement"), 38),
            Column(_("Parties"), 28),
            Column(_("Signed"), 12),
            Column(_("Ends"), 12),
            Column(_("Status"), 10),
        ),
        [_agreement_row(one) for one in report.agreements],
    )


def _agreement_row(agreement: AgreementFacts) -> tuple[Cell, ...]:
    soon = Span(_("ends soon"), strong=True) if agreement.ends_soon else ""
    return (
        cell(agreement.title, _soft(agreement.kind)),
        cell(", ".join(agreement.parties) or "–"),
        cell(_day(agreement.signed) or "–"),
        cell(_day(agreement.ends) or "–", soon),
        cell(agreement.status),
    )


def _method(report: PartnerEngagement) -> Iterator[Block]:
    yield Heading(_("How this report counts"), 1, "method")
    yield Paragraph(
        line(
            _(
                "Only approved records are counted, as far as the person the report was made for may see them. An"
                " activity counts for each partner that took part in it, in each period in which it has a day."
            )
        )
    )
    if report.for_staff:
        yield Paragraph(
            line(
                _(
                    "The last engagement is the last activity held together or the last noted contact, whichever is"
                    " later, up to the day of the report."
                )
            )
        )
