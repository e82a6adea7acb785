"""Makes the README's pictures from the public record, in docs/images/.

Needs Chromium, and the environment that bin/test makes:
.venv/bin/python -m unrcca_portal.embedded --throwaway -- .venv/bin/python -m docs.screenshots
"""

import os
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.pages import sign_in
from tests.browser.portal import Portal, running_portal
from tests.surroundings import CHROMIUM, FLAGS, NOT_RUN

IMAGES = Path(__file__).parent / "images"
# Name, address, and whether the picture shows the page to its end.
PICTURES = [
    ("overview", "/", True),
    ("activities", "/activities/", False),
    ("activity", "/activities/UNRCCA-2024-0030/", True),
]


def main() -> None:
    """Start a portal, sign in as the example officer and take the pictures."""
    if CHROMIUM is None:
        raise SystemExit(f"No pictures: {NOT_RUN}.")
    with tempfile.TemporaryDirectory() as folder, running_portal(Path(folder) / "var", "_pictures") as it:
        take_pictures(it)


def take_pictures(portal: Portal) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, chromium_sandbox=os.geteuid() != 0)
        page = browser.new_page(base_url=portal.url, viewport={"width": 1200, "height": 800}, color_scheme="light")
        sign_in(page, portal, "officer")
        for name, address, whole in PICTURES:
            page.goto(address, wait_until="networkidle")
            page.screenshot(path=IMAGES / f"{name}.png", full_page=whole)
        browser.close()


if __name__ == "__main__":
    main()
