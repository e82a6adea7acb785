"""Querysets of activities: what is visible, and what a page or an answer needs fetched."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.contrib.postgres.fields import RangeBoundary
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, TextField, Value, When
from django.db.models.functions import Coalesce

from accounts.choices import ReviewState
from accounts.visibility import ReleasedQuerySet, is_staff_viewer, rule
from priorities.choices import DatePrecision
from priorities.models import DateRange

from .choices import CentreRole, Stage

if TYPE_CHECKING:
    from accounts.roles import Viewer


def names_shown(viewer: "Viewer", at: str = "") -> Q:
    """The Chatham House Rule as a condition on activities, or on a model with a foreign key `at` to them.

    Nobody outside the staff learns who took part or what was said: no partners, countries taking part, outcome
    or attachments. A partner knows them of its own activities.
    """
    if is_staff_viewer(viewer):
        return Q()
    prefix = f"{at}__" if at else ""
    shown = Q(**{f"{prefix}chatham_house": False})
    organization = getattr(viewer, "organization_id", None)
    return shown | Q(**{f"{prefix}lead_organization": organization}) if organization else shown


def where_names_shown(viewer: "Viewer", column: Any, otherwise: Any) -> Any:
    """A column of activities, unless the Chatham House Rule hides it from the viewer."""
    condition = names_shown(viewer)
    return Case(When(condition, then=column), default=otherwise, output_field=TextField()) if condition else column


def contact_shown(viewer: "Viewer") -> Any:
    """Whom to ask about an activity, as a column; empty for whom `Activity.shows_contact_to` tells nothing."""
    if is_staff_viewer(viewer):
        return F("contact")
    # Of nobody (0) where the viewer has no organization.
    own = When(lead_organization=getattr(viewer, "organization_id", None) or 0, then=F("contact"))
    return Case(own, default=Value(""), output_field=TextField())


def days_of() -> DateRange:
    """The days of an activity as a range, which has an index; without a first day it would be all time."""
    return DateRange("start_date", Coalesce("end_date", "start_date"), RangeBoundary(True, True))


def begins_from(day: date, at: str = "") -> Q:
    """Whether the first day is that one or a later one; without a date there is no telling.

    A condition on activities, or on a model with a foreign key `at` to them.
    """
    return Q(**{f"{at}__start_date__gte" if at else "start_date__gte": day})


def begins_until(day: date, at: str = "") -> Q:
    """Whether the first day is that one or an earlier one, as far as it is known.

    Of what is known to the month or the year alone, all of that month or year must be over on that day.
    """
    prefix = f"{at}__" if at else ""
    following = day + timedelta(days=1)
    ends = {
        DatePrecision.DAY: following,
        DatePrecision.MONTH: following.replace(day=1),
        DatePrecision.YEAR: following.replace(month=1, day=1),
    }
    conditions = Q()
    for precision, end in ends.items():
        conditions |= Q(**{f"{prefix}date_precision": precision, f"{prefix}start_date__lt": end})
    return conditions


def begins_in(first: date, last: date, at: str = "") -> Q:
    """Whether the first day lies in the period, as far as it is known."""
    return begins_from(first, at) & begins_until(last, at)


class ActivityQuerySet(ReleasedQuerySet):
    def approved(self) -> Self:
        return self.filter(review_state=ReviewState.APPROVED)

    def held(self) -> Self:
        return self.filter(stage=Stage.HELD)

    def with_the_centre(self) -> Self:
        """Without partners' own activities in which the Centre had no part."""
        return self.exclude(centre_role=CentreRole.NONE)

    def coming(self, day: date) -> Self:
        """Planned or confirmed, and not over on that day; soonest first."""
        still_to_be = self.filter(stage__in=[Stage.PLANNED, Stage.CONFIRMED])
        return still_to_be.not_over_before(day).order_by("start_date", "id")

    def overlapping(self, starts: date, ends: date) -> Self:
        """Activities with at least one day in the period; those without a date are not among them."""
        return self._on_days(starts, ends)

    def _on_days(self, first: date, last: date | None) -> Self:
        """In one condition that the index of days answers, wherever in time the days lie."""
        after = last and last + timedelta(days=1)
        return self.alias(days=days_of()).filter(start_date__isnull=False, days__overlap=(first, after))

    def beginning_from(self, day: date) -> Self:
        return self.filter(begins_from(day))

    def beginning_until(self, day: date) -> Self:
        return self.filter(begins_until(day))

    def beginning_in(self, first: date, last: date) -> Self:
        """Those whose first day lies in the period; of each day there is one period alone, as long as they adjoin."""
        return self.filter(begins_in(first, last))

    def on_themes(self, themes: list[Any]) -> Self:
        """On one of the themes or a part of it: women, peace and security finds its pillars too."""
        from .models import Activity

        links = Activity.themes.through.objects.filter(activity=OuterRef("pk"))
        return self.filter(Exists(links.filter(Q(theme__in=themes) | Q(theme__parent__in=themes))))

    def with_figures(self, which: str, viewer: "Viewer") -> Self:
        """Those of which figures of participants are recorded; with figures of both women and men, or of youth.

        The latter as far as the viewer may know the figures, so that the list is what sums and shares rest on.
        """
        from .participants import ANY_STATED, figures_known

        conditions = {
            "recorded": ANY_STATED,
            "by_sex": Q(known_women__isnull=False, known_men__isnull=False),
            "youth": Q(known_youth__isnull=False, known_total__isnull=False),
        }
        return self.alias(**figures_known(viewer)).filter(conditions[which])

    def not_over_before(self, day: date) -> Self:
        """Activities with a day on or after that one."""
        return self._on_days(day, None)

    def in_order(self) -> Self:
        """By start date, earliest first."""
        return self.order_by("start_date", "id")

    def newest_first(self) -> Self:
        """By start date, those without a date last."""
        return self.order_by(F("start_date").desc(nulls_last=True), "-id")

    def naming_partner(self, organization: Any, viewer: "Viewer") -> Self:
        return self.naming_partners([organization], viewer)

    def naming_partners(self, organizations: list[Any], viewer: "Viewer") -> Self:
        """Those in which one of the organizations is involved, as far as the viewer may know it.

        Under the Chatham House Rule nobody outside the staff learns who took part.
        """
        from .models import Involvement

        involved = Involvement.objects.filter(activity=OuterRef("pk"), organization__in=organizations)
        return self.filter(names_shown(viewer) & Q(Exists(involved)))

    def naming_countries(self, countries: list[Any], viewer: "Viewer") -> Self:
        """Those held in one of the countries, and those in which one took part as far as the viewer may know it."""
        from .models import Activity

        taking_part = Activity.countries.through.objects.filter(activity=OuterRef("pk"), country__in=countries)
        return self.filter(Q(country__in=countries) | (names_shown(viewer) & Q(Exists(taking_part))))

    def for_lists(self, viewer: "Viewer") -> Self:
        """With what a list row or an API item shows, as far as the viewer may see it; a constant number of queries."""
        from .models import Involvement

        return self.select_related(
            "main_priority__programme", "country", "series", "created_by", "focal_officer"
        ).prefetch_related(
            "themes",
            "countries",
            Prefetch("involvements", Involvement.objects.visible_to(viewer), to_attr="visible_involvements"),
        )


