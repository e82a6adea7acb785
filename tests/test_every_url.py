"""Every address of the portal, asked by everyone: nothing breaks, and each reader gets the answer meant for them.

An address without a line in `PAGES` fails the test, so a new page is thought about before it is used.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import User
from partners.models import Organization
from tests.world import World, make_world

pytestmark = pytest.mark.django_db

WHO = ("anonymous", "stranger", "partner", "officer", "manager", "administrator")

# Address and what stands in it | methods | the answer to GET for each of WHO.
# Methods: G to read, P to post only, B both. `in` leads to the sign-in page; 302 leads elsewhere.
PAGES = """
overview                                              | G | in  200 200 200 200 200
iati                                                  | G | 503 503 503 503 503 503
activities:feed                                       | G | 200 200 200 200 200 200
activities:private-feed {feed}                        | G | 200 200 200 200 200 200
public                                                | G | 200 200 200 200 200 200
search                                                | G | 200 200 200 200 200 200
countries:list                                        | G | 200 200 200 200 200 200
countries:detail TM                                   | G | 200 200 200 200 200 200
themes:list                                           | G | 200 200 200 200 200 200
themes:detail water                                   | G | 200 200 200 200 200 200
series:list                                           | G | 200 200 200 200 200 200
series:detail series                                  | G | 200 200 200 200 200 200
partners:engagement                                   | G | 200 200 200 200 200 200
priorities:list                                       | G | 302 302 302 302 302 302
priorities:compare                                    | G | 200 200 200 200 200 200
priorities:programme 2021-2025                        | G | 200 200 200 200 200 200
priorities:commitments 2021-2025                      | G | 200 200 200 200 200 200
priorities:detail 2021-2025 i                         | G | 200 200 200 200 200 200
editing:current                                       | G | in  403 403 403 302 403
activities:inferred                                   | B | in  403 403 403 200 403
activities:misplaced                                  | B | in  403 403 403 200 403
editing:programme-new                                 | B | in  403 403 403 200 403
editing:programme 2021-2025                           | B | in  403 403 403 200 403
editing:structure 2021-2025                           | G | in  403 403 403 200 403
editing:programme-remove 2021-2025                    | B | in  403 403 403 200 403
editing:priority-new 2021-2025                        | B | in  403 403 403 200 403
editing:priority 2021-2025 i                          | B | in  403 403 403 200 403
editing:commitment-new 2021-2025 i                    | B | in  403 403 403 200 403
editing:commitment 2021-2025 I.1                      | B | in  403 403 403 200 403
editing:indicator-new 2021-2025 i                     | B | in  403 403 403 200 403
editing:indicator 2021-2025 i I.a                     | B | in  404 404 403 200 403
editing:line-new 2021-2025                            | B | in  403 403 403 200 403
editing:line 2021-2025 B.1                            | B | in  403 403 403 200 403
editing:move 2021-2025 commitment I.1                 | P | in  405 405 405 405 405
editing:remove 2021-2025 commitment I.1               | B | in  403 403 403 200 403
editing:theme-new                                     | B | in  403 403 403 200 403
editing:theme water                                   | B | in  403 403 403 200 403
series-editing:new                                    | B | in  403 403 403 200 403
series-editing:edit series                            | B | in  403 403 403 200 403
activities:list                                       | G | 200 200 200 200 200 200
activities:export xlsx                                | G | 200 200 200 200 200 200
activities:export csv                                 | G | 200 200 200 200 200 200
activities:export-series xlsx                         | G | 200 200 200 200 200 200
activities:export-follow-ups xlsx                     | G | in  403 403 200 200 200
activities:import-new                                 | B | in  403 403 200 200 403
activities:import-template xlsx                       | G | in  403 403 200 200 403
activities:import {import}                            | G | in  403 403 200 404 403
activities:import-names {import}                      | P | in  405 405 405 405 405
activities:import-write {import}                      | P | in  405 405 405 405 405
activities:import-again {import}                      | P | in  405 405 405 405 405
activities:import-drop {import}                       | B | in  403 403 200 404 403
activities:import-undo {import}                       | B | in  403 403 404 404 403
activities:new                                        | B | in  200 200 200 200 403
activities:keep-new                                   | P | 405 405 405 405 405 405
activities:keep {activity}                            | P | 405 405 405 405 405 405
activities:detail {activity}                          | G | 404 404 200 200 200 200
activities:history {activity}                         | G | in  404 403 200 200 200
activities:desk                                       | G | in  200 200 200 200 200
activities:decide                                     | B | in  200 200 200 200 403
activities:follow-ups                                 | G | in  403 403 200 200 200
activities:follow-up-change {follow_up}               | P | in  403 403 405 405 405
activities:follow-up-done {follow_up}                 | P | in  403 403 405 405 405
activities:follow-up-reopen {follow_up}               | P | in  403 403 405 405 405
activities:edit {activity}                            | B | in  404 403 403 200 403
activities:submit {activity}                          | P | in  405 405 405 405 405
activities:withdraw {activity}                        | P | in  405 405 405 405 405
activities:approve {activity}                         | P | in  405 405 405 405 405
activities:return {activity}                          | P | in  405 405 405 405 405
activities:verify {activity}                          | P | in  405 405 405 405 405
activities:reopen {activity}                          | P | in  405 405 405 405 405
activities:confirm-release {activity}                 | P | in  405 405 405 405 405
activities:confirm-priority {activity}                | P | in  405 405 405 405 405
activities:confirm-evidence {activity} {evidence}     | P | in  405 405 405 405 405
activities:stage {activity} held                      | B | in  404 403 403 200 403
activities:delete {activity}                          | B | in  404 403 403 403 403
activities:attach {activity}                          | P | in  405 405 405 405 405
activities:attachment {activity} {file}               | G | 404 404 200 200 200 200
activities:detach {activity} {file}                   | B | in  404 403 403 200 403
partners:list                                         | G | 200 200 200 200 200 200
partners:export xlsx                                  | G | 200 200 200 200 200 200
partners:export-agreements csv                        | G | 200 200 200 200 200 200
partners:export-contacts xlsx                         | G | in  403 403 200 200 200
partners:detail osce                                  | G | 200 200 200 200 200 200
partners:home                                         | G | in  200 200 403 403 403
partners:matrix                                       | G | 200 200 200 200 200 200
partners:export-matrix xlsx                           | G | 200 200 200 200 200 200
partners:export-matrix csv                            | G | 200 200 200 200 200 200
matrix-document                                       | G | 200 200 200 200 200 200
partners:new                                          | B | in  403 403 200 200 403
partners:edit osce                                    | B | in  403 403 200 200 403
partners:agreements                                   | G | 200 200 200 200 200 200
partners:agreement agreement                          | G | 200 200 200 200 200 200
partners:agreement-new                                | B | in  403 403 200 200 403
partners:agreement-edit agreement                     | B | in  403 403 200 200 403
partners:agreement-delete agreement                   | B | in  403 403 200 200 403
partners:contacts                                     | G | in  403 403 200 200 200
partners:contact-new osce                             | B | in  403 403 200 200 403
partners:contact-edit osce {contact}                  | B | in  404 404 200 200 403
partners:contact-verify osce {contact}                | P | in  405 405 405 405 405
partners:contact-delete osce {contact}                | B | in  404 404 200 200 403
partners:note-new osce                                | B | in  403 403 200 200 403
partners:note-edit osce {note}                        | B | in  404 404 200 200 403
partners:note-delete osce {note}                      | B | in  404 404 200 200 403
briefings:list                                        | G | 200 200 200 200 200 200
briefings:export csv                                  | G | 200 200 200 200 200 200
briefings:representatives                             | G | 200 200 200 200 200 200
briefings:representative representative               | G | 200 200 200 200 200 200
briefings:detail briefing                             | G | 200 200 200 200 200 200
briefings:new                                         | B | in  403 403 403 200 403
briefings:edit briefing                               | B | in  403 403 403 200 403
briefings:task-new briefing                           | B | in  403 403 200 200 403
briefings:task-edit briefing {task}                   | B | in  404 404 200 200 403
briefings:task-delete briefing {task}                 | B | in  404 404 200 200 403
briefings:consideration-new briefing                  | B | in  403 403 200 200 403
briefings:consideration-edit briefing {consideration} | B | in  404 404 200 200 403
briefings:consideration-delete briefing {consideration} | B | in  404 404 200 200 403
briefings:dossier briefing                            | G | in  404 404 200 200 200
briefings:dossier-read briefing                       | G | in  404 404 200 200 200
briefings:dossier-compare briefing                    | G | in  404 404 200 200 200
briefings:dossier-edit briefing                       | B | in  404 404 200 200 403
briefings:dossier-begin briefing                      | P | in  405 405 405 405 405
briefings:dossier-gather briefing                     | P | in  405 405 405 405 405
briefings:dossier-order briefing                      | P | in  405 405 405 405 405
briefings:dossier-look briefing                       | P | in  405 405 405 405 405
briefings:comment briefing                            | P | in  405 405 405 405 405
briefings:comment-settle briefing {comment}           | P | in  405 405 405 405 405
briefings:version briefing 1                          | G | in  404 404 200 200 200
briefings:dossier-move briefing drafting              | B | in  404 404 200 200 403
briefings:item-edit briefing {item}                   | B | in  404 404 200 200 403
briefings:item-deed briefing {item} up                | P | in  405 405 405 405 405
briefings:point-new briefing                          | B | in  404 404 200 200 403
briefings:point-edit briefing {point}                 | B | in  404 404 200 200 403
briefings:point-delete briefing {point}               | B | in  404 404 200 200 403
briefings:point-deed briefing {point} up              | P | in  405 405 405 405 405
dossier-file briefing dossier docx                    | G | in  404 404 200 200 200
developments:list                                     | G | 200 200 200 200 200 200
developments:export xlsx                              | G | 200 200 200 200 200 200
developments:new                                      | B | in  403 403 200 200 403
developments:keep-new                                 | P | 405 405 405 405 405 405
developments:keep event                               | P | 405 405 405 405 405 405
developments:detail event                             | G | 404 404 200 200 200 200
developments:edit event                               | B | in  404 403 403 200 403
developments:return event                             | B | in  404 403 403 403 403
developments:deed event reopen                        | P | in  405 405 405 405 405
calendar:month                                        | G | 200 200 200 200 200 200
calendar:public-feed                                  | G | 200 200 200 200 200 200
calendar:private-feed {feed}                          | G | 200 200 200 200 200 200
calendar:own-feed                                     | B | in  200 200 200 200 200
calendar:end-feed                                     | P | in  405 405 405 405 405
reports:list                                          | B | in  403 403 200 200 200
reports:run {run}                                     | G | in  404 404 200 404 404
reports:download {run}                                | G | in  404 404 200 404 404
reports:read {run}                                    | G | in  404 404 200 404 404
reports:retry {run}                                   | P | in  403 403 405 405 405
reports:cancel {run}                                  | P | in  403 403 405 405 405
reports:delete {run}                                  | B | in  403 403 200 404 404
reports:schedules                                     | B | in  403 403 403 200 403
reports:schedule {schedule}                           | G | in  403 403 403 200 403
reports:run-schedule {schedule}                       | P | in  403 403 403 405 403
reports:unsubscribe {unsubscribe}                     | B | 200 200 200 200 200 200
reports:pause-schedule {schedule}                     | P | in  403 403 403 405 403
reports:resume-schedule {schedule}                    | P | in  403 403 403 405 403
reports:delete-schedule {schedule}                    | B | in  403 403 403 200 403
accounts:sign-in                                      | B | 200 302 302 302 302 302
accounts:sign-out                                     | P | 405 405 405 405 405 405
accounts:signed-out                                   | G | 200 200 200 200 200 200
accounts:session                                      | G | 200 200 200 200 200 200
accounts:drop-unsaved {unsaved}                       | B | in  404 404 200 404 404
accounts:appearance                                   | P | 405 405 405 405 405 405
accounts:profile                                      | B | in  200 200 200 200 200
accounts:password-change                              | B | in  200 200 200 200 200
accounts:password-reset                               | B | 200 200 200 200 200 200
accounts:password-reset-sent                          | G | 200 200 200 200 200 200
accounts:password-reset-confirm MQ abc-0123           | B | 200 200 200 200 200 200
accounts:saved-views                                  | G | in  200 200 200 200 200
accounts:saved-view-new activities                    | B | in  200 200 200 200 200
accounts:saved-view-edit {view}                       | B | in  404 404 200 404 404
accounts:saved-view-delete {view}                     | B | in  404 404 200 404 404
accounts:api-keys                                     | G | in  200 200 200 200 200
accounts:api-key-create                               | B | in  200 200 200 200 200
accounts:api-key {key}                                | G | in  404 404 200 404 404
accounts:api-key-rotate {key}                         | P | in  405 405 405 405 405
accounts:api-key-revoke {key}                         | B | in  404 404 200 404 404
set_language                                          | B | 302 302 302 302 302 302
health                                                | G | 503 503 503 503 503 503
api:api-root                                          | G | 200 200 200 200 200 200
api-schema                                            | G | 200 200 200 200 200 200
api-docs                                              | G | 200 200 200 200 200 200
api-docs-of activities                                | G | 200 200 200 200 200 200
api-console                                           | G | 200 200 200 200 200 200
api:programmes-list                                   | G | 200 200 200 200 200 200
api:programmes-detail 2021-2025                       | G | 200 200 200 200 200 200
api:mandate-functions-list                            | G | 200 200 200 200 200 200
api:mandate-functions-detail 1                        | G | 200 200 200 200 200 200
api:priorities-list                                   | G | 200 200 200 200 200 200
api:priorities-detail 2021-2025 i                     | G | 200 200 200 200 200 200
api:commitments-list                                  | G | 200 200 200 200 200 200
api:commitments-detail 2021-2025 I.1                  | G | 200 200 200 200 200 200
api:deliverables-list                                 | G | 200 200 200 200 200 200
api:deliverables-detail 2024 B.1                      | G | 404 404 404 200 200 200
api:indicators-list                                   | G | 200 200 200 200 200 200
api:indicators-detail 2021-2025 i I.a                 | G | 404 404 404 200 200 200
api:themes-list                                       | G | 200 200 200 200 200 200
api:themes-detail water                               | G | 200 200 200 200 200 200
api:countries-list                                    | G | 200 200 200 200 200 200
api:countries-detail TM                               | G | 200 200 200 200 200 200
api:sdg-targets-list                                  | G | 200 200 200 200 200 200
api:sdg-targets-detail 16.a                           | G | 200 200 200 200 200 200
api:frameworks-list                                   | G | 200 200 200 200 200 200
api:frameworks-detail framework                       | G | 200 200 200 200 200 200
api:mandates-list                                     | G | 200 200 200 200 200 200
api:mandates-detail 2021-2025 mandate                 | G | 200 200 200 200 200 200
api:documents-list                                    | G | 200 200 200 200 200 200
api:documents-detail document                         | G | 200 200 200 200 200 200
api:organizations-list                                | G | 200 200 200 200 200 200
api:organizations-detail osce                         | G | 200 200 200 200 200 200
api:agreements-list                                   | G | 200 200 200 200 200 200
api:agreements-detail agreement                       | G | 200 200 200 200 200 200
api:series-list                                       | G | 200 200 200 200 200 200
api:series-detail series                              | G | 200 200 200 200 200 200
api:activities-list                                   | B | 200 200 200 200 200 200
api:activities-detail {activity}                      | G | 404 404 200 200 200 200
api:who-does-what-list                                | G | 200 200 200 200 200 200
api:who-does-what-detail {activity}                   | G | 404 404 200 200 200 200
api:activities-submit {activity}                      | P | 405 405 405 405 405 405
api:activities-withdraw {activity}                    | P | 405 405 405 405 405 405
api:activities-approve {activity}                     | P | 405 405 405 405 405 405
api:activities-return {activity}                      | P | 405 405 405 405 405 405
api:activities-reopen {activity}                      | P | 405 405 405 405 405 405
api:special-representatives-list                      | G | 200 200 200 200 200 200
api:special-representatives-detail representative     | G | 200 200 200 200 200 200
api:briefings-list                                    | G | 200 200 200 200 200 200
api:briefings-detail briefing                         | G | 200 200 200 200 200 200
api:developments-list                                 | G | 200 200 200 200 200 200
api:developments-detail event                         | G | 404 404 200 200 200 200
"""


@dataclass(frozen=True)
class Page:
    name: str
    arguments: tuple[str, ...]
    methods: str
    answers: dict[str, str]

    def address(self, world: World) -> str:
        return reverse(self.name, args=[argument.format(**world.names) for argument in self.arguments])

    @property
    def waits(self) -> bool:
        """Whether it says that something is missing, whatever it is asked: a server, or a setting."""
        return "503" in self.answers.values() or self.name == "health"

    @property
    def is_api(self) -> bool:
        return self.name.startswith("api")


def pages() -> Iterator[Page]:
    for line in PAGES.strip().splitlines():
        address, methods, answers = (part.split() for part in line.split("|"))
        yield Page(address[0], tuple(address[1:]), methods[0], dict(zip(WHO, answers, strict=True)))


@pytest.fixture
def world(
    officer: User,
    manager: User,
    administrator: User,
    focal_point: User,
    stranger: User,
    osce: Organization,
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    settings.MEDIA_ROOT = tmp_path
    # Whether the parts are up is not the matter here, nor worth waiting for.
    monkeypatch.setattr("unrcca_portal.health.WORKER_ANSWER_SECONDS", 0.01)
    monkeypatch.setattr("unrcca_portal.health._worker", lambda: "down: not asked")
    people = {"officer": officer, "manager": manager, "administrator": administrator}
    return make_world({"anonymous": None, "stranger": stranger, "partner": focal_point, **people}, osce)


def named_addresses(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    """The names of all addresses, with their namespaces; those of the administration are walked below."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":
                yield from named_addresses(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}" if pattern.name else f"(no name) {pattern.pattern}"


