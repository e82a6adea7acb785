"""What people do with the import of a file: upload, say what names mean, import, take back, drop.

A short file is dealt with at once, a longer one by a worker, which shows how far it is. Whatever is written is written
whole, in one transaction, under the versions that the preview showed.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import IO, TYPE_CHECKING, Any
from uuid import uuid4

from celery.exceptions import CeleryError
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from accounts.audit import acting, note
from accounts.choices import STRICTLY_CONFIDENTIAL, Classification, validate_classification
from accounts.records import StaleEdit
from activities import actions
from activities.imports import ActivityImport, ImportStatus
from activities.models import Activity, ReferenceCounter
from partners.actions import create_organization
from partners.choices import OrganizationType

from .importer import Importer, NotAsPlanned, Plan, Progress, may_import, row_label, tell_news
from .kinds import Unreadable, text_of
from .reading import Line, Sheet, Unfit, read
from .rows import BY_CODE, CHANGED, ERROR, NEW_ROW, PlannedRow, Problem, RowReader, columns_of, headings
from .words import NEW, Words, folded

if TYPE_CHECKING:
    from accounts.models import User

logger = logging.getLogger(__name__)

# Checking or writing a row takes about a tenth of a second; nobody waits longer than some seconds for a page.
ROWS_AT_ONCE = 40
MOST_OPEN = 10
CHANGED_MEANWHILE = "changed_meanwhile"


# --- upload -----------------------------------------------------------------------------------------------------


def upload(*, by: "User", file: IO[bytes], name: str, size: int) -> ActivityImport:
    """Keep the rows of a file and have them checked. Unfit where the file cannot be read, or may not be kept at all."""
    if not may_import(by):
        raise PermissionDenied
    known = headings(by)
    sheet = read(file, size, lambda text: folded(text) in known)
    columns_of(sheet, by)
    if not sheet.rows:
        raise Unfit(_("There is no row below the headings."))
    _refuse_classified(sheet, by)
    if ActivityImport.objects.visible_to(by).count() >= MOST_OPEN:
        raise Unfit(_("You have %(number)s imports on the way. Finish or drop one of them.") % {"number": MOST_OPEN})
    imported = ActivityImport.objects.create(
        owner=by, name=name[:200], language=translation.get_language() or "en", sheet=asdict(sheet)
    )
    _work(imported, "check")
    return imported


def _refuse_classified(sheet: Sheet, user: "User") -> None:
    """What the portal must not hold is not kept for a preview either."""
    reader = RowReader(sheet, columns_of(sheet, user), Words(user))
    for line in sheet.rows:
        text = text_of(reader.cell(line, "classification"))
        try:
            validate_classification(_classification(text, reader))
        except ValidationError as error:
            address = reader.problem(line, "classification", "").address
            raise Unfit(f"{address}: {error.messages[0]}") from error


def _classification(text: str, reader: RowReader) -> str:
    # With whatever stands around it, such as the name of the organization in a marking.
    if any(said in folded(text).replace("_", " ") for said in strictly_confidential()):
        return STRICTLY_CONFIDENTIAL
    try:
        return str(BY_CODE["classification"].kind.read(text, reader.words))
    except Unreadable:
        return ""  # told in the preview


def strictly_confidential() -> set[str]:
    """How a cell may say it, in either language or by code."""
    found = {STRICTLY_CONFIDENTIAL.replace("_", " ")}
    for language in ("en", "ru"):
        with translation.override(language):
            found.add(folded(_("Strictly confidential")))
    return found


# --- the work: at once, or by a worker ---------------------------------------------------------------------------


def _work(imported: ActivityImport, deed: str) -> None:
    """Check or write the file: now where it is short, else by a worker once this is saved."""
    rows = len(imported.sheet["rows"]) if deed == "check" else len(rows_to_write(imported))
    if rows <= ROWS_AT_ONCE:
        try:
            DEEDS[deed](imported.pk, _silent)
        except Exception:
            fail(imported.pk)
    else:
        transaction.on_commit(lambda: _send(imported.pk, deed))


def _send(import_id: int, deed: str) -> None:
    """Where the broker is down the page says that the file waits, and offers to try again."""
    from activities.tasks import check_import, write_import

    try:
        {"check": check_import, "write": write_import}[deed].apply_async(args=(import_id,), retry=False)
    except (KombuError, CeleryError, RedisError, OSError):
        logger.exception("Import %s could not be handed to a worker.", import_id)


def fail(import_id: int) -> None:
    """Whatever stopped the work, and that may be anything, whoever waits is told. Called where the error is at hand."""
    logger.exception("Import %s failed.", import_id)
    working = ActivityImport.objects.filter(pk=import_id, status__in=(ImportStatus.CHECKING, ImportStatus.WRITING))
    working.update(status=ImportStatus.FAILED)


def progress_of(imported: ActivityImport) -> tuple[int, int] | None:
    """How many rows are done, of how many; None while no worker has begun."""
    found: tuple[int, int] | None = cache.get(f"import-{imported.pk}")
    return found


def reporter(import_id: int) -> Progress:
    """Tells the page how far the worker is; each row of a long file would be too often."""

    def report(done: int, total: int) -> None:
        if done % 10 == 0:
            cache.set(f"import-{import_id}", (done, total), timeout=600)

    return report


def _silent(done: int, total: int) -> None:
    """A short file is done before anybody could look."""


def check(import_id: int, progress: Progress, refused: NotAsPlanned | None = None) -> None:
    """Make the preview, unless that was done. Harmless to repeat.

    `refused` says why what an earlier preview showed was not written.
    """
    imported = ActivityImport.objects.select_related("owner").filter(pk=import_id, status=ImportStatus.CHECKING).first()
    if imported is None:
        return
    with translation.override(imported.language):
        plan, earlier = _importer(imported).plan(progress), plan_of(imported)
        plan.references = earlier.references
        if imported.trouble == CHANGED_MEANWHILE:
            tell_news(plan.rows, earlier.rows, refused or NotAsPlanned())
    waiting = ActivityImport.objects.filter(pk=import_id, status=ImportStatus.CHECKING, meanings=imported.meanings)
    waiting.update(plan=asdict(plan), token=uuid4(), status=ImportStatus.READY)


def _importer(imported: ActivityImport, meanings: dict[str, str] | None = None) -> Importer:
    sheet = Sheet(**{**imported.sheet, "rows": [_line(row) for row in imported.sheet["rows"]]})
    meant = {text: NEW if code.startswith(NEW) else code for text, code in imported.meanings.items()}
    return Importer(imported.owner, sheet, meant if meanings is None else meanings, imported.token)


def _line(row: dict[str, Any]) -> Line:
    """A row as JSON kept it: there, the keys of problems became texts."""
    return Line(row["number"], row["cells"], {int(place): message for place, message in row["problems"].items()})


def plan_of(imported: ActivityImport) -> Plan:
    """The preview as it was kept."""
    return Plan(**{**imported.plan, "rows": [_planned(row) for row in imported.plan.get("rows", [])]})


def plan_to_show(imported: ActivityImport) -> Plan:
    """The preview without what its owner may no longer see, and confidential where a record became so meanwhile."""
    plan = plan_of(imported)
    with translation.override(imported.language):
        in_file = {row_label(row) for row in plan.rows}
    alike = {label for row in plan.rows for label, _title in row.duplicates}
    visible = Activity.objects.visible_to(imported.owner).filter(
        Q(pk__in=[row.pk for row in plan.rows if row.pk]) | Q(reference__in=alike - in_file)
    )
    seen = dict(visible.values_list("reference", "classification"))
    for row in plan.rows:
        if row.pk and row.reference not in seen:
            row.kind, row.title, row.changes = ERROR, "", []
            row.problems = [Problem("", "", _("You can no longer see this activity. Check the file again."))]
        row.duplicates = [one for one in row.duplicates if one[0] in seen or one[0] in in_file]
        row.confidential |= Classification.CONFIDENTIAL in {
            seen.get(label) for label in (row.reference, *dict(row.duplicates))
        }
    return plan


def _planned(row: dict[str, Any]) -> PlannedRow:
    """A planned row as JSON kept it, which knows no tuples."""
    pairs: dict[str, Any] = {name: [tuple(one) for one in row[name]] for name in ("changes", "duplicates")}
    return PlannedRow(**{**row, **pairs, "problems": [Problem(**problem) for problem in row["problems"]]})


def rows_to_write(imported: ActivityImport) -> list[PlannedRow]:
    """The new and changed rows of the preview. Two imports lock activities in the same order, not each other out."""
    rows = [row for row in plan_of(imported).rows if row.kind in (NEW_ROW, CHANGED)]
    return sorted(rows, key=lambda row: (row.kind == NEW_ROW, row.pk or 0, row.number))


# --- decisions --------------------------------------------------------------------------------------------------


def decide(*, imported: ActivityImport, meanings: dict[str, str]) -> None:
    """Take the importer's word on names: the code of an organization, or NEW and a type; then check anew."""
    _begin(imported, ImportStatus.READY, ImportStatus.CHECKING, meanings=meanings, trouble="")
    _work(imported, "check")


