"""How far a project is: what its tasks still ask for, and which checks wait for their answers."""

from dataclasses import dataclass

from ls_backend.services.context import Context
from ls_backend.store import seeds, sums, tasks
from ls_backend.store.records import SeedState

ANSWERED = (SeedState.ANSWERED, SeedState.MISROUTED)
PENDING = (SeedState.PLANNED, SeedState.HIDDEN, SeedState.PLACED)


@dataclass(frozen=True, slots=True)
class Ahead:
    """``answers`` that ordinary tasks still ask for, as far as we have heard of them, and ``checks`` that nobody has answered yet."""

    answers: int
    checks: int

    def __bool__(self) -> bool:
        return bool(self.answers or self.checks)


def ahead_in(ctx: Context, project: int) -> Ahead:
    """What is still to be answered in a project."""
    by_state = seeds.counts(ctx.store, project)
    spent = sum(n for (_, state), n in by_state.items() if state in ANSWERED)
    pending = sum(n for (_, state), n in by_state.items() if state in PENDING)
    ordinary = sums.tally(ctx.store, project).counting - spent
    return Ahead(max(0, tasks.asked(ctx.store, project) - ordinary), pending)
