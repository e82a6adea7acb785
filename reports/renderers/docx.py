"""A document as a Word file: real headings, captions and tables, so that it can be navigated, read aloud and reused."""

import io
import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

from django.utils.translation import gettext as _
from docx.document import Document as WordFile
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Length, Mm, Pt, RGBColor
from docx.table import Table as WordTable
from docx.table import _Cell, _Row
from docx.text.paragraph import Paragraph as WordParagraph
from docx.text.run import Run
from resvg_py import svg_to_bytes

from accounts.fonts import FILES

from .document import (
    Bar,
    Bars,
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
    may_break,
)
from .docx_template import (
    ALERT_STYLE,
    CELL_STYLE,
    CONTENTS_STYLE,
    NOTE_STYLE,
    SOFT,
    TABLE_STYLE,
    open_template,
    text_width,
)

LINK = RGBColor.from_string("00598F")
LANGUAGES = {"en": "en-GB", "ru": "ru-RU"}
# Dots of a picture across the width of the page: sharp in print, small in the mail.
PICTURE_WIDTH = 1600
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def render(document: Document) -> bytes:
    """The file's bytes (Office Open XML)."""
    file = open_template()
    _properties(file, document)
    _page(file, document.marking)
    _title_page(file, document)
    _Writer(file).write(document)
    stream = io.BytesIO()
    file.save(stream)
    return stream.getvalue()


def _properties(file: WordFile, document: Document) -> None:
    properties = file.core_properties
    properties.title = _legal(f"{document.title}: {document.subtitle}")[:255]
    properties.author = properties.last_modified_by = document.author
    properties.category = document.marking[:255]
    properties.language = LANGUAGES.get(document.language, document.language)
    properties.comments = ""
    language = file.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}/{qn('w:lang')}")
    if language is not None:
        language.set(qn("w:val"), LANGUAGES.get(document.language, document.language))


# --- the frame ------------------------------------------------------------------------------------------


def _page(file: WordFile, marking: str) -> None:
    """The marking line at the head and foot, below what the template has there already."""
    section = file.sections[0]
    head = _free_paragraph(section.header)
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    head.add_run(marking).bold = True
    foot = _free_paragraph(section.footer)
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    foot.add_run(marking).bold = True
    numbers = section.footer.add_paragraph(style="Footer")
    numbers.alignment = WD_ALIGN_PARAGRAPH.CENTER
    before, between, after = _("Page %(page)s of %(pages)s").replace("%(pages)s", "%(page)s").split("%(page)s")
    numbers.add_run(before)
    _field(numbers, "PAGE", "1")
    numbers.add_run(between)
    _field(numbers, "NUMPAGES", "1")
    numbers.add_run(after)


def _free_paragraph(part: Any) -> WordParagraph:
    """The empty paragraph that each head and foot begins with, or a new one below what the template says there."""
    last: WordParagraph = part.paragraphs[-1]
    return last if not last.text and not last._p.xpath(".//w:drawing") else part.add_paragraph(style=last.style)


def _title_page(file: WordFile, document: Document) -> None:
    file.add_paragraph(document.author, style=NOTE_STYLE)
    title = file.add_paragraph(document.title, style="Title")
    file.add_paragraph(_legal(document.subtitle), style="Subtitle")
    _facts(file, document.facts)
    if document.has_title_page:
        file.add_paragraph(document.contents_title, style=CONTENTS_STYLE)
        _contents(file, document.headings)
    else:
        title.paragraph_format.space_before = Pt(0)


def _facts(file: WordFile, facts: Facts) -> None:
    for label, value in facts.rows:
        paragraph = file.add_paragraph()
        paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(35))
        paragraph.paragraph_format.left_indent, paragraph.paragraph_format.first_line_indent = Mm(35), Mm(-35)
        paragraph.add_run(label).font.color.rgb = SOFT
        paragraph.add_run(f"\t{_legal(value)}")


def _contents(file: WordFile, headings: Sequence[Heading]) -> None:
    """A field that Word can fill in anew, with page numbers; as written it holds links to the same headings.

    Word is not told to do so at once: it would ask every reader about "fields that may refer to other files".
    """
    for place, heading in enumerate(headings):
        paragraph = file.add_paragraph(style=f"toc {heading.level}")
        if place == 0:
            _mark(paragraph, "begin")
            _instruction(paragraph, r'TOC \o "1-2" \h \z \u')
            _mark(paragraph, "separate")
        run = _run(paragraph, heading.text)
        _hyperlink(paragraph, anchor=_bookmark_name(heading)).append(run)
        if place == len(headings) - 1:
            _mark(paragraph, "end")


# --- the body -------------------------------------------------------------------------------------------


