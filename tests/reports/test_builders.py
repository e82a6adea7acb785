"""What each report counts, and that its queries do not grow with the records."""

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import User
from accounts.workbooks import write_workbook
from activities.choices import Stage
from activities.models import Contribution, FollowUp, Involvement
from briefings.models import Dossier, DossierItem
from partners.models import Organization
from priorities.models import Deliverable, DeliverableLine, Indicator, IndicatorValue, Theme
from reports import catalogue
from reports.builders import annual_programme, partner_engagement, weekly_digest, wps_yps
from reports.builders.data_workbook import tables_for
from reports.errors import Refused
from reports.forms import PeriodForm
from reports.renderers import html as html_renderer
from tests.factories.briefings import make_briefing, make_development, make_dossier

from .conftest import YEAR_2024, Programme

pytestmark = pytest.mark.django_db

TODAY = date(2024, 12, 31)
DOCUMENTS = [key for key, report in catalogue.REPORTS.items() if issubclass(report.form, PeriodForm)]


def built(key: str, viewer: User, **parameters: str) -> Any:
    return catalogue.report_of(key).build(viewer, YEAR_2024 | parameters, today=TODAY)


def queries_of(deed: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        deed()
    return len(queries)


@pytest.mark.parametrize("key", DOCUMENTS)
def test_queries_do_not_grow_with_the_records(key: str, work: Programme, manager: User) -> None:
    def more(first: int, last: int) -> None:
        theme, _made = Theme.objects.get_or_create(code="wps", defaults={"name_en": "WPS"})
        for number in range(first, last):
            activity = work.held(f"Meeting {number}", women=10, men=10)
            activity.themes.add(theme)
            partner = Organization.objects.create(
                code=f"partner-{number}", name_en="Partner", type="other", audience="public"
            )
            Involvement.objects.create(activity=activity, organization=partner)
            FollowUp.objects.create(activity=activity, text="Example", due=TODAY, owner=manager)
            make_development(f"event-{number}", review_state="approved").themes.add(theme)

    more(0, 2)
    few = queries_of(lambda: built(key, manager))
    more(2, 8)
    assert queries_of(lambda: built(key, manager)) == few


@pytest.mark.parametrize("key", DOCUMENTS)
def test_each_report_is_written_in_each_of_its_formats_and_in_russian(
    key: str, work: Programme, manager: User, focal_point: User
) -> None:
    report = catalogue.report_of(key)
    for viewer in (manager, focal_point):
        with translation.override("ru"):
            document = report.document(built(key, viewer), viewer)
            assert document.language == "ru"
            assert all(len(render(document)) > 1000 for render in report.renderers.values())


@pytest.mark.parametrize("key", DOCUMENTS)
def test_a_period_that_means_nothing_is_refused(key: str, manager: User) -> None:
    with pytest.raises(Refused):
        built(key, manager, starts="2024-13-01")


def test_the_digest_tells_what_was_held_what_comes_and_what_is_to_be_done(
    work: Programme, manager: User, focal_point: User
) -> None:
    held = work.held("Held this week", start_date=date(2024, 11, 27), end_date=date(2024, 11, 28), audience="public")
    work.held("Comes next week", start_date=date(2024, 12, 4), end_date=None, stage=Stage.CONFIRMED, audience="public")
    work.held("Some time in the year", end_date=date(2024, 12, 31), date_precision="year", audience="public")
    make_development(
        "of-the-year",
        date=date(2024, 1, 1),
        end_date=date(2024, 12, 31),
        date_precision="year",
        review_state="approved",
    )
    make_development("of-the-week", date=date(2024, 11, 26), review_state="approved")
    work.held("Comes too late", start_date=date(2024, 12, 30), end_date=None, stage=Stage.PLANNED, audience="public")
    FollowUp.objects.create(activity=held, text="Send the minutes", due=date(2024, 12, 2))
    FollowUp.objects.create(activity=held, text="Done already", due=date(2024, 12, 2), done=date(2024, 12, 1))
    week = {"starts": "2024-11-25", "ends": "2024-12-01"}
    for viewer, follow_ups in ((manager, ["Send the minutes"]), (focal_point, [])):
        digest = weekly_digest.build(viewer, week, today=date(2024, 12, 1))
        assert [one.title for one in digest.held] == ["Held this week"]
        assert [one.headline for one in digest.developments] == ["Example headline of-the-week"][: len(follow_ups)]
        assert "Comes next week" in [one.title for one in digest.coming]
        assert "Comes too late" not in repr(digest)
        assert [one.text for one in digest.follow_ups] == follow_ups
        assert digest.for_staff is (viewer == manager)


def test_a_deliverable_counts_what_was_held_and_the_stated_adjustment(work: Programme, manager: User) -> None:
    line = DeliverableLine.objects.create(code="B.1", category="B", name_en="Seminars", unit_en="days")
    programme = work.priority.programme
    deliverable = Deliverable.objects.create(
        line=line, programme=programme, year=2024, planned=10, adjustment=-1, adjustment_reason="Counted twice"
    )
    planned = work.held("To come", stage=Stage.PLANNED, start_date=date(2024, 12, 30), end_date=None)
    for activity, days in ((work.held("Workshop"), 3), (work.held("Seminar"), 2), (planned, 4)):
        Contribution.objects.create(activity=activity, deliverable=deliverable, quantity=days)
    indicator = Indicator.objects.create(priority=work.priority, code="I.a", name_en="Example")
    IndicatorValue.objects.create(indicator=indicator, year=2024, planned_number=4, actual_text="Told in words")
    other = DeliverableLine.objects.create(code="B.2", category="B", name_en="Publications", unit_en="publications")
    Deliverable.objects.create(line=other, programme=programme, year=2024, planned=2)
    report: annual_programme.AnnualProgramme = built("annual-programme", manager)
    row, nothing = report.deliverables
    assert (row.planned, row.actual, row.differs) == (Decimal(10), Decimal(4), True)
    assert (nothing.planned, nothing.actual, nothing.differs) == (Decimal(2), None, False)
    [value] = report.indicators
    assert (value.planned, value.actual) == ("4", "Told in words")
    document = repr(catalogue.report_of("annual-programme").document(report, manager))
    assert "The difference is not explained yet." in document and "Counted twice" in document


def test_figures_of_deliverables_and_indicators_stay_with_the_staff(work: Programme, focal_point: User) -> None:
    line = DeliverableLine.objects.create(code="B.1", category="B", name_en="Seminars")
    Deliverable.objects.create(line=line, programme=work.priority.programme, year=2024, planned=10)
    report: annual_programme.AnnualProgramme = built("annual-programme", focal_point)
    assert not report.deliverables and not report.indicators


def test_partners_are_counted_by_the_centres_role(work: Programme, manager: User, osce: Organization) -> None:
    activity = work.held("Another", centre_role="participant")
    Involvement.objects.create(activity=activity, organization=osce)
    Involvement.objects.create(activity=activity, organization=osce, role="donor")
    report: partner_engagement.PartnerEngagement = built("partner-engagement", manager)
    [partner] = report.met
    assert (partner.short_name, partner.together) == ("OSCE", 3)
    assert dict(partner.roles) == {"Organizer": 2, "Participant": 1}


def test_an_outsider_learns_neither_who_is_silent_nor_who_met_in_confidence(
    work: Programme, focal_point: User, osce: Organization
) -> None:
    report: partner_engagement.PartnerEngagement = built("partner-engagement", focal_point)
    assert not report.met and not report.silent and not report.activities


def test_an_agenda_counts_by_pillar_and_small_groups_are_withheld_from_outsiders(
    work: Programme, manager: User, focal_point: User
) -> None:
    agenda = Theme.objects.create(code="wps", name_en="Women, peace and security")
    pillars = [Theme.objects.create(code=f"wps-{name}", name_en=name, parent=agenda) for name in ("one", "two")]
    large = work.held("Large", women=20, men=30, audience="public")
    small = work.held("Small", women=2, men=30, audience="public")
    large.themes.add(*pillars)
    small.themes.add(agenda)
    for viewer, women in ((manager, 22), (focal_point, 20)):
        report: wps_yps.WomenAndYouth = built("wps-yps", viewer)
        wps, yps = report.agendas
        assert [len(pillar.held) for pillar in wps.pillars] == [1, 1]
        assert len(wps.held) == 2 and not yps.held
        assert (wps.participants.women, wps.participants.total) == (women, 82)


def test_the_workbook_has_a_sheet_for_each_list_and_no_contacts_for_partners(
    work: Programme, manager: User, focal_point: User
) -> None:
    sheets = {}
    for viewer in (manager, focal_point):
        file = io.BytesIO()
        write_workbook(file, "Example", tables_for(viewer), viewer)
        sheets[viewer] = openpyxl.load_workbook(file).sheetnames
    assert {"Activities", "Partners", "Council briefings", "Contacts", "Follow-ups", "About"} <= set(sheets[manager])
    assert set(sheets[manager]) - set(sheets[focal_point]) == {"Contacts", "Follow-ups"}


def test_a_period_without_records_is_told_in_words_not_in_noughts(work: Programme, manager: User) -> None:
    words = {"priority-progress": "no record for any of them", "partner-engagement": "no record of an activity with"}
    for key, expected in words.items():
        report = catalogue.report_of(key)
        facts = built(key, manager, starts="2021-01-01", ends="2021-01-03")
        text = html_renderer.render(report.document(facts, manager)).decode().partition('id="summary"')[2]
        assert expected in text[:400]


# --- the dossier of the next briefing ---------------------------------------------------------------------------------


@pytest.fixture
def council_dossier(work: Programme, officer: User) -> Dossier:
    """That of a briefing in January 2025, with what was approved in the half-year before."""
    make_briefing("july", date=date(2024, 7, 23), audience="public")
    briefing = make_briefing("january", date=date(2025, 1, 28), audience="public", certainty="expected")
    work.held("Held in autumn", start_date=date(2024, 10, 1), end_date=None)
    make_development("event", review_state="approved", headline_en="Example event")
    return make_dossier(briefing, officer)


def test_the_dossier_of_the_next_briefing_is_a_report_for_the_staff(
    council_dossier: Dossier, manager: User, officer: User, focal_point: User
) -> None:
    report = catalogue.report_of("council-dossier")
    for viewer in (manager, officer):
        document = report.document(report.build(viewer, {}, today=TODAY), viewer)
        text = html_renderer.render(document).decode()
        assert "Held in autumn" in text and "Example event" in text and "28 January 2025" in text
        assert "UNRCCA — internal" in document.marking
        assert all(len(render(document)) > 1000 for render in report.renderers.values())
    with pytest.raises(Refused):
        report.build(focal_point, {}, today=TODAY)


def test_the_dossier_takes_in_what_its_reader_may_see_and_is_marked_for_it(
    council_dossier: Dossier, work: Programme, manager: User, officer: User
) -> None:
    secret = work.held("Secret of autumn", start_date=date(2024, 10, 2), end_date=None, created_by=officer)
    secret.readers.set([])
    DossierItem.objects.create(dossier=council_dossier, activity=secret, order=1)
    type(secret).objects.filter(pk=secret.pk).update(classification="confidential")
    report = catalogue.report_of("council-dossier")
    for viewer, shown in ((officer, True), (manager, False)):
        facts = report.build(viewer, {}, today=TODAY)
        assert ("Secret of autumn" in repr(facts)) is shown is facts.confidential


def test_there_is_no_dossier_to_report_on_before_it_is_begun(work: Programme, manager: User) -> None:
    make_briefing("january", date=date(2025, 1, 28), audience="public", certainty="expected")
    for today in (TODAY, date(2025, 2, 1)):
        with pytest.raises(Refused, match="Begin it"):
            catalogue.report_of("council-dossier").build(manager, {}, today=today)


def test_queries_do_not_grow_with_the_dossier(council_dossier: Dossier, work: Programme, manager: User) -> None:
    def more(first: int, last: int) -> None:
        for number in range(first, last):
            activity = work.held(f"Meeting {number}", start_date=date(2024, 10, 3), end_date=None)
            event = make_development(f"event-{number}", review_state="approved")
            Involvement.objects.create(activity=activity, organization=work.partner)
            DossierItem.objects.create(dossier=council_dossier, activity=activity, order=number)
            DossierItem.objects.create(dossier=council_dossier, development=event, order=number)

    report = catalogue.report_of("council-dossier")
    more(0, 2)
    few = queries_of(lambda: report.build(manager, {}, today=TODAY))
    more(2, 6)
    assert queries_of(lambda: report.build(manager, {}, today=TODAY)) == few
