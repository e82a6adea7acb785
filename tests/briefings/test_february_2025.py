"""The dossier for the briefing of February 2025 against a public paper on it, fact by fact.

The paper is Security Council Report's monthly forecast for that month. Its facts stand in the records of
briefings/data, activities/data and priorities/data in the portal's own words; the dossier is gathered from these
records, and nothing is put into it by hand. A fact is there when one entry of its section says all its words.
"""

from collections.abc import Iterator
from io import BytesIO

import docx
import pytest
from django.utils import timezone, translation
from pypdf import PdfReader
from pytest_django import DjangoDbBlocker

from accounts.models import User
from accounts.roles import Role
from briefings.choices import SectionKey as Key
from briefings.contents import Reader, compose
from briefings.dossier_actions import begin
from briefings.models import Briefing, Dossier, DossierItem
from briefings.sections import Section, sections_of
from reports.builders import council_dossier
from reports.layouts import council_dossier as layout
from reports.renderers import docx as word
from reports.renderers import pdf
from tests.factories.people import make_user
from tests.loading import loaded

BRIEFING = "council-2025-02-06"
CENTRAL_ASIA = ("Kazakhstan", "Kyrgyzstan", "Tajikistan", "Turkmenistan", "Uzbekistan")

# Section | what one entry of it says.
FACTS: list[tuple[Key, tuple[str, ...]]] = [
    # What is expected
    (Key.EXPECTED, ("February 2025", "Special Representative", "Head of UNRCCA", "Kaha Imnadze")),
    (Key.EXPECTED, ("brief the members of the Security Council", "closed consultations", "the Centre’s work")),
    # The last briefing
    (Key.DEVELOPMENTS, ("23 July 2024", "Closed consultations", "Kaha Imnadze")),
    (Key.DEVELOPMENTS, ("23 July 2024", "Counter-terrorism", "Water management")),
    (Key.DEVELOPMENTS, ("23 July 2024", "Women, peace and security", "Youth, peace and security")),
    (Key.DEVELOPMENTS, ("23 July 2024", "Border negotiations between Kyrgyzstan and Tajikistan")),
    (Key.DEVELOPMENTS, ("23 July 2024", "Situation in Afghanistan and its impact on Central Asia")),
    (Key.DEVELOPMENTS, ("23 July 2024", "Construction of the Qosh Tepa canal")),
    (Key.DEVELOPMENTS, ("23 July 2024", "Role of civil society in the region")),
    # The Kyrgyz-Tajik border
    (Key.DEVELOPMENTS, ("4 December 2024", "Kyrgyzstan and Tajikistan complete negotiations on their border")),
    (Key.DEVELOPMENTS, ("4 December 2024", "reached agreement", "remaining sections", "final documents")),
    (Key.DEVELOPMENTS, ("4 December 2024", "Months of negotiations", "outbreaks of violence")),
    (Key.DEVELOPMENTS, ("September 2022", "before the period", "dozens of civilians dead", "displaced thousands")),
    # Influence: China
    (Key.DEVELOPMENTS, ("compete for influence in Central Asia",)),
    (Key.DEVELOPMENTS, ("July 2024", "Xi Jinping", "five days", "state visits to Kazakhstan and Tajikistan")),
    (Key.DEVELOPMENTS, ("July 2024", "Xi Jinping", "yearly", "Shanghai Cooperation Organization")),
    (Key.DEVELOPMENTS, ("Emomali Rahmon", "joint statement", "comprehensive strategic cooperative partnership")),
    (Key.DEVELOPMENTS, ("27 December 2024", "Chinese officials", "railway", "China with Kyrgyzstan and Uzbekistan")),
    (Key.DEVELOPMENTS, ("railway", "Construction is to begin in July 2025")),
    # The United States
    (Key.DEVELOPMENTS, ("27 September 2024", "Antony Blinken", "then Secretary of State", "C5+1", *CENTRAL_ASIA)),
    (
        Key.DEVELOPMENTS,
        ("United States Embassy in Kazakhstan", "regional security cooperation", "peaceful Central Asia"),
    ),
    (Key.DEVELOPMENTS, ("Blinken", "Charter of the United Nations", "human rights")),
    # The Russian Federation
    (Key.DEVELOPMENTS, ("27 November 2024", "Vladimir Putin", "Kazakhstan", "Collective Security Treaty Organization")),
    (Key.DEVELOPMENTS, ("27 November 2024", "Tokayev", "media reports", "energy and industry")),
    (Key.DEVELOPMENTS, ("22 January 2025", "Ministry of Defence", "Uzbekistan", "2026 to 2030")),
    # The European Union
    (Key.DEVELOPMENTS, ("5 June 2024", "eleventh round", "European Union", "Brussels")),
    (Key.DEVELOPMENTS, ("5 June 2024", "counter-terrorism and violent extremism", "drug trafficking")),
    (Key.DEVELOPMENTS, ("5 June 2024", "border management", "cybersecurity")),
    # Japan
    (Key.DEVELOPMENTS, ("August 2024", "Fumio Kishida", "Astana", "inaugural", "Central Asia plus Japan")),
    (Key.DEVELOPMENTS, ("Kishida", "reportedly", "$2 billion", "investment")),
    (Key.DEVELOPMENTS, ("Kishida", "cancelled", "earthquake", "western Japan", "eve of the summit")),
    # Afghanistan
    (Key.DEVELOPMENTS, ("Several Central Asian States", "closer relations", "Taliban administration")),
    (Key.DEVELOPMENTS, ("17 August 2024", "Abdulla Aripov", "Kabul", "$2.5 billion", "Uzbekistan")),
    (Key.DEVELOPMENTS, ("10 October 2024", "Uzbekistan", "credentials", "ambassador")),
    (Key.DEVELOPMENTS, ("10 October 2024", "third country", "China and the United Arab Emirates")),
    (Key.DEVELOPMENTS, ("Kazakhstan", "cooperation road map", "economic relations", "increase trade")),
    (Key.DEVELOPMENTS, ("Turkmenistan", "$1.5 billion", "joint projects in Afghanistan")),
    (Key.DEVELOPMENTS, ("September 2024", "gas pipeline", "long delays", "India", "Pakistan", "Turkmenistan")),
    # The Secretary-General
    (Key.DEVELOPMENTS, ("late June and early July 2024", "António Guterres", *CENTRAL_ASIA)),
    (Key.DEVELOPMENTS, ("Secretary-General", "headquarters of UNRCCA", "Ashgabat")),
    # What the Centre did
    (Key.ACTIVITIES, ("10–12 September 2024", "Regional conference", "Counter-Terrorism Early Warning Network")),
    (Key.ACTIVITIES, ("United Nations Office of Counter-Terrorism", "Office of Rule of Law and Security Institutions")),
    (Key.ACTIVITIES, ("Early Warning Network", "Peace and Development", "Governments of Uzbekistan and Turkmenistan")),
    (Key.ACTIVITIES, ("3–4 October 2024", "women, peace and security in Central Asia and Afghanistan")),
    (Key.ACTIVITIES, ("3–4 October 2024", "Special Representative", "Pact for the Future", "regional level")),
    (Key.ACTIVITIES, ("3–4 October 2024", "gender equality", "women", "meaningful part", "climate action")),
    (Key.ACTIVITIES, ("29–30 October 2024", "Expert Meeting on Water, Energy, Environment and Climate Cooperation")),
    (Key.ACTIVITIES, ("29–30 October 2024", "recent developments", "strategic priorities")),
    # Issues and options
    (Key.ISSUES, ("Issue", "most benefit", "expertise", "preventive diplomacy", "regional cooperation")),
    (Key.ISSUES, ("Option", "open briefing on UNRCCA", "support", "better known")),
    (Key.ISSUES, ("Option", "closed consultations", "more frankly", "greater detail")),
    (Key.ISSUES, ("Option", "debate", "Central Asian States", "in public")),
    (Key.ISSUES, ("Issue", "situation in Afghanistan", "Central Asia")),
    (Key.ISSUES, ("Option", "Assistance Mission in Afghanistan", "UNAMA", "wider region")),
    # Dynamics
    (Key.DYNAMICS, ("in general support the Centre", "cooperation in Central Asia")),
    (Key.DYNAMICS, ("Until mid-2018", "press statements", "coordination", "relevant regional organizations")),
    (Key.DYNAMICS, ("no press statement", "permanent members differ", "particular regional organizations")),
    (Key.DYNAMICS, ("Commonwealth of Independent States", "CSTO", "SCO")),
    (Key.DYNAMICS, ("January 2023", "press elements", "Natalia Gherman", "commended", "supported the Centre’s work")),
    # Documents
    (Key.DOCUMENTS, ("S/2007/279", "7 May 2007", "Letter from the Secretary-General", "establishment", "Ashgabat")),
    (Key.DOCUMENTS, ("SC/13179", "25 January 2018", "press statement", "closer cooperation and coordination")),
    (Key.DOCUMENTS, ("SC/13179", "Central Asian States", "regional organizations", "are members")),
    # Women and youth
    (Key.FIGURES, ("Women, peace and security", "UNRCCA-2024-")),
]