class _Writer:
    """Writes the blocks in order; counts tables and bookmarks."""

    def __init__(self, file: WordFile) -> None:
        self.file = file
        self.width = text_width(file)
        self.counts = {"Table": 0, "Figure": 0}
        self.bookmarks = 0

    def write(self, document: Document) -> None:
        for place, block in enumerate(document.blocks):
            match block:
                case Heading():
                    self._heading(block, new_page=block.new_page or (place == 0 and document.has_title_page))
                case Paragraph():
                    self._paragraph(block, with_next=document.leads(place))
                case Table():
                    self._table(block)
                case Bars():
                    self._bars(block)
                case Picture():
                    self._picture(block)
                case Facts():
                    _facts(self.file, block)

    def _heading(self, heading: Heading, *, new_page: bool) -> None:
        paragraph = self.file.add_paragraph(style=f"Heading {heading.level}")
        paragraph.paragraph_format.page_break_before = new_page
        self.bookmarks += 1
        start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        for mark in (start, end):
            mark.set(qn("w:id"), str(self.bookmarks))
        start.set(qn("w:name"), _bookmark_name(heading))
        paragraph._p.append(start)
        paragraph.add_run(_legal(heading.text))
        paragraph._p.append(end)

    def _paragraph(self, block: Paragraph, *, with_next: bool) -> None:
        style = {"note": NOTE_STYLE, "alert": ALERT_STYLE}.get(block.tone, "Normal")
        paragraph = self.file.add_paragraph(style=style)
        if with_next:
            paragraph.paragraph_format.keep_with_next = True
        if block.tone == "alert":
            _shade(paragraph, "FDF1D8")
        _write_line(paragraph, block.line)

    def _table(self, block: Table) -> None:
        self._caption(block.caption)
        table = self._new_table([column.share for column in block.columns], len(block.rows) + 1)
        _write_head(table.rows[0], block.columns)
        for row, cells in zip(list(table.rows)[1:], block.rows, strict=True):
            if not may_break(cells):
                _keep_whole(row)
            for word_cell, column, cell in zip(_cells(row), block.columns, cells, strict=True):
                _write_cell(word_cell, cell, numeric=column.numeric)
        self._space()

    def _bars(self, block: Bars) -> None:
        """Bars are shaded empty paragraphs, each indented from the right by what is missing to the longest."""
        self._caption(block.caption)
        columns = (Column(block.label_heading, 36), Column("", 48), Column(block.value_heading, 16, numeric=True))
        table = self._new_table([column.share for column in columns], len(block.bars) + 1)
        _write_head(table.rows[0], columns)
        for row, bar in zip(list(table.rows)[1:], block.bars, strict=True):
            label, drawing, value = _cells(row)
            _write_cell(label, ((Span(bar.label),),))
            _write_cell(value, ((Span(bar.note, soft=True) if bar.note else Span(str(bar.value)),),), numeric=True)
            if not bar.note:
                _draw(drawing.paragraphs[0], bar, block.longest, width=self.width * 48 // 100)
        self._space()

    def _picture(self, block: Picture) -> None:
        self._caption(block.caption, "Figure")
        paragraph = self.file.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(0)
        shape = paragraph.add_run().add_picture(io.BytesIO(picture_of(block.svg)), width=self.width)
        shape._inline.docPr.set("descr", _legal(block.text))
        self._space()

    def _caption(self, text: str, kind: str = "Table") -> None:
        self.counts[kind] += 1
        paragraph = self.file.add_paragraph(style="Caption")
        label = _("Table %(number)s. ") if kind == "Table" else _("Figure %(number)s. ")
        before, after = label.split("%(number)s")
        paragraph.add_run(before)
        _field(paragraph, rf"SEQ {kind} \* ARABIC", str(self.counts[kind]))
        paragraph.add_run(f"{after}{_legal(text)}")

    def _new_table(self, shares: Sequence[int], rows: int) -> WordTable:
        """An empty table. Its first row is made with care, the others are copies: that takes a third of the time."""
        table = self.file.add_table(rows=1, cols=len(shares), style=TABLE_STYLE)
        table.autofit = False
        first = table.rows[0]
        for column, cell, share in zip(table.columns, _cells(first), shares, strict=True):
            column.width = cell.width = Length(self.width * share // 100)
            cell.paragraphs[0].style = CELL_STYLE
        for _copy in range(rows - 1):
            table._tbl.append(deepcopy(first._tr))
        return table

    def _space(self) -> None:
        gap = self.file.add_paragraph().paragraph_format
        gap.line_spacing, gap.space_after = Pt(7), Pt(0)


def picture_of(svg: str) -> bytes:
    """The drawing as PNG, as old versions of Word show no SVG."""
    dots = svg_to_bytes(
        svg_string=svg,
        width=PICTURE_WIDTH,
        font_files=FILES,
        skip_system_fonts=True,
        sans_serif_family="Noto Sans",
    )
    return bytes(dots)


def _write_head(row: _Row, columns: Sequence[Column]) -> None:
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:tblHeader"))
    _keep_whole(row)
    for cell, column in zip(_cells(row), columns, strict=True):
        _write_cell(cell, ((Span(column.heading),),), numeric=column.numeric)


def _cells(row: _Row) -> list[_Cell]:
    """The row's cells; python-docx works out the whole table anew for each `row.cells`."""
    return [_Cell(element, row.table) for element in row._tr.tc_lst]


def _keep_whole(row: _Row) -> None:
    row._tr.get_or_add_trPr().insert(0, OxmlElement("w:cantSplit"))


def _write_cell(cell: _Cell, lines: Cell, *, numeric: bool = False) -> None:
    first = cell._tc.p_lst[0]
    # The paragraph of an empty cell has its style already, which takes python-docx long to set.
    for element in [first, *(deepcopy(first) for _line in lines[1:])]:
        cell._tc.append(element)
    for paragraph, line in zip(cell.paragraphs, lines, strict=False):
        if numeric:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        _write_line(paragraph, line)


def _write_line(paragraph: WordParagraph, line: Line) -> None:
    for span in line:
        if span.link:
            run = Run(_run(paragraph, span.text), paragraph)
            run.font.color.rgb, run.font.underline = LINK, True
            _hyperlink(paragraph, url=span.link).append(run._r)
            continue
        run = paragraph.add_run(_legal(span.text))
        if span.strong:
            run.bold = True
        if span.soft:
            run.font.color.rgb = SOFT


def _draw(paragraph: WordParagraph, bar: Bar, longest: int, *, width: int) -> None:
    usable = width - Mm(3)
    paragraph.paragraph_format.right_indent = Length(usable - usable * bar.value // max(longest, 1))
    paragraph.add_run(" ").font.size = Pt(8.5)
    _shade(paragraph, bar.colour.lstrip("#").upper())


def _shade(paragraph: WordParagraph, colour: str) -> None:
    shading = parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="{colour}"/>')
    properties = paragraph._p.get_or_add_pPr()
    # The schema wants shading before spacing, indentation and alignment.
    later = properties.find(qn("w:tabs"))
    for name in ("w:tabs", "w:spacing", "w:ind", "w:jc"):
        later = properties.find(qn(name)) if later is None else later
    if later is None:
        properties.append(shading)
    else:
        later.addprevious(shading)


# --- fields, links, bookmarks: what python-docx has no words for ----------------------------------------------


def _legal(text: str) -> str:
    """The text without the control characters that XML cannot hold, as pasted text may bring them."""
    return CONTROL_CHARACTERS.sub("", text)


def _bookmark_name(heading: Heading) -> str:
    return "_Toc_" + heading.anchor.replace("-", "_")


def _run(paragraph: WordParagraph, text: str) -> BaseOxmlElement:
    """A run that is not yet in the paragraph."""
    run = paragraph.add_run(_legal(text))
    paragraph._p.remove(run._r)
    return run._r


def _hyperlink(paragraph: WordParagraph, *, anchor: str = "", url: str = "") -> BaseOxmlElement:
    link = OxmlElement("w:hyperlink")
    if anchor:
        link.set(qn("w:anchor"), anchor)
    else:
        link.set(qn("r:id"), paragraph.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    paragraph._p.append(link)
    return link


def _field(paragraph: WordParagraph, instruction: str, shown: str) -> None:
    """A field with the text shown until Word works it out."""
    for element in _field_runs(paragraph, instruction, shown):
        paragraph._p.append(element)


def _field_runs(paragraph: WordParagraph, instruction: str, shown: str) -> Iterator[BaseOxmlElement]:
    for kind in ("begin", "instruction", "separate", "shown", "end"):
        run = _run(paragraph, shown if kind == "shown" else "")
        if kind == "instruction":
            run.append(_instruction_text(instruction))
        elif kind != "shown":
            run.append(_character(kind))
        yield run


def _mark(paragraph: WordParagraph, kind: str) -> None:
    paragraph.add_run()._r.append(_character(kind))


def _instruction(paragraph: WordParagraph, instruction: str) -> None:
    paragraph.add_run()._r.append(_instruction_text(instruction))


def _character(kind: str) -> BaseOxmlElement:
    character = OxmlElement("w:fldChar")
    character.set(qn("w:fldCharType"), kind)
    return character


def _instruction_text(instruction: str) -> BaseOxmlElement:
    text = OxmlElement("w:instrText")
    text.set(qn("xml:space"), "preserve")
    text.text = f" {instruction} "
    return text
