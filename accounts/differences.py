"""What changed in a text, word by word: only the changed passages, each with a few words around it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

# Words of an unchanged stretch that are shown beside a change.
CONTEXT = 6
GAP = " … "


@dataclass(frozen=True)
class Piece:
    """A stretch of the text: `same` in both, `out` of the old one, `in` to the new one."""

    kind: str
    text: str


def pieces_of(before: str, after: str) -> list[Piece]:
    """The changed passages of a text in order; what is left out between them is a gap. Empty when nothing changed."""
    found = list(_compared(_words(before), _words(after)))
    if all(piece.kind == "same" for piece in found):
        return []
    last = len(found) - 1
    return [
        Piece("same", _shortened(piece.text, first=number == 0, last=number == last)) if piece.kind == "same" else piece
        for number, piece in enumerate(found)
    ]


def _words(text: str) -> list[str]:
    """Words with the blanks after them, so that joined they are the text again."""
    return re.findall(r"^\s+|\S+\s*", text)


def _compared(before: list[str], after: list[str]) -> Iterator[Piece]:
    """Pieces of single words would be hard to read, so a lone word between two changes counts as changed."""
    removed: list[str] = []
    added: list[str] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal" and not (i2 - i1 == 1 and (removed or added) and i2 < len(before) and j2 < len(after)):
            yield from _changed(removed, added)
            removed, added = [], []
            yield Piece("same", "".join(before[i1:i2]))
        else:
            removed += before[i1:i2]
            added += after[j1:j2]
    yield from _changed(removed, added)


def _changed(removed: list[str], added: list[str]) -> Iterator[Piece]:
    if removed:
        yield Piece("out", "".join(removed))
    if added:
        yield Piece("in", "".join(added))


def _shortened(text: str, *, first: bool, last: bool) -> str:
    """The words next to a change, or two: at the ends of the text there is a change on one side only."""
    words = _words(text)
    if first and len(words) > CONTEXT:
        return GAP.lstrip() + "".join(words[-CONTEXT:])
    if last and len(words) > CONTEXT:
        return "".join(words[:CONTEXT]).rstrip() + GAP.rstrip()
    if len(words) > 2 * CONTEXT:
        return "".join(words[:CONTEXT]).rstrip() + GAP + "".join(words[-CONTEXT:])
    return text
