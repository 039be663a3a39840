"""The columns of an exported set of preferences, in the forms that trainers take. Pure.

TRL's forms are described in its documentation of dataset formats: prompt, chosen and rejected (the prompt by itself, ``explicit``,
or as the beginning of both, implicit), each a text or a list of messages; for KTO a completion with a label. The third form is laid
out like HelpSteer: both responses, and everybody's preference as a number that is negative where the first is better.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ls_backend.analysis.preference_set import PreferenceRow, Vote
from ls_backend.errors import InputError
from ls_backend.formats.set_columns import Column, ColumnKind, Layout, Origin, SetForm
from ls_backend.label_studio.tasks import Message, PairTexts, Prompt
from ls_backend.measurement.estimate import rounded
from ls_backend.types import Json

BETWEEN = "\n\n"
"""Between a prompt and a response where they are one text."""
ASSISTANT, USER = "assistant", "user"


@dataclass(frozen=True, slots=True)
class ExportedPair:
    """A row with its texts."""

    row: PreferenceRow
    texts: PairTexts

    @property
    def responses(self) -> tuple[str, str]:
        """The chosen and the rejected one."""
        pair = (self.texts.first, self.texts.second)
        return pair if self.row.chosen_first else pair[::-1]


def columns_of(layout: Layout, origin: Origin) -> list[Column[ExportedPair]]:
    """All columns of a layout, those that trainers read first.

    Raises:
        InputError: the layout is for other tasks than pairs.
    """
    if layout.form not in _TRAINED:
        raise InputError(f"preferences are not exported as {layout.form}; pass --format {', '.join(_TRAINED)}")
    return [*_TRAINED[layout.form](layout), *_measured(origin), _votes_column(layout.form, origin)]


def rows_of_pair(pair: ExportedPair, columns: Sequence[Column[ExportedPair]], form: SetForm) -> list[Json]:
    """A pair as rows; for KTO it is two, a wanted and an unwanted completion."""
    row = {column.name: column.value(pair) for column in columns}
    if form is not SetForm.KTO:
        return [row]
    wanted, unwanted = row["completion"]
    return [
        {**row, "completion": completion, "label": label} for completion, label in ((wanted, True), (unwanted, False))
    ]


def _trl_columns(layout: Layout) -> list[Column[ExportedPair]]:
    kind = ColumnKind.MESSAGES if layout.conversational else ColumnKind.TEXT
    margin: Column[ExportedPair] = Column(
        "margin",
        ColumnKind.NUMBER,
        "log odds of `p_chosen`, 0 or more; the margin of TRL's RewardTrainer",
        lambda pair: rounded(pair.row.margin),
    )
    if not layout.explicit:
        begun = "the prompt and the response that "
        return [
            Column("chosen", kind, begun + "is preferred", lambda pair: _begun(pair, 0, layout)),
            Column("rejected", kind, begun + "is not", lambda pair: _begun(pair, 1, layout)),
            margin,
        ]
    return [
        Column("prompt", kind, "what is answered", lambda pair: _prompt(pair, layout)),
        Column("chosen", kind, "the preferred response", lambda pair: _response(pair.responses[0], layout)),
        Column("rejected", kind, "the other response", lambda pair: _response(pair.responses[1], layout)),
        margin,
    ]


def _kto_columns(layout: Layout) -> list[Column[ExportedPair]]:
    kind = ColumnKind.MESSAGES if layout.conversational else ColumnKind.TEXT
    return [
        Column("prompt", kind, "what is answered", lambda pair: _prompt(pair, layout)),
        Column(
            "completion",
            kind,
            "a response; of each pair both stand here",
            lambda pair: [_response(response, layout) for response in pair.responses],
        ),
        Column("label", ColumnKind.YES_NO, "whether it is the preferred one", lambda _: None),
    ]


def _helpsteer_columns(layout: Layout) -> list[Column[ExportedPair]]:
    return [
        Column(
            "context",
            ColumnKind.MESSAGES if layout.conversational else ColumnKind.TEXT,
            "what is answered",
            lambda pair: _prompt(pair, layout),
        ),
        Column("response1", ColumnKind.TEXT, "the first response", lambda pair: pair.texts.first),
        Column("response2", ColumnKind.TEXT, "the second one", lambda pair: pair.texts.second),
        Column(
            "overall_preference",
            ColumnKind.COUNT,
            "the mean of all scores, halves rounded away from 0; negative where response1 is preferred",
            lambda pair: _overall(pair.row),
        ),
    ]


_TRAINED: Mapping[SetForm, Callable[[Layout], list[Column[ExportedPair]]]] = {
    SetForm.TRL: _trl_columns,
    SetForm.KTO: _kto_columns,
    SetForm.HELPSTEER: _helpsteer_columns,
}


def _measured(origin: Origin) -> list[Column[ExportedPair]]:
    """The columns beside those that trainers read."""
    number, count, text, yes_no = ColumnKind.NUMBER, ColumnKind.COUNT, ColumnKind.TEXT, ColumnKind.YES_NO
    return [
        Column("item", text, "the item's id in Steadyhand", lambda pair: pair.row.item),
        Column("weight", number, "2 confidence - 1: 0 as good as guessed, 1 certain", _number(lambda row: row.weight)),
        Column(
            "confidence",
            number,
            "chance that most people prefer the chosen response",
            _number(lambda row: row.confidence),
        ),
        Column(
            "p_chosen",
            number,
            "chance that somebody attentive prefers the chosen response",
            _number(lambda row: row.p_chosen.value),
        ),
        Column("p_chosen_low", number, "lower end of its 90 % interval", _number(lambda row: row.p_chosen.low)),
        Column("p_chosen_high", number, "upper end", _number(lambda row: row.p_chosen.high)),
        Column("n_votes", count, "annotators whose first answer counts", lambda pair: len(pair.row.votes)),
        Column("n_for_chosen", count, "how many of them prefer the chosen response", lambda pair: pair.row.for_chosen),
        Column(
            "effective_votes",
            number,
            "how many votes of entirely attentive people they are worth (the sum of attentiveness squared)",
            _number(lambda row: row.effective_votes),
        ),
        Column(
            "decidedness",
            number,
            "E[(2p - 1)^2]: 0 where tastes divide evenly, 1 where all agree",
            _number(lambda row: row.decidedness),
        ),
        Column(
            "strength",
            number,
            "mean preference for the chosen response on the scale of the answers",
            _number(lambda row: row.strength),
        ),
        Column("is_tie", yes_no, "neither is preferred; chosen and rejected are arbitrary", lambda p: p.row.is_even),
        Column(
            "n_chosen_seen_left", count, "voters who saw the chosen response on the left", lambda p: p.row.seen_left
        ),
        Column(
            "retests", count, "answers of annotators who met the item again; they do not vote", lambda p: p.row.retests
        ),
        Column(
            "retests_same", count, "how many of them agree with that annotator's first", lambda p: p.row.retests_same
        ),
        Column("lead_time_s", number, "median seconds to an answer", _number(lambda row: row.lead_time)),
        Column(
            "reviewed",
            yes_no,
            "a gold item: its answer was stated by the team, beyond dispute",
            lambda pair: pair.row.is_gold,
        ),
        Column("slice", text, "the part of the project", lambda pair: pair.row.slice),
        Column("source", text, "where it was judged", lambda _: origin.source),
        Column("contract", text, "the contract that annotators worked under", lambda _: origin.contract or None),
    ]


def _number(value: Callable[[PreferenceRow], float | None]) -> Callable[[ExportedPair], float | None]:
    return lambda pair: rounded(value(pair.row))


def _votes_column(form: SetForm, origin: Origin) -> Column[ExportedPair]:
    """Who said what: scores are positive for the chosen response, or like HelpSteer's for the second one."""
    toward_second = form is SetForm.HELPSTEER
    direction = (
        "negative for response1, positive for response2" if toward_second else "positive for the chosen response"
    )
    return Column(
        "individual_preference" if toward_second else "votes",
        ColumnKind.VOTES,
        f"who said what: `score` is the strength, {direction}; with the annotator's measured attentiveness and consistency",
        lambda pair: [
            _vote(vote, origin, -1 if toward_second and pair.row.chosen_first else 1) for vote in pair.row.votes
        ],
    )


