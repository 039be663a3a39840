"""What stands in a cell of a table, as text for people, for CSV and for JSON, and how it sorts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from ls_backend.contracts.terms import money
from ls_backend.measurement.estimate import Estimate

NOT_KNOWN = "not known yet"
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units."""

    minor: int
    currency: str

    def __str__(self) -> str:
        return money(self.minor, self.currency)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, in seconds since the epoch."""

    seconds: float

    def __str__(self) -> str:
        return f"{datetime.fromtimestamp(self.seconds, UTC):%Y-%m-%d %H:%M}"

    @property
    def iso(self) -> str:
        return datetime.fromtimestamp(self.seconds, UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Named:
    """What people read under a name: ``key`` stands in CSV and JSON."""

    key: str
    name: str

    def __str__(self) -> str:
        return self.name


Value = None | str | bool | int | float | Estimate | Money | Moment | Named | Enum


class Unit(Enum):
    """How a number is written for people."""

    PLAIN = "plain"
    SHARE = "share"
    """0 to 1, written in per cent."""
    SCORE = "score"
    """0 to 100, without decimals."""
    SECONDS = "seconds"
    NUMBER = "number"
    """A whole number that names something: a task, a line of the ledger."""


def number(value: float, unit: Unit) -> str:
    """A number for people."""
    match unit:
        case Unit.SHARE:
            return f"{100 * value:.0f} %"
        case Unit.SCORE:
            return f"{value:.0f}"
        case Unit.SECONDS:
            return f"{value} s" if isinstance(value, int) else f"{value:.1f} s"
        case Unit.NUMBER:
            return str(value)
        case Unit.PLAIN:
            return f"{value:,}" if isinstance(value, int) else f"{value:.2f}"


def text(value: Value, unit: Unit = Unit.PLAIN) -> str:
    """A value for people; an estimate with its interval."""
    match value:
        case None:
            return NOTHING
        case Estimate(value=None):
            return NOT_KNOWN
        case Estimate():
            return f"{number(value.value or 0.0, unit)} ({interval(value, unit)})"
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return number(value, unit)
        case Enum():
            return str(value.value)
    return str(value)


def interval(estimate: Estimate, unit: Unit = Unit.PLAIN) -> str:
    """The interval of an estimate, "" where it is not known."""
    if estimate.low is None or estimate.high is None:
        return ""
    low, high = number(estimate.low, unit), number(estimate.high, unit)
    return f"{low.removesuffix(' %')} to {high}"


def shortened(name: str, letters: int) -> str:
    """A name in at most so many letters."""
    return name if len(name) <= letters else f"{name[: letters - 1].rstrip('.-_@ ')}…"


def as_number(value: Value) -> float | None:
    """What a known value sorts by among numbers; None of words."""
    match value:
        case int() | float():  # bool too; first, since most are
            return value
        case Estimate():
            return value.value
        case Money():
            return value.minor
        case Moment():
            return value.seconds
    return None


def is_figure(value: Value) -> bool:
    """Whether a cell holds figures, which stand below each other."""
    return isinstance(value, int | float | Estimate | Money | Moment) and not isinstance(value, bool)


def is_amount(value: Value) -> bool:
    """Whether a cell holds a count or an amount, without an interval."""
    return isinstance(value, int | float | Money) and not isinstance(value, bool)


def is_known(value: Value) -> bool:
    return value is not None and not (isinstance(value, Estimate) and value.value is None)


def csv_cells(name: str, value: Value) -> dict[str, str | int | float | None]:
    """A value as columns of a CSV file: an estimate takes four, an amount is in minor units."""
    match value:
        case Estimate():
            written = value.to_dict()
            return {name if part == "value" else f"{name}_{part}": written[part] for part in written}
        case Money():
            return {f"{name}_minor": value.minor, f"{name}_currency": value.currency}
        case Moment():
            return {name: value.iso}
        case Named():
            return {name: value.key}
        case Enum():
            return {name: str(value.value)}
    return {name: value}


def as_json(value: Value) -> object:
    """A value as JSON."""
    match value:
        case Estimate():
            return value.to_dict()
        case Money():
            return {"minor": value.minor, "currency": value.currency}
        case Moment():
            return value.iso
        case Named():
            return value.key
        case Enum():
            return value.value
    return value


Totals = Callable[[list[Value]], Value]
"""What stands in the totals row, from the values of a column that are known."""


def total(values: list[Value]) -> Value:
    """The sum of counts or of amounts; None of nothing."""
    if not values:
        return None
    if isinstance(values[0], Money):
        currencies = {value.currency for value in values if isinstance(value, Money)}
        minor = sum(value.minor for value in values if isinstance(value, Money))
        return Money(minor, currencies.pop()) if len(currencies) == 1 else None
    return sum(value for value in values if isinstance(value, int | float))
