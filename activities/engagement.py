"""What was done together with each partner, when last, and whose silence lasts longer than it should.

Everything starts from what the viewer may see: activities under the Chatham House Rule, of which an outsider may not
know the partners, count for nobody outside the staff. Notes of contacts and alerts are the staff's alone.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import (
    BooleanField,
    Case,
    Count,
    DateField,
    Exists,
    F,
    Func,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, ExtractYear, Greatest, TruncDate

from accounts.choices import ReviewState
from accounts.visibility import is_staff_viewer
from partners.models import Agreement, ContactNote, Organization
from priorities.models import Priority

from .choices import CentreRole, Stage
from .filters import UNKNOWN_YEAR
from .links import Cell, activities_url, priority_key
from .models import Activity, Involvement
from .querysets import ActivityQuerySet

if TYPE_CHECKING:
    from accounts.roles import Viewer

# A month or year of which the day is not known has lasted to its end.
LAST_DAY = Coalesce("activity__end_date", "activity__start_date")


# --- many organizations: the list and the alerts ----------------------------------------------------------------------


def with_engagement(organizations: QuerySet[Organization], viewer: "Viewer", today: date) -> QuerySet[Organization]:
    """Organizations with `together`, `last_held`, `last_noted`, `last_engaged` and `agreements_in_force`."""
    held, notes = _held(viewer), _notes(viewer)
    parties = Agreement.parties.through.objects.filter(organization=OuterRef("pk"))
    in_force = parties.filter(agreement__in=Agreement.objects.visible_to(viewer).in_force(today))
    return organizations.annotate(
        together=_per_organization(held, Count("activity", distinct=True), IntegerField()),
        last_held=_per_organization(held, Max(LAST_DAY), DateField()),
        last_noted=_per_organization(notes, Max("day"), DateField()) if is_staff_viewer(viewer) else _no_day(),
        agreements_in_force=_per_organization(in_force, Count("pk"), IntegerField()),
    ).annotate(last_engaged=Greatest("last_held", "last_noted"))


def with_silence(organizations: QuerySet[Organization], viewer: "Viewer", today: date) -> QuerySet[Organization]:
    """Organizations with `silent_before`, the day before which their last contact is too long ago, and `is_silent`.

    For staff only, who alone see the alerts. The silence of those with whom nothing dated is recorded counts from the
    day on which the organization was entered.
    """
    months = Coalesce("silence_months", Value(settings.SILENCE_MONTHS))
    interval: Any = Func(months, function="make_interval", template="%(function)s(months => %(expressions)s)")
    counted: Any = organizations.annotate(silent_before=Cast(Value(today, DateField()) - interval, DateField()))
    held, notes = _held(viewer).alias(last=LAST_DAY), _notes(viewer)
    ever = Q(Exists(held.filter(last__isnull=False))) | Q(Exists(notes))
    lately = Q(Exists(held.filter(last__gte=OuterRef("silent_before"))))
    lately |= Q(Exists(notes.filter(day__gte=OuterRef("silent_before"))))
    expected = Q(retired=False, engagement_expected=True)
    return counted.alias(recorded=TruncDate("created_at")).annotate(
        is_silent=Case(
            When(expected & ~lately & (ever | Q(recorded__lt=F("silent_before"))), then=Value(True)),
            default=Value(False),
            output_field=BooleanField(),
        )
    )


def silent_partners(viewer: "Viewer", today: date) -> QuerySet[Organization]:
    """Those whose silence is an alert, among the organizations that the viewer may see; the list shows the same."""
    visible: Any = with_silence(Organization.objects.visible_to(viewer), viewer, today)
    silent: QuerySet[Organization] = visible.filter(is_silent=True)
    return silent


def _held(viewer: "Viewer") -> QuerySet[Involvement]:
    """The organization's parts in activities that were held, as the viewer may know them."""
    return _together(viewer).filter(organization=OuterRef("pk")).order_by()


def _together(viewer: "Viewer") -> QuerySet[Involvement]:
    """Parts in what was held with the Centre; a partner's own activity is nothing done together."""
    held: QuerySet[Involvement] = (
        Involvement.objects.visible_to(viewer)
        .filter(activity__stage=Stage.HELD, activity__review_state=ReviewState.APPROVED)
        .exclude(activity__centre_role=CentreRole.NONE)
    )
    return held


def _notes(viewer: "Viewer") -> QuerySet[ContactNote]:
    notes: QuerySet[ContactNote] = ContactNote.objects.visible_to(viewer).filter(organization=OuterRef("pk"))
    return notes.order_by()


