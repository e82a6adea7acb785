"""Any activities out of the portal and in again, as a workbook and as CSV: nothing is lost, nothing changes."""

import io
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.tables import MOST_LETTERS, escaped, unescaped, writable
from activities.choices import ActivityType, CentreRole, DateBasis, Format, InvolvementRole, Stage
from activities.models import Activity, FollowUp, Involvement, Link, ParticipantsByCountry
from partners.models import Organization
from priorities.choices import Certainty
from tests.activities.test_import import ROW, exported, kinds, saved, uploaded, written
from tests.factories.activities import make_country, make_theme, the_priority
from tests.factories.organizations import make_organization

pytestmark = pytest.mark.django_db

# What spreadsheets, XML, CSV or our own cells give a meaning.
PIECES = [
    *("_x005F_", "_x000D_", "x005F_", "_x0041_x0042_", "_xD83D_", "_x", "\n", "\r\n", "\u2028", "\x85", "\x0b"),
    *("\xa0", "  ", "\t", "=1+1", "+7 701", "-1", "@SUM(A1)", "'", '"', ",", ";", "|", "\\", "\\n", "sep=;", "#N/A"),
    *("007", "2024-05-01", "Да", "(inferred)", "&amp;", "<t>", "Вода", "Қазақстан", "😀", "👩🏽‍💻", "e\u0301"),
]
LETTERS = st.characters(codec="utf-8", exclude_characters="\0")
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), LETTERS), max_size=8).map("".join)
FIGURES = st.one_of(st.none(), st.integers(0, 9_999))
DAYS = st.dates(date(2000, 1, 1), date(2024, 12, 31))


def code_of(choices: Any, *, blank: bool = False) -> st.SearchStrategy[str]:
    return st.sampled_from([*choices.values, *([""] if blank else [])])


@st.composite
def dates(draw: st.DrawFn) -> dict[str, Any]:
    """A date as exact as dates can be, in its whole span."""
    precision = draw(st.sampled_from(["day", "month", "year", "unknown"]))
    if precision == "unknown":
        return {"date_precision": precision, "start_date": None, "end_date": None}
    first = draw(DAYS)
    last = draw(st.one_of(st.none(), st.integers(0, 800).map(lambda days: first + timedelta(days=days))))
    activity = Activity(date_precision=precision, start_date=first, end_date=last)
    if precision != "day":
        activity.widen_to_precision()
    return {"date_precision": precision, "start_date": activity.start_date, "end_date": activity.end_date}


FIELDS = st.fixed_dictionaries(
    {
        **dict.fromkeys(("title_en", "title_ru", "summary", "outcome", "source_note", "date_source"), TEXTS),
        **dict.fromkeys(("city", "funding_source", "classification_basis"), TEXTS),
        **dict.fromkeys(("women", "men", "not_stated", "youth"), FIGURES),
        "type": code_of(ActivityType),
        "stage": code_of(Stage),
        "centre_role": code_of(CentreRole),
        "date_basis": code_of(DateBasis),
        "format": code_of(Format, blank=True),
        "certainty": code_of(Certainty),
        "chatham_house": st.booleans(),
        "priority_inferred": st.booleans(),
    }
)
LINKS = st.fixed_dictionaries(
    {
        **dict.fromkeys(("title", "publisher", "url", "archived_url"), TEXTS),
        "published_on": st.one_of(st.none(), DAYS),
    }
).filter(lambda link: link["url"] or link["publisher"] or link["title"])
FOLLOW_UPS = st.fixed_dictionaries({"text": TEXTS, "due": st.one_of(st.none(), DAYS)})
RECORDS = st.tuples(
    FIELDS,
    dates(),
    st.lists(LINKS, max_size=2),
    st.lists(FOLLOW_UPS, max_size=2),
    st.sets(st.tuples(st.integers(0, 2), code_of(InvolvementRole)), max_size=3),
    st.lists(FIGURES, min_size=4, max_size=4),
)
# In one cell as much as a cell holds, in another more than that, with letters that Excel counts twice.
LONG = {"summary": "ы" * 20_000, "outcome": "a\n" * 10_000, "source_note": "😀_x000D_" * 3_000}


