"""When annotators are told how they stand. Pure.

Figures that followed at once would tell after each answer whether it was a check. So they follow every :data:`TOLD_EVERY` own answers:
the places of seeds are spread evenly (:mod:`ls_backend.programme.seed_schedule`), and so many answers hold nearly the same number of
checks each time. Whoever could read that number exactly would tell seeds from other tasks with an AUC of 0.53.
"""

from ls_backend.measurement.scorecard import Scorecard

TOLD_EVERY = 50


def told_next(now: Scorecard, told: Scorecard | None) -> Scorecard | None:
    """The scorecard that the annotator reads from now on; ``told`` is the one that they read so far, None before the first. A settlement
    begins the bonus anew, and its statement has the figures of the period anyway."""
    steps, settled_minor = (told.judgments // TOLD_EVERY, told.settled_minor) if told else (0, 0)
    return now if now.judgments // TOLD_EVERY != steps or now.settled_minor != settled_minor else told
