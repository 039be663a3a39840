"""An estimate is a value, an interval, the number of observations behind it, or the reason why there is none."""

from dataclasses import dataclass

import numpy as np
import scipy

from ls_backend.arrays import Floats, Ints
from ls_backend.types import Json

INTERVAL_LEVEL = 0.9  # the mass of an interval, where nothing else is asked for


def rounded(value: float | None, digits: int = 4) -> float | None:
    """A value as it is written, with so many digits; None where it is not known."""
    return None if value is None else round(value, digits)


@dataclass(frozen=True, slots=True)
class Estimate:
    """``value`` with its interval ``low`` to ``high`` from ``n`` observations; all None where undefined."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    reason: str = ""

    @classmethod
    def unknown(cls, reason: str, *, n: int = 0) -> "Estimate":
        return cls(None, None, None, n, reason)

    def scaled(self, factor: float, *, shift: float = 0.0) -> "Estimate":
        """The estimate of ``shift + factor * value`` (factor > 0)."""
        if self.value is None or self.low is None or self.high is None:
            return self
        low, high = shift + factor * self.low, shift + factor * self.high
        return Estimate(shift + factor * self.value, low, high, self.n, self.reason)

    def rounded(self) -> "Estimate":
        """As it is written, with four digits."""
        return Estimate(rounded(self.value), rounded(self.low), rounded(self.high), self.n, self.reason)

    def to_dict(self) -> Json:
        """As JSON, rounded, without the reason."""
        written = self.rounded()
        return {"value": written.value, "low": written.low, "high": written.high, "n": written.n}


def proportion_interval(hits: Ints | Floats, n: Ints, *, level: float) -> tuple[Floats, Floats]:
    """Jeffreys interval of a proportion (Brown, Cai and DasGupta 2001): equal-tailed, closed at 0 and 1 where all or no
    trials hit. Shapes (A,) -> two of (A,); n must be positive. Hits may be fractions, of trials that agree to a degree."""
    tail = (1 - level) / 2
    low = np.where(hits == 0, 0.0, scipy.special.betaincinv(hits + 0.5, n - hits + 0.5, tail))
    high = np.where(hits == n, 1.0, scipy.special.betaincinv(hits + 0.5, n - hits + 0.5, 1 - tail))
    return low, high


def proportion(hits: float, n: int, *, level: float = INTERVAL_LEVEL, reason: str) -> Estimate:
    """One estimate; ``reason`` where there is nothing to estimate from."""
    return proportions(np.array([hits]), np.array([n]), level=level, reason=reason)[0]


def proportions(hits: Ints | Floats, n: Ints, *, level: float, reason: str) -> list[Estimate]:
    """One estimate per entry; ``reason`` where there is nothing to estimate from."""
    low, high = proportion_interval(hits, np.maximum(n, 1), level=level)
    rows = zip(*(column.tolist() for column in (hits, n, low, high)), strict=True)
    return [Estimate(h / m, lo, hi, m) if m else Estimate.unknown(reason) for h, m, lo, hi in rows]
