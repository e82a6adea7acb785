"""The dossier of a briefing: what it gathers, who is shown what, how it is cleared, frozen and compared."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from accounts.records import StaleEdit
from activities.models import Activity
from briefings import dossier_actions as actions
from briefings.choices import DossierState, SectionKey, TaskKind
from briefings.contents import Content, Reader, compose, digest_of
from briefings.models import Briefing, BriefingTask, Development, Dossier, DossierItem, DossierVersion
from briefings.sections import Section, sections_of
from briefings.tasks import gather
from priorities.models import Theme
from tests.factories.activities import make_activity
from tests.factories.briefings import make_briefing, make_consideration, make_development, make_dossier, make_point
from tests.factories.framework import make_priority

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]

STEPS = (DossierState.DRAFTING, DossierState.CLEARANCE, DossierState.FINAL, DossierState.DELIVERED)


@pytest.fixture
def briefing() -> Briefing:
    """With a period from 24 January to 23 July 2024."""
    make_briefing("earlier", date=date(2024, 1, 23), audience="public", topics_en=["Example topic of January"])
    briefing = make_briefing("example", audience="public")
    make_consideration(briefing)
    return briefing


@pytest.fixture
def activity() -> Activity:
    return make_activity(
        title_en="Example workshop",
        start_date=date(2024, 5, 1),
        end_date=None,
        review_state="approved",
        stage="held",
        main_priority=make_priority(),
        women=12,
        men=8,
        youth=5,
    )


@pytest.fixture
def development() -> Development:
    return make_development("event", date=date(2024, 5, 1), review_state="approved", headline_en="Example event")


@pytest.fixture
def dossier(briefing: Briefing, activity: Activity, development: Development, officer: User) -> Dossier:
    return make_dossier(briefing, officer)


def deliver(dossier: Dossier, officer: User, manager: User) -> DossierVersion:
    """Take it through clearance to its delivery; the version that this keeps."""
    for state in STEPS:
        by = officer if state in STEPS[:2] else manager
        dossier = actions.move(dossier=dossier, version=dossier.version, to=state, by=by)
    version: DossierVersion = dossier.versions.latest("number")
    return version


def as_read(content: Content, viewer: Any) -> dict[str, Section]:
    return {section.key: section for section in sections_of(Reader(viewer, content).shown(content))}


# --- what it gathers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "taken"),
    [
        ({"date": date(2024, 1, 23)}, False),
        ({"date": date(2024, 1, 24)}, True),
        ({"date": date(2024, 7, 23)}, True),
        ({"date": date(2024, 7, 24)}, False),
        ({"date": date(2024, 1, 1), "end_date": date(2024, 1, 31), "date_precision": "month"}, True),
        ({"date": date(2022, 9, 1), "source_date": date(2024, 5, 1)}, True),
        ({"date": date(2022, 9, 1), "source_date": date(2023, 5, 1)}, False),
        ({"date": date(2024, 5, 1), "review_state": "draft"}, False),
    ],
)
def test_a_development_is_of_the_period_or_told_of_in_it(
    fields: dict[str, Any], taken: bool, briefing: Briefing, officer: User
) -> None:
    made = make_development("event", **{"review_state": "approved", **fields})
    items = make_dossier(briefing, officer).items.filter(development__isnull=False)
    assert [item.development for item in items] == ([made] if taken else [])


@pytest.mark.parametrize(
    ("fields", "taken"),
    [
        ({}, True),
        ({"review_state": "submitted"}, False),
        ({"stage": "cancelled"}, False),
        ({"centre_role": "none"}, False),
        ({"start_date": date(2024, 7, 24)}, False),
    ],
)
def test_activities_are_approved_held_and_of_the_centre(
    fields: dict[str, Any], taken: bool, briefing: Briefing, officer: User
) -> None:
    values = {"review_state": "approved", "stage": "held", "start_date": date(2024, 5, 1), "end_date": None, **fields}
    make_activity(**values)
    assert make_dossier(briefing, officer).items.filter(activity__isnull=False).exists() == taken


def test_what_is_left_out_stays_out_and_what_comes_later_is_taken_in_at_night(
    dossier: Dossier, officer: User, activity: Activity
) -> None:
    item = dossier.items.get(activity=activity)
    actions.include(item=item, by=officer, included=False)
    make_development("later", date=date(2024, 6, 1), review_state="approved", headline_en="Later event")
    gather()
    gather()
    assert dossier.items.count() == 3
    sections = as_read(compose(dossier), officer)
    assert sections[SectionKey.ACTIVITIES].entries == []
    assert [entry.head for entry in sections[SectionKey.DEVELOPMENTS].entries if entry.part == "item"] == [
        "Example event",
        "Later event",
    ]


def test_what_is_no_longer_approved_is_not_told(dossier: Dossier, officer: User, activity: Activity) -> None:
    Activity.objects.filter(pk=activity.pk).update(review_state="draft")
    assert "Example workshop" not in as_read(compose(dossier), officer)[SectionKey.ACTIVITIES].text


def test_staff_order_group_and_annotate(dossier: Dossier, officer: User, client_of: ClientOf) -> None:
    make_development("second", date=date(2024, 6, 1), review_state="approved", headline_en="Second event")
    client, url = client_of(officer), dossier.get_absolute_url()
    client.post(f"{url}gather/")
    second = dossier.items.get(development__key="second")

    def heads() -> list[str]:
        entries = as_read(compose(dossier), officer)[SectionKey.DEVELOPMENTS].entries
        return [entry.head for entry in entries if entry.part == "item"]

    assert heads() == ["Example event", "Second event"]
    for deed, expected in (("up", True), ("up", True), ("down", False), ("down", False)):
        client.post(f"{url}items/{second.pk}/{deed}/")
        assert (heads()[0] == "Second event") == expected
    entries = {"group": "Own group", "note": "Own remark", "included": "on", "version": second.version}
    second.refresh_from_db()
    client.post(f"{url}items/{second.pk}/edit/", entries | {"version": second.version})
    groups = as_read(compose(dossier), officer)[SectionKey.DEVELOPMENTS].groups
    assert [group.title for group in groups][-1] == "Own group"
    assert groups[-1].entries[0].remark == "Own remark"


def test_the_reader_learns_what_is_new_since_the_last_look(
    dossier: Dossier, officer: User, client_of: ClientOf
) -> None:
    client, url = client_of(officer), dossier.get_absolute_url()
    assert client.get(url).context["fresh"] == 0
    client.post(f"{url}look/", {"until": client.get(url).context["opened_at"]})
    make_development("later", date=date(2024, 6, 1), review_state="approved", headline_en="Later event")
    client.post(f"{url}gather/")
    page = client.get(url)
    assert page.context["fresh"] == 1
    client.post(f"{url}look/", {"until": "nonsense"})
    assert client.get(url).context["fresh"] == 0


def test_figures_are_sums_of_what_is_recorded(dossier: Dossier, officer: User, activity: Activity) -> None:
    theme = Theme.objects.create(code="wps", name_en="WPS")
    activity.themes.add(Theme.objects.create(code="wps-protection", name_en="Protection", parent=theme))
    figures = {entry.head: entry.body[0] for entry in as_read(compose(dossier), officer)[SectionKey.FIGURES].entries}
    assert figures["Women"] == "12"
    assert figures["Sex not stated"] == "not recorded"
    assert figures["Of them youth under 30"] == "5"
    assert figures["Women, peace and security"] == "1"
    assert figures["Youth, peace and security"] == "no record"


def test_the_last_briefing_and_what_was_promised_at_it_are_told(dossier: Dossier, officer: User) -> None:
    earlier = Briefing.objects.get(key="earlier")
    BriefingTask.objects.create(
        briefing=earlier,
        kind=TaskKind.FOLLOW_UP,
        text="Example promise",
        done=date(2024, 3, 1),
        result="Example result",
    )
    sections = as_read(compose(dossier), officer)
    assert "Example topic of January" in sections[SectionKey.DEVELOPMENTS].text
    for words in ("Example promise", "Example result", "1 March 2024"):
        assert words in sections[SectionKey.PROMISES].text


# --- talking points ---------------------------------------------------------------------------------------------------


def test_each_sentence_can_be_traced_both_ways(
    dossier: Dossier, officer: User, activity: Activity, development: Development, client_of: ClientOf
) -> None:
    client, url = client_of(officer), dossier.get_absolute_url()
    entries = {
        "topic": "Water",
        "text": "Example sentence",
        "activities": [activity.pk],
        "developments": [development.pk],
    }
    assert client.post(f"{url}points/new/", entries).status_code == 302
    [point] = as_read(compose(dossier), officer)[SectionKey.POINTS].entries
    assert [source.url for source in point.sources] == [activity.get_absolute_url(), development.get_absolute_url()]
    for record in (activity, development):
        page = client.get(record.get_absolute_url()).content.decode()
        assert "Example sentence" in page
        assert f"{url}#points" in page


def test_outside_the_staff_nobody_learns_of_talking_points(
    dossier: Dossier, activity: Activity, client_of: ClientOf, focal_point: User
) -> None:
    Activity.objects.filter(pk=activity.pk).update(audience="public")
    make_point(dossier).activities.add(activity)
    for who in (None, focal_point):
        page = client_of(who).get(activity.get_absolute_url())
        assert page.status_code == 200
        assert "Example sentence" not in page.content.decode()


def test_records_that_are_not_in_the_dossier_are_not_offered(
    dossier: Dossier, officer: User, client_of: ClientOf
) -> None:
    other = make_activity(start_date=date(2020, 1, 1), review_state="approved", stage="held")
    entries = {"topic": "Water", "text": "Example", "activities": [other.pk]}
    page = client_of(officer).post(f"{dossier.get_absolute_url()}points/new/", entries)
    assert page.status_code == 200
    assert page.context["form"].errors["activities"]


# --- who is shown what ------------------------------------------------------------------------------------------------


@pytest.fixture
def secret(settings: Any, dossier: Dossier, colleague: User, activity: Activity) -> DossierItem:
    """A confidential activity that only the colleague may see, with a sentence that rests on it."""
    settings.CONFIDENTIAL_ALLOWED = True
    record = make_activity(
        title_en="Zzsecret meeting",
        start_date=date(2024, 6, 1),
        end_date=None,
        review_state="approved",
        stage="held",
        classification="confidential",
        created_by=colleague,
        main_priority=activity.main_priority,
        women=100,
    )
    gather()
    point = make_point(dossier, text="Zzsecret sentence")
    point.activities.add(record)
    return DossierItem.objects.get(activity=record)


def test_what_a_reader_may_not_see_is_neither_shown_nor_counted_now_or_frozen(
    secret: DossierItem, dossier: Dossier, officer: User, colleague: User, manager: User, client_of: ClientOf
) -> None:
    version = deliver(dossier, officer, manager)
    for content in (compose(dossier), version.content):
        told, hidden = as_read(content, colleague), as_read(content, officer)
        assert told[SectionKey.ACTIVITIES].count == 2
        assert told[SectionKey.POINTS].count == 1
        assert told[SectionKey.FIGURES].entries[0].body == ("112",)
        assert hidden[SectionKey.ACTIVITIES].count == 1
        assert hidden[SectionKey.POINTS].count == 0
        assert hidden[SectionKey.FIGURES].entries[0].body == ("12",)
        assert "Zzsecret" not in "".join(section.text for section in hidden.values())
    url = dossier.get_absolute_url()
    for page in (url, f"{url}read/", f"{url}versions/1/", f"{url}compare/?from=1&to=now"):
        assert "Zzsecret" not in client_of(officer).get(page).content.decode()
        assert "CONFIDENTIAL" not in client_of(officer).get(page).content.decode()
    for page in (url, f"{url}read/", f"{url}versions/1/"):
        text = client_of(colleague).get(page).content.decode()
        assert "Zzsecret" in text
        assert "CONFIDENTIAL" in text
    assert client_of(officer).post(f"{url}items/{secret.pk}/up/").status_code == 404


def test_a_record_deleted_since_stays_in_the_version_unless_it_was_confidential(
    secret: DossierItem, dossier: Dossier, officer: User, colleague: User, manager: User, activity: Activity
) -> None:
    version = deliver(dossier, officer, manager)
    dossier.points.all().delete()
    for record in (secret.activity, activity):
        record.delete()
    for reader in (officer, colleague):
        text = as_read(version.content, reader)[SectionKey.ACTIVITIES].text
        assert "Example workshop" in text
        assert "Zzsecret" not in text


@pytest.mark.parametrize("who", [None, "focal_point"])
def test_outside_the_staff_there_is_no_dossier(
    who: str | None, dossier: Dossier, client_of: ClientOf, request: pytest.FixtureRequest
) -> None:
    client = client_of(request.getfixturevalue(who) if who else None)
    for page in ("", "read/", "compare/", "edit/"):
        response = client.get(f"{dossier.get_absolute_url()}{page}")
        assert response.status_code == (404 if who else 302)
    content = compose(dossier)
    viewer: Any = request.getfixturevalue(who) if who else response.wsgi_request.user
    assert not any(section.entries for section in as_read(content, viewer).values())


# --- clearance and versions -------------------------------------------------------------------------------------------


def test_final_needs_a_manager(dossier: Dossier, officer: User, manager: User) -> None:
    for state in STEPS[:2]:
        dossier = actions.move(dossier=dossier, version=dossier.version, to=state, by=officer)
    with pytest.raises(PermissionDenied):
        actions.move(dossier=dossier, version=dossier.version, to=DossierState.FINAL, by=officer)
    dossier = actions.move(dossier=dossier, version=dossier.version, to=DossierState.FINAL, by=manager)
    assert dossier.cleared_by == manager
    with pytest.raises(ValidationError):
        actions.include(item=dossier.items.all()[0], by=manager, included=False)


def test_no_step_is_leapt_over_and_none_rests_on_an_old_page(dossier: Dossier, manager: User) -> None:
    with pytest.raises(ValidationError):
        actions.move(dossier=dossier, version=dossier.version, to=DossierState.DELIVERED, by=manager)
    with pytest.raises(StaleEdit):
        actions.move(dossier=dossier, version=dossier.version + 1, to=DossierState.DRAFTING, by=manager)


def test_a_version_keeps_what_was_delivered_whatever_changes_later(
    dossier: Dossier, officer: User, manager: User, activity: Activity, development: Development
) -> None:
    version = deliver(dossier, officer, manager)
    Activity.objects.filter(pk=activity.pk).update(title_en="Another title", women=99, review_state="draft")
    Development.objects.filter(pk=development.pk).update(headline_en="Another headline")
    version.refresh_from_db()
    text = "\n".join(section.text for section in as_read(version.content, officer).values())
    assert "Example workshop" in text
    assert "Example event" in text
    assert "Another" not in text
    assert digest_of(version.content) == version.digest


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE briefings_dossierversion SET reason = 'Example'",
        "UPDATE briefings_dossierversion SET content = '{}'",
        "DELETE FROM briefings_dossierversion",
    ],
)
def test_the_database_refuses_to_change_a_version(
    statement: str, dossier: Dossier, officer: User, manager: User
) -> None:
    deliver(dossier, officer, manager)
    with pytest.raises(Exception, match="immutable"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_correction_makes_a_new_version_and_says_what_changed(
    dossier: Dossier, officer: User, manager: User, activity: Activity, client_of: ClientOf
) -> None:
    deliver(dossier, officer, manager)
    client, url = client_of(manager), dossier.get_absolute_url()
    dossier.refresh_from_db()
    assert client.post(f"{url}to/drafting/", {"version": dossier.version, "reason": " "}).status_code == 200
    client.post(f"{url}to/drafting/", {"version": dossier.version, "reason": "Example mistake"})
    Activity.objects.filter(pk=activity.pk).update(title_en="Example seminar")
    dossier.refresh_from_db()
    assert dossier.state == DossierState.DRAFTING
    for state in STEPS[1:]:
        client.post(f"{url}to/{state}/", {"version": dossier.version})
        dossier.refresh_from_db()
    assert [version.reason for version in dossier.versions.all()] == ["", "Example mistake"]
    page = client.get(f"{url}compare/?from=1&to=2").content.decode()
    assert "workshop" in page.partition("<del>")[2].partition("</del>")[0]
    assert "seminar" in page.partition("<ins>")[2].partition("</ins>")[0]
    assert "Nothing changed in:" in page
    assert client.get(f"{url}compare/").context["chosen"] == ("1", "2")


def test_the_history_says_who_did_what_and_nothing_of_what_was_written(
    dossier: Dossier, officer: User, manager: User, client_of: ClientOf
) -> None:
    deliver(dossier, officer, manager)
    page = client_of(officer).get(dossier.get_absolute_url())
    deeds = [(deed.who, str(deed.what), deed.changes) for deed in page.context["history"]]
    by, boss = str(officer), str(manager)
    assert deeds == [
        (boss, "Delivered", []),
        (boss, "Cleared as final", []),
        (by, "Handed in for clearance", []),
        (by, "Taken to drafting", []),
        (by, "Logged", []),
    ]


def test_the_next_dossier_is_compared_with_the_last(
    dossier: Dossier, officer: User, manager: User, client_of: ClientOf
) -> None:
    deliver(dossier, officer, manager)
    later = make_briefing("later", date=date(2025, 2, 6), audience="public")
    make_consideration(later, key="new-option", text_en="Example other option")
    url = make_dossier(later, officer).get_absolute_url()
    page = client_of(officer).get(f"{url}compare/")
    rows = {row["title"]: row for row in page.context["rows"]}
    assert (rows["Key developments"]["before"], rows["Key developments"]["after"]) == (1, 0)
    assert "other" in "".join(piece.text for piece in rows["Issues and options"]["pieces"] if piece.kind == "in")
    assert client_of(officer).get(f"{url}compare/?from=3").status_code == 404


def test_without_a_last_dossier_the_comparison_says_so(dossier: Dossier, officer: User, client_of: ClientOf) -> None:
    page = client_of(officer).get(f"{dossier.get_absolute_url()}compare/")
    assert "The last briefing has no dossier" in page.content.decode()


def test_russian_readers_are_told_in_russian(dossier: Dossier, officer: User, development: Development) -> None:
    Development.objects.filter(pk=development.pk).update(headline_ru="Пример события")
    with translation.override("ru"):
        text = as_read(compose(dossier), officer)[SectionKey.DEVELOPMENTS].text
    assert "Пример события" in text
    assert "Example event" not in text
    assert "1 мая 2024" in text


# --- the cycle --------------------------------------------------------------------------------------------------------


def test_a_manager_plans_a_briefing_and_an_officer_begins_its_dossier(
    officer: User, manager: User, client_of: ClientOf
) -> None:
    make_briefing("earlier", date=date(2024, 1, 23), audience="public")
    entries = {
        "date": "2024-07-23",
        "date_precision": "month",
        "certainty": "expected",
        "modality": "closed_consultations",
        "outcome": "unknown",
        "classification": "unclassified",
        "audience": "internal",
    }
    assert client_of(officer).post("/briefings/new/", entries).status_code == 403
    response = client_of(manager).post("/briefings/new/", entries)
    assert response.headers["Location"] == "/briefings/council-2024-07-01/"
    briefing = Briefing.objects.get(key="council-2024-07-01")
    assert briefing.window() == (date(2024, 1, 24), date(2024, 7, 31))
    response = client_of(officer).post("/briefings/council-2024-07-01/dossier/begin/")
    assert response.headers["Location"] == briefing.dossier.get_absolute_url()
    client_of(officer).post("/briefings/council-2024-07-01/dossier/begin/")
    assert Dossier.objects.count() == 1


def test_a_dossier_needs_a_period(officer: User, client_of: ClientOf) -> None:
    briefing = make_briefing("first", audience="public")
    response = client_of(officer).post(f"{briefing.get_absolute_url()}dossier/begin/", follow=True)
    assert "The period of this briefing is not known" in response.content.decode()
    assert not Dossier.objects.exists()


def test_tasks_are_entered_done_and_told_on_both_pages(dossier: Dossier, officer: User, client_of: ClientOf) -> None:
    client, briefing = client_of(officer), dossier.briefing
    yesterday = (timezone.localdate() - timedelta(days=2)).isoformat()
    entries = {"kind": "before", "text": "Example task", "person": officer.pk, "due": yesterday}
    client.post(f"{briefing.get_absolute_url()}tasks/new/", entries)
    for page in (briefing.get_absolute_url(), dossier.get_absolute_url()):
        text = client.get(page).content.decode()
        assert "Example task" in text
        assert "Overdue" in text
    task = BriefingTask.objects.get()
    client.post(task.get_edit_url(), entries | {"done": yesterday, "result": "Example result", "version": task.version})
    assert "Example result" in client.get(dossier.get_absolute_url()).content.decode()
    client.post(f"{briefing.get_absolute_url()}tasks/{task.pk}/delete/", {"version": task.version + 1})
    assert not BriefingTask.objects.exists()


def test_colleagues_comment_in_any_state(dossier: Dossier, officer: User, manager: User, client_of: ClientOf) -> None:
    version = deliver(dossier, officer, manager)
    client, url = client_of(officer), dossier.get_absolute_url()
    client.post(f"{url}comments/", {"section": "developments", "text": "Example comment"})
    client.post(f"{url}comments/", {"section": "nothing", "text": "Example"})
    remark = dossier.comments.get()
    client.post(f"{url}comments/{remark.pk}/settle/")
    assert "<s>Example comment</s>" in client.get(url).content.decode()
    version.refresh_from_db()
    assert "Example comment" not in str(version.content)


def test_of_a_closed_dossier_no_text_is_changed(
    dossier: Dossier, officer: User, manager: User, client_of: ClientOf
) -> None:
    deliver(dossier, officer, manager)
    client, url = client_of(officer), dossier.briefing.get_absolute_url()
    option = dossier.briefing.considerations.get()
    for page in (
        option.get_edit_url(),
        f"{url}considerations/new/",
        f"{url}dossier/points/new/",
        f"{url}dossier/edit/",
    ):
        assert client.get(page).status_code == 403
