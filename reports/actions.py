"""What people and the clock do with reports: ask for one, cancel, try again, delete; plan and fire schedules."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from celery.exceptions import CeleryError
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_celery_beat.models import CrontabSchedule, PeriodicTask
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from accounts.audit import acting
from partners.models import Organization

from . import files
from .choices import RunStatus, Step
from .models import STALLED_AFTER, ReportRun, Schedule
from .parameters import parameters_on
from .slots import ASHGABAT, latest_slot

if TYPE_CHECKING:
    from accounts.models import User

logger = logging.getLogger(__name__)

# A person's reports in the queue at one time: enough for work, too few to keep everyone else waiting.
MOST_UNFINISHED = 10


def request_run(
    *, by: "User", report: str, parameters: Mapping[str, Any], format: str, language: str, token: UUID
) -> ReportRun:
    """Ask for a report. The same form sent twice gives the same run.

    ValidationError when the person already waits for many reports.
    """
    with acting(by=by, verb="request_report"):
        existing = ReportRun.objects.filter(made_for=by, token=token).first()
        if existing:
            return existing
        if ReportRun.objects.visible_to(by).unfinished().count() >= MOST_UNFINISHED:
            raise ValidationError(
                _("You already have %(number)s reports being made. Wait for one, or cancel one.")
                % {"number": MOST_UNFINISHED}
            )
        run, created = ReportRun.objects.get_or_create(
            made_for=by,
            token=token,
            defaults={
                "report": report,
                "parameters": dict(parameters),
                "format": format,
                "language": language,
                "requested_by": by,
            },
        )
        if created:
            send_on_commit(run)
    return run


def retry(*, run: ReportRun, by: "User") -> None:
    """Make a failed, cancelled or expired report again. ValidationError when it is none of these."""
    with acting(by=by, verb="retry_report"):
        run = ReportRun.objects.select_for_update().get(pk=run.pk)
        if not run.may_be_retried:
            raise ValidationError(_("Only a report that failed, was cancelled or has expired can be made again."))
        run.status, run.progress, run.step, run.error = RunStatus.QUEUED, 0, "", ""
        run.attempts, run.claim, run.finished_at, run.heartbeat_at = 0, None, None, timezone.now()
        run.file, run.size, run.expires_at = "", None, None
        run.save()
        send_on_commit(run)


def cancel(*, run: ReportRun, by: "User") -> None:
    """Stop a report that is not finished. ValidationError when it is finished already."""
    with acting(by=by, verb="cancel_report"):
        run = ReportRun.objects.select_for_update().get(pk=run.pk)
        if run.is_finished:
            raise ValidationError(_("The report was finished before it could be cancelled."))
        run.status, run.claim, run.finished_at = RunStatus.CANCELLED, None, timezone.now()
        run.save(update_fields=["status", "claim", "finished_at"])


def delete(*, run: ReportRun, by: "User") -> None:
    """Delete a report with its file; a worker that is still at it stops."""
    with acting(by=by, verb="delete_report"):
        gone = ReportRun(pk=run.pk)
        run.delete()
        transaction.on_commit(lambda: files.discard_others(gone))


def expire(*, run: ReportRun) -> None:
    """Take away the file of a report that was kept long enough."""
    with acting(by=None, verb="expire_report"):
        if ReportRun.objects.filter(pk=run.pk, status=RunStatus.READY).update(status=RunStatus.EXPIRED, file=""):
            transaction.on_commit(lambda: files.discard_others(run))


def note_lost_file(*, run: ReportRun) -> None:
    """The file of a ready report is no longer on the disk: say so, so that the report can be made again."""
    with acting(by=None, verb="lose_report"):
        ReportRun.objects.filter(pk=run.pk, status=RunStatus.READY).update(
            status=RunStatus.FAILED, file="", error=_("The file is no longer on the server. Make the report again.")
        )


def send_on_commit(run: ReportRun) -> None:
    """Hand the run to a worker once it is saved."""
    transaction.on_commit(lambda: _send(run.pk))


def _send(run_id: int) -> None:
    """Put the run in the queue. Where the broker is down, note it: the sweep sends the run later.

    A message that no worker takes in time is dropped, as by then the sweep has sent another.
    """
    from .tasks import make_report

    try:
        make_report.apply_async(args=(run_id,), expires=STALLED_AFTER.total_seconds(), retry=False)
    except (KombuError, CeleryError, RedisError, OSError):
        logger.warning("Report run %s was not sent, as the broker does not answer; the sweep sends it.", run_id)
        ReportRun.objects.filter(pk=run_id, status=RunStatus.QUEUED).update(step=Step.UNSENT)


# --- schedules --------------------------------------------------------------------------------------------


def create_schedule(
    *,
    by: "User",
    report: str,
    parameters: Mapping[str, Any],
    formats: Iterable[str],
    language: str,
    crontab: CrontabSchedule,
    token: UUID,
    recipients: Iterable["User"] = (),
    roles: Iterable[str] = (),
    organizations: Iterable[Organization] = (),
    by_mail: bool = True,
) -> Schedule:
    """Plan a report for people, all of some roles, and focal points. The same form sent twice gives one schedule."""
    with acting(by=by, verb="create_schedule"):
        task, created = PeriodicTask.objects.get_or_create(
            name=f"Report schedule {token}", defaults={"task": "reports.tasks.run_schedule", "crontab": crontab}
        )
        if not created:
            return Schedule.objects.get(periodic_task=task)
        schedule = Schedule.objects.create(
            report=report,
            parameters=dict(parameters),
            formats=list(formats),
            language=language,
            roles=list(roles),
            by_mail=by_mail,
            created_by=by,
            periodic_task=task,
        )
        schedule.recipients.set(recipients)
        schedule.organizations.set(organizations)
        task.args = f"[{schedule.pk}]"
        task.save()
    return schedule


def pause_schedule(*, schedule: Schedule, by: "User") -> None:
    with acting(by=by, verb="pause_schedule"):
        schedule.periodic_task.enabled = False
        schedule.periodic_task.save()
        schedule.save()


def resume_schedule(*, schedule: Schedule, by: "User") -> None:
    """Let the schedule go on from now: what fell due while it was paused is not made up for."""
    with acting(by=by, verb="resume_schedule"):
        schedule.settled_until = timezone.now()
        schedule.save(update_fields=["settled_until"])
        schedule.periodic_task.enabled = True
        schedule.periodic_task.last_run_at = timezone.now()
        schedule.periodic_task.save()


def delete_schedule(*, schedule: Schedule, by: "User") -> None:
    """Delete the schedule; the reports it has made stay."""
    with acting(by=by, verb="delete_schedule"):
        schedule.periodic_task.delete()


def unsubscribe(*, schedule: Schedule, user: "User") -> None:
    """The person gets no more of the schedule's reports, however it is named among the recipients."""
    with acting(by=user, verb="unsubscribe"):
        schedule.unsubscribed.add(user)


