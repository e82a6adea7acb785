"""A chart as a file: SVG, PNG or CSV. A page hands out its own charts, at its own address and as its reader sees them.

`?chart=NAME&as=svg` after the address of the page, with the rest of its query: what a file holds is what the page
showed, and nobody gets a chart of a page that is not theirs.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

import resvg_py
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from accounts.audit import note
from accounts.context_processors import marking_line
from accounts.fonts import FILES
from accounts.models import User
from accounts.tables import Cell, Column, Row, Table, export, file_name

from .chart import Chart
from .drawing import draw

# A picture in a document is looked at closely and printed.
ZOOM = 2


def asked_file(request: HttpRequest, charts: Iterable[Chart]) -> HttpResponseBase | None:
    """The chart that the address of the page asks for, as a file; None where it asks for the page itself.

    Raises Http404 for a chart that the page has not, or another kind of file.
    """
    name = request.GET.get("chart")
    if name is None:
        return None
    chart = next((one for one in charts if one.name == name), None)
    if chart is None:
        raise Http404
    kind = request.GET.get("as")
    if kind == "csv":
        return export(request, table_of(chart), "csv")
    marking = str(marking_line(request.user))
    if kind == "svg":
        text = svg_of(chart, marking=marking, base=settings.PORTAL_URL)
        return _response(request, chart, "svg", "image/svg+xml", text.encode())
    if kind == "png":
        return _response(request, chart, "png", "image/png", png_of(chart, marking=marking))
    raise Http404


def svg_of(chart: Chart, *, titled: bool = True, marking: str = "", base: str = "") -> str:
    """The chart as an SVG document of its own."""
    return draw(chart, document=True, titled=titled, marking=marking, base=base)


def png_of(chart: Chart, *, marking: str = "") -> bytes:
    """The chart as a picture, twice as fine as the SVG, with the portal's own font: no machine needs to have one."""
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg_of(chart, marking=marking),
            zoom=ZOOM,
            skip_system_fonts=True,
            font_files=FILES,
            font_family="Noto Sans",
            sans_serif_family="Noto Sans",
        )
    )


def table_of(chart: Chart) -> Table:
    """The numbers of the chart as a table to be written."""
    codes = [str(place) for place in range(len(chart.headings))]
    columns = [Column(code, heading, partial(_cell, code)) for code, heading in zip(codes, chart.headings, strict=True)]
    rows = [
        dict(zip(codes, [category, *(point.value for point in points)], strict=True)) for category, points in chart.rows
    ]
    return Table(chart.name, chart.title, columns, rows, notes=(chart.counts, chart.period, chart.source))


def _cell(code: str, row: Row) -> Cell:
    value: Any = row[code]
    return value


def _response(request: HttpRequest, chart: Chart, kind: str, content_type: str, content: bytes) -> HttpResponse:
    if isinstance(request.user, User):
        note(by=request.user, verb="export", chart=[None, chart.name], format=[None, kind])
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{file_name(chart.name, request.user, kind)}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
