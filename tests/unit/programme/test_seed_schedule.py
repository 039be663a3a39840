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
    assert seed_schedule.is_released({"a": 16, "b": 5}, min_lag=5)
    assert not seed_schedule.is_released({"a": 16, "b": 4}, min_lag=5)
    assert not seed_schedule.is_released({}, min_lag=5), "nobody is at work"


def decided_run(
    policy: SeedPolicy, labels: int, *, every: int = 5, begin: int = 0
) -> tuple[list[PastJudgment], list[Seed]]:
    """An annotator at work on items of which every so many is taken for decided, the first ``begin`` left out."""
    history: list[PastJudgment] = []
    seeds: list[Seed] = []
    new = 0
    while len(history) < labels:
        seed = seed_schedule.next_seed(history, seeds, {}, annotator="7", policy=policy)
        if seed:
            seeds.append(seed)
            number = int(seed.item[1:])
            history.append(PastJudgment(seed.item, None, number % every == 0 and number >= begin))
        else:
            history.append(PastJudgment(f"o{new}", None, new % every == 0 and new >= begin))
            new += 1
    return history, seeds


@pytest.mark.parametrize("focus", [0.0, 0.3, 0.7, 1.0])
def test_decided_pairs_are_repeated_in_the_share_asked_for(focus: float) -> None:
    _, seeds = decided_run(SeedPolicy(0.1, 0.0, 5, "s", focus=focus), 1000)
    decided = sum(int(seed.item[1:]) % 5 == 0 for seed in seeds)
    assert decided == pytest.approx(focus * len(seeds), abs=1)


def test_what_was_missed_for_lack_of_decided_pairs_is_made_up_for() -> None:
    _, seeds = decided_run(SeedPolicy(0.1, 0.0, 5, "s", focus=0.7), 1500, begin=300)
    decided = sum(int(seed.item[1:]) % 5 == 0 and int(seed.item[1:]) >= 300 for seed in seeds)
    assert decided == pytest.approx(0.7 * len(seeds), abs=1)


def test_where_there_are_too_few_decided_pairs_others_are_repeated() -> None:
    _, seeds = decided_run(SeedPolicy(0.5, 0.0, 2, "s", focus=1.0), 300, every=50)
    assert len(seeds) == pytest.approx(150, abs=3)


def test_pairs_of_the_lag_aimed_for_come_first_and_younger_ones_where_there_are_no_others() -> None:
    history, seeds = decided_run(SeedPolicy(0.1, 0.0, 5, "s", lag=50), 600)
    places: dict[str, list[int]] = {}
    for n, judgment in enumerate(history):
        places.setdefault(judgment.item, []).append(n)
    lags = [places[seed.item][1] - places[seed.item][0] - 1 for seed in seeds]
    assert min(lags) >= 5
    assert all(lag >= 50 for lag in lags[12:]), "by then there are enough"


def test_where_nothing_is_known_of_decidedness_the_focus_and_the_lag_change_nothing() -> None:
    plain = SeedPolicy(0.2, 0.1, 5, "s", focus=0.7, lag=50)
    other = SeedPolicy(0.2, 0.1, 5, "s", focus=0.1, lag=5)
    assert run(plain, 200) == run(other, 200)


def test_for_everyone_decided_items_come_in_the_share_asked_for() -> None:
    items = {f"i{n}": None for n in range(1000)}
    decided = {f"i{n}" for n in range(0, 1000, 5)}
    sample = seed_schedule.sample_for_everyone(items, SeedPolicy(0.1, 0.0, 5, "s"), decided=decided)
    assert len(sample) == 100
    assert len(decided.intersection(sample)) == pytest.approx(70, abs=1)
