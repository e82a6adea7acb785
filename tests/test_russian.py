"""The Russian interface is whole: every string has its translation, and the compiled catalogue is made of it."""

import ast
import gettext
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

CATALOGUE = Path(settings.BASE_DIR) / "locale" / "ru" / "LC_MESSAGES"
LINE = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr)(?:\[(\d)\])? (".*")$')
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
FORMS = 4


@dataclass
class Entry:
    """One entry of the catalogue, as it stands in the file."""

    flags: str = ""
    context: str = ""
    id: str = ""
    plural: str = ""
    strings: list[str] = field(default_factory=list)


def entries() -> list[Entry]:
    """The entries of django.po without its header and without those no longer in use."""
    blocks = (CATALOGUE / "django.po").read_text(encoding="utf-8").split("\n\n")
    return [entry for entry in map(entry_of, blocks) if entry.id]


def entry_of(block: str) -> Entry:
    """Read one block of a .po file: keyword lines, each with its continuation lines."""
    entry = Entry()
    keyword = ""
    for line in block.splitlines():
        if line.startswith("#,"):
            entry.flags += line
        if line.startswith("#") or not line:
            continue
        start = LINE.match(line)
        if start:
            keyword = start[1]
            if keyword == "msgstr":
                entry.strings.append("")
        append(entry, keyword, ast.literal_eval(start[3] if start else line))
    return entry


def append(entry: Entry, keyword: str, text: str) -> None:
    match keyword:
        case "msgctxt":
            entry.context += text
        case "msgid":
            entry.id += text
        case "msgid_plural":
            entry.plural += text
        case "msgstr":
            entry.strings[-1] += text


@pytest.fixture(scope="module")
def catalogue() -> list[Entry]:
    return entries()


def test_every_string_is_translated(catalogue):
    assert len(catalogue) > 1000
    assert [entry.id for entry in catalogue if not all(entry.strings) or "fuzzy" in entry.flags] == []


def test_plurals_have_every_form(catalogue):
    wrong = [entry.id for entry in catalogue if len(entry.strings) != (FORMS if entry.plural else 1)]
    assert wrong == []


def test_placeholders_agree(catalogue):
    wrong = [
        (entry.id, string)
        for entry in catalogue
        for string in entry.strings
        if sorted(PLACEHOLDER.findall(string)) != sorted(PLACEHOLDER.findall(entry.plural or entry.id))
    ]
    assert wrong == []


def test_outer_spaces_and_lines_agree(catalogue):
    """Texts are set side by side, so a space at an end counts; a mail's lines must not run together."""
    wrong = [
        (entry.id, string)
        for entry in catalogue
        for string in entry.strings
        if (string[0].isspace(), string[-1].isspace()) != (entry.id[0].isspace(), entry.id[-1].isspace())
    ]
    assert wrong == []


def test_the_compiled_catalogue_is_made_of_this_one(catalogue):
    """A fresh machine has no msgfmt, so django.mo is kept beside django.po."""
    with (CATALOGUE / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog
    assert {key: text for key, text in compiled.items() if key != ""} == dict(compiled_of(catalogue))


def compiled_of(catalogue: list[Entry]) -> Iterator[tuple[object, str]]:
    """Keys and texts as Python's gettext holds them."""
    for entry in catalogue:
        key = f"{entry.context}\x04{entry.id}" if entry.context else entry.id
        if not entry.plural:
            yield key, entry.strings[0]
        else:
            yield from (((key, number), string) for number, string in enumerate(entry.strings))


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "Добавлен 1 файл."), (3, "Добавлены 3 файла."), (11, "Добавлено 11 файлов."), (21, "Добавлен 21 файл.")],
)
def test_numbers_take_their_form(number, words):
    with translation.override("ru"):
        assert ngettext("%(number)s file added.", "%(number)s files added.", number) % {"number": number} == words


def test_words_of_united_nations_documents():
    with translation.override("ru"):
        assert _("Programme of action") == "Программа действий"
        assert _("Closed consultations") == "Закрытые консультации"
        assert _("Good offices contact") == "Контакт в рамках добрых услуг"
