"""The audit trail of one record, made readable for the staff: who did what, when, and what changed by it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.utils.formats import date_format
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext_lazy as _

from .differences import Piece, pieces_of
from .models import AuditEntry
from .records import Record

if TYPE_CHECKING:
    from .roles import Viewer

MOST_ROWS = 500
# A text that is wholly new, or gone, is shown up to this length; of a changed one, the changed passages.
MOST_LETTERS = 600
# Shorter texts are read whole, before and after.
SHORT = 60
# Rows of one deed are written within moments of each other.
ONE_DEED = timedelta(seconds=1)
SEVERAL = "; "

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
    "open_programme": _("Programme opened"),
    "remove_programme": _("Programme removed"),
    "reorder": _("Put in another place"),
    "place": _("Put under another priority"),
    "finish_follow_up": _("Follow-up done"),
    "reopen_follow_up": _("Follow-up reopened"),
    "change_follow_up": _("Follow-up changed"),
    "verify": _("Verified"),
    "delete": _("Deleted"),
    "export": _("Exported"),
    "load": _("Loaded"),
    "import": _("Imported"),
    "save_view": _("View saved"),
    "delete_view": _("View deleted"),
    "make_feed": _("Calendar feed made"),
    "end_feed": _("Calendar feed ended"),
    "gather": _("Took in what came since"),
    "arrange": _("Put in another order"),
    "look": _("Looked through"),
    "include": _("Taken in"),
    "leave_out": _("Left out"),
    "comment": _("Commented"),
    "dossier_collecting": _("Back to collecting"),
    "dossier_drafting": _("Taken to drafting"),
    "dossier_clearance": _("Handed in for clearance"),
    "dossier_final": _("Cleared as final"),
    "dossier_delivered": _("Delivered"),
    "insert": _("Added"),
    "update": _("Changed"),
}


@dataclass(frozen=True)
class Change:
    """What a deed changed, in words: before and after, or the pieces of a longer text that was changed in places."""

    what: str
    before: str
    after: str
    pieces: tuple[Piece, ...] = ()

    @property
    def sides(self) -> tuple[str, str]:
        return self.before, self.after

    @property
    def direction(self) -> str:
        """Whether something came or went; empty where it changed."""
        if self.before and self.after:
            return ""
        return "added" if self.after else "removed" if self.before else ""


@dataclass
class Deed:
    """Who did what, when, and what changed by it."""

    when: datetime
    who: str
    what: Any
    comment: str = ""
    changes: list[Change] = field(default_factory=list)


def history_of(record: Record, viewer: "Viewer", *, most: int = MOST_ROWS) -> list[Deed]:
    """What happened to the record, latest first; names of records that the viewer may not see stay out.

    For staff only: the caller asks. A constant number of queries, whatever happened.
    """
    return _told(list(_deeds(AuditEntry.objects.of(record)[:MOST_ROWS]))[:most], record, viewer)


def deeds_on(record: Record, *, most: int = 40) -> list[Deed]:
    """Who did what to the record and when, latest first; not what changed, which may name what the reader may not see.

    For staff only: the caller asks. One query.
    """
    entries = AuditEntry.objects.of(record).defer("changes")[:MOST_ROWS]
    deeds = list(_deeds(entries))[:most]
    return [Deed(deed[0].at, str(deed[0].actor or ""), DEEDS.get(deed[0].verb, deed[0].verb)) for deed in deeds]


class WholeHistory:
    """All deeds on a record, latest first, for a paginator: only those of the page are read in full."""

    def __init__(self, record: Record, viewer: "Viewer") -> None:
        self.record, self.viewer = record, viewer
        rows = AuditEntry.objects.of(record).select_related(None)
        self.deeds = list(_deeds(rows.only("at", "actor_id", "verb")))

    def __len__(self) -> int:
        return len(self.deeds)

    def __getitem__(self, wanted: slice) -> list[Deed]:
        keys = [entry.pk for deed in self.deeds[wanted] for entry in deed]
        entries = AuditEntry.objects.of(self.record).filter(pk__in=keys)
        return _told(list(_deeds(entries)), self.record, self.viewer)


def _told(deeds: list[list[AuditEntry]], record: Record, viewer: "Viewer") -> list[Deed]:
    words = _Words(record, [entry for deed in deeds for entry in deed], viewer)
    return [_deed(deed, words) for deed in deeds]


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
        for change in words.changes_of(entry):
            _add(deed.changes, change)
    return deed


def _add(changes: list[Change], change: Change) -> None:
    """Rows of one kind that came, or that went, stand together."""
    last = changes[-1] if changes else None
    if last and last.what == change.what and last.direction == change.direction != "":
        before, after = (SEVERAL.join(filter(None, sides)) for sides in zip(last.sides, change.sides, strict=True))
        changes[-1] = replace(last, before=before, after=after)
    else:
        changes.append(change)


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
        self.rows = self._rows_of(entries)

    def changes_of(self, entry: AuditEntry) -> list[Change]:
        model = self.models.get(entry.part)
        if model is None:
            return []
        if entry.part:
            return self._change_of_part(entry, model)
        found = []
        for column in self._fields(model, entry):
            before, after = (self._words(column, value) for value in entry.changes[column.column])
            if before != after:
                found.append(_change(capfirst(str(column.verbose_name)), before, after))
        return found

    def _change_of_part(self, entry: AuditEntry, model: type[models.Model]) -> list[Change]:
        """A row that was added or removed, told by what it says; of a changed one also which it is."""
        before, after = (
            ", ".join(
                filter(None, (self._words(one, entry.changes[one.column][side]) for one in self._fields(model, entry)))
            )
            for side in (0, 1)
        )
        if before == after:
            return []
        label, row = self._label_of(model), self.rows.get((model, _row_id(entry)))
        return [_change(f"{label}: {row}" if row and _row_id(entry) else label, before, after)]

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
            for row in self._visible(model).filter(pk__in=keys).select_related(*_named_by(model, type(self.record)))
        }

    def _rows_of(self, entries: list[AuditEntry]) -> dict[tuple[type[models.Model], Any], str]:
        """Names of the changed rows of parts that are still there and that the viewer may see."""
        wanted: dict[type[models.Model], set[Any]] = defaultdict(set)
        for entry in entries:
            if entry.part in self.models and entry.part and _row_id(entry):
                wanted[self.models[entry.part]].add(_row_id(entry))
        return {
            (model, row.pk): Truncator(str(row)).chars(80)
            for model, keys in wanted.items()
            for row in self._visible(model).filter(pk__in=keys).select_related(*_named_by(model, type(self.record)))
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
        return str(value)


def _row_id(entry: AuditEntry) -> Any:
    """The id of a changed row; None for one that was added or removed, which says itself what it is."""
    before, after = entry.changes.get("id") or (None, None)
    return before if before == after else None


def _named_by(model: type[models.Model], whole: type[models.Model]) -> list[str]:
    """The related records whose names are part of a row's name."""
    return [one.name for one in model._meta.concrete_fields if one.related_model and one.related_model is not whole]


def _change(what: str, before: str, after: str) -> Change:
    if before and after and max(len(before), len(after)) > SHORT:
        return Change(what, "", "", tuple(pieces_of(before, after)))
    return Change(what, Truncator(before).chars(MOST_LETTERS), Truncator(after).chars(MOST_LETTERS))
