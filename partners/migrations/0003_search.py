"""What is searched of organizations, agreements, contacts and notes of contacts."""

from django.db import migrations

SOURCES = """
CREATE FUNCTION search_partners_organization(ids bigint[]) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'object_id', id, 'key', code, 'title_en', name_en, 'title_ru', name_ru,
        'open_text', search_lines(website, iati_reference),
        'keys', to_jsonb(ARRAY[acronym, acronym_ru, code, name_en, name_ru]) || aliases,
        'open_tags', search_tags('partners.organization', ARRAY[parent_id])
            || search_tags('priorities.country', ARRAY[country_id])
    ) FROM partners_organization WHERE id = ANY(ids)
$$;
CREATE FUNCTION search_partners_agreement(ids bigint[]) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'object_id', id, 'key', code, 'title_en', title_en, 'title_ru', title_ru,
        'open_text', search_lines(description_en, description_ru, source, (
            SELECT string_agg(title, E'\\n' ORDER BY id) FROM partners_agreementdocument
            WHERE agreement_id = agreement.id
        )),
        'starts', signed, 'ends', ends, 'date_precision', CASE WHEN signed IS NOT NULL THEN 'day' END,
        'keys', ARRAY[code],
        'open_tags', search_tags('partners.organization', ARRAY(
            SELECT organization_id FROM partners_agreement_parties WHERE agreement_id = agreement.id
        ))
    ) FROM partners_agreement AS agreement WHERE id = ANY(ids)
$$;
CREATE FUNCTION search_partners_contact(ids bigint[]) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'object_id', contact.id, 'key', organization.code, 'title_en', contact.name,
        'open_text', search_lines(contact.position, contact.email, contact.purpose),
        'open_tags', search_tags('partners.organization', ARRAY[organization_id])
    ) FROM partners_contact AS contact JOIN partners_organization AS organization ON organization.id = organization_id
    WHERE contact.id = ANY(ids)
$$;
CREATE FUNCTION search_partners_contactnote(ids bigint[]) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'object_id', note.id, 'key', code, 'title_en', about, 'starts', day, 'date_precision', 'day',
        'open_tags', search_tags('partners.organization', ARRAY[organization_id])
    ) FROM partners_contactnote AS note JOIN partners_organization AS organization ON organization.id = organization_id
    WHERE note.id = ANY(ids)
$$;
"""

WATCHES = """
SELECT search_watch('partners.organization', 'partners_organization', 'SELECT id FROM %s'),
       search_watch('partners.agreement', 'partners_agreement', 'SELECT id FROM %s'),
       search_watch('partners.agreement', 'partners_agreement_parties', 'SELECT agreement_id FROM %s'),
       search_watch('partners.agreement', 'partners_agreementdocument', 'SELECT agreement_id FROM %s'),
       search_watch('partners.contact', 'partners_contact', 'SELECT id FROM %s'),
       search_watch('partners.contact', 'partners_organization',
           'SELECT id FROM partners_contact WHERE organization_id IN (SELECT id FROM %s)'),
       search_watch('partners.contactnote', 'partners_contactnote', 'SELECT id FROM %s'),
       search_watch('partners.contactnote', 'partners_organization',
           'SELECT id FROM partners_contactnote WHERE organization_id IN (SELECT id FROM %s)'),
       search_refresh_all('partners.organization'),
       search_refresh_all('partners.agreement'),
       search_refresh_all('partners.contact'),
       search_refresh_all('partners.contactnote');
"""


class Migration(migrations.Migration):
    dependencies = [("partners", "0002_succession_silence_and_contact_notes"), ("accounts", "0008_search_functions")]

    operations = [migrations.RunSQL(SOURCES + WATCHES, migrations.RunSQL.noop)]
