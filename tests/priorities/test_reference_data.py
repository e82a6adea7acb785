"""The programme of action and the reference lists, as `load_priorities` leaves them."""

import re
from collections.abc import Iterator
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.utils import translation
from pytest_django import DjangoDbBlocker

from accounts.audit import acting
from accounts.models import AuditEntry, User
from accounts.records import Record
from priorities.choices import Cadence, DatePrecision
from priorities.management.commands import load_priorities
from priorities.models import (
    Commitment,
    Country,
    DeliverableLine,
    Document,
    Framework,
    Mandate,
    MandateFunction,
    Priority,
    ProgrammeOfAction,
    SdgTarget,
    Theme,
)

COUNTS: dict[type[Record], int] = {
    ProgrammeOfAction: 1,
    MandateFunction: 5,
    Priority: 5,
    Commitment: 62,
    Country: 25,
    Theme: 45,
    SdgTarget: 13,
    Document: 36,
    Framework: 12,
    Mandate: 6,
    DeliverableLine: 14,
}


def load() -> None:
    call_command("load_priorities", stdout=StringIO())


@pytest.fixture(scope="module")
def loaded_once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Everything loaded, once for all tests of this module, and rolled back after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        load()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def loaded(loaded_once: None, db: None) -> None:
    """Everything loaded; what a test changes is undone after it."""


def test_every_list_is_complete(loaded: None) -> None:
    assert {model: model._default_manager.count() for model in COUNTS} == COUNTS


def test_every_text_stands_in_both_languages(loaded: None) -> None:
    """But for documents, which have a Russian title only where an official one is known."""
    texts = [text for model in COUNTS if model is not Document for text in texts_of(model)]
    assert texts
    for where, english, russian in texts:
        assert bool(english) == bool(russian), where
        assert not re.search("[а-яё]", english), where


def texts_of(model: type[Record]) -> Iterator[tuple[str, str, str]]:
    """Where, English, Russian: for each bilingual field of each row."""
    names = [field.name.removesuffix("_en") for field in model._meta.fields if field.name.endswith("_en")]
    for row in model._default_manager.all():
        for name in names:
            yield f"{row!r}: {name}", getattr(row, f"{name}_en"), getattr(row, f"{name}_ru")


def test_every_commitment_says_what_how_often_and_where(loaded: None) -> None:
    for commitment in Commitment.objects.select_related("priority"):
        assert commitment.code == f"{commitment.priority.roman}.{commitment.number}"
        assert commitment.place_en.startswith(f"Priority {commitment.priority.roman}, ")
        assert commitment.place_ru.startswith(f"Приоритет {commitment.priority.roman}, ")
        assert commitment.text_en.endswith(".") and commitment.text_ru.endswith(".")
        assert re.search("[а-яё]", commitment.text_ru)


def test_the_commitments_that_recur(loaded: None) -> None:
    recurring = Commitment.objects.exclude(cadence=Cadence.CONTINUOUS).order_by("priority__number", "number")
    assert [(row.code, row.cadence) for row in recurring] == [
        ("II.4", Cadence.TWICE_A_YEAR),
        ("V.2", Cadence.YEARLY),
        ("V.10", Cadence.YEARLY),
    ]


def test_each_priority_serves_its_own_function(loaded: None) -> None:
    assert [(row.roman, row.slug, row.function.number) for row in Priority.objects.order_by("number")] == [
        ("I", "i", 1),
        ("II", "ii", 2),
        ("III", "iii", 3),
        ("IV", "iv", 4),
        ("V", "v", 5),
    ]
    assert ProgrammeOfAction.objects.get().period == "2021-2025"


