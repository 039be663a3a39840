"""Reports about contracts: solved, designed and tried on simulated annotators."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from hooks.report.figures import percent
from hooks.report.layout import Cell, Note, Notes, Report, Row, Table, Warnings, rows_of
from ls_backend.contracts.terms import money
from ls_backend.contracts.theory.rates import COARSE_EFFORTS, COARSE_SIZES, SIZE_FOR_Q, GapStudy, Law
from ls_backend.contracts.theory.replies import ContractKind, Reply, Solution
from ls_backend.simulation.proposals import OVER_BUDGET, Proposal
from ls_backend.simulation.trials import PayOfType, TrialOptions, TrialRow

SIZES: Mapping[ContractKind, str] = {"linear": "n", "binary": "sqrt(n log n)"}


@dataclass(frozen=True, slots=True)
class SolvedContract:
    """The best contract of a ``kind`` for ``n`` monitored answers."""

    kind: ContractKind
    n: int
    solution: Solution


def solution(result: SolvedContract) -> Report:
    best = result.solution
    terms = ", ".join(f"{k} {v:.6g}" for k, v in best.contract.to_dict().items())
    types = best.replies if len(best.replies) > 1 else ()
    return [
        f"First best: effort {best.first_best_effort:.4f}, value {best.first_best_value:.6f}.",
        f"Best {result.kind} contract for n = {result.n}: {terms}.",
        f"Effort {best.effort:.4f}, value {best.value:.6f}, gap {best.gap:.3g}.",
        Notes([Note(f"type {n}", _reply(reply)) for n, reply in enumerate(types, 1)], indent=2),
    ]


def _reply(reply: Reply) -> str:
    if not reply.accepts:
        return "does not accept"
    return f"effort {reply.effort:.4f}, value {reply.value:.6f}"


def rates(result: GapStudy) -> Report:
    coarse = "; ".join(f"{k} " + ", ".join(f"{gap:.1e}" for gap in result.coarse[k]) for k in SIZES)
    return [
        Table(
            ("n", "gap linear", "x n", "gap binary", "x sqrt(n log n)"),
            rows_of(
                (f"{n}", f"{a:.3e}", f"{a * n:.4f}", f"{b:.3e}", f"{b * (n * math.log(n)) ** 0.5:.4f}")
                for n, a, b in zip(result.n, result.linear, result.binary, strict=True)
            ),
        ),
        "",
        *(_law(kind, result.law[kind]) for kind in SIZES),
        f"With only {COARSE_EFFORTS} efforts to choose from, n = {', '.join(map(str, COARSE_SIZES))}: {coarse}.",
        "",
        f"Gap by q at n = {SIZE_FOR_Q}:",
        Table(
            ("q", "linear", "binary"),
            rows_of(
                (f"{q}", f"{a:.3e}", f"{b:.3e}")
                for q, a, b in zip(result.q.q, result.q.linear, result.q.binary, strict=True)
            ),
        ),
    ]


def _law(kind: ContractKind, law: Law) -> str:
    if law.slope is None:
        return f"{kind}: the gap is 0; first best is reached."
    return (
        f"{kind}: gap = {law.constant:.4f} / {SIZES[kind]}; slope of ln gap by ln n {law.slope:.3f}; "
        f"gap x {SIZES[kind]} within a factor of {law.spread:.2f} over the larger half of the n"
    )


def design(proposal: Proposal) -> Report:
    expected, currency = proposal.expected, proposal.currency
    if expected is None:
        return [proposal.contract, Warnings([OVER_BUDGET.says])]
    spent, value = money(expected.spent_minor, currency), money(expected.value_minor, currency)
    return [
        proposal.contract,
        f"Expected over {expected.weeks} weeks: {expected.correct} right consensus labels "
        f"({expected.quality:.1%} of those answered twice), bonuses of {spent}, worth {value}.",
        Warnings([f"{sign.name}: {sign.says}" for sign in expected.warning_signs]),
    ]


@dataclass(frozen=True, slots=True)
class Trial:
    """What contracts do to simulated annotators."""

    options: TrialOptions
    rows: list[TrialRow]
    currency: str


def trial(result: Trial) -> Report:
    rows, currency = result.rows, result.currency
    warnings = {
        f"{sign.name} ({row.contract}, {row.retest_rate:.0%}): {sign.says}": None
        for row in rows
        for sign in row.summary.warning_signs
    }
    return [
        Table(
            ("contract", "retests", "right consensus", "spent", "minor units per right label", "honest flagged"),
            rows_of(
                (
                    row.contract,
                    percent(row.retest_rate),
                    percent(row.summary.quality, 1),
                    money(round(row.summary.spent_minor), currency),
                    "-" if row.summary.cost_per_correct_minor is None else f"{row.summary.cost_per_correct_minor:.2f}",
                    percent(row.summary.false_flags, 1),
                )
                for row in rows
            ),
        ),
        "",
        Table(
            ("pay by type", *(f"{row.contract} {row.retest_rate:.0%}" for row in rows)),
            [Row([Cell(name), *(_pay(row.summary.pay[name]) for row in rows)]) for name in rows[0].summary.pay],
        ),
        "",
        "Ranges hold the middle 90 % of annotators.",
        "",
        Warnings(list(warnings)),
    ]


def _pay(pay: PayOfType) -> Cell:
    mean, low, high = (f"{minor / 100:.2f}" for minor in (pay.mean, pay.low, pay.high))
    return Cell(mean, f"{low}-{high}")