def look_again(*, imported: ActivityImport) -> None:
    """Send a file that waits for a worker once more, or check one that is ready anew."""
    imported.refresh_from_db()
    if imported.status == ImportStatus.WRITING:
        _work(imported, "write")
        return
    if imported.status in (ImportStatus.READY, ImportStatus.FAILED):
        _begin(imported, imported.status, ImportStatus.CHECKING, trouble="")
    if imported.status == ImportStatus.CHECKING:
        _work(imported, "check")


def begin_writing(*, imported: ActivityImport, token: str) -> bool:
    """Import what the preview with this token shows; False where there is another by now.

    A second click, or a click on an old preview, does nothing.
    """
    if str(imported.token) != token:
        return imported.status != ImportStatus.READY
    if plan_of(imported).has_errors:
        return True
    _begin(imported, ImportStatus.READY, ImportStatus.WRITING, trouble="")
    if imported.status == ImportStatus.WRITING:
        _work(imported, "write")
    return True


def _begin(imported: ActivityImport, before: str, after: ImportStatus, **values: Any) -> None:
    """Move on, unless somebody (the same person, twice) did already."""
    moving = ActivityImport.objects.filter(pk=imported.pk, status=before, token=imported.token)
    if moving.update(status=after, **values):
        imported.refresh_from_db()


