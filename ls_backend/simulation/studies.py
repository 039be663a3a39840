"""Reproducible studies of the methods themselves: what they find, how often they are wrong, and what others find.

Each returns a table, the same for the same seeds. Set-up, unless said otherwise: 40 annotators with 200 labels each, all
labels counted, three answers on each ordinary item; a fifth is careless (eta 0.4), the others at 0.9, and a fifth of all
are an honest minority with the opposite taste on half of the items. The worst k by score are flagged, k the true number of
careless; ties are broken by chance.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import rankdata

from ls_backend.analysis import drift
from ls_backend.analysis.alarms import alarm_process
from ls_backend.analysis.consensus import consensus_of_items
from ls_backend.analysis.dawid_skene import dawid_skene
from ls_backend.analysis.sample_size import agree, error, expert_information, same, self_information
from ls_backend.analysis.tastes import overlap, tastes
from ls_backend.arrays import Bools, Floats
from ls_backend.measurement.evidence import find_checks, gather_evidence
from ls_backend.measurement.judgments import Judgments
from ls_backend.simulation.oddities import flags_raised
from ls_backend.simulation.project import Design, SimulatedAnnotator, SimulatedProject, simulate, steady
from ls_backend.types import Json

Method = Callable[[SimulatedProject], Floats]
CARELESS, MINORITY, CAREFUL = 8, 8, 24
PEOPLE: tuple[SimulatedAnnotator, ...] = (
    *[steady("careless", 0.4)] * CARELESS,
    *[steady("minority", 0.9, opposed=0.5)] * MINORITY,
    *[steady("careful", 0.9)] * CAREFUL,
)


# --- detection ------------------------------------------------------------------------------------------------------


def self_consistency(outcome: SimulatedProject) -> Floats:
    """Plain share of retests answered the same."""
    found = gather_evidence(outcome.judgments, outcome.gold, min_lag=10)
    return np.asarray(found.retests_agreed / np.maximum(found.retests, 1))


def attentiveness(outcome: SimulatedProject) -> Floats:
    """The annotator model on retests and gold."""
    return gather_evidence(outcome.judgments, outcome.gold, min_lag=10).attentiveness(pooled=True).mean


def with_overlap(outcome: SimulatedProject) -> Floats:
    """The same, with overlap and two tastes taken in."""
    base = gather_evidence(outcome.judgments, outcome.gold, min_lag=10).attentiveness(pooled=True)
    return tastes(base, overlap(outcome.judgments, outcome.gold)).attentiveness.mean


def auc(score: Floats, careless: Bools) -> float:
    """Chance that a careless annotator scores lower than another one; ties count half."""
    rank = rankdata(score)
    low, n = int(careless.sum()), careless.size
    return float(1 - (rank[careless].sum() - low * (low + 1) / 2) / (low * (n - low)))


def worst(score: Floats, k: int, rng: np.random.Generator) -> Bools:
    """The k lowest scores, ties broken by chance."""
    order = np.lexsort((rng.random(score.size), score))
    mask = np.zeros(score.size, dtype=np.bool_)
    mask[order[:k]] = True
    return mask


@dataclass(frozen=True, slots=True)
class Arm:
    """A method with what it spends its labels on."""

    name: str
    method: Method
    plan: Design


def own_arms(rates: Sequence[float]) -> list[Arm]:
    """Our methods at each retest rate; the last line is the one with overlap."""
    base = Design(labels=200, overlap=3)
    arms = []
    for rate in rates:
        alone = replace(base, retest_rate=rate, gold_rate=0.0)
        both = replace(base, retest_rate=rate, gold_rate=0.05)
        arms.append(Arm(f"retests {rate:.0%}", self_consistency, alone))
        arms.append(Arm(f"retests {rate:.0%}, gold 5%", attentiveness, both))
        arms.append(Arm(f"retests {rate:.0%}, gold 5%, overlap with tastes", with_overlap, both))
    return arms


def detection(arms: Iterable[Arm], *, seeds: int) -> list[Json]:
    """AUC of finding the careless, and the share of the honest minority and of the careful majority that is flagged."""
    rows = []
    careless = np.arange(len(PEOPLE)) < CARELESS
    minority = (np.arange(len(PEOPLE)) >= CARELESS) & (np.arange(len(PEOPLE)) < CARELESS + MINORITY)
    for arm in arms:
        found = []
        for seed in range(seeds):
            outcome = simulate(PEOPLE, arm.plan, np.random.default_rng([seed, 3]))
            score = arm.method(outcome)
            flagged = worst(score, CARELESS, np.random.default_rng([seed, 4]))
            found.append((auc(score, careless), flagged[minority].mean(), flagged[~careless & ~minority].mean()))
        mean = np.mean(found, axis=0)
        spread = np.std([f[0] for f in found]) / max(seeds, 1) ** 0.5
        rows.append(
            {
                "method": arm.name,
                "auc": float(mean[0]),
                "auc_error": float(spread),
                "minority_flagged": float(mean[1]),
                "majority_flagged": float(mean[2]),
            }
        )
    return rows


# --- consensus ------------------------------------------------------------------------------------------------------


MIXES: Mapping[str, tuple[SimulatedAnnotator, ...]] = {
    "a fifth careless, a fifth of another taste": PEOPLE,
    "half careless, one taste": (*[steady("careless", 0.2)] * 20, *[steady("careful", 0.9)] * 20),
}


def consensus(*, seeds: int) -> list[Json]:
    """What five answers on an item say of how the majority prefers: our consensus weighted by attentiveness beside the plain share
    of votes and Dawid and Skene's model. How often the preferred side is the majority's, how often a side is given 90 % or more
    and is right then, and the mean squared error of the probability."""
    return [
        {"population": name, "method": method, **row}
        for name, people in MIXES.items()
        for method, row in _agreed(people, seeds).items()
    ]


def _agreed(people: Sequence[SimulatedAnnotator], seeds: int) -> dict[str, Json]:
    found: dict[str, list[tuple[float, float, float, float]]] = {}
    for seed in range(seeds):
        outcome = simulate(people, Design(overlap=5), np.random.default_rng([seed, 3]))
        judged = outcome.judgments
        model = gather_evidence(judged, outcome.gold, min_lag=10).attentiveness(pooled=True)
        ours, fitted = consensus_of_items(judged, model.mean, q=model.q), dawid_skene(judged)
        kept = (ours.n > 1) & np.array([name not in outcome.gold for name in judged.items])
        truth = outcome.p[kept]
        for method, probability in (
            ("plain votes", _shares(judged)),
            ("weighted by attentiveness", ours.probability),
            ("Dawid-Skene", fitted.probability[:, list(fitted.values).index(1)]),
        ):
            said = probability[kept]
            right, sure = (said > 0.5) == (truth > 0.5), np.abs(said - 0.5) >= 0.4
            sure_right = float(right[sure].mean()) if sure.any() else np.nan
            error = float(((said - truth) ** 2).mean())
            found.setdefault(method, []).append((float(right.mean()), float(sure.mean()), sure_right, error))
    names = ("right_side", "given_90_percent", "right_of_those", "squared_error")
    return {
        method: {name: _known(value) for name, value in zip(names, np.nanmean(rows, axis=0).tolist(), strict=True)}
        for method, rows in found.items()
    }


def _shares(judged: Judgments) -> Floats:
    """By item, (I,): the share of first answers for the first response, and half a vote for each side."""
    kept, size = judged.first_showings, len(judged.items)
    first = np.bincount(judged.item[kept], judged.preference[kept] > 0, minlength=size)
    return np.asarray((first + 0.5) / (np.bincount(judged.item[kept], minlength=size) + 1))


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


# --- intervals ------------------------------------------------------------------------------------------------------

POPULATIONS: Mapping[str, Callable[[np.random.Generator, int], Floats]] = {
    "eta uniform": lambda rng, n: rng.random(n),
    "eta Beta(6, 2)": lambda rng, n: rng.beta(6, 2, n),
    "a fifth at 0.4, others at 0.9": lambda rng, n: np.where(rng.random(n) < 0.2, 0.4, 0.9),
}


def coverage(*, seeds: int, annotators: int = 40) -> list[Json]:
    """How often the 90 % interval of attentiveness holds the truth, where the model holds (gold beyond dispute, one taste),
    and where tastes are heterogeneous (a fifth opposed on half of the items; only overlap could mind)."""
    rows = []
    for name, draw in POPULATIONS.items():
        for tastes_differ in (False, True):
            hits, wider = [], []
            for seed in range(seeds):
                rng = np.random.default_rng([seed, 5])
                eta = draw(rng, annotators)
                opposed = 0.5 * (np.arange(annotators) % 5 == 0) * tastes_differ
                people = [steady("p", float(e), opposed=float(o)) for e, o in zip(eta, opposed, strict=True)]
                outcome = simulate(people, Design(labels=200, r=1.0), rng)
                found = gather_evidence(outcome.judgments, outcome.gold, min_lag=10)
                model = found.attentiveness(pooled=True)
                hits.append(((model.low <= eta) & (eta <= model.high)).mean())
                wide = tastes(model, overlap(outcome.judgments, outcome.gold)).attentiveness
                wider.append(((wide.low <= eta) & (eta <= wide.high)).mean())
            rows.append(
                {
                    "population": name,
                    "tastes": "differ" if tastes_differ else "one",
                    "coverage": float(np.mean(hits)),
                    "with_overlap": float(np.mean(wider)),
                }
            )
    return rows


# --- over time --------------------------------------------------------------------------------------------------------


def alarms(*, seeds: int, looks: int = 1000, alpha: float = 0.05) -> list[Json]:
    """Alarms ever, over so many looks, of annotators who are just at what is required, and the median number of answers from a
    drop (at answer 100) to the alarm; by how far the chance of agreeing falls."""
    rng, required = np.random.default_rng(6), 0.7
    rows = []
    for drop in (0.0, 0.1, 0.2, 0.3):
        chance = np.where(np.arange(looks) < 100, required, required - drop)
        agreed = (rng.random((seeds, looks)) < chance).astype(np.float64)
        worse = np.stack([np.full_like(agreed, required - d) for d in (0.05, 0.1, 0.2, 0.3)])
        reached = drift.evidence_over_time(agreed, np.full_like(agreed, required), worse) >= 1 / alpha
        ever = reached.any(axis=1)
        when = np.where(ever, reached.argmax(axis=1) - 100, looks)
        rows.append(
            {
                "drop": drop,
                "alarms": float(ever.mean()),
                "median_answers_to_alarm": None if drop == 0 else float(np.median(when)),
            }
        )
    return rows


def drift_found(*, seeds: int, annotators: int = 20, labels: int = 600, alpha: float = 0.05) -> list[Json]:
    """How many answers of their own annotators give from a fall of attentiveness to the alarm, and how far behind a reputation
    that forgets is then, by the share of retests; with 5 % gold. Everybody starts at 0.9 and falls after a third of the work."""
    rows = []
    for rate in (0.05, 0.1, 0.2):
        for after in (0.9, 0.6, 0.3, 0.0):
            found = [
                _fall(after, replace(Design(), labels=labels, retest_rate=rate), annotators, alpha, seed)
                for seed in range(seeds)
            ]
            answers, checked, alarm, mean, fading = (np.concatenate(x) for x in zip(*found, strict=True))
            rows.append(
                {
                    "retests": rate,
                    "falls_to": after,
                    "alarms": float(alarm.mean()),
                    "median_answers_to_alarm": _median(answers),
                    "median_checks_to_alarm": _median(checked),
                    "attentiveness_at_the_end": float(mean.mean()),
                    "with_half_life": float(fading.mean()),
                }
            )
    return rows


REQUIRED = 0.75  # attentiveness below which the alarm is wanted
HALF_LIFE = 150.0


def _median(found: Floats) -> float | None:
    """None where more than half never had an alarm."""
    return _known(float(np.median(found)))


def _fall(after: float, plan: Design, annotators: int, alpha: float, seed: int) -> tuple[Floats, ...]:
    """For each annotator: own answers and checks from the fall to the alarm (infinite where none came), whether one came, and
    attentiveness at the end, by all evidence and with a half-life."""
    changed = plan.labels // 3
    people = [SimulatedAnnotator("falls", lambda done: 0.9 if done < 1 / 3 else after)] * annotators
    outcome = simulate(people, plan, np.random.default_rng([seed, 8]))
    found = find_checks(outcome.judgments, outcome.gold, min_lag=plan.min_lag)
    everything = gather_evidence(outcome.judgments, outcome.gold, checks=found)
    fading = gather_evidence(outcome.judgments, outcome.gold, checks=found, half_life=HALF_LIFE)
    seen = everything.attentiveness(pooled=True)
    process = alarm_process(found, seen, REQUIRED)
    row, reached = process.row, process.evidence >= 1 / alpha
    ever, first = np.asarray(reached.any(axis=1)), reached.argmax(axis=1)
    position = outcome.judgments.position[row]
    when = position[np.arange(annotators), first] - changed
    checked = ((position >= changed) & (np.arange(row.shape[1]) <= first[:, None])).sum(axis=1)
    answers, shown = (np.where(ever, x, np.inf) for x in (when, checked))
    return answers, shown, ever.astype(np.float64), seen.mean, fading.attentiveness(pooled=True).mean


# --- self-consistency beside experts ----------------------------------------------------------------------------------

PREFERENCES: Mapping[str, float] = {  # q = 1 / (2 a + 1) for Beta(a, a)
    "p = 0 or 1": 1.0,
    "Beta(0.25, 0.25)": 1 / 1.5,
    "Beta(0.5, 0.5)": 1 / 2,
    "uniform": 1 / 3,
    "Beta(2, 2)": 1 / 5,
}


def schemes(*, eta0: float = 0.4, eta1: float = 0.9, n: int = 50) -> list[Json]:
    """Self-consistency beside expert monitoring, by how preferences are distributed (arXiv 2502.06387, section 3): q and r (an
    expert with preferences of their own, answering by them), Fisher information of one answer at eta1, and the error of
    telling eta0 from eta1 by n answers. Expert monitoring needs an expert's answer for each item; retests need none."""
    rows = []
    for name, q in PREFERENCES.items():
        r = q  # an expert who answers by the same p: E[(2p - 1)(2p - 1)]
        rows.append(
            {
                "preferences": name,
                "q": q,
                "r": r,
                "information_self": self_information(eta1, q),
                "information_expert": expert_information(eta1, r),
                "information_gold": expert_information(eta1, 1.0),
                "error_self": error(n, same(eta0, q), same(eta1, q)),
                "error_expert": error(n, agree(eta0, r), agree(eta1, r)),
                "error_gold": error(n, agree(eta0, 1.0), agree(eta1, 1.0)),
            }
        )
    return rows


STUDIES: Mapping[str, Callable[[int], list[Json]]] = {
    "consensus": lambda seeds: consensus(seeds=seeds),
    "coverage": lambda seeds: coverage(seeds=seeds),
    "alarms": lambda seeds: alarms(seeds=seeds),
    "drift": lambda seeds: drift_found(seeds=seeds),
    "flags": lambda seeds: flags_raised(seeds=seeds),
    "schemes": lambda _seeds: schemes(),
}
