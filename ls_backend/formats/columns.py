"""Which column of a table says what: by our names, by the names of a known layout, or as the user says. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice

from ls_backend.errors import InputError
from ls_backend.formats.cells import NO_VALUE, may_be_day, plain_number
from ls_backend.formats.chosen_rejected import what_can_be_told
from ls_backend.formats.notes import NoteKind, ReadingNote, listed
from ls_backend.formats.statuses import status_places
from ls_backend.formats.tables import Table, normalised
from ls_backend.label_studio.exports import sides_among

OPTIONAL = ("gold", "lead_time_s", "at", "slice", "margin")
PAIR_COLUMNS = ("annotator", "pair", "left", "answer", *OPTIONAL)
ITEM_COLUMNS = ("annotator", "item", "answer", *OPTIONAL)
"""The columns of another task than pairs."""
SIDE_COLUMNS = ("annotator", "left", "right", "answer", *OPTIONAL)
"""The columns of pairs whose two responses stand in columns of their own."""
TEXT_COLUMNS = ("prompt", "response_a", "response_b")
"""What a pair says, where a table has it: needed to export it, not to score it."""
NAMES = tuple(dict.fromkeys((*PAIR_COLUMNS, *ITEM_COLUMNS, *SIDE_COLUMNS, *TEXT_COLUMNS)))

CELLS_LOOKED_AT = 100
LIKENESS_OF_SLIPS = 0.85  # of names, as difflib has it: golds and gold
LEAST_OF_LAYOUT = 2  # columns of its own that a table has, to be taken for one of a layout
WITH_YEAR = re.compile(r"\d{4}[-/]\d|\d[-/.]\d{4}")


@dataclass(frozen=True, slots=True)
class Layout:
    """A table as another program writes it: for our columns its own, as :func:`normalised` has them. Of several the first must
    be there; ``answer_`` stands for all that begin so. ``words`` are its words for answers; ``sides_are_names`` says that left and
    right name the responses and are not their texts. What names an item may be for the user to say: then those that begin with
    ``item_prefix`` are proposed. ``remark`` is said where a table is read so."""

    title: str
    columns: Mapping[str, tuple[str, ...]]
    words: Mapping[str, str] = field(default_factory=dict)
    item_prefix: str = ""
    sides_are_names: bool = False
    remark: str = ""


STRENGTHS = {"0": "tie", "0.0": "tie", "-0.0": "tie"} | {
    f"{sign}{n}{fraction}": f"{side}:{n}"
    for sign, side in (("-", "left"), ("", "right"), ("+", "right"))
    for n in (1, 2, 3)
    for fraction in ("", ".0")
}
"""Answers as integers from -3 to 3, also as pandas writes them where some are missing."""

_WORDS_OF_ARENA = {
    **dict.fromkeys(("model_a", "model a", "leftvote"), "left"),
    **dict.fromkeys(("model_b", "model b", "rightvote"), "right"),
    **dict.fromkeys(
        ("tie (bothbad)", "bothbad", "both_bad", "both bad", "tie_bothbad", "bothbad_vote", "tievote"), "tie"
    ),
    **dict.fromkeys(("tie (both good)", "both_good", "both good"), "tie"),
}
LAYOUTS = (
    Layout("crowd-kit", {"annotator": ("worker",), "item": ("task",), "answer": ("label",)}),
    Layout(
        "crowd-kit (comparisons)",
        {"annotator": ("worker",), "left": ("left",), "right": ("right",), "answer": ("label",)},
        sides_are_names=True,
    ),
    Layout(
        "Label Studio (CSV or JSON-MIN)",
        {
            "annotator": ("annotator",),
            "pair": ("prompt",),
            "left": ("response_a",),
            "right": ("response_b",),
            "answer": ("preference",),
            "lead_time_s": ("lead_time",),
            "at": ("created_at",),
        },
    ),
    Layout(
        "Chatbot Arena",
        {
            "annotator": ("judge",),
            "pair": ("question_id", "turn"),
            "left": ("model_a",),
            "right": ("model_b",),
            "answer": ("winner",),
            "at": ("tstamp",),
        },
        words=_WORDS_OF_ARENA,
        sides_are_names=True,
    ),
    Layout(
        "Chatbot Arena (since 2025)",
        {
            "annotator": ("evaluation_session_id",),
            "pair": ("id",),
            "left": ("model_a",),
            "right": ("model_b",),
            "answer": ("winner",),
            "at": ("timestamp",),
        },
        words=_WORDS_OF_ARENA,
        sides_are_names=True,
    ),
    *(
        Layout(
            "HelpSteer",
            {
                "annotator": ("annotator",),
                "pair": (prompt,),
                "prompt": (prompt,),
                "left": (first,),
                "right": (second,),
                "answer": (answer,),
            },
            words=STRENGTHS,
            remark="below 0 the first response is better, above 0 the second, 0 is a tie, and the first is taken to have stood left",
        )
        for prompt in ("prompt", "context")
        for first, second in (("response_1", "response_2"), ("response1", "response2"), ("response_a", "response_b"))
        for answer in (
            "preference_strength",
            "overall_preference",
            *(("strength", "score", "preference") if "1" in first else ()),
        )
    ),
    Layout(
        "batch results of Mechanical Turk",
        {
            "annotator": ("workerid",),
            "answer": ("answer_",),
            "lead_time_s": ("worktimeinseconds",),
            "at": ("submittime",),
        },
        item_prefix="input_",
    ),
)


_NAMES_OF_ITEMS = (
    *(
        "item_id",
        "task",
        "task_id",
        "question",
        "question_id",
        "example",
        "example_id",
        "sample",
        "sample_id",
        "pair_id",
    ),
    *("comparison", "comparison_id", "prompt_id", "text_id", "sentence_id", "document_id", "image_id"),
    *("aufgabe", "beispiel", "frage", "tache", "exemple", "tarea", "ejemplo", "pregunta", "element", "elemento"),
)
UNITS = {"s": 1, "sec": 1, "seconds": 1, "ms": 1000, "msec": 1000, "millis": 1000, "milliseconds": 1000}
"""With what the name of a column ends that says how long an answer took: how many of these are a second."""
USUAL_NAMES: Mapping[str, tuple[str, ...]] = {
    "annotator": (
        *("annotator_id", "worker", "worker_id", "workerid", "user", "user_id", "username", "completed_by", "rater"),
        *(
            "rater_id",
            "labeler",
            "labeler_id",
            "labeller",
            "labeller_id",
            "judge",
            "judge_id",
            "judge_hash",
            "voter",
            "voter_id",
        ),
        *(
            "participant",
            "participant_id",
            "prolific_id",
            "prolific_pid",
            "evaluator",
            "evaluator_id",
            "coder",
            "coder_id",
        ),
        *(
            "annotator_name",
            "annotator_email",
            "user_name",
            "crowdworker",
            "turker",
            "annotated_by",
            "labeled_by",
            "rated_by",
        ),
        *("annotierer", "annotierende", "bearbeiter", "bewerter", "benutzer", "nutzer", "teilnehmer"),
        *("annotateur", "evaluateur", "utilisateur", "anotador", "anotadora", "evaluador", "usuario", "participante"),
    ),
    "pair": ("item", *_NAMES_OF_ITEMS, "paar", "paire", "par"),
    "item": _NAMES_OF_ITEMS,
    "answer": (
        *("label", "response", "choice", "value", "vote", "judgment", "judgement", "preference", "preferred", "rating"),
        *("verdict", "decision", "selection"),
        *("antwort", "bewertung", "urteil", "reponse", "etiquette", "choix", "respuesta", "etiqueta", "eleccion"),
    ),
    "at": ("created_at", "submitted_at", "completed_at", "timestamp", "submit_time", "finished_at"),
    "gold": (
        "gold_label",
        "gold_answer",
        "gold_standard",
        "known_answer",
        "correct_answer",
        "correct_label",
        "expected_answer",
    ),
    "lead_time_s": (
        *("lead_time", "seconds", "time_taken", "sekunden", "secondes", "segundos"),
        *(
            f"{name}_{unit}"
            for name in (
                *("lead_time", "duration", "time_spent", "time_taken", "elapsed", "response_time", "work_time"),
                *("dauer", "bearbeitungszeit", "duree", "duracion"),
            )
            for unit in UNITS
        ),
    ),
}
"""What else our columns are usually called, also in German, French and Spanish; taken where no layout is known, and said. Of several
optional ones the first counts."""
USUAL_ITEMS = ("text", "sentence", "document", "image")
"""What items are usually called where no column says by its name that it names them."""
_ENDS = (("left", "right"), ("a", "b"), ("1", "2"))
USUAL_SIDES = (
    *((f"left_{name}", f"right_{name}") for name in ("response", "completion", "output", "answer", "text")),
    *(
        (f"{name}_{one}", f"{name}_{two}")
        for name in ("response", "completion", "output", "answer")
        for one, two in _ENDS
    ),
)
"""What the two responses are usually called."""
WHAT_IS_JUDGED = frozenset(
    [
        *(
            "response",
            "completion",
            "output",
            "candidate",
            "generation",
            "summary",
            "translation",
            "caption",
            "reply",
            "system",
        ),
        *("responses", "completions", "outputs", "candidates", "options", "model", "model_name", "model_id"),
    ]
)
"""What differs between items that have something else in common."""
WIDE_STEMS = frozenset(name for ours in ("annotator", "answer") for name in (ours, *USUAL_NAMES[ours]))
"""With what the names of columns begin that hold the answers of one person each."""
NUMBERED = re.compile(r"(\w+?)_?(\d+|_[a-z])")
OF_GOLD = re.compile(r"gold|truth|correct|expected|known_answer")
TIME_WORDS = (
    *(
        "time",
        "date",
        "datetime",
        "submitted",
        "completed",
        "finished",
        "created",
        "end_time",
        "ended_at",
        "zeit",
        "datum",
        "zeitpunkt",
        "zeitstempel",
        "heure",
        "temps",
        "horodatage",
    ),
    *("date_heure", "hora", "tiempo", "fecha", "fecha_hora"),
)
"""Where no column has a usual name for `at`: when an answer was given, if the cells are dates."""

EXPECTED_NAMES = (
    frozenset(NAMES)
    | {name for layout in LAYOUTS for several in layout.columns.values() for name in several}
    | {name for several in USUAL_NAMES.values() for name in several}
    | {name for sides in USUAL_SIDES for name in sides}
    | {*TIME_WORDS, *USUAL_ITEMS}
)
"""By which the delimiter of a table is told."""


NAMES_OF_TIMES = frozenset({"at"}) | {name for layout in LAYOUTS for name in layout.columns.get("at", ())}
UNLIKE_NAMES = NAMES_OF_TIMES | {*TEXT_COLUMNS}
"""Of columns whose cells differ as a rule, or are long: which ones are the same is not looked for while they are read."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Of each of our columns, where it stands in a table's rows; several columns together name an item. ``words`` are the
    layout's and the user's words for answers, in small letters; ``have_texts`` says that both responses of a pair stand in the table; ``per_second`` how many of what
    lead times are written in are a second; ``of_status`` are the places of columns that say whether a row counts."""

    places: Mapping[str, tuple[int, ...]]
    words: Mapping[str, str]
    notes: tuple[ReadingNote, ...]
    have_texts: bool = False
    per_second: int = 1
    of_status: tuple[int, ...] = ()

    def in_our_words(self, answer: str) -> str:
        """What an answer means, where a word for it is known; else the answer itself."""
        said = answer.casefold()
        return self.words.get(said) or self.words.get(plain_number(said), answer)

    @property
    def have_strengths(self) -> bool:
        """Whether answers on pairs are numbers of which those below 0 mean the first response."""
        return STRENGTHS.items() <= self.words.items()


def find_columns(table: Table, chosen: Mapping[str, str]) -> Columns:
    """The columns of a table. ``chosen`` says for some of ours which of the table's they are; several are joined by ``+``.

    Raises:
        InputError: a column is missing or not known; says which there are and how to name them.
    """
    names = [normalised(name) for name in table.columns]
    places = {ours: _chosen_places(ours, theirs, table, names) for ours, theirs in chosen.items()}
    places = {ours: (n,) for n, ours in enumerate(names) if ours in NAMES and ours not in chosen} | places
    layout, layout_places = _layout_of(names, places, table) if _missing(places) else (None, {})
    notes, meant = [*table.notes], ""
    if layout is not None:
        meant = "; ".join(f"{ours}: {_names_of(p, table)}" for ours, p in layout_places.items() if ours not in places)
        remark = f" ({layout.remark})" if layout.remark else ""
        notes.append(ReadingNote(NoteKind.UNDERSTOOD, f"read as a table of {layout.title}: {meant}{remark}"))
        places = layout_places | places
    lacks_some = bool(_missing(places))
    if lacks_some:
        sides = _usual_sides(names, places)
        if sides:
            text = f"{_names_of([*sides.values()], table)} are read as the responses that stood left and right"
            notes.append(ReadingNote(NoteKind.UNDERSTOOD, text))
            places = {ours: (place,) for ours, place in sides.items()} | places
    usual = _usual_places(names, places, table, USUAL_NAMES if lacks_some else OPTIONAL)
    if usual:
        said = "; ".join(f"{ours}: {_names_of(p, table)}" for ours, p in usual.items())
        notes.append(ReadingNote(NoteKind.UNDERSTOOD, f"columns taken by their usual names: {said}"))
        places = usual | places
    _refuse_without_sides(table, names, places)
    if layout is not None and layout.item_prefix and {"item", "pair", "right"}.isdisjoint(places):
        shown = [table.columns[n] for n in _places_of(layout.item_prefix, names)]
        left, right = sides_among(shown) or ("NAME", "NAME")
        of_pairs = f", or of pairs, as in --columns left={left},right={right}" if len(shown) > 1 else ""
        raise InputError(
            f"{table.source}: a table of {layout.title} ({meant}), which does not say what an item is; say it, as in --columns "
            f"item={'+'.join(shown) or 'NAME'}{of_pairs}. The columns are {listed(table.columns)}"
        )
    missing = _missing(places)
    if missing:
        _refuse_unknown_annotators(table, names, places)
        _refuse_wide(table, names, places)
        also = f" (also missing: {', '.join(missing[1:])})" if missing[1:] else ""
        raise InputError(f"{table.source}: the column {missing[0]} is missing{also}. {_advice(table)}")
    if len(places["answer"]) > 1:
        several = _names_of(places["answer"], table)
        raise InputError(
            f"{table.source}: there are several answers, {several}; say which, as in --columns answer=NAME"
        )
    if {"pair", "item"} <= places.keys():
        raise InputError(f"{table.source}: the columns pair and item exclude each other. {_advice(table)}")
    places, have_texts = _with_texts(places, layout, table)
    if "right" in places and "prompt" in places and {"item", "pair"}.isdisjoint(places):
        places["pair"] = places["prompt"]  # the same responses may answer several
    taken = frozenset(n for several in places.values() for n in several)
    of_status = status_places(names, taken)
    unread = [n for n in range(len(names)) if n not in taken and n not in of_status]
    _refuse_second_ones(table, unread, taken)
    _refuse_slips(table, names, unread, places, chosen)
    notes += _notes_on_unread(table, names, unread, places)
    per_second = _per_second(names, places)
    if per_second != 1:
        text = f"{_names_of(places['lead_time_s'], table)} is in milliseconds, and read as seconds"
        notes.append(ReadingNote(NoteKind.UNDERSTOOD, text))
    words = _words_of_sides(table, places) | dict(layout.words if layout else {})
    return Columns(places, words, tuple(notes), have_texts, per_second, of_status)


def _words_of_sides(table: Table, places: Mapping[str, tuple[int, ...]]) -> dict[str, str]:
    """Where both responses have columns, an answer may be the name of one of them."""
    if "right" not in places:
        return {}
    names = {table.columns[places[side][0]].casefold(): side for side in ("left", "right")}
    return {name: side for name, side in names.items() if name not in ("left", "right")}


def _refuse_second_ones(table: Table, unread: Sequence[int], taken: Collection[int]) -> None:
    """Refuse a column that stood twice, of which pandas calls the second answer.1."""
    ours = {table.columns[place]: place for place in taken}
    for place in unread:
        first, _, number = table.columns[place].rpartition(".")
        if first in ours and number.isdecimal():
            raise InputError(
                f"{table.source}: the column {first!r} stands twice (the second is {table.columns[place]!r}, as pandas calls it); leave one of "
                "them out"
            )


def _refuse_slips(
    table: Table,
    names: Sequence[str],
    unread: Sequence[int],
    places: Mapping[str, tuple[int, ...]],
    chosen: Mapping[str, str],
) -> None:
    """Refuse a column that seems to be an optional one whose name is not written as it should be."""
    for ours in OPTIONAL if not chosen else ():
        for place in unread if ours not in places else ():
            if _is_slip(names[place], ours):
                name = table.columns[place]
                raise InputError(
                    f"{table.source}: the column {name!r} is not known. If it is {ours}, pass --columns {ours}={name}; if not, take it out or "
                    "call it otherwise"
                )


def _is_slip(name: str, ours: str) -> bool:
    """Whether a name may be ours with a slip of the pen."""
    is_alike = bool(get_close_matches(name, [ours], cutoff=LIKENESS_OF_SLIPS))
    return len(ours) > 2 and (is_alike or sorted(name) == sorted(ours))


def _notes_on_unread(
    table: Table, names: Sequence[str], unread: Sequence[int], places: Mapping[str, tuple[int, ...]]
) -> Iterator[ReadingNote]:
    """What is to be said of columns that are not read, above all of those that might change the figures."""
    if unread:
        yield ReadingNote(NoteKind.LEFT_OUT, f"columns that are not read: {_names_of(unread, table)}")
    ours = "item" if "item" in places else "pair"
    if "right" in places and ours not in places:
        items = [n for n in unread if names[n] in _NAMES_OF_ITEMS]
        if items:
            name = table.columns[items[0]]
            text = (
                f"rows show the same pair where the responses are the same, and {name} is not read; if the responses are names, as of models, "
                f"pass --columns pair={name}"
            )
            yield ReadingNote(NoteKind.WARNING, text)
    judged = [n for n in unread if names[n] in WHAT_IS_JUDGED] if "left" not in places else []
    if judged:
        item = "+".join(table.columns[n] for n in (*places["item"], judged[0]))
        text = (
            f"rows show the same item where {_names_of(places['item'], table)} is the same, and {_names_of(judged, table)} is not read; if "
            f"that is a part of what is judged, pass --columns item={item}"
        )
        yield ReadingNote(NoteKind.WARNING, text)
    shown = [n for n in unread if names[n] in (*USUAL_ITEMS, "prompt", "question")] if "left" not in places else []
    if shown and not judged:
        name = table.columns[shown[0]]
        text = (
            f"rows show the same item where {_names_of(places['item'], table)} is the same, whatever {name} says; --columns item={name} takes "
            "that instead"
        )
        yield ReadingNote(NoteKind.UNDERSTOOD, text)
    gold = [n for n in unread if OF_GOLD.search(names[n])]
    if gold and "gold" not in places:
        name = table.columns[gold[0]]
        text = f"{name} is not read; if it holds the known answer of an item, pass --columns gold={name}"
        yield ReadingNote(NoteKind.WARNING, text)


def _usual_sides(names: Sequence[str], places: Mapping[str, object]) -> dict[str, int]:
    """Where the two responses stand by their usual names, if a table has one such pair and does not say otherwise what is judged."""
    if not {"left", "right", "item", "pair"}.isdisjoint(places) or {"chosen", "rejected"} <= {*names}:
        return {}
    present = [sides for sides in USUAL_SIDES if {*sides} <= {*names}]
    if len(present) != 1:
        return {}
    return {ours: names.index(name) for ours, name in zip(("left", "right"), present[0], strict=True)}


def _refuse_without_sides(table: Table, names: Sequence[str], places: Mapping[str, tuple[int, ...]]) -> None:
    """Refuse rows of a chosen and a rejected response whose sides are not known, saying what they tell nevertheless."""
    if not {"chosen", "rejected"} <= {*names} or "left" in places:
        return
    chosen, rejected = names.index("chosen"), names.index("rejected")
    if places.get("answer", (chosen,))[0] not in (chosen, rejected):
        return
    who = ("annotator", *USUAL_NAMES["annotator"])
    annotator = places.get("annotator") or tuple(n for n, name in enumerate(names) if name in who)
    about = [n for n, name in enumerate(names) if name in ("prompt", "context", "item", "pair")]
    has_times = not {*names}.isdisjoint(NAMES_OF_TIMES | {*USUAL_NAMES["at"]})
    told = what_can_be_told(table, chosen, rejected, about, annotator[0] if annotator else None, has_times=has_times)
    raise InputError(f"{table.source}: {told}")


def _refuse_unknown_annotators(table: Table, names: Sequence[str], places: Mapping[str, tuple[int, ...]]) -> None:
    """Refuse a table of a known layout that only lacks who answered."""
    for layout in LAYOUTS:
        own = _own_places(layout, names, places)
        if (
            len(own) >= LEAST_OF_LAYOUT
            and "annotator" not in places
            and _lacking(layout, {*own, *places}) == {"annotator"}
        ):
            raise InputError(
                f"{table.source}: a table of {layout.title} in which no column is known to say who answered, and without that nothing can "
                f"be told of annotators; name it, as in --columns annotator=NAME, or add it. The columns are {listed(table.columns)}"
            )


def _refuse_wide(table: Table, names: Sequence[str], places: Mapping[str, tuple[int, ...]]) -> None:
    """Refuse a table in which the answers of several people stand beside each other."""
    if "annotator" in places:
        return
    stems: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        numbered = NUMBERED.fullmatch(name)
        if numbered and numbered[1] in WIDE_STEMS:
            stems.setdefault(numbered[1], []).append(place)
    several = next((alike for alike in stems.values() if len(alike) > 1), None)
    if several:
        raise InputError(
            f"{table.source}: {_names_of(several, table)} seem to be the answers of several people beside each other; write a row for each of "
            "them, with the columns annotator, item and answer, as pandas does by melt"
        )


def _per_second(names: Sequence[str], places: Mapping[str, tuple[int, ...]]) -> int:
    """How many of what lead times are written in are a second, by the end of the column's name."""
    return UNITS.get(names[places["lead_time_s"][0]].rpartition("_")[2], 1) if "lead_time_s" in places else 1


