"""How single figures are written."""

from hooks.report.layout import Cell
from ls_backend.measurement.estimate import Estimate

UNKNOWN = Cell("-")


def interval(estimate: Estimate, *, digits: int = 2) -> Cell:
    """A value with its interval, of the figures that stand in JSON too."""
    written = estimate.rounded()
    if written.value is None:
        return UNKNOWN
    value, low, high = (f"{figure:.{digits}f}" for figure in (written.value, written.low, written.high))
    return Cell(value, f"{low} to {high}" if low.startswith("-") else f"{low}-{high}")


def decimal(value: float | None, digits: int = 3) -> str:
    """A figure, ``-`` where it is not known."""
    return "-" if value is None else f"{value:.{digits}f}"


def percent(share: float | None, digits: int = 0) -> str:
    return "-" if share is None else f"{share:.{digits}%}"
