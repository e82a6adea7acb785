"""Who does what as a Word document: the table that partners keep by hand, made from what is recorded today.

It stands here because the table belongs to activities and the renderer to reports, which know nothing of each other.
"""

from collections.abc import Iterator
from itertools import islice

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.audit import note
from accounts.context_processors import marking_line
from accounts.models import User
from accounts.tables import about_lines, file_name
from activities.matrix import Cell, Entry, entries_of
from activities.matrix_page import InWords, Shown, as_table, filterset_of, shown_for
from reports.renderers import docx
from reports.renderers.document import Block, Column, Document, Facts, Heading, Paragraph, Span, Table, cell, line
from reports.renderers.document import Cell as TableCell

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# Word grows slow with more; the workbook holds them all.
MOST_ENTRIES = 600
THEME_SHARE = 22


@require_safe
def matrix_document(request: HttpRequest) -> HttpResponse:
    """The table as it is filtered, with the activities behind it; back to the page where a filter is not known."""
    filterset = filterset_of(request)
    if not filterset.is_valid():
        return redirect(f"{reverse('partners:matrix')}?{request.GET.urlencode()}")
    shown = shown_for(request, filterset)
    entries = list(islice(entries_of(shown.found, request.user), MOST_ENTRIES))
    body = docx.render(_document(request, shown, entries))
    if isinstance(request.user, User):
        note(
            by=request.user,
            verb="export",
            list=[None, "who-does-what"],
            format=[None, "docx"],
            rows=[None, shown.matrix.entries],
            filters=[None, request.GET.urlencode()[:2_000]],
        )
    name = file_name("who-does-what", request.user, "docx")
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(body, content_type=CONTENT_TYPE, headers=headers)


def _document(request: HttpRequest, shown: Shown, entries: list[Entry]) -> Document:
    facts = about_lines(as_table(shown), request.user, shown.matrix.entries)
    return Document(
        title=_("Who does what"),
        subtitle=_("Activities of the Centre and its partners by theme, country and organization"),
        marking=str(marking_line(request.user)),
        author="UNRCCA",
        language=(get_language() or "en")[:2],
        facts=Facts([(str(label), text) for label, text in facts]),
        contents_title=_("Contents"),
        blocks=list(_blocks(shown, entries)),
    )


def _blocks(shown: Shown, entries: list[Entry]) -> Iterator[Block]:
    matrix = shown.matrix
    yield Heading(_("By theme and country"), 1, "matrix")
    counts = _("%(gaps)s gaps, %(overlaps)s overlaps, %(due)s entries to be verified.") % {
        "gaps": matrix.gaps,
        "overlaps": matrix.overlaps,
        "due": matrix.due,
    }
    yield Paragraph(line(counts))
    if not matrix.columns or not matrix.rows:
        yield Paragraph(line(_("Nothing is recorded that fits.")))
        return
    share, columns = (100 - THEME_SHARE) // len(matrix.columns), matrix.columns
    shares = [100 - share * len(columns), *([share] * len(columns))]
    headings = [_("Theme"), *(column.name for column in columns)]
    yield Table(
        _("Organizations, each with the number of its activities"),
        [Column(heading, part) for heading, part in zip(headings, shares, strict=True)],
        [[cell(Span(row.name, strong=not row.is_part)), *map(_cell, row.cells)] for row in matrix.rows],
    )
    yield Heading(_("The activities"), 1, "activities", new_page=True)
    if len(entries) < matrix.entries:
        more = _("The first %(shown)s of %(all)s; the workbook holds them all.")
        yield Paragraph(line(more % {"shown": len(entries), "all": matrix.entries}), tone="alert")
    for number, theme in enumerate(matrix.rows):
        on_theme = [entry for entry in entries if theme.code in _rows_of(entry, shown)]
        if on_theme:
            yield Heading(theme.name, 2, f"theme-{number}")
            yield _table(theme.name, on_theme, shown)


def _rows_of(entry: Entry, shown: Shown) -> set[str]:
    """The themes under which an entry stands: its own, and those that they are a part of."""
    whole = {theme.pk: theme.code for theme in shown.frame.themes}
    parents = {theme.code: whole[theme.parent_id] for theme in shown.frame.themes if theme.parent_id in whole}
    return {code for theme in entry.themes for code in (theme, parents.get(theme)) if code}


def _cell(found: Cell) -> TableCell:
    if found.is_gap:
        return cell(Span("—", soft=True))
    doers = [f"{doer.name} {doer.count}" for doer in found.doers]
    return cell(*([line(Span(_("overlap"), strong=True))] if found.is_overlap else []), *doers)


def _table(theme: str, entries: list[Entry], shown: Shown) -> Table:
    columns = [
        Column(_("Organizations"), 18),
        Column(_("Activity"), 34),
        Column(_("Countries"), 16),
        Column(_("Date and stage"), 18),
        Column(_("Last verified"), 14),
    ]
    return Table(theme, columns, [_row(InWords(entry, shown.frame)) for entry in entries])


def _row(one: InWords) -> list[TableCell]:
    entry = one.entry
    verified = entry.last_verified.isoformat() if entry.last_verified else "—"
    return [
        cell(", ".join(one.doers)),
        cell(entry.title, Span(entry.reference, soft=True)),
        cell(", ".join(one.countries)),
        cell(entry.date_text, Span(entry.stage_text, soft=True)),
        cell(verified, Span(_("to be verified"), strong=True) if entry.is_due else ""),
    ]
