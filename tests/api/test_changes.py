"""`?updated_since=`: a program that follows it holds what its reader may see, and is told of nothing else."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.changes import Change, Disclosure, thin_out
from accounts.models import User
from accounts.roles import Role
from activities.models import Activity, Involvement, Link
from partners.models import Organization
from priorities.models import Theme
from tests.factories.activities import make_activity, make_theme
from tests.factories.organizations import make_organization
from tests.factories.people import make_user

from .conftest import Get

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS: dict[str, Any] = {"review_state": "approved", "audience": "public"}


MIRRORED = "activities/?fields=reference,title_en,partners"


class Mirror:
    """A program's copy of a list, kept as docs/api.md says."""

    def __init__(
        self, get: Get, user: User | None, path: str = "activities/?fields=reference,title_en,partners"
    ) -> None:
        self.get, self.user, self.path = get, user, path
        self.token = "0"
        self.items: dict[str, Any] = {}
        # What it was told is gone, and what its reader could ever see.
        self.told: set[str] = set()
        self.seen: set[str] = set()

    def note(self) -> None:
        """Remember what the reader can see now."""
        seen = Activity.objects.visible_to(self.user or AnonymousUser())
        self.seen |= set(seen.values_list("reference", flat=True))

    def sync(self, between: Callable[[], Any] = lambda: None, size: int = 2) -> None:
        joint = "&" if "?" in self.path else "?"
        link: str | None = f"{self.path}{joint}page_size={size}&updated_since={self.token}"
        while link:
            answer = self.get(link.partition("/api/v1/")[2] or link, self.user)
            assert answer.status_code == 200, answer.json()
            page = answer.json()
            for key in page["removed"]:
                self.items.pop(key, None)
                self.told.add(key)
            self.items |= {item["reference"]: item for item in page["results"]}
            between()
            link, self.token = page["next"], page["updated_until"]

    def truth(self) -> dict[str, Any]:
        joint = "&" if "?" in self.path else "?"
        found = self.get(f"{self.path}{joint}page_size=100", self.user).json()["results"]
        return {item["reference"]: item for item in found}


@pytest.fixture
def people() -> dict[str, User | None]:
    osce = make_organization("osce", acronym="OSCE", audience="public")
    unodc = make_organization("unodc", acronym="UNODC", audience="public")
    return {
        "anonymous": None,
        "focal point": make_user("focal-point", Role.PARTNER, organization=osce),
        "stranger": make_user("stranger", Role.PARTNER, organization=unodc),
        "officer": make_user("officer", Role.OFFICER),
    }


def create(number: int) -> None:
    make_activity(title_en=f"Activity {number}", **FIELDS)


def of(number: int) -> Any:
    """One of the activities, as a queryset: whatever is done to it is a bulk update."""
    pks = list(Activity.objects.order_by("pk").values_list("pk", flat=True))
    return Activity.objects.filter(pk=pks[number % len(pks)] if pks else 0)


def partner_added(number: int) -> None:
    for activity in of(number):
        Involvement.objects.get_or_create(activity=activity, organization=Organization.objects.get(code="unodc"))


def named(number: int) -> None:
    of(number).update(audience="named_partners")
    for activity in of(number):
        activity.released_to.set([Organization.objects.get(code="osce")])


