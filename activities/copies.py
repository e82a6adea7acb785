"""What a new form begins with when it follows an earlier activity: a duplicate, or the next edition of a series.

Only what the reader may see is taken over. Dates, participants, outcome, files, review and release are not: a copy
starts internal. What came from a confidential record starts confidential, since a copy holds what the original held.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F
from django.utils import timezone

from accounts.choices import Classification
from accounts.models import User
from priorities.models import Priority, ProgrammeOfAction

from .choices import CentreRole
from .models import Activity, Evidence, Series

ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"),
    *("twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"),
    *("twentieth", "twenty-first", "twenty-second", "twenty-third", "twenty-fourth", "twenty-fifth", "twenty-sixth"),
    *("twenty-seventh", "twenty-eighth", "twenty-ninth", "thirtieth"),
)
ROMAN = (("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1))


@dataclass(frozen=True)
class Start:
    """What an unsaved form shows first: fields and, by part, rows; `source` is the activity they come from."""

    source: Activity
    fields: dict[str, Any]
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    is_next_edition: bool = False


def duplicate(source: Activity, user: User) -> Start:
    """A form that says of a new activity what the source says of itself, as far as the user may see it."""
    names_shown = source.names_shown_to(user)
    main, is_successor = _priority_now(source.main_priority)
    fields = {
        **{name: getattr(source, name) for name in ("title_en", "title_ru", "type", "format", "chatham_house")},
        "main_priority": main.pk if main else None,
        "further_priorities": [_priority_now(one)[0] for one in source.further_priorities.all()],
        "themes": list(source.themes.all()),
        "sdg_targets": list(source.sdg_targets.all()),
        "countries": list(source.countries.all()) if names_shown else [],
        "series": Series.objects.visible_to(user).filter(editions=source).first(),
    }
    if source.centre_role != CentreRole.NONE:
        fields["centre_role"] = source.centre_role
    if source.classification == Classification.CONFIDENTIAL:
        fields |= {name: getattr(source, name) for name in ("classification", "classification_basis")}
        fields |= {"focal_officer": source.focal_officer, "readers": list(source.readers.all())}
    commitments = Evidence.objects.visible_to(user).filter(activity=source)
    if is_successor:
        # The closed programme's commitments are not the new one's.
        commitments = commitments.none()
    rows: dict[str, list[dict[str, Any]]] = {
        "partners": [
            {"organization": one.organization_id, "role": one.role}
            for one in source.involvements.visible_to(user).order_by("pk")
        ],
        "commitments": [{"commitment": one.commitment_id} for one in commitments],
    }
    return Start(source, fields, rows)


def next_edition(series: Series, user: User) -> Start | None:
    """A form for the edition after the last one that the user may see; None when there is none."""
    last = last_edition(series, user)
    if last is None:
        return None
    start = duplicate(last, user)
    if last.edition is None:
        return Start(last, start.fields, start.rows, is_next_edition=True)
    titles = {name: advanced(start.fields[name], last.edition) for name in ("title_en", "title_ru")}
    return Start(last, {**start.fields, **titles, "edition": last.edition + 1}, start.rows, is_next_edition=True)


def last_edition(series: Series, user: User) -> Activity | None:
    """The edition with the highest number that the user may see, else the latest one."""
    editions = Activity.objects.visible_to(user).filter(series=series)
    newest = editions.order_by(F("edition").desc(nulls_last=True), F("start_date").desc(nulls_last=True), "-pk")
    last: Activity | None = newest.select_related("main_priority__programme").first()
    return last


def _priority_now(priority: Priority | None) -> tuple[Priority | None, bool]:
    """The priority, or its successor in the current programme where its own is closed; and whether it is that."""
    programmes: Any = ProgrammeOfAction.objects
    current = programmes.current(timezone.localdate())
    if priority is None or current is None or priority.programme_id == current.pk:
        return priority, False
    successor = Priority.objects.filter(predecessor=priority, programme=current).first()
    return successor or priority, successor is not None


def advanced(title: str, edition: int) -> str:
    """The title with the number of the edition, in figures, words or Roman numerals, raised by one."""
    forms: list[tuple[str, Callable[[re.Match[str]], str]]] = [
        (rf"\b{edition}(st|nd|rd|th)\b", lambda found: f"{edition + 1}{_suffix(edition + 1)}"),
        (rf"\b{edition}(-?(?:я|й|е|го|ая|ый|ое)\b)", lambda found: f"{edition + 1}{found[1]}"),
        (rf"\b{_roman(edition)}\b", lambda found: _roman(edition + 1)),
        (rf"(?<=№ ){edition}\b|(?<=No. ){edition}\b", lambda found: str(edition + 1)),
    ]
    if 1 <= edition < len(ORDINALS):
        word, after = ORDINALS[edition - 1], ORDINALS[edition]
        forms.insert(
            0, (rf"(?i:(?<![\w-]){word}\b)", lambda found: after.capitalize() if found[0][0].isupper() else after)
        )
    for pattern, replace in forms:
        new, changes = re.subn(pattern, replace, title, count=1)
        if changes:
            return new
    return title


def _suffix(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _roman(number: int) -> str:
    text = ""
    for letters, value in ROMAN:
        count, number = divmod(number, value)
        text += letters * count
    return text
