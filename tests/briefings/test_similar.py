"""Developments that a new entry may repeat are pointed out before a second record is made."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from briefings.models import Development
from briefings.similar import similar_developments
from priorities.models import Country
from tests.factories.briefings import make_development

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]

HEADLINE = "Kyrgyzstan and Tajikistan complete negotiations on their border"


@pytest.fixture
def known() -> Development:
    development = make_development("border", headline_en=HEADLINE, date=date(2024, 12, 4))
    development.countries.add(Country.objects.create(code="KG", m49="417", name_en="Kyrgyzstan"))
    return development


@pytest.mark.parametrize(
    ("headline", "day", "found"),
    [
        ("Border negotiations between Kyrgyzstan and Tajikistan completed", date(2024, 12, 5), True),
        (HEADLINE, date(2024, 12, 11), True),
        (HEADLINE, date(2024, 12, 12), False),
        ("Railway from China is launched", date(2024, 12, 4), False),
        ("  ", date(2024, 12, 4), False),
    ],
)
def test_what_is_alike(headline: str, day: date, found: bool, known: Development, officer: User) -> None:
    likenesses = similar_developments(officer, headlines=[headline], starts=day)
    assert [one.development for one in likenesses] == ([known] if found else [])


def test_other_countries_are_another_event(known: Development, officer: User) -> None:
    other = Country.objects.create(code="UZ", m49="860", name_en="Uzbekistan")
    assert not similar_developments(officer, headlines=[HEADLINE], starts=known.date, countries=[other.pk])
    own = [country.pk for country in known.countries.all()]
    assert similar_developments(officer, headlines=[HEADLINE], starts=known.date, countries=own)


def test_what_one_may_not_see_is_not_pointed_out(known: Development, officer: User, settings: Any) -> None:
    settings.CONFIDENTIAL_ALLOWED = True
    Development.objects.filter(pk=known.pk).update(classification="confidential")
    assert not similar_developments(officer, headlines=[HEADLINE], starts=known.date)


def test_a_second_record_is_made_only_on_purpose(known: Development, officer: User, client_of: ClientOf) -> None:
    entries = {
        "headline_en": HEADLINE,
        "date": "2024-12-04",
        "date_precision": "day",
        "reliability": "reported",
        "classification": "unclassified",
        "audience": "internal",
        "form_token": str(uuid4()),
    }
    page = client_of(officer).post("/developments/new/", entries)
    assert known.get_absolute_url() in page.content.decode()
    assert Development.objects.count() == 1
    assert client_of(officer).post("/developments/new/", entries | {"another": "on"}).status_code == 302
    assert Development.objects.count() == 2
    # A double click makes no third record, and what the form has made is not pointed out as a likeness of itself.
    again = client_of(officer).post("/developments/new/", entries)
    assert Development.objects.count() == 2
    assert "Recorded already?" in again.content.decode()
    Development.objects.filter(pk=known.pk).delete()
    again = client_of(officer).post("/developments/new/", entries)
    assert Development.objects.count() == 1
    assert "Recorded already?" not in again.content.decode()
