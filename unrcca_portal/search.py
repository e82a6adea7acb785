"""The search over everything: what each kind of record is called and where it is read, and the page of results."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.postgres.search import SearchRank
from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, F, FloatField, IntegerField, QuerySet, When
from django.db.models.functions import Cast, Round
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import SearchEntry
from accounts.search import Search, newest_first, visible_ids
from accounts.search_snippets import Highlighter
from accounts.visibility import is_staff_viewer
from priorities.choices import DatePrecision
from priorities.dates import dated

if TYPE_CHECKING:
    from accounts.roles import Viewer

PAGE_SIZE = 20
# Of each kind, the newest so many are ranked and counted; whoever finds more needs another word, not page 51.
MOST_OF_A_KIND = 1000


@dataclass(frozen=True)
class Kind:
    """A kind of record: its model, and the address of a record by the key in its entry (empty: it has no page)."""

    model: str
    address: Callable[[str], str]

    @property
    def label(self) -> str:
        return str(apps.get_model(self.model)._meta.verbose_name)

    @property
    def plural(self) -> str:
        return str(apps.get_model(self.model)._meta.verbose_name_plural)


def page_of(name: str) -> Callable[[str], str]:
    """The address of a page that takes the key, or its parts, as arguments."""
    return lambda key: reverse(name, args=key.split("/"))


def _commitment(key: str) -> str:
    period, slug, code = key.split("/")
    return f"{reverse('priorities:detail', args=[period, slug])}#{code}"


# By the code that stands in the page's address.
KINDS = {
    "activity": Kind("activities.activity", page_of("activities:detail")),
    "development": Kind("briefings.development", page_of("developments:detail")),
    "briefing": Kind("briefings.briefing", page_of("briefings:detail")),
    "representative": Kind("briefings.specialrepresentative", page_of("briefings:representative")),
    "organization": Kind("partners.organization", page_of("partners:detail")),
    "agreement": Kind("partners.agreement", page_of("partners:agreement")),
    "contact": Kind("partners.contact", page_of("partners:detail")),
    "contact-note": Kind("partners.contactnote", page_of("partners:detail")),
    "series": Kind("activities.series", page_of("series:detail")),
    "follow-up": Kind("activities.followup", page_of("activities:detail")),
    "priority": Kind("priorities.priority", page_of("priorities:detail")),
    "commitment": Kind("priorities.commitment", _commitment),
    "theme": Kind("priorities.theme", page_of("themes:detail")),
    "framework": Kind("priorities.framework", lambda key: reverse("priorities:list")),
    "document": Kind("priorities.document", lambda key: key),
    "country": Kind("priorities.country", page_of("countries:detail")),
}
CODES = {kind.model: code for code, kind in KINDS.items()}


@dataclass(frozen=True)
class Result:
    """A found record as the page shows it."""

    kind: str
    title: SafeString
    url: str
    date: str
    snippet: SafeString
    # Names of partners, themes and so on that it was found by.
    related: list[SafeString]

    @property
    def is_elsewhere(self) -> bool:
        return not self.url.startswith("/")


@dataclass(frozen=True)
class Facet:
    """A kind among the results, with how many there are of it."""

    code: str
    label: str
    count: int

    @property
    def is_capped(self) -> bool:
        return self.count >= MOST_OF_A_KIND


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What was found, best first; `type` narrows it to one kind."""
    text = request.GET.get("q", "")
    asked = Search(text, request.user)
    found = candidates(asked)
    facets = facets_of(found) if asked else []
    chosen = request.GET.get("type", "")
    shown = [facet for facet in facets if chosen in ("", facet.code)]
    page = Paginator(range(sum(facet.count for facet in shown)), PAGE_SIZE).get_page(request.GET.get("page"))
    if chosen:
        found = found.filter(kind=KINDS[chosen].model if chosen in KINDS else "")
    context = {
        "text": text,
        "asked": bool(asked),
        "chosen": chosen,
        "facets": facets,
        "total": sum(facet.count for facet in facets),
        "capped": any(facet.is_capped for facet in facets),
        "page": page,
        "results": results_of(asked, found, page) if page.object_list else [],
    }
    return render(request, "search.html", context)


