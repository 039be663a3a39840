"""Processes are killed while events come: each acknowledged event is applied once, and scored. The same with more events and kills is in
tests/bench."""

from pathlib import Path

import pytest

from tests.crashes import killed_on_postgresql, killed_on_sqlite

pytestmark = pytest.mark.integration
EVENTS, KILLS = 300, 5


def test_killed_on_sqlite(tmp_path: Path) -> None:
    killed_on_sqlite(tmp_path, count=EVENTS, kills=KILLS)


def test_killed_on_postgresql_with_two_receivers_and_two_workers(
    postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    killed_on_postgresql(postgres_url, redis_url, tmp_path, count=EVENTS, kills=KILLS)
