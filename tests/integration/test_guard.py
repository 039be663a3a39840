"""The guard, against everything the installed Label Studio can be asked."""

import json
import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from hooks.demo.local import Member
from ls_backend.errors import GatewayError
from ls_backend.services.connections import SECRET_HEADER
from ls_backend.services.detaching import detach
from ls_backend.services.guides import note_read, publish_guide
from ls_backend.services.pausing import pause, resume
from ls_backend.services.processing import process
from ls_backend.store import judgments, projects
from ls_templates.plugin import protocol
from tests import fakes
from tests.fakes import ADMIN
from tests.servers import SECRET, House

pytestmark = pytest.mark.integration
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
HERE = Path(__file__).parent
SERVICE_IS_LEFT_ALONE = 16.0  # seconds, after it did not answer


@dataclass
class Target:
    """A project with somebody's work in it, to try things on."""

    project: int
    own: dict[str, Any]  # a task that was served to the annotator and answered
    other: dict[str, Any]  # the same of somebody else
    annotation: int
    foreign: int


@pytest.fixture(scope="module")
def target(house: House) -> Target:
    project = house.project(tasks=12, gold=(), retest_rate=0.0)
    own = house.label(house.member("mallory", project), 1)[0]
    other = house.label(house.member("victim", project), 1)[0]
    by_author = {a["completed_by"]: a["id"] for t in house.ctx.gateway.tasks(project) for a in t.annotations}
    ids = {name: house.member(name, project).id for name in ("mallory", "victim")}
    return Target(project, own, other, by_author[ids["mallory"]], by_author[ids["victim"]])


def bearer(house: House, name: str) -> str:
    """An access token from a personal access token, as the SDK gets one."""
    web = house.session(house.account(name))
    headers = {"X-CSRFToken": web.cookies.get("csrftoken", "")}
    refresh = web.post(f"{house.url}/api/token/", headers=headers, timeout=30).json()["token"]
    access = requests.post(f"{house.url}/api/token/refresh/", json={"refresh": refresh}, timeout=30).json()["access"]
    return str(access)


def inside(house: House) -> tuple[str, dict[str, str]]:
    """Label Studio's Python, and the environment it runs in."""
    environment = {
        **os.environ,
        **house.studio.environment,
        "LABEL_STUDIO_BASE_DATA_DIR": str(house.studio.folder / "data"),
    }
    return str(Path(house.studio.command[0]).with_name("python")), environment


