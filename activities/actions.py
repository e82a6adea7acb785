"""Every way to write an activity: atomic, under the row's lock, with its author and deed in the audit trail.

All raise StaleEdit when the record is no longer at `version`, PermissionDenied when `by` may not do the deed,
and ValidationError when the record's state or contents do not allow it. Nothing is written then.
"""

import hashlib
import re
from collections.abc import Iterator, Set
from contextlib import contextmanager
from datetime import date
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.audit import acting
from accounts.choices import Audience, ReviewState
from accounts.record_deeds import Deeds
from accounts.records import StaleEdit
from accounts.roles import Permission, Role, allows
from accounts.time_zones import office_date
from accounts.unsaved import UnsavedEntry
from partners.actions import free_code

from . import notices, uploads
from .choices import CentreRole, Stage
from .models import Activity, Attachment, ReferenceCounter, Series, attachment_path

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from accounts.models import User
    from priorities.models import Priority
    from priorities.succession import Succession

    from .forms import ActivityEntry

# The name under which entries of the form are kept.
FORM = Activity._meta.label_lower
RELEASE_FIELDS = {"classification", "audience", "released_to", "type"}
# A record in these states is, or is about to be, seen by others: it may not lose what approval needs.
COMPLETE_STATES = (ReviewState.SUBMITTED, ReviewState.APPROVED)


class AlreadySaved(Exception):
    """The form was sent before; `activity` is what it made."""

    def __init__(self, activity: Activity) -> None:
        self.activity = activity
        super().__init__(str(activity))


def may_log(user: "User") -> bool:
    """Whether the user may make new entries: those who log for the Centre, and partners for their organization."""
    return allows(user, Permission.LOG_RECORDS) or (user.is_active and user.role == Role.PARTNER)


@contextmanager
def _deed(activity: Activity, by: "User", verb: str, version: int | None) -> Iterator[Activity]:
    """The record as saved now, locked, inside the transaction of the deed. `version` None: it rests on no page."""
    with acting(by=by, verb=verb):
        try:
            saved = Activity.locked(activity.pk, version=version)
        except Activity.DoesNotExist as gone:
            raise ValidationError(_("This record was deleted meanwhile."), code="deleted") from gone
        yield saved


# --- entries ----------------------------------------------------------------------------------------------


def create_activity(
    *, entry: "ActivityEntry", by: "User", token: UUID, verb: str = "create", reference: str = ""
) -> Activity:
    """Save a valid new entry as a draft. AlreadySaved when this form (`token`) has made a record before.

    `verb` is `import` for the row of a file; `reference` one that was reserved for it.
    """
    if not may_log(by):
        raise PermissionDenied
    try:
        with acting(by=by, verb=verb):
            return _create(entry, by, token, reference)
    except IntegrityError as error:
        if "activities_form_token_once" not in str(error):
            raise
        raise AlreadySaved(Activity.objects.get(created_by=by, form_token=token)) from error


def _create(entry: "ActivityEntry", by: "User", token: UUID, reference: str) -> Activity:
    activity: Activity = entry.form.save(commit=False)
    activity.reference = reference or ReferenceCounter.next_reference(year_of(activity.start_date))
    activity.form_token = token
    if by.role == Role.PARTNER:
        _make_own_entry(activity, by)
    activity.note_release(by)
    activity.touch(by)
    activity.save()
    _save_parts(entry, activity, by)
    if activity.lead_organization and by.role == Role.PARTNER:
        activity.released_to.add(activity.lead_organization)
    UnsavedEntry.objects.forget(owner=by, form=FORM, token=token)
    return activity


def year_of(first_day: date | None) -> int:
    """The year in whose references an activity is counted."""
    return (first_day or timezone.localdate()).year


def _make_own_entry(activity: Activity, by: "User") -> None:
    """A partner's own activity, released to that partner so that approval does not hide it from its author."""
    activity.lead_organization = by.organization
    activity.centre_role = CentreRole.NONE
    activity.audience = Audience.NAMED_PARTNERS


