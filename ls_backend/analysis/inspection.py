"""A close look at a project: what asks for somebody's attention. It moves neither reputation nor pay."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ls_backend.analysis import drift
from ls_backend.analysis.agreement import Level, krippendorff_alpha, pairwise_agreement
from ls_backend.analysis.alarms import alarm_process, expected_agreement
from ls_backend.analysis.anomalies import Flag, find_flags
from ls_backend.analysis.close_pairs import CareByGroup, care_by_group
from ls_backend.analysis.decidedness import decidedness
from ls_backend.analysis.gold_use import GoldUse, gold_use
from ls_backend.analysis.knowable import Knowable, knowables
from ls_backend.analysis.lags import LagAgreement, agreement_by_lag
from ls_backend.analysis.tastes import Tastes, overlap, tastes
from ls_backend.measurement.attentiveness import Attentiveness, GroupedQ
from ls_backend.measurement.decidedness import DecidednessSource
from ls_backend.measurement.estimate import Estimate
from ls_backend.measurement.evidence import Checks, find_checks, gather_evidence
from ls_backend.measurement.judgments import GoldItem, Judgments, parts

ALPHA = 0.05  # chance that an annotator who is as attentive as required ever has an alarm
MOST_PAIRS = 200


@dataclass(frozen=True, slots=True)
class InspectionOptions:
    """An annotator below the ``required`` attentiveness gets an alarm; of all flags, a share of ``false_discovery_rate`` may be
    false."""

    required: float = 0.6
    false_discovery_rate: float = 0.05


DEFAULT_OPTIONS = InspectionOptions()


@dataclass(frozen=True, slots=True)
class AnnotatorConcern:
    """How an annotator does over time: ``alarm`` says that the ``evidence`` against the required attentiveness ever was high
    enough, ``trend`` is the change of agreement beyond what their attentiveness lets expect of each check. Figures are
    rounded."""

    annotator: str
    attentiveness: float | None
    alarm: bool
    evidence: float
    trend: Estimate


@dataclass(frozen=True, slots=True)
class InspectedAnnotator(AnnotatorConcern):
    """Besides, what overlap adds: attentiveness ``with_overlap``, and the chance that they have a taste of their ``own_taste``;
    None in other tasks than pairs. And attentiveness ``on_decided`` and ``on_close`` pairs, None where nothing tells those apart."""

    with_overlap: float | None
    own_taste: float | None
    on_decided: Estimate | None = None
    on_close: Estimate | None = None


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Of two annotators over the ``items`` both answered; ``kappa`` is None where it is undefined. Figures are rounded."""

    annotators: tuple[str, str]
    items: int
    same_side: float
    weighted: float
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Concerns:
    """What may want somebody's attention: gold items to retire, odd work, and how annotators do over time."""

    gold: tuple[GoldUse, ...]
    flags: tuple[Flag, ...]
    annotators: tuple[AnnotatorConcern, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """The concerns, and besides them: what can be told from the judgments at all (``knowable``), Krippendorff's alpha (``agreement``) and ``decidedness`` by slice, "" being the whole
    project, the agreement of the pairs of annotators with the most items in common, and that of retests ``by_lag``; ``decided_by``
    says what tells decided pairs from others, and ``grouped_q`` how decided the others and those are."""

    agreement: Mapping[str, Estimate]
    pairwise: tuple[PairAgreement, ...]
    decidedness: Mapping[str, Estimate]
    gold: tuple[GoldUse, ...]
    flags: tuple[Flag, ...]
    annotators: tuple[InspectedAnnotator, ...]
    knowable: tuple[Knowable, ...]
    by_lag: tuple[LagAgreement, ...]
    decided_by: DecidednessSource
    grouped_q: GroupedQ


def inspection(
    judgments: Judgments,
    gold: Mapping[str, GoldItem],
    *,
    rng: np.random.Generator,
    min_lag: int = 0,
    options: InspectionOptions = DEFAULT_OPTIONS,
    words: Mapping[str, int] | None = None,
) -> Inspection:
    """The :func:`concerns`, agreement, how decided preferences are, and what overlap adds.

    ``rng`` is for the bootstrap; ``words`` as in :func:`concerns`. In other tasks than pairs what overlap says of attentiveness
    and q is left out.
    """
    checks, posterior = _checks_and_posterior(judgments, gold, min_lag)
    project_concerns = _concerns(judgments, gold, checks, posterior, options, words)
    alphas = _alpha_by_slice(judgments, rng)
    paired = bool(judgments) and not judgments.answers
    return Inspection(
        agreement=alphas,
        pairwise=_pair_agreements(judgments),
        decidedness=decidedness(judgments, posterior.mean, gold, rng=rng) if paired else {},
        gold=project_concerns.gold,
        flags=project_concerns.flags,
        annotators=_with_overlap(
            project_concerns.annotators,
            tastes(posterior, overlap(judgments, gold)) if paired else None,
            care_by_group(judgments, checks, posterior),
        ),
        knowable=knowables(judgments, gold, words=words),
        by_lag=tuple(agreement_by_lag(judgments, min_lag=min_lag)),
        decided_by=checks.pair_groups.source,
        grouped_q=posterior.grouped_q,
    )


def concerns(
    judgments: Judgments,
    gold: Mapping[str, GoldItem],
    *,
    min_lag: int = 0,
    options: InspectionOptions = DEFAULT_OPTIONS,
    words: Mapping[str, int] | None = None,
) -> Concerns:
    """What may want somebody's attention; ``words`` is how much there is to read, by item, where it is known."""
    checks, posterior = _checks_and_posterior(judgments, gold, min_lag)
    return _concerns(judgments, gold, checks, posterior, options, words)


def _checks_and_posterior(
    judgments: Judgments, gold: Mapping[str, GoldItem], min_lag: int
) -> tuple[Checks, Attentiveness]:
    checks = find_checks(judgments, gold, min_lag=min_lag)
    return checks, gather_evidence(judgments, gold, checks=checks).attentiveness(pooled=True)


def _concerns(
    judgments: Judgments,
    gold: Mapping[str, GoldItem],
    checks: Checks,
    posterior: Attentiveness,
    options: InspectionOptions,
    words: Mapping[str, int] | None,
) -> Concerns:
    lengths = None if not words else np.array([words.get(name, 1) for name in judgments.items], dtype=np.float64)
    return Concerns(
        gold=tuple(gold_use(judgments, gold, posterior.mean)),
        flags=tuple(
            find_flags(
                judgments,
                lengths=lengths,
                pair_groups=checks.pair_groups,
                false_discovery_rate=options.false_discovery_rate,
            )
        ),
        annotators=tuple(_over_time(judgments.annotators, checks, posterior, options.required)),
    )


def _over_time(
    names: tuple[str, ...], checks: Checks, posterior: Attentiveness, required: float
) -> Iterator[AnnotatorConcern]:
    highest = alarm_process(checks, posterior, required).evidence.max(axis=1, initial=1.0).tolist()
    beyond_expected = checks.agreed - expected_agreement(checks, posterior.mean, posterior.grouped_q)
    rows = parts(checks.annotator, len(names))
    for name, eta, n, evidence, own in zip(
        names, posterior.mean.tolist(), posterior.n.tolist(), highest, rows, strict=True
    ):
        yield AnnotatorConcern(
            annotator=name,
            attentiveness=round(eta, 4) if n else None,
            alarm=evidence >= 1 / ALPHA,
            evidence=round(evidence, 3),
            trend=drift.trend(beyond_expected[own]),
        )


def _alpha_by_slice(judgments: Judgments, rng: np.random.Generator) -> dict[str, Estimate]:
    on_scale = judgments.values.size > 3 or any(answer.startswith('{"of"') for answer in judgments.answers)
    level: Level = "ordinal" if on_scale else "nominal"
    slices = [(None, "")] + [(k, name) for k, name in enumerate(judgments.slices) if name]
    return {name: krippendorff_alpha(judgments, slice_=k, rng=rng, level=level) for k, name in slices}


def _pair_agreements(judgments: Judgments) -> tuple[PairAgreement, ...]:
    """Of the pairs of annotators with the most items in common."""
    if judgments.answers:
        return ()
    pairs = pairwise_agreement(judgments)
    one, other = np.triu_indices(len(judgments.annotators), 1)
    order = np.argsort(-pairs.n[one, other], kind="stable")[:MOST_PAIRS]
    return tuple(
        PairAgreement(
            annotators=(judgments.annotators[a], judgments.annotators[b]),
            items=int(pairs.n[a, b]),
            same_side=round(float(pairs.plain[a, b]), 4),
            weighted=round(float(pairs.graded[a, b]), 4),
            kappa=round(float(pairs.kappa[a, b]), 4) if np.isfinite(pairs.kappa[a, b]) else None,
        )
        for a, b in zip(one[order].tolist(), other[order].tolist(), strict=True)
        if pairs.n[a, b]
    )


def _with_overlap(
    annotators: tuple[AnnotatorConcern, ...], fitted: Tastes | None, by_group: CareByGroup | None
) -> tuple[InspectedAnnotator, ...]:
    return tuple(
        InspectedAnnotator(
            annotator.annotator,
            annotator.attentiveness,
            annotator.alarm,
            annotator.evidence,
            annotator.trend,
            with_overlap=None if fitted is None else round(float(fitted.attentiveness.mean[a]), 4),
            own_taste=None if fitted is None else round(float(fitted.share[a, -1]), 4),
            on_decided=None if by_group is None else by_group.decided[a],
            on_close=None if by_group is None else by_group.close[a],
        )
        for a, annotator in enumerate(annotators)
    )
