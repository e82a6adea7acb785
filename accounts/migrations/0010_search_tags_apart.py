"""Tags that no question can spell: “activities” began `activities.series:3`, and so found what has a hidden series."""

from django.db import migrations

TAGS = """
CREATE OR REPLACE FUNCTION search_tags(kind text, ids bigint[]) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
-- The records of a kind as tags, each once, with a sign in front that folded text never has.
    SELECT coalesce(array_agg(DISTINCT '|' || kind || ':' || id ORDER BY '|' || kind || ':' || id), '{}')
    FROM unnest(ids) AS id WHERE id IS NOT NULL
$$;
"""

AGAIN = """
DO $$
DECLARE of_kind text;
BEGIN
    FOREACH of_kind IN ARRAY ARRAY(SELECT DISTINCT kind FROM accounts_searchentry ORDER BY kind) LOOP
        PERFORM search_refresh_all(of_kind);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_saved_views_and_feeds")]

    operations = [migrations.RunSQL(TAGS + AGAIN, migrations.RunSQL.noop)]
