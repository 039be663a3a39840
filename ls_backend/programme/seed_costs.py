"""What seeds cost, in judgments. Pure."""

from dataclasses import asdict, dataclass

from ls_backend.programme.seed_schedule import SeedPolicy
from ls_backend.types import Json


@dataclass(frozen=True, slots=True)
class SeedCost:
    """What seeding costs so many ``annotators``, in judgments beyond the ``ordinary`` ones."""

    annotators: int
    ordinary: int
    gold: int
    retests: int

    @property
    def extra(self) -> int:
        return self.gold + self.retests

    def to_dict(self) -> Json:
        return {**asdict(self), "extra": self.extra}


def cost_aimed(ordinary: int, gold_items: int, annotators: int, policy: SeedPolicy) -> SeedCost:
    """Expected cost when seeds are reserved for single annotators: the rates are shares of all judgments, so ``ordinary``
    judgments become ordinary / (1 - rates). Nobody answers a gold item twice."""
    total = ordinary / (1 - policy.retest_rate - policy.gold_rate) if ordinary else 0
    return SeedCost(
        annotators,
        ordinary,
        min(round(total * policy.gold_rate), gold_items * max(annotators, 1)),
        round(total * policy.retest_rate),
    )


def cost_for_everyone(ordinary: int, sample: int, gold_items: int, annotators: int, overlap: int) -> SeedCost:
    """Cost when so many annotators answer each of the sample's items twice and every gold item; the sample's tasks had
    ``overlap`` answers each before."""
    return SeedCost(annotators, ordinary, gold_items * annotators, sample * (2 * annotators - overlap))
