"""The proof of the visibility rule: role x state x audience x every place where a record can show.

The expectations stand here as plain sets, written from the rule's table in DESIGN terms and not computed by the
code under test. A new place that shows, counts, searches, exports or mails a record joins `PLACES` below.
"""

import csv
import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import mail as mailbox
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.audit import acting
from accounts.changes import Disclosure
from accounts.choices import Audience, Classification, ReviewState
from accounts.mail import put, send_due
from accounts.models import ApiKey, User
from accounts.roles import Role
from accounts.visibility import is_staff_viewer
from accounts.workbooks import write_workbook
from activities.commitments import matrix_of
from activities.imports import ActivityImport
from activities.models import Activity, Attachment, Evidence, FollowUp, Involvement, Series
from activities.progress import progress_of
from activities.scope import Scope
from activities.sheets.rows import PlannedRow
from briefings.dossier_actions import freeze
from briefings.models import Development
from briefings.notices import tell_the_week
from partners.models import Organization
from priorities.models import Commitment, Priority, Theme
from reports.builders import (
    annual_programme,
    council_dossier,
    partner_engagement,
    priority_progress,
    weekly_digest,
    wps_yps,
)
from reports.builders.data_workbook import tables_for
from tests.factories.activities import make_activity, make_country, make_theme
from tests.factories.briefings import make_briefing, make_dossier, make_point
from tests.factories.framework import make_commitment, make_programme
from tests.factories.organizations import make_agreement, make_organization
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db

NEW_ACTIVITY = "/activities/new/"

UNAPPROVED = ("draft", "submitted", "returned")
AUDIENCES = ("internal", "named_partners", "all_partners", "public")
NOT_APPROVED = {f"{state}-{audience}" for state in UNAPPROVED for audience in AUDIENCES}
APPROVED = {f"approved-{audience}" for audience in AUDIENCES}
CONFIDENTIAL = {f"confidential-{state}" for state in (*UNAPPROVED, "approved")}
OWN = {f"own-{state}" for state in (*UNAPPROVED, "approved")}
UNCLASSIFIED = NOT_APPROVED | APPROVED | OWN | {"held-public"}

EXPECTED: dict[str, set[str]] = {
    "anonymous": {"approved-public"},
    "inactive partner": {"approved-public"},
    "stranger": {"approved-public", "approved-all_partners"},
    "focal point": {
        *{"approved-public", "approved-all_partners", "approved-named_partners"},
        *{"own-draft", "own-submitted", "own-returned"},
    },
    "officer": UNCLASSIFIED,
    "author": UNCLASSIFIED | CONFIDENTIAL,
    "focal officer": UNCLASSIFIED | CONFIDENTIAL,
    "named reader": UNCLASSIFIED | CONFIDENTIAL,
    "manager": UNCLASSIFIED,
    "named manager": UNCLASSIFIED | CONFIDENTIAL,
    "manager where all managers read": UNCLASSIFIED | CONFIDENTIAL,
    "administrator": UNCLASSIFIED,
}
VIEWERS = sorted(EXPECTED)


@dataclass
class World:
    """All records of the matrix, the viewer, and what the places need to look them up."""

    viewer: Any
    activities: dict[str, Activity]
    developments: dict[str, Development]
    commitment: Commitment
    partner: Organization

    @property
    def priority(self) -> Priority:
        return self.commitment.priority

    def client(self) -> Client:
        client = Client()
        if self.viewer.is_authenticated and self.viewer.is_active:
            client.force_login(self.viewer, backend="accounts.backends.EmailBackend")
        return client

    def key(self) -> dict[str, str]:
        """The header with which the viewer's program calls the API."""
        if not self.viewer.is_authenticated or not self.viewer.is_active:
            return {}
        _key, secret = ApiKey.issue(user=self.viewer, name="matrix")
        return {"authorization": f"Api-Key {secret}"}


def states() -> list[tuple[str, dict[str, Any]]]:
    """Every kind of record: its name in the matrix and its fields."""
    kinds: list[tuple[str, dict[str, Any]]] = []
    for state in (*UNAPPROVED, "approved"):
        kinds += [(f"{state}-{audience}", {"review_state": state, "audience": audience}) for audience in AUDIENCES]
        kinds.append((f"confidential-{state}", {"review_state": state, "classification": Classification.CONFIDENTIAL}))
        kinds.append((f"own-{state}", {"review_state": state, "own": True}))
    kinds.append(
        ("held-public", {"review_state": "approved", "audience": Audience.PUBLIC, "release_held": True}),
    )
    return kinds


