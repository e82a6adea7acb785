"""The functions behind the search: how text is folded, what forms a word has, and how entries follow their records.

An app whose records are searched adds, in a migration named `search`:

- a function `search_<app>_<model>(ids bigint[])` that returns for each of these records a JSON object with what is
  known of the fields of `search_source`, and
- `SELECT search_watch('<app>.<model>', '<table>', '<query>')` for each table that such a source reads. The query
  gives the ids of the records that the rows of %s, the changed ones, belong to.

Documents and what people type go through the same functions, so the two always meet.
"""

from django.db import migrations

FOLD = r"""
CREATE FUNCTION search_fold(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
-- Small letters without accents and apostrophes, a space between words and between letters and digits. Capitals are
-- folded by hand: lower() leaves Cyrillic as it is where the database has the locale C.
DECLARE folded text := value;
BEGIN
    IF folded ~ '[^\u0001-\u007f]' THEN
        -- Decompose, drop all accents but the breve, which makes another letter of и, and compose again.
        folded := regexp_replace(normalize(folded, NFKD), '[\u0300-\u0305\u0307-\u036f\u02b0-\u02ff’‘´]+', '', 'g');
        folded := translate(
            normalize(folded, NFC),
            'АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯІіЄєҐґҚқҒғҲҳҺһҶҷЎўҢңӨөҮүҰұӘәҖҗҠҡҤҥ',
            'абвгдежзийклмнопрстуфхцчшщъыьэюяииееггккггххххжжууннооууууаажжккнн'
        );
    END IF;
    folded := translate(lower(folded), 'ıəøłđðğăŭĭþ''`', 'iaolddgauit');
    IF folded ~ '[0-9]' THEN
        folded := regexp_replace(folded, '([a-zа-я])([0-9])', '\1 \2', 'g');
        folded := regexp_replace(folded, '([0-9])([a-zа-я])', '\1 \2', 'g');
    END IF;
    RETURN btrim(regexp_replace(
        folded,
        '[\u0001-\u002f\u003a-\u0060\u007b-\u00bf\u00d7\u00f7\u0300-\u036f\u2000-\u2bff\u3000-\u303f\ufe00-\uff0f]+',
        ' ', 'g'
    ));
END $$;
"""

SKELETON = r"""
CREATE FUNCTION search_skeleton(folded text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
-- Folded text as Latin letters in which the usual spellings of Cyrillic and Turkic names meet:
-- kh, h and x; zh, dzh, dj and j; ts and c; shch and sh; y and i; ya and ia; doubled letters and single ones.
DECLARE
    bare text := ' ' || translate(folded, 'абвгдезийклмнопрстуфхцыэжxywqьъ', 'abvgdeziiklmnoprstufhciejhivk');
    pair text[];
BEGIN
    FOREACH pair SLICE 1 IN ARRAY ARRAY[
        ['щ', 'sh'], ['ш', 'sh'], ['ч', 'ch'], ['ю', 'iu'], ['я', 'ia'], ['shch', 'sh'], ['sch', 'sh'],
        ['dzh', 'j'], ['dj', 'j'], ['zh', 'j'], ['ts', 'c'], ['tz', 'c'], ['kh', 'h'], ['gh', 'g'],
        [' ie', ' e'], ['aie', 'ae'], ['eie', 'ee'], ['oie', 'oe'], ['uie', 'ue'],
        ['aa', 'a'], ['bb', 'b'], ['cc', 'c'], ['dd', 'd'], ['ee', 'e'], ['ff', 'f'], ['gg', 'g'], ['hh', 'h'],
        ['ii', 'i'], ['jj', 'j'], ['kk', 'k'], ['ll', 'l'], ['mm', 'm'], ['nn', 'n'], ['oo', 'o'], ['pp', 'p'],
        ['rr', 'r'], ['ss', 's'], ['tt', 't'], ['uu', 'u'], ['vv', 'v'], ['zz', 'z']
    ] LOOP
        bare := replace(bare, pair[1], pair[2]);
    END LOOP;
    RETURN ltrim(bare);
END $$;
"""

