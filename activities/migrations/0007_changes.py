"""Changes and disclosures of activities, series and what counts them: see `accounts.changes`."""

from django.db import migrations

DISCLOSED = """
CREATE FUNCTION disclosed_activities_activity(ids bigint[])
RETURNS TABLE (object_id bigint, key text, readers text[]) LANGUAGE sql STABLE AS $$
    SELECT id, reference, disclosed_to(
        classification, audience, release_held, review_state, lead_organization_id,
        ARRAY(SELECT organization_id FROM activities_activity_released_to WHERE activity_id = r.id),
        ARRAY(SELECT user_id FROM activities_activity_readers WHERE activity_id = r.id) || created_by_id
            || focal_officer_id
    ) FROM activities_activity AS r WHERE id = ANY(ids)
$$;
CREATE FUNCTION disclosed_activities_series(ids bigint[])
RETURNS TABLE (object_id bigint, key text, readers text[]) LANGUAGE sql STABLE AS $$
    SELECT id, code, disclosed_to(
        classification, audience, release_held, 'approved', NULL,
        ARRAY(SELECT organization_id FROM activities_series_released_to WHERE series_id = r.id),
        ARRAY(SELECT user_id FROM activities_series_readers WHERE series_id = r.id) || created_by_id
            || focal_officer_id
    ) FROM activities_series AS r WHERE id = ANY(ids)
$$;
"""

