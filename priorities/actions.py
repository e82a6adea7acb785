"""Every way to write the programme of action and the themes: see `accounts.record_deeds`.

What others point to is retired, not deleted; so is what the portal loaded, which a load would bring back.
"""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.audit import acting
from accounts.record_deeds import Deeds, locked
from accounts.roles import Permission

from .forms import free_theme_code
from .models import Commitment, Deliverable, DeliverableLine, Indicator, Priority, Theme
from .roman import roman

if TYPE_CHECKING:
    from accounts.models import User


class ProgrammeDeeds(Deeds):
    """Managers keep the programme of action."""

    def may_delete(self, record: Any) -> bool:
        return record.created_by_id is not None

    def complete(self, record: Any) -> None:
        if isinstance(record, Priority):
            record.number = _next(record.programme.priorities, "number")
            record.roman = roman(record.number)
            record.slug = record.roman.lower()
        elif isinstance(record, Commitment):
            record.number = _next(record.priority.commitments, "number")
        elif isinstance(record, DeliverableLine):
            record.order = _next(DeliverableLine.objects.filter(category=record.category), "order")
        elif isinstance(record, Theme) and not record.code:
            record.code = free_theme_code(record.name_en)


DEEDS = ProgrammeDeeds(Permission.EDIT_PROGRAMME)
# What rows of a year may say: deliverables and values of indicators.
FIGURES = (
    *("planned", "planned_text", "adjustment", "adjustment_reason", "actual_text", "variance_explanation"),
    *("planned_number", "actual_number"),
)
# Rows of years, which go with their record where they say nothing.
EMPTY_ROWS = frozenset({"deliverable", "indicatorvalue"})


def _next(rows: Any, name: str) -> int:
    last: int = rows.aggregate(last=Max(name))["last"] or 0
    return last + 1


def remove(record: Any, *, by: "User", version: int) -> None:
    """Delete a commitment, a priority, a line or an indicator to which nothing points.

    ValidationError when something does: evidence, activities, agreements, series, figures. Those may be retired.
    """
    if not DEEDS.may_edit(by):
        raise PermissionDenied
    with acting(by=by, verb="delete"):
        if isinstance(record, (DeliverableLine, Indicator)) and has_figures(record):
            raise ValidationError(_("It has figures, so it stays. Retire it instead."))
        rows = record.deliverables.all() if isinstance(record, DeliverableLine) else Deliverable.objects.none()
        keys = list(rows.values_list("pk", flat=True))
        if is_pointed_to(Deliverable, keys) or is_pointed_to(type(record), [record.pk], but=EMPTY_ROWS):
            raise ValidationError(_("Other records point to it, so it stays. Retire it instead."))
        rows.delete()
        DEEDS.delete(record, by=by, version=version)


def has_figures(record: DeliverableLine | Indicator) -> bool:
    """Whether anything was planned or noted for a year."""
    rows: Any = record.deliverables if isinstance(record, DeliverableLine) else record.values
    return any(is_filled(row) for row in rows.all())


def is_filled(row: Any) -> bool:
    """Whether a row of a year says anything."""
    return any(getattr(row, name, None) not in (None, "", 0) for name in FIGURES)


def is_pointed_to(model: Any, keys: Any, *, but: frozenset[str] = frozenset()) -> bool:
    """Whether records point to one of the model's rows, by whatever relation, but for the models in `but`.

    Links of many to many count too: they would vanish without a word.
    """
    for relation in model._meta.related_objects:
        name = relation.related_model._meta.model_name
        follows = relation.field.name == "predecessor"
        if name not in but and not follows and _points(relation, keys):
            return True
    return False


def _points(relation: Any, keys: Any) -> bool:
    rows = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": keys})
    return bool(rows.exists())


def move(record: Commitment | DeliverableLine, *, by: "User", version: int, up: bool) -> None:
    """Change places with the neighbour above or below; nothing happens at the end of the list."""
    if not DEEDS.may_edit(by):
        raise PermissionDenied
    with acting(by=by, verb="reorder"):
        saved = locked(record, version)
        name, rows = _order_of(saved)
        place = getattr(saved, name)
        beside = {f"{name}__lt": place} if up else {f"{name}__gt": place}
        ordered = rows.filter(**beside).order_by(f"-{name}" if up else name)
        other = ordered.select_for_update(of=("self",)).first()
        if other is None:
            return
        there = getattr(other, name)
        # No two may have one place, not even for a moment.
        setattr(other, name, _next(rows, name))
        other.touch(by)
        other.save()
        setattr(saved, name, there)
        saved.touch(by)
        saved.save()
        setattr(other, name, place)
        other.save()


def _order_of(record: Commitment | DeliverableLine) -> tuple[str, Any]:
    """The field of the order, and the rows that are in it together."""
    if isinstance(record, Commitment):
        return "number", Commitment.objects.filter(priority=record.priority_id)
    return "order", DeliverableLine.objects.filter(category=record.category)
