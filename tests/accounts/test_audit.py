"""The audit trail: written by the database, whichever way a change comes, and never changed."""

import pytest
from django.db import DatabaseError, transaction

from accounts.audit import acting, note
from accounts.models import AuditEntry, User
from partners.models import Organization
from priorities.models import Theme
from tests.factories.activities import make_activity


@pytest.mark.django_db
def test_a_deed_names_its_author_and_the_values_before_and_after(officer: User) -> None:
    activity = make_activity(created_by=officer, title_en="Before")
    with acting(by=officer, verb="change"):
        activity.title_en = "After"
        activity.save()
    entry = AuditEntry.objects.of(activity).first()
    assert (entry.actor, entry.verb, entry.changes["title_en"]) == (officer, "change", ["Before", "After"])


@pytest.mark.django_db
def test_bulk_updates_and_many_to_many_changes_are_caught(officer: User) -> None:
    activity = make_activity(created_by=officer)
    theme = Theme.objects.create(code="example", name_en="Example")
    with acting(by=officer, verb="bulk"):
        type(activity).objects.filter(pk=activity.pk).update(city="Ashgabat")
        activity.themes.add(theme)
    entries = list(AuditEntry.objects.of(activity).filter(verb="bulk"))
    assert {entry.part for entry in entries} == {"", "activity_themes"}
    assert all(entry.actor == officer for entry in entries)


@pytest.mark.django_db
def test_nested_deeds_keep_their_own_names(officer: User, osce: Organization) -> None:
    with acting(by=officer, verb="outer"):
        with acting(by=None, verb="inner"):
            Organization.objects.filter(pk=osce.pk).update(website="https://example.org/inner")
        Organization.objects.filter(pk=osce.pk).update(website="https://example.org/outer")
    outer, inner = AuditEntry.objects.of(osce)[:2]
    assert (outer.verb, outer.actor, inner.verb, inner.actor) == ("outer", officer, "inner", None)


@pytest.mark.django_db
def test_the_name_of_a_deed_ends_with_its_transaction(officer: User, osce: Organization) -> None:
    with pytest.raises(RuntimeError), acting(by=officer, verb="failed"):
        raise RuntimeError
    Organization.objects.filter(pk=osce.pk).update(website="https://example.org/later")
    assert AuditEntry.objects.of(osce).first().actor is None


@pytest.mark.django_db
def test_secrets_are_not_copied_into_the_trail(officer: User) -> None:
    officer.set_password("another long enough example")
    officer.save()
    assert not AuditEntry.objects.filter(changes__has_key="password").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("deed", ["update", "delete"])
def test_entries_can_be_neither_changed_nor_deleted(officer: User, deed: str) -> None:
    note(by=officer, verb="example")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        if deed == "update":
            AuditEntry.objects.update(verb="nothing happened")
        else:
            AuditEntry.objects.all().delete()
    assert AuditEntry.objects.filter(verb="example").exists()
