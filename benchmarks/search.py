"""How long a search takes at 1,000 and at 100,000 activities, side by side.

    python -m benchmarks.search [most]

Makes a database of its own beside the portal's, fills it with made-up activities, asks, and drops it again; `most`,
a number of thousands, may stand in place of 100,000. Times are of whole pages, from the request to the last byte,
the median of seven; they say something about each other rather than about a machine.
"""

import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unrcca_portal.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.audit import acting  # noqa: E402
from accounts.models import SearchEntry, User  # noqa: E402
from accounts.roles import Role  # noqa: E402
from activities.models import Activity, Involvement  # noqa: E402
from partners.models import Organization  # noqa: E402
from priorities.models import Theme  # noqa: E402

FEW, TIMES = 1_000, 7
SUBJECTS = [
    "water",
    "energy",
    "climate",
    "border",
    "youth",
    "women",
    "security",
    "dialogue",
    "training",
    "early",
    "warning",
    "trade",
    "transit",
]
SUBJECTS += [
    "вода",
    "энергетика",
    "климат",
    "граница",
    "молодежь",
    "женщины",
    "безопасность",
    "диалог",
    "обучение",
    "торговля",
    "транзит",
]
CITIES = ("Ashgabat", "Almaty", "Bishkek", "Dushanbe", "Tashkent", "Samarkand", "Ашхабад", "Душанбе")

# Name, reader and question.
QUESTIONS = (
    ("in every title", "officer", "example"),
    ("in every title, to the public", None, "example"),
    ("in every title, to a partner", "partner", "example"),
    ("in one title in ten", "officer", "water"),
    ("of a city in the other alphabet", "officer", "Душанбе"),
    ("begun only", "officer", "secur"),
    ("of a partner", "officer", "partner-7"),
    ("a phrase", "officer", '"early warning"'),
    ("a reference", "officer", "2024-77"),
    ("in one title", "officer", "needle"),
    ("in none", "officer", "nothingofthekind"),
)


def main(most: int) -> None:
    setup_test_environment()
    connection.creation.create_test_db(verbosity=0, serialize=False)
    try:
        people = make_people()
        partners = [
            Organization.objects.create(code=f"partner-{n}", name_en=f"Partner-{n}", type="other", audience="public")
            for n in range(50)
        ]
        themes = [Theme.objects.create(code=f"theme-{n}", name_en=f"Theme {word}") for n, word in enumerate(SUBJECTS)]
        write(partners, themes)
        settle()
        few = ask(people)
        copy(most)
        settle()
        many = ask(people)
    finally:
        connection.creation.destroy_test_db(str(connection.settings_dict["NAME"]), verbosity=0)
    print(f"\n{'a word ...':<34}{FEW:>12,}{most:>12,}{'ratio':>8}   milliseconds a page")
    for name in few:
        print(f"{name:<34}{few[name]:>12.0f}{many[name]:>12.0f}{many[name] / few[name]:>8.1f}")


def make_people() -> dict[str | None, Client]:
    """A signed-in client for each reader."""
    organization = Organization.objects.create(code="own", name_en="Own", type="other", audience="public")
    clients: dict[str | None, Client] = {None: Client()}
    for name, role in (("officer", Role.OFFICER), ("partner", Role.PARTNER)):
        of = {"organization": organization} if role == Role.PARTNER else {}
        user = User.objects.create_user(f"{name}@example.org", None, name=name, role=role, **of)
        clients[name] = Client()
        clients[name].force_login(user, backend="accounts.backends.EmailBackend")
    return clients


def write(partners: list[Organization], themes: list[Theme]) -> None:
    """The first activities, each with a theme and two partners, written as any are; the same ones every time."""
    chance = random.Random(FEW)
    started = time.monotonic()
    with acting(by=None, verb="load"):
        made = Activity.objects.bulk_create([activity(number, chance) for number in range(FEW)])
        links = Activity.themes.through.objects
        links.bulk_create([links.model(activity=one, theme=chance.choice(themes)) for one in made])
        Involvement.objects.bulk_create(
            [Involvement(activity=one, organization=each) for one in made for each in chance.sample(partners, 2)]
        )
    print(f"{FEW:,} activities written and indexed in {time.monotonic() - started:.0f} s", file=sys.stderr)


def copy(most: int) -> None:
    """Many more like them, entries of the search and all, past the triggers: what is measured is finding."""
    others: dict[Any, dict[str, str]] = {
        Activity: {"reference": "'COPY-' || copy || '-' || row.id", "title_en": "replace(title_en, 'needle', '')"},
        Activity.themes.through: {"activity_id": f"activity_id + {FEW} * copy"},
        Involvement: {"activity_id": f"activity_id + {FEW} * copy"},
        SearchEntry: {
            "object_id": f"object_id + {FEW} * copy",
            **{vector: f"ts_delete({vector}, 'needle')" for vector in ("open", "insider", "staff")},
        },
    }
    with connection.cursor() as cursor:
        for model, changed in others.items():
            table: Any = model._meta
            columns = [field.column for field in table.concrete_fields if not field.primary_key]
            values = [changed.get(column, f'"{column}"') for column in columns]
            names = ", ".join(f'"{column}"' for column in columns)
            which = "WHERE kind = 'activities.activity'" if model is SearchEntry else ""
            key, number = ("id, ", f"row.id + {FEW} * copy, ") if model is Activity else ("", "")
            cursor.execute(f'ALTER TABLE "{table.db_table}" DISABLE TRIGGER USER')
            cursor.execute(
                f'INSERT INTO "{table.db_table}" ({key}{names}) SELECT {number}{", ".join(values)}'
                f' FROM "{table.db_table}" AS row, generate_series(1, {most // FEW - 1}) AS copy {which}'
            )


def settle() -> None:
    """What the database does by itself in time: gather what it plans by."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def activity(number: int, chance: random.Random) -> Activity:
    words = chance.sample(SUBJECTS, 6)
    day = date(2009, 1, 1) + timedelta(days=number % 6000)
    return Activity(
        reference=f"UNRCCA-{2009 + number % 17}-{number:05d}",
        title_en=f"Example {' '.join(words[:3])} {'needle' if number == FEW // 2 else ''}",
        title_ru=f"Пример {' '.join(words[3:])}" if number % 3 == 0 else "",
        summary=" ".join(chance.choices(SUBJECTS, k=60)),
        outcome=" ".join(chance.choices(SUBJECTS, k=30)),
        chatham_house=number % 10 == 0,
        city=chance.choice(CITIES),
        type="meeting",
        stage="held",
        start_date=day,
        end_date=day,
        audience=chance.choice(("internal", "public", "all_partners")),
        review_state="approved",
        submitted_at=timezone.now(),
        reviewed_at=timezone.now(),
    )


def ask(people: dict[str | None, Client]) -> dict[str, float]:
    """Milliseconds a page for each question, and for the list narrowed by the commonest word."""
    asked: dict[str, Callable[[], object]] = {}
    for name, reader, question in QUESTIONS:
        asked[name] = partial(people[reader].get, "/search/", {"q": question})
    asked["the list of activities narrowed"] = partial(people["officer"].get, "/activities/", {"q": "water"})
    return {name: timed(page) for name, page in asked.items()}


def timed(page: Callable[[], object]) -> float:
    page()
    spent = []
    for _time in range(TIMES):
        started = time.perf_counter()
        page()
        spent.append(1000 * (time.perf_counter() - started))
    return statistics.median(spent)


if __name__ == "__main__":
    main(int(sys.argv[1].replace(",", "")) if len(sys.argv) > 1 else 100_000)
