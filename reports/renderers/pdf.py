"""A document as PDF by Typst: tagged (PDF/UA-1), with its fonts in it, Cyrillic too."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import gettext as _

from accounts.fonts import FOLDER

from .document import Bars, Block, Cell, Document, Facts, Heading, Line, Paragraph, Picture, Span, Table, may_break

LAYOUT = Path(__file__).with_name("document.typ")
# What a PDF's text cannot hold.
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@cache
def _fonts() -> typst.Fonts:
    """Read once in a process; what the machine has besides is not used, so that each makes the same file."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FOLDER)])


def render(document: Document) -> bytes:
    """The file's bytes (PDF/UA-1)."""
    made: bytes = typst.compile(
        LAYOUT.read_bytes(),
        font_paths=_fonts(),
        sys_inputs={"document": json.dumps(_document(document), ensure_ascii=False)},
        pdf_standards=["ua-1"],
    )
    return made


def _document(document: Document) -> dict[str, Any]:
    """The document as the layout reads it."""
    return {
        "title": _legal(document.title),
        "subtitle": _legal(document.subtitle),
        "marking": document.marking,
        "author": document.author,
        "language": document.language,
        "words": {
            "contents": document.contents_title,
            "page": _("Page %(page)s of %(pages)s"),
            "table": _("Table"),
            "figure": _("Figure"),
        },
        "facts": _facts(document.facts),
        "blocks": [
            {
                **_block(block),
                **({"new_page": True} if place == 0 and document.has_title_page else {}),
                "leads": document.leads(place),
            }
            for place, block in enumerate(document.blocks)
        ],
    }


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Heading():
            return {"kind": "heading", "text": _legal(block.text), "level": block.level, "new_page": block.new_page}
        case Paragraph():
            return {"kind": "paragraph", "line": _line(block.line), "tone": block.tone}
        case Table():
            return _table(block)
        case Bars():
            return _bars(block)
        case Picture():
            return {"kind": "picture", "caption": _legal(block.caption), "alt": _legal(block.text), "svg": block.svg}
        case Facts():
            return {"kind": "facts", "rows": _facts(block)}


def _table(block: Table) -> dict[str, Any]:
    return {
        "kind": "table",
        "caption": _legal(block.caption),
        "columns": [
            {"heading": column.heading, "share": column.share, "numeric": column.numeric} for column in block.columns
        ],
        "rows": [
            {
                "cells": [_cell(cell) for cell in row],
                "breakable": may_break(row),
            }
            for row in block.rows
        ],
    }


def _bars(block: Bars) -> dict[str, Any]:
    return {
        "kind": "bars",
        "caption": _legal(block.caption),
        "label_heading": block.label_heading,
        "value_heading": block.value_heading,
        "longest": block.longest,
        "bars": [
            {"label": _legal(bar.label), "value": bar.value, "colour": bar.colour, "note": bar.note}
            for bar in block.bars
        ],
    }


def _facts(facts: Facts) -> list[list[str]]:
    return [[label, _legal(value)] for label, value in facts.rows]


def _cell(cell: Cell) -> list[list[Any]]:
    return [_line(line) for line in cell]


def _line(line: Line) -> list[Any]:
    return [_span(span) for span in line]


def _span(span: Span) -> list[Any]:
    return [_legal(span.text), span.strong, span.soft, span.link]


def _legal(text: str) -> str:
    return CONTROL_CHARACTERS.sub("", text)
