"""How long the lists and the calendar take with 1,000 and with 100,000 activities, for a manager and for a partner.

    python -m benchmarks.lists [--many 100000]

Makes a database of its own beside the one that DATABASE_URL names (the server must let it), measures, and drops it.
Takes a few minutes. A page's time is the median of some requests through Django, without a network.
"""

import argparse
import statistics
import time
from collections.abc import Iterable

from benchmarks.rows import grow_to, make_people, scratch_database  # sets Django up, so it comes first

from django.conf import settings  # isort: skip
from django.test import Client  # isort: skip

FEW, REPEATS = 1_000, 5
PAGES = {
    "newest first": "/activities/",
    "by title": "/activities/?ordering=title",
    "by title, falling": "/activities/?ordering=-title",
    "oldest first": "/activities/?ordering=date",
    "by change": "/activities/?ordering=-changed",
    "by type": "/activities/?ordering=type",
    "by place": "/activities/?ordering=place",
    "one theme": "/activities/?theme=water",
    "two partners": "/activities/?partner=osce&partner=undp",
    "a country": "/activities/?country=KZ",
    "a year": "/activities/?from=2024-01-01&to=2024-12-31",
    "several at once": "/activities/?type=meeting&stage=held&theme=water&priority=2021-2025/i",
    "nothing found": "/activities/?type=meeting&from=2040-01-01",
    "deepest page": "/activities/?page=100000",
    "calendar": "/calendar/?month=2024-11",
    "calendar, one theme": "/calendar/?month=2024-11&theme=water",
}


def seconds(client: Client, address: str) -> float:
    """The median time of the page, after one request that warms it up."""
    times = []
    for _again in range(REPEATS + 1):
        start = time.perf_counter()
        assert client.get(address).status_code == 200, address
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def main() -> None:
    options = argparse.ArgumentParser(description="Times of the lists with few and many activities.")
    options.add_argument("--many", type=int, default=100_000)
    many = options.parse_args().many
    settings.ALLOWED_HOSTS = ["testserver"]
    with scratch_database():
        people = make_people()
        found: dict[tuple[str, str, int], float] = {}
        for count in (FEW, many):
            grow_to(count, people)
            for who in ("manager", "partner"):
                client = Client()
                client.force_login(people[who], backend="accounts.backends.EmailBackend")
                for name, address in PAGES.items():
                    found[name, who, count] = seconds(client, address)
    print_table(found, many, PAGES)


def print_table(found: dict[tuple[str, str, int], float], many: int, pages: Iterable[str]) -> None:
    head = f"{'milliseconds':<22}" + "".join(
        f"{f'{who} {FEW:,}':>17}{f'{many:,}':>10}{'ratio':>7}" for who in ("manager", "partner")
    )
    print(head + f"{'partner/manager':>17}")
    for name in pages:
        line = f"{name:<22}"
        for who in ("manager", "partner"):
            few, lots = found[name, who, FEW], found[name, who, many]
            line += f"{1000 * few:>17.0f}{1000 * lots:>10.0f}{lots / few:>7.1f}"
        print(line + f"{found[name, 'partner', many] / found[name, 'manager', many]:>17.2f}")


if __name__ == "__main__":
    main()
