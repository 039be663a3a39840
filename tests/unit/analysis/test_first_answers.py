"""What is counted of each two annotators is what comes out when all their answers are compared one by one."""

from itertools import combinations

import numpy as np
import pytest

from ls_backend.analysis import first_answers
from ls_backend.analysis.first_answers import Among, FirstAnswers, PairColumn, PairCounts
from ls_backend.measurement.judgments import Judgment, Judgments
from ls_backend.measurement.similarity import canonical


def some_judgments(rng: np.random.Generator, *, on_pairs: bool) -> list[Judgment]:
    """Some items again, some at the same moment."""
    return [
        Judgment(
            f"a{rng.integers(6)}",
            f"i{rng.integers(12)}",
            int(rng.integers(-2, 3)) if on_pairs else 0,
            False,
            1e9 + int(rng.integers(20)),
            f"{n}",
            answer="" if on_pairs else canonical({"choices": ["x", "y", "z"][: int(rng.integers(0, 4))]}),
        )
        for n in range(150)
    ]


@pytest.mark.parametrize("at_once", [3, 1 << 22])
@pytest.mark.parametrize("on_pairs", [True, False])
def test_counts_are_those_of_comparing_one_by_one(
    on_pairs: bool, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_answers, "PAIRS_AT_ONCE", at_once)
    rows = some_judgments(np.random.default_rng(3), on_pairs=on_pairs)
    gold = {"i3", "i7"}
    firsts: dict[str, dict[str, Judgment]] = {}
    for row in sorted(rows, key=lambda row: (row.at, row.id)):
        firsts.setdefault(row.item, {}).setdefault(row.annotator, row)
    names = sorted({row.annotator for row in rows})
    expected = np.zeros((6, 6, PairColumn.ORDINARY_SAME + 1), dtype=np.int64)
    for item, answers in firsts.items():
        for one, other in combinations(sorted(answers), 2):
            mine, theirs = answers[one], answers[other]
            cell = expected[names.index(one), names.index(other)]
            sides = [int(np.sign(judgment.preference)) + 1 for judgment in (mine, theirs)]
            same = sides[0] == sides[1] and mine.answer == theirs.answer
            cell[sides[0] * 3 + sides[1]] += 1
            cell[PairColumn.DISTANCE] += abs(mine.preference - theirs.preference)
            later = PairColumn.OTHER_LATER_DIFFERED if theirs.at >= mine.at else PairColumn.ONE_LATER_DIFFERED
            cell[later + same] += 1
            cell[PairColumn.ORDINARY_DIFFERED + same] += item not in gold
    counts = PairCounts.of(FirstAnswers.of(Judgments.of(rows), gold))
    assert counts.counts.cell.tolist() == [a * 6 + b for a, b in combinations(range(6), 2)]
    np.testing.assert_array_equal(counts.counts.sums, expected[counts.one, counts.other])
    one, other = counts.total(PairColumn.ONE_LATER_SAME), counts.total(PairColumn.OTHER_LATER_SAME)
    by_time = counts.matrix(one, other)
    assert by_time[0, 1] == expected[0, 1, PairColumn.ONE_LATER_SAME]
    assert by_time[1, 0] == expected[0, 1, PairColumn.OTHER_LATER_SAME]


def test_counts_of_parts_of_the_items_add_up_though_not_everybody_is_in_each() -> None:
    rows = some_judgments(np.random.default_rng(4), on_pairs=True)
    whole = Judgments.of(rows)
    total = PairCounts.of(FirstAnswers.of(Judgments.of([]), (), Among.everybody((), whole.annotators)))
    for items in ({"i0"}, {f"i{n}" for n in range(1, 6)}, {f"i{n}" for n in range(6, 12)}):
        part = Judgments.of(row for row in rows if row.item in items)
        total += PairCounts.of(FirstAnswers.of(part, (), Among.everybody(part.annotators, whole.annotators)))
    counts = PairCounts.of(FirstAnswers.of(whole, ()))
    np.testing.assert_array_equal(total.counts.cell, counts.counts.cell)
    np.testing.assert_array_equal(total.counts.sums, counts.counts.sums)


def test_an_item_with_thousands_of_answers_is_counted_without_comparing_them() -> None:
    people = 5000
    rows = [Judgment(f"a{n:05}", "i", 1 if n % 3 else -1, False, 1e9 + n) for n in range(people)]
    first = FirstAnswers.of(Judgments.of(rows), ())
    assert first.same_side.tolist() == [3332 if n % 3 else 1666 for n in range(people)]