def test_every_address_has_a_line() -> None:
    assert {page.name for page in pages()} == set(named_addresses()) - {"(no name) ^api/v1/.*/$"}


@pytest.mark.parametrize("who", WHO)
def test_everyone_gets_the_answer_meant_for_them(
    who: str, world: World, client_of: Callable[[User | None], Client]
) -> None:
    client = client_of(world.cast[who])
    wrong = []
    for page in pages():
        answer = client.get(page.address(world))
        given = str(answer.status_code)
        if given == "302" and answer["Location"].startswith(reverse("accounts:sign-in")):
            given = "in"
        if given != page.answers[who]:
            wrong.append(f"{page.name}: {given}, not {page.answers[who]}")
        wrong += [f"{page.name}: {problem}" for problem in problems_of_headers(answer, page)]
    assert not wrong


def problems_of_headers(answer: Any, page: Page) -> list[str]:
    policy = answer.get("Content-Security-Policy", "")
    wanted = {
        "a policy that starts from nothing or from our own origin": bool(
            re.search(r"default-src '(self|none)'", policy)
        ),
        "no inline script or style, and no eval": "unsafe" not in policy,
        "no frame": "frame-ancestors 'none'" in policy,
        "no other origin": "http" not in policy,
        "no guess at the type": answer.get("X-Content-Type-Options") == "nosniff",
        "no address told to others": answer.get("Referrer-Policy") == "same-origin",
    }
    return [f"missing: {name}" for name, there in wanted.items() if not there]


