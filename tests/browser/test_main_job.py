"""The main job, end to end: logged, returned, approved, counted, released to one partner, reported."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import docx
from playwright.sync_api import APIRequestContext, BrowserContext, Locator, Page, expect

from tests.browser.pages import confirmed

BrowserOf = Callable[..., BrowserContext]

PRIORITY = "/priorities/2021-2025/iii/"
COMMITMENT = "III.1"
REFERENCE = re.compile(r"UNRCCA-\d{4}-\d{4}")
SECTIONS = ("Themes and commitments", "Summary and outcome")
# Nobody waits this long; a machine that runs many tests at once may.
REPORT_SECONDS = 120


@dataclass(frozen=True)
class Entry:
    """What the officer types."""

    title: str
    summary: str
    follow_up: str
    first_day: date = date(2025, 3, 4)
    last_day: date = date(2025, 3, 5)


def test_an_activity_from_the_officers_form_to_the_partners_program_and_the_report(browser_of: BrowserOf) -> None:
    officer, manager = browser_of("officer"), browser_of("manager")
    partner, stranger, visitor = browser_of("partner-osce"), browser_of("partner-unodc"), browser_of(None)
    outsiders = [stranger, visitor]
    entry = Entry(
        "Example seminar on early warning", "What was said, in short.", "Send the summary to all who took part"
    )
    before = evidence_shown_to(officer)
    seen_before = [what_is_seen_by(outsider) for outsider in outsiders]

    page = officer.new_page()
    log_activity(page, entry)
    page.get_by_role("button", name="Save and submit").click()
    confirmed(page, "Saved and submitted for approval.")
    reference = reference_on(page)

    return_to_the_officer(manager.new_page(), entry, "Name the city.")
    mend_and_submit(page, reference, "Name the city.", city="Ashgabat")
    assert_not_found(partner, reference)
    assert evidence_shown_to(officer) == before

    approve(manager.new_page(), reference)
    assert evidence_shown_to(officer) == before + 1
    assert_shown_as_evidence(page, entry)

    read_by_program(partner, browser_of, reference, entry)
    for outsider, seen in zip(outsiders, seen_before, strict=True):
        assert_not_found(outsider, reference)
        assert what_is_seen_by(outsider) == seen

    report = fetch_report(page)
    assert entry.title in report
    assert reference in report


def test_an_officer_logs_and_submits_without_javascript(browser_of: BrowserOf) -> None:
    page = browser_of("officer", java_script_enabled=False).new_page()
    entry = Entry("Example meeting on water, logged without scripts", "In short.", "Send the notes")
    log_activity(page, entry)
    page.get_by_role("button", name="Save as a draft").click()
    confirmed(page, "Saved.")
    expect(heading(page)).to_have_text(entry.title)
    for shown in (entry.summary, entry.follow_up, "4–5 March 2025", COMMITMENT):
        expect(page.get_by_role("main")).to_contain_text(shown)

    page.get_by_role("button", name="Submit for approval").click()
    confirmed(page, "Submitted for approval.")


def test_what_was_typed_survives_a_mistake(browser_of: BrowserOf) -> None:
    page = browser_of("officer").new_page()
    entry = Entry("Example with dates the wrong way round", "Typed with care.", "Keep this", last_day=date(2025, 3, 3))
    log_activity(page, entry)
    page.get_by_role("button", name="Save as a draft").click()

    expect(page.get_by_role("alert")).to_contain_text("The last day is before the first day")
    expect(group(page, "Summary and outcome").get_by_role("textbox", name="Summary")).to_have_value(entry.summary)
    expect(row(page, "Follow-up").get_by_role("textbox", name="Follow-up")).to_have_value(entry.follow_up)
    expect(group(page, "Classification and release")).to_contain_text("OSCE —")

    group(page, "The essentials").get_by_label("Last day").fill("2025-03-05")
    page.get_by_role("button", name="Save as a draft").click()
    confirmed(page, "Saved.")


# --- the officer ------------------------------------------------------------------------------------------


def log_activity(page: Page, entry: Entry) -> None:
    """From the list to the filled-in form."""
    page.goto("/activities/")
    page.get_by_role("link", name="Log an activity").click()
    essentials, programme, account = (group(page, name) for name in ("The essentials", *SECTIONS))
    essentials.get_by_role("textbox", name="Title", exact=True).fill(entry.title)
    essentials.get_by_role("combobox", name="Type").select_option(label="Expert meeting")
    essentials.get_by_role("combobox", name="Stage").select_option(label="Held")
    essentials.get_by_label("First day").fill(entry.first_day.isoformat())
    essentials.get_by_label("Last day").fill(entry.last_day.isoformat())
    pick(essentials.get_by_label("Main priority").first, "III.")
    row(page, "Partners").get_by_label("Organization").fill("osce")
    row(page, "Partners").get_by_role("combobox", name="Role").select_option(label="Co-organizer")
    for theme in ("Early warning", "Confidence-building"):
        pick(group(programme, "Themes"), theme)
    row(page, "Evidence for commitments").get_by_label("Commitment").fill(COMMITMENT)
    account.get_by_role("textbox", name="Summary").fill(entry.summary)
    account.get_by_role("textbox", name="Outcome").fill("The example was understood.")
    unfold(page, "Follow-up")
    row(page, "Follow-up").get_by_role("textbox", name="Follow-up").fill(entry.follow_up)
    release = unfold(page, "Classification and release")
    release.get_by_role("combobox", name="Audience").select_option(label="Named partners")
    pick(release.get_by_label("Named partners", exact=True).first, "OSCE")


def mend_and_submit(page: Page, reference: str, wanted: str, *, city: str) -> None:
    page.goto(f"/activities/{reference}/")
    expect(page.get_by_role("main")).to_contain_text(wanted)
    page.get_by_role("main").get_by_role("link", name="Edit", exact=True).click()
    group(page, "Where").get_by_role("textbox", name="City").fill(city)
    page.get_by_role("button", name="Save and submit").click()
    confirmed(page, "Saved and submitted for approval.")
    expect(page.get_by_role("main")).to_contain_text(city)


def fetch_report(page: Page) -> str:
    """Ask for the priority progress report of the whole programme, wait for the worker; the text of the file."""
    page.goto("/reports/")
    page.get_by_role("combobox", name="Period").select_option(label="The whole programme")
    page.get_by_role("combobox", name="Format").select_option(label="Word document")
    page.get_by_role("button", name="Make the report").click()
    ready = page.get_by_role("link", name="Download")
    expect(ready).to_be_visible(timeout=REPORT_SECONDS * 1000)
    with page.expect_download() as download:
        ready.click()
    assert download.value.suggested_filename.endswith(".docx")
    return text_of(download.value.path().read_bytes())


def text_of(file: bytes) -> str:
    """All text of a Word document, its tables included."""
    document = docx.Document(io.BytesIO(file))
    paragraphs = [paragraph.text for paragraph in document.paragraphs]
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*paragraphs, *cells])


# --- the manager ------------------------------------------------------------------------------------------


def return_to_the_officer(page: Page, entry: Entry, comment: str) -> None:
    """From the overview's list of what waits, with a word about what to mend."""
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name=entry.title).first.click()
    page.get_by_role("textbox", name="What needs to be mended").fill(comment)
    page.get_by_role("button", name="Return to the officer").click()
    expect(page.get_by_text("Returned to the officer.")).to_be_visible()


