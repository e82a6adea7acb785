"""Changes and disclosures of the framework and the reference lists: see `accounts.changes`."""

from django.db import migrations

DISCLOSED = """
CREATE FUNCTION disclosed_priorities_programmeofaction(ids bigint[])
RETURNS TABLE (object_id bigint, key text, readers text[]) LANGUAGE sql STABLE AS $$
    SELECT r.id, extract(year FROM r.starts) || '-' || extract(year FROM r.ends), ARRAY['public'] FROM priorities_programmeofaction AS r WHERE r.id = ANY(ids)
$$;
CREATE FUNCTION disclosed_priorities_mandatefunction(ids bigint[])
RETURNS TABLE (object_id bigint, key text, readers text[]) LANGUAGE sql STABLE AS $$
    SELECT r.id, r.number::text, ARRAY['public'] FROM priorities_mandatefunction AS r WHERE r.id = ANY(ids)
$$;
CREATE FUNCTION disclosed_priorities_priority(ids bigint[])
RETURNS TABLE (object_id bigint, key text, readers text[]) LANGUAGE sql STABLE AS $$
    SELECT r.id, extract(year FROM p.starts) || '-' || extract(year FROM p.ends) || '/' || r.slug, ARRAY['public'] FROM priorities_priority AS r JOIN priorities_programmeofaction AS p ON p.id = r.programme_id WHERE r.id = ANY(ids)
$$;
CREATE FUNCTION disclosed_priorities_commitment(ids bigint[])
RETURNS TABLE (object_id bigint, key text, readers text[]) LANGUAGE sql STABLE AS $$
    SELECT r.id, extract(year FROM p.starts) || '-' || extract(year FROM p.ends) || '/' || r.code, ARRAY['public'] FROM priorities_commitment AS r
    JOIN priorities_priority AS q ON q.id = r.priority_id JOIN priorities_programmeofaction AS p ON p.id = q.programme_id
    WHERE r.id = ANY(ids)
$$;
CREATE FUNCTION disclosed_priorities_framework(ids bigint[])
RETURNS TABLE (object_id bigint, key text, readers text[]) LANGUAGE sql STABLE AS $$
    SELECT r.id, r.code, ARRAY['public'] FROM priorities_framework AS r WHERE r.id = ANY(ids)
$$;
CREATE FUNCTION disclosed_priorities_document(ids bigint[])
RETURNS TABLE (object_id bigint, key text, readers text[]) LANGUAGE sql STABLE AS $$
    SELECT r.id, r.key, ARRAY['public'] FROM priorities_document AS r WHERE r.id = ANY(ids)
$$;
CREATE FUNCTION disclosed_priorities_theme(ids bigint[])
RETURNS TABLE (object_id bigint, key text, readers text[]) LANGUAGE sql STABLE AS $$
    SELECT r.id, r.code, ARRAY['public'] FROM priorities_theme AS r WHERE r.id = ANY(ids)
$$;
CREATE FUNCTION disclosed_priorities_country(ids bigint[])
RETURNS TABLE (object_id bigint, key text, readers text[]) LANGUAGE sql STABLE AS $$
    SELECT r.id, r.code, ARRAY['public'] FROM priorities_country AS r WHERE r.id = ANY(ids)
$$;
CREATE FUNCTION disclosed_priorities_sdgtarget(ids bigint[])
RETURNS TABLE (object_id bigint, key text, readers text[]) LANGUAGE sql STABLE AS $$
    SELECT r.id, r.code, ARRAY['public'] FROM priorities_sdgtarget AS r WHERE r.id = ANY(ids)
$$;
CREATE FUNCTION disclosed_priorities_mandate(ids bigint[])
RETURNS TABLE (object_id bigint, key text, readers text[]) LANGUAGE sql STABLE AS $$
    SELECT r.id, extract(year FROM p.starts) || '-' || extract(year FROM p.ends) || '/' || r.code, ARRAY['public'] FROM priorities_mandate AS r
    JOIN priorities_programmeofaction AS p ON p.id = r.programme_id
    WHERE r.id = ANY(ids)
$$;
CREATE FUNCTION disclosed_priorities_deliverable(ids bigint[])
RETURNS TABLE (object_id bigint, key text, readers text[]) LANGUAGE sql STABLE AS $$
    SELECT r.id, r.year || '/' || l.code, ARRAY['staff'] FROM priorities_deliverable AS r JOIN priorities_deliverableline AS l ON l.id = r.line_id WHERE r.id = ANY(ids)
$$;
CREATE FUNCTION disclosed_priorities_indicator(ids bigint[])
RETURNS TABLE (object_id bigint, key text, readers text[]) LANGUAGE sql STABLE AS $$
    SELECT r.id, extract(year FROM p.starts) || '-' || extract(year FROM p.ends) || '/' || q.slug || '/' || r.code, ARRAY['staff'] FROM priorities_indicator AS r
    JOIN priorities_priority AS q ON q.id = r.priority_id JOIN priorities_programmeofaction AS p ON p.id = q.programme_id
    WHERE r.id = ANY(ids)
$$;
"""