# In the configuration `russian`, words of Latin letters go to the English stemmer and others to the Russian one.
VECTOR = """
CREATE FUNCTION search_vector(value text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
-- Every word by its stem, as it stands (for prefixes and phrases), and by its skeleton. What nobody can type stands
-- between them, and after them, so that no phrase reaches from one text into the next.
DECLARE
    folded text := search_fold(value);
    gap tsvector := '''|'':1';
BEGIN
    RETURN to_tsvector('pg_catalog.russian', folded) || gap || to_tsvector('pg_catalog.simple', folded) || gap
        || to_tsvector('pg_catalog.simple', search_skeleton(folded)) || gap;
END $$;
CREATE FUNCTION search_form(config regconfig, word text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE STRICT AS $$
    SELECT (tsvector_to_array(to_tsvector(config, word)))[1]
$$;
CREATE FUNCTION search_forms(value text) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE STRICT AS $$
-- Of each word: as it stands, its stem (null for a stop word), its skeleton.
    SELECT coalesce(jsonb_agg(jsonb_build_array(
        search_form('pg_catalog.simple', token),
        search_form('pg_catalog.russian', token),
        search_form('pg_catalog.simple', search_skeleton(token))
    ) ORDER BY place), '[]')
    FROM ts_parse('default', search_fold(value)) WITH ORDINALITY AS parsed (type, token, place)
    WHERE search_form('pg_catalog.simple', token) IS NOT NULL
$$;
"""

PUT = """
CREATE TYPE search_source AS (
    object_id bigint,
    key text,
    title_en text,
    title_ru text,
    open_text text,
    named_text text,
    staff_text text,
    names_open boolean,
    owner bigint,
    starts date,
    ends date,
    date_precision text,
    keys text[],
    open_tags text[],
    named_tags text[]
);
CREATE FUNCTION search_tags(kind text, ids bigint[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
-- The records of a kind as tags, each once.
    SELECT coalesce(array_agg(DISTINCT kind || ':' || id ORDER BY kind || ':' || id), '{}')
    FROM unnest(ids) AS id WHERE id IS NOT NULL
$$;
CREATE FUNCTION search_lines(VARIADIC parts text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
-- The parts that say something, a line each.
    SELECT string_agg(part, E'\\n' ORDER BY place) FROM unnest(parts) WITH ORDINALITY AS lines (part, place)
    WHERE part <> ''
$$;
CREATE FUNCTION search_listed(list jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
-- The texts of a JSON list, a line each.
    SELECT string_agg(part, E'\\n') FROM jsonb_array_elements_text(list) AS part
$$;
CREATE FUNCTION search_put(of_kind text, source search_source) RETURNS void LANGUAGE plpgsql AS $$
-- Write the entry of one record, unless it stands there already.
DECLARE
    known text[] := ARRAY(
        SELECT DISTINCT search_fold(name) FROM unnest(source.keys) AS name WHERE search_fold(name) <> '' ORDER BY 1
    );
    titles text := concat_ws(' ', source.title_en, source.title_ru, array_to_string(source.keys, ' '));
    everyone tsvector;
    named tsvector;
    stands accounts_searchentry;
    gone text[];
BEGIN
    source.open_tags := coalesce(source.open_tags, '{}');
    source.named_tags := coalesce(source.named_tags, '{}');
    SELECT * INTO stands FROM accounts_searchentry AS entry
     WHERE entry.kind = of_kind AND entry.object_id = source.object_id
       AND (entry.key, entry.title_en, entry.title_ru, entry.open_text, entry.named_text, entry.staff_text,
            entry.names_open, entry.owner, entry.starts, entry.ends, entry.date_precision, entry.keys)
           IS NOT DISTINCT FROM
           (coalesce(source.key, ''), coalesce(source.title_en, ''), coalesce(source.title_ru, ''),
            coalesce(source.open_text, ''), coalesce(source.named_text, ''), coalesce(source.staff_text, ''),
            coalesce(source.names_open, true), source.owner, source.starts, source.ends,
            coalesce(source.date_precision, ''), known);
    IF FOUND THEN
        -- The words stand there already. Themes, partners and so on come one by one, so these cost little.
        gone := stands.open_tags || stands.named_tags;
        UPDATE accounts_searchentry SET
            open_tags = source.open_tags,
            named_tags = source.named_tags,
            open = ts_delete(open, gone) || array_to_tsvector(
                CASE WHEN names_open THEN source.open_tags || source.named_tags ELSE source.open_tags END),
            insider = ts_delete(insider, gone) || array_to_tsvector(source.open_tags || source.named_tags),
            staff = ts_delete(staff, gone) || array_to_tsvector(source.open_tags || source.named_tags)
        WHERE id = stands.id AND (open_tags, named_tags) IS DISTINCT FROM (source.open_tags, source.named_tags);
        RETURN;
    END IF;
    everyone := setweight(search_vector(titles), 'A') || search_vector(coalesce(source.open_text, ''))
        || array_to_tsvector(source.open_tags);
    named := search_vector(coalesce(source.named_text, '')) || array_to_tsvector(source.named_tags);
    INSERT INTO accounts_searchentry (
        kind, object_id, key, title_en, title_ru, open_text, named_text, staff_text, names_open, owner, starts, ends,
        date_precision, keys, open_tags, named_tags, open, insider, staff
    ) VALUES (
        of_kind, source.object_id, coalesce(source.key, ''), coalesce(source.title_en, ''),
        coalesce(source.title_ru, ''), coalesce(source.open_text, ''), coalesce(source.named_text, ''),
        coalesce(source.staff_text, ''), coalesce(source.names_open, true), source.owner, source.starts, source.ends,
        coalesce(source.date_precision, ''), known, source.open_tags, source.named_tags,
        CASE WHEN coalesce(source.names_open, true) THEN everyone || named ELSE everyone END,
        everyone || named,
        everyone || named || search_vector(coalesce(source.staff_text, ''))
    ) ON CONFLICT (kind, object_id) DO UPDATE SET
        (key, title_en, title_ru, open_text, named_text, staff_text, names_open, owner, starts, ends, date_precision,
         keys, open_tags, named_tags, open, insider, staff)
        = (excluded.key, excluded.title_en, excluded.title_ru, excluded.open_text, excluded.named_text,
           excluded.staff_text, excluded.names_open, excluded.owner, excluded.starts, excluded.ends,
           excluded.date_precision, excluded.keys, excluded.open_tags, excluded.named_tags, excluded.open,
           excluded.insider, excluded.staff);
END $$;
"""

