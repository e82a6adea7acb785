"""The design system: charts on pages, the summary of errors, and what no template may contain."""

import re
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.template import Context, Template
from django.test import RequestFactory

from accounts.charts.chart import Chart, Kind, Point, Series
from unrcca_portal.interface import problems

FOLDER = settings.BASE_DIR / "templates"
# A report as a file carries its own style: it is opened from a disk, without the portal around it.
FILES = {FOLDER / "reports" / "document.html"}
TEMPLATES = sorted(set(FOLDER.rglob("*.html")) - FILES)


def render(source: str, **context: Any) -> str:
    return Template("{% load interface %}" + source).render(Context(context))


class Trip(forms.Form):
    start = forms.DateField(label="First day")
    token = forms.CharField(widget=forms.HiddenInput)

    def clean(self) -> None:
        raise forms.ValidationError("The whole does not fit.")


class Row(forms.Form):
    role = forms.ChoiceField(label="Role", choices=[("host", "Host")])


def chart(kind: Kind, **options: Any) -> str:
    years = (Series("2023", (Point(3, "/activities/?a=1&b=2"), Point())), Series("2024", (Point(5), Point())))
    words: dict[str, Any] = {
        "title": "Held",
        "counts": "Approved.",
        "period": "2024.",
        "source": "The portal.",
        "heading": "Priority",
    }
    shown = Chart("held", kind, **words, categories=("<b>I</b>", "II"), series=years, **options)
    request = RequestFactory().get("/priorities/?period=2024")
    return render("{% chart shown %}", shown=shown, request=request)


def test_a_chart_has_its_table_with_totals_its_lists_and_its_files() -> None:
    page = chart(Kind.BARS)
    body = page[page.index("<tbody>") :]
    assert re.findall(r'data-count="(\d+)"', body) == ["3"]
    assert re.findall(r'class="number">(?:<a[^>]*>)?(\d+)<', body) == ["3", "5", "8"]
    assert body.count("no record") == 3, "of each year, and in all"
    assert "<b>I" not in page
    assert 'href="/priorities/?period=2024&amp;chart=held&amp;as=png"' in page


def test_a_sum_is_no_length_of_a_list() -> None:
    assert "data-count" not in chart(Kind.SHARES, of_records=False)


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
