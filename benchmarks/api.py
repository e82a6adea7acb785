"""How fast the API lists 100 activities with their partners, themes and countries, beside two other ways to do it.

    python -m benchmarks.api [--many 100000] [--calls 30]

The same items from (a) the API; (b) a bare WSGI handler with one hand-written statement, which is what the database
and the network of any framework cost at least; (c) the plain way of Django REST framework, nested ModelSerializers
over prefetched rows. With 1,000 and with `--many` activities (1000000 takes its time), the first page and the last
one, which of a million is the ten-thousandth, for an administrator and for a partner to whom little is released.
Each is a whole WSGI call with its API key looked up in the database, in turns with the others, so that what else the
machine does hits all alike. Makes a database of its own beside the one that DATABASE_URL names, and drops it.
"""

import argparse
import hashlib
import statistics
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, quote

from benchmarks.rows import grow_to, make_people, scratch_database  # sets Django up, so it comes first

import orjson  # isort: skip
from django.conf import settings  # isort: skip
from django.core.wsgi import get_wsgi_application  # isort: skip
from django.db import connection  # isort: skip
from django.db.models import Prefetch  # isort: skip
from django.urls import path  # isort: skip
from rest_framework import generics, pagination, serializers  # isort: skip

from accounts.api_paging import AFTER, signer_of  # isort: skip
from accounts.models import ApiKey  # isort: skip
from activities.models import Activity, Involvement  # isort: skip
from unrcca_portal import urls  # isort: skip

FEW, PAGE = 1_000, 100
FIELDS = (
    *("reference", "title_en", "title_ru", "summary", "type", "centre_role", "stage", "start_date", "end_date", "city"),
    *("country", "countries", "themes", "partners"),
)
# Who may see an activity, and who an organization: the rule of accounts/visibility.py, written out.
ALL_OF_THEM = "classification = 'unclassified'"
RELEASED = (
    "({0}classification = 'unclassified' AND NOT {0}release_held AND {1} AND ({0}audience IN ('public', 'all_partners')"
    " OR {0}audience = 'named_partners' AND EXISTS (SELECT 1 FROM {2} WHERE {3} = {0}id AND {4} = %(organization)s)))"
)
RULES = {
    "administrator": (f"a.{ALL_OF_THEM}", f"o.{ALL_OF_THEM}", "true"),
    "partner": (
        RELEASED.format(
            *("a.", "a.review_state = 'approved'", "activities_activity_released_to"), "activity_id", "organization_id"
        )
        + " OR (a.lead_organization_id = %(organization)s AND a.classification = 'unclassified' AND NOT a.release_held"
        " AND a.review_state <> 'approved')",
        RELEASED.format(
            *("o.", "true", "partners_organization_released_to"), "from_organization_id", "to_organization_id"
        ),
        "(NOT a.chatham_house OR a.lead_organization_id = %(organization)s)",
    ),
}
STATEMENT = """
SELECT coalesce(json_agg(item ORDER BY reference DESC), '[]')::text, min(reference) FROM (
    SELECT a.reference, json_build_object(
        'reference', a.reference, 'title_en', a.title_en, 'title_ru', a.title_ru, 'summary', a.summary,
        'type', a.type, 'centre_role', a.centre_role, 'stage', a.stage, 'start_date', a.start_date,
        'end_date', a.end_date, 'city', a.city, 'country', c.code,
        'countries', ARRAY(
            SELECT k.code FROM activities_activity_countries AS l JOIN priorities_country AS k ON k.id = l.country_id
            WHERE l.activity_id = a.id AND {names} ORDER BY k.code),
        'themes', ARRAY(
            SELECT t.code FROM activities_activity_themes AS l JOIN priorities_theme AS t ON t.id = l.theme_id
            WHERE l.activity_id = a.id ORDER BY t.code),
        'partners', ARRAY(
            SELECT json_build_object('organization', o.code, 'acronym', o.acronym, 'name_en', o.name_en,
                                     'name_ru', o.name_ru, 'role', i.role)
            FROM activities_involvement AS i JOIN partners_organization AS o ON o.id = i.organization_id
            WHERE i.activity_id = a.id AND {organizations} AND {names} ORDER BY o.code, i.role)
    ) AS item
    FROM activities_activity AS a LEFT JOIN priorities_country AS c ON c.id = a.country_id
    WHERE ({activities}) AND (%(after)s IS NULL OR a.reference < %(after)s)
    ORDER BY a.reference DESC LIMIT 100
) AS page
"""


