"""Dates in United Nations style, as exactly as they are known."""

from datetime import date

import pytest
from django.utils import translation

from priorities.dates import dated

SEPTEMBER = date(2024, 9, 10)


@pytest.mark.parametrize(
    ("first", "last", "precision", "english", "russian"),
    [
        (SEPTEMBER, None, "day", "10 September 2024", "10 сентября 2024\u00a0г."),
        (SEPTEMBER, SEPTEMBER, "day", "10 September 2024", "10 сентября 2024\u00a0г."),
        (SEPTEMBER, date(2024, 9, 12), "day", "10–12 September 2024", "10–12 сентября 2024\u00a0г."),
        (SEPTEMBER, date(2024, 10, 2), "day", "10 September – 2 October 2024", "10 сентября – 2 октября 2024\u00a0г."),
        (date(2024, 9, 1), date(2024, 9, 30), "month", "September 2024", "Сентябрь 2024"),
        (date(2024, 1, 1), date(2024, 12, 31), "year", "2024", "2024"),
        (None, None, "unknown", "Date not known", None),
    ],
)
def test_dated(first: date | None, last: date | None, precision: str, english: str, russian: str | None) -> None:
    with translation.override("en"):
        assert dated(first, last, precision) == english
    if russian:
        with translation.override("ru"):
            assert dated(first, last, precision) == russian
