"""`manage.py load_partners`: organizations and agreements from partners/data/*.yaml."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand

from accounts.audit import acting
from accounts.choices import Audience
from accounts.reference_data import Index, load, rows_of
from partners.models import Agreement, Organization

DATA = Path(__file__).resolve().parents[2] / "data"
# The files name commitments of the programme 2021-2025; the next one gives the same codes to others.
PROGRAMME_NUMBER = 5


class Command(BaseCommand):
    help = "Loads organizations and agreements. Harmless to repeat; run load_priorities first."

    def handle(self, *args: Any, **options: Any) -> None:
        with acting(by=None, verb="load"):
            organizations = load_organizations(rows_of(DATA / "organizations.yaml"))
            agreements = load_agreements(rows_of(DATA / "agreements.yaml"))
        self.stdout.write(f"{organizations} organizations, {agreements} agreements.")


def load_organizations(rows: list[dict[str, Any]]) -> int:
    """Load the organizations, parents before the bodies under them; returns how many there are.

    They are public: every one of them is named in a published text.
    """
    countries = Index(_model("Country").objects.all())
    waiting = {row["code"]: row for row in rows}
    while waiting:
        ready = [row for row in waiting.values() if row["parent"] not in waiting]
        if not ready:
            raise ValueError(f"organizations.yaml: each of these stands under another: {', '.join(waiting)}.")
        parents = Index(Organization.objects.all())
        for row in ready:
            load(Organization, _organization_values(row, countries, parents), key=("code",))
            del waiting[row["code"]]
    return len(rows)


def _organization_values(row: Mapping[str, Any], countries: Index[Any], parents: Index[Organization]) -> dict[str, Any]:
    return {
        **row,
        "parent": parents.one_or_none(row["parent"]),
        "country": countries.one_or_none(row["country"]),
        "website": row["website"] or "",
        "engagement_expected": row.get("engagement_expected", False),
        "audience": Audience.PUBLIC,
    }


def load_agreements(rows: list[dict[str, Any]]) -> int:
    """Load the agreements with their parties and the commitments they serve; returns how many there are."""
    organizations = Index(Organization.objects.all())
    commitments = Index(_model("Commitment").objects.filter(priority__programme__number=PROGRAMME_NUMBER))
    for row in rows:
        values = {**row, "audience": Audience.PUBLIC}
        parties, codes = values.pop("parties"), values.pop("commitments")
        agreement, untouched = load(Agreement, values, key=("code",))
        if untouched:
            agreement.parties.set(organizations.all(parties))
            agreement.commitments.set(commitments.all(codes))
    return len(rows)


def _model(name: str) -> Any:
    """A model of the app that stands above this one: named, not imported, as foreign keys are."""
    return apps.get_model("priorities", name)
