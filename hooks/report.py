"""What the commands print for people."""

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need; the first to the left, the others to the right."""
    widths = [max(len(r[n]) for r in [head, *rows]) for n in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        first, *rest = (
            c.ljust(w) if n == 0 else c.rjust(w) for n, (c, w) in enumerate(zip(cells, widths, strict=True))
        )
        return "  ".join([first, *rest]).rstrip()

    return "\n".join([line(head), line(["-" * w for w in widths]), *map(line, rows)])


def estimate(e: Json, *, digits: int = 2) -> str:
    if e["value"] is None:
        return "-"
    return f"{e['value']:.{digits}f} ({e['low']:.{digits}f}-{e['high']:.{digits}f})"


def money(minor: int, currency: str) -> str:
    return f"{minor / 100:.2f} {currency}"


CARD_HEAD = (
    "annotator",
    "judgments",
    "retests",
    "self-consistency",
    "gold",
    "left bias",
    "reputation",
    "standing",
    "bonus",
)


def card_row(card: Json) -> list[str]:
    bias = card["position_bias"]["value"]
    return [
        card["annotator"],
        str(card["judgments"]),
        str(card["retests"]),
        estimate(card["self_consistency"]),
        estimate(card["gold"]),
        "-" if bias is None else f"{bias:+.2f}",
        estimate(card["reputation"], digits=0),
        card["standing"],
        money(card["bonus_minor"], card["currency"]),
    ]


def cards(found: list[Json]) -> str:
    if not found:
        return "No judgments."
    text = table(CARD_HEAD, [card_row(c) for c in found])
    notes = [f"{c['annotator']}: {r}" for c in found for r in c["reasons"]]
    return text + "\n\n" + "\n".join(notes) + "\n\nIntervals are 90 %."


def attached(found: Json) -> str:
    cost = found["cost"]
    lines = [
        f"Project {found['project']} ({found['title']}): {found['tasks']} tasks, {found['gold']} gold items, "
        f"routing {found['routing']}.",
        f"Cost: {cost['extra']} extra judgments ({cost['retests']} retests, {cost['gold']} gold) on {cost['ordinary']} "
        "ordinary ones.",
        *found["notes"],
    ]
    if found["written"]:
        lines.append(f"Attached. Scorecards are in project {found['board']}; {found['seeded']} seeds placed.")
    else:
        lines.append("Dry run: nothing was written.")
    return "\n".join(lines)


def detached(found: Json) -> str:
    return (
        f"Project {found['project']} is as it was found: {found['seeds_removed']} seeds and "
        f"{found['predictions_removed']} consensus predictions removed."
    )


def reconciled(found: Json) -> str:
    counts = {k: v for k, v in found.items() if k not in ("project", "faults") and v}
    text = ", ".join(f"{v} {k}" for k, v in counts.items()) or "nothing new"
    return "\n".join([f"Project {found['project']}: {text}.", *found["faults"]])


def status(found: list[Json]) -> str:
    blocks = []
    for s in found:
        seeds = ", ".join(f"{n} {kind}" for kind, n in s["seeds"].items()) or "none"
        events = ", ".join(f"{n} {state}" for state, n in s["events"].items()) or "none yet"
        guard = "guard on" if s["guard"] else "guard off" if s["plugin"] else "no plugin"
        lines = [
            f"Project {s['project']} ({s['title']}) in {s['label_studio']}",
            f"  routing {s['routing']}, {guard}, contract {s['contract']}, scorecards in project {s['board']}",
            f"  {s['judgments']} judgments by {s['annotators']} annotators ({s['recovered']} found by catching up)",
            f"  events: {events}; seeds: {seeds}; caught up to {s['caught_up_to'] or 'the beginning'}",
            *(f"  ! {line}" for line in s["attention"]),
        ]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)
