"""What reports cost: each renderer beside the bare library, the data beside the whole, and a long workbook's memory.

    python -m benchmarks.reports [--many 100000]

Makes a database of its own beside the one that DATABASE_URL names (the server must let it), measures, and drops it.
The bare library writes the same headings, tables and pictures without spans, links or styles of its own; a chart of
bars, which is a table as well, it writes as a table. Neither draws pictures into workbooks. The whole is building the
data, laying the document out and writing the file. A time is the better of two runs; a peak is that of a process of
its own.
"""

import argparse
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.rows import grow_to, make_people, scratch_database  # sets Django up, so it comes first

import typst  # isort: skip
import xlsxwriter  # isort: skip
from django.conf import settings  # isort: skip
from django.db import connection  # isort: skip
from django.template import Context, Engine  # isort: skip
from django.test.utils import CaptureQueriesContext  # isort: skip
from docx import Document as new_file  # isort: skip

from accounts.fonts import FOLDER  # isort: skip
from accounts.models import User  # isort: skip
from accounts.workbooks import write_workbook  # isort: skip
from activities.models import Activity  # isort: skip
from reports.builders.data_workbook import tables_for  # isort: skip
from reports.catalogue import REPORTS, Report  # isort: skip
from reports.choices import ReportFormat  # isort: skip
from reports.forms import PeriodForm  # isort: skip
from reports.renderers.docx import picture_of  # isort: skip
from reports.renderers.document import Bars, Document, Heading, Paragraph, Picture, Table  # isort: skip

REPEATS = 2
YEARS = {"programme": "2021-2025", "starts": "2020-01-01", "ends": "2026-12-31"}
Content = list[tuple[str, Any]]


def main() -> None:
    options = argparse.ArgumentParser(description="What reports cost.")
    options.add_argument("--many", type=int, default=100_000)
    options.add_argument("--peak", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.peak:
        print(peak_of_workbook(given.peak))
        return
    with scratch_database():
        people = make_people()
        viewer = people["manager"]
        grow_to(1_000, people)
        few = peak_in_process(viewer)
        grow_to(2_000, people)  # of which more than 1,000 are approved and of the programme
        documents(viewer)
        print(f"\nworkbook of 1,000 activities: peak {few / 1024:.0f} MB")
        grow_to(given.many, people)
        many = peak_in_process(viewer)
        print(f"workbook of {given.many:,} activities: peak {many / 1024:.0f} MB, {many / few:.2f} of that")


def best(make: Callable[[], Any]) -> tuple[float, Any]:
    """The better time of some runs, and what came of it."""
    times = []
    for _again in range(REPEATS):
        start = time.perf_counter()
        made = make()
        times.append(time.perf_counter() - start)
    return min(times), made


# --- documents: ours and the bare library's -----------------------------------------------------------------------


def documents(viewer: User) -> None:
    """Every document of the catalogue on a period, over all activities, with the list of them in its annex."""
    print(f"{Activity.objects.count():,} activities\n")
    print(f"{'':<31}{'data, s':>9}{'ours, s':>9}{'bare, s':>9}{'ratio':>7}{'data / whole':>14}{'size, kB':>10}")
    for report in REPORTS.values():
        if issubclass(report.form, PeriodForm):
            renderers(report, viewer)


def renderers(report: Report, viewer: User) -> None:
    """One report in each of its formats."""
    with CaptureQueriesContext(connection) as queries:
        build, facts = best(lambda: report.build(viewer, YEARS, today=date(2026, 1, 1)))
    laying, document = best(lambda: report.document(facts, viewer))
    content = plain(document)
    rows = max(len(block.rows) for block in document.blocks if isinstance(block, Table))
    print(f"{report.key}: {len(queries) // REPEATS} queries, {rows:,} rows in the longest table")
    for format, render in report.renderers.items():
        ours, made = best(lambda render=render: render(document))  # type: ignore[misc]
        theirs, _bytes = best(lambda format=format: BARE[format](content))  # type: ignore[misc]
        share = build / (build + laying + ours)
        print(
            f"{'':<25}{format:<6}{build:>9.2f}{ours:>9.2f}{theirs:>9.2f}{ours / theirs:>7.2f}{share:>14.2f}"
            f"{len(made) // 1000:>10}"
        )


def plain(document: Document) -> Content:
    """Headings, paragraphs and tables as plain texts, pictures as they are."""
    content: Content = []
    for block in document.blocks:
        if isinstance(block, Heading):
            content.append(("heading", block.text))
        elif isinstance(block, Paragraph):
            content.append(("paragraph", "".join(span.text for span in block.line)))
        elif isinstance(block, Table):
            rows = [
                ["\n".join("".join(span.text for span in line) for line in cell) for cell in row] for row in block.rows
            ]
            content.append(("table", [[column.heading for column in block.columns], *rows]))
        elif isinstance(block, Bars):
            content.append(("table", [[bar.label, bar.note or str(bar.value)] for bar in block.bars]))
        elif isinstance(block, Picture):
            content.append(("picture", block.svg))
    return content


def bare_docx(content: Content) -> bytes:
    """As python-docx's own guide writes tables, cell by cell, with a paragraph for each line."""
    file = new_file()
    for kind, value in content:
        if kind == "heading":
            file.add_heading(value, 1)
        elif kind == "paragraph":
            file.add_paragraph(value)
        elif kind == "picture":
            file.add_picture(io.BytesIO(picture_of(value)))
        else:
            table = file.add_table(rows=0, cols=len(value[0]))
            for row in value:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    first, *others = text.split("\n")
                    cell.text = first
                    for line in others:
                        cell.add_paragraph(line)
    stream = io.BytesIO()
    file.save(stream)
    return stream.getvalue()


def bare_pdf(content: Content) -> bytes:
    """Typst's own markup, every text a string of it; tagged as well."""
    lines = ['#set document(title: "Report")', '#set text(font: "Noto Sans", size: 9pt)', "#outline()"]
    for kind, value in content:
        if kind == "heading":
            lines.append(f"#heading({quoted(value)})")
        elif kind == "paragraph":
            lines.append(f"#par[#{quoted(value)}]")
        elif kind == "picture":
            lines.append(f'#image(bytes({quoted(value)}), format: "svg", alt: "Chart")')
        else:
            cells = ", ".join(quoted(text) for row in value[1:] for text in row)
            head = ", ".join(quoted(text) for text in value[0])
            lines.append(f"#table(columns: {len(value[0])}, table.header({head}), {cells})")
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FOLDER)])
    made: bytes = typst.compile("\n".join(lines).encode(), font_paths=fonts, pdf_standards=["ua-1"])
    return made


