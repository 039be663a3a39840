import pytest

from ls_backend.errors import InputError
from ls_backend.programme import seed_schedule
from ls_backend.programme.seed_schedule import PastJudgment, Seed, SeedKind, SeedPolicy

POLICY = SeedPolicy(retest_rate=0.2, gold_rate=0.1, min_lag=5, salt="s")
GOLD = {f"g{n}": None for n in range(20)}


def run(
    policy: SeedPolicy, labels: int, *, gold: dict[str, str | None] = GOLD, slices: int = 1
) -> tuple[list[PastJudgment], list[Seed]]:
    """An annotator at work: a due seed is answered next, else a new ordinary item."""
    history: list[PastJudgment] = []
    seeds: list[Seed] = []
    while len(history) < labels:
        seed = seed_schedule.next_seed(history, seeds, gold, annotator="7", policy=policy)
        if seed:
            seeds.append(seed)
            slice_ = next((past.slice for past in history if past.item == seed.item), gold.get(seed.item))
            history.append(PastJudgment(seed.item, slice_))
        else:
            history.append(PastJudgment(f"o{len(history)}", f"slice{len(history) % slices}"))
    return history, seeds


def test_the_rates_are_kept() -> None:
    _, seeds = run(POLICY, 200)
    kinds = [s.kind for s in seeds]
    assert kinds.count("retest") == pytest.approx(40, abs=2)
    assert kinds.count("gold") == pytest.approx(20, abs=1)


def test_neither_kind_keeps_the_other_waiting() -> None:
    policy = SeedPolicy(0.3, 0.3, 2, "s")
    for annotator in map(str, range(50)):
        first = seed_schedule.kinds_owed(5, [], annotator=annotator, policy=policy)
        assert set(first) == {"gold", "retest"}
        once = Seed(SeedKind.RETEST, "o1")
        lacking = {k: seed_schedule.seeds_owed(5, k, annotator, policy) - (k == "retest") for k in first}
        then = seed_schedule.kinds_owed(5, [once], annotator=annotator, policy=policy)
        if lacking["gold"] == lacking["retest"]:
            assert then == ["gold", "retest"], "the one with fewer seeds"
        assert then[0] == max(lacking, key=lambda k: (lacking[k], k == "gold"))


def test_the_lag_is_kept_and_nothing_comes_a_third_time() -> None:
    history, seeds = run(POLICY, 200)
    places: dict[str, list[int]] = {}
    for n, judgment in enumerate(history):
        places.setdefault(judgment.item, []).append(n)
    for seed in seeds:
        if seed.kind == "retest":
            first, again = places[seed.item]
            assert again - first - 1 >= POLICY.min_lag
        else:
            assert len(places[seed.item]) == 1


def test_slices_get_even_shares() -> None:
    history, seeds = run(SeedPolicy(0.2, 0.0, 5, "s"), 300, slices=3)
    slice_of = {s.item: s.slice for s in history}
    shares = [slice_of[s.item] for s in seeds if s.kind == "retest"]
    assert max(map(shares.count, set(shares))) - min(map(shares.count, set(shares))) <= 2


def test_the_schedule_is_the_same_again_and_differs_by_salt() -> None:
    assert run(POLICY, 60) == run(POLICY, 60)
    assert run(POLICY, 60) != run(SeedPolicy(0.2, 0.1, 5, "other"), 60)


def test_an_excluded_item_becomes_no_seed_and_another_one_does() -> None:
    history = [PastJudgment(f"o{n}", None) for n in range(20)]
    policy = SeedPolicy(0.0, 0.5, 5, "s")
    first = seed_schedule.next_seed(history, [], GOLD, annotator="7", policy=policy)
    assert first is not None
    then = seed_schedule.next_seed(history, [], GOLD, annotator="7", policy=policy, excluded={first.item})
    assert then is not None
    assert then.item != first.item
    assert seed_schedule.next_seed(history, [], GOLD, annotator="7", policy=policy, excluded=GOLD.keys()) is None


def test_zero_rates_give_nothing_and_empty_pools_stop() -> None:
    assert run(SeedPolicy(0.0, 0.0, 5, "s"), 50)[1] == []
    assert [s.kind for s in run(SeedPolicy(0.0, 0.5, 5, "s"), 60, gold={"g": None})[1]] == ["gold"]


@pytest.mark.parametrize("bad", [{"retest_rate": 0.9}, {"gold_rate": -0.1}, {"min_lag": 0}])
def test_impossible_policies_are_refused_with_the_cure(bad: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(bad))):
        SeedPolicy(**{"retest_rate": 0.1, "gold_rate": 0.1, "min_lag": 5, "salt": "s", **bad})  # type: ignore[arg-type]


def test_everyones_sample_is_spread_over_slices() -> None:
    items = {f"{s}{n}": s for s in "abc" for n in range(10)}
    sample = seed_schedule.sample_for_everyone(items, POLICY)
    assert sorted(items[i] for i in sample) == ["a", "a", "b", "b", "c", "c"]


def test_everyones_sample_is_completed_when_items_come() -> None:
    few = {f"{s}{n}": s for s in "abc" for n in range(5)}
    first = seed_schedule.sample_for_everyone(few, POLICY)
    assert seed_schedule.sample_for_everyone(few, POLICY, sampled=first) == []
    items = few | {f"{s}{n}": s for s in "abc" for n in range(5, 10)}
    more = seed_schedule.sample_for_everyone(items, POLICY, sampled=first, excluded=few.keys())
    assert not few.keys() & set(more)
    assert sorted(items[i] for i in [*first, *more]) == ["a", "a", "b", "b", "c", "c"]


def test_everyones_retest_waits_for_all_who_work() -> None:
    counts = {"a": 20, "b": 8}
    assert seed_schedule.is_released({"a": 3, "b": 1}, ["a", "b"], counts, min_lag=5)
    assert not seed_schedule.is_released({"a": 3, "b": 4}, ["a", "b"], counts, min_lag=5)
    assert not seed_schedule.is_released({"a": 3}, ["a", "b"], counts, min_lag=5)
    assert not seed_schedule.is_released({}, [], counts, min_lag=5)
