"""Making reports in the background.

Messages may come late, twice or not at all, and a worker may be killed at any moment. So a worker *claims* a
run under a row lock before it works on it, shows a sign of life at each step, and may only write while its
claim stands; `resume_stalled` sends again what shows no sign of life.
"""

import logging
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import IO, Any
from uuid import uuid4

from celery import shared_task
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.audit import acting
from accounts.models import User
from accounts.roles import Permission, Role, allows
from accounts.workbooks import write_workbook

from . import catalogue, files, notices
from .actions import expire, run_due_slot, send_on_commit
from .choices import ReportFormat, RunStatus, Step
from .errors import ClaimLost, Refused
from .models import STALLED_AFTER, ReportRun, Schedule

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
# So often a worker that is at one report for long shows that it is alive.
SIGN_OF_LIFE = timedelta(seconds=30)


@shared_task
def make_report(run_id: int) -> None:
    """Make the report of a run, unless another worker is at it or it is finished."""
    run = _claim(run_id)
    if run is None:
        return
    with translation.override(run.language):
        try:
            _make(run)
        except ClaimLost:
            logger.info("Report run %s was cancelled or taken over; this worker stops.", run_id)
        except Refused as refusal:
            _fail(run, str(refusal))
        except (OperationalError, InterfaceError):
            raise  # the database went away: nothing can be noted; the sweep starts the run again
        except Exception:  # whatever else goes wrong, the person who waits is told
            logger.exception("Report run %s failed.", run_id)
            _fail(
                run,
                _(
                    "A fault in the portal stopped the report. Trying again may help; if it does not, tell the"
                    " administrator: the details are in the worker’s log under run %(number)s."
                )
                % {"number": run_id},
            )


@shared_task
def run_schedule(schedule_id: int) -> None:
    """Make the run of a schedule's due moment; fired twice, it makes one."""
    run_due_slot(schedule_id=schedule_id, now=timezone.now())


@shared_task
def clear_expired() -> None:
    """Take away the files of reports that were kept long enough; their rows stay and say so."""
    for run in ReportRun.objects.outlived(timezone.now()).iterator():
        expire(run=run)


@shared_task
def resume_stalled() -> None:
    """Send stalled runs again, give up on those that were tried often, and make up for moments that beat missed."""
    for run_id in ReportRun.objects.stalled().values_list("pk", flat=True):
        _resume(run_id)
    for schedule_id in Schedule.objects.filter(periodic_task__enabled=True).values_list("pk", flat=True):
        run_due_slot(schedule_id=schedule_id, now=timezone.now())


def _claim(run_id: int) -> ReportRun | None:
    """The run, from now on this worker's; None when it is finished, gone, or another worker shows signs of life."""
    with acting(by=None, verb="start_report"):
        run: ReportRun | None = ReportRun.objects.select_for_update().filter(pk=run_id).first()
        if run is None or run.is_finished:
            return None
        if run.status == RunStatus.RUNNING and run.heartbeat_at > timezone.now() - STALLED_AFTER:
            return None
        run.status, run.claim, run.step, run.progress = RunStatus.RUNNING, uuid4(), Step.COUNTING, 5
        run.attempts += 1
        run.heartbeat_at = timezone.now()
        run.save()
    return run


def _make(run: ReportRun) -> None:
    report = catalogue.report_of(run.report)
    with tempfile.TemporaryFile() as file:
        confidential = _write_workbook(run, report, file) if report.tables else _write_document(run, report, file)
        _show_progress(run, Step.SAVING, 90)
        _save(run, file, confidential=confidential)


def _write_document(run: ReportRun, report: catalogue.Report, file: IO[bytes]) -> bool:
    """Read, then write; whether anything in it is confidential."""
    render = catalogue.renderer_of(report, run.format)
    with _one_snapshot():
        viewer = _viewer(run)
        facts = report.build(viewer, run.parameters, today=timezone.localdate())
    _show_progress(run, Step.RENDERING, 50)
    file.write(render(report.document(facts, viewer)))
    return bool(facts.confidential)


def _write_workbook(run: ReportRun, report: catalogue.Report, file: IO[bytes]) -> bool:
    """Write row by row as the rows are read, so that memory does not grow with them."""
    assert report.tables is not None
    if run.format != ReportFormat.XLSX:
        raise Refused(_("This report does not come in that format. Ask for it in another."))
    _show_progress(run, Step.RENDERING, 20)
    with _signs_of_life(run), _one_snapshot():
        viewer = _viewer(run)
        return write_workbook(file, str(report.title), report.tables(viewer), viewer).confidential


