"""Whatever people do, in whatever order: no constraint breaks, and one manager releases no good offices contact."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.records import StaleEdit
from activities import actions
from activities.choices import NEXT_STAGES, Stage
from activities.forms import ActivityEntry
from activities.models import Activity
from tests.activities.entries import as_multi_value, filled_in
from tests.factories.activities import make_complete_activity

pytestmark = pytest.mark.django_db

REFUSALS = (ValidationError, PermissionDenied, StaleEdit)
PEOPLE = ("officer", "manager", "second_manager")
Deed = Callable[[Activity, User], Any]


def edit(**fields: Any) -> Deed:
    def deed(activity: Activity, by: User) -> Any:
        values = {"type": activity.type, "audience": activity.audience, "stage": activity.stage, **fields}
        values["outcome"] = activity.outcome or "They agreed."
        entry = ActivityEntry(by, activity, as_multi_value(filled_in(**values)))  # type: ignore[arg-type]
        if not entry.is_valid():
            raise ValidationError("not valid")
        return actions.save_activity(entry=entry, by=by, version=activity.version)

    return deed


def plain(action: Callable[..., Any], **details: Any) -> Deed:
    return lambda activity, by: action(activity=activity, by=by, version=activity.version, **details)


DEEDS: dict[str, Deed] = {
    "submit": plain(actions.submit),
    "withdraw": plain(actions.withdraw),
    "approve": plain(actions.approve),
    "return": plain(actions.send_back, comment="Mend it."),
    "reopen": plain(actions.reopen),
    "confirm release": plain(actions.confirm_release),
    "release to all": edit(audience="public"),
    "keep internal": edit(audience="internal"),
    "call it a meeting": edit(type="meeting"),
    "call it good offices": edit(type="good_offices_contact"),
    "other words": edit(city="Nukus"),
    "empty it": edit(summary=""),
    **{f"stage {stage}": plain(actions.change_stage, stage=stage, outcome="They agreed.") for stage in Stage},
}

steps = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(sorted(DEEDS))), min_size=1, max_size=14)
quick = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@contextmanager
def undone() -> Iterator[None]:
    """Leave nothing for the next example."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def people(officer: User, manager: User, second_manager: User) -> dict[str, User]:
    return {"officer": officer, "manager": manager, "second_manager": second_manager}


def walk(
    activity: Activity, people: dict[str, User], steps: list[tuple[str, str]]
) -> Iterator[tuple[str, str, Activity]]:
    """Do each deed that is not refused; any other error ends the test. Gives (who, deed, the record before it)."""
    for who, name in steps:
        before = Activity.objects.get(pk=activity.pk)
        with suppress(*REFUSALS), transaction.atomic():
            DEEDS[name](Activity.objects.get(pk=activity.pk), people[who])
            yield who, name, before


# Ways in which one manager could try to be two.
ONE = "manager"
CONFIRMED_BEFORE = [("officer", "release to all"), ("officer", "submit"), (ONE, "confirm release"), (ONE, "approve")]
APPROVED_TWICE = [
    *[("officer", "release to all"), ("officer", "submit"), (ONE, "approve"), ("second_manager", "confirm release")],
    *[
        ("officer", "reopen"),
        ("officer", "other words"),
        ("officer", "submit"),
        (ONE, "approve"),
        (ONE, "confirm release"),
    ],
]
RENAMED = [
    *[("officer", "release to all"), ("officer", "submit"), (ONE, "approve"), (ONE, "call it a meeting")],
    *[(ONE, "release to all"), (ONE, "call it good offices")],
]


@quick
@example(steps=CONFIRMED_BEFORE, kind="good_offices_contact")
@example(steps=APPROVED_TWICE, kind="good_offices_contact")
@example(steps=RENAMED, kind="good_offices_contact")
@given(steps=steps, kind=st.sampled_from(["meeting", "good_offices_contact"]))
def test_no_good_offices_contact_is_released_by_one_manager(
    people: dict[str, User], steps: list[tuple[str, str]], kind: str
) -> None:
    with undone():
        activity = make_complete_activity(type=kind, created_by=people["officer"])
        words: set[str] = set()
        for who, deed, _before in walk(activity, people, steps):
            if deed in ("approve", "confirm release"):
                words.add(who)
            elif deed == "reopen":
                words.clear()
            now = Activity.objects.get(pk=activity.pk)
            released = now.is_approved and now.audience != "internal" and not now.release_held
            if now.type == "good_offices_contact" and released:
                assert len(words) == 2, steps
            assert now.version >= 1


@quick
@given(steps=steps)
def test_states_follow_each_other_as_drawn(people: dict[str, User], steps: list[tuple[str, str]]) -> None:
    arrows = {
        ("draft", "submit", "submitted"),
        ("returned", "submit", "submitted"),
        ("submitted", "withdraw", "draft"),
        ("submitted", "approve", "approved"),
        ("submitted", "return", "returned"),
        ("approved", "reopen", "draft"),
    }
    with undone():
        activity = make_complete_activity(created_by=people["officer"])
        for who, deed, before in walk(activity, people, steps):
            now = Activity.objects.get(pk=activity.pk)
            if now.review_state != before.review_state:
                assert (before.review_state, deed, now.review_state) in arrows
            if deed.startswith("stage"):
                assert now.stage in NEXT_STAGES[Stage(before.stage)]
            if (now.review_state, before.review_state) == ("approved", "submitted"):
                assert who != "officer"
            if now.review_state in ("submitted", "approved"):
                assert now.missing_for_approval() == []
            assert now.version == before.version + 1
