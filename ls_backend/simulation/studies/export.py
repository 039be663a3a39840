"""What an exported set is worth to a reward model: one trained on its rows, with their weights and margins, beside one trained on plain
majority votes.

Pairs differ by features, and a taste is a direction among them: the majority's chance of preferring the first response is the
logistic function of the features along it, :data:`SCALE` wide, which gives q near 1/2. The minority's direction is the opposite on half
of the features. The reward model is linear, with the loss of Bradley and Terry (and Llama 2's margin, -log s(difference - margin)), and
a weak ridge, the same for all methods. It is looked at on pairs that nobody judged.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from ls_backend.analysis.preference_set import PreferenceSet, measured_q, preference_set
from ls_backend.analysis.selection import Selection
from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.contracts.terms import Contract
from ls_backend.measurement.judgments import GoldItem, Judgment, Judgments
from ls_backend.measurement.scorecard import ScoringInput, scorecards
from ls_backend.simulation.studies import StudyOptions

FEATURES = 24
SCALE = 3.0
ITEMS, OVERLAP, HELD_OUT = 1200, 3, 4000
GOLD_ITEMS, GOLD_CERTAINTY, RETEST_SHARE = 10, 0.975, 0.1
RIDGE = 1.0
PLAIN = "plain majority votes"
CONTRACT = Contract.parse(
    """
    version = "study"
    currency = "EUR"
    [bonus]
    kind = "linear"
    measure = "attentiveness"
    start = 0.5
    full = 0.95
    per_judgment_minor = 10
    cap_minor = 30000
    """
)
"""Any will do: nobody is paid here."""


@dataclass(frozen=True, slots=True)
class Voter:
    """A simulated annotator: attentiveness, and whether their taste is the minority's."""

    eta: float
    minority: bool = False


POPULATIONS: Mapping[str, Sequence[Voter]] = {
    "a fifth careless, a fifth of another taste": [Voter(0.4)] * 8 + [Voter(0.9, True)] * 8 + [Voter(0.9)] * 24,
    "half careless, one taste": [Voter(0.2)] * 20 + [Voter(0.9)] * 20,
}


@dataclass(frozen=True, slots=True)
class ExportRow:
    """How often a reward model prefers the side on held-out pairs that the majority prefers, and that the minority does; ``gain`` is
    by how many percentage points it is better than with plain majority votes, with the standard error over seeds."""

    population: str
    method: str
    majority_right: float
    majority_gain: float
    majority_error: float
    minority_right: float
    minority_gain: float
    minority_error: float


@dataclass(frozen=True)
class Rows:
    """Pairs to train on, as columns (n,): their ``item``, whether the first response is chosen, the loss's weight and margin."""

    item: Ints
    first_chosen: Bools
    weight: Floats
    margin: Floats


def run(options: StudyOptions) -> list[ExportRow]:
    return [row for name, voters in POPULATIONS.items() for row in _compare(name, voters, options.seeds)]


def _compare(population: str, voters: Sequence[Voter], seeds: int) -> Iterator[ExportRow]:
    right: dict[str, list[tuple[float, float]]] = {}
    for seed in range(seeds):
        for method, both in _one_seed(voters, np.random.default_rng([seed, 11])).items():
            right.setdefault(method, []).append(both)
    plain = np.array(right[PLAIN])
    for method, shares_by_seed in right.items():
        shares: Floats = np.array(shares_by_seed)
        gain = 100 * (shares - plain)
        mean, error = gain.mean(axis=0), gain.std(axis=0, ddof=1 if seeds > 1 else 0) / np.sqrt(seeds)
        majority, minority = shares.mean(axis=0)
        yield ExportRow(population, method, *map(float, (majority, mean[0], error[0], minority, mean[1], error[1])))


def _one_seed(voters: Sequence[Voter], rng: np.random.Generator) -> dict[str, tuple[float, float]]:
    """By method, how often the model is right by the majority's taste, and by the minority's."""
    majority = rng.normal(size=FEATURES)
    majority /= np.linalg.norm(majority)
    minority = np.where(np.arange(FEATURES) % 2, majority, -majority)
    features = rng.normal(size=(ITEMS, FEATURES))
    chances = np.stack([scipy.special.expit(SCALE * features @ taste) for taste in (majority, minority)])
    judgments, gold = _judge(voters, chances, rng)
    unseen = rng.normal(size=(HELD_OUT, FEATURES))
    results = {}
    for method, rows in _methods(judgments, gold).items():
        reward = fit(features[rows.item], rows)
        agrees = [np.sign(unseen @ reward) == np.sign(unseen @ taste) for taste in (majority, minority)]
        results[method] = (float(agrees[0].mean()), float(agrees[1].mean()))
    return results