def reviewed(fields: dict[str, Any], people: dict[str, User], osce: Organization) -> dict[str, Any]:
    """The fields of a saved record of that kind."""
    now = timezone.now()
    values = {
        **fields,
        "created_by": people["author"],
        "focal_officer": people["focal officer"],
        "submitted_at": None if fields["review_state"] == ReviewState.DRAFT else now,
        "reviewed_at": now if fields["review_state"] in (ReviewState.APPROVED, ReviewState.RETURNED) else None,
    }
    if values.pop("own", False):
        values["lead_organization"] = osce
    return values


def token(kind: str) -> str:
    """A word that occurs in this record alone."""
    return "Zz" + "".join(part.capitalize() for part in re.split(r"[-_]", kind)) + "Zz"


@pytest.fixture
def people(osce: Organization, unodc: Organization) -> dict[str, User]:
    cast = {name: make_user(name.replace(" ", "-"), Role.OFFICER) for name in ("officer", "author", "focal officer")}
    cast["named reader"] = make_user("named-reader", Role.OFFICER)
    for name in ("manager", "named manager", "manager where all managers read"):
        cast[name] = make_user(name.replace(" ", "-"), Role.MANAGER)
    cast["administrator"] = make_user("administrator", Role.ADMINISTRATOR)
    cast["focal point"] = make_user("focal-point", Role.PARTNER, organization=osce)
    cast["stranger"] = make_user("stranger", Role.PARTNER, organization=unodc)
    cast["inactive partner"] = make_user("inactive-partner", Role.PARTNER, organization=osce, is_active=False)
    return cast


@pytest.fixture
def world(
    request: Any, people: dict[str, User], osce: Organization, unodc: Organization, settings: Any, tmp_path: Path
) -> World:
    settings.MEDIA_ROOT = tmp_path
    settings.CONFIDENTIAL_ALLOWED = True
    settings.CONFIDENTIAL_FOR_ALL_MANAGERS = request.param == "manager where all managers read"
    commitment = make_commitment()
    activities, developments, water, turkmenistan = {}, {}, make_theme(), make_country("TM", group="central_asia")
    forum = Series.objects.create(code="forum", name_en="Example forum", audience="public")
    for kind, fields in states():
        values = reviewed(fields, people, osce)
        activity = make_activity(
            title_en=token(kind),
            summary=token(kind),
            main_priority=commitment.priority,
            stage="held",
            country=turkmenistan,
            series=forum,
            women=20,
            **values,
        )
        # Both partners took part in everything: being involved gives a partner nothing.
        for organization in (osce, unodc):
            Involvement.objects.create(activity=activity, organization=organization)
        Evidence.objects.create(activity=activity, commitment=commitment)
        activity.themes.add(water)
        Attachment.objects.create(
            activity=activity,
            file=ContentFile(b"example", name="example.txt"),
            name="example.txt",
            content_type="text/plain",
            size=7,
            sha256=hashlib.sha256(kind.encode()).hexdigest(),
            uploaded_by=people["author"],
        )
        FollowUp.objects.create(activity=activity, text="Example", owner=people["author"], due=date(2024, 6, 1))
        development = Development.objects.create(
            key=kind.replace("_", "-"), date="2024-05-01", headline_en=token(kind), detail_en=token(kind), **values
        )
        for record in (activity, development):
            record.readers.add(people["named reader"], people["named manager"])
            if record.audience == Audience.NAMED_PARTNERS:
                record.released_to.add(osce)
        activities[kind], developments[kind] = activity, development
    viewer = people.get(request.param, AnonymousUser())
    return World(viewer, activities, developments, commitment, osce)


def found(world: World, text: str) -> set[str]:
    """The kinds whose word occurs in a text."""
    return {kind for kind in world.activities if token(kind) in text}


# --- places: each gives the kinds that it shows to the world's viewer ----------------------------------------------


def activities_queryset(world: World) -> set[str]:
    titles = Activity.objects.visible_to(world.viewer).values_list("title_en", flat=True)
    return found(world, " ".join(titles))


def developments_queryset(world: World) -> set[str]:
    titles = Development.objects.visible_to(world.viewer).values_list("headline_en", flat=True)
    return found(world, " ".join(titles))


def activities_list(world: World) -> set[str]:
    return found(world, world.client().get("/activities/").content.decode())


def activities_search(world: World) -> set[str]:
    """Each word of the matrix begins with “Zz”, which alone stands in the search field of the answer."""
    return found(world, world.client().get("/activities/", {"q": "zz"}).content.decode())


def developments_search(world: World) -> set[str]:
    return found(world, world.client().get("/developments/", {"q": "zz"}).content.decode())


def search_page(world: World, kind: str) -> set[str]:
    """What the search over everything finds of a kind."""
    client = world.client()
    pages = [client.get("/search/", {"q": "zz", "type": kind, "page": number}) for number in (1, 2)]
    return found(world, " ".join(page.content.decode() for page in pages))


