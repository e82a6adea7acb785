"""What an activity needs before it can be submitted: one rule for the record, for its form and for the browser."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.choices import Audience, Classification

from .choices import Stage


@dataclass(frozen=True)
class Need:
    """A field that must say something; `when` another has a value, `unless` another is filled."""

    field: str
    label: Any
    when: tuple[str, str] | None = None
    unless: str = ""

    def is_lacking(self, value_of: Callable[[str], Any]) -> bool:
        """Whether the need is not met; `value_of` gives the value of a field by its name."""
        if self.when and value_of(self.when[0]) != self.when[1]:
            return False
        if self.unless and value_of(self.unless):
            return False
        value = value_of(self.field)
        return not (value.strip() if isinstance(value, str) else value)


NEEDS = (
    Need("main_priority", _("main priority"), unless="lead_organization"),
    Need("summary", _("summary")),
    Need("themes", _("at least one theme")),
    Need("outcome", _("outcome (the activity was held)"), when=("stage", Stage.HELD.value)),
    Need(
        "classification_basis",
        _("basis of the classification"),
        when=("classification", Classification.CONFIDENTIAL.value),
    ),
    Need("released_to", _("the named partners"), when=("audience", Audience.NAMED_PARTNERS.value)),
)