def _with_texts(
    places: Mapping[str, tuple[int, ...]], layout: Layout | None, table: Table
) -> tuple[dict[str, tuple[int, ...]], bool]:
    """The places without columns of texts that the table has no use for, and whether both responses are there."""
    useful = ("prompt",) if "right" in places else TEXT_COLUMNS if "left" in places else ()
    kept = {name: at for name, at in places.items() if name not in TEXT_COLUMNS or name in useful}
    responses = [name for name in ("response_a", "response_b") if name in kept]
    if len(responses) == 1:
        raise InputError(
            f"{table.source}: there is {responses[0]} and not the other response; add it, or leave both out"
        )
    if "right" in places:
        return kept, layout is None or not layout.sides_are_names
    return kept, bool(responses)


def _chosen_places(ours: str, theirs: str, table: Table, names: Sequence[str]) -> tuple[int, ...]:
    if ours not in NAMES:
        raise InputError(f"--columns: {ours!r} is none of {', '.join(NAMES)}; write, for example, annotator=worker")
    parts = [theirs] if normalised(theirs) in names else theirs.split("+")
    for part in parts:
        if normalised(part) not in names:
            raise InputError(f"{table.source}: --columns names {part!r}. The columns are {listed(table.columns)}")
    if len(parts) > 1 and ours not in ("item", "pair"):
        raise InputError(f"--columns: {ours} can't be several columns; only an item or a pair can")
    return tuple(names.index(normalised(part)) for part in parts)


