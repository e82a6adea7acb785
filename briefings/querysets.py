"""Querysets of briefings and developments."""

from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

from accounts.visibility import ReleasedQuerySet, is_staff_viewer, rule

if TYPE_CHECKING:
    from accounts.roles import Viewer


class BriefingQuerySet(ReleasedQuerySet):
    def for_lists(self) -> Self:
        """With what a list row or an API item shows."""
        return self.select_related("special_representative", "presidency", "document").prefetch_related("themes")

    def next_after(self, day: date) -> Any:
        """The next briefing on or after a day, or None."""
        return self.filter(date__gte=day).order_by("date").first()


class DevelopmentQuerySet(ReleasedQuerySet):
    def for_lists(self) -> Self:
        """With what a list row or an API item shows."""
        return self.prefetch_related("countries", "themes")

    def overlapping(self, starts: date, ends: date) -> Self:
        """Developments with at least one day in the period."""
        return self.filter(date__lte=ends).filter(Q(end_date__gte=starts) | Q(end_date__isnull=True, date__gte=starts))


class ConsiderationQuerySet(models.QuerySet[Any]):
    def visible_to(self, viewer: "Viewer") -> Self:
        """Issues, options and council dynamics stay with the staff who may see the briefing."""
        from .models import Briefing

        return self.filter(rule(viewer, Briefing, via="briefing")) if is_staff_viewer(viewer) else self.none()
