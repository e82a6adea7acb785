"""How long the overview takes with 1,000 and with 100,000 activities, for a manager and for a partner.

    python -m benchmarks.overview [--many 100000]

Makes a database of its own beside the one that DATABASE_URL names (the server must let it), measures, and drops it.
A page's time is the median of some requests through Django, without a network.
"""

import argparse

from benchmarks.rows import grow_to, make_people, scratch_database  # sets Django up, so it comes first

from django.conf import settings  # isort: skip
from django.db import connection  # isort: skip
from django.test import Client  # isort: skip
from django.test.utils import CaptureQueriesContext  # isort: skip

from benchmarks.lists import FEW, print_table, seconds  # isort: skip

PAGES = {
    "overview": "/",
    "one year": "/?period=2024",
    "a quarter, a country": "/?period=2024-Q3&country=KZ",
}


def main() -> None:
    options = argparse.ArgumentParser(description="Times of the overview with few and many activities.")
    options.add_argument("--many", type=int, default=100_000)
    many = options.parse_args().many
    settings.ALLOWED_HOSTS = ["testserver"]
    found: dict[tuple[str, str, int], float] = {}
    queries: dict[str, int] = {}
    with scratch_database():
        people = make_people()
        for count in (FEW, many):
            grow_to(count, people)
            for who in ("manager", "partner"):
                client = Client()
                client.force_login(people[who], backend="accounts.backends.EmailBackend")
                for name, address in PAGES.items():
                    found[name, who, count] = seconds(client, address)
                with CaptureQueriesContext(connection) as captured:
                    client.get("/")
                queries[who] = len(captured)
    print_table(found, many, PAGES)
    print("queries of the overview: " + ", ".join(f"{who} {number}" for who, number in queries.items()))


if __name__ == "__main__":
    main()
