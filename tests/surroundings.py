"""Where tests run: which of the processes takes which, and a Chromium for those in the browser, or a loud word."""

import os
import shutil
from collections.abc import Iterator
from typing import Any
from zlib import crc32

import pytest
from playwright.sync_api import Browser, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
NOT_RUN = "no Chromium was found: install it (on Debian, as root: apt install chromium libatomic1)"
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep those together that share what is costly to make, and mark every test that opens a browser.

    Without Chromium a browser test is skipped, in CI it fails.
    """
    for item in items:
        if shared := _shared(item):
            item.add_marker(pytest.mark.xdist_group(shared))
        if "chromium" not in getattr(item, "fixturenames", ()):
            continue
        item.add_marker(pytest.mark.browser)
        if CHROMIUM is None and os.environ.get("CI") != "true":
            item.add_marker(pytest.mark.skip(reason=NOT_RUN))


def _shared(item: pytest.Item) -> str:
    """The group of tests that one process runs, as they share a running portal or what their module makes once."""
    if item.path.parent.name == "browser":
        # The walk over all pages takes as long as everything else together, so two share it.
        return f"pages {crc32(item.name.encode()) % 2}" if item.path.stem == "test_accessibility" else "journeys"
    fixtures: dict[str, Any] = item._fixtureinfo.name2fixturedefs if isinstance(item, pytest.Function) else {}
    of_the_module = any(one.scope == "module" for found in fixtures.values() for one in found)
    return str(item.path) if of_the_module else ""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [report for report in terminalreporter.stats.get("skipped", ()) if NOT_RUN in str(report.longrepr)]
    if skipped:
        terminalreporter.section("BROWSER TESTS NOT RUN", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} tests did not run: {NOT_RUN}.")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for the session; each page has a profile of its own."""
    if CHROMIUM is None:
        pytest.fail(NOT_RUN)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs an event loop in this thread, at which Django would refuse to query.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, chromium_sandbox=os.geteuid() != 0)
        yield browser
        browser.close()
