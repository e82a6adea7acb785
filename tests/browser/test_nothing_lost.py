"""A dropped connection, a closed tab, an ended session, a colleague who saved first: nothing that was typed is lost."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import PATIENCE
from tests.browser.pages import confirmed, sign_in
from tests.browser.portal import Portal
from tests.browser.test_accessibility import NARROW, sideways, violations

BrowserOf = Callable[..., BrowserContext]

NEW = "/activities/new/"
TITLE = "Example typed on the train"


@pytest.fixture
def officer(chromium: Browser, portal: Portal) -> Iterator[BrowserContext]:
    """The officer's browser with a session of its own; it logs lost connections as errors, so nothing watches it."""
    context = chromium.new_context(base_url=portal.url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    sign_in(page, portal, "officer")
    page.close()
    yield context
    context.close()


def field(page: Page, name: str) -> Any:
    return page.locator(f"[name={name}]")


def opened(page: Page, url: str) -> Page:
    """The form at an address, with all that is folded unfolded."""
    page.goto(url, wait_until="networkidle")
    unfold(page)
    return page


def unfold(page: Page) -> None:
    page.evaluate("for (const part of document.querySelectorAll('main details')) part.open = true")


def fill_in_what_a_draft_needs(page: Page) -> None:
    field(page, "type").select_option("meeting")
    field(page, "start_date").fill("2025-03-04")
    # The select may stand behind a field in which one types.
    choose = "select => { select.selectedIndex = 1; select.dispatchEvent(new Event('change', {bubbles: true})); }"
    field(page, "main_priority").evaluate(choose)


def said(page: Page, words: str) -> None:
    expect(page.locator("[data-status]")).to_contain_text(words)


def test_what_was_typed_survives_the_connection_the_tab_and_the_session(
    officer: BrowserContext, portal: Portal
) -> None:
    page = opened(officer.new_page(), NEW)
    field(page, "title_en").fill(TITLE)
    said(page, "Draft kept at")
    officer.set_offline(True)
    field(page, "summary").fill("Typed without a connection.")
    for _row in range(3):
        page.get_by_role("button", name="Add a follow-up").click()
        page.locator("[name^=follow-ups-][name$=-text]").last.fill(f"Follow-up {_row}")
    said(page, "No connection")
    page.get_by_role("button", name="Save as a draft").click()
    said(page, "No connection")
    expect(page).to_have_url(f"{portal.url}{NEW}")
    page.close()

    officer.set_offline(False)
    page = opened(officer.new_page(), NEW)
    offer = page.locator("[data-offers] li:visible").first
    expect(offer).to_contain_text(re.compile("They differ in: Title.*Summary.*Follow-up"))
    offer.get_by_role("button", name="Take them back").click()
    expect(page.get_by_text("Your entries are back in the form.")).to_be_visible()
    assert_typed(page)
    unfold(page)

    officer.clear_cookies(name="sessionid")
    field(page, "city").fill("Nukus")
    said(page, "You were signed out")
    with officer.expect_page() as tab:
        page.get_by_role("link", name="Sign in (in a new tab)").click()
    tab.value.get_by_label("E-mail address").fill("officer@example.org")
    tab.value.get_by_label("Password").fill(portal.passwords["officer"])
    tab.value.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(tab.value.get_by_text("that were not saved").first).to_be_visible()
    tab.value.close()

    fill_in_what_a_draft_needs(page)
    page.get_by_role("button", name="Save as a draft").click()
    confirmed(page, "Saved.")
    for words in (TITLE, "Typed without a connection.", "Nukus", *(f"Follow-up {number}" for number in range(3))):
        expect(page.get_by_role("main")).to_contain_text(words)
    assert page.evaluate("Object.keys(localStorage)") == []


def assert_typed(page: Page) -> None:
    expect(field(page, "title_en")).to_have_value(TITLE)
    expect(field(page, "summary")).to_have_value("Typed without a connection.")
    texts = page.locator("[name^=follow-ups-][name$=-text]").all()
    assert [text.input_value() for text in texts if text.input_value()] == [f"Follow-up {one}" for one in range(3)]


def test_without_scripts_a_form_sent_after_the_session_is_held(officer: BrowserContext, portal: Portal) -> None:
    options: dict[str, Any] = {
        "java_script_enabled": False,
        "storage_state": officer.storage_state(),
        "base_url": portal.url,
    }
    assert officer.browser is not None
    plain = officer.browser.new_context(**options)
    page = plain.new_page()
    page.goto(NEW)
    field(page, "title_en").fill(TITLE)
    plain.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your entries are not saved yet")
    sign_in(plain.new_page(), portal, "officer")
    page.get_by_role("button", name="Go on with my entries").click()
    page.get_by_role("button", name="Go on with my entries").click()
    expect(field(page, "title_en")).to_have_value(TITLE)
    plain.close()


def test_two_people_who_edit_one_record_choose_field_by_field(officer: BrowserContext, browser_of: BrowserOf) -> None:
    mine, theirs = officer.new_page(), browser_of("manager").new_page()
    opened(mine, NEW)
    field(mine, "title_en").fill("Example that two people edit")
    fill_in_what_a_draft_needs(mine)
    mine.get_by_role("button", name="Save as a draft").click()
    confirmed(mine, "Saved.")
    opened(theirs, f"{mine.url}edit/")
    opened(mine, f"{mine.url}edit/")
    field(theirs, "city").fill("Osh")
    field(theirs, "funding_source").fill("Example fund")
    theirs.get_by_role("button", name="Save", exact=True).click()
    confirmed(theirs, "Saved.")

    field(mine, "city").fill("Nukus")
    field(mine, "summary").fill("Mine alone.")
    mine.get_by_role("button", name="Save", exact=True).click()
    expect(mine.get_by_role("alert")).to_contain_text("Example manager saved it")
    assert not violations(mine)
    mine.set_viewport_size(NARROW)
    assert not sideways(mine)
    mine.get_by_role("button", name="Save the result").click()
    expect(mine.get_by_role("alert")).to_contain_text("Please choose")
    mine.get_by_role("group", name="City").get_by_role("radio", name="My version").check()
    mine.get_by_role("button", name="Save the result").click()
    confirmed(mine, "Saved.")
    for words in ("Nukus", "Mine alone.", "Example fund"):
        expect(mine.get_by_role("main")).to_contain_text(words)
