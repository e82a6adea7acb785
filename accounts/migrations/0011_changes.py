"""Changes and disclosures (see `accounts.changes`), and the functions by which the database keeps them.

An app whose records the API lists adds, in a migration named `changes`:

- a function `disclosed_<app>_<model>(ids bigint[])` that returns, of each of these records, its id, its key and the
  classes of readers who see it, and
- `change_watch('<app>.<model>', '<table>', '<query>', '{columns}', shown)` for each table that an answer is made of.
  The query gives the ids of the records that the rows of %s, the changed ones, belong to. With `columns`, an update
  counts where one of these differs. `shown` says that the table decides who sees the record.
"""

from django.db import migrations, models

DISCLOSED_TO = """
CREATE FUNCTION disclosed_to(
    classification text, audience text, held boolean, review_state text, lead bigint, named bigint[], insiders bigint[]
) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
-- The classes of readers of a record: `accounts.visibility.rule`, asked from the record's side.
    SELECT CASE
        WHEN classification <> 'unclassified' THEN
            ARRAY['managers'] || ARRAY(SELECT 'user:' || id FROM unnest(insiders) AS id WHERE id IS NOT NULL)
        WHEN held THEN ARRAY['staff']
        WHEN review_state <> 'approved' THEN
            ARRAY['staff'] || CASE WHEN lead IS NOT NULL THEN ARRAY['organization:' || lead] ELSE '{}' END
        WHEN audience = 'public' THEN ARRAY['staff', 'public']
        WHEN audience = 'all_partners' THEN ARRAY['staff', 'partners']
        WHEN audience = 'named_partners' THEN
            ARRAY['staff'] || ARRAY(SELECT 'organization:' || id FROM unnest(named) AS id)
        ELSE ARRAY['staff']
    END
$$;
"""

NOTE = """
CREATE FUNCTION change_note(of_kind text, ids bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO accounts_change (kind, object_id, transaction, at)
    SELECT of_kind, id, pg_current_xact_id()::text::bigint, clock_timestamp() FROM unnest(ids) AS id
    ON CONFLICT (kind, object_id, transaction) DO NOTHING
$$;
CREATE FUNCTION change_disclose(of_kind text, ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
-- Write down who sees these records now. One writer at a time for a record: what another has committed meanwhile is
-- read by the statements after the lock.
DECLARE now_at bigint := pg_current_xact_id()::text::bigint;
BEGIN
    EXECUTE format('SELECT 1 FROM %I WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE', replace(of_kind, '.', '_'))
    USING ids;
    EXECUTE format(
        'UPDATE accounts_disclosure AS d SET ended = $2, ended_at = clock_timestamp()'
        ' WHERE kind = $1 AND object_id = ANY($3) AND ended IS NULL AND NOT EXISTS ('
        '   SELECT 1 FROM %1$I($3) AS s WHERE s.object_id = d.object_id AND s.key = d.key AND d.reader = ANY(s.readers))',
        'disclosed_' || replace(of_kind, '.', '_')
    ) USING of_kind, now_at, ids;
    EXECUTE format(
        'INSERT INTO accounts_disclosure (kind, object_id, key, reader)'
        ' SELECT DISTINCT $1, object_id, key, unnest(readers) FROM %I($2)'
        ' ON CONFLICT (kind, object_id, key, reader) DO UPDATE SET ended = NULL, ended_at = NULL'
        ' WHERE accounts_disclosure.ended IS NOT NULL',
        'disclosed_' || replace(of_kind, '.', '_')
    ) USING of_kind, ids;
END $$;
CREATE FUNCTION change_rows() RETURNS trigger LANGUAGE plpgsql AS $$
-- Arguments: the kind, the query for the ids of the records that the rows of %s belong to, the columns that count,
-- and whether the table decides who sees the record.
DECLARE
    ids bigint[];
    columns text[] := TG_ARGV[2]::text[];
    differing text;
BEGIN
    IF TG_OP = 'UPDATE' AND columns <> '{}' THEN
        SELECT string_agg(format('a.%I IS DISTINCT FROM b.%I', name, name), ' OR ') INTO differing
          FROM unnest(columns) AS name;
        EXECUTE format(
            'SELECT array_agg(DISTINCT id) FROM (%s) AS touched (id) WHERE id IS NOT NULL',
            format(TG_ARGV[1], format(
                '(SELECT a.* FROM rows_now AS a JOIN rows_before AS b ON a.id = b.id WHERE %s) AS changed', differing))
        ) INTO ids;
    ELSIF TG_OP = 'UPDATE' THEN
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
    IF ids IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM change_note(TG_ARGV[0], ids);
    IF TG_ARGV[3]::boolean THEN
        PERFORM change_disclose(TG_ARGV[0], ids);
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION change_watch(
    of_kind text, watched text, query text, columns text[] DEFAULT '{}', shown boolean DEFAULT false
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE name text := 'change_' || replace(of_kind, '.', '_');
BEGIN
    EXECUTE format(
        'CREATE TRIGGER %I AFTER INSERT ON %I REFERENCING NEW TABLE AS rows_now FOR EACH STATEMENT'
        ' EXECUTE FUNCTION change_rows(%L, %L, %L, %L)', name || '_insert', watched, of_kind, query, columns, shown);
    EXECUTE format(
        'CREATE TRIGGER %I AFTER DELETE ON %I REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT'
        ' EXECUTE FUNCTION change_rows(%L, %L, %L, %L)', name || '_delete', watched, of_kind, query, columns, shown);
    EXECUTE format(
        'CREATE TRIGGER %I AFTER UPDATE ON %I REFERENCING NEW TABLE AS rows_now OLD TABLE AS rows_before'
        ' FOR EACH STATEMENT EXECUTE FUNCTION change_rows(%L, %L, %L, %L)',
        name || '_update', watched, of_kind, query, columns, shown);
END $$;
CREATE FUNCTION change_note_all(of_kind text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE ids bigint[];
BEGIN
    EXECUTE format('SELECT array_agg(id) FROM %I', replace(of_kind, '.', '_')) INTO ids;
    IF ids IS NOT NULL THEN
        PERFORM change_note(of_kind, ids), change_disclose(of_kind, ids);
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_search_tags_apart")]

    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=60)),
                ("object_id", models.BigIntegerField()),
                ("transaction", models.BigIntegerField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "change",
                "verbose_name_plural": "changes",
                "indexes": [
                    models.Index(fields=["kind", "transaction", "object_id"], name="accounts_change_in_order"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "object_id", "transaction"), name="accounts_change_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Disclosure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=60)),
                ("object_id", models.BigIntegerField()),
                ("key", models.TextField()),
                ("reader", models.CharField(max_length=40)),
                ("ended", models.BigIntegerField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "disclosure",
                "verbose_name_plural": "disclosures",
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended__isnull", False)),
                        fields=["kind", "ended"],
                        name="accounts_disclosure_ended",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "object_id", "key", "reader"), name="accounts_disclosure_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(DISCLOSED_TO + NOTE, migrations.RunSQL.noop),
    ]
