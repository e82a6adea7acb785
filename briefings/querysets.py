"""Querysets of briefings and developments."""

from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.choices import ReviewState
from accounts.visibility import ReleasedQuerySet, is_staff_viewer, rule
from activities.models import Activity
from priorities.choices import Certainty, DatePrecision

if TYPE_CHECKING:
    from accounts.roles import Viewer


class BriefingQuerySet(ReleasedQuerySet):
    def for_lists(self) -> Self:
        """With what a list row or an API item shows."""
        return self.select_related("special_representative", "presidency", "document").prefetch_related("themes")

    def next_after(self, day: date) -> Any:
        """The next briefing on or after a day, or None."""
        return self.filter(date__gte=day).order_by("date").first()

    def ending_a_period(self) -> Self:
        """Those that took place on a day that is known well enough for the next period to begin after it."""
        return self.filter(certainty=Certainty.FOUND).exclude(date_precision=DatePrecision.YEAR)

    def last_day(self, today: date) -> date | None:
        """The day of the last of these, until today, after which a period begins; see `Period.since`."""
        past = self.ending_a_period().filter(date__lte=today).order_by("-date")
        found: date | None = past.values_list("date", flat=True).first()
        return found


class DevelopmentQuerySet(ReleasedQuerySet):
    def for_lists(self) -> Self:
        """With what a list row or an API item shows."""
        return self.prefetch_related("countries", "themes")

    def overlapping(self, starts: date, ends: date) -> Self:
        """Developments with at least one day in the period."""
        return self.filter(date__lte=ends).filter(Q(end_date__gte=starts) | Q(end_date__isnull=True, date__gte=starts))

    def approved(self) -> Self:
        return self.filter(review_state=ReviewState.APPROVED)

    def told_of_in(self, starts: date, ends: date) -> Self:
        """Developments with a day in the period, and earlier ones that a source of the period tells of."""
        happened = Q(date__lte=ends) & (Q(end_date__gte=starts) | Q(end_date__isnull=True, date__gte=starts))
        return self.filter(happened | Q(date__lte=ends, source_date__range=(starts, ends)))


class BriefingPartQuerySet(models.QuerySet[Any]):
    """Of parts of a briefing that stay with the staff who may see it: issues, options, tasks, the dossier."""

    at = "briefing"

    def visible_to(self, viewer: "Viewer") -> Self:
        """The parts of visible briefings, for staff; nothing for anyone else."""
        from .models import Briefing

        return self.filter(rule(viewer, Briefing, via=self.at)) if is_staff_viewer(viewer) else self.none()


class DossierPartQuerySet(BriefingPartQuerySet):
    at = "dossier__briefing"


class DossierItemQuerySet(DossierPartQuerySet):
    def visible_to(self, viewer: "Viewer") -> Self:
        """Without the items whose activity or development the reader may not see."""
        from .models import Development

        shown = Q(activity__isnull=True) | rule(viewer, Activity, via="activity")
        told = Q(development__isnull=True) | rule(viewer, Development, via="development")
        return super().visible_to(viewer).filter(shown, told)


class TalkingPointQuerySet(DossierPartQuerySet):
    def visible_to(self, viewer: "Viewer") -> Self:
        """Without the sentences that rest on a record which the reader may not see."""
        from .models import Development, TalkingPoint

        found = super().visible_to(viewer)
        for model, field in ((Activity, TalkingPoint.activities), (Development, TalkingPoint.developments)):
            name = model._meta.model_name
            links = field.through.objects.filter(talkingpoint=OuterRef("pk"))
            unseen = links.exclude(**{f"{name}__in": model.objects.visible_to(viewer)})
            found = found.filter(~Exists(unseen))
        return found