def save_activity(*, entry: "ActivityEntry", by: "User", version: int, verb: str = "edit") -> Activity:
    """Save a valid entry over the record that it was opened on. `verb` is `import` for the row of a file."""
    assert entry.activity is not None
    with _deed(entry.activity, by, verb, version) as saved:
        if not saved.may_be_edited_by(by):
            raise PermissionDenied
        lacked = missing(saved)
        activity: Activity = entry.form.save(commit=False)
        if activity.version != saved.version:
            raise StaleEdit(saved)
        changed = set(entry.form.changed_data)
        if "main_priority" in changed:
            activity.priority_inferred = False
        _note_release(activity, saved, by, changed)
        activity.touch(by)
        activity.save()
        _save_parts(entry, activity, by)
        _require_complete(activity, lacked)
        if verb == "edit":  # what somebody has typed into the form outlasts an import of the same record
            UnsavedEntry.objects.forget(owner=by, form=FORM, record=activity.pk)
        if activity.release_held and not saved.release_held:
            notices.release_waits(activity, by=by)
    return activity


def _save_parts(entry: "ActivityEntry", activity: Activity, by: "User") -> None:
    entry.form.save_m2m()
    for rows in entry.rows:
        rows.write(activity, by)
    for file in entry.files.cleaned_data["attached"]:
        _keep(activity, file, by)


def _note_release(activity: Activity, saved: Activity, by: "User", changed: set[str]) -> None:
    """Note a changed release; a good offices contact waits for the second manager again after any change.

    Nor does a release that waits, or that would have to, get free by calling the record something else.
    """
    waits = _waits(saved) or activity.needs_second_manager
    if changed & RELEASE_FIELDS:
        activity.note_release(by)
    if waits:
        _hold_release(activity, by)


def _waits(activity: Activity) -> bool:
    """Whether the saved record's release is held, or would be after any change."""
    return activity.release_held or activity.needs_second_manager


def _hold_release(activity: Activity, by: "User") -> None:
    """Let the release wait; whoever changes an approved record decides on what is released by it.

    What was a good offices contact waits whatever its audience, so that the audience may not be widened later.
    """
    activity.release_held = activity.audience != Audience.INTERNAL or not activity.needs_second_manager
    activity.release_confirmed_by = activity.release_confirmed_at = None
    if activity.is_approved:
        activity.release_decided_by = by


def missing(activity: Activity) -> set[str]:
    """What the saved record lacks for approval, in words."""
    return {str(label) for label in activity.missing_for_approval()}


def _require_complete(activity: Activity, lacked: Set[str] = frozenset()) -> None:
    """Refuse a change that takes away what approval needs; what the record lacked before is not held against it."""
    lost = missing(activity) - lacked
    if activity.review_state in COMPLETE_STATES and lost:
        raise ValidationError(
            _("The record is “%(state)s”, so it must keep: %(missing)s."),
            params={"state": activity.get_review_state_display(), "missing": ", ".join(sorted(lost))},
        )


def delete_draft(*, activity: Activity, by: "User", version: int) -> None:
    """Delete a draft that was never submitted; the audit trail keeps what it held."""
    with _deed(activity, by, "delete", version) as saved:
        if saved.review_state != ReviewState.DRAFT or saved.submitted_at is not None:
            raise ValidationError(_("Only a draft that was never submitted can be deleted."))
        if not saved.may_be_deleted_by(by):
            raise PermissionDenied
        try:
            saved.delete()
        except ProtectedError as error:
            raise ValidationError(_("Other records refer to this draft, so it cannot be deleted.")) from error


# --- review -----------------------------------------------------------------------------------------------


def submit(*, activity: Activity, by: "User", version: int) -> Activity:
    """Hand a draft to the managers."""
    with _deed(activity, by, "submit", version) as saved:
        saved.submit(by=by)
        notices.submitted(saved, by=by)
    return saved


