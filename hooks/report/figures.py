"""How single figures are written."""

from hooks.report.layout import Cell
from ls_backend.types import Json

UNKNOWN = Cell("-")


def estimate(values: Json, *, digits: int = 2) -> Cell:
    """A value with its interval; ``values`` is an estimate as JSON."""
    if values["value"] is None:
        return UNKNOWN
    value, low, high = (f"{values[name]:.{digits}f}" for name in ("value", "low", "high"))
    return Cell(value, f"{low} to {high}" if low.startswith("-") else f"{low}-{high}")


def decimal(value: float | None, digits: int = 3) -> str:
    """A figure, ``-`` where it is not known."""
    return "-" if value is None else f"{value:.{digits}f}"


def percent(share: float | None, digits: int = 0) -> str:
    return "-" if share is None else f"{share:.{digits}%}"