REFRESH = """
CREATE FUNCTION search_refresh(of_kind text, ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
-- Bring the entries of these records up to date; those of records that are no more go.
BEGIN
    IF ids IS NULL THEN
        RETURN;
    END IF;
    EXECUTE format(
        'DELETE FROM accounts_searchentry WHERE kind = %L AND object_id = ANY($1)'
        ' AND object_id NOT IN (SELECT id FROM %I WHERE id = ANY($1))',
        of_kind, replace(of_kind, '.', '_')
    ) USING ids;
    EXECUTE format(
        'SELECT search_put(%L, jsonb_populate_record(NULL::search_source, source)) FROM %I($1) AS source',
        of_kind, 'search_' || replace(of_kind, '.', '_')
    ) USING ids;
END $$;
CREATE FUNCTION search_rows_changed() RETURNS trigger LANGUAGE plpgsql AS $$
-- Arguments: the kind, and the query for the ids of the records that the rows of %s belong to.
DECLARE ids bigint[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        EXECUTE format(
            'SELECT array_agg(id) FROM (%s UNION %s) AS touched (id) WHERE id IS NOT NULL',
            format(TG_ARGV[1], 'rows_now'), format(TG_ARGV[1], 'rows_before')
        ) INTO ids;
    ELSE
        EXECUTE format(
            'SELECT array_agg(DISTINCT id) FROM (%s) AS touched (id) WHERE id IS NOT NULL',
            format(TG_ARGV[1], CASE TG_OP WHEN 'INSERT' THEN 'rows_now' ELSE 'rows_before' END)
        ) INTO ids;
    END IF;
    PERFORM search_refresh(TG_ARGV[0], ids);
    RETURN NULL;
END $$;
CREATE FUNCTION search_watch(of_kind text, watched text, query text) RETURNS void LANGUAGE plpgsql AS $$
-- Let the entries of a kind follow a table, whichever way its rows are written.
DECLARE name text := 'search_' || replace(of_kind, '.', '_');
BEGIN
    EXECUTE format(
        'CREATE TRIGGER %I AFTER INSERT ON %I REFERENCING NEW TABLE AS rows_now FOR EACH STATEMENT'
        ' EXECUTE FUNCTION search_rows_changed(%L, %L)', name || '_insert', watched, of_kind, query);
    EXECUTE format(
        'CREATE TRIGGER %I AFTER DELETE ON %I REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT'
        ' EXECUTE FUNCTION search_rows_changed(%L, %L)', name || '_delete', watched, of_kind, query);
    EXECUTE format(
        'CREATE TRIGGER %I AFTER UPDATE ON %I REFERENCING NEW TABLE AS rows_now OLD TABLE AS rows_before'
        ' FOR EACH STATEMENT EXECUTE FUNCTION search_rows_changed(%L, %L)', name || '_update', watched, of_kind, query);
END $$;
CREATE FUNCTION search_refresh_all(of_kind text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE ids bigint[];
BEGIN
    EXECUTE format('SELECT array_agg(id) FROM %I', replace(of_kind, '.', '_')) INTO ids;
    PERFORM search_refresh(of_kind, ids);
END $$;
"""

GONE = """
DROP FUNCTION search_refresh_all, search_watch, search_refresh, search_put, search_tags, search_lines, search_listed, search_forms, search_form,
    search_vector, search_skeleton, search_fold;
DROP FUNCTION search_rows_changed CASCADE;
DROP TYPE search_source;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_search_entries")]

    operations = [migrations.RunSQL(FOLD + SKELETON + VECTOR + PUT + REFRESH, GONE)]