def run_now(*, schedule: Schedule, by: "User") -> list[ReportRun]:
    """Make the schedule's reports at once, beside those of its own moments; asked twice in a minute, once."""
    with acting(by=by, verb="run_schedule"):
        locked = Schedule.objects.select_for_update().get(pk=schedule.pk)
        return _make_runs(locked, timezone.now().replace(second=0, microsecond=0))


def run_due_slot(*, schedule_id: int, now: datetime) -> list[ReportRun]:
    """Make the runs of the schedule's latest due moment, once, however often it is asked for.

    None are made when there is nothing due: the slot has its runs, or the schedule is paused or gone. Of several
    moments that were missed, the latest alone is caught up with.
    """
    with acting(by=None, verb="fire_schedule"):
        schedule = (
            Schedule.objects.select_for_update(of=("self",))
            .select_related("periodic_task__crontab")
            .filter(pk=schedule_id, periodic_task__enabled=True, periodic_task__crontab__isnull=False)
            .first()
        )
        slot = latest_slot(schedule.periodic_task.crontab, now) if schedule else None
        if schedule is None or slot is None or slot <= schedule.settled_until:
            return []
        schedule.settled_until = slot
        schedule.save(update_fields=["settled_until"])
        return _make_runs(schedule, slot)


def _make_runs(schedule: Schedule, slot: datetime) -> list[ReportRun]:
    """A run for each recipient and format; those that there are already stay as they are."""
    day = slot.astimezone(ASHGABAT).date()
    made = []
    for person in schedule.audience():
        # A period since the last briefing would tell of one that the person may not see.
        parameters = parameters_on(day, schedule.parameters, person)
        for format in schedule.formats:
            run, created = ReportRun.objects.get_or_create(
                schedule=schedule,
                slot=slot,
                made_for=person,
                format=format,
                defaults={
                    "report": schedule.report,
                    "parameters": parameters,
                    "language": schedule.language or person.language,
                    "requested_by_id": schedule.created_by_id,
                },
            )
            if created:
                send_on_commit(run)
                made.append(run)
    return made
