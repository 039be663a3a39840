"""A copy of the database, by the database's own means, while everything goes on."""

import os
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from ls_backend.errors import InputError, SteadyhandError
from ls_backend.services.context import Context

PAGES_AT_ONCE = 4096  # so that nobody waits long for the database


@dataclass(frozen=True, slots=True)
class Backup:
    """Where a copy was written, its size in bytes, and how it is brought back."""

    file: str
    size: int
    restore: str


def back_up(ctx: Context, file: Path) -> Backup:
    """Copy the database as it is at one moment into a new file.

    Raises:
        InputError: the file exists, or can't be written. SteadyhandError: PostgreSQL's `pg_dump` is missing or failed.
    """
    if file.exists():
        raise InputError(f"{file} exists; give another name, so that no earlier backup is lost")
    if not file.parent.is_dir():
        raise InputError(f"{file.parent} is no folder; make it first")
    url, partial = ctx.store.engine.url, file.with_name(file.name + ".partial")
    partial.unlink(missing_ok=True)
    try:
        restore = _copy_sqlite(url, partial, file) if url.get_backend_name() == "sqlite" else _dump(url, partial, file)
        partial.rename(file)
    finally:
        partial.unlink(missing_ok=True)
    return Backup(str(file), file.stat().st_size, restore)


def _copy_sqlite(url: sa.URL, partial: Path, file: Path) -> str:
    source, target = sqlite3.connect(str(url.database)), sqlite3.connect(partial)
    try:
        source.backup(target, pages=PAGES_AT_ONCE)
        target.execute("PRAGMA journal_mode=DELETE")  # one file alone
        (found,) = target.execute("PRAGMA quick_check").fetchone()
    except sqlite3.Error as error:
        raise InputError(f"the backup can't be written ({error}); is there room beside {file}?") from error
    finally:
        target.close()
        source.close()
    if found != "ok":
        raise SteadyhandError(f"the copy is damaged ({found}), and so may the database be; restore an earlier backup")
    return f"stop the service, remove {url.database}-wal and {url.database}-shm, and copy {file} to {url.database}"


def _dump(url: sa.URL, partial: Path, file: Path) -> str:
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    try:
        subprocess.run(
            ["pg_dump", "--format=custom", f"--file={partial}", f"--dbname={plain}"],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, **secret},
        )
    except FileNotFoundError as error:
        raise SteadyhandError("pg_dump is not there; install PostgreSQL's client programs") from error
    except subprocess.CalledProcessError as error:
        raise SteadyhandError(f"pg_dump failed: {error.stderr.strip()}") from error
    return f"stop the service, and run pg_restore --clean --if-exists --no-owner --dbname={plain} {file}"
