"""The page of who does what, and its files. It stands here because it counts activities."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.lists import ListPage, Order, ViewForm, chips_of, page_of, quick_periods, rank, register
from accounts.localized import in_language
from accounts.saved_views import menu_of
from accounts.tables import Row, Table, export, filters_in_words, joined, plain

from .choices import Stage
from .matrix import CENTRE, Entry, Frame, Matrix, entries_of, on_table, tabulate
from .matrix_filters import MatrixFilterSet
from .verification import with_verify_by

ORDERS = {
    "title": Order(_("Activity"), lambda: [Lower(in_language("title"))]),
    "date": Order(_("Date"), lambda: ["start_date"], may_lack=True),
    "stage": Order(_("Stage"), lambda: [rank("stage", Stage.choices)]),
    "verified": Order(_("Last verified"), lambda: [F("last_verified")], may_lack=True),
}
LIST = register(ListPage("who-does-what", "partners:matrix", MatrixFilterSet, ORDERS, "-date"))
NOTES = (
    _("Approved activities that you may see. Nothing confidential, and no good offices contact that is not public."),
    _("An organization does what it leads, organizes, hosts or supports; taking part alone does not count."),
    _("A gap is a theme and country for which nothing is recorded here; that is no proof that nobody does anything."),
    _("An overlap is a theme and country in which several organizations do something apart from each other."),
)


@dataclass(frozen=True)
class Shown:
    """The table as an address asks for it, and the entries behind it."""

    frame: Frame
    matrix: Matrix
    found: Any
    filterset: MatrixFilterSet

    @property
    def words(self) -> list[tuple[str, str]]:
        """What it is narrowed to."""
        return filters_in_words(self.filterset.form)


def filterset_of(request: HttpRequest) -> MatrixFilterSet:
    return MatrixFilterSet(request.GET, queryset=on_table(request.user), request=request)


def shown_for(request: HttpRequest, filterset: MatrixFilterSet) -> Shown:
    """Page and files start from here. With a filter that holds something unknown, nothing is in the table."""
    valid = filterset.is_valid()
    fields: Any = filterset.form.fields
    chosen: Any = filterset.form.cleaned_data if valid else {}
    names = {one.code: one.short_name for one in fields["organization"].records}
    frame = Frame(
        themes=fields["theme"].records,
        countries=fields["country"].records,
        names={CENTRE: "UNRCCA", **names},
        chosen_themes=chosen.get("theme") or (),
        chosen_countries=chosen.get("country") or (),
        chosen_doers=[one.code for one in chosen.get("organization") or ()],
    )
    rows: Any = filterset.qs if valid else filterset.queryset.none()
    matrix = tabulate(entries_of(rows, request.user), frame)
    return Shown(
        frame,
        matrix.narrowed(to=chosen.get("themes") or "", order=chosen.get("sorted") or ""),
        LIST.ordered(with_verify_by(rows), request),
        filterset,
    )


@require_safe
def who_does_what(request: HttpRequest) -> HttpResponse:
    """Theme x country x organization, with gaps and overlaps, and the activities behind it."""
    filterset = filterset_of(request)
    shown = shown_for(request, filterset)
    page: Any = page_of(shown.found, request)
    valid = filterset.is_valid()
    context = {
        "filter": filterset,
        "matrix": shown.matrix,
        "page": page,
        "count": page.paginator.count if valid else None,
        "entries": [InWords(entry, shown.frame) for entry in entries_of(page.object_list, request.user)],
        "base": _without_place(request),
        "ordering": LIST.order_of(request),
        "view": ViewForm(LIST, request),
        "chips": chips_of(filterset, request),
        "periods": quick_periods(request, timezone.localdate()),
        "saved": menu_of(LIST, filterset, request),
        "notes": NOTES,
    }
    return render(request, "partners/matrix.html", context, status=200 if valid else 400)


def _without_place(request: HttpRequest) -> str:
    """The filters that a link from a cell keeps."""
    query = request.GET.copy()
    for name in ("theme", "country", "themes", "sorted", "page"):
        query.pop(name, None)
    return f"?{query.urlencode()}&" if query else "?"


class InWords:
    """An entry with names in place of its codes."""

    def __init__(self, entry: Entry, frame: Frame) -> None:
        self.entry = entry
        self.doers = [frame.name_of(code) for code in entry.doers]
        themes = {theme.code: theme.name for theme in frame.themes}
        countries = {country.code: country.name for country in frame.countries}
        self.themes = [themes[code] for code in entry.themes if code in themes]
        self.countries = [countries[code] for code in entry.countries if code in countries]


# --- files ----------------------------------------------------------------------------------------------------


@require_safe
def matrix_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The table as filtered: as CSV one line a theme, country and organization; as a workbook three sheets."""
    filterset = filterset_of(request)
    if not filterset.is_valid():
        return redirect(f"{reverse('partners:matrix')}?{request.GET.urlencode()}")
    shown = shown_for(request, filterset)
    triples = Table("who-does-what", _("By organization"), TRIPLES, _triples(shown), shown.words, NOTES)
    if kind != "xlsx":
        return export(request, triples, kind)
    further = (triples, Table("entries", _("Activities"), ENTRIES, _entries(request, shown)))
    return export(request, as_table(shown, further), kind)


