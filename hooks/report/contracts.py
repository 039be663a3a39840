"""Reports about contracts: solved, designed and tried on simulated annotators."""

import math

from hooks.report.figures import percent
from hooks.report.layout import Cell, Note, Notes, Report, Row, Table, Warnings, rows_of
from ls_backend.contracts.terms import money
from ls_backend.types import Json

SIZES = {"linear": "n", "binary": "sqrt(n log n)"}


def solution(result: Json) -> Report:
    best, terms = result["first_best"], ", ".join(f"{k} {v:.6g}" for k, v in result["contract"].items())
    types = result["types"] if len(result["types"]) > 1 else []
    return [
        f"First best: effort {best['effort']:.4f}, value {best['value']:.6f}.",
        f"Best {result['kind']} contract for n = {result['n']}: {terms}.",
        f"Effort {result['effort']:.4f}, value {result['value']:.6f}, gap {result['gap']:.3g}.",
        Notes([Note(f"type {n}", _reply(reply)) for n, reply in enumerate(types, 1)], indent=2),
    ]


def _reply(reply: Json) -> str:
    if not reply["accepts"]:
        return "does not accept"
    return f"effort {reply['effort']:.4f}, value {reply['value']:.6f}"


def rates(result: Json) -> Report:
    coarse = "; ".join(f"{k} " + ", ".join(f"{gap:.1e}" for gap in result["coarse"][k]) for k in SIZES)
    return [
        Table(
            ("n", "gap linear", "x n", "gap binary", "x sqrt(n log n)"),
            rows_of(
                (f"{n}", f"{a:.3e}", f"{a * n:.4f}", f"{b:.3e}", f"{b * (n * math.log(n)) ** 0.5:.4f}")
                for n, a, b in zip(result["n"], result["linear"], result["binary"], strict=True)
            ),
        ),
        "",
        *(_law(kind, result["law"][kind]) for kind in SIZES),
        f"With only 5 efforts to choose from, n = 25, 400, 6400: {coarse}.",
        "",
        "Gap by q at n = 400:",
        Table(
            ("q", "linear", "binary"),
            rows_of(
                (f"{q}", f"{a:.3e}", f"{b:.3e}")
                for q, a, b in zip(result["q"]["q"], result["q"]["linear"], result["q"]["binary"], strict=True)
            ),
        ),
    ]


def _law(kind: str, law: Json) -> str:
    if law["slope"] is None:
        return f"{kind}: the gap is 0; first best is reached."
    return (
        f"{kind}: gap = {law['constant']:.4f} / {SIZES[kind]}; slope of ln gap by ln n {law['slope']:.3f}; "
        f"gap x {SIZES[kind]} within a factor of {law['spread']:.2f} over the larger half of the n"
    )


def design(result: Json) -> Report:
    expected, currency = result["expected"], result["currency"]
    if expected["quality"] is None:
        return [result["contract"], Warnings([sign["says"] for sign in expected["signatures"]])]
    spent, value = (money(expected[k], currency) for k in ("spent_minor", "value_minor"))
    return [
        result["contract"],
        f"Expected over {expected['weeks']} weeks: {expected['correct']} right consensus labels "
        f"({expected['quality']:.1%} of those answered twice), bonuses of {spent}, worth {value}.",
        Warnings([f"{sign['name']}: {sign['says']}" for sign in expected["signatures"]]),
    ]


def trial(result: Json) -> Report:
    rows, currency = result["rows"], result["currency"]
    warnings = {
        f"{sign['name']} ({row['contract']}, {row['retest_rate']:.0%}): {sign['says']}": None
        for row in rows
        for sign in row["signatures"]
    }
    return [
        Table(
            ("contract", "retests", "right consensus", "spent", "minor units per right label", "honest flagged"),
            rows_of(
                (
                    row["contract"],
                    percent(row["retest_rate"]),
                    percent(row["quality"], 1),
                    money(round(row["spent_minor"]), currency),
                    "-" if row["cost_per_correct_minor"] is None else f"{row['cost_per_correct_minor']:.2f}",
                    percent(row["false_flags"], 1),
                )
                for row in rows
            ),
        ),
        "",
        Table(
            ("pay by type", *(f"{row['contract']} {row['retest_rate']:.0%}" for row in rows)),
            [Row([Cell(name), *(_pay(row["pay"][name]) for row in rows)]) for name in rows[0]["pay"]],
        ),
        "",
        "Ranges hold the middle 90 % of annotators.",
        "",
        Warnings(list(warnings)),
    ]


def _pay(pay: Json) -> Cell:
    mean, low, high = (f"{pay[k] / 100:.2f}" for k in ("mean", "low", "high"))
    return Cell(mean, f"{low}-{high}")
