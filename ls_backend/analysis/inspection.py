"""A close look at a project: what asks for somebody's attention. It moves neither reputation nor pay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self, TypeVar

import numpy as np

from ls_backend.analysis import drift
from ls_backend.analysis.additive import rows_together
from ls_backend.analysis.agreement import AnswerPatterns, krippendorff_alpha, pairwise_agreement
from ls_backend.analysis.alarms import alarm_process, expected_agreement
from ls_backend.analysis.anomalies import Flag, Habits, Meetings, find_flags
from ls_backend.analysis.close_pairs import CareByGroup, GroupEvidence, care_by_group
from ls_backend.analysis.decidedness import OverlapSums
from ls_backend.analysis.first_answers import Among, FirstAnswers, PairCounts
from ls_backend.analysis.gold_use import GoldUse, gold_use, most_urgent_first
from ls_backend.analysis.knowable import Facts, Knowable, OwnFacts, knowables
from ls_backend.analysis.lags import LagAgreement, LagCounts, agreement_by_lag
from ls_backend.analysis.tastes import Tastes, overlap, tastes
from ls_backend.arrays import Floats, Ints
from ls_backend.measurement.attentiveness import Attentiveness, GroupedQ
from ls_backend.measurement.decidedness import (
    DecidednessSource,
    GroupingCounts,
    GroupRule,
    StrengthLimits,
    pair_groups,
    strength_limits,
)
from ls_backend.measurement.estimate import Estimate
from ls_backend.measurement.evidence import Checks, Evidence, find_checks, gather_evidence
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


@dataclass(frozen=True)
class OwnWork:
    """What follows from each annotator's own judgments, (A,): the ``evidence`` of all checks, and that by group of pairs where something
    tells decided ones; what the project's rule of those follows from (``grouping``, and the ``limits`` of strength), and the ``rule`` that
    was applied; and ``habits``, retests by lag and ``facts``. ``slices`` are the names of those that occur; ``has_sides`` says that answers
    are on pairs."""

    evidence: Evidence
    by_group: GroupEvidence | None
    grouping: GroupingCounts
    limits: StrengthLimits
    rule: GroupRule
    habits: Habits
    lags: LagCounts
    facts: OwnFacts
    slices: frozenset[str]
    has_sides: bool

    @classmethod
    def of(
        cls,
        judgments: Judgments,
        gold: Mapping[str, GoldItem],
        checks: Checks,
        *,
        min_lag: int,
        words: Mapping[str, int] | None,
    ) -> Self:
        """Of all judgments of some annotators; ``checks`` are theirs, ``words`` as in :func:`concerns`."""
        groups = checks.pair_groups
        tells = groups.source is not DecidednessSource.NONE
        lengths = None if not words else np.array([words.get(name, 1) for name in judgments.items], dtype=np.float64)
        return cls(
            evidence=gather_evidence(judgments, gold, checks=checks),
            by_group=GroupEvidence.of(judgments, checks) if tells else None,
            grouping=GroupingCounts.of(judgments, gold, groups),
            limits=strength_limits(judgments, gold),
            rule=groups.rule,
            habits=Habits.of(judgments, lengths=lengths, pair_groups=groups),
            lags=LagCounts.of(judgments, min_lag=min_lag),
            facts=OwnFacts.of(judgments, gold),
            slices=frozenset(filter(None, judgments.slices)),
            has_sides=not judgments.answers,
        )

    @classmethod
    def together(cls, parts: Sequence[Self]) -> Self:
        """The work of the annotators of all parts, in their order."""
        work = rows_together(parts, [part.habits.annotators for part in parts])
        return replace(work, slices=frozenset().union(*(part.slices for part in parts)))


@dataclass(frozen=True)
class Everybody:
    """The ``work`` of all annotators, and their attentiveness by it."""

    work: OwnWork
    posterior: Attentiveness

    @classmethod
    def of(cls, work: OwnWork) -> Self:
        evidence = replace(work.evidence, decided_share=work.grouping.decided_share)
        return cls(work, evidence.attentiveness(pooled=True))

    @property
    def annotators(self) -> tuple[str, ...]:
        return self.work.habits.annotators


@dataclass(frozen=True)
class CourseTerms:
    """By what some annotators are looked at over time: their ``attentiveness`` (A,) and the number of their ``checks`` (A,), how decided
    pairs are by group (``q``), and the ``required`` attentiveness."""

    attentiveness: Floats
    checks: Ints
    q: GroupedQ
    required: float

    @classmethod
    def of(cls, everybody: Everybody, required: float) -> Self:
        posterior = everybody.posterior
        return cls(posterior.mean, posterior.n, posterior.grouped_q, required)

    def take(self, annotators: Ints) -> "CourseTerms":
        """Those of some of the annotators."""
        return replace(self, attentiveness=self.attentiveness[annotators], checks=self.checks[annotators])


@dataclass(frozen=True)
class ItemTerms:
    """By what the answers of all ``annotators`` on some items are looked at: their ``attentiveness`` (A,), the ``rule`` that tells decided
    pairs, and the ``limits`` of strength; ``has_sides`` says that answers are on pairs."""

    annotators: tuple[str, ...]
    attentiveness: Floats
    rule: GroupRule
    limits: StrengthLimits
    has_sides: bool

    @classmethod
    def of(cls, everybody: Everybody) -> Self:
        work = everybody.work
        return cls(everybody.annotators, everybody.posterior.mean, work.rule, work.limits, work.has_sides)


@dataclass(frozen=True)
class ConcerningItems:
    """What of some items may want attention: ``gold`` items, and what flags follow from."""

    gold: tuple[GoldUse, ...]
    meetings: Meetings

    @classmethod
    def of(cls, first: FirstAnswers, among: Among, gold: Mapping[str, GoldItem], terms: ItemTerms) -> Self:
        """``first`` are everybody's on these items; ``among`` says where who answered them stands among all."""
        groups = pair_groups(first.judgments, gold, terms.rule, terms.limits.take(among.places))
        uses = gold_use(first.judgments, gold, terms.attentiveness[among.places], people=among.people)
        return cls(tuple(uses), Meetings.of(first, groups))

    def __add__(self, other: "ConcerningItems") -> "ConcerningItems":
        return ConcerningItems((*self.gold, *other.gold), self.meetings + other.meetings)


