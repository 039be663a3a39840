"""From judgments in the store to scorecards, consensus and what an annotator may see of themself."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import sqlalchemy as sa

from ls_backend.analysis.consensus import Consensus, consensus_by_item
from ls_backend.analysis.warning_signs import warning_signs
from ls_backend.arrays import Floats
from ls_backend.contracts.terms import Contract
from ls_backend.label_studio.tasks import count_words
from ls_backend.measurement.judgments import GoldItem, Judgment, Judgments
from ls_backend.measurement.scorecard import Scorecard, ScoringInput, scorecards
from ls_backend.records import to_dict
from ls_backend.services.context import Context, Held, measurement_of
from ls_backend.services.pilot_arms import contracts_of
from ls_backend.store.engine import Row, canonical
from ls_backend.store.tables import cards, gold, judgments, ledger, settlements, tasks

if TYPE_CHECKING:
    from ls_backend.analysis.inspection import Concerns, Inspection, InspectionOptions

PRIOR_WEIGHT = 0.5


def counted(project: int) -> sa.ColumnElement[bool]:
    """Which rows of judgments count: answered, in one's own name, not deleted."""
    return sa.and_(
        judgments.c.project == project, judgments.c.preference.is_not(None), judgments.c.deleted_at.is_(None)
    )


def gold_of(ctx: Context, project: int) -> dict[str, GoldItem]:
    facts = (gold.c[name] for name in ("item", "preferred", "explanation", "answer"))
    rows = ctx.store.rows(sa.select(*facts).where(gold.c.project == project))
    return {r["item"]: GoldItem(r["preferred"], r["explanation"], r["answer"] or "") for r in rows}


def judgments_of(ctx: Context, project: int) -> Judgments:
    """The judgments that count. Rows are read once: those that came since are merged in; where a row that was read has changed,
    all are read again."""
    held = ctx.held.get(project)
    found = _since(ctx, project, held.stamp if held else -1)
    if held and not found:
        return held.judgments
    judged = None
    if held and held.ids.isdisjoint(r["id"] for r in found):
        fresh = Judgments.of(_counting(found))
        judged = held.judgments.merged_with(fresh) if fresh else held.judgments
    if held is None or judged is None:
        found = _since(ctx, project, -1) if held else found
        held, judged = None, Judgments.of(_counting(found))
    ids = held.ids if held else set()
    ids.update(r["id"] for r in found)
    ctx.held.pop(project, None)
    ctx.held[project] = Held(max((r["stamp"] for r in found), default=-1), ids, judged)
    for oldest in list(ctx.held)[:-REMEMBERED]:
        ctx.held.pop(oldest, None)
    return judged


REMEMBERED = 8  # projects
FACTS = ("annotator", "item", "preference", "mirrored", "at", "id", "lead_time", "slice")


def _since(ctx: Context, project: int, stamp: int) -> list[Row]:
    extra = [judgments.c[name] for name in ("answer", "deleted_at", "stamp")]
    return ctx.store.rows(
        sa.select(*(judgments.c[name] for name in FACTS), *extra).where(
            judgments.c.project == project, judgments.c.stamp > stamp
        )
    )


def _counting(rows: Iterable[Row]) -> Iterator[Judgment]:
    """What :func:`counted` asks for, of rows that were read."""
    for r in rows:
        if r["preference"] is not None and r["deleted_at"] is None:
            yield Judgment(**{name: r[name] for name in FACTS}, answer=r["answer"] or "")


def rescore(ctx: Context, project: int) -> list[Scorecard]:
    """Compute all scorecards of a project and store those that changed, which are returned."""
    row = ctx.store.project(project)
    contract = Contract.parse(row["contract"], source=f"contract of project {project}")
    since = settled_until(ctx, project)
    found = scorecards(
        ScoringInput(
            judgments_of(ctx, project),
            gold_of(ctx, project),
            contract,
            min_lag=row["min_lag"],
            measurement=measurement_of(row),
            paid_from=since,
            settled=settled_totals(ctx, project),
            contracts={a: Contract.parse(text) for a, text in contracts_of(ctx, project, start=since).items()},
        )
    )
    held = {
        r["annotator"]: r["digest"]
        for r in ctx.store.rows(sa.select(cards.c.annotator, cards.c.digest).where(cards.c.project == project))
    }
    changed = []
    with ctx.store.transaction() as connection:
        for card in found:
            content = card.to_dict()
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


def inspect(
    ctx: Context, project: int, *, rng: np.random.Generator, options: "InspectionOptions | None" = None
) -> "Inspection":
    """A close look at a project as it stands (:func:`ls_backend.analysis.inspection.inspection`)."""
    from ls_backend.analysis.inspection import DEFAULT_OPTIONS, inspection  # scipy.stats takes a second to import

    return inspection(**_known(ctx, project), rng=rng, options=options or DEFAULT_OPTIONS)


def concerns(ctx: Context, project: int) -> "Concerns":
    """What of it may want somebody's attention (:func:`ls_backend.analysis.inspection.concerns`)."""
    from ls_backend.analysis.inspection import concerns  # as above

    return concerns(**_known(ctx, project))


def _known(ctx: Context, project: int) -> dict[str, Any]:
    row = ctx.store.project(project, detached=True)
    shown = ctx.store.rows(sa.select(tasks.c.item, tasks.c.data).where(tasks.c.project == project))
    return {
        "judgments": judgments_of(ctx, project),
        "gold": gold_of(ctx, project),
        "min_lag": row["min_lag"],
        "words": {t["item"]: count_words(t["data"], row["fields"]) for t in shown},
    }


