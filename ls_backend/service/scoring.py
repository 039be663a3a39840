"""From judgments in the store to scorecards, consensus and what an annotator may see of themself."""

import hashlib
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from ls_backend.contracts.terms import Contract
from ls_backend.core.consensus import Consensus, consensus
from ls_backend.core.judgments import GoldItem, Judgment, Judgments
from ls_backend.core.scorecard import Scorecard, scorecards
from ls_backend.service.context import Context
from ls_backend.store import Row, canonical, cards, gold, judgments

PRIOR_WEIGHT = 0.5


def counted(project: int) -> sa.ColumnElement[bool]:
    """Which rows of judgments count: answered, in one's own name, not deleted."""
    return sa.and_(
        judgments.c.project == project, judgments.c.preference.is_not(None), judgments.c.deleted_at.is_(None)
    )


def gold_of(ctx: Context, project: int) -> dict[str, GoldItem]:
    rows = ctx.store.rows(sa.select(gold).where(gold.c.project == project))
    return {r["item"]: GoldItem(r["preferred"], r["explanation"]) for r in rows}


def judgments_of(ctx: Context, project: int) -> Judgments:
    names = ("annotator", "item", "preference", "mirrored", "at", "id", "lead_time", "slice")
    columns = [judgments.c[name] for name in names]
    return Judgments.of(Judgment(**r) for r in ctx.store.rows(sa.select(*columns).where(counted(project))))


def rescore(ctx: Context, project: int) -> list[Scorecard]:
    """Compute all scorecards of a project and store those that changed, which are returned."""
    row = ctx.store.project(project)
    contract = Contract.parse(row["contract"], source=f"contract of project {project}")
    found = scorecards(judgments_of(ctx, project), gold_of(ctx, project), contract, min_lag=row["min_lag"])
    held = {
        r["annotator"]: r["digest"]
        for r in ctx.store.rows(sa.select(cards.c.annotator, cards.c.digest).where(cards.c.project == project))
    }
    changed = []
    with ctx.store.transaction() as connection:
        for card in found:
            content = card.as_dict()
            digest = hashlib.sha256(canonical(content).encode()).hexdigest()
            if held.pop(card.annotator, None) == digest:
                continue
            changed.append(card)
            key = {"project": project, "annotator": card.annotator}
            values = {"card": content, "digest": digest, "changed_at": ctx.clock()}
            ctx.store.upsert(cards, key | values, connection=connection)
        for annotator in held:  # all their judgments are gone
            connection.execute(sa.delete(cards).where(cards.c.project == project, cards.c.annotator == annotator))
    return changed


def weights(ctx: Context, project: int) -> dict[str, float]:
    """How much each annotator's vote counts: the reputation as a share, where it is known."""
    rows = ctx.store.rows(sa.select(cards.c.annotator, cards.c.card).where(cards.c.project == project))
    known = {r["annotator"]: r["card"]["reputation"]["value"] for r in rows}
    return {a: PRIOR_WEIGHT if v is None else v / 100 for a, v in known.items()}


def consensus_of(ctx: Context, project: int, items: Iterable[str]) -> dict[str, Consensus]:
    """Weighted consensus of items over all tasks that show them; each annotator votes once, by the first answer."""
    wanted = list(dict.fromkeys(items))
    rows: list[Row] = []
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        rows += ctx.store.rows(
            sa.select(judgments.c.annotator, judgments.c.item, judgments.c.preference)
            .where(counted(project), judgments.c.item.in_(part))
            .order_by(judgments.c.at, judgments.c.id)
        )
    votes: dict[str, dict[str, int]] = {item: {} for item in wanted}
    for r in rows:
        votes[r["item"]].setdefault(r["annotator"], r["preference"])
    weight = weights(ctx, project) if rows else {}
    return {item: consensus((p, weight.get(a, PRIOR_WEIGHT)) for a, p in cast.items()) for item, cast in votes.items()}


def panel(ctx: Context, project: int, annotator: str) -> dict[str, Any]:
    """What one annotator sees of themself, and of nobody else; says nothing about single items."""
    row = ctx.store.project(project)
    contract = Contract.parse(row["contract"])
    found = ctx.store.rows(
        sa.select(cards.c.card, cards.c.changed_at).where(cards.c.project == project, cards.c.annotator == annotator)
    )
    card = found[0]["card"] if found else None
    checked = card["attentiveness"]["n"] if card else 0
    return {
        "judgments": card["judgments"] if card else 0,
        "checked": checked,
        "needed": contract.minimum.monitored,
        "known": checked >= contract.minimum.monitored,
        "standing": card["standing"] if card else "new",
        "self_consistency": card["self_consistency"] if card else None,
        "reputation": card["reputation"] if card else None,
        "bonus_minor": card["bonus_minor"] if card else 0,
        "currency": contract.currency,
        "why": next((r for r in card["reasons"] if r.startswith("bonus: ")), "") if card else "",
        "changed_at": found[0]["changed_at"] if found else None,
    }


def at_work(ctx: Context, project: int) -> list[str]:
    """Annotators with judgments that count."""
    rows = ctx.store.rows(sa.select(judgments.c.annotator).where(counted(project)).distinct())
    return sorted(r["annotator"] for r in rows)
