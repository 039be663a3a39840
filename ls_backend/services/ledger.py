"""Holding the ledger to account: working every line out again, and disputes about it."""

import gzip
import json
from collections import defaultdict

import sqlalchemy as sa

from ls_backend.errors import InputError
from ls_backend.measurement.settlement import Entry, digest, entries
from ls_backend.services.context import Context
from ls_backend.services.scoring import rescore
from ls_backend.services.settlement import START, line_hash, write_lines
from ls_backend.store.engine import Row
from ls_backend.store.tables import disputes, exports, ledger, settlements
from ls_backend.types import Json


def verify(ctx: Context, project: int | None = None) -> Json:
    """Work every line out again from its evidence, and follow the chain. ``faults`` says what does not hold."""
    where = [] if project is None else [ledger.c.project == project]
    lines = ctx.store.rows(sa.select(ledger).where(*where).order_by(ledger.c.id))
    faults: list[str] = []
    last: dict[int, str] = {}
    for line in lines:
        name = f"line {line['id']} ({line['period']}, annotator {line['annotator']})"
        if line["previous"] != last.get(line["project"], START):
            faults.append(f"{name}: does not follow the line before it; a line was removed or put in")
        if line["hash"] != line_hash(line):
            faults.append(f"{name}: was changed after it was written")
        last[line["project"]] = line["hash"]
    by_settlement: dict[int, list[Row]] = defaultdict(list)
    for line in lines:
        by_settlement[line["settlement"]].append(line)
    for number, own in by_settlement.items():
        faults += _verified(ctx, number, own)
    exported = ctx.store.rows(sa.select(exports).where(*([] if project is None else [exports.c.project == project])))
    for e in exported:
        total = sum(line["minor"] for line in by_settlement.get(e["settlement"], []))
        if total != e["total_minor"]:
            faults.append(
                f"export {e['number']} of settlement {e['settlement']} paid {e['total_minor']}, its lines come to {total}"
            )
    return {
        "lines": len(lines),
        "settlements": len(by_settlement),
        "total_minor": sum(x["minor"] for x in lines),
        "faults": faults,
    }


def _verified(ctx: Context, number: int, lines: list[Row]) -> list[str]:
    kept = ctx.store.rows(sa.select(settlements).where(settlements.c.id == number))
    if not kept:
        return [f"settlement {number} of {len(lines)} lines is gone"]
    try:
        snapshot = json.loads(gzip.decompress(kept[0]["evidence"]))
    except (OSError, ValueError, EOFError):
        return [f"{kept[0]['name']}: the evidence can't be read"]
    if not digest(snapshot) == kept[0]["digest"] == lines[0]["evidence"]:
        return [f"{kept[0]['name']}: the evidence is not what the lines were written from"]
    if kept[0]["kind"] == "resolution":
        again = [(snapshot["annotator"], snapshot["period"], "dispute", snapshot["minor"])]
    else:
        try:
            again = [(e.annotator, e.period, e.kind, e.minor) for e in entries(snapshot)]
        except InputError as error:
            return [str(error)]
    written = [(x["annotator"], x["period"], x["kind"], x["minor"]) for x in lines]
    faults = []
    for key in sorted({*again, *written}):
        if again.count(key) != written.count(key):
            word = (
                "is in the ledger, but the evidence says otherwise"
                if key in written
                else "follows from the evidence, but is missing"
            )
            faults.append(f"{kept[0]['name']}: {key[2]} of {key[3]} to annotator {key[0]} for {key[1]} {word}")
    return faults


def dispute(ctx: Context, project: int, entry: int, text: str) -> int:
    """Note that an annotator disputes a line; returns the dispute's number.

    Raises:
        InputError: there is no such line, or no text.
    """
    line = _line(ctx, project, entry)
    if not text.strip():
        raise InputError("say what is disputed, in a sentence")
    values = {
        "project": project,
        "entry": entry,
        "annotator": line["annotator"],
        "text": text.strip(),
        "at": ctx.clock(),
    }
    with ctx.store.transaction() as connection:
        return int(connection.execute(sa.insert(disputes).values(values).returning(disputes.c.id)).scalar_one())


def _line(ctx: Context, project: int, entry: int) -> Row:
    found = ctx.store.rows(sa.select(ledger).where(ledger.c.project == project, ledger.c.id == entry))
    if not found:
        raise InputError(f"the ledger of project {project} has no line {entry}; `steadyhand ledger why` lists them")
    return found[0]


def resolve(ctx: Context, project: int, number: int, *, minor: int, text: str) -> Json:
    """Resolve a dispute, as the admin whose token we have; ``minor`` > 0 is paid by a line of its own, to be approved and
    exported under the name that is returned.

    Raises:
        InputError: no such open dispute, a negative amount, or no text.
    """
    found = ctx.store.rows(sa.select(disputes).where(disputes.c.project == project, disputes.c.id == number))
    if not found or found[0]["resolved_at"] is not None:
        raise InputError(f"project {project} has no open dispute {number}; `steadyhand ledger disputes` lists them")
    if minor < 0 or not text.strip():
        raise InputError(
            "a dispute takes nothing away (give 0 or more minor units), and needs a sentence that says why"
        )
    row, by = ctx.store.project(project, detached=True), ctx.gateway.whoami().email
    line, name = _line(ctx, project, found[0]["entry"]), None
    if minor:
        name = f"{line['period']}-dispute-{number}"
        detail = {"reasons": [f"dispute {number}: {text.strip()} = {minor} {line['currency']} minor units"]}
        snapshot = {
            "dispute": number,
            "annotator": line["annotator"],
            "period": line["period"],
            "minor": minor,
            "by": by,
            **detail,
        }
        entry = Entry(line["annotator"], line["period"], "dispute", minor, detail)
        write_lines(ctx, row, name, "resolution", ctx.clock(), ctx.clock(), snapshot, [entry], by)
    ctx.store.execute(
        sa.update(disputes)
        .where(disputes.c.id == number)
        .values(resolution=text.strip(), minor=minor, resolved_by=by, resolved_at=ctx.clock())
    )
    if row["detached_at"] is None:
        rescore(ctx, project)
    return {"dispute": number, "minor": minor, "period": name, "resolved_by": by}


def open_disputes(ctx: Context, project: int) -> list[Json]:
    """Disputes that nobody has resolved yet, oldest first."""
    query = sa.select(disputes).where(disputes.c.project == project, disputes.c.resolved_at.is_(None))
    return ctx.store.rows(query.order_by(disputes.c.id))
