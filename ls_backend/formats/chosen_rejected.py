"""Rows of a chosen and a rejected response, as trainers take them: what they tell of annotators, and what they don't. Pure."""

from collections import defaultdict
from collections.abc import Sequence

from ls_backend.formats.cells import NO_NAME
from ls_backend.formats.coded import together
from ls_backend.formats.notes import counted, listed
from ls_backend.formats.tables import Table

MOST_PEOPLE = 10  # that a sentence names


def what_can_be_told(
    table: Table, chosen: int, rejected: int, about: Sequence[int], annotator: int | None, *, has_times: bool
) -> str:
    """A sentence on a table whose columns ``chosen`` and ``rejected`` hold the responses, those of ``about`` name the pair beside them,
    and ``annotator`` says who chose, if anybody does. Rows that are the same in all cells count once if they ``have times``."""
    cure = "add the responses as they stood, in columns left and right, and the answer (left, right or tie)"
    if annotator is None:
        return (
            "rows of chosen and rejected say neither who chose nor on which side each response stood, so nothing can be told of "
            f"annotators; for scorecards, {cure}, and the annotator"
        )
    again = _chosen_again(table, chosen, rejected, about, annotator, has_times=has_times)
    people = listed(
        (
            f"{name} chose the same each time on {same} of {counted(pairs, 'pair')}"
            for name, (same, pairs) in sorted(again.items())
        ),
        most=MOST_PEOPLE,
    )
    told = (
        f"Told can be who chose the same again where a pair came again, in either order: {people}"
        if again
        else "No pair comes twice to anybody"
    )
    return (
        "rows of chosen and rejected do not say on which side each response stood, and without sides whoever always takes one can't be "
        f"told from the careful, so nothing is scored. {told}. For scorecards, {cure}"
    )


def _chosen_again(
    table: Table, chosen: int, rejected: int, about: Sequence[int], annotator: int, *, has_times: bool
) -> dict[str, tuple[int, int]]:
    """Of each annotator, on how many of the pairs that came again the same response was always chosen, and how many those are."""
    places = range(len(table.columns)) if has_times else (annotator, chosen, rejected, *about)
    rows = together(*(table.cells[n] for n in places))
    at = {place: n for n, place in enumerate(places)}
    counts = [1] * len(rows.cells) if has_times else _tally(rows.codes.tolist(), len(rows.cells))
    choices: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for cells, count in zip(rows.cells, counts, strict=True):
        one, other, who = (cells[at[place]] for place in (chosen, rejected, annotator))
        if one and other and one != other and who not in NO_NAME:
            choices[who, *(cells[at[n]] for n in about), *sorted((one, other))] += [one] * count
    again: dict[str, tuple[int, int]] = {}
    for (who, *_), said in choices.items():
        if len(said) > 1:
            same, pairs = again.get(who, (0, 0))
            again[who] = (same + (len({*said}) == 1), pairs + 1)
    return again


def _tally(codes: Sequence[int], size: int) -> list[int]:
    counts = [0] * size
    for code in codes:
        counts[code] += 1
    return counts