def _vote(vote: Vote, origin: Origin, sign: int) -> Json:
    facts = origin.annotators[vote.annotator]
    return {
        "annotator": facts["annotator"],
        "score": sign * vote.preference,
        "chosen_seen_left": vote.chosen_left,
        "lead_time_s": vote.lead_time,
        **facts,
    }


def _overall(row: PreferenceRow) -> int:
    toward_second = -row.strength if row.chosen_first else row.strength
    size = int(abs(toward_second) + 0.5 + 1e-9)
    return size if toward_second > 0 else -size


def prompt_as_text(prompt: Prompt) -> str:
    """A conversation is the words of its turns, a line each."""
    return prompt if isinstance(prompt, str) else "\n".join(message.content for message in prompt)


def _prompt(pair: ExportedPair, layout: Layout) -> str | list[Json]:
    prompt = pair.texts.prompt
    if layout.conversational:
        turns = prompt if isinstance(prompt, tuple) else (Message(USER, prompt),) if prompt else ()
        return [{"role": turn.role, "content": turn.content} for turn in turns]
    if isinstance(prompt, tuple):
        raise InputError(f"the prompt of item {pair.row.item} is a conversation; pass --texts conversational")
    return prompt


def _response(response: str, layout: Layout) -> str | list[Json]:
    return [{"role": ASSISTANT, "content": response}] if layout.conversational else response


def _begun(pair: ExportedPair, place: int, layout: Layout) -> str | list[Json]:
    prompt, response = _prompt(pair, layout), _response(pair.responses[place], layout)
    if isinstance(prompt, list) and isinstance(response, list):
        return [*prompt, *response]
    return f"{prompt}{BETWEEN}{response}" if prompt else str(response)
