"""Reports about what was done to monitored projects."""

from dataclasses import dataclass

from hooks.report.layout import Report, Warnings
from ls_backend.services.attaching import AttachReport
from ls_backend.services.detaching import DetachReport
from ls_backend.services.events import Replay
from ls_backend.services.ingest import Applied
from ls_backend.services.onboarding import OnboardingReport
from ls_backend.services.pausing import PauseReport
from ls_backend.services.seeding import SeedsPlaced
from ls_backend.types import Json


def attached(result: AttachReport) -> Report:
    cost = result.cost
    if result.written:
        outcome = f"Attached. Scorecards are in project {result.scorecard_project}; {result.seeded} seeds placed."
    else:
        outcome = "Dry run: nothing was written."
    return [
        f"Project {result.project} ({result.title}): {result.tasks} tasks, {result.gold} gold items, "
        f"routing {result.routing}.",
        f"Cost with {cost.annotators} annotators: {cost.extra} extra judgments ({cost.retests} retests, "
        f"{cost.gold} gold) on {cost.ordinary} ordinary ones.",
        Warnings([*result.notes, *(f"Not read, so not counted: {fault}" for fault in result.faults)]),
        outcome,
        *(_onboarding(result.onboarding) if result.onboarding else ()),
    ]


def _onboarding(result: OnboardingReport) -> Report:
    terms = result.terms
    return [
        f"Newcomers are trained in project {result.training_project}: {terms.training} items with feedback, then up to {terms.tries} "
        f"calibrations of {terms.calibration} items, passed at {terms.pass_mark:.0%}. Somebody who guesses passes with a chance "
        f"of {result.guess_passes:.0%}; more items make that less."
    ]


def detached(result: DetachReport) -> Report:
    return [
        f"Project {result.project} is as it was found: {result.seeds_removed} seeds and "
        f"{result.predictions_removed} consensus predictions removed."
    ]


def seeded(result: SeedsPlaced) -> Report:
    return [f"Placed {result.placed} seeds."]


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What catching up with a project applied."""

    project: int
    applied: Applied

    def to_dict(self) -> Json:
        return {"project": self.project, **self.applied.counts, "faults": self.applied.faults}


def caught_up(result: CaughtUp) -> Report:
    counts = {name: count for name, count in result.applied.counts.items() if count}
    text = ", ".join(f"{count} {name}" for name, count in counts.items()) or "nothing new"
    return [f"Project {result.project}: {text}.", Warnings(result.applied.faults)]


@dataclass(frozen=True, slots=True)
class Rescored:
    """How many scorecards ``changed``, and how many ``scorecards`` and ``predictions`` were written to Label Studio."""

    project: int
    changed: int
    scorecards: int
    predictions: int


def replayed(result: Replay) -> Report:
    outcome = f"{result.tried} events were tried again, {result.tried - result.kept_aside} of them are applied now."
    return [outcome, Warnings([f"{result.kept_aside} are still kept aside: {result.why}"] if result.kept_aside else [])]


def rescored(result: Rescored) -> Report:
    return [
        f"{result.changed} scorecards changed; {result.scorecards} scorecards and {result.predictions} "
        "consensus predictions written to Label Studio."
    ]


def paused(result: PauseReport) -> Report:
    state = "is served tasks" if result.reason is None else f"is paused ({result.reason})"
    return [
        f"Annotator {result.annotator} {state} in project {result.project}{'.' if result.changed else ', as before.'}"
    ]
