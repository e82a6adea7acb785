"""A dossier in sections for one reader, in the active language: pages, documents and comparisons show the same.

Takes contents that `contents.Reader` has filtered, so every number counts only what this reader may see.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db.models import TextChoices
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from activities.choices import CentreRole
from priorities.choices import CountryGroup, DatePrecision
from priorities.dates import dated

from .choices import (
    ActivityOrder,
    ConsiderationKind,
    DevelopmentOrder,
    Modality,
    Outcome,
    Reliability,
    SectionKey,
    Significance,
)
from .contents import Content, Row

AGENDAS = ("wps", "yps")


@dataclass(frozen=True)
class Source:
    """A record that an entry rests on, with its page."""

    label: str
    url: str


@dataclass(frozen=True)
class Entry:
    """One thing that a section tells: a heading with its page, a line about it, texts, a remark of the staff.

    `part` and `pk` say which row it comes from, for the buttons of those who edit.
    """

    part: str
    pk: int
    head: str = ""
    url: str = ""
    meta: str = ""
    body: tuple[str, ...] = ()
    remark: str = ""
    sources: tuple[Source, ...] = ()
    included: bool = True
    added_at: str = ""
    changed_at: str = ""
    fresh: str = ""

    @property
    def lines(self) -> list[str]:
        """What it says, for comparing."""
        cited = ", ".join(source.label for source in self.sources)
        return [line for line in (self.head, self.meta, *self.body, self.remark, cited) if line]


@dataclass(frozen=True)
class Group:
    title: str
    entries: list[Entry]


@dataclass(frozen=True)
class Section:
    """A section; `empty` is said where it holds nothing."""

    key: SectionKey
    groups: list[Group]
    empty: str = field(default="")

    @property
    def title(self) -> str:
        return str(self.key.label)

    @property
    def entries(self) -> list[Entry]:
        return [entry for group in self.groups for entry in group.entries]

    @property
    def count(self) -> int:
        """How many of its entries are told; figures and the last briefing are no entries of their own."""
        return sum(entry.included and entry.part not in ("briefing", "figure") for entry in self.entries)

    @property
    def text(self) -> str:
        """All that it says, a line each."""
        lines = [line for group in self.groups for line in (group.title, *_lines(group.entries)) if line]
        return "\n".join(lines)


def _lines(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        yield from entry.lines


def sections_of(shown: Content) -> list[Section]:
    """The sections of filtered contents, in order."""
    made = {
        SectionKey.EXPECTED: [Group("", _considerations(shown, ConsiderationKind.EXPECTED_ACTION))],
        SectionKey.DEVELOPMENTS: [*_last_briefing(shown), *_developments(shown)],
        SectionKey.ACTIVITIES: _activities(shown),
        SectionKey.ISSUES: _issues(shown),
        SectionKey.DYNAMICS: [Group("", _considerations(shown, ConsiderationKind.DYNAMIC))],
        SectionKey.FIGURES: _figures(shown),
        SectionKey.DOCUMENTS: [Group("", [_document(row) for row in shown["documents"]])],
        SectionKey.PROMISES: [Group("", [_promise(row) for row in shown["promises"]])],
        SectionKey.POINTS: _points(shown),
    }
    empty = _empty_words()
    return [Section(key, [group for group in made[key] if group.entries], empty[key]) for key in SectionKey]


def _empty_words() -> dict[SectionKey, str]:
    nothing = _("Nothing is entered yet.")
    return {
        **dict.fromkeys(SectionKey, nothing),
        SectionKey.DEVELOPMENTS: _("No development of the period is recorded."),
        SectionKey.ACTIVITIES: _("No approved activity of the period is recorded."),
        SectionKey.FIGURES: _("No activity of the period is recorded, so there is nothing to count."),
        SectionKey.DOCUMENTS: _("No document is named."),
        SectionKey.PROMISES: _("No follow-up to the last briefing is recorded."),
    }


# --- words --------------------------------------------------------------------------------------------------------


def said(row: Row, name: str) -> str:
    """The Russian text for Russian readers where there is one, else the English."""
    russian = (get_language() or "en").startswith("ru") and row[f"{name}_ru"]
    return str(russian or row[f"{name}_en"])


def label_of(choices: type[TextChoices], code: str) -> str:
    """The label of a code; the code itself where a later portal knows it no more."""
    return str(choices(code).label) if code in choices.values else code


def when(dates: list[Any]) -> str:
    first, last, precision = dates
    return dated(_day(first), _day(last), precision)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _names(rows: Iterable[Row]) -> str:
    return ", ".join(said(row, "name") for row in rows)


# --- sections -----------------------------------------------------------------------------------------------------


def _considerations(shown: Content, *kinds: ConsiderationKind) -> list[Entry]:
    return [
        Entry("consideration", row["pk"], body=(said(row, "text"),))
        for row in shown["considerations"]
        if row["kind"] in kinds
    ]


def _issues(shown: Content) -> list[Group]:
    """Each option after the issue that it answers."""
    rows = [
        row for row in shown["considerations"] if row["kind"] in (ConsiderationKind.ISSUE, ConsiderationKind.OPTION)
    ]
    entries = [
        Entry("consideration", row["pk"], meta=label_of(ConsiderationKind, row["kind"]), body=(said(row, "text"),))
        for row in rows
    ]
    return [Group("", entries)]


def _last_briefing(shown: Content) -> list[Group]:
    """When the Council was last briefed, how, by whom, on what as far as reported, and with what outcome."""
    last = shown["last"]
    if not last:
        return []
    topics = ((get_language() or "en").startswith("ru") and last["topics_ru"]) or last["topics_en"]
    body = [_("Publicly reported topics: %(topics)s.") % {"topics": "; ".join(topics)}] if topics else []
    body.append(_("Outcome: %(outcome)s.") % {"outcome": label_of(Outcome, last["outcome"])})
    entry = Entry(
        "briefing",
        last["pk"],
        head=when(last["dates"]),
        url=reverse("briefings:detail", args=[last["key"]]),
        meta=_joined(
            label_of(Modality, last["modality"]),
            said(last["representative"], "name") if last["representative"] else "",
        ),
        body=tuple(body),
    )
    return [Group(_("The last briefing"), [entry])]


def _item(part: str, row: Row, **values: Any) -> Entry:
    placed = {name: row[name] for name in ("remark", "included", "added_at", "changed_at")}
    return Entry(part, row["item"], **placed, **values)


def _developments(shown: Content) -> list[Group]:
    rows = shown["developments"]
    by_theme = shown["developments_by"] == DevelopmentOrder.THEME
    place = _lead_theme(rows) if by_theme else _country_group
    return _grouped(rows, place, _development)


def _development(row: Row) -> Entry:
    source = _joined(row["publisher"], row["source_title"])
    return _item(
        "item",
        row,
        head=said(row, "headline"),
        url=reverse("developments:detail", args=[row["key"]]),
        meta=_joined(
            when(row["dates"]),
            _("before the period") if row["before"] else "",
            _names(row["countries"]),
            _names(row["themes"]),
            label_of(Reliability, row["reliability"]),
            _("Significance: %(level)s") % {"level": label_of(Significance, row["significance"])}
            if row["significance"]
            else "",
        ),
        body=tuple(
            text
            for text in (
                said(row, "detail"),
                _("Analysis: %(text)s") % {"text": row["analysis"]} if row["analysis"] else "",
                _("Gender dimension: %(text)s") % {"text": row["gender_dimension"]} if row["gender_dimension"] else "",
                _("Recommendation: %(text)s") % {"text": row["recommendation"]} if row["recommendation"] else "",
            )
            if text
        ),
        sources=(Source(source, row["source_url"]),) if source else (),
    )


def _country_group(row: Row) -> str:
    """Afghanistan's own developments first by name; else the one country of Central Asia, or several."""
    near = [one for one in row["countries"] if one["group"] == CountryGroup.CENTRAL_ASIA]
    afghan = [one for one in row["countries"] if one["group"] == CountryGroup.AFGHANISTAN]
    if afghan:
        return said(afghan[0], "name")
    if len(near) == 1:
        return said(near[0], "name")
    return _("Several countries of Central Asia") if near else _("Elsewhere")


