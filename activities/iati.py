"""Public activities as IATI 2.03, the standard in which donors read what organizations do.

Only what anyone may read: whoever asks, the file is made for an anonymous reader. It holds what the Centre does, so
neither partners' own activities nor those in which it only takes part; nor what has no date, which the schema needs.
Without the reporting organization's reference (the setting IATI_REPORTING_ORG) there is no file.

The schema fixes the order of the elements; codes are those of the standard's code lists.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from lxml import etree

from accounts.tables import UNWRITABLE
from accounts.time_zones import office_date
from priorities.choices import CountryGroup, DatePrecision

from .choices import InvolvementRole, Stage
from .matrix import CENTRE_DOES
from .models import Activity, Link

VERSION = "2.03"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
NAME = "United Nations Regional Centre for Preventive Diplomacy for Central Asia"
# OrganisationType: multilateral.
MULTILATERAL = "40"
# Sector (DAC 5 digit): civilian peace-building, conflict prevention and resolution. Region (DAC): Central Asia.
PEACE_BUILDING, CENTRAL_ASIA = "15220", "619"
# SectorVocabulary and RegionVocabulary.
DAC, SDG_TARGET = "1", "8"
# OrganisationRole.
FUNDING, IMPLEMENTING = "1", "4"
ROLES = {
    InvolvementRole.ORGANIZER: IMPLEMENTING,
    InvolvementRole.CO_ORGANIZER: IMPLEMENTING,
    InvolvementRole.HOST: IMPLEMENTING,
    InvolvementRole.SUPPORTER: IMPLEMENTING,
    InvolvementRole.DONOR: FUNDING,
}
# ActivityStatus.
PIPELINE, UNDER_WAY, CLOSED, CANCELLED, SUSPENDED = "1", "2", "4", "5", "6"
# ActivityDateType.
PLANNED_START, ACTUAL_START, PLANNED_END, ACTUAL_END = "1", "2", "3", "4"
# DocumentCategory: activity web page.
WEB_PAGE = "A12"
WHY_NOT = _(
    "There is no IATI file: the reporting organization’s reference is not set. Set IATI_REPORTING_ORG to the"
    " reference under which the Centre is registered, and start the portal again."
)


class NotConfigured(Exception):
    """The reporting organization's reference is not set."""

    def __init__(self) -> None:
        super().__init__(str(WHY_NOT))


def export() -> bytes:
    """The file. Raises NotConfigured."""
    if not settings.IATI_REPORTING_ORG:
        raise NotConfigured
    with override("en"):
        root = etree.Element("iati-activities", version=VERSION)
        root.set("generated-datetime", timezone.now().strftime("%Y-%m-%dT%H:%M:%SZ"))
        for activity in public_activities():
            _activity(root, activity)
        return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True))


def public_activities() -> Iterable[Activity]:
    """What the file holds, with all that it tells; a constant number of queries."""
    anyone = AnonymousUser()
    found = Activity.objects.visible_to(anyone).approved().filter(centre_role__in=CENTRE_DOES)
    found = found.filter(start_date__isnull=False).for_lists(anyone).order_by("reference")
    links = Link.objects.visible_to(anyone).exclude(url="")
    rows: Iterable[Activity] = found.prefetch_related("sdg_targets", Prefetch("links", links, to_attr="with_address"))
    return rows


def shared(codes: list[str]) -> Iterator[tuple[str, str]]:
    """Each code with an equal share, in per cent. They add up to exactly 100: the first ones get what is left over."""
    each, left = divmod(10_000, max(len(codes), 1))
    for place, code in enumerate(codes):
        yield code, f"{Decimal(each + (place < left)) / 100:f}"


