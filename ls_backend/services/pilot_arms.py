"""Who is in which arm of a running pilot, and so under which contract."""

from math import inf

import sqlalchemy as sa

from ls_backend.programme import pilot, seed_schedule
from ls_backend.services.context import Context
from ls_backend.store.engine import Row
from ls_backend.store.tables import arms, pilots


def running(ctx: Context, project: int) -> Row | None:
    found = ctx.store.rows(sa.select(pilots).where(pilots.c.project == project, pilots.c.stopped_at.is_(None)))
    return found[0] if found else None


def members(ctx: Context, number: int) -> list[Row]:
    return ctx.store.rows(sa.select(arms).where(arms.c.pilot == number).order_by(arms.c.annotator))


def enter(
    connection: sa.Connection, number: int, annotator: str, arm: str, stratum: int, before: float | None, at: float
) -> None:
    values = {
        "pilot": number,
        "annotator": annotator,
        "arm": arm,
        "stratum": stratum,
        "before": before,
        "assigned_at": at,
    }
    connection.execute(sa.insert(arms).values(values))


def welcome(ctx: Context, project: int, annotators: list[str]) -> None:
    """Let those who came after the start into the running pilot."""
    now = running(ctx, project)
    if now is None:
        return
    known = {r["annotator"]: r["arm"] for r in members(ctx, now["id"])}
    for annotator in annotators:
        if annotator not in known:
            arm = pilot.arm_of_latecomer(
                [pilot.Arm(a) for a in known.values()],
                seed_schedule.keyed_draw(now["salt"], "pilot", now["name"], annotator),
            )
            with ctx.store.transaction() as connection:
                enter(connection, now["id"], annotator, arm, -1, None, ctx.clock())
            known[annotator] = arm


def contracts_of(ctx: Context, project: int, *, start: float, end: float = inf) -> dict[str, str]:
    """The contracts of single annotators for what is paid from ``start`` to ``end``: those of the pilots that ran in it, the
    later one where there were two. Who was promised a contract is paid by it, also when the pilot is over by then."""
    ran = sa.select(pilots).where(
        pilots.c.project == project,
        pilots.c.started_at < end,
        sa.or_(pilots.c.stopped_at.is_(None), pilots.c.stopped_at > start),
    )
    found: dict[str, str] = {}
    for row in ctx.store.rows(ran.order_by(pilots.c.started_at)):
        text = {"A": row["contract_a"], "B": row["contract_b"]}
        found |= {r["annotator"]: text[r["arm"]] for r in members(ctx, row["id"])}
    return found
