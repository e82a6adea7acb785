"""Template tags of the design system (`{% load interface %}`): what an include alone cannot work out.

The markup stands in `templates/components/`; here is only the arithmetic of charts and the gathering of errors.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.forms import BaseForm, BaseFormSet
from django.template.context import RequestContext
from django.utils.translation import gettext as _

from accounts.charts.chart import Chart, Kind
from accounts.charts.drawing import draw

register = template.Library()


@dataclass(frozen=True)
class Segment:
    """A piece of a bar: where it starts and how wide it is, in per cent of the chart's width."""

    label: str
    value: int | float
    start: str
    width: str
    number: int


@dataclass(frozen=True)
class Bar:
    """A row of the chart. `note` stands in place of a bar where there is nothing to draw."""

    label: str
    url: str
    colour: str
    note: str
    total: int | float
    values: Sequence[int | float]
    segments: Sequence[Segment]


@dataclass(frozen=True)
class Problem:
    """An entry that cannot be saved: the field's label and anchor (both empty for the form as a whole)."""

    label: str
    anchor: str
    message: str


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(
    rows: Iterable[Mapping[str, Any]],
    *,
    title: str,
    description: str = "",
    series: Sequence[str] = (),
    row_heading: str = "",
    total_heading: str = "",
) -> dict[str, Any]:
    """A horizontal bar chart with its table of numbers.

    `rows` are mappings with `label` and `values` (one number for each of `series`; or `value` alone), and,
    where wanted, `url` (the list behind the row), `colour` (of a chart without series) and `note` (said
    instead of a bar, such as "no public record": a missing figure is not nought).
    """
    bars = bars_of(list(rows), series)
    return {
        "bars": bars,
        "title": title,
        "description": description,
        "series": series,
        "row_heading": row_heading or _("Row"),
        "total_heading": total_heading or (_("Total") if series else _("Number")),
        "sums": [sum(column) for column in zip(*(bar.values for bar in bars if not bar.note), strict=True)],
        "total": sum(bar.total for bar in bars if not bar.note),
    }


def bars_of(rows: Sequence[Mapping[str, Any]], series: Sequence[str]) -> list[Bar]:
    """The rows with their segments' places, scaled so that the longest bar fills the width."""
    longest = max((sum(_values(row)) for row in rows), default=0)
    return [_bar(row, series, longest) for row in rows]


def _values(row: Mapping[str, Any]) -> list[int | float]:
    return list(row["values"]) if "values" in row else [row.get("value") or 0]


def _bar(row: Mapping[str, Any], series: Sequence[str], longest: int | float) -> Bar:
    values = _values(row)
    segments = []
    drawn: int | float = 0
    for number, value in enumerate(values, start=1):
        if value:
            label = series[number - 1] if series else ""
            segments.append(Segment(label, value, _percent(drawn, longest), _percent(value, longest), number))
        drawn += value
    return Bar(
        label=str(row["label"]),
        url=row.get("url") or "",
        colour=row.get("colour") or "",
        note=str(row.get("note") or ""),
        total=drawn,
        values=values,
        segments=segments,
    )


def _percent(part: int | float, whole: int | float) -> str:
    """A length for an SVG attribute; never with a decimal comma, whatever the reader's language."""
    return f"{100 * part / whole:.2f}%" if whole else "0%"


@register.inclusion_tag("components/chart.html", takes_context=True)
def chart(context: RequestContext, shown: Chart) -> dict[str, Any]:
    """A chart with what it counts, its table, and the addresses of its files: those of the page with two words more."""
    files = []
    for kind in ("svg", "png", "csv"):
        query = context["request"].GET.copy()
        query["chart"], query["as"] = shown.name, kind
        files.append((kind.upper(), f"{context['request'].path}?{query.urlencode()}"))
    with_legend = shown.kind != Kind.HEAT and len(shown.series) > 1
    return {
        "chart": shown,
        "drawing": draw(shown),
        "legend": [(series.name, colour) for series, colour in zip(shown.series, shown.colours, strict=True)]
        if with_legend
        else [],
        "files": files,
    }


@register.simple_tag
def problems(form: BaseForm, formsets: "Iterable[BaseFormSet[Any] | BaseForm] | None" = None) -> list[Problem]:
    """Every error of a form and of the formsets and forms beside it, for the summary at the head of the page."""
    found = list(_problems_of_form(form)) if form else []
    for formset in formsets or ():
        if not formset.is_bound:
            continue
        if isinstance(formset, BaseForm):
            found += _problems_of_form(formset)
            continue
        found += [Problem("", "", str(message)) for message in formset.non_form_errors()]
        for number, row in enumerate(formset.forms, start=1):
            found += _problems_of_form(row, place=_("row %(number)s") % {"number": number})
    return found


def _problems_of_form(form: BaseForm, place: str = "") -> Iterable[Problem]:
    for message in form.non_field_errors():
        yield Problem(place.capitalize(), "", str(message))
    for field in form:
        for message in field.errors:
            label = f"{field.label}, {place}" if place else str(field.label)
            yield Problem(label, "" if field.is_hidden else field.auto_id, str(message))