DEEDS: dict[str, Callable[[int], Any]] = {
    "create": create,
    "rename": lambda n: of(n).update(title_en=f"Renamed {n}"),
    "delete": lambda n: of(n).delete(),
    "reopen": lambda n: of(n).update(review_state="draft"),
    "approve": lambda n: of(n).update(review_state="approved", submitted_at=timezone.now(), reviewed_at=timezone.now()),
    "to all": lambda n: of(n).update(audience="all_partners"),
    "to the staff": lambda n: of(n).update(audience="internal"),
    "to everyone": lambda n: of(n).filter(classification="unclassified").update(audience="public"),
    "to one": named,
    "nobody named": lambda n: [activity.released_to.clear() for activity in of(n)],
    "classify": lambda n: of(n).update(audience="internal", classification="confidential"),
    "declassify": lambda n: of(n).update(classification="unclassified"),
    "hold": lambda n: of(n).update(release_held=True),
    "release": lambda n: of(n).update(release_held=False),
    "own": lambda n: of(n).update(lead_organization=Organization.objects.get(code="osce")),
    "chatham house": lambda n: of(n).update(chatham_house=True),
    "partner": partner_added,
    "organization": lambda n: Organization.objects.filter(code="unodc").update(acronym=f"U{n}"),
    "hide organization": lambda n: Organization.objects.filter(code="unodc").update(audience="internal"),
    "key": lambda n: of(n).update(reference=f"X-{n}-{Change.objects.count()}"),
    "thin out": lambda n: thin_out(),
}


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(deeds=st.lists(st.tuples(st.sampled_from(sorted(DEEDS)), st.integers(0, 9), st.booleans()), max_size=25))
def test_a_mirror_holds_what_its_reader_sees(
    people: dict[str, User | None], get: Get, deeds: list[tuple[str, int, bool]]
) -> None:
    Activity.objects.all().delete()
    for number in range(4):
        create(number)
    mirrors = [Mirror(get, user) for user in people.values()]
    for mirror in mirrors:
        mirror.note()
        mirror.sync()
    for name, number, then_sync in deeds:
        DEEDS[name](number)
        for mirror in mirrors:
            mirror.note()
            if then_sync:
                mirror.sync()
    for mirror in mirrors:
        mirror.sync()
        assert mirror.items == mirror.truth()
        assert mirror.told <= mirror.seen


def test_what_could_never_be_seen_leaves_no_trace(people: dict[str, User | None], get: Get) -> None:
    mirrors = {name: Mirror(get, user) for name, user in people.items()}
    for mirror in mirrors.values():
        mirror.sync()
    secret = make_activity(review_state="approved", audience="named_partners")
    secret.released_to.add(Organization.objects.get(code="osce"))
    mirrors["focal point"].sync()
    Activity.objects.filter(pk=secret.pk).delete()
    for mirror in mirrors.values():
        mirror.sync()
    assert {name for name, mirror in mirrors.items() if mirror.told} == {"focal point", "officer"}
    answer = get("activities/?updated_since=2000-01-01", people["stranger"]).json()
    assert answer["removed"] == []
    assert get("activities/?updated_since=2000-01-01", people["officer"]).json()["removed"] == [secret.reference]


def test_a_partner_that_joins_later_hears_nothing_of_before(people: dict[str, User | None], get: Get) -> None:
    gone = make_activity(review_state="approved", audience="all_partners")
    gone.delete()
    late = make_user("late", Role.PARTNER, organization=make_organization("late", audience="public"))
    assert get("activities/?updated_since=2000-01-01", people["stranger"]).json()["removed"] == [gone.reference]
    assert get("activities/?updated_since=2000-01-01", late).json()["removed"] == []


def test_what_commits_late_is_not_missed(people: dict[str, User | None], get: Get) -> None:
    mirror = Mirror(get, None)
    wrote, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        with transaction.atomic():
            make_activity(title_en="Slow", **FIELDS)
            wrote.set()
            assert go_on.wait(20)
        connection.close()

    writer = threading.Thread(target=slowly)
    writer.start()
    assert wrote.wait(20)
    theme = make_theme()
    theme.name_en = "Quick"
    theme.save()
    mirror.sync()
    assert mirror.items == {}
    go_on.set()
    writer.join()
    mirror.sync()
    assert [item["title_en"] for item in mirror.items.values()] == ["Slow"]


def test_a_walk_is_whole_while_others_write(people: dict[str, User | None], get: Get) -> None:
    for number in range(7):
        create(number)
    numbers = iter(range(100, 200))
    mirror = Mirror(get, None)

    def write() -> None:
        create(next(numbers))
        of(next(numbers) % 7).update(title_en=f"Changed {next(numbers)}")

    mirror.sync(write)
    assert len(mirror.items) >= 1
    mirror.sync()
    assert mirror.items == mirror.truth()


def test_what_leaves_a_filter_is_removed(people: dict[str, User | None], get: Get) -> None:
    water = make_theme()
    activity = make_activity(**FIELDS)
    activity.themes.add(water)
    mirror = Mirror(get, None, "activities/?theme=water&fields=reference,title_en")
    mirror.sync()
    assert list(mirror.items) == [activity.reference]
    activity.themes.clear()
    mirror.sync()
    assert mirror.items == {}
    assert mirror.told == {activity.reference}


