"""`manage.py load_priorities`: the programme of action and the reference lists from priorities/data/*.yaml."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Max

from accounts.audit import acting
from accounts.reference_data import Index, load, rows_of
from priorities.choices import DatePrecision
from priorities.models import (
    Commitment,
    Country,
    DeliverableLine,
    Document,
    Framework,
    Mandate,
    MandateFunction,
    Priority,
    ProgrammeOfAction,
    SdgTarget,
    Theme,
)

DATA = Path(__file__).resolve().parents[2] / "data"
# The files are about the programme 2021-2025; the next one gives the same codes to other commitments.
PROGRAMME_NUMBER = 5


class Command(BaseCommand):
    help = "Loads the programme of action and the reference lists. Harmless to repeat; runs before the other loaders."

    def handle(self, *args: Any, **options: Any) -> None:
        with acting(by=None, verb="load"):
            load_lists()
            priorities, commitments = load_programme()
            load_surroundings()
        self.stdout.write(f"{priorities} priorities, {commitments} commitments and their reference lists.")


def load_lists() -> None:
    """Load the lists that stand on their own: countries, themes, SDG targets, documents, lines of deliverables."""
    for row in rows_of(DATA / "countries.yaml"):
        load(Country, row, key=("code",))
    for row in rows_of(DATA / "sdg-targets.yaml"):
        load(SdgTarget, row, key=("code",))
    for row in rows_of(DATA / "documents.yaml"):
        load(Document, _document_values(row), key=("key",))
    for row in rows_of(DATA / "deliverable-lines.yaml"):
        load(DeliverableLine, _with_blanks(row, "unit_en", "unit_ru"), key=("code",))
    _load_themes(rows_of(DATA / "themes.yaml"))


def _load_themes(rows: list[dict[str, Any]]) -> None:
    """Agendas first, then their pillars; a pillar has none of its own."""
    for row in rows:
        if row["parent"] is None:
            load(Theme, row, key=("code",))
    agendas = Index(Theme.objects.filter(parent=None))
    for row in rows:
        if row["parent"] is not None:
            load(Theme, {**row, "parent": agendas.one(row["parent"])}, key=("code",))


def _document_values(row: Mapping[str, Any]) -> dict[str, Any]:
    day, precision = _day(row["date"])
    return {**_with_blanks(row, "symbol", "title_ru", "url"), "date": day, "date_precision": precision}


def _day(written: date | str | None) -> tuple[date | None, DatePrecision]:
    """A date as the files write it (a day, 2022-12, 2018 or nothing) as its first possible day and a precision."""
    if written is None:
        return None, DatePrecision.UNKNOWN
    if isinstance(written, date):
        return written, DatePrecision.DAY
    if "-" in written:
        return date.fromisoformat(f"{written}-01"), DatePrecision.MONTH
    return date(int(written), 1, 1), DatePrecision.YEAR


def _with_blanks(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The row with empty text for nulls: the files say null where nothing is known, the tables keep ''."""
    return {**row, **{name: row[name] or "" for name in names}}


def load_programme() -> tuple[int, int]:
    """Load mandate functions, programme, priorities, commitments; returns how many of the last two there are."""
    for row in rows_of(DATA / "mandate-functions.yaml"):
        load(MandateFunction, row, key=("number",))
    for row in rows_of(DATA / "programmes.yaml"):
        load(ProgrammeOfAction, row, key=("number",))
    priorities = rows_of(DATA / "priorities.yaml")
    _load_priorities(priorities)
    commitments = rows_of(DATA / "commitments.yaml")
    _load_commitments(commitments)
    return len(priorities), len(commitments)


def _load_priorities(rows: list[dict[str, Any]]) -> None:
    programmes = Index(ProgrammeOfAction.objects.all(), "number")
    functions = Index(MandateFunction.objects.all(), "number")
    for row in rows:
        values = {**row, "programme": programmes.one(row["programme"]), "function": functions.one(row["function"])}
        load(Priority, values, key=("programme", "number"))


def _load_commitments(rows: list[dict[str, Any]]) -> None:
    """A commitment is known by its code; its number, which is its place in the order, is only what it starts with."""
    priorities = Index(Priority.objects.filter(programme__number=PROGRAMME_NUMBER), "roman")
    codes = {row["code"] for row in rows}
    for row in rows:
        values = {name: value for name, value in row.items() if name != "programme"}
        values["priority"] = priorities.one(row["priority"])
        values["number"] = int(row["code"].rpartition(".")[2])
        siblings = values["priority"].commitments
        known = siblings.filter(code=row["code"]).first()
        if known is None:
            in_place = siblings.filter(number=values["number"]).first()
            if in_place is not None and in_place.created_by_id is None and in_place.code not in codes:
                continue  # it was given another code
            if in_place is not None:
                values["number"] = siblings.aggregate(last=Max("number"))["last"] + 1
        elif siblings.filter(number=values["number"]).exclude(pk=known.pk).exists():
            values["number"] = known.number
        load(Commitment, values, key=("priority", "code"))


def load_surroundings() -> None:
    """Load what the programme names and builds on: frameworks with their commitments, and mandates."""
    commitments = Index(Commitment.objects.filter(priority__programme__number=PROGRAMME_NUMBER))
    for row in rows_of(DATA / "frameworks.yaml"):
        values = {name: value for name, value in row.items() if name != "commitments"}
        framework, untouched = load(Framework, values, key=("code",))
        if untouched:
            framework.commitments.set(commitments.all(row["commitments"]))
    programme = ProgrammeOfAction.objects.get(number=PROGRAMME_NUMBER)
    documents = Index(Document.objects.exclude(symbol=""), "symbol")
    for row in rows_of(DATA / "mandates.yaml"):
        values = {**row, "programme": programme, "document": documents.one_or_none(row["document"])}
        load(Mandate, values, key=("programme", "code"))