def _lead_theme(rows: list[Row]) -> Any:
    """Of a record's themes the one that most of them share, so that groups are few."""
    common = Counter(theme["code"] for row in rows for theme in row["themes"])

    def place(row: Row) -> str:
        themes = sorted(row["themes"], key=lambda theme: (-common[theme["code"]], theme["code"]))
        return said(themes[0], "name") if themes else _("Without a theme")

    return place


def _grouped(rows: list[Row], place: Any, make: Any) -> list[Group]:
    """Groups in the order of their first items; what the staff named a group for stands there."""
    groups: dict[str, list[Entry]] = {}
    for row in rows:
        groups.setdefault(row["group"] or place(row), []).append(make(row))
    return [Group(title, entries) for title, entries in groups.items()]


def _activities(shown: Content) -> list[Group]:
    rows = shown["activities"]
    by_theme = shown["activities_by"] == ActivityOrder.THEME
    return _grouped(rows, _lead_theme(rows) if by_theme else _priority_group, _activity)


def _priority_group(row: Row) -> str:
    if not row["priority"]:
        return _("Without a priority")
    return f"{row['priority']['roman']}. {said(row['priority'], 'title')}"


def _activity(row: Row) -> Entry:
    country = said(row["country"], "name") if row["country"] else ""
    partners = ", ".join(_short(one) for one in row["partners"])
    return _item(
        "item",
        row,
        head=said(row, "title"),
        url=reverse("activities:detail", args=[row["key"]]),
        meta=_joined(
            row["key"],
            when(row["dates"]),
            ", ".join(filter(None, (row["city"], country))),
            _("the Centre’s role: %(role)s") % {"role": label_of(CentreRole, row["role"])},
            _names(row["themes"]),
            _("priority inferred") if row["inferred"] else "",
        ),
        body=tuple(
            text
            for text in (
                row["summary"],
                row["outcome"],
                _("Partners: %(partners)s.") % {"partners": partners} if partners else "",
                _("Chatham House Rule: partners and outcome are not given.") if row["chatham_house"] else "",
            )
            if text
        ),
    )


