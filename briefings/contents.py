"""What stands in a dossier, as data: composed from the records, frozen with a digest, filtered for each reader.

`compose` gathers everything in both languages, whoever asks; that is what a version freezes. Nobody is shown it:
`Reader.shown` leaves what this reader may see at this moment, in a frozen version as well. A record that was deleted
since is shown from a version if it was unclassified when that was frozen.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef

from accounts.choices import Classification, ReviewState
from accounts.visibility import is_staff_viewer
from activities.models import Activity
from partners.models import Organization

from .choices import TaskKind
from .models import Briefing, BriefingTask, Consideration, Development, Dossier

if TYPE_CHECKING:
    from accounts.roles import Viewer

Content = dict[str, Any]
Row = dict[str, Any]


def compose(dossier: Dossier, *, whole: bool = False) -> Content:
    """All that the dossier holds now, for no reader in particular (a constant number of queries).

    `whole` takes in what was left out as well, for those who choose. Records that are no longer approved are out.
    """
    briefing = dossier.briefing
    window, last = briefing.window(), briefing.previous()
    items = list(_items(dossier, whole=whole))
    return {
        "briefing": _briefing(briefing),
        "window": [day.isoformat() for day in window] if window else None,
        "last": _briefing(last) if last else None,
        "developments_by": dossier.developments_by,
        "activities_by": dossier.activities_by,
        "considerations": [
            {"pk": row.pk, "kind": row.kind, "text_en": row.text_en, "text_ru": row.text_ru}
            for row in Consideration.objects.filter(briefing=briefing).order_by("order", "pk")
        ],
        "developments": [_development(item, window) for item in items if item.development_id],
        "activities": [_activity(item) for item in items if item.activity_id],
        "documents": [_document(item) for item in items if item.document_id],
        "promises": _promises(last) if last else [],
        "points": [
            {
                "pk": point.pk,
                "topic": point.topic,
                "text": point.text,
                "activities": [_cited(one, one.reference) for one in point.activities.all()],
                "developments": [_cited(one, one.key) for one in point.developments.all()],
            }
            for point in dossier.points.prefetch_related("activities", "developments")
        ],
    }


def digest_of(content: Content) -> str:
    """SHA-256 of the content, however the database orders its keys."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _items(dossier: Dossier, *, whole: bool) -> Any:
    items = dossier.items.all() if whole else dossier.items.filter(included=True)
    gone = items.filter(activity__isnull=False).exclude(activity__review_state=ReviewState.APPROVED)
    gone |= items.filter(development__isnull=False).exclude(development__review_state=ReviewState.APPROVED)
    return (
        items.exclude(pk__in=gone.values("pk"))
        .select_related("activity__main_priority", "activity__country", "development", "document")
        .prefetch_related(
            "activity__themes__parent",
            "activity__involvements__organization",
            "development__countries",
            "development__themes__parent",
        )
    )


def _briefing(briefing: Briefing) -> Row:
    representative, presidency = briefing.special_representative, briefing.presidency
    return {
        "pk": briefing.pk,
        "key": briefing.key,
        "classification": briefing.classification,
        "dates": _dates(briefing.date, None, briefing.date_precision),
        "modality": briefing.modality,
        "outcome": briefing.outcome,
        "representative": _named(representative) if representative else None,
        "presidency": _named(presidency) if presidency else None,
        "topics_en": briefing.topics_en,
        "topics_ru": briefing.topics_ru,
    }


def _dates(first: date | None, last: date | None, precision: str) -> list[str | None]:
    return [first.isoformat() if first else None, last.isoformat() if last else None, precision]


def _named(record: Any) -> Row:
    return {"name_en": record.name_en, "name_ru": record.name_ru}


def _placed(item: Any, record: Any) -> Row:
    """What every item says of itself and of its record."""
    return {
        "item": item.pk,
        "pk": record.pk,
        "classification": getattr(record, "classification", Classification.UNCLASSIFIED),
        "included": item.included,
        "group": item.group,
        "remark": item.note,
        "added_at": item.created_at.isoformat(),
        "changed_at": record.changed_at.isoformat(),
    }


def _development(item: Any, window: tuple[date, date] | None) -> Row:
    record = item.development
    last_day = record.end_date or record.date
    return {
        **_placed(item, record),
        "key": record.key,
        "headline_en": record.headline_en,
        "headline_ru": record.headline_ru,
        "detail_en": record.detail_en,
        "detail_ru": record.detail_ru,
        "dates": _dates(record.date, record.end_date, record.date_precision),
        "before": bool(window and last_day < window[0]),
        "countries": [{**_named(one), "code": one.code, "group": one.group} for one in record.countries.all()],
        "themes": _themes(record),
        "publisher": record.source_publisher,
        "source_title": record.source_title,
        "source_url": record.source_url,
        "reliability": record.reliability,
        "significance": record.significance,
        "analysis": record.analysis,
        "gender_dimension": record.gender_dimension,
        "recommendation": record.recommendation,
    }


def _themes(record: Any) -> list[Row]:
    return [
        {**_named(theme), "code": theme.code, "parent": theme.parent.code if theme.parent else ""}
        for theme in record.themes.all()
    ]


