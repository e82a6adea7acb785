"""The design system: charts, the summary of errors, and what no template may contain."""

import re
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.template import Context, Template
from django.utils import translation

from unrcca_portal.interface import bars_of, problems

FOLDER = settings.BASE_DIR / "templates"
# A report as a file carries its own style: it is opened from a disk, without the portal around it.
FILES = {FOLDER / "reports" / "document.html"}
TEMPLATES = sorted(set(FOLDER.rglob("*.html")) - FILES)
YEARS = ["2023", "2024"]


def render(source: str, **context: Any) -> str:
    return Template("{% load interface %}" + source).render(Context(context))


def chart(rows: list[dict[str, Any]], series: list[str] | None = None) -> str:
    return render('{% bar_chart rows title="Held" series=series %}', rows=rows, series=series or [])


class Trip(forms.Form):
    start = forms.DateField(label="First day")
    token = forms.CharField(widget=forms.HiddenInput)

    def clean(self) -> None:
        raise forms.ValidationError("The whole does not fit.")


class Row(forms.Form):
    role = forms.ChoiceField(label="Role", choices=[("host", "Host")])


def test_the_longest_bar_fills_the_width_and_segments_follow_one_another() -> None:
    long, short = bars_of([{"label": "I", "values": [3, 5]}, {"label": "II", "values": [0, 2]}], YEARS)

    assert [(s.start, s.width, s.label) for s in long.segments] == [
        ("0.00%", "37.50%", "2023"),
        ("37.50%", "62.50%", "2024"),
    ]
    # An empty year draws nothing but keeps its place in the colours.
    assert [(s.start, s.width, s.number) for s in short.segments] == [("0.00%", "25.00%", 2)]
    assert short.total == 2


def test_a_chart_of_nothing_draws_nothing() -> None:
    assert [bar.segments for bar in bars_of([{"label": "I", "value": 0}], [])] == [[]]
    assert bars_of([], []) == []
    assert "<table" in chart([])


def test_lengths_have_no_decimal_comma_in_russian() -> None:
    with translation.override("ru"):
        page = chart([{"label": "I", "value": 3}, {"label": "II", "value": 1}])

    assert 'width="33.33%"' in page


def test_what_is_not_known_is_said_and_not_drawn_as_nought() -> None:
    page = chart(
        [{"label": "V", "values": [0, 0], "note": "no public record"}, {"label": "I", "values": [1, 2]}], YEARS
    )

    assert page.count("no public record") == 2, "beside the label and in the table"
    assert "V: 0" not in page


def test_a_bar_leads_to_its_list_and_its_label_is_escaped() -> None:
    page = chart([{"label": "<b>I</b>", "value": 1, "url": "/activities/?priority=i&year=2024"}])

    assert 'href="/activities/?priority=i&amp;year=2024"' in page
    assert "<b>I" not in page


def test_the_table_under_a_stacked_chart_adds_up() -> None:
    page = chart([{"label": "I", "values": [3, 5]}, {"label": "II", "values": [1, 2]}], YEARS)
    foot = page[page.index("<tfoot>") :]

    assert re.findall(r'class="number">(\d+)<', foot) == ["4", "7", "11"]


def test_the_summary_names_every_error_in_the_order_of_the_page() -> None:
    rows = forms.formset_factory(Row)({"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0", "form-1-role": "king"})
    found = problems(Trip({"start": "soon"}), [rows])

    assert [(problem.label, problem.anchor) for problem in found] == [
        ("", ""),
        ("First day", "id_start"),
        ("Token", ""),
        ("Role, row 2", "id_form-1-role"),
    ]


def test_an_unbound_form_has_no_problems() -> None:
    assert problems(Trip(), [forms.formset_factory(Row)()]) == []


def test_the_errors_of_a_field_are_tied_to_its_control() -> None:
    page = render('{% include "components/field.html" with field=form.start only %}', form=Trip({"start": "soon"}))

    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="id_start_error"' in page
    assert 'id="id_start_error"' in page


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_no_template_has_what_the_content_security_policy_refuses(path: Path) -> None:
    source = path.read_text()

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=[\"']|javascript:", source)
    assert not re.search(r"<script(?![^>]*\ssrc=)", source)
    assert not re.search(r"(src|href)=[\"']https?://", source), "no third-party request"


def test_the_styles_and_scripts_of_our_own_stay_small() -> None:
    """What every page loads, and what single pages load beside it."""
    sizes = {path.name: path.stat().st_size for path in (settings.BASE_DIR / "static" / "portal").glob("*.[cj]s*")}

    assert sizes.pop("portal.css") + sizes.pop("portal.js") < 46_000
    assert not {name: size for name, size in sizes.items() if size > 16_000}