def _short(organization: Row) -> str:
    if (get_language() or "en").startswith("ru") and organization["acronym_ru"]:
        return str(organization["acronym_ru"])
    return str(organization["acronym"] or said(organization, "name"))


def _figures(shown: Content) -> list[Group]:
    """Sums of what is recorded of the activities told; what is not recorded is not nought."""
    rows = [row for row in shown["activities"] if row["included"]]
    if not rows:
        return []
    sums = {name: _sum(row["figures"][name] for row in rows) for name in ("women", "men", "not_stated", "youth")}
    known = sum(any(number is not None for number in row["figures"].values()) for row in rows)
    people = [
        Entry("figure", 0, head=label, body=(_or_not_recorded(sums[name]),))
        for name, label in (
            ("women", _("Women")),
            ("men", _("Men")),
            ("not_stated", _("Sex not stated")),
            ("youth", _("Of them youth under 30")),
        )
    ]
    words = ngettext(
        "Figures are recorded for %(known)s of %(all)s activity.",
        "Figures are recorded for %(known)s of %(all)s activities.",
        len(rows),
    )
    people.append(Entry("figure", 0, body=(words % {"known": known, "all": len(rows)},)))
    agendas = [_agenda(rows, code, title) for code, title in zip(AGENDAS, _agenda_titles(), strict=True)]
    return [Group(_("Participants"), people), Group(_("Activities on the two agendas"), agendas)]


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _or_not_recorded(number: int | None) -> str:
    return _("not recorded") if number is None else str(number)


def _agenda_titles() -> tuple[str, str]:
    return _("Women, peace and security"), _("Youth, peace and security")


def _agenda(rows: list[Row], code: str, title: str) -> Entry:
    """The activities on one agenda or a pillar of it."""
    found = [row for row in rows if any(code in (theme["code"], theme["parent"]) for theme in row["themes"])]
    return Entry(
        "figure",
        0,
        head=title,
        body=(str(len(found)) if found else _("no record"),),
        sources=tuple(Source(row["key"], reverse("activities:detail", args=[row["key"]])) for row in found),
    )


def _document(row: Row) -> Entry:
    return _item(
        "item",
        row,
        head=_joined(row["symbol"]) or said(row, "title"),
        url=row["url"],
        meta=when(row["dates"]) if row["dates"][0] and row["dates"][2] != DatePrecision.UNKNOWN else "",
        body=tuple(text for text in (said(row, "title") if row["symbol"] else "", row["about"]) if text),
    )


def _promise(row: Row) -> Entry:
    due, done = _day(row["due"]), _day(row["done"])
    state = (
        _("Done on %(day)s") % {"day": date_format(done, "DATE_FORMAT")}
        if done
        else _("Due on %(day)s") % {"day": date_format(due, "DATE_FORMAT")}
        if due
        else _("Open")
    )
    return Entry("promise", row["pk"], head=row["text"], meta=state, body=(row["result"],) if row["result"] else ())


def _points(shown: Content) -> list[Group]:
    """Each topic with its sentences; what a sentence rests on is told beside it."""
    groups: dict[str, list[Entry]] = {}
    for row in shown["points"]:
        sources = [
            *(Source(one["key"], reverse("activities:detail", args=[one["key"]])) for one in row["activities"]),
            *(Source(one["key"], reverse("developments:detail", args=[one["key"]])) for one in row["developments"]),
        ]
        groups.setdefault(row["topic"], []).append(
            Entry("point", row["pk"], body=(row["text"],), sources=tuple(sources))
        )
    return [Group(title, entries) for title, entries in groups.items()]


# --- what is new ----------------------------------------------------------------------------------------------------


def with_news(sections: list[Section], since: str) -> list[Section]:
    """With a mark on what was added, or changed, after the reader's last look (an ISO moment; empty: never)."""
    return [
        replace(
            section,
            groups=[
                replace(group, entries=[_fresh(entry, since) for entry in group.entries]) for group in section.groups
            ],
        )
        for section in sections
    ]


def _fresh(entry: Entry, since: str) -> Entry:
    if not since or not entry.added_at:
        return entry
    if entry.added_at > since:
        return replace(entry, fresh="new")
    return replace(entry, fresh="changed") if entry.changed_at > since else entry
