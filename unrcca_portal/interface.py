"""Template tags of the design system (`{% load interface %}`): what an include alone cannot work out.

The markup stands in `templates/components/`; here is only the putting of charts on pages and the gathering of errors.
"""

from collections.abc import Iterable, Mapping
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
class Problem:
    """An entry that cannot be saved: the field's label and anchor (both empty for the form as a whole)."""

    label: str
    anchor: str
    message: str


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


@register.filter
def of_key(found: Mapping[Any, Any] | None, key: Any) -> Any:
    """What a mapping holds under the key, nothing where there is no mapping."""
    return found.get(key) if found else None


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