def activities_on_search_page(world: World) -> set[str]:
    return search_page(world, "activity")


def developments_on_search_page(world: World) -> set[str]:
    return search_page(world, "development")


def api_activities_search(world: World) -> set[str]:
    return found(world, Client().get("/api/v1/activities/?q=zz", headers=world.key()).content.decode())


def api_developments_search(world: World) -> set[str]:
    return found(world, Client().get("/api/v1/developments/?q=zz", headers=world.key()).content.decode())


def activities_of_partner_filter(world: World) -> set[str]:
    return found(world, world.client().get("/activities/", {"partner": world.partner.code}).content.decode())


def activity_pages(world: World) -> set[str]:
    client = world.client()
    shown = set()
    for kind, activity in world.activities.items():
        response = client.get(activity.get_absolute_url())
        assert response.status_code in (200, 404), kind
        if response.status_code == 200:
            shown.add(kind)
        else:
            assert token(kind) not in response.content.decode()
    return shown


def development_pages(world: World) -> set[str]:
    client = world.client()
    return {
        kind for kind, record in world.developments.items() if client.get(record.get_absolute_url()).status_code == 200
    }


def developments_list(world: World) -> set[str]:
    return found(world, world.client().get("/developments/").content.decode())


def developments_timeline(world: World) -> set[str]:
    return found(world, world.client().get("/developments/?show=timeline").content.decode())


def calendar_days(world: World) -> set[str]:
    return found(world, world.client().get("/calendar/", {"month": "2024-05", "show": "list"}).content.decode())


def feed(world: World) -> set[str]:
    """The viewer's own feed; the public one for who has no account."""
    client, url = world.client(), "/calendar/activities.ics"
    if world.viewer.is_authenticated and world.viewer.is_active:
        url = client.post("/calendar/feed/").context["url"]
    return found(world, Client().get(url, {"from": "2024-01-01"}).content.decode().replace("\r\n ", ""))


def atom(world: World) -> set[str]:
    """The same as Atom."""
    client, url = world.client(), "/activities/feed.atom"
    if world.viewer.is_authenticated and world.viewer.is_active:
        url = client.post("/calendar/feed/").context["atom_url"]
    return found(world, Client().get(url).content.decode())


def iati_file(world: World, settings: Any) -> set[str]:
    """What the file for donors tells, when this viewer asks for it."""
    settings.IATI_REPORTING_ORG = "XX-EXAMPLE-123"
    return found(world, world.client().get("/public/iati.xml").content.decode())


def api_activities(world: World) -> set[str]:
    return found(world, Client().get("/api/v1/activities/", headers=world.key()).content.decode())


def api_activity(world: World) -> set[str]:
    headers = world.key()
    return {
        kind
        for kind, record in world.activities.items()
        if Client().get(f"/api/v1/activities/{record.reference}/", headers=headers).status_code == 200
    }


def disclosed_activities(world: World) -> set[str]:
    """What the API may later tell the viewer that it is gone."""
    return disclosed(world, Activity, world.activities)


def disclosed_developments(world: World) -> set[str]:
    return disclosed(world, Development, world.developments)


def disclosed(world: World, model: Any, records: dict[str, Any]) -> set[str]:
    standing = Disclosure.objects.to(world.viewer).filter(kind=model._meta.label_lower, ended=None)
    numbers = set(standing.values_list("object_id", flat=True))
    return {kind for kind, record in records.items() if record.pk in numbers}


def api_developments(world: World) -> set[str]:
    return found(world, Client().get("/api/v1/developments/", headers=world.key()).content.decode())


def api_development(world: World) -> set[str]:
    headers = world.key()
    return {
        kind
        for kind, record in world.developments.items()
        if Client().get(f"/api/v1/developments/{record.key}/", headers=headers).status_code == 200
    }


def activities_workbook(world: World) -> set[str]:
    response = world.client().get("/activities/export.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).worksheets[0]
    return found(world, " ".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row))


def activities_csv(world: World) -> set[str]:
    return found(world, b"".join(world.client().get("/activities/export.csv").streaming_content).decode())


def developments_csv(world: World) -> set[str]:
    return found(world, b"".join(world.client().get("/developments/export.csv").streaming_content).decode())


def attachments(world: World) -> set[str]:
    client = world.client()
    return {
        kind
        for kind, activity in world.activities.items()
        if client.get(f"{activity.get_absolute_url()}files/{activity.attachments.get().pk}/").status_code == 200
    }


