"""Everything an annotator can read while labelling, collected to tell seeds from ordinary tasks."""

import json
import time
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from ls_backend.formats.pairs import read_gold
from ls_backend.services.attaching import MonitoringTerms, attach
from ls_backend.services.processing import process
from ls_backend.store.tables import judgments, seeds
from tests import fakes
from tests.fakes import ADMIN
from tests.servers import House


def watch(
    house: House, *, tasks: int, labels: int, annotators: int, pause: float, overlap: int
) -> list[dict[str, Any]]:
    """Label in a project with 15 % seeds; one record of all that could be seen for each task that was served."""
    rng = np.random.default_rng(7)

    def text(kind: str, n: int) -> str:
        return f"{kind} {n:04} " + "word " * int(rng.integers(3, 40))

    def pair(n: int) -> dict[str, str]:
        sides = [text("answer", n), text("reply", n)]
        rng.shuffle(sides)  # as preference data should come: who wrote what says nothing about where it stands
        return {"prompt": text("question", n), "response_a": sides[0], "response_b": sides[1]}

    project = house.plain_project(tasks=0, overlap=overlap)
    house.ctx.gateway.import_tasks(project, [pair(n) for n in range(tasks)])
    gold = "\n".join(json.dumps({**pair(n), "gold": "ab"[n % 2]}) for n in range(tasks, tasks + labels // 10 + 20))
    terms = MonitoringTerms(
        contract=fakes.CONTRACT,
        gold=read_gold(gold, source="gold"),
        retest_rate=0.075,
        gold_rate=0.075,
        min_lag=10,
    )
    attach(house.ctx, ADMIN, project, terms)
    records: list[dict[str, Any]] = []
    people = [house.member(f"watcher{n}", project) for n in range(annotators)]
    for n in range(labels):
        for member in people:
            started = time.perf_counter()
            answer = member.http.post(
                f"{house.url}/api/dm/actions?id=next_task&project={project}", json={"project": str(project)}, timeout=60
            )
            found = time.perf_counter()
            if answer.status_code == 404:
                continue
            task = answer.json()
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
                }
            )
            time.sleep(pause)
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
