import numpy as np
import pytest

from ls_backend.analysis.answer_set import AnswerSet, answer_set
from ls_backend.analysis.selection import LeftOut, Selection
from ls_backend.measurement.judgments import GoldItem, Judgment, Judgments

CAT, DOG = '{"choice":"cat"}', '{"choice":"dog"}'


def made(said: list[tuple[str, str, str]], gold: dict[str, GoldItem] | None = None, **selection: object) -> AnswerSet:
    judgments = Judgments.of(
        Judgment(who, item, 0, False, float(n), answer=answer, slice="s") for n, (who, item, answer) in enumerate(said)
    )
    return answer_set(judgments, gold or {}, [], Selection(**selection))  # type: ignore[arg-type]


def test_a_retest_is_no_second_vote_and_dissent_is_counted() -> None:
    found = made([("a", "i", CAT), ("b", "i", CAT), ("c", "i", DOG), ("c", "i", CAT), ("a", "i", CAT)])
    (row,) = found.rows
    assert (row.answer, len(row.votes), row.retests, row.retest_agreement) == (CAT, 3, 2, 0.5)
    assert row.agreement == pytest.approx(2 / 3)
    (part,) = found.slices
    assert (part.votes, part.votes_used, part.dissent, part.dissent_used) == (3, 3, 1, 1)
    assert found.wrong.value == pytest.approx(1 - (row.confidence or 0))


def test_gold_has_its_known_answer_or_is_left_out() -> None:
    said, gold = [("a", "g", DOG), ("a", "i", CAT)], {"g": GoldItem(0, answer=CAT)}
    assert [row.item for row in made(said, gold).rows] == ["i"]
    row = made(said, gold, include_gold=True).rows[0]
    assert (row.answer, row.confidence, row.is_gold, row.agreement) == (CAT, 1.0, True, 0.0)


def test_filters_leave_out_and_say_why() -> None:
    said = [(who, "sure", CAT) for who in "abcde"] + [("a", "unsure", CAT), ("b", "unsure", DOG)]
    found = made(said, min_confidence=0.9)
    assert [row.item for row in found.rows] == ["sure"]
    assert found.slices[0].left_out[LeftOut.UNSURE] == 1
    nobody = made(said, min_reputation=10)
    assert (nobody.rows, nobody.slices[0].left_out[LeftOut.NO_VOTE]) == ((), 2)
    assert nobody.wrong.value is None
    rankings = made([("a", "i", '{"ranking":["x","y"]}')], min_confidence=0.9)
    assert np.isclose(rankings.rows[0].agreement, 1.0)