def settled_until(ctx: Context, project: int) -> float:
    """Up to when work is settled; what came later is not paid yet. A period that was settled before it was over counts up to
    the moment of settling: the rest of it is paid by a correction."""
    until = sa.case((settlements.c.end < settlements.c.made_at, settlements.c.end), else_=settlements.c.made_at)
    found = ctx.store.rows(
        sa.select(sa.func.max(until).label("until")).where(
            settlements.c.project == project, settlements.c.kind == "period"
        )
    )[0]["until"]
    return 0.0 if found is None else float(found)


def settled_totals(ctx: Context, project: int) -> dict[str, int]:
    """What is in the ledger for each annotator, in minor units."""
    total = sa.select(ledger.c.annotator, sa.func.sum(ledger.c.minor).label("minor")).where(ledger.c.project == project)
    return {r["annotator"]: int(r["minor"]) for r in ctx.store.rows(total.group_by(ledger.c.annotator))}


def best_before(ctx: Context, project: int, start: float) -> dict[str, float]:
    """Each annotator's best score of the periods settled before ``start``, where it was known."""
    measure = Contract.parse(ctx.store.project(project, detached=True)["contract"]).bonus_terms.measure
    lines = (
        sa.select(ledger.c.annotator, ledger.c.detail)
        .join(settlements, settlements.c.id == ledger.c.settlement)
        .where(ledger.c.project == project, ledger.c.kind == "pay", settlements.c.end <= start)
    )
    best: dict[str, float] = {}
    for r in ctx.store.rows(lines):
        score = r["detail"]["measured"][measure]
        if score is not None:
            best[r["annotator"]] = max(score, best.get(r["annotator"], 0.0))
    return best


def weights(ctx: Context, project: int, judged: Judgments) -> Floats:
    """How much each annotator's vote counts, (A,): the reputation as a share, where it is known."""
    rows = ctx.store.rows(sa.select(cards.c.annotator, cards.c.card).where(cards.c.project == project))
    known = {r["annotator"]: r["card"]["reputation"]["value"] for r in rows}
    return np.array([PRIOR_WEIGHT if (v := known.get(a)) is None else v / 100 for a in judged.annotators])


def consensus_of(ctx: Context, project: int, items: Iterable[str]) -> dict[str, Consensus]:
    """Weighted consensus over all tasks that show an item, of those that have one (:func:`ls_backend.analysis.consensus.consensus_by_item`)."""
    judged = judgments_of(ctx, project)
    found = consensus_by_item(judged, weights(ctx, project, judged), judged.rows_on(items))
    return {judged.items[at]: one for at, one in found.items()}


def panel(ctx: Context, project: int, annotator: str) -> dict[str, Any]:
    """What one annotator sees of themself, and of nobody else; says nothing about single items."""
    row = ctx.store.project(project)
    contract = Contract.parse(row["contract"])
    found = ctx.store.rows(
        sa.select(cards.c.card, cards.c.changed_at).where(cards.c.project == project, cards.c.annotator == annotator)
    )
    card = found[0]["card"] if found else None
    checked = card["attentiveness"]["n"] if card else 0
    lines = settled_lines(ctx, project, annotator)
    return {
        "judgments": card["judgments"] if card else 0,
        "checked": checked,
        "needed": contract.minimum.monitored,
        "known": checked >= contract.minimum.monitored,
        "standing": card["standing"] if card else "new",
        "self_consistency": card["self_consistency"] if card else None,
        "reputation": card["reputation"] if card else None,
        "bonus_minor": card["bonus_minor"] if card else 0,
        "settled_minor": sum(line["minor"] for line in lines),
        "settled": lines,
        "currency": contract.currency,
        "why": next((r for r in card["reasons"] if r.startswith("bonus: ")), "") if card else "",
        "changed_at": found[0]["changed_at"] if found else None,
    }


def signatures_of(ctx: Context, project: int) -> list[dict[str, Any]]:
    """What looks wrong with the programme as a whole, from its scorecards."""
    found = [r["card"] for r in ctx.store.rows(sa.select(cards.c.card).where(cards.c.project == project))]
    retests = sum(c["self_consistency"]["n"] for c in found)
    same = sum((c["self_consistency"]["value"] or 0) * c["self_consistency"]["n"] for c in found)
    known = [c["reputation"] for c in found if c["reputation"]["value"] is not None]
    noise = float(np.mean([((r["high"] - r["low"]) / 3.29) ** 2 for r in known])) if known else 0.0  # 90 % of a normal
    spread = float(np.var([r["value"] for r in known])) if known else 0.0
    signs = warning_signs(
        self_consistency=same / retests if retests else None,
        bonuses=[c["bonus_minor"] for c in found],
        noise=noise,
        skill=spread,
        checks=float(np.mean([r["n"] for r in known])) if known else 0.0,
    )
    return [to_dict(sign) for sign in signs]


def settled_lines(ctx: Context, project: int, annotator: str) -> list[dict[str, Any]]:
    """An annotator's own lines of the ledger, newest first, with the arithmetic of each."""
    own = sa.select(ledger).where(ledger.c.project == project, ledger.c.annotator == annotator)
    shown = ("period", "kind", "minor", "currency", "contract_version", "at")
    return [
        {"entry": x["id"], **{k: x[k] for k in shown}, "reasons": x["detail"]["reasons"]}
        for x in ctx.store.rows(own.order_by(ledger.c.id.desc()))
    ]


def at_work(ctx: Context, project: int) -> list[str]:
    """Annotators with judgments that count."""
    rows = ctx.store.rows(sa.select(judgments.c.annotator).where(counted(project)).distinct())
    return sorted(r["annotator"] for r in rows)
