"""The files of partners/data and their loader."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.utils import translation

from accounts.audit import acting
from accounts.models import AuditEntry, User
from partners.choices import AgreementKind, OrganizationType
from partners.management.commands.load_partners import load_organizations
from partners.models import Agreement, Organization
from tests.loading import loaded


def rows(path: str) -> list[dict[str, Any]]:
    return yaml.safe_load((settings.BASE_DIR / path).read_text(encoding="utf-8"))


ORGANIZATIONS = rows("partners/data/organizations.yaml")
AGREEMENTS = rows("partners/data/agreements.yaml")
CODES = {row["code"] for row in ORGANIZATIONS}

NAMED_IN_THE_PROGRAMME = {
    "unrcca", "unama", "dppa", "security-council", "general-assembly", "osce", "sco", "rats-sco", "csto", "cis",
    "eu", "caricc", "ifas", "icwc", "cica", "ohchr", "ohchr-central-asia", "unoct", "uncct", "undp", "unhcr",
    "unfpa", "iom", "unodc", "unece", "unesco", "escap", "world-bank", "imf", "unct-kz", "unct-kg", "unct-tj",
    "unct-tm", "unct-uz",
}  # fmt: skip
NAMED_IN_THE_FORECAST = {
    "orolsi", "un-peace-and-development-trust-fund", "government-cn", "government-ru", "ministry-of-defence-ru",
    "government-us", "us-embassy-kz", "government-jp", "government-ae", "de-facto-authorities-af",
}  # fmt: skip


@pytest.fixture(scope="module")
def files(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with loaded("load_priorities", "load_partners", blocker=django_db_blocker):
        yield


def test_every_organization_has_a_code_of_its_own_and_a_name_in_both_languages() -> None:
    assert [code for code, times in Counter(row["code"] for row in ORGANIZATIONS).items() if times > 1] == []
    assert [row["code"] for row in ORGANIZATIONS if not (row["name_en"] and row["name_ru"])] == []
    assert {row["type"] for row in ORGANIZATIONS} <= set(OrganizationType.values)


def test_parents_and_countries_exist() -> None:
    countries = {row["code"] for row in rows("priorities/data/countries.yaml")}
    assert {row["parent"] for row in ORGANIZATIONS} - {None} <= CODES
    assert {row["country"] for row in ORGANIZATIONS} - {None} <= countries


def test_no_organization_but_the_bretton_woods_pair_shares_a_spelling_with_another() -> None:
    spellings = [
        (spelling, row["code"])
        for row in ORGANIZATIONS
        for spelling in {row["name_en"], row["name_ru"], row["acronym"], row["acronym_ru"], *row["aliases"]} - {""}
    ]
    shared = {spelling for spelling, times in Counter(s for s, _ in spellings).items() if times > 1}
    assert {code for spelling, code in spellings if spelling in shared} == {"world-bank", "imf"}


@pytest.mark.parametrize("named", [NAMED_IN_THE_PROGRAMME, NAMED_IN_THE_FORECAST], ids=["programme", "forecast"])
def test_every_organization_that_a_source_names_is_there(named: set[str]) -> None:
    assert named <= CODES


def test_bodies_stand_under_the_organization_they_belong_to() -> None:
    parents = {row["code"]: row["parent"] for row in ORGANIZATIONS}
    assert parents["rats-sco"] == "sco"
    assert parents["icwc"] == "ifas"
    assert parents["uncct"] == "unoct"
    assert parents["cis-atc"] == "cis"
    assert parents["unrcca"] == parents["unama"] == "dppa"


def test_agreements_name_known_parties_and_commitments() -> None:
    commitments = {row["code"] for row in rows("priorities/data/commitments.yaml")}
    assert {row["code"] for row in AGREEMENTS} == {"ifas-memorandum", "joint-plan-of-action"}
    for row in AGREEMENTS:
        assert row["kind"] in AgreementKind.values
        assert set(row["parties"]) <= CODES
        assert set(row["commitments"]) <= commitments
        assert row["title_ru"] and row["description_ru"]


def test_loading_makes_public_organizations_and_agreements(files: None, db: None) -> None:
    anyone = AnonymousUser()
    assert Organization.objects.visible_to(anyone).count() == len(ORGANIZATIONS)
    assert Agreement.objects.visible_to(anyone).count() == len(AGREEMENTS)
    plan = Agreement.objects.get(code="joint-plan-of-action")
    assert set(plan.parties.values_list("code", flat=True)) >= {"unrcca", "unoct", "uncct"}
    assert list(plan.commitments.values_list("code", flat=True)) == ["IV.3"]


def test_russian_readers_see_russian_acronyms(files: None, db: None) -> None:
    with translation.override("ru"):
        names = {
            o.code: o.short_name for o in Organization.objects.filter(code__in=["osce", "sco", "unrcca", "mfa-kz"])
        }
    assert names == {
        "osce": "ОБСЕ",
        "sco": "ШОС",
        "unrcca": "РЦПДЦА",
        "mfa-kz": "Министерство иностранных дел Республики Казахстан",
    }


def test_loading_twice_writes_nothing(files: None, db: None) -> None:
    before = AuditEntry.objects.count()
    call_command("load_partners", verbosity=0)
    assert AuditEntry.objects.count() == before


def test_an_organization_that_a_person_changed_is_left_alone(files: None, db: None, officer: User) -> None:
    osce = Organization.objects.get(code="osce")
    osce.website = "https://www.example.org/"
    with acting(by=officer, verb="change"):
        osce.touch(officer)
        osce.save()
    call_command("load_partners", verbosity=0)
    osce.refresh_from_db()
    assert osce.website == "https://www.example.org/"


def test_an_untouched_organization_follows_the_file(files: None, db: None) -> None:
    Organization.objects.filter(code="osce").update(name_ru="")
    call_command("load_partners", verbosity=0)
    assert Organization.objects.get(code="osce").name_ru == "Организация по безопасности и сотрудничеству в Европе"


def test_an_unknown_code_ends_the_load_with_a_hint(files: None, db: None) -> None:
    nowhere = {**ORGANIZATIONS[0], "code": "nowhere", "country": "XX"}
    with pytest.raises(CommandError, match=r"code “XX”\. Load the data it belongs to first"):
        load_organizations([nowhere])


def test_organizations_that_stand_under_each_other_are_refused(files: None, db: None) -> None:
    one = {**ORGANIZATIONS[0], "code": "one", "parent": "two"}
    two = {**ORGANIZATIONS[0], "code": "two", "parent": "one"}
    with pytest.raises(ValueError, match="one, two"):
        load_organizations([one, two])
