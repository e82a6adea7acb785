"""Full-text search: from what somebody typed to the records that this person may find by it.

The database keeps an entry for each record (`SearchEntry`) and knows how words are folded, stemmed and spelt (see
migration `search_functions`); what people type goes through the same functions. A word is found by its stem, as it
stands, by its skeleton (in which Душанбе and Dushanbe meet) and by other names of the same place or person
(`data/name-variants.yaml`); a record also by the names of the partners, themes, countries and series it points to.

Nothing is found by words that the reader may not read: records start from `visible_to`, words from the vector for
that reader, and names of other records from those that the reader sees.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from django.apps import apps
from django.contrib.postgres.search import SearchQuery, SearchQueryField
from django.db import connection
from django.db.models import Case, F, Func, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Length

from .models import SearchEntry
from .roles import Role
from .visibility import is_staff_viewer

if TYPE_CHECKING:
    from .roles import Viewer

MOST_LETTERS, MOST_WORDS, LONGEST_WORD = 1000, 12, 60
# Kinds of records whose names lead to the records that point to them, and how many of them one search takes.
TAGGED = (
    "partners.organization",
    "priorities.theme",
    "priorities.country",
    "priorities.document",
    "activities.series",
    "briefings.specialrepresentative",
)
MOST_TAGS = 200
# How much of a word must be there to look for what begins so: as it stands, by skeleton, as another name of a place.
SHORTEST_PREFIX, SHORTEST_SKELETON_PREFIX, SHORTEST_NAME_PREFIX = 2, 3, 4
QUOTES = str.maketrans("“”„«»″", '""""""')
PART = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))')


# --- what was typed -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Term:
    """A word, or a phrase in quotes, as typed; `excluded` where a minus stands before it."""

    text: str
    is_phrase: bool = False
    excluded: bool = False


def cleaned(text: str) -> str:
    """What of a text the database can be asked for."""
    return text.encode("utf-8", "ignore").decode().replace("\0", " ")[:MOST_LETTERS]


def parse(text: str) -> list[Term]:
    """The terms of a question, whatever was typed; what is too long is cut, what is too much left out."""
    terms = []
    for part in PART.finditer(cleaned(text).translate(QUOTES)):
        content = part["word"] if part["phrase"] is None else part["phrase"]
        if any(letter.isalnum() for letter in content):
            length = LONGEST_WORD if part["phrase"] is None else MOST_LETTERS
            terms.append(Term(content[:length], part["phrase"] is not None, part["minus"] is not None))
    return terms[:MOST_WORDS]


# --- the forms of words ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Word:
    """A word as the database folds it: as it stands, its stem (None for a stop word), its skeleton."""

    plain: str
    stem: str | None
    skeleton: str | None

    @property
    def forms(self) -> frozenset[str]:
        return frozenset(form for form in (self.plain, self.stem, self.skeleton) if form)


Spelling = tuple[Word, ...]


def words_of(texts: Sequence[str]) -> list[Spelling]:
    """The words of each text (one query)."""
    if not texts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT search_forms(value) FROM unnest(%s::text[]) WITH ORDINALITY AS asked (value, place) ORDER BY place",
            [list(texts)],
        )
        return [tuple(Word(*forms) for forms in json.loads(row[0])) for row in cursor.fetchall()]


@cache
def name_variants() -> tuple[tuple[Spelling, ...], ...]:
    """Groups of spellings that name the same place or person; read once (one query)."""
    path = Path(__file__).parent / "data" / "name-variants.yaml"
    groups: list[list[str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    spellings = iter(words_of([name for group in groups for name in group]))
    return tuple(tuple(next(spellings) for _name in group) for group in groups)


def _same(one: Spelling, other: Spelling) -> bool:
    """Whether two spellings agree in each word, by stem (so that cases do not matter) or by skeleton."""
    return len(one) == len(other) and all(
        a.skeleton == b.skeleton or (a.stem is not None and a.stem == b.stem) for a, b in zip(one, other, strict=True)
    )


def _begins(spelling: Spelling, start: Spelling) -> bool:
    """Whether the one word typed so far begins the spelling, which is one word too."""
    if len(spelling) != 1 or len(start) != 1 or len(start[0].plain) < SHORTEST_NAME_PREFIX:
        return False
    return spelling[0].plain.startswith(start[0].plain)


@dataclass(frozen=True)
class Wanted:
    """A term with everything that it is found by."""

    spellings: tuple[Spelling, ...]
    is_prefix: bool = False
    excluded: bool = False
    tags: tuple[str, ...] = ()

    def sql(self, weight: str = "") -> str:
        """As a tsquery. With a weight (A: titles and names) it asks for words there alone, and for no tags."""
        asked = [_spelling_sql(self.spellings[0], self.is_prefix, weight)]
        asked += [_spelling_sql(spelling, False, weight) for spelling in self.spellings[1:]]
        if not weight:
            asked += [_quoted(tag) for tag in self.tags]
        return f"({' | '.join(asked)})"

    def is_in(self, word: Word) -> bool:
        """Whether a word of a text is one that this term asks for."""
        for number, spelling in enumerate(self.spellings):
            for asked in spelling:
                if asked.stem is not None and asked.forms & word.forms:
                    return True
            if self.is_prefix and number == 0 and _starts(word, spelling[-1]):
                return True
        return False


def _beginnings(word: Word) -> list[str]:
    """The forms by which a word typed so far finds those that begin so."""
    by_skeleton = word.skeleton and len(word.skeleton) >= SHORTEST_SKELETON_PREFIX
    return list(dict.fromkeys([word.plain, word.skeleton] if by_skeleton else [word.plain]))  # type: ignore[list-item]


def _starts(word: Word, start: Word) -> bool:
    return any(form.startswith(beginning) for form in word.forms for beginning in _beginnings(start))


def _spelling_sql(spelling: Spelling, is_prefix: bool, weight: str) -> str:
    if len(spelling) == 1:
        [word] = spelling
        beginnings = _beginnings(word) if is_prefix else []
        asked = [_quoted(form, weight) for form in sorted(word.forms.difference(beginnings))]
        asked += [_quoted(form, f"*{weight}") for form in beginnings]
        return " | ".join(asked)
    last = "*" if is_prefix else ""
    phrases = []
    for form in ("plain", "stem", "skeleton"):
        parts: list[str] = []
        distance = 1
        for number, word in enumerate(spelling, start=1):
            lexeme = getattr(word, form)
            if lexeme is None:  # a stop word leaves a gap
                distance += 1
                continue
            marks = (last if number == len(spelling) and form != "stem" else "") + weight
            parts += [f"<{distance}>" if parts else "", _quoted(lexeme, marks)]
            distance = 1
        if parts:
            phrases.append(f"({' '.join(parts)})")
    return " | ".join(dict.fromkeys(phrases))


def _quoted(lexeme: str, marks: str = "") -> str:
    """A lexeme in a tsquery, safe whatever letters it has."""
    safe = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{safe}':{marks}" if marks else f"'{safe}'"


# --- the question ---------------------------------------------------------------------------------------------


class Compiled(SearchQuery):
    """A finished tsquery, which the database takes as it is."""

    def __init__(self, sql: str) -> None:
        self.invert = False
        Func.__init__(self, Value(sql), template="%(expressions)s::tsquery", output_field=SearchQueryField())


@dataclass(frozen=True)
class Related:
    """A record that others point to, found by its name; visible to the reader."""

    tag: str
    title_en: str
    title_ru: str


class Search:
    """What one reader asks: false where nothing is left to look for, such as of stop words alone."""

    def __init__(self, text: str, viewer: "Viewer") -> None:
        self.viewer = viewer
        terms = parse(text)
        whole, *spellings = words_of([cleaned(text), *(term.text for term in terms)]) if terms else ((),)
        found = _without_stop_words(_joined(list(zip(terms, spellings, strict=True))))
        self.wanted = [_with_variants(*each, is_last=each is found[-1]) for each in found]
        # What `SearchEntry.keys` would hold if the whole question were a name, or another name for it.
        names = [whole, *(self.wanted[0].spellings if len(self.wanted) == 1 else ())]
        self.keys = [" ".join(word.plain for word in name) for name in names]
        self.related: list[Related] = []
        if self:
            self._relate()

    def __bool__(self) -> bool:
        return any(not term.excluded for term in self.wanted)

    @property
    def asked(self) -> list[Wanted]:
        return [term for term in self.wanted if not term.excluded]

    def _relate(self) -> None:
        """Add the records whose names answer a term; only those that the reader may see (one query)."""
        marks = {f"term_{number}": _in("open", Compiled(term.sql("A"))) for number, term in enumerate(self.wanted)}
        condition = Q()
        for mark in marks.values():
            condition |= mark
        flags = {name: Case(When(mark, then=1), default=0, output_field=IntegerField()) for name, mark in marks.items()}
        rows = (
            SearchEntry.objects.filter(visible_entries(TAGGED, self.viewer), condition)
            .annotate(**flags)
            .order_by(Length("title_en"), "id")
            .values_list("kind", "object_id", "title_en", "title_ru", *flags)[:MOST_TAGS]
        )
        tags: list[list[str]] = [[] for _term in self.wanted]
        for kind, pk, title_en, title_ru, *answers in rows:
            # As the database's search_tags words it; the sign in front keeps what is typed from beginning a tag.
            tag = f"|{kind}:{pk}"
            self.related.append(Related(tag, title_en, title_ru))
            for number, answer in enumerate(answers):
                if answer:
                    tags[number].append(tag)
        self.wanted = [replace(term, tags=tuple(found)) for term, found in zip(self.wanted, tags, strict=True)]

    @cached_property
    def query(self) -> Compiled:
        asked = [term.sql() for term in self.asked]
        return Compiled(" & ".join([*asked, *(f"!{term.sql()}" for term in self.wanted if term.excluded)]))

    @cached_property
    def in_titles(self) -> Compiled:
        """The same, asked of titles and names alone."""
        return Compiled(" & ".join(term.sql("A") for term in self.asked))

    @property
    def vector(self) -> str:
        """The name of the vector by which records are ranked for this reader."""
        return "staff" if is_staff_viewer(self.viewer) else "open"

    def matching(self, query: Compiled | None = None) -> Q:
        """Entries whose words, as far as the reader may read them, answer the question."""
        asked = query or self.query
        condition = _in(self.vector, asked)
        if self.viewer.is_authenticated and self.viewer.is_active and self.viewer.role == Role.PARTNER:
            condition |= _in("insider", asked) & Q(owner=self.viewer.organization_id)
        return condition

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those of a queryset from `visible_to` that answer the question; none where it asks nothing."""
        if not self:
            return queryset.none()
        entries = SearchEntry.objects.filter(self.matching(), kind=queryset.model._meta.label_lower)
        return queryset.filter(pk__in=entries.values("object_id"))