def approve(page: Page, reference: str) -> None:
    page.goto(f"/activities/{reference}/")
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text("Approved. Its audience sees it now.")).to_be_visible()


# --- those who read it ------------------------------------------------------------------------------------


def evidence_shown_to(context: BrowserContext) -> int:
    """The number of pieces of evidence that the priority's page shows for the commitment."""
    page = context.new_page()
    page.goto(PRIORITY)
    shown = commitment_row(page).locator("td").last.inner_text().strip()
    page.close()
    return 0 if shown == "no record" else int(shown)


def commitment_row(page: Page) -> Locator:
    code = page.get_by_role("rowheader", name=COMMITMENT, exact=True)
    return page.get_by_role("row").filter(has=code)


def assert_shown_as_evidence(page: Page, entry: Entry) -> None:
    page.goto(PRIORITY)
    commitment_row(page).get_by_text("Show the evidence").click()
    commitment_row(page).get_by_role("link", name=entry.title).click()
    expect(heading(page)).to_have_text(entry.title)


def read_by_program(partner: BrowserContext, browser_of: BrowserOf, reference: str, entry: Entry) -> None:
    """The partner makes a key in the browser; a program reads with it what is meant for it, no more."""
    program = browser_of(None, extra_http_headers={"Authorization": f"Api-Key {make_key(partner.new_page())}"}).request
    [found] = [item for item in all_of(program) if item["reference"] == reference]
    item = program.get(f"/api/v1/activities/{reference}/").json()
    for each in (found, item):
        assert each["title_en"] == entry.title
        assert [part["organization"] for part in each["partners"]] == ["osce"]
        assert each["internal"] is None
    assert entry.follow_up not in str(item)


