"""What the commands print for people."""

import math
from collections.abc import Sequence
from typing import Any

from ls_backend.contracts.terms import money
from ls_backend.measurement.attentiveness import Anchor
from ls_backend.measurement.scorecard import RESTS_ON
from ls_backend.types import Json


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
    rests = f"The scale of attentiveness rests on {RESTS_ON[Anchor(found[0]['anchor'])]}."
    return text + "\n\n" + "\n".join(notes) + f"\n\nIntervals are 90 %. {rests}"


def attached(found: Json) -> str:
    cost = found["cost"]
    lines = [
        f"Project {found['project']} ({found['title']}): {found['tasks']} tasks, {found['gold']} gold items, "
        f"routing {found['routing']}.",
        f"Cost with {cost['annotators']} annotators: {cost['extra']} extra judgments ({cost['retests']} retests, "
        f"{cost['gold']} gold) on {cost['ordinary']} ordinary ones.",
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


def solved(found: Json) -> str:
    best, terms = found["first_best"], ", ".join(f"{k} {v:.6g}" for k, v in found["contract"].items())
    lines = [
        f"First best: effort {best['effort']:.4f}, value {best['value']:.6f}.",
        f"Best {found['kind']} contract for n = {found['n']}: {terms}.",
        f"Effort {found['effort']:.4f}, value {found['value']:.6f}, gap {found['gap']:.3g}.",
    ]
    if len(found["types"]) > 1:
        for n, t in enumerate(found["types"], 1):
            word = f"effort {t['effort']:.4f}, value {t['value']:.6f}" if t["accepts"] else "does not accept"
            lines.append(f"  type {n}: {word}")
    return "\n".join(lines)


def rates(found: Json) -> str:
    head = ("n", "gap linear", "x n", "gap binary", "x sqrt(n log n)")
    rows = [
        [f"{n}", f"{a:.3e}", f"{a * n:.4f}", f"{b:.3e}", f"{b * (n * math.log(n)) ** 0.5:.4f}"]
        for n, a, b in zip(found["n"], found["linear"], found["binary"], strict=True)
    ]
    lines = [table(head, rows), ""]
    for kind, law, size in (
        ("linear", found["law"]["linear"], "n"),
        ("binary", found["law"]["binary"], "sqrt(n log n)"),
    ):
        if law["slope"] is None:
            lines.append(f"{kind}: the gap is 0; first best is reached.")
        else:
            lines.append(
                f"{kind}: gap = {law['constant']:.4f} / {size}; slope of ln gap by ln n {law['slope']:.3f}; "
                f"gap x {size} within a factor of {law['spread']:.2f} over the larger half of the n"
            )
    coarse = "; ".join(f"{k} " + ", ".join(f"{g:.1e}" for g in found["coarse"][k]) for k in ("linear", "binary"))
    lines.append(f"With only 5 efforts to choose from, n = 25, 400, 6400: {coarse}.")
    by_q = table(
        ("q", "linear", "binary"),
        [
            [f"{q}", f"{a:.3e}", f"{b:.3e}"]
            for q, a, b in zip(found["q"]["q"], found["q"]["linear"], found["q"]["binary"], strict=True)
        ],
    )
    return "\n".join([*lines, "", "Gap by q at n = 400:", by_q])


def designed(found: Json) -> str:
    e, currency = found["expected"], found["currency"]
    if e["quality"] is None:
        return "\n".join([found["contract"], *(s["says"] for s in e["signatures"])])
    lines = [
        found["contract"],
        f"Expected over {e['weeks']} weeks: {e['correct']} right consensus labels ({e['quality']:.1%} of those answered twice), "
        f"bonuses of {money(e['spent_minor'], currency)}, worth {money(e['value_minor'], currency)}.",
        *(f"! {s['name']}: {s['says']}" for s in e["signatures"]),
    ]
    return "\n".join(lines)


def trial(found: Json) -> str:
    rows = [
        [
            r["contract"],
            f"{r['retest_rate']:.0%}",
            f"{r['quality']:.1%}",
            money(round(r["spent_minor"]), found["currency"]),
            "-" if r["cost_per_correct_minor"] is None else f"{r['cost_per_correct_minor']:.2f}",
            f"{r['false_flags']:.1%}",
        ]
        for r in found["rows"]
    ]
    head = ("contract", "retests", "right consensus", "spent", "minor units per right label", "honest flagged")
    names = list(found["rows"][0]["pay"])
    pays = [
        [
            name,
            *(
                f"{r['pay'][name]['mean'] / 100:.2f} ({r['pay'][name]['low'] / 100:.2f}-{r['pay'][name]['high'] / 100:.2f})"
                for r in found["rows"]
            ),
        ]
        for name in names
    ]
    heads = ("pay by type", *(f"{r['contract']} {r['retest_rate']:.0%}" for r in found["rows"]))
    said = {
        f"! {s['name']} ({r['contract']}, {r['retest_rate']:.0%}): {s['says']}": None
        for r in found["rows"]
        for s in r["signatures"]
    }
    return "\n".join([table(head, rows), "", table(heads, pays), "", "In brackets: 5 to 95 % of annotators.", *said])


def look(found: Json) -> str:
    def line(name: str, e: Json) -> str:
        if e["effect"] is None:
            return f"{name}: too few annotators are known yet ({e['annotators']})."
        word = "decided" if e["decided"] else "open"
        return f"{name}: A {e['A']:.3f}, B {e['B']:.3f}; B less A {e['effect']:+.3f} ({e['low']:+.3f} to {e['high']:+.3f}), {word}."

    return "\n".join(
        [
            f"Pilot {found['pilot']}, look {found['look']} (interval at {found['level']:.2%}):",
            line("Quality", found["quality"]),
            line("Review load", found["review_load"]),
        ]
    )


def settled(found: Json) -> str:
    rows = [[e["annotator"], e["kind"], e["period"], money(e["minor"], found["currency"])] for e in found["entries"]]
    lines = [
        table(("annotator", "kind", "for", "amount"), rows),
        "",
        *(f"{e['annotator']}: {reason}" for e in found["entries"] for reason in e["reasons"]),
        "",
        f"Total {money(found['total_minor'], found['currency'])}.",
    ]
    lines += [f"! {s['name']}: {s['says']}" for s in found["signatures"]]
    lines += [
        f"! {period} is not corrected: another version of the model settled it." for period in found["not_corrected"]
    ]
    if found["unfinished"]:
        lines.append(
            "The period is not over: what is answered from now on within it is paid as a correction in the next."
        )
    if found["preview"]:
        lines.append("Preview: nothing was written.")
    else:
        lines.append(
            f"Settled. `steadyhand ledger approve --project {found['project']} --period {found['period']}` is next."
        )
    return "\n".join(lines)


def exported(found: Json) -> str:
    files = "\n".join(f"  {name}" for name in found["files"]) or "  nothing to pay"
    return f"Export {found['number']} of {found['period']}: {money(found['total_minor'], found['currency'])}\n{files}"


def verified(found: Json) -> str:
    if found["faults"]:
        return "\n".join(f"! {fault}" for fault in found["faults"])
    return f"{found['lines']} lines of {found['settlements']} settlements hold; they come to {found['total_minor']} minor units."


def why(found: list[Json]) -> str:
    if not found:
        return "Nothing is settled for this annotator yet."
    blocks = []
    for x in found:
        head = f"{x['entry']}: {x['kind']} for {x['period']}, {money(x['minor'], x['currency'])} (contract {x['contract_version']})"
        blocks.append("\n".join([head, *(f"  {reason}" for reason in x["reasons"])]))
    return "\n".join(blocks)


def disputes(found: list[Json]) -> str:
    return (
        "\n".join(f"{d['id']}: line {d['entry']}, annotator {d['annotator']}: {d['text']}" for d in found)
        or "None is open."
    )


def planned(found: Json) -> str:
    lines = [
        f"By self-consistency: {found['self_consistency']['n']} retests, pass with at least {found['self_consistency']['threshold']} the same.",
        f"By expert (gold): {found['expert']['n']} items, pass with at least {found['expert']['threshold']} right.",
        "Fisher information of one answer about attentiveness:",
        *(
            f"  at {name}: retest {_number(f['self_consistency'])}, expert {_number(f['expert'])}"
            for name, f in ((k, found["fisher"][k]) for k in ("eta0", "eta1"))
        ),
    ]
    if "rates" in found:
        rows = [
            [
                f"{r['rate']:.0%}",
                str(r["retests"]),
                str(r["labels_spent"]),
                f"{r['error']:.1%}",
                f"{r['misjudged']:.1f}",
                "yes" if r["enough"] else "no",
            ]
            for r in found["rates"]
        ]
        lines += ["", table(("retests", "each", "labels spent", "error", "misjudged", "enough"), rows)]
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "infinite" if value is None else f"{value:.3f}"


def studied(found: Json) -> str:
    rows = found["rows"]

    def cell(value: Any) -> str:
        return "-" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)

    head = [name.replace("_", " ") for name in rows[0]]
    return table(head, [[cell(v) for v in row.values()] for row in rows]) + f"\n\n{found['seeds']} seeds."


