"""The audit trail: who did what, when, from where, with the values before and after.

The database itself writes the trail. A trigger on every table of the portal's own apps adds an
AuditEntry for each row that is inserted, updated or deleted, whichever way the write came (form,
API, bulk update, admin, SQL). `acting` tells the triggers who acts and what the deed is called.
AuditEntry refuses UPDATE and DELETE by a trigger of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig, apps
from django.db import connection, models, transaction

if TYPE_CHECKING:
    from .models import User

AUDITED_APPS = ("accounts", "partners", "priorities", "activities", "briefings", "reports")
# Tables and columns that would only fill the trail, or must not be copied into it.
UNAUDITED_TABLES = {
    "accounts_auditentry",
    "accounts_apiaccess",  # is a log itself, and is kept for a time only
    "accounts_mail",  # the outbox itself says what was sent, and when
    "accounts_searchentry",  # only repeats what other tables hold
    "accounts_change",  # only says that the others changed, and who could see them
    "accounts_disclosure",
    "accounts_keptanswer",  # repeats answers for two days
    "activities_activityimport",  # a person's own working copy; the history of each activity tells what came of it
    "accounts_unsavedentry",  # a person's own, every few seconds anew; once saved, the record's entry tells it
}
HIDDEN_COLUMNS = (
    *("password", "digest", "last_login", "last_used_at", "search"),
    *("heartbeat_at", "progress", "step"),  # a report's signs of life
)
# Personal data (ST/SGB/2024/1). The trail can never be thinned out, and who is deleted as a contact is to be gone: it
# keeps who added, changed, verified or deleted a contact and when, never whom or what.
# A frozen dossier is its own record, and what of it a reader may see is decided item by item.
HIDDEN_COLUMNS_OF = {
    "partners_contact": ("name", "position", "email", "telephone", "purpose"),
    "briefings_dossierversion": ("content",),
}

address_of_request: ContextVar[str | None] = ContextVar("address_of_request", default=None)


@contextmanager
def acting(*, by: "User | None", verb: str) -> Iterator[None]:
    """Run the writes inside in one transaction and name their author and deed in the audit trail.

    `by` is None when the portal itself acts (a loader, a schedule). `verb` is a code such as `approve`.
    Nested calls: the inner deed names its own rows, then the outer one goes on.
    """
    with transaction.atomic():
        outer = _set_context(by.pk if by else None, verb, address_of_request.get())
        yield
        _restore_context(outer)


def _set_context(actor: int | None, verb: str, address: str | None) -> tuple[str, str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('audit.actor', true), current_setting('audit.verb', true),"
            " current_setting('audit.address', true)"
        )
        outer = tuple(value or "" for value in cursor.fetchone())
        cursor.execute(
            "SELECT set_config('audit.actor', %s, true), set_config('audit.verb', %s, true),"
            " set_config('audit.address', %s, true)",
            [str(actor or ""), verb, address or ""],
        )
    return outer  # type: ignore[return-value]  # three settings, always


def _restore_context(outer: tuple[str, str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('audit.actor', %s, true), set_config('audit.verb', %s, true),"
            " set_config('audit.address', %s, true)",
            list(outer),
        )


def note(*, by: "User | None", verb: str, subject: models.Model | None = None, **changes: Any) -> None:
    """Add an entry for a deed that changes no row, such as a sign-in or a download."""
    from .models import AuditEntry

    AuditEntry.objects.create(
        actor=by,
        address=address_of_request.get(),
        verb=verb,
        subject=subject._meta.label_lower if subject else "",
        subject_id=str(subject.pk) if subject else "",
        changes=changes,
    )


def install_triggers(sender: AppConfig, **kwargs: Any) -> None:
    """After every migration: give each table of the portal's apps the audit trigger, so that none is forgotten."""
    if sender.label not in AUDITED_APPS:
        return
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for model in apps.get_app_config(sender.label).get_models(include_auto_created=True):
            table = model._meta.db_table
            if table not in existing or table in UNAUDITED_TABLES or model._meta.proxy:
                continue
            subject, column = _subject(model)
            hidden = (*HIDDEN_COLUMNS, *HIDDEN_COLUMNS_OF.get(table, ()))
            cursor.execute(
                f'CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON "{table}"'
                " FOR EACH ROW EXECUTE FUNCTION audit_row(%s, %s, %s, %s)",
                [
                    subject,
                    column,
                    model._meta.model_name,
                    ",".join(hidden),
                ],
            )


def _subject(model: type[models.Model]) -> tuple[str, str]:
    """Whose history a row belongs to: (label, column with its id). Rows of a part belong to the whole."""
    whole: Any = model._meta.auto_created  # the model whose many-to-many field made this table
    if whole:
        column = next(f.column for f in model._meta.fields if f.remote_field and f.related_model is whole)
        return whole._meta.label_lower, str(column)
    part_of: str | None = getattr(model, "part_of", None)
    if part_of:
        field = model._meta.get_field(part_of)
        assert isinstance(field, models.ForeignKey)
        return field.related_model._meta.label_lower, str(field.column)
    return model._meta.label_lower, str(model._meta.pk.column)
