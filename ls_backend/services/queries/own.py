"""What an annotator reads of themself on their own page. It says nothing of others, and never which items were checks."""

from dataclasses import dataclass

from ls_backend.analysis import drift
from ls_backend.analysis.alarms import expected_agreement
from ls_backend.analysis.courses import Day, Week, days, weeks
from ls_backend.arrays import Bools, Floats
from ls_backend.contracts.explain import explain
from ls_backend.errors import InputError
from ls_backend.measurement.estimate import Estimate, proportion
from ls_backend.measurement.evidence import Checks, gather_evidence
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.scorecard import Scorecard
from ls_backend.programme.tips import Profile, Tip, tips
from ls_backend.services.context import Context
from ls_backend.services.queries.figures import CheckedJudgments, checked_judgments_of, figure
from ls_backend.services.queries.standing import OwnStanding, standing_of
from ls_backend.store import judgments as stored
from ls_backend.store import ledger, projects, scorecards
from ls_backend.store.records import DisputeRecord
from ls_backend.types import Json

STRICT = 0.99  # the level of what a tip is given for
TREND_LEVEL = 0.95  # a trend takes many checks to see; stricter, it would hardly ever be told


@dataclass(frozen=True, slots=True)
class OwnProject:
    """A project in which somebody has labelled."""

    id: int
    title: str


@dataclass(frozen=True, slots=True)
class OwnPage:
    """One annotator in one project."""

    project: OwnProject
    projects: list[OwnProject]
    standing: OwnStanding
    weeks: list[Week]
    days: list[Day]
    tips: list[Tip]
    contract: str
    disputes: list[DisputeRecord]


def own_projects(ctx: Context, annotator: str) -> list[OwnProject]:
    """The monitored projects in which somebody has labelled."""
    return [
        OwnProject(record.id, record.title)
        for record in projects.attached(ctx.store)
        if scorecards.find(ctx.store, record.id, annotator) is not None
    ]


def own_page(ctx: Context, annotator: str, project: int | None = None) -> OwnPage | None:
    """Somebody's own page, of a project or the first of theirs; None for who has labelled nothing that counts.

    Raises:
        InputError: they have labelled nothing in this project.
    """
    theirs = own_projects(ctx, annotator)
    if project is not None and project not in {own.id for own in theirs}:
        raise InputError(f"you have no answers in project {project} yet")
    if not theirs:
        return None
    chosen = next(own for own in theirs if project in (None, own.id))
    record, card = projects.get(ctx.store, chosen.id), _card(ctx, chosen.id, annotator)
    checked = checked_judgments_of(ctx, chosen.id).value
    own = checked.judgments.are_of(annotator)
    return OwnPage(
        project=chosen,
        projects=theirs,
        standing=standing_of(ctx, chosen.id, annotator),
        weeks=weeks(checked.judgments, checked.checks, of=own),
        days=days(checked.judgments, of=own)[::-1],
        tips=tips(profile_of(checked, figure(ctx, chosen.id, "beyond", lambda: beyond_expected(checked)).value, card)),
        contract=explain(record.parsed_contract),
        disputes=ledger.disputes_of(ctx.store, chosen.id, annotator),
    )


def _card(ctx: Context, project: int, annotator: str) -> Scorecard:
    record = scorecards.find(ctx.store, project, annotator)
    assert record is not None  # noqa: S101  (it is one of their projects)
    return record.scorecard


def beyond_expected(checked: CheckedJudgments) -> Floats:
    """How far each check agreed beyond what its annotator's attentiveness lets expect of it, (m,)."""
    posterior = gather_evidence(checked.judgments, checked.gold, checks=checked.checks).attentiveness(pooled=True)
    return checked.checks.agreed - expected_agreement(checked.checks, posterior.mean, posterior.q)


def profile_of(checked: CheckedJudgments, beyond: Floats, card: Scorecard) -> Profile:
    """What tips for the annotator of a scorecard follow from; ``beyond`` is that of :func:`beyond_expected`."""
    judged, checks = checked.judgments, checked.checks
    own = judged.are_of(card.annotator)
    ties = 0 if judged.answers else int((judged.preference[own] == 0).sum())
    return Profile(
        judgments=card.judgments,
        self_consistency=card.self_consistency,
        gold=card.gold,
        left_bias=card.position_bias,
        ties=proportion(ties, int(own.sum()), level=STRICT, reason="no answer yet"),
        by_slice=_by_slice(judged, checks, own),
        trend=drift.trend(beyond[own[checks.row]], level=TREND_LEVEL),
    )


def _by_slice(judged: Judgments, checks: Checks, own: Bools) -> dict[str, Estimate]:
    """Self-consistency in each slice, over retests that can tell."""
    tells = own[checks.row] & checks.is_retest & (checks.owed_to_side < 1)
    slice_, agreed = judged.slice[checks.row[tells]], checks.agreed[tells]
    return {
        name: proportion(agreed[slice_ == s].sum(), (slice_ == s).sum(), level=STRICT, reason="no retest")
        for s, name in enumerate(judged.slices)
        if name
    }


def own_data(ctx: Context, annotator: str) -> Json:
    """What is stored of somebody, for them to take away: answers, figures, pay and disputes. Which items were checks is left out."""
    return {
        "annotator": annotator,
        "projects": [
            {
                "project": own.id,
                "title": own.title,
                "answers": [
                    {"at": record.at, "task": record.task, "seconds": record.lead_time, "latest": record.latest}
                    for record in stored.of_annotator(ctx.store, own.id, annotator)
                ],
                "scorecard": _card(ctx, own.id, annotator).to_dict(),
                "pay": [
                    line.detail | {"minor": line.minor, "currency": line.currency, "period": line.period}
                    for line in ledger.lines_of(ctx.store, own.id, annotator)
                ],
                "disputes": [
                    {"text": d.text, "at": d.at, "resolution": d.resolution, "minor": d.minor}
                    for d in ledger.disputes_of(ctx.store, own.id, annotator)
                ],
            }
            for own in own_projects(ctx, annotator)
        ],
    }
