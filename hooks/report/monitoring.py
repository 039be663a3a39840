"""Reports about monitored projects."""

from hooks.report.layout import Report, Warnings
from ls_backend.types import Json


def attached(result: Json) -> Report:
    cost = result["cost"]
    if result["written"]:
        outcome = f"Attached. Scorecards are in project {result['scorecard_project']}; {result['seeded']} seeds placed."
    else:
        outcome = "Dry run: nothing was written."
    return [
        f"Project {result['project']} ({result['title']}): {result['tasks']} tasks, {result['gold']} gold items, "
        f"routing {result['routing']}.",
        f"Cost with {cost['annotators']} annotators: {cost['extra']} extra judgments ({cost['retests']} retests, "
        f"{cost['gold']} gold) on {cost['ordinary']} ordinary ones.",
        Warnings(result["notes"]),
        outcome,
    ]


def detached(result: Json) -> Report:
    return [
        f"Project {result['project']} is as it was found: {result['seeds_removed']} seeds and "
        f"{result['predictions_removed']} consensus predictions removed."
    ]


def seeded(result: Json) -> Report:
    return [f"Placed {result['placed']} seeds."]


def caught_up(result: Json) -> Report:
    counts = {name: count for name, count in result.items() if name not in ("project", "faults") and count}
    text = ", ".join(f"{count} {name}" for name, count in counts.items()) or "nothing new"
    return [f"Project {result['project']}: {text}.", Warnings(result["faults"])]


def rescored(result: Json) -> Report:
    return [
        f"{result['changed']} scorecards changed; {result['scorecards']} scorecards and {result['predictions']} "
        "consensus predictions written to Label Studio."
    ]