def make_key(page: Page) -> str:
    page.goto("/accounts/keys/")
    page.get_by_role("link", name="New key").click()
    page.get_by_role("textbox", name="Name").fill("Example program")
    page.get_by_role("button", name="Make the key").click()
    secret = page.locator("#key")
    expect(secret).to_be_visible()
    return secret.inner_text()


def all_of(program: APIRequestContext) -> list[dict[str, Any]]:
    """Every activity the program gets, page by page."""
    items: list[dict[str, Any]] = []
    address: str | None = "/api/v1/activities/"
    while address:
        answer = program.get(address).json()
        items += answer["results"]
        address = answer["next"]
    return items


def what_is_seen_by(context: BrowserContext) -> tuple[int, str, int, list[str]]:
    """Every number and list that could give an activity away: API count, page count, evidence, references."""
    counted = context.request.get("/api/v1/activities/?count=true").json()["count"]
    page = context.new_page()
    page.goto("/activities/")
    shown = page.locator(".result-count").inner_text()
    page.close()
    references = [item["reference"] for item in all_of(context.request)]
    return counted, shown, evidence_shown_to(context), references


def assert_not_found(context: BrowserContext, reference: str) -> None:
    for address in (f"/activities/{reference}/", f"/api/v1/activities/{reference}/"):
        assert context.request.get(address).status == 404, address


# --- parts of pages ---------------------------------------------------------------------------------------


def group(page: Page | Locator, name: str) -> Locator:
    return page.get_by_role("group", name=name, exact=True)


def row(page: Page, name: str, number: int = 1) -> Locator:
    """A row of a part of the form."""
    part = page.locator("fieldset").filter(has=page.locator("legend", has_text=re.compile(f"^{name}$")))
    return part.get_by_role("group", name=f"Row {number}", exact=True)


def unfold(page: Page, name: str) -> Locator:
    """A section of the form, opened where it is folded."""
    summary = page.locator("summary").filter(has=page.get_by_role("heading", name=name, exact=True))
    if summary.locator("..").get_attribute("open") is None:
        summary.click()
    return group(page, name)


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def reference_on(page: Page) -> str:
    found = REFERENCE.search(page.url)
    assert found, page.url
    return found[0]


def pick(field: Locator, text: str) -> None:
    """Pick what is found by the text: by typing; without scripts in the plain control."""
    if field.get_attribute("role") == "combobox" or field.get_by_role("combobox").count():
        typed = field if field.get_attribute("role") == "combobox" else field.get_by_role("combobox")
        typed.press_sequentially(text)
        typed.press("Tab")
    elif field.evaluate("element => element.tagName") == "SELECT":
        [label] = [label for label in field.locator("option").all_inner_texts() if f" {text}" in label]
        field.select_option(label=label)
    elif field.evaluate("element => element.tagName") == "TEXTAREA":
        field.fill(text)
    else:
        field.get_by_role("checkbox", name=text, exact=True).check()