def as_table(shown: Shown, further: tuple[Table, ...] = ()) -> Table:
    """Themes as rows, countries as columns; in each cell the organizations."""
    columns = [plain("theme", _("Theme"), 34), *(plain(one.key, one.name, 24) for one in shown.matrix.columns)]
    return Table("who-does-what", _("Who does what"), columns, _rows(shown), shown.words, NOTES, further)


def _rows(shown: Shown) -> Iterator[Row]:
    for row in shown.matrix.rows:
        yield {"theme": row.name, **{column.key: cell_in_words(cell) for column, cell in row.pairs}}


def cell_in_words(cell: Any) -> str:
    """Such as “UNRCCA 12; OSCE 3”, or a dash for a gap."""
    return "; ".join(f"{doer.name} {doer.count}" for doer in cell.doers) or "—"


TRIPLES = [
    plain("theme", _("Theme"), 34),
    plain("country", _("Country"), 20),
    plain("organization", _("Organization"), 24),
    plain("activities", _("Activities"), 12),
    plain("overlap", _("Overlap"), 12),
    plain("due", _("To be verified"), 14),
    plain("last_verified", _("Last verified"), 14),
]
ENTRIES = [
    plain("reference", _("Reference"), 18),
    plain("title", _("Activity"), 60),
    plain("organizations", _("Organizations"), 40),
    plain("themes", _("Themes"), 40),
    plain("countries", _("Countries"), 30),
    plain("start_date", _("First day"), 14),
    plain("end_date", _("Last day"), 14),
    plain("date", _("Date"), 24),
    plain("stage", _("Stage"), 14),
    plain("last_verified", _("Last verified"), 14),
    plain("due", _("To be verified"), 14),
]


def _triples(shown: Shown) -> Iterator[Row]:
    """A line a theme, country and organization; a gap is a line without an organization."""
    for row in shown.matrix.rows:
        for column, cell in row.pairs:
            line = {"theme": row.name, "country": column.name, "overlap": cell.is_overlap, "due": cell.due}
            line["last_verified"] = cell.last_verified
            if cell.is_gap and column.may_be_gap:
                yield {**line, "organization": "", "activities": 0}
            for doer in cell.doers:
                yield {**line, "organization": doer.name, "activities": doer.count}


def _entries(request: HttpRequest, shown: Shown) -> Iterator[Row]:
    for entry in entries_of(shown.found, request.user):
        words = InWords(entry, shown.frame)
        yield {
            **entry._asdict(),
            "organizations": joined(words.doers),
            "themes": joined(words.themes),
            "countries": joined(words.countries),
            "date": entry.date_text,
            "stage": entry.stage_text,
            "due": entry.is_due,
        }
