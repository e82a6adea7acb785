"""Querysets of organizations, agreements and what belongs to them."""

from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, Value, When

from accounts.visibility import ReleasedQuerySet, is_staff_viewer, rule

from .choices import AgreementStatus

if TYPE_CHECKING:
    from accounts.roles import Viewer


class OrganizationQuerySet(ReleasedQuerySet):
    def for_lists(self) -> Self:
        """With what a list row shows."""
        return self.select_related("country")

    def in_use(self) -> Self:
        """Without those that were switched off."""
        return self.filter(retired=False)


class AgreementQuerySet(ReleasedQuerySet):
    def with_status(self, day: date) -> Self:
        """With `status_then`, the status on a day, as `Agreement.status_on` gives it."""
        return self.annotate(
            status_then=Case(
                When(ends__lt=day, then=Value(AgreementStatus.ENDED.value)),
                When(signed__isnull=True, then=Value(AgreementStatus.UNKNOWN.value)),
                When(signed__gt=day, then=Value(AgreementStatus.UPCOMING.value)),
                default=Value(AgreementStatus.IN_FORCE.value),
            )
        )

    def with_succession(self, viewer: "Viewer") -> Self:
        """With `succeeded`: whether another agreement that the viewer may see goes on from it."""
        successors = self.model.objects.visible_to(viewer).filter(succeeds=OuterRef("pk"))
        return self.annotate(succeeded=Exists(successors))

    def in_force(self, day: date) -> Self:
        return self.filter(Q(ends__isnull=True) | Q(ends__gte=day), signed__lte=day)

    def newest_first(self) -> Self:
        return self.order_by(F("signed").desc(nulls_last=True), "title_en", "id")

    def for_lists(self, viewer: "Viewer") -> Self:
        """With the parties that the viewer may see."""
        organizations: Any = self.model._meta.get_field("parties").related_model
        parties = Prefetch("parties", organizations.objects.visible_to(viewer), to_attr="visible_parties")
        return self.prefetch_related(parties)


class DocumentQuerySet(models.QuerySet[Any]):
    """Documents of an agreement: visible with it."""

    def visible_to(self, viewer: "Viewer") -> Self:
        agreement: Any = self.model._meta.get_field("agreement").related_model
        return self.filter(rule(viewer, agreement, via="agreement"))


class InternalPartQuerySet(models.QuerySet[Any]):
    """Contacts and notes of contacts: staff only, and only of organizations they may see."""

    def visible_to(self, viewer: "Viewer") -> Self:
        if not is_staff_viewer(viewer):
            return self.none()
        organization: Any = self.model._meta.get_field("organization").related_model
        return self.filter(rule(viewer, organization, via="organization"))
