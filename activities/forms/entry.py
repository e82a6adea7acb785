"""The form of an activity with its rows, treated as one entry."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.forms.models import model_to_dict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Role
from activities.completeness import Need
from activities.models import Activity

from .activity import ActivityForm, PartnerActivityForm
from .compared import Sheet
from .deeds import EntryFilesForm
from .lookups import Lookups
from .rows import CONTRIBUTIONS, PARTNER_ROWS, STAFF_ROWS, Rows
from .sections import Section, sections_of

if TYPE_CHECKING:
    from django.http import QueryDict
    from django.utils.datastructures import MultiValueDict

    from activities.copies import Start


class ActivityEntry:
    """The form of an activity, its rows and the files sent with it, as one thing to validate, compare and save.

    `start` is what an empty form begins with; `data` and `files` are what was sent; `lookups` those of other entries
    of the same user, which are not read anew.
    """

    def __init__(
        self,
        user: User,
        activity: Activity | None = None,
        data: "QueryDict | None" = None,
        files: "MultiValueDict[str, Any] | None" = None,
        start: "Start | None" = None,
        lookups: Lookups | None = None,
    ) -> None:
        partner = user.role == Role.PARTNER
        form = PartnerActivityForm if partner else ActivityForm
        self.user = user
        self.activity = activity
        self.start = start
        self.lookups = Lookups(user, activity, lookups)
        self.form = form(
            data, instance=activity, user=user, lookups=self.lookups, initial=start.fields if start else None
        )
        self.files = EntryFilesForm(data, files)
        kinds = PARTNER_ROWS if partner else STAFF_ROWS
        self.rows = [self._rows(kind, data) for kind in kinds if kind is not CONTRIBUTIONS or self._has_deliverables]

    def _rows(self, kind: type[Rows], data: Any) -> Rows:
        """The rows as sent; else as saved. Never both: saved rows may have come or gone since the form was opened."""
        saved = kind.saved(self.activity, self.user) if self.activity and data is None else []
        row_form: Any = kind.form
        names = [*row_form._meta.fields, "id"]
        initial = [{**model_to_dict(row, names), "id": row.pk} for row in saved]
        if self.start:
            initial += self.start.rows.get(kind.part, [])
        return kind(data, prefix=kind.part, initial=initial, form_kwargs={"lookups": self.lookups})

    @property
    def _has_deliverables(self) -> bool:
        return bool(self.lookups.deliverable.choices)

    @property
    def parts(self) -> dict[str, Rows]:
        """The rows by part, for the template."""
        return {rows.part.replace("-", "_"): rows for rows in self.rows}

    @cached_property
    def sections(self) -> list[Section]:
        return list(sections_of(self))

    @property
    def needs(self) -> list[tuple[Need, bool]]:
        """All that approval may ask of this form, and whether it is lacking now."""
        return [need for section in self.sections for need in section.needs]

    @property
    def forms_beside(self) -> list[Any]:
        """The rows, and the files as a form among them, for the summary of errors."""
        return [*self.rows, self.files]

    def has(self, name: str) -> bool:
        return name in self.form.fields or name in self.files.fields

    def field(self, name: str) -> Any:
        """The field as it is bound, whichever form asks for it."""
        return self.form[name] if name in self.form.fields else self.files[name]

    def is_valid(self) -> bool:
        """Whether all can be saved. Looks at every part, so that all errors show at once."""
        valid = all([self.form.is_valid(), self.files.is_valid(), *(rows.is_valid() for rows in self.rows)])
        return valid and self._years_fit()

    def _years_fit(self) -> bool:
        """A contribution counts in a year, so it goes to a deliverable of the activity's year."""
        starts, ends = self.form.instance.start_date, self.form.instance.end_date
        rows = self.parts.get("contributions")
        if starts is None or rows is None:
            return True
        for row in rows.filled():
            if not starts.year <= row.cleaned_data["deliverable"].year <= (ends or starts).year:
                row.add_error("deliverable", _("Choose a deliverable of the year in which the activity is held."))
        return rows.is_valid()

    def say_files_are_gone(self) -> None:
        """Browsers forget chosen files when a form comes back."""
        if self.files.is_bound and self.files.files:
            self.files.add_error("attached", _("Your browser does not keep chosen files: choose them again."))

    @property
    def sheet(self) -> Sheet:
        """The entry in values that can be compared with another's."""
        return Sheet(self.form, self.rows)
