"""Both languages everywhere: no text stands outside translation, every text has its entry, and pages speak Russian."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation.template import templatize

from accounts.audit import AUDITED_APPS
from accounts.models import User
from partners.models import Organization
from tests.factories.activities import make_activity
from tests.factories.framework import make_commitment
from tests.test_russian import entries
from tests.world import make_world

BASE = Path(settings.BASE_DIR)
APPS = (*AUDITED_APPS, "unrcca_portal")
TEMPLATES = sorted([*BASE.glob("templates/**/*.html"), *BASE.glob("templates/**/*.txt")])
NAMES = [str(path.relative_to(BASE / "templates")) for path in TEMPLATES]

TRANSLATED = re.compile(r"{%\s*blocktranslate.*?{%\s*endblocktranslate\s*%}", re.DOTALL)
COMMENT = re.compile(r"{#.*?#}|{%\s*comment.*?{%\s*endcomment\s*%}|<!--.*?-->", re.DOTALL)
PROGRAM = re.compile(r"<(script|style|svg:style)\b.*?</\1>", re.DOTALL)
CLASSES = re.compile(r"{%\s*block body_class\s*%}.*?{%\s*endblock\s*%}")
TAG = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
READ_ALOUD = re.compile(r'\b(?:alt|title|placeholder|aria-label|label)="([^"]*)"')
WORD = re.compile(r"[^\W\d_]{2,}")
# Names that are the same in both languages.
SAME = {
    "API",
    "Api",
    "Key",
    "Authorization",
    "UNRCCA",
    "XLSX",
    "CSV",
    "DOCX",
    "PDF",
    "OpenAPI",
    "nbsp",
    "middot",
    "hellip",
    "rarr",
    "larr",
    "ndash",
    "html",
}


def bare_words(source: str) -> list[str]:
    """Words of a template that a reader sees and no translation tag holds."""
    text = source
    for pattern in (COMMENT, TRANSLATED, PROGRAM, CLASSES, TAG):
        text = pattern.sub(" ", text)
    aloud = " ".join(READ_ALOUD.findall(text))
    seen = re.sub(r"<code\b.*?</code>", " ", text, flags=re.DOTALL)
    seen = re.sub(r"<!?/?[a-zA-Z][^>]*>", " ", seen)
    return [word for word in WORD.findall(f"{aloud} {seen}") if word not in SAME]


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_no_text_stands_outside_translation(path: Path) -> None:
    assert bare_words(path.read_text(encoding="utf-8")) == []


def test_the_scan_sees_bare_text() -> None:
    assert bare_words('<p title="One">{% translate "Two" %} Three {{ four }}</p>{# Five #}') == ["One", "Three"]


# --- every text has its entry in the catalogue ----------------------------------------------------------------------

FUNCTIONS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}


def texts_of_code(source: str) -> Iterator[str]:
    """The texts handed to gettext, as makemessages finds them."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in FUNCTIONS and node.args:
            first = node.args[1 if name.startswith("pgettext") else 0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def texts_of_template(path: Path) -> Iterator[str]:
    for found in re.finditer(
        r"""\b(?:n?gettext|_)\(u?((['"]).*?(?<!\\)\2)""", templatize(path.read_text(), str(path)), re.DOTALL
    ):
        yield ast.literal_eval(found[1].replace("\n", "\\n"))


def test_every_text_has_its_entry() -> None:
    known = {entry.id for entry in entries()}
    code = [path for app in APPS for path in (BASE / app).rglob("*.py") if "migrations" not in path.parts]
    missing = {
        **{text: path.name for path in code for text in texts_of_code(path.read_text(encoding="utf-8"))},
        **{text: path.name for path in TEMPLATES for text in texts_of_template(path)},
    }
    assert {text: name for text, name in missing.items() if text not in known} == {}


def labels_of(model: Any) -> Iterator[tuple[str, Any]]:
    """What forms and pages show of a model: its names, its editable fields, its choices."""
    yield "verbose_name", model._meta.verbose_name
    yield "verbose_name_plural", model._meta.verbose_name_plural
    for field in [*model._meta.concrete_fields, *model._meta.local_many_to_many]:
        if field.editable and not field.primary_key and "verbose_name" in field.deconstruct()[3]:
            yield field.name, field.verbose_name
        for _value, label in field.flatchoices:
            if field.name != "language":
                yield f"{field.name}: {label}", label


def shown_models(app: str) -> list[Any]:
    """The app's models, save the one that no page shows."""
    return [model for model in apps.get_app_config(app).get_models() if model.__name__ != "ReferenceCounter"]


@pytest.mark.parametrize("app", AUDITED_APPS)
def test_models_speak_through_translation(app: str) -> None:
    """Their names and fields; Django hands the labels of choices out as plain text, so these are asked below."""
    labels = [(model.__name__, name, label) for model in shown_models(app) for name, label in labels_of(model)]
    assert [(model, name) for model, name, label in labels if ":" not in name and not isinstance(label, Promise)] == []


@pytest.mark.parametrize("app", AUDITED_APPS)
def test_models_have_russian_words(app: str) -> None:
    with translation.override("ru"):
        labels = [(model.__name__, name, str(label)) for model in shown_models(app) for name, label in labels_of(model)]
    english = [label for label in labels if re.search("[a-z]{3,}", label[2]) and not re.search("[а-я]", label[2])]
    assert english == []


# --- the switch, dates and names ------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["anonymous", "officer"])
def test_the_language_switch(who: str, officer: User, client_of: Callable[[User | None], Client]) -> None:
    client = client_of(officer if who == "officer" else None)
    page = reverse("public")
    assert '<html lang="en"' in client.get(page).content.decode()
    response = client.post(reverse("set_language"), {"language": "ru", "next": page}, follow=True)
    text = response.content.decode()
    assert response.redirect_chain == [(page, 302)]
    assert '<html lang="ru"' in text and response["Content-Language"] == "ru"
    client.post(reverse("set_language"), {"language": "en", "next": page})
    assert '<html lang="en"' in client.get(page).content.decode()


@pytest.mark.django_db
def test_the_switch_leads_to_no_other_site(client: Client) -> None:
    response = client.post(reverse("set_language"), {"language": "ru", "next": "https://example.org/"})
    assert "example.org" not in response["Location"]


@pytest.mark.django_db
def test_an_unknown_language_changes_nothing(client: Client) -> None:
    client.post(reverse("set_language"), {"language": "xx", "next": reverse("public")})
    assert '<html lang="en"' in client.get(reverse("public")).content.decode()


@pytest.mark.django_db
def test_dates_and_names_are_those_of_the_language(
    officer: User,
    manager: User,
    osce: Organization,
    client_of: Callable[[User | None], Client],
    settings: Any,
    tmp_path: Path,
) -> None:
    settings.MEDIA_ROOT = tmp_path
    Organization.objects.filter(pk=osce.pk).update(acronym_ru="ОБСЕ")
    world = make_world({"officer": officer, "manager": manager}, osce)
    User.objects.filter(pk=officer.pk).update(language="ru")
    text = client_of(officer).get(reverse("activities:detail", args=[world.names["activity"]])).content.decode()
    assert '<html lang="ru"' in text
    assert "1 мая 2024\u00a0г." in text
    assert "Вода" in text and ">Water<" not in text
    assert "ОБСЕ" in text
    english = client_of(manager).get(reverse("activities:detail", args=[world.names["activity"]])).content.decode()
    assert "1 May 2024" in english and "Water" in english and "OSCE" in english


@pytest.mark.django_db
def test_what_has_no_russian_name_shows_its_english_one() -> None:
    activity = make_activity(title_en="Example", main_priority=make_commitment().priority)
    with translation.override("ru"):
        assert activity.title == "Example"
