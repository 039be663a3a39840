import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from crowdkit.aggregation import MajorityVote, OneCoinDawidSkene

from ls_backend.analysis.answer_consensus import AnswerConsensus, answer_consensus
from ls_backend.errors import InputError
from ls_backend.measurement.judgments import Judgment, Judgments
from ls_backend.measurement.similarity import canonical


def collect(said: Sequence[tuple[str, str, Any]]) -> Judgments:
    """From ``(annotator, item, answer)``."""
    return Judgments.of(
        Judgment(who, item, 0, False, float(n), answer=canonical(answer)) for n, (who, item, answer) in enumerate(said)
    )


def merged(said: Sequence[tuple[str, str, Any]], eta: dict[str, float] | float = 0.8) -> dict[str, AnswerConsensus]:
    judgments = collect(said)
    attentive = [eta if isinstance(eta, float) else eta[name] for name in judgments.annotators]
    votes = np.flatnonzero(judgments.first_showings)
    found = answer_consensus(judgments, votes, np.array(attentive))
    return {judgments.items[item]: consensus for item, consensus in found.items()}


def simulated(kind: str, seed: int = 1) -> tuple[list[tuple[str, str, Any]], dict[str, float], dict[str, Any]]:
    """Twelve annotators, half of them careless, on 300 items with five votes; and the truth."""
    rng = np.random.default_rng(seed)
    eta = {f"a{n:02d}": 0.9 if n % 2 else 0.2 for n in range(12)}
    said, truth = [], {}
    for n in range(300):
        item, true = f"i{n:03d}", int(rng.integers(1, 6))
        truth[item] = true
        for who in rng.choice(sorted(eta), 5, replace=False).tolist():
            near = true if kind == "choice" else int(np.clip(round(rng.laplace(true, 0.5)), 1, 5))
            answer = near if rng.random() < eta[who] else int(rng.integers(1, 6))
            said.append((who, item, {"choice": f"c{answer}"} if kind == "choice" else {"rating": answer, "of": 5}))
    return said, eta, truth


@pytest.mark.filterwarnings("ignore")
def test_where_all_are_alike_the_answer_is_that_of_crowd_kits_majority_vote() -> None:
    said, _, _ = simulated("choice")
    table = pd.DataFrame(
        [(item, who, answer["choice"]) for who, item, answer in said], columns=["task", "worker", "label"]
    )
    votes = table.groupby(["task", "label"]).size().unstack(fill_value=0)
    clear = votes.index[votes.apply(lambda row: (row == row.max()).sum() == 1, axis=1)]
    theirs = MajorityVote().fit_predict(table)
    ours = merged(said, 0.6)
    assert len(clear) > 200
    assert all(json.loads(ours[item].answer)["choice"] == theirs[item] for item in clear)


@pytest.mark.filterwarnings("ignore")
def test_weighted_by_attentiveness_it_is_right_at_least_as_often_as_crowd_kits_models() -> None:
    said, eta, truth = simulated("choice")
    table = pd.DataFrame(
        [(item, who, answer["choice"]) for who, item, answer in said], columns=["task", "worker", "label"]
    )
    ours = {item: json.loads(consensus.answer)["choice"] for item, consensus in merged(said, eta).items()}

    def right(answers: Any) -> float:
        return float(np.mean([answers[item] == f"c{true}" for item, true in truth.items()]))

    assert right(ours) >= right(OneCoinDawidSkene(n_iter=50).fit_predict(table)) - 0.01
    assert right(ours) > right(MajorityVote().fit_predict(table)) + 0.02


@pytest.mark.parametrize("kind", ["choice", "rating"])
def test_confidence_is_how_often_the_answer_is_right(kind: str) -> None:
    said, eta, truth = simulated(kind, seed=3)
    found = merged(said, eta)
    right = [json.loads(c.answer).get("rating", json.loads(c.answer).get("choice", "")[-1:]) for c in found.values()]
    share = np.mean([str(answer) == str(truth[item]) for item, answer in zip(found, right, strict=True)])
    assert share == pytest.approx(np.mean([c.confidence for c in found.values()]), abs=0.07)


def test_several_choices_are_judged_option_by_option() -> None:
    said = [(who, "i", {"choices": ["cat", "dog"]}) for who in "ab"] + [("c", "i", {"choices": ["cat"]})]
    more = [(who, f"j{n}", {"choices": ["cow"]}) for n in range(4) for who in "abc"]
    found = merged([*said, *more])
    assert json.loads(found["i"].answer) == {"choices": ["cat", "dog"]}
    assert found["i"].confidence is not None
    assert found["j0"].confidence is not None
    assert found["i"].confidence < found["j0"].confidence
    assert found["i"].agreement == pytest.approx((1 + 1 + 0.5) / 3)


def test_a_rating_lies_among_near_votes_and_the_careless_move_it_little() -> None:
    votes = [("a", "i", 4), ("b", "i", 5), ("c", "i", 1)] + [
        (who, f"j{n}", 1 + n % 5) for n in range(10) for who in "abc"
    ]
    said = [(who, item, {"rating": value, "of": 5}) for who, item, value in votes]
    answer = json.loads(merged(said, {"a": 0.9, "b": 0.9, "c": 0.1})["i"].answer)
    assert (answer["rating"] in (4, 5), answer["of"]) == (True, 5)


def test_rankings_are_merged_by_weighted_places() -> None:
    said = [
        ("a", "i", {"ranking": ["x", "y", "z"]}),
        ("b", "i", {"ranking": ["x", "z", "y"]}),
        ("c", "i", {"ranking": ["z", "y", "x"]}),
    ]
    assert json.loads(merged(said, {"a": 0.9, "b": 0.8, "c": 0.1})["i"].answer) == {"ranking": ["x", "y", "z"]}
    assert json.loads(merged(said, {"a": 0.1, "b": 0.1, "c": 0.9})["i"].answer) == {"ranking": ["z", "y", "x"]}
    assert merged(said)["i"].confidence is None
    assert json.loads(merged([("a", "i", {"ranking": ["x", "y"]}), ("b", "i", {"ranking": ["x"]})])["i"].answer) == {
        "ranking": ["x", "y"]
    }


def test_one_vote_is_the_answer_and_what_is_not_merged_is_refused() -> None:
    for answer in ({"choice": "a"}, {"choices": []}, {"rating": 3, "of": 5}, {"ranking": ["b", "a"]}):
        assert merged([("a", "i", answer)])["i"].answer == canonical(answer)
    for answers in ([{"spans": [[0, 1, "x"]]}], [{"choice": "a"}, {"rating": 1}]):
        with pytest.raises(InputError, match="not merged into one"):
            merged([("a", f"i{n}", answer) for n, answer in enumerate(answers)])
    with pytest.raises(InputError, match="give them one scale"):
        merged([("a", "i", {"rating": 1, "of": 5}), ("a", "j", {"rating": 1, "of": 7})])


def test_all_careless_votes_still_have_an_answer() -> None:
    said = [("a", "i", {"choice": "x"}), ("b", "i", {"choice": "y"}), ("a", "j", {"ranking": ["x"]})][:2]
    assert merged(said, 0.0)["i"].agreement == 0.5
    assert merged(said, 1.0)["i"].confidence == pytest.approx(0.5, abs=0.01)
