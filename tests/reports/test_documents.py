"""The report as files: what Word and a browser find in them."""

import io
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pypdf
import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from docx.document import Document as WordFile
from docx.oxml import parse_xml
from pytest_django import Settings

from accounts.context_processors import marking_line
from accounts.models import User
from activities.models import Activity
from reports import catalogue
from reports.checks import check_template
from reports.renderers import docx as docx_renderer
from reports.renderers import html as html_renderer
from reports.renderers import pdf as pdf_renderer
from reports.renderers import xlsx as xlsx_renderer
from reports.renderers.document import Bar, Bars, Column, Document, Facts, Heading, Picture, Table, cell

from .conftest import YEAR_2024, Programme

pytestmark = pytest.mark.django_db

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def made(viewer: User, format: str, language: str = "en") -> bytes:
    report = catalogue.report_of("priority-progress")
    with translation.override(language):
        facts = report.build(viewer, YEAR_2024, today=date(2024, 11, 1))
        return catalogue.renderer_of(report, format)(report.document(facts, viewer))


def opened(content: bytes) -> WordFile:
    return docx.Document(io.BytesIO(content))


def words_of(file: WordFile) -> str:
    return "\n".join(text for text in file.element.itertext())


def test_the_word_file_has_headings_captions_tables_and_page_numbers(work: Programme, manager: User) -> None:
    file = opened(made(manager, "docx"))
    styles = [paragraph.style.name for paragraph in file.paragraphs if paragraph.style]
    assert {"Title", "Heading 1", "Heading 2", "Caption"} <= set(styles)
    captions = [p.text for p in file.paragraphs if p.style and p.style.name == "Caption"]
    numbers = [re.match(r"(Table|Figure) (\d+)\. ", caption)[0] for caption in captions]  # type: ignore[index]
    assert [number for number in numbers if number.startswith("Table")] == [
        f"Table {number}. " for number in range(1, len(file.tables) + 1)
    ]
    assert numbers.count("Figure 1. ") == len(file.inline_shapes) == 1
    for table in file.tables:
        assert table.rows[0]._tr.find(f"{W}trPr/{W}tblHeader") is not None
    fields = " ".join(field.text or "" for field in file.element.iter(f"{W}instrText"))
    assert "TOC" in fields and "SEQ Table" in fields
    foot = "".join(file.sections[0].footer._element.itertext())
    assert "PAGE" in foot and "NUMPAGES" in foot


def test_every_entry_of_the_contents_leads_to_a_heading(work: Programme, manager: User) -> None:
    file = opened(made(manager, "docx"))
    names = {mark.get(f"{W}name") for mark in file.element.iter(f"{W}bookmarkStart")}
    anchors = {link.get(f"{W}anchor") for link in file.element.iter(f"{W}hyperlink")} - {None}
    assert anchors and anchors == names


def test_head_and_foot_of_each_page_bear_the_marking(work: Programme, manager: User, officer: User) -> None:
    for viewer, marking in ((manager, "UNRCCA — internal"), (officer, "UNRCCA — CONFIDENTIAL")):
        section = opened(made(viewer, "docx")).sections[0]
        assert section.header.paragraphs[0].text.startswith(marking)
        assert section.footer.paragraphs[0].text.startswith(marking)


def test_the_document_holds_what_its_reader_may_see_and_no_more(work: Programme, manager: User) -> None:
    for text in (words_of(opened(made(manager, "docx"))), made(manager, "html").decode()):
        assert "Open meeting" in text and "OSCE" in text and "no record" in text
        assert "The commitment without a trace" in text
        assert "Confidential meeting" not in text and "Draft meeting" not in text and "7777" not in text
        assert "Who said what" not in text
        assert "Meeting of another year" not in text


def test_sources_are_links(work: Programme, manager: User) -> None:
    file = opened(made(manager, "docx"))
    targets = {part.target_ref for part in file.part.rels.values() if part.is_external}
    assert targets == {"https://example.org/news"}


