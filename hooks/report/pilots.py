"""Reports about pilots."""

from hooks.report.figures import decimal
from hooks.report.layout import Report
from ls_backend.programme.pilot import Arm
from ls_backend.services.pilots import ArmComparison, PilotReport, PilotStarted, PilotStopped


def started(result: PilotStarted) -> Report:
    arms = result.annotators
    return [f"Pilot {result.pilot}: {arms[Arm.A]} annotators in A, {arms[Arm.B]} in B."]


def peek(result: PilotReport) -> Report:
    return [
        f"Pilot {result.pilot} so far (a peek: not counted, and it decides nothing):",
        _means("Quality", result.quality),
        _means("Review load", result.review_load),
    ]


def _means(name: str, arms: ArmComparison) -> str:
    return f"{name}: A {decimal(arms.A)}, B {decimal(arms.B)} ({arms.annotators} annotators measured)."


def look(result: PilotReport) -> Report:
    return [
        f"Pilot {result.pilot}, look {result.look} (interval at {result.level:.2%}):",
        _effect("Quality", result.quality),
        _effect("Review load", result.review_load),
    ]


def _effect(name: str, arms: ArmComparison) -> str:
    if arms.effect is None:
        return f"{name}: not known yet, too few annotators have been measured ({arms.annotators})."
    word = "decided" if arms.decided else "open"
    return (
        f"{name}: A {arms.A:.3f}, B {arms.B:.3f}; B less A {arms.effect:+.3f} ({arms.low:+.3f} to "
        f"{arms.high:+.3f}), {word}."
    )


def stopped(result: PilotStopped) -> Report:
    return [f"Pilot {result.pilot} is over."]
