"""No input brings a 5xx or a traceback, and nothing is stored of what is refused. With FUZZ_EXAMPLES=25000 it is the bench of 50,000."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from huey import MemoryHuey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hooks.app import create_app
from ls_backend.services.context import Context
from ls_backend.services.processing import process
from tests import fakes
from tests.fakes import ADMIN
from tests.fuzzing import BODIES, METHODS, QUERY, ROUTES, Json, ask, deliver, is_settled, mutated, originals

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", 150))
often = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None, print_blob=True
)


@dataclass(frozen=True)
class Lived:
    """A service over a store of its own, and real events."""

    ctx: Context
    project: int
    client: FlaskClient
    originals: list[Json]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    folder: Path = tmp_path_factory.mktemp("fuzz")
    ctx = fakes.context(database=f"sqlite:///{folder / 'store.sqlite3'}")
    made = fakes.attach(ctx, gold=2, annotators=2, retest_rate=0.0)
    client = create_app(ctx.settings, ctx=ctx, queue=MemoryHuey()).test_client()
    yield Lived(ctx, made, client, originals(ctx, made))
    ctx.store.close()
    shutil.rmtree(folder)


@often
@given(data=st.data())
def test_mutated_events(lived: Lived, data: st.DataObject) -> None:
    deliver(lived.client, lived.ctx, lived.project, data.draw(mutated(lived.originals)))


def test_whatever_was_stored_is_applied_or_kept_aside(lived: Lived) -> None:
    process(lived.ctx, ADMIN, lived.project)
    assert is_settled(lived.ctx, lived.project)


@often
@given(METHODS, ROUTES, QUERY, BODIES, st.sampled_from(["nobody", "plugin", "webhook", "ml"]))
def test_any_request_to_any_route(
    lived: Lived, method: str, path: str, query: dict[str, str], body: bytes, who: str
) -> None:
    ask(lived.client, lived.ctx, method, path, query, body, who)
