"""Every number of a dashboard is the length of the list that its link opens, for every reader, whatever the records.

A number says so itself: the link has the attribute `data-count`. PAGES are walked; a page with numbers belongs there.
"""

import html
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import resolve
from django.utils import timezone

from accounts.audit import acting
from accounts.choices import Audience, Classification, ReviewState
from accounts.models import User
from activities.choices import ActivityType, CentreRole, Stage
from activities.models import Contribution, Evidence, FollowUp, Involvement, Series
from activities.views.lists import filterset_of
from partners.models import Agreement, Organization
from priorities.choices import Cadence
from priorities.models import Deliverable, DeliverableLine, ProgrammeOfAction
from tests.factories.activities import make_activity, make_country, make_theme
from tests.factories.briefings import make_briefing, make_development
from tests.factories.framework import make_commitment, make_priority, make_programme

pytestmark = pytest.mark.django_db

ACTIVITIES = 60
NUMBER = re.compile(r'<a href="([^"]+)" data-count="(\d+)"')
READERS = ["anonymous", "stranger", "focal_point", "officer", "manager", "administrator"]
# Each page without a scope, and with those of SCOPES in turn. `{period}` is that of the programme.
PAGES = [
    "/",
    "/public/",
    "/priorities/{period}/",
    "/priorities/{period}/i/",
    "/priorities/{period}/ii/",
    "/priorities/{period}/commitments/",
]
SCOPES = [
    "period={last}-Q2",
    "period={last}&country=KZ",
    "period=since-briefing&theme=wps",
    "partner=osce",
    "period=dates&from={last}-02-10&to={last}-11-20&country=TJ",
]


@dataclass
class Chance:
    """Records at random: all audiences, states, classifications, dates and parts, here and there."""

    people: dict[str, Any]
    osce: Organization
    programme: ProgrammeOfAction

    def __post_init__(self) -> None:
        self.random = random.Random(20)
        self.today = timezone.localdate()
        wps = make_theme("wps")
        self.themes = [wps, make_theme("wps-participation", parent=wps), make_theme("water")]
        self.countries = [make_country(code) for code in ("KZ", "TJ", "UZ")]
        self.priorities = [
            make_priority(programme=self.programme, number=number, roman=roman, slug=roman.lower())
            for number, roman in ((1, "I"), (2, "II"))
        ]
        self.commitments = [
            make_commitment(priority=priority, number=number, code=f"{priority.roman}.{number}", cadence=cadence)
            for priority in self.priorities
            for number, cadence in enumerate(Cadence, start=1)
        ]
        line = DeliverableLine.objects.create(code="B.1", category="B", name_en="Example", unit_en="days")
        self.deliverables = [
            Deliverable.objects.create(line=line, programme=self.programme, year=year, planned=3)
            for year in self.programme.years()
        ]
        self.series = Series.objects.create(code="series", name_en="Example", audience="public")

    def make(self) -> None:
        with acting(by=None, verb="load"):
            for _number in range(ACTIVITIES):
                self.activity()
            for day in range(0, 700, 70):
                audience = self.random.choice(["public", "internal"])
                briefing = make_briefing(f"b-{day}", date=self.today - timedelta(days=day + 1), audience=audience)
                Evidence.objects.create(briefing=briefing, commitment=self.random.choice(self.commitments))
            for state in ReviewState:
                make_development(f"d-{state}", review_state=state)
                confidential = {"classification": Classification.CONFIDENTIAL, "created_by": self.people["manager"]}
                make_development(f"c-{state}", review_state=state, **confidential)
            Agreement.objects.create(
                code="ending", kind="memorandum", title_en="Example", ends=self.today + timedelta(days=20)
            )

    def activity(self) -> None:
        chance, pick = self.random, self.random.choice
        confidential = chance.random() < 0.1
        activity = make_activity(
            **self.days(),
            **self.figures(),
            type=pick([ActivityType.MEETING, ActivityType.TRAINING]),
            stage=pick([Stage.HELD, Stage.HELD, Stage.HELD, *Stage]),
            centre_role=pick(list(CentreRole)),
            review_state=pick([ReviewState.APPROVED] * 4 + list(ReviewState)),
            classification=Classification.CONFIDENTIAL if confidential else Classification.UNCLASSIFIED,
            audience=Audience.INTERNAL if confidential else pick(list(Audience)),
            lead_organization=self.osce if chance.random() < 0.1 else None,
            main_priority=pick([*self.priorities, *self.priorities, None]),
            priority_inferred=chance.random() < 0.3,
            country=pick([*self.countries, None]),
            chatham_house=chance.random() < 0.2,
            series=pick([self.series, None]),
            created_by=pick([self.people["officer"], self.people["manager"]]),
        )
        activity.themes.set(chance.sample(self.themes, chance.randrange(3)))
        activity.countries.set(chance.sample(self.countries, chance.randrange(3)))
        if activity.audience == Audience.NAMED_PARTNERS:
            activity.released_to.add(self.osce)
        if chance.random() < 0.4:
            Involvement.objects.create(activity=activity, organization=self.osce, role="host")
            Involvement.objects.create(activity=activity, organization=self.osce, role="donor")
        for commitment in chance.sample(self.commitments, chance.randrange(3)):
            Evidence.objects.create(activity=activity, commitment=commitment, inferred=chance.random() < 0.5)
        if chance.random() < 0.3:
            Contribution.objects.create(activity=activity, deliverable=pick(self.deliverables), quantity=2)
            FollowUp.objects.create(
                activity=activity, text="Example", due=self.today - timedelta(days=chance.randrange(-9, 9))
            )

    def days(self) -> dict[str, Any]:
        """A day within the programme or around it, a month, a year, or none that is known."""
        day = self.programme.starts + timedelta(days=self.random.randrange(-60, 790))
        match self.random.randrange(10):
            case 0:
                return {"start_date": None, "end_date": None, "date_precision": "unknown"}
            case 1:
                return {
                    "start_date": day.replace(month=1, day=1),
                    "end_date": day.replace(month=12, day=31),
                    "date_precision": "year",
                }
            case 2:
                first = day.replace(day=1)
                last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
                return {"start_date": first, "end_date": last, "date_precision": "month"}
        return {"start_date": day, "end_date": day + timedelta(days=self.random.randrange(40))}

    def figures(self) -> dict[str, Any]:
        women, men = (self.random.choice([None, 0, 3, 12]) for _sex in range(2))
        most = (women or 0) + (men or 0)
        return {"women": women, "men": men, "youth": self.random.choice([None, min(2, most), most])}


