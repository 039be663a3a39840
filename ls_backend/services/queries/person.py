"""One annotator of a project: how they do over time, the evidence for it, and what was said to them and about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ls_backend.analysis.agreement import agreement_with_others
from ls_backend.analysis.courses import Week, hours_of_day, weeks
from ls_backend.analysis.inspection import ALPHA, DEFAULT_OPTIONS, InspectedAnnotator
from ls_backend.arrays import Ints
from ls_backend.measurement.estimate import Estimate
from ls_backend.measurement.evidence import Checks
from ls_backend.measurement.judgments import GoldItem, Judgments
from ls_backend.services.context import Context
from ls_backend.services.queries.annotators import AnnotatorRow, annotators_of
from ls_backend.services.queries.figures import CheckedJudgments, checked_judgments_of, inspection_of
from ls_backend.services.queries.ledger import PayLine, pay_lines_of
from ls_backend.services.queries.pauses import pausing
from ls_backend.services.queries.standing import BONUS, OwnStanding, standing_of
from ls_backend.store import notes, pauses, projects
from ls_backend.store.records import NoteRecord, PauseRecord


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered on one showing, and when. ``preference`` is canonical, ``mirrored`` says that the second response stood left;
    ``text`` is the answer of another task than pairs, as JSON."""

    at: float
    preference: int
    mirrored: bool
    text: str


@dataclass(frozen=True, slots=True)
class RetestEvidence:
    """An item that was shown twice: both answers, how many own judgments lie between them (``lag``), how far they agree in 0 to 1,
    whether the sides were swapped, and whether it ``tells`` something: it does not where taking one side explains it."""

    item: str
    first: Answer
    again: Answer
    lag: int
    agreement: float
    swapped: bool
    tells: bool


@dataclass(frozen=True, slots=True)
class GoldEvidence:
    """A gold item: what was answered, what was expected and why, and how right the answer is in 0 to 1."""

    item: str
    answer: Answer
    expected: GoldItem
    agreement: float


Note: TypeAlias = NoteRecord  # pages ask the queries, never the store
Pause: TypeAlias = PauseRecord


@dataclass(frozen=True, slots=True)
class Person:
    """One annotator. ``hours`` counts judgments by hour of the day in UTC, ``agreement`` with others goes by slice, "" being the whole
    project. ``pauses`` are newest first, as are ``notes`` and ``pay``; ``pausing_lacks`` says why they can't be paused, "" where they can."""

    row: AnnotatorRow
    weeks: list[Week]
    retests: list[RetestEvidence]
    gold: list[GoldEvidence]
    hours: list[int]
    concern: InspectedAnnotator | None
    agreement: Mapping[str, Estimate]
    told: OwnStanding
    pay: list[PayLine]
    notes: list[Note]
    pauses: list[Pause]
    pausing_lacks: str
    computed_at: float

    @property
    def alarm_from(self) -> float:
        """The evidence that raises an alarm."""
        return 1 / ALPHA

    @property
    def required(self) -> float:
        """The attentiveness below which an alarm is raised."""
        return DEFAULT_OPTIONS.required

    @property
    def reasons(self) -> list[str]:
        """What is said of the figures, pay left out."""
        return [reason for reason in self._all_reasons if not reason.startswith(BONUS)]

    @property
    def pay_reasons(self) -> list[str]:
        """How the bonus comes about."""
        return [reason for reason in self._all_reasons if reason.startswith(BONUS)]

    @property
    def _all_reasons(self) -> tuple[str, ...]:
        return self.row.card.reasons if self.row.card else ()


def person_of(ctx: Context, project: int, annotator: str) -> Person | None:
    """An annotator; None for who has done nothing in the project.

    Raises:
        NotAttachedError: we do not monitor it.
    """
    projects.get(ctx.store, project)
    row = next((row for row in annotators_of(ctx, project) if row.annotator == annotator), None)
    if row is None:
        return None
    figure = checked_judgments_of(ctx, project)
    judged, checks = figure.value.judgments, figure.value.checks
    rows = judged.rows_of(annotator)
    concerns = inspection_of(ctx, project).value.annotators
    return Person(
        row=row,
        weeks=weeks(judged, checks, of=judged.are_of(annotator)),
        retests=_retests(judged, checks, rows),
        gold=_gold(figure.value, rows),
        hours=hours_of_day(judged.at[rows.start : rows.stop]).tolist(),
        concern=next((concern for concern in concerns if concern.annotator == annotator), None),
        agreement=_agreement(figure.value, annotator),
        told=standing_of(ctx, project, annotator),
        pay=pay_lines_of(ctx, project, annotator),
        notes=notes.of_annotator(ctx.store, project, annotator),
        pauses=pauses.of_annotator(ctx.store, project, annotator),
        pausing_lacks=pausing(ctx).lacks,
        computed_at=figure.computed_at,
    )


def _own_checks(checks: Checks, rows: range) -> Ints:
    """Which checks are of some rows, the latest first."""
    start, end = np.searchsorted(checks.row, (rows.start, rows.stop)).tolist()
    return np.arange(start, end)[::-1]


def _answer(judged: Judgments, row: int) -> Answer:
    text = judged.answers[judged.answer[row]] if judged.answers else ""
    return Answer(float(judged.at[row]), int(judged.preference[row]), bool(judged.mirrored[row]), text)


def _retests(judged: Judgments, checks: Checks, rows: range) -> list[RetestEvidence]:
    owed = checks.owed_to_side
    retests = []
    for check in _own_checks(checks, rows):
        if not checks.is_retest[check]:
            continue
        again = int(checks.row[check])
        first = int(judged.first_row[again])
        retests.append(
            RetestEvidence(
                item=judged.items[judged.item[again]],
                first=_answer(judged, first),
                again=_answer(judged, again),
                lag=again - first - 1,
                agreement=float(checks.agreed[check]),
                swapped=bool(checks.swapped[check]),
                tells=bool(owed[check] < 1),
            )
        )
    return retests


def _gold(checked: CheckedJudgments, rows: range) -> list[GoldEvidence]:
    judged, checks = checked.judgments, checked.checks
    answered = []
    for check in _own_checks(checks, rows):
        if checks.is_retest[check]:
            continue
        row = int(checks.row[check])
        item = judged.items[judged.item[row]]
        answered.append(GoldEvidence(item, _answer(judged, row), checked.gold[item], float(checks.agreed[check])))
    return answered


def _agreement(checked: CheckedJudgments, annotator: str) -> dict[str, Estimate]:
    judged = checked.judgments
    if annotator not in judged.annotators:
        return {}
    return agreement_with_others(judged, judged.annotators.index(annotator), checked.gold)
