"""Series as managers add and edit them."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.history import history_of
from accounts.keeping import sign_in_keeping_entries
from accounts.record_pages import RecordPages
from activities import actions
from activities.forms.series import SeriesForm
from activities.models import Series

TEMPLATE = "priorities/edit.html"
PAGES = RecordPages(actions.SERIES, home="series:list", confirmation="priorities/confirm.html")


@sign_in_keeping_entries
@require_http_methods(["GET", "HEAD", "POST"])
def series_new(request: HttpRequest) -> HttpResponse:
    back = reverse("series:list")
    return PAGES.add(
        request, SeriesForm, Series(), TEMPLATE, heading=_("Add a series"), crumbs=_crumbs(), back_url=back
    )


@sign_in_keeping_entries
@require_http_methods(["GET", "HEAD", "POST"])
def series_edit(request: HttpRequest, code: str) -> HttpResponse:
    series = get_object_or_404(Series.objects.visible_to(request.user), code=code)
    editor = PAGES.editor_of(request)
    context: dict[str, Any] = {
        "heading": _("Edit the series"),
        "crumbs": [*_crumbs(), (series.name, series.get_absolute_url())],
        "history": history_of(series, editor),
    }
    return PAGES.edit(request, SeriesForm, series, TEMPLATE, back_url="", **context)


def _crumbs() -> list[tuple[Any, str]]:
    return [(_("Series"), reverse("series:list"))]
