"""The form of an activity in the hands of an officer: by keyboard alone, and without scripts."""

from collections.abc import Callable
from time import monotonic

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.pages import confirmed

BrowserOf = Callable[..., BrowserContext]

PARTNERS = ["osce", "unodc", "ЕС", "мом", "undp", "escap", "unhcr", "ohchr", "cica", "ifas"]
# Two minutes for a person who types four keys a second and thinks about none of them.
MOST_KEYS = 480


class Keyboard:
    """Types as a person would, and counts the keys."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys = page, 0

    def type(self, text: str) -> None:
        self.keys += len(text)
        self.page.keyboard.type(text)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.keys += 1
            self.page.keyboard.press(key)

    def pick(self, text: str) -> None:
        """Type a part of a name and take the first that is offered; Tab goes on to the next field too."""
        self.type(text)
        expect(self.page.get_by_role("listbox")).to_be_visible()
        self.press("Tab")

    def pick_several(self, text: str) -> None:
        """As `pick`, with Enter: the field stays for the next."""
        self.type(text)
        expect(self.page.get_by_role("listbox")).to_be_visible()
        self.press("Enter")

    def to(self, name: str) -> None:
        """Tab on until the field with this name has the focus."""
        for _key in range(40):
            if self.page.evaluate(FOCUSED) == name:
                return
            self.press("Tab")
        raise AssertionError(f"Tab does not reach {name}")


FOCUSED = """() => {
    const element = document.activeElement;
    return (element.ariaLabel || element.labels?.[0]?.textContent || element.textContent || "").replace("*", "").trim();
}"""


def test_a_conference_with_ten_partners_by_keyboard_alone(browser_of: BrowserOf) -> None:
    page = browser_of("officer").new_page()
    page.goto("/activities/new/", wait_until="networkidle")
    page.get_by_role("textbox", name="Title", exact=True).focus()
    keyboard, begun = Keyboard(page), monotonic()
    fill_in_a_conference(keyboard)
    assert monotonic() - begun < 120
    assert keyboard.keys <= MOST_KEYS, keyboard.keys
    confirmed(page, "Saved and submitted for approval.")
    shown = page.get_by_role("main")
    expect(shown.locator("section", has=page.locator("#partners")).locator("dt")).to_have_count(len(PARTNERS))
    for fact in ("4–5 March 2025", "Early warning", "Kazakhstan, Kyrgyzstan, Tajikistan", "III.1", "Send the summary"):
        expect(shown).to_contain_text(fact)


def fill_in_a_conference(keyboard: Keyboard) -> None:
    """Every key that an officer presses, from the title to the button."""
    keyboard.type("Example conference on early warning")
    keyboard.press("Tab")
    keyboard.type("Conf")
    keyboard.to("Main priority")
    keyboard.pick("III")
    keyboard.type("03042025")
    keyboard.to("Last day")
    keyboard.type("03052025")
    keyboard.to("Organization")
    for partner in PARTNERS:
        keyboard.pick(partner)
        keyboard.press("Tab")
    keyboard.to("Themes")
    for theme in ("early", "confid", "water"):
        keyboard.pick_several(theme)
    keyboard.to("Commitment")
    for commitment in ("III.1", "III.2"):
        keyboard.pick(commitment)
    keyboard.to("Countries taking part")
    for country in ("kaz", "kyr", "taj", "turkm", "uzb"):
        keyboard.pick_several(country)
    keyboard.to("Summary")
    keyboard.type("What it was about, in short.")
    keyboard.to("Follow-up")
    keyboard.press("Enter")
    keyboard.press("Tab")
    keyboard.type("Send the summary")
    keyboard.to("Save and submit")
    keyboard.press("Enter")
