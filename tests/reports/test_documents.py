"""The report as files: what Word and a browser find in them."""

import io
import re
import zipfile
from datetime import date

import docx
import pytest
from django.utils import translation
from docx.document import Document as WordFile
from docx.oxml import parse_xml

from accounts.models import User
from reports import catalogue

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
    assert [re.match(r"Table (\d+)\. ", caption)[1] for caption in captions] == [  # type: ignore[index]
        str(number) for number in range(1, len(file.tables) + 1)
    ]
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
