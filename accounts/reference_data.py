"""Loading reference data from an app's YAML files, again and again without harm."""

from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml
from django.core.management.base import CommandError
from django.db import models

M = TypeVar("M", bound=models.Model)


class Index(Generic[M]):
    """The rows of a model by the code that the files name them with."""

    def __init__(self, rows: Iterable[M], name: str = "code") -> None:
        self.name = name
        self.rows = {getattr(row, name): row for row in rows}

    def one(self, value: Hashable) -> M:
        """The row with this value. CommandError, which ends the load, when there is none."""
        if value not in self.rows:
            raise CommandError(
                f"Nothing is known with the {self.name} “{value}”."
                " Load the data it belongs to first, or correct the file."
            )
        return self.rows[value]

    def one_or_none(self, value: Hashable | None) -> M | None:
        return None if value is None else self.one(value)

    def all(self, values: Iterable[Hashable]) -> list[M]:
        return [self.one(value) for value in values]


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The list of mappings in a YAML file."""
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(rows, list):
        raise ValueError(f"{path.name} must hold a list of records.")
    return rows


def load(model: type[M], values: Mapping[str, Any], *, key: tuple[str, ...]) -> tuple[M, bool]:
    """Create the row with these values, or bring an untouched one up to date.

    `key` names the values that identify the row. A row that a person has made or changed is left alone.
    Returns the row and whether its many-to-many values may be set (new or untouched).
    """
    row = model._default_manager.filter(**{name: values[name] for name in key}).first()
    if row is None:
        return model._default_manager.create(**values), True
    if is_kept_by_people(row):
        return row, False
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    if changed:
        for name in changed:
            setattr(row, name, values[name])
        row.save(update_fields=changed)
    return row, True


def is_kept_by_people(row: models.Model) -> bool:
    """Whether a person made or changed the row, so that no file speaks for it any more."""
    return getattr(row, "created_by_id", None) is not None or getattr(row, "changed_by_id", None) is not None
