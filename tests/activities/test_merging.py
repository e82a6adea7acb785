"""Whatever three versions of a form say: the result is what was chosen, and nothing that nobody wrote."""

from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.merging import MINE, SAVED, Values, marked, sign, signed
from accounts.models import User
from activities.forms import ActivityEntry
from activities.forms.compared import Conflict, Sheet
from activities.models import Activity
from tests.activities.entries import filled_in
from tests.factories.activities import make_complete_activity, make_country, make_theme
from tests.factories.organizations import make_organization

pytestmark = pytest.mark.django_db

words = st.sampled_from(["", "One", "Two", "Two\nlines", "a\u2028b", "«Ёж»"])


@st.composite
def versions(draw: Any) -> dict[str, Any]:
    """What one version of the form says; numbers stand for the records that the test makes."""
    return {
        "summary": draw(words),
        "city": draw(words),
        "chatham_house": draw(st.booleans()),
        "women": draw(st.sampled_from(["", "0", "7"])),
        "start_date": draw(st.sampled_from(["2024-05-01", "2024-05-02", "soon"])),
        "themes": draw(st.sets(st.integers(0, 2))),
        "country": draw(st.sampled_from([None, 0, 1])),
        "partners": draw(
            st.dictionaries(st.integers(0, 2), st.sets(st.sampled_from(["host", "speaker"]), min_size=1), max_size=3)
        ),
        "countries": draw(st.dictionaries(st.integers(0, 1), st.sampled_from(["", "1", "2"]))),
        "links": draw(st.dictionaries(st.integers(1, 3), st.sampled_from(["One", "Two"]))),
    }


@pytest.fixture
def records(officer: User) -> dict[str, list[Any]]:
    return {
        "activity": [make_complete_activity(created_by=officer)],
        "themes": [make_theme(code).pk for code in ("a", "b", "c")],
        "countries": [make_country(code).pk for code in ("KZ", "UZ")],
        "partners": [make_organization(code, audience="public").pk for code in ("x", "y", "z")],
    }


def sent_of(version: dict[str, Any], records: dict[str, list[Any]]) -> Any:
    """The version as a browser sends it."""
    rows: dict[str, Any] = {
        "partners": [
            {"organization": records["partners"][one], "role": role}
            for one, roles in version["partners"].items()
            for role in sorted(roles)
        ],
        "countries": [
            {"country": records["countries"][one], "women": women} for one, women in version["countries"].items()
        ],
        "links": [{"id": number, "title": title} for number, title in version["links"].items()],
    }
    sent = filled_in(
        rows,
        **{name: version[name] for name in ("summary", "city", "women", "start_date")},
        chatham_house="on" if version["chatham_house"] else None,
        themes=[records["themes"][one] for one in version["themes"]],
        country="" if version["country"] is None else records["countries"][version["country"]],
    )
    query = QueryDict(mutable=True)
    for name, value in sent.items():
        query.setlist(name, value if isinstance(value, list) else [value])
    return query


def sheet_of(officer: User, activity: Activity, sent: Any) -> Sheet:
    return ActivityEntry(officer, activity, sent).sheet


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(base=versions(), mine=versions(), theirs=versions(), known=st.booleans(), data=st.data())
def test_the_result_is_what_was_chosen(
    officer: User,
    records: dict[str, list[Any]],
    base: dict[str, Any],
    mine: dict[str, Any],
    theirs: dict[str, Any],
    known: bool,
    data: st.DataObject,
) -> None:
    [activity] = records["activity"]
    started, saved = (sheet_of(officer, activity, sent_of(one, records)) for one in (base, theirs))
    sent = sent_of(mine, records)
    before: Values | None = started.values() if known else None
    conflict = Conflict(sent, mine=sheet_of(officer, activity, sent), saved=saved, base=before)
    my_values, their_values = sheet_of(officer, activity, sent).values(), saved.values()

    choices = {place.control: place.choice for place in conflict.places}
    for place in conflict.asked:
        assert place.choice == ""
        choices[place.control] = data.draw(st.sampled_from([MINE, SAVED]))
    assert conflict.answer(choices)
    result = sheet_of(officer, activity, conflict.result()).values()

    for name in {*my_values, *their_values, *result}:
        mine_here, theirs_here, here = (one.get(name) for one in (my_values, their_values, result))
        assert here in (mine_here, theirs_here), "a third value"
        choice = choices.get(f"choice-{name}")
        if choice is None:
            assert mine_here == theirs_here == here
        else:
            assert here == (mine_here if choice == MINE else theirs_here)
        if before is not None and mine_here == before.get(name):
            assert here == theirs_here, "what only somebody else changed is taken over"
        if before is not None and theirs_here == before.get(name):
            assert here == mine_here, "what only I changed is kept"


@given(st.text(max_size=300), st.text(max_size=300))
def test_marking_words_changes_no_letter(mine: str, saved: str) -> None:
    pieces = marked(mine, saved)
    assert ["".join(piece for _new, piece in pieces[side]) for side in (MINE, SAVED)] == [mine, saved]


def test_what_an_editor_starts_from_cannot_be_made_up() -> None:
    values = {"city": "Osh"}
    text = sign(values, key="activities.activity:1", version=3)
    assert signed(text, key="activities.activity:1", version=3) == values
    assert signed(text, key="activities.activity:2", version=3) is None
    assert signed(text, key="activities.activity:1", version=4) is None
    assert signed(f"x{text}", key="activities.activity:1", version=3) is None
