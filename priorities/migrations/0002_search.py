"""What is searched of the programme of action and the reference lists."""

from django.db import migrations

SOURCES = """
CREATE FUNCTION search_priorities_priority(ids bigint[]) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'object_id', priority.id,
        'key', concat_ws('/', date_part('year', starts) || '-' || date_part('year', ends), slug),
        'title_en', priority.title_en, 'title_ru', priority.title_ru,
        'open_text', search_lines(short_title_en, short_title_ru, narrative_en, narrative_ru),
        'starts', starts, 'ends', ends, 'date_precision', 'year',
        'keys', ARRAY[short_title_en, short_title_ru]
    ) FROM priorities_priority AS priority JOIN priorities_programmeofaction AS programme ON programme.id = programme_id
    WHERE priority.id = ANY(ids)
$$;
CREATE FUNCTION search_priorities_commitment(ids bigint[]) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'object_id', commitment.id,
        'key', concat_ws('/', date_part('year', starts) || '-' || date_part('year', ends), slug, code),
        'title_en', concat_ws(' ', code, text_en),
        'title_ru', CASE WHEN text_ru <> '' THEN concat_ws(' ', code, text_ru) END,
        'open_text', search_lines(place_en, place_ru),
        'starts', starts, 'ends', ends, 'date_precision', 'year',
        'keys', ARRAY[code]
    )
    FROM priorities_commitment AS commitment
    JOIN priorities_priority AS priority ON priority.id = priority_id
    JOIN priorities_programmeofaction AS programme ON programme.id = programme_id
    WHERE commitment.id = ANY(ids)
$$;
CREATE FUNCTION search_priorities_theme(ids bigint[]) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'object_id', id, 'key', code, 'title_en', name_en, 'title_ru', name_ru,
        'keys', to_jsonb(ARRAY[name_en, name_ru]) || aliases
    ) FROM priorities_theme WHERE id = ANY(ids)
$$;
CREATE FUNCTION search_priorities_country(ids bigint[]) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'object_id', id, 'key', code, 'title_en', name_en, 'title_ru', name_ru, 'keys', ARRAY[code, name_en, name_ru]
    ) FROM priorities_country WHERE id = ANY(ids)
$$;
CREATE FUNCTION search_priorities_document(ids bigint[]) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'object_id', id, 'key', url,
        'title_en', concat_ws(' ', nullif(symbol, ''), title_en),
        'title_ru', CASE WHEN title_ru <> '' THEN concat_ws(' ', nullif(symbol, ''), title_ru) END,
        'open_text', note_en,
        'starts', date, 'date_precision', date_precision,
        'keys', ARRAY[symbol]
    ) FROM priorities_document WHERE id = ANY(ids)
$$;
CREATE FUNCTION search_priorities_framework(ids bigint[]) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'object_id', id, 'key', code, 'title_en', name_en, 'title_ru', name_ru,
        'open_text', search_lines(description_en, description_ru),
        'keys', ARRAY[acronym, name_en, name_ru]
    ) FROM priorities_framework WHERE id = ANY(ids)
$$;
"""

WATCHES = """
SELECT search_watch('priorities.priority', 'priorities_priority', 'SELECT id FROM %s'),
       search_watch('priorities.priority', 'priorities_programmeofaction',
           'SELECT id FROM priorities_priority WHERE programme_id IN (SELECT id FROM %s)'),
       search_watch('priorities.commitment', 'priorities_commitment', 'SELECT id FROM %s'),
       search_watch('priorities.commitment', 'priorities_priority',
           'SELECT id FROM priorities_commitment WHERE priority_id IN (SELECT id FROM %s)'),
       search_watch('priorities.commitment', 'priorities_programmeofaction',
           'SELECT commitment.id FROM priorities_commitment AS commitment JOIN priorities_priority AS priority'
           ' ON priority.id = priority_id WHERE programme_id IN (SELECT id FROM %s)'),
       search_watch('priorities.theme', 'priorities_theme', 'SELECT id FROM %s'),
       search_watch('priorities.country', 'priorities_country', 'SELECT id FROM %s'),
       search_watch('priorities.document', 'priorities_document', 'SELECT id FROM %s'),
       search_watch('priorities.framework', 'priorities_framework', 'SELECT id FROM %s'),
       search_refresh_all('priorities.priority'),
       search_refresh_all('priorities.commitment'),
       search_refresh_all('priorities.theme'),
       search_refresh_all('priorities.country'),
       search_refresh_all('priorities.document'),
       search_refresh_all('priorities.framework');
"""


class Migration(migrations.Migration):
    dependencies = [("priorities", "0001_initial"), ("accounts", "0008_search_functions")]

    operations = [migrations.RunSQL(SOURCES + WATCHES, migrations.RunSQL.noop)]
