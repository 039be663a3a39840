"""A close look at a project: what asks for somebody's attention. It moves neither reputation nor pay."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ls_backend.analysis import agreement, drift, items
from ls_backend.analysis.anomalies import flags
from ls_backend.analysis.tastes import overlap, tastes
from ls_backend.arrays import Floats, Ints
from ls_backend.measurement.attentiveness import Attentiveness
from ls_backend.measurement.evidence import Checks, find_checks, gather_evidence
from ls_backend.measurement.judgments import GoldItem, Judgments, parts, ranks

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
    """The :func:`concerns`, agreement, how decided preferences are, and what overlap adds, ready for JSON.

    ``rng`` is for the bootstrap. In other tasks than pairs what overlap says of attentiveness and q is left out.
    """
    model, found = _concerns(judgments, gold, min_lag, wanted or Wanted(), words)
    scale = judgments.values.size > 3 or any(answer.startswith('{"of"') for answer in judgments.answers)
    level: agreement.Level = "ordinal" if scale else "nominal"
    slices = [(None, "")] + [(k, name) for k, name in enumerate(judgments.slices) if name]
    alphas = {name: agreement.alpha(judgments, slice_=k, rng=rng, level=level).to_dict() for k, name in slices}
    paired = bool(judgments) and not judgments.answers
    decided = items.decidedness(judgments, model.mean, gold, rng=rng) if paired else {}
    wide = tastes(model, overlap(judgments, gold)) if paired else None
    for a, told in enumerate(found["annotators"]):
        told["with_overlap"] = None if wide is None else round(float(wide.attentiveness.mean[a]), 4)
        told["own_taste"] = None if wide is None else round(float(wide.share[a, -1]), 4)
    return {
        "agreement": alphas,
        "pairwise": _pairs(judgments),
        "decidedness": {name: e.to_dict() for name, e in decided.items()},
        **found,
    }


def concerns(
    judgments: Judgments,
    gold: Mapping[str, GoldItem],
    *,
    min_lag: int = 0,
    wanted: Wanted | None = None,
    words: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """What may want somebody's attention: gold items to retire, odd work, and how annotators do over time, ready for JSON.

    ``words`` is how much there is to read, by item, where it is known.
    """
    return _concerns(judgments, gold, min_lag, wanted or Wanted(), words)[1]


def _concerns(
    judgments: Judgments, gold: Mapping[str, GoldItem], min_lag: int, wanted: Wanted, words: Mapping[str, int] | None
) -> tuple[Attentiveness, dict[str, Any]]:
    found = find_checks(judgments, gold, min_lag=min_lag)
    model = gather_evidence(judgments, gold, checks=found).attentiveness(pooled=True)
    lengths = None if not words else np.array([words.get(name, 1) for name in judgments.items], dtype=np.float64)
    known = zip(judgments.annotators, model.mean.tolist(), model.n.tolist(), strict=True)
    return model, {
        "gold": [asdict(u) for u in items.gold_use(judgments, gold, model.mean)],
        "flags": [
            {"annotator": f.annotator, "flag": f.name, "p": f.p, "q": f.q, "evidence": f.evidence}
            for f in flags(judgments, lengths=lengths, rate=wanted.rate)
        ],
        "annotators": [
            {"annotator": name, "attentiveness": round(mean, 4) if n else None, **seen}
            for (name, mean, n), seen in zip(known, over_time(found, model, wanted.required), strict=True)
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


def over_time(found: Checks, model: Attentiveness, required: float) -> list[dict[str, Any]]:
    """Of each annotator the alarm over the monitored answers in order, and the trend of agreement beyond what their
    attentiveness lets expect of each answer (gold agrees more often than retests do)."""
    evidence, _ = by_annotator(found, model, required)
    highest = evidence.max(axis=1, initial=1.0)
    beyond = found.agreed - expected(found, model.mean, model.q)
    return [
        {"alarm": most >= 1 / ALPHA, "evidence": round(most, 3), "trend": drift.trend(beyond[rows]).to_dict()}
        for most, rows in zip(highest.tolist(), parts(found.annotator, model.mean.size), strict=True)
    ]


def by_annotator(found: Checks, model: Attentiveness, required: float) -> tuple[Floats, Ints]:
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
    same, right = found.guess_rates.chances
    who = found.annotator
    chance = np.where(found.is_retest, same[who], right[who])
    return np.asarray(chance + (1 - chance) * np.where(found.is_retest, eta[who] ** 2 * q, eta[who]))
