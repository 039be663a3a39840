"""The files with which platforms are paid. Numbered, because their pay calls are not idempotent."""

import json
import re
from collections.abc import Mapping

import sqlalchemy as sa

from ls_backend.contracts.terms import amount
from ls_backend.errors import InputError
from ls_backend.services.context import Context
from ls_backend.services.settlement import day, one, payouts
from ls_backend.store.tables import exports, ledger
from ls_backend.types import Json

REQUEST = 200  # Prolific takes so many bonuses at once


def export(
    ctx: Context, project: int, period: str, *, form: str, people: Mapping[str, Mapping[str, str]] | None = None
) -> Json:
    """The files with which a settlement is paid: ``files`` is name -> content.

    ``people`` says who an annotator (Label Studio id or e-mail) is to the platform: ``participant_id``, and for mturk
    ``assignment_id`` too. Exports are numbered, for the platforms' pay calls are not idempotent: a second one says so.

    Raises:
        InputError: not approved, or somebody is missing from ``people``.
    """
    row = one(ctx, project, period)
    if row["approved_at"] is None:
        raise InputError(f"{period} is not approved; `steadyhand ledger approve --project {project} --period {period}`")
    due = {a: minor for a, minor in sorted(payouts(ctx, row["id"]).items()) if minor}
    by, currency = ctx.gateway.whoami().email, _currency(ctx, row["id"])
    earlier = ctx.store.rows(sa.select(exports).where(exports.c.settlement == row["id"]).order_by(exports.c.number))
    number = len(earlier) + 1
    stem = f"{form}-{project}-{period.replace('..', '_')}-export{number}"
    names = _names(ctx, due, people or {}, form)
    files = _files(form, stem, due, names, period=period, currency=currency, token=row["digest"][:16])
    ctx.store.execute(
        sa.insert(exports).values(
            project=project,
            settlement=row["id"],
            number=number,
            form=form,
            total_minor=sum(due.values()),
            at=ctx.clock(),
            by=by,
        )
    )
    warning = (
        ""
        if not earlier
        else (
            f"This is export no. {number} of {period}; no. {earlier[-1]['number']} ({earlier[-1]['form']}) was made by "
            f"{earlier[-1]['by']} on {day(earlier[-1]['at'])}. Pay one of them only."
        )
    )
    return {
        "period": period,
        "number": number,
        "total_minor": sum(due.values()),
        "currency": currency,
        "files": files,
        "warning": warning,
    }


def _currency(ctx: Context, settlement: int) -> str:
    found = ctx.store.rows(sa.select(ledger.c.currency).where(ledger.c.settlement == settlement).limit(1))
    return str(found[0]["currency"])


def _names(
    ctx: Context, due: Mapping[str, int], people: Mapping[str, Mapping[str, str]], form: str
) -> dict[str, Mapping[str, str]]:
    """Who each annotator is to the platform."""
    if form in ("csv", "json"):
        return {a: people.get(a, {}) for a in due}
    mails = {str(m.id): m.email.lower() for m in ctx.gateway.members()}
    found = {a: people.get(a) or people.get(mails.get(a, "")) for a in due}
    needed = ("participant_id",) if form == "prolific" else ("participant_id", "assignment_id")
    missing = [
        f"{a} ({mails.get(a, 'no member')})" for a, p in found.items() if p is None or not all(p.get(k) for k in needed)
    ]
    if missing:
        raise InputError(
            f"no {' and '.join(needed)} for: {', '.join(missing)}. Give --people FILE, a CSV with the columns "
            f"annotator (id or e-mail), {', '.join(needed)}"
        )
    known = {a: p for a, p in found.items() if p is not None}
    ids = [p["participant_id"] for p in known.values()]
    wrong = [i for i in ids if ids.count(i) > 1 or not re.fullmatch(r"[A-Za-z0-9_-]+", i)]
    if wrong:
        raise InputError(f"participant_id {wrong[0]!r} is not one, or is given twice; mend it in --people")
    return known


def _files(
    form: str,
    stem: str,
    due: Mapping[str, int],
    names: Mapping[str, Mapping[str, str]],
    *,
    period: str,
    currency: str,
    token: str,
) -> dict[str, str]:
    if form == "prolific":
        lines = [f"{names[a]['participant_id']},{amount(minor)}" for a, minor in due.items()]
        parts = [lines[i : i + REQUEST] for i in range(0, len(lines), REQUEST)]
        return {f"{stem}-{n}of{len(parts)}.csv": "\n".join(part) + "\n" for n, part in enumerate(parts, 1)}
    if form == "mturk":
        requests = [
            {
                "WorkerId": names[a]["participant_id"],
                "AssignmentId": names[a]["assignment_id"],
                "BonusAmount": amount(minor),
                "Reason": f"Bonus for {period}",
                "UniqueRequestToken": f"{token}-{a}"[:64],
            }
            for a, minor in due.items()
        ]
        return {f"{stem}.jsonl": "".join(json.dumps(r) + "\n" for r in requests)}
    rows = [
        {"annotator": a, "amount": amount(m), "minor": m, "currency": currency, "period": period}
        for a, m in due.items()
    ]
    if form == "json":
        return {f"{stem}.json": json.dumps(rows, indent=2) + "\n"}
    head = "annotator,amount,minor,currency,period\n"
    return {f"{stem}.csv": head + "".join(",".join(str(v) for v in r.values()) + "\n" for r in rows)}
