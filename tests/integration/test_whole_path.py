"""The path of one annotation, through real servers: judged, received, scored, paid, written back."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import requests
import sqlalchemy as sa

from ls_backend.errors import GatewayError
from ls_backend.label_studio.records import NewPrediction
from ls_backend.label_studio.sdk import SdkGateway
from ls_backend.label_studio.tasks import MarginSource
from ls_backend.services.attaching import MonitoringTerms, attach
from ls_backend.services.connections import SECRET_HEADER
from ls_backend.services.detaching import detach
from ls_backend.services.processing import process
from ls_backend.services.queries.judgments import judgments_of
from ls_backend.services.queries.status import status
from ls_backend.services.scoring import rescore
from ls_backend.services.write_back import write_back
from ls_backend.store import projects, scorecards
from ls_backend.store.tables import inbox, judgments, seeds
from tests import fakes
from tests.fakes import ADMIN
from tests.servers import House

pytestmark = pytest.mark.integration


def test_labelling_reaches_the_scorecards_and_seeds_reach_their_annotator(house: House) -> None:
    project = house.project(tasks=30, overlap=2, retest_rate=0.2, gold_rate=0.2)
    people = {name: house.member(name, project) for name in ("ann", "bob")}
    served: dict[str, list[dict[str, Any]]] = {name: [] for name in people}
    with ThreadPoolExecutor(2) as pool:
        for n in range(1, 6):
            both = pool.map(lambda name: (name, house.label(people[name], 5)), people)
            for name, tasks in both:
                served[name] += tasks
            found = house.settle(project, 10 * n)
    assert found.routing == "aimed"
    assert found.guard
    assert found.recovered <= 5, "events tell nearly all; Label Studio drops one that isn't taken within a second"
    for name, member in people.items():
        mine = house.ctx.store.rows(
            sa.select(seeds).where(seeds.c.project == project, seeds.c.annotator == str(member.id))
        )
        assert {s.kind for s in mine} == {"gold", "retest"}
        answered = [s for s in mine if s.state == "answered"]
        assert len(answered) >= 4
        mine_in_order = house.ctx.store.rows(
            sa.select(judgments.c.item)
            .where(judgments.c.project == project, judgments.c.annotator == str(member.id))
            .order_by(judgments.c.at)
        )
        order = [r.item for r in mine_in_order]
        assert len(order) == len(served[name]) == 25
        for s in answered:
            if s.kind == "retest":
                first, again = [n for n, item in enumerate(order) if item == s.item]
                assert again - first - 1 >= 3
        seeded = [t for t, item in zip(served[name], order, strict=True) if item in {s.item for s in mine}]
        plain = [t for t, item in zip(served[name], order, strict=True) if item not in {s.item for s in mine}]
        for task in seeded:  # field by field: nothing but the pair itself differs
            assert list(task) == list(plain[0])
            assert list(task["data"]) == list(plain[0]["data"])
            assert len(str(task["id"])) == len(str(plain[0]["id"]))
            rest = {k: v for k, v in task.items() if k not in ("id", "data")}
            assert rest == {k: v for k, v in plain[0].items() if k not in ("id", "data")}
    lead_times = {r.lead_time for r in house.ctx.store.rows(sa.select(judgments).where(judgments.c.project == project))}
    assert 3.0 not in lead_times, "the guard's own lead times count, not the browser's"

    write_back(house.ctx, ADMIN, project, wait=30)
    board = projects.get(house.ctx.store, project).scorecard_project
    cards = {t.data["annotator"]: t.data for t in house.ctx.gateway.tasks(board)}
    assert set(cards) == {house.ctx.settings.pseudonym(str(m.id)) for m in people.values()}
    assert all("@" not in str(c) and "ann" not in c["standing"] for c in cards.values())
    predictions = house.ctx.gateway.predictions(project=project)
    assert predictions
    assert {p.model_version for p in predictions} == {"steadyhand"}


def test_predictions_of_another_model_say_which_pairs_are_decided_and_no_annotator_reads_them(house: House) -> None:
    project = house.plain_project(tasks=60)
    ids = sorted(task.id for task in house.ctx.gateway.tasks(project))
    preferred = fakes.result("left")
    scores = {task: 0.99 if n % 5 == 0 else 0.5 + n / 1000 for n, task in enumerate(ids)}
    house.ctx.gateway.import_predictions(project, [NewPrediction(t, preferred, s, "rm-1") for t, s in scores.items()])
    terms = MonitoringTerms(
        contract=fakes.CONTRACT, retest_rate=0.2, gold_rate=0.0, min_lag=3, margin_source=MarginSource(model="rm-1")
    )
    report = attach(house.ctx, ADMIN, project, terms)
    assert any("by the margin of 60 of 60 tasks" in note for note in report.notes)
    served = house.label(house.member("reader", project), 40, pace=5)
    house.settle(project, 40)
    assert not any(task.get("predictions") for task in served)
    assert "rm-1" not in str(served)
    assert not any("0.99" in str(task) for task in served)
    judged = judgments_of(house.ctx, project)
    assert not np.isnan(judged.margin).any()
    repeated = house.ctx.store.rows(sa.select(seeds.c.item).where(seeds.c.project == project))
    margin = dict(zip((judged.items[i] for i in judged.item), judged.margin.tolist(), strict=True))
    assert len(repeated) >= 6
    assert sum(margin[row.item] > 0.9 for row in repeated) >= 0.5 * len(repeated)


def test_a_service_that_was_away_loses_nothing(house: House) -> None:
    project = house.project(tasks=20, retest_rate=0.1, gold_rate=0.1)
    member = house.member("cem", project)
    house.label(member, 4)
    house.settle(project, 4)
    house.service.stop()
    house.label(member, 6)
    house.service.start()
    found = house.settle(project, 10)
    assert found.recovered >= 6
    in_studio = sum(len(t.annotations) for t in house.ctx.gateway.tasks(project))
    assert in_studio == found.judgments == 10


def test_events_carry_the_secret_and_what_does_not_is_refused(house: House) -> None:
    project = house.project(tasks=6)
    house.label(house.member("dan", project), 1)
    house.settle(project, 1)
    (row,) = house.ctx.store.rows(sa.select(inbox).where(inbox.c.project == project))
    url = f"{house.service.url}/webhook"
    forged = requests.post(url, data=row.body, headers={"Content-Type": "application/json"}, timeout=5)
    assert forged.status_code == 403
    header = {SECRET_HEADER: house.ctx.settings.webhook_secret(project), "Content-Type": "application/json"}
    again = requests.post(url, data=row.body, headers=header, timeout=5)
    assert again.json() == {"stored": False}
    assert requests.post(url, data=b"{", headers=header, timeout=5).status_code == 400


def test_corrections_skips_and_deletions_arrive(house: House) -> None:
    project = house.project(tasks=12, gold=(), retest_rate=0.0)
    member = house.member("eva", project)
    house.label(member, 3)
    house.settle(project, 3)
    rows = house.ctx.store.rows(sa.select(judgments).where(judgments.c.project == project).order_by(judgments.c.at))
    time.sleep(1.2)
    answer = member.http.patch(
        f"{house.url}/api/annotations/{rows[0].id}/", json={"result": fakes.result("right")}, timeout=30
    )
    assert answer.ok
    task = member.next_task()
    assert task is not None
    skip = member.http.post(
        f"{house.url}/api/tasks/{task['id']}/annotations?project={project}&was_cancelled=1",
        json={"result": []},
        timeout=30,
    )
    assert skip.status_code == 201
    admin = {"Authorization": f"Token {house.admin.token}"}
    assert requests.delete(f"{house.url}/api/annotations/{rows[1].id}/", headers=admin, timeout=30).ok
    for _ in range(200):
        after = {r.id: r for r in house.ctx.store.rows(sa.select(judgments).where(judgments.c.project == project))}
        if len(after) == 4 and after[rows[1].id].deleted_at and after[rows[0].id].latest_updated > rows[0].updated:
            break
        time.sleep(0.5)
    assert after[rows[0].id].preference == rows[0].preference, "the first answer counts"
    assert after[rows[0].id].latest == -rows[0].preference
    assert after[rows[1].id].deleted_at
    assert sum(r.preference is None for r in after.values()) == 1


def test_the_ml_backend_is_connected_and_answers_label_studio(house: House) -> None:
    project = house.project(tasks=6, gold=(), retest_rate=0.0)
    admin = {"Authorization": f"Token {house.admin.token}"}
    (backend,) = requests.get(f"{house.url}/api/ml?project={project}", headers=admin, timeout=30).json()
    assert backend["state"] == "CO"
    house.label(house.member("fay", project), 2)
    house.settle(project, 2)
    asked = requests.post(
        f"{house.url}/api/ml/{backend['id']}/predict/test?random=true", headers=admin, json={}, timeout=60
    )
    assert asked.ok, asked.text
    trained = requests.post(f"{house.url}/api/ml/{backend['id']}/train", headers=admin, json={}, timeout=60)
    assert trained.ok, trained.text


def test_detaching_leaves_the_project_as_it_was_found(house: House) -> None:
    project = house.plain_project(tasks=10)
    gateway = house.ctx.gateway
    admin = {"Authorization": f"Token {house.admin.token}"}

    def read(path: str) -> Any:
        return requests.get(house.url + path, headers=admin, timeout=30).json()

    def found() -> Any:
        tasks = {t.id: (t.data, t.overlap) for t in gateway.tasks(project)}
        row, webhooks = read(f"/api/projects/{project}/"), read(f"/api/webhooks/?project={project}")
        kept = {k: row[k] for k in ("label_config", "show_collab_predictions", "maximum_annotations", "sampling")}
        return tasks, kept, webhooks

    before = found()
    terms = MonitoringTerms(
        contract=fakes.CONTRACT, gold=fakes.gold_pairs(4), gold_rate=0.4, min_lag=2, slice_field="slice"
    )
    attach(house.ctx, ADMIN, project, terms)
    member = house.member("gus", project)
    assert len(house.label(member, 6, pace=1)) == 6
    assert len(list(gateway.tasks(project))) > 10
    write_back(house.ctx, ADMIN, project, wait=30)
    detach(house.ctx, ADMIN, project)
    assert found() == before
    assert gateway.predictions(project=project) == []


def test_without_the_plugin_a_panel_answers_everything(bare: House) -> None:
    project = bare.project(tasks=12, retest_rate=0.2, annotators=2)
    found = status(bare.ctx, project)[0]
    assert (found.routing, found.plugin, found.guard) == ("everyone", False, False)
    assert "guard is off" in str(found.attention)
    people = [bare.member(name, project) for name in ("ann", "bob")]
    for n in range(24):
        for member in people:
            bare.label(member, 1)
        if n % 4 == 3:
            process(bare.ctx, ADMIN, project, pull="recent", wait=30)
    retests = bare.ctx.store.rows(sa.select(seeds).where(seeds.c.project == project, seeds.c.kind == "retest"))
    assert {s.state for s in retests} == {"placed"}
    rescore(bare.ctx, ADMIN, project)
    cards = {card.annotator: card for card in scorecards.of_project(bare.ctx.store, project)}
    assert {cards[str(m.id)].self_consistency.n for m in people} == {len(retests)}


def test_personal_access_tokens_work_too(house: House) -> None:
    web = house.session(house.admin)
    refresh = web.post(
        f"{house.url}/api/token/", headers={"X-CSRFToken": web.cookies.get("csrftoken", "")}, timeout=30
    ).json()["token"]
    gateway = SdkGateway(house.url, refresh)
    assert gateway.whoami().email == house.admin.email
    gateway.close()


@pytest.mark.parametrize(
    ("url", "key", "said"),
    [
        (None, "f" * 40, "does not accept the token"),
        ("http://127.0.0.1:9", None, "can't be reached"),
        (None, None, "has no such thing"),
    ],
)
def test_failures_say_what_to_do(house: House, url: str | None, key: str | None, said: str) -> None:
    gateway = SdkGateway(url or house.url, key or house.admin.token)
    with pytest.raises(GatewayError, match=said):
        gateway.project(99_999)
    gateway.close()
