"""Whether what the portal says of a coming or ongoing activity was made sure of lately.

What is planned, confirmed or postponed must be verified every VERIFY_MONTHS months, and once more when its last day
has gone by without a word that it was held. What was held or cancelled is settled. An entry that nobody has verified
yet was right on the day it was made.
"""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Case, DateField, ExpressionWrapper, Func, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce, Least, Now, TruncDate
from django.db.models.lookups import LessThanOrEqual

from accounts.time_zones import ASHGABAT, office_date

from .choices import Stage

if TYPE_CHECKING:
    from .models import Activity

UNSETTLED = (Stage.PLANNED, Stage.CONFIRMED, Stage.POSTPONED)
COMING = (Stage.PLANNED, Stage.CONFIRMED)


def verify_by() -> Any:
    """A column of activities: the first day on which the entry is no longer taken to be right; null where settled."""
    verified: Any = Coalesce("last_verified", TruncDate("created_at", tzinfo=ASHGABAT), output_field=DateField())
    interval: Any = Func(
        Value(settings.VERIFY_MONTHS), function="make_interval", template="%(function)s(months => %(expressions)s)"
    )
    again: Any = Cast(ExpressionWrapper(verified + interval, output_field=DateField()), DateField())
    last_day: Any = Coalesce("end_date", "start_date")
    day_after: Any = ExpressionWrapper(last_day + Value(1), output_field=DateField())
    return Case(
        When(Q(LessThanOrEqual(verified, last_day), stage__in=COMING), then=Least(again, day_after)),
        When(stage__in=UNSETTLED, then=again),
        default=None,
        output_field=DateField(),
    )


def with_verify_by(activities: QuerySet["Activity"]) -> QuerySet["Activity"]:
    """With `verify_by`, see there."""
    return activities.annotate(verify_by=verify_by())


def due_now() -> Any:
    """A column of activities: whether the entry has to be verified, today in Ashgabat."""
    today = TruncDate(Now(), tzinfo=ASHGABAT)
    return Case(When(LessThanOrEqual(verify_by(), today), then=Value(True)), default=Value(False))


def is_due(entry: Any) -> bool:
    """The same of one entry with its `verify_by`."""
    return entry.verify_by is not None and bool(entry.verify_by <= office_date())


def to_be_verified() -> Q:
    """A condition on what `with_verify_by` gives: the entries that are due today in Ashgabat."""
    return Q(verify_by__lte=office_date())