def who_does_what(world: World) -> set[str]:
    """The table's activities, the same on the page, in each of its files, and over the API."""
    client, address = world.client(), "/partners/matrix/"
    page = client.get(address, {"stage": "held"})
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{address}export.xlsx").getvalue()))
    word = docx.Document(io.BytesIO(client.get(f"{address}export.docx").content))
    shown = found(world, page.content.decode())
    assert page.context["matrix"].entries == page.context["count"] == len(shown)
    assert found(world, " ".join(str(row) for sheet in book for row in sheet.iter_rows(values_only=True))) == shown
    assert found(world, " ".join(row.cells[1].text for table in word.tables[1:] for row in table.rows)) == shown
    api, headers = "/api/v1/who-does-what/", world.key()
    answer = Client().get(f"{api}?count=true&page_size=100", headers=headers)
    assert answer.json()["count"] == len(shown)
    assert found(world, answer.content.decode()) == shown
    assert found(world, Client().get(f"{api}?format=csv", headers=headers).getvalue().decode()) == shown
    listed = {item["reference"] for item in answer.json()["results"]}
    for activity in world.activities.values():
        status = Client().get(f"{api}{activity.reference}/", headers=headers).status_code
        assert status == (200 if activity.reference in listed else 404)
    return shown


PLACES: dict[str, Callable[[World], set[str]]] = {
    place.__name__: place
    for place in (
        activities_queryset,
        developments_queryset,
        activities_list,
        activities_search,
        developments_search,
        activities_on_search_page,
        developments_on_search_page,
        api_activities_search,
        api_developments_search,
        activities_of_partner_filter,
        activity_pages,
        attachments,
        activities_workbook,
        activities_csv,
        developments_csv,
        developments_list,
        developments_timeline,
        development_pages,
        api_activities,
        disclosed_activities,
        disclosed_developments,
        api_activity,
        api_developments,
        api_development,
    )
}


# --- places that show approved records only --------------------------------------------------------------------------


def brief_lists_of_priority_page(world: World) -> set[str]:
    text = world.client().get(world.priority.get_absolute_url()).content.decode()
    evidence = text.partition('id="commitments"')[2].partition("</section>")[0]
    return found(world, evidence)


def partner_page(world: World) -> set[str]:
    return found(world, world.client().get(world.partner.get_absolute_url()).content.decode())


def country_page(world: World) -> set[str]:
    return found(world, world.client().get("/countries/TM/").content.decode())


def theme_page(world: World) -> set[str]:
    return found(world, world.client().get("/themes/water/").content.decode())


def series_page(world: World) -> set[str]:
    return found(world, world.client().get("/series/forum/").content.decode())


def editions_file(world: World) -> set[str]:
    """The chart of a page as a file."""
    return found(world, world.client().get("/series/forum/?chart=editions&as=csv").getvalue().decode())


def report(world: World) -> set[str]:
    """The priority progress report as it would be built for the viewer."""
    parameters = {
        "programme": world.priority.programme.period,
        "starts": "2024-01-01",
        "ends": "2024-12-31",
    }
    return found(world, repr(priority_progress.build(world.viewer, parameters, today=date(2024, 12, 31))))


def built(world: World, build: Any) -> set[str]:
    """A report on the year as it would be built for the viewer, a schedule’s focal point among them."""
    parameters = {"programme": world.priority.programme.period, "starts": "2024-01-01", "ends": "2024-12-31"}
    return found(world, repr(build(world.viewer, parameters, today=date(2024, 12, 31))))


def digest(world: World) -> set[str]:
    return built(world, weekly_digest.build)


def annual_report(world: World) -> set[str]:
    return built(world, annual_programme.build)


def report_on_partners(world: World) -> set[str]:
    return built(world, partner_engagement.build)


def report_on_women_and_youth(world: World) -> set[str]:
    theme, _made = Theme.objects.get_or_create(code="wps", defaults={"name_en": "Women, peace and security"})
    for record in (*world.activities.values(), *world.developments.values()):
        record.themes.add(theme)
    facts = wps_yps.build(world.viewer, {"starts": "2024-01-01", "ends": "2024-12-31"}, today=date(2024, 12, 31))
    developments = found(world, repr(facts.agendas[0].developments))
    assert developments == found(world, repr(facts.agendas[0].held)) == found(world, repr(facts.annex))
    return developments


def data_workbook(world: World) -> set[str]:
    file = io.BytesIO()
    write_workbook(file, "Example", tables_for(world.viewer), world.viewer)
    book = openpyxl.load_workbook(file)
    shown = [
        found(world, " ".join(str(cell) for row in book[name].iter_rows(values_only=True) for cell in row))
        for name in ("Activities", "Developments")
    ]
    assert shown[0] == shown[1]
    return shown[0]


REPORTS = (report, digest, annual_report, report_on_partners, report_on_women_and_youth)
APPROVED_PLACES = {
    place.__name__: place
    for place in (
        brief_lists_of_priority_page,
        partner_page,
        country_page,
        theme_page,
        series_page,
        editions_file,
        *REPORTS,
    )
}
APPROVED_KINDS = {*APPROVED, "confidential-approved", "own-approved", "held-public"}