def test_what_leaves_the_table_of_who_does_what_is_removed(people: dict[str, User | None], get: Get) -> None:
    """Its reader may see it still, or no longer."""
    put_off, reopened, contact, secret = [make_activity(stage="held", **FIELDS) for _number in range(4)]
    mirrors = [Mirror(get, people[who], "who-does-what/") for who in ("anonymous", "officer")]
    for mirror in mirrors:
        mirror.sync()
        assert len(mirror.items) == 4
    Activity.objects.filter(pk=put_off.pk).update(stage="postponed")
    Activity.objects.filter(pk=reopened.pk).update(review_state="draft")
    Activity.objects.filter(pk=contact.pk).update(type="good_offices_contact", audience="internal")
    Activity.objects.filter(pk=secret.pk).update(audience="internal", classification="confidential")
    for mirror in mirrors:
        mirror.sync()
        assert mirror.items == mirror.truth() == {}
        assert len(mirror.told) == 4


@pytest.mark.parametrize("part", ["involvement", "link", "theme", "countries"])
def test_a_part_that_changes_moves_the_record(part: str, people: dict[str, User | None], get: Get) -> None:
    activity = make_activity(**FIELDS)
    before = get(f"activities/{activity.reference}/").json()["updated_at"]
    token = get("activities/?updated_since=0").json()["updated_until"]
    if part == "involvement":
        Involvement.objects.bulk_create([Involvement(activity=activity, organization=Organization.objects.first())])
    elif part == "link":
        Link.objects.create(activity=activity, title="Example")
    else:
        activity.themes.add(Theme.objects.create(code="x", name_en="Example"))
    assert get(f"activities/{activity.reference}/").json()["updated_at"] > before
    assert len(get(f"activities/?updated_since={token}").json()["results"]) == 1


def test_a_token_is_good_for_one_reader_and_one_list(people: dict[str, User | None], get: Get) -> None:
    token = get("activities/?updated_since=0", people["officer"]).json()["updated_until"]
    assert get(f"activities/?updated_since={token}&page_size=1", people["officer"]).status_code == 200
    for path, user in (
        (f"activities/?updated_since={token}", people["stranger"]),
        (f"activities/?updated_since={token}&stage=held", people["officer"]),
        (f"series/?updated_since={token}", people["officer"]),
    ):
        answer = get(path, user)
        assert answer.status_code == 410
        assert "Begin anew" in answer.json()["detail"]
    for wrong in ("x", "2024-13-01", "-1", token[:-2]):
        assert list(get(f"activities/?updated_since={wrong}").json()["errors"]) == ["updated_since"]
    assert list(get("activities/?updated_since=0&count=true&ordering=reference").json()["errors"]) == [
        "count",
        "ordering",
    ]


def test_the_disclosures_are_kept_by_the_database(people: dict[str, User | None]) -> None:
    activity = make_activity(**FIELDS)
    kept = Disclosure.objects.filter(kind="activities.activity", object_id=activity.pk)
    assert set(kept.values_list("reader", flat=True)) == {"staff", "public"}
    with connection.cursor() as cursor:
        cursor.execute("UPDATE activities_activity SET audience = 'internal'")
    assert list(kept.filter(ended=None).values_list("reader", flat=True)) == ["staff"]


def test_a_page_asks_as_much_however_much_changed(
    people: dict[str, User | None], get: Get, django_assert_num_queries: Any
) -> None:
    user = people["stranger"]
    gone = [make_activity(**FIELDS) for _number in range(3)]
    since = get("activities/?updated_since=0", user).json()["updated_until"]
    for few in (1, 20):
        for number in range(few):
            make_activity(title_en=f"Activity {number}", **FIELDS)
        gone.pop().delete()
        # The key, how far the transactions are, which database it is, what changed, what went, and the items.
        with django_assert_num_queries(6):
            page = get(f"activities/?updated_since={since}&page_size=100", user).json()
        assert len(page["results"]) >= few and page["removed"]
    # At the first time nothing can have gone.
    with django_assert_num_queries(5):
        assert get("activities/?updated_since=0&page_size=100", user).json()["results"]
