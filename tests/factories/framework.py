"""A small framework for tests: a programme with one priority and one commitment."""

from typing import Any

from priorities.models import Commitment, MandateFunction, Priority, ProgrammeOfAction


def make_programme(**fields: Any) -> ProgrammeOfAction:
    defaults = {"number": 5, "title_en": "Example programme", "starts": "2021-01-01", "ends": "2025-12-31"}
    values = {**defaults, **fields}
    programme, _created = ProgrammeOfAction.objects.get_or_create(number=values["number"], defaults=values)
    programme.refresh_from_db()
    return programme


def make_priority(**fields: Any) -> Priority:
    function, _created = MandateFunction.objects.get_or_create(
        number=1, defaults={"short_en": "Example function", "text_en": "Example."}
    )
    defaults = {
        "programme": fields.pop("programme", None) or make_programme(),
        "function": function,
        "number": 1,
        "roman": "I",
        "slug": "i",
        "title_en": "Example priority",
        "short_title_en": "Example",
        "colour": "#0b5fa5",
    }
    return Priority.objects.create(**{**defaults, **fields})


def make_commitment(**fields: Any) -> Commitment:
    priority = fields.pop("priority", None) or make_priority()
    defaults = {"number": 1, "code": f"{priority.roman}.1", "text_en": "Example commitment", "cadence": "yearly"}
    return Commitment.objects.create(priority=priority, **{**defaults, **fields})
