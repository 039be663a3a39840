"""Work for which nothing is settled yet."""

from dataclasses import dataclass

import numpy as np

from ls_backend.measurement.evidence import find_checks
from ls_backend.services.context import Context
from ls_backend.services.queries.judgments import judgments_of
from ls_backend.store import gold, ledger, projects


@dataclass(frozen=True, slots=True)
class UnsettledWork:
    """An annotator's judgments since the last settlement, and how many of them were checks."""

    judgments: int
    checks: int


def unsettled_work(ctx: Context, project: int) -> dict[str, UnsettledWork]:
    """By annotator, of everybody who has ever labelled."""
    record, judged = projects.get(ctx.store, project, detached=True), judgments_of(ctx, project)
    since = judged.at >= ledger.settled_until(ctx.store, project)
    checks = find_checks(judged, gold.known_answers(ctx.store, project), min_lag=record.min_lag)
    people = len(judged.annotators)
    answers = np.bincount(judged.annotator[since], minlength=people).tolist()
    checked = np.bincount(checks.annotator[since[checks.row]], minlength=people).tolist()
    return {name: UnsettledWork(*counts) for name, *counts in zip(judged.annotators, answers, checked, strict=True)}
