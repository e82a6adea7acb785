"""The IATI file: valid against the schema and the code lists, and only what anyone may read."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from accounts.time_zones import office_date
from activities.iati import export, shared
from activities.models import Activity, Involvement, Link
from partners.models import Organization
from tests.factories.activities import make_activity, make_country

pytestmark = pytest.mark.django_db

ADDRESS = "/public/iati.xml"
# A reference of the right form that belongs to nobody.
REFERENCE = "XX-EXAMPLE-123"
STANDARD = Path(__file__).parent / "iati"
CODES: dict[str, list[str]] = json.loads((STANDARD / "codelists.json").read_text())


@cache
def schema() -> Any:
    return etree.XMLSchema(etree.parse(STANDARD / "iati-activities-schema.xsd"))


def unknown_codes(document: Any) -> Iterator[str]:
    """Each code that the standard's map of code lists does not allow where it stands."""
    for mapping in etree.parse(STANDARD / "codelist-mapping.xml").iterfind("mapping"):
        path, condition = mapping.findtext("path"), mapping.findtext("condition")
        element, _slash, attribute = path.rpartition("/")
        if condition and "@" in attribute:
            path = f"{element}[{condition}]/{attribute}"
        name = mapping.find("codelist").get("ref")
        for code in document.xpath(path):
            if str(code) not in CODES[name]:
                yield f"{path}: {code}"


def document_of(body: bytes) -> Any:
    """The file, once it is found to be valid."""
    document = etree.fromstring(body).getroottree()
    schema().assertValid(document)
    assert not list(unknown_codes(document))
    return document


@pytest.fixture
def reference(settings: Any) -> str:
    settings.IATI_REPORTING_ORG = REFERENCE
    return REFERENCE


def public(**fields: Any) -> Activity:
    return make_activity(**{"review_state": "approved", "audience": "public", "stage": "held", **fields})


@given(st.integers(0, 400))
def test_shares_add_up_to_a_hundred(number: int) -> None:
    shares = [Decimal(share) for _code, share in shared([str(place) for place in range(number)])]
    assert len(shares) == number and sum(shares) == (100 if number else 0)
    assert not shares or max(shares) - min(shares) <= Decimal("0.01")


def test_nothing_is_given_out_without_the_reference(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.IATI_REPORTING_ORG = ""
    answer = client.get(ADDRESS)
    assert answer.status_code == 503 and "Set IATI_REPORTING_ORG" in answer.content.decode()
    with pytest.raises(CommandError, match="IATI_REPORTING_ORG"):
        call_command("export_iati", tmp_path / "iati.xml")
    assert not list(tmp_path.iterdir())


def test_the_public_record_is_valid(reference: str, client: Client, tmp_path: Path) -> None:
    """Real records, as they are loaded from public sources."""
    for loader in ("load_priorities", "load_partners", "load_public_record"):
        call_command(loader, verbosity=0)
    document = document_of(client.get(ADDRESS).content)
    visible = Activity.objects.visible_to(AnonymousUser()).approved().filter(start_date__isnull=False)
    done = visible.exclude(centre_role__in=["participant", "none"])
    identifiers = document.xpath("//iati-identifier/text()")
    assert sorted(identifiers) == sorted(f"{reference}-{activity.reference}" for activity in done)
    assert len(identifiers) > 40
    for activity in document.iterfind("iati-activity"):
        shares = [Decimal(one.get("percentage")) for one in activity.xpath("recipient-country | recipient-region")]
        assert sum(shares) == 100
    call_command("export_iati", tmp_path / "iati.xml")
    written = document_of((tmp_path / "iati.xml").read_bytes())
    assert written.xpath("//iati-identifier/text()") == identifiers


def test_an_activity_says_what_happened_when_and_with_whom(
    reference: str, client: Client, osce: Organization, unodc: Organization
) -> None:
    activity = public(title_en="Course \x0b & more", title_ru="Курс", summary="Example.", date_precision="month")
    for code in ("KZ", "TJ", "UZ"):
        activity.countries.add(make_country(code, group="central_asia"))
    activity.countries.add(make_country("TR"))
    for organization, role in ((osce, "co_organizer"), (osce, "host"), (unodc, "donor"), (unodc, "speaker")):
        Involvement.objects.create(activity=activity, organization=organization, role=role)
    Link.objects.create(activity=activity, url="https://example.org/?a=1&b=2", publisher="Example")
    document = document_of(client.get(ADDRESS).content)
    [element] = document.iterfind("iati-activity")
    assert element.xpath("title/narrative/text()") == ["Course  & more", "Курс"]
    assert [(one.get("role"), one.findtext("narrative")) for one in element.iterfind("participating-org")][1:] == [
        *(("4", osce.name_en), ("1", unodc.name_en))
    ]
    assert [(one.get("code"), one.get("percentage")) for one in element.iterfind("recipient-country")] == [
        *(("KZ", "33.34"), ("TJ", "33.33"), ("UZ", "33.33"))
    ]
    assert element.xpath("activity-date/@type") == ["2", "4"]
    assert element.xpath("activity-date/narrative/text()") == ["May 2024", "May 2024"]
    assert element.xpath("document-link/@url") == ["https://example.org/?a=1&b=2"]


@pytest.mark.parametrize(
    ("stage", "first", "last", "status", "kinds"),
    [
        ("planned", 5, 6, "1", ["1", "3"]),
        ("confirmed", -1, 1, "2", ["1", "3"]),
        ("held", -5, -4, "4", ["2", "4"]),
        ("held", -1, 1, "4", ["2", "3"]),
        ("cancelled", -5, -4, "5", ["1", "3"]),
        ("postponed", 5, 6, "6", ["1", "3"]),
    ],
)
def test_status_and_dates_follow_from_the_stage(
    stage: str, first: int, last: int, status: str, kinds: list[str], reference: str
) -> None:
    today = office_date()
    public(stage=stage, start_date=today + timedelta(days=first), end_date=today + timedelta(days=last))
    document = document_of(export())
    assert document.xpath("//activity-status/@code") == [status]
    assert document.xpath("//activity-date/@type") == kinds


def test_only_what_anyone_may_read_is_in_it_whoever_asks(
    reference: str, manager: Any, osce: Organization, client_of: Any
) -> None:
    shown = public(title_en="Open", chatham_house=True, country=make_country("UZ", group="central_asia"))
    shown.countries.add(make_country("KZ", group="central_asia"))
    Involvement.objects.create(activity=shown, organization=osce, role="organizer")
    public(title_en="Partners", audience="all_partners")
    public(title_en="Draft", review_state="draft")
    public(title_en="Held back", release_held=True)
    public(title_en="Internal", audience="internal")
    public(title_en="Of a partner", lead_organization=osce, centre_role="none")
    public(title_en="Attended", centre_role="participant")
    public(title_en="Undated", start_date=None, end_date=None, date_precision="unknown")
    for who in (None, manager):
        document = document_of(client_of(who).get(ADDRESS).content)
        assert document.xpath("//title/narrative/text()") == ["Open"]
        # The Chatham House Rule: neither who took part nor from where.
        assert document.xpath("//recipient-country/@code") == ["UZ"]
        assert len(document.xpath("//participating-org")) == 1


def test_the_number_of_queries_does_not_grow(reference: str, osce: Organization) -> None:
    counts = []
    for _round in range(2):
        for _number in range(5):
            activity = public(country=make_country())
            Involvement.objects.create(activity=activity, organization=osce, role="organizer")
        with CaptureQueriesContext(connection) as queries:
            export()
        counts.append(len(queries))
    assert counts == [6, 6]
