"""The ML backend under label-studio-ml's own server, and both signatures of fit()."""

from pathlib import Path
from typing import Any

import pytest

from ls_backend.ml_backend import ConsensusBackend
from ls_backend.services.context import Context
from ls_backend.store.tables import judgments
from tests import fakes


@pytest.fixture
def project(ctx: Context) -> int:
    return fakes.attach(ctx, gold=2, annotators=2)


def event(ctx: Context, project: int) -> dict[str, Any]:
    gate = fakes.gateway(ctx)
    return gate.annotate(next(t.id for t in gate.tasks(project) if not t.is_labeled), 7, "left")


def test_fit_is_the_same_way_in_under_both_versions(ctx: Context, project: int) -> None:
    backend = ConsensusBackend(service_context=ctx)
    first, second = event(ctx, project), event(ctx, project)
    old = backend.fit((), workdir="w", event=first.pop("action"), data=first, job_id="1")  # 1.0.9
    new = backend.fit(second.pop("action"), second, additional="x")  # 2.x
    assert old["applied"] == new["applied"] == 1
    assert ctx.store.count(judgments) == 2
    assert backend.fit(()) == {"applied": 0}


def test_fit_counts_annotations_and_neither_interference_nor_seeds(plugged: Context) -> None:
    project = fakes.attach(plugged, tasks=8, gold=4, gold_rate=0.4, retest_rate=0.4)
    gateway, backend = fakes.gateway(plugged), ConsensusBackend(service_context=plugged)
    for task in list(gateway.tasks(project)):
        body = gateway.annotate(task.id, 7, "left", by=7 if task.id % 2 else 9)
        assert backend.fit(body.pop("action"), body) == {"applied": 1}
        plugged.clock.tick(10)  # type: ignore[attr-defined]
    assert gateway.reserved, "seeds were placed meanwhile"


def test_predict_takes_both_signatures(ctx: Context, project: int) -> None:
    backend = ConsensusBackend(service_context=ctx)
    task = fakes.gateway(ctx).task_json(next(iter(fakes.gateway(ctx).tasks(project))).id)
    assert backend.predict([task]) == backend.predict([task], None, login="x") == backend.predict([task], context={})


@pytest.mark.filterwarnings("ignore")
def test_it_runs_under_label_studio_mls_own_server(ctx: Context, project: int, tmp_path: Path) -> None:
    from label_studio_ml.api import init_app

    app = init_app(ConsensusBackend, model_dir=str(tmp_path), service_context=ctx)
    client = app.test_client()
    body = event(ctx, project)
    ConsensusBackend(service_context=ctx).fit(body["action"], {k: v for k, v in body.items() if k != "action"})
    config = fakes.gateway(ctx).project(project).label_config
    setup = client.post("/setup", json={"project": f"{project}.1", "schema": config, "access_token": "secret"})
    assert setup.status_code == 200, setup.text
    task = fakes.gateway(ctx).task_json(body["task"]["id"])
    asked = client.post("/predict", json={"tasks": [task], "project": f"{project}.1", "label_config": config})
    assert asked.status_code == 200, asked.text
    assert asked.json is not None
    assert asked.json["results"][0]["result"][0]["value"] == {"choices": ["left"]}