@contextmanager
def _signs_of_life(run: ReportRun) -> Iterator[None]:
    """What takes long shows now and then that its worker is alive, from a thread with a connection of its own."""
    over = threading.Event()

    def show() -> None:
        while not over.wait(SIGN_OF_LIFE.total_seconds()):
            ReportRun.objects.filter(pk=run.pk, claim=run.claim).update(heartbeat_at=timezone.now())
        connection.close()

    thread = threading.Thread(target=show, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _viewer(run: ReportRun) -> User:
    """The person as of now: with the role and visibility of this moment, not of the request.

    Partners ask for no reports themselves; what a manager plans for them shows what was released to them.
    """
    viewer = User.objects.select_related("organization").get(pk=run.made_for_id)
    if not viewer.is_active:
        raise Refused(_("The report is for a user who is no longer active."))
    planned_for_partner = run.schedule_id is not None and viewer.role == Role.PARTNER
    if not planned_for_partner and not allows(viewer, Permission.REQUEST_REPORTS):
        raise Refused(_("The role of the person it is for no longer allows reports."))
    run.made_as = viewer.read_as
    return viewer


@contextmanager
def _one_snapshot() -> Iterator[None]:
    """All queries inside see the database at one moment, so that the report's numbers agree with each other."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _show_progress(run: ReportRun, step: Step, progress: int) -> None:
    _write(run, step=step, progress=progress, heartbeat_at=timezone.now())


def _write(run: ReportRun, **values: Any) -> None:
    """Change the run while the claim stands. ClaimLost when it does not."""
    mine = ReportRun.objects.filter(pk=run.pk, claim=run.claim, status=RunStatus.RUNNING)
    if not mine.update(**values):
        raise ClaimLost


def _save(run: ReportRun, content: IO[bytes], *, confidential: bool) -> None:
    """Keep the file under a name of this claim, then say that it is ready; without the claim it is taken away again."""
    name = files.name_of(run)
    size = content.seek(0, os.SEEK_END)
    content.seek(0)
    files.write(name, content)
    try:
        with acting(by=None, verb="finish_report"):
            together = _lock_together(run)
            _write(
                run,
                status=RunStatus.READY,
                progress=100,
                step="",
                error="",
                file=name,
                size=size,
                confidential=confidential,
                made_as=run.made_as,
                finished_at=timezone.now(),
                expires_at=timezone.now() + timedelta(days=settings.REPORT_DAYS),
            )
            notices.tell_if_complete(together)
    except ClaimLost:
        files.discard(name)
        raise
    files.discard_others(run, keep=name)


def _fail(run: ReportRun, why: str) -> None:
    try:
        with acting(by=None, verb="fail_report"):
            together = _lock_together(run)
            _write(run, status=RunStatus.FAILED, error=why, step="", finished_at=timezone.now())
            notices.tell_if_complete(together)
    except ClaimLost:
        logger.info("Report run %s was cancelled or taken over before it failed.", run.pk)


def _lock_together(run: ReportRun) -> list[int]:
    """The runs that go to one person in one mail, locked in one order: two workers do not wait for each other."""
    return list(ReportRun.objects.together_with(run).select_for_update().order_by("pk").values_list("pk", flat=True))


def _resume(run_id: int) -> None:
    with acting(by=None, verb="resume_report"):
        run = ReportRun.objects.stalled().select_for_update(skip_locked=True).filter(pk=run_id).first()
        if run is None:
            return
        if run.attempts >= MOST_ATTEMPTS:
            _give_up(run)
            return
        if run.status == RunStatus.RUNNING:
            run.step = Step.AGAIN
        run.status, run.claim, run.progress, run.heartbeat_at = RunStatus.QUEUED, None, 0, timezone.now()
        run.save()
        send_on_commit(run)


def _give_up(run: ReportRun) -> None:
    with translation.override(run.language):
        run.error = _(
            "The worker stopped %(number)s times before the report was done. Try again later; if it happens"
            " again, tell the administrator."
        ) % {"number": run.attempts}
    run.status, run.claim, run.step, run.finished_at = RunStatus.FAILED, None, "", timezone.now()
    run.save()
    notices.tell_if_complete(list(ReportRun.objects.together_with(run).values_list("pk", flat=True)))
