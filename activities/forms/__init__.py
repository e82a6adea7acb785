"""Forms of activities. `ActivityEntry` is the whole form of a record, fields and rows."""

from .deeds import FilesForm, FollowUpForm, OutcomeForm, ReturnForm
from .entry import ActivityEntry
from .lookups import Lookups

__all__ = ["ActivityEntry", "FilesForm", "FollowUpForm", "Lookups", "OutcomeForm", "ReturnForm"]
