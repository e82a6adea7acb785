r"""How the cells of a file are written and read, kind by kind.

`write` turns a value as the database holds it (codes, not labels) into a cell in the reader's language; `read` gives
the value back, whatever language, code or name the cell uses, and raises `Unreadable` with a sentence that says how
to mend it. What `write` made, `read` understands.

Several values in a cell are separated by semicolons, the parts of a link or follow-up by vertical bars, with each link
or follow-up on a line of its own. A sign inside a text that would separate is written with a backslash before it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from accounts.tables import Cell, writable, yes_or_no
from activities.choices import InvolvementRole
from activities.participants import FIGURES

from .words import NEW, Names, Words, folded

YES = {"yes", "да", "true", "истина", "1", "x", "х", "+"}
NO = {"", "no", "нет", "false", "ложь", "0", "-"}
INFERRED = re.compile(r"\s*\((?:inferred|предположительно)\)\s*$", re.IGNORECASE)
EMPTY_FIGURE = "-"


class Unreadable(Exception):
    """A cell that says nothing understandable. `text` is the part that is not understood."""

    def __init__(self, message: str, text: str = "") -> None:
        self.text = text
        super().__init__(message)


class UnknownName(Unreadable):
    """A cell names something that is not known, or not unmistakably."""

    def __init__(self, message: str, text: str, kind: str) -> None:
        self.kind = kind
        super().__init__(message, text)


class UnknownNames(Unreadable):
    """All names of a cell that are not known, so that they are asked about together."""

    def __init__(self, errors: list[UnknownName]) -> None:
        self.errors = errors
        super().__init__(" ".join(str(error) for error in errors))


def text_of(cell: Cell) -> str:
    """A cell's text without the spaces around it; whole numbers without a decimal part."""
    if isinstance(cell, bool):
        return yes_or_no(cell)
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, date):
        return cell.strftime("%Y-%m-%d")
    return writable(str(cell)).replace("\xa0", " ").strip() if cell is not None else ""


def join(parts: Sequence[str], sign: str) -> str:
    """The parts in one text; signs inside them are escaped, and a part keeps to its line."""
    escaped = [re.sub(rf"[\\{re.escape(sign)}]", r"\\\g<0>", part).replace("\n", "\\n") for part in parts]
    return (f"{sign} " if sign == ";" else f" {sign} ").join(escaped)


def split(text: str, sign: str) -> list[str]:
    """The parts that `join` was given, without spaces around them."""
    parts, part, letters = [], "", iter(text)
    for letter in letters:
        if letter == "\\":
            following = next(letters, "\\")
            part += "\n" if following == "n" else following
        elif letter == sign:
            parts.append(part.strip())
            part = ""
        else:
            part += letter
    return [*parts, part.strip()]


class Kind:
    """How a column's cells are written and read."""

    def write(self, value: Any, words: Words) -> Cell:
        raise NotImplementedError

    def read(self, cell: Cell, words: Words) -> Any:
        raise NotImplementedError

    def comparable(self, value: Any) -> Any:
        """What of a value an import may change: two values that agree in it are the same."""
        return value


class Text(Kind):
    def write(self, value: str, words: Words) -> Cell:
        return value

    def read(self, cell: Cell, words: Words) -> str:
        """With the no-break spaces inside it, which other kinds take for spaces."""
        return writable(cell).strip() if isinstance(cell, str) else text_of(cell)


class Number(Kind):
    """A whole number; empty is not nought."""

    def write(self, value: int | None, words: Words) -> Cell:
        return value

    def read(self, cell: Cell, words: Words) -> int | None:
        text = text_of(cell).replace(" ", "")
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,9}", text):
            raise Unreadable(
                _("“%(text)s” is no whole number. Write digits alone, such as 48.") % {"text": text_of(cell)}, text
            )
        return int(text)


class YesNo(Kind):
    def write(self, value: bool, words: Words) -> Cell:
        return yes_or_no(value)

    def read(self, cell: Cell, words: Words) -> bool:
        text = folded(text_of(cell))
        if text not in YES | NO:
            raise Unreadable(_("“%(text)s” is neither yes nor no. Write Yes or No.") % {"text": text_of(cell)}, text)
        return text in YES


