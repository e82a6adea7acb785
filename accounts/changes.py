"""When each record last changed for its readers, and who could ever see it: what a program needs to stay in step.

The database itself keeps both (see migration `changes`), whichever way a record is written.

*A change* is noted for a record when its own row or one that its answer is made of changes (a partner, a theme, an
organization's name). It is ordered by its transaction, and a reader is only told of transactions before the oldest
one that still runs: whatever commits late comes after the place where the reader goes on, so nothing is missed.

*A disclosure* says that a class of readers could see a record under a key, and since when it no longer can. A reader
is told that a record went only where its class could see it before; all others learn nothing of it.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection, models
from django.db.models import F, Max, Min, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from .roles import Role
from .visibility import is_staff_viewer

if TYPE_CHECKING:
    from .roles import Viewer


class ChangeQuerySet(models.QuerySet["Change"]):
    def of(self, kind: str, *, since: int, until: int) -> "ChangeQuerySet":
        """Changes of records of a kind in a span of transactions, the last one excluded."""
        return self.filter(kind=kind, transaction__gte=since, transaction__lt=until)

    def superseded(self, before: int) -> "ChangeQuerySet":
        """Those after which the record changed again, all in transactions that are over."""
        later = Change.objects.filter(
            kind=models.OuterRef("kind"),
            object_id=models.OuterRef("object_id"),
            transaction__gt=models.OuterRef("transaction"),
            transaction__lt=before,
        )
        return self.filter(models.Exists(later), transaction__lt=before)


class Change(models.Model):
    """That a record changed in a transaction. Rows are only added, so that no two writers wait for each other."""

    kind = models.CharField(max_length=60)  # the model's label, such as activities.activity
    object_id = models.BigIntegerField()
    transaction = models.BigIntegerField()
    at = models.DateTimeField()

    objects: ClassVar[Any] = ChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id", "transaction"], name="accounts_change_once")
        ]
        indexes = [models.Index(fields=["kind", "transaction", "object_id"], name="accounts_change_in_order")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id} in {self.transaction}"


class DisclosureQuerySet(models.QuerySet["Disclosure"]):
    def to(self, viewer: "Viewer") -> "DisclosureQuerySet":
        """What the viewer, or its organization, could ever see since there is an account of it here."""
        found = self.filter(reader__in=readers_of(viewer))
        if not viewer.is_authenticated or not viewer.is_active:
            return found
        joined: Any = models.Value(viewer.created_at)
        if viewer.role == Role.PARTNER:
            colleagues = get_user_model().objects.filter(organization=viewer.organization_id)
            first = colleagues.order_by().values("organization").annotate(first=Min("created_at")).values("first")
            joined = models.Subquery(first)
        return found.filter(Q(reader=PUBLIC) | Q(ended_at__isnull=True) | Q(ended_at__gte=joined))

    def ended(self, kind: str, *, since: int, until: int) -> Any:
        """Keys that nobody of these readers sees any more since a transaction of the span: (object, key, when)."""
        groups = self.filter(kind=kind).order_by().values("object_id", "key")
        gone = groups.annotate(
            transaction=Max("ended"),
            latest=Max("ended_at"),
            shown=models.Count("pk", filter=Q(ended__isnull=True) | Q(ended__gte=until)),
        )
        lately = self.filter(kind=kind, ended__gte=since, ended__lt=until)
        return gone.filter(
            object_id__in=lately.values("object_id"), shown=0, transaction__gte=since, transaction__lt=until
        ).order_by("transaction", "object_id", "key")


class Disclosure(models.Model):
    """That readers of a class could see a record under a key; `ended` is the transaction since which they cannot."""

    kind = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    key = models.TextField()
    reader = models.CharField(max_length=40)
    ended = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = DisclosureQuerySet.as_manager()

    class Meta:
        verbose_name = _("disclosure")
        verbose_name_plural = _("disclosures")
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id", "key", "reader"], name="accounts_disclosure_once")
        ]
        indexes = [
            models.Index(fields=["kind", "ended"], condition=Q(ended__isnull=False), name="accounts_disclosure_ended")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} to {self.reader}"


PUBLIC, PARTNERS, STAFF, MANAGERS = "public", "partners", "staff", "managers"


def readers_of(viewer: Any) -> list[str]:
    """The classes of readers that the viewer belongs to, as the function `disclosed_to` of the database names them."""
    if is_staff_viewer(viewer):
        found = [PUBLIC, STAFF]
        if viewer.role != Role.ADMINISTRATOR:
            found.append(f"user:{viewer.pk}")
        if viewer.role == Role.MANAGER and settings.CONFIDENTIAL_FOR_ALL_MANAGERS:
            found.append(MANAGERS)
        return found
    if viewer.is_authenticated and viewer.is_active:
        return [PUBLIC, PARTNERS, f"organization:{viewer.organization_id}"]
    return [PUBLIC]


# Transactions that run in other databases of the same server write nothing here, however long they take.
HORIZON = """
SELECT least(
    coalesce(min(running), pg_snapshot_xmax(pg_current_snapshot())), pg_current_xact_id_if_assigned()
)::text::bigint
FROM pg_snapshot_xip(pg_current_snapshot()) AS running
WHERE NOT EXISTS (
    SELECT 1 FROM pg_locks AS held JOIN pg_stat_activity AS session USING (pid)
    WHERE held.locktype = 'transactionid' AND held.mode = 'ExclusiveLock'
      AND held.transactionid::text = (running::text::bigint % 4294967296)::text
      AND session.datname <> current_database()
)
"""


def horizon() -> int:
    """The oldest transaction that still runs: all before it are over, and what they wrote can be read."""
    with connection.cursor() as cursor:
        cursor.execute(HORIZON)
        return int(cursor.fetchone()[0])


def database_of() -> str:
    """Stands for the database in which transactions are counted: a copy that is restored elsewhere counts anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT system_identifier, oid FROM pg_control_system(), pg_database WHERE datname = current_database()"
        )
        return ":".join(str(value) for value in cursor.fetchone())


def thin_out() -> None:
    """Forget changes after which the record changed again."""
    superseded = Change.objects.superseded(horizon())
    superseded.delete()


def count_anew(**kwargs: Any) -> None:
    """After every migration: what a restored copy counted in another database counts as changed just now."""
    if Change._meta.db_table not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_change SET transaction = pg_current_xact_id()::text::bigint, at = clock_timestamp()"
            " WHERE transaction > pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
        )
        cursor.execute(
            "UPDATE accounts_disclosure SET ended = pg_current_xact_id()::text::bigint"
            " WHERE ended > pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
        )


def changed_at(kind: str) -> Any:
    """A column: when the record last changed for its readers."""
    changes = Change.objects.filter(kind=kind, object_id=models.OuterRef("pk")).order_by(F("transaction").desc())
    return Coalesce(models.Subquery(changes.values("at")[:1]), F("changed_at"))