def withdraw(*, activity: Activity, by: "User", version: int) -> Activity:
    """Take back what nobody has decided on yet."""
    with _deed(activity, by, "withdraw", version) as saved:
        saved.withdraw(by=by)
    return saved


def approve(*, activity: Activity, by: "User", version: int) -> Activity:
    """Approve a submitted record that has all it needs."""
    with _deed(activity, by, "approve", version) as saved:
        _require_complete(saved)
        saved.approve(by=by)
        notices.approved(saved, by=by)
        notices.release_waits(saved, by=by)
    return saved


def send_back(*, activity: Activity, by: "User", version: int, comment: str) -> Activity:
    """Return a submitted record with a word about what to mend."""
    with _deed(activity, by, "return", version) as saved:
        saved.send_back(by=by, comment=comment)
        notices.returned(saved, by=by)
    return saved


def reopen(*, activity: Activity, by: "User", version: int) -> Activity:
    """Take an approved record back to draft. What is approved next may differ, so two managers decide anew."""
    with _deed(activity, by, "reopen", version) as saved:
        saved.reopen(by=by)
        if _waits(saved):
            _hold_release(saved, by)
            saved.save()
    return saved


def confirm_release(*, activity: Activity, by: "User", version: int) -> Activity:
    """The second manager's word on a release that waits for it."""
    with _deed(activity, by, "confirm_release", version) as saved:
        saved.confirm_release(by=by)
    return saved


# --- facts ------------------------------------------------------------------------------------------------


def change_stage(*, activity: Activity, by: "User", version: int, stage: Stage, outcome: str | None = None) -> Activity:
    """Take the activity to a stage that may follow the present one; with `outcome` where it was held."""
    with _deed(activity, by, "stage", version) as saved:
        if not saved.may_be_edited_by(by):
            raise PermissionDenied
        if stage not in saved.allowed_stages():
            raise ValidationError(
                _("The activity is now “%(stage)s”, so this cannot be done."),
                params={"stage": saved.get_stage_display()},
                code="wrong_state",
            )
        lacked = missing(saved)
        saved.stage = stage
        saved.outcome = saved.outcome if outcome is None else outcome
        saved.clean()
        if _waits(saved):
            _hold_release(saved, by)
        saved.touch(by)
        saved.save()
        _require_complete(saved, lacked)
    return saved


def verify(*, activity: Activity, by: "User", version: int) -> Activity:
    """Note that the entry is still right, as of today in Ashgabat. Nothing else of it changes."""
    with _deed(activity, by, "verify", version) as saved:
        if not saved.may_be_verified_by(by):
            raise PermissionDenied
        saved.last_verified = office_date()
        saved.touch(by)
        saved.save()
    return saved


def confirm_priority(*, activity: Activity, by: "User", version: int) -> Activity:
    """A manager confirms that the inferred priority is the right one."""
    with _deed(activity, by, "confirm_priority", version) as saved:
        if not allows(by, Permission.APPROVE_RECORDS):
            raise PermissionDenied
        if not saved.priority_inferred:
            raise ValidationError(_("The priority is confirmed already."))
        saved.priority_inferred = False
        saved.touch(by)
        saved.save()
    return saved


def confirm_evidence(*, activity: Activity, by: "User", version: int, evidence: int) -> Activity:
    """A manager confirms an inferred piece of evidence, by its number."""
    with _deed(activity, by, "confirm_evidence", version) as saved:
        if not allows(by, Permission.APPROVE_RECORDS):
            raise PermissionDenied
        piece = saved.evidence.filter(pk=evidence).first()
        if piece is None or not piece.inferred:
            raise ValidationError(_("This piece of evidence is confirmed already, or is no longer there."))
        piece.inferred = False
        piece.save(update_fields=["inferred"])
        saved.touch(by)
        saved.save()
    return saved


