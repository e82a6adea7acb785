"""A small world for the API's tests: records of every audience, and readers with keys."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiKey, User
from accounts.roles import Role
from activities.models import Contribution, Evidence, FollowUp, Involvement, Link, ParticipantsByCountry, Series
from partners.models import Agreement, Organization
from priorities.models import (
    Country,
    Deliverable,
    DeliverableLine,
    Document,
    Framework,
    Indicator,
    IndicatorValue,
    Mandate,
    SdgTarget,
    Theme,
)
from tests.factories.activities import make_activity
from tests.factories.briefings import make_briefing, make_consideration, make_development, make_representative
from tests.factories.framework import make_commitment
from tests.factories.organizations import make_organization
from tests.factories.people import make_user

APPROVED = "approved"
AUDIENCES = ("internal", "named_partners", "all_partners", "public")

Get = Callable[..., Any]


@pytest.fixture(scope="session")
def browser() -> Client:
    """One client for all: making one walks through the static files, and none of its state is used."""
    return Client()


@pytest.fixture
def get(browser: Client) -> Get:
    """`get(path, user)`: the answer to a program with a key of the user's; without a user, to anyone."""
    keys: dict[int, str] = {}

    def ask(path: str, user: User | None = None, **headers: str) -> Any:
        if user is not None:
            if user.pk not in keys:
                keys[user.pk] = ApiKey.issue(user=user, name="Tests")[1]
            headers["authorization"] = f"Api-Key {keys[user.pk]}"
        return browser.get(f"/api/v1/{path}", headers=headers)

    return ask


@pytest.fixture
def author(db: None) -> User:
    return make_user("author", Role.OFFICER)


def make_country(code: str, m49: str) -> Country:
    return Country.objects.create(code=code, m49=m49, name_en=f"Country {code}", group="central_asia")


def make_framework_lists() -> dict[str, Any]:
    """One row of each list that every reader sees, and of each list for staff."""
    commitment = make_commitment()
    programme = commitment.priority.programme
    Framework.objects.create(code="example", kind="process", name_en="Example").commitments.add(commitment)
    document = Document.objects.create(key="example", symbol="A/1", kind="other", title_en="Example")
    Mandate.objects.create(programme=programme, code="example", title_en="Example", document=document)
    line = DeliverableLine.objects.create(code="B.2", category="B", name_en="Example", unit_en="days")
    deliverable = Deliverable.objects.create(line=line, programme=programme, year=2024, planned=10)
    indicator = Indicator.objects.create(priority=commitment.priority, code="1", name_en="Example")
    IndicatorValue.objects.create(indicator=indicator, year=2024, planned_number=2, actual_text="Two of three")
    agenda = Theme.objects.create(code="wps", name_en="Example agenda")
    return {
        "commitment": commitment,
        "deliverable": deliverable,
        "document": document,
        "theme": Theme.objects.create(code="wps-protection", name_en="Example pillar", parent=agenda),
        "country": make_country("TM", "795"),
        "target": SdgTarget.objects.create(code="16.a", title_en="Example"),
    }


@pytest.fixture
def world(osce: Organization, unodc: Organization, author: User) -> dict[str, Any]:
    """Records named after their audience: of each audience one, all approved, with parts."""
    lists = make_framework_lists()
    hidden = make_organization("hidden", audience="internal")
    make_organization("for-osce", audience="named_partners", parent=hidden).released_to.add(osce)
    make_representative("example")
    activities = {}
    for audience in AUDIENCES:
        code = f"series-{audience}".replace("_", "-")
        series = Series.objects.create(code=code, name_en="Example", audience=audience)
        activity = make_activity(
            title_en=f"Activity {audience}",
            audience=audience,
            review_state=APPROVED,
            stage="held",
            series=series,
            edition=3,
            main_priority=lists["commitment"].priority,
            country=lists["country"],
            women=4,
            youth=2,
            outcome="Example outcome",
            funding_source="Example fund",
            created_by=author,
        )
        _parts(activity, lists, [osce, unodc, hidden])
        _released(activity, audience, osce)
        _released(series, audience, osce)
        agreement = Agreement.objects.create(
            code=code, kind="memorandum", title_en="Example", audience=audience, signed="2020-01-01"
        )
        agreement.parties.set([osce, hidden])
        agreement.commitments.add(lists["commitment"])
        _released(agreement, audience, osce)
        development = make_development(code, audience=audience, review_state=APPROVED, analysis="Example analysis")
        _released(development, audience, osce)
        briefing = make_briefing(code, audience=audience, note_en="Example note")
        _released(briefing, audience, osce)
        make_consideration(briefing, key=f"option-{audience}".replace("_", "-"))
        activities[audience] = activity
    return {**lists, "activities": activities, "hidden": hidden}


def _parts(activity: Any, lists: dict[str, Any], organizations: list[Organization]) -> None:
    for organization in organizations:
        Involvement.objects.create(activity=activity, organization=organization)
    Evidence.objects.create(activity=activity, commitment=lists["commitment"])
    Contribution.objects.create(activity=activity, deliverable=lists["deliverable"], quantity=3)
    FollowUp.objects.create(activity=activity, text="Example follow-up", due="2024-06-01")
    Link.objects.create(activity=activity, title="Example page", published_on="2024-05-02")
    ParticipantsByCountry.objects.create(activity=activity, country=lists["country"], women=4)
    activity.themes.add(lists["theme"])
    activity.countries.add(lists["country"])
    activity.sdg_targets.add(lists["target"])


def _released(record: Any, audience: str, organization: Organization) -> None:
    if audience == "named_partners":
        record.released_to.add(organization)
