"""Council briefings and developments as files, exactly as the pages are filtered.

What never leaves the staff on the pages (notes, analysis, recommendations) is a column for staff alone.
"""

from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.api import codes
from accounts.choices import ReviewState
from accounts.lists import ListPage
from accounts.localized import in_language
from accounts.tables import (
    Column,
    Table,
    export,
    filters_in_words,
    labelled,
    listed,
    plain,
    release_columns,
    rows_of,
)
from accounts.visibility import is_staff_viewer
from priorities.choices import Certainty, DatePrecision
from priorities.models import Country, Theme

from . import development_views, views
from .choices import Modality, Outcome, Reliability, Significance
from .filters import BriefingFilter, DevelopmentFilter
from .models import Briefing, Development

if TYPE_CHECKING:
    from accounts.roles import Viewer


def date_columns(*, last: bool) -> list[Column]:
    """The date with what it is exact to."""
    found = [plain("date", _("Date"), 14)]
    if last:
        found.append(plain("end_date", _("Last day"), 14))
    return [*found, labelled("date_precision", _("Date is exact to"), DatePrecision, 14)]


def briefing_columns(viewer: "Viewer") -> list[Column]:
    """The columns of briefings, as the viewer may see them."""
    themes = Theme.objects.visible_to(viewer).filter(briefings=OuterRef("pk"))
    return [
        *date_columns(last=False),
        labelled("modality", _("Modality"), Modality, 22),
        plain("representative", _("Special Representative"), 24, in_language("special_representative__name")),
        plain("presidency", _("Council presidency"), 24, in_language("presidency__name")),
        labelled("outcome", _("Outcome"), Outcome, 18),
        plain("outcome_date", _("Date of the outcome"), 14),
        plain("document", _("Document"), 18, "document__symbol"),
        listed("topics_en", _("Publicly reported topics in English"), 60),
        listed("topics_ru", _("Publicly reported topics in Russian"), 60),
        listed("themes", _("Themes"), source=codes(themes, in_language("name"))),
        labelled("certainty", _("Certainty"), Certainty, 18),
        *([plain("source", _("Source")), plain("note_en", _("Note"), 40)] if is_staff_viewer(viewer) else []),
        *release_columns(viewer),
    ]


@require_safe
def briefing_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    filterset = BriefingFilter(request.GET, queryset=Briefing.objects.visible_to(request.user), request=request)
    columns = briefing_columns(request.user)
    return _answer(request, views.LIST, _("Council briefings"), filterset, columns, kind)


def development_columns(viewer: "Viewer") -> list[Column]:
    """The columns of developments, as the viewer may see them."""
    countries = Country.objects.visible_to(viewer).filter(developments=OuterRef("pk"))
    themes = Theme.objects.visible_to(viewer).filter(developments=OuterRef("pk"))
    internal = [
        labelled("significance", _("Significance"), Significance, 14),
        plain("analysis", _("Analysis"), 60),
        plain("gender_dimension", _("Gender dimension"), 60),
        plain("recommendation", _("Recommendation"), 60),
        labelled("review_state", _("Review"), ReviewState, 14),
    ]
    return [
        *date_columns(last=True),
        plain("headline_en", _("Headline"), 60),
        plain("headline_ru", _("Headline in Russian"), 60),
        plain("detail_en", _("Detail"), 60),
        plain("detail_ru", _("Detail in Russian"), 60),
        listed("countries", _("Countries"), source=codes(countries, in_language("name"))),
        listed("themes", _("Themes"), source=codes(themes, in_language("name"))),
        labelled("reliability", _("Reliability"), Reliability, 24),
        plain("source_publisher", _("Publisher of the source"), 24),
        plain("source_title", _("Title of the source"), 40),
        plain("source_url", _("Link to the source"), 40),
        plain("source_date", _("Date of the source"), 14),
        *(internal if is_staff_viewer(viewer) else []),
        *release_columns(viewer),
    ]


@require_safe
def development_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    filterset = DevelopmentFilter(request.GET, queryset=Development.objects.visible_to(request.user), request=request)
    columns = development_columns(request.user)
    return _answer(request, development_views.LIST, _("Developments"), filterset, columns, kind)


def _answer(
    request: HttpRequest, page: ListPage, title: Any, filterset: Any, columns: list[Column], kind: str
) -> HttpResponseBase:
    """The file; back to the page, which says what is wrong, where a filter holds something unknown."""
    if not filterset.is_valid():
        return redirect(f"{reverse(page.address)}?{request.GET.urlencode()}")
    found = page.ordered(filterset.qs, request)
    table = Table(page.key, title, columns, rows_of(found, columns), filters_in_words(filterset.form))
    return export(request, table, kind)
