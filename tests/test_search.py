"""The search over everything: what it finds, what it never finds, and how it says so."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import SearchEntry, User
from accounts.search import Search, parse
from accounts.visibility import is_staff_viewer
from activities.models import Activity, Attachment, FollowUp, Involvement, Link, Series
from partners.models import Agreement, Contact, Organization
from priorities.models import Country, Document, Framework, Theme
from tests.factories.activities import make_activity, make_country, make_theme
from tests.factories.briefings import make_briefing, make_consideration, make_development, make_representative
from tests.factories.framework import make_commitment
from tests.factories.organizations import make_organization
from unrcca_portal.search import candidates, facets_of

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | None], Client]
Ask = Callable[..., list[str]]


@pytest.fixture
def ask(client_of: ClientOf) -> Ask:
    """The titles that a reader finds, best first, without marks."""

    def of(text: str, reader: User | None = None, **more: str) -> list[str]:
        response = client_of(reader).get("/search/", {"q": text, **more})
        assert response.status_code == 200
        return [re.sub("</?mark>", "", result.title) for result in response.context["results"]]

    return of


def public(**fields: Any) -> Activity:
    return make_activity(review_state="approved", audience="public", **fields)


# --- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "question"),
    [
        ("Dialogues on water", "dialogue"),
        ("Dialogue on water", "dialogues WATER"),
        ("Превентивная дипломатия", "превентивной дипломатии"),
        ("Встреча экспертов", "эксперты встречи"),
        ("Confidence-building measures", "confidence building"),
        ("Seminar on cybersecurity", "cyber"),
        ("Совещание по энергетике", "энерг"),
        ("Café in Genève", "cafe geneve"),
        ("Cafe in Geneve", "café"),
        ("Подъём вод", "подъем"),
        ("Подъем вод", "ПОДЪЁМ"),
        ("The Centre’s strategy", "centre's strategy"),
        ("Meeting on COVID-19", "covid19"),
        ("Forum of the region", '"forum of the region"'),
        ("Early warning network", '"early warning'),
        ("Early warning network", "early -late"),
        ("Раннее предупреждение", "«раннее предупреждение»"),
    ],
)
def test_a_title_answers(title: str, question: str, ask: Ask) -> None:
    public(title_en=title)
    assert ask(question) == [title]


@pytest.mark.parametrize(
    ("title", "question"),
    [
        ("Early warning network", '"warning early"'),
        ("Early warning", '"warning early"'),
        ("Early warning network", "early -network"),
        ("Early warning network", "arly"),
        ("Early warning network", "early late"),
    ],
)
def test_a_title_does_not_answer(title: str, question: str, ask: Ask) -> None:
    public(title_en=title)
    assert ask(question) == []


PAIRS = """
Dushanbe = Душанбе | Ashgabat = Ашхабад | Ashgabat = Ашгабат | Aşgabat = Ashkhabad | Almaty = Алматы | Almaty = Alma-Ata
Almaty = Алма-Ата | Alma-Ata = Алматы | Bishkek = Бишкек | Bishkek = Фрунзе | Tashkent = Ташкент | Toshkent = Ташкент
Kyrgyzstan = Киргизия | Кыргызстан = Kyrgyzstan | Turkmenistan = Туркмения | Türkmenistan = Туркменистан
Tajikistan = Таджикистан | Tojikiston = Таджикистан | Tadjikistan = Tajikistan | Kazakhstan = Казахстан
Qazaqstan = Kazakhstan | Uzbekistan = Oʻzbekiston | Ўзбекистон = Uzbekistan | Imnadze = Имнадзе | Gherman = Герман
Jenča = Енча | Draganov = Драганов | Zhaparov = Japarov | Жапаров = Japarov | Berdymukhamedov = Бердымухамедов
Berdimuhamedov = Бердымухамедов | Khujand = Худжанд | Nazarbayev = Назарбаев | Issyk-Kul = Иссык-Куль
Khorezm = Хорезм | Astana = Нур-Султан | Termez = Термез | Shchuchinsk = Щучинск
"""


@pytest.mark.parametrize("pair", [pair.strip() for pair in re.split(r"[|\n]", PAIRS) if pair.strip()])
def test_spellings_meet_in_both_directions(pair: str) -> None:
    one, other = pair.split(" = ")
    activities = [public(title_en=f"Conference in {name}") for name in (one, other)]
    for typed in (one, other):
        assert set(Search(typed, AnonymousUser()).narrow(Activity.objects.all())) == set(activities), typed


def test_a_name_is_found_while_it_is_typed(ask: Ask) -> None:
    public(title_en="Conference in Ashgabat")
    assert ask("Ашха") == ask("ashkh") == ask("Ashg") == ["Conference in Ashgabat"]


@pytest.mark.parametrize("typed", ["S/2007/279", "s/2007/279", "S 2007 279", "2007/279", "С/2007/279"])
def test_a_symbol_in_any_usual_typing(typed: str, ask: Ask) -> None:
    Document.objects.create(key="letter", symbol="S/2007/279", kind="letter", title_en="Example letter")
    Document.objects.create(key="other", symbol="S/2007/280", kind="letter", title_en="Other letter")
    assert ask(typed) == ["S/2007/279 Example letter"]


@pytest.mark.parametrize(
    ("symbol", "typed"), [("A/RES/72/7", "res 72/7"), ("SC/13179", "SC13179"), ("SC/13179", "13179")]
)
def test_other_symbols(symbol: str, typed: str, ask: Ask) -> None:
    Document.objects.create(key="other", symbol=symbol, kind="resolution", title_en="Example")
    assert ask(typed) == [f"{symbol} Example"]


def test_a_reference_jumps_to_the_top(ask: Ask) -> None:
    wanted = public(title_en="Wanted")
    number = int(wanted.reference[-4:])
    public(
        title_en=f"Newer, that speaks of {wanted.reference} and 2024-{number}",
        start_date=date(2025, 1, 1),
        end_date=None,
    )
    for typed in (wanted.reference, wanted.reference.lower(), f"2024-{number}", wanted.reference[7:]):
        assert ask(typed)[0] == "Wanted"


# --- everything that a reader may see, and how it is ranked ----------------------------------------------------------


@pytest.fixture
def one_of_each(osce: Organization, officer: User) -> None:
    """A record of every kind whose own words hold “Zebra”."""
    commitment = make_commitment(text_en="Zebra commitment")
    commitment.priority.title_en = "Zebra priority"
    commitment.priority.save()
    activity = public(title_en="Zebra activity")
    FollowUp.objects.create(activity=activity, text="Zebra follow-up")
    Series.objects.create(code="series", name_en="Zebra series", audience="public")
    make_development(headline_en="Zebra development", review_state="approved", audience="public")
    make_briefing(topics_en=["Zebra topic"], audience="public")
    make_representative("zebra", name_en="Zebra representative")
    make_organization("zebra", name_en="Zebra organization", audience="public")
    Agreement.objects.create(code="zebra", kind="memorandum", title_en="Zebra agreement", audience="public")
    Contact.objects.create(organization=osce, name="Zebra contact", purpose="Example")
    make_theme("zebra", name_en="Zebra theme")
    Framework.objects.create(code="zebra", kind="process", name_en="Zebra framework")
    Document.objects.create(key="zebra", symbol="S/1", kind="letter", title_en="Zebra document")
    Country.objects.create(code="ZZ", m49="999", name_en="Zebra country")


EVERYTHING = {
    *("activity", "series", "development", "briefing", "representative", "organization", "agreement"),
    *("theme", "framework", "document", "country", "priority", "commitment"),
}


@pytest.mark.usefixtures("one_of_each")
def test_all_kinds_are_found_and_counted(officer: User, stranger: User, client_of: ClientOf) -> None:
    for reader, expected in (
        (officer, {*EVERYTHING, "contact", "follow-up"}),
        (stranger, EVERYTHING),
        (None, EVERYTHING),
    ):
        response = client_of(reader).get("/search/", {"q": "zebra"})
        facets = {facet.code: facet.count for facet in response.context["facets"]}
        assert facets == dict.fromkeys(expected, 1)
        assert response.context["total"] == len(response.context["results"]) == len(expected)
    addresses = {result.url.partition("#")[0] for result in response.context["results"] if result.url}
    assert {client_of(None).get(url).status_code for url in addresses} <= {200, 302}
    assert len(client_of(None).get("/search/", {"q": "zebra", "type": "theme"}).context["results"]) == 1


def test_titles_stand_above_texts_and_the_newest_first(ask: Ask) -> None:
    public(title_en="Zebra, old", start_date=date(2020, 1, 1), end_date=None)
    public(title_en="Text", summary="A zebra and a zebra", start_date=date(2025, 1, 1), end_date=None)
    public(title_en="Zebra, new", start_date=date(2024, 1, 1), end_date=None)
    assert ask("zebra") == ["Zebra, new", "Zebra, old", "Text"]


def test_what_goes_by_that_very_name_comes_first(osce: Organization, ask: Ask) -> None:
    public(title_en="OSCE conference")
    assert ask("osce") == [osce.name_en, "OSCE conference"]


def test_a_record_is_found_by_what_it_points_to_and_follows_its_changes(osce: Organization, ask: Ask) -> None:
    series = Series.objects.create(code="forum", name_en="Zebra forum", audience="public")
    activity = public(title_en="Found", series=series, country=make_country("KZ", name_en="Kazakhstan"), city="Aktau")
    activity.themes.add(make_theme("cheetah"))
    Involvement.objects.create(activity=activity, organization=osce)
    Link.objects.create(activity=activity, title="Antelope page", publisher="Example")
    for word in ("zebra", "казахстан", "aktau", "cheetah", "osce", "antelope", "osce cheetah antelope"):
        assert "Found" in ask(word), word
    Theme.objects.filter(code="cheetah").update(name_en="Leopard")
    assert "Found" in ask("leopard") and ask("cheetah") == []
    Involvement.objects.all().delete()
    assert "Found" not in ask("osce")
    activity.themes.clear()
    assert "Found" not in ask("leopard")
    Link.objects.update(title="Gazelle page")
    assert ask("gazelle") == ["Found"] and ask("antelope") == []


def test_entries_follow_every_way_of_writing(ask: Ask) -> None:
    activity = public(title_en="Zebra")
    Activity.objects.bulk_update([Activity(pk=activity.pk, title_en="Giraffe")], ["title_en"])
    assert (ask("zebra"), ask("giraffe")) == ([], ["Giraffe"])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE activities_activity SET title_en = 'Okapi' WHERE id = %s", [activity.pk])
    assert (ask("giraffe"), ask("okapi")) == ([], ["Okapi"])
    Activity.objects.all()._raw_delete("default")
    assert ask("okapi") == []
    assert not SearchEntry.objects.filter(kind="activities.activity").exists()


def test_hits_are_marked_in_either_language_and_nothing_else_is_markup(client_of: ClientOf) -> None:
    public(
        title_en="<script>alert(1)</script> in Dushanbe", title_ru="Встреча в Душанбе", summary='<b>"Душанбе"</b> & co'
    )
    page = client_of(None).get("/search/", {"q": "Душанбе <i>"}).content.decode()
    assert "<script>alert" not in page and "<b>" not in page and "<i>" not in page
    found = client_of(None).get("/search/", {"q": "Душанбе"}).context["results"][0]
    assert found.title == "&lt;script&gt;alert(1)&lt;/script&gt; in <mark>Dushanbe</mark>"
    assert "&lt;b&gt;&quot;<mark>Душанбе</mark>&quot;&lt;/b&gt; &amp; co" in found.snippet
    with translation.override("ru"):
        client = client_of(None)
        client.cookies["django_language"] = "ru"
        assert client.get("/search/", {"q": "Dushanbe"}).context["results"][0].title == "Встреча в <mark>Душанбе</mark>"


def test_a_long_text_is_cut_around_the_hit(client_of: ClientOf) -> None:
    public(title_en="Example", summary="before " * 300 + "zebra " + "after " * 300)
    found = client_of(None).get("/search/", {"q": "zebra"}).context["results"][0]
    assert "<mark>zebra</mark>" in found.snippet and len(found.snippet) < 300


def test_pages_keep_the_question(client_of: ClientOf) -> None:
    for number in range(45):
        public(title_en=f"Zebra {number}")
    client = client_of(None)
    seen: list[str] = []
    for number in (1, 2, 3):
        response = client.get("/search/", {"q": "zebra", "page": str(number)})
        seen += [result.title for result in response.context["results"]]
    assert len(set(seen)) == 45 and "q=zebra&amp;page=2" in response.content.decode()


# --- whatever is typed -----------------------------------------------------------------------------------------------

ODD = [
    *(
        "",
        " ",
        "the",
        "the and of",
        "и в на",
        "a",
        "-",
        "-osce",
        '"',
        '""',
        '"the"',
        "'",
        "\\",
        "\0",
        "\0zebra",
        "a" * 10_000,
    ),
    *(
        "zebra & | ! ( ) :* <-> <2>",
        "'zebra':*A",
        "zebra:*",
        "!zebra",
        "()",
        "<b>",
        "%",
        "_",
        "\ud800",
        "😀",
        "ﷺ" * 900,
    ),
    *('"unbalanced zebra', '-"zebra', "--zebra", "1e5 0x1F", "ъ ь", "٣٤", "word " * 2000, "é" * 3000, "щ" * 70),
]


@pytest.mark.parametrize("text", ODD, ids=[ascii(text)[:20] for text in ODD])
def test_odd_questions_never_fail(text: str, client_of: ClientOf) -> None:
    public(title_en="Zebra")
    list(Search(text, AnonymousUser()).narrow(Activity.objects.all()))
    safe = text.encode("utf-8", "replace").decode()
    for url in ("/search/", "/activities/", "/partners/", "/developments/"):
        # A form field refuses what the database cannot hold; that is an answer too.
        assert client_of(None).get(url, {"q": safe}).status_code in (200, 400)


def test_of_stop_words_alone_nothing_is_looked_for(client_of: ClientOf) -> None:
    public(title_en="The and of")
    response = client_of(None).get("/search/", {"q": "the"})
    assert "There is no word to look for" in response.content.decode()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80) | st.text("abc \"'-\\&|!():*<>\0жщё", max_size=60))
def test_any_text_is_a_question(text: str) -> None:
    assert len(parse(text)) <= 12
    search = Search(text, AnonymousUser())
    if search:
        with connection.cursor() as cursor:
            for query in (search.query, search.in_titles):
                cursor.execute("SELECT %s::tsquery", [query.source_expressions[0].value])


WORDS = st.text("abdehkstxyzéşčабжийёщьэюяқў0123456789", min_size=1, max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(WORDS, min_size=1, max_size=5), st.data())
def test_a_word_of_a_title_finds_its_record(words: list[str], data: st.DataObject) -> None:
    activity = public(title_en=" ".join(words))
    word = data.draw(st.sampled_from(words))
    search = Search(word, AnonymousUser())
    assert not search or search.narrow(Activity.objects.all()).filter(pk=activity.pk).exists()
    activity.delete()


# --- what the reader may not see -------------------------------------------------------------------------------------

# Each word stands in one hidden place; nobody outside the staff finds anything by it, and a colleague does.
HIDDEN = [
    *("internalnote", "fundingnote", "zebraoutcome", "zebrapartner", "zebracountry", "zebrafile", "leadname"),
    *("internalseries", "internalpartner", "analysisword", "genderword", "recommendword", "briefingnote"),
    *("optionword", "seriesnote", "contactname", "followup", "draftword"),
]


@pytest.fixture
def secrets(osce: Organization, officer: User) -> None:
    quiet = public(title_en="Quiet", chatham_house=True, outcome="Zebraoutcome agreed")
    Involvement.objects.create(
        activity=quiet, organization=make_organization("a", name_en="Zebrapartner", audience="public")
    )
    quiet.countries.add(make_country("QQ", name_en="Zebracountry"))
    Attachment.objects.create(
        activity=quiet,
        file="x",
        name="zebrafile.txt",
        content_type="text/plain",
        size=1,
        sha256="0" * 64,
        uploaded_by=officer,
    )
    lead = make_organization("lead", name_en="Leadname", audience="public")
    public(title_en="Led", chatham_house=True, lead_organization=lead)
    hidden = Series.objects.create(code="hidden", name_en="Internalseries")
    opened = public(title_en="Open", source_note="Internalnote", funding_source="Fundingnote", series=hidden)
    Involvement.objects.create(activity=opened, organization=make_organization("b", name_en="Internalpartner"))
    FollowUp.objects.create(activity=opened, text="Followup")
    make_development(
        review_state="approved",
        audience="public",
        analysis="Analysisword",
        gender_dimension="Genderword",
        recommendation="Recommendword",
    )
    briefing = make_briefing(audience="public", note_en="Briefingnote")
    make_consideration(briefing, text_en="Optionword")
    Series.objects.create(code="open", name_en="Open series", audience="public", note_en="Seriesnote")
    Contact.objects.create(organization=osce, name="Contactname", purpose="Example")
    make_activity(title_en="Draftword", audience="public")


# Found themselves, being public; they lead to none of the activities.
NAMES_OF_THEIR_OWN = {
    "zebrapartner": {"organization"},
    "leadname": {"organization"},
    "zebracountry": {"country"},
}


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize("who", [None, "stranger"])
def test_hidden_words_find_nothing(who: str | None, request: Any, officer: User) -> None:
    reader = request.getfixturevalue(who) if who else AnonymousUser()
    for word in HIDDEN:
        assert candidates(Search(word, officer)).exists(), word
        kinds = {facet.code for facet in facets_of(candidates(Search(word, reader)))}
        assert kinds == NAMES_OF_THEIR_OWN.get(word, set()), word


@pytest.mark.usefixtures("secrets")
def test_hidden_words_narrow_no_list_and_no_answer_of_the_api(stranger: User, client_of: ClientOf) -> None:
    client = client_of(stranger)
    places = {"activities": "zebraoutcome", "partners": "internalpartner", "developments": "analysisword"}
    for place, word in places.items():
        assert not client.get(f"/{place}/", {"q": word}).context["page"].object_list
        name = {"partners": "organizations"}.get(place, place)
        assert client.get(f"/api/v1/{name}/", {"q": word, "count": "true"}).json()["count"] == 0


@pytest.mark.usefixtures("secrets")
def test_snippets_and_names_show_what_the_reader_may_read(stranger: User, officer: User, client_of: ClientOf) -> None:
    for reader in (None, stranger):
        for question in ("quiet", "open", "example", "led", "council"):
            page = client_of(reader).get("/search/", {"q": question}).content.decode().lower()
            shown = {word for word in HIDDEN if word in page}
            assert not shown, (question, shown)


@pytest.mark.usefixtures("secrets")
def test_excluding_a_hidden_word_tells_nothing(client_of: ClientOf) -> None:
    client = client_of(None)
    everything = client.get("/search/", {"q": "open"}).context["total"]
    for word in ("internalnote", "internalseries", "internalpartner", "fundingnote"):
        assert client.get("/search/", {"q": f"open -{word}"}).context["total"] == everything
    for word in ("zebraoutcome", "zebrapartner", "zebrafile"):
        assert client.get("/search/", {"q": f"quiet -{word}"}).context["total"] == 1


def test_a_partner_finds_its_own_under_the_chatham_house_rule(
    osce: Organization, focal_point: User, stranger: User, ask: Ask
) -> None:
    public(title_en="Own", chatham_house=True, lead_organization=osce, outcome="Frank words", source_note="Remark")
    assert ask("frank", focal_point) == ["Own"]
    assert ask("frank", stranger) == ask("frank") == ask("remark", focal_point) == []


def test_a_word_is_hidden_at_once_when_the_rule_is_set(ask: Ask) -> None:
    activity = public(title_en="Example", outcome="Frank words")
    assert ask("frank") == ["Example"]
    Activity.objects.filter(pk=activity.pk).update(chatham_house=True)
    assert ask("frank") == []


ANIMALS = st.lists(st.sampled_from(("zebra", "okapi", "gnu")), max_size=2)
RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "audience": st.sampled_from(("internal", "named_partners", "all_partners", "public")),
            "review_state": st.sampled_from(("draft", "submitted", "approved")),
            "chatham_house": st.booleans(),
            "summary": ANIMALS.map(" ".join),
            "outcome": ANIMALS.map(" ".join),
            "source_note": ANIMALS.map(" ".join),
        }
    ),
    max_size=5,
)
QUESTIONS = st.sampled_from(("zebra", "okapi", "gnu -okapi", "zebra gnu", '"zebra okapi"'))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=RECORDS, question=QUESTIONS)
def test_a_question_finds_what_its_reader_could_read(
    officer: User, stranger: User, records: list[dict[str, Any]], question: str
) -> None:
    """Measured against what each reader may read, put together here and searched by hand."""
    made = [make_activity(title_en="Example", **fields) for fields in records]
    for reader in (AnonymousUser(), stranger, officer):
        visible = Activity.objects.visible_to(reader).filter(pk__in=[one.pk for one in made])
        expected = {one.pk for one in visible if answers(readable(one, is_staff_viewer(reader)), question)}
        assert set(Search(question, reader).narrow(visible).values_list("pk", flat=True)) == expected
    Activity.objects.filter(pk__in=[one.pk for one in made]).delete()


def readable(activity: Activity, staff: bool) -> str:
    parts = [activity.summary]
    if staff or not activity.chatham_house:
        parts.append(activity.outcome)
    if staff:
        parts.append(activity.source_note)
    return f" {' | '.join(parts)} "


def answers(text: str, question: str) -> bool:
    if question.startswith('"'):
        return question.strip('"') in text
    return all((f" {term.strip('-')} " in text) != term.startswith("-") for term in question.split())


# --- cost -------------------------------------------------------------------------------------------------------------


def test_themes_and_partners_that_come_and_go_leave_the_words_as_they_are(osce: Organization, ask: Ask) -> None:
    """Their tags are exchanged without reading the text again; that must come to the same."""
    activity = public(title_en="Zebra", outcome="Okapi", chatham_house=True, country=make_country("KZ"))
    activity.themes.add(make_theme("gnu"), make_theme("lion"))
    activity.countries.add(make_country("KZ"))
    Involvement.objects.create(activity=activity, organization=osce)
    activity.themes.remove(make_theme("lion"))
    entries = SearchEntry.objects.filter(kind="activities.activity").values("open", "insider", "staff", "open_tags")
    exchanged = entries.get()
    SearchEntry.objects.filter(kind="activities.activity").delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT search_refresh_all('activities.activity')")
    assert entries.get() == exchanged
