"""The crash test at length: 20,000 events (or as many as CRASH_EVENTS says) and 35 kills (CRASH_KILLS) while they come. Figures are printed;
what must hold is asserted."""

import os
from pathlib import Path

import pytest

from tests.crashes import killed_on_postgresql, killed_on_sqlite

pytestmark = pytest.mark.bench
EVENTS = int(os.environ.get("CRASH_EVENTS", 20_000))
KILLS = int(os.environ.get("CRASH_KILLS", 35))


def test_killed_on_sqlite(tmp_path: Path) -> None:
    killed_on_sqlite(tmp_path, count=EVENTS, kills=KILLS)


def test_killed_on_postgresql_with_two_receivers_and_two_workers(
    postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    killed_on_postgresql(postgres_url, redis_url, tmp_path, count=EVENTS, kills=KILLS)