def inspected(found: Json) -> str:
    lines = ["Agreement (Krippendorff's alpha):"]
    lines += [f"  {name or 'all'}: {estimate(e)}, {e['n']} items" for name, e in found["agreement"].items()]
    lines.append("How decided preferences are (q):")
    lines += [f"  {name or 'all'}: {estimate(e)}, {e['n']} items" for name, e in found["decidedness"].items()]
    odd = [g for g in found["gold"] if g["advice"] in ("retire", "refresh")]
    lines.append(f"Gold items: {len(found['gold'])} shown, {len(odd)} to do something about.")
    lines += [f"  {g['advice']} {g['item']}: {g['why']}" for g in odd]
    lines.append("Odd work, at the false discovery rate asked for:" if found["flags"] else "No odd work found.")
    lines += [f"  {f['annotator']}: {f['flag']}; {f['evidence']} (p {f['p']:.2g})" for f in found["flags"]]
    rows = [
        [
            a["annotator"],
            _number(a["attentiveness"]) if a["attentiveness"] is not None else "-",
            _number(a["with_overlap"]) if a["with_overlap"] is not None else "-",
            "-" if a["own_taste"] is None else f"{a['own_taste']:.0%}",
            estimate(a["trend"]),
            "ALARM" if a["alarm"] else "",
        ]
        for a in found["annotators"]
    ]
    head = ("annotator", "attentiveness", "with overlap", "taste of their own", "trend", "below what is required")
    return "\n".join([*lines, "", table(head, rows)])