class PartQuerySet(models.QuerySet[Any]):
    """Links: visible with their activity."""

    def visible_to(self, viewer: "Viewer") -> Self:
        from .models import Activity

        return self.filter(rule(viewer, Activity, via="activity")).shown_with_activity(viewer)

    def shown_with_activity(self, viewer: "Viewer") -> Self:
        """Those that the viewer sees of activities that went through `visible_to` already."""
        return self.all()


class InvolvementQuerySet(PartQuerySet):
    """Of visible organizations, and not hidden by the Chatham House Rule."""

    def shown_with_activity(self, viewer: "Viewer") -> Self:
        return self.of_organizations(viewer).filter(names_shown(viewer, "activity"))

    def of_organizations(self, viewer: "Viewer") -> Self:
        """Those of visible organizations; for who asks `names_shown` of the activity itself, once for all of them."""
        from .models import Involvement

        organization: Any = Involvement._meta.get_field("organization").related_model
        return self.filter(rule(viewer, organization, via="organization")).select_related("organization")


class EvidenceQuerySet(PartQuerySet):
    def visible_to(self, viewer: "Viewer") -> Self:
        """Evidence whose activity or briefing the viewer may see."""
        from .models import Activity, Evidence

        briefing: Any = Evidence._meta.get_field("briefing").related_model
        return self.filter(
            Q(rule(viewer, Activity, via="activity"), activity__isnull=False)
            | Q(rule(viewer, briefing, via="briefing"), briefing__isnull=False)
        )

    def of_activities(self, viewer: "Viewer") -> Self:
        """The part of `visible_to` and `counting` that rests on activities; each part is counted quicker alone."""
        from .models import Activity

        return self.filter(
            rule(viewer, Activity, via="activity"),
            activity__review_state=ReviewState.APPROVED,
            activity__stage=Stage.HELD,
        )

    def of_briefings(self, viewer: "Viewer") -> Self:
        """The part of `visible_to` that rests on briefings."""
        from .models import Evidence

        briefing: Any = Evidence._meta.get_field("briefing").related_model
        return self.filter(rule(viewer, briefing, via="briefing"), briefing__isnull=False)

    def counting(self) -> Self:
        """Evidence that counts: an approved activity that was held, or a briefing."""
        return self.filter(
            Q(activity__review_state=ReviewState.APPROVED, activity__stage=Stage.HELD) | Q(briefing__isnull=False)
        )


class NamingPartQuerySet(PartQuerySet):
    """Attachments: they tell who took part, so the Chatham House Rule hides them."""

    def shown_with_activity(self, viewer: "Viewer") -> Self:
        return super().shown_with_activity(viewer).filter(names_shown(viewer, "activity"))


class FiguresByCountryQuerySet(PartQuerySet):
    """Participants by country: groups so small that people could be recognized, so nobody outside the staff sees them.

    But for the organization whose own activity it is.
    """

    def shown_with_activity(self, viewer: "Viewer") -> Self:
        shown = super().shown_with_activity(viewer)
        if is_staff_viewer(viewer):
            return shown
        # Of nobody (0), not `none()`, which is null and no empty list where rows are gathered within a query.
        return shown.filter(activity__lead_organization=getattr(viewer, "organization_id", None) or 0)


class InternalPartQuerySet(PartQuerySet):
    """Follow-ups and contributions: staff only, and only of activities they may see."""

    def shown_with_activity(self, viewer: "Viewer") -> Self:
        return super().shown_with_activity(viewer) if is_staff_viewer(viewer) else self.none()