def test_an_address_that_is_no_web_address_is_no_link(work: Programme, manager: User) -> None:
    from activities.models import Link

    Link.objects.update(url="javascript:alert(1)")
    assert not [part for part in opened(made(manager, "docx")).part.rels.values() if part.is_external]
    assert "javascript:" not in made(manager, "html").decode()


def test_the_word_file_is_valid_xml_in_the_order_the_schema_wants(work: Programme, manager: User) -> None:
    order = ["pStyle", "keepNext", "pageBreakBefore", "shd", "tabs", "spacing", "ind", "jc"]
    with zipfile.ZipFile(io.BytesIO(made(manager, "docx"))) as archive:
        assert archive.testzip() is None
        body = parse_xml(archive.read("word/document.xml"))
    for properties in body.iter(f"{W}pPr"):
        places = [order.index(child.tag.removeprefix(W)) for child in properties]
        assert places == sorted(places)


def test_the_language_of_the_document_is_marked(work: Programme, manager: User) -> None:
    with zipfile.ZipFile(io.BytesIO(made(manager, "docx", "ru"))) as archive:
        assert b'w:val="ru-RU"' in archive.read("word/styles.xml")
    assert '<html lang="ru">' in made(manager, "html", "ru").decode()


def test_markup_in_a_record_stays_text(work: Programme, manager: User) -> None:
    work.held("<script>alert(1)</script> & more")
    assert "<script>" not in made(manager, "html").decode()
    assert "<script>alert(1)</script> & more" in words_of(opened(made(manager, "docx")))


def test_an_empty_programme_makes_a_document_too(programme: Programme, manager: User) -> None:
    assert "no record of an activity" in words_of(opened(made(manager, "docx")))
    assert b"no record of an activity" in made(manager, "html")


def test_characters_that_xml_does_not_know_do_not_break_the_file(work: Programme, manager: User) -> None:
    work.held("Vertical\x0btab and bell\x07")
    assert "Vertical" in words_of(opened(made(manager, "docx")))


# --- PDF --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "words"), [("en", "Open meeting"), ("ru", "Открытая встреча")])
def test_the_pdf_is_tagged_and_has_its_fonts_and_letters_in_it(
    work: Programme, manager: User, language: str, words: str
) -> None:
    Activity.objects.filter(title_en="Open meeting").update(title_ru="Открытая встреча: ғ қ ҷ ӣ ў")
    file = pypdf.PdfReader(io.BytesIO(made(manager, "pdf", language)))
    catalogue_entry: Any = file.trailer["/Root"]
    assert catalogue_entry["/MarkInfo"]["/Marked"].value and "/StructTreeRoot" in catalogue_entry
    assert catalogue_entry["/Lang"] == language
    assert file.xmp_metadata is not None and b"<pdfuaid:part>1</pdfuaid:part>" in file.xmp_metadata.stream.get_data()
    pages = [page.extract_text() for page in file.pages]
    assert words in " ".join(pages)
    assert all(text.count(str(marking_line(manager))) == 2 for text in pages if language == "en")
    embedded = [font for page in file.pages for font in _fonts_of(page)]
    assert embedded and all("NotoSans" in name and inside for name, inside in embedded)


def _fonts_of(page: pypdf.PageObject) -> list[tuple[str, bool]]:
    """The page's fonts, and whether the file holds them."""
    resources: Any = page["/Resources"]
    fonts = [font.get_object() for font in resources["/Font"].values()]
    parts = [font["/DescendantFonts"][0].get_object() for font in fonts]
    return [(part["/BaseFont"], bool({"/FontFile2", "/FontFile3"} & set(part["/FontDescriptor"]))) for part in parts]


