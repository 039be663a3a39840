"""The items of a set in files: in the order in which they were judged first, and near-clones of all parts in one split."""

import random
from pathlib import Path

import pytest

from ls_backend.analysis.near_clones import plain_words
from ls_backend.analysis.splits import Shares, split_by_prompt
from ls_backend.formats.preference_files import ItemRows
from ls_backend.services.sets_on_disk import SetOnDisk, ShownItem, write_part

pytest.importorskip("duckdb")
SHARES = Shares(0.4, 0.3)


def texts() -> list[str]:
    """Prompts of which some are the same, some differ in case and signs, some are of one template, some have a word changed."""
    draw = random.Random(3)
    words = [f"word{n}" for n in range(500)]
    prompts = [" ".join(draw.choices(words, k=10)) for _ in range(300)]
    changed = [f"{prompt.rsplit(' ', 1)[0]} other" for prompt in prompts[:60]]
    template = [f"what is the boiling point of thing{n} at sea level" for n in range(40)]
    same = [prompt.upper() + "!" for prompt in prompts[60:100]]
    return draw.sample([*prompts, *changed, *template, *same, "", "\ud83d"], 442)


def shown() -> list[ShownItem]:
    """Some at the same moment, so that the item's name decides."""
    return [ShownItem(f"i{n * 37 % 442:03d}", float(n // 3), text) for n, text in enumerate(texts())]


def rows_of(items: list[ShownItem]) -> list[ItemRows]:
    """Of two items of three."""
    return [
        ItemRows(one.item, "s" if n % 2 else None, 1 + n % 2, f'{{"item": "{one.item}"}}\n'.encode())
        for n, one in enumerate(items)
        if n % 3
    ]


@pytest.mark.parametrize("parts", [1, 3, 50])
def test_items_come_in_order_and_in_the_splits_of_the_whole_in_however_many_parts(tmp_path: Path, parts: int) -> None:
    items = shown()
    rows = {one.item: one for one in rows_of(items)}
    for part in range(parts):
        own = items[part::parts]
        write_part(tmp_path, part, own, [rows[one.item] for one in own if one.item in rows], SHARES)
    on_disk = SetOnDisk.of(tmp_path, map)
    items.sort(key=lambda one: (one.at, one.item))
    by_prompt = split_by_prompt([one.text for one in items], SHARES)
    assert (on_disk.prompts, on_disk.largest_group) == (len(items), by_prompt.largest_group)
    assert by_prompt.largest_group == 40
    splits = {one.item: split for one, split in zip(items, by_prompt.of_prompts, strict=True)}
    assert len({*splits.values()}) == 3
    assert sum(splits[one.item] != split_by_prompt([one.text], SHARES).of_prompts[0] for one in items) > 20
    placed = [*on_disk.in_order()]
    assert [(one.rows, one.split) for one in placed] == [
        (rows[one.item], splits[one.item]) for one in items if one.item in rows
    ]
    entries = [(one.name, one.entry.split, one.entry.chosen, one.entry.digest) for one in on_disk.by_name()]
    assert entries == [(name, splits[name], rows[name].chosen, rows[name].digest) for name in sorted(rows)]


def test_without_near_clones_each_text_has_its_own_split(tmp_path: Path) -> None:
    alone = [ShownItem("a", 1.0, "one thing"), ShownItem("b", 0.0, "another matter"), ShownItem("c", 2.0, "ONE thing")]
    write_part(tmp_path, 0, alone, [], SHARES)
    on_disk = SetOnDisk.of(tmp_path, map)
    assert (on_disk.prompts, on_disk.largest_group, [*on_disk.in_order()]) == (3, 2, [])
    assert plain_words(alone[0].text) == plain_words(alone[2].text)


def test_nothing_shown_is_no_prompt(tmp_path: Path) -> None:
    write_part(tmp_path, 0, [], [], SHARES)
    assert (SetOnDisk.of(tmp_path, map).prompts, SetOnDisk.of(tmp_path, map).largest_group) == (0, 0)