def test_colours_can_be_read_on_white(loaded: None) -> None:
    """WCAG 2.2, 1.4.3: text of this colour stands at least 4.5:1 against white."""
    colours = list(Priority.objects.values_list("colour", flat=True))
    assert len(set(colours)) == len(colours)
    for colour in colours:
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5, colour


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, as WCAG defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_pillars_belong_to_their_agenda(loaded: None) -> None:
    assert set(Theme.objects.exclude(parent=None).values_list("parent__code", flat=True)) == {"wps", "yps"}
    assert Theme.objects.filter(parent__code="wps").count() == 4
    assert Theme.objects.filter(parent__code="yps").count() == 5


def test_no_name_of_a_theme_means_two_themes(loaded: None) -> None:
    spellings: dict[str, str] = {}
    for theme in Theme.objects.all():
        for spelling in {name.casefold() for name in [theme.code, theme.name_en, theme.name_ru, *theme.aliases]}:
            assert spellings.setdefault(spelling, theme.code) == theme.code, spelling


def test_the_six_countries_come_first_in_the_centres_work(loaded: None) -> None:
    assert set(Country.objects.filter(group="central_asia").values_list("code", "m49")) == {
        ("KZ", "398"),
        ("KG", "417"),
        ("TJ", "762"),
        ("TM", "795"),
        ("UZ", "860"),
    }
    assert Country.objects.get(group="afghanistan").m49 == "004"


@pytest.mark.parametrize(
    ("key", "day", "precision"),
    [
        ("s-2007-279", date(2007, 5, 7), DatePrecision.DAY),
        ("a-77-651", date(2022, 12, 1), DatePrecision.MONTH),
        ("a-res-72-283", date(2018, 1, 1), DatePrecision.YEAR),
        ("a-70-674", None, DatePrecision.UNKNOWN),
    ],
)
def test_dates_say_how_much_is_known(loaded: None, key: str, day: date | None, precision: str) -> None:
    document = Document.objects.get(key=key)
    assert (document.date, document.date_precision) == (day, precision)


def test_documents_without_a_number_stand_under_their_title(loaded: None) -> None:
    nameless = Document.objects.filter(symbol="")
    assert {document.key for document in nameless} == {"role-of-unrcca-2021", "role-of-unrcca-2023"}
    assert all(str(document).startswith("Role of the United Nations Regional Centre") for document in nameless)


def test_frameworks_lead_to_the_commitments_that_name_them(loaded: None) -> None:
    infrastructure = Commitment.objects.get(code="V.9").frameworks
    assert set(infrastructure.values_list("code", flat=True)) == {"tapi", "tap", "casa-1000"}


def test_mandates_point_to_their_documents(loaded: None) -> None:
    found = Mandate.objects.exclude(document=None).values_list("document__symbol", flat=True)
    assert set(found) == {"S/2007/279", "A/RES/72/7", "A/RES/72/283"}


def test_lines_told_in_words_have_no_unit(loaded: None) -> None:
    for line in DeliverableLine.objects.all():
        assert line.code.startswith(f"{line.category}.")
        assert line.narrative == (line.unit_en == "")
    assert DeliverableLine.objects.get(name_en__startswith="Seminars").unit_en == "days"


def test_names_follow_the_readers_language(loaded: None) -> None:
    with translation.override("ru"):
        assert Theme.objects.get(code="wps").name == "Женщины, мир и безопасность"
    with translation.override("en"):
        assert Theme.objects.get(code="wps").name == "Women, peace and security"


def test_loading_again_changes_nothing(loaded: None) -> None:
    """Every write leaves an audit entry, so no new entry means no write."""
    entries = AuditEntry.objects.count()
    load()
    assert AuditEntry.objects.count() == entries


def test_the_trail_says_that_rows_were_loaded(loaded: None) -> None:
    entry = AuditEntry.objects.filter(subject="priorities.commitment").earliest("pk")
    assert (entry.verb, entry.actor) == ("load", None)


def test_a_row_that_a_person_edited_is_left_alone(loaded: None, manager: User) -> None:
    with acting(by=manager, verb="change"):
        commitment = Commitment.objects.get(code="I.3")
        commitment.text_en = "Bring the five Governments together."
        commitment.touch(by=manager)
        commitment.save()
    framework = Framework.objects.get(code="tapi")
    framework.touch(by=manager)
    framework.save()
    framework.commitments.clear()
    load()
    commitment.refresh_from_db()
    assert (commitment.text_en, commitment.version) == ("Bring the five Governments together.", 2)
    assert not framework.commitments.exists()


