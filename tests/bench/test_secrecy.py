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
        records = secrecy.watch(house, tasks=1400, labels=1000, annotators=2, pause=0.1, overlap=2)
    finally:
        tear_down(house)
    (tmp_path / "records.json").write_text(json.dumps(records))
    x, y = secrecy.features(records), np.array([r["seed"] for r in records])
    print(
        f"\nSecrecy: {len(records)} tasks, {y.mean():.1%} seeds, AUC {secrecy.auc(x, y, secrecy.pairs(records)):.3f} (10-fold)"
    )
