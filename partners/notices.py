"""What managers are told by mail of agreements that are about to end."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.mail import Words, put, record_of, writes
from accounts.models import Mail, User
from accounts.roles import Role
from accounts.visibility import is_staff_viewer

if TYPE_CHECKING:
    from .models import Agreement

# An agreement's end is announced these days before.
NOTICE_DAYS = (30, 90)


def remind_of(agreement: "Agreement", *, today: date) -> None:
    """Tell all managers once when it ends within 90 days, and once when within 30; anew when its end is moved."""
    if agreement.ends is None or agreement.ends < today:
        return
    days = next((days for days in NOTICE_DAYS if (agreement.ends - today).days <= days), None)
    if days is not None:
        managers = User.objects.filter(role=Role.MANAGER, is_active=True)
        to = [one for one in managers if _unsucceeded(one).filter(pk=agreement.pk).exists()]
        put("agreement_ends", to=to, about=agreement, event=f"{agreement.ends}:{days}")


def _unsucceeded(viewer: User) -> Any:
    """Agreements that, as far as the viewer may know, none goes on from."""
    from .models import Agreement

    return Agreement.objects.visible_to(viewer).with_succession(viewer).filter(succeeded=False)


@writes("agreement_ends")
def words_of_end(recipient: User, mail: Mail) -> Words | None:
    agreement = record_of(mail, _unsucceeded(recipient)) if is_staff_viewer(recipient) else None
    if agreement is None or agreement.ends is None or f":{agreement.ends}:" not in mail.event:
        return None
    subject = _("An agreement is about to end")
    if not agreement.is_named_in_mail:
        return Words(subject, _("Mail does not name this record. Sign in to see it."), reverse("partners:list"))
    text = _("On %(day)s “%(title)s” ends. Decide whether it is to be renewed.") % {
        "title": agreement.title,
        "day": date_format(agreement.ends, "DATE_FORMAT"),
    }
    return Words(subject, text, agreement.get_absolute_url())