@dataclass(frozen=True)
class SharedWork:
    """What follows from everybody's answers on some items: what may want attention (``concerning``), how many items were judged, and how many
    by several annotators (``shared``); ``patterns`` of answers, and on pairs the sums that q follows from (``overlap``), by slice, "" being
    all."""

    concerning: ConcerningItems
    items: int
    shared: int
    patterns: Mapping[str, AnswerPatterns]
    overlap: Mapping[str, OverlapSums]

    @classmethod
    def of(cls, judgments: Judgments, gold: Mapping[str, GoldItem], terms: ItemTerms) -> Self:
        """``judgments`` are all on these items."""
        among = Among.everybody(judgments.annotators, terms.annotators)
        first = FirstAnswers.of(judgments, gold, among)
        slices = {"": None, **{name: code for code, name in enumerate(judgments.slices) if name}}
        return cls(
            concerning=ConcerningItems.of(first, among, gold, terms),
            items=len(judgments.items),
            shared=int((first.answers > 1).sum()),
            patterns={name: AnswerPatterns.of(first, slice_=code) for name, code in slices.items()},
            overlap={
                name: OverlapSums.of(first, terms.attentiveness, slice_=code)
                for name, code in slices.items()
                if terms.has_sides
            },
        )

    def __add__(self, other: "SharedWork") -> "SharedWork":
        return SharedWork(
            self.concerning + other.concerning,
            self.items + other.items,
            self.shared + other.shared,
            _by_name(self.patterns, other.patterns),
            _by_name(self.overlap, other.overlap),
        )


Sum = TypeVar("Sum", AnswerPatterns, OverlapSums)


def _by_name(one: Mapping[str, Sum], other: Mapping[str, Sum]) -> dict[str, Sum]:
    """The sums of both under the same names."""
    return {
        name: one[name] + other[name] if name in one and name in other else (one if name in one else other)[name]
        for name in {**one, **other}
    }


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
    checks = find_checks(judgments, gold, min_lag=min_lag)
    everybody = Everybody.of(OwnWork.of(judgments, gold, checks, min_lag=min_lag, words=words))
    over_time = courses(judgments.annotators, checks, CourseTerms.of(everybody, options.required))
    shared = SharedWork.of(judgments, gold, ItemTerms.of(everybody))
    return close_look(everybody, over_time, shared, rng=rng, options=options, has_words=bool(words))