WATCHES = """
SELECT change_watch('priorities.mandatefunction', 'priorities_mandatefunction', 'SELECT id FROM %s', '{}', true);
SELECT change_watch('priorities.framework', 'priorities_framework', 'SELECT id FROM %s', '{}', true);
SELECT change_watch('priorities.document', 'priorities_document', 'SELECT id FROM %s', '{}', true);
SELECT change_watch('priorities.sdgtarget', 'priorities_sdgtarget', 'SELECT id FROM %s', '{}', true);
SELECT change_watch('priorities.country', 'priorities_country', 'SELECT id FROM %s', '{}', true);
SELECT change_watch('priorities.programmeofaction', 'priorities_programmeofaction', 'SELECT id FROM %s', '{}', true);
SELECT change_watch('priorities.mandate', 'priorities_mandate', 'SELECT id FROM %s', '{}', true);
SELECT change_watch('priorities.commitment', 'priorities_commitment', 'SELECT id FROM %s', '{}', true);
SELECT change_watch('priorities.deliverable', 'priorities_deliverable', 'SELECT id FROM %s', '{}', true);
SELECT change_watch('priorities.indicator', 'priorities_indicator', 'SELECT id FROM %s', '{}', true);
SELECT change_watch(
    'priorities.priority',
    'priorities_priority',
    'SELECT id FROM %1$s
     UNION SELECT id FROM priorities_priority WHERE predecessor_id IN (SELECT id FROM %1$s)',
    '{}',
    true
);
SELECT change_watch(
    'priorities.theme',
    'priorities_theme',
    'SELECT id FROM %1$s
     UNION SELECT id FROM priorities_theme WHERE parent_id IN (SELECT id FROM %1$s)',
    '{}',
    true
);
SELECT change_watch(
    'priorities.priority',
    'priorities_programmeofaction',
    'SELECT id FROM priorities_priority WHERE programme_id IN (SELECT id FROM %1$s) OR predecessor_id IN (SELECT id FROM priorities_priority WHERE programme_id IN (SELECT id FROM %1$s))',
    '{starts,ends}',
    true
);
SELECT change_watch(
    'priorities.priority',
    'priorities_mandatefunction',
    'SELECT id FROM priorities_priority WHERE function_id IN (SELECT id FROM %s)',
    '{number}'
);
SELECT change_watch(
    'priorities.mandate',
    'priorities_programmeofaction',
    'SELECT id FROM priorities_mandate WHERE programme_id IN (SELECT id FROM %s)',
    '{starts,ends}',
    true
);
SELECT change_watch(
    'priorities.mandate',
    'priorities_document',
    'SELECT id FROM priorities_mandate WHERE document_id IN (SELECT id FROM %s)',
    '{key}'
);
SELECT change_watch(
    'priorities.commitment',
    'priorities_priority',
    'SELECT id FROM priorities_commitment WHERE priority_id IN (SELECT id FROM %s)',
    '{slug,programme_id}',
    true
);
SELECT change_watch(
    'priorities.commitment',
    'priorities_programmeofaction',
    'SELECT id FROM priorities_commitment WHERE priority_id IN (SELECT id FROM priorities_priority WHERE programme_id IN (SELECT id FROM %s))',
    '{starts,ends}',
    true
);
SELECT change_watch('priorities.commitment', 'priorities_framework_commitments', 'SELECT commitment_id FROM %s');
SELECT change_watch(
    'priorities.commitment',
    'priorities_framework',
    'SELECT commitment_id FROM priorities_framework_commitments WHERE framework_id IN (SELECT id FROM %s)',
    '{code}'
);
SELECT change_watch('priorities.framework', 'priorities_framework_commitments', 'SELECT framework_id FROM %s');
SELECT change_watch(
    'priorities.framework',
    'priorities_commitment',
    'SELECT framework_id FROM priorities_framework_commitments WHERE commitment_id IN (SELECT id FROM %s)',
    '{code,priority_id}'
);
SELECT change_watch(
    'priorities.framework',
    'priorities_priority',
    'SELECT framework_id FROM priorities_framework_commitments WHERE commitment_id IN (SELECT id FROM priorities_commitment WHERE priority_id IN (SELECT id FROM %s))',
    '{programme_id}'
);
SELECT change_watch(
    'priorities.framework',
    'priorities_programmeofaction',
    'SELECT framework_id FROM priorities_framework_commitments WHERE commitment_id IN (SELECT id FROM priorities_commitment WHERE priority_id IN (SELECT id FROM priorities_priority WHERE programme_id IN (SELECT id FROM %s)))',
    '{starts,ends}'
);
SELECT change_watch(
    'priorities.deliverable',
    'priorities_deliverableline',
    'SELECT id FROM priorities_deliverable WHERE line_id IN (SELECT id FROM %s)',
    '{code,category,name_en,name_ru,unit_en,unit_ru,narrative}',
    true
);
SELECT change_watch(
    'priorities.deliverable',
    'priorities_programmeofaction',
    'SELECT id FROM priorities_deliverable WHERE programme_id IN (SELECT id FROM %s)',
    '{starts,ends}'
);
SELECT change_watch('priorities.indicator', 'priorities_indicatorvalue', 'SELECT indicator_id FROM %s');
SELECT change_watch(
    'priorities.indicator',
    'priorities_priority',
    'SELECT id FROM priorities_indicator WHERE priority_id IN (SELECT id FROM %s)',
    '{slug,programme_id}',
    true
);
SELECT change_watch(
    'priorities.indicator',
    'priorities_programmeofaction',
    'SELECT id FROM priorities_indicator WHERE priority_id IN (SELECT id FROM priorities_priority WHERE programme_id IN (SELECT id FROM %s))',
    '{starts,ends}',
    true
);
SELECT change_note_all('priorities.mandatefunction');
SELECT change_note_all('priorities.framework');
SELECT change_note_all('priorities.document');
SELECT change_note_all('priorities.sdgtarget');
SELECT change_note_all('priorities.country');
SELECT change_note_all('priorities.programmeofaction');
SELECT change_note_all('priorities.mandate');
SELECT change_note_all('priorities.commitment');
SELECT change_note_all('priorities.deliverable');
SELECT change_note_all('priorities.indicator');
SELECT change_note_all('priorities.priority');
SELECT change_note_all('priorities.theme');
"""


class Migration(migrations.Migration):
    dependencies = [("priorities", "0002_search"), ("accounts", "0011_changes")]

    operations = [migrations.RunSQL(DISCLOSED + WATCHES, migrations.RunSQL.noop)]
