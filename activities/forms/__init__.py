"""Forms of activities. `ActivityEntry` is the whole form of a record, fields and rows."""

from .deeds import FilesForm, FollowUpForm, OutcomeForm, ReturnForm
from .entry import ActivityEntry

__all__ = ["ActivityEntry", "FilesForm", "FollowUpForm", "OutcomeForm", "ReturnForm"]