def place(
    *, activity: Activity, by: "User", version: int, priority: "Priority", confirmed: Set[int], succession: "Succession"
) -> Activity:
    """A manager says which priority the activity serves, and confirms pieces of inferred evidence by their numbers.

    Under a priority of another programme, evidence and further priorities go over to their counterparts there, where
    they have any: what is done in the next programme is no evidence for the promises of the last.
    """
    with _deed(
        activity, by, "confirm_priority" if activity.main_priority_id == priority.pk else "place", version
    ) as saved:
        if not allows(by, Permission.APPROVE_RECORDS):
            raise PermissionDenied
        is_moved = saved.main_priority_id != priority.pk
        pieces = saved.evidence.filter(pk__in=confirmed, inferred=True)
        if not is_moved and not saved.priority_inferred and not pieces.exists():
            raise ValidationError(_("There is nothing left to confirm or to change."))
        pieces.update(inferred=False)
        if is_moved:
            _move_links(saved, priority, succession)
            if _waits(saved):
                _hold_release(saved, by)
        saved.main_priority = priority
        saved.priority_inferred = False
        saved.touch(by)
        saved.save()
    return saved


def _move_links(activity: Activity, priority: "Priority", succession: "Succession") -> None:
    """Let evidence and further priorities follow the main priority into its programme."""
    there = priority.programme_id
    has = set(activity.evidence.values_list("commitment", flat=True))
    for piece in activity.evidence.all():
        target = succession.of_commitments.counterpart(piece.commitment_id, there)
        if target is not None and target not in has:
            has.add(target)
            piece.commitment_id = target
            piece.save(update_fields=["commitment"])
    further = [one.pk for one in activity.further_priorities.all()]
    moved = [succession.of_priorities.counterpart(pk, there) or pk for pk in further]
    if moved != further:
        activity.further_priorities.set({pk for pk in moved if pk != priority.pk})


# --- files ------------------------------------------------------------------------------------------------


def attach(*, activity: Activity, by: "User", files: "list[UploadedFile]") -> list[Attachment]:
    """Keep the files with the activity. The record's version stays: a form opened before can still be saved.

    A good offices contact that was released waits for the second manager again, who has not seen the files.
    """
    with _deed(activity, by, "attach", None) as saved:
        if not saved.may_be_edited_by(by):
            raise PermissionDenied
        if _waits(saved) and saved.is_approved:
            _hold_release(saved, by)
            saved.touch(by)
            saved.save()
        return [_keep(saved, file, by) for file in files]


def _keep(activity: Activity, file: "UploadedFile", by: "User") -> Attachment:
    name = safe_name(file.name or "")
    attachment = Attachment(
        activity=activity,
        name=name,
        content_type=uploads.content_type(file),
        size=file.size or 0,
        sha256=_digest(file),
        uploaded_by=by,
    )
    path = attachment_path(attachment, name)
    storage = attachment.file.storage
    if storage.exists(path):
        attachment.file.name = path
    else:
        attachment.file.save(name, file, save=False)
    attachment.save()
    return attachment


def _digest(file: "UploadedFile") -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def safe_name(name: str) -> str:
    """A file's name without folders, control characters or marks that turn the direction of writing."""
    last = PurePath(name.replace("\\", "/")).name
    clean = re.sub(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\"<>:|?*/]", "", last).strip(" .")
    stem, dot, suffix = clean.rpartition(".")
    if dot and len(suffix) <= 10:
        return f"{stem[:180]}.{suffix}" if stem else f"file.{suffix}"
    return clean[:180] or "file"


def detach(*, activity: Activity, by: "User", attachment: int) -> None:
    """Remove a file from the activity. Its content stays in the store: another record may hold the same file."""
    with _deed(activity, by, "detach", None) as saved:
        if not saved.may_be_edited_by(by):
            raise PermissionDenied
        saved.attachments.filter(pk=attachment).delete()


# --- series -----------------------------------------------------------------------------------------------


class SeriesDeeds(Deeds):
    """Managers keep the series; one that is not held any more is retired."""

    def may_delete(self, record: Any) -> bool:
        return False

    def complete(self, record: Any) -> None:
        if not record.code:
            record.code = free_code(Series, record.name_en)


SERIES = SeriesDeeds(Permission.EDIT_PROGRAMME)