def _per_organization(rows: QuerySet[Any], figure: Any, output_field: Any) -> Any:
    found = Subquery(rows.values("organization").annotate(figure=figure).values("figure"), output_field=output_field)
    return Coalesce(found, Value(0)) if isinstance(output_field, IntegerField) else found


def _no_day() -> Any:
    return Value(None, output_field=DateField())


def last_activities(organizations: list[int], viewer: "Viewer") -> dict[int, Activity]:
    """The last activity held with each of the organizations, by their numbers (one query)."""
    rows = (
        _together(viewer)
        .filter(organization__in=organizations, activity__start_date__isnull=False)
        .select_related("activity")
        .order_by("organization_id", LAST_DAY.desc(), "-activity_id")
        .distinct("organization_id")
    )
    return {row.organization_id: row.activity for row in rows}


# --- one organization: its page ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class YearRow:
    """Activities of one year; `year` is None for those whose date is not known."""

    year: int | None
    cells: list[Cell]
    total: Cell


@dataclass(frozen=True)
class Together:
    """What was held with an organization, by year and by the Centre's role in it, and under which priorities."""

    roles: list[CentreRole]
    years: list[YearRow]
    role_totals: list[Cell]
    total: Cell
    priorities: list[tuple[Priority, Cell]]


def held_together(partner: Organization, viewer: "Viewer") -> ActivityQuerySet:
    """Activities held with the Centre and the partner; `held_url` is their list."""
    activities: ActivityQuerySet = Activity.objects.visible_to(viewer).naming_partner(partner, viewer)
    return activities.approved().held().with_the_centre()


def together_with(partner: Organization, viewer: "Viewer") -> Together:
    """Activities held with the partner, as the viewer may know it (three queries at most)."""
    held = held_together(partner, viewer).order_by()
    counts: dict[tuple[int | None, str], int] = {
        (row["year"], row["centre_role"]): row["count"]
        for row in held.values("centre_role", year=ExtractYear("start_date")).annotate(count=Count("id", distinct=True))
    }
    roles = [role for role in CentreRole if any(found == role for _year, found in counts)]
    years = sorted({year for year, _role in counts}, key=lambda year: year or 0, reverse=True)

    def cell(*, year: int | str | None = "", role: str = "") -> Cell:
        """The activities of a year, a role, both, or all."""
        count = sum(n for (y, r), n in counts.items() if year in ("", y) and role in ("", r))
        filters = {"year": UNKNOWN_YEAR if year is None else year, "role": role}
        return Cell(count, held_url(partner, **{name: value for name, value in filters.items() if value}))

    return Together(
        roles=roles,
        years=[YearRow(year, [cell(year=year, role=role) for role in roles], cell(year=year)) for year in years],
        role_totals=[cell(role=role) for role in roles],
        total=cell(),
        priorities=_priorities(partner, held, viewer),
    )


def held_url(partner: Organization, **filters: Any) -> str:
    """The list of what was held with the partner."""
    usual = {"stage": Stage.HELD, "review_state": ReviewState.APPROVED, "together": "yes"}
    return activities_url(partner=partner.code, **usual, **filters)


def _priorities(partner: Organization, held: QuerySet[Activity], viewer: "Viewer") -> list[tuple[Priority, Cell]]:
    """The priorities that were served together, most often first."""
    counts = {
        row["main_priority"]: row["count"]
        for row in held.filter(main_priority__isnull=False)
        .values("main_priority")
        .annotate(count=Count("id", distinct=True))
    }
    found = Priority.objects.visible_to(viewer).filter(pk__in=counts).select_related("programme")
    served = [(one, Cell(counts[one.pk], held_url(partner, priority=priority_key(one)))) for one in found]
    return sorted(served, key=lambda pair: -pair[1].count)


@dataclass(frozen=True)
class LastEngagement:
    """When the Centre and a partner last had to do with each other; one of `activity` and `note`."""

    activity: Activity | None = None
    note: ContactNote | None = None


def last_engagement(partner: Organization, viewer: "Viewer") -> LastEngagement | None:
    """The later of the last activity held together and the last noted contact; None without either."""
    activity = last_activities([partner.pk], viewer).get(partner.pk)
    note = ContactNote.objects.visible_to(viewer).filter(organization=partner).select_related("by").first()
    if note is not None and (activity is None or note.day >= (activity.end_date or activity.start_date)):
        return LastEngagement(note=note)
    return LastEngagement(activity=activity) if activity is not None else None
