"""Agreement beside published figures and beside the libraries."""

from collections.abc import Callable
from dataclasses import replace

import krippendorff
import numpy as np
import pandas as pd
import pytest
from crowdkit.aggregation import DawidSkene
from statsmodels.stats.inter_rater import cohens_kappa

from ls_backend.analysis import agreement
from ls_backend.analysis.agreement import (
    AnswerPatterns,
    Level,
    PairwiseAgreement,
    agreement_with_others,
    krippendorff_alpha,
    pairwise_agreement,
)
from ls_backend.analysis.dawid_skene import dawid_skene
from ls_backend.analysis.first_answers import FirstAnswers, PairCounts
from ls_backend.measurement.judgments import Judgment, Judgments
from ls_backend.measurement.similarity import canonical
from ls_backend.simulation.project import Design, simulate, steady

# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), example C: four observers, twelve units, five values
OBSERVERS = {
    "A": "1 2 3 3 2 1 4 1 2 . . .",
    "B": "1 2 3 3 2 2 4 1 2 5 . 3",
    "C": ". 3 3 3 2 3 4 2 2 5 1 .",
    "D": "1 2 3 3 2 4 4 1 2 5 1 .",
}


def published() -> Judgments:
    return Judgments.of(
        Judgment(who, f"u{n:02}", int(value), False, float(n))
        for who, row in OBSERVERS.items()
        for n, value in enumerate(row.split())
        if value != "."
    )


def simulated(seed: int = 1) -> Judgments:
    return simulate(
        [steady("s", e) for e in (0.9, 0.8, 0.5, 0.9, 0.3)], Design(labels=120), np.random.default_rng(seed)
    ).judgments


def patterns(judgments: Judgments) -> AnswerPatterns:
    return AnswerPatterns.of(FirstAnswers.of(judgments, ()))


def pairwise(judgments: Judgments) -> PairwiseAgreement:
    return pairwise_agreement(PairCounts.of(FirstAnswers.of(judgments, ())), values=judgments.values.size)


def test_alpha_is_the_published_one() -> None:
    assert krippendorff_alpha(patterns(published()), level="nominal").value == pytest.approx(0.743, abs=5e-4)
    assert krippendorff_alpha(patterns(published()), level="ordinal").value == pytest.approx(0.815, abs=5e-4)


def test_alphas_interval_holds_it_and_little_data_is_unknown() -> None:
    alpha = krippendorff_alpha(patterns(simulated()), rng=np.random.default_rng(2))
    assert alpha.value is not None
    assert alpha.low is not None
    assert alpha.high is not None
    assert alpha.low < alpha.value < alpha.high
    assert krippendorff_alpha(patterns(Judgments.of([Judgment("a", "i", 1, False, 0.0)]))).value is None


