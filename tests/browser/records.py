"""Records in every state, and the addresses that show them; run in the portal's surroundings, prints JSON.

    python -m tests.browser.records

The answer maps the name of an address to what it takes: `{"activities:detail": [{"reference": "..."}], ...}`.
"""

import json
from collections import defaultdict
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.files.base import ContentFile  # noqa: E402
from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from django.db import transaction  # noqa: E402
from django.http import QueryDict  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_celery_beat.models import CrontabSchedule, PeriodicTask  # noqa: E402

from accounts.mail import put  # noqa: E402
from accounts.models import ApiKey, SavedView, User  # noqa: E402
from accounts.unsaved import keep  # noqa: E402
from activities.actions import attach  # noqa: E402
from activities.choices import Origin, Stage  # noqa: E402
from activities.models import Activity, Evidence, FollowUp, Involvement, Link, Series  # noqa: E402
from activities.sheets import deeds  # noqa: E402
from briefings.choices import DossierState, SectionKey  # noqa: E402
from briefings.dossier_actions import comment, include, move  # noqa: E402
from briefings.models import Briefing, BriefingTask, Development  # noqa: E402
from partners.models import AgreementDocument, Contact, ContactNote, Organization  # noqa: E402
from priorities.models import (  # noqa: E402
    Deliverable,
    DeliverableLine,
    Indicator,
    IndicatorValue,
    Priority,
    ProgrammeOfAction,
    Theme,
)
from reports.choices import ReportFormat, RunStatus, Step  # noqa: E402
from reports.models import ReportRun, Schedule  # noqa: E402
from reports.notices import unsubscribe_token  # noqa: E402
from tests.factories.activities import make_activity  # noqa: E402
from tests.factories.briefings import make_development, make_dossier, make_point  # noqa: E402
from tests.factories.organizations import make_agreement  # noqa: E402

# Long words break a narrow page where anything does.
TITLE = "Example Counter-terrorism-Early-Warning-Network meeting on confidence-building and transboundary cooperation"
TITLE_RU = "Пример совещания по вопросам водно-энергетического взаимодействия и противодействия распространению"

Addresses = dict[str, list[dict[str, Any]]]


@transaction.atomic
def make_all() -> Addresses:
    found: Addresses = defaultdict(list)
    make_activities(found)
    make_developments(found)
    make_council_dossier(found)
    make_reports(found)
    add_reference_data(found)
    keep_entries(found)
    import_files(found)
    key, _secret = ApiKey.issue(user=person("partner-osce"), name="Example program")
    ApiKey.issue(
        user=person("manager"), name="Example key that ends soon", expires_at=timezone.now() + timedelta(days=1)
    )
    view = SavedView.objects.create(
        owner=person("manager"),
        page="activities",
        name="Example view of trainings",
        query="type=training",
        is_shared=True,
    )
    found["accounts:saved-view-new"].append({"key": "activities"})
    found["api-docs-of"] += [{"name": "activities"}, {"name": "themes"}]
    for name in ("accounts:saved-view-edit", "accounts:saved-view-delete"):
        found[name].append({"pk": view.pk})
    for name in ("accounts:api-key", "accounts:api-key-revoke"):
        found[name].append({"prefix": key.prefix})
    return found


def person(name: str) -> User:
    return User.objects.get(email=f"{name}@example.org")


