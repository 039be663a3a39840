"""Who is in which arm of a pilot, and so under which contract."""

from collections.abc import Collection
from math import inf

from ls_backend.services.context import Context
from ls_backend.store import pilots


def contracts_of(
    ctx: Context, project: int, *, start: float, end: float = inf, annotators: Collection[str] | None = None
) -> dict[str, str]:
    """The contracts of single annotators, or of some of these, for what is paid from ``start`` to ``end``: those of the pilots that ran in it, the
    later one where there were two. Who was promised a contract is paid by it, also when the pilot is over by then."""
    contracts: dict[str, str] = {}
    for pilot in pilots.ran_between(ctx.store, project, start, end):
        contracts |= {
            member.annotator: pilot.contracts[member.arm] for member in pilots.members(ctx.store, pilot.id, annotators)
        }
    return contracts
