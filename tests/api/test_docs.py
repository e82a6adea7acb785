"""What docs/api.md shows is run as it stands there."""

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings as django_settings
from django.core.cache import cache
from pytest_django.live_server_helper import LiveServer

from accounts.models import ApiKey, KeyScope, User
from activities.models import Activity
from tests.factories.activities import make_activity, make_country, make_theme, the_priority
from tests.factories.framework import make_commitment
from tests.factories.organizations import make_organization

DOCS = Path(django_settings.BASE_DIR, "docs")
TEXT = (DOCS / "api.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def program() -> dict[str, Any]:
    """The names of the documentation's program."""
    [code] = blocks("python")
    names: dict[str, Any] = {"__name__": "program"}
    exec(compile(code, "docs/api.md", "exec"), names)  # our own documentation
    return names


@pytest.mark.django_db(transaction=True)
def test_the_program_keeps_a_copy_in_step(
    program: dict[str, Any], live_server: LiveServer, stranger: User, settings: Any, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    _key, text = ApiKey.issue(user=stranger, name="Tests")
    file = tmp_path / "activities.json"

    def copy() -> dict[str, str]:
        program["sync"](live_server.url, text, file)
        held = json.loads(file.read_text())["activities"]
        return {reference: item["title_en"] for reference, item in held.items()}

    made = [
        make_activity(title_en=f"Activity {number}", review_state="approved", audience="all_partners")
        for number in range(3)
    ]
    make_activity(title_en="Internal", review_state="approved")
    assert copy() == {activity.reference: activity.title_en for activity in made}
    made[0].delete()
    Activity.objects.filter(pk=made[1].pk).update(audience="internal")
    Activity.objects.filter(pk=made[2].pk).update(title_en="Renamed")
    assert copy() == {made[2].reference: "Renamed"}
    _other, text = ApiKey.issue(user=stranger, name="Rotated")
    assert copy() == {made[2].reference: "Renamed"}
    stored = json.loads(file.read_text())
    file.write_text(json.dumps({**stored, "since": _token_of_another(live_server)}))
    assert copy() == {made[2].reference: "Renamed"}

    cache.clear()
    settings.API_REQUESTS_PER_MINUTE = {"key": 1, "session": 1, "anonymous": 1}
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        cache.clear()

    monkeypatch.setattr(program["time"], "sleep", sleep)
    for _time in range(3):
        copy()
    assert waits and all(0 < seconds <= 60 for seconds in waits)


def _token_of_another(live_server: LiveServer) -> str:
    answer = requests.get(f"{live_server.url}/api/v1/activities/?updated_since=0", timeout=20).json()
    return str(answer["updated_until"])


@contextmanager
def faulty_portal() -> Iterator[str]:
    """Answers 503 twice, then as the portal does."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            down = len(asked) < 3
            self.send_response(503 if down else 200)
            if len(asked) == 1:
                self.send_header("Retry-After", "7")
            self.end_headers()
            self.wfile.write(b"" if down else b'{"next": null, "removed": [], "results": [], "updated_until": "x"}')

        def log_message(self, *args: Any) -> None:
            """Quietly."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_program_waits_for_a_portal_that_is_down(
    program: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(program["time"], "sleep", waits.append)
    with faulty_portal() as address:
        program["sync"](address, "x.y", tmp_path / "copy.json")
    assert waits == [7, 2]
    assert json.loads((tmp_path / "copy.json").read_text())["since"] == "x"


@pytest.mark.django_db(transaction=True)
def test_the_commands_of_the_documentation_work(live_server: LiveServer, officer: User) -> None:
    assert shutil.which("curl"), "curl is needed: apt install curl"
    _key, text = ApiKey.issue(user=officer, name="Tests", scope=KeyScope.WRITE)
    make_theme("water")
    make_country("TM")
    make_organization("osce", audience="public")
    make_commitment(priority=the_priority(), number=3, code="I.3")
    commands = [
        command for block in blocks("sh") for command in re.findall(r"^curl (?:.*\\\n)*.*$", block, re.MULTILINE)
    ]
    assert len(commands) >= 4
    for command in commands:
        here = command.replace("https://portal.example.org", live_server.url).replace("PREFIX.SECRET", text)
        done = subprocess.run(
            ["sh", "-c", here.replace("curl ", "curl -sS --fail ", 1)], capture_output=True, timeout=30
        )
        assert done.returncode == 0, (command, done.stderr, done.stdout)
        assert json.loads(done.stdout)
    assert Activity.objects.get().title_en == "Example meeting"


def test_the_changelog_tells_of_this_version() -> None:
    version = django_settings.SPECTACULAR_SETTINGS["VERSION"]
    changelog = (DOCS / "api-changelog.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)$", changelog, re.MULTILINE)[0] == version
