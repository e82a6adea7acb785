"""How the weekly activity digest is set out."""

from collections.abc import Iterator

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reports.builders.activities import ActivityFacts
from reports.builders.weekly_digest import FollowUpFacts, WeeklyDigest
from reports.renderers.document import Block, Cell, Column, Document, Heading, Paragraph, Span, Table, cell, line

from .parts import about, activities_table, annex, developments_table, document_of, figures_sentence, or_dash


def lay_out(digest: WeeklyDigest, *, marking: str) -> Document:
    """The document of the digest, in the active language; `marking` stands on each of its pages."""
    facts = about(digest.period, digest.made_on, digest.made_for)
    return document_of(_("Activity digest"), digest.period.days, facts, _blocks(digest), marking=marking)


def _blocks(digest: WeeklyDigest) -> Iterator[Block]:
    yield Heading(_("Held"), 1, "held")
    yield from _activities(
        digest.held, _("Activities held"), _("The portal holds no record of an activity held in these days.")
    )
    sentence = figures_sentence(digest.held)
    if sentence:
        yield Paragraph(line(sentence), "note")
    if digest.unreported:
        yield Heading(_("Not reported yet"), 2, "unreported")
        yield activities_table(_("Planned for these days, without word whether they were held"), digest.unreported)
    yield Heading(_("Coming, %(days)s") % {"days": digest.ahead.days}, 1, "coming")
    yield from _activities(
        digest.coming, _("Activities to come"), _("Nothing is planned in the portal for these days.")
    )
    yield Heading(_("Developments in the region"), 1, "developments")
    if digest.developments:
        yield developments_table(_("Developments"), digest.developments)
    else:
        yield Paragraph(line(_("The portal holds no record of a development in these days.")))
    yield Paragraph(line(_("What is known by its year alone is in no digest, but in the other reports.")), "note")
    if digest.for_staff:
        yield from _to_do(digest)
    if digest.held or digest.coming:
        yield from annex((*digest.held, *digest.unreported, *digest.coming))


def _activities(activities: tuple[ActivityFacts, ...], caption: str, nothing: str) -> Iterator[Block]:
    yield activities_table(caption, activities) if activities else Paragraph(line(nothing))


def _to_do(digest: WeeklyDigest) -> Iterator[Block]:
    """What the staff have to see to."""
    yield Heading(_("To do"), 1, "to-do")
    if digest.follow_ups:
        yield Table(
            _("Follow-ups that are due"),
            (
                Column(_("Follow-up"), 46),
                Column(_("Due"), 18),
                Column(_("Owner"), 18),
                Column(_("After activity"), 18),
            ),
            [_follow_up_row(one) for one in digest.follow_ups],
        )
    else:
        yield Paragraph(line(_("No follow-up is due.")))
    if digest.ending:
        yield Table(
            _("Agreements that end soon"),
            (Column(_("Agreement"), 70), Column(_("Ends"), 30)),
            [(cell(one.title), cell(one.ends)) for one in digest.ending],
        )
    if digest.silent:
        names = ", ".join(digest.silent)
        yield Paragraph(line(_("Partners silent for longer than expected: %(names)s.") % {"names": names}))


def _follow_up_row(follow_up: FollowUpFacts) -> tuple[Cell, ...]:
    due = date_format(follow_up.due, "DATE_FORMAT") if follow_up.due else ""
    late = Span(_("overdue"), strong=True) if follow_up.overdue else ""
    return (cell(follow_up.text), cell(due, late), cell(or_dash(follow_up.owner)), cell(follow_up.reference))