def quoted(text: str) -> str:
    """A string as Typst reads it."""
    return json.dumps(text, ensure_ascii=False).replace("\\/", "/")


BARE_PAGE = """<!doctype html><title>Report</title>{% for kind, value in content %}
{% if kind == "heading" %}<h2>{{ value }}</h2>{% elif kind == "paragraph" %}<p>{{ value }}</p>
{% elif kind == "picture" %}{{ value|safe }}{% else %}
<table>{% for row in value %}<tr>{% for text in row %}<td>{{ text|linebreaksbr }}</td>{% endfor %}</tr>
{% endfor %}</table>
{% endif %}{% endfor %}"""


def bare_html(content: Content) -> bytes:
    """Django's templates with nothing but the texts."""
    return Engine().from_string(BARE_PAGE).render(Context({"content": content})).encode()


def bare_xlsx(content: Content) -> bytes:
    """XlsxWriter, a sheet for each table."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"constant_memory": True}) as book:
        for kind, value in content:
            if kind == "table":
                sheet = book.add_worksheet()
                for number, row in enumerate(value):
                    for place, text in enumerate(row):
                        sheet.write_string(number, place, text)
    return stream.getvalue()


BARE: dict[ReportFormat, Callable[[Content], bytes]] = {
    ReportFormat.DOCX: bare_docx,
    ReportFormat.PDF: bare_pdf,
    ReportFormat.HTML: bare_html,
    ReportFormat.XLSX: bare_xlsx,
}


# --- memory -------------------------------------------------------------------------------------------------------


def peak_in_process(viewer: User) -> int:
    """The peak of a process that writes the whole workbook, in kilobytes."""
    name = connection.settings_dict["NAME"]
    command = [sys.executable, "-m", "benchmarks.reports", "--peak", f"{name}:{viewer.pk}"]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def peak_of_workbook(where: str) -> int:
    """Write the workbook of the database's lists as the person may see them; the peak of memory in kilobytes."""
    database, _colon, person = where.rpartition(":")
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = database
    viewer = User.objects.get(pk=int(person))
    with tempfile.TemporaryFile() as file:
        write_workbook(file, "Workbook", tables_for(viewer), viewer)
    # Not that of getrusage, which begins with the parent's.
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


if __name__ == "__main__":
    main()