def _activity(item: Any) -> Row:
    """Under the Chatham House Rule without partners and outcome."""
    record = item.activity
    told = not record.chatham_house
    priority = record.main_priority
    return {
        **_placed(item, record),
        "key": record.reference,
        "title_en": record.title_en,
        "title_ru": record.title_ru,
        "summary": record.summary,
        "outcome": record.outcome if told else "",
        "chatham_house": record.chatham_house,
        "type": record.type,
        "role": record.centre_role,
        "dates": _dates(record.start_date, record.end_date, record.date_precision),
        "city": record.city,
        "country": _named(record.country) if record.country else None,
        "priority": {
            "roman": priority.roman,
            "title_en": priority.short_title_en,
            "title_ru": priority.short_title_ru,
        }
        if priority
        else None,
        "inferred": record.priority_inferred,
        "themes": _themes(record),
        "partners": [
            {
                **_named(row.organization),
                "pk": row.organization_id,
                "classification": row.organization.classification,
                "acronym": row.organization.acronym,
                "acronym_ru": row.organization.acronym_ru,
            }
            for row in (record.involvements.all() if told else ())
        ],
        "figures": {name: getattr(record, name) for name in ("women", "men", "not_stated", "youth")},
    }


def _document(item: Any) -> Row:
    record = item.document
    return {
        **_placed(item, record),
        "key": record.key,
        "symbol": record.symbol,
        "kind": record.kind,
        "dates": _dates(record.date, None, record.date_precision),
        "title_en": record.title_en,
        "title_ru": record.title_ru,
        "url": record.url,
        "about": record.note_en,
    }


def _promises(last: Briefing) -> list[Row]:
    """What was to be done after the last briefing, and what came of it."""
    found = BriefingTask.objects.filter(briefing=last, kind=TaskKind.FOLLOW_UP)
    return [
        {
            "pk": task.pk,
            "text": task.text,
            "result": task.result,
            "due": task.due.isoformat() if task.due else None,
            "done": task.done.isoformat() if task.done else None,
        }
        for task in found
    ]


def _cited(record: Any, key: str) -> Row:
    return {"pk": record.pk, "key": key, "classification": record.classification}


# --- who is shown what ------------------------------------------------------------------------------------------


class Reader:
    """What one reader may see of contents now; asks the database once for each kind of record."""

    def __init__(self, viewer: "Viewer", *contents: Content) -> None:
        self.viewer = viewer
        named: dict[Any, set[int]] = {Activity: set(), Development: set(), Organization: set(), Briefing: set()}
        for content in contents:
            named[Activity] |= {row["pk"] for row in content["activities"]}
            named[Development] |= {row["pk"] for row in content["developments"]}
            named[Organization] |= {one["pk"] for row in content["activities"] for one in row["partners"]}
            named[Briefing] |= {row["pk"] for row in (content["briefing"], content["last"]) if row}
            for point in content["points"]:
                named[Activity] |= {row["pk"] for row in point["activities"]}
                named[Development] |= {row["pk"] for row in point["developments"]}
        self.known = {model: self._seen(model, keys) for model, keys in named.items()}

    def _seen(self, model: Any, keys: set[int]) -> dict[int, bool]:
        """Of the records that are still there, whether the reader may see each."""
        if not keys:
            return {}
        visible = model.objects.visible_to(self.viewer).filter(pk=OuterRef("pk"))
        return dict(model.objects.filter(pk__in=keys).values_list("pk", Exists(visible)))

    def sees(self, model: Any, row: Row) -> bool:
        """Whether this reader may see the record that the row tells of."""
        unclassified = row["classification"] == Classification.UNCLASSIFIED
        return self.known[model].get(row["pk"], unclassified)

    def shown(self, content: Content) -> Content:
        """The content without what the reader may not see; without anything for who does not work for the Centre."""
        if not is_staff_viewer(self.viewer) or not self.sees(Briefing, content["briefing"]):
            return nothing_of(content)
        last = content["last"] if content["last"] and self.sees(Briefing, content["last"]) else None
        developments = self._only(Development, content["developments"])
        if content["last"] and not last:
            # The period begins after the last briefing, so its first day would tell of that.
            content = {**content, "window": None}
            developments = [{**row, "before": False} for row in developments]
        activities = [
            {**row, "partners": self._only(Organization, row["partners"])}
            for row in self._only(Activity, content["activities"])
        ]
        return {
            **content,
            "last": last,
            "promises": content["promises"] if last else [],
            "activities": activities,
            "developments": developments,
            "points": [point for point in content["points"] if self._sees_point(point)],
        }

    def _only(self, model: Any, rows: Iterable[Row]) -> list[Row]:
        return [row for row in rows if self.sees(model, row)]

    def _sees_point(self, point: Row) -> bool:
        seen = [self.sees(Activity, row) for row in point["activities"]]
        return all(seen + [self.sees(Development, row) for row in point["developments"]])


def nothing_of(content: Content) -> Content:
    """The content with nothing in it."""
    lists = ("considerations", "developments", "activities", "documents", "promises", "points")
    return {**content, "last": None, **{name: [] for name in lists}}


def is_confidential(shown: Content) -> bool:
    """Whether anything that is shown was confidential when it was composed: then the whole is."""
    rows = [shown["briefing"], *shown["activities"], *shown["developments"]]
    return any(row["classification"] != Classification.UNCLASSIFIED for row in rows)