def _missing(places: Mapping[str, object]) -> list[str]:
    columns = (
        SIDE_COLUMNS
        if "right" in places
        else PAIR_COLUMNS
        if "pair" in places or ("left" in places and "item" not in places)
        else ITEM_COLUMNS
    )
    return [name for name in columns if name not in OPTIONAL and name not in places]


def _layout_of(
    names: Sequence[str], places: Mapping[str, tuple[int, ...]], table: Table
) -> tuple[Layout | None, dict[str, tuple[int, ...]]]:
    """The layout that has all that is still missing, and where its columns stand; of several one that needs no other usual name for
    who answered."""
    nearly = []
    for layout in LAYOUTS:
        own = _own_places(layout, names, places)
        lacking = _lacking(layout, {*own, *places})
        if len(own) >= LEAST_OF_LAYOUT and not lacking:
            return layout, own
        if lacking == {"annotator"} and not _lacking(layout, {*own, "annotator"}):
            nearly.append((layout, own))
    for layout, own in nearly:
        who = _usual_places(names, own | dict(places), table, ("annotator",))
        if who:
            return layout, who | own
    return None, {}


def _own_places(
    layout: Layout, names: Sequence[str], places: Mapping[str, tuple[int, ...]]
) -> dict[str, tuple[int, ...]]:
    """Where the columns of a layout stand, as far as they are there; an item that is named otherwise needs no name by the layout."""
    is_named = not {"item", "pair"}.isdisjoint(places)
    own = {}
    for ours, theirs in layout.columns.items():
        at = [_places_of(name, names) for name in theirs]
        if at[0] and not (is_named and ours in ("item", "pair")):
            own[ours] = tuple(n for several in at for n in several)
    return own