def test_nothing_is_posted_without_a_token(world: World) -> None:
    """Neither a page nor the API takes a deed that another site's page sent from the reader's browser."""
    client = Client(enforce_csrf_checks=True)
    assert world.cast["manager"] is not None
    client.force_login(world.cast["manager"], backend="accounts.backends.EmailBackend")
    answers = {page.name: client.post(page.address(world), {}).status_code for page in pages()}
    # What the API refuses first depends on what was sent.
    expected = {page.name: (400, 403, 405, 415) if page.is_api else (403,) for page in pages()}
    # A mail program's button has no token of ours; the signed address is the proof, and nothing else hangs on it.
    expected["reports:unsubscribe"] = (200,)
    assert not {name: status for name, status in answers.items() if status not in expected[name]}


def test_pages_for_reading_take_no_posts(world: World, client_of: Callable[[User | None], Client]) -> None:
    client = client_of(world.cast["officer"])
    answers = {page.name: client.post(page.address(world), {}).status_code for page in pages() if page.methods == "G"}
    refusals = {name: status for name, status in answers.items() if status not in (403, 404, 405)}
    assert not refusals, "decorate the view with require_safe"


@pytest.mark.parametrize("who", WHO)
def test_empty_posts_break_nothing(who: str, world: World, client_of: Callable[[User | None], Client]) -> None:
    client = client_of(world.cast[who])
    for page in pages():
        if page.methods in "PB" and page.name != "accounts:sign-out":
            assert client.post(page.address(world), {}).status_code < 500, page.name