def containing(queryset: Any, words: str, viewer: "Viewer") -> Any:
    """What the filter `q` of a list does to its queryset, which went through `visible_to`."""
    return Search(words, viewer).narrow(queryset)


def _in(vector: str, query: Compiled) -> Q:
    return Q(**{vector: query})


def visible_entries(kinds: Iterable[str], viewer: "Viewer") -> Q:
    """The entries of records of these kinds that the viewer may see."""
    condition = Q(pk__in=[])
    for kind in kinds:
        condition |= Q(kind=kind, object_id__in=visible_ids(kind, viewer))
    return condition


def visible_ids(kind: str, viewer: "Viewer") -> QuerySet[Any]:
    model: Any = apps.get_model(kind)
    found: QuerySet[Any] = model.objects.visible_to(viewer).order_by().values("pk")
    return found


Found = tuple[Term, Spelling]


def _joined(found: list[Found]) -> list[Found]:
    """With neighbouring words that together are one name, such as Alma Ata, made one term."""
    names = [spelling for group in name_variants() for spelling in group if len(spelling) > 1]
    joined: list[Found] = []
    while found:
        length = next((n for n in (3, 2) if len(found) >= n and _is_name(found[:n], names)), 1)
        if length == 1:
            joined.append(found[0])
        else:
            joined.append((found[0][0], tuple(word for _term, spelling in found[:length] for word in spelling)))
        found = found[length:]
    return joined


def _is_name(found: list[Found], names: list[Spelling]) -> bool:
    if any(term.is_phrase or term.excluded or len(spelling) != 1 for term, spelling in found):
        return False
    together = tuple(spelling[0] for _term, spelling in found)
    return any(_same(together, name) for name in names)


def _without_stop_words(found: list[Found]) -> list[Found]:
    return [(term, spelling) for term, spelling in found if any(word.stem is not None for word in spelling)]


def _with_variants(term: Term, spelling: Spelling, *, is_last: bool) -> Wanted:
    is_prefix = is_last and not term.is_phrase and not term.excluded and len(term.text) >= SHORTEST_PREFIX
    spellings = [spelling]
    for group in name_variants():
        if any(_same(name, spelling) or (is_prefix and _begins(name, spelling)) for name in group):
            spellings += group
    return Wanted(tuple(dict.fromkeys(spellings)), is_prefix, term.excluded)


def newest_first() -> list[Any]:
    return [F("starts").desc(nulls_last=True), F("id").desc()]
