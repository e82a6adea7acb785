"""What is searched of Council briefings, those who give them, and developments.

Notes on a briefing, issues, options and dynamics, and the analysis of a development never leave the staff.
"""

from django.db import migrations

SOURCES = """
CREATE FUNCTION search_briefings_briefing(ids bigint[]) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'object_id', id, 'key', key,
        -- The page words the title itself; these are the words to find it by.
        'title_en', concat_ws(' ', 'Council briefing', to_char(date, CASE date_precision
            WHEN 'year' THEN 'YYYY' WHEN 'month' THEN 'FMMonth YYYY' ELSE 'FMDD FMMonth YYYY' END)),
        'title_ru', concat_ws(' ', 'Брифинг в Совете Безопасности',
            CASE WHEN date_precision NOT IN ('year', 'month') THEN to_char(date, 'FMDD') END,
            CASE WHEN date_precision <> 'year' THEN ('{января,февраля,марта,апреля,мая,июня,июля,августа,сентября,'
                'октября,ноября,декабря}'::text[])[date_part('month', date)::integer] END,
            to_char(date, 'YYYY')),
        'open_text', search_lines(search_listed(topics_en), search_listed(topics_ru)),
        'staff_text', search_lines(note_en, source, (
            SELECT string_agg(search_lines(text_en, text_ru), E'\\n' ORDER BY kind, "order", id)
            FROM briefings_consideration WHERE briefing_id = briefing.id
        )),
        'starts', date, 'date_precision', date_precision,
        'open_tags', search_tags('priorities.theme', ARRAY(
            SELECT theme_id FROM briefings_briefing_themes WHERE briefing_id = briefing.id
        ))
            || search_tags('briefings.specialrepresentative', ARRAY[special_representative_id])
            || search_tags('priorities.country', ARRAY[presidency_id])
            || search_tags('priorities.document', ARRAY[document_id])
    ) FROM briefings_briefing AS briefing WHERE id = ANY(ids)
$$;
CREATE FUNCTION search_briefings_specialrepresentative(ids bigint[]) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'object_id', id, 'key', key, 'title_en', name_en, 'title_ru', name_ru,
        'starts', starts,
        'keys', ARRAY[name_en, name_ru],
        'open_tags', search_tags('priorities.country', ARRAY[country_id])
    ) FROM briefings_specialrepresentative WHERE id = ANY(ids)
$$;
CREATE FUNCTION search_briefings_development(ids bigint[]) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'object_id', id, 'key', key, 'title_en', headline_en, 'title_ru', headline_ru,
        'open_text', search_lines(detail_en, detail_ru, source_publisher, source_title),
        'staff_text', search_lines(analysis, gender_dimension, recommendation),
        'starts', date, 'ends', end_date, 'date_precision', date_precision,
        'open_tags', search_tags('priorities.theme', ARRAY(
            SELECT theme_id FROM briefings_development_themes WHERE development_id = development.id
        ))
            || search_tags('priorities.country', ARRAY(
            SELECT country_id FROM briefings_development_countries WHERE development_id = development.id
        ))
    ) FROM briefings_development AS development WHERE id = ANY(ids)
$$;
"""

WATCHES = """
SELECT search_watch('briefings.briefing', 'briefings_briefing', 'SELECT id FROM %s'),
       search_watch('briefings.briefing', 'briefings_briefing_themes', 'SELECT briefing_id FROM %s'),
       search_watch('briefings.briefing', 'briefings_consideration', 'SELECT briefing_id FROM %s'),
       search_watch('briefings.specialrepresentative', 'briefings_specialrepresentative', 'SELECT id FROM %s'),
       search_watch('briefings.development', 'briefings_development', 'SELECT id FROM %s'),
       search_watch('briefings.development', 'briefings_development_themes', 'SELECT development_id FROM %s'),
       search_watch('briefings.development', 'briefings_development_countries', 'SELECT development_id FROM %s'),
       search_refresh_all('briefings.briefing'),
       search_refresh_all('briefings.specialrepresentative'),
       search_refresh_all('briefings.development');
"""


class Migration(migrations.Migration):
    dependencies = [("briefings", "0002_development_form_token"), ("accounts", "0008_search_functions")]

    operations = [migrations.RunSQL(SOURCES + WATCHES, migrations.RunSQL.noop)]
