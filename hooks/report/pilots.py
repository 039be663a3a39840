"""Reports about pilots."""

from hooks.report.layout import Report
from ls_backend.types import Json


def started(result: Json) -> Report:
    arms = result["annotators"]
    return [f"Pilot {result['pilot']}: {arms['A']} annotators in A, {arms['B']} in B."]


def look(result: Json) -> Report:
    return [
        f"Pilot {result['pilot']}, look {result['look']} (interval at {result['level']:.2%}):",
        _effect("Quality", result["quality"]),
        _effect("Review load", result["review_load"]),
    ]


def _effect(name: str, effect: Json) -> str:
    if effect["effect"] is None:
        return f"{name}: not known yet, too few annotators have been measured ({effect['annotators']})."
    word = "decided" if effect["decided"] else "open"
    return (
        f"{name}: A {effect['A']:.3f}, B {effect['B']:.3f}; B less A {effect['effect']:+.3f} ({effect['low']:+.3f} to "
        f"{effect['high']:+.3f}), {word}."
    )


def stopped(result: Json) -> Report:
    return [f"Pilot {result['pilot']} is over."]
