"""The four roles, in prose and as permissions.

- An *officer* logs activities, developments and partner contacts, and submits them.
- A *manager* does what an officer does, approves, decides on release, edits approved records,
  issues API keys, schedules reports, shares views of lists, and keeps the programme of action.
- A *partner* is a focal point of another organization. It sees what was released to that
  organization and enters that organization's own activities.
- An *administrator* looks after users and settings. It reads what staff read, save what is confidential.
"""

from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from .models import User

    Viewer: TypeAlias = User | AnonymousUser


class Role(models.TextChoices):
    OFFICER = "officer", _("Officer")
    MANAGER = "manager", _("Manager")
    PARTNER = "partner", _("Partner")
    ADMINISTRATOR = "administrator", _("Administrator")


# What each role may do, in the words shown to its holders.
DESCRIPTIONS = {
    Role.OFFICER: _("You log activities, developments and partner contacts, and submit them for approval."),
    Role.MANAGER: _(
        "You do what officers do, approve records and decide on their release, keep the programme of action,"
        " issue API keys to partners and schedule reports."
    ),
    Role.PARTNER: _("You see what was released to your organization, and enter your organization's own activities."),
    Role.ADMINISTRATOR: _("You look after users and settings, and read what staff read, save what is confidential."),
}

STAFF_ROLES = frozenset({Role.OFFICER, Role.MANAGER, Role.ADMINISTRATOR})


class Permission(StrEnum):
    """What a role may do; what it may *see* is decided in `visibility.py` alone."""

    LOG_RECORDS = "log_records"
    APPROVE_RECORDS = "approve_records"
    REQUEST_REPORTS = "request_reports"
    SCHEDULE_REPORTS = "schedule_reports"
    ISSUE_KEYS = "issue_keys"
    SHARE_VIEWS = "share_views"
    EDIT_PROGRAMME = "edit_programme"
    MANAGE_USERS = "manage_users"


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OFFICER: frozenset({Permission.LOG_RECORDS, Permission.REQUEST_REPORTS}),
    Role.MANAGER: frozenset(
        {
            Permission.LOG_RECORDS,
            Permission.APPROVE_RECORDS,
            Permission.REQUEST_REPORTS,
            Permission.SCHEDULE_REPORTS,
            Permission.ISSUE_KEYS,
            Permission.SHARE_VIEWS,
            Permission.EDIT_PROGRAMME,
        }
    ),
    Role.PARTNER: frozenset(),
    Role.ADMINISTRATOR: frozenset({Permission.MANAGE_USERS, Permission.REQUEST_REPORTS}),
}


def allows(user: "Viewer", permission: Permission) -> bool:
    """Whether the user's role carries the permission; never for anonymous or inactive users."""
    if not user.is_authenticated or not user.is_active:
        return False
    return permission in PERMISSIONS[Role(user.role)]
