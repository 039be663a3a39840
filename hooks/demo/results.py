"""What came of a run of the demo: records to write as JSON, and the report."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa

from hooks.report.layout import Cell, Report, Row, Table
from hooks.report.scoring import CARD_HEAD, card_cells
from ls_backend.contracts.terms import money
from ls_backend.measurement.scorecard import Scorecard
from ls_backend.programme.seed_schedule import SeedKind
from ls_backend.services.context import Context
from ls_backend.services.queries.projects import monitored_project
from ls_backend.services.write_back import CONSENSUS_VERSION
from ls_backend.store import inbox, scorecards, seeds
from ls_backend.store.records import Source
from ls_backend.store.tables import judgments
from ls_backend.types import Json


@dataclass(frozen=True, slots=True)
class SimulatedAnnotator:
    """Who an annotator is in truth: ``kind`` of person, and mean attentiveness over the labels."""

    kind: str
    true_eta: float


@dataclass(frozen=True, slots=True)
class LabelStudioFacts:
    version: str
    url: str
    project: int
    annotations: int


@dataclass(frozen=True, slots=True)
class AnnotatorResult:
    """A scorecard beside the truth."""

    card: Scorecard
    truth: SimulatedAnnotator

    def to_dict(self) -> Json:
        return {**self.card.to_dict(), "kind": self.truth.kind, "true_eta": self.truth.true_eta}


@dataclass(frozen=True, slots=True)
class EventCounts:
    """Events ``received``, annotations ``applied``, those of them ``recovered`` by catching up, and those ``lost``."""

    received: int
    applied: int
    recovered: int
    lost: int


@dataclass(frozen=True, slots=True)
class SeedCounts:
    gold: int
    retests: int
    routing: str


@dataclass(frozen=True, slots=True)
class WriteBackCounts:
    scorecards: int
    predictions: int


@dataclass(frozen=True, slots=True)
class DemoResults:
    label_studio: LabelStudioFacts
    annotators: list[AnnotatorResult]
    events: EventCounts
    seeds: SeedCounts
    writeback: WriteBackCounts


def read_results(ctx: Context, project: int, annotators: Mapping[str, SimulatedAnnotator]) -> DemoResults:
    """Count on both sides. ``annotators`` are by their id in Label Studio."""
    store, gateway = ctx.store, ctx.gateway
    record = monitored_project(ctx, project)
    annotations = sum(len(task.annotations) for task in gateway.tasks(project))
    alive = sa.and_(judgments.c.project == project, judgments.c.deleted_at.is_(None))
    applied = store.count(judgments, alive)
    by_kind = Counter[SeedKind]()
    for (kind, _), n in seeds.counts(store, project).items():
        by_kind[kind] += n
    cards = {card.annotator: card for card in scorecards.of_project(store, project)}
    predictions = [p for p in gateway.predictions(project=project) if p.model_version == CONSENSUS_VERSION]
    return DemoResults(
        label_studio=LabelStudioFacts(gateway.version(), ctx.gateway.url, project, annotations),
        annotators=[
            AnnotatorResult(replace(cards[annotator], annotator=ctx.settings.pseudonym(annotator)), truth)
            for annotator, truth in annotators.items()
            if annotator in cards
        ],
        events=EventCounts(
            received=sum(inbox.counts(store, project).values()),
            applied=applied,
            recovered=store.count(judgments, alive, judgments.c.source == Source.CATCH_UP),
            lost=annotations - applied,
        ),
        seeds=SeedCounts(by_kind[SeedKind.GOLD], by_kind[SeedKind.RETEST], record.routing),
        writeback=WriteBackCounts(sum(1 for _ in gateway.tasks(record.scorecard_project or 0)), len(predictions)),
    )


def _beside_the_truth(annotator: AnnotatorResult) -> Row:
    card, truth = annotator.card, annotator.truth
    settled = money(card.settled_minor, card.currency)
    return Row([Cell(truth.kind), Cell(f"{truth.true_eta:.2f}"), *card_cells(card)[1:], Cell(settled)])


def results_report(results: DemoResults) -> Report:
    """The scorecards beside the truth, best reputation first, and the counts."""
    ranked = sorted(results.annotators, key=lambda a: -(a.card.reputation.value or 0))
    events, seeded, written = results.events, results.seeds, results.writeback
    return [
        Table(
            ("kind", "true eta", *CARD_HEAD[1:], "settled"),
            [_beside_the_truth(annotator) for annotator in ranked],
            "annotators",
        ),
        "",
        "True eta is the share of answers that were considered and not guessed, as each annotator was made; reputation, from 0 to 100, is what "
        "Steadyhand makes of their answers. Ranges hold the true value in 9 of 10 cases: after few labels they are wide.",
        "",
        f"Label Studio counts {results.label_studio.annotations} annotations; {events.received} events received, "
        f"{events.applied} annotations applied, {events.recovered} of them by catching up, {events.lost} lost.",
        f"Seeds ({seeded.routing}): {seeded.gold} gold, {seeded.retests} retests. "
        f"Written back: {written.scorecards} scorecards, {written.predictions} consensus predictions.",
    ]
