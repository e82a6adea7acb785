"""`?updated_since=`: what changed and what went since the reader asked last, in the order of the transactions.

See `accounts.changes` for why nothing is missed, whatever is written while a program reads.
"""

import hashlib
from datetime import UTC, datetime, time
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core import signing
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request

from .api_columns import statement_of
from .api_reading import read, reader_of
from .changes import Change, Disclosure, database_of, horizon

if TYPE_CHECKING:
    from .api import ReadOnlyView

PARAMETER = "updated_since"
BEGINNING = "0"
# Parameters that do not decide which records a program keeps.
FREE = {"cursor", "page_size", "fields", "include", PARAMETER}


class StartAnew(APIException):
    """The reader cannot go on from where it stood."""

    status_code = 410
    default_detail = gettext_lazy(
        "You cannot go on from this `updated_since`: it was given to another reader, for other filters, or before the"
        " portal's data were restored from a copy. Begin anew with updated_since=0."
    )


class Place(NamedTuple):
    """Where a walk stands: behind this record, or behind this key of it that went."""

    transaction: int
    object_id: int
    key: str


class Since(NamedTuple):
    """From where on: a transaction, and a moment where the reader named one."""

    transaction: int
    moment: datetime | None


class Page(NamedTuple):
    """One page: the items as JSON text, the keys of what went, the place behind it, and whether more follows."""

    items: list[str]
    removed: list[str]
    place: Place | None
    more: bool


class Walk:
    """The changes of a view's records from a token or a moment up to a transaction."""

    def __init__(self, view: "ReadOnlyView", request: Request) -> None:
        self.view, self.request = view, request
        self.kind = view.model._meta.label_lower
        self.given = request.query_params[PARAMETER]
        self._refuse_others()
        self.since = self._since()
        self.until, self.place = horizon(), None
        if "cursor" in request.query_params:
            self.until, self.place = self._read_cursor(request.query_params["cursor"])

    # --- what was asked ---

    def _refuse_others(self) -> None:
        wrong = [name for name in ("count", "ordering") if name in self.request.query_params]
        if wrong:
            raise ValidationError({name: [_("It cannot be used with updated_since. Leave it out.")] for name in wrong})

    def _since(self) -> Since:
        if self.given == BEGINNING:
            return Since(0, None)
        try:
            made_for, transaction = signing.Signer(salt="api-updated-since").unsign_object(self.given)
        except (signing.BadSignature, ValueError):
            return Since(0, self._moment())
        if made_for != self._made_for:
            raise StartAnew
        return Since(transaction, None)

    def _moment(self) -> datetime:
        try:
            day = parse_date(self.given)
            moment = datetime.combine(day, time()) if day else parse_datetime(self.given)
            if moment is not None:
                return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            pass
        message = _("Give 0, the `updated_until` of your last answer, or a moment such as 2024-07-23T08:00:00Z.")
        raise ValidationError({PARAMETER: [message]})

    @cached_property
    def _made_for(self) -> str:
        """Stands for the reader, the filters and the database: with any of them another, records would be missed."""
        given = self.request.query_params
        filters = sorted((name, sorted(values)) for name, values in given.lists() if name not in FREE)
        whole = (self.view.basename, reader_of(self.request.user), filters, database_of())
        return hashlib.sha256(repr(whole).encode()).hexdigest()[:24]

    @property
    def token(self) -> str:
        """What the reader gives as `updated_since` the next time."""
        return signing.Signer(salt="api-updated-since").sign_object([self._made_for, self.until])

    def cursor(self, place: Place) -> str:
        return self._cursor_signer().sign_object([self.until, *place])

    def _cursor_signer(self) -> signing.Signer:
        return signing.Signer(salt=f"api-changes-{self.view.basename}-{self._made_for}-{self.given}")

    def _read_cursor(self, text: str) -> tuple[int, Place]:
        try:
            until, *place = self._cursor_signer().unsign_object(text)
        except (signing.BadSignature, ValueError) as error:
            raise ValidationError(
                {"cursor": [_("This is not a cursor of this list. Take “next” or “previous” as the list gave it.")]}
            ) from error
        return until, Place(*place)

    # --- what is answered ---

    def page(self, found: QuerySet[Any], size: int) -> Page:
        """The next records: of those that the reader may see, the ones in `found` as items, the others as removed."""
        changed = self._changed(found, size + 1)
        gone = self._gone(size + 1) if self.given != BEGINNING else []
        together = sorted([*changed, *gone], key=lambda entry: entry[0])
        entries, more = together[:size], len(together) > size
        wanted = [place.object_id for place, key in entries if key is None]
        keys = statement_of(found.filter(pk__in=wanted).order_by().values("pk"))
        rows = read(self.view, keys, (("id", False),))
        texts = {place[0]: text for place, text in rows}
        return Page(
            [texts[place.object_id] for place, key in entries if key is None and place.object_id in texts],
            [key for _place, key in entries if key is not None],
            entries[-1][0] if entries else None,
            more,
        )

    def _span(self, moment: str) -> Q:
        return Q(**{f"{moment}__gte": self.since.moment}) if self.since.moment else Q()

    def _changed(self, found: QuerySet[Any], limit: int) -> list[tuple[Place, str | None]]:
        """Records that changed and that the reader sees; with their key where they are not in `found`."""
        span = Change.objects.of(self.kind, since=self.since.transaction, until=self.until).filter(self._span("at"))
        later = span.filter(object_id=OuterRef("object_id"), transaction__gt=OuterRef("transaction"))
        here = {"pk": OuterRef("object_id")}
        visible = self.view.get_queryset().order_by()
        key = Disclosure.objects.to(self.request.user).filter(kind=self.kind, object_id=OuterRef("object_id"))
        rows = span.filter(~Exists(later), Exists(visible.filter(**here))).annotate(
            wanted=Exists(found.order_by().filter(**here)), key=key.filter(ended=None).values("key")[:1]
        )
        if self.place is not None:
            at, record, _key = self.place
            rows = rows.filter(transaction__gte=at).filter(Q(transaction__gt=at) | Q(object_id__gt=record))
        ordered = rows.order_by("transaction", "object_id")
        values = ordered.values_list("transaction", "object_id", "wanted", "key")[:limit]
        return [(Place(at, record, ""), None if wanted else key) for at, record, wanted, key in values]

    def _gone(self, limit: int) -> list[tuple[Place, str | None]]:
        """Keys under which the reader, or its organization, could see a record and sees none any more."""
        mine = Disclosure.objects.to(self.request.user)
        standing = mine.filter(kind=self.kind, key=OuterRef("key"), ended=None)
        gone = mine.ended(self.kind, since=self.since.transaction, until=self.until)
        if self.since.moment:
            gone = gone.filter(latest__gte=self.since.moment)
        if self.place is not None:
            at, record, key = self.place
            behind = Q(transaction__gt=at) | Q(object_id__gt=record) | Q(object_id=record, key__gt=key)
            gone = gone.filter(transaction__gte=at).filter(behind)
        values = gone.filter(~Exists(standing)).values_list("transaction", "object_id", "key")[:limit]
        return [(Place(*place), place[2]) for place in values]