def concerns(
    judgments: Judgments,
    gold: Mapping[str, GoldItem],
    *,
    min_lag: int = 0,
    options: InspectionOptions = DEFAULT_OPTIONS,
    words: Mapping[str, int] | None = None,
) -> Concerns:
    """What may want somebody's attention; ``words`` is how much there is to read, by item, where it is known."""
    checks = find_checks(judgments, gold, min_lag=min_lag)
    everybody = Everybody.of(OwnWork.of(judgments, gold, checks, min_lag=min_lag, words=words))
    over_time = courses(judgments.annotators, checks, CourseTerms.of(everybody, options.required))
    among = Among.themselves(judgments)
    concerning = ConcerningItems.of(FirstAnswers.of(judgments, gold, among), among, gold, ItemTerms.of(everybody))
    return _concerns(everybody, over_time, concerning, options)


def close_look(
    everybody: Everybody,
    over_time: Sequence[AnnotatorConcern],
    shared: SharedWork,
    *,
    rng: np.random.Generator,
    options: InspectionOptions,
    has_words: bool,
) -> Inspection:
    """What follows from the work of all annotators and on all items; ``over_time`` is by annotator, in their order."""
    work, posterior = everybody.work, everybody.posterior
    project_concerns = _concerns(everybody, over_time, shared.concerning, options)
    slices = ["", *sorted(work.slices)]
    on_pairs = work.has_sides and bool(over_time)
    facts = Facts(work.facts, work.has_sides, shared.items, shared.shared, len(work.slices), has_words)
    pairs = shared.concerning.meetings.pairs
    return Inspection(
        agreement={name: krippendorff_alpha(shared.patterns[name], rng=rng) for name in slices},
        pairwise=_pair_agreements(everybody.annotators, pairs, work.habits.answers.shape[1]) if on_pairs else (),
        decidedness={name: sums.decidedness() for name, sums in sorted(shared.overlap.items()) if on_pairs},
        gold=project_concerns.gold,
        flags=project_concerns.flags,
        annotators=_with_overlap(
            project_concerns.annotators,
            tastes(posterior, overlap(pairs)) if on_pairs else None,
            None if work.by_group is None else care_by_group(work.by_group, posterior),
        ),
        knowable=knowables(facts),
        by_lag=tuple(agreement_by_lag(work.lags)),
        decided_by=work.rule.source,
        grouped_q=posterior.grouped_q,
    )


def _concerns(
    everybody: Everybody,
    over_time: Sequence[AnnotatorConcern],
    concerning: ConcerningItems,
    options: InspectionOptions,
) -> Concerns:
    rate = options.false_discovery_rate
    return Concerns(
        gold=tuple(most_urgent_first(concerning.gold)),
        flags=tuple(find_flags(everybody.work.habits, concerning.meetings, false_discovery_rate=rate)),
        annotators=tuple(over_time),
    )


def courses(names: Sequence[str], checks: Checks, terms: CourseTerms) -> list[AnnotatorConcern]:
    """How some annotators did over time, by their checks."""
    process = alarm_process(checks, terms.q, terms.required, people=len(names))
    highest = process.evidence.max(axis=1, initial=1.0).tolist()
    beyond_expected = checks.agreed - expected_agreement(checks, terms.attentiveness, terms.q)
    rows = parts(checks.annotator, len(names))
    columns = (names, terms.attentiveness.tolist(), terms.checks.tolist(), highest, rows)
    return [
        AnnotatorConcern(
            annotator=name,
            attentiveness=round(eta, 4) if n else None,
            alarm=evidence >= 1 / ALPHA,
            evidence=round(evidence, 3),
            trend=drift.trend(beyond_expected[own]),
        )
        for name, eta, n, evidence, own in zip(*columns, strict=True)
    ]


def _pair_agreements(names: Sequence[str], pairs: PairCounts, values: int) -> tuple[PairAgreement, ...]:
    """Of the pairs of annotators with the most items in common; the scale has so many ``values``."""
    agreement = pairwise_agreement(pairs, values=values)
    most = np.argsort(-agreement.n, kind="stable")[:MOST_PAIRS]
    figures = (agreement.one, agreement.other, agreement.n, agreement.plain, agreement.graded, agreement.kappa)
    return tuple(
        PairAgreement(
            annotators=(names[one], names[other]),
            items=n,
            same_side=round(plain, 4),
            weighted=round(graded, 4),
            kappa=round(kappa, 4) if np.isfinite(kappa) else None,
        )
        for one, other, n, plain, graded, kappa in zip(*(column[most].tolist() for column in figures), strict=True)
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
