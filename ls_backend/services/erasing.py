"""Forgetting a person, on request.

What tells of the person goes: name, scorecard, notes, pauses, objections, lead times, events and payout files. Their answers stay under
an alias drawn by chance, which nothing leads back from, because other people's figures and pay rest on them; and so do the lines of the
ledger, which the law asks to be kept. A note of what was rewritten is chained like the ledger, so that it can still be verified.
"""

import contextlib
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa

from ls_backend.errors import GatewayError, InputError
from ls_backend.measurement.settlement import digest
from ls_backend.services import leases
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.services.events import apply_inbox
from ls_backend.services.ledger_lines import FIRST_PREVIOUS, line_hash
from ls_backend.services.scoring import score_project
from ls_backend.services.verifying import erasure_hash, recompute, verify
from ls_backend.store import audit, canonical, erasures, ledger, projects, unread
from ls_backend.store.engine import columns_of
from ls_backend.store.records import ErasureRecord, SettlementRecord
from ls_backend.types import Json


@dataclass(frozen=True, slots=True)
class Erased:
    """In one project: the ``alias`` under which ``judgments`` and ``lines`` of the ledger stay, and what is left to do elsewhere."""

    project: int
    alias: str
    judgments: int
    lines: int
    left: str


LEFT = (
    "Label Studio still has the user and the annotations: delete the user there. Backups and payout files that were downloaded hold "
    "them, too"
)


def erase(ctx: Context, actor: Actor, annotator: str, *, wait: float = 60.0) -> list[Erased]:
    """Forget an annotator in all projects.

    Raises:
        InputError: nothing is stored of them, or an objection of theirs is still open. BusyError: another process works on a project,
            and still does after ``wait`` seconds.
    """
    concerned = erasures.projects_with(ctx.store, annotator)
    if not concerned:
        raise InputError(f"nothing is stored of annotator {annotator}; give their id in Label Studio")
    for project in concerned:
        if any(dispute.is_open for dispute in ledger.disputes_of(ctx.store, project, annotator)):
            raise InputError(f"an objection of annotator {annotator} in project {project} is open; resolve it first")
    return [_erase_in(ctx, actor, project, annotator, wait) for project in concerned]


def _erase_in(ctx: Context, actor: Actor, project: int, annotator: str, wait: float) -> Erased:
    alias, names = erasures.ALIAS + secrets.token_hex(6), _names(ctx, annotator)
    names_of_leases = [*leases.processing(project), leases.writing_back(project), leases.settling(project)]
    with ctx.store.lease(*names_of_leases, wait=wait):
        if projects.get(ctx.store, project, detached=True).is_attached:
            apply_inbox(ctx, actor, project)
        if faults := verify(ctx, project).faults:
            raise InputError(f"the ledger does not hold ({faults[0]}); find out why before anything in it is rewritten")
        with ctx.store.transaction() as connection:
            lines = _rewrite_ledger(ctx, actor, project, annotator, alias, connection)
            answers = erasures.rename(ctx.store, project, annotator, alias, connection)
            _forget_events(ctx, project, annotator, connection)
            # their reasons may quote an answer; the next full pull writes them anew
            unread.forget_all(ctx.store, project, connection)
            erasures.rename_in_audit(ctx.store, project, names, alias, connection)
            audit.note(ctx.store, project, "annotator erased", actor=actor.name, connection=connection, alias=alias)
        score_project(ctx, project)
    return Erased(project, alias, answers, lines, LEFT)


def _names(ctx: Context, annotator: str) -> set[str]:
    """What the annotator is called in the audit log."""
    names = {annotator, f"user {annotator}"}
    with contextlib.suppress(GatewayError):  # it may be gone
        names |= {member.email for member in ctx.gateway.members() if str(member.id) == annotator and member.email}
    return names


def _rewrite_ledger(
    ctx: Context, actor: Actor, project: int, annotator: str, alias: str, connection: sa.Connection
) -> int:
    """Put the alias into lines and evidence, and note what each was and is; returns the number of lines."""
    rewritten = {
        str(line.id): line_hash(columns_of(replace(line, annotator=alias)))
        for line in ledger.lines_of(ctx.store, project, annotator)
    }
    digests = {}
    for settlement in ledger.settled(ctx.store, project):
        before = ledger.evidence_of(ctx.store, settlement.id)
        after = renamed(before, annotator, alias)
        if after != before:
            _check(ctx, settlement, after, annotator, alias)
            digests[str(settlement.id)] = digest(after)
            ledger.replace_evidence(ctx.store, settlement.id, canonical(after), connection)
    last = erasures.last_hash(ctx.store, project, connection) or FIRST_PREVIOUS
    record = ErasureRecord(0, project, alias, rewritten, digests, ctx.clock(), actor.name, last, "")
    row = {name: value for name, value in asdict(record).items() if name != "id"}
    erasures.add(ctx.store, row | {"hash": erasure_hash(record)}, connection)
    return len(rewritten)


def _check(ctx: Context, settlement: SettlementRecord, after: Json, annotator: str, alias: str) -> None:
    """The same lines must follow from the evidence with the other name."""
    written = [
        (alias if line.annotator == annotator else line.annotator, line.period, line.kind, line.minor)
        for line in ledger.lines(ctx.store, settlement=settlement.id)
    ]
    if sorted(recompute(settlement.kind, after)) != sorted(written):
        raise InputError(f"{settlement.name} would come to other amounts under another name; nothing was changed")


def renamed(evidence: Json, annotator: str, alias: str) -> Json:
    """The evidence of a settlement with another name for an annotator."""

    def keys(named: Mapping[str, Any]) -> Json:
        return {alias if name == annotator else name: value for name, value in named.items()}

    after = dict(evidence)
    if after.get("annotator") == annotator:
        after["annotator"] = alias
    for part in ("contracts", "best", "booked"):
        if part in after:
            after[part] = keys(after[part])
    if "judgments" in after:
        after["judgments"] = [
            [row[0], alias if row[1] == annotator else row[1], *row[2:]] for row in after["judgments"]
        ]
    if "gold" in after:
        after["gold"] = {
            item: [known[0], alias] if isinstance(known, list) and known[1] == annotator else known
            for item, known in after["gold"].items()
        }
    if "earlier" in after:
        after["earlier"] = [renamed(earlier, annotator, alias) for earlier in after["earlier"]]
    return after


def _forget_events(ctx: Context, project: int, annotator: str, connection: sa.Connection) -> None:
    """Empty the events that name the annotator."""
    for number, body in erasures.bodies(ctx.store, project, connection):
        people = [
            str(who.get("id") if isinstance(who, dict) else who)
            for annotation in json.loads(body).get("annotations") or []
            for who in (annotation.get("completed_by"), annotation.get("updated_by"))
        ]
        if annotator in people:
            erasures.empty(ctx.store, number, hashlib.sha256(body.encode()).hexdigest(), connection)
