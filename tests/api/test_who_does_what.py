"""The entries of who does what add up to the table, for every reader and however it is filtered."""

from collections import Counter
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.time_zones import office_date
from activities.choices import CentreRole, InvolvementRole, Stage
from activities.models import Involvement
from partners.models import Organization
from priorities.models import Country, Theme
from tests.factories.activities import make_activity, make_country, make_theme
from tests.factories.organizations import make_organization

pytestmark = pytest.mark.django_db

API, PAGE = "/api/v1/who-does-what/", "/partners/matrix/"
QUERIES = (
    "",
    "stage=cancelled&stage=held",
    "theme=wps",
    "country=KZ&country=TR",
    "organization=osce&from=2024-03-01",
    "verified=due",
)


@pytest.fixture
def hidden(db: None) -> Organization:
    return make_organization("hidden", audience="internal")


def make_any_activities(dice: Random, organizations: list[Organization], number: int) -> None:
    """Activities of every kind: released or not, on any theme, by anyone."""
    parent = make_theme("wps")
    themes = [parent, make_theme("wps-protection", parent=parent), make_theme("water")]
    countries = [make_country(code, group="central_asia") for code in ("KZ", "UZ")] + [make_country("TR")]
    for _number in range(number):
        day = date(2024, 1, 1) + timedelta(days=dice.randrange(1200))
        audience = dice.choice(["internal", "named_partners", "all_partners", "public", "public"])
        part: dict[str, Any] = dice.choice(
            [
                {"type": "good_offices_contact", "release_confirmed_at": timezone.now()},
                {"centre_role": dice.choice([role for role in CentreRole if role != CentreRole.NONE])},
                {"centre_role": "none", "lead_organization": dice.choice(organizations)},
            ]
        )
        secret = audience == "internal" and dice.random() < 0.4
        activity = make_activity(
            review_state=dice.choice(["approved", "approved", "approved", "submitted"]),
            audience=audience,
            classification="confidential" if secret else "unclassified",
            chatham_house=dice.random() < 0.4,
            stage=dice.choice([stage for stage in Stage if stage != Stage.HELD or day <= office_date()]),
            start_date=day,
            end_date=day,
            country=dice.choice([None, *countries]),
            last_verified=dice.choice([None, date(2024, 1, 1), office_date()]),
            **part,
        )
        activity.themes.set(dice.sample(themes, dice.randrange(3)))
        activity.countries.set(dice.sample(countries, dice.randrange(3)))
        if audience == "named_partners":
            activity.released_to.add(organizations[0])
        for organization in dice.sample(organizations, dice.randrange(3)):
            Involvement.objects.create(
                activity=activity, organization=organization, role=dice.choice(InvolvementRole.values)
            )


def all_of(client: Any, path: str) -> list[dict[str, Any]]:
    """Every item, page by page."""
    items: list[dict[str, Any]] = []
    while path:
        answer = client.get(path).json()
        items += answer["results"]
        path = (answer["next"] or "").partition("testserver")[2]
    return items


@pytest.mark.parametrize("seed", [1, 2])
def test_the_entries_add_up_to_the_table_that_each_reader_sees(
    seed: int,
    osce: Organization,
    unodc: Organization,
    hidden: Organization,
    focal_point: User,
    stranger: User,
    officer: User,
    manager: User,
    client_of: Any,
    settings: Any,
) -> None:
    """From answers of the API alone, as a partner's program would count."""
    settings.CONFIDENTIAL_ALLOWED = settings.CONFIDENTIAL_FOR_ALL_MANAGERS = True
    make_any_activities(Random(seed), [osce, unodc, hidden], 40)
    assert Theme.objects.count() == Country.objects.count() == 3
    counted = []
    for user in (None, stranger, focal_point, officer, manager):
        client = client_of(user)
        parents = {item["code"]: item["parent"] for item in all_of(client, "/api/v1/themes/")}
        for query in QUERIES:
            items = all_of(client, f"{API}?page_size=15&{query}")
            matrix = client.get(f"{PAGE}?{query}").context["matrix"]
            assert matrix.entries == len(items)
            assert matrix.due == sum(item["due"] for item in items)
            _compare(matrix, items, parents, chosen={"osce"} if "organization" in query else None)
            counted.append(len(items))
    # Readers and filters differ, or the comparison would say little.
    assert len(set(counted)) > len(QUERIES)


def _compare(matrix: Any, items: list[dict[str, Any]], parents: dict[str, str | None], chosen: set[str] | None) -> None:
    columns = {column.key for column in matrix.columns}
    own = {code for code in ("KZ", "UZ", "TR") if code in columns}
    for row in matrix.rows:
        on_theme = [one for one in items if row.code in {*one["themes"], *map(parents.get, one["themes"])}]
        for column, cell in row.pairs:
            inside = [one for one in on_theme if _is_in(column.key, set(one["countries"]), own)]
            doers = [_doers(one, chosen) for one in inside]
            assert cell.count == len(inside)
            assert {doer.code: doer.count for doer in cell.doers} == Counter(code for some in doers for code in some)
            named = {some for some in doers if some - {""}}
            assert cell.is_overlap == (len(named) > 1 and len(frozenset().union(*named)) > 1)
            assert cell.due == sum(one["due"] for one in inside)
            verified = max((one["last_verified"] for one in inside if one["last_verified"]), default=None)
            assert verified == (cell.last_verified and cell.last_verified.isoformat())


def _is_in(column: str, countries: set[str], own: set[str]) -> bool:
    if column == "nowhere":
        return not countries
    return bool(countries - own) if column == "elsewhere" else column in countries


def _doers(item: dict[str, Any], chosen: set[str] | None) -> frozenset[str]:
    doers = frozenset(item["organizations"] or [""])
    return doers & chosen if chosen else doers


def test_the_chatham_house_rule_hides_who_and_where(
    osce: Organization, stranger: User, focal_point: User, officer: User, client_of: Any
) -> None:
    activity = make_activity(
        review_state="approved",
        audience="public",
        stage="held",
        chatham_house=True,
        centre_role="none",
        lead_organization=osce,
        country=make_country("UZ"),
    )
    activity.countries.add(make_country("KZ"))
    for user, known in ((None, False), (stranger, False), (focal_point, True), (officer, True)):
        client = client_of(user)
        item = client.get(f"{API}{activity.reference}/").json()
        assert item["organizations"] == (["osce"] if known else [])
        assert item["countries"] == (["KZ", "UZ"] if known else ["UZ"])
        for query in ("organization=osce", "country=KZ"):
            assert len(client.get(f"{API}?{query}").json()["results"]) == known
