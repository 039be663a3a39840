"""How much is checked: the rates of retests and gold, changed while a project goes on."""

from ls_backend.errors import InputError
from ls_backend.programme.seed_schedule import Routing, SeedPolicy
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.store import audit, projects


def change_rates(
    ctx: Context, actor: Actor, project: int, *, retest_rate: float, gold_rate: float, min_lag: int
) -> None:
    """Check another share of the judgments from now on. What is planned or placed already stays.

    Raises:
        InputError: a rate is no share, or the rates leave no ordinary work. NotAttachedError: we do not monitor it.
    """
    record = projects.get(ctx.store, project)
    SeedPolicy(retest_rate, gold_rate, min_lag, record.salt)  # refuses impossible rates
    if record.routing is Routing.AIMED and retest_rate + gold_rate >= 1:
        raise InputError("retest_rate and gold_rate come to 1, which leaves no ordinary work; lower one of them")
    before = {"retest_rate": record.retest_rate, "gold_rate": record.gold_rate, "min_lag": record.min_lag}
    after = {"retest_rate": retest_rate, "gold_rate": gold_rate, "min_lag": min_lag}
    if after == before:
        return
    projects.change(ctx.store, project, **after)
    audit.note(ctx.store, project, "rates changed", actor=actor.name, before=before, after=after)
