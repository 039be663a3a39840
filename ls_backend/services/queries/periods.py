"""Periods: how they are written, what time they take, and which one may be settled next.

A project that is settled as a whole can be settled again: `all` pays for everything up to then, `all-2` what the whole project comes to by
then beyond what `all` paid, and so on. So whatever is answered later is paid, by one score over the whole project, and nothing twice.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ls_backend.errors import InputError
from ls_backend.store.ledger import FOREVER
from ls_backend.store.records import SettlementRecord

WHOLE = "all"


@dataclass(frozen=True, slots=True)
class Period:
    """The time that one settlement pays for: from ``start`` (included) to ``end`` (not), in seconds since the epoch, UTC."""

    name: str
    start: float
    end: float

    @property
    def is_part_of_whole(self) -> bool:
        """Whether it is `all`, `all-2` and so on."""
        return part_of_whole(self.name) is not None


def part_of_whole(name: str) -> int | None:
    """1 for `all`, 2 for `all-2`; None for other periods."""
    if name == WHOLE:
        return 1
    match = re.fullmatch(rf"{WHOLE}-([1-9]\d*)", name)
    return int(match[1]) if match and int(match[1]) > 1 else None


def next_part(settled: Sequence[SettlementRecord]) -> str:
    """The part of the whole project that is settled next."""
    parts = {number: other.name for other in settled if (number := part_of_whole(other.name))}
    return part_after(parts[max(parts)]) if parts else WHOLE


def part_after(name: str) -> str:
    """The part of the whole project that follows on another one."""
    return f"{WHOLE}-{(part_of_whole(name) or 0) + 1}"


def period_name(name: str) -> str:
    """What people call a period, or the settlement of a dispute about one."""
    period, _, dispute = name.partition("-dispute-")
    part = part_of_whole(period)
    words = period if part is None else "whole project" if part == 1 else f"whole project, part {part}"
    return f"{words}, dispute {dispute}" if dispute else words


def parse_period(text: str) -> Period:
    """Read a period.

    Raises:
        InputError: it is none of ``2026-11``, ``2026-W47``, ``2026-11-01..2026-11-15`` (both days included), ``all`` and ``all-2``.
    """
    if part_of_whole(text) is not None:
        return Period(text, 0.0, FOREVER)
    try:
        if match := re.fullmatch(r"(\d{4})-(\d{2})", text):
            year, month = int(match[1]), int(match[2])
            first = datetime(year, month, 1, tzinfo=UTC)
            last = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        elif match := re.fullmatch(r"(\d{4})-W(\d{2})", text):
            first = datetime.fromisocalendar(int(match[1]), int(match[2]), 1).replace(tzinfo=UTC)
            last = first + timedelta(days=7)
        elif match := re.fullmatch(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})", text):
            first, last = (datetime.fromisoformat(match[n]).replace(tzinfo=UTC) for n in (1, 2))
            last += timedelta(days=1)
        else:
            raise ValueError("no such form")
        if last <= first:
            raise ValueError("it ends before it begins")
    except ValueError as error:
        raise InputError(
            f"period {text!r} can't be read ({error}); write a month as 2026-11, a week as 2026-W47, days as "
            "2026-11-01..2026-11-15, or all for the whole project"
        ) from error
    return Period(text, first.timestamp(), last.timestamp())


def to_be_settled(text: str, settled: Sequence[SettlementRecord], *, now: float) -> Period:
    """The period that a text names, as it can be settled after those that are ``settled``.

    Raises:
        InputError: it can't be read, is settled already, overlaps one that is, or is not the next part of the whole project.
    """
    period = parse_period(text)
    following = next_part(settled)
    for other in settled:
        if other.name == period.name:
            since = (
                f"what came since is paid by {following}"
                if period.is_part_of_whole
                else "what has changed since is corrected when the next period is settled"
            )
            raise InputError(f"{period.name} is settled already (no. {other.id}, {day(other.settled_at)}); {since}")
    if period.is_part_of_whole:
        if period.name != following:
            raise InputError(f"{period.name} is not the next part of the project; settle {following}")
        if following != WHOLE:
            return Period(period.name, now, now)  # no work of its own: it pays the difference
        period = replace(period, end=now)
    elif following != WHOLE:
        raise InputError(
            f"{period.name} overlaps {WHOLE}, which is settled: the project is settled as a whole; settle {following}, "
            "which pays what came since"
        )
    for other in settled:
        if other.start < period.end and period.start < other.end:
            raise InputError(f"{period.name} overlaps {other.name}, which is settled; judgments would be paid twice")
    return period


def day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")