@dataclass(frozen=True)
class Choice(Kind):
    """One of the codes of a choice."""

    choices: Any

    def write(self, value: str, words: Words) -> Cell:
        return str(self.choices(value).label) if value else ""

    def read(self, cell: Cell, words: Words) -> str:
        text = text_of(cell)
        if not text:
            return ""
        found = words.of(self.choices).find(text)
        if len(found) != 1:
            labels = ", ".join(str(label) for label in self.choices.labels)
            message = _("“%(text)s” is none of these: %(labels)s.") % {"text": text, "labels": labels}
            raise Unreadable(message, text)
        return found[0]


@dataclass(frozen=True)
class One(Kind):
    """One record, by the name of `vocabulary` in Words."""

    vocabulary: str

    def write(self, value: str | None, words: Words) -> Cell:
        return _names(words, self.vocabulary).label(value) if value else ""

    def read(self, cell: Cell, words: Words) -> str | None:
        text = INFERRED.sub("", text_of(cell))
        return _known(code_of(text, self.vocabulary, words), text) if text else None


@dataclass(frozen=True)
class Many(Kind):
    """Several records of one kind, in no order."""

    vocabulary: str

    def write(self, value: list[str], words: Words) -> Cell:
        names = _names(words, self.vocabulary)
        return join(sorted(names.label(code) for code in value), ";")

    def read(self, cell: Cell, words: Words) -> list[str]:
        parts = [part for part in split(text_of(cell), ";") if part]
        return sorted({_known(code_of(part, self.vocabulary, words), part) for part in parts})


class Partners(Kind):
    """Organizations with their roles: OSCE (co-organizer). Without a role, a participant."""

    vocabulary = "organizations"

    def write(self, value: list[dict[str, str]], words: Words) -> Cell:
        roles = InvolvementRole
        parts = [f"{words.organizations.label(one['organization'])} ({roles(one['role']).label})" for one in value]
        return join(sorted(parts), ";")

    def read(self, cell: Cell, words: Words) -> list[dict[str, str]]:
        found, unknown = set(), []
        for part in filter(None, split(text_of(cell), ";")):
            try:
                found.add(self._partner(part, words))
            except UnknownName as error:
                unknown.append(error)
        if unknown:
            raise UnknownNames(unknown)
        return [{"organization": organization, "role": role} for organization, role in sorted(found)]

    @staticmethod
    def _partner(text: str, words: Words) -> tuple[str, str]:
        with_role = re.fullmatch(r"(.*\S)\s*\(([^()]+)\)", text, re.DOTALL)
        if with_role:
            roles = words.of(InvolvementRole).find(with_role[2])
            if roles:
                return code_of(with_role[1], "organizations", words), roles[0]
        return code_of(text, "organizations", words), InvolvementRole.PARTICIPANT.value


class Commitments(Kind):
    """Commitments that the activity is evidence for; a guess that no manager has confirmed is marked."""

    vocabulary = "commitments"

    def write(self, value: list[dict[str, Any]], words: Words) -> Cell:
        mark = " " + _("(inferred)")
        labels = [words.commitments.label(one["commitment"]) + (mark if one["inferred"] else "") for one in value]
        return join(labels, ";")

    def read(self, cell: Cell, words: Words) -> list[dict[str, Any]]:
        found = {}
        for part in split(text_of(cell), ";"):
            if part:
                code = code_of(INFERRED.sub("", part), "commitments", words)
                found[code] = {"commitment": code, "inferred": bool(INFERRED.search(part))}
        return [found[code] for code in sorted(found)]

    def comparable(self, value: list[dict[str, Any]]) -> list[str]:
        """Without the mark: to confirm a guess is a manager's deed on the activity's page."""
        return [one["commitment"] for one in value]