# --- writing ----------------------------------------------------------------------------------------------------


def write(import_id: int, progress: Progress) -> None:
    """Write all of it, unless that was done. Harmless to repeat: the row of the import is locked meanwhile."""
    try:
        with transaction.atomic():
            _reserve_references(import_id)
        with transaction.atomic():
            imported = _locked(import_id)
            if imported is None:
                return
            with translation.override(imported.language):
                _write(imported, progress)
    except NotAsPlanned as refused:
        ActivityImport.objects.filter(pk=import_id, status=ImportStatus.WRITING).update(
            status=ImportStatus.CHECKING, trouble=CHANGED_MEANWHILE
        )
        check(import_id, progress, refused)


def _locked(import_id: int) -> ActivityImport | None:
    """The import that is to be written, unless that was done."""
    waiting = ActivityImport.objects.select_for_update(of=("self",)).select_related("owner")
    found: ActivityImport | None = waiting.filter(pk=import_id, status=ImportStatus.WRITING).first()
    return found


def _reserve_references(import_id: int) -> None:
    """Give the new rows their references, once, in a transaction of its own.

    Whoever took them while the rows are written would keep everybody from logging an activity for so long.
    """
    imported = _locked(import_id)
    if imported is None:
        return
    plan = plan_of(imported)
    for year, count in Counter(row.year for row in plan.rows if row.kind == NEW_ROW).items():
        reserved = plan.references.setdefault(str(year), [])
        if count > len(reserved):
            reserved += ReferenceCounter.next_references(year, count - len(reserved))
    imported.plan = asdict(plan)
    imported.save(update_fields=["plan"])


def _write(imported: ActivityImport, progress: Progress) -> None:
    """Write, say so in the trail, and keep of the file no more than what came of it."""
    by = imported.owner
    with acting(by=by, verb="import"):
        meanings = _add_organizations(imported)
        rows = rows_to_write(imported)
        written = _importer(imported, meanings).write(rows, plan_of(imported).references, progress)
        note(by=by, verb="import", file=[None, imported.name], rows=[None, len(written)])
    imported.made = [
        {"pk": activity.pk, "kind": row.kind, "version": activity.version}
        for row, activity in zip(rows, written, strict=True)
    ]
    imported.status, imported.sheet, imported.plan, imported.meanings = ImportStatus.DONE, {}, {}, {}
    imported.save()


def _add_organizations(imported: ActivityImport) -> dict[str, str]:
    """Add those that the importer wants added, and give the code of each name that means one."""
    meanings = dict(imported.meanings)
    known = Words(imported.owner).organizations
    for text, meaning in imported.meanings.items():
        if meaning.startswith(NEW) and known.find(text):
            del meanings[text]  # somebody added it meanwhile
        elif meaning.startswith(NEW):
            name_ru = "" if text.isascii() else text
            try:
                made = create_organization(
                    name_en=text, name_ru=name_ru, type=OrganizationType(meaning[1:]), by=imported.owner
                )
            except (ValidationError, PermissionDenied) as error:
                raise NotAsPlanned from error
            meanings[text] = made.code
    return meanings


# --- taking back ------------------------------------------------------------------------------------------------


def made_by(imported: ActivityImport, kind: str) -> list[Activity]:
    """What the import added or changed, as far as its owner still sees it."""
    keys = [one["pk"] for one in imported.made if one["kind"] == kind]
    return list(Activity.objects.visible_to(imported.owner).filter(pk__in=keys).order_by("reference"))


def untouched(imported: ActivityImport) -> list[Activity]:
    """The drafts that the import added and nobody has changed or handed in since."""
    versions = {one["pk"]: one["version"] for one in imported.made}
    return [
        activity
        for activity in made_by(imported, NEW_ROW)
        if activity.version == versions[activity.pk] and activity.may_be_deleted_by(imported.owner)
    ]


def undo(*, imported: ActivityImport) -> int:
    """Delete the drafts that nobody touched since; how many. What the import changed is told by each history."""
    deleted = 0
    for activity in untouched(imported):
        try:
            actions.delete_draft(activity=activity, by=imported.owner, version=activity.version)
        except (StaleEdit, ValidationError):
            continue  # somebody was quicker, or refers to it
        deleted += 1
    return deleted


DEEDS: dict[str, Callable[[int, Progress], None]] = {"check": check, "write": write}
