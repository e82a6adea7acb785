"""Charts as data, drawings and files: nothing recorded is not nought, and no text breaks a drawing."""

import csv
import io
from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest
import resvg_py
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest
from django.test import RequestFactory
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.charts.chart import Chart, Kind, Point, Series
from accounts.charts.drawing import draw
from accounts.charts.files import asked_file, png_of, svg_of
from accounts.charts.shapes import steps_to

SVG = "{http://www.w3.org/2000/svg}"
NUMBERS = st.one_of(st.none(), st.integers(0, 10_000))
TEXTS = st.text(max_size=60)


def make_chart(kind: Kind, categories: list[str], series: list[tuple[str, list[Any]]], **fields: Any) -> Chart:
    made = tuple(Series(name, tuple(Point(value, "/activities/?year=2024") for value in row)) for name, row in series)
    words = {"title": "Held", "counts": "Approved activities.", "period": "2024.", "source": "The portal."}
    days = tuple(date(2020 + place, 3, 1) for place in range(len(categories))) if kind == Kind.EDITIONS else ()
    return Chart(
        "held", kind, **{**words, **fields}, heading="Year", categories=tuple(categories), series=made, days=days
    )


@st.composite
def charts(draw_from: st.DrawFn) -> Chart:
    kind = draw_from(st.sampled_from(list(Kind)))
    categories = draw_from(st.lists(TEXTS, max_size=12))
    rows = st.lists(NUMBERS, min_size=len(categories), max_size=len(categories))
    series = draw_from(st.lists(st.tuples(TEXTS, rows), min_size=1, max_size=9))
    return make_chart(kind, categories, series, title=draw_from(TEXTS), source=draw_from(TEXTS))


@settings(max_examples=60, deadline=None)
@given(charts())
def test_any_chart_is_drawn_as_sound_svg_that_keeps_its_place(chart: Chart) -> None:
    for text in (str(draw(chart)), svg_of(chart, marking="Marking", base="https://example.org")):
        drawing = ElementTree.fromstring(text)  # our own
        assert drawing.tag == f"{SVG}svg"
        _left, _top, width, _height = map(float, drawing.attrib["viewBox"].split())
        for one in drawing.iter(f"{SVG}rect"):
            if one.attrib.get("width") != "100%":
                assert float(one.attrib["x"]) + float(one.attrib["width"]) <= width + 1
                assert float(one.attrib["height"]) > 0
        # What is not recorded has no shape, and a link only leads to a list.
        assert {link.attrib["href"].removeprefix("https://example.org") for link in drawing.iter(f"{SVG}a")} <= {
            "/activities/?year=2024"
        }


@given(st.floats(0, 1e9, allow_nan=False))
def test_a_scale_reaches_the_highest_number_in_few_round_steps(highest: float) -> None:
    steps = steps_to(highest)
    assert steps[0] == 0
    assert steps[-1] >= highest
    assert 2 <= len(steps) <= 6
    assert all(step == int(step) for step in steps)


def test_nothing_recorded_is_said_and_does_not_add_up() -> None:
    chart = make_chart(Kind.BARS, ["2023", "2024", "2025"], [("Women", [None, 0, 3]), ("Men", [None, None, 4])])
    assert [chart.total(place).value for place in range(3)] == [None, 0, 7]
    assert chart.alternative == "Held. 2023: no record; 2024: Women 0; 2025: Women 3, Men 4."
    assert "no record" in svg_of(chart)


def test_a_line_stops_where_nothing_is_recorded() -> None:
    chart = make_chart(Kind.LINES, ["1", "2", "3", "4", "5"], [("Women", [1, 2, None, 4, 5])])
    trails = [
        path for path in ElementTree.fromstring(draw(chart)).iter(f"{SVG}path") if "trail" in path.get("class", "")
    ]
    assert len(trails) == 2


def test_a_picture_shows_russian_on_a_machine_without_fonts() -> None:
    """Other letters of the same number make another picture: none of them is an empty box."""
    pictures = {
        png_of(make_chart(Kind.BARS, ["2024"], [("", [1])], title=title)) for title in ("Женщины", "Мужчины", "Ҷавонон")
    }
    assert len(pictures) == 3
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
    without = resvg_py.svg_to_bytes(
        svg_string=svg_of(make_chart(Kind.BARS, ["2024"], [("", [1])], title="Женщины")), zoom=2, skip_system_fonts=True
    )
    assert bytes(without) not in pictures


def ask(query: str, chart: Chart) -> Any:
    request: HttpRequest = RequestFactory().get(f"/page/?{query}")
    request.user = AnonymousUser()
    return asked_file(request, [chart])


def test_a_page_hands_out_its_own_charts_alone() -> None:
    chart = make_chart(Kind.HEAT, ["=1+1"], [("2024", [3]), ("2025", [None])])
    assert ask("period=2024", chart) is None
    for wrong in ("chart=other&as=svg", "chart=held&as=exe", "chart=held"):
        with pytest.raises(Http404):
            ask(wrong, chart)
    rows = list(csv.reader(io.StringIO(b"".join(ask("chart=held&as=csv", chart)).decode("utf-8-sig"))))
    assert rows == [["Year", "2024", "2025"], ["'=1+1", "3", ""]]
    svg = ask("chart=held&as=svg", chart)
    assert "UNRCCA — public record" in svg.content.decode()
    assert svg["Content-Disposition"].endswith('-public.svg"')
