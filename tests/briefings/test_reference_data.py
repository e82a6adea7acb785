"""The public record of briefings and developments, as `load_briefings` leaves it."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import translation
from pytest_django import DjangoDbBlocker

from accounts.audit import acting
from accounts.choices import Audience, ReviewState
from accounts.models import AuditEntry, User
from briefings.choices import ConsiderationKind, Modality, Outcome, Reliability
from briefings.models import Briefing, Consideration, Development, SpecialRepresentative
from briefings.terms import terms_of
from priorities.choices import Certainty, DatePrecision
from priorities.models import Country
from tests.loading import loaded


@pytest.fixture(scope="module")
def public_record(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with loaded("load_priorities", "load_briefings", blocker=django_db_blocker):
        yield


pytestmark = [pytest.mark.usefixtures("public_record"), pytest.mark.django_db]


def test_everything_is_there() -> None:
    assert SpecialRepresentative.objects.count() == 4
    assert Briefing.objects.count() == 33
    assert Development.objects.count() == 18
    assert Consideration.objects.count() == 11


def test_days_are_no_more_exact_than_known() -> None:
    by_precision = {p: Briefing.objects.filter(date_precision=p).count() for p in ("day", "month", "year")}
    assert by_precision == {"day": 24, "month": 5, "year": 4}
    inexact = Briefing.objects.exclude(date_precision=DatePrecision.DAY)
    assert all(briefing.date.day == 1 for briefing in inexact)
    assert Briefing.objects.get(key="council-2013-07").date_text == "July 2013"


def test_outcomes_are_those_publicly_known() -> None:
    counts = {outcome: Briefing.objects.filter(outcome=outcome).count() for outcome in Outcome}
    assert counts == {
        Outcome.PRESS_STATEMENT: 10,
        Outcome.PRESS_ELEMENTS: 1,
        Outcome.NONE: 15,
        Outcome.DRAFT_WITHDRAWN: 1,
        Outcome.UNKNOWN: 6,
    }


def test_the_press_statement_of_2018_came_three_days_after_its_briefing() -> None:
    briefing = Briefing.objects.get(document__symbol="SC/13179")
    assert (briefing.date, briefing.outcome_date) == (date(2018, 1, 22), date(2018, 1, 25))
    assert briefing.presidency is not None and briefing.presidency.code == "KZ"
    assert briefing.special_representative is not None and briefing.special_representative.key == "natalia-gherman"


def test_the_briefing_of_july_2024_names_all_that_was_reported_of_it() -> None:
    briefing = Briefing.objects.get(key="council-2024-07-23")
    assert briefing.modality == Modality.CLOSED_CONSULTATIONS
    assert {theme.code for theme in briefing.themes.all()} == {
        *{"counter-terrorism", "water", "wps", "yps", "borders", "afghanistan", "civil-society"}
    }
    assert "Construction of the Qosh Tepa canal" in briefing.topics_en
    with translation.override("ru"):
        assert "Строительство канала Коштепа" in briefing.topics


def test_topics_stand_in_both_languages() -> None:
    for briefing in Briefing.objects.all():
        assert len(briefing.topics_en) == len(briefing.topics_ru), briefing.key


def test_the_period_before_february_2025_starts_after_the_last_briefing() -> None:
    assert Briefing.objects.get(key="council-2025-02-06").window() == (date(2024, 7, 24), date(2025, 2, 6))


def test_a_briefing_that_nobody_saw_ends_no_period() -> None:
    assert Briefing.objects.get(key="council-2014-01-21").window() == (date(2013, 1, 30), date(2014, 1, 21))
    assert Briefing.objects.get(key="council-2019-01-24").window() == (date(2018, 6, 29), date(2019, 1, 24))
    assert Briefing.objects.get(key="council-2019").window() is None


def test_the_post_was_vacant_in_spring_2023() -> None:
    gaps = [
        (term.starts, term.ends) for term in terms_of(SpecialRepresentative.objects.all()) if not term.representative
    ]
    assert (date(2023, 3, 1), date(2023, 6, 14)) in gaps
    assert len(gaps) == 2


def test_every_development_has_both_languages_a_source_and_a_country() -> None:
    for development in Development.objects.prefetch_related("countries", "themes"):
        texts = (
            *(development.headline_en, development.headline_ru),
            *(development.detail_en, development.detail_ru),
            *(development.source_publisher, development.source_title),
        )
        assert all(texts), development.key
        assert development.countries.all() and development.themes.all(), development.key


@pytest.mark.parametrize(
    ("key", "facts"),
    [
        ("kg-tj-border-agreement-2024", ["4 December 2024", "September 2022", "dozens", "thousands"]),
        ("kg-tj-border-clashes-2022", ["September 2022", "dozens", "thousands"]),
        ("president-of-china-tour-2024", ["Xi Jinping", "five days", "state visits", "Shanghai Cooperation"]),
        ("cn-tj-partnership-2024", ["Emomali Rahmon", "comprehensive strategic cooperative partnership"]),
        ("cn-kg-uz-railway-2024", ["27 December 2024", "July 2025"]),
        ("c5-plus-1-ministers-2024", ["27 September 2024", "Antony Blinken", "Charter", "human rights"]),
        ("csto-summit-2024", ["27 November 2024", "Vladimir Putin", "Tokayev", "energy", "industry"]),
        ("ru-uz-military-programme-2025", ["22 January 2025", "2026 to 2030"]),
        ("eu-central-asia-security-dialogue-2024", ["5 June 2024", "Brussels", "drug", "cybersecurity"]),
        ("central-asia-japan-summit-cancelled-2024", ["Fumio Kishida", "Astana", "$2 billion", "earthquake"]),
        ("uz-af-trade-agreements-2024", ["17 August 2024", "$2.5 billion", "Abdulla Aripov", "Kabul"]),
        ("uz-af-ambassador-2024", ["10 October 2024", "third", "China", "United Arab Emirates"]),
        ("kz-af-roadmap-2024", ["road map", "trade"]),
        ("tm-af-investment-2024", ["$1.5 billion"]),
        ("tapi-work-begins-2024", ["September 2024", "Turkmenistan, Afghanistan, Pakistan and India"]),
        ("secretary-general-visit-2024", ["António Guterres", "late June and early July 2024", "Ashgabat"]),
    ],
)
def test_every_fact_of_the_paper_is_kept(key: str, facts: list[str]) -> None:
    detail = " ".join(Development.objects.get(key=key).detail_en.split())
    for fact in facts:
        assert fact in detail


def test_a_month_lasts_to_its_last_day() -> None:
    visit = Development.objects.get(key="secretary-general-visit-2024")
    assert visit.date_text == "June 2024 – July 2024"
    found = Development.objects.overlapping(date(2024, 7, 24), date(2025, 2, 6))
    assert visit in found
    assert not found.filter(key="kg-tj-border-clashes-2022")


def test_one_paper_alone_confirms_nothing() -> None:
    assert not Development.objects.filter(reliability=Reliability.CONFIRMED)


def test_the_paper_issues_options_and_dynamics_are_in_order_and_for_the_staff(officer: User) -> None:
    kinds = [consideration.kind for consideration in Consideration.objects.order_by("order")]
    assert kinds == [
        *(ConsiderationKind.EXPECTED_ACTION, ConsiderationKind.ISSUE),
        *[ConsiderationKind.OPTION] * 3,
        *(ConsiderationKind.ISSUE, ConsiderationKind.OPTION),
        *[ConsiderationKind.DYNAMIC] * 4,
    ]
    assert all(consideration.text_ru for consideration in Consideration.objects.all())
    assert Consideration.objects.visible_to(officer).count() == 11
    assert not Consideration.objects.visible_to(AnonymousUser())


def test_briefings_are_public_developments_are_not() -> None:
    assert Briefing.objects.visible_to(AnonymousUser()).count() == 33
    assert not Development.objects.visible_to(AnonymousUser())
    assert set(Development.objects.values_list("review_state", flat=True)) == {ReviewState.APPROVED}
    assessments = Development.objects.filter(audience=Audience.INTERNAL).values_list("key", flat=True)
    assert set(assessments) == {"closer-ties-with-kabul-2024", "competition-for-influence-2024"}


def test_loading_again_changes_nothing() -> None:
    before = AuditEntry.objects.count()
    call_command("load_briefings", verbosity=0)
    assert AuditEntry.objects.count() == before


def test_what_a_person_changed_stays(manager: User) -> None:
    briefing = Briefing.objects.get(key="council-2025-07")
    with acting(by=manager, verb="edit"):
        briefing.certainty = Certainty.FOUND
        briefing.touch(manager)
        briefing.save()
        briefing.themes.set([])
    development = Development.objects.get(key="tm-af-investment-2024")
    development.reopen(by=manager)
    call_command("load_briefings", verbosity=0)
    briefing.refresh_from_db()
    development.refresh_from_db()
    assert briefing.certainty == Certainty.FOUND
    assert development.review_state == ReviewState.DRAFT


def test_an_unknown_code_ends_the_load_with_a_hint() -> None:
    Country.objects.filter(code="SK").update(code="XX")
    with pytest.raises(CommandError, match=r"No country \(code\) “SK”. Run load_priorities first"):
        call_command("load_briefings", verbosity=0)
