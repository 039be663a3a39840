"""Trying a contract on simulated annotators before paying anybody: quality, pay, fairness, and what can go wrong.

Most people's care does not follow pay; that of the ``responsive`` types does: they choose the attentiveness whose expected
bonus less cost of effort is largest, as in :mod:`ls_backend.contracts.theory.principal_agent` (cost per answer kappa * eta^2, in minor
units), where the bonus they expect is the contract's own over the score's sampling spread. Others learn, tire, start
slowly, or game: always one side, copying, remembering repeats without care.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from scipy.special import ndtri

from ls_backend.analysis.consensus import consensus_of_items
from ls_backend.analysis.sample_size import expert_information, self_information
from ls_backend.analysis.warning_signs import warning_signs
from ls_backend.arrays import Floats
from ls_backend.contracts.terms import Contract, LinearBonus, Measured
from ls_backend.measurement.evidence import find_checks, gather_evidence
from ls_backend.measurement.pay import PayInput, period_pay
from ls_backend.records import to_dict
from ls_backend.simulation.project import Design, SimulatedAnnotator, SimulatedProject, simulate, steady
from ls_backend.types import Json

FLAG_BELOW = 0.6  # attentiveness whose interval ends under this is flagged
KAPPAS = (4.0, 8.0, 16.0)  # minor units per answer at full care: eager, ordinary, reluctant
EFFORTS = np.linspace(0.0, 1.0, 41)


@dataclass(frozen=True, slots=True)
class Type:
    """A kind of annotator in the mix; ``kappa`` is the cost of full care for an answer, for those who respond to pay."""

    name: str
    share: float
    person: SimulatedAnnotator | None = None
    kappa: float | None = None
    honest: bool = True


MIX: tuple[Type, ...] = (
    Type("careful", 0.2, steady("careful", 0.93)),
    Type("minority taste", 0.15, steady("minority taste", 0.93, opposed=0.5)),
    Type("responsive, eager", 0.1, kappa=KAPPAS[0]),
    Type("responsive", 0.15, kappa=KAPPAS[1]),
    Type("responsive, reluctant", 0.1, kappa=KAPPAS[2]),
    Type("learns", 0.05, SimulatedAnnotator("learns", lambda done: 0.4 + 0.5 * min(1.0, 2 * done))),
    Type("tires", 0.05, SimulatedAnnotator("tires", lambda done: 0.95 - 0.45 * done)),
    Type("slow start", 0.05, SimulatedAnnotator("slow start", lambda done: 0.3 if done < 0.15 else 0.92)),
    Type("careless", 0.05, steady("careless", 0.25), honest=False),
    Type("always left", 0.03, steady("always left", 0.0, lam=1.0), honest=False),
    Type("copies", 0.04, steady("copies", 0.25, copies=0.9), honest=False),
    Type("remembers", 0.03, steady("remembers", 0.25, remembers=0.8), honest=False),
)


def measured_at(eta: float, judgments: int, monitored: int, spread: float) -> Measured:
    score = min(max(eta + spread, 0.0), 1.0)
    return Measured(judgments, monitored, (1 + score**2 / 2) / 2, (1 + score) / 2, score)


def expected_bonus(contract: Contract, eta: float, plan: Design, *, q: float = 0.5) -> float:
    """Mean bonus in minor units of somebody of attentiveness eta, over the score's sampling spread at the plan's rates."""
    retests, gold = plan.retest_rate * plan.labels, plan.gold_rate * plan.labels
    known = retests * self_information(max(eta, 0.05), q) + gold * expert_information(max(eta, 0.05), plan.r)
    spreads = ndtri((np.arange(15) + 0.5) / 15) / np.sqrt(max(known, 1e-9))
    monitored = round(retests + gold)
    return float(np.mean([contract.bonus(measured_at(eta, plan.labels, monitored, s)).minor for s in spreads]))


def reply(contract: Contract, kappa: float, plan: Design) -> float:
    """The attentiveness that pays the agent best under a contract file."""
    own = [expected_bonus(contract, float(e), plan) - plan.labels * kappa * e**2 for e in EFFORTS]
    return float(EFFORTS[int(np.argmax(own))])


def cast(
    contract: Contract, annotators: int, plan: Design, mix: Sequence[Type] = MIX
) -> list[tuple[Type, SimulatedAnnotator]]:
    """The annotators of a project, by the shares of the mix, each responding to the contract."""
    share = np.array([t.share for t in mix]) / sum(t.share for t in mix)
    counts = np.floor(share * annotators).astype(int)
    for n in np.argsort(counts - share * annotators)[: annotators - counts.sum()]:
        counts[n] += 1
    replies = {k: reply(contract, k, plan) for k in {t.kappa for t in mix if t.kappa is not None}}
    return [
        (t, t.person or steady(t.name, replies[t.kappa or 0.0]))
        for t, n in zip(mix, counts, strict=True)
        for _ in range(n)
    ]


@dataclass(frozen=True, slots=True)
class Run:
    """One simulated project under a contract. ``quality`` is the share of consensus answers that are the majority's
    (items answered at least twice), ``spent_minor`` all pay, by ``annotators`` of some type each."""

    quality: float
    correct: int
    spent_minor: int
    types: tuple[str, ...]
    pay_minor: tuple[int, ...]
    eta: tuple[float, ...]
    flagged: tuple[bool, ...]
    self_consistency: float
    monitored: float


def run(contract: Contract, annotators: int, plan: Design, rng: np.random.Generator, mix: Sequence[Type] = MIX) -> Run:
    people = cast(contract, annotators, plan, mix)
    outcome = simulate([person for _, person in people], plan, rng)
    monitored = find_checks(outcome.judgments, outcome.gold, min_lag=plan.min_lag)
    found = gather_evidence(outcome.judgments, outcome.gold, checks=monitored)
    model = found.attentiveness()
    period = PayInput(outcome.judgments, outcome.gold, contract, min_lag=plan.min_lag)
    paid = [p.pay.minor for p in period_pay(period, checks=monitored, flat_posterior=model).values()]
    quality, correct = _quality(outcome, model.mean)
    return Run(
        quality=quality,
        correct=correct,
        spent_minor=sum(paid),
        types=tuple(t.name for t, _ in people),
        pay_minor=tuple(paid),
        eta=tuple(float(e) for e in outcome.eta),
        flagged=tuple(bool(h < FLAG_BELOW) for h in model.high),
        self_consistency=float(found.retests_agreed.sum() / max(found.retests.sum(), 1)),
        monitored=float(found.checks.mean()),
    )


def _quality(outcome: SimulatedProject, weight: Floats) -> tuple[float, int]:
    """Share and number of right consensus answers, of ordinary items that were answered twice or more."""
    judged = outcome.judgments
    found = consensus_of_items(judged, weight)
    ordinary = np.array([name not in outcome.gold for name in judged.items])
    right = ((found.probability > 0.5) == (outcome.p > 0.5))[ordinary & (found.n > 1)]
    return (float(right.mean()) if right.size else 0.0), int(right.sum())


def trial(
    contracts: Mapping[str, Contract],
    *,
    annotators: int,
    plan: Design,
    rates: Sequence[float],
    seeds: int,
    mix: Sequence[Type] = MIX,
) -> Json:
    """Every contract at every retest rate, over seeds: means and their 90 % ranges over seeds, pay by type, signatures."""
    rows = []
    for name, contract in contracts.items():
        for rate in rates:
            own = Design(**{**asdict(plan), "retest_rate": rate})
            runs = [run(contract, annotators, own, np.random.default_rng([s, 1]), mix) for s in range(seeds)]
            rows.append({"contract": name, "retest_rate": rate, **summary(runs, contract, mix)})
    return {"annotators": annotators, "labels": plan.labels, "seeds": seeds, "rows": rows}


def summary(runs: Sequence[Run], contract: Contract, mix: Sequence[Type] = MIX) -> Json:
    honest = {t.name for t in mix if t.honest}
    pays: dict[str, list[int]] = {}
    caught: dict[str, list[bool]] = {}
    for r in runs:
        for name, minor, flag in zip(r.types, r.pay_minor, r.flagged, strict=True):
            pays.setdefault(name, []).append(minor)
            caught.setdefault(name, []).append(flag)
    false = [f for name, flags in caught.items() if name in honest for f in flags]
    spent, correct = sum(r.spent_minor for r in runs), sum(r.correct for r in runs)
    quality = [r.quality for r in runs]
    noise, skill = _chance_and_skill([e for r in runs for e in r.eta], [m for r in runs for m in r.pay_minor])
    return {
        "quality": float(np.mean(quality)),
        "quality_range": [float(np.quantile(quality, x)) for x in (0.05, 0.95)],
        "spent_minor": spent / len(runs),
        "cost_per_correct_minor": spent / correct if correct else None,
        "false_flags": float(np.mean(false)) if false else 0.0,
        "pay": {
            name: {
                "mean": float(np.mean(own)),
                "low": float(np.quantile(own, 0.05)),
                "high": float(np.quantile(own, 0.95)),
                "flagged": float(np.mean(caught[name])),
            }
            for name, own in pays.items()
        },
        "signatures": [
            to_dict(sign)
            for sign in warning_signs(
                self_consistency=float(np.mean([r.self_consistency for r in runs])),
                bonuses=[m for r in runs for m in r.pay_minor],
                noise=noise,
                skill=skill,
                checks=float(np.mean([r.monitored for r in runs])),
            )
        ],
    }


def _chance_and_skill(skills: Sequence[float], pays: Sequence[int]) -> tuple[float, float]:
    """Variance of pay at the same skill, and of mean pay over skill, from twenty bins of skill."""
    skill, amounts = np.array(skills), np.array(pays, dtype=np.float64)
    bins = np.clip((skill * 20).astype(int), 0, 19)
    means = np.bincount(bins, amounts, minlength=20) / np.maximum(np.bincount(bins, minlength=20), 1)
    return float(np.var(amounts - means[bins])), float(np.var(means[bins]))


def design(
    *,
    annotators: int,
    labels_a_week: int,
    budget_minor: int,
    value_minor: int,
    currency: str,
    seeds: int = 20,
    weeks: int = 4,
) -> tuple[str, Json]:
    """A contract file for what a team knows, and what to expect of it: the linear bonus, of several rates and starts, with the
    best value of correct consensus answers less pay within the budget, over simulated projects of ``weeks`` weeks."""
    plan = Design(labels=max(20, min(labels_a_week * weeks, 400)), retest_rate=0.1, gold_rate=0.05)
    scale = labels_a_week * weeks / plan.labels
    most = max(1, int(budget_minor / max(annotators * labels_a_week * weeks, 1)))
    best: tuple[float, str, Json] | None = None
    for rate in sorted({max(1, round(most * f)) for f in (0.5, 0.75, 1.0, 1.3)}):
        for low, full in ((0.4, 0.9), (0.55, 0.95), (0.65, 0.95)):
            text = _file(currency, low, full, rate, budget_minor, annotators, weeks)
            contract = Contract.parse(text)
            runs = [run(contract, annotators, plan, np.random.default_rng([s, 2])) for s in range(seeds)]
            found = summary(runs, contract)
            spent = found["spent_minor"] * scale
            if spent > budget_minor:
                continue
            correct = float(np.mean([r.correct for r in runs])) * scale
            gain = value_minor * correct - spent
            expected = {
                "quality": found["quality"],
                "correct": round(correct),
                "spent_minor": round(spent),
                "value_minor": round(value_minor * correct),
                "gain_minor": round(gain),
                "weeks": weeks,
                "signatures": found["signatures"],
            }
            if best is None or gain > best[0]:
                best = (gain, text, expected)
    if best is None:
        text = _file(currency, 0.65, 0.95, 1, budget_minor, annotators, weeks)
        return text, {
            "quality": None,
            "signatures": [
                {"name": "budget_too_small", "says": "One minor unit an answer is already over the budget."}
            ],
        }
    return best[1], best[2]


def _file(currency: str, start: float, full: float, rate: int, budget: int, annotators: int, weeks: int) -> str:
    cap = max(1, budget // max(annotators, 1))
    return (
        "# Proposed by `steadyhand contract design`; amounts are in minor units.\n"
        f'version = "draft-1"\ncurrency = "{currency}"\nperiod = "month"\n\n[bonus]\nkind = "linear"\n'
        f'measure = "attentiveness"\nstart = {start}\nfull = {full}\nper_judgment_minor = {rate}\ncap_minor = {cap}\n\n'
        "[minimum]\nmonitored = 10\nshare = 0.0\n"
    )


def binary_like(contract: Contract) -> Contract:
    """The all-or-nothing contract that a linear one is compared with: its threshold in the middle, the same highest rate."""
    terms = contract.bonus_terms
    middle = (terms.start + terms.full) / 2 if isinstance(terms, LinearBonus) else terms.example_scores[-1]
    text = {
        "kind": "binary",
        "measure": terms.measure,
        "threshold": middle,
        "per_judgment_minor": terms.highest_rate,
        "cap_minor": terms.cap_minor,
    }
    given = contract.model_dump(by_alias=True)
    return Contract.model_validate({**given, "version": f"{contract.version}-binary", "bonus": text})
