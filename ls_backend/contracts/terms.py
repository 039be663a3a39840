"""The contract file a team signs with its annotators, and what it pays.

Money is integer minor units (cents). The measured score is rounded to four digits first and the rest is exact, so
that everybody can redo the arithmetic by hand; rounding to a minor unit, half up, happens here and only here.
Limited liability: a bonus is never negative, so pay is never under base pay (arXiv 2502.06387, section 4).
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ls_backend.contracts.toml import MinorUnits, Share, TomlTable, parse_toml


class Measure(StrEnum):
    """The score that a bonus depends on."""

    SELF_CONSISTENCY = "self_consistency"
    GOLD = "gold"
    ATTENTIVENESS = "attentiveness"


@dataclass(frozen=True, slots=True)
class Measured:
    """What a contract may look at. Scores are in [0, 1], None where not known; ``gain`` is how far, at least, the period's
    score lies above the annotator's own best before, in both halves of the period."""

    judgments: int
    monitored: int
    self_consistency: float | None
    gold: float | None
    attentiveness: float | None
    gain: float | None = None

    def score(self, measure: Measure) -> float | None:
        value: float | None = getattr(self, measure)
        return value


@dataclass(frozen=True, slots=True)
class PayPart:
    """Base pay, bonus or improvement: an amount in minor units, and the arithmetic behind it in words."""

    minor: int
    reason: str


@dataclass(frozen=True, slots=True)
class Pay:
    """A period's pay by its parts, in minor units, with the arithmetic of each."""

    base: PayPart
    bonus: PayPart
    improvement: PayPart

    @property
    def minor(self) -> int:
        return self.base.minor + self.bonus.minor + self.improvement.minor

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(part.reason for part in (self.base, self.bonus, self.improvement) if part.reason)


class BasePay(TomlTable):
    """For every judgment that counts, whatever the score."""

    per_judgment_minor: MinorUnits = 0


class _BonusTerms(TomlTable):
    measure: Measure = Measure.ATTENTIVENESS
    cap_minor: MinorUnits


@dataclass(frozen=True, slots=True)
class BonusStep:
    """From a score on, so much for each judgment, in minor units; a linear bonus rises in proportion from step to step."""

    from_score: float
    per_judgment_minor: int


class LinearBonus(_BonusTerms):
    """Nothing at ``start`` and below, the full rate at ``full`` and above, in proportion in between."""

    kind: Literal["linear"]
    start: Share
    full: Share
    per_judgment_minor: MinorUnits

    @model_validator(mode="after")
    def _check_rising(self) -> "LinearBonus":
        if self.full <= self.start:
            raise ValueError(f"full ({self.full}) must be above start ({self.start}), or more care would not pay more")
        return self

    def rate(self, score: int) -> Fraction:
        return self._part(score) * self.per_judgment_minor

    def arithmetic(self, score: int, judgments: int, currency: str) -> str:
        why = f"between {self.start} (nothing) and {self.full} (full)"
        full, part = money(self.per_judgment_minor, currency), float(self._part(score))
        return f"{why}: {judgments} answers x {full} x {part:.4f}"

    def _part(self, score: int) -> Fraction:
        start, full = _ten_thousandths(self.start), _ten_thousandths(self.full)
        return Fraction(min(max(score, start), full) - start, full - start)

    @property
    def highest_rate(self) -> int:
        return self.per_judgment_minor

    @property
    def steps(self) -> tuple[BonusStep, ...]:
        return (BonusStep(self.start, 0), BonusStep(self.full, self.per_judgment_minor))

    @property
    def example_scores(self) -> tuple[float, ...]:
        return (self.start, (self.start + self.full) / 2, self.full)

    def in_words(self, currency: str) -> str:
        full = money(self.per_judgment_minor, currency)
        return (
            f"Nothing extra at a score of {digits(self.start)} or below, {full} for each answer at {digits(self.full)} or above, "
            "and in between in proportion."
        )