@pytest.fixture(scope="module")
def public_record(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    commands = ("load_priorities", "load_partners", "load_public_record", "load_briefings")
    with loaded(*commands, blocker=django_db_blocker):
        with django_db_blocker.unblock():
            begin(briefing=Briefing.objects.get(key=BRIEFING), by=make_user("dossier-officer", Role.OFFICER))
        yield


pytestmark = [pytest.mark.usefixtures("public_record"), pytest.mark.django_db]


@pytest.fixture
def reader() -> User:
    return User.objects.get(email="dossier-officer@example.org")


@pytest.fixture
def sections(reader: User) -> dict[str, Section]:
    content = compose(Dossier.objects.get())
    return {section.key: section for section in sections_of(Reader(reader, content).shown(content))}


def test_every_fact_of_the_paper_is_in_its_section(sections: dict[str, Section]) -> None:
    missing = [
        (key.value, words)
        for key, words in FACTS
        if not any(all(word in "\n".join(entry.lines) for word in words) for entry in sections[key].entries)
    ]
    assert not missing


def test_the_word_file_says_all_of_it_under_the_same_headings(sections: dict[str, Section], reader: User) -> None:
    facts = council_dossier.build(reader, Dossier.objects.get(), None, today=timezone.localdate())
    file = docx.Document(BytesIO(word.render(layout.lay_out(facts, marking="Example marking"))))
    told: dict[str, str] = {}
    heading = ""
    for block in file.iter_inner_content():
        if isinstance(block, docx.text.paragraph.Paragraph):
            if block.style is not None and block.style.name == "Heading 1":
                heading = block.text
            text = block.text
        else:
            text = "\n".join(cell.text for row in block.rows for cell in row.cells)
        told[heading] = told.get(heading, "") + "\n" + text
    assert [title for title in told if title] == [section.title for section in sections.values()]
    missing = [
        (section.key, text)
        for section in sections.values()
        for entry in section.entries
        for text in (entry.head, *entry.body, entry.remark)
        if text not in told[section.title]
    ]
    assert not missing
    assert "Example marking" in file.sections[0].header.paragraphs[0].text


def test_what_lies_outside_the_period_is_not_taken_for_news(sections: dict[str, Section]) -> None:
    """What only the paper's background tells of is marked; what nobody told of in the period is not there."""
    entries = [entry for entry in sections[Key.DEVELOPMENTS].entries if entry.part == "item"]
    assert len(entries) == 18
    early = {entry.meta.split(";")[0] for entry in entries if "before the period" in entry.meta}
    assert early == {"September 2022", "5 June 2024"}
    window = Dossier.objects.get().briefing.window()
    assert window is not None
    days = DossierItem.objects.filter(activity__isnull=False).values_list("activity__start_date", "activity__end_date")
    assert not [days for first, last in days if first > window[1] or (last or first) < window[0]]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_summary_is_one_page(language: str, reader: User) -> None:
    with translation.override(language):
        facts = council_dossier.build(reader, Dossier.objects.get(), None, today=timezone.localdate())
        summary = layout.lay_out_summary(facts, marking="Example marking")
        pages = PdfReader(BytesIO(pdf.render(summary))).pages
        headings = [heading.text for heading in summary.headings]
    [page] = pages
    text = " ".join(page.extract_text().split())
    assert all(heading in text for heading in headings)
    assert "Example marking" in text
