"""The page that describes the API works under the strict policy; `browser_of` fails on any word of the console."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenContext


def test_the_description_of_the_api_can_be_read_on_a_narrow_screen(browser_of: OpenContext) -> None:
    page = browser_of(None, viewport={"width": 375, "height": 800}).new_page()
    page.goto("/api/v1/console/")
    # A large page: drawing it takes a busy machine long.
    expect(page.locator("#operations-themes-themes_list")).to_be_visible(timeout=120_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