@pytest.fixture(scope="module")
def routes(house: House, target: Target) -> list[tuple[str, str]]:
    """(view, path) of every route of the running Label Studio, one made up among them."""
    fill = {
        "pk": str(target.project),
        "task_id": "1",
        "project_id": str(target.project),
        "user_pk": "1",
        "app_label": "tasks",
    }
    python, environment = inside(house)
    out = subprocess.run(
        [python, str(HERE / "made_up" / "routes.py"), json.dumps(fill)],
        env=environment,
        cwd=house.studio.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert out.returncode == 0, out.stderr[-2000:]
    listed = json.loads(out.stdout.splitlines()[-1])
    matched = [(view, path) for view, path, resolved in listed if resolved == view]
    missed = sorted({view for view, _, _ in listed} - {view for view, _ in matched})
    assert len(listed) > 300
    assert not missed, f"no path was found to {missed}"
    return sorted(set(matched))


def table_of(house: House) -> set[tuple[str, str, str]]:
    """(view, method, role) that the guard's table allows, read from its text: importing it needs Django."""
    rows = set()
    for line in (HERE.parent.parent / "ls_templates" / "plugin" / "guard" / "table.py").read_text().splitlines():
        line = line.strip()
        if not line.startswith('Row("'):
            continue
        view, methods, rest = line[4:].split(",", 2)
        rules = [r.strip() for r in rest.split("#")[0].strip().rstrip(",").rstrip(")").split(",")]
        for role, rule in zip(("annotator", "reviewer", "nobody"), [*rules, "no"][:3], strict=True):
            if rule != "no":
                rows |= {(view.strip().strip('"'), m, role) for m in methods.strip().strip('"').split()}
    assert len(rows) > 80
    return rows


@pytest.mark.parametrize(
    "way", ["annotator session", "annotator token", "annotator bearer", "reviewer token", "nobody"]
)
def test_only_the_tables_entries_answer(house: House, routes: list[tuple[str, str]], way: str) -> None:
    role, _, by = way.partition(" ")
    name = {"annotator": f"walker-{by}", "reviewer": "reviewer"}.get(role, "")
    web = house.closing.enter_context(requests.Session())
    if by == "session":
        web = house.session(house.account(name))
        web.headers["X-CSRFToken"] = web.cookies.get("csrftoken", "")
    elif by == "token":
        web.headers["Authorization"] = f"Token {house.account(name).token}"
    elif by == "bearer":
        web.headers["Authorization"] = f"Bearer {bearer(house, name)}"
    again = Retry(total=5, allowed_methods=None, backoff_factor=0.1)  # the development server drops one now and then
    web.mount("http://", HTTPAdapter(max_retries=again))
    web.headers["Connection"] = "close"  # kept open, each answer waits 40 ms for a delayed acknowledgement
    allowed = table_of(house)
    open_to_all, leaks, tried = set(), [], 0
    for view, path in routes:
        for method in METHODS:
            if path.startswith("/logout") or (view, method) == ("users.api.UserResetTokenAPI", "POST"):
                continue  # these would end the walk
            answer = web.request(method, house.url + path, timeout=30, allow_redirects=False)
            tried += 1
            forged = answer.status_code == 403 and "CSRF" in answer.text  # refused before the guard is asked
            refused = answer.headers.get(protocol.GUARD_HEADER) == protocol.REFUSED or forged
            listed = (view, method, role) in allowed
            if not refused and not listed and answer.status_code not in (405, 404):
                leaks.append((view, method, path, answer.status_code))
            if refused and listed and not forged:
                leaks.append((view, method, path, "refused though listed"))
            if not refused and answer.status_code < 400:
                open_to_all.add(view)
    assert tried > 1000
    assert leaks == []
    assert "made_up.urls.BrandNewAPI" not in open_to_all
    assert web.get(f"{house.url}/api/brand-new/", timeout=30).headers[protocol.GUARD_HEADER] == protocol.REFUSED


def state(house: House) -> Any:
    """What must not change by any attack."""
    admin = {"Authorization": f"Token {house.admin.token}"}

    def read(path: str) -> Any:
        return requests.get(house.url + path, headers=admin, timeout=30).json()

    projects = read("/api/projects/?page_size=100")["results"]
    fields = ("id", "title", "label_config", "maximum_annotations", "sampling", "show_collab_predictions")
    return (
        [{k: p[k] for k in fields} for p in projects],
        [
            [(t.id, t.data, [a["id"] for a in t.annotations]) for t in house.ctx.gateway.tasks(p["id"])]
            for p in projects
        ],
        read("/api/webhooks/"),
        read("/api/invite"),
        [(u["id"], u["email"], u["first_name"]) for u in read("/api/users/")],
    )


ATTACKS: list[tuple[str, str, str, Any]] = [
    ("answering a task not served", "POST", "/api/tasks/{raw}/annotations/", {"result": "$left"}),
    ("answering a sealed task of another", "POST", "/api/tasks/{other}/annotations/", {"result": "$left"}),
    ("answering twice", "POST", "/api/tasks/{own}/annotations/", {"result": "$left"}),
    ("editing another's annotation", "PATCH", "/api/annotations/{foreign}/", {"result": "$left"}),
    ("deleting another's annotation", "DELETE", "/api/annotations/{foreign}/", None),
    ("deleting an own annotation", "DELETE", "/api/annotations/{annotation}/", None),
    ("reading another's annotation", "GET", "/api/annotations/{foreign}/", None),
    ("reading a task's annotations", "GET", "/api/tasks/{other}/annotations/", None),
    ("reading another's task", "GET", "/api/tasks/{other}/", None),
    ("reading another's drafts", "GET", "/api/tasks/{other}/drafts", None),
    ("drafting on another's task", "POST", "/api/tasks/{other}/drafts", {"result": []}),
    ("converting to a draft", "POST", "/api/annotations/{annotation}/convert-to-draft", {}),
    ("export", "GET", "/api/projects/{project}/export?exportType=JSON", None),
    ("export snapshot", "POST", "/api/projects/{project}/exports/", {"title": "x"}),
    ("import", "POST", "/api/projects/{project}/import", [{"prompt": "x"}]),
    ("import of predictions", "POST", "/api/projects/{project}/import/predictions", []),
    ("task list of a project", "GET", "/api/projects/{project}/tasks/", None),
    ("storages", "GET", "/api/storages/?project={project}", None),
    ("new storage", "POST", "/api/storages/s3/", {"project": 1}),
    ("ML backend", "POST", "/api/ml/", {"project": 1, "url": "http://127.0.0.1:9"}),
    ("webhooks", "GET", "/api/webhooks/?project={project}", None),
    ("new webhook", "POST", "/api/webhooks/", {"url": "http://127.0.0.1:9/x"}),
    ("another's token", "POST", "/api/token/rotate/", {}),
    ("a user", "GET", "/api/users/1/", None),
    ("changing a user", "PATCH", "/api/users/1/", {"first_name": "x"}),
    ("new user", "POST", "/api/users/", {"email": "x@example.com", "username": "x"}),
    ("invite link", "GET", "/api/invite", None),
    ("resetting the invite link", "POST", "/api/invite/reset-token", {}),
    ("members", "GET", "/api/organizations/1/memberships", None),
    ("project settings", "PATCH", "/api/projects/{project}/", {"title": "mine now"}),
    ("label config", "PATCH", "/api/projects/{project}/", {"label_config": "<View/>"}),
    ("deleting the project", "DELETE", "/api/projects/{project}/", None),
    ("new project", "POST", "/api/projects/", {"title": "mine"}),
    ("editing a task", "PATCH", "/api/tasks/{own}/", {"data": {}}),
    ("deleting a task", "DELETE", "/api/tasks/{own}/", None),
    ("new task", "POST", "/api/tasks/", {"project": 1, "data": {}}),
    ("deleting all tasks", "DELETE", "/api/projects/{project}/tasks/", None),
    ("Data Manager action", "POST", "/api/dm/actions?id=delete_tasks&project={project}", {"project": "{project}"}),
    ("hidden in another action", "POST", "/api/dm/actions?id=next_task&id=delete_tasks&project={project}", {}),
    ("list of actions", "GET", "/api/dm/actions?project={project}", None),
    ("next task by the other door", "GET", "/api/projects/{project}/next/", None),
    ("another's view", "PATCH", "/api/dm/views/1/", {"data": {}}),
    ("Django's admin", "GET", "/admin/", None),
    ("API description", "GET", "/docs/api/schema/json/", None),
    ("scorecards", "GET", "/api/projects/{board}/", None),
    ("scorecards' tasks", "POST", "/api/dm/actions?id=next_task&project={board}", {}),
    ("reservation in one's favour", "POST", "/steadyhand/seeds", {"project": 1, "data": {}, "user": 1, "key": "k"}),
    ("policy", "POST", "/steadyhand/policy", {"project": 1, "hidden": True}),
    ("ending a pause", "POST", "/steadyhand/pauses", {"project": 1, "user": 1}),
]


@pytest.mark.parametrize("by", ["token", "session"])
def test_attacks_are_refused_and_change_nothing(house: House, target: Target, by: str) -> None:
    account = house.account("mallory")
    web = house.session(account) if by == "session" else house.closing.enter_context(requests.Session())
    if by == "token":
        web.headers["Authorization"] = f"Token {account.token}"
    else:
        web.headers["X-CSRFToken"] = web.cookies.get("csrftoken", "")
    raw = next(t.id for t in house.ctx.gateway.tasks(target.project) if not t.annotations)
    names = {
        "raw": raw,
        "own": target.own["id"],
        "other": target.other["id"],
        "foreign": target.foreign,
        "annotation": target.annotation,
        "project": target.project,
        "board": projects.get(house.ctx.store, target.project).scorecard_project,
    }
    before = state(house)
    went_through = []
    for what, method, path, body in ATTACKS:
        content = (
            json.loads(json.dumps(body).replace('"$left"', json.dumps(fakes.result("left"))))
            if body is not None
            else None
        )
        answer = web.request(method, house.url + path.format(**names), json=content, timeout=30, allow_redirects=False)
        if answer.status_code < 400:
            went_through.append((what, answer.status_code, answer.text[:200]))
    assert went_through == []
    assert state(house) == before


def test_an_answer_that_was_stored_before_it_failed_is_not_given_twice(house: House) -> None:
    project = house.project(tasks=6, gold=(), retest_rate=0.0)
    member = house.member("nora", project)
    task = member.next_task()
    assert task is not None
    url, body = f"{house.url}/api/tasks/{task['id']}/annotations/", {"result": fakes.result("left")}
    assert member.http.post(url, json=body, headers={"X-Made-Up": "fail"}, timeout=30).status_code == 500
    assert member.http.post(url, json=body, timeout=30).status_code == 409
    assert [len(t.annotations) for t in house.ctx.gateway.tasks(project)].count(1) == 1
    following = member.next_task()
    assert following is not None
    assert following["id"] != task["id"]
    member.submit(following["id"], fakes.result("left"), 3.0)
    assert house.settle(project, 2).judgments == 2


def test_an_answer_is_ones_own_whatever_the_request_says(house: House, target: Target) -> None:
    member = house.member("mallory", target.project)
    victim = house.member("victim", target.project)
    task = member.next_task()
    assert task is not None
    time.sleep(0.4)
    body = {
        "result": fakes.result("left"),
        "completed_by": victim.id,
        "ground_truth": True,
        "lead_time": 99999,
        "unique_id": "00000000-0000-0000-0000-000000000001",
        "created_at": "2001-01-01T00:00:00Z",
    }
    answer = member.http.post(f"{house.url}/api/tasks/{task['id']}/annotations/", json=body, timeout=30)
    assert answer.status_code == 201
    annotation = next(
        a for t in house.ctx.gateway.tasks(target.project) for a in t.annotations if a["id"] == answer.json()["id"]
    )
    assert annotation["completed_by"] == member.id
    assert not annotation["ground_truth"]
    assert 0.3 < annotation["lead_time"] < 60
    assert answer.json()["lead_time"] == round(annotation["lead_time"]), (
        "its fractions would tell how long the answer was delayed"
    )
    assert not annotation["created_at"].startswith("2001")


def test_filters_orderings_and_selections_in_the_request_are_set_aside(house: House) -> None:
    project = house.project(tasks=10, gold=(), retest_rate=0.0)
    member = house.member("picky", project)
    first = member.next_task()
    last = max(t.id for t in house.ctx.gateway.tasks(project))
    picks = {
        "project": project,
        "ordering": ["-tasks:id"],
        "selectedItems": {"all": False, "included": [last]},
        "filters": {"conjunction": "and", "items": []},
    }
    answer = member.http.post(f"{house.url}/api/dm/actions?id=next_task&project={project}", json=picks, timeout=30)
    assert answer.json()["id"] == first["id"]  # type: ignore[index]


def test_what_is_sent_is_cut_down_to_what_labelling_needs(house: House, target: Target) -> None:
    member = house.member("reader", target.project)
    task = member.next_task()
    assert task is not None
    assert set(task) == {"id", "data", "project", "annotations", "drafts", "predictions"}
    assert set(task["data"]) == {"prompt", "response_a", "response_b"}, (
        "not the slice: only what the label config shows"
    )
    assert task["predictions"] == task["annotations"] == task["drafts"] == []
    everything = json.dumps(
        [
            member.http.get(f"{house.url}{path}", timeout=30).json()
            for path in (
                f"/api/projects/{target.project}/",
                "/api/projects/",
                f"/api/dm/project?project={target.project}",
                f"/api/dm/columns?project={target.project}",
                f"/api/ml?project={target.project}",
                f"/api/users?project={target.project}",
                f"/api/dm/views?project={target.project}",
                f"/api/tasks?project={target.project}",
                f"/api/projects/{target.project}/label-stream-history?project={target.project}",
            )
        ]
    )
    for secret in (
        house.ctx.settings.webhook_secret(target.project),
        SECRET_HEADER,
        SECRET,
        "victim@",
        "admin@",
        house.service.url,
    ):
        assert secret not in everything
    board = projects.get(house.ctx.store, target.project).scorecard_project
    assert "Scorecards" not in everything
    assert member.http.get(f"{house.url}/projects/{board}/data", timeout=30).status_code == 404


def test_own_answers_can_be_looked_at_and_corrected_where_the_project_allows_it(house: House) -> None:
    project = house.project(tasks=6, gold=(), retest_rate=0.0)
    member = house.member("nan", project)
    task = house.label(member, 1)[0]
    history = member.http.get(f"{house.url}/api/projects/{project}/label-stream-history", timeout=30).json()
    assert [h["taskId"] for h in history] == [task["id"]]
    task_again = member.http.get(f"{house.url}/api/tasks/{task['id']}/", timeout=30).json()
    assert task_again["id"] == task["id"]
    (own,) = task_again["annotations"]
    path = f"{house.url}/api/annotations/{own['id']}/"
    assert member.http.patch(path, json={"result": fakes.result("right"), "ground_truth": True}, timeout=30).ok
    house.ctx.gateway.set_policy(project, corrections=False)
    assert member.http.patch(path, json={"result": fakes.result("left")}, timeout=30).status_code == 403
    (corrected,) = [a for t in house.ctx.gateway.tasks(project) for a in t.annotations]
    assert corrected["result"] == fakes.result("right")
    assert not corrected["ground_truth"]


def test_a_reviewer_reads_and_annotates_and_an_admin_does_everything(house: House, target: Target) -> None:
    reviewer = requests.Session()
    with reviewer:
        reviewer.headers["Authorization"] = f"Token {house.account('reviewer').token}"
        listed = reviewer.get(f"{house.url}/api/tasks?project={target.project}&fields=all", timeout=30).json()
        assert listed["total"] >= 12
        task = next(t for t in listed["tasks"] if not t["total_annotations"])
        answer = reviewer.post(
            f"{house.url}/api/tasks/{task['id']}/annotations/",
            json={"result": fakes.result("left"), "completed_by": 1},
            timeout=30,
        )
        assert answer.status_code == 201
        assert answer.json()["completed_by"] != 1
        assert (
            reviewer.patch(
                f"{house.url}/api/annotations/{target.foreign}/", json={"result": []}, timeout=30
            ).status_code
            == 403
        )
        assert reviewer.get(f"{house.url}/api/webhooks/", timeout=30).status_code == 403
        project_text = reviewer.get(f"{house.url}/api/projects/{target.project}/", timeout=30).text
        assert "task_data_password" not in project_text
    admin = {"Authorization": f"Token {house.admin.token}"}
    for path in (
        f"/api/projects/{target.project}/export?exportType=JSON",
        "/api/webhooks/",
        "/api/invite",
        "/api/brand-new/",
    ):
        assert requests.get(house.url + path, headers=admin, timeout=60).ok


def test_a_paused_annotator_is_served_nothing_and_told_why(house: House) -> None:
    project = house.project(tasks=8, gold=(), retest_rate=0.0)
    other_project = house.project(tasks=4, gold=(), retest_rate=0.0)
    ada, bob = house.member("ada", project), house.member("bob", project)
    open_task = ada.next_task()
    assert open_task is not None
    why = "Please read the guidelines again; <b>we</b> talk on Friday."
    assert pause(house.ctx, ADMIN, project, str(ada.id), why).changed

    answer = ada.http.post(f"{house.url}/api/dm/actions?id=next_task&project={project}", json={}, timeout=30)
    assert (answer.status_code, why in answer.json()["detail"]) == (404, True)
    assert ada.next_task() is None
    assert bob.next_task() is not None, "others are served"
    assert house.member("ada", other_project).next_task() is not None, "in other projects too"
    panel = ada.http.get(f"{house.url}/steadyhand/panel?project={project}", timeout=30).json()
    assert panel["paused"] == why
    ada.submit(open_task["id"], fakes.result("left"), 3.0)  # work that was begun is not lost
    assert house.settle(project, 1).judgments == 1

    assert resume(house.ctx, ADMIN, project, str(ada.id)).changed
    assert ada.next_task() is not None
    panel = ada.http.get(f"{house.url}/steadyhand/panel?project={project}", timeout=30).json()
    assert panel["paused"] is None


def test_a_paused_annotator_reads_why_while_the_service_is_down_and_others_have_no_panel(house: House) -> None:
    project = house.project(tasks=8, gold=(), retest_rate=0.0)
    ada, bob = house.member("ada", project), house.member("bob", project)
    pause(house.ctx, ADMIN, project, str(ada.id), "until Friday")
    house.service.stop()
    try:
        assert panel_of(house, ada) == {"hidden": True, "paused": "until Friday", "guide": None, "to_read": None}
        assert bob.http.get(f"{house.url}/steadyhand/panel?project={project}", timeout=30).status_code == 204
        assert ada.next_task() is None
        assert bob.next_task() is not None
    finally:
        house.service.start()
    resume(house.ctx, ADMIN, project, str(ada.id))
    time.sleep(SERVICE_IS_LEFT_ALONE)
    assert panel_of(house, ada)["paused"] is None


def test_who_has_not_read_the_guide_that_is_asked_for_is_served_no_next_task(house: House) -> None:
    project = house.project(tasks=12, gold=(), retest_rate=0.0)
    ada, bob = house.member("ada", project), house.member("bob", project)
    open_task = ada.next_task()
    assert open_task is not None
    publish_guide(house.ctx, ADMIN, project, "Read both.")
    note_read(house.ctx, str(bob.id), project, 1)
    assert publish_guide(house.ctx, ADMIN, project, "Read both.", required=True).lacks == ""

    answer = ada.http.post(f"{house.url}/api/dm/actions?id=next_task&project={project}", json={}, timeout=30)
    assert (answer.status_code, f"/steadyhand/guide/{project}/" in answer.json()["detail"]) == (404, True)
    assert panel_of(house, ada)["to_read"] == 1
    assert bob.next_task() is not None, "who read it before goes on"
    assert panel_of(house, bob)["to_read"] is None
    assert house.member("ada", house.project(tasks=4, gold=(), retest_rate=0.0)).next_task() is not None
    for name in ("reviewer", "admin"):
        account = house.admin if name == "admin" else house.account(name)
        assert Member(house.url, project, account).next_task() is not None, name
    ada.submit(open_task["id"], fakes.result("left"), 3.0)  # work that was begun is not lost
    assert house.settle(project, 1).judgments == 1

    assert say_read(house, "ada", project, "7") == 400, "there is no such version"
    assert ada.next_task() is None
    assert say_read(house, "ada", project, "1") == 303
    assert panel_of(house, ada)["to_read"] is None, "noted by the plugin, which has asked nobody"
    assert ada.next_task() is not None

    publish_guide(house.ctx, ADMIN, project, "Read both, twice.", required=True)
    assert [member.next_task() for member in (ada, bob)] == [None, None]
    note_read(house.ctx, str(bob.id), project, 2)  # by another way than through the plugin
    assert bob.next_task() is not None
    publish_guide(house.ctx, ADMIN, project, "Read both, twice.", required=False)
    assert ada.next_task() is not None


def test_while_the_service_is_down_nobody_is_kept_by_the_guide_and_detaching_lets_everybody_on(house: House) -> None:
    project = house.project(tasks=8, gold=(), retest_rate=0.0)
    ada, bob = house.member("ada", project), house.member("bob", project)
    publish_guide(house.ctx, ADMIN, project, "Read both.", required=True)
    assert ada.next_task() is None
    house.service.stop()
    try:
        assert ada.next_task() is not None
    finally:
        house.service.start()
    time.sleep(SERVICE_IS_LEFT_ALONE)
    assert bob.next_task() is None
    detach(house.ctx, ADMIN, project)
    assert bob.next_task() is not None


def panel_of(house: House, member: Member) -> dict[str, Any]:
    return dict(member.http.get(f"{house.url}/steadyhand/panel?project={member.project}", timeout=30).json())


def say_read(house: House, name: str, project: int, version: str) -> int:
    """Send the form at the guide's end, with another version in it; what it answers."""
    web, page = house.session(house.account(name)), f"{house.url}/steadyhand/guide/{project}/"
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', web.get(page, timeout=30).text))
    assert "version" in fields
    form = {**fields, "version": version}
    from_here = {"Sec-Fetch-Site": "same-origin"}
    answer = web.post(f"{page}read", data=form, headers=from_here, allow_redirects=False, timeout=30)
    return answer.status_code


def test_the_plugins_tables_are_those_of_its_migrations(house: House) -> None:
    python, environment = inside(house)
    manage = (
        "import os, sys, label_studio\n"
        "sys.path.insert(0, os.path.dirname(label_studio.__file__))\n"
        "from django.core.management import execute_from_command_line\n"
        "execute_from_command_line(sys.argv)"
    )
    done = subprocess.run(
        [python, "-c", manage, "makemigrations", "steadyhand", "--check", "--dry-run"],
        env=environment,
        cwd=house.studio.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]


def test_a_skip_is_counted_as_one(house: House) -> None:
    project = house.project(tasks=4, gold=(), retest_rate=0.0)
    ada = house.member("ada", project)
    task = ada.next_task()
    assert task is not None
    skip = {"result": [], "was_cancelled": True}
    assert ada.http.post(f"{house.url}/api/tasks/{task['id']}/annotations/", json=skip, timeout=30).status_code == 201
    house.label(ada, 1)
    house.settle(project, 1)
    process(house.ctx, ADMIN, project, pull="all", wait=60.0)
    assert judgments.activity(house.ctx.store, project)[str(ada.id)].skipped == 1


def test_detaching_ends_a_pause_and_reviewers_and_admins_are_not_paused(house: House) -> None:
    project = house.project(tasks=4, gold=(), retest_rate=0.0)
    ada = house.member("ada", project)
    pause(house.ctx, ADMIN, project, str(ada.id), "until Friday")
    assert ada.next_task() is None
    detach(house.ctx, ADMIN, project)
    assert ada.next_task() is not None
    for name in ("reviewer", "admin"):
        account = house.admin if name == "admin" else house.account(name)
        head = {"Authorization": f"Token {account.token}"}
        user = requests.get(f"{house.url}/api/current-user/whoami", headers=head, timeout=30).json()["id"]
        with pytest.raises(GatewayError, match=f"User {user} is {name} here; only annotators can be paused"):
            house.ctx.gateway.set_pause(project, annotator=str(user), reason="until Friday")


def test_what_is_refused_is_said_clearly_and_kept_in_the_log(house: House, target: Target) -> None:
    web = house.session(house.account("mallory"))
    page = web.get(f"{house.url}/projects/{target.project}/settings/", headers={"Accept": "text/html"}, timeout=30)
    assert page.status_code == 403
    assert "not for your role" in page.text
    assert f'<a href="mailto:{house.admin.email}">' in page.text, "whom to ask"
    assert "ls-global-error" in page.text, "in Label Studio's own looks"
    answer = web.get(f"{house.url}/api/webhooks/", timeout=30)
    assert answer.json()["detail"].startswith("As annotator you can label")
    log = house.studio.log.read_text()
    assert (
        f"refused: user {house.member('mallory', target.project).id} (annotator) GET webhooks.api.WebhookListAPI" in log
    )


def test_nobody_gets_the_log_in_page_and_nothing_else(house: House) -> None:
    assert requests.get(f"{house.url}/user/login/", timeout=30).status_code == 200
    away = requests.get(f"{house.url}/projects/", headers={"Accept": "text/html"}, allow_redirects=False, timeout=30)
    assert (away.status_code, away.headers["Location"]) == (302, "/user/login/")
    assert requests.get(f"{house.url}/api/projects/", timeout=30).status_code == 401
    assert requests.get(f"{house.url}/health", timeout=30).ok
