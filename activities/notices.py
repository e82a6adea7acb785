"""What people are told by mail of activities: their review, and follow-ups to be done.

The functions with a deed's name put a notice into the outbox, in the deed's own transaction; those that `writes`
registers make its words when it is sent. They start from what the recipient may see then, and say nothing of what
has been overtaken, so that no mail asks for a decision that somebody has taken. What is confidential, or needs two
managers for a release, is never named: such a mail says only that something is on the recipient's desk.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.choices import ReviewState
from accounts.mail import Words, put, record_of, writes
from accounts.models import Mail, User
from accounts.roles import Role

from .verification import to_be_verified, with_verify_by

if TYPE_CHECKING:
    from .models import Activity, FollowUp

# A follow-up is announced these days before it is due.
DUE_SOON = timedelta(days=3)


# --- review -----------------------------------------------------------------------------------------------


def submitted(activity: "Activity", *, by: User) -> None:
    put("activity_submitted", to=_managers().exclude(pk=by.pk), about=activity, event=activity.version)


def approved(activity: "Activity", *, by: User) -> None:
    put("activity_approved", to=_people_of(activity).exclude(pk=by.pk), about=activity, event=activity.version)


def returned(activity: "Activity", *, by: User) -> None:
    put("activity_returned", to=_people_of(activity).exclude(pk=by.pk), about=activity, event=activity.version)


def release_waits(activity: "Activity", *, by: User) -> None:
    """Tell the other managers of an approved record whose release waits for a second word; of others, nobody."""
    if activity.is_approved and activity.release_held:
        put("activity_release_waits", to=_managers().exclude(pk=by.pk), about=activity, event=activity.version)


def _managers() -> Any:
    return User.objects.filter(role=Role.MANAGER, is_active=True)


def _people_of(activity: "Activity") -> Any:
    """Author, focal officer, who submitted it; of a partner's own entry, that partner's focal points."""
    people = Q(pk__in=[activity.created_by_id, activity.focal_officer_id, activity.submitted_by_id])
    if activity.lead_organization_id:
        people |= Q(organization=activity.lead_organization_id)
    return User.objects.filter(people, is_active=True)


@writes("activity_submitted")
def words_of_submitted(recipient: User, mail: Mail) -> Words | None:
    activity = _visible(mail, recipient)
    if activity is None or not activity.may_be_reviewed_by(recipient):
        return None
    return _words(
        activity,
        _("Submitted for approval"),
        _("On %(day)s, %(who)s submitted “%(title)s” for approval.")
        % {"who": activity.submitted_by, "title": activity.title, "day": _day(activity.submitted_at)},
    )


@writes("activity_approved")
def words_of_approved(recipient: User, mail: Mail) -> Words | None:
    activity = _visible(mail, recipient)
    if activity is None or not activity.is_approved:
        return None
    return _words(
        activity,
        _("Approved"),
        _("On %(day)s, %(who)s approved “%(title)s”.")
        % {"who": activity.reviewed_by, "title": activity.title, "day": _day(activity.reviewed_at)},
        unnamed_at="activities:list",
    )


@writes("activity_returned")
def words_of_returned(recipient: User, mail: Mail) -> Words | None:
    activity = _visible(mail, recipient)
    if activity is None or activity.review_state != ReviewState.RETURNED:
        return None
    return _words(
        activity,
        _("Returned"),
        _("On %(day)s, %(who)s returned “%(title)s”. What needs to be mended:\n\n%(comment)s")
        % {
            "who": activity.reviewed_by,
            "title": activity.title,
            "day": _day(activity.reviewed_at),
            "comment": activity.review_comment,
        },
    )


@writes("activity_release_waits")
def words_of_release_waits(recipient: User, mail: Mail) -> Words | None:
    activity = _visible(mail, recipient)
    if activity is None or not activity.may_be_released_by(recipient):
        return None
    return _words(
        activity,
        _("A release waits for a second manager"),
        _("The release of “%(title)s” waits for the word of a second manager.") % {"title": activity.title},
    )


def _visible(mail: Mail, recipient: User) -> Any:
    from .models import Activity

    visible = Activity.objects.visible_to(recipient)
    return record_of(mail, visible.select_related("submitted_by", "reviewed_by"))


def _words(activity: "Activity", deed: str, text: str, *, unnamed_at: str = "activities:desk") -> Words:
    """The words about an activity; of one that mail does not name, only where its reader will find it."""
    if not activity.is_named_in_mail:
        return Words(deed, _("Mail does not name this record. Sign in to see it."), reverse(unnamed_at))
    return Words(f"{deed}: {activity.reference}", text, activity.get_absolute_url())


def _day(moment: Any) -> str:
    """The day in the recipient's time zone."""
    return date_format(timezone.localtime(moment), "DATE_FORMAT") if moment else ""


