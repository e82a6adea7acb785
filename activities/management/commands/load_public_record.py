"""`manage.py load_public_record`: series and the public record of activities from activities/data/*.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import models
from django.utils import timezone

from accounts.audit import acting
from accounts.choices import Audience, ReviewState
from accounts.reference_data import Index, load, rows_of
from activities.choices import Origin
from activities.models import Activity, Evidence, Involvement, Link, ReferenceCounter, Series
from partners.models import Organization
from priorities.models import Commitment, Country, Priority, ProgrammeOfAction, SdgTarget, Theme

DATA = Path(__file__).resolve().parents[2] / "data"
# The files were read against the programme 2021-2025; the next one gives the same numerals to other priorities.
PROGRAMME_NUMBER = 5


@dataclass(frozen=True)
class Known:
    """What the files name by code, from the other apps' reference data."""

    programme: ProgrammeOfAction
    priorities: Index[Priority]
    commitments: Index[Commitment]
    themes: Index[Theme]
    countries: Index[Country]
    sdg_targets: Index[SdgTarget]
    organizations: Index[Organization]

    @classmethod
    def read(cls) -> "Known":
        programme = Index(ProgrammeOfAction.objects.all(), "number").one(PROGRAMME_NUMBER)
        return cls(
            programme=programme,
            priorities=Index(programme.priorities.all(), "roman"),
            commitments=Index(Commitment.objects.filter(priority__programme=programme)),
            themes=Index(Theme.objects.all()),
            countries=Index(Country.objects.all()),
            sdg_targets=Index(SdgTarget.objects.all()),
            organizations=Index(Organization.objects.all()),
        )


class Command(BaseCommand):
    help = "Loads the series and the public record of activities. Harmless to repeat; run load_partners first."

    def handle(self, *args: Any, **options: Any) -> None:
        with acting(by=None, verb="load"):
            known = Known.read()
            series = [load_series(row, known) for row in rows_of(DATA / "series.yaml")]
            platforms = Index(series)
            activities = [load_activity(row, known, platforms) for row in rows_of(DATA / "public-record.yaml")]
        self.stdout.write(f"{len(series)} series, {len(activities)} activities of the public record.")


def load_series(row: Mapping[str, Any], known: Known) -> Series:
    values = {
        "code": row["code"],
        "name_en": row["name_en"],
        "name_ru": row["name_ru"],
        "aliases": row["aliases"],
        "cadence": row["cadence"],
        "priority": known.priorities.one_or_none(row["priority"]),
        "note_en": row["convener_note_en"],
        "audience": Audience.PUBLIC,
    }
    series, untouched = load(Series, values, key=("code",))
    if untouched:
        series.commitments.set(known.commitments.all(row["commitments"]))
    return series


def load_activity(row: Mapping[str, Any], known: Known, platforms: Index[Series]) -> Activity:
    """One activity with all its parts. Parts of an activity that a person has changed are left alone too."""
    values = _activity_values(row, known, platforms)
    if not Activity.objects.filter(public_key=row["key"]).exists():
        values |= _values_at_first_load(row)
    activity, untouched = load(Activity, values, key=("public_key",))
    if untouched:
        activity.countries.set(known.countries.all(row["countries"]))
        activity.themes.set(known.themes.all(row["themes"]))
        activity.sdg_targets.set(known.sdg_targets.all(row["sdg_targets"]))
        _replace_parts(activity.involvements.all(), Involvement, _involvements(row, known), activity)
        _replace_parts(activity.links.all(), Link, _links(row), activity)
        _load_evidence(activity, row, known)
    return activity


def _activity_values(row: Mapping[str, Any], known: Known, platforms: Index[Series]) -> dict[str, Any]:
    priority = _priority(row, known)
    return {
        "public_key": row["key"],
        "origin": Origin.PUBLIC_RECORD,
        "title_en": row["title_en"],
        "title_ru": row["title_ru"] or "",
        "summary": row["summary_en"],
        "outcome": row["outcome_en"],
        "type": row["type"],
        "centre_role": row["centre_role"],
        "stage": row["stage"],
        "start_date": row["start"],
        "end_date": row["end"],
        "date_precision": row["date_precision"],
        "date_basis": row["date_basis"],
        "date_source": row["date_source"],
        "format": row["format"] or "",
        "city": row["city"],
        "country_id": _pk(known.countries.one_or_none(row["country"])),
        "main_priority_id": _pk(priority),
        "priority_inferred": priority is not None,
        "series_id": _pk(platforms.one_or_none(row["series"])),
        "edition": row["edition"],
        "not_stated": row["participants_not_stated"],
        "certainty": row["certainty"],
        "source_note": row["note_en"],
        "audience": Audience.PUBLIC,
    }


def _pk(row: models.Model | None) -> Any:
    """Keys are compared by the loader without fetching the rows they point to."""
    return row.pk if row else None


def _priority(row: Mapping[str, Any], known: Known) -> Priority | None:
    """The inferred priority; none for what was held before the programme, whose priorities it cannot have served."""
    if row["start"] and not known.programme.is_current_on(row["start"]):
        return None
    return known.priorities.one(row["priority"])


def _values_at_first_load(row: Mapping[str, Any]) -> dict[str, Any]:
    """What is decided once and not refreshed: the reference, the approval and the release.

    Approved and released, good offices contacts too, because it restates what others published: both
    contacts were made public by the foreign ministries concerned.
    """
    year = row["start"].year if row["start"] else timezone.localdate().year
    return {
        "reference": ReferenceCounter.next_reference(year),
        "review_state": ReviewState.APPROVED,
        "reviewed_at": timezone.now(),
        "release_confirmed_at": timezone.now(),
    }


def _involvements(row: Mapping[str, Any], known: Known) -> list[dict[str, Any]]:
    return [
        {"organization_id": known.organizations.one(partner["organization"]).pk, "role": partner["role"]}
        for partner in row["partners"]
    ]


def _links(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "url": link["url"] or "",
            "title": link["title_en"],
            "publisher": link["publisher"],
            "published_on": link["published_on"],
        }
        for link in row["links"]
    ]


def _replace_parts(
    saved: models.QuerySet[Any], model: type[models.Model], wanted: list[dict[str, Any]], activity: Activity
) -> None:
    """Bring an activity's parts to the wanted ones; where nothing differs, nothing is written or audited."""
    if not wanted or list(saved.order_by("pk").values(*wanted[0])) != wanted:
        saved.delete()
        model._default_manager.bulk_create([model(activity=activity, **values) for values in wanted])


def _load_evidence(activity: Activity, row: Mapping[str, Any], known: Known) -> None:
    """Inferred evidence as the file has it; what a person confirmed or added stays."""
    wanted = {known.commitments.one(item["code"]).pk: item["reason_en"] for item in row["commitments"]}
    kept = set()
    for evidence in activity.evidence.all():
        if evidence.inferred and evidence.reason_en != wanted.get(evidence.commitment_id):
            evidence.delete()
        else:
            kept.add(evidence.commitment_id)
    Evidence.objects.bulk_create(
        Evidence(activity=activity, commitment_id=commitment, inferred=True, reason_en=reason)
        for commitment, reason in wanted.items()
        if commitment not in kept
    )
