"""Reproducible studies of the methods themselves: what they find, how often they are wrong, and what other methods find.

Each study is a table, the same for the same seeds. This module lists them and imports none of them before it is run, so
that listing them takes no time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from ls_backend.simulation.studies.detection import DetectionMethod

RETEST_RATES = (0.05, 0.1, 0.2)


@dataclass(frozen=True, slots=True)
class StudyOptions:
    """A study is averaged over so many ``seeds``. That of detection tries our methods at ``retest_rates``, beside those of
    ``peers``."""

    seeds: int
    retest_rates: Sequence[float] = RETEST_RATES
    peers: "Sequence[DetectionMethod]" = ()


@dataclass(frozen=True, slots=True)
class Study:
    """``summary`` says in one line what the study looks at. It stands in the module of its name."""

    name: str
    summary: str

    def run(self, options: StudyOptions) -> "Sequence[DataclassInstance]":
        """The rows of its table, one record each."""
        run: Callable[[StudyOptions], Sequence[DataclassInstance]] = import_module(f"{__name__}.{self.name}").run
        return run(options)


STUDIES = {
    study.name: study
    for study in (
        Study("detection", "who is found careless, beside the methods of others"),
        Study("consensus", "how well answers tell what the majority prefers"),
        Study("export", "what exported rows are worth to a reward model, beside plain majority votes"),
        Study("coverage", "how often intervals hold the truth"),
        Study("adaptive", "checks spent where they decide, beside checks for everybody alike"),
        Study("allocation", "how few mistakes the best of all ways to spend checks would leave"),
        Study("alarms", "how often they come, with and without cause"),
        Study("drift", "how soon a fall of attentiveness is noticed"),
        Study("flags", "whom they name, with and without cause"),
        Study("schemes", "self-consistency beside experts and certain gold"),
    )
}