# --- (b) the bare handler ---------------------------------------------------------------------------------------


def bare(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """One look-up of the key, one statement, the answer."""
    prefix, _dot, secret = environ["HTTP_AUTHORIZATION"].partition(" ")[2].partition(".")
    after = parse_qs(environ["QUERY_STRING"]).get("after", [None])[0]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k.digest, u.role, u.organization_id FROM accounts_apikey AS k JOIN accounts_user AS u"
            " ON u.id = k.user_id WHERE k.prefix = %s AND k.revoked_at IS NULL AND k.expires_at > now()",
            [prefix],
        )
        digest, role, organization = cursor.fetchone()
        assert digest == hashlib.sha256(secret.encode()).hexdigest()
        activities, organizations, names = RULES[role]
        statement = STATEMENT.format(activities=activities, organizations=organizations, names=names)
        cursor.execute(statement, {"organization": organization, "after": after})
        items, last = cursor.fetchone()
    body = orjson.dumps({"next": last, "previous": after})[:-1] + b',"results":' + items.encode() + b"}"
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


# --- (c) the plain way ------------------------------------------------------------------------------------------


class PlainPartner(serializers.ModelSerializer[Involvement]):
    acronym = serializers.CharField(source="organization.acronym")
    name_en = serializers.CharField(source="organization.name_en")
    name_ru = serializers.CharField(source="organization.name_ru")
    organization = serializers.SlugRelatedField[Any](slug_field="code", read_only=True)

    class Meta:
        model = Involvement
        fields = ("organization", "acronym", "name_en", "name_ru", "role")


class PlainActivity(serializers.ModelSerializer[Activity]):
    country = serializers.SlugRelatedField[Any](slug_field="code", read_only=True)
    countries = serializers.SlugRelatedField[Any](slug_field="code", many=True, read_only=True)
    themes = serializers.SlugRelatedField[Any](slug_field="code", many=True, read_only=True)
    partners = PlainPartner(source="visible_involvements", many=True)

    class Meta:
        model = Activity
        fields = FIELDS


class PlainPages(pagination.LimitOffsetPagination):
    default_limit = PAGE


class PlainList(generics.ListAPIView[Activity]):
    serializer_class = PlainActivity
    pagination_class = PlainPages
    schema = None

    def get_queryset(self) -> Any:
        viewer = self.request.user
        partners = Involvement.objects.visible_to(viewer).order_by("organization__code", "role")
        return (
            Activity.objects.visible_to(viewer)
            .order_by("-reference")
            .select_related("country")
            .prefetch_related("themes", "countries", Prefetch("involvements", partners, to_attr="visible_involvements"))
        )


# --- measuring --------------------------------------------------------------------------------------------------


def call(handler: Any, address: str, key: str) -> bytes:
    """The body of the answer to one WSGI call."""
    place, _mark, query = address.partition("?")
    status: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": place,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "HTTP_AUTHORIZATION": f"Api-Key {key}",
        "wsgi.input": BytesIO(),
        "wsgi.url_scheme": "http",
        "wsgi.errors": BytesIO(),
    }
    answer = handler(environ, lambda said, headers, *rest: status.append(said))
    body = b"".join(answer)
    getattr(answer, "close", lambda: None)()
    assert status[0].startswith("200"), body
    return body


