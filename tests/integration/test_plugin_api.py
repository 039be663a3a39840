"""What the service asks of the plugin: bad requests get a clear answer, and nobody else gets any."""

from typing import Any

import pytest
import requests

from ls_backend.errors import GatewayError
from ls_backend.label_studio.gateway import MissingError
from ls_templates.plugin import protocol
from tests.servers import House

pytestmark = pytest.mark.integration
NOBODY = 10**6
TOLD_BY_THE_SERVICE = (protocol.SEEDS_PATH, protocol.POLICY_PATH, protocol.PAUSES_PATH, protocol.GUIDES_PATH)


@pytest.fixture(scope="module")
def project(house: House) -> int:
    return house.project(tasks=4, gold=(), retest_rate=0.0)


def tell(house: House, path: str, body: Any) -> requests.Response:
    """POST as the service, a body as it is or as JSON."""
    content = {"data": body} if isinstance(body, bytes) else {"json": body}
    headers = protocol.authorization(house.ctx.settings.plugin_keys[0])
    return requests.post(house.url + path, headers=headers, timeout=30, **content)


def tasks_of(house: House, project: int) -> list[int]:
    return sorted(t.id for t in house.ctx.gateway.tasks(project))


def test_the_status_is_told_to_the_service(house: House) -> None:
    status = house.ctx.gateway.plugin()
    assert status is not None
    assert (status.version, status.guard, status.pauses, status.guides) == ("0.1.0", True, True, True)


@pytest.mark.parametrize(
    ("change", "status", "detail"),
    [
        ({"user": NOBODY}, 404, f"no user {NOBODY}"),
        ({"project": NOBODY}, 404, f"no project {NOBODY}"),
        ({"project": 2**70}, 404, "no project"),
        ({"user": "7"}, 400, "`user` is '7'; it must be a whole number"),
        ({"user": True}, 400, "`user` is True; it must be a whole number"),
        ({"user": None}, 400, "`user` is None"),
        ({"project": 1.5}, 400, "`project` is 1.5"),
        ({"data": []}, 400, "`data` is []; it must be an object"),
        ({"key": ""}, 400, "`key` has 0 characters"),
        ({"key": "k" * 65}, 400, "`key` has 65 characters; it must have 1 to 64"),
    ],
)
def test_a_seed_that_can_not_be_created_is_refused_with_the_reason(
    house: House, project: int, change: dict[str, Any], status: int, detail: str
) -> None:
    before = tasks_of(house, project)
    good = {"project": project, "data": {"prompt": "x"}, "user": house.member("sid", project).id, "key": "bad-seed"}
    answer = tell(house, protocol.SEEDS_PATH, good | change)
    assert (answer.status_code, detail in answer.json()["detail"]) == (status, True), answer.text
    assert tasks_of(house, project) == before


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", [], "seed", 7, None, {}])
@pytest.mark.parametrize("path", TOLD_BY_THE_SERVICE)
def test_malformed_bodies_are_refused_with_the_reason(house: House, path: str, body: Any) -> None:
    answer = tell(house, path, body)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(("the body is ", "`"))


def test_a_policy_needs_its_project_and_plain_settings(house: House, project: int) -> None:
    missing = tell(house, protocol.POLICY_PATH, {"project": NOBODY, "hidden": True})
    assert (missing.status_code, f"no project {NOBODY}" in missing.json()["detail"]) == (404, True)
    wrong = tell(house, protocol.POLICY_PATH, {"project": project, "hidden": "yes"})
    assert (wrong.status_code, wrong.json()["detail"]) == (400, "`hidden` is 'yes'; it must be true or false")


def test_a_pause_needs_a_user_and_a_reason(house: House, project: int) -> None:
    missing = tell(house, protocol.PAUSES_PATH, {"project": project, "user": NOBODY, "reason": "until Friday"})
    assert (missing.status_code, f"no user {NOBODY}" in missing.json()["detail"]) == (404, True)
    empty = tell(house, protocol.PAUSES_PATH, {"project": project, "user": 1, "reason": ""})
    assert (empty.status_code, "`reason` is empty" in empty.json()["detail"]) == (400, True)
    assert tell(house, protocol.PAUSES_PATH, {"project": project, "user": NOBODY}).json() == {"paused": False}


def test_the_gateway_says_what_the_plugin_said(house: House, project: int) -> None:
    with pytest.raises(MissingError, match=f"no user {NOBODY}"):
        house.ctx.gateway.create_seed(project, {}, annotator=str(NOBODY), key="gone")
    with pytest.raises(GatewayError, match="`key` has 65 characters"):
        house.ctx.gateway.create_seed(project, {}, annotator="1", key="k" * 65)


@pytest.mark.parametrize("name", ["admin", "sid"])
@pytest.mark.parametrize("path", [*TOLD_BY_THE_SERVICE, protocol.OWN_STANDING_PATH, "/steadyhand/form"])
def test_nothing_is_posted_by_a_session_cookie(house: House, project: int, path: str, name: str) -> None:
    """These answers come before Django's CSRF check: a page elsewhere could post with a user's cookie."""
    before = tasks_of(house, project)
    account = house.admin if name == "admin" else house.account(name)
    web = house.session(account)
    body = {"project": project, "data": {"prompt": "x"}, "user": 1, "key": "by-cookie", "hidden": True}
    for headers in ({}, {"X-CSRFToken": web.cookies.get("csrftoken", "")}, {"Authorization": f"Token {account.token}"}):
        for content in ({"json": body}, {"data": body}):
            answer = web.post(house.url + path, headers=headers, timeout=30, **content)  # type: ignore[arg-type]
            assert answer.status_code == 403
            reason = "for the Steadyhand service" if path in TOLD_BY_THE_SERVICE else "was not sent from this site"
            assert reason in answer.text
    for method in ("PUT", "PATCH", "DELETE"):
        assert web.request(method, house.url + path, json=body, timeout=30).status_code in (403, 405)
    assert tasks_of(house, project) == before
    assert house.member("sid", project).http.get(f"{house.url}/api/projects/{project}/", timeout=30).ok, "not hidden"