# --- places on which a person's own work stands ----------------------------------------------------------------------


ON_DESK = re.compile(r'<section class="panel" aria-labelledby="developments">.*?</section>', re.DOTALL)


def desk(world: World) -> set[str]:
    """The activities on the desk: developments carry the same words."""
    return found(world, ON_DESK.sub("", world.client().get("/activities/desk/").content.decode()))


def developments_on_desk(world: World) -> set[str]:
    return found(world, " ".join(ON_DESK.findall(world.client().get("/activities/desk/").content.decode())))


def follow_ups(world: World) -> set[str]:
    return found(world, world.client().get("/activities/follow-ups/").content.decode())


def deciding(world: World) -> set[str]:
    """What a person learns by ticking references at random."""
    ticks = [f"{activity.reference}:1" for activity in world.activities.values()]
    text = world.client().get("/activities/decide/", {"deed": "submit", "record": ticks}).content.decode()
    return found(world, text)


def mails(world: World) -> set[str]:
    """The kinds that mails to the viewer name, were every notice addressed to everyone."""
    if not world.viewer.is_authenticated:
        return set()
    notices = {
        "activity_submitted": ("submitted",),
        "activity_approved": ("approved", "held"),
        "activity_returned": ("returned",),
    }
    for kind, activity in world.activities.items():
        for name, states in notices.items():
            if any(state in kind for state in states):
                put(name, to=[world.viewer], about=activity, event=1)
        put("activity_verify", to=[world.viewer], about=activity, event="2024-05-02:0")
        [follow_up] = activity.follow_ups.all()
        put("follow_up_overdue", to=[world.viewer], about=follow_up, event=follow_up.due)
    mailbox.outbox.clear()
    send_due(timezone.now())
    assert all(letter.to == [world.viewer.email] for letter in mailbox.outbox)
    return found(world, " ".join(f"{letter.subject} {letter.body}" for letter in mailbox.outbox))


def dossier(world: World) -> set[str]:
    """What the pages of a Council dossier tell, and count, of activities, developments and what rests on them."""
    officer = User.objects.get(email="officer@example.org")
    make_briefing("before", date=date(2024, 1, 23), audience="public")
    made = make_dossier(make_briefing("council", date=date(2024, 7, 23), audience="public"), officer)
    for kind in world.activities:
        make_point(made, topic="Example", text=token(kind)).activities.add(world.activities[kind])
        make_point(made, topic="Example", text=token(kind)).developments.add(world.developments[kind])
    with acting(by=officer, verb="freeze"):
        freeze(made, by=officer)
    client = world.client()
    shown: list[set[str]] = []
    visible = activities_queryset(world)
    for page in ("", "read/", "versions/1/"):
        response = client.get(f"{made.get_absolute_url()}{page}")
        if response.status_code != 200:
            shown.append(set())
            continue
        sections = {section.key: section for section in response.context["sections"]}
        for key in ("developments", "activities"):
            shown.append(found(world, sections[key].text))
            assert sections[key].count == len(shown[-1])
        # A sentence may rest on a record that is not approved: its reader sees that record.
        assert found(world, sections["points"].text) == visible
        assert sections["points"].count == 2 * len(visible)
        assert found(world, response.content.decode()) == visible
    assert all(kinds == shown[0] for kinds in shown)
    if is_staff_viewer(world.viewer):
        report = council_dossier.build_next(world.viewer, {}, today=date(2024, 7, 1))
        assert found(world, repr(report)) == visible
    return shown[0]


def mail_of_the_week(world: World) -> set[str]:
    """The developments that the weekly mail tells the viewer of."""
    tell_the_week(timezone.localdate() + timedelta(days=7))
    mailbox.outbox.clear()
    send_due(timezone.now() + timedelta(seconds=1))
    letters = [letter for letter in mailbox.outbox if letter.to == [getattr(world.viewer, "email", "")]]
    return found(world, " ".join(f"{letter.subject} {letter.body}" for letter in letters))


STAFF = {who for who in EXPECTED if who not in ("anonymous", "inactive partner", "stranger", "focal point")}


def imported_rows(world: World, show: str) -> str:
    """The preview of a file that names every reference there is, and one that there is not."""
    references = [activity.reference for activity in world.activities.values()]
    lines = ["reference,city", *(f"{reference}," for reference in [*references, "UNRCCA-2024-9999"])]
    file = SimpleUploadedFile("file.csv", "\n".join(lines).encode())
    client = world.client()
    return client.get(client.post("/activities/import/", {"file": file})["Location"], {"show": show}).content.decode()


