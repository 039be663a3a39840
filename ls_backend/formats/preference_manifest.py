"""The manifest of an exported set: what went in, and what has changed since another one. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError

from ls_backend.analysis.selection import SliceCount
from ls_backend.analysis.splits import Split
from ls_backend.errors import InputError
from ls_backend.measurement.estimate import Estimate
from ls_backend.records import from_dict, to_dict
from ls_backend.types import Json

MANIFEST_VERSION = 1
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
    out; ``items`` are by id."""

    source: str
    settings: Json
    digest: str
    files: Mapping[str, str]
    rows: Mapping[str, int]
    label_smoothing: Estimate
    q: float | None
    slices: tuple[SliceCount, ...]
    annotators: tuple[str, ...]
    items: Mapping[str, ItemEntry]
    version: int = MANIFEST_VERSION

    def to_text(self) -> str:
        """JSON with a line an item, so that it can be compared line by line."""
        written = to_dict(replace(self, items={}))
        del written["items"]
        head = json.dumps(written, indent=1, ensure_ascii=False).removesuffix("\n}")
        items = ",\n".join(
            f"  {_encode(name)}: {_encode(entry.to_dict())}" for name, entry in sorted(self.items.items())
        )
        return f'{head},\n "items": {{\n{items}\n }}\n}}\n'


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


def read_manifest(text: str, *, source: str) -> Manifest:
    """What :meth:`Manifest.to_text` wrote.

    Raises:
        InputError: it is not a manifest of ours.
    """
    try:
        return from_dict(Manifest, json.loads(text))
    except (ValueError, ValidationError, AttributeError) as error:
        raise InputError(
            f"{source} is no manifest of `steadyhand export`; give the folder of an earlier export"
        ) from error


def changes_since(earlier: Manifest, now: Manifest) -> SetChanges:
    """What is different now."""
    common = sorted(earlier.items.keys() & now.items.keys())
    pairs = [(name, earlier.items[name], now.items[name]) for name in common]
    return SetChanges(
        same=earlier.digest == now.digest,
        settings=tuple(_different(earlier.settings, now.settings)),
        new=tuple(sorted(now.items.keys() - earlier.items.keys())),
        gone=tuple(sorted(earlier.items.keys() - now.items.keys())),
        other_rows=tuple(name for name, old, new in pairs if old.digest != new.digest),
        turned=tuple(name for name, old, new in pairs if old.chosen != new.chosen),
        moved=tuple(name for name, old, new in pairs if old.split != new.split),
        new_annotators=tuple(sorted({*now.annotators} - {*earlier.annotators})),
    )


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
