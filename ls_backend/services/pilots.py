"""A/B pilots of two contracts in a live project: who is in which arm, and what it did to quality and review load."""

from typing import Any

import sqlalchemy as sa

from ls_backend.analysis.consensus import consensus_by_item
from ls_backend.contracts.terms import Contract
from ls_backend.errors import InputError
from ls_backend.measurement.evidence import gather_evidence
from ls_backend.programme import pilot, seed_schedule
from ls_backend.services.context import Context
from ls_backend.services.pilot_arms import enter, members, running
from ls_backend.services.scoring import gold_of, judgments_of, weights
from ls_backend.store.engine import Row
from ls_backend.store.tables import cards, pilots
from ls_backend.types import Json

UNSURE = 0.5  # an item whose consensus scores less than this wants a review


def start(ctx: Context, project: int, name: str, first: str, second: str, *, alpha: float = 0.05) -> Json:
    """Give half of the project's annotators contract A (``first``), the other half B (``second``), by chance within pairs
    of about the same score. Who comes later joins the smaller arm.

    Raises:
        InputError: a pilot is running, or the name is taken, or the contracts pay in different currencies.
    """
    row = ctx.store.project(project)
    if not 0 < alpha < 0.5:
        raise InputError(f"alpha is {alpha}; give the error allowed over all looks, such as 0.05")
    two = [Contract.parse(text, source=f"contract {arm}") for arm, text in zip(pilot.Arm, (first, second), strict=True)]
    base = Contract.parse(row["contract"])
    if {c.currency for c in two} != {base.currency}:
        raise InputError(f"both contracts must pay in {base.currency}, the project's currency")
    if two[0].version == two[1].version:
        raise InputError(f"both contracts are version {two[0].version!r}; give them versions of their own")
    if running(ctx, project):
        raise InputError(
            f"a pilot is running in project {project}; `steadyhand pilot stop --project {project}` ends it"
        )
    if _find(ctx, project, name):
        raise InputError(f"project {project} had a pilot {name!r}; give this one another name")
    by = ctx.gateway.whoami().email
    values = {
        "project": project,
        "name": name,
        "contract_a": first,
        "contract_b": second,
        "alpha": alpha,
        "salt": row["salt"],
        "looks": 0,
        "started_at": ctx.clock(),
        "started_by": by,
    }
    with ctx.store.transaction() as connection:
        number = connection.execute(sa.insert(pilots).values(values).returning(pilots.c.id)).scalar_one()
        scores = _scores(ctx, project)
        assignments = pilot.assign_arms(scores, lambda a: seed_schedule.keyed_draw(row["salt"], "pilot", name, a))
        for annotator, given in assignments.items():
            enter(connection, number, annotator, given.arm, given.stratum, scores[annotator], ctx.clock())
    ctx.store.note(project, "pilot started", pilot=name, by=by)
    counts = {arm: sum(given.arm == arm for given in assignments.values()) for arm in pilot.Arm}
    return {"project": project, "pilot": name, "annotators": counts}


def _scores(ctx: Context, project: int) -> dict[str, float | None]:
    found = ctx.store.rows(sa.select(cards.c.annotator, cards.c.card).where(cards.c.project == project))
    return {r["annotator"]: r["card"]["attentiveness"]["value"] for r in found}


def _find(ctx: Context, project: int, name: str) -> Row | None:
    found = ctx.store.rows(sa.select(pilots).where(pilots.c.project == project, pilots.c.name == name))
    return found[0] if found else None


def stop(ctx: Context, project: int) -> Json:
    """End the running pilot: everybody is under the project's contract again.

    Raises:
        InputError: none is running.
    """
    now = running(ctx, project)
    if now is None:
        raise InputError(f"no pilot is running in project {project}")
    ctx.store.execute(sa.update(pilots).where(pilots.c.id == now["id"]).values(stopped_at=ctx.clock()))
    ctx.store.note(project, "pilot stopped", pilot=now["name"])
    return {"project": project, "pilot": now["name"]}


def look(ctx: Context, project: int, name: str | None = None) -> Json:
    """Effect of B over A so far on quality and review load; each look is counted, and uses its share of alpha.

    Quality is the share of an annotator's monitored answers that agreed; review load the share of their items with two
    or more answers whose consensus stays unsure, where items are pairs. Only judgments since the start of the pilot count.

    Raises:
        InputError: there is no such pilot.
    """
    found = _find(ctx, project, name) if name else running(ctx, project)
    if found is None:
        raise InputError(f"project {project} has no {'pilot ' + repr(name) if name else 'running pilot'}")
    number = found["looks"] + 1
    ctx.store.execute(sa.update(pilots).where(pilots.c.id == found["id"]).values(looks=number))
    alpha = pilot.error_at_look(found["alpha"], number)
    row = ctx.store.project(project, detached=True)
    judged = judgments_of(ctx, project)
    end = found["stopped_at"] or ctx.clock() + 1
    part = (judged.at >= found["started_at"]) & (judged.at < end)
    evidence = gather_evidence(judged, gold_of(ctx, project), min_lag=row["min_lag"], part=part)
    index = {a: n for n, a in enumerate(judged.annotators)}

    rows = part.nonzero()[0]
    found_on = consensus_by_item(judged, weights(ctx, project, judged), rows)
    loads: dict[str, list[bool]] = {}
    for a, item in set(zip(judged.annotator[rows].tolist(), judged.item[rows].tolist(), strict=True)):
        if item in found_on and found_on[item].n > 1:
            loads.setdefault(judged.annotators[a], []).append(found_on[item].score < UNSURE)

    enrolled = members(ctx, found["id"])
    seen = [m for m in enrolled if m["annotator"] in index and evidence.checks[index[m["annotator"]]]]
    quality = {
        m["annotator"]: float(evidence.checks_agreed[index[m["annotator"]]] / evidence.checks[index[m["annotator"]]])
        for m in seen
    }
    load = {a: sum(own) / len(own) for a, own in loads.items()}

    def effect(outcome: dict[str, float]) -> dict[str, Any]:
        own = [m for m in enrolled if m["annotator"] in outcome]
        found = pilot.estimate_effect(
            [outcome[m["annotator"]] for m in own],
            [pilot.Arm(m["arm"]) for m in own],
            [m["before"] for m in own],
            alpha=alpha,
        )
        means = {arm: [outcome[m["annotator"]] for m in own if m["arm"] == arm] for arm in pilot.Arm}
        return {
            "A": sum(means[pilot.Arm.A]) / len(means[pilot.Arm.A]) if means[pilot.Arm.A] else None,
            "B": sum(means[pilot.Arm.B]) / len(means[pilot.Arm.B]) if means[pilot.Arm.B] else None,
            "effect": found.value,
            "low": found.low,
            "high": found.high,
            "decided": found.decided,
            "annotators": found.annotators,
        }

    return {
        "project": project,
        "pilot": found["name"],
        "look": number,
        "level": 1 - alpha,
        "quality": effect(quality),
        "review_load": effect(load),
        "running": found["stopped_at"] is None,
    }
