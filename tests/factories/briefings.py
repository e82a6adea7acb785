"""Briefings and developments for tests; made up, and about nothing that happened."""

from datetime import date
from typing import Any

from django.utils import timezone

from accounts.choices import ReviewState
from accounts.models import User
from briefings.dossier_actions import begin
from briefings.models import (
    Briefing,
    Consideration,
    Development,
    Dossier,
    SpecialRepresentative,
    TalkingPoint,
)


def make_representative(key: str, **fields: Any) -> SpecialRepresentative:
    return SpecialRepresentative.objects.create(
        key=key, **{"name_en": f"Example {key}", "starts": date(2020, 1, 1), **fields}
    )


def make_briefing(key: str = "example", **fields: Any) -> Briefing:
    """A saved briefing; internal unless `audience` says otherwise."""
    return Briefing.objects.create(key=key, **{"date": date(2024, 7, 23), **fields})


def make_consideration(briefing: Briefing, **fields: Any) -> Consideration:
    defaults = {"key": "example-option", "kind": "option", "text_en": "Example option"}
    return Consideration.objects.create(briefing=briefing, **{**defaults, **fields})


def make_development(key: str = "example", **fields: Any) -> Development:
    """A saved development: a complete, internal draft unless the fields say otherwise."""
    defaults: dict[str, Any] = {
        "date": date(2024, 12, 4),
        "headline_en": f"Example headline {key}",
        "detail_en": "Example detail",
        "source_publisher": "Example publisher",
    }
    values = {**defaults, **fields}
    state = values.get("review_state")
    if state == ReviewState.SUBMITTED:
        values.setdefault("submitted_at", timezone.now())
    if state in (ReviewState.APPROVED, ReviewState.RETURNED):
        values.setdefault("reviewed_at", timezone.now())
    return Development.objects.create(key=key, **values)


def make_dossier(briefing: Briefing, by: User) -> Dossier:
    """The dossier of a briefing, begun by an officer or manager: it holds what the period has."""
    return begin(briefing=briefing, by=by)


def make_point(dossier: Dossier, **fields: Any) -> TalkingPoint:
    """A sentence that rests on nothing yet."""
    return TalkingPoint.objects.create(
        dossier=dossier, **{"topic": "Example topic", "text": "Example sentence", "order": 10, **fields}
    )