def addresses(user: Any, last: bool) -> dict[str, str]:
    """Of each way, the address of the first page or of the last one."""
    fields = f"page_size={PAGE}&fields={','.join(FIELDS)}"
    found = {"a": f"/api/v1/activities/?{fields}", "b": "/?", "c": "/plain/?"}
    if last:
        visible = Activity.objects.visible_to(user).order_by("-reference")
        offset = visible.count() - PAGE
        after = visible.values_list("reference", flat=True)[offset - 1]
        cursor = signer_of("activities", "").sign_object([AFTER, [after]])
        found = {
            "a": f"{found['a']}&cursor={quote(cursor)}",
            "b": f"/?after={quote(after)}",
            "c": f"/plain/?offset={offset}",
        }
    return found


def measure(django: Any, user: Any, key: str, last: bool, calls: int) -> dict[str, float]:
    """The median milliseconds of each way, which must send the same items."""
    where, handlers = addresses(user, last), {"a": django, "b": bare, "c": django}
    items = {way: orjson.loads(call(handlers[way], where[way], key))["results"] for way in where}
    assert len(items["a"]) == PAGE
    for way in ("b", "c"):
        ordered = [{name: item[name] for name in FIELDS} for item in items[way]]
        for item in ordered:  # the plain way leaves the order of codes to the database
            item["countries"], item["themes"] = sorted(item["countries"]), sorted(item["themes"])
        assert ordered == [{name: item[name] for name in FIELDS} for item in items["a"]], way
    times: dict[str, list[float]] = {way: [] for way in where}
    for turn in range(calls):
        for way in where:
            if way == "c" and turn % 5:
                continue
            start = time.perf_counter()
            call(handlers[way], where[way], key)
            times[way].append(1000 * (time.perf_counter() - start))
    return {way: statistics.median(each) for way, each in times.items()}


def main() -> None:
    options = argparse.ArgumentParser(description="The API beside a bare handler and plain serializers.")
    options.add_argument("--many", type=int, default=100_000)
    options.add_argument("--calls", type=int, default=30)
    chosen = options.parse_args()
    settings.ALLOWED_HOSTS = ["localhost"]
    settings.API_REQUESTS_PER_MINUTE = dict.fromkeys(settings.API_REQUESTS_PER_MINUTE, 10_000_000)
    urls.urlpatterns.insert(0, path("plain/", PlainList.as_view()))
    with scratch_database():
        people = make_people()
        django = get_wsgi_application()
        print(f"{'milliseconds':<35}{'(a) API':>10}{'(b) bare':>10}{'(c) plain':>11}{'b/a':>7}{'c/a':>7}")
        found: dict[tuple[int, str, str], float] = {}
        for count in (FEW, chosen.many):
            grow_to(count, people)
            with connection.cursor() as cursor:
                cursor.execute("TRUNCATE accounts_change, accounts_disclosure")
                cursor.execute("SELECT change_note_all('activities.activity')")
                cursor.execute("VACUUM ANALYZE")
            for who in ("administrator", "partner"):
                key = ApiKey.issue(user=people[who], name="Benchmark")[1]
                for page in ("first", "last"):
                    took = measure(django, people[who], key, page == "last", chosen.calls)
                    found[count, who, page] = took["a"]
                    line = f"{count:>9,} {who:<13} {page:<5} page"
                    print(
                        f"{line:<35}{took['a']:>10.1f}{took['b']:>10.1f}{took['c']:>11.1f}"
                        f"{took['b'] / took['a']:>7.2f}{took['c'] / took['a']:>7.1f}",
                        flush=True,
                    )
        many = chosen.many
        for who in ("administrator", "partner"):
            print(f"(a) {who}: {many:,} to {FEW:,} rows {found[many, who, 'first'] / found[FEW, who, 'first']:.2f}")
            print(f"(a) {who}: last to first page {found[many, who, 'last'] / found[many, who, 'first']:.2f}")
        ratio = found[many, "partner", "first"] / found[many, "administrator", "first"]
        print(f"(a) partner to administrator: {ratio:.2f}")


if __name__ == "__main__":
    main()