def _activity(root: Any, activity: Any) -> None:
    reference = settings.IATI_REPORTING_ORG
    element = etree.SubElement(root, "iati-activity")
    element.set("last-updated-datetime", activity.changed_at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    element.set(LANGUAGE, "en")
    _text(element, "iati-identifier", f"{reference}-{activity.reference}")
    organization = etree.SubElement(element, "reporting-org", ref=reference, type=MULTILATERAL)
    _narrative(organization, NAME)
    title = etree.SubElement(element, "title")
    _narrative(title, activity.title_en)
    if activity.title_ru:
        _narrative(title, activity.title_ru, "ru")
    _narrative(etree.SubElement(element, "description", type="1"), activity.summary.strip() or activity.title_en)
    _participating(element, activity, reference)
    etree.SubElement(element, "activity-status", code=_status(activity))
    for kind, day in _dates(activity):
        moment = etree.SubElement(element, "activity-date", type=kind)
        moment.set("iso-date", day.isoformat())
        if activity.date_precision != DatePrecision.DAY:
            _narrative(moment, activity.date_text)
    _places(element, activity)
    etree.SubElement(element, "sector", vocabulary=DAC, code=PEACE_BUILDING, percentage="100")
    targets = sorted(target.code for target in activity.sdg_targets.all())
    for code, share in shared(targets):
        etree.SubElement(element, "sector", vocabulary=SDG_TARGET, code=code, percentage=share)
    for link in activity.with_address:
        document = etree.SubElement(element, "document-link", format="text/html", url=link.url)
        _narrative(etree.SubElement(document, "title"), link.title or link.publisher or link.url)
        etree.SubElement(document, "category", code=WEB_PAGE)


def _participating(element: Any, activity: Any, reference: str) -> None:
    """The Centre, and those who organize, host, support or pay, as far as anyone may know."""
    centre = etree.SubElement(element, "participating-org", ref=reference, type=MULTILATERAL, role=IMPLEMENTING)
    _narrative(centre, NAME)
    told = set()
    for involvement in activity.visible_involvements:
        role, organization = ROLES.get(involvement.role), involvement.organization
        if role and (organization.pk, role) not in told:
            told.add((organization.pk, role))
            known = {"ref": organization.iati_reference} if organization.iati_reference else {}
            _narrative(etree.SubElement(element, "participating-org", role=role, **known), organization.name_en)


def _status(activity: Activity) -> str:
    if activity.stage in (Stage.PLANNED, Stage.CONFIRMED):
        first, last, today = activity.start_date, activity.end_date or activity.start_date, office_date()
        return UNDER_WAY if first and last and first <= today <= last else PIPELINE
    return {Stage.HELD: CLOSED, Stage.CANCELLED: CANCELLED, Stage.POSTPONED: SUSPENDED}[Stage(activity.stage)]


def _dates(activity: Activity) -> Iterator[tuple[str, date]]:
    """First and last day; an actual date lies in the past."""
    first, last, today = activity.start_date, activity.end_date or activity.start_date, office_date()
    assert first and last
    held = activity.stage == Stage.HELD
    yield (ACTUAL_START if held and first <= today else PLANNED_START), first
    yield (ACTUAL_END if held and last <= today else PLANNED_END), last


def _places(element: Any, activity: Any) -> None:
    """The countries of the region that it is held in or that take part; else the region as a whole."""
    shown = activity.names_shown_to(AnonymousUser())
    countries = {country.code: country for country in activity.countries.all() if shown}
    if activity.country:
        countries[activity.country.code] = activity.country
    codes = sorted(code for code, country in countries.items() if country.group != CountryGroup.ELSEWHERE)
    for code, share in shared(codes):
        etree.SubElement(element, "recipient-country", code=code, percentage=share)
    if not codes:
        etree.SubElement(element, "recipient-region", vocabulary=DAC, code=CENTRAL_ASIA, percentage="100")


def _narrative(parent: Any, text: str, language: str = "") -> None:
    element = _text(parent, "narrative", text)
    if language:
        element.set(LANGUAGE, language)


def _text(parent: Any, name: str, text: str) -> Any:
    element = etree.SubElement(parent, name)
    element.text = UNWRITABLE.sub("", text)
    return element
