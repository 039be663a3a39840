"""The columns of an exported set of other answers than preferences. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from ls_backend.analysis.answer_set import AnswerRow, AnswerVote
from ls_backend.formats.set_columns import Column, ColumnKind, Origin
from ls_backend.measurement.estimate import rounded
from ls_backend.types import Json


@dataclass(frozen=True, slots=True)
class ExportedAnswer:
    """A row, and what was shown: a text, or the fields of the task as JSON."""

    row: AnswerRow
    shown: str


def columns_of(origin: Origin) -> list[Column[ExportedAnswer]]:
    """All columns."""
    number, count, text, yes_no = ColumnKind.NUMBER, ColumnKind.COUNT, ColumnKind.TEXT, ColumnKind.YES_NO
    return [
        Column("input", text, "what was shown: a text, or the fields of the task as JSON", lambda one: one.shown),
        Column(
            "answer", text, "what annotators together answer, as JSON that says its kind", lambda one: one.row.answer
        ),
        Column(
            "confidence",
            number,
            "chance that it is the true answer; rankings have none",
            _number(lambda row: row.confidence),
        ),
        Column(
            "agreement", number, "how like the votes are to it, 0 to 1, weighted", _number(lambda row: row.agreement)
        ),
        Column("item", text, "the item's id in Steadyhand", lambda one: one.row.item),
        Column("n_votes", count, "annotators whose first answer counts", lambda one: len(one.row.votes)),
        Column(
            "effective_votes",
            number,
            "how many votes of entirely attentive people they are worth (the sum of attentiveness squared)",
            _number(lambda row: row.effective_votes),
        ),
        Column("retests", count, "answers of annotators who met the item again", lambda one: one.row.retests),
        Column(
            "retest_agreement",
            number,
            "how like they are to that annotator's first answer",
            _number(lambda row: row.retest_agreement),
        ),
        Column("lead_time_s", number, "median seconds to an answer", _number(lambda row: row.lead_time)),
        Column("reviewed", yes_no, "a gold item: its answer was stated by the team", lambda one: one.row.is_gold),
        Column("slice", text, "the part of the project", lambda one: one.row.slice),
        Column("source", text, "where it was judged", lambda _: origin.source),
        Column("contract", text, "the contract that annotators worked under", lambda _: origin.contract or None),
        Column(
            "votes",
            ColumnKind.ANSWER_VOTES,
            "who answered what, with the annotator's measured attentiveness and consistency",
            lambda one: [_vote(vote, origin) for vote in one.row.votes],
        ),
    ]


def _number(value: Callable[[AnswerRow], float | None]) -> Callable[[ExportedAnswer], float | None]:
    return lambda one: rounded(value(one.row))


def _vote(vote: AnswerVote, origin: Origin) -> Json:
    facts = origin.annotators[vote.annotator]
    return {"annotator": facts["annotator"], "answer": vote.answer, "lead_time_s": vote.lead_time, **facts}
