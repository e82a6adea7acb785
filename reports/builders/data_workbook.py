"""All lists in one workbook, as its reader may see them. Rows are read while they are written."""

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.localized import in_language
from accounts.tables import Table, rows_of
from accounts.visibility import is_staff_viewer
from activities.engagement import with_engagement
from activities.models import Activity, FollowUp, Series
from activities.partner_exports import agreement_columns, contact_columns, contact_rows, organization_columns
from activities.sheets.columns import columns_for, rows_for
from activities.sheets.words import Words
from activities.views.exports import follow_up_columns, series_columns
from briefings.exports import briefing_columns, development_columns
from briefings.models import Briefing, Development
from partners.models import Agreement, Contact, Organization

if TYPE_CHECKING:
    from accounts.models import User


def tables_for(viewer: "User") -> list[Table]:
    """The lists in the order of the sheets; each is one query, made when its rows are asked for."""
    activities = Activity.objects.visible_to(viewer).order_by("start_date", "pk")
    organizations: Any = Organization.objects.visible_to(viewer)
    partners = with_engagement(organizations, viewer, timezone.localdate()).order_by("name_en", "pk")
    series = Series.objects.visible_to(viewer).order_by(in_language("name"), "pk")
    tables = [
        Table("activities", _("Activities"), columns_for(viewer, Words(viewer)), rows_for(viewer, activities)),
        _table("series", _("Series"), series, series_columns(viewer)),
        _table("partners", _("Partners"), partners, organization_columns(viewer)),
        _table("agreements", _("Agreements"), _in_order(Agreement, viewer), agreement_columns(viewer)),
        _table("briefings", _("Council briefings"), _in_order(Briefing, viewer), briefing_columns(viewer)),
        _table("developments", _("Developments"), _in_order(Development, viewer), development_columns(viewer)),
    ]
    if is_staff_viewer(viewer):
        contacts = Contact.objects.visible_to(viewer).order_by("organization__name_en", "name", "pk")
        tables += [
            _table("follow-ups", _("Follow-ups"), _in_order(FollowUp, viewer), follow_up_columns()),
            Table("contacts", _("Contacts"), contact_columns(), contact_rows(contacts)),
        ]
    return tables


def _table(name: str, title: str, rows: Any, columns: Any) -> Table:
    return Table(name, title, columns, rows_of(rows, columns))


def _in_order(model: Any, viewer: "User") -> Any:
    """What the viewer may see, in the usual order of its list."""
    return model.objects.visible_to(viewer).order_by(*model._meta.ordering, "pk")
