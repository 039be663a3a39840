"""Answers as people write them in files. Pure."""

import json
import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain

from ls_backend.errors import InputError
from ls_backend.formats.cells import is_number, means_none, number, plain_number
from ls_backend.formats.json_text import parse_json
from ls_backend.formats.notes import NoteKind, ReadingNote, examples, listed
from ls_backend.formats.tables import normalised
from ls_backend.measurement.similarity import answer_kind, canonical, top_of
from ls_backend.types import Json
from ls_templates.mapping import TaskKind

SIDES = {"a": 1, "b": -1}
"""The responses of a pair, as signs of a preference."""

SIDES_ELSEWHERE = {
    word: side
    for side, words in {
        "left": ("links", "gauche", "izquierda", "esquerda", "sinistra"),
        "right": ("rechts", "droite", "derecha", "direita", "destra"),
        "tie": ("gleich", "unentschieden", "gelijk", "egalite", "empate", "pareggio", "parita"),
    }.items()
    for word in words
}
"""The answers on a pair in German, Dutch, French, Spanish, Portuguese and Italian, as :func:`normalised` has them."""

LONGEST_SIDE = 40  # characters of such an answer; responses that are longer are not looked at

SEPARATORS = "#|;,/+\n"
"""What may stand between several choices."""

MOST_LIKELY_TOP = 10  # of plain numbers with a greater one among them, ratings are not the first thing to think of


@lru_cache(maxsize=1024)
def parse_side(text: str) -> int:
    """``left`` -> 1, ``right:3`` -> -3, ``tie`` -> 0, ``links`` -> 1. Raises ValueError, naming the text."""
    side, _, strength = _word_of(text).strip().casefold().partition(":")
    side = _side_elsewhere(side) or side
    if side == "tie" and not strength:
        return 0
    if side not in ("left", "right") or (strength and strength not in tuple("123456789")):
        hint = (
            " (where below 0 means the first response, call the columns response_1, response_2 and preference_strength)"
        )
        raise ValueError(
            f"{text!r} is not an answer: write left, right or tie, with a strength of 1 to 9 as in left:3"
            f"{hint if is_number(text.strip(), decimal_comma=False) else ''}"
        )
    return (1 if side == "left" else -1) * int(strength or 1)


def _word_of(text: str) -> str:
    """The one word in an answer on a pair that is JSON, as Label Studio writes {"choices": ["left"]}; other texts stay."""
    if text[:1] not in ("{", "["):
        return text
    try:
        value = parse_json(text)
    except ValueError:
        return text
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        value = value[0]
    if isinstance(value, dict):
        said = [value[key] for key in ("choice", "choices", "selected", "label") if key in value]
        value = said[0] if len(said) == 1 else None
    word = value[0] if isinstance(value, list) and len(value) == 1 else value
    return word if isinstance(word, str) else text


def is_side(text: str) -> bool:
    """Whether a text is an answer on a pair."""
    try:
        parse_side(text)
    except ValueError:
        return False
    return True


def _side_elsewhere(word: str) -> str | None:
    return SIDES_ELSEWHERE.get(normalised(word))


def is_side_elsewhere(answer: str) -> bool:
    """Whether an answer on a pair is in one of those languages, with a strength or without."""
    return len(answer) <= LONGEST_SIDE and _side_elsewhere(answer.partition(":")[0].strip()) is not None


def note_on_sides(answers: Iterable[str]) -> ReadingNote | None:
    """What answers on pairs mean that are not English, where there are some."""
    words = {answer.partition(":")[0].strip() for answer in answers}
    said = [f"{word!r} as {side}" for word in sorted(words) if (side := _side_elsewhere(word))]
    return ReadingNote(NoteKind.UNDERSTOOD, f"answers are read in their language: {listed(said)}") if said else None


def parse_answer(answer: object) -> str:
    """The canonical answer of another task than pairs; plain text is a choice, an object says its kind
    (:mod:`ls_backend.measurement.similarity`).

    Raises:
        ValueError: says what is wrong.
    """
    if isinstance(answer, str) and answer.lstrip().startswith("{"):
        answer = parse_json(answer)
    return canonical_or_error({"choice": answer} if isinstance(answer, str) else answer)


