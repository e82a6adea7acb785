"""How many queries each page asks: a pinned number, the same for three rows of everything as for thirty.

A page that needs more after a change gets its new number here, on purpose. One that asks a query a row never passes.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.audit import acting
from accounts.models import ApiAccess, ApiKey, SavedView, User
from activities.models import (
    Activity,
    Attachment,
    Contribution,
    Evidence,
    FollowUp,
    Involvement,
    Link,
    ParticipantsByCountry,
    Series,
)
from briefings.choices import SectionKey
from briefings.dossier_actions import comment, gather
from briefings.models import Briefing, BriefingTask, Development
from partners.models import Agreement, AgreementDocument, Contact, ContactNote, Organization
from priorities.models import (
    Country,
    Deliverable,
    DeliverableLine,
    Document,
    Framework,
    Indicator,
    IndicatorValue,
    Priority,
    Theme,
)
from reports.models import ReportRun
from tests.factories.activities import make_activity
from tests.factories.briefings import (
    make_briefing,
    make_consideration,
    make_development,
    make_point,
    make_representative,
)
from tests.factories.framework import make_commitment, make_priority
from tests.factories.organizations import make_organization
from tests.world import World, make_world, plan_report

pytestmark = pytest.mark.django_db

FEW, MANY = 3, 30

# Page | queries for an officer, a partner and a manager; - where the page is not theirs.
PINNED = """
overview                         | 14 13 14
public                           | 11 12 11
search                           | 2 3 2
search ?q=example                | 7 8 7
priorities:programme 2021-2025   | 13 14 13
priorities:commitments 2021-2025 | 8 9 8
priorities:detail 2021-2025 i    | 24 22 24
activities:inferred              | - - 7
activities:misplaced             | - - 4
editing:programme-new            | - - 3
editing:structure 2021-2025      | - - 8
editing:priority 2021-2025 i     | - - 9
editing:commitment 2021-2025 I.1 | - - 6
editing:line 2021-2025 B.1       | - - 6
editing:theme water              | - - 5
series-editing:edit series       | - - 12
countries:list                   | 13 14 13
countries:detail TM              | 18 19 18
themes:list                      | 9 10 9
themes:detail water              | 19 20 19
series:list                      | 4 5 4
series:detail series             | 6 7 6
partners:engagement              | 6 7 6
partners:engagement ?by=priority | 7 8 7
activities:list                  | 16 16 16
activities:detail {activity}     | 26 15 26
activities:history {activity}    | 15 - 15
activities:desk                  | 14 10 16
activities:follow-ups            | 7 - 7
activities:import-new            | 3 - 3
activities:import {import}       | 5 - -
activities:new                   | 19 10 19
activities:edit {draft}          | 33 - 33
partners:list                    | 9 9 9
partners:detail osce             | 19 13 19
partners:home                    | - 11 -
partners:matrix                  | 10 11 10
partners:new                     | 7 - 7
partners:edit osce               | 10 - 10
partners:agreements              | 6 7 6
partners:agreement agreement     | 12 9 12
partners:agreement-new           | 10 - 10
partners:agreement-edit agreement | 15 - 15
partners:contacts                | 5 - 5
partners:contact-edit osce {contact} | 3 - 3
partners:note-edit osce {note}   | 4 - 4
calendar:month                   | 10 10 10
briefings:list                   | 10 11 10
briefings:detail briefing        | 14 7 14
briefings:representatives        | 3 4 3
briefings:edit briefing          | - - 13
briefings:dossier briefing       | 26 - 26
briefings:dossier-read briefing  | 20 - 20
briefings:dossier-compare briefing | 22 - 22
briefings:version briefing 1     | 8 - 8
briefings:point-new briefing     | 6 - 6
briefings:task-edit briefing {task} | 5 - 5
developments:list                | 10 11 10
developments:list ?show=timeline | 10 11 10
developments:detail event        | 10 6 10
developments:new                 | 8 - 8
reports:list                     | 6 - 6
reports:run {run}                | 3 - -
reports:schedules                | - - 6
reports:schedule {schedule}      | - - 6
accounts:profile                 | 3 4 3
accounts:saved-views             | 3 4 3
accounts:api-keys                | 3 4 3
accounts:api-key {key}           | 5 - -
"""
WHO = ("officer", "partner", "manager")


def pages() -> Iterator[tuple[str, list[str], dict[str, int]]]:
    """Name, arguments, and the number of queries by reader."""
    for line in PINNED.strip().splitlines():
        address, numbers = (part.split() for part in line.split("|"))
        pinned = {who: int(number) for who, number in zip(WHO, numbers, strict=True) if number != "-"}
        yield address[0], address[1:], pinned


@pytest.fixture
def world(officer: User, manager: User, focal_point: User, osce: Organization, settings: Any, tmp_path: Any) -> World:
    settings.MEDIA_ROOT = tmp_path
    world = make_world({"officer": officer, "manager": manager, "partner": focal_point}, osce)
    world.names["draft"] = make_activity(main_priority=Priority.objects.get(), created_by=officer).reference
    return world


def grow(world: World, first: int, last: int) -> None:
    """One more of everything that a page may list, for each number."""
    with acting(by=None, verb="load"):
        for number in range(first, last):
            Grower(world, number).grow()
    # What earlier tests took back still fills the tables; planned as for empty ones, a query takes a minute there.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


class Grower:
    def __init__(self, world: World, number: int) -> None:
        self.number, self.world = number, world
        people: Any = world.cast  # nobody among these two is anonymous
        self.officer, self.manager = people["officer"], people["manager"]
        self.osce = Organization.objects.get(code="osce")
        self.activity = Activity.objects.get(reference=world.names["activity"])
        self.priority = Priority.objects.get(slug="i")
        code = f"{chr(65 + number // 26)}{chr(65 + number % 26)}"
        self.country = Country.objects.create(code=code, m49=str(number), name_en=code)
        self.theme = Theme.objects.create(code=f"theme-{number}", name_en=f"Theme {number}")
        self.organization = make_organization(f"partner-{number}", audience="public", country=self.country)

    def grow(self) -> None:
        self.framework()
        self.activities()
        self.parts_of_the_activity()
        self.briefings()
        self.work()

    def framework(self) -> None:
        number = self.number + 2
        make_commitment(priority=make_priority(number=number, roman=f"R{number}", slug=f"p-{number}"))
        self.commitment = make_commitment(priority=self.priority, number=number, code=f"I.{number}")
        framework = Framework.objects.create(code=f"f-{number}", kind="process", name_en=f"{number}")
        framework.commitments.add(self.commitment)
        line = DeliverableLine.objects.create(code=f"B.{number}", category="B", name_en="Example")
        programme = self.priority.programme
        self.deliverable = Deliverable.objects.create(line=line, programme=programme, year=2024)
        indicator = Indicator.objects.create(priority=self.priority, code=f"I.{number}", name_en="Example")
        IndicatorValue.objects.create(indicator=indicator, year=2024, actual_number=number)
        Document.objects.create(key=f"d-{number}", symbol=f"S/{number}", kind="letter", title_en="Example")
        self.series = Series.objects.create(
            code=f"s-{number}", name_en=f"Series {number}", audience="public", priority=self.priority
        )
        agreement = Agreement.objects.create(
            code=f"a-{number}",
            kind="memorandum",
            title_en="Example",
            audience="public",
            signed=date(2020, 1, 1),
            ends=timezone.localdate() + timedelta(days=30),
        )
        agreement.parties.add(self.osce, self.organization)
        agreement.commitments.add(self.commitment)
        first = Agreement.objects.get(code="agreement")
        first.parties.add(self.organization)
        first.commitments.add(self.commitment)
        AgreementDocument.objects.create(agreement=first, title="Example", url="https://example.org/")
        Agreement.objects.filter(pk=agreement.pk).update(succeeds=first)

    def activities(self) -> None:
        today = timezone.localdate()
        coming = {"start_date": today + timedelta(days=3), "end_date": today + timedelta(days=3)}
        for fields in (
            {"review_state": "approved", "stage": "held"},
            {"review_state": "approved", "stage": "confirmed", **coming},
            {"review_state": "approved", "stage": "held", "lead_organization": self.organization},
            {"review_state": "approved", "stage": "held", "priority_inferred": True, "release_held": True},
            {"review_state": "draft"},
            {"review_state": "submitted"},
            {"review_state": "returned"},
            {"review_state": "draft", "lead_organization": self.osce},
        ):
            activity = make_activity(
                audience="public",
                main_priority=self.priority,
                series=self.series,
                country=self.country,
                created_by=self.officer,
                focal_officer=self.officer,
                **fields,
            )
            Contribution.objects.create(activity=activity, deliverable=self.deliverable, quantity=2)
            activity.themes.add(self.theme, Theme.objects.get(code="water"))
            activity.countries.add(self.country, Country.objects.get(code="TM"))
            activity.further_priorities.add(*Priority.objects.exclude(pk=self.priority.pk)[:1])
            for organization in (self.osce, self.organization):
                Involvement.objects.create(activity=activity, organization=organization)
            Evidence.objects.create(activity=activity, commitment=self.commitment)
            FollowUp.objects.create(activity=activity, text="Example", owner=self.officer, due=date(2024, 6, 1))

        make_activity(
            review_state="approved", stage="held", audience="public", series=Series.objects.get(code="series"), women=20
        )

    def parts_of_the_activity(self) -> None:
        activity = self.activity
        activity.themes.add(self.theme)
        activity.countries.add(self.country)
        activity.further_priorities.add(Priority.objects.get(slug=f"p-{self.number + 2}"))
        Involvement.objects.create(activity=activity, organization=self.organization)
        Evidence.objects.create(activity=activity, commitment=self.commitment)
        FollowUp.objects.create(activity=activity, text="Example", owner=self.officer)
        Contribution.objects.create(activity=activity, deliverable=self.deliverable, quantity=2)
        Link.objects.create(activity=activity, title="Example", url="https://example.org/")
        ParticipantsByCountry.objects.create(activity=activity, country=self.country, women=3)
        Attachment.objects.create(
            activity=activity,
            file="example",
            name="example.txt",
            content_type="text/plain",
            size=7,
            sha256="0" * 64,
            uploaded_by=self.officer,
        )
        draft = Activity.objects.get(reference=self.world.names["draft"])
        Involvement.objects.create(activity=draft, organization=self.organization)
        Link.objects.create(activity=draft, title="Example")

    def briefings(self) -> None:
        person = make_representative(f"representative-{self.number}", country=self.country)
        day = date(2021, 1, 1) + timedelta(days=self.number)
        briefing = make_briefing(
            f"briefing-{self.number}",
            date=day,
            audience="public",
            special_representative=person,
            presidency=self.country,
            document=Document.objects.get(key=f"d-{self.number + 2}"),
        )
        briefing.themes.add(self.theme)
        Evidence.objects.create(briefing=briefing, commitment=self.commitment)
        self.fill_dossier(Briefing.objects.get(key="briefing"))
        for development in (
            make_development(f"event-{self.number}", review_state="approved", audience="public", date=date(2024, 7, 1)),
            make_development(f"draft-{self.number}", created_by=self.officer),
        ):
            development.countries.add(self.country)
            development.themes.add(self.theme)
        make_consideration(Briefing.objects.get(key="briefing"), key=f"option-{self.number}")
        event = Development.objects.get(key="event")
        event.countries.add(self.country)
        event.themes.add(self.theme)

    def fill_dossier(self, briefing: Briefing) -> None:
        """One more task, remark and sentence, resting on all that the dossier has gathered."""
        BriefingTask.objects.create(briefing=briefing, text="Example", person=self.officer, created_by=self.officer)
        gather(dossier=briefing.dossier, by=self.officer)
        comment(dossier=briefing.dossier, section=SectionKey.POINTS, text="Example", by=self.officer)
        point = make_point(briefing.dossier)
        for item in briefing.dossier.items.filter(document__isnull=True):
            (point.activities if item.activity_id else point.developments).add(item.record)

    def work(self) -> None:
        assert self.officer is not None and self.manager is not None
        Contact.objects.create(organization=self.osce, name=f"Contact {self.number}", purpose="Example")
        ContactNote.objects.create(
            organization=self.osce, day=date(2024, 5, 1) + timedelta(days=self.number), by=self.officer, about="Example"
        )
        for user in self.world.cast.values():
            assert user is not None
            ApiKey.issue(user=user, name="Example")
            SavedView.objects.create(owner=user, page="activities", name=f"{self.number}", query="stage=held")
        ApiAccess.objects.create(
            token=uuid4(),
            key=ApiKey.objects.get(prefix=self.world.names["key"]),
            at=timezone.now(),
            method="GET",
            path="/api/v1/themes/",
            status=200,
        )
        schedule = plan_report(self.manager)
        for person in (self.officer, self.manager):
            ReportRun.objects.create(
                report="priority-progress",
                made_for=person,
                schedule=schedule,
                token=uuid4(),
                slot=timezone.now(),
                parameters={"programme": "2021-2025"},
            )


def address_of(name: str, arguments: list[str], world: World) -> str:
    """The page's address; an argument that starts with a question mark is its query."""
    place = [argument.format(**world.names) for argument in arguments if not argument.startswith("?")]
    return reverse(name, args=place) + "".join(argument for argument in arguments if argument.startswith("?"))


def counted(world: World, who: str, client: Client) -> dict[str, int]:
    """The number of queries of each of the reader's pages."""
    found = {}
    for name, arguments, pinned in pages():
        if who in pinned:
            address = address_of(name, arguments, world)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code in (200, 403), name
            found[" ".join([name, *arguments])] = len(queries)
    return found


@pytest.mark.parametrize("who", WHO)
def test_pages_ask_as_many_queries_as_pinned(
    who: str, world: World, client_of: Callable[[User | None], Client]
) -> None:
    client = client_of(world.cast[who])
    grow(world, 0, FEW)
    counted(world, who, client)  # what a page keeps after its first visit is not asked again
    few = counted(world, who, client)
    grow(world, FEW, MANY)
    assert counted(world, who, client) == few
    assert few == {" ".join([name, *arguments]): numbers[who] for name, arguments, numbers in pages() if who in numbers}
