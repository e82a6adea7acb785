"""Why a report is not made."""


class Refused(Exception):
    """The report cannot be made as asked; the message says why in plain words to the person it is for."""


class ClaimLost(Exception):
    """The run was cancelled, deleted or taken over by another worker: whoever still works on it stops."""


class NoAnswer(Exception):
    """Where reports are kept, nobody answers at this moment."""
