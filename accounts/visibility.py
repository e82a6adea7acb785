"""Who sees which record: the one rule, and the fields it reads.

Every page, count, chart, search, export, feed, API answer, report and mail starts from
`Model.objects.visible_to(viewer)`. Nothing else decides.

| record                       | anonymous | partner                      | officer | manager | administrator |
|------------------------------|-----------|------------------------------|---------|---------|---------------|
| not approved                 | -         | own organization's entries   | yes     | yes     | yes           |
| approved, internal           | -         | -                            | yes     | yes     | yes           |
| approved, named partners     | -         | if its organization is named | yes     | yes     | yes           |
| approved, all partners       | -         | yes                          | yes     | yes     | yes           |
| approved, public             | yes       | yes                          | yes     | yes     | yes           |
| confidential (internal only) | -         | -                            | (1)     | (2)     | -             |

(1) its author, focal officer and named readers; (2) the same, or all managers where the setting says so.

Rule and levels: ST/SGB/2007/6 (classification); release is a field of its own, so unclassified does not
mean public. Strictly confidential records do not belong in the portal at all.
"""

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from .choices import Audience, Classification, ReviewState
from .roles import STAFF_ROLES, Role

if TYPE_CHECKING:
    from .records import Released
    from .roles import Viewer


def is_staff_viewer(viewer: "Viewer") -> bool:
    """Whether the viewer works for the Centre (officer, manager or administrator)."""
    return viewer.is_authenticated and viewer.is_active and viewer.role in STAFF_ROLES


def rule(viewer: "Viewer", model: "type[Released]", via: str = "") -> Q:
    """The rule as a condition on `model`, or on a model with a foreign key `via` to it."""
    at = f"{via}__" if via else ""
    if not viewer.is_authenticated or not viewer.is_active:
        return _left_the_staff(model, at) & Q(**{f"{at}audience": Audience.PUBLIC})
    if viewer.role == Role.PARTNER:
        assert viewer.organization_id is not None, "The database keeps partners without an organization out."
        return _partner_rule(viewer.organization_id, model, at)
    if viewer.role in STAFF_ROLES:
        return _staff_rule(viewer, model, at)
    raise ValueError(f"No rule for the role {viewer.role!r}")


def _left_the_staff(model: "type[Released]", at: str) -> Q:
    """What may leave the staff at all: unclassified, approved, and not waiting for a second manager."""
    condition = Q(**{f"{at}classification": Classification.UNCLASSIFIED, f"{at}release_held": False})
    if model.is_reviewed:
        condition &= Q(**{f"{at}review_state": ReviewState.APPROVED})
    return condition


def _partner_rule(organization_id: int, model: "type[Released]", at: str) -> Q:
    named = _named(model, "released_to", at, organization_id)
    released = Q(**{f"{at}audience__in": [Audience.PUBLIC, Audience.ALL_PARTNERS]}) | (
        Q(**{f"{at}audience": Audience.NAMED_PARTNERS}) & Q(named)
    )
    condition = _left_the_staff(model, at) & released
    if model.is_reviewed:
        own = Q(
            **{
                f"{at}lead_organization_id": organization_id,
                f"{at}classification": Classification.UNCLASSIFIED,
                f"{at}release_held": False,
            }
        )
        condition |= own & ~Q(**{f"{at}review_state": ReviewState.APPROVED})
    return condition


def _named(model: "type[Released]", field_name: str, at: str, target: int) -> Exists:
    """Whether the record's many-to-many field names the target."""
    field: Any = model._meta.get_field(field_name)
    link = field.remote_field.through
    return Exists(
        link.objects.filter(
            **{f"{field.m2m_field_name()}_id": OuterRef(f"{at}pk"), f"{field.m2m_reverse_field_name()}_id": target}
        )
    )


def _staff_rule(viewer: Any, model: "type[Released]", at: str) -> Q:
    unclassified = Q(**{f"{at}classification": Classification.UNCLASSIFIED})
    if viewer.role == Role.ADMINISTRATOR:
        return unclassified
    if viewer.role == Role.MANAGER and settings.CONFIDENTIAL_FOR_ALL_MANAGERS:
        return Q(**{f"{at}classification__in": Classification.values})
    named = _named(model, "readers", at, viewer.pk)
    return unclassified | Q(**{f"{at}created_by": viewer}) | Q(**{f"{at}focal_officer": viewer}) | Q(named)


class ReleasedQuerySet(models.QuerySet[Any]):
    """Base of the querysets of every model that the rule governs."""

    def visible_to(self, viewer: "Viewer") -> Self:
        """The records that the viewer may see; `viewer` may be anonymous."""
        return self.filter(rule(viewer, self.model))


class StaffQuerySet(models.QuerySet[Any]):
    """Base for what never leaves the staff, such as contacts and planned figures."""

    def visible_to(self, viewer: "Viewer") -> Self:
        """All rows for staff, none for anyone else."""
        return self.all() if is_staff_viewer(viewer) else self.none()


class PublicQuerySet(models.QuerySet[Any]):
    """Base for reference data that is public by nature, such as the programme of action's text."""

    def visible_to(self, viewer: "Viewer") -> Self:
        """All rows, for every reader. Callers ask all the same, so that a restriction has one place."""
        return self.all()
