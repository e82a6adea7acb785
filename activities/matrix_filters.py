"""What the table of who does what can be narrowed to."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from partners.models import Organization

from .choices import Stage
from .filter_fields import ChoiceFilter, ChoicesFilter, PartnersFilter
from .filters import ActivityFilterSet, organizations
from .matrix import STAGES, done_by
from .verification import to_be_verified, with_verify_by

ROWS = {
    "gaps": _("with a gap"),
    "overlaps": _("with an overlap"),
    "due": _("with entries to be verified"),
}
SORTED = {"gaps": _("Most gaps first"), "overlaps": _("Most overlaps first")}


class MatrixFilterSet(ActivityFilterSet):
    """Some of the filters of activities, and what only the table asks. Without a stage it shows what is not put off.

    `themes` and `sorted` concern the rows of the table, not the activities in it.
    """

    STAFF_ONLY = ()
    # In the order of the page.
    KEPT: tuple[str, ...] = ("from", "to", "theme", "country", "organization", "stage", "verified", "themes", "sorted")

    organization = PartnersFilter(queryset=organizations, method="done_by", label=_("Organization"))
    stage = ChoicesFilter(choices=Stage.choices, label=_("Stage"))
    verified = ChoiceFilter(choices=[("due", _("To be verified"))], method="due_only", label=_("Verified"))
    themes = ChoiceFilter(choices=list(ROWS.items()), method="as_it_is", label=_("Only themes"))
    sorted = ChoiceFilter(choices=list(SORTED.items()), method="as_it_is", label=_("Themes sorted"))

    @classmethod
    def get_filters(cls) -> dict[str, Any]:
        filters = super().get_filters()
        return {name: filters[name] for name in cls.KEPT}

    def filter_queryset(self, queryset: Any) -> Any:
        found = super().filter_queryset(queryset)
        return found if self.form.cleaned_data["stage"] else found.filter(stage__in=STAGES)

    def done_by(self, queryset: Any, name: str, chosen: list[Organization]) -> Any:
        return queryset.filter(done_by(chosen, self.viewer)) if chosen else queryset

    def due_only(self, queryset: Any, name: str, value: str) -> Any:
        return with_verify_by(queryset).filter(to_be_verified())

    def as_it_is(self, queryset: Any, name: str, value: str) -> Any:
        return queryset


class EntryFilterSet(MatrixFilterSet):
    """What concerns the activities alone."""

    KEPT = tuple(name for name in MatrixFilterSet.KEPT if name not in ("themes", "sorted"))
