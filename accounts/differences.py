"""What changed in a text, word by word: only the changed passages, each with a few words around it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

# Words of an unchanged stretch that are shown beside a change.
CONTEXT = 6
GAP = " … "
# A longer passage in which everything changed is shown as a whole: comparing its words would tell little, slowly.
MOST_WORDS = 1_000


@dataclass(frozen=True)
class Piece:
    """A stretch of the text: `same` in both, `out` of the old one, `in` to the new one."""

    kind: str
    text: str


def pieces_of(before: str, after: str) -> list[Piece]:
    """The changed passages of a text in order; what is left out between them is a gap. Empty when nothing changed."""
    found = [piece for run in runs_of(before, after) for piece in run.pieces()]
    if all(piece.kind == "same" for piece in found):
        return []
    last = len(found) - 1
    return [
        Piece("same", _shortened(piece.text, first=number == 0, last=number == last)) if piece.kind == "same" else piece
        for number, piece in enumerate(found)
    ]


@dataclass(frozen=True)
class Run:
    """A stretch that is the same in both texts, or differs."""

    same: bool
    before: list[str]
    after: list[str]

    def pieces(self) -> Iterator[Piece]:
        sides = [("same", self.before)] if self.same else [("out", self.before), ("in", self.after)]
        return (Piece(kind, "".join(parts)) for kind, parts in sides if parts)


def runs_of(before: str, after: str) -> list[Run]:
    """Both texts whole, in stretches.

    Sentences are compared first, then the words of those that differ: that is quick on long texts too.
    Changes of single words in a row would be hard to read, so a lone word between two changes counts as changed.
    """
    runs = list(_joined(_compared(_sentences(before), _sentences(after), in_words=True)))
    inner = range(1, len(runs) - 1)
    return list(
        _joined(
            Run(False, run.before, run.after) if number in inner and len(run.before) == 1 else run
            for number, run in enumerate(runs)
        )
    )


def _compared(before: list[str], after: list[str], *, in_words: bool = False) -> Iterator[Run]:
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after).get_opcodes():
        old, new = _words("".join(before[i1:i2])), _words("".join(after[j1:j2]))
        if in_words and tag == "replace" and max(len(old), len(new)) <= MOST_WORDS:
            yield from _compared(old, new)
        else:
            yield Run(tag == "equal", old, new)


def _joined(runs: Iterable[Run]) -> Iterator[Run]:
    """With neighbours of one kind as one."""
    for same, group in groupby(runs, key=lambda run: run.same):
        parts = list(group)
        yield Run(same, [word for one in parts for word in one.before], [word for one in parts for word in one.after])


def _sentences(text: str) -> list[str]:
    return re.findall(r"[^.!?\n]*[.!?\n]+\s*|[^.!?\n]+", text)


def _words(text: str) -> list[str]:
    """Words with the blanks after them, so that joined they are the text again."""
    return re.findall(r"^\s+|\S+\s*", text)


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
