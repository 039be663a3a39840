"""The manifest of an exported set: what went in, and what has changed since another one. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile

from pydantic import ValidationError

from ls_backend.analysis.selection import SliceCount
from ls_backend.analysis.splits import Split
from ls_backend.errors import InputError
from ls_backend.measurement.estimate import Estimate
from ls_backend.records import from_dict, to_dict
from ls_backend.types import Json

MANIFEST_VERSION = 1
ITEMS = ' "items": {'
"""The line after which items stand."""
_encode = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class ItemEntry:
    """An item that went in: its ``split``, which response is ``chosen`` (1 or 2, in canonical order; 0 in other tasks), and the digest of its rows.
    ``annotations`` are the ids of those that judged it, a space apart; "" where the source has none."""

    split: Split
    chosen: int
    digest: str
    annotations: str = ""

    def to_dict(self) -> Json:
        written: Json = {"split": self.split, "chosen": self.chosen, "digest": self.digest}
        return {**written, "annotations": self.annotations} if self.annotations else written


@dataclass(frozen=True)
class Manifest:
    """``digest`` is that of all data files, ``files`` those of each; ``rows`` are counted by split; ``slices`` say what was left
    out. The items stand beside it, by name."""

    source: str
    settings: Json
    digest: str
    files: Mapping[str, str]
    rows: Mapping[str, int]
    label_smoothing: Estimate
    q: float | None
    slices: tuple[SliceCount, ...]
    annotators: tuple[str, ...]
    version: int = MANIFEST_VERSION

    def lines(self, items: Iterable["NamedEntry"]) -> Iterator[str]:
        """JSON with a line an item, so that it can be compared, and read, line by line; ``items`` are in order of their names."""
        yield json.dumps(to_dict(self), indent=1, ensure_ascii=False).removesuffix("\n}") + ","
        yield f"\n{ITEMS}"
        between = "\n"
        for one in items:
            yield f"{between}  {_encode(one.name)}: {_encode(one.entry.to_dict())}"
            between = ",\n"
        yield "\n }\n}\n"


@dataclass(frozen=True, slots=True)
class NamedEntry:
    """An item's id and its entry."""

    name: str
    entry: ItemEntry


@dataclass(frozen=True, slots=True)
class WrittenManifest:
    """A manifest that is read from a file: its ``head``, and the items, in order of their names, as they are asked for."""

    head: Manifest
    items: Iterator[NamedEntry]


@dataclass(frozen=True, slots=True)
class SetChanges:
    """What is different from an earlier set: ``settings`` by their names; items that are new or gone, that have ``other_rows``, of
    those the ones whose chosen response was the rejected one (``turned``); and those in another split (``moved``)."""

    same: bool
    settings: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    other_rows: tuple[str, ...]
    turned: tuple[str, ...]
    moved: tuple[str, ...]
    new_annotators: tuple[str, ...]


def read_manifest(lines: Iterable[str], *, source: str) -> WrittenManifest:
    """What :meth:`Manifest.lines` wrote. Only as many lines are read as are asked for.

    Raises:
        InputError: it is not a manifest of ours; where its items are wrong, when they are asked for.
    """
    rest = iter(lines)
    with _refusing_others(source):
        head = "".join(takewhile(lambda line: line.rstrip("\n") != ITEMS, rest)).rstrip().removesuffix(",")
        manifest = from_dict(Manifest, json.loads(f"{head}\n}}"))
    return WrittenManifest(manifest, _entries(rest, source))


def _entries(lines: Iterable[str], source: str) -> Iterator[NamedEntry]:
    for line in lines:
        if not line.startswith("  "):  # the end of the items
            return
        with _refusing_others(source):
            (name, entry), *_ = json.loads(f"{{{line.strip().removesuffix(',')}}}").items()
            named = NamedEntry(name, from_dict(ItemEntry, entry))
        yield named


@contextmanager
def _refusing_others(source: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, ValidationError, AttributeError) as error:
        raise InputError(
            f"{source} is no manifest of `steadyhand export`; give the folder of an earlier export"
        ) from error


def changes_since(earlier: WrittenManifest, now: WrittenManifest) -> SetChanges:
    """What is different now. Only the names of items that are different are kept."""
    new, gone, other_rows, turned, moved = (list[str]() for _ in range(5))
    for name, old, later in _side_by_side(earlier.items, now.items):
        if old is None or later is None:
            (new if old is None else gone).append(name)
            continue
        for names, differs in (
            (other_rows, old.digest != later.digest),
            (turned, old.chosen != later.chosen),
            (moved, old.split != later.split),
        ):
            if differs:
                names.append(name)
    return SetChanges(
        same=earlier.head.digest == now.head.digest,
        settings=tuple(_different(earlier.head.settings, now.head.settings)),
        new=tuple(new),
        gone=tuple(gone),
        other_rows=tuple(other_rows),
        turned=tuple(turned),
        moved=tuple(moved),
        new_annotators=tuple(sorted({*now.head.annotators} - {*earlier.head.annotators})),
    )


def _side_by_side(
    earlier: Iterator[NamedEntry], now: Iterator[NamedEntry]
) -> Iterator[tuple[str, ItemEntry | None, ItemEntry | None]]:
    """The entries of each item in two manifests, None where it is not there."""
    old, later = next(earlier, None), next(now, None)
    while old is not None or later is not None:
        name = min(one.name for one in (old, later) if one is not None)
        is_old, is_now = old is not None and old.name == name, later is not None and later.name == name
        yield name, old.entry if old and is_old else None, later.entry if later and is_now else None
        old = next(earlier, None) if is_old else old
        later = next(now, None) if is_now else later


def _different(one: Json, other: Json, prefix: str = "") -> list[str]:
    """Names of settings that differ, those inside others by ``outer.inner``."""
    names = []
    for name in sorted(one.keys() | other.keys()):
        old, new = one.get(name), other.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            names += _different(old, new, f"{prefix}{name}.")
        elif old != new:
            names.append(f"{prefix}{name}")
    return names
