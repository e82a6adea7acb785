"""`manage.py load_briefings`: the public record of Council briefings and developments from briefings/data/*.yaml."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import models
from django.utils import timezone

from accounts.audit import acting
from accounts.choices import Audience, ReviewState
from accounts.reference_data import load, rows_of
from activities.models import Evidence
from briefings.models import Briefing, Consideration, Development, SpecialRepresentative
from priorities.choices import Cadence, Certainty, DatePrecision
from priorities.models import Commitment, Country, Document, Theme

DATA = Path(__file__).resolve().parents[2] / "data"


class Index:
    """The rows of a model by one of their values; an unknown value ends the load with a hint."""

    def __init__(self, model: type[models.Model], name: str) -> None:
        self.label = f"{model._meta.verbose_name} ({name})"
        self.rows = {getattr(row, name): row for row in model._default_manager.all()}

    def one(self, value: str | None) -> Any:
        """The row with this value; None for None. CommandError when there is no such row."""
        if value is None:
            return None
        if value not in self.rows:
            raise CommandError(
                f"No {self.label} “{value}”. Run load_priorities first, or correct the file in briefings/data."
            )
        return self.rows[value]

    def all(self, values: list[str]) -> list[Any]:
        return [self.one(value) for value in values]


class Known:
    """The reference data that the files name by code or symbol."""

    def __init__(self) -> None:
        self.countries = Index(Country, "code")
        self.themes = Index(Theme, "code")
        self.documents = Index(Document, "symbol")


class Command(BaseCommand):
    help = "Loads the Special Representatives, Council briefings, developments and options. Harmless to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        with acting(by=None, verb="load"):
            known = Known()
            representatives = [load_representative(row, known) for row in rows("special-representatives")]
            briefings = [load_briefing(row, known) for row in rows("briefings")]
            considerations = [load_consideration(row) for row in rows("options")]
            developments = [load_development(row, known) for row in rows("developments")]
        if not options["verbosity"]:
            return
        self.stdout.write(
            f"{len(representatives)} Special Representatives, {len(briefings)} briefings,"
            f" {len(considerations)} issues and options, {len(developments)} developments."
        )


def rows(name: str) -> list[dict[str, Any]]:
    return rows_of(DATA / f"{name}.yaml")


def load_representative(row: Mapping[str, Any], known: Known) -> SpecialRepresentative:
    values = dict(row, country=known.countries.one(row["country"]))
    values["ends_precision"] = row["ends_precision"] or DatePrecision.DAY
    return load(SpecialRepresentative, values, key=("key",))[0]


def load_briefing(row: Mapping[str, Any], known: Known) -> Briefing:
    """Public, since only what is publicly known stands in the file; the note is for the staff on every page."""
    values = dict(
        row,
        special_representative=SpecialRepresentative.objects.get(key=row["special_representative"]),
        presidency=known.countries.one(row["presidency"]),
        document=known.documents.one(row["document"]),
        audience=Audience.PUBLIC,
    )
    codes = values.pop("themes")
    briefing, untouched = load(Briefing, values, key=("key",))
    if untouched:
        briefing.themes.set(known.themes.all(codes))
        _link_to_commitment(briefing)
    return briefing


def _link_to_commitment(briefing: Briefing) -> None:
    """A briefing seen to take place is evidence for its programme's commitment to brief the Council twice a year."""
    if briefing.certainty != Certainty.FOUND:
        return
    commitments = Commitment.objects.filter(
        cadence=Cadence.TWICE_A_YEAR,
        priority__programme__starts__lte=briefing.date,
        priority__programme__ends__gte=briefing.date,
    )
    for commitment in commitments:
        Evidence.objects.get_or_create(briefing=briefing, commitment=commitment)


def load_consideration(row: Mapping[str, Any]) -> Consideration:
    values = dict(row, briefing=Briefing.objects.get(key=row["briefing"]))
    return load(Consideration, values, key=("key",))[0]


def load_development(row: Mapping[str, Any], known: Known) -> Development:
    """Approved, because it restates a published paper; released as far as the file says."""
    values = {name: value for name, value in row.items() if name not in ("countries", "themes", "source")}
    source = row["source"]
    values |= {
        "source_publisher": source["publisher"],
        "source_title": source["title"],
        "source_url": source["url"],
        "source_date": source["published_on"],
    }
    development, untouched = load(Development, values, key=("key",))
    if untouched:
        development.countries.set(known.countries.all(row["countries"]))
        development.themes.set(known.themes.all(row["themes"]))
        _approve(development)
    return development


def _approve(development: Development) -> None:
    if development.is_approved:
        return
    development.review_state, development.reviewed_at = ReviewState.APPROVED, timezone.now()
    development.save(update_fields=["review_state", "reviewed_at"])
