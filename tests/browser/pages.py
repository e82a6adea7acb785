"""What several browser tests do on pages, and what they watch for."""

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, expect

from tests.browser.portal import Portal

REFUSED = re.compile(r"server responded with a status of 40[34]\b")


class Watch:
    """Notes what no page may do: log an error, throw one, ask another server for anything.

    With `refusals` a page may be refused, as its reader may not see it; the browser logs the answer as an error.
    """

    def __init__(self, context: BrowserContext, url: str, *, refusals: bool = False) -> None:
        self.faults: list[str] = []
        self.url, self.refusals = url, refusals
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.faults.append(f"Error on the page: {error.error}"))
        context.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            where = message.page.url if message.page else ""
            if self.refusals and REFUSED.search(message.text) and message.location["url"] == where:
                return
            self.faults.append(f"Console on {where}: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.url}/", "data:", "blob:")):
            self.faults.append(f"Asked another server: {request.url}")


def sign_in(page: Page, portal: Portal, name: str) -> None:
    """Sign in by form, from an empty browser."""
    page.goto("/accounts/sign-in/")
    page.get_by_label("E-mail address").fill(f"{name}@example.org")
    page.get_by_label("Password").fill(portal.passwords[name])
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page).not_to_have_url("**/sign-in/**")


def confirmed(page: Page, words: str) -> None:
    """Wait for the next page to confirm in these words; the form itself may say “saved” of its draft before."""
    expect(page.locator(".message-success")).to_have_text(words)
