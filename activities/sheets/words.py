"""What the cells of a file call things: the label written for each code, and the codes that a text may mean.

Codes, names in both languages, acronyms and other names are understood. All starts from `visible_to`: what the
reader may not see is neither written, nor found, nor suggested.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.utils import timezone, translation
from rapidfuzz import utils

from accounts.models import User
from accounts.roles import STAFF_ROLES
from accounts.visibility import is_staff_viewer
from activities.models import Series
from partners.models import Organization
from partners.similar import likeness
from priorities.models import Commitment, Country, Deliverable, Priority, ProgrammeOfAction, SdgTarget, Theme

if TYPE_CHECKING:
    from accounts.roles import Viewer

# How like a name must be (of 100) to be suggested for what is not known.
LIKE_ENOUGH = 72
# How much less like than the likest the others may be.
BEHIND = 12
MOST_SUGGESTIONS = 3
SAME_SIGNS = str.maketrans({"ё": "е", "’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-"})

# Stands for an organization that an import is to add.
NEW = "+"


def folded(text: str) -> str:
    """A text as it is compared: small letters, single spaces (no-break ones too), one kind of quotes and dashes."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().translate(SAME_SIGNS).split())


@dataclass(frozen=True)
class Name:
    """Something that cells name. `key` is what forms take; the first of `labels` that means nothing else is written."""

    code: str
    key: Any
    labels: tuple[str, ...]
    others: tuple[str, ...] = ()


class Names:
    """All of one kind."""

    def __init__(self, names: Iterable[Name]) -> None:
        self.by_code = {name.code: name for name in names}
        self._codes: dict[str, str] = {folded(code): code for code in self.by_code}
        self._meant: dict[str, set[str]] = defaultdict(set)
        for name in self.by_code.values():
            for text in (*name.labels, *name.others):
                self._meant[folded(text)].add(name.code)

    def find(self, text: str) -> list[str]:
        """The codes that a text may mean: one, several that share a name, or none."""
        key = folded(text)
        return [self._codes[key]] if key in self._codes else sorted(self._meant.get(key, ()))

    def like(self, text: str) -> list[str]:
        """Labels of what has a name like the text, the likest first."""
        wanted = utils.default_process(text)
        scores = {name: likeness(wanted, utils.default_process(name)) for name in self._meant}
        near = sorted((name for name in scores if scores[name] >= LIKE_ENOUGH), key=lambda name: -scores[name])
        codes = [
            code for name in near if scores[name] >= scores[near[0]] - BEHIND for code in sorted(self._meant[name])
        ]
        return [self.label(code) for code in dict.fromkeys(codes)][:MOST_SUGGESTIONS]

    def label(self, code: str) -> str:
        """What is written for a code, so that it is found again."""
        name = self.by_code.get(code)
        for label in name.labels if name else ():
            if label and self.find(label) == [code]:
                return label
        return code

    def key(self, code: str) -> Any:
        return self.by_code[code].key

    def all_labels(self) -> list[str]:
        """What is written for each, in order."""
        return sorted(map(self.label, self.by_code))


def of_choices(choices: Any) -> Names:
    """Codes and the labels of both languages."""
    labels: dict[str, list[str]] = {value: [] for value in choices.values}
    for language in ("en", "ru"):
        with translation.override(language):
            for choice in choices:
                labels[choice.value].append(str(choice.label))
    return Names(
        Name(choice.value, choice.value, (str(choice.label),), tuple(labels[choice.value])) for choice in choices
    )


def _texts(row: Any, *names: str) -> tuple[str, ...]:
    return tuple(getattr(row, name) for name in names)


class Words:
    """The names of everything that the cells of a reader's file may name; each kind is read when it is first needed."""

    def __init__(self, viewer: "Viewer", meanings: Mapping[str, str] = MappingProxyType({})) -> None:
        """`meanings` say which organization is meant by texts that are not its names: its code, or NEW."""
        self.viewer = viewer
        self.meanings = meanings
        self._choices: dict[Any, Names] = {}

    def of(self, choices: Any) -> Names:
        if choices not in self._choices:
            self._choices[choices] = of_choices(choices)
        return self._choices[choices]

    def _visible(self, model: type[Model]) -> Any:
        return model._default_manager.visible_to(self.viewer)  # type: ignore[attr-defined]

    @cached_property
    def organizations(self) -> Names:
        """With the texts that the reader said to mean one; what is to be added has no key yet.

        What somebody added meanwhile is not added twice.
        """
        meant: dict[str, list[str]] = defaultdict(list)
        for text, code in self.meanings.items():
            meant[code].append(text)
        to_add = meant.pop(NEW, [])
        known = [
            Name(
                row.code,
                row.pk,
                (row.short_name, row.name),
                (*_texts(row, "acronym", "acronym_ru", "name_en", "name_ru"), *row.aliases, *meant[row.code]),
            )
            for row in self._visible(Organization)
        ]
        there = Names(known)
        return Names([*known, *(Name(f"{NEW}{text}", None, (text,)) for text in to_add if not there.find(text))])

    @cached_property
    def series(self) -> Names:
        return Names(
            Name(row.code, row.pk, (row.name,), (*_texts(row, "name_en", "name_ru"), *row.aliases))
            for row in self._visible(Series)
        )

    @cached_property
    def themes(self) -> Names:
        return Names(
            Name(row.code, row.pk, (row.name,), (*_texts(row, "name_en", "name_ru"), *row.aliases))
            for row in self._visible(Theme)
        )

    @cached_property
    def countries(self) -> Names:
        return Names(
            Name(row.code, row.pk, (row.name,), _texts(row, "name_en", "name_ru")) for row in self._visible(Country)
        )

    @cached_property
    def _current(self) -> Any:
        """The programme whose priorities and commitments may be named without its period."""
        return self._visible(ProgrammeOfAction).current(timezone.localdate())

    @cached_property
    def priorities(self) -> Names:
        found = []
        for row in self._visible(Priority).select_related("programme"):
            short = _texts(row, "roman", "title_en", "title_ru", "short_title_en", "short_title_ru")
            period = row.programme.period
            others = short if row.programme == self._current else ()
            found.append(Name(f"{period}/{row.slug}", row.pk, (f"{period}/{row.roman}",), others))
        return Names(found)

    @cached_property
    def commitments(self) -> Names:
        found = []
        for row in self._visible(Commitment).for_lists():
            programme = row.priority.programme
            key = f"{programme.period}/{row.code}"
            found.append(Name(key, row.pk, (key,), (row.code,) if programme == self._current else ()))
        return Names(found)

    @cached_property
    def deliverables(self) -> Names:
        """For staff alone."""
        rows = self._visible(Deliverable).values_list("pk", "year", "line__code")
        return Names(Name(f"{year}/{line}", pk, (f"{year}/{line}",)) for pk, year, line in rows)

    @cached_property
    def sdg_targets(self) -> Names:
        """A target's code alone would become a date or a number in a spreadsheet."""
        return Names(
            Name(row.code, row.pk, (f"SDG {row.code}",), (f"ЦУР {row.code}", str(row)))
            for row in self._visible(SdgTarget)
        )

    @cached_property
    def staff(self) -> Names:
        """For staff alone. Those switched off too: records name them still."""
        staff = User.objects.filter(role__in=STAFF_ROLES) if is_staff_viewer(self.viewer) else User.objects.none()
        return Names(Name(row.email, row.pk, (row.name,)) for row in staff)
