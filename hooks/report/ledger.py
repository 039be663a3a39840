"""Reports about settlements and the ledger."""

from hooks.report.layout import Note, Notes, Report, Table, Warnings, rows_of
from ls_backend.contracts.terms import money
from ls_backend.types import Json


def settlement(result: Json) -> Report:
    lines, currency = result["entries"], result["currency"]
    warnings = [f"{sign['name']}: {sign['says']}" for sign in result["signatures"]]
    warnings += [
        f"{period} is not corrected: another version of the model settled it." for period in result["not_corrected"]
    ]
    return [
        Table(
            ("annotator", "kind", "period", "amount"),
            rows_of([x["annotator"], x["kind"], x["period"], money(x["minor"], currency)] for x in lines),
            "lines",
        ),
        "",
        Notes([Note(x["annotator"], reason) for x in lines for reason in x["reasons"]], "reasons"),
        "",
        f"Total {money(result['total_minor'], currency)}.",
        "",
        Warnings(warnings),
        "",
        "The period is not over: what is answered from now on within it is paid as a correction in the next."
        if result["unfinished"]
        else "",
        _next_step(result),
    ]


def _next_step(result: Json) -> str:
    if result["preview"]:
        return "Preview: nothing was written."
    return f"Settled. `steadyhand ledger approve --project {result['project']} --period {result['period']}` is next."


def approved(result: Json) -> Report:
    return [f"{result['period']} approved by {result['approved_by']}."]


def exported(result: Json) -> Report:
    total = money(result["total_minor"], result["currency"])
    return [
        f"Export {result['number']} of {result['period']}: {total}",
        *(f"  {name}" for name in result["files"] or ["nothing to pay"]),
    ]


def verified(result: Json) -> Report:
    if result["faults"]:
        return [Warnings(result["faults"])]
    return [
        f"{result['lines']} lines of {result['settlements']} settlements hold; they come to {result['total_minor']} "
        "minor units."
    ]


def lines_of_annotator(lines: list[Json]) -> Report:
    if not lines:
        return ["Nothing is settled for this annotator yet."]
    report: list[str | Notes] = []
    for x in lines:
        amount = money(x["minor"], x["currency"])
        report.append(f"{x['entry']}: {x['kind']} for {x['period']}, {amount} (contract {x['contract_version']})")
        report.append(Notes([Note("", reason) for reason in x["reasons"]], indent=2))
    return report


def disputed(result: Json) -> Report:
    return [f"Dispute {result['dispute']} noted."]


def open_disputes(disputes: list[Json]) -> Report:
    if not disputes:
        return ["No dispute is open."]
    return [
        Notes([Note(str(d["id"]), f"line {d['entry']}, annotator {d['annotator']}: {d['text']}") for d in disputes])
    ]


def resolved(result: Json) -> Report:
    payment = f", to be paid as {result['period']}" if result["period"] else ""
    return [f"Dispute {result['dispute']} resolved: {result['minor']} minor units{payment}."]
