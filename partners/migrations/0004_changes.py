"""Changes and disclosures of organizations and agreements: see `accounts.changes`."""

from django.db import migrations

DISCLOSED = """
CREATE FUNCTION disclosed_partners_organization(ids bigint[])
RETURNS TABLE (object_id bigint, key text, readers text[]) LANGUAGE sql STABLE AS $$
    SELECT id, code, disclosed_to(
        classification, audience, release_held, 'approved', NULL,
        ARRAY(SELECT to_organization_id FROM partners_organization_released_to WHERE from_organization_id = r.id),
        ARRAY(SELECT user_id FROM partners_organization_readers WHERE organization_id = r.id) || created_by_id
            || focal_officer_id
    ) FROM partners_organization AS r WHERE id = ANY(ids)
$$;
CREATE FUNCTION disclosed_partners_agreement(ids bigint[])
RETURNS TABLE (object_id bigint, key text, readers text[]) LANGUAGE sql STABLE AS $$
    SELECT id, code, disclosed_to(
        classification, audience, release_held, 'approved', NULL,
        ARRAY(SELECT organization_id FROM partners_agreement_released_to WHERE agreement_id = r.id),
        ARRAY(SELECT user_id FROM partners_agreement_readers WHERE agreement_id = r.id) || created_by_id
            || focal_officer_id
    ) FROM partners_agreement AS r WHERE id = ANY(ids)
$$;
"""

WATCHES = """
SELECT change_watch(
    'partners.organization', 'partners_organization',
    'SELECT id FROM %1$s UNION SELECT id FROM partners_organization WHERE parent_id IN (SELECT id FROM %1$s)', '{}', true
);
SELECT change_watch(
    'partners.organization',
    'partners_organization_released_to',
    'SELECT from_organization_id FROM %s',
    '{}',
    true
);
SELECT change_watch(
    'partners.organization',
    'partners_organization_readers',
    'SELECT organization_id FROM %s',
    '{}',
    true
);
SELECT change_watch(
    'partners.organization',
    'accounts_user',
    'SELECT id FROM partners_organization WHERE focal_officer_id IN (SELECT id FROM %s)',
    '{name}'
);
SELECT change_watch(
    'partners.organization',
    'priorities_country',
    'SELECT id FROM partners_organization WHERE country_id IN (SELECT id FROM %s)',
    '{code}'
);
SELECT change_watch('partners.agreement', 'partners_agreement', 'SELECT id FROM %s', '{}', true);
SELECT change_watch(
    'partners.agreement',
    'partners_agreement_released_to',
    'SELECT agreement_id FROM %s',
    '{}',
    true
);
SELECT change_watch('partners.agreement', 'partners_agreement_readers', 'SELECT agreement_id FROM %s', '{}', true);
SELECT change_watch('partners.agreement', 'partners_agreement_parties', 'SELECT agreement_id FROM %s');
SELECT change_watch('partners.agreement', 'partners_agreement_commitments', 'SELECT agreement_id FROM %s');
SELECT change_watch(
    'partners.agreement',
    'accounts_user',
    'SELECT id FROM partners_agreement WHERE focal_officer_id IN (SELECT id FROM %s)',
    '{name}'
);
SELECT change_watch(
    'partners.agreement',
    'partners_organization',
    'SELECT agreement_id FROM partners_agreement_parties WHERE organization_id IN (SELECT id FROM %1$s)
     UNION SELECT agreement_id FROM partners_agreement_released_to WHERE organization_id IN (SELECT id FROM %1$s)',
    '{code,acronym,name_en,name_ru,classification,audience,release_held,created_by_id,focal_officer_id}'
);
SELECT change_watch(
    'partners.agreement',
    'partners_organization_released_to',
    'SELECT agreement_id FROM partners_agreement_parties WHERE organization_id IN (SELECT from_organization_id FROM %s)'
);
SELECT change_watch(
    'partners.agreement',
    'partners_organization_readers',
    'SELECT agreement_id FROM partners_agreement_parties WHERE organization_id IN (SELECT organization_id FROM %s)'
);
SELECT change_watch(
    'partners.agreement',
    'priorities_commitment',
    'SELECT agreement_id FROM partners_agreement_commitments WHERE commitment_id IN (SELECT id FROM %s)',
    '{code,priority_id}'
);
SELECT change_watch(
    'partners.agreement',
    'priorities_priority',
    'SELECT agreement_id FROM partners_agreement_commitments WHERE commitment_id IN (SELECT id FROM priorities_commitment WHERE priority_id IN (SELECT id FROM %s))',
    '{slug,programme_id}'
);
SELECT change_watch(
    'partners.agreement',
    'priorities_programmeofaction',
    'SELECT agreement_id FROM partners_agreement_commitments WHERE commitment_id IN (SELECT id FROM priorities_commitment WHERE priority_id IN (SELECT id FROM priorities_priority WHERE programme_id IN (SELECT id FROM %s)))',
    '{starts,ends}'
);
SELECT change_note_all('partners.organization');
SELECT change_note_all('partners.agreement');
"""


class Migration(migrations.Migration):
    dependencies = [("partners", "0003_search"), ("priorities", "0003_changes"), ("accounts", "0011_changes")]

    operations = [migrations.RunSQL(DISCLOSED + WATCHES, migrations.RunSQL.noop)]