def test_a_row_that_nobody_edited_follows_the_file(loaded: None) -> None:
    Commitment.objects.filter(code="I.3").update(text_en="An older wording.")
    Framework.objects.get(code="tapi").commitments.clear()
    load()
    assert Commitment.objects.get(code="I.3").text_en.startswith("Bring the Governments of Central Asia together")
    assert [row.code for row in Framework.objects.get(code="tapi").commitments.all()] == ["V.9"]


def test_a_recoded_commitment_does_not_come_back(loaded: None, manager: User) -> None:
    commitment = Commitment.objects.get(code="I.14")
    commitment.code = "I.14a"
    commitment.touch(by=manager)
    commitment.save()
    load()
    assert not Commitment.objects.filter(code="I.14").exists()
    assert Commitment.objects.count() == COUNTS[Commitment]


def test_what_managers_put_in_another_order_stays_so(loaded: None, manager: User) -> None:
    first, last = Commitment.objects.get(code="V.1"), Commitment.objects.filter(code__startswith="V.").last()
    assert last is not None
    Commitment.objects.filter(pk=last.pk).update(number=99)
    for commitment, number in ((first, last.number), (last, 1)):
        commitment.number = number
        commitment.touch(by=manager)
        commitment.save()
    load()
    assert list(Commitment.objects.filter(code__startswith="V.").values_list("code", flat=True)[:1]) == [last.code]
    assert Commitment.objects.count() == COUNTS[Commitment]


def test_what_a_manager_added_gives_way_to_no_file(loaded: None, manager: User) -> None:
    """Neither a theme with the code nor a commitment in the place of one that the files have."""
    Theme.objects.filter(code="water").delete()
    Theme.objects.create(code="water", name_en="Waters", created_by=manager)
    priority = Priority.objects.get(roman="I")
    priority.commitments.filter(code="I.14").delete()
    priority.commitments.create(number=14, code="I.a", text_en="Example", cadence="once", created_by=manager)
    load()
    assert Theme.objects.get(code="water").name_en == "Waters"
    assert list(priority.commitments.filter(number__gte=14).values_list("code", flat=True)) == ["I.a", "I.14"]


def test_the_next_programme_keeps_its_own_commitments(loaded: None) -> None:
    successor = ProgrammeOfAction.objects.create(
        number=6, title_en="Example programme", starts=date(2026, 1, 1), ends=date(2030, 12, 31)
    )
    first = Priority.objects.get(roman="I")
    copy = Priority.objects.create(
        programme=successor,
        number=1,
        roman="I",
        slug="i",
        title_en="Example priority",
        short_title_en="Example",
        function=first.function,
        colour=first.colour,
    )
    Commitment.objects.create(priority=copy, number=1, code="I.1", text_en="Example", cadence=Cadence.CONTINUOUS)
    load()
    assert copy.commitments.get().text_en == "Example"
    assert first.commitments.count() == 14


def test_a_wrong_reference_ends_the_load_and_changes_nothing(loaded: None, monkeypatch: pytest.MonkeyPatch) -> None:
    Commitment.objects.filter(code="I.3").update(text_en="An older wording.")
    rows_of = load_priorities.rows_of

    def with_unknown_commitment(path: object) -> list[dict[str, object]]:
        rows = rows_of(path)  # type: ignore[arg-type]
        if str(path).endswith("frameworks.yaml"):
            rows[0]["commitments"] = ["IX.1"]
        return rows

    monkeypatch.setattr(load_priorities, "rows_of", with_unknown_commitment)
    with pytest.raises(CommandError, match=r"IX\.1"):
        load()
    assert Commitment.objects.get(code="I.3").text_en == "An older wording."
