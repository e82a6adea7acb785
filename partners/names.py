"""How names are compared when people type them: without case, accents and punctuation, and with room for a slip."""

import re
import unicodedata


def folded(text: str) -> str:
    """The bare words of a text. Empty when it has none."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(re.findall(r"\w+", bare.casefold()))