WATCHES = """
SELECT change_watch('activities.activity', 'activities_activity', 'SELECT id FROM %s', '{}', true);
SELECT change_watch(
    'activities.activity',
    'activities_activity_released_to',
    'SELECT activity_id FROM %s',
    '{}',
    true
);
SELECT change_watch('activities.activity', 'activities_activity_readers', 'SELECT activity_id FROM %s', '{}', true);
SELECT change_watch('activities.activity', 'activities_activity_countries', 'SELECT activity_id FROM %s');
SELECT change_watch('activities.activity', 'activities_activity_themes', 'SELECT activity_id FROM %s');
SELECT change_watch('activities.activity', 'activities_activity_sdg_targets', 'SELECT activity_id FROM %s');
SELECT change_watch('activities.activity', 'activities_activity_further_priorities', 'SELECT activity_id FROM %s');
SELECT change_watch('activities.activity', 'activities_involvement', 'SELECT activity_id FROM %s');
SELECT change_watch('activities.activity', 'activities_evidence', 'SELECT activity_id FROM %s');
SELECT change_watch('activities.activity', 'activities_link', 'SELECT activity_id FROM %s');
SELECT change_watch('activities.activity', 'activities_participantsbycountry', 'SELECT activity_id FROM %s');
SELECT change_watch('activities.activity', 'activities_followup', 'SELECT activity_id FROM %s');
SELECT change_watch('activities.activity', 'activities_contribution', 'SELECT activity_id FROM %s');
SELECT change_watch(
    'activities.activity',
    'partners_organization',
    'SELECT activity_id FROM activities_involvement WHERE organization_id IN (SELECT id FROM %1$s)
     UNION SELECT activity_id FROM activities_activity_released_to WHERE organization_id IN (SELECT id FROM %1$s)
     UNION SELECT id FROM activities_activity WHERE lead_organization_id IN (SELECT id FROM %1$s)',
    '{code,acronym,name_en,name_ru,classification,audience,release_held,created_by_id,focal_officer_id}'
);
SELECT change_watch(
    'activities.activity',
    'partners_organization_released_to',
    'SELECT activity_id FROM activities_involvement WHERE organization_id IN (SELECT from_organization_id FROM %1$s)
     UNION SELECT activity_id FROM activities_activity_released_to WHERE organization_id IN (SELECT from_organization_id FROM %1$s)
     UNION SELECT id FROM activities_activity WHERE lead_organization_id IN (SELECT from_organization_id FROM %1$s)'
);
SELECT change_watch(
    'activities.activity',
    'partners_organization_readers',
    'SELECT activity_id FROM activities_involvement WHERE organization_id IN (SELECT organization_id FROM %1$s)
     UNION SELECT activity_id FROM activities_activity_released_to WHERE organization_id IN (SELECT organization_id FROM %1$s)
     UNION SELECT id FROM activities_activity WHERE lead_organization_id IN (SELECT organization_id FROM %1$s)'
);
SELECT change_watch(
    'activities.activity',
    'activities_series',
    'SELECT id FROM activities_activity WHERE series_id IN (SELECT id FROM %s)',
    '{code,classification,audience,release_held,created_by_id,focal_officer_id}'
);
SELECT change_watch(
    'activities.activity',
    'activities_series_released_to',
    'SELECT id FROM activities_activity WHERE series_id IN (SELECT series_id FROM %s)'
);
SELECT change_watch(
    'activities.activity',
    'activities_series_readers',
    'SELECT id FROM activities_activity WHERE series_id IN (SELECT series_id FROM %s)'
);
SELECT change_watch(
    'activities.activity',
    'accounts_user',
    'SELECT id FROM activities_activity WHERE focal_officer_id IN (SELECT id FROM %1$s)
     UNION SELECT activity_id FROM activities_followup WHERE owner_id IN (SELECT id FROM %1$s)',
    '{name}'
);
SELECT change_watch(
    'activities.activity',
    'priorities_country',
    'SELECT id FROM activities_activity WHERE country_id IN (SELECT id FROM %1$s)
     UNION SELECT activity_id FROM activities_activity_countries WHERE country_id IN (SELECT id FROM %1$s)
     UNION SELECT activity_id FROM activities_participantsbycountry WHERE country_id IN (SELECT id FROM %1$s)',
    '{code}'
);
SELECT change_watch(
    'activities.activity',
    'priorities_theme',
    'SELECT activity_id FROM activities_activity_themes WHERE theme_id IN (SELECT id FROM %s)',
    '{code}'
);
SELECT change_watch(
    'activities.activity',
    'priorities_sdgtarget',
    'SELECT activity_id FROM activities_activity_sdg_targets WHERE sdgtarget_id IN (SELECT id FROM %s)',
    '{code}'
);
SELECT change_watch(
    'activities.activity',
    'priorities_commitment',
    'SELECT activity_id FROM activities_evidence WHERE commitment_id IN (SELECT id FROM %s)',
    '{code,number,priority_id}'
);
SELECT change_watch(
    'activities.activity',
    'priorities_priority',
    'SELECT id FROM activities_activity WHERE main_priority_id IN (SELECT id FROM %1$s)
     UNION SELECT activity_id FROM activities_activity_further_priorities WHERE priority_id IN (SELECT id FROM %1$s)
     UNION SELECT activity_id FROM activities_evidence WHERE commitment_id IN (SELECT id FROM priorities_commitment WHERE priority_id IN (SELECT id FROM %1$s))',
    '{slug,number,programme_id}'
);
SELECT change_watch(
    'activities.activity',
    'priorities_programmeofaction',
    'SELECT id FROM activities_activity WHERE main_priority_id IN (SELECT id FROM priorities_priority WHERE programme_id IN (SELECT id FROM %1$s))
     UNION SELECT activity_id FROM activities_activity_further_priorities WHERE priority_id IN (SELECT id FROM priorities_priority WHERE programme_id IN (SELECT id FROM %1$s))
     UNION SELECT activity_id FROM activities_evidence WHERE commitment_id IN (SELECT id FROM priorities_commitment WHERE priority_id IN (SELECT id FROM priorities_priority WHERE programme_id IN (SELECT id FROM %1$s)))',
    '{starts,ends}'
);
SELECT change_watch(
    'activities.activity',
    'priorities_deliverable',
    'SELECT activity_id FROM activities_contribution WHERE deliverable_id IN (SELECT id FROM %s)',
    '{year,line_id}'
);
SELECT change_watch(
    'activities.activity',
    'priorities_deliverableline',
    'SELECT activity_id FROM activities_contribution WHERE deliverable_id IN (SELECT id FROM priorities_deliverable WHERE line_id IN (SELECT id FROM %s))',
    '{code}'
);
SELECT change_watch('activities.series', 'activities_series', 'SELECT id FROM %s', '{}', true);
SELECT change_watch('activities.series', 'activities_series_released_to', 'SELECT series_id FROM %s', '{}', true);
SELECT change_watch('activities.series', 'activities_series_readers', 'SELECT series_id FROM %s', '{}', true);
SELECT change_watch('activities.series', 'activities_series_commitments', 'SELECT series_id FROM %s');
SELECT change_watch(
    'activities.series',
    'partners_organization',
    'SELECT series_id FROM activities_series_released_to WHERE organization_id IN (SELECT id FROM %s)',
    '{code,acronym,name_en,name_ru,classification,audience,release_held,created_by_id,focal_officer_id}'
);
SELECT change_watch(
    'activities.series',
    'partners_organization_released_to',
    'SELECT series_id FROM activities_series_released_to WHERE organization_id IN (SELECT from_organization_id FROM %s)'
);
SELECT change_watch(
    'activities.series',
    'partners_organization_readers',
    'SELECT series_id FROM activities_series_released_to WHERE organization_id IN (SELECT organization_id FROM %s)'
);
SELECT change_watch(
    'activities.series',
    'accounts_user',
    'SELECT id FROM activities_series WHERE focal_officer_id IN (SELECT id FROM %s)',
    '{name}'
);
SELECT change_watch(
    'activities.series',
    'priorities_commitment',
    'SELECT series_id FROM activities_series_commitments WHERE commitment_id IN (SELECT id FROM %s)',
    '{code,priority_id}'
);
SELECT change_watch(
    'activities.series',
    'priorities_priority',
    'SELECT id FROM activities_series WHERE priority_id IN (SELECT id FROM %1$s)
     UNION SELECT series_id FROM activities_series_commitments WHERE commitment_id IN (SELECT id FROM priorities_commitment WHERE priority_id IN (SELECT id FROM %1$s))',
    '{slug,programme_id}'
);
SELECT change_watch(
    'activities.series',
    'priorities_programmeofaction',
    'SELECT id FROM activities_series WHERE priority_id IN (SELECT id FROM priorities_priority WHERE programme_id IN (SELECT id FROM %1$s))
     UNION SELECT series_id FROM activities_series_commitments WHERE commitment_id IN (SELECT id FROM priorities_commitment WHERE priority_id IN (SELECT id FROM priorities_priority WHERE programme_id IN (SELECT id FROM %1$s)))',
    '{starts,ends}'
);
SELECT change_watch('priorities.commitment', 'activities_evidence', 'SELECT commitment_id FROM %s');
SELECT change_watch(
    'priorities.commitment',
    'activities_activity',
    'SELECT commitment_id FROM activities_evidence WHERE activity_id IN (SELECT id FROM %s)',
    '{reference,stage,review_state,lead_organization_id,classification,audience,release_held,created_by_id,focal_officer_id}'
);
SELECT change_watch(
    'priorities.commitment',
    'activities_activity_released_to',
    'SELECT commitment_id FROM activities_evidence WHERE activity_id IN (SELECT activity_id FROM %s)'
);
SELECT change_watch(
    'priorities.commitment',
    'activities_activity_readers',
    'SELECT commitment_id FROM activities_evidence WHERE activity_id IN (SELECT activity_id FROM %s)'
);
SELECT change_watch('priorities.deliverable', 'activities_contribution', 'SELECT deliverable_id FROM %s');
SELECT change_watch(
    'priorities.deliverable',
    'activities_activity',
    'SELECT deliverable_id FROM activities_contribution WHERE activity_id IN (SELECT id FROM %s)',
    '{reference,stage,review_state,lead_organization_id,classification,audience,release_held,created_by_id,focal_officer_id}'
);
SELECT change_watch(
    'priorities.deliverable',
    'activities_activity_readers',
    'SELECT deliverable_id FROM activities_contribution WHERE activity_id IN (SELECT activity_id FROM %s)'
);
SELECT change_note_all('activities.activity');
SELECT change_note_all('activities.series');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0006_contact_and_verification"),
        ("partners", "0004_changes"),
        ("priorities", "0003_changes"),
        ("accounts", "0011_changes"),
    ]

    operations = [migrations.RunSQL(DISCLOSED + WATCHES, migrations.RunSQL.noop)]
