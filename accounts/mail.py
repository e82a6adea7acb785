"""Mail about records: an outbox in the database, and how its mails go out.

Whoever has something to tell calls `put` in the transaction of the deed itself. That adds a row for each person
(`Mail`): who is told, what kind of thing, about which record; never the words. The words are made at the moment of
sending by the function that is registered for the kind (`writes`), with what the recipient may see at that moment
and in the recipient's language and time zone. It answers None where there is nothing (any more) to tell.

All that is due to one person goes in one mail, to that person alone. Its rows stay locked while the mail server
takes it, and are marked in the same transaction: two workers never send one row, and a row whose worker is killed
is unsent and goes with the next sweep, a minute later, as does one whose message to the worker was lost. So no mail
is lost; one comes twice only if the worker dies, or the database, between the server's "accepted" and the commit,
and then both carry the same Message-ID. To send at most once would lose mails instead, which nobody would notice.
"""

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from celery.exceptions import CeleryError
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import InterfaceError, OperationalError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from .choices import MailDelivery, MailOutcome
from .context_processors import marking_line
from .models import Mail, User

if TYPE_CHECKING:
    from django.db.models import Model

logger = logging.getLogger(__name__)

# After two, four, eight ... minutes; the last one about three days after the first.
MOST_ATTEMPTS = 12
MOST_IN_ONE = 100


@dataclass(frozen=True)
class Attached:
    """A file of a mail."""

    name: str
    content: bytes
    content_type: str


@dataclass(frozen=True)
class Words:
    """What a mail says of one thing: a line, a text, and the portal's page about it (a path).

    `unsubscribe` is the whole address at which its reader can have no more of the kind.
    """

    subject: str
    text: str
    path: str
    attached: tuple[Attached, ...] = ()
    unsubscribe: str = ""


Writer = Callable[[User, Mail], Words | None]
WRITERS: dict[str, Writer] = {}
# Kinds that go in a mail of their own: with files, or an address to unsubscribe at.
ALONE: set[str] = set()


def writes(kind: str, *, alone: bool = False) -> Callable[[Writer], Writer]:
    """Register the function that makes the words of this kind of mail, or None where nothing is to be told."""

    def register(writer: Writer) -> Writer:
        WRITERS[kind] = writer
        if alone:
            ALONE.add(kind)
        return writer

    return register


def put(kind: str, *, to: Iterable[User], about: "Model", event: object) -> None:
    """Tell these people of an event of the record once the transaction is committed; of the same event only once."""
    mails = [
        Mail(
            recipient=user,
            kind=kind,
            subject=about._meta.label_lower,
            subject_id=str(about.pk),
            event=f"{kind}:{about.pk}:{event}",
        )
        for user in to
        if user.is_active and user.mail_delivery != MailDelivery.NONE
    ]
    if Mail.objects.bulk_create(mails, ignore_conflicts=True):
        transaction.on_commit(_wake_worker)


def _wake_worker() -> None:
    """Have the outbox looked at now. Where the broker is down, the sweep does so later."""
    from .tasks import send_mails

    try:
        send_mails.apply_async(expires=60, retry=False)
    except (KombuError, CeleryError, RedisError, OSError):
        logger.warning("The broker does not answer; mails wait for the sweep.", exc_info=True)


def call_daily(now: datetime) -> None:
    """Make due what waits for the daily mail."""
    waiting = Mail.objects.filter(outcome=MailOutcome.WAITING, due_at__isnull=True)
    waiting.filter(recipient__mail_delivery=MailDelivery.DAILY).update(due_at=now)


def send_due(now: datetime) -> None:
    """Send what is due, one mail a person but for what goes alone. After a failure the others wait for a sweep."""
    due = Mail.objects.due(now)
    recipients = due.exclude(kind__in=ALONE).order_by("recipient_id").values_list("recipient_id", flat=True).distinct()
    together = [due.exclude(kind__in=ALONE).filter(recipient=recipient) for recipient in recipients]
    alone = [due.filter(pk=pk) for pk in due.filter(kind__in=ALONE).order_by("pk").values_list("pk", flat=True)]
    for mails in (*together, *alone):
        if not _send_together(mails):
            return


def _send_together(due: Any) -> bool:
    """Send one person's due mails as one, unless another worker is at it; false when it could not be sent."""
    with transaction.atomic():
        locked = due.select_for_update(of=("self",), skip_locked=True)
        mails = list(locked.order_by("pk")[:MOST_IN_ONE])
        if not mails:
            return True
        recipient = User.objects.select_related("organization").get(pk=mails[0].recipient_id)
        with _as_reader(recipient):
            told = [(mail, words) for mail in mails if (words := _words(mail, recipient))]
            return not told or _send(recipient, told)


