"""What whoever tries the demo finds on the pages of pay and of items: a settled period, an amount that is disputed, an unclear item."""

from hooks.demo.local import Account, Member
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.services.disputes import dispute
from ls_backend.services.settling import settle
from ls_backend.store import ledger
from ls_backend.store.records import UnclearReason

FIRST_PERIOD = "all"
OBJECTION = "I read every pair to the end. Please look at my answers again: my score seems too low to me."
WHY_UNCLEAR = "It depends on who asks, and the prompt does not say."


def settle_first_period(ctx: Context, actor: Actor, project: int) -> None:
    """Settle what is answered so far; the settlement waits for approval."""
    settle(ctx, actor, project, FIRST_PERIOD, though_running=True)


def object_to_pay(ctx: Context, project: int, member: Member, account: Account) -> None:
    """An annotator objects to their line of the settlement, where they have one."""
    for line in ledger.lines_of(ctx.store, project, str(member.id))[:1]:
        dispute(ctx, Actor(account.email), project, line.id, OBJECTION)


def find_next_unclear(member: Member) -> None:
    """An annotator says of their next item that it is unclear, where there is a next one."""
    task = member.next_task()
    if task is not None:
        member.call_unclear(int(task["id"]), UnclearReason.UNDER_SPECIFIED, WHY_UNCLEAR)
