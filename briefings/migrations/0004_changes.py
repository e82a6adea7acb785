"""Changes and disclosures of briefings, Special Representatives and developments: see `accounts.changes`."""

from django.db import migrations

DISCLOSED = """
CREATE FUNCTION disclosed_briefings_specialrepresentative(ids bigint[])
RETURNS TABLE (object_id bigint, key text, readers text[]) LANGUAGE sql STABLE AS $$
    SELECT r.id, r.key, ARRAY['public'] FROM briefings_specialrepresentative AS r WHERE r.id = ANY(ids)
$$;
CREATE FUNCTION disclosed_briefings_briefing(ids bigint[])
RETURNS TABLE (object_id bigint, key text, readers text[]) LANGUAGE sql STABLE AS $$
    SELECT id, key, disclosed_to(
        classification, audience, release_held, 'approved', NULL,
        ARRAY(SELECT organization_id FROM briefings_briefing_released_to WHERE briefing_id = r.id),
        ARRAY(SELECT user_id FROM briefings_briefing_readers WHERE briefing_id = r.id) || created_by_id
            || focal_officer_id
    ) FROM briefings_briefing AS r WHERE id = ANY(ids)
$$;
CREATE FUNCTION disclosed_briefings_development(ids bigint[])
RETURNS TABLE (object_id bigint, key text, readers text[]) LANGUAGE sql STABLE AS $$
    SELECT id, key, disclosed_to(
        classification, audience, release_held, review_state, lead_organization_id,
        ARRAY(SELECT organization_id FROM briefings_development_released_to WHERE development_id = r.id),
        ARRAY(SELECT user_id FROM briefings_development_readers WHERE development_id = r.id) || created_by_id
            || focal_officer_id
    ) FROM briefings_development AS r WHERE id = ANY(ids)
$$;
"""

