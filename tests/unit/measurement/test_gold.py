from ls_backend.measurement.attentiveness import GOLD_COLUMNS, EvidenceColumn
from ls_backend.measurement.evidence import gather_evidence
from ls_backend.measurement.judgments import GoldItem, Judgments
from tests.unit.measurement.test_judgments import row

KNOWN = {"x": GoldItem(1), "y": GoldItem(-1)}


def test_right_and_wrong_are_counted_by_the_side_gold_stood_on() -> None:
    found = Judgments.of(
        [
            row("a", "x", 1, 1),  # stood left, chosen
            row("a", "y", 2, 1),  # stood right, not chosen
            row("b", "x", 1, 1, mirrored=True),  # stood right, chosen
            row("b", "y", 2, 1, mirrored=True),  # stood left, not chosen
            row("b", "z", 3, 1),  # not gold
        ]
    )
    assert gather_evidence(found, KNOWN).counts[:, GOLD_COLUMNS].tolist() == [[1, 0, 0, 1], [0, 1, 1, 0]]


def test_the_first_answer_counts_and_a_tie_is_wrong() -> None:
    found = Judgments.of([row("a", "x", 1, 0), row("a", "x", 2, 1)])
    assert gather_evidence(found, KNOWN).counts[:, GOLD_COLUMNS].tolist() == [[0, 1, 0, 0]]


def test_no_judgments_no_evidence() -> None:
    assert gather_evidence(Judgments.of([]), KNOWN).counts.shape == (0, len(EvidenceColumn))


def test_whoever_the_known_answer_is_from_is_not_checked_by_it() -> None:
    found = Judgments.of([row("a", "x", 1, 1), row("b", "x", 1, 1), row("a", "y", 2, 1)])
    evidence = gather_evidence(found, {"x": GoldItem(1, author="a"), "y": GoldItem(-1, author="b")})
    assert evidence.gold.tolist() == [1, 1]
    assert evidence.gold_right.tolist() == [0, 1]
