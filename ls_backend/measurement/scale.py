"""What rests on everybody in a project: how decided preferences are, and the pooled prior of attentiveness.

It moves slowly, and follows from all sums (:mod:`ls_backend.measurement.sums`) at once. By it an annotator's own posterior follows from
their own evidence.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from ls_backend.measurement.attentiveness import Anchor, Attentiveness, Mixture
from ls_backend.measurement.estimate import INTERVAL_LEVEL
from ls_backend.measurement.sums import Sums
from ls_backend.types import Json


@dataclass(frozen=True, slots=True)
class MeasurementOptions:
    """How attentiveness is measured. ``q`` is how decided preferences are, if known (else it is estimated where gold anchors the
    scale); ``best`` takes the best annotators to be attentive where there is neither gold nor q; with a ``half_life``, in own
    judgments, older evidence weighs less. Pay takes q alone: it must not depend on who else works, nor fade."""

    q: float | None = None
    best: bool = False
    half_life: float | None = None


@dataclass(frozen=True)
class Posteriors:
    """The attentiveness of some annotators: what the reputation rests on (``pooled``), and what pays for what is ``unsettled``."""

    pooled: Attentiveness
    unsettled: Attentiveness


@dataclass(frozen=True)
class Scale:
    """What a project's evidence says of q and of the prior: for the reputation (``pooled``), and for what is ``unsettled``, by the uniform
    prior."""

    pooled: Mixture
    unsettled: Mixture

    @classmethod
    def of(cls, sums: Sums, options: MeasurementOptions, *, level: float = INTERVAL_LEVEL) -> tuple[Self, Posteriors]:
        """The scale that follows from everybody's sums, and everybody's posteriors by it."""
        decayed = sums.decayed.likelihood(q=options.q, best=options.best)
        pooled = decayed.mixture(pooled=True)
        same_for_pay = sums.decayed is sums.evidence and not options.best
        flat = (decayed if same_for_pay else sums.evidence.likelihood(q=options.q)).mixture(pooled=False)
        of_unsettled = sums.unsettled.likelihood(q=flat.grouped_q if flat.anchor is Anchor.GOLD else options.q)
        unsettled = of_unsettled.mixture(pooled=False)
        posteriors = Posteriors(
            decayed.attentiveness(level=level, mixture=pooled), of_unsettled.attentiveness(mixture=unsettled)
        )
        return cls(pooled, unsettled), posteriors

    def posteriors(self, sums: Sums, *, level: float = INTERVAL_LEVEL) -> Posteriors:
        """Those of some of the annotators, by their own sums."""
        return Posteriors(
            sums.decayed.posterior(self.pooled, level=level), sums.unsettled.posterior(self.unsettled, level=level)
        )

    def to_dict(self) -> Json:
        """As JSON."""
        return {"pooled": _mixture_to_json(self.pooled), "unsettled": _mixture_to_json(self.unsettled)}

    @classmethod
    def from_dict(cls, scale: Json) -> Self:
        """What :meth:`to_dict` wrote."""
        return cls(_mixture(scale["pooled"]), _mixture(scale["unsettled"]))


def _mixture_to_json(mixture: Mixture) -> Json:
    return {
        "q": mixture.q_grid.tolist(),
        "weight": mixture.weight.tolist(),
        "pooled": mixture.pooled,
        "decided_share": mixture.decided_share,
        "anchor": mixture.anchor.value,
    }


def _mixture(stored: Json) -> Mixture:
    return Mixture(
        q_grid=np.array(stored["q"]),
        weight=np.array(stored["weight"]),
        pooled=stored["pooled"],
        decided_share=stored["decided_share"],
        anchor=Anchor(stored["anchor"]),
    )