class BinaryBonus(_BonusTerms):
    """The full rate at ``threshold`` and above, nothing below."""

    kind: Literal["binary"]
    threshold: Share
    per_judgment_minor: MinorUnits

    def rate(self, score: int) -> Fraction:
        return Fraction(self.per_judgment_minor if self._is_reached(score) else 0)

    def arithmetic(self, score: int, judgments: int, currency: str) -> str:
        word = "at or above" if self._is_reached(score) else "below"
        return f"{word} {self.threshold}: {judgments} answers x {money(int(self.rate(score)), currency)}"

    def _is_reached(self, score: int) -> bool:
        return score >= _ten_thousandths(self.threshold)

    @property
    def highest_rate(self) -> int:
        return self.per_judgment_minor

    @property
    def steps(self) -> tuple[BonusStep, ...]:
        return (BonusStep(self.threshold, self.per_judgment_minor),)

    @property
    def example_scores(self) -> tuple[float, ...]:
        return (max(self.threshold - 0.05, 0.0), self.threshold)

    def in_words(self, currency: str) -> str:
        full = money(self.per_judgment_minor, currency)
        return f"{full} for each answer if your score reaches {digits(self.threshold)}, and nothing extra below it."


class Tier(TomlTable):
    from_score: Share
    per_judgment_minor: MinorUnits


class TieredBonus(_BonusTerms):
    """Steps: the rate of the highest tier whose ``from_score`` is reached."""

    kind: Literal["tiered"]
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check_rising(self) -> "TieredBonus":
        for lower, upper in zip(self.tiers, self.tiers[1:], strict=False):
            if upper.from_score <= lower.from_score or upper.per_judgment_minor < lower.per_judgment_minor:
                raise ValueError(
                    f"the tier from {upper.from_score} must lie above the one from {lower.from_score} and pay at least as much"
                )
        return self

    def rate(self, score: int) -> Fraction:
        reached = self._reached(score)
        return Fraction(reached[-1].per_judgment_minor if reached else 0)

    def arithmetic(self, score: int, judgments: int, currency: str) -> str:
        reached = self._reached(score)
        word = f"in the tier from {reached[-1].from_score}" if reached else f"below {self.tiers[0].from_score}"
        return f"{word}: {judgments} answers x {money(int(self.rate(score)), currency)}"

    def _reached(self, score: int) -> list[Tier]:
        return [tier for tier in self.tiers if score >= _ten_thousandths(tier.from_score)]

    @property
    def highest_rate(self) -> int:
        return max(t.per_judgment_minor for t in self.tiers)

    @property
    def steps(self) -> tuple[BonusStep, ...]:
        return tuple(BonusStep(t.from_score, t.per_judgment_minor) for t in self.tiers)

    @property
    def example_scores(self) -> tuple[float, ...]:
        return tuple(t.from_score for t in self.tiers)

    def in_words(self, currency: str) -> str:
        listed = ", ".join(
            f"{money(t.per_judgment_minor, currency)} from a score of {digits(t.from_score)}" for t in self.tiers
        )
        return f"For each answer: {listed}; nothing extra below {digits(self.tiers[0].from_score)}."


class Minimum(TomlTable):
    """Under ``monitored`` gold and retest answers the score is not known well enough: at most ``share`` of the highest rate
    is paid, and never more than the score so far would give."""

    monitored: Annotated[int, Field(ge=0)] = 10
    share: Share = 0.0


class Improvement(TomlTable):
    """Once a period, for a durable gain: the score of the period, in both of its halves, at least ``least`` above the best
    of the annotator's own earlier periods."""

    minor: MinorUnits
    least: Annotated[float, Field(gt=0, le=1)] = 0.05


