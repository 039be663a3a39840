"""From judgments in the store to scorecards."""

import hashlib

from ls_backend.contracts.terms import Contract
from ls_backend.measurement.scorecard import Scorecard, ScoringInput, scorecards
from ls_backend.services import leases
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.services.queries.judgments import judgments_of
from ls_backend.services.queries.pilots import contracts_of
from ls_backend.store import canonical, gold, ledger, projects
from ls_backend.store import scorecards as stored
from ls_backend.store.records import ScorecardRecord


def rescore(ctx: Context, actor: Actor, project: int, *, wait: float = 60.0) -> list[Scorecard]:
    """Compute all scorecards of a project and store those that changed, which are returned.

    Raises:
        BusyError: another process works on the project, and still does after ``wait`` seconds.
    """
    with ctx.store.lease(leases.processing(project), wait=wait):
        return score_project(ctx, project)


def score_project(ctx: Context, project: int) -> list[Scorecard]:
    """The same, for who holds the lease of processing."""
    record, store = projects.get(ctx.store, project), ctx.store
    paid_from = ledger.settled_until(store, project)
    scored = scorecards(
        ScoringInput(
            judgments_of(ctx, project),
            gold.known_answers(store, project),
            record.parsed_contract,
            min_lag=record.min_lag,
            measurement=record.measured_by,
            paid_from=paid_from,
            settled=ledger.totals(store, project),
            contracts={
                annotator: Contract.parse(text)
                for annotator, text in contracts_of(ctx, project, start=paid_from).items()
            },
        )
    )
    before = stored.digests(store, project)
    changed = []
    with store.transaction() as connection:
        for card in scored:
            digest = hashlib.sha256(canonical(card.to_dict()).encode()).hexdigest()
            if before.pop(card.annotator, None) != digest:
                changed.append(card)
                stored.save(store, ScorecardRecord(project, card.annotator, card, digest, ctx.clock()), connection)
        for annotator in before:  # all their judgments are gone
            stored.withdraw(store, project, annotator, connection)
    return changed
