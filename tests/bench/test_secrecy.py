"""Can a classifier tell seeds from ordinary tasks by anything an annotator can read? 0.5 is no better than chance."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests import secrecy
from tests.servers import build, tear_down

pytestmark = pytest.mark.bench


def test_seeds_beside_ordinary_tasks(tmp_path: Path) -> None:
    house = build(tmp_path, plugin=True)
    try:
        records = secrecy.watch(house, tasks=500, labels=300, annotators=3, pause=1.3, overlap=3)
    finally:
        tear_down(house)
    assert not any("margin" in r["task"]["data"] for r in records)
    (tmp_path / "records.json").write_text(json.dumps(records))
    y, shown = np.array([r["seed"] for r in records]), secrecy.pairs(records)
    while_labelling, afterwards = secrecy.features(records), secrecy.changes(records)
    print(f"\nSecrecy: {len(records)} tasks, {y.mean():.1%} seeds, AUC (10-fold)")
    for what, x in (
        ("what a task shows and how it comes", while_labelling),
        ("how panel, own page, its file, guide and projects change", afterwards),
        ("both", np.hstack([while_labelling, afterwards])),
    ):
        print(f"  {what}: {secrecy.auc(x, y, shown):.3f}, {x.shape[1]} features")
