"""What people are told by mail of briefings and developments: tasks, clearances, what is coming, the week's news.

The functions with a deed's name put a notice into the outbox; those that `writes` registers make its words when it
is sent, from what the recipient may see then. What is confidential is never named.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.choices import Classification, ReviewState
from accounts.mail import Words, put, record_of, writes
from accounts.models import Mail, User
from accounts.roles import STAFF_ROLES, Role
from accounts.visibility import is_staff_viewer
from priorities.dates import dated

from .choices import DossierState, Significance

if TYPE_CHECKING:
    from .models import Briefing, BriefingTask, Development, Dossier

# A task is announced these days before it is due; a briefing without a dossier, these days before its day.
DUE_SOON = timedelta(days=3)
BRIEFING_NEAR = timedelta(days=45)
WEEK = timedelta(days=7)


def _managers() -> Any:
    return User.objects.filter(role=Role.MANAGER, is_active=True)


# --- developments -----------------------------------------------------------------------------------------------


def submitted(development: "Development", *, by: User) -> None:
    put("development_submitted", to=_managers().exclude(pk=by.pk), about=development, event=development.version)


def decided(development: "Development", *, by: User) -> None:
    """Tell author, focal officer and who submitted it that it was approved or returned."""
    people = Q(pk__in=[development.created_by_id, development.focal_officer_id, development.submitted_by_id])
    to = User.objects.filter(people, is_active=True).exclude(pk=by.pk)
    put(f"development_{development.review_state}", to=to, about=development, event=development.version)


@writes("development_submitted")
def words_of_submitted(recipient: User, mail: Mail) -> Words | None:
    development = _development(mail, recipient)
    if development is None or not development.may_be_reviewed_by(recipient):
        return None
    text = _("%(who)s submitted “%(title)s” for approval.")
    return _of_development(development, _("A development is submitted for approval"), text, development.submitted_by)


@writes("development_approved")
def words_of_approved(recipient: User, mail: Mail) -> Words | None:
    development = _development(mail, recipient)
    if development is None or not development.is_approved:
        return None
    return _of_development(
        development, _("A development is approved"), _("%(who)s approved “%(title)s”."), development.reviewed_by
    )


@writes("development_returned")
def words_of_returned(recipient: User, mail: Mail) -> Words | None:
    development = _development(mail, recipient)
    if development is None or development.review_state != ReviewState.RETURNED:
        return None
    text = _("%(who)s returned “%(title)s”. What needs to be mended is said on its page.")
    return _of_development(development, _("A development is returned"), text, development.reviewed_by)


def _development(mail: Mail, recipient: User) -> Any:
    from .models import Development

    visible = Development.objects.visible_to(recipient) if is_staff_viewer(recipient) else Development.objects.none()
    return record_of(mail, visible.select_related("submitted_by", "reviewed_by"))


def _of_development(development: "Development", subject: str, text: str, who: Any) -> Words:
    if not development.is_named_in_mail:
        return Words(subject, _("Mail does not name this record. Sign in to see it."), reverse("developments:list"))
    return Words(subject, text % {"who": who, "title": development.headline}, development.get_absolute_url())


def tell_the_week(today: date) -> None:
    """Tell each member of the staff once a week of the developments that were approved in the week before."""
    monday = today - timedelta(days=today.weekday())
    for user in User.objects.filter(role__in=STAFF_ROLES, is_active=True):
        put("developments_of_week", to=[user], about=user, event=monday.isoformat())


@writes("developments_of_week")
def words_of_week(recipient: User, mail: Mail) -> Words | None:
    """The week's developments that the recipient may see and that mail may name, the weightiest first."""
    from .models import Development

    if not is_staff_viewer(recipient):
        return None
    monday = date.fromisoformat(mail.event.rpartition(":")[2])
    approved = Development.objects.visible_to(recipient).approved()
    found = approved.filter(
        classification=Classification.UNCLASSIFIED,
        reviewed_at__date__gte=monday - WEEK,
        reviewed_at__date__lt=monday,
    )
    weights = list(Significance.values)
    rows = sorted(found, key=lambda one: (weights.index(one.significance or Significance.MEDIUM), one.date, one.pk))
    if not rows:
        return None
    lines = [f"- {dated(one.date, one.end_date, one.date_precision)}: {one.headline}" for one in rows]
    subject = ngettext("%(number)s new development", "%(number)s new developments", len(rows))
    heading = _("Approved in the week of %(day)s:") % {"day": date_format(monday - WEEK, "DATE_FORMAT")}
    text = "\n".join([heading, "", *lines])
    return Words(subject % {"number": len(rows)}, text, reverse("developments:list"))


