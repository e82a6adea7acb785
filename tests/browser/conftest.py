"""A running portal, and browser pages on it that watch what the pages do."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.pages import Watch, sign_in
from tests.browser.portal import Portal, running_portal

OpenContext = Callable[..., BrowserContext]

# A machine that is busy with other tests is slow; nothing is waited for that does not come.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The whole portal, once for all browser tests of a process."""
    var = tmp_path_factory.mktemp("browser") / "var"
    suffix = os.environ.get("PYTEST_XDIST_WORKER", "")
    with running_portal(var, suffix) as portal:
        yield portal


@pytest.fixture(scope="session")
def signed_in(chromium: Browser, portal: Portal) -> Callable[[str | None], Any]:
    """The browser's memory (cookies) of a person who has signed in by form; of None, an empty one."""
    kept: dict[str, Any] = {}

    def of(name: str | None) -> Any:
        if name is None:
            return None
        if name not in kept:
            context = chromium.new_context(base_url=portal.url)
            sign_in(context.new_page(), portal, name)
            kept[name] = context.storage_state()
            context.close()
        return kept[name]

    return of


@pytest.fixture
def browser_of(chromium: Browser, portal: Portal, signed_in: Callable[[str | None], Any]) -> Iterator[OpenContext]:
    """A browser of a person by name, or of a visitor (None), on an empty cache.

    Afterwards no page in it may have logged an error or asked another server for anything.
    """
    opened: list[tuple[BrowserContext, Watch]] = []

    def open_context(name: str | None = None, **options: Any) -> BrowserContext:
        size = {"width": 1280, "height": 900}
        context = chromium.new_context(
            **{"base_url": portal.url, "viewport": size, "storage_state": signed_in(name), **options}
        )
        context.set_default_timeout(PATIENCE)
        opened.append((context, Watch(context, portal.url)))
        return context

    yield open_context
    for context, _watch in opened:
        context.close()
    faults = [fault for _context, watch in opened for fault in watch.faults]
    assert not faults, "\n".join(faults)