WATCHES = """
SELECT change_watch(
    'briefings.specialrepresentative',
    'briefings_specialrepresentative',
    'SELECT id FROM %s',
    '{}',
    true
);
SELECT change_watch(
    'briefings.specialrepresentative',
    'priorities_country',
    'SELECT id FROM briefings_specialrepresentative WHERE country_id IN (SELECT id FROM %s)',
    '{code}'
);
SELECT change_watch('briefings.briefing', 'briefings_briefing', 'SELECT id FROM %s', '{}', true);
SELECT change_watch('briefings.briefing', 'briefings_briefing_released_to', 'SELECT briefing_id FROM %s', '{}', true);
SELECT change_watch('briefings.briefing', 'briefings_briefing_readers', 'SELECT briefing_id FROM %s', '{}', true);
SELECT change_watch('briefings.briefing', 'briefings_briefing_themes', 'SELECT briefing_id FROM %s');
SELECT change_watch('briefings.briefing', 'briefings_consideration', 'SELECT briefing_id FROM %s');
SELECT change_watch(
    'briefings.briefing',
    'briefings_specialrepresentative',
    'SELECT id FROM briefings_briefing WHERE special_representative_id IN (SELECT id FROM %s)',
    '{key}'
);
SELECT change_watch(
    'briefings.briefing',
    'priorities_country',
    'SELECT id FROM briefings_briefing WHERE presidency_id IN (SELECT id FROM %s)',
    '{code}'
);
SELECT change_watch(
    'briefings.briefing',
    'priorities_document',
    'SELECT id FROM briefings_briefing WHERE document_id IN (SELECT id FROM %s)',
    '{key}'
);
SELECT change_watch(
    'briefings.briefing',
    'priorities_theme',
    'SELECT briefing_id FROM briefings_briefing_themes WHERE theme_id IN (SELECT id FROM %s)',
    '{code}'
);
SELECT change_watch(
    'briefings.briefing',
    'accounts_user',
    'SELECT id FROM briefings_briefing WHERE focal_officer_id IN (SELECT id FROM %s)',
    '{name}'
);
SELECT change_watch('briefings.development', 'briefings_development', 'SELECT id FROM %s', '{}', true);
SELECT change_watch(
    'briefings.development',
    'briefings_development_released_to',
    'SELECT development_id FROM %s',
    '{}',
    true
);
SELECT change_watch(
    'briefings.development',
    'briefings_development_readers',
    'SELECT development_id FROM %s',
    '{}',
    true
);
SELECT change_watch('briefings.development', 'briefings_development_themes', 'SELECT development_id FROM %s');
SELECT change_watch('briefings.development', 'briefings_development_countries', 'SELECT development_id FROM %s');
SELECT change_watch(
    'briefings.development',
    'priorities_theme',
    'SELECT development_id FROM briefings_development_themes WHERE theme_id IN (SELECT id FROM %s)',
    '{code}'
);
SELECT change_watch(
    'briefings.development',
    'priorities_country',
    'SELECT development_id FROM briefings_development_countries WHERE country_id IN (SELECT id FROM %s)',
    '{code}'
);
SELECT change_watch(
    'briefings.development',
    'accounts_user',
    'SELECT id FROM briefings_development WHERE focal_officer_id IN (SELECT id FROM %s)',
    '{name}'
);
SELECT change_watch(
    'briefings.briefing',
    'partners_organization',
    'SELECT briefing_id FROM briefings_briefing_released_to WHERE organization_id IN (SELECT id FROM %1$s)',
    '{code,acronym,name_en,name_ru,classification,audience,release_held,created_by_id,focal_officer_id}'
);
SELECT change_watch(
    'briefings.briefing',
    'partners_organization_released_to',
    'SELECT briefing_id FROM briefings_briefing_released_to WHERE organization_id IN (SELECT from_organization_id FROM %1$s)'
);
SELECT change_watch(
    'briefings.briefing',
    'partners_organization_readers',
    'SELECT briefing_id FROM briefings_briefing_released_to WHERE organization_id IN (SELECT organization_id FROM %1$s)'
);
SELECT change_watch(
    'briefings.development',
    'partners_organization',
    'SELECT development_id FROM briefings_development_released_to WHERE organization_id IN (SELECT id FROM %1$s)
     UNION SELECT id FROM briefings_development WHERE lead_organization_id IN (SELECT id FROM %1$s)',
    '{code,acronym,name_en,name_ru,classification,audience,release_held,created_by_id,focal_officer_id}'
);
SELECT change_watch(
    'briefings.development',
    'partners_organization_released_to',
    'SELECT development_id FROM briefings_development_released_to WHERE organization_id IN (SELECT from_organization_id FROM %1$s)
     UNION SELECT id FROM briefings_development WHERE lead_organization_id IN (SELECT from_organization_id FROM %1$s)'
);
SELECT change_watch(
    'briefings.development',
    'partners_organization_readers',
    'SELECT development_id FROM briefings_development_released_to WHERE organization_id IN (SELECT organization_id FROM %1$s)
     UNION SELECT id FROM briefings_development WHERE lead_organization_id IN (SELECT organization_id FROM %1$s)'
);
SELECT change_watch(
    'priorities.commitment',
    'briefings_briefing',
    'SELECT commitment_id FROM activities_evidence WHERE briefing_id IN (SELECT id FROM %s)',
    '{key,classification,audience,release_held,created_by_id,focal_officer_id}'
);
SELECT change_watch(
    'priorities.commitment',
    'briefings_briefing_released_to',
    'SELECT commitment_id FROM activities_evidence WHERE briefing_id IN (SELECT briefing_id FROM %s)'
);
SELECT change_watch(
    'priorities.commitment',
    'briefings_briefing_readers',
    'SELECT commitment_id FROM activities_evidence WHERE briefing_id IN (SELECT briefing_id FROM %s)'
);
SELECT change_note_all('briefings.specialrepresentative');
SELECT change_note_all('briefings.briefing');
SELECT change_note_all('briefings.development');
"""


class Migration(migrations.Migration):
    dependencies = [("briefings", "0003_search"), ("activities", "0007_changes"), ("accounts", "0011_changes")]

    operations = [migrations.RunSQL(DISCLOSED + WATCHES, migrations.RunSQL.noop)]