def make_activities(found: Addresses) -> None:
    officer, osce = person("officer"), Organization.objects.get(code="osce")
    priority = Priority.objects.get(slug="iii")
    common = {"title_en": TITLE, "title_ru": TITLE_RU, "summary": "Example summary.\n\nOf two paragraphs."}
    own = {**common, "main_priority": priority, "created_by": officer, "focal_officer": officer}
    draft = make_activity(**own, stage=Stage.PLANNED, start_date=date.today() + timedelta(days=9), end_date=None)
    submitted = make_activity(**own, review_state="submitted", submitted_by=officer)
    returned = make_activity(**own, review_state="returned", review_comment="Example comment.")
    approved = make_activity(
        **own,
        review_state="approved",
        stage=Stage.HELD,
        outcome="Example outcome.",
        audience="named_partners",
        women=12,
        men=9,
        youth=3,
    )
    approved.released_to.add(osce)
    partners_own = make_activity(**common, lead_organization=osce, centre_role="none", audience="named_partners")
    partners_own.released_to.add(osce)
    public = Activity.objects.filter(origin=Origin.PUBLIC_RECORD, evidence__inferred=True).order_by("reference")[0]
    for activity in (draft, submitted, returned, approved):
        add_parts(activity, officer, osce)
    [file] = attach(activity=approved, by=person("manager"), files=[SimpleUploadedFile("example.txt", b"Example")])
    for activity in (draft, submitted, returned, approved, partners_own, public):
        found["activities:detail"].append({"reference": activity.reference})
    found["activities:history"].append({"reference": approved.reference})
    for activity in (draft, partners_own):
        found["activities:edit"].append({"reference": activity.reference})
        found["activities:delete"].append({"reference": activity.reference})
    for stage in (Stage.HELD, Stage.CANCELLED):
        found["activities:stage"].append({"reference": draft.reference, "stage": stage.value})
    found["activities:attachment"].append({"reference": approved.reference, "number": file.pk})
    found["activities:detach"].append({"reference": approved.reference, "number": file.pk})


def add_parts(activity: Activity, officer: User, osce: Organization) -> None:
    priority = activity.main_priority
    assert priority is not None
    activity.themes.add(*Theme.objects.all()[:4])
    Involvement.objects.create(activity=activity, organization=osce, role="co_organizer")
    Evidence.objects.create(activity=activity, commitment=priority.commitments.all()[0])
    FollowUp.objects.create(activity=activity, text="Example follow-up", owner=officer, due=date.today())
    Link.objects.create(activity=activity, url="https://example.org/a-long-address/" + "x" * 80, publisher="Example")


def make_developments(found: Addresses) -> None:
    officer = person("officer")
    for state in ("draft", "submitted", "returned", "approved"):
        development = make_development(
            f"example-{state}", headline_en=TITLE, created_by=officer, review_state=state, audience="all_partners"
        )
        found["developments:detail"].append({"key": development.key})
        found["developments:edit"].append({"key": development.key})
    found["developments:return"].append({"key": "example-submitted"})
    loaded = Development.objects.exclude(key__startswith="example-").order_by("pk")[0]
    found["developments:detail"].append({"key": loaded.key})


def make_council_dossier(found: Addresses) -> None:
    """The dossier of a briefing of the public record, delivered once and in work again."""
    officer, manager = person("officer"), person("manager")
    briefing = Briefing.objects.get(key="council-2025-02-06")
    dossier = make_dossier(briefing, officer)
    task = BriefingTask.objects.create(
        briefing=briefing, text=TITLE, person=officer, due=date.today(), created_by=officer
    )
    BriefingTask.objects.create(briefing=briefing, kind="follow_up", text=TITLE, done=date.today(), result="Example")
    point = make_point(dossier, topic=TITLE[:60], text=TITLE)
    for item in dossier.items.exclude(document__isnull=False)[:30:6]:
        (point.activities if item.activity_id else point.developments).add(item.record)
    comment(dossier=dossier, section=SectionKey.POINTS, text=TITLE, by=officer)
    for state in ("drafting", "clearance", "final", "delivered", "drafting"):
        reason = "Example reason" if state == "drafting" else ""
        dossier = move(dossier=dossier, version=dossier.version, to=DossierState(state), by=manager, reason=reason)
    item, key = dossier.items.all()[0], {"key": briefing.key}
    include(item=item, by=officer, included=False)
    for name in ("edit", "task-new", "consideration-new", "dossier", "dossier-read", "dossier-compare", "dossier-edit"):
        found[f"briefings:{name}"].append(key)
    found["briefings:point-new"].append(key)
    found["briefings:version"].append({**key, "number": 1})
    found["briefings:dossier-move"] += [{**key, "state": state} for state in ("collecting", "clearance")]
    parts = {"task": task, "point": point, "item": item, "consideration": briefing.considerations.all()[0]}
    for name, part in parts.items():
        deeds = ("edit",) if name == "item" else ("edit", "delete")
        for deed in deeds:
            found[f"briefings:{name}-{deed}"].append({**key, "number": part.pk})


