"""How long a file of 2,000 rows takes to be checked and imported: half of them new, half of them changed.

    python -m benchmarks.imports [--rows 2000]

Makes a database of its own beside the one that DATABASE_URL names (the server must let it), measures, and drops it.
Takes some minutes. No worker is needed: what a worker would do is done here.
"""

import argparse
import csv
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.rows import grow_to, make_people, scratch_database  # sets Django up, so it comes first

from django.db import connection  # isort: skip
from django.utils import timezone  # isort: skip

from accounts.models import User  # isort: skip
from accounts.tables import Table, write_csv  # isort: skip
from activities.models import Activity  # isort: skip
from activities.sheets import deeds  # isort: skip
from activities.sheets.columns import columns_for, rows_for  # isort: skip
from activities.sheets.words import Words  # isort: skip
from unrcca_portal.celery import app  # isort: skip


def file_of(rows: int, user: User) -> bytes:
    """An export with another city in each row, and each row once more without its reference."""
    # What is said to be held has begun.
    activities = Activity.objects.visible_to(user).filter(start_date__lt=timezone.localdate())[: rows // 2]
    table = Table("activities", "Activities", columns_for(user, Words(user)), rows_for(user, activities))
    exported, changed = io.BytesIO(), io.StringIO(newline="")
    write_csv(exported, table)
    headings, *lines = csv.reader(io.StringIO(exported.getvalue().decode("utf-8-sig"), newline=""))
    writer = csv.writer(changed)
    writer.writerow(headings)
    for line in lines:
        row = dict(zip(headings, line, strict=True))
        writer.writerow((row | {"City": "Osh"}).values())
        writer.writerow((row | {"Reference": "", "Title": f"New: {row['Title']}"}).values())
    return changed.getvalue().encode()


@contextmanager
def measured(what: str, rows: int) -> Iterator[None]:
    """Prints how long it took, how much of that in Python, and how many queries a row."""
    queries = 0

    def count(execute: Any, *given: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(*given)

    wall, cpu = time.perf_counter(), time.process_time()
    with connection.execute_wrapper(count):
        yield
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{what:<20}{wall:>10.1f}{cpu:>10.1f}{1000 * wall / rows:>12.0f}{queries / rows:>12.1f}", flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description="Times of an import.")
    options.add_argument("--rows", type=int, default=2_000)
    rows = options.parse_args().rows
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    with scratch_database():
        people = make_people()
        grow_to(2_000, people)
        content = file_of(rows, people["manager"])
        print(f"{rows:,} rows{'seconds':>21}{'of Python':>10}{'ms a row':>12}{'queries':>12}")
        with measured("checked", rows):
            imported = deeds.upload(by=people["manager"], file=io.BytesIO(content), name="file.csv", size=len(content))
        imported.refresh_from_db()
        problems = {problem.message for row in deeds.plan_of(imported).rows for problem in row.problems}
        assert imported.status == "ready" and not problems, (imported.status, problems)
        with measured("imported", rows):
            deeds.begin_writing(imported=imported, token=str(imported.token))
        imported.refresh_from_db()
        assert imported.status == "done" and len(imported.made) == rows, imported.status


if __name__ == "__main__":
    main()
