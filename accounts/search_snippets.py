"""What a search result shows: titles and pieces of text with the words that were asked for marked.

Which words of a text answer the question is for the database to say, as it did when it found the record: spelt in
another alphabet, in another case, or begun only. Everything is escaped first and marked after.
"""

import re
import unicodedata
from collections.abc import Iterable

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from .search import Search, Word, words_of

WORD = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f’‘'ʼʻ][^\W\d_]*)*|\d+")
AROUND, LONGEST, MOST_PIECES = 90, 220, 2
# Letters that may begin the same skeleton stand for one another here: a quick look before the database is asked.
BEGINNINGS = (
    *(
        "aа",
        "bб",
        "vwв",
        "gгґғ",
        "tcцчт",
        "zdjжздҷ",
        "khxqкхқҳһ",
        "yieйиыэеёюяіїє",
        "lл",
        "mм",
        "nнң",
        "oоө",
        "pп",
        "rр",
    ),
    *("sсшщ", "uуўүұ", "fф"),
)
FIRST = {letter: letters[0] for letters in BEGINNINGS for letter in letters}


class Highlighter:
    """Knows which words of some texts answer a search (one query)."""

    def __init__(self, search: Search, texts: Iterable[str]) -> None:
        self.search = search
        starts = {
            _first(form)
            for term in search.asked
            for spelling in term.spellings
            for word in spelling
            for form in word.forms
        }
        candidates = sorted({word for text in texts for word in WORD.findall(text) if _first(word) in starts})
        forms = zip(candidates, words_of(candidates), strict=True)
        self.hits = {word for word, parts in forms if any(self._asked_for(part) for part in parts)}

    def _asked_for(self, word: Word) -> bool:
        return any(term.is_in(word) for term in self.search.asked)

    def has_hit(self, text: str) -> bool:
        return any(word in self.hits for word in WORD.findall(text))

    def marked(self, text: str) -> SafeString:
        """The whole text, with the hits marked."""
        pieces, end = [], 0
        for word in WORD.finditer(text):
            if word[0] in self.hits:
                pieces += [escape(text[end : word.start()]), f"<mark>{escape(word[0])}</mark>"]
                end = word.end()
        pieces.append(escape(text[end:]))
        return mark_safe("".join(pieces))  # noqa: S308  (every piece is escaped)

    def snippet(self, texts: Iterable[str]) -> SafeString:
        """Pieces of the lines with hits, from as many lines as fit; else how the first text begins."""
        lines = list(
            dict.fromkeys(" ".join(line.split()) for text in texts for line in text.splitlines() if line.strip())
        )
        pieces = [self._piece(line) for line in lines if self.has_hit(line)][:MOST_PIECES]
        if not pieces and lines:
            pieces = [self.marked(_cut(lines[0], 0))]
        return mark_safe(" · ".join(pieces))  # noqa: S308  (every piece is escaped)

    def _piece(self, line: str) -> SafeString:
        first = next(word.start() for word in WORD.finditer(line) if word[0] in self.hits)
        return self.marked(_cut(line, first))


def _cut(line: str, place: int) -> str:
    """The part of a line around a place, from a word's beginning to a word's end."""
    if len(line) <= LONGEST:
        return line
    start = max(0, min(place - AROUND, len(line) - LONGEST))
    if start:
        start = line.find(" ", start, place) + 1 or place
    end = min(len(line), start + LONGEST)
    if end < len(line):
        end = max(line.rfind(" ", start, end), start) if " " in line[start:end] else end
    return f"{'… ' if start else ''}{line[start:end]}{' …' if end < len(line) else ''}"


def _first(word: str) -> str:
    """The letter that stands for a word's first one, whatever its alphabet, case and accents."""
    letter = unicodedata.normalize("NFKD", word)[0].lower()
    return FIRST.get(letter, letter)