class Contract(TomlTable):
    """A contract, as signed. Two contracts with the same text pay the same; ``version`` names it in the ledger."""

    version: Annotated[str, Field(min_length=1, max_length=64)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    period: Literal["week", "month", "project"] = "month"
    base: BasePay = BasePay()
    bonus_terms: Annotated[LinearBonus | BinaryBonus | TieredBonus, Field(alias="bonus", discriminator="kind")]
    minimum: Minimum = Minimum()
    improvement: Improvement | None = None

    @classmethod
    def parse(cls, text: str, *, source: str = "contract") -> "Contract":
        """Read TOML.

        Raises:
            ContractError: not TOML, or a key is missing, unknown or out of range; names the key and the cure.
        """
        return parse_toml(cls, text, source=source, example="`steadyhand contract`")

    def bonus(self, measured: Measured) -> PayPart:
        """The bonus of a period, with its arithmetic."""
        terms = self.bonus_terms
        name = terms.measure.replace("_", "-")
        score = measured.score(terms.measure)
        rate = None if score is None else terms.rate(_ten_thousandths(score))
        if score is None or rate is None or measured.monitored < self.minimum.monitored:
            most = Fraction(str(self.minimum.share)) * terms.highest_rate
            rate = most if rate is None else min(most, rate)
            why = f"{measured.monitored} of {self.minimum.monitored} monitored answers needed, {name} not known yet"
            arithmetic = f"{why}: {measured.judgments} answers x {digits(rate / 100)} {self.currency}"
        else:
            why = terms.arithmetic(_ten_thousandths(score), measured.judgments, self.currency)
            arithmetic = f"{name} {score:.4f} {why}"
        top, bottom = measured.judgments * rate.numerator, rate.denominator
        minor = min((2 * top + bottom) // (2 * bottom), terms.cap_minor)  # halves are rounded up
        capped = ", capped" if top > terms.cap_minor * bottom else ""
        return PayPart(minor, f"{arithmetic} = {money(minor, self.currency)}{capped}")

    def rate_share(self, score: float) -> float:
        """The bonus for each answer at a score, as a share of the highest, where enough answers are monitored."""
        terms = self.bonus_terms
        return float(terms.rate(_ten_thousandths(score)) / terms.highest_rate)

    def may_check_less(self, monitored: int) -> bool:
        """Whether somebody of whom so many answers are monitored may be checked less than others: not before enough are. Never
        where the contract has no bonus, since then more checks decide nothing here; nor where it pays for improvement, which fewer
        checks would hide."""
        return monitored >= self.minimum.monitored and bool(self.bonus_terms.highest_rate) and self.improvement is None

    def pay(self, measured: Measured) -> Pay:
        """All of a period's pay."""
        each = self.base.per_judgment_minor
        base = PayPart(
            measured.judgments * each,
            f"base pay: {measured.judgments} answers x {money(each, self.currency)} = "
            f"{money(measured.judgments * each, self.currency)}"
            if each
            else "",
        )
        return Pay(base, self.bonus(measured), self._improvement(measured))

    def _improvement(self, measured: Measured) -> PayPart:
        terms = self.improvement
        if terms is None:
            return PayPart(0, "")
        if measured.gain is None:
            return PayPart(0, "improvement: no earlier period to compare with = " + money(0, self.currency))
        enough = (
            _ten_thousandths(measured.gain) >= _ten_thousandths(terms.least)
            and measured.monitored >= self.minimum.monitored
        )
        minor = terms.minor if enough else 0
        word = "at least" if enough else "less than"
        return PayPart(
            minor,
            f"improvement: {measured.gain:+.4f} over the own best before, {word} {terms.least} = {money(minor, self.currency)}",
        )


def _ten_thousandths(score: float) -> int:
    """A score rounded to four digits, as a whole number of ten-thousandths."""
    return int(f"{score:.4f}".replace(".", ""))


def digits(number: float | Fraction) -> str:
    """A number with two decimals, or as many as it needs up to six: ``0.50``, ``0.725``."""
    whole, _, decimals = f"{float(number):.6f}".rstrip("0").partition(".")
    return f"{whole}.{decimals:0<2}"


def amount(minor: int) -> str:
    """``150`` -> ``1.50``. A minor unit is a hundredth."""
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02}"


def money(minor: int, currency: str) -> str:
    """``1234, "EUR"`` -> ``12.34 EUR``."""
    return f"{amount(minor)} {currency}"