# --- briefings ----------------------------------------------------------------------------------------------------


def remind_of(tasks: "Iterable[BriefingTask]", *, today: date) -> None:
    """Remind of each task once when it is due soon and once when it is overdue; anew when it is put off."""
    for task in tasks:
        kind = "briefing_task_overdue" if task.due and task.due < today else "briefing_task_due"
        put(kind, to=people_for(task), about=task, event=task.due)


def people_for(task: "BriefingTask") -> list[User]:
    """Who looks after it: the person named, else who leads the dossier, else who entered it."""
    from .models import Dossier

    dossier = Dossier.objects.filter(briefing=task.briefing_id).select_related("lead").first()
    people = (task.person, dossier.lead if dossier else None, task.created_by)
    return [one for one in people if one and one.is_active and one.is_staff_member][:1]


@writes("briefing_task_due")
def words_of_due(recipient: User, mail: Mail) -> Words | None:
    return _of_task(recipient, mail, _("A task for the Council briefing is due soon"), _("Due on %(day)s: %(text)s"))


@writes("briefing_task_overdue")
def words_of_overdue(recipient: User, mail: Mail) -> Words | None:
    return _of_task(
        recipient, mail, _("A task for the Council briefing is overdue"), _("This was due on %(day)s: %(text)s")
    )


def _of_task(recipient: User, mail: Mail, subject: str, text: str) -> Words | None:
    from .models import BriefingTask

    open_ones = BriefingTask.objects.visible_to(recipient).filter(done__isnull=True, due__isnull=False)
    task = record_of(mail, open_ones.select_related("briefing", "person", "created_by"))
    if task is None or recipient not in people_for(task) or not mail.event.endswith(f":{task.due}"):
        return None
    said = text % {"day": date_format(task.due, "DATE_FORMAT"), "text": task.text}
    return _of_briefing(task.briefing, subject, said)


def clearance_asked(dossier: "Dossier", *, by: User) -> None:
    put("dossier_clearance", to=_managers().exclude(pk=by.pk), about=dossier, event=dossier.version)


@writes("dossier_clearance")
def words_of_clearance(recipient: User, mail: Mail) -> Words | None:
    from .models import Dossier

    dossier = record_of(mail, Dossier.objects.visible_to(recipient).select_related("briefing"))
    if (
        dossier is None
        or dossier.state != DossierState.CLEARANCE
        or DossierState.FINAL not in dossier.moves_of(recipient)
    ):
        return None
    text = _("The dossier of the %(briefing)s waits for your clearance.") % {"briefing": dossier.briefing}
    return _of_briefing(dossier.briefing, _("A dossier waits for clearance"), text)


def briefing_near(briefing: "Briefing") -> None:
    """Tell the managers once that a briefing is near and has no dossier yet."""
    put("briefing_near", to=_managers(), about=briefing, event=briefing.date)


@writes("briefing_near")
def words_of_near(recipient: User, mail: Mail) -> Words | None:
    from .models import Briefing

    visible = Briefing.objects.visible_to(recipient) if is_staff_viewer(recipient) else Briefing.objects.none()
    briefing = record_of(mail, visible.filter(dossier__isnull=True))
    if briefing is None or not mail.event.endswith(f":{briefing.date}"):
        return None
    text = _("The next briefing is expected on %(day)s, and nobody has begun its dossier.")
    return _of_briefing(briefing, _("The next Council briefing is near"), text % {"day": briefing.date_text})


def _of_briefing(briefing: "Briefing", subject: str, text: str) -> Words:
    if not briefing.is_named_in_mail:
        return Words(subject, _("Mail does not name this record. Sign in to see it."), reverse("briefings:list"))
    from .models import dossier_url

    has_dossier = hasattr(briefing, "dossier")
    return Words(subject, text, dossier_url(briefing) if has_dossier else briefing.get_absolute_url())
