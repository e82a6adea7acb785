"""The time zones on offer in the profile: those of the region and its partners first; and the office's own."""

from datetime import date
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# Where the Centre works; its days decide what is late, wherever a reader is.
ASHGABAT = ZoneInfo("Asia/Ashgabat")
NEAR = (
    "Asia/Ashgabat",
    "Asia/Almaty",
    "Asia/Bishkek",
    "Asia/Dushanbe",
    "Asia/Tashkent",
    "Asia/Kabul",
    "Europe/Vienna",
    "Europe/Zurich",
    "America/New_York",
    "UTC",
)
CONTINENTS = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")


def office_date() -> date:
    """Today in Ashgabat."""
    return timezone.localdate(timezone=ASHGABAT)


@cache
def choices() -> list[tuple[object, list[tuple[str, str]]]]:
    """Two groups of (name, words) for a select; the names are those of the tz database."""
    others = sorted(name for name in available_timezones() if name.startswith(CONTINENTS) and name not in NEAR)
    return [
        (_("Often used here"), [(name, _words(name)) for name in NEAR]),
        (_("All others"), [(name, _words(name)) for name in others]),
    ]


def _words(name: str) -> str:
    return name.replace("_", " ")
