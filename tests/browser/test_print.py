"""Dashboards on paper: nothing reaches beyond the sheet, and nothing stands on it that one would click."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

BrowserOf = Callable[..., BrowserContext]
# What a sheet of A4 holds between its margins of 15 mm, upright and across, at 96 points an inch.
UPRIGHT, ACROSS = 680, 1009
SHEETS = {
    "/": UPRIGHT,
    "/priorities/2021-2025/": UPRIGHT,
    "/priorities/2021-2025/i/": UPRIGHT,
    "/priorities/2021-2025/structure/": UPRIGHT,
    "/priorities/2021-2025/commitments/": ACROSS,
    "/countries/KZ/": UPRIGHT,
    "/themes/wps/": UPRIGHT,
    "/series/": UPRIGHT,
    "/partners/matrix/": ACROSS,
    "/partners/engagement/": ACROSS,
}
BEYOND = """width => [...document.querySelectorAll("main *")]
    .filter(e => e.getClientRects().length && e.getBoundingClientRect().right > width + 1)
    .slice(0, 3).map(e => e.outerHTML.slice(0, 150))"""


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_dashboard_fits_on_its_sheet(browser_of: BrowserOf, language: str) -> None:
    context = browser_of("manager")
    page = context.new_page()
    page.goto("/")
    context.add_cookies([{"name": "django_language", "value": language, "url": page.url}])
    page.emulate_media(media="print")
    for address, width in SHEETS.items():
        page.set_viewport_size({"width": width, "height": 1000})
        page.goto(address)
        assert page.evaluate(BEYOND, width) == [], address
        for part in ("header.site-head", "main nav", "main .button", "form.filters", ".chart-files"):
            assert all(not one.is_visible() for one in page.locator(part).all()), (address, part)
