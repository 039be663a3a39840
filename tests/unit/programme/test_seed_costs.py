from ls_backend.programme.seed_costs import cost_aimed, cost_for_everyone
from ls_backend.programme.seed_schedule import SeedPolicy

POLICY = SeedPolicy(retest_rate=0.2, gold_rate=0.1, min_lag=5, salt="s")


def test_costs() -> None:
    aimed = cost_aimed(700, 100, 5, POLICY)
    assert (aimed.gold, aimed.retests, aimed.extra) == (100, 200, 300)
    assert cost_aimed(700, 5, 5, POLICY).gold == 25, "nobody answers a gold item twice"
    for_everyone = cost_for_everyone(100, 10, 4, annotators=3, overlap=1)
    assert (for_everyone.retests, for_everyone.gold) == (50, 12)
