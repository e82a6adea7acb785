"""What belongs in a dossier, in which order: the proposal that the staff then change.

Developments that happened in the briefing's period, or that a source of the period tells of; activities that were
held in it; and documents: the letters that founded the Centre, the latest outcome of a briefing, and those of the
period. Everything approved is taken in whoever asks: each reader is shown of it what that reader may see.
"""

from datetime import date
from functools import partial
from typing import Any

from accounts.choices import ReviewState
from activities.models import Activity
from priorities.choices import Certainty, CountryGroup, DocumentKind
from priorities.models import Document

from .choices import Significance
from .dossiers import STEP
from .models import Briefing, Development, Dossier, DossierItem

RANKS = {Significance.HIGH: 0, Significance.MEDIUM: 1, "": 2, Significance.LOW: 3}


def take_in(dossier: Dossier, *, by: Any) -> list[DossierItem]:
    """Add what belongs in the dossier and is not in it yet, after what is there; the caller holds the dossier's row.

    Returns the items added. What was left out by hand is there already, so it stays out.
    """
    window = dossier.briefing.window()
    if window is None:
        return []
    added: list[DossierItem] = []
    kinds: tuple[tuple[str, list[Any]], ...] = (
        ("development", developments_in(window)),
        ("activity", activities_in(window)),
        ("document", documents_for(dossier.briefing, window)),
    )
    for name, records in kinds:
        of_kind = dossier.items.filter(**{f"{name}__isnull": False})
        known = set(of_kind.values_list(name, flat=True))
        last = of_kind.order_by("-order").values_list("order", flat=True).first() or 0
        for record in records:
            if record.pk not in known:
                last += STEP
                item = DossierItem(dossier=dossier, order=last, **{name: record})
                item.touch(by)
                added.append(item)
    return DossierItem.objects.bulk_create(added)


def arrange(dossier: Dossier, *, by: Any) -> None:
    """Put all items into the order that the portal proposes; the caller holds the dossier's row."""
    window = dossier.briefing.window()
    if window is None:
        return
    for name, key in (("development", partial(development_place, since=window[0])), ("activity", activity_place)):
        items = dossier.items.filter(**{f"{name}__isnull": False}).select_related("activity__main_priority")
        items = items.prefetch_related("development__countries")
        for number, item in enumerate(sorted(items, key=lambda one: key(getattr(one, name))), start=1):
            if item.order != number * STEP:
                item.order = number * STEP
                item.touch(by)
                item.save(update_fields=["order", "version", "changed_by", "changed_at"])


def developments_in(window: tuple[date, date]) -> list[Development]:
    """In the proposed order: by country, then significance, then date."""
    found = Development.objects.approved().told_of_in(*window).prefetch_related("countries")
    return sorted(found, key=partial(development_place, since=window[0]))


def development_place(development: Development, *, since: date) -> tuple[Any, ...]:
    """Several countries, then each of Central Asia by name, then Afghanistan.

    In each of these what matters most comes first, and what happened before the period last.
    """
    countries = list(development.countries.all())
    near = sorted(one.name_en for one in countries if one.group == CountryGroup.CENTRAL_ASIA)
    afghan = any(one.group == CountryGroup.AFGHANISTAN for one in countries)
    group = (2, "") if afghan else (1, near[0]) if len(near) == 1 else (0, "") if near else (3, "")
    before = (development.end_date or development.date) < since
    return (*group, before, RANKS[development.significance], development.date, development.pk)


def activities_in(window: tuple[date, date]) -> list[Activity]:
    """Those held with a part of the Centre, in the proposed order: by priority, then date."""
    found = Activity.objects.approved().held().with_the_centre().overlapping(*window)
    return sorted(found.select_related("main_priority"), key=activity_place)


def activity_place(activity: Activity) -> tuple[Any, ...]:
    priority = activity.main_priority
    return (priority.number if priority else 99, activity.start_date or date.max, activity.pk)


def documents_for(briefing: Briefing, window: tuple[date, date]) -> list[Document]:
    """The founding letters, the latest outcome of an earlier briefing, and the documents of the period; by date."""
    founding = Document.objects.filter(kind=DocumentKind.LETTER, certainty=Certainty.FOUND)
    earlier = Briefing.objects.filter(date__lt=briefing.date, document__isnull=False).order_by("-date")[:1]
    outcome = Document.objects.filter(briefings__in=earlier.values("pk"))
    recent = Document.objects.filter(date__range=window)
    documents = {document.pk: document for found in (founding, outcome, recent) for document in found}
    return sorted(documents.values(), key=lambda document: (document.date or date.max, document.pk))


def no_longer_approved(dossier: Dossier, viewer: Any) -> list[DossierItem]:
    """Items whose record is not approved any more, so that the dossier does not tell of it, as the viewer sees them."""
    visible = DossierItem.objects.visible_to(viewer).filter(dossier=dossier, document__isnull=True)
    items = visible.select_related("activity", "development")
    return [item for item in items if item.record.review_state != ReviewState.APPROVED]
