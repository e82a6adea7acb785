"""Dates as exactly as they are known, in the reader's language."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .choices import DatePrecision


def dated(first: date | None, last: date | None, precision: str) -> str:
    """A day or span in United Nations style: 10–12 September 2024, July 2023, 2008, or "Date not known".

    `last` may be None, and is not said where it adds nothing. With the precision month or year, the span
    stands for one unknown day in it or for the whole of it.
    """
    if first is None or precision == DatePrecision.UNKNOWN:
        return _("Date not known")
    form = {DatePrecision.YEAR: "Y", DatePrecision.MONTH: "F Y"}.get(DatePrecision(precision), "DATE_FORMAT")
    start = date_format(first, form)
    if last is None or last == first or start == (end := date_format(last, form)):
        return start
    if form == "DATE_FORMAT" and (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{end}"
    if form == "DATE_FORMAT" and first.year == last.year:
        return f"{date_format(first, 'MONTH_DAY_FORMAT')} – {end}"
    return f"{start} – {end}"