def keep_entries(found: Addresses) -> None:
    """What the officer typed and did not save: the empty form offers it back."""
    kept = keep(
        owner=person("officer"),
        form="activities.activity",
        token=uuid4(),
        sent=QueryDict(urlencode({"title_en": TITLE})),
        address=reverse("activities:new"),
    )
    found["accounts:drop-unsaved"].append({"number": kept.pk})


def import_files(found: Addresses) -> None:
    """A file with every kind of row, and one that was imported."""
    officer = person("officer")
    saved = Activity.objects.get(reference=found["activities:edit"][0]["reference"])
    head = ("reference", "title_en", "title_ru", "type", "start_date", "main_priority", "partners")
    new = ("", TITLE, TITLE_RU, "Meeting", "2024-05-01", "2021-2025/I")
    mixed = [
        (*new, "OSCE"),
        (*new, "Exampleorganizationwithalongname"),
        (saved.reference, f"{TITLE} again", saved.title_ru, "Training", "2024-07", "2021-2025/III", "OSCE"),
    ]
    for rows in (mixed, mixed[:1]):
        content = "\n".join("\t".join(row) for row in (head, *rows)).encode()
        imported = deeds.upload(by=officer, file=BytesIO(content), name="example.csv", size=len(content))
        found["activities:import"].append({"number": imported.pk})
        found["activities:import-drop"].append({"number": imported.pk})
    imported.refresh_from_db()  # checked since, which gave it another token
    deeds.begin_writing(imported=imported, token=str(imported.token))
    found["activities:import-undo"].append({"number": imported.pk})


def make_reports(found: Addresses) -> None:
    manager = person("manager")
    parameters = {"programme": "2021-2025", "starts": "2021-01-01", "ends": "2025-12-31"}
    states: list[dict[str, Any]] = [
        {"status": RunStatus.RUNNING, "progress": 40, "step": Step.COUNTING, "heartbeat_at": timezone.now()},
        {"status": RunStatus.FAILED, "error": "Example reason.", "finished_at": timezone.now()},
        {"status": RunStatus.CANCELLED, "finished_at": timezone.now()},
        {
            "status": RunStatus.READY,
            "format": ReportFormat.HTML,
            "file": ContentFile(b"<!doctype html><html lang=en><title>Example</title><h1>Example", "example.html"),
            "size": 60,
            "progress": 100,
            "finished_at": timezone.now(),
        },
    ]
    runs = [
        ReportRun.objects.create(report="priority-progress", parameters=parameters, made_for=manager, **state)
        for state in states
    ]
    found["reports:run"] += [{"pk": run.pk} for run in runs]
    found["reports:delete"].append({"pk": runs[-1].pk})
    for name in ("reports:download", "reports:read"):
        found[name].append({"pk": runs[-1].pk})
    schedule = make_schedule(manager)
    for name in ("reports:schedule", "reports:delete-schedule"):
        found[name].append({"pk": schedule.pk})
    found["reports:unsubscribe"].append({"token": unsubscribe_token(schedule, manager)})
    states = [
        {"status": RunStatus.FAILED, "error": "Example reason.", "finished_at": timezone.now()},
        {"status": RunStatus.READY, "file": "reports/example.docx", "size": 60, "finished_at": timezone.now()},
    ]
    for number, state in enumerate(states):
        slot = timezone.now() - timedelta(days=number)
        run = ReportRun.objects.create(
            report="priority-progress", parameters=parameters, made_for=manager, schedule=schedule, slot=slot, **state
        )
        put("report_ready", to=[manager], about=run, event=slot)


def make_schedule(manager: User) -> Schedule:
    crontab, _made = CrontabSchedule.objects.get_or_create(
        minute="0", hour="8", day_of_month="1", month_of_year="1,4,7,10", timezone="Asia/Ashgabat"
    )
    task = PeriodicTask.objects.create(name="Example schedule", task="reports.tasks.run_schedule", crontab=crontab)
    schedule: Schedule = Schedule.objects.create(
        report="priority-progress",
        parameters={"period": "last-quarter"},
        formats=[ReportFormat.DOCX],
        created_by=manager,
        periodic_task=task,
    )
    schedule.recipients.add(manager)
    return schedule


