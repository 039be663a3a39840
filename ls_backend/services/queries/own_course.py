"""How an annotator's own work went, in weeks, in habits and in tips: as of the answers of which they were told."""

from dataclasses import dataclass

import numpy as np

from ls_backend.analysis import drift
from ls_backend.analysis.alarms import expected_agreement
from ls_backend.analysis.courses import Week, time_in_sitting, weeks
from ls_backend.arrays import Bools, Floats
from ls_backend.measurement.estimate import Estimate, proportion
from ls_backend.measurement.evidence import Checks, gather_evidence
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.scorecard import Scorecard
from ls_backend.programme.tips import Profile, Tip, tips
from ls_backend.services.context import Context
from ls_backend.services.queries.figures import CheckedJudgments, checked_judgments_of, figure
from ls_backend.store import gold, projects, scorecards, tasks

STRICT = 0.99  # the level of what a tip is given for
TREND_LEVEL = 0.95  # a trend takes many checks to see; stricter, it would hardly ever be told
SITTING_GAP_SECONDS = 1800.0  # a longer pause begins a new sitting
LATE_SECONDS = 3600.0  # what comes later in a sitting is late


@dataclass(frozen=True, slots=True)
class OwnCourse:
    """``profile`` is None for who was told nothing yet."""

    weeks: list[Week]
    profile: Profile | None
    tips: list[Tip]


def course_of(ctx: Context, project: int, annotator: str, *, patience: float | None = None) -> OwnCourse:
    """The course of somebody; kept until they are told of more answers.

    Raises:
        NotReadyError: it takes longer than ``patience``, in seconds.
    """
    record = scorecards.find(ctx.store, project, annotator)
    card = record.told if record else None
    if card is None:
        return OwnCourse([], None, [])
    basis = (card.judgments, card.settled_minor, gold.digest(ctx.store, project))
    key = (project, f"course of {annotator}")
    return ctx.figures_cache.get(
        key, basis, lambda: _course(ctx, project, card), clock=ctx.clock, first_patience=patience
    ).value


def _course(ctx: Context, project: int, card: Scorecard) -> OwnCourse:
    checked = checked_judgments_of(ctx, project).value
    beyond = figure(ctx, project, "beyond", lambda: beyond_expected(checked)).value
    lengths = figure(ctx, project, "lengths", lambda: _lengths(ctx, project, checked.judgments)).value
    profile = profile_of(checked, beyond, card, lengths)
    return OwnCourse(
        weeks(checked.judgments, checked.checks, of=_told(checked.judgments, card)), profile, tips(profile)
    )


def _told(judged: Judgments, card: Scorecard) -> Bools:
    """The own judgments that a scorecard follows from."""
    return judged.are_of(card.annotator) & (judged.position < card.judgments)


def _lengths(ctx: Context, project: int, judged: Judgments) -> Floats:
    """How many characters each item shows, NaN where no task of it is known, (I,)."""
    fields, shown = projects.get(ctx.store, project).fields, tasks.data_by_item(ctx.store, project)
    return np.array(
        [sum(len(str(shown[i].get(field, ""))) for field in fields) if i in shown else np.nan for i in judged.items]
    )


def beyond_expected(checked: CheckedJudgments) -> Floats:
    """How far each check agreed beyond what its annotator's attentiveness lets expect of it, (m,)."""
    posterior = gather_evidence(checked.judgments, checked.gold, checks=checked.checks).attentiveness(pooled=True)
    return checked.checks.agreed - expected_agreement(checked.checks, posterior.mean, posterior.grouped_q)


def profile_of(checked: CheckedJudgments, beyond: Floats, card: Scorecard, lengths: Floats) -> Profile:
    """What tips for the annotator of a scorecard follow from; ``beyond`` is that of :func:`beyond_expected`, ``lengths`` (I,) says how
    much each item shows."""
    judged, checks = checked.judgments, checked.checks
    own = _told(judged, card)
    ties = 0 if judged.answers else int((judged.preference[own] == 0).sum())
    return Profile(
        judgments=card.judgments,
        self_consistency=card.self_consistency,
        gold=card.gold,
        left_bias=card.position_bias,
        ties=proportion(ties, int(own.sum()), level=STRICT, reason="no answer yet"),
        by_slice=_by_slice(judged, checks, own, beyond),
        trend=drift.trend(beyond[own[checks.row]], level=TREND_LEVEL),
        late=_late(judged, checks, own, beyond),
        pace=drift.elasticity(lengths[judged.item[own]], judged.lead_time[own], level=STRICT),
    )


def _by_slice(judged: Judgments, checks: Checks, own: Bools, beyond: Floats) -> dict[str, Estimate]:
    """How much better checks come out in each slice than elsewhere, beside everybody's in that slice: one of close pairs is no fault."""
    of_check = judged.slice[checks.row] + 1  # 0 for none
    n, total = np.bincount(of_check), np.bincount(of_check, beyond)
    beside, ours = beyond - (total / np.maximum(n, 1))[of_check], own[checks.row]
    level = 1 - (1 - STRICT) / max(1, len(judged.slices))  # of all slices together
    return {
        name: drift.difference(beside[ours & (of_check == s)], beside[ours & (of_check != s)], level=level)
        for s, name in enumerate(judged.slices, start=1)
        if name
    }


def _late(judged: Judgments, checks: Checks, own: Bools, beyond: Floats) -> Estimate:
    """How much better checks come out late in a sitting than before."""
    sat = np.zeros(len(judged))
    sat[own] = time_in_sitting(judged.at[own], gap=SITTING_GAP_SECONDS)
    ours = own[checks.row]
    late = sat[checks.row[ours]] > LATE_SECONDS
    return drift.difference(beyond[ours][late], beyond[ours][~late], level=STRICT)