@dataclass(frozen=True, slots=True)
class AnswerReader:
    """How the plain answers of a file are read: as one choice, as several that a ``separator`` divides, or as ratings from 1 to
    ``top``, to which ``shift`` is added. ``no_gold`` is what stands for no known answer; ``notes`` say what was understood."""

    kind: TaskKind
    separator: str = ""
    top: int = 0
    shift: int = 0
    notes: tuple[ReadingNote, ...] = ()
    no_gold: frozenset[str] = frozenset()

    def read(self, text: str) -> str:
        """The canonical answer. Raises ValueError, saying what is wrong."""
        if text.startswith("{"):
            return parse_answer(text)
        if self.kind is TaskKind.CHOICES:
            return canonical_or_error({"choices": _several(text, self.separator)})
        if _is_list(text):
            raise ValueError(
                f'{text[:40]!r} is a list; write {{"choices": [...]}}, or {{"ranking": [...]}} where the order says something'
            )
        if self.kind is TaskKind.RATING:
            if not is_number(text, decimal_comma=True):
                raise ValueError(f"{text[:40]!r} is not a rating; write a number")
            return canonical_or_error({"rating": number(text) + self.shift, "of": self.top})
        return canonical_or_error({"choice": plain_number(text)})


def canonical_or_error(answer: object) -> str:
    """The canonical answer; raises ValueError instead of InputError, so that the line can be named."""
    try:
        return canonical(answer)
    except InputError as error:
        raise ValueError(str(error)) from error


def answer_reader(
    answered: Collection[str], known: Collection[str], kind: TaskKind | None, *, decimal_comma: bool
) -> AnswerReader:
    """How the answers of a file are read, by the different texts among them, and among those that are known; ``kind`` says what they
    are where the user does. Words for nothing that nobody gave as an answer are no known one."""
    no_gold = frozenset(text for text in known if text not in answered and means_none(text))
    reader = _reader_of({*answered, *known} - no_gold, kind, decimal_comma=decimal_comma)
    if not no_gold:
        return reader
    note = ReadingNote(NoteKind.UNDERSTOOD, f"gold such as {examples(no_gold)} is none, for nobody gave such an answer")
    return replace(reader, no_gold=no_gold, notes=(*reader.notes, note))


def _reader_of(texts: Collection[str], kind: TaskKind | None, *, decimal_comma: bool) -> AnswerReader:
    plain = sorted(text for text in texts if not text.startswith("{"))
    if not plain:
        return AnswerReader(TaskKind.CHOICE, notes=tuple(_notes_on_kinds(texts)))
    if kind is None:
        reader = _guessed_reader(plain, texts, decimal_comma)
    elif kind is TaskKind.RATING:
        reader = _rating_reader([t for t in plain if is_number(t, decimal_comma=decimal_comma)], texts)
    elif kind is TaskKind.CHOICES:
        reader = AnswerReader(
            kind, _separator(plain) or next((s for s in SEPARATORS if any(s in t for t in plain)), "#")
        )
    else:
        reader = AnswerReader(kind)
    more = chain(
        reader.notes, _notes_on_spelling(plain), _notes_on_kinds([t for t in texts if t.startswith("{")], reader)
    )
    return replace(reader, notes=tuple(more))


def _guessed_reader(plain: Sequence[str], texts: Collection[str], decimal_comma: bool) -> AnswerReader:
    if all(is_number(text, decimal_comma=decimal_comma) for text in plain):
        values = {number(text) for text in plain}
        tops = _tops(texts)
        if tops or (len(values) > 2 and min(values) >= 1 and max(values) <= MOST_LIKELY_TOP):
            reader = _rating_reader(plain, texts)
            text = (
                f"the answers are numbers ({examples(plain)}) and are read as ratings from 1 to {reader.top}, near ones nearly "
                "alike; if they name things, pass --answers choice"
            )
            return replace(reader, notes=(ReadingNote(NoteKind.UNDERSTOOD, text),))
        text = (
            f"the answers are numbers ({examples(plain)}) and are read as names of things, of which near ones are as different "
            "as others; if they are ratings, pass --answers rating"
        )
        return AnswerReader(TaskKind.CHOICE, notes=(ReadingNote(NoteKind.WARNING, text),))
    separator = _separator(plain)
    if separator:
        text = (
            f"answers such as {examples(t for t in plain if separator in t)} are read as several choices, in whatever order; if "
            "each is one choice, pass --answers choice"
        )
        return AnswerReader(TaskKind.CHOICES, separator, notes=(ReadingNote(NoteKind.UNDERSTOOD, text),))
    combined = [t for t in plain if any(len(_parts(t, s)) > 1 for s in "#|;")]
    text = (
        f"answers such as {examples(combined)} are read as one choice each; if they are several, pass --answers choices"
    )
    return AnswerReader(TaskKind.CHOICE, notes=(ReadingNote(NoteKind.WARNING, text),) if combined else ())


def _rating_reader(numbers: Sequence[str], texts: Collection[str]) -> AnswerReader:
    """Ratings that count from 0 are moved to count from 1, unless others that say their highest one count from 1 beside them."""
    values = [value for value in map(number, numbers) if math.isfinite(value)] or [1.0]
    tops = _tops(texts)
    if len(tops) == 1:
        return AnswerReader(TaskKind.RATING, top=tops.pop())
    shift = 0 if tops else max(0, 1 - math.floor(min(values)))
    return AnswerReader(TaskKind.RATING, top=top_of(value + shift for value in values), shift=shift)


