"""The form of an activity with its rows, treated as one entry."""

from typing import TYPE_CHECKING, Any

from django.forms.models import model_to_dict

from accounts.models import User
from accounts.roles import Role
from activities.models import Activity

from .activity import ActivityForm, PartnerActivityForm
from .compared import Sheet
from .rows import PARTNER_ROWS, STAFF_ROWS, Lookups, Rows

if TYPE_CHECKING:
    from django.http import QueryDict


class ActivityEntry:
    """The form of an activity and its rows, as one thing to validate, compare and save."""

    def __init__(self, user: User, activity: Activity | None = None, data: "QueryDict | None" = None) -> None:
        partner = user.role == Role.PARTNER
        form = PartnerActivityForm if partner else ActivityForm
        self.user = user
        self.activity = activity
        self.form = form(data, instance=activity, user=user)
        lookups = Lookups(user)
        self.rows = [self._rows(kind, data, lookups) for kind in (PARTNER_ROWS if partner else STAFF_ROWS)]

    def _rows(self, kind: type[Rows], data: Any, lookups: Lookups) -> Rows:
        """The rows as sent; else as saved. Never both: saved rows may have come or gone since the form was opened."""
        saved = kind.saved(self.activity, self.user) if self.activity and data is None else []
        row_form: Any = kind.form
        names = [*row_form._meta.fields, "id"]
        initial = [{**model_to_dict(row, names), "id": row.pk} for row in saved]
        return kind(data, prefix=kind.part, initial=initial, form_kwargs={"lookups": lookups})

    @property
    def parts(self) -> dict[str, Rows]:
        """The rows by part, for the template."""
        return {rows.part.replace("-", "_"): rows for rows in self.rows}

    def is_valid(self) -> bool:
        """Whether all can be saved. Looks at every part, so that all errors show at once."""
        return all([self.form.is_valid(), *(rows.is_valid() for rows in self.rows)])

    @property
    def sheet(self) -> Sheet:
        """The entry in values that can be compared with another's."""
        return Sheet(self.form, self.rows)