# --- the administration: one rule for all its addresses ---------------------------------------------------------


def addresses_of_administration() -> Iterator[str]:
    [site] = [pattern for pattern in get_resolver().url_patterns if getattr(pattern, "namespace", "") == "admin"]
    assert isinstance(site, URLResolver)
    for pattern in site.url_patterns:
        inner = pattern.url_patterns if isinstance(pattern, URLResolver) else [pattern]
        for each in inner:
            first = str(pattern.pattern) if isinstance(pattern, URLResolver) else ""
            path = re.sub(r"<[^>]+>", "1", f"/admin/{first}{each.pattern}")
            if "(" not in path:
                yield path


@pytest.mark.parametrize("who", WHO)
def test_the_administration(who: str, world: World, client_of: Callable[[User | None], Client]) -> None:
    client = client_of(world.cast[who])
    wrong = {}
    for path in addresses_of_administration():
        if path in ("/admin/login/", "/admin/logout/"):
            continue
        status = client.get(path).status_code
        allowed = {"anonymous": (302,), "administrator": (200, 302, 403, 404)}.get(who, (403,))
        if status not in allowed:
            wrong[path] = status
    assert not wrong


# --- what people and programs mistype -----------------------------------------------------------------------------

MISTYPED = """
/priorities/x/ /priorities/2021-x/ /priorities/0000-0000/ /priorities/99999-99999/ /priorities/2021-2025/none/
/priorities/2021-x/commitments/
/priorities/%00/ /activities/none/ /partners/none/ /briefings/none/ /briefings/special-representatives/none/
/countries/xx/ /countries/XX/ /themes/none/ /series/none/
/developments/none/ /reports/runs/99999999999999999999/ /activities/UNRCCA-2024-0001/files/99999999999999999999/
/nothing/ /api/v1/nothing/ /api/v1/programmes/x/ /api/v1/countries/tm/ /api/v1/activities/%00/
/accounts/keys/none/revoke/ /static/nothing.css
"""
QUERIES = (
    "?page=x",
    "?page=0",
    "?page=99999999999999999999",
    "?q=%00",
    "?q=" + "a" * 5000,
    "?q=%27%22%3Cscript%3E",
    "?year=99999999999",
    "?from=0000-00-00",
    "?country=%00",
    "?partner=%00",
    "?order=%00",
    "?sort=nothing",
    "?programme=99999-99999",
    "?%00=1",
    "?report=none",
)


def test_a_mistyped_address_is_not_found(world: World, client_of: Callable[[User | None], Client]) -> None:
    client = client_of(world.cast["officer"])
    answers = {path: client.get(path).status_code for path in MISTYPED.split()}
    assert not {path: status for path, status in answers.items() if status != 404}


def test_odd_parameters_break_no_page(world: World, client_of: Callable[[User | None], Client]) -> None:
    client = client_of(world.cast["manager"])
    lists = [page for page in pages() if page.methods in "GB" and not page.arguments and not page.waits]
    for page in lists:
        for query in QUERIES:
            assert client.get(page.address(world) + query).status_code < 500, page.name
