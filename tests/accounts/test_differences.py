"""What changed in a text, and in a record: the history as the staff read it."""

import time
from collections.abc import Callable

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.audit import acting
from accounts.differences import GAP, pieces_of
from accounts.history import history_of
from accounts.models import User
from activities.models import Activity, Involvement, Link
from partners.models import Organization
from tests.factories.activities import make_complete_activity
from tests.factories.organizations import make_organization

WORDS = st.lists(st.sampled_from(["peace", "water ", "\n", "мир", "a", "b", " "]), max_size=40).map(" ".join)


@given(before=WORDS, after=WORDS)
def test_pieces_tell_what_went_and_what_came(before: str, after: str) -> None:
    pieces = pieces_of(before, after)
    assert bool(pieces) == (before != after)
    for kinds, text in ((("same", "out"), before), (("same", "in"), after)):
        parts = [part for one in pieces if one.kind in kinds for part in one.text.split(GAP.strip())]
        at = 0
        for part in filter(None, (part.strip() for part in parts)):
            at = text.index(part, at) + len(part)


def test_only_changed_passages_are_shown() -> None:
    before = " ".join(f"word{n}" for n in range(100))
    pieces = pieces_of(before, before.replace("word50", "mended"))
    assert [(one.kind, one.text) for one in pieces] == [
        ("same", "… word44 word45 word46 word47 word48 word49 "),
        ("out", "word50 "),
        ("in", "mended "),
        ("same", "word51 word52 word53 word54 word55 word56 …"),
    ]


def test_long_texts_are_compared_quickly() -> None:
    before = " ".join(f"the {n % 700} of." for n in range(1_500))
    started = time.monotonic()
    assert pieces_of(before, before.replace("of", "for"))
    assert time.monotonic() - started < 5


@pytest.mark.django_db
def test_rows_are_told_as_added_removed_and_changed(officer: User, manager: User, osce: Organization) -> None:
    activity = make_complete_activity(created_by=officer, summary=" ".join(f"word{n}" for n in range(60)))
    hidden = make_organization("hidden", name_en="Hidden body", classification="confidential")
    with acting(by=officer, verb="edit"):
        parts = [Involvement.objects.create(activity=activity, organization=one) for one in (osce, hidden)]
        link = Link.objects.create(activity=activity, title="News", publisher="Example")
    with acting(by=manager, verb="edit"):
        Link.objects.filter(pk=link.pk).update(publisher="Mended")
        parts[0].delete()
        Activity.objects.filter(pk=activity.pk).update(summary=activity.summary.replace("word30", "mended"))
    edited, added = history_of(activity, officer, most=2)
    assert [(one.what, one.before, one.after) for one in added.changes] == [
        ("Partners", "", "OSCE, Participant; not shown, Participant"),
        ("Link", "", "News, Example"),
    ]
    by_what = {one.what: one for one in edited.changes}
    assert (by_what["Link: News"].before, by_what["Link: News"].after) == ("Example", "Mended")
    assert (by_what["Partners"].before, by_what["Partners"].after) == ("OSCE, Participant", "")
    assert [one.text.strip() for one in by_what["Summary"].pieces if one.kind != "same"] == ["word30", "mended"]


@pytest.mark.django_db
def test_the_whole_history_page_by_page_for_staff(
    officer: User, focal_point: User, osce: Organization, client_of: Callable[[User | None], Client]
) -> None:
    activity = make_complete_activity(created_by=officer, review_state="approved", audience="named_partners")
    activity.released_to.add(osce)
    for number in range(25):
        with acting(by=officer, verb=("edit", "stage")[number % 2]):
            Activity.objects.filter(pk=activity.pk).update(title_en=f"Title {number}")
    client, address = client_of(officer), f"{activity.get_absolute_url()}history/"
    assert address in client.get(activity.get_absolute_url()).content.decode()
    first, second = (client.get(address, {"page": page}).content.decode() for page in (1, 2))
    assert "Title 20" in first and "Title 20" not in second
    assert "<del>" in first and "removed:" in first and "added:" in first
    assert client_of(focal_point).get(address).status_code == 403
