"""The Word file that reports are written into: its styles, page and language.

An operator may put a file of their own in its place (the setting REPORT_TEMPLATE): `manage.py make_report_template`
writes the portal's own as a start. What it must have is STYLES; the rest of its look is free.
"""

import io
from functools import cache
from pathlib import Path

from django.conf import settings
from docx import Document as new_file
from docx.document import Document as WordFile
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Length, Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

FONT = "Arial"
TEXT, SOFT, HEAD = (RGBColor.from_string(code) for code in ("17222C", "4A5A68", "05406B"))
PAGE_WIDTH, PAGE_HEIGHT, MARGIN, FOOT_MARGIN = Mm(210), Mm(297), Mm(20), Mm(26)
TABLE_STYLE, CELL_STYLE = "Report Table", "Report Cell"
NOTE_STYLE, ALERT_STYLE, CONTENTS_STYLE = "Report Note", "Report Alert", "Report Contents"
# What a template must have for every part of a report to find its look.
STYLES = (
    *("Normal", "Title", "Subtitle", "Heading 1", "Heading 2", "Caption", "Header", "Footer", "toc 1", "toc 2"),
    *(TABLE_STYLE, CELL_STYLE, NOTE_STYLE, ALERT_STYLE, CONTENTS_STYLE),
)
# (name, size in points, bold, space before, space after)
HEADING_STYLES = (("Title", 22, True, 60, 6), ("Heading 1", 15, True, 18, 6), ("Heading 2", 12, True, 12, 4))


def open_template() -> WordFile:
    """A new file from the operator's template, or else from the portal's own."""
    chosen = settings.REPORT_TEMPLATE
    return new_file(io.BytesIO(Path(chosen).read_bytes() if chosen else own_template()))


def missing_styles(file: WordFile) -> list[str]:
    """The styles that reports use and the file does not have."""
    there = {style.name for style in file.styles}
    return [name for name in STYLES if name not in there]


def text_width(file: WordFile) -> Length:
    """How wide the text of the file's first section is."""
    section = file.sections[0]
    width = section.page_width or PAGE_WIDTH
    return Length(width - (section.left_margin or MARGIN) - (section.right_margin or MARGIN))


@cache
def own_template() -> bytes:
    """The portal's own template as a file."""
    file = new_file()
    _page(file)
    _styles(file)
    stream = io.BytesIO()
    file.save(stream)
    return stream.getvalue()


def _page(file: WordFile) -> None:
    section = file.sections[0]
    section.page_width, section.page_height = PAGE_WIDTH, PAGE_HEIGHT
    section.left_margin = section.right_margin = section.top_margin = MARGIN
    section.bottom_margin = FOOT_MARGIN


def _styles(file: WordFile) -> None:
    _style(file, "Normal", 10, space=(0, 4))
    for name, size, bold, before, after in HEADING_STYLES:
        _style(file, name, size, bold=bold, colour=HEAD, space=(before, after))
    _style(file, "Subtitle", 13, colour=SOFT, space=(0, 18))
    _style(file, "Caption", 9, bold=True, colour=SOFT, space=(8, 3)).paragraph_format.keep_with_next = True
    _style(file, "Header", 8, colour=SOFT)
    _style(file, "Footer", 8, colour=SOFT)
    for name, indent in (("toc 1", 0), ("toc 2", 6)):
        file.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=True)
        style = _style(file, name, 9.5, space=(1, 1))
        style.paragraph_format.left_indent = Mm(indent)
        style.paragraph_format.tab_stops.add_tab_stop(text_width(file), WD_TAB_ALIGNMENT.RIGHT)
    for name in (NOTE_STYLE, ALERT_STYLE, CONTENTS_STYLE, CELL_STYLE):
        file.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = file.styles["Normal"]
    _style(file, NOTE_STYLE, 9, colour=SOFT, space=(2, 6))
    _style(file, ALERT_STYLE, 9, space=(2, 6))
    _style(file, CONTENTS_STYLE, 15, bold=True, colour=HEAD, space=(18, 6))
    _style(file, CELL_STYLE, 8.5, space=(0, 1))
    file.styles.element.append(_table_style())


def _style(
    file: WordFile,
    name: str,
    size: float,
    *,
    bold: bool = False,
    colour: RGBColor = TEXT,
    space: tuple[int, int] = (0, 0),
) -> ParagraphStyle:
    style: ParagraphStyle = file.styles[name]
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
    style.font.color.rgb = colour
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(space[0]), Pt(space[1])
    properties = style.element.get_or_add_rPr()
    # The template's fonts come from its theme, which would win over a plain name; its letter-spacing is not wanted.
    for unwanted in (*properties.findall(qn("w:rFonts")), *properties.findall(qn("w:spacing"))):
        properties.remove(unwanted)
    style.font.name = FONT
    for script in ("w:cs", "w:eastAsia"):
        properties.find(qn("w:rFonts")).set(qn(script), FONT)
    for border in style.element.findall(f"{qn('w:pPr')}/{qn('w:pBdr')}"):
        border.getparent().remove(border)
    return style


def _table_style() -> BaseOxmlElement:
    """Thin lines between rows, a shaded head."""
    return parse_xml(
        f'<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="ReportTable">'
        f'<w:name w:val="{TABLE_STYLE}"/><w:basedOn w:val="TableNormal"/><w:uiPriority w:val="59"/><w:qFormat/>'
        '<w:pPr><w:spacing w:before="20" w:after="20"/></w:pPr>'
        '<w:tblPr><w:tblBorders><w:top w:val="single" w:sz="6" w:color="76889A"/>'
        '<w:bottom w:val="single" w:sz="6" w:color="76889A"/><w:insideH w:val="single" w:sz="4" w:color="D3DDE5"/>'
        '</w:tblBorders><w:tblCellMar><w:top w:w="30" w:type="dxa"/><w:left w:w="80" w:type="dxa"/>'
        '<w:bottom w:w="30" w:type="dxa"/><w:right w:w="80" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        '<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr>'
        '<w:shd w:val="clear" w:color="auto" w:fill="EAF0F5"/></w:tcPr></w:tblStylePr></w:style>'
    )
