"""A small programme with something to report on."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from accounts.choices import Classification, ReviewState
from accounts.models import User
from activities.choices import Stage
from activities.models import Activity, Evidence, Involvement, Link
from partners.models import Organization
from priorities.models import Commitment, Priority
from tests.factories.activities import make_activity
from tests.factories.briefings import make_briefing
from tests.factories.framework import make_commitment, make_priority

YEAR_2024 = {"programme": "2021-2025", "starts": "2024-01-01", "ends": "2024-12-31"}


@dataclass
class Programme:
    """One priority with two commitments; the second has no evidence."""

    priority: Priority
    kept: Commitment
    open: Commitment
    partner: Organization

    def held(self, title: str, **fields: Any) -> Activity:
        """An approved activity that was held, as evidence for the first commitment."""
        values = {
            "title_en": title,
            "main_priority": self.priority,
            "stage": Stage.HELD,
            "review_state": ReviewState.APPROVED,
            **fields,
        }
        activity = make_activity(**values)
        Evidence.objects.create(commitment=self.kept, activity=activity)
        return activity


@pytest.fixture
def programme(osce: Organization) -> Programme:
    priority = make_priority()
    return Programme(
        priority,
        make_commitment(priority=priority, number=1, code="I.1", text_en="The commitment that was kept"),
        make_commitment(priority=priority, number=2, code="I.2", text_en="The commitment without a trace"),
        osce,
    )


@pytest.fixture
def work(programme: Programme, officer: User, manager: User) -> Programme:
    """What a year brings: approved, unapproved, confidential, under the Chatham House Rule, and a briefing."""
    open_one = programme.held("Open meeting", women=3, men=4, youth=2, outcome="A list of contacts")
    Involvement.objects.create(activity=open_one, organization=programme.partner)
    Link.objects.create(activity=open_one, url="https://example.org/news", title="News", publisher="Example News")
    quiet = programme.held("Quiet meeting", chatham_house=True, outcome="Who said what")
    Involvement.objects.create(activity=quiet, organization=programme.partner)
    secret = programme.held(
        "Confidential meeting", classification=Classification.CONFIDENTIAL, created_by=officer, women=7777
    )
    secret.readers.set([])
    programme.held("Draft meeting", review_state=ReviewState.DRAFT)
    programme.held("Planned meeting", stage=Stage.PLANNED, start_date=date(2024, 12, 1), end_date=date(2024, 12, 2))
    programme.held("Meeting of another year", start_date=date(2023, 3, 3), end_date=date(2023, 3, 3))
    Evidence.objects.create(commitment=programme.kept, briefing=make_briefing(date=date(2024, 7, 23)), inferred=True)
    return programme


@pytest.fixture
def media(settings: Settings, tmp_path: Path) -> Path:
    """An empty folder for files."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path / "files"
