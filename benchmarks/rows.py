"""A database of its own for measuring, with as many made-up activities as asked for; it is dropped in the end."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unrcca_portal.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.management.color import no_style  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Min  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from accounts.roles import Role  # noqa: E402
from activities.choices import ActivityType, CentreRole, Stage  # noqa: E402
from activities.models import Activity, Evidence, Involvement, Series  # noqa: E402
from partners.models import Organization  # noqa: E402
from priorities.models import Commitment, Country, Priority, Theme  # noqa: E402

SEED = 1_000
WORDS = [
    *("water", "energy", "border", "youth", "women", "dialogue", "prevention", "climate", "security", "training"),
    *("вода", "энергия", "граница", "молодёжь", "женщины", "диалог", "предупреждение", "климат", "торговля"),
]
FIRST_DAY, DAYS = date(2020, 1, 1), 7 * 365
# Of a hundred activities: so many are released to these. The partner who is measured is named in one of them.
AUDIENCES = ["internal"] * 60 + ["named_partners"] * 15 + ["all_partners"] * 10 + ["public"] * 15


@contextmanager
def scratch_database() -> Iterator[None]:
    """An empty database with the reference data, beside the one that DATABASE_URL names."""
    original = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        for command in ("load_priorities", "load_partners"):
            call_command(command, verbosity=0)
        yield
    finally:
        connection.creation.destroy_test_db(original, verbosity=0)


def make_people() -> dict[str, User]:
    """A partner to whom little is released by name, an officer who logged the activities, and others of the staff."""
    organization = Organization.objects.get(code="unodc")
    who: dict[str, dict[str, Any]] = {
        "administrator": {"role": Role.ADMINISTRATOR},
        "manager": {"role": Role.MANAGER},
        "officer": {"role": Role.OFFICER},
        "partner": {"role": Role.PARTNER, "organization": organization},
    }
    return {name: User.objects.create_user(f"{name}@example.org", name=name, **fields) for name, fields in who.items()}


def grow_to(count: int, people: dict[str, User]) -> None:
    """Make SEED activities, then copies of them in the database itself until there are `count`, on other days.

    Neither the trail nor the index of the search is written: nothing here is worth keeping, and no list is searched.
    """
    through = [getattr(Activity, name).through for name in ("themes", "countries", "released_to")]
    models = [Activity, Involvement, Evidence, *through]
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f'ALTER TABLE "{model._meta.db_table}" DISABLE TRIGGER USER')
        if not Activity.objects.exists():
            _Maker(people).add(range(SEED))
        lowest = Activity.objects.aggregate(first=Min("pk"))["first"]
        copies = (Activity.objects.count() // SEED, count // SEED - 1)
        for model in models:
            cursor.execute(_copying(model), {"seed": SEED, "lowest": lowest, "first": copies[0], "last": copies[1]})
        for model in models:
            cursor.execute(f'ALTER TABLE "{model._meta.db_table}" ENABLE TRIGGER USER')
        for statement in connection.ops.sequence_reset_sql(no_style(), [Activity]):
            cursor.execute(statement)
        # As the server does by itself some time after so many rows.
        cursor.execute("VACUUM ANALYZE")


def _copying(model: Any) -> str:
    """SQL that copies the seed's rows of a table for each number of a copy; keys move by whole seeds."""
    table = model._meta.db_table
    moved = {
        # What is released stands among the rest, in any order, as it does where people write.
        "reference": "lpad(copy::text, 4, '0') || '-' || reference",
        "start_date": "start_date - 17 * copy::int",
        "end_date": "end_date - 17 * copy::int",
        "changed_at": "changed_at - copy * interval '1 hour'",
        "title_en": "title_en || ' ' || copy",
    }
    if model is Activity:
        moved["id"] = "id + %(seed)s * copy"
        seed = "id < %(lowest)s + %(seed)s"
    else:
        moved["activity_id"] = "activity_id + %(seed)s * copy"
        seed = "activity_id < %(lowest)s + %(seed)s"
    columns = [one.column for one in model._meta.concrete_fields if model is Activity or not one.primary_key]
    values = ", ".join(moved.get(column, f'"{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    return (
        f'INSERT INTO "{table}" ({names}) SELECT {values} FROM "{table}",'
        f" generate_series(%(first)s::bigint, %(last)s::bigint) AS copy WHERE {seed}"
    )


class _Maker:
    def __init__(self, people: dict[str, User]) -> None:
        self.chance = random.Random(7)
        self.officer, self.partner = people["officer"], people["partner"].organization
        self.priorities, self.themes = list(Priority.objects.all()), list(Theme.objects.all())
        self.countries, self.commitments = list(Country.objects.all()), list(Commitment.objects.all())
        self.organizations = list(Organization.objects.exclude(pk=self.partner.pk))  # type: ignore[union-attr]
        self.series = [
            Series.objects.get_or_create(code=f"example-{number}", defaults={"name_en": f"Example {number}"})[0]
            for number in range(12)
        ]

    def add(self, numbers: range) -> None:
        Activity.objects.bulk_create(self.activity(number) for number in numbers)
        for model, rows in self.links(list(Activity.objects.values_list("pk", flat=True))).items():
            model.objects.bulk_create(rows)

    def activity(self, number: int) -> Activity:
        chance = self.chance
        day = FIRST_DAY + timedelta(days=chance.randrange(DAYS))
        approved = chance.random() < 0.8
        now = timezone.now() - timedelta(minutes=chance.randrange(1_000_000))
        return Activity(
            reference=f"{day.year}-{number:04d}",
            title_en=" ".join(chance.choices(WORDS, k=7)).capitalize(),
            summary=" ".join(chance.choices(WORDS, k=60)),
            outcome=" ".join(chance.choices(WORDS, k=40)),
            type=chance.choice(ActivityType.values[:7]),
            centre_role=chance.choice(CentreRole.values),
            stage=chance.choice(Stage.values) if number % 4 else Stage.HELD,
            start_date=day,
            end_date=day + timedelta(days=chance.choice((0, 0, 0, 1, 2))),
            country=chance.choice(self.countries),
            main_priority=chance.choice(self.priorities),
            series=chance.choice(self.series) if number % 3 == 0 else None,
            review_state="approved" if approved else chance.choice(("draft", "submitted", "returned")),
            audience=chance.choice(AUDIENCES),
            submitted_at=now,
            reviewed_at=now,
            created_by=self.officer,
            created_at=now,
            changed_at=now,
        )

    def links(self, pks: list[int]) -> dict[Any, list[Any]]:
        chance, through = self.chance, {name: getattr(Activity, name).through for name in ("themes", "countries")}
        themes, countries, partners, evidence, released = [], [], [], [], []
        for pk in pks:
            themes += [through["themes"](activity_id=pk, theme=one) for one in chance.sample(self.themes, 2)]
            countries += [through["countries"](activity_id=pk, country=one) for one in chance.sample(self.countries, 3)]
            partners += [
                Involvement(activity_id=pk, organization=one, role="participant")
                for one in chance.sample(self.organizations, 4)
            ]
            evidence.append(Evidence(activity_id=pk, commitment=chance.choice(self.commitments)))
            named = self.partner if pk % 100 == 0 else chance.choice(self.organizations)
            released.append(Activity.released_to.through(activity_id=pk, organization=named))
        return {
            through["themes"]: themes,
            through["countries"]: countries,
            Involvement: partners,
            Evidence: evidence,
            Activity.released_to.through: released,
        }
