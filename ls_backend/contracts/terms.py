"""The contract file a team signs, and what it pays for a scorecard.

Money is integer minor units (cents). The measured score is rounded to four digits first and the rest is exact, so
that everybody can redo the arithmetic by hand; rounding to a minor unit, half up, happens here and only here.
Limited liability: a bonus is never negative, so pay is never under base pay (arXiv 2502.06387, section 4).
"""

import tomllib
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ls_backend.errors import ContractError

Share = Annotated[float, Field(ge=0, le=1)]
Minor = Annotated[int, Field(ge=0)]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a contract may look at. Scores are in [0, 1], None where not known."""

    judgments: int
    monitored: int
    self_consistency: float | None
    gold: float | None
    attentiveness: float | None


@dataclass(frozen=True, slots=True)
class Bonus:
    """An amount in minor units and the arithmetic behind it, in words."""

    minor: int
    reason: str


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class BonusTerms(_Part):
    """Linear in the score: nothing at ``start`` and below, the full rate at ``full`` and above."""

    kind: Literal["linear"]
    measure: Literal["self_consistency", "gold", "attentiveness"] = "attentiveness"
    start: Share
    full: Share
    per_judgment_minor: Minor
    cap_minor: Minor

    @model_validator(mode="after")
    def _rising(self) -> "BonusTerms":
        if self.full <= self.start:
            raise ValueError(f"full ({self.full}) must be above start ({self.start}), or more care would not pay more")
        return self


class Minimum(_Part):
    """Under ``monitored`` gold and retest answers the score is not known well enough: ``share`` of the full rate."""

    monitored: Annotated[int, Field(ge=0)] = 10
    share: Share = 0.0


class Contract(_Part):
    """A contract, as signed. Two contracts with the same text pay the same; ``version`` names it in the ledger."""

    version: Annotated[str, Field(min_length=1)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    period: Literal["week", "month", "project"] = "month"
    bonus_terms: BonusTerms = Field(alias="bonus")
    minimum: Minimum = Minimum()

    @classmethod
    def parse(cls, text: str, *, source: str = "contract") -> "Contract":
        """Read TOML.

        Raises:
            ContractError: not TOML, or a key is missing, unknown or out of range; names the key and the cure.
        """
        try:
            return cls.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise ContractError(f"{source}: not valid TOML: {error}. Mend that place and try again.") from error
        except ValidationError as error:
            lines = [f"{source}: {_cure(dict(e))}" for e in error.errors()]
            raise ContractError("\n".join(lines)) from error

    def bonus(self, measured: Measured) -> Bonus:
        """The bonus of a period, with its arithmetic."""
        terms, name = self.bonus_terms, self.bonus_terms.measure.replace("_", "-")
        score = getattr(measured, terms.measure)
        if score is None or measured.monitored < self.minimum.monitored:
            share = Fraction(str(self.minimum.share))
            why = f"{measured.monitored} of {self.minimum.monitored} monitored answers needed, {name} not known yet"
        else:
            exact, start, full = (Fraction(f"{x:.4f}") for x in (score, terms.start, terms.full))
            share = min(max((exact - start) / (full - start), Fraction(0)), Fraction(1))
            why = f"{name} {score:.4f} between {terms.start} (nothing) and {terms.full} (full)"
        raw = measured.judgments * terms.per_judgment_minor * share
        minor = min(floor(raw + Fraction(1, 2)), terms.cap_minor)
        capped = ", capped" if raw > terms.cap_minor else ""
        arithmetic = f"{measured.judgments} judgments x {terms.per_judgment_minor} x {float(share):.4f}"
        return Bonus(minor, f"{why}: {arithmetic} = {minor} {self.currency} minor units{capped}")


def _cure(error: dict[str, object]) -> str:
    location = error["loc"]
    key = ".".join(str(part) for part in location) if isinstance(location, tuple) and location else "contract"
    match error["type"]:
        case "missing":
            return f"{key} is missing; add it (see `steadyhand score --help` for an example contract)"
        case "extra_forbidden":
            return f"{key} is not a key of a contract; remove it or mend its spelling"
        case _:
            return f"{key}: {error['msg']} (got {error['input']!r}); mend the value"