def _tops(texts: Collection[str]) -> set[int]:
    """The highest ratings that the ratings among the answers name."""
    return {a["of"] for a in _objects(texts) if "rating" in a and isinstance(a.get("of"), int)}


def _objects(texts: Collection[str]) -> Iterator[Json]:
    for text in texts:
        if text.startswith("{"):
            try:
                answer = parse_json(text)
            except ValueError:  # named by its line when it is read
                continue
            if isinstance(answer, dict):
                yield answer


def _parts(text: str, separator: str) -> list[str]:
    """The parts of a text; none where one of them is empty."""
    parts = [part.strip() for part in text.split(separator)]
    return parts if all(parts) else []


def _separator(plain: Sequence[str]) -> str | None:
    """What divides several choices: the same ones stand in another order, or all of them are answers by themselves too."""
    for separator in SEPARATORS:
        combined = [parts for parts in (_parts(text, separator) for text in plain) if len(parts) > 1]
        sets = {frozenset(parts) for parts in combined}
        names = {name for parts in combined for name in parts}
        if combined and (len(sets) < len(combined) or names <= {*plain}):
            return separator
    return None


def _several(text: str, separator: str) -> list[str]:
    if _is_list(text):
        names = parse_json(text)
        return [str(name) for name in names] if isinstance(names, list) else [text]
    return list(dict.fromkeys(part.strip() for part in text.split(separator) if part.strip()))


def _is_list(text: str) -> bool:
    if text.startswith("['") and text.endswith("']"):
        return True  # as Python writes it
    try:
        return text.startswith("[") and isinstance(parse_json(text), list)
    except ValueError:
        return False


def _notes_on_spelling(plain: Sequence[str]) -> Iterator[ReadingNote]:
    note = differing_in_case(plain, "answers")
    if note:
        yield note
    unsure = [text for text in plain if means_none(text)]
    if unsure:
        yield ReadingNote(
            NoteKind.WARNING,
            f"the answers {examples(unsure)} are read as choices, not as missing answers; leave such cells empty if nothing was answered",
        )


def note_on_gold(
    reader: AnswerReader, answered: Collection[str], known: Collection[str], source: str
) -> ReadingNote | None:
    """A warning where known answers, of tasks with one choice, are answers that nobody gave.

    Raises:
        InputError: none of several known answers is one that anybody gave.
    """
    known = {*known} - reader.no_gold
    unmet = {text for text in known if text not in answered}
    if not unmet or not answered:
        return None
    choices = choices_nobody_gave(map(reader.read, unmet), {reader.read(text) for text in answered})
    unmet = {text for text in unmet if reader.read(text) in choices}
    cure = f"write it as answers are ({examples(answered)}), and leave it empty where there is none"
    if len(unmet) > 1 and unmet == known:
        raise InputError(f"{source}: the gold is {examples(unmet)}, and nobody gave such an answer; {cure}")
    text = f"the known answers {examples(unmet)} are answers that nobody gave; if that is a mistake in gold, {cure}"
    return ReadingNote(NoteKind.WARNING, text) if unmet else None


def choices_nobody_gave(known: Iterable[str], given: Collection[str]) -> set[str]:
    """Of known answers, as JSON, the choices that are none of those that were given."""
    return {answer for answer in known if answer not in given and answer_kind(json.loads(answer)) == TaskKind.CHOICE}


def differing_in_case(names: Collection[str], what: str) -> ReadingNote | None:
    """A warning where names differ in case alone."""
    spellings: dict[str, list[str]] = {}
    for name in sorted(names):
        spellings.setdefault(name.casefold(), []).append(name)
    alike = [name for several in spellings.values() if len(several) > 1 for name in several]
    return (
        ReadingNote(NoteKind.WARNING, f"{what} that differ in case alone count as different: {examples(alike)}")
        if alike
        else None
    )


def _notes_on_kinds(objects: Collection[str], reader: AnswerReader | None = None) -> Iterator[ReadingNote]:
    kinds = {answer_kind(answer) for answer in _objects(objects)} - {None}
    kinds |= {str(reader.kind)} if reader else set()
    tops = _tops(objects) | ({reader.top} if reader and reader.top else set())
    if len(kinds) > 1:
        text = f"answers are of several kinds ({', '.join(sorted(map(str, kinds)))}); answers of different kinds are never alike"
        yield ReadingNote(NoteKind.WARNING, text)
    if len(tops) > 1:
        text = (
            f"ratings have different highest ones ({', '.join(map(str, sorted(tops)))}); such ratings are never alike"
        )
        yield ReadingNote(NoteKind.WARNING, text)
