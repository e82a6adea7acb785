"""Every way to write a dossier: atomic, under its row's lock, with author and deed in the audit trail.

All raise PermissionDenied where `by` may not do the deed, and ValidationError where the dossier's state does not
allow it. Nothing is written then.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.audit import acting
from accounts.roles import Permission, allows
from accounts.visibility import is_staff_viewer

from . import notices
from .choices import DossierState, SectionKey
from .collecting import arrange, take_in
from .contents import Reader, compose, digest_of
from .dossiers import STEP
from .models import Briefing, Dossier, DossierComment, DossierItem, DossierLook, DossierVersion, TalkingPoint
from .sections import sections_of

if TYPE_CHECKING:
    from accounts.models import User


def begin(*, briefing: Briefing, by: "User") -> Dossier:
    """Open the dossier of a briefing and gather what belongs in it; the one that is there when somebody was quicker."""
    if not allows(by, Permission.LOG_RECORDS):
        raise PermissionDenied
    if briefing.window() is None:
        raise ValidationError(_("The period of this briefing is not known: give it a month or a day first."))
    try:
        with acting(by=by, verb="create"):
            dossier = Dossier(briefing=briefing, lead=by)
            dossier.touch(by)
            dossier.save()
            take_in(dossier, by=by)
    except IntegrityError:
        return Dossier.objects.get(briefing=briefing)
    return dossier


@contextmanager
def changing(dossier_id: int, *, by: "User | None", verb: str) -> Iterator[Dossier]:
    """The open dossier, locked; the portal itself (`by` None) gathers only."""
    with acting(by=by, verb=verb):
        dossier = Dossier.locked(dossier_id, version=None)
        if by is not None and not allows(by, Permission.LOG_RECORDS):
            raise PermissionDenied
        if not dossier.is_open:
            raise ValidationError(_("This dossier is closed. A manager can take it back to drafting."))
        yield dossier


def gather(*, dossier: Dossier, by: "User | None") -> int:
    """Take in what came up since; how much that was."""
    with changing(dossier.pk, by=by, verb="gather") as locked:
        return len(take_in(locked, by=by))


def propose_order(*, dossier: Dossier, by: "User") -> None:
    """Put developments and activities into the portal's order again."""
    with changing(dossier.pk, by=by, verb="arrange") as locked:
        arrange(locked, by=by)


def look(*, dossier: Dossier, by: "User", until: datetime | None) -> None:
    """Note that the reader has looked through what there was at that moment: the one the page was made at, or now."""
    if not is_staff_viewer(by):
        raise PermissionDenied
    now = timezone.now()
    with acting(by=by, verb="look"):
        DossierLook.objects.update_or_create(dossier=dossier, user=by, defaults={"at": min(until or now, now)})


def include(*, item: DossierItem, by: "User", included: bool) -> None:
    """Tell the item, or leave it out."""
    with changing(item.dossier_id, by=by, verb="include" if included else "leave_out"):
        saved = DossierItem.locked(item.pk, version=None)
        saved.included = included
        saved.touch(by)
        saved.save()


def shift_item(*, item: DossierItem, by: "User", steps: int) -> None:
    """Move the item one place up (-1) or down (1) in its group, as its reader sees it."""
    with changing(item.dossier_id, by=by, verb="arrange") as dossier:
        content = compose(dossier, whole=True)
        for section in sections_of(Reader(by, content).shown(content)):
            for group in section.groups:
                keys = [entry.pk for entry in group.entries if entry.part == "item"]
                if item.pk in keys:
                    _swap(DossierItem, keys, item.pk, steps, by)
                    return


def shift_point(*, point: TalkingPoint, by: "User", steps: int) -> None:
    """Move the sentence one place up (-1) or down (1) in its topic."""
    with changing(point.dossier_id, by=by, verb="arrange"):
        visible = TalkingPoint.objects.visible_to(by).filter(dossier=point.dossier_id, topic=point.topic)
        _swap(TalkingPoint, list(visible.values_list("pk", flat=True)), point.pk, steps, by)


def _swap(model: type[DossierItem] | type[TalkingPoint], keys: list[int], pk: int, steps: int, by: "User") -> None:
    """Exchange the places of a row and its neighbour; nothing at the ends."""
    place = keys.index(pk) + steps
    if not 0 <= place < len(keys):
        return
    one, other = model.locked(pk, version=None), model.locked(keys[place], version=None)
    one.order, other.order = other.order, one.order
    for row in (one, other):
        row.touch(by)
        row.save()


def last_place(dossier: Dossier) -> int:
    """The order of a sentence that comes after all others."""
    last: int | None = dossier.points.aggregate(last=Max("order"))["last"]
    return (last or 0) + STEP


def comment(*, dossier: Dossier, section: SectionKey, text: str, by: "User") -> None:
    """Add a remark on a section, in any state: it is not part of the content."""
    if not allows(by, Permission.LOG_RECORDS):
        raise PermissionDenied
    with acting(by=by, verb="comment"):
        remark = DossierComment(dossier=dossier, section=section, text=text)
        remark.touch(by)
        remark.save()


def settle(*, remark: DossierComment, by: "User") -> None:
    """Note that a remark is settled, or open again."""
    if not allows(by, Permission.LOG_RECORDS):
        raise PermissionDenied
    with acting(by=by, verb="comment"):
        saved = DossierComment.locked(remark.pk, version=None)
        saved.settled = not saved.settled
        saved.touch(by)
        saved.save()


def move(*, dossier: Dossier, version: int, to: DossierState, by: "User", reason: str = "") -> Dossier:
    """Take the dossier, as the page showed it, to another state; delivering it freezes a version.

    Raises StaleEdit when it changed since.
    """
    with acting(by=by, verb=f"dossier_{to}"):
        locked = Dossier.locked(dossier.pk, version=version)
        locked.move(to=to, by=by, reason=reason)
        if to == DossierState.CLEARANCE:
            notices.clearance_asked(locked, by=by)
        if to == DossierState.DELIVERED:
            freeze(locked, by=by)
    return locked


def freeze(dossier: Dossier, *, by: "User") -> DossierVersion:
    """Keep the content as it is now, as the next version; the caller holds the dossier's row."""
    content = compose(dossier)
    number = dossier.versions.count() + 1
    return DossierVersion.objects.create(
        dossier=dossier,
        number=number,
        content=content,
        digest=digest_of(content),
        reason=dossier.reason if number > 1 else "",
        made_by=by,
    )
