"""What one annotator sees of themself, and of nobody else; it says nothing about single items. Figures follow every so many answers
(:mod:`ls_backend.programme.telling`), or each change of them would tell which answers were checks."""

from dataclasses import dataclass

from ls_backend.contracts.terms import BonusStep, Measure
from ls_backend.measurement.estimate import Estimate
from ls_backend.measurement.reputation import Standing
from ls_backend.programme.telling import TOLD_EVERY
from ls_backend.services.context import Context
from ls_backend.services.queries.ahead import NextStanding, next_bonus, next_standing
from ls_backend.services.queries.ledger import PayLine, pay_lines_of
from ls_backend.store import pauses, projects, scorecards

BONUS = "bonus: "  # how the reason of the bonus begins


@dataclass(frozen=True, slots=True)
class BonusTerms:
    """How the bonus follows from the score: the ``kind`` of contract, its steps, and the most that is paid."""

    kind: str
    steps: tuple[BonusStep, ...]
    cap_minor: int


@dataclass(frozen=True, slots=True)
class OwnStanding:
    """All but ``judgments`` is as of the first ``told`` judgments. ``checked`` of the ``needed`` checks were answered; ``known`` says that they are enough. ``why`` is the arithmetic of the bonus;
    ``paused`` the reason why they are served nothing, None where they are served. ``measure``, ``pay_score`` and ``terms`` are what the
    bonus follows from; ``next_standing`` and ``next_bonus_minor`` what is ahead (:mod:`ls_backend.services.queries.ahead`)."""

    judgments: int
    told: int
    told_every: int
    checked: int
    needed: int
    known: bool
    standing: Standing
    self_consistency: Estimate | None
    reputation: Estimate | None
    bonus_minor: int
    settled_minor: int
    settled: tuple[PayLine, ...]
    currency: str
    why: str
    paused: str | None
    measure: Measure
    pay_score: float | None
    terms: BonusTerms
    next_standing: NextStanding | None
    next_bonus_minor: int | None


def standing_of(ctx: Context, project: int, annotator: str) -> OwnStanding:
    """An annotator's own standing in a project."""
    contract = projects.get(ctx.store, project).parsed_contract
    terms = contract.bonus_terms
    record = scorecards.find(ctx.store, project, annotator)
    card = record.told if record else None
    checked = card.attentiveness.n if card else 0
    lines = pay_lines_of(ctx, project, annotator)
    pause = pauses.now(ctx.store, project).get(annotator)
    return OwnStanding(
        judgments=record.scorecard.judgments if record else 0,
        told=card.judgments if card else 0,
        told_every=TOLD_EVERY,
        checked=checked,
        needed=contract.minimum.monitored,
        known=checked >= contract.minimum.monitored,
        standing=card.standing if card else Standing.NEW,
        self_consistency=card.self_consistency if card else None,
        reputation=card.reputation if card else None,
        bonus_minor=card.bonus_minor if card else 0,
        settled_minor=sum(line.minor for line in lines),
        settled=tuple(lines),
        currency=contract.currency,
        why=next((reason for reason in card.reasons if reason.startswith(BONUS)), "") if card else "",
        paused=pause.reason if pause else None,
        measure=terms.measure,
        pay_score=card.pay_score if card else None,
        terms=BonusTerms(terms.kind, terms.steps, terms.cap_minor),
        next_standing=next_standing(card, contract) if card else None,
        next_bonus_minor=next_bonus(card, contract) if card else None,
    )
