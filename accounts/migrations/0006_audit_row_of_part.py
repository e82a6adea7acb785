"""A changed row of a part (a link, a follow-up) is named by its id, or nobody could tell which of them it was."""

from importlib import import_module

from django.db import migrations

before = import_module("accounts.migrations.0003_audit_trail").AUDIT_ROW
PLACE = "    INSERT INTO accounts_auditentry"
NAME_THE_ROW = """\
    IF TG_OP = 'UPDATE' AND part <> '' AND data ? 'id' THEN
        changed := changed || jsonb_build_object('id', jsonb_build_array(before -> 'id', after -> 'id'));
    END IF;
"""
assert before.count(PLACE) == 1


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_mail")]

    operations = [migrations.RunSQL(before.replace(PLACE, NAME_THE_ROW + PLACE), before)]
