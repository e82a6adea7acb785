"""Forms of activities. `ActivityEntry` is the whole form of a record, fields and rows."""

from .deeds import FilesForm, OutcomeForm, ReturnForm
from .entry import ActivityEntry

__all__ = ["ActivityEntry", "FilesForm", "OutcomeForm", "ReturnForm"]
