"""The ML backend under label-studio-ml's own server, and both signatures of fit()."""

from pathlib import Path
from typing import Any

import pytest

from ls_backend.ml_backend import SteadyhandModel
from ls_backend.services import Context
from ls_backend.store.tables import judgments
from tests import fakes


@pytest.fixture
def made(ctx: Context) -> int:
    return fakes.attach(ctx, gold=2, annotators=2)


def event(ctx: Context, made: int) -> dict[str, Any]:
    gate = fakes.gateway(ctx)
    return gate.annotate(next(t.id for t in gate.tasks(made) if not t.is_labeled), 7, "left")


def test_fit_is_the_same_way_in_under_both_versions(ctx: Context, made: int) -> None:
    model = SteadyhandModel(service_context=ctx)
    one, two = event(ctx, made), event(ctx, made)
    old = model.fit((), workdir="w", event=one.pop("action"), data=one, job_id="1")  # 1.0.9
    new = model.fit(two.pop("action"), two, additional="x")  # 2.x
    assert old["applied"] >= 1
    assert new["applied"] >= 1
    assert ctx.store.count(judgments) == 2
    assert model.fit(()) == {"applied": 0}


def test_predict_takes_both_signatures(ctx: Context, made: int) -> None:
    model = SteadyhandModel(service_context=ctx)
    task = fakes.gateway(ctx).task_json(next(iter(fakes.gateway(ctx).tasks(made))).id)
    assert model.predict([task]) == model.predict([task], None, login="x") == model.predict([task], context={})


@pytest.mark.filterwarnings("ignore")
def test_it_runs_under_label_studio_mls_own_server(ctx: Context, made: int, tmp_path: Path) -> None:
    from label_studio_ml.api import init_app

    app = init_app(SteadyhandModel, model_dir=str(tmp_path), service_context=ctx)
    client = app.test_client()
    found = event(ctx, made)
    SteadyhandModel(service_context=ctx).fit(found["action"], {k: v for k, v in found.items() if k != "action"})
    config = fakes.gateway(ctx).project(made).label_config
    setup = client.post("/setup", json={"project": f"{made}.1", "schema": config, "access_token": "secret"})
    assert setup.status_code == 200, setup.text
    task = fakes.gateway(ctx).task_json(found["task"]["id"])
    asked = client.post("/predict", json={"tasks": [task], "project": f"{made}.1", "label_config": config})
    assert asked.status_code == 200, asked.text
    assert asked.json is not None
    assert asked.json["results"][0]["result"][0]["value"] == {"choices": ["left"]}
