"""Activities as an Atom feed (RFC 4287): the latest changes first, for readers that follow what is new.

The rows that are given went through `visible_to` and `may_be_copied`, as for the calendar feed.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from lxml import etree

from accounts.context_processors import marking_line
from accounts.tables import UNWRITABLE

from .feed import description_of, may_be_copied, summary_of

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.roles import Viewer

    from .models import Activity
    from .querysets import ActivityQuerySet

MOST_ENTRIES = 100
NAMESPACE = "http://www.w3.org/2005/Atom"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
# Of a feed with nothing in it.
NEVER = "2008-01-01T00:00:00+00:00"


def latest(found: "ActivityQuerySet", viewer: "Viewer") -> "ActivityQuerySet":
    """Those changed last among what was found, with what an entry tells."""
    return may_be_copied(found).for_lists(viewer).order_by("-changed_at", "-id")[:MOST_ENTRIES]


def atom_of(activities: "Iterable[Activity]", viewer: "Viewer", *, site: str, address: str) -> bytes:
    """The feed, in the language that is switched on. `site` is the portal's address, `address` the feed's own."""
    entries = list(activities)
    feed = etree.Element(f"{{{NAMESPACE}}}feed", nsmap={None: NAMESPACE})
    feed.set(LANGUAGE, get_language() or "en")
    _add(feed, "id", f"{site}/activities/feed.atom")
    _add(feed, "title", _("UNRCCA activities"))
    _add(feed, "subtitle", str(marking_line(viewer)))
    _add(feed, "updated", _moment(max((one.changed_at for one in entries), default=None)))
    _add(_add(feed, "author"), "name", "UNRCCA")
    _add(feed, "link", rel="self", type="application/atom+xml", href=address)
    _add(feed, "link", rel="alternate", type="text/html", href=f"{site}/activities/")
    for activity in entries:
        _entry(feed, activity, site)
    return bytes(etree.tostring(feed, xml_declaration=True, encoding="utf-8"))


def _entry(feed: Any, activity: "Activity", site: str) -> None:
    page = f"{site}{activity.get_absolute_url()}"
    entry = _add(feed, "entry")
    _add(entry, "id", page)
    _add(entry, "title", summary_of(activity))
    _add(entry, "updated", _moment(activity.changed_at))
    _add(entry, "published", _moment(activity.created_at))
    _add(entry, "link", rel="alternate", type="text/html", href=page)
    _add(entry, "category", term=activity.type, label=activity.get_type_display())
    _add(entry, "summary", f"{activity.date_text}\n{description_of(activity)}", type="text")


def _add(parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", **attributes)
    element.text = None if text is None else UNWRITABLE.sub("", text)
    return element


def _moment(moment: "datetime | None") -> str:
    return moment.isoformat(timespec="seconds") if moment else NEVER
