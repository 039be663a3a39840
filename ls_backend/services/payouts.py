"""The files with which platforms are paid. Numbered, because their pay calls are not idempotent."""

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ls_backend.contracts.terms import amount
from ls_backend.errors import InputError
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.services.queries.periods import day
from ls_backend.services.settling import settlement_named
from ls_backend.store import audit, ledger
from ls_backend.store.records import PayoutExportRecord

PROLIFIC_BATCH = 200  # so many bonuses Prolific takes at once
PayoutForm = Literal["prolific", "mturk", "csv", "json"]
PLATFORM_COLUMNS: Mapping[PayoutForm, tuple[str, ...]] = {
    "prolific": ("participant_id",),
    "mturk": ("participant_id", "assignment_id"),
}


@dataclass(frozen=True, slots=True)
class PayoutExport:
    """The ``files`` with which a settlement is paid, by name; ``warning`` is "" for the first export."""

    period: str
    number: int
    total_minor: int
    currency: str
    files: dict[str, str]
    warning: str


def export_payouts(
    ctx: Context,
    actor: Actor,
    project: int,
    period: str,
    *,
    form: PayoutForm,
    people: Mapping[str, Mapping[str, str]] | None = None,
) -> PayoutExport:
    """The files with which a settlement is paid.

    ``people`` says who an annotator (Label Studio id or e-mail) is to the platform: ``participant_id``, and for mturk
    ``assignment_id`` too. Exports are numbered, for the platforms' pay calls are not idempotent: a second one says so.

    Raises:
        InputError: not approved, nobody is to be paid anything, or somebody is missing from ``people``.
    """
    settlement = settlement_named(ctx, project, period)
    if settlement.approved_at is None:
        raise InputError(
            f"{period} is not approved", command=f"`steadyhand ledger approve --project {project} --period {period}`"
        )
    due = {a: minor for a, minor in sorted(ledger.payouts(ctx.store, settlement.id).items()) if minor}
    if not due:
        raise InputError(f"nobody is to be paid anything for {period}: there is no file to pay with")
    currency = ledger.lines(ctx.store, settlement=settlement.id)[0].currency
    earlier = ledger.exports_of(ctx.store, settlement=settlement.id)
    number = len(earlier) + 1
    stem = f"{form}-{project}-{period.replace('..', '_')}-export{number}"
    identities = _identities(ctx, due, people or {}, form)
    files = _files(PayoutBatch(form, stem, period, currency, settlement.digest[:16]), due, identities)
    total = sum(due.values())
    ledger.add_export(
        ctx.store,
        {
            "project": project,
            "settlement": settlement.id,
            "number": number,
            "form": form,
            "total_minor": total,
            "at": ctx.clock(),
            "by": actor.name,
            "files": files,
        },
    )
    audit.note(ctx.store, project, "payouts exported", actor=actor.name, period=period, number=number, form=form)
    return PayoutExport(period, number, total, currency, files, _warning(period, number, earlier))


def _warning(period: str, number: int, earlier: list[PayoutExportRecord]) -> str:
    if not earlier:
        return ""
    last = earlier[-1]
    return (
        f"This is export no. {number} of {period}; no. {last.number} ({last.form}) was made by "
        f"{last.by} on {day(last.at)}. Pay one of them only."
    )


def _identities(
    ctx: Context, due: Mapping[str, int], people: Mapping[str, Mapping[str, str]], form: PayoutForm
) -> dict[str, Mapping[str, str]]:
    """Who each annotator is to the platform, or by e-mail where no platform reads the files."""
    emails = {str(member.id): member.email.lower() for member in ctx.gateway.members()}
    if form not in PLATFORM_COLUMNS:
        return {annotator: {"email": emails.get(annotator, "")} for annotator in due}
    columns = PLATFORM_COLUMNS[form]
    identities = {a: people.get(a) or people.get(emails.get(a, "")) or {} for a in due}
    missing = [
        f"{a} ({emails.get(a, 'no member')})"
        for a, identity in identities.items()
        if not all(identity.get(column) for column in columns)
    ]
    if missing:
        raise InputError(
            f"no {' and '.join(columns)} for: {', '.join(missing)}. Say who is who in a CSV with the columns "
            f"annotator (id or e-mail), {', '.join(columns)}",
            command="--people FILE reads it",
        )
    ids = [identity["participant_id"] for identity in identities.values()]
    wrong = [i for i in ids if ids.count(i) > 1 or not re.fullmatch(r"[A-Za-z0-9_-]+", i)]
    if wrong:
        raise InputError(
            f"participant_id {wrong[0]!r} is not one, or is given twice; fix it where it is said who is who"
        )
    return identities


@dataclass(frozen=True, slots=True)
class PayoutBatch:
    """What all files of an export have in common: ``stem`` begins their names; ``token`` tells a platform that two requests are the same."""

    form: PayoutForm
    stem: str
    period: str
    currency: str
    token: str


def _files(batch: PayoutBatch, due: Mapping[str, int], identities: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The content of each file, by name; ``due`` are minor units by annotator."""
    form, stem = batch.form, batch.stem
    if form == "prolific":
        lines = [f"{identities[a]['participant_id']},{amount(minor)}" for a, minor in due.items()]
        parts = [lines[i : i + PROLIFIC_BATCH] for i in range(0, len(lines), PROLIFIC_BATCH)]
        return {f"{stem}-{n}of{len(parts)}.csv": "\n".join(part) + "\n" for n, part in enumerate(parts, 1)}
    if form == "mturk":
        requests = [
            {
                "WorkerId": identities[a]["participant_id"],
                "AssignmentId": identities[a]["assignment_id"],
                "BonusAmount": amount(minor),
                "Reason": f"Bonus for {batch.period}",
                "UniqueRequestToken": f"{batch.token}-{a}"[:64],
            }
            for a, minor in due.items()
        ]
        return {f"{stem}.jsonl": "".join(json.dumps(r) + "\n" for r in requests)}
    rows = [
        {
            "annotator": a,
            "email": identities[a]["email"],
            "amount": amount(m),
            "minor": m,
            "currency": batch.currency,
            "period": batch.period,
        }
        for a, m in due.items()
    ]
    if form == "json":
        return {f"{stem}.json": json.dumps(rows, indent=2) + "\n"}
    out = io.StringIO()
    writer = csv.DictWriter(out, ("annotator", "email", "amount", "minor", "currency", "period"), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return {f"{stem}.csv": out.getvalue()}