@contextmanager
def _as_reader(recipient: User) -> Iterator[None]:
    with translation.override(recipient.language), timezone.override(ZoneInfo(recipient.time_zone)):
        yield


def _words(mail: Mail, recipient: User) -> Words | None:
    """What the mail says; None, with the outcome noted, when it is not to be sent now."""
    if not recipient.is_active or recipient.mail_delivery == MailDelivery.NONE:
        _settle([mail], MailOutcome.WITHHELD)
        return None
    try:
        with transaction.atomic():
            words = WRITERS[mail.kind](recipient, mail)
    except (OperationalError, InterfaceError):
        raise  # the database went away: nothing can be noted, and the next sweep tries again
    except Exception as error:  # a fault in one kind of mail keeps no other back
        logger.exception("The words of mail %s could not be made.", mail.pk)
        _put_off([mail], error)
        return None
    if words is None:
        _settle([mail], MailOutcome.WITHHELD)
    return words


def _send(recipient: User, told: list[tuple[Mail, Words]]) -> bool:
    mails = [mail for mail, _said in told]
    said = list(dict.fromkeys(words for _mail, words in told))  # what is the same is said once
    try:
        message(recipient, said, key=",".join(str(mail.pk) for mail in mails)).send()
    except Exception as error:  # whatever the mail server or the way to it does, the mail is tried again
        logger.exception("A mail to user %s could not be sent.", recipient.pk)
        _put_off(mails, error)
        return False
    _settle(mails, MailOutcome.SENT)
    return True


def _settle(mails: list[Mail], outcome: MailOutcome) -> None:
    for mail in mails:
        mail.outcome, mail.settled_at, mail.error = outcome, timezone.now(), ""
        mail.attempts += 1
        mail.save()


def _put_off(mails: list[Mail], error: Exception) -> None:
    """Try again later, each time after a longer pause; in the end give up, for the administrators to see."""
    for mail in mails:
        mail.attempts += 1
        mail.error = f"{type(error).__name__}: {error}"[:500]
        if mail.attempts >= MOST_ATTEMPTS:
            mail.outcome, mail.settled_at = MailOutcome.FAILED, timezone.now()
        mail.due_at = timezone.now() + timedelta(minutes=2**mail.attempts)
        mail.save()


def message(recipient: User, said: list[Words], *, key: str) -> EmailMessage:
    """The mail to one person, marked at head and foot. `key` stands for what it tells: the same gives the same id."""
    headers = {"Message-ID": _message_id(recipient, key), "Auto-Submitted": "auto-generated"}
    unsubscribe = next((words.unsubscribe for words in said if words.unsubscribe), "")
    if unsubscribe:  # RFC 8058: one click, without signing in
        headers |= {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return EmailMessage(
        subject=_subject(said),
        body=_body(recipient, said),
        to=[recipient.email],
        headers=headers,
        attachments=[(file.name, file.content, file.content_type) for words in said for file in words.attached],
    )


def _subject(said: list[Words]) -> str:
    if len(said) == 1:
        return said[0].subject
    return ngettext("UNRCCA portal: %(number)s message", "UNRCCA portal: %(number)s messages", len(said)) % {
        "number": len(said)
    }


def _body(recipient: User, said: list[Words]) -> str:
    marking = str(marking_line(recipient))
    greeting = _("Dear %(name)s,") % {"name": recipient.name}
    setting = _("You choose in your profile when such mails come, or that none do: %(address)s") % {
        "address": f"{settings.PORTAL_URL}{reverse('accounts:profile')}"
    }
    things = "\n\n---\n\n".join(_thing(words, headed=len(said) > 1) for words in said)
    return "\n\n".join([marking, greeting, things, setting, marking]) + "\n"


def _thing(words: Words, *, headed: bool) -> str:
    heading = f"{words.subject}\n\n" if headed else ""
    return f"{heading}{words.text}\n\n{settings.PORTAL_URL}{words.path}"


def _message_id(recipient: User, key: str) -> str:
    digest = hashlib.sha256(f"{settings.SECRET_KEY}:{recipient.pk}:{key}".encode()).hexdigest()[:32]
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{digest}@{domain}>"


def record_of(mail: Mail, visible: Any) -> Any:
    """The record that a mail is about, among what its recipient may see now; None when it is not."""
    return visible.filter(pk=mail.subject_id).first()
