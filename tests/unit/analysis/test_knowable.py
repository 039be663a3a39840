import numpy as np
import pytest

from ls_backend.analysis.first_answers import FirstAnswers
from ls_backend.analysis.knowable import Facts, Knowable, Knowledge, OwnFacts, knowables
from ls_backend.measurement.judgments import GoldItem, Judgment, Judgments
from ls_backend.simulation.project import Design, simulate, steady


def facts(judgments: Judgments, gold: dict[str, GoldItem], *, has_words: bool = False) -> Facts:
    answers = FirstAnswers.of(judgments, gold).answers
    slices = len({*judgments.slices} - {""})
    return Facts(
        OwnFacts.of(judgments, gold), not judgments.answers, answers.size, int((answers > 1).sum()), slices, has_words
    )


def told(
    judgments: Judgments, gold: dict[str, GoldItem] | None = None, *, has_words: bool = False
) -> dict[str, Knowable]:
    """By topic."""
    return {known.topic: known for known in knowables(facts(judgments, gold or {}, has_words=has_words))}


def test_a_bare_table_tells_little_and_says_what_to_collect() -> None:
    bare = Judgments.of(Judgment("a", f"i{n}", 1, False, float(n)) for n in range(9))
    answers = told(bare)
    assert {known.told for known in answers.values()} == {Knowledge.NO, Knowledge.HARDLY}
    assert all(known.collect for known in answers.values())
    assert "one annotator" in answers["agreement and decidedness"].why
    assert "no times" in answers["change over time"].why


def test_a_programme_of_retests_and_gold_tells_all_but_what_is_not_there() -> None:
    design = Design(labels=800, retest_rate=0.2, gold_rate=0.1)
    project = simulate([steady("careful", 0.9)] * 6, design, np.random.default_rng(1))
    answers = told(project.judgments, project.gold)
    not_told = {name for name, known in answers.items() if known.told is Knowledge.NO}
    assert not_told == {"pace", "differences by slice"}
    assert {known.told for name, known in answers.items() if name not in not_told} == {Knowledge.YES}
    assert "160 retests" not in answers["self-consistency"].why
    assert "with the sides swapped" in answers["self-consistency"].why


def test_repeats_in_the_same_order_are_said_to_tell_hardly() -> None:
    rows = [Judgment("a", f"i{n % 40}", 1, n % 2 == 0, 1e9 + n) for n in range(80)]
    known = told(Judgments.of(rows))["self-consistency"]
    assert (known.told, "always taking one side looks the same" in known.why) == (Knowledge.HARDLY, True)


@pytest.mark.parametrize(("has_words", "knowledge"), [(False, Knowledge.HARDLY), (True, Knowledge.YES)])
def test_pace_needs_times_and_texts(has_words: bool, knowledge: Knowledge) -> None:
    rows = [Judgment("a", f"i{n}", 1, False, 1e9 + n, lead_time=2.0) for n in range(4)]
    assert told(Judgments.of(rows), has_words=has_words)["pace"].told is knowledge


def test_other_tasks_have_no_sides_and_nothing_is_told_of_nothing() -> None:
    rows = [Judgment(who, "i", 0, False, 1.0, answer='{"choice":"cat"}') for who in "ab"]
    answers = told(Judgments.of(rows))
    assert "left bias" not in answers
    assert "1 of 1 items" in answers["agreement and decidedness"].why
    assert knowables(facts(Judgments.of([]), {})) == ()
