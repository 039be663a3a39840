"""Everything an annotator can read while labelling, collected to tell seeds from ordinary tasks."""

import json
import time
from typing import Any

import numpy as np
import requests
import sqlalchemy as sa
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from ls_backend.formats.pairs import read_gold
from ls_backend.label_studio.tasks import MarginSource
from ls_backend.services.attaching import MonitoringTerms, attach
from ls_backend.services.guides import publish_guide
from ls_backend.services.processing import process
from ls_backend.store.tables import judgments, seeds
from tests import fakes
from tests.fakes import ADMIN
from tests.servers import House

UNCLEAR_EVERY = 10  # tasks, of which one is called unclear before it is answered


def watch(
    house: House, *, tasks: int, labels: int, annotators: int, pause: float, overlap: int
) -> list[dict[str, Any]]:
    """Label in a project with 15 % seeds, most retests of pairs with a great margin; one record of all that could be seen for each
    task that was served."""
    rng = np.random.default_rng(7)

    def text(kind: str, n: int) -> str:
        return f"{kind} {n:04} " + "word " * int(rng.integers(3, 40))

    def pair(n: int) -> dict[str, Any]:
        sides = [text("answer", n), text("reply", n)]
        rng.shuffle(sides)  # as preference data should come: who wrote what says nothing about where it stands
        margin = round(float(rng.normal()), 3)
        return {"prompt": text("question", n), "response_a": sides[0], "response_b": sides[1], "margin": margin}

    project = house.plain_project(tasks=0, overlap=overlap)
    house.ctx.gateway.import_tasks(project, [pair(n) for n in range(tasks)])
    gold = "\n".join(json.dumps({**pair(n), "gold": "ab"[n % 2]}) for n in range(tasks, tasks + labels // 10 + 20))
    terms = MonitoringTerms(
        contract=fakes.CONTRACT,
        gold=read_gold(gold, source="gold"),
        retest_rate=0.075,
        gold_rate=0.075,
        min_lag=10,
        margin_source=MarginSource(("margin",)),
    )
    attach(house.ctx, ADMIN, project, terms)
    publish_guide(house.ctx, ADMIN, project, "# How to judge\n\nThe better answer is shorter.")
    records: list[dict[str, Any]] = []
    people = [house.member(f"watcher{n}", project) for n in range(annotators)]
    browsers = [house.session(house.account(f"watcher{n}")) for n in range(annotators)]
    for n in range(labels):
        answered = len(records)
        for member, browser in zip(people, browsers, strict=True):
            started = time.perf_counter()
            answer = member.http.post(
                f"{house.url}/api/dm/actions?id=next_task&project={project}", json={"project": str(project)}, timeout=60
            )
            found = time.perf_counter()
            if answer.status_code == 404:
                continue
            task = answer.json()
            unclear = call_unclear(house, browser, task["id"]) if n % UNCLEAR_EVERY == 0 else None
            mark = time.perf_counter()
            sent = member.http.post(
                f"{house.url}/api/tasks/{task['id']}/annotations/",
                json={"result": fakes.result("left" if rng.random() < 0.5 else "right")},
                timeout=60,
            )
            done = time.perf_counter()
            records.append(
                {
                    "annotator": str(member.id),
                    "n": n,
                    "annotation": sent.json()["id"],
                    "task": task,
                    "headers": {k: len(v) for k, v in answer.headers.items()},
                    "keys": [list(task), list(task["data"]), list(sent.json())],
                    "size": len(answer.content),
                    "sent_size": len(sent.content),
                    "served_in": found - started,
                    "submitted_in": done - mark,
                    "unclear": unclear,
                    "browser": browsers.index(browser),
                }
            )
        time.sleep(pause)  # until the service has heard of these answers
        for record in records[answered:]:
            record["read"] = read_all(house, browsers[record["browser"]], project)
    time.sleep(3)
    process(house.ctx, ADMIN, project, pull="recent", wait=60)
    seeded = sa.select(seeds.c.task).where(seeds.c.project == project)
    known = {
        r.id
        for r in house.ctx.store.rows(
            sa.select(judgments.c.id).where(judgments.c.project == project, judgments.c.task.in_(seeded))
        )
    }
    for record in records:
        record["seed"] = str(record["annotation"]) in known
    return records


def call_unclear(house: House, browser: requests.Session, task: int) -> dict[str, float]:
    """Say that a task is unclear: what comes back, and how quickly."""
    started = time.perf_counter()
    said = browser.post(
        f"{house.url}/steadyhand/unclear",
        json={"task": task, "reason": "both_bad", "text": ""},
        headers={"Sec-Fetch-Site": "same-origin"},
        timeout=60,
    )
    return {"status": said.status_code, "size": len(said.content), "took": time.perf_counter() - started}


def read_all(house: House, browser: requests.Session, project: int) -> dict[str, float]:
    """Every number that the panel, the own page, its file, the guide and Label Studio's list of projects show, by its place."""

    def read(path: str) -> requests.Response:
        return browser.get(house.url + path, timeout=60)

    numbers: dict[str, float] = {}
    panel = read(f"/steadyhand/panel?project={project}")
    _collect(numbers, "panel", panel.json() if panel.status_code == 200 else {})
    own = read("/steadyhand/me/data.json").json()
    for mine in own["projects"]:
        answers = mine.pop("answers")
        mine.update(answers=len(answers), last=answers[-1] if answers else {})
        if mine["project"] == project:
            _collect(numbers, "data", mine)
    tables = read(f"/steadyhand/me.json?project={project}")
    _collect(numbers, "me", tables.json()["tables"] if tables.status_code == 200 else {})
    _collect(numbers, "projects", read(f"/api/projects/{project}/").json())
    for path in (f"/steadyhand/me/?project={project}", f"/steadyhand/guide/{project}/"):
        numbers[path] = float(len(read(path).content))
    return numbers


def _collect(numbers: dict[str, float], place: str, value: Any) -> None:
    """Numbers as they are, texts by their length."""
    if isinstance(value, dict):
        for key, part in value.items():
            _collect(numbers, f"{place}.{key}", part)
    elif isinstance(value, list):
        numbers[f"{place}.length"] = float(len(value))
        for n, part in enumerate(value[:8]):
            _collect(numbers, f"{place}.{n}", part)
    elif value is not None:
        numbers[place] = float(value) if isinstance(value, int | float) else float(len(str(value)))


def changes(records: list[dict[str, Any]]) -> NDArray[np.float64]:
    """A row per task: how each number that could be read afterwards differs from before, whether any figure but counts of answers does,
    and what calling it unclear gave. A number that is the same throughout has no column."""
    places = sorted({place for r in records for place in r["read"]})
    last: dict[str, dict[str, float]] = {}
    rows = []
    for r in records:
        before = last.get(r["annotator"], r["read"])
        unclear = r["unclear"] or {}
        differences = [r["read"].get(place, np.nan) - before.get(place, np.nan) for place in places]
        rows.append([*differences, *(unclear.get(key, np.nan) for key in ("status", "size", "took"))])
        last[r["annotator"]] = r["read"]
    table = np.array(rows, dtype=np.float64)
    varies = [np.unique(column[~np.isnan(column)]).size > 1 for column in table.T]
    return table[:, varies]


def features(records: list[dict[str, Any]]) -> NDArray[np.float64]:
    """A row per task: ids, sizes, times, order, and the same of the task before and after it."""
    last: dict[str, dict[str, Any]] = {}
    rows = []
    for r in records:
        before = last.get(r["annotator"], r)
        data = r["task"]["data"]
        texts = [len(str(v)) for v in data.values()]
        rows.append(
            [
                r["task"]["id"],
                r["task"]["id"] % 2,
                r["task"]["id"] % 1000,
                r["task"]["id"] - before["task"]["id"],
                r["annotation"] - before["annotation"],
                r["n"],
                r["n"] % 10,
                r["size"] - sum(texts),
                r["sent_size"],
                sum(r["headers"].values()),
                *texts,
                float(data["response_a"] < data["response_b"]),
                r["served_in"],
                r["submitted_in"],
                before["served_in"],
                before["submitted_in"],
            ]
        )
        last[r["annotator"]] = r
    return np.array(rows, dtype=np.float64)


def pairs(records: list[dict[str, Any]]) -> NDArray[np.int64]:
    """Which pair each record shows, whichever side stood left: what is shown twice may be noticed, and by that alone."""
    keys = [tuple(sorted(map(str, r["task"]["data"].values()))) for r in records]
    number = {key: n for n, key in enumerate(dict.fromkeys(keys))}
    return np.array([number[key] for key in keys])


def auc(x: NDArray[np.float64], y: NDArray[np.bool_], shown: NDArray[np.int64], *, seed: int = 0) -> float:
    """Cross-validated AUC of gradient boosting; showings of one pair are never on both sides of a fold, or the classifier
    would know gold items by heart from other annotators' records."""
    model = HistGradientBoostingClassifier(random_state=seed, max_depth=3, learning_rate=0.05, max_iter=150)
    folds = StratifiedGroupKFold(10, shuffle=True, random_state=seed)
    chance = cross_val_predict(model, x, y, groups=shown, cv=folds, method="predict_proba")[:, 1]
    return float(roc_auc_score(y, chance))
