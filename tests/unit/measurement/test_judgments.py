from ls_backend.measurement.judgments import Judgment, Judgments


def row(annotator: str, item: str, at: float, preference: int = 1, *, mirrored: bool = False, id: str = "") -> Judgment:
    return Judgment(annotator, item, preference, mirrored, at, id)


def test_positions_count_an_annotators_own_judgments_in_order_of_time() -> None:
    found = Judgments.of([row("b", "x", 5), row("a", "y", 9), row("a", "x", 3)])
    assert found.annotators == ("a", "b")
    assert found.position.tolist() == [0, 1, 0]
    assert [found.items[i] for i in found.item] == ["x", "y", "x"]


def test_a_second_report_of_the_same_judgment_counts_once() -> None:
    assert len(Judgments.of([row("a", "x", 1, id="7"), row("a", "x", 1, id="7"), row("a", "x", 2, id="8")])) == 2
    assert len(Judgments.of([row("a", "x", 1), row("a", "x", 1)])) == 2, "without an id nothing can be told"


def test_what_stood_left_follows_from_preference_and_mirroring() -> None:
    found = Judgments.of([row("a", "x", 1, 2), row("a", "y", 2, 2, mirrored=True), row("a", "z", 3, 0, mirrored=True)])
    assert found.picked_left.tolist() == [1, -1, 0]


def test_first_showings_are_by_annotator_and_item() -> None:
    found = Judgments.of([row("a", "x", 1), row("a", "x", 2), row("b", "x", 3)])
    assert found.first_showings.tolist() == [True, False, True]


def test_one_annotators_items_come_in_order_with_their_slices() -> None:
    rows = [("b", "x", 4, "math"), ("a", "y", 3, None), ("a", "x", 2, "math"), ("a", "z", 5, "art")]
    found = Judgments.of([Judgment(a, item, 1, False, at, slice=part) for a, item, at, part in rows])
    assert found.history_of("a") == [("x", "math"), ("y", None), ("z", "art")]
    assert found.history_of("c") == []


def test_nothing_is_fine() -> None:
    found = Judgments.of([])
    assert len(found) == 0
    assert found.first_showings.tolist() == []


def test_the_scale_is_that_of_the_mapping_where_it_is_known_else_that_of_the_answers() -> None:
    rows = [Judgment("a", "x", 1, False, at=1), Judgment("a", "y", -1, False, at=2)]
    assert Judgments.of(rows).values.tolist() == [-1, 0, 1]
    known = Judgments.of(rows, top_strength=3)
    assert known.values.tolist() == [-3, -2, -1, 0, 1, 2, 3]
    more = known.merged_with(Judgments.of([Judgment("a", "z", 1, False, at=3)]))
    assert more is not None
    assert more.values.tolist() == known.values.tolist()
    assert Judgments.of([]).values.tolist() == [0]