def make_partners_records(found: Addresses) -> None:
    """An agreement that ends soon, one that ended, a contact never verified, a note."""
    officer, osce, today = person("officer"), Organization.objects.get(code="osce"), date.today()
    for code, ends in (("example-ending", today + timedelta(days=20)), ("example-ended", today - timedelta(days=20))):
        agreement = make_agreement(
            code, osce, title_en=TITLE, title_ru=TITLE_RU, signed=date(2020, 1, 1), ends=ends, audience="all_partners"
        )
        AgreementDocument.objects.create(agreement=agreement, title="Example", url="https://example.org/" + "x" * 80)
        found["partners:agreement"].append({"code": code})
    for name in ("partners:agreement-edit", "partners:agreement-delete"):
        found[name].append({"code": "example-ending"})
    contact = Contact.objects.create(
        organization=osce, name="Example person", email="a-long-address@example.org", purpose="Example purpose"
    )
    note = ContactNote.objects.create(organization=osce, day=today, by=officer, about="Example call")
    found["partners:detail"] += [{"code": "osce"}, {"code": "ifas"}]
    for name in ("partners:edit", "partners:contact-new", "partners:note-new"):
        found[name].append({"code": "osce"})
    for name, part in (("contact", contact), ("note", note)):
        for deed in ("edit", "delete"):
            found[f"partners:{name}-{deed}"].append({"code": "osce", "number": part.pk})


def add_reference_data(found: Addresses) -> None:
    briefing = Briefing.objects.exclude(considerations=None).order_by("pk")[0]
    found["briefings:detail"].append({"key": briefing.key})
    found["briefings:representative"].append({"key": briefing.special_representative.key})
    make_partners_records(found)
    for name in ("programme", "commitments"):
        found[f"priorities:{name}"].append({"period": "2021-2025"})
    found["countries:detail"] += [{"code": code} for code in ("TM", "AF", "US")]
    found["themes:detail"] += [{"code": code} for code in ("wps", "borders", "yps-protection")]
    found["series:detail"] += [{"code": code} for code in ("deputy-foreign-ministers", "unama-inter-mission-meetings")]
    found["priorities:detail"] += [{"period": "2021-2025", "slug": slug} for slug in ("i", "iii", "v")]
    make_programme_records(found)
    found["accounts:password-reset-confirm"].append({"uidb64": "MQ", "token": "no-such"})


def make_programme_records(found: Addresses) -> None:
    """What managers edit of the programme of action, with a figure in each kind of row."""
    programme = ProgrammeOfAction.objects.get()
    priority = programme.priorities.get(slug="i")
    indicator = Indicator.objects.create(priority=priority, code="I.a", name_en=TITLE, name_ru=TITLE_RU)
    IndicatorValue.objects.create(indicator=indicator, year=2024, planned_number=3, actual_text="Example text.")
    line = DeliverableLine.objects.filter(narrative=False)[0]
    Deliverable.objects.create(line=line, programme=programme, year=2024, planned=3, variance_explanation="Example.")
    at = {"period": programme.period}
    for name in ("programme", "structure", "programme-remove", "priority-new", "line-new"):
        found[f"editing:{name}"].append(at)
    for name in ("priority", "commitment-new", "indicator-new"):
        found[f"editing:{name}"].append({**at, "slug": "i"})
    found["editing:commitment"].append({**at, "code": "I.1"})
    found["editing:indicator"].append({**at, "slug": "i", "code": "I.a"})
    told = DeliverableLine.objects.filter(narrative=True)[0]
    found["editing:line"] += [{**at, "code": line.code}, {**at, "code": told.code}]
    found["editing:remove"].append({**at, "kind": "commitment", "key": "I.1"})
    found["priorities:compare"].append({})
    found["editing:theme"].append({"code": "water"})
    found["series-editing:edit"].append({"code": Series.objects.all()[0].code})


if __name__ == "__main__":
    assert settings.SETTINGS_MODULE == "tests.browser.settings", "These records are made up: keep them out of a portal."
    print(json.dumps(make_all()))
