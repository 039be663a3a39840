"""What only SQLite does, or no database."""

import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from ls_backend.errors import BusyError, SettingsError
from ls_backend.store import engine, tables
from ls_backend.store.engine import Store


def test_a_lease_is_kept_where_the_database_could_not_be_written_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "LEASE_SECONDS", 1.0)
    url = f"sqlite:///{tmp_path / 's'}"
    store, other = Store(url), Store(url)
    sa.event.listen(store.engine, "checkout", lambda connection, *_: connection.execute("PRAGMA busy_timeout=50"))
    with store.lease("a"):
        with other.engine.connect() as writer:
            writer.exec_driver_sql("BEGIN IMMEDIATE")
            time.sleep(1.2)  # longer than the lease
        until_before = _until(other)
        time.sleep(0.6)
        assert _until(other) > until_before
        with pytest.raises(BusyError), other.lease("a"):
            pass
    store.close()
    other.close()


def _until(store: Store) -> float:
    return float(store.rows(sa.select(tables.leases.c.until))[0][0])


def test_a_wrong_url_says_how_to_write_it() -> None:
    with pytest.raises(SettingsError, match="sqlite:///FILE or postgresql"):
        Store("nonsense")