@pytest.fixture
def readers(
    osce: Organization,
    stranger: User,
    focal_point: User,
    officer: User,
    manager: User,
    administrator: User,
    settings: Any,
) -> dict[str, Any]:
    settings.CONFIDENTIAL_ALLOWED = True
    year = timezone.localdate().year
    programme = make_programme(starts=date(year - 1, 1, 1), ends=date(year, 12, 31))
    named = [AnonymousUser(), stranger, focal_point, officer, manager, administrator]
    people: dict[str, Any] = dict(zip(READERS, named, strict=True))
    Chance(people, osce, programme).make()
    return people


def addresses(who: str) -> Iterator[str]:
    """Each page as it is, for every reader; and each in one of the scopes, for the readers in turn."""
    this, number = timezone.localdate().year, READERS.index(who)
    words = {"period": f"{this - 1}-{this}", "last": this - 1}
    for place, page in enumerate(PAGES):
        if page == ("/" if who == "anonymous" else "/public/"):
            continue
        yield page.format(**words)
        if (place + number) % 3 == 0:
            yield f"{page}?{SCOPES[(place + number) % len(SCOPES)]}".format(**words)


def length_of(url: str, reader: Any, client: Client) -> int:
    """The length of the list at the address, as the page counts it."""
    name = resolve(url.partition("?")[0]).view_name
    if name == "activities:list":
        # As the page does, but without drawing its rows.
        request: HttpRequest = RequestFactory().get(url)
        request.user = reader
        filterset = filterset_of(request)
        assert filterset.is_valid(), (url, filterset.errors)
        return int(filterset.qs.order_by().count())
    response = client.get(url)
    assert response.status_code == 200, url
    found = response.context
    return len(found["matrix"].rows) if name == "priorities:commitments" else int(found["page"].paginator.count)


def test_every_number_is_the_length_of_its_list(
    readers: dict[str, Any], client_of: Callable[[User | None], Client]
) -> None:
    told: dict[str, int] = {}
    for who, reader in readers.items():
        client = client_of(None if who == "anonymous" else reader)
        lengths: dict[str, int] = {}
        for address in addresses(who):
            response = client.get(address)
            assert response.status_code == 200, address
            numbers = [(html.unescape(url), int(number)) for url, number in NUMBER.findall(response.content.decode())]
            assert numbers, address
            for url, _number in numbers:
                if url not in lengths:
                    lengths[url] = length_of(url, reader, client)
            assert not [(url, n, lengths[url]) for url, n in numbers if lengths[url] != n], (who, address)
        told[who] = client.get("/public/").context["progress"].total.held.count
    # The fewer may see a record, the fewer are told of it.
    assert 0 < told["anonymous"] < told["stranger"] < told["focal_point"] < told["administrator"] < told["officer"]
    assert told["administrator"] <= told["manager"]


def test_a_number_counts_what_its_page_counts(
    readers: dict[str, Any], client_of: Callable[[User | None], Client]
) -> None:
    """The shortcut of `length_of` is what the reader sees."""
    url = "/activities/?stage=held&review_state=approved&theme=wps"
    for who in ("stranger", "officer"):
        client = client_of(readers[who])
        assert client.get(url).context["count"] == length_of(url, readers[who], client) > 0