def _lacking(layout: Layout, present: Collection[str]) -> set[str]:
    """What a layout needs beside what is present. Texts of both responses name a pair, with or without a prompt."""
    needless = {*OPTIONAL, *(() if layout.sides_are_names or "right" not in layout.columns else ("pair", "prompt"))}
    if not {"item", "pair"}.isdisjoint(present):
        needless |= {"item", "pair"}
    return {*layout.columns} - needless - {*present}


def _usual_places(
    names: Sequence[str], places: Mapping[str, tuple[int, ...]], table: Table, wanted: Iterable[str]
) -> dict[str, tuple[int, ...]]:
    """Where those of our wanted columns that are missing stand by their usual names.

    Raises:
        InputError: several columns may be one that is needed.
    """
    named = "pair" if "left" in names or "left" in places else "item"
    taken = {n for several in places.values() for n in several}
    found: dict[str, tuple[int, ...]] = {}
    for ours in wanted:
        if ours in places or ours in {"pair", "item"} - {named} or ("right" in places and ours == named):
            continue
        usual = [name.replace("_", "") for name in USUAL_NAMES.get(ours, ())]
        at = [n for n, name in enumerate(names) if name.replace("_", "") in usual and n not in taken]
        if ours in OPTIONAL:
            at = sorted(at, key=lambda n: usual.index(names[n].replace("_", "")))[:1]
        if ours == "item" and not at:
            at = [n for n, name in enumerate(names) if name in USUAL_ITEMS and n not in taken]
        if ours == "at" and not at:
            at = [n for n, name in enumerate(names) if name in TIME_WORDS and n not in taken and _has_dates(n, table)]
        if len(at) > 1 and ours not in OPTIONAL:
            raise InputError(
                f"{table.source}: {_names_of(at, table)} may each be the {ours}; say which, as in --columns "
                f"{ours}={table.columns[at[0]]}"
            )
        if len(at) == 1:
            found[ours] = (at[0],)
    return found


def _has_dates(place: int, table: Table) -> bool:
    """Whether the cells of a column are dates, as far as its first ones tell."""
    first = [text for text in islice(table.cells[place].cells, CELLS_LOOKED_AT) if text not in NO_VALUE]
    return bool(first) and all(map(is_date, first))


def is_date(text: str) -> bool:
    """Whether a cell looks like a date."""
    return WITH_YEAR.search(text) is not None or may_be_day(text)


def _places_of(name: str, names: Sequence[str]) -> list[int]:
    return [n for n, column in enumerate(names) if column == name or (name.endswith("_") and column.startswith(name))]


def _names_of(places: Sequence[int], table: Table) -> str:
    return ", ".join(table.columns[n] for n in places)


def _advice(table: Table) -> str:
    return (
        f"The file has {listed(table.columns)}. Steadyhand reads {','.join(PAIR_COLUMNS)}, or {','.join(ITEM_COLUMNS)} of other "
        f"tasks than pairs, or {','.join(SIDE_COLUMNS)} where both responses have columns; say which of yours they are, as in "
        "--columns annotator=worker,item=task,answer=label"
    )
