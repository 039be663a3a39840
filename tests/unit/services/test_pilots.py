"""Pilots in a live project: what reading one costs."""

import pytest

from ls_backend.errors import InputError
from ls_backend.services.context import Context
from ls_backend.services.pilots import PilotTerms, look_at_pilot, peek_at_pilot, start_pilot
from ls_backend.services.processing import process
from ls_backend.store import pilots
from tests import fakes
from tests.fakes import ADMIN


@pytest.fixture
def project(ctx: Context) -> int:
    """A project in which 12 annotators worked before a pilot and in it; the even ones always choose the left side."""
    number = fakes.attach(ctx, tasks=8, gold=4, routing="everyone", annotators=2)
    _work(ctx, number)
    start_pilot(ctx, ADMIN, number, PilotTerms("p", fakes.CONTRACT, fakes.CONTRACT.replace("test-1", "b-1")))
    ctx.clock.now += 86400  # type: ignore[attr-defined]
    fakes.gateway(ctx).import_tasks(number, [fakes.pair(500 + n) for n in range(4)])
    _work(ctx, number)
    return number


def _work(ctx: Context, project: int) -> None:
    gateway = fakes.gateway(ctx)
    for annotator in range(2, 14):
        for n, task in enumerate(list(gateway.tasks(project))):
            ctx.clock.now += 60  # type: ignore[attr-defined]
            side = "left" if annotator % 2 == 0 or n % 2 else "right"
            fakes.deliver(ctx, gateway.annotate(task.id, annotator, side))
    process(ctx, ADMIN, project)


def test_a_peek_has_the_means_of_a_look_but_counts_none_and_decides_nothing(ctx: Context, project: int) -> None:
    peeks = [peek_at_pilot(ctx, project) for _ in range(3)]
    assert peeks[0] == peeks[2]
    pilot = pilots.running(ctx.store, project)
    assert pilot is not None
    assert pilot.looks == 0
    look = look_at_pilot(ctx, ADMIN, project)
    assert (look.look, peeks[0].look, peeks[0].level) == (1, None, None)
    for peeked, looked in ((peeks[0].quality, look.quality), (peeks[0].review_load, look.review_load)):
        assert (peeked.A, peeked.B, peeked.annotators) == (looked.A, looked.B, looked.annotators)
        assert (peeked.effect, peeked.low, peeked.high, peeked.decided) == (None, None, None, False)
    assert look.quality.annotators == 12
    assert look.quality.low is not None
    peek_at_pilot(ctx, project)
    assert look_at_pilot(ctx, ADMIN, project).look == 2


def test_a_pilot_that_is_not_there_cannot_be_peeked_at(ctx: Context, project: int) -> None:
    with pytest.raises(InputError, match="no pilot 'q'"):
        peek_at_pilot(ctx, project, "q")
