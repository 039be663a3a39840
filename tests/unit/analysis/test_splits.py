from ls_backend.analysis.splits import Shares, Split, split_by_prompt

DISTINCT = [f"topic{n} subject{n} matter{n} thing{n}" for n in range(3000)]


def test_shares_are_kept_and_a_prompt_stays_where_it_is_when_data_is_added() -> None:
    shares = Shares(test=0.1, validation=0.2)
    few, all_ = (split_by_prompt(texts, shares).of_prompts for texts in (DISTINCT[:1000], DISTINCT))
    assert few == all_[:1000]
    assert 0.085 < all_.count(Split.TEST) / len(all_) < 0.115
    assert 0.18 < all_.count(Split.VALIDATION) / len(all_) < 0.22


def test_near_clones_are_in_one_split() -> None:
    clones = [f"{text} please" for text in DISTINCT[:500]]
    found = split_by_prompt([*DISTINCT[:500], *clones], Shares(test=0.5))
    splits = found.of_prompts
    assert found.largest_group == 2
    assert splits[:500] == splits[500:]
    assert {*splits} == {Split.TRAIN, Split.TEST}


def test_without_shares_all_is_for_training() -> None:
    assert {*split_by_prompt(DISTINCT[:50], Shares(0, 0)).of_prompts} == {Split.TRAIN}
