"""The mails that bring scheduled reports: one to each recipient, with that person's own files.

A file above LARGEST_ATTACHED, or with anything confidential in it, is not attached: the mail says where it is.
Each mail can be unsubscribed from without signing in, by the link in it or the button of the mail program
(RFC 2369, RFC 8058); the link is signed and good for one schedule and one person.
"""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.mail import Attached, Words, put, record_of, writes
from accounts.models import Mail, User
from accounts.time_zones import ASHGABAT

from . import catalogue
from .choices import CONTENT_TYPES, UNFINISHED, ReportFormat, RunStatus
from .models import ReportRun, Schedule

if TYPE_CHECKING:
    from collections.abc import Iterable

# Bytes of all files of one mail; many servers refuse mails above ten megabytes, and lines are slow.
LARGEST_ATTACHED = 4_000_000
SALT = "reports.unsubscribe"


def tell_if_complete(run_ids: "Iterable[int]") -> None:
    """Once the last run of a recipient is finished and any is ready, mail them; call it with the rows locked."""
    runs = list(ReportRun.objects.filter(pk__in=run_ids).select_related("schedule", "made_for").order_by("pk"))
    if not runs or runs[0].schedule is None or not runs[0].schedule.by_mail:
        return
    if any(run.status in UNFINISHED for run in runs) or all(run.status != RunStatus.READY for run in runs):
        return
    assert runs[0].slot is not None
    put("report_ready", to=[runs[0].made_for], about=runs[0], event=runs[0].slot.isoformat())


@writes("report_ready", alone=True)
def words_of_ready(recipient: User, mail: Mail) -> Words | None:
    """None where the files are gone, or the person has unsubscribed since."""
    run = record_of(mail, ReportRun.objects.visible_to(recipient).select_related("schedule"))
    if run is None or (run.schedule and run.schedule.unsubscribed.filter(pk=recipient.pk).exists()):
        return None
    ready = [one for one in ReportRun.objects.visible_to(recipient).together_with(run) if one.status == RunStatus.READY]
    if not ready:
        return None
    attached = _attached(ready)
    title = catalogue.title_of(run)
    period = catalogue.period_of(run)
    others = [settings.PORTAL_URL + one.get_absolute_url() for one in ready if one != run]
    text = [
        _("The report “%(title)s” is ready.") % {"title": f"{title}, {period}" if period else title},
        "" if attached else _("It is not attached, as it is too large or must not leave the portal."),
        _("It is kept in the portal until %(day)s.") % {"day": _day(ready[0].expires_at)},
        "\n".join(others),
        _("It shows what you may see, and was made for you alone.") if recipient.is_staff_member else "",
    ]
    unsubscribe = _unsubscribe_address(run.schedule, recipient)
    if unsubscribe:
        text.append(_("To get no more of these: %(address)s") % {"address": unsubscribe})
    return Words(
        f"{title}, {period}" if period else title,
        "\n\n".join(part for part in text if part),
        run.get_absolute_url(),
        attached=attached,
        unsubscribe=unsubscribe,
    )


def _attached(ready: list[ReportRun]) -> tuple[Attached, ...]:
    """All files, or none: those that may leave by mail and are small enough together."""
    size = sum(run.size or 0 for run in ready)
    if size > LARGEST_ATTACHED or any(run.confidential for run in ready):
        return ()
    files = []
    for run in ready:
        with run.file.open("rb") as file:
            files.append(Attached(run.file_name, file.read(), CONTENT_TYPES[ReportFormat(run.format)]))
    return tuple(files)


def _day(moment: Any) -> str:
    return date_format(moment.astimezone(ASHGABAT), "DATE_FORMAT") if moment else ""


def _unsubscribe_address(schedule: Schedule | None, recipient: User) -> str:
    if schedule is None:
        return ""
    return f"{settings.PORTAL_URL}{reverse('reports:unsubscribe', args=[unsubscribe_token(schedule, recipient)])}"


def unsubscribe_token(schedule: Schedule, recipient: User) -> str:
    """What proves that whoever has it got the person's mail; it does not run out, as old mails are kept."""
    return signing.dumps([schedule.pk, recipient.pk], salt=SALT)


def read_token(token: str) -> tuple[Schedule, User] | None:
    """Whose subscription to what the token of a mail means; None for one that the portal did not sign, or no more."""
    try:
        schedule_id, user_id = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    schedule = Schedule.objects.filter(pk=schedule_id).first()
    user = User.objects.filter(pk=user_id, is_active=True).first()
    return (schedule, user) if schedule and user else None
