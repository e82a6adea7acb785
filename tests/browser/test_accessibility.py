"""Every page of the portal, as everyone who reaches it: WCAG 2.2 AA, no sideways scrolling, nothing from elsewhere."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser.conftest import PATIENCE
from tests.browser.pages import Watch
from tests.browser.portal import Portal

Known = dict[str, list[dict[str, Any]]]
Light = Literal["light", "dark"]
Look = tuple[ViewportSize, Light]

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
# The elements that reach beyond the right edge, unless they scroll inside a frame of their own.
SIDEWAYS = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const beyond = [...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > width + 1);
    return [`${document.documentElement.scrollWidth} px`, ...beyond.slice(0, 5).map(e => e.outerHTML.slice(0, 120))];
}"""
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]

# Answers with data, or takes only what a form sends.
NOT_PAGES = {
    *("iati", "activities:feed", "activities:private-feed"),
    *("health", "set_language", "api-schema", "activities:attachment", "reports:download"),
    *(
        "activities:export",
        "activities:export-series",
        "activities:export-follow-ups",
        "briefings:export",
        "developments:export",
    ),
    *(f"activities:import-{what}" for what in ("template", "names", "write", "again")),
    *("partners:export", "partners:export-agreements", "partners:export-contacts"),
    *("partners:export-matrix", "matrix-document"),
    "accounts:api-key-rotate",
    *("accounts:sign-out", "accounts:appearance", "accounts:session"),
    *(f"{app}:{name}" for app in ("activities", "developments") for name in ("keep", "keep-new")),
    *("calendar:public-feed", "calendar:private-feed", "calendar:end-feed"),
    *(f"activities:{deed}" for deed in ("submit", "withdraw", "approve", "return", "reopen", "verify", "attach")),
    *(f"activities:follow-up-{deed}" for deed in ("change", "done", "reopen")),
    *(f"activities:confirm-{what}" for what in ("release", "priority", "evidence")),
    *("partners:contact-verify", "editing:move", "editing:current"),
    *(f"briefings:dossier-{deed}" for deed in ("begin", "gather", "order", "look")),
    *("briefings:comment", "briefings:comment-settle", "briefings:item-deed", "briefings:point-deed", "dossier-file"),
    *("developments:deed", "reports:retry", "reports:cancel", "reports:pause-schedule", "reports:resume-schedule"),
    "reports:run-schedule",
}
# Drawn by Swagger UI, whose colours, sizes and roles are not ours; the documentation beside it is.
NOT_DRAWN_BY_US = {"api-console"}
# Django's own pages, and the API's answers.
NOT_WALKED = {"admin", "api"}

WIDE, NARROW = ViewportSize(width=1280, height=900), ViewportSize(width=375, height=800)
# Each reader in a look of its own.
LOOKS: dict[str | None, Look] = {
    "officer": (WIDE, "light"),
    "manager": (NARROW, "dark"),
    "partner-osce": (WIDE, "dark"),
    None: (NARROW, "light"),
}


def addresses_in(patterns: list[URLPattern | URLResolver], namespace: str = "") -> Iterator[str]:
    """The names of all addresses below these patterns."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            if pattern.name:
                yield f"{namespace}{pattern.name}"
        elif pattern.namespace not in NOT_WALKED:
            inside = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses_in(pattern.url_patterns, inside)


PAGES = sorted(set(addresses_in(get_resolver().url_patterns)) - NOT_PAGES)


@pytest.fixture(scope="module")
def known(portal: Portal) -> Known:
    """What the addresses of records take, by the address's name."""
    found: Known = json.loads(portal.python("-m", "tests.browser.records"))
    return found


@dataclass(frozen=True)
class Window:
    """A reader's browser, open all the time as at work, and what it watches for."""

    page: Page
    watch: Watch
    size: ViewportSize
    look: str

    def open(self, address: str) -> int:
        """Go to the address in a narrow window; the status of its own answer, not of a page that it leads to."""
        self.page.set_viewport_size(NARROW)
        response = self.page.goto(address)
        assert response is not None
        request = response.request
        while request.redirected_from:
            request = request.redirected_from
        first = request.response()
        assert first is not None
        return first.status

    def faults(self, *, examined: bool) -> list[str]:
        """What is wrong with the page: too wide for the narrow window, and where examined, against WCAG at its size."""
        found = sideways(self.page)
        self.page.set_viewport_size(self.size)
        found += violations(self.page) if examined else []
        return [f"{self.look}, {self.page.url}: {fault}" for fault in found]


@pytest.fixture(scope="module")
def windows(
    chromium: Browser, portal: Portal, signed_in: Callable[[str | None], Any]
) -> Iterator[dict[str | None, Window]]:
    """One for each reader. That a page is not theirs to see, the browser itself logs; nothing else may be logged."""
    found: dict[str | None, Window] = {}
    for reader, (size, light) in LOOKS.items():
        context = chromium.new_context(
            base_url=portal.url, storage_state=signed_in(reader), reduced_motion="reduce", color_scheme=light
        )
        context.set_default_timeout(PATIENCE)
        watch = Watch(context, portal.url, refusals=True)
        found[reader] = Window(context.new_page(), watch, size, f"{reader or 'visitor'}, {size['width']} px, {light}")
    yield found
    for window in found.values():
        window.page.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_page(name: str, known: Known, windows: dict[str | None, Window]) -> None:
    """As everyone who reaches it sees it; `tests/browser/records.py` makes the records it shows."""
    faults, statuses = [], set()
    for number, window in enumerate(windows.values(), start=PAGES.index(name)):
        # axe takes seconds a page, so it looks at each through the eyes of every other reader, in turn.
        examined = name not in NOT_DRAWN_BY_US and number % 2 == 0
        window.watch.faults.clear()
        for parameters in known.get(name, [{}]):
            status = window.open(reverse(name, kwargs=parameters))
            statuses.add(status)
            if status == 200:
                faults += window.faults(examined=examined)
        faults += window.watch.faults
    assert 200 in statuses or statuses <= {301, 302}, f"Nobody reaches the page: {statuses}"
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("address", ["/no-such-page/", "/activities/no-such/", "/reports/"])
def test_error_page(address: str, windows: dict[str | None, Window]) -> None:
    window = windows["partner-osce"]
    window.watch.faults.clear()
    assert window.open(address) in (403, 404)
    assert not window.faults(examined=True) + window.watch.faults


def sideways(page: Page) -> list[str]:
    """What makes the page wider than the window."""
    found: list[str] = page.evaluate(SIDEWAYS)
    return [f"wider than the window: {element}" for element in found]


def violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA, with all that is folded away in the page's main part unfolded."""
    page.evaluate(AXE)
    page.evaluate("for (const part of document.querySelectorAll('main details')) part.open = true")
    found = page.evaluate("rules => axe.run({runOnly: rules, resultTypes: ['violations']})", WCAG)
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for violation in found["violations"]
        for node in violation["nodes"][:3]
    ]