@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(records=st.lists(RECORDS, min_size=20, max_size=30))
def test_an_export_of_any_activities_changes_nothing(
    records: list[Any], officer: User, osce: Organization, client_of: Any
) -> None:
    client = client_of(officer)
    with transaction.atomic():
        make_all(records, officer, osce)
        for kind in ("xlsx", "csv"):
            content = exported(client, kind)
            assert kinds(uploaded(client, content, f"file.{kind}")) == {"same": len(records) + 1}
            if kind == "xlsx":  # once more as another program writes it, with its texts in one table
                again = saved(openpyxl.load_workbook(io.BytesIO(content)))
                assert kinds(uploaded(client, again)) == {"same": len(records) + 1}
        transaction.set_rollback(True)


def make_all(records: list[Any], officer: User, osce: Organization) -> None:
    """Past the forms, which would refuse or tidy up some of it: what is there already must come back as it is."""
    organizations = [osce, make_organization("odd", name_en="A; b | c\\"), make_organization("cs", acronym="ДЦ (1)")]
    priority, theme, country = the_priority(), make_theme(), make_country()
    for number, (fields, days, links, follow_ups, partners, figures) in enumerate(
        [*records, (LONG, {}, [], [], [], [])]
    ):
        limits = {name: Activity._meta.get_field(name).max_length for name in fields}
        fields = {name: value[: limits[name]] if limits[name] else value for name, value in fields.items()}
        fields["title_en"] = fields.get("title_en", "").strip() or "Title"
        activity = Activity.objects.create(
            **{"type": "training", "start_date": date(2024, 5, 1), **fields, **days},
            reference=f"UNRCCA-2024-{number:04d}",
            main_priority=priority,
            created_by=officer,
        )
        activity.themes.add(theme)
        Link.objects.bulk_create(Link(activity=activity, **link) for link in links)
        FollowUp.objects.bulk_create(FollowUp(activity=activity, owner=officer, **one) for one in follow_ups)
        for place, role in partners:
            Involvement.objects.create(activity=activity, organization=organizations[place], role=role)
        if figures:
            names = ("women", "men", "not_stated", "youth")
            ParticipantsByCountry.objects.create(
                activity=activity, country=country, **dict(zip(names, figures, strict=True))
            )


@given(st.lists(st.one_of(st.sampled_from(PIECES), LETTERS)).map("".join))
def test_what_is_escaped_comes_back(text: str) -> None:
    assert unescaped(escaped(text)) == text


def test_what_a_workbook_escapes_is_understood() -> None:
    assert unescaped("a_x000D_\n_xD83D__xDE00__x005F_x0041_") == "a\r\n😀_x0041_"


@given(st.integers(0, 20), st.text(alphabet="a😀", min_size=3, max_size=3))
def test_no_cell_is_longer_than_excel_takes(more: int, letters: str) -> None:
    text = (letters * MOST_LETTERS)[: MOST_LETTERS - 10 + more]
    cell = writable(text)
    assert len(cell.encode("utf-16-le")) // 2 <= MOST_LETTERS
    assert cell == text or (cell.endswith("[…]") and text.startswith(cell[:-4]))


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_texts_of_new_rows_are_taken_as_they_are(kind: str, officer: User, client_of: Any) -> None:
    the_priority()
    client = client_of(officer)
    texts = ["_x005F_ and _x000D_", "=1+1", "Два\xa0слова", "-\n+ 😀\n@", "'quoted'", "ы" * 20_000]
    for number, text in enumerate(texts):
        Activity.objects.create(
            **{**ROW, "main_priority": the_priority(), "type": "training", "title_en": f"Example {number}"},
            summary=text,
            reference=f"UNRCCA-2024-{number:04d}",
            created_by=officer,
        )
    content = exported(client, kind)
    Activity.objects.all().delete()
    imported = written(client, uploaded(client, content, f"file.{kind}"))
    assert imported.status == "done"
    assert list(Activity.objects.order_by("title_en").values_list("summary", flat=True)) == texts
