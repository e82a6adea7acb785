"""Records picked by typing: what a page offers, and the fields that find a record by any of its names.

The control is plain text, so that it works without JavaScript and a page names each record once, in a <datalist>
that all its fields share. picker.js makes a combobox of it. What comes back is matched here, by code, acronym,
English, Russian or other name; a bare number is the record's own.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from rapidfuzz import fuzz, process

from partners.names import folded

# How like a name must be (of 100) to be suggested for what was typed.
LIKE_ENOUGH = 72
MOST_SUGGESTIONS = 3


@dataclass(frozen=True)
class Choice:
    """A record on offer: its label, which is what the control shows and sends, and its other names."""

    record: Any
    label: str
    names: tuple[str, ...] = ()
    # Names that are too long to send to the browser.
    long_names: tuple[str, ...] = ()
    # What went out of use is known by its names but no longer offered.
    in_use: bool = True

    @property
    def also(self) -> str:
        """The names that neither the label nor another name holds, for the browser's search."""
        found: dict[str, str] = {}
        for name in sorted(self.names, key=len, reverse=True):
            bare = f" {folded(name)} "
            if not any(bare in f" {longer} " for longer in (folded(self.label), *found)):
                found[folded(name)] = name
        return " | ".join(found.values())


class Offer:
    """What one kind of field can be; `key` names it on the page."""

    def __init__(self, key: str, choices: Iterable[Choice] = ()) -> None:
        self.key = key
        self.choices = list(choices)

    @cached_property
    def by_pk(self) -> dict[str, Choice]:
        return {str(choice.record.pk): choice for choice in self.choices}

    @cached_property
    def _by_name(self) -> dict[str, list[Choice]]:
        found: dict[str, list[Choice]] = defaultdict(list)
        for choice in self.choices:
            for name in {folded(name) for name in (choice.label, *choice.names, *choice.long_names)} - {""}:
                found[name].append(choice)
        return found

    def find(self, text: str) -> list[Choice]:
        """Those that go by this name; the one whose whole label it is before all others."""
        if text in self.by_pk:
            return [self.by_pk[text]]
        wanted = folded(text)
        found = self._by_name.get(wanted, [])
        return [choice for choice in found if folded(choice.label) == wanted] or found

    def like(self, text: str) -> list[Choice]:
        """Those with a name like the text, the likest first."""
        near = process.extract(folded(text), self._by_name.keys(), scorer=fuzz.WRatio, score_cutoff=LIKE_ENOUGH)
        choices = [choice for name, _score, _index in near for choice in self._by_name[name]]
        return list({choice.record.pk: choice for choice in choices}.values())[:MOST_SUGGESTIONS]

    def text_of(self, value: Any) -> str:
        """A value in words: the label of a record or of its number, a text as it is."""
        pk = value.pk if isinstance(value, models.Model) else value
        choice = self.by_pk.get(str(pk))
        return choice.label if choice else "" if isinstance(value, (int, models.Model)) else str(value or "")


NOTHING = Offer("")
UNKNOWN = _("“%(value)s” is not known here. Choose from the list.")
MEANT = _("“%(value)s” is not known here. Did you mean %(names)s?")
SEVERAL = _("“%(value)s” may be %(names)s. Say which.")


def typed(value: Any) -> str:
    """What was typed, without what no name has: space around it, and NUL, which PostgreSQL refuses."""
    return str(value or "").replace("\0", "").strip()


class PickInput(forms.TextInput):
    """The text typed; or the suggestion chosen beside it when the text was not known."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.get(f"{name}-meant") or super().value_from_datadict(data, files, name)


class PickField(forms.Field):
    """One record, by any of its names. `suggested` are the choices to show beside a name that is not known."""

    widget = PickInput
    offer = NOTHING

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.suggested: list[Choice] = []

    def take(self, offer: Offer) -> None:
        """Offer these choices; the page has them in the list named by the key."""
        self.offer = offer
        self.widget.attrs |= {"list": offer.key, "data-pick": "", "autocomplete": "off"}

    def prepare_value(self, value: Any) -> str:
        return self.offer.text_of(value)

    def to_python(self, value: Any) -> Any:
        text = typed(value)
        if not text:
            return None
        found = self.offer.find(text)
        if len(found) == 1:
            return found[0].record
        self.suggested = found[:MOST_SUGGESTIONS] or self.offer.like(text)
        raise not_known(text, found, self.suggested)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.offer.text_of(initial) != self._text_sent(data))

    def _text_sent(self, data: Any) -> str:
        """What was sent, as the label of the record it names where it names one."""
        text = typed(data)
        found = self.offer.find(text)
        return found[0].label if len(found) == 1 else text


def not_known(text: str, found: list[Choice], suggested: list[Choice]) -> ValidationError:
    names = " / ".join(choice.label for choice in suggested)
    message, code = (SEVERAL, "several") if found else (MEANT, "unknown") if suggested else (UNKNOWN, "unknown")
    return ValidationError(message, code=code, params={"value": text, "names": names})


class PickLines(forms.Textarea):
    """One name a line. Several values of one name, as a program may send them, are lines too."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        values = data.getlist(name) if hasattr(data, "getlist") else [data.get(name)]
        return "\n".join(str(value) for value in values if value).replace("\r\n", "\n")


class PicksField(forms.Field):
    """Several records, one name a line."""

    widget = PickLines
    offer = NOTHING

    def take(self, offer: Offer) -> None:
        self.offer = offer
        self.widget.attrs |= {"data-pick": "", "data-list": offer.key, "rows": 3}

    def prepare_value(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        return "\n".join(filter(None, (self.offer.text_of(one) for one in value or ())))

    def to_python(self, value: Any) -> list[Any]:
        records, errors = {}, []
        for text in filter(None, map(typed, str(value or "").split("\n"))):
            found = self.offer.find(text)
            if len(found) == 1:
                records[found[0].record.pk] = found[0].record
            else:
                errors.append(not_known(text, found, found[:MOST_SUGGESTIONS] or self.offer.like(text)))
        if errors:
            raise ValidationError(errors)
        return list(records.values())

    def has_changed(self, initial: Any, data: Any) -> bool:
        before = {self.offer.text_of(one) for one in initial or ()} - {""}
        try:
            return before != {self.offer.text_of(one) for one in self.to_python(data)}
        except ValidationError:
            return True


class PickBoxes(forms.CheckboxSelectMultiple):
    """Check boxes; with picker.js only those that are ticked show, and the others are found by typing."""

    template_name = "components/pick_boxes.html"

    def create_option(self, name: str, value: Any, label: Any, *args: Any, **options: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, label, *args, **options)
        option["also"] = other_names(value, label)
        return option


class PickSelect(forms.Select):
    """A select; with picker.js its options are found by typing, by their other names too."""

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = ()) -> None:
        super().__init__({"data-pick": "", **(attrs or {})}, choices)

    def create_option(self, name: str, value: Any, label: Any, *args: Any, **options: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, label, *args, **options)
        if also := other_names(value, label):
            option["attrs"]["data-also"] = also
        return option


def other_names(value: Any, label: Any) -> str:
    """The names beside its label of the record that an option stands for."""
    record = getattr(value, "instance", None)
    return Choice(record, str(label), tuple(names_of(record))).also if record else ""


def names_of(record: Any) -> list[str]:
    """Code, names in both languages and other names of a reference record, as far as its kind has them."""
    names = [getattr(record, name, "") for name in ("code", "name_en", "name_ru", "title_en", "title_ru")]
    return [name for name in (*names, *getattr(record, "aliases", [])) if name]