def test_the_pdf_numbers_its_tables_and_lists_its_headings(work: Programme, manager: User) -> None:
    file = pypdf.PdfReader(io.BytesIO(made(manager, "pdf")))
    text = "\n".join(page.extract_text() for page in file.pages)
    numbers = [int(number) for number in re.findall(r"^Table\s(\d+)\. ", text, re.MULTILINE)]
    assert numbers and numbers == list(range(1, len(numbers) + 1))
    assert "Who said what" not in text and "Confidential meeting" not in text
    titles = [entry.title for entry in file.outline if not isinstance(entry, list)]
    assert titles[0] == "At a glance" and "Annex: list of activities" in titles


def test_markup_of_the_typesetter_stays_text(work: Programme, manager: User) -> None:
    work.held("#panic() $x$ *no* _markup_ <label> @ref")
    file = pypdf.PdfReader(io.BytesIO(made(manager, "pdf")))
    text = "".join(page.extract_text() for page in file.pages)
    assert "#panic()$x$*no*_markup_<label>@ref" in "".join(text.split())


# --- what all renderers share -----------------------------------------------------------------------------

PICTURE = Picture(
    "Example", '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 1"><rect width="3"/></svg>', "3 of 4"
)
SHORT = Document(
    title="Example",
    subtitle="2024",
    marking="Marked",
    author="UNRCCA",
    language="en",
    facts=Facts([("Period", "2024")]),
    contents_title="Contents",
    blocks=(
        Heading("First", 1, "first"),
        PICTURE,
        Table("=1+1", [Column("Name", 60), Column("Number", 40, numeric=True)], [(cell("=HYPERLINK(1)"), cell("12"))]),
        Bars("Bars", "Name", "Number", [Bar("One", 3, "#005f9e"), Bar("Two", 0, "#005f9e", "no record")]),
    ),
)


def test_a_picture_is_in_the_word_file_with_its_words(db: None) -> None:
    file = opened(docx_renderer.render(SHORT))
    [shape] = file.inline_shapes
    assert shape._inline.docPr.get("descr") == "3 of 4"
    assert next(p.text for p in file.paragraphs if p.style and p.style.name == "Caption") == "Figure 1. Example"
    page = html_renderer.render(SHORT).decode()
    assert 'aria-label="3 of 4"><svg' in page and "<figcaption>Figure 1. Example<" in page
    assert "<caption>Table 1. =1+1<" in page and "<caption>Table 2. Bars<" in page
    assert "Figure" in pypdf.PdfReader(io.BytesIO(pdf_renderer.render(SHORT))).pages[1].extract_text()


def test_a_workbook_has_a_sheet_for_each_table_with_numbers_as_numbers() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_renderer.render(SHORT)))
    about, table, bars = book.worksheets
    assert "Marked" in [row[1] for row in about.iter_rows(values_only=True)]
    assert list(table.iter_rows(values_only=True)) == [("Name", "Number"), ("=HYPERLINK(1)", 12)]
    assert table["A2"].data_type == "s"
    assert [row[1] for row in bars.iter_rows(values_only=True)] == ["Number", 3, "no record"]
    assert all("Marked" in sheet.oddHeader.center.text for sheet in book.worksheets)


def test_another_template_gives_the_word_file_its_look(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "template.docx"
    call_command("make_report_template", str(path), stdout=io.StringIO())
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("make_report_template", str(path))
    own = docx.Document(str(path))
    own.styles["Heading 1"].font.name = "Georgia"
    own.sections[0].header.paragraphs[0].text = "Letterhead"
    own.save(str(path))
    settings.REPORT_TEMPLATE = str(path)
    assert not check_template(None)
    file = opened(docx_renderer.render(SHORT))
    assert file.styles["Heading 1"].font.name == "Georgia"
    assert [p.text for p in file.sections[0].header.paragraphs] == ["Letterhead", "Marked"]


def test_a_template_that_lacks_a_style_is_refused_at_the_start(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "template.docx"
    docx.Document().save(str(path))
    settings.REPORT_TEMPLATE = str(path)
    [error] = check_template(None)
    assert "Report Table" in error.msg and "make_report_template" in str(error.hint)
    path.write_bytes(b"no file of Word")
    [error] = check_template(None)
    assert "no Word file" in error.msg