def import_matches(world: World) -> set[str]:
    """What a file may change, or say to be the same; all others are answered as one that there is not."""
    shown = found(world, imported_rows(world, "same"))
    unknown = imported_rows(world, "error")
    assert not found(world, unknown)
    answers = [text.partition("</td>")[0] for text in re.split(r'<td data-label="What happens">', unknown)[1:]]
    assert len(answers) == len(world.activities) - len(shown) + 1
    assert len({re.sub(r"UNRCCA-2024-\d+|\b[A-Z]+\d+\b", "", answer) for answer in answers}) == 1
    return shown


def kept_import(world: World, status: str) -> set[str]:
    """What the pages of an import show of records that its owner saw once; who lost sight of one sees it no longer."""
    rows = [
        {**asdict(PlannedRow(number, "changed", token(kind), record.reference, record.pk, 1)), **said}
        for number, (kind, record) in enumerate(world.activities.items(), start=2)
        for said in ({"changes": [("Title", token(kind), "Other")], "duplicates": [(record.reference, token(kind))]},)
    ]
    made = [{"pk": record.pk, "kind": "changed", "version": 1} for record in world.activities.values()]
    imported = ActivityImport.objects.create(
        owner=world.viewer, name="file.csv", status=status, plan={"rows": rows}, made=made, language="en"
    )
    pages = [world.client().get(f"/activities/import/{imported.pk}/", {"show": show}) for show in ("changed", "error")]
    assert {page.status_code for page in pages} == {200}
    text = " ".join(page.content.decode() for page in pages)
    shown = found(world, text)
    assert ("UNRCCA — CONFIDENTIAL" in text) == bool(shown & CONFIDENTIAL)
    return shown


def import_preview(world: World) -> set[str]:
    return kept_import(world, "ready")


def import_result(world: World) -> set[str]:
    return kept_import(world, "done")


LOGGING = {who for who in STAFF if who != "administrator"} | {"focal point", "stranger"}


def expected_on_desk(who: str) -> set[str]:
    """The author has all follow-ups, so sees every title; a focal officer what is in work, a manager what is to decide.

    A partner finds its own organization's entries, an administrator nothing.
    """
    visible = EXPECTED[who]
    if who == "focal officer":
        return {kind for kind in visible if "approved" not in kind and kind != "held-public"}
    if "manager" in who:
        return {kind for kind in visible if "submitted" in kind or kind == "held-public"}
    return {"author": visible, "focal point": visible & OWN}.get(who, set())


def expected_of_developments_on_desk(who: str) -> set[str]:
    """Author and focal officer have all that is not decided yet on their desks, managers what is to decide."""
    if who in ("author", "focal officer"):
        return {kind for kind in EXPECTED[who] if "approved" not in kind and kind != "held-public"}
    return {kind for kind in EXPECTED[who] if "submitted" in kind and "manager" in who}


def expected_in_mails(who: str) -> set[str]:
    """A mail names nothing confidential; only managers are asked to decide, only its owner is reminded."""
    if who in ("anonymous", "inactive partner"):
        return set()
    named = EXPECTED[who] - CONFIDENTIAL
    if who == "author":
        return named
    return {kind for kind in named if "draft" not in kind and ("submitted" not in kind or "manager" in who)}


def copies(world: World) -> set[str]:
    """The records that a new form may be begun from, by those who log activities for the Centre or for themselves."""
    client = world.client()
    shown = set()
    for kind, activity in world.activities.items():
        response = client.get(NEW_ACTIVITY, {"like": activity.reference})
        assert response.status_code in (200, 404), kind
        if response.status_code == 200:
            assert token(kind) in response.content.decode()
            shown.add(kind)
    return shown


def has_account(world: World) -> bool:
    """Nobody can make a report for anonymous readers."""
    return bool(world.viewer.is_authenticated)


# --- counts: totals leak otherwise -----------------------------------------------------------------------------------


def count_of_list_page(world: World) -> int:
    text = world.client().get("/activities/", {"review_state": "approved"}).content.decode()
    match = re.search(r'class="result-count"[^>]*>\s*<strong>(\d+)', text)
    assert match, text
    return int(match[1])


def count_of_dashboard(world: World) -> int:
    progress = progress_of(Scope(world.priority.programme, "", None), world.viewer, today=timezone.localdate())
    assert progress.people.activities == progress.total.held.count
    return progress.total.held.count


def count_of_evidence(world: World) -> int:
    scope, today = Scope(world.priority.programme, "", None), timezone.localdate()
    matrix = matrix_of(scope, world.viewer, today=today, priorities=[world.priority])
    [row] = matrix.rows
    assert row.total.count == row.in_scope == sum(cell.count for cell in row.cells)
    return row.in_scope


