"""The audit trail of one record, made readable for the staff: who did what, when, and what changed by it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.utils.formats import date_format
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext_lazy as _

from .models import AuditEntry
from .records import Record

if TYPE_CHECKING:
    from .roles import Viewer

MOST_ROWS = 500
MOST_LETTERS = 200
# Rows of one deed are written within moments of each other.
ONE_DEED = timedelta(seconds=1)

DEEDS = {
    "create": _("Logged"),
    "edit": _("Edited"),
    "submit": _("Submitted for approval"),
    "withdraw": _("Withdrawn"),
    "approve": _("Approved"),
    "return": _("Returned"),
    "reopen": _("Reopened"),
    "confirm_release": _("Release confirmed"),
    "confirm_priority": _("Priority confirmed"),
    "confirm_evidence": _("Evidence confirmed"),
    "stage": _("Stage changed"),
    "attach": _("File added"),
    "detach": _("File removed"),
    "download": _("File downloaded"),
    "delete": _("Deleted"),
    "export": _("Exported"),
    "load": _("Loaded"),
    "import": _("Imported"),
    "insert": _("Added"),
    "update": _("Changed"),
}


@dataclass
class Deed:
    """One deed: `changes` are (what, before, after) in words."""

    when: datetime
    who: str
    what: Any
    comment: str = ""
    changes: list[tuple[str, str, str]] = field(default_factory=list)


def history_of(record: Record, viewer: "Viewer") -> list[Deed]:
    """What happened to the record, latest first; names of records that the viewer may not see stay out.

    For staff only: the caller asks. A constant number of queries, whatever happened.
    """
    entries = list(AuditEntry.objects.of(record)[:MOST_ROWS])
    words = _Words(record, entries, viewer)
    return [_deed(group, words) for group in _deeds(entries)]


def _deeds(entries: Iterable[AuditEntry]) -> Iterator[list[AuditEntry]]:
    """The entries, one list a deed."""
    group: list[AuditEntry] = []
    for entry in entries:
        if group and not _same_deed(group[-1], entry):
            yield group
            group = []
        group.append(entry)
    if group:
        yield group


def _same_deed(one: AuditEntry, other: AuditEntry) -> bool:
    same = (one.actor_id, one.verb) == (other.actor_id, other.verb)
    return same and abs(one.at - other.at) <= ONE_DEED


def _deed(entries: list[AuditEntry], words: "_Words") -> Deed:
    first = entries[0]
    deed = Deed(first.at, str(first.actor or ""), DEEDS.get(first.verb, first.verb))
    for entry in reversed(entries):
        if entry.verb == "return" and not entry.part:
            deed.comment = entry.changes.get("review_comment", ["", ""])[1] or ""
        deed.changes += words.changes_of(entry)
    return deed


class _Words:
    """Turns columns and values into labels, with one query for each kind of record that the values point to."""

    def __init__(self, record: Record, entries: list[AuditEntry], viewer: "Viewer") -> None:
        own = record._meta.model_name
        models_of_app = apps.get_app_config(record._meta.app_label).get_models(include_auto_created=True)
        self.models: dict[str, type[models.Model]] = {m._meta.model_name or "": m for m in models_of_app}
        self.models[""] = self.models[own or ""]
        self.record = record
        self.viewer = viewer
        self.names = self._names_of(entries)

    def changes_of(self, entry: AuditEntry) -> list[tuple[str, str, str]]:
        model = self.models.get(entry.part)
        if model is None:
            return []
        if entry.part:
            return self._change_of_part(entry, model)
        found = []
        for column in self._fields(model, entry):
            before, after = (self._words(column, value) for value in entry.changes[column.column])
            if before != after:
                found.append((capfirst(str(column.verbose_name)), before, after))
        return found

    def _change_of_part(self, entry: AuditEntry, model: type[models.Model]) -> list[tuple[str, str, str]]:
        sides = [
            ", ".join(
                filter(None, (self._words(one, entry.changes[one.column][side]) for one in self._fields(model, entry)))
            )
            for side in (0, 1)
        ]
        return [(self._label_of(model), sides[0], sides[1])] if sides[0] != sides[1] else []

    def _label_of(self, model: type[models.Model]) -> str:
        """The part's name; of a plain many-to-many link, the name of the field."""
        for many in self.record._meta.many_to_many:
            if many.remote_field.through is model:
                return capfirst(str(many.verbose_name))
        return capfirst(str(model._meta.verbose_name))

    def _fields(self, model: type[models.Model], entry: AuditEntry) -> list[Any]:
        """The changed fields that people fill in; what the portal keeps for itself is not news."""
        return [
            one
            for one in model._meta.concrete_fields
            if one.column in entry.changes
            and one.editable
            and not one.primary_key
            and not (entry.part and isinstance(one, models.BooleanField))
            and one.related_model is not type(self.record)
        ]

    def _names_of(self, entries: list[AuditEntry]) -> dict[tuple[type[models.Model], Any], str]:
        wanted: dict[type[models.Model], set[Any]] = defaultdict(set)
        for entry in entries:
            for one in self._fields(self.models[entry.part], entry) if entry.part in self.models else []:
                if one.related_model:
                    wanted[one.related_model] |= {value for value in entry.changes[one.column] if value is not None}
        return {
            (model, row.pk): Truncator(str(row)).chars(80)
            for model, keys in wanted.items()
            for row in self._visible(model).filter(pk__in=keys)
        }

    def _visible(self, model: type[models.Model]) -> Any:
        rows: Any = model._default_manager.all()
        return rows.visible_to(self.viewer) if hasattr(rows, "visible_to") else rows

    def _words(self, one: Any, value: Any) -> str:
        if value is None or value == "":
            return ""
        if one.related_model:
            return self.names.get((one.related_model, value), str(_("not shown")))
        if one.choices:
            return str(dict(one.flatchoices).get(value, value))
        if isinstance(one, models.BooleanField):
            return str(_("yes") if value else _("no"))
        if isinstance(one, models.DateField) and not isinstance(one, models.DateTimeField):
            return date_format(date.fromisoformat(value), "DATE_FORMAT")
        return Truncator(str(value)).chars(MOST_LETTERS)