# --- who does what --------------------------------------------------------------------------------------------


def ask_to_verify(entries: "Iterable[Activity]", *, today: date) -> None:
    """Ask the focal points whether their organization's entries are still right, once in each period of VERIFY_MONTHS.

    Each entry has its `verify_by`. While nothing is done the period goes on from there, and the event names both.
    """
    focal_points: dict[int | None, list[User]] = defaultdict(list)
    entries = list(entries)
    of_these = {entry.lead_organization_id for entry in entries}
    for user in User.objects.filter(organization__in=of_these, role=Role.PARTNER, is_active=True):
        focal_points[user.organization_id].append(user)
    for entry in entries:
        put("activity_verify", to=focal_points[entry.lead_organization_id], about=entry, event=period_of(entry, today))


def period_of(entry: Any, today: date) -> str:
    """The day on which the entry was due, and how many whole periods have gone by since."""
    months = (today.year - entry.verify_by.year) * 12 + today.month - entry.verify_by.month
    months -= today.day < entry.verify_by.day
    return f"{entry.verify_by}:{months // settings.VERIFY_MONTHS}"


@writes("activity_verify")
def words_of_verify(recipient: User, mail: Mail) -> Words | None:
    from .models import Activity

    own = Activity.objects.visible_to(recipient).approved().filter(lead_organization=recipient.organization_id)
    entry = record_of(mail, with_verify_by(own).filter(to_be_verified()))
    if entry is None or recipient.organization_id is None or f":{entry.verify_by}:" not in mail.event:
        return None
    text = _("Is “%(title)s” still right? It was last verified on %(day)s. One click says so; else reopen and mend it.")
    if entry.last_verified is None:
        text = _("Is “%(title)s” still right? Nobody has verified it yet. One click says so; else reopen and mend it.")
    day = date_format(entry.last_verified, "DATE_FORMAT") if entry.last_verified else ""
    return _words(entry, _("To be verified"), text % {"title": entry.title, "day": day})


# --- follow-ups -------------------------------------------------------------------------------------------


def remind_of(follow_ups: "Iterable[FollowUp]", *, today: date) -> None:
    """Remind of each follow-up once when it is due soon and once when it is overdue; anew when it is put off."""
    for follow_up in follow_ups:
        kind = "follow_up_overdue" if follow_up.due and follow_up.due < today else "follow_up_due"
        person = person_for(follow_up)
        put(kind, to=[person] if person else [], about=follow_up, event=follow_up.due)


def person_for(follow_up: "FollowUp") -> User | None:
    """Who looks after it: its owner; where that is nobody in service, the record's focal officer or author."""
    activity = follow_up.activity
    people = (follow_up.owner, activity.focal_officer, activity.created_by)
    return next((one for one in people if one and one.is_active and one.is_staff_member), None)


@writes("follow_up_due")
def words_of_due(recipient: User, mail: Mail) -> Words | None:
    return _reminder(recipient, mail, _("Follow-up due soon"), _("Due on %(day)s: %(text)s"))


@writes("follow_up_overdue")
def words_of_overdue(recipient: User, mail: Mail) -> Words | None:
    return _reminder(recipient, mail, _("Follow-up overdue"), _("This was due on %(day)s: %(text)s"))


def _reminder(recipient: User, mail: Mail, subject: str, text: str) -> Words | None:
    from .models import FollowUp

    visible = FollowUp.objects.visible_to(recipient).filter(done__isnull=True, due__isnull=False)
    people = ("owner", "activity__focal_officer", "activity__created_by")
    follow_up = record_of(mail, visible.select_related(*people))
    if follow_up is None or person_for(follow_up) != recipient or mail.event != event_of(mail, follow_up):
        return None
    said = text % {"day": date_format(follow_up.due, "DATE_FORMAT"), "text": follow_up.text}
    after = _("After “%(title)s”.") % {"title": follow_up.activity.title}
    return _words(follow_up.activity, subject, f"{said}\n\n{after}", unnamed_at="activities:follow-ups")


def event_of(mail: Mail, follow_up: "FollowUp") -> str:
    """The event that a reminder of the follow-up as it is now would tell of."""
    return f"{mail.kind}:{follow_up.pk}:{follow_up.due}"
