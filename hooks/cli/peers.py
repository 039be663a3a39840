"""Methods of others, for `steadyhand study detection`: those of crowd-kit and cleanlab, which take all labels as ordinary ones."""

import warnings
from typing import Any

import numpy as np

from ls_backend.arrays import Floats
from ls_backend.errors import InputError
from ls_backend.simulation.project import Design, SimulatedProject
from ls_backend.simulation.studies.detection import DetectionMethod

DESIGN = Design(labels=200, overlap=3, retest_rate=0.0, gold_rate=0.0)


def peer_methods() -> list[DetectionMethod]:
    """A method of the study for each peer.

    Raises:
        InputError: they are not installed.
    """
    try:
        from cleanlab.multiannotator import get_label_quality_multiannotator
        from crowdkit.aggregation import MACE, DawidSkene, Wawa
    except ImportError as error:
        raise InputError(
            "the peers are not installed; `pip install crowd-kit cleanlab`, or leave them out with --no-peers"
        ) from error
    import pandas as pd

    def frame(project: SimulatedProject) -> Any:
        judged = project.judgments
        return pd.DataFrame({"task": judged.item, "worker": judged.annotator, "label": judged.preference})

    def wawa(project: SimulatedProject) -> Floats:
        return np.asarray(Wawa().fit(frame(project)).skills_.sort_index(), dtype=np.float64)

    def dawid_skene(project: SimulatedProject) -> Floats:
        fitted = DawidSkene(n_iter=30).fit(frame(project))
        errors = fitted.errors_
        prior = fitted.priors_
        skills = [
            sum(
                prior[label] * errors.loc[(worker, label), label]
                for label in prior.index
                if (worker, label) in errors.index
            )
            for worker in range(len(project.judgments.annotators))
        ]
        return np.array(skills, dtype=np.float64)

    def mace(project: SimulatedProject) -> Floats:
        model = MACE(n_restarts=3, n_iter=30, random_state=0)
        model.fit(frame(project))
        spamming = np.asarray(model.spamming_)
        return np.asarray(spamming[:, 1] / spamming.sum(axis=1), dtype=np.float64)

    def cleanlab(project: SimulatedProject) -> Floats:
        judged = project.judgments
        answered = np.unique(judged.item)
        answers = np.full((len(judged.items), len(judged.annotators)), np.nan)
        answers[judged.item, judged.annotator] = judged.preference > 0
        table = answers[answered]
        share = np.nanmean(table, axis=1)
        vote_shares = np.clip(
            np.stack([1 - share, share], axis=1), 0.05, 0.95
        )  # no model of the items: the votes themselves
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            quality = get_label_quality_multiannotator(pd.DataFrame(table), vote_shares, verbose=False)
        return np.asarray(quality["annotator_stats"]["annotator_quality"].sort_index(), dtype=np.float64)

    return [
        DetectionMethod("Wawa (crowd-kit)", wawa, DESIGN),
        DetectionMethod("Dawid-Skene (crowd-kit)", dawid_skene, DESIGN),
        DetectionMethod("MACE (crowd-kit)", mace, DESIGN),
        DetectionMethod("annotator quality (cleanlab)", cleanlab, DESIGN),
    ]
