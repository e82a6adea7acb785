"""A small world with one of everything that has a page: the records, and what stands in their addresses."""

from dataclasses import dataclass
from datetime import date, time
from io import BytesIO
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.http import QueryDict

from accounts.audit import acting
from accounts.feed_tokens import make_token
from accounts.models import ApiKey, SavedView, User
from accounts.unsaved import keep
from activities.models import Activity, Attachment, Evidence, FollowUp, Involvement, Series
from activities.sheets import deeds
from briefings.choices import SectionKey
from briefings.dossier_actions import comment, freeze
from briefings.models import BriefingTask
from partners.models import Agreement, Contact, ContactNote, Organization
from priorities.models import (
    Country,
    Deliverable,
    DeliverableLine,
    Document,
    Framework,
    Indicator,
    Mandate,
    Priority,
    SdgTarget,
    Theme,
)
from reports import actions, files
from reports.choices import RunStatus
from reports.models import ReportRun, Schedule
from reports.notices import unsubscribe_token
from reports.slots import crontab_for
from tests.factories.activities import make_activity
from tests.factories.briefings import (
    make_briefing,
    make_consideration,
    make_development,
    make_dossier,
    make_point,
    make_representative,
)
from tests.factories.framework import make_commitment

# A file of an activity whose partner nobody knows.
IMPORTED = b"title_en,type,start_date,main_priority,partners\nExample,Meeting,2024-05-01,2021-2025/I,Nobody\n"


@dataclass
class World:
    """The cast, and by name what stands in addresses."""

    cast: dict[str, User | None]
    names: dict[str, str]


def make_world(cast: dict[str, User | None], osce: Organization) -> World:
    """Records released to OSCE by name where they can be, to all where they are public by nature.

    The officer's report is ready, the manager has planned another, the officer has an API key.
    """
    officer, manager = cast["officer"], cast["manager"]
    assert officer is not None and manager is not None
    commitment = make_commitment()
    activity = _activity(officer, osce, commitment)
    development = make_development("event", review_state="approved", audience="named_partners", created_by=officer)
    development.released_to.add(osce)
    _reference_data(commitment.priority)
    dossier = _dossier(officer)
    Series.objects.create(code="series", name_en="Example series", audience="public")
    Agreement.objects.create(code="agreement", kind="memorandum", title_en="Example", audience="public")
    contact = Contact.objects.create(organization=osce, name="Example person", purpose="Example")
    note = ContactNote.objects.create(organization=osce, day=date(2024, 5, 1), by=officer, about="Example")
    key, _secret = ApiKey.issue(user=officer, name="Example")
    unsaved = keep(
        owner=officer,
        form="activities.activity",
        token=uuid4(),
        sent=QueryDict("title_en=Example"),
        address="/activities/new/",
    )
    imported = deeds.upload(by=officer, file=BytesIO(IMPORTED), name="example.csv", size=len(IMPORTED))
    schedule = plan_report(manager)
    names = {
        **dossier,
        "import": imported.pk,
        "unsaved": unsaved.pk,
        "activity": activity.reference,
        "evidence": Evidence.objects.get().pk,
        "follow_up": FollowUp.objects.get().pk,
        "file": Attachment.objects.get().pk,
        "run": _run(officer).pk,
        "schedule": schedule.pk,
        "unsubscribe": unsubscribe_token(schedule, manager),
        "key": key.prefix,
        "contact": contact.pk,
        "note": note.pk,
        "feed": make_token(by=officer),
        "view": SavedView.objects.create(owner=officer, page="activities", name="Example", query="stage=held").pk,
    }
    return World(cast, {name: str(value) for name, value in names.items()})


def _activity(officer: User, osce: Organization, commitment: Any) -> Activity:
    activity = make_activity(
        review_state="approved",
        stage="held",
        summary="Example",
        outcome="Example",
        audience="named_partners",
        main_priority=commitment.priority,
        created_by=officer,
    )
    activity.released_to.add(osce)
    activity.themes.add(Theme.objects.create(code="water", name_en="Water", name_ru="Вода"))
    Involvement.objects.create(activity=activity, organization=osce)
    Evidence.objects.create(activity=activity, commitment=commitment)
    FollowUp.objects.create(activity=activity, text="Example")
    Attachment.objects.create(
        activity=activity,
        file=ContentFile(b"Example", "example.txt"),
        name="example.txt",
        content_type="text/plain",
        size=7,
        sha256="0" * 64,
        uploaded_by=officer,
    )
    return activity


def _dossier(officer: User) -> dict[str, int]:
    """A public briefing with everything that the staff keep about it; the numbers of the parts."""
    make_briefing("earlier", date=date(2024, 1, 23), audience="public")
    briefing = make_briefing(
        "briefing",
        date=date(2024, 12, 31),
        audience="public",
        special_representative=make_representative("representative"),
    )
    consideration = make_consideration(briefing)
    task = BriefingTask.objects.create(briefing=briefing, text="Example task", person=officer, created_by=officer)
    dossier = make_dossier(briefing, officer)
    comment(dossier=dossier, section=SectionKey.POINTS, text="Example comment", by=officer)
    with acting(by=officer, verb="freeze"):
        freeze(dossier, by=officer)
    return {
        "consideration": consideration.pk,
        "task": task.pk,
        "item": dossier.items.order_by("pk")[0].pk,
        "point": make_point(dossier).pk,
        "comment": dossier.comments.get().pk,
    }


def _reference_data(priority: Priority) -> None:
    programme = priority.programme
    Country.objects.create(code="TM", m49="795", name_en="Turkmenistan", name_ru="Туркменистан", group="central_asia")
    SdgTarget.objects.create(code="16.a", title_en="Example")
    Document.objects.create(key="document", symbol="S/2007/279", kind="letter", title_en="Example")
    Framework.objects.create(code="framework", kind="process", name_en="Example")
    Mandate.objects.create(programme=programme, code="mandate", title_en="Example")
    line = DeliverableLine.objects.create(code="B.1", category="B", name_en="Example")
    Deliverable.objects.create(line=line, programme=programme, year=2024, planned=3)
    Indicator.objects.create(priority=priority, code="I.a", name_en="Example")


def _run(officer: User) -> ReportRun:
    run = ReportRun(report="priority-progress", format="html", made_for=officer, parameters=PARAMETERS)
    run.save()
    run.file.name, run.status = files.name_of(run), RunStatus.READY
    files.write(run.file.name, BytesIO(b"<!doctype html><title>Example</title>"))
    run.save()
    return run


def plan_report(manager: User) -> Schedule:
    """A schedule of the manager’s, each Monday at eight."""
    return actions.create_schedule(
        by=manager,
        report="priority-progress",
        parameters={"period": "last-quarter"},
        formats=["docx"],
        language="en",
        recipients=[manager],
        crontab=crontab_for("week", weekday=1, day=1, at=time(8)),
        token=uuid4(),
    )


PARAMETERS = {"programme": "2021-2025", "starts": "2024-01-01", "ends": "2024-12-31"}
