"""A contract in plain words, for annotators to read."""

from ls_backend.contracts.terms import Contract, Measure, Measured, digits, money

MEASURE_WORDS = {
    Measure.SELF_CONSISTENCY: "self-consistency (how often you prefer the same answer when a pair comes again)",
    Measure.GOLD: "gold accuracy (how often you choose the known answer where there is one)",
    Measure.ATTENTIVENESS: "attentiveness (worked out from repeated pairs and pairs with a known answer, 0 to 1)",
}
PERIOD_WORDS = {"week": "Each week", "month": "Each month", "project": "At the end of the project"}
EXAMPLE_JUDGMENTS = 200


def explain(contract: Contract, *, judgments: int = EXAMPLE_JUDGMENTS, score: float | None = None) -> str:
    """The contract in plain words with worked examples; for somebody with their own ``judgments`` and ``score``."""
    examples = _examples(contract, judgments, score)
    return "\n".join([*_parts_of_pay(contract), "", *_conditions(contract), "", *examples])


def _parts_of_pay(contract: Contract) -> list[str]:
    terms, improvement = contract.bonus_terms, contract.improvement
    base = contract.base.per_judgment_minor
    lines = [f"Your pay, by contract {contract.version}", "", f"{PERIOD_WORDS[contract.period]} you are paid:"]
    if base:
        lines.append(f"- Base pay: {money(base, contract.currency)} for each answer, always.")
    lines += [
        f"- A bonus by your {MEASURE_WORDS[terms.measure]}. {terms.in_words(contract.currency)}",
        f"  It is at most {money(terms.cap_minor, contract.currency)}, and never negative: a low score takes nothing away.",
    ]
    if improvement:
        lines.append(
            f"- {money(improvement.minor, contract.currency)} when you have got better for good: your score at least "
            f"{digits(improvement.least)} above your own best earlier period, in both halves of the period."
        )
    return lines


def _conditions(contract: Contract) -> list[str]:
    minimum = contract.minimum
    before = f"at most {minimum.share:.0%} of the highest bonus is paid" if minimum.share else "no bonus is paid yet"
    return [
        f"Your score needs {minimum.monitored} checked answers (repeated pairs and pairs with a known answer); "
        f"before that {before}.",
        "A different taste does not lower your score: you are compared with yourself, and with answers beyond dispute.",
    ]


def _examples(contract: Contract, judgments: int, own: float | None) -> list[str]:
    terms, checks = contract.bonus_terms, max(contract.minimum.monitored, 1)
    lines = [f"Examples, for {judgments} answers and enough checks:"]
    for score in sorted({*terms.example_scores, 1.0, *(() if own is None else (own,))}):
        scores = {measure.value: score if measure is terms.measure else None for measure in Measure}
        pay = contract.pay(Measured(judgments, checks, **scores))
        base = f"{money(pay.base.minor, contract.currency)} base pay + " if pay.base.minor else ""
        whose = "your score now, " if score == own else "score "
        lines.append(f"- {whose}{digits(score)}: {base}{money(pay.bonus.minor, contract.currency)} bonus")
    return lines
