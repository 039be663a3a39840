"""A close look at a project: what asks for somebody's attention. It moves neither reputation nor pay."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ls_backend.core import agreement, drift, items
from ls_backend.core.anomaly import flags
from ls_backend.core.attention import Attention
from ls_backend.core.evidence import Checks, checks, collect
from ls_backend.core.judgments import Floats, GoldItem, Ints, Judgments, ranks
from ls_backend.core.tastes import overlap, tastes

ALPHA = 0.05
PAIRS = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: below the attentiveness ``required`` an alarm is wanted; ``rate`` is the share of false flags among
    all that is allowed."""

    required: float = 0.6
    rate: float = 0.05


def inspection(
    judgments: Judgments,
    gold: Mapping[str, GoldItem],
    *,
    rng: np.random.Generator,
    min_lag: int = 0,
    wanted: Wanted | None = None,
    words: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Agreement, how decided preferences are, gold items to retire, odd work, and how annotators do over time, ready for JSON.

    ``rng`` is for the bootstrap; ``words`` how much there is to read, by item, where it is known. In other tasks than pairs what
    overlap says of attentiveness and q is left out.
    """
    asked = wanted or Wanted()
    found = checks(judgments, gold, min_lag=min_lag)
    model = collect(judgments, gold, found=found).attention(pooled=True)
    paired = bool(len(judgments)) and not judgments.answers
    wide = tastes(model, overlap(judgments, gold)) if paired else None
    scale = judgments.values.size > 3 or any(answer.startswith('{"of"') for answer in judgments.answers)
    level: agreement.Level = "ordinal" if scale else "nominal"
    lengths = None if not words else np.array([words.get(name, 1) for name in judgments.items], dtype=np.float64)
    alarms = over_time(found, model, asked.required)
    slices = [(None, "")] + [(k, name) for k, name in enumerate(judgments.slices) if name]
    return {
        "agreement": {name: agreement.alpha(judgments, slice_=k, rng=rng, level=level).as_dict() for k, name in slices},
        "pairwise": _pairs(judgments),
        "decidedness": {
            name: e.as_dict() for name, e in items.decidedness(judgments, model.mean, gold, rng=rng).items()
        }
        if paired
        else {},
        "gold": [asdict(u) for u in items.gold_use(judgments, gold, model.mean)],
        "flags": [
            {"annotator": f.annotator, "flag": f.name, "p": f.p, "q": f.q, "evidence": f.evidence}
            for f in flags(judgments, lengths=lengths, rate=asked.rate)
        ],
        "annotators": [
            {
                "annotator": name,
                "attentiveness": round(float(model.mean[a]), 4) if model.n[a] else None,
                "with_overlap": None if wide is None else round(float(wide.attention.mean[a]), 4),
                "own_taste": None if wide is None else round(float(wide.share[a, -1]), 4),
                **alarms[a],
            }
            for a, name in enumerate(judgments.annotators)
        ],
    }


def _pairs(judgments: Judgments) -> list[dict[str, Any]]:
    """Agreement of the pairs of annotators with the most items in common."""
    if judgments.answers:
        return []
    found = agreement.pairwise(judgments)
    one, other = np.triu_indices(len(judgments.annotators), 1)
    order = np.argsort(-found.n[one, other], kind="stable")[:PAIRS]
    return [
        {
            "annotators": [judgments.annotators[a], judgments.annotators[b]],
            "items": int(found.n[a, b]),
            "same_side": round(float(found.plain[a, b]), 4),
            "weighted": round(float(found.weighted[a, b]), 4),
            "kappa": round(float(found.kappa[a, b]), 4) if np.isfinite(found.kappa[a, b]) else None,
        }
        for a, b in zip(one[order].tolist(), other[order].tolist(), strict=True)
        if found.n[a, b]
    ]


def over_time(found: Checks, model: Attention, required: float) -> list[dict[str, Any]]:
    """Of each annotator the alarm over the monitored answers in order, and the trend of agreement beyond what their
    attentiveness lets expect of each answer (gold agrees more often than retests do)."""
    evidence, _ = by_annotator(found, model, required)
    highest = evidence.max(axis=1, initial=1.0)
    beyond = found.agreed - expected(found, model.mean, model.q)
    return [
        {
            "alarm": bool(highest[a] >= 1 / ALPHA),
            "evidence": round(float(highest[a]), 3),
            "trend": drift.trend(beyond[found.annotator == a]).as_dict(),
        }
        for a in range(model.mean.size)
    ]


def by_annotator(found: Checks, model: Attention, required: float) -> tuple[Floats, Ints]:
    """The e-process that everybody's attentiveness is at least what is required, after each check, and the checks' rows:
    (A, checks) each, the last ones repeated where somebody has fewer."""
    people, who = model.mean.size, found.annotator
    place = ranks(who)
    size = (people, int(place.max(initial=-1)) + 1)
    agreed, row = np.full(size, np.nan), np.zeros(size, dtype=np.int64)
    agreed[who, place], row[who, place] = found.agreed, found.row
    chance = np.full((1 + len(drift.WORSE), *size), 0.5)
    for k, part in enumerate((1.0, *drift.WORSE)):
        chance[k, who, place] = expected(found, np.full(people, part * required), model.q)
    return drift.run(agreed, chance[0], chance[1:]), np.maximum.accumulate(row, axis=1)


def expected(found: Checks, eta: Floats, q: float) -> Floats:
    """How often each check (m,) would agree if everybody had such attentiveness, (A,)."""
    same, right = found.guessing.chances
    who = found.annotator
    chance = np.where(found.retest, same[who], right[who])
    return np.asarray(chance + (1 - chance) * np.where(found.retest, eta[who] ** 2 * q, eta[who]))