class ByCountry(Kind):
    """Participants by country: Kazakhstan 3/2/-/1 for women, men, not stated and, of them, youth."""

    def write(self, value: list[dict[str, Any]], words: Words) -> Cell:
        return join([f"{words.countries.label(one['country'])} {self._figures(one)}" for one in value], ";")

    @staticmethod
    def _figures(one: dict[str, Any]) -> str:
        return "/".join(EMPTY_FIGURE if one[name] is None else str(one[name]) for name in FIGURES)

    def read(self, cell: Cell, words: Words) -> list[dict[str, Any]]:
        found = [self._country(part, words) for part in split(text_of(cell), ";") if part]
        return sorted(found, key=lambda one: str(one["country"]))

    @staticmethod
    def _country(text: str, words: Words) -> dict[str, Any]:
        parts = re.fullmatch(r"(.*\S)[\s:]+((?:[0-9]{1,9}|[-–—])(?:/(?:[0-9]{1,9}|[-–—])){3})", text, re.DOTALL)
        if not parts:
            message = _(
                "“%(text)s” is not understood. Write the country, then women/men/not stated/youth, with a hyphen for"
                " what is not known: Kazakhstan 3/2/-/1."
            ) % {"text": text}
            raise Unreadable(message, text)
        figures = [int(figure) if figure.isdigit() else None for figure in parts[2].split("/")]
        country = code_of(parts[1].rstrip(" :"), "countries", words)
        return {"country": country, **dict(zip(FIGURES, figures, strict=True))}


class Links(Kind):
    """Title | publisher | date | address | archived copy, each link on a line of its own."""

    parts = ("title", "publisher", "published_on", "url", "archived_url")

    def write(self, value: list[dict[str, Any]], words: Words) -> Cell:
        return "\n".join(join([one[name] or "" for name in self.parts], "|").rstrip(" |") for one in value)

    def read(self, cell: Cell, words: Words) -> list[dict[str, Any]]:
        return [self._link(line) for line in text_of(cell).split("\n") if line.strip()]

    def _link(self, line: str) -> dict[str, Any]:
        parts = split(line, "|")
        if len(parts) == 1 and re.match(r"https?://\S+$", parts[0]):
            parts = ["", "", "", parts[0]]
        if len(parts) > len(self.parts):
            message = _("“%(line)s” has too many parts. Write: title | publisher | date | address | archived copy.")
            raise Unreadable(message % {"line": line}, line)
        found = dict(zip(self.parts, [*parts, "", "", "", ""], strict=False))
        return {**found, "published_on": iso(read_day(found["published_on"]))}


class FollowUps(Kind):
    """Text | owner | due | done, each follow-up on a line of its own."""

    def write(self, value: list[dict[str, Any]], words: Words) -> Cell:
        lines = []
        for one in value:
            owner = words.staff.label(one["owner"]) if one["owner"] else ""
            lines.append(join([one["text"], owner, one["due"] or "", one["done"] or ""], "|").rstrip(" |"))
        return "\n".join(lines)

    def read(self, cell: Cell, words: Words) -> list[dict[str, Any]]:
        return [self._follow_up(line, words) for line in text_of(cell).split("\n") if line.strip()]

    @staticmethod
    def _follow_up(line: str, words: Words) -> dict[str, Any]:
        parts = split(line, "|")
        if len(parts) > 4:
            message = _("“%(line)s” has too many parts. Write: what | who | due | done.")
            raise Unreadable(message % {"line": line}, line)
        text, owner, due, done = [*parts, "", "", ""][:4]
        return {
            "text": text,
            "owner": code_of(owner, "staff", words) if owner else None,
            "due": iso(read_day(due)),
            "done": iso(read_day(done)),
        }


def _known(code: str, text: str) -> str:
    """The code of what is there already: an organization that is still to be added can be a partner alone."""
    if code.startswith(NEW):
        raise Unreadable(_("“%(text)s” can stand here once it is added. Add it first.") % {"text": text}, text)
    return code


def _names(words: Words, vocabulary: str) -> Names:
    names: Names = getattr(words, vocabulary)
    return names


