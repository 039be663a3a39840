"""Simulated annotators and how they respond to pay.

Most people's care does not follow pay; that of the ``responsive`` types does. They choose the attentiveness whose expected bonus
less cost of effort is largest, as in :mod:`ls_backend.contracts.theory` (the cost per answer is kappa * eta^2, in minor units);
the bonus they expect is the contract's own over the sampling spread of the score. Other types learn, tire, start slowly, or
game: always one side, copying, remembering repeats without care.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from ls_backend.analysis.sample_size import gold_information, retest_information
from ls_backend.contracts.terms import Contract, Measured
from ls_backend.simulation.project import Design, SimulatedAnnotator, steady

KAPPA_EAGER, KAPPA_ORDINARY, KAPPA_RELUCTANT = 4.0, 8.0, 16.0  # minor units per answer at full care
EFFORTS = np.linspace(0.0, 1.0, 41)
SPREADS = scipy.special.ndtri((np.arange(15) + 0.5) / 15)  # of a score, in standard errors, equally likely
Q = 0.5  # how decided responsive annotators take preferences to be
LEAST_ETA = 0.05  # for the information that a score rests on


@dataclass(frozen=True, slots=True)
class AnnotatorType:
    """A ``share`` of the annotators. Those of a type answer as ``annotator`` does; where it is None they respond to pay, and
    ``kappa`` is their cost of full care for an answer, in minor units."""

    name: str
    share: float
    annotator: SimulatedAnnotator | None = None
    kappa: float = 0.0
    honest: bool = True


MIX: tuple[AnnotatorType, ...] = (
    AnnotatorType("careful", 0.2, steady("careful", 0.93)),
    AnnotatorType("minority taste", 0.15, steady("minority taste", 0.93, opposed=0.5)),
    AnnotatorType("responsive, eager", 0.1, kappa=KAPPA_EAGER),
    AnnotatorType("responsive", 0.15, kappa=KAPPA_ORDINARY),
    AnnotatorType("responsive, reluctant", 0.1, kappa=KAPPA_RELUCTANT),
    AnnotatorType("learns", 0.05, SimulatedAnnotator("learns", lambda progress: 0.4 + 0.5 * min(1.0, 2 * progress))),
    AnnotatorType("tires", 0.05, SimulatedAnnotator("tires", lambda progress: 0.95 - 0.45 * progress)),
    AnnotatorType(
        "slow start", 0.05, SimulatedAnnotator("slow start", lambda progress: 0.3 if progress < 0.15 else 0.92)
    ),
    AnnotatorType("careless", 0.05, steady("careless", 0.25), honest=False),
    AnnotatorType("always left", 0.03, steady("always left", 0.0, lam=1.0), honest=False),
    AnnotatorType("copies", 0.04, steady("copies", 0.25, copies=0.9), honest=False),
    AnnotatorType("remembers", 0.03, steady("remembers", 0.25, remembers=0.8), honest=False),
)


def expected_bonus(contract: Contract, eta: float, design: Design) -> float:
    """Mean bonus in minor units of an annotator of attentiveness eta, over the sampling spread of their score."""
    retests, gold = design.retest_rate * design.labels, design.gold_rate * design.labels
    known_by = max(eta, LEAST_ETA)
    information = retests * retest_information(known_by, Q) + gold * gold_information(known_by, design.r)
    scores = np.clip(eta + SPREADS / np.sqrt(max(information, 1e-9)), 0.0, 1.0).tolist()
    checks = round(retests + gold)
    return float(np.mean([contract.bonus(_measured_at(score, design.labels, checks)).minor for score in scores]))


def _measured_at(score: float, judgments: int, checks: int) -> Measured:
    return Measured(judgments, checks, (1 + score**2 / 2) / 2, (1 + score) / 2, score)


def best_reply(contract: Contract, kappa: float, design: Design) -> float:
    """The attentiveness at which the expected bonus less the cost of effort is largest."""
    gains = [expected_bonus(contract, eta, design) - design.labels * kappa * eta**2 for eta in EFFORTS.tolist()]
    return float(EFFORTS[int(np.argmax(gains))])


@dataclass(frozen=True, slots=True)
class TypedAnnotator:
    type: AnnotatorType
    annotator: SimulatedAnnotator


def draw_annotators(
    contract: Contract, annotators: int, design: Design, mix: Sequence[AnnotatorType] = MIX
) -> list[TypedAnnotator]:
    """So many annotators by the shares of the mix, the responsive ones at their best reply to the contract."""
    share = np.array([t.share for t in mix]) / sum(t.share for t in mix)
    counts = np.floor(share * annotators).astype(int)
    for n in np.argsort(counts - share * annotators)[: annotators - counts.sum()]:
        counts[n] += 1
    return list(_of_types(contract, design, mix, counts.tolist()))


def _of_types(
    contract: Contract, design: Design, mix: Sequence[AnnotatorType], counts: Sequence[int]
) -> Iterator[TypedAnnotator]:
    for t, count in zip(mix, counts, strict=True):
        annotator = t.annotator or steady(t.name, best_reply(contract, t.kappa, design))
        yield from [TypedAnnotator(t, annotator)] * count
