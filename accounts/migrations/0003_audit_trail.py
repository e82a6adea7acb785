"""The functions behind the audit trail. `accounts.audit.install_triggers` puts them on the tables."""

from django.db import migrations

AUDIT_ROW = """
CREATE OR REPLACE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql AS $$
-- Arguments: the record a row belongs to, the column with that record's id, the row's own table, hidden columns.
DECLARE
    hidden text[] := string_to_array(TG_ARGV[3], ',');
    before jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}'::jsonb ELSE to_jsonb(OLD) - hidden END;
    after jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}'::jsonb ELSE to_jsonb(NEW) - hidden END;
    data jsonb := CASE WHEN TG_OP = 'DELETE' THEN before ELSE after END;
    subject text := TG_ARGV[0];
    subject_id text := data ->> TG_ARGV[1];
    part text := CASE WHEN split_part(TG_ARGV[0], '.', 2) = TG_ARGV[2] THEN '' ELSE TG_ARGV[2] END;
    changed jsonb;
BEGIN
    SELECT coalesce(jsonb_object_agg(name, jsonb_build_array(before -> name, after -> name)), '{}'::jsonb)
      INTO changed
      FROM (SELECT jsonb_object_keys(before || after) AS name) AS names
     WHERE (before -> name) IS DISTINCT FROM (after -> name);
    IF TG_OP = 'UPDATE' AND changed = '{}'::jsonb THEN
        RETURN NULL;
    END IF;
    INSERT INTO accounts_auditentry (at, actor_id, address, verb, subject, subject_id, part, changes)
    VALUES (
        clock_timestamp(),
        nullif(current_setting('audit.actor', true), '')::bigint,
        nullif(current_setting('audit.address', true), '')::inet,
        coalesce(nullif(current_setting('audit.verb', true), ''), lower(TG_OP)),
        subject,
        coalesce(subject_id, ''),
        part,
        changed
    );
    RETURN NULL;
END $$;
"""

REFUSE = """
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit trail is append-only: % is refused.', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON accounts_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_initial")]

    operations = [
        migrations.RunSQL(AUDIT_ROW, "DROP FUNCTION audit_row() CASCADE"),
        migrations.RunSQL(REFUSE, "DROP FUNCTION audit_refuse() CASCADE"),
    ]