def count_of_timeline(world: World) -> int:
    years = world.client().get(world.priority.get_absolute_url()).context["years"]
    return sum(event.activity is not None for year in years for event in year.events)


def count_of_public_page(world: World) -> int:
    return int(world.client().get("/public/").context["progress"].total.held.count)


def count_of_chart_file(world: World) -> int:
    """The numbers of a chart as they leave in a file."""
    response = world.client().get("/public/", {"chart": "held-by-year", "as": "csv"})
    [_head, *rows] = csv.reader(b"".join(response).decode("utf-8-sig").splitlines())
    return sum(int(row[-1] or 0) for row in rows)


def count_of_partner_page(world: World) -> int:
    together = world.client().get(world.partner.get_absolute_url()).context["together"]
    assert sum(row.total.count for row in together.years) == sum(cell.count for cell in together.role_totals)
    assert [cell.count for _priority, cell in together.priorities] == [together.total.count] * bool(together.priorities)
    return int(together.total.count)


def count_of_partners_list(world: World) -> int:
    rows = {row.code: row for row in world.client().get("/partners/").context["page"]}
    assert rows["osce"].last_engaged == (date(2024, 5, 1) if rows["osce"].together else None)
    return int(rows["osce"].together)


def count_of_country_tiles(world: World) -> int:
    answer = world.client().get("/countries/")
    [tile] = [tile for tile in answer.context["tiles"] if tile.country]
    # Twenty women took part in each, as far as one may know of it.
    assert (tile.figures.women or 0) == 20 * tile.held.count
    assert tile.partners == (2 if tile.held.count else 0)
    assert bool(tile.themes) == bool(tile.held.count)
    return int(tile.held.count)


def count_of_country_page(world: World) -> int:
    profile = world.client().get("/countries/TM/").context["profile"]
    assert sum(row.held.count for row in profile.taking_part) == profile.held.count == profile.everyone.stated.count
    assert [row.cell.count for row in profile.partners] == [profile.held.count] * 2 * bool(profile.partners)
    return int(profile.held.count)


def count_of_themes(world: World) -> int:
    [row] = [row for row in world.client().get("/themes/").context["rows"] if row.theme.code == "water"]
    assert world.client().get("/themes/water/").context["profile"].held.count == row.held.count
    return int(row.held.count)


def count_of_series(world: World) -> int:
    [row] = world.client().get("/series/").context["rows"]
    return int(row.held.count)


def count_of_engagement(world: World) -> int:
    by_quarter, by_priority = (
        world.client().get("/partners/engagement/", {"by": by}).context["table"].rows for by in ("", "priority")
    )
    assert [row.total.count for row in by_quarter] == [row.total.count for row in by_priority]
    assert all(row.elsewhere == 0 for row in (*by_quarter, *by_priority))
    return next((int(row.total.count) for row in by_quarter if row.partner == world.partner), 0)


def count_of_comparison(world: World) -> int:
    """The priority beside a later programme that has none."""
    make_programme(number=6, starts="2026-01-01", ends="2030-12-31")
    [(side, none)] = world.client().get("/priorities/compare/").context["pairs"]
    assert none is None and side.figures.activities == side.held
    assert (side.with_evidence.count, bool(side.partners)) == ((1, True) if side.held else (0, False))
    return int(side.held)


def placing(world: World) -> set[str]:
    """Which records a manager may put under another priority: inferred ones, and those of another programme."""
    Activity.objects.update(priority_inferred=True, start_date="2026-05-01", end_date="2026-05-01")
    client = world.client()
    inferred = found(world, client.get("/activities/inferred/").content.decode())
    assert found(world, client.get("/activities/other-programme/").content.decode()) == inferred
    desk = client.get("/activities/desk/").context or {}
    assert {desk.get("inferred", 0) or 0, desk.get("misplaced", 0) or 0} == {len(inferred)}
    ticks = [f"{activity.reference}:1" for activity in world.activities.values()]
    priorities = {f"priority-{activity.reference}": world.priority.pk for activity in world.activities.values()}
    look = client.post("/activities/other-programme/", {"step": "look", "record": ticks, **priorities})
    assert found(world, look.content.decode()) == inferred
    return inferred


COUNTS = {
    count.__name__: count
    for count in (
        count_of_list_page,
        count_of_dashboard,
        count_of_evidence,
        count_of_timeline,
        count_of_public_page,
        count_of_chart_file,
        count_of_partner_page,
        count_of_partners_list,
        count_of_country_tiles,
        count_of_country_page,
        count_of_themes,
        count_of_series,
        count_of_engagement,
        count_of_comparison,
    )
}


def count_of_api(world: World) -> int:
    """The API counts what it lists, unapproved records that the viewer may see among them."""
    return int(Client().get("/api/v1/activities/?count=true", headers=world.key()).json()["count"])