def code_of(text: str, vocabulary: str, words: Words) -> str:
    """The code that a text means. UnknownName where it means none, or several."""
    names = _names(words, vocabulary)
    found = names.find(text)
    if len(found) == 1:
        return found[0]
    if found:
        message = _("“%(text)s” may mean %(codes)s. Write one of these codes.")
        raise UnknownName(message % {"text": text, "codes": ", ".join(found)}, text, vocabulary)
    message, like = _("“%(text)s” is not known here."), names.like(text)
    if like:
        message = _("“%(text)s” is not known here. Did you mean %(names)s?")
    raise UnknownName(message % {"text": text, "names": " / ".join(like)}, text, vocabulary)


# --- dates ------------------------------------------------------------------------------------------------------

DAY = re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})(?:[T ]0?0:00(?::00)?)?")
DAY_FIRST = re.compile(r"(?P<d>[0-9]{1,2})[./](?P<m>[0-9]{1,2})[./](?P<y>[0-9]{4})(?:\s*г\.?)?")
NAMED = re.compile(
    r"(?:(?P<d>[0-9]{1,2})[\s.-]+)?(?P<name>[^\W\d_]{3,})\.?[\s.,-]*(?P<y>[0-9]{4}|[0-9]{2})(?:\s*г\.?)?"
)
MONTH = re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})")
MONTH_FIRST = re.compile(r"(?P<m>[0-9]{1,2})[./](?P<y>[0-9]{4})")
YEAR = re.compile(r"(?P<y>(?:19|20)[0-9]{2})(?:\s*г\.?)?")
# The beginnings of the months' names, as spreadsheets shorten them too: 23 July 2024, Jul-24, июл.24.
MONTHS = {
    beginning: number
    for names in (
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "янв фев мар апр май июн июл авг сен окт ноя дек",
        "янв фев мар апр мая июн июл авг сен окт ноя дек",
    )
    for number, beginning in enumerate(names.split(), start=1)
}
# Days as Excel counts them, of the years in which anything here can have happened (1945 to 2100).
SERIALS = range(16_437, 73_416)
EXCEL_DAY_NOUGHT = date(1899, 12, 30)


def read_dated(cell: Cell) -> tuple[date, str] | None:
    """The first day that a cell means and what it is exact to (day, month, year); None for an empty cell."""
    text = text_of(cell)
    if not text:
        return None
    if isinstance(cell, (int, float)) and int(cell) in SERIALS:
        return EXCEL_DAY_NOUGHT + timedelta(days=int(cell)), "day"
    for pattern, precision in (
        *((DAY, "day"), (DAY_FIRST, "day"), (MONTH, "month"), (MONTH_FIRST, "month"), (YEAR, "year"), (NAMED, "month")),
    ):
        found = pattern.fullmatch(text)
        if found:
            parts = found.groupdict()
            return _possible(text, parts), "day" if parts.get("d") else precision
    raise Unreadable(_not_a_date(text), text)


def _possible(text: str, parts: dict[str, str | None]) -> date:
    """The day, the first where none is said. Unreadable where there is no such day."""
    month = MONTHS.get(folded(parts["name"] or "")[:3], 0) if "name" in parts else int(parts.get("m") or 1)
    year = int(parts["y"] or 0)
    try:
        return date(year + 2000 if year < 100 else year, month, int(parts.get("d") or 1))
    except ValueError as error:
        raise Unreadable(_not_a_date(text), text) from error


def _not_a_date(text: str) -> str:
    return _(
        "“%(text)s” is no date. Write 2024-07-23 or 23.07.2024; 2024-07 where only the month is known, 2024 where"
        " only the year is."
    ) % {"text": text}


def read_day(cell: Cell) -> date | None:
    """A whole date, or None."""
    found = read_dated(cell)
    if found is None:
        return None
    if found[1] != "day":
        text = text_of(cell)
        raise Unreadable(_("“%(text)s” is no whole date. Write it as 2024-07-23.") % {"text": text}, text)
    return found[0]


def iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
