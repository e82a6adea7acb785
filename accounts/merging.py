"""Two people edited one record: what each changed since the version that the second one started from.

The record is compared place by place: a field, or a row of a part. What only one of the two changed is taken over;
where both changed it differently, the editor is asked. Values are plain JSON, so that the version somebody started
from travels with the form, signed, and nobody else's later reading is needed to know it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _

from .differences import Run, runs_of

# By place, such as `city` or `partners/12`, what stands there; a place that is not named is empty.
Values = dict[str, Any]

MINE, SAVED = "mine", "saved"
# From this length on, texts show which words are not in the other.
LONG = 60


def sign(values: Values, *, key: str, version: int) -> str:
    """The version that an editor starts from, for a hidden field of the form; `key` names the record."""
    return signing.dumps({"version": version, "values": values}, salt=f"base:{key}", compress=True)


def signed(text: str, *, key: str, version: int) -> Values | None:
    """What `sign` signed for this record and version; None where that is not known."""
    try:
        base: dict[str, Any] = signing.loads(text, salt=f"base:{key}")
    except signing.BadSignature:
        return None
    values: Values = base["values"]
    return values if base["version"] == version else None


def settled_by(base: Values | None, mine: Values, saved: Values, name: str) -> str:
    """Whose value is taken at a place where the two differ; empty where both changed it, or nobody knows who did."""
    if base is None:
        return ""
    before = base.get(name)
    if mine.get(name) == before:
        return SAVED
    if saved.get(name) == before:
        return MINE
    return ""


@dataclass
class Place:
    """Where the two versions differ. `settled` is whose value was taken over, `choice` whose the editor wants."""

    name: str
    label: str
    mine: Any
    saved: Any
    before: Any = None
    settled: str = ""
    choice: str = ""
    # In words, for the page.
    words: dict[str, str] = field(default_factory=dict)
    error: str = ""

    @property
    def control(self) -> str:
        """The name of the radio buttons."""
        return f"choice-{self.name}"

    @property
    def chosen(self) -> Any:
        return self.mine if self.choice == MINE else self.saved

    @property
    def marked(self) -> dict[str, list[tuple[bool, str]]]:
        """Both texts in pieces: whether a piece is not in the other text, and the piece."""
        return marked(self.words[MINE], self.words[SAVED])


def places_of(base: Values | None, mine: Values, saved: Values) -> list[Place]:
    """Every place where mine and the saved version differ, in the order of the form."""
    names: Iterable[str] = dict.fromkeys((*mine, *saved))
    found = []
    for name in names:
        if mine.get(name) != saved.get(name):
            settled = settled_by(base, mine, saved, name)
            before = (base or {}).get(name)
            found.append(Place(name, "", mine.get(name), saved.get(name), before, settled, choice=settled))
    return found


def marked(mine: str, saved: str) -> dict[str, list[tuple[bool, str]]]:
    """Two texts in pieces, marked where the other one differs; short ones are read at a glance."""
    is_short = max(len(mine), len(saved)) < LONG
    runs = [Run(True, [saved], [mine])] if is_short else runs_of(saved, mine)
    return {
        MINE: [(not run.same, "".join(run.after)) for run in runs if any(run.after)],
        SAVED: [(not run.same, "".join(run.before)) for run in runs if any(run.before)],
    }


def answer(places: Iterable[Place], answers: Mapping[str, Any]) -> bool:
    """Take the editor's choices; False when one is left open, which the place then says."""
    complete = True
    for place in places:
        place.choice = answers.get(place.control, "")
        if place.choice not in (MINE, SAVED):
            place.choice, complete = "", False
            place.error = _("Choose one of the two.")
    return complete
