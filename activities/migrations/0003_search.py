"""What is searched of activities, their follow-ups and series.

What the Chatham House Rule hides (outcome, partners, countries taking part, files) is `named_text` and `named_tags`;
review comments and the basis of a classification are searched by nobody.
"""

from django.db import migrations

SOURCES = """
CREATE FUNCTION search_activities_activity(ids bigint[]) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'object_id', id, 'key', reference, 'title_en', title_en, 'title_ru', title_ru,
        'open_text', search_lines(summary, city, (
            SELECT string_agg(search_lines(title, publisher), E'\\n' ORDER BY id)
            FROM activities_link WHERE activity_id = activity.id
        )),
        'named_text', search_lines(outcome, (
            SELECT string_agg(name, E'\\n' ORDER BY id) FROM activities_attachment WHERE activity_id = activity.id
        )),
        'staff_text', search_lines(source_note, funding_source),
        'names_open', NOT chatham_house, 'owner', lead_organization_id,
        'starts', start_date, 'ends', end_date, 'date_precision', date_precision,
        -- Typed with or without the Centre's letters, and without the zeros in front.
        'keys', ARRAY[
            reference, replace(reference, 'UNRCCA-', ''),
            regexp_replace(reference, '-0+', '-'), regexp_replace(replace(reference, 'UNRCCA-', ''), '-0+', '-')
        ],
        'open_tags', search_tags('priorities.theme', ARRAY(
            SELECT theme_id FROM activities_activity_themes WHERE activity_id = activity.id
        ))
            || search_tags('priorities.country', ARRAY[country_id])
            || search_tags('activities.series', ARRAY[series_id]),
        'named_tags', search_tags('partners.organization', ARRAY(
            SELECT organization_id FROM activities_involvement WHERE activity_id = activity.id
        ) || lead_organization_id)
            || search_tags('priorities.country', ARRAY(
            SELECT country_id FROM activities_activity_countries WHERE activity_id = activity.id
            UNION SELECT country_id FROM activities_participantsbycountry WHERE activity_id = activity.id
        ))
    ) FROM activities_activity AS activity WHERE id = ANY(ids)
$$;
CREATE FUNCTION search_activities_series(ids bigint[]) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'object_id', id, 'key', code, 'title_en', name_en, 'title_ru', name_ru,
        'staff_text', note_en,
        'keys', to_jsonb(ARRAY[code, name_en, name_ru]) || aliases
    ) FROM activities_series WHERE id = ANY(ids)
$$;
CREATE FUNCTION search_activities_followup(ids bigint[]) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'object_id', follow_up.id, 'key', reference, 'title_en', text,
        'open_text', search_lines(reference, title_en, title_ru),
        'starts', due, 'date_precision', CASE WHEN due IS NOT NULL THEN 'day' END
    ) FROM activities_followup AS follow_up JOIN activities_activity AS activity ON activity.id = activity_id
    WHERE follow_up.id = ANY(ids)
$$;
"""

WATCHES = """
SELECT search_watch('activities.activity', 'activities_activity', 'SELECT id FROM %s'),
       search_watch('activities.activity', 'activities_link', 'SELECT activity_id FROM %s'),
       search_watch('activities.activity', 'activities_attachment', 'SELECT activity_id FROM %s'),
       search_watch('activities.activity', 'activities_involvement', 'SELECT activity_id FROM %s'),
       search_watch('activities.activity', 'activities_participantsbycountry', 'SELECT activity_id FROM %s'),
       search_watch('activities.activity', 'activities_activity_themes', 'SELECT activity_id FROM %s'),
       search_watch('activities.activity', 'activities_activity_countries', 'SELECT activity_id FROM %s'),
       search_watch('activities.series', 'activities_series', 'SELECT id FROM %s'),
       search_watch('activities.followup', 'activities_followup', 'SELECT id FROM %s'),
       search_watch('activities.followup', 'activities_activity',
           'SELECT id FROM activities_followup WHERE activity_id IN (SELECT id FROM %s)'),
       search_refresh_all('activities.activity'),
       search_refresh_all('activities.series'),
       search_refresh_all('activities.followup');
"""


class Migration(migrations.Migration):
    dependencies = [("activities", "0002_entries_from_forms"), ("accounts", "0008_search_functions")]

    operations = [migrations.RunSQL(SOURCES + WATCHES, migrations.RunSQL.noop)]
