"""The files of activities/data and their loader."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command

from accounts.audit import acting
from accounts.choices import Audience, ReviewState
from accounts.models import AuditEntry, User
from activities.choices import (
    ActivityType,
    CentreRole,
    DateBasis,
    Format,
    InvolvementRole,
    Origin,
    SeriesCadence,
    Stage,
)
from activities.management.commands import load_public_record
from activities.models import Activity, Evidence, Series
from tests.loading import loaded


def rows(path: str) -> list[dict[str, Any]]:
    return yaml.safe_load((settings.BASE_DIR / path).read_text(encoding="utf-8"))


RECORD = rows("activities/data/public-record.yaml")
SERIES = rows("activities/data/series.yaml")
BEFORE_THE_PROGRAMME = {"dfm-2019-tashkent", "gyd-2020-online", "wlc-2020-founding"}


def codes(path: str, name: str = "code") -> set[str]:
    return {row[name] for row in rows(path)}


@pytest.fixture(scope="module")
def files(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with loaded("load_priorities", "load_partners", "load_public_record", blocker=django_db_blocker):
        yield


def test_the_record_has_83_activities_with_keys_of_their_own() -> None:
    assert len(RECORD) == len({row["key"] for row in RECORD}) == 83
    assert Counter(row["certainty"] for row in RECORD) == {"found": 81, "inferred": 2}


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("type", ActivityType),
        ("centre_role", CentreRole),
        ("stage", Stage),
        ("date_basis", DateBasis),
        ("format", Format),
    ],
)
def test_choices_are_known(name: str, choices: Any) -> None:
    assert {row[name] for row in RECORD} - {None} <= set(choices.values)


def test_every_reference_resolves() -> None:
    organizations = codes("partners/data/organizations.yaml")
    countries = codes("priorities/data/countries.yaml")
    commitments = codes("priorities/data/commitments.yaml")
    themes = codes("priorities/data/themes.yaml")
    priorities = codes("priorities/data/priorities.yaml", "roman")
    for row in RECORD:
        assert row["priority"] in priorities
        assert row["themes"] and set(row["themes"]) <= themes, row["key"]
        assert {row["country"], *row["countries"]} - {None} <= countries, row["key"]
        assert {p["organization"] for p in row["partners"]} <= organizations, row["key"]
        assert {p["role"] for p in row["partners"]} <= set(InvolvementRole.values), row["key"]
        assert {c["code"] for c in row["commitments"]} <= commitments, row["key"]
        assert row["series"] is None or row["series"] in {series["code"] for series in SERIES}
    for series in SERIES:
        assert series["cadence"] in SeriesCadence.values
        assert set(series["commitments"]) <= commitments
        assert series["name_en"] and series["name_ru"]


def test_dates_are_as_exact_as_their_precision_says() -> None:
    for row in RECORD:
        starts, ends = row["start"], row["end"]
        if row["date_precision"] == "unknown":
            assert starts is ends is None, row["key"]
        elif row["date_precision"] == "month":
            assert starts.day == 1 and ends.month == starts.month and ends.day >= 28, row["key"]
        elif row["date_precision"] == "year":
            assert (starts.month, starts.day, ends.month, ends.day) == (1, 1, 12, 31), row["key"]
        else:
            assert starts <= ends, row["key"]


def test_every_activity_says_where_it_is_reported() -> None:
    for row in RECORD:
        assert row["links"] and row["date_source"], row["key"]
        for link in row["links"]:
            assert link["publisher"], row["key"]
            assert link["url"] is None or urlsplit(link["url"]).scheme in ("http", "https")


def test_what_is_inferred_says_so_and_is_no_evidence() -> None:
    for row in RECORD:
        if row["certainty"] == "inferred":
            assert "inferred" in row["note_en"] and row["commitments"] == [], row["key"]


def test_no_edition_is_counted_twice_in_a_series() -> None:
    editions = Counter((row["series"], row["edition"]) for row in RECORD if row["edition"])
    assert max(editions.values()) == 1


def test_the_yearly_meetings_stand_in_their_series() -> None:
    meetings = {row["edition"]: row["city"] for row in RECORD if row["series"] == "deputy-foreign-ministers"}
    assert meetings == {9: "Tashkent", 11: "Dushanbe", 12: "Ashgabat", 13: "Bishkek", 14: "Tashkent"}


def test_loaded_activities_are_approved_public_record_with_inferred_priorities(files: None, db: None) -> None:
    activities = Activity.objects.filter(origin=Origin.PUBLIC_RECORD)
    assert activities.count() == len(RECORD)
    assert not activities.exclude(review_state=ReviewState.APPROVED, audience=Audience.PUBLIC).exists()
    assert not activities.filter(main_priority__isnull=False, priority_inferred=False).exists()
    assert not Evidence.objects.filter(activity__isnull=False, inferred=False).exists()
    assert Series.objects.count() == len(SERIES)


def test_the_database_agrees_with_the_rules_of_the_form(files: None, db: None) -> None:
    keys = [field.name for field in Activity._meta.fields if field.is_relation]
    for activity in Activity.objects.all():
        activity.clean_fields(exclude=keys)
        activity.clean()


def test_what_was_held_before_the_programme_serves_none_of_its_priorities(files: None, db: None) -> None:
    without = Activity.objects.filter(main_priority__isnull=True)
    assert set(without.values_list("public_key", flat=True)) == BEFORE_THE_PROGRAMME
    assert not Evidence.objects.filter(activity__in=without).exists()


def test_the_whole_record_is_public(files: None, db: None) -> None:
    """Good offices contacts too: the ministries concerned made them public themselves."""
    shown = Activity.objects.visible_to(AnonymousUser())
    assert set(shown.values_list("public_key", flat=True)) == {row["key"] for row in RECORD}


def test_parts_are_loaded_whole(files: None, db: None) -> None:
    conference = Activity.objects.get(public_key="ewn-2024-tashkent")
    assert conference.reference.startswith("UNRCCA-2024-")
    assert conference.series == Series.objects.get(code="counter-terrorism-early-warning-network")
    assert (conference.edition, conference.not_stated) == (4, 50)
    roles = dict(conference.involvements.values_list("organization__code", "role"))
    assert roles["unoct"] == roles["orolsi"] == InvolvementRole.CO_ORGANIZER
    assert roles["un-peace-and-development-trust-fund"] == InvolvementRole.DONOR
    assert conference.links.count() == 2
    assert set(conference.themes.values_list("code", flat=True)) == {
        "counter-terrorism",
        "pve",
        "early-warning",
        "community-resilience",
    }


def test_loading_twice_writes_nothing(files: None, db: None) -> None:
    before = AuditEntry.objects.count()
    call_command("load_public_record", verbosity=0)
    assert AuditEntry.objects.count() == before


def test_an_activity_that_a_person_changed_is_left_alone_with_its_parts(files: None, db: None, manager: User) -> None:
    activity = Activity.objects.get(public_key="caef-2024-astana")
    with acting(by=manager, verb="change"):
        activity.city = "Almaty"
        activity.touch(manager)
        activity.save()
        activity.links.all().delete()
        activity.themes.clear()
    call_command("load_public_record", verbosity=0)
    activity.refresh_from_db()
    assert activity.city == "Almaty"
    assert not activity.links.exists() and not activity.themes.exists()


def test_confirmed_evidence_stays(files: None, db: None) -> None:
    evidence = Evidence.objects.filter(activity__public_key="gyd-2023-bishkek").get()
    Evidence.objects.filter(pk=evidence.pk).update(inferred=False, reason_en="Confirmed by a manager.")
    call_command("load_public_record", verbosity=0)
    evidence.refresh_from_db()
    assert (evidence.inferred, evidence.reason_en) == (False, "Confirmed by a manager.")


def test_a_file_with_an_unknown_code_loads_nothing_at_all(
    files: None, db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_public_record, "DATA", tmp_path)
    new_series, new_activity = (
        {**SERIES[0], "code": "new"},
        {**RECORD[0], "key": "new", "series": "new", "themes": ["weather"]},
    )
    (tmp_path / "series.yaml").write_text(yaml.safe_dump([new_series]), encoding="utf-8")
    (tmp_path / "public-record.yaml").write_text(yaml.safe_dump([new_activity]), encoding="utf-8")
    with pytest.raises(CommandError, match=r"code “weather”\. Load the data it belongs to first"):
        call_command("load_public_record", verbosity=0)
    assert not Series.objects.filter(code="new").exists()
    assert not Activity.objects.filter(public_key="new").exists()
