"""The commands for whoever runs the service: what they say, and how they end."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result

from hooks.cli import main
from ls_backend.store.engine import newest_schema_version
from ls_templates.plugin import protocol
from tests import fakes

KEYS = fakes.settings().plugin_keys


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    environment = {
        "LABEL_STUDIO_URL": "http://127.0.0.1:9",
        "LABEL_STUDIO_API_KEY": "k" * 40,
        "STEADYHAND_SECRET": fakes.SECRET,
        "STEADYHAND_URL": "http://127.0.0.1:9",
        "STEADYHAND_DATABASE_URL": f"sqlite:///{tmp_path / 'store.sqlite3'}",
    }
    return lambda *words, **more: CliRunner().invoke(main, words, env={**environment, **more})


def line_of(result: Result, what: str) -> str:
    return next(line for line in result.output.splitlines() if what in line)


@pytest.mark.slow
def test_faults_are_said_with_their_cures_and_end_with_1(run: Callable[..., Result]) -> None:
    result = run("doctor")
    assert result.exit_code == 1
    assert line_of(result, "Label Studio at").startswith("fault")
    assert line_of(result, "sqlite").startswith("fine")
    assert line_of(result, "plugin").startswith("unknown")
    assert "! service: Start `steadyhand serve`, and check STEADYHAND_URL." in result.output
    as_json = json.loads(run("doctor", "--json").output)
    assert {"what", "verdict", "says", "cure", "project"} == set(as_json[0])


def test_a_queue_and_a_database_that_are_down_are_found(run: Callable[..., Result]) -> None:
    result = run(
        "doctor",
        STEADYHAND_REDIS_URL="redis://127.0.0.1:9/0",
        STEADYHAND_DATABASE_URL="postgresql+psycopg://nobody@127.0.0.1:9/nothing",
    )
    assert line_of(result, "queue").startswith("fault")
    assert line_of(result, "database").startswith("fault")
    assert "Start Redis" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("keys", "status", "says"),
    [
        (KEYS, 400, "knows our secret"),
        (("another key",), 400, "has another secret than this command"),
        (KEYS, 200, "is not what answers"),
    ],
)
def test_the_service_is_asked_whether_it_knows_us(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...], status: int, says: str
) -> None:
    def service(_url: str, *, headers: dict[str, str], **_: object) -> requests.Response:
        answer = requests.Response()
        answer.status_code = status if protocol.is_authorized(headers["Authorization"], keys) else 403
        return answer

    monkeypatch.setattr(requests, "get", service)
    assert says in line_of(run("doctor"), "service ")


def test_reconnecting_needs_label_studio_and_says_so(run: Callable[..., Result]) -> None:
    result = run("reconnect")
    assert result.exit_code == 1
    assert "can't be reached" in result.output


def test_migrating_says_the_version_and_gives_rights_where_there_are_roles(run: Callable[..., Result]) -> None:
    assert run("migrate").output == f"The tables are of version {newest_schema_version()}.\n"
    refused = run("migrate", "--grant", "somebody")
    assert refused.exit_code == 1
    assert "SQLite has no roles" in refused.output