def count_of_search(world: World) -> dict[str, int]:
    facets = world.client().get("/search/", {"q": "zz"}).context["facets"]
    return {facet.code: facet.count for facet in facets}


@pytest.mark.parametrize(("world", "who"), [(who, who) for who in VIEWERS], indirect=["world"], ids=VIEWERS)
def test_every_place_shows_and_counts_what_the_rule_allows(world: World, who: str, settings: Any) -> None:
    """One world a viewer, since building it costs more than looking at it."""
    assert {name: place(world) for name, place in PLACES.items()} == dict.fromkeys(PLACES, EXPECTED[who])
    approved = EXPECTED[who] & APPROVED_KINDS
    places = {name: place for name, place in APPROVED_PLACES.items() if place not in REPORTS or has_account(world)}
    if has_account(world):
        assert data_workbook(world) == EXPECTED[who]
    assert {name: place(world) for name, place in places.items()} == dict.fromkeys(places, approved)
    assert desk(world) == expected_on_desk(who)
    assert developments_on_desk(world) == expected_of_developments_on_desk(who)
    assert follow_ups(world) == (EXPECTED[who] if who in STAFF else set())
    assert deciding(world) == (EXPECTED[who] if who in LOGGING else set())
    if who in LOGGING:
        assert copies(world) == EXPECTED[who]
    if who in LOGGING & STAFF:
        of_imports = (import_matches, import_preview, import_result)
        assert {place.__name__: place(world) for place in of_imports} == {
            place.__name__: EXPECTED[who] for place in of_imports
        }
    assert mails(world) == expected_in_mails(who)
    assert mail_of_the_week(world) == (approved - CONFIDENTIAL if who in STAFF else set())
    assert dossier(world) == (approved if who in STAFF else set())
    counted = {name: count(world) for name, count in COUNTS.items()}
    assert counted == dict.fromkeys(COUNTS, len(approved))
    assert count_of_api(world) == len(EXPECTED[who])
    # The staff's follow-ups are found by the titles of their activities.
    kinds = ("activity", "development", *(("follow-up",) if is_staff_viewer(world.viewer) else ()))
    assert count_of_search(world) == dict.fromkeys(kinds, len(EXPECTED[who]))
    # A feed is copied to devices that the Centre does not look after.
    assert feed(world) == atom(world) == EXPECTED[who] - CONFIDENTIAL
    assert iati_file(world, settings) == EXPECTED["anonymous"]
    if getattr(world.viewer, "role", "") == Role.PARTNER and world.viewer.is_active:
        assert found(world, world.client().get("/partners/home/").content.decode()) == EXPECTED[who]
    # A table that is handed on.
    assert who_does_what(world) == approved - CONFIDENTIAL
    assert placing(world) == (EXPECTED[who] if "manager" in who else set())


# --- agreements and organizations: released, but not reviewed --------------------------------------------------------

RELEASED = {"internal", "named_partners", "all_partners", "public"}
EXPECTED_UNREVIEWED = {
    "anonymous": {"public"},
    "stranger": {"public", "all_partners"},
    "focal point": {"public", "all_partners", "named_partners"},
    "officer": RELEASED,
    "author": {*RELEASED, "confidential"},
    "manager": RELEASED,
    "administrator": RELEASED,
}


@pytest.mark.parametrize("make", [make_agreement, make_organization])
def test_every_place_shows_of_partners_records_what_the_rule_allows(
    make: Callable[..., Any], people: dict[str, User], osce: Organization, client_of: Any, settings: Any
) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    records = {audience: make(audience.replace("_", "-"), audience=audience) for audience in sorted(RELEASED)}
    records["confidential"] = make("secret", classification="confidential", created_by=people["author"])
    records["named_partners"].released_to.add(osce)
    for record in records.values():
        if make is make_agreement:
            record.parties.add(osce)
    kind = "agreements" if make is make_agreement else "organizations"
    lists = ["/partners/agreements/", osce.get_absolute_url()] if make is make_agreement else ["/partners/"]
    for who, expected in EXPECTED_UNREVIEWED.items():
        client = client_of(people.get(who))
        shown = [
            {name for name, record in records.items() if record.get_absolute_url() in text}
            for text in (client.get(url).content.decode() for url in lists)
        ]
        assert shown == [expected] * len(lists), who
        pages = {name: client.get(record.get_absolute_url()).status_code for name, record in records.items()}
        assert pages == {name: 200 if name in expected else 404 for name in records}, who
        codes = {item["code"] for item in client.get(f"/api/v1/{kind}/").json()["results"]}
        assert codes & {record.code for record in records.values()} == {records[name].code for name in expected}, who
