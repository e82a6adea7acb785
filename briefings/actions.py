"""Every way to write a development: atomic, under the row's lock, with its author and deed in the audit trail."""

from collections.abc import Callable
from uuid import uuid4

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.audit import acting
from accounts.choices import ReviewState
from accounts.models import User
from accounts.records import StaleEdit
from accounts.roles import Permission, allows
from accounts.unsaved import UnsavedEntry

from . import notices
from .forms import DevelopmentForm
from .models import Development

# The name under which entries of the form are kept.
FORM = Development._meta.label_lower
KEY_LENGTH = 60
# A record in these states is, or is about to be, seen by others: it may not lose what approval needs.
COMPLETE_STATES = (ReviewState.SUBMITTED, ReviewState.APPROVED)


def may_edit(development: Development, user: User) -> bool:
    """Developments are the Centre's own records: partners never edit them."""
    return allows(user, Permission.LOG_RECORDS) and development.may_be_edited_by(user)


class AlreadySaved(Exception):
    """The form was sent before; `development` is what it made."""

    def __init__(self, development: Development) -> None:
        self.development = development
        super().__init__(str(development))


def add_development(*, form: DevelopmentForm, by: User) -> Development:
    """Save a new draft from a valid form. AlreadySaved when this form has made a record before.

    PermissionDenied unless the author may log records.
    """
    if not allows(by, Permission.LOG_RECORDS):
        raise PermissionDenied
    form.instance.form_token = form.cleaned_data["form_token"] or uuid4()
    try:
        return _add(form, by)
    except IntegrityError as error:
        saved = Development.objects.filter(created_by=by, form_token=form.instance.form_token).first()
        if saved is not None:
            raise AlreadySaved(saved) from error
        if "briefings_development_key" not in str(error):
            raise
        return _add(form, by)  # somebody else took the same key at the same moment


def _add(form: DevelopmentForm, by: User) -> Development:
    form.instance.key = free_key(form.instance)
    with acting(by=by, verb="create"):
        form.instance.note_release(by)
        form.instance.touch(by)
        UnsavedEntry.objects.forget(owner=by, form=FORM, token=form.instance.form_token)
        development: Development = form.save()
    return development


def free_key(development: Development) -> str:
    """A key from headline and year that no other development has."""
    base = slugify(f"{development.headline_en[:KEY_LENGTH]} {development.date.year}")
    taken = set(Development.objects.filter(key__startswith=base).values_list("key", flat=True))
    numbered = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
    return next(key for key in numbered if key not in taken)


def change_development(*, form: DevelopmentForm, by: User) -> Development:
    """Save a valid form over the record that it was opened on.

    Raises StaleEdit when the form's version is no longer the saved one, PermissionDenied when the author may
    not edit the record in its present state, and ValidationError when a submitted or approved record would
    lose what its approval needs.
    """
    with acting(by=by, verb="edit"):
        # A form that lost its version counts as stale: nobody knows what it started from.
        saved = Development.locked(form.instance.pk, version=form.cleaned_data["version"] or 0)
        if not may_edit(saved, by):
            raise PermissionDenied
        # The form may name the right version and still have been filled from an earlier one.
        if form.instance.version != saved.version:
            raise StaleEdit(saved)
        missing = form.instance.missing_for_approval()
        if saved.review_state in COMPLETE_STATES and missing:
            raise ValidationError(
                _("A submitted or approved record cannot do without: %(missing)s."),
                params={"missing": ", ".join(str(name) for name in missing)},
            )
        if form.changes_release:
            form.instance.note_release(by)
        form.instance.touch(by)
        UnsavedEntry.objects.forget(owner=by, form=FORM, record=saved.pk)
        return form.save()


def decide(*, pk: int, version: int, by: User, verb: str, deed: Callable[[Development], None]) -> Development:
    """Run a named deed such as `submit` on the record as the page showed it, and tell those it concerns by mail.

    Raises StaleEdit when the record changed since, and whatever the deed itself raises.
    """
    with acting(by=by, verb=verb):
        development = Development.locked(pk, version=version)
        deed(development)
        if development.review_state == ReviewState.SUBMITTED:
            notices.submitted(development, by=by)
        if verb in ("approve", "return"):
            notices.decided(development, by=by)
        return development
