"""What the pages weigh on the wire: offices in the region work over slow and costly links."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

BrowserOf = Callable[..., BrowserContext]

FIRST_VIEW, LATER_VIEW = 100_000, 30_000  # bytes
OF_VISITORS = ["/public/", "/priorities/2021-2025/", "/activities/", "/accounts/sign-in/"]
OF_OFFICERS = [
    "/",
    "/priorities/2021-2025/",
    "/priorities/2021-2025/i/",
    "/activities/",
    "/activities/UNRCCA-2021-0001/",
    "/activities/new/",
    "/partners/",
    "/partners/osce/",
    "/briefings/",
    "/developments/",
    "/reports/",
]
MAIN_PAGES = [*((None, address) for address in OF_VISITORS), *(("officer", address) for address in OF_OFFICERS)]


@pytest.mark.parametrize(("reader", "address"), MAIN_PAGES)
def test_a_first_view_weighs_100_kb_at_most(browser_of: BrowserOf, reader: str | None, address: str) -> None:
    page = browser_of(reader).new_page()
    weight = weight_of(page, address)
    assert sum(weight.values()) <= FIRST_VIEW, weight


@pytest.mark.parametrize(("reader", "addresses"), [(None, OF_VISITORS), ("officer", OF_OFFICERS)])
def test_later_views_weigh_30_kb_at_most(browser_of: BrowserOf, reader: str | None, addresses: list[str]) -> None:
    page = browser_of(reader).new_page()
    # The form of an activity has files of its own beside those of every page.
    for address in ("/accounts/profile/", "/activities/new/") if reader else ("/accounts/password/reset/",):
        page.goto(address, wait_until="networkidle")
    for address in addresses:
        weight = weight_of(page, address)
        assert sum(weight.values()) <= LATER_VIEW, weight


def weight_of(page: Page, address: str) -> dict[str, int]:
    """The bytes that came over the wire for a view, headers and compression included, by address.

    What the view before had asked for and only gets now is not this one's.
    """
    wire, names, weight = page.context.new_cdp_session(page), {}, {}
    wire.on("Network.requestWillBeSent", lambda event: names.update({event["requestId"]: event["request"]["url"]}))
    wire.on("Network.loadingFinished", lambda event: weight.update({event["requestId"]: event["encodedDataLength"]}))
    wire.send("Network.enable")
    page.goto(address, wait_until="networkidle")
    wire.detach()
    assert weight, "nothing was measured"
    return {names[request]: int(length) for request, length in weight.items() if request in names}
