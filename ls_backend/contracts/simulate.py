"""Annotators from the model, to try things on before anybody is paid. Pure: the random generator is an argument.

A simulated annotator answers by own preference with probability eta and guesses otherwise (arXiv 2502.06387, section
3); a guess picks the left side with probability lam. Attentiveness may change over the work, and a minority has the
opposite taste on some items: that is not carelessness.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Kind:
    """``eta`` goes from ``start`` to ``end`` over the work; ``opposed`` is the share of disputable items on which the
    taste is the opposite of the majority's."""

    name: str
    start: float
    end: float
    lam: float = 0.5
    opposed: float = 0.0

    def eta(self, done: float) -> float:
        """Attentiveness when the share ``done`` of the work lies behind."""
        return self.start + (self.end - self.start) * done


KINDS = (
    Kind("careful", 0.97, 0.97),
    Kind("average", 0.88, 0.88),
    Kind("careless", 0.2, 0.2),
    Kind("always-left", 0.0, 0.0, lam=1.0),
    Kind("minority", 0.95, 0.95, opposed=0.5),
    Kind("improving", 0.3, 0.97),
)


def preference(kind: Kind, majority: float, disputable: bool, taste: float) -> float:
    """This annotator's chance of preferring a response that the majority prefers with chance ``majority``; ``taste`` in
    [0, 1) is fixed for annotator and item."""
    return 1 - majority if disputable and taste < kind.opposed else majority


def picks_left(kind: Kind, p_left: float, done: float, rng: np.random.Generator) -> bool:
    """One answer: True for the left response, which the annotator prefers with chance ``p_left``."""
    attentive = rng.random() < kind.eta(done)
    return bool(rng.random() < (p_left if attentive else kind.lam))