def candidates(asked: Search) -> QuerySet[SearchEntry]:
    """The entries that answer the question, of each kind the newest ones that the reader may see."""
    if not asked:
        return SearchEntry.objects.none()
    parts = [
        SearchEntry.objects.filter(
            asked.matching(), kind=kind.model, object_id__in=visible_ids(kind.model, asked.viewer)
        )
        .order_by(*newest_first())
        .values("pk")[:MOST_OF_A_KIND]
        for kind in KINDS.values()
    ]
    return SearchEntry.objects.filter(pk__in=parts[0].union(*parts[1:], all=True))


def facets_of(found: QuerySet[SearchEntry]) -> list[Facet]:
    """How many there are of each kind (one query)."""
    counts = dict(found.order_by().values_list("kind").annotate(number=Count("pk")))
    return [Facet(code, kind.plural, counts[kind.model]) for code, kind in KINDS.items() if counts.get(kind.model)]


def ranked(asked: Search, found: QuerySet[SearchEntry]) -> QuerySet[SearchEntry]:
    """First what goes by that very name or reference, then by title, then by text; the newest first among equals."""
    rank = Round(Cast(SearchRank(F(asked.vector), asked.query), FloatField()), precision=1)
    return found.annotate(
        is_it=Case(When(keys__overlap=asked.keys, then=1), default=0, output_field=IntegerField()),
        in_title=Case(When(asked.matching(asked.in_titles), then=1), default=0, output_field=IntegerField()),
        rank=rank,
    ).order_by("-is_it", "-in_title", "-rank", *newest_first())


def results_of(asked: Search, found: QuerySet[SearchEntry], page: Page[Any]) -> list[Result]:
    """The results of one page (two queries)."""
    entries = list(ranked(asked, found).defer("open", "insider", "staff")[page.start_index() - 1 : page.end_index()])
    names = {related.tag: _name(related.title_en, related.title_ru) for related in asked.related}
    readable = {entry.pk: Readable.of(entry, asked.viewer) for entry in entries}
    texts = [text for shown in readable.values() for text in (*shown.titles, *shown.texts)]
    highlighter = Highlighter(asked, [*texts, *names.values()])
    return [_result(entry, readable[entry.pk], names, highlighter) for entry in entries]


@dataclass(frozen=True)
class Readable:
    """What the reader may read of an entry: the title in both languages (the reader's first), texts, and tags."""

    titles: list[str]
    texts: list[str]
    tags: list[str]

    @classmethod
    def of(cls, entry: SearchEntry, viewer: "Viewer") -> "Readable":
        staff = is_staff_viewer(viewer)
        own = entry.owner is not None and entry.owner == getattr(viewer, "organization_id", None)
        texts, tags = [entry.open_text], [*entry.open_tags]
        if entry.names_open or staff or own:
            texts.append(entry.named_text)
            tags += entry.named_tags
        if staff:
            texts.append(entry.staff_text)
        return cls(_titles(entry), texts, tags)


def _titles(entry: SearchEntry) -> list[str]:
    if entry.kind == "briefings.briefing":
        return [_("Council briefing, %(date)s") % {"date": _date(entry)}]
    titles = [entry.title_en, entry.title_ru]
    return [title for title in (titles[::-1] if _is_russian() else titles) if title]


def _name(english: str, russian: str) -> str:
    return (russian if _is_russian() else english) or english


def _is_russian() -> bool:
    return (get_language() or "en").startswith("ru")


def _date(entry: SearchEntry) -> str:
    return dated(entry.starts, entry.ends, entry.date_precision or DatePrecision.UNKNOWN)


def _result(entry: SearchEntry, readable: Readable, names: dict[str, str], highlighter: Highlighter) -> Result:
    kind = KINDS[CODES[entry.kind]]
    title, *others = readable.titles
    return Result(
        kind=kind.label,
        title=highlighter.marked(title),
        url=kind.address(entry.key),
        date=_date(entry) if entry.date_precision else "",
        snippet=highlighter.snippet(_lines(title, others, readable.texts, highlighter)),
        related=[highlighter.marked(names[tag]) for tag in dict.fromkeys(readable.tags) if tag in names][:6],
    )


def _lines(title: str, others: list[str], texts: list[str], highlighter: Highlighter) -> list[str]:
    """What a snippet is made of: no line says the title again, save in the other language where it alone answers."""
    lines = [line for text in texts for line in text.splitlines() if line not in (title, *others)]
    return [*(one for one in others if not highlighter.has_hit(title) and highlighter.has_hit(one)), *lines]