def test_kappa_is_that_of_statsmodels() -> None:
    judgments = simulated()
    by_pair = pairwise(judgments)
    first = judgments.first_showings
    answers = [
        {
            int(judgments.item[n]): int(judgments.preference[n])
            for n in np.flatnonzero(first & (judgments.annotator == a))
        }
        for a in range(5)
    ]
    met = list(zip(by_pair.one.tolist(), by_pair.other.tolist(), strict=True))
    assert met == [(a, b) for a in range(5) for b in range(a + 1, 5)]
    for place, (a, b) in enumerate(met):
        mine, theirs = answers[a], answers[b]
        both = sorted(mine.keys() & theirs.keys())
        table = np.zeros((2, 2))
        for i in both:
            table[(mine[i] + 1) // 2, (theirs[i] + 1) // 2] += 1
        assert by_pair.n[place] == len(both)
        assert by_pair.plain[place] == pytest.approx(np.trace(table) / len(both))
        assert by_pair.kappa[place] == pytest.approx(cohens_kappa(table).kappa, abs=1e-12)


def test_strengths_that_are_near_get_credit() -> None:
    rows = [Judgment("a", "i", 3, False, 0.0), Judgment("b", "i", 2, False, 1.0), Judgment("b", "j", -3, False, 2.0)]
    by_pair = pairwise(Judgments.of(rows))
    assert by_pair.graded.tolist() == [pytest.approx(1 - 1 / 6)]
    assert by_pair.plain.tolist() == [1.0]


@pytest.mark.filterwarnings("ignore")
def test_dawid_skene_is_that_of_crowd_kit() -> None:
    judgments = simulated(4)
    first = judgments.first_showings
    frame = pd.DataFrame(
        {"task": judgments.item[first], "worker": judgments.annotator[first], "label": judgments.preference[first]}
    )
    theirs = DawidSkene(n_iter=12, tol=-np.inf).fit(frame)
    ours = dawid_skene(judgments, iterations=12)
    tasks = theirs.probas_.index.to_numpy()
    np.testing.assert_allclose(ours.probability[tasks], theirs.probas_[ours.values].to_numpy(), atol=1e-9)
    np.testing.assert_allclose(ours.prior, theirs.priors_[ours.values].to_numpy(), atol=1e-9)


def test_alpha_of_choices_and_ratings_is_the_packages_and_of_boxes_it_is_unknown() -> None:
    rng = np.random.default_rng(6)
    ratings = np.clip(rng.integers(1, 6, (1, 30)) + rng.integers(-1, 2, (4, 30)), 1, 5)

    def judgments(answer: Callable[[int], dict[str, object]]) -> Judgments:
        rows = [
            Judgment(f"{a}", f"{n:02}", 0, False, float(n), answer=canonical(answer(int(x))))
            for a, own in enumerate(ratings)
            for n, x in enumerate(own)
        ]
        return Judgments.of(rows)

    cases: list[tuple[Level, Callable[[int], dict[str, object]]]] = [
        ("ordinal", lambda x: {"rating": x, "of": 5}),
        ("nominal", lambda x: {"choice": "abcdef"[x]}),
    ]
    for level, answer in cases:
        expected = krippendorff.alpha(reliability_data=ratings, level_of_measurement=level)
        assert krippendorff_alpha(patterns(judgments(answer)), level=level).value == pytest.approx(expected, abs=1e-9)
    assert krippendorff_alpha(patterns(judgments(lambda x: {"boxes": [[x, x, 5, 5, "c"]]}))).value is None


def test_alpha_of_strengths_is_the_packages_where_items_have_few_answers_or_many_and_some_values_are_rare() -> None:
    rng = np.random.default_rng(8)
    answers = np.clip(rng.normal(rng.normal(0, 2, (1, 40)), 1.5, (9, 40)).round(), -3, 3)
    answers[rng.random(answers.shape) < 0.6] = np.nan
    rows = [
        Judgment(f"{a}", f"{n:02}", int(x), False, float(n))
        for a, own in enumerate(answers)
        for n, x in enumerate(own)
        if not np.isnan(x)
    ]
    for level in ("nominal", "ordinal"):
        expected = krippendorff.alpha(reliability_data=answers, level_of_measurement=level)
        assert krippendorff_alpha(patterns(Judgments.of(rows)), level=level).value == pytest.approx(expected, abs=1e-12)  # type: ignore[arg-type]


def test_alphas_interval_is_that_of_drawing_items_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreement, "RESAMPLES", 4000)
    judgments = simulated(7)
    estimate = krippendorff_alpha(patterns(judgments), rng=np.random.default_rng(1))
    table = np.full((5, len(judgments.items)), np.nan)
    first = judgments.first_showings
    table[judgments.annotator[first], judgments.item[first]] = judgments.preference[first]
    rng, alphas = np.random.default_rng(2), []
    for _ in range(2000):
        drawn = table[:, rng.integers(0, table.shape[1], table.shape[1])]
        alphas.append(krippendorff.alpha(reliability_data=drawn, level_of_measurement="nominal"))
    assert estimate.low == pytest.approx(np.quantile(alphas, 0.05), abs=0.01)
    assert estimate.high == pytest.approx(np.quantile(alphas, 0.95), abs=0.01)


def test_agreement_with_others_is_the_mean_over_the_items_of_how_many_said_the_same() -> None:
    rng = np.random.default_rng(4)
    rows = [
        Judgment(
            f"a{a}", f"i{i:02}", int(rng.choice((-1, 1))), bool(rng.integers(2)), 1e9 + i + n * 100, f"{a}-{i}-{n}"
        )
        for a in range(4)
        for i in range(30)
        for n in range(int(rng.integers(0, 3)))  # some not at all, some twice: the first answer counts
    ]
    rows = [replace(row, slice=f"s{int(row.item[1:]) % 2}") for row in rows]
    judged = Judgments.of(rows)
    gold = {"i00", "i07"}
    firsts = {(r.annotator, r.item): r.preference for r in sorted(rows, key=lambda r: r.at, reverse=True)}
    for a, name in enumerate(judged.annotators):
        shares: dict[str, list[float]] = {"": [], "s0": [], "s1": []}
        for (who, item), own in firsts.items():
            others = [p for (other, same_item), p in firsts.items() if same_item == item and other != name]
            if who == name and others and item not in gold:
                share = float(np.mean([p == own for p in others]))
                for part in ("", f"s{int(item[1:]) % 2}"):
                    shares[part].append(share)
        estimates = agreement_with_others(judged, a, gold)
        assert set(estimates) == set(shares)
        for part, expected in shares.items():
            assert estimates[part].n == len(expected)
            assert estimates[part].value == pytest.approx(np.mean(expected))


def test_agreement_with_others_is_unknown_for_who_shares_no_item() -> None:
    judged = Judgments.of([Judgment("a", "i", 1, False, 1e9), Judgment("b", "j", 1, False, 1e9)])
    assert agreement_with_others(judged, 0, ())[""].value is None