def _judge(voters: Sequence[Voter], chances: Floats, rng: np.random.Generator) -> tuple[Judgments, dict[str, GoldItem]]:
    """Everybody's answers: ordinary items in random order, gold in between, retests with swapped sides at the end."""
    gold_first = rng.random(GOLD_ITEMS) < 0.5
    gold_chances = np.where(gold_first, GOLD_CERTAINTY, 1 - GOLD_CERTAINTY)
    dealt = np.argsort(rng.random((ITEMS, len(voters))), axis=1)[:, :OVERLAP]
    judgments = []
    for number, voter in enumerate(voters):
        own = np.flatnonzero((dealt == number).any(axis=1))
        shown = rng.permutation([*own, *range(ITEMS, ITEMS + GOLD_ITEMS)])
        repeated = rng.choice(own, round(RETEST_SHARE * own.size), replace=False)
        mirrored = dict(zip(shown.tolist(), (rng.random(shown.size) < 0.5).tolist(), strict=True))
        p = np.concatenate([chances[int(voter.minority)], gold_chances])
        for place, item in enumerate([*shown.tolist(), *repeated.tolist()]):
            first = rng.random() < (p[item] if rng.random() < voter.eta else 0.5)
            swapped = mirrored[item] != (place >= shown.size)
            judgments.append(
                Judgment(f"{number:02d}", f"{item:05d}", 1 if first else -1, swapped, 30.0 * place + number / 100)
            )
    known = {f"{ITEMS + n:05d}": GoldItem(1 if first else -1) for n, first in enumerate(gold_first.tolist())}
    return Judgments.of(judgments), known


def _methods(judgments: Judgments, gold: Mapping[str, GoldItem]) -> dict[str, Rows]:
    cards = scorecards(ScoringInput(judgments, gold, CONTRACT))
    exported = preference_set(judgments, gold, cards, q=measured_q(judgments, gold), selection=Selection())
    return {
        PLAIN: _majority_votes(judgments, gold),
        "exported rows": _exported(exported, weight=lambda _: 1.0, margin=lambda _: 0.0),
        "with weights": _exported(exported, weight=lambda row: row.weight, margin=lambda _: 0.0),
        "with margins": _exported(exported, weight=lambda _: 1.0, margin=lambda row: row.margin),
        "with weights and margins": _exported(exported, weight=lambda row: row.weight, margin=lambda row: row.margin),
    }


def _majority_votes(judgments: Judgments, gold: Mapping[str, GoldItem]) -> Rows:
    first = judgments.first_showings
    sums = np.bincount(judgments.item[first], judgments.preference[first], minlength=len(judgments.items))
    ordinary = np.array([name not in gold for name in judgments.items])
    decided = np.flatnonzero(ordinary & (sums != 0))
    item = np.array([int(judgments.items[n]) for n in decided.tolist()], dtype=np.int64)
    return Rows(item, sums[decided] > 0, np.ones(decided.size), np.zeros(decided.size))


def _exported(exported: PreferenceSet, *, weight: Callable[..., float], margin: Callable[..., float]) -> Rows:
    rows = exported.rows
    return Rows(
        np.array([int(row.item) for row in rows], dtype=np.int64),
        np.array([row.chosen_first for row in rows], dtype=np.bool_),
        np.array([weight(row) for row in rows]),
        np.array([margin(row) for row in rows]),
    )


def fit(features: Floats, rows: Rows) -> Floats:
    """The reward's direction, (d,): of features of the first response less those of the second, (n, d)."""
    toward_chosen = np.where(rows.first_chosen, 1.0, -1.0)[:, None] * features
    weight = rows.weight / max(rows.weight.mean(), 1e-9)

    def loss(direction: Floats) -> tuple[float, Floats]:
        beyond = toward_chosen @ direction - rows.margin
        value = float(weight @ np.logaddexp(0, -beyond) + RIDGE / 2 * direction @ direction)
        return value, RIDGE * direction - (weight * scipy.special.expit(-beyond)) @ toward_chosen

    start = np.zeros(features.shape[1])
    return np.asarray(scipy.optimize.minimize(loss, start, jac=True, method="L-BFGS-B").x, dtype=np.float64)
