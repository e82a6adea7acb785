"""How long the exports of 1,000 and of 20,000 activities take, and how much memory: it should not grow with the rows.

    python -m benchmarks.exports [--many 20000]

Makes a database of its own beside the one that DATABASE_URL names (the server must let it), measures, and drops it.
Takes a few minutes. The time is that of a request through Django, without a network; memory is measured in another
request, since measuring slows it.
"""

import argparse
import time
import tracemalloc
from typing import Any

from benchmarks.rows import grow_to, make_people, scratch_database  # sets Django up, so it comes first

from django.conf import settings  # isort: skip
from django.test import Client  # isort: skip

FEW = 1_000


def taken_away(client: Client, kind: str) -> int:
    """The bytes of the export, read as a server would send them."""
    response: Any = client.get(f"/activities/export.{kind}")
    assert response.status_code == 200, kind
    size = sum(len(part) for part in response.streaming_content)
    response.close()
    return size


def measured(client: Client, kind: str) -> tuple[float, float, float]:
    """Seconds, MB of memory at most, MB of the file."""
    start = time.perf_counter()
    size = taken_away(client, kind)
    seconds = time.perf_counter() - start
    tracemalloc.start()
    taken_away(client, kind)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return seconds, peak / 1_000_000, size / 1_000_000


def main() -> None:
    options = argparse.ArgumentParser(description="Times and memory of exports.")
    options.add_argument("--many", type=int, default=20_000)
    many = options.parse_args().many
    settings.ALLOWED_HOSTS = ["testserver"]
    found = {}
    with scratch_database():
        people = make_people()
        client = Client()
        client.force_login(people["manager"], backend="accounts.backends.EmailBackend")
        for count in (FEW, many):
            grow_to(count, people)
            taken_away(client, "csv")  # warms up
            for kind in ("xlsx", "csv"):
                found[kind, count] = measured(client, kind)
    print(f"{'':<14}{f'{FEW:,} rows':>14}{f'{many:,} rows':>14}{'ratio':>8}   (rows: {many / FEW:.1f})")
    for kind in ("xlsx", "csv"):
        for place, what in enumerate(("seconds", "MB of memory", "MB of file")):
            few, lots = found[kind, FEW][place], found[kind, many][place]
            print(f"{kind:<5}{what:<13}{few:>10.2f}{lots:>14.2f}{lots / few:>8.1f}")


if __name__ == "__main__":
    main()
