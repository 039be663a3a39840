"""The rows of the tables, as records: one frozen class a table, with a field for each column, in the same order.

States and kinds are enums; JSON columns hold records. What a row means beyond its columns (does this judgment count?) is said
here, beside its fields.
"""

from dataclasses import dataclass
from enum import StrEnum

from ls_backend.contracts.terms import Contract
from ls_backend.label_studio.tasks import NO_MARGIN, MarginSource
from ls_backend.measurement.decidedness import GroupRule
from ls_backend.measurement.judgments import GoldItem, Judgment
from ls_backend.measurement.scale import MeasurementOptions, Scale
from ls_backend.measurement.scorecard import Scorecard
from ls_backend.measurement.settlement import EntryKind
from ls_backend.programme.onboarding import OnboardingTerms, Stage
from ls_backend.programme.pilot import Arm
from ls_backend.programme.seed_schedule import DEFAULT_LAG, DEFAULT_RETEST_FOCUS, Routing, SeedKind, SeedPolicy
from ls_backend.types import Json
from ls_templates.mapping import AnswerMapping


@dataclass(frozen=True, slots=True)
class OriginalSettings:
    """What a project was set to before it was attached; detaching sets it again."""

    show_collab_predictions: bool | None = None
    model_version: str | None = None


@dataclass(frozen=True, slots=True)
class Connections:
    """What attaching made in Label Studio, by id."""

    webhook: int | None = None
    ml_backend: int | None = None


@dataclass(frozen=True, slots=True)
class OddWork:
    """Whose work asks for a look, by what is odd about it, as it was at so many ``judgments`` with the gold of a digest. It is kept
    because looking for it takes a second, and minutes in a large project."""

    who: dict[str, list[str]]
    judgments: int
    gold: str

    def holds_for(self, judgments: int, gold: str) -> bool:
        """Whether at most a hundredth of the judgments has come since."""
        return self.gold == gold and abs(judgments - self.judgments) <= self.judgments / 100


@dataclass(frozen=True, slots=True)
class ProjectRecord:
    """A monitored project. ``annotators`` is how many answer each seed where everyone does; ``salt`` is secret, so that nobody can
    foretell the seeds; ``cursor`` is the moment up to which changes were pulled from Label Studio. ``margin_source`` says where
    the margin of a task stands; ``takes_ground_truths`` says that Label Studio's ground truths are
    gold items, ``gold_project`` in which project experts' answers are, read up to ``gold_cursor``; ``adaptive`` that checks are spent where they decide. ``config_fault`` is why Label Studio's label config of
    today is not the one that answers are read by, ``gold_faults`` what is wrong with experts' answers."""

    id: int
    title: str
    label_config: str
    mapping: AnswerMapping
    fields: tuple[str, ...]
    contract: str
    routing: Routing
    retest_rate: float
    gold_rate: float
    min_lag: int
    annotators: int
    slice_field: str | None
    salt: str
    original_settings: OriginalSettings
    connections: Connections
    scorecard_project: int | None
    cursor: str | None
    attached_at: float
    detached_at: float | None
    measurement: MeasurementOptions | None
    odd_work: OddWork | None = None
    margin_source: MarginSource = NO_MARGIN
    retest_focus: float = DEFAULT_RETEST_FOCUS
    lag: int = DEFAULT_LAG
    takes_ground_truths: bool = False
    adaptive: bool = False
    gold_project: int | None = None
    gold_cursor: str | None = None
    config_fault: str | None = None
    gold_faults: tuple[str, ...] = ()

    @property
    def is_attached(self) -> bool:
        return self.detached_at is None

    @property
    def parsed_contract(self) -> Contract:
        return Contract.parse(self.contract, source=f"contract of project {self.id}")

    @property
    def seed_policy(self) -> SeedPolicy:
        return SeedPolicy(
            self.retest_rate, self.gold_rate, self.min_lag, self.salt, focus=self.retest_focus, lag=self.lag
        )

    @property
    def measured_by(self) -> MeasurementOptions:
        """How attentiveness is measured."""
        return self.measurement or MeasurementOptions()


class EventState(StrEnum):
    """Of an event in the inbox: not applied yet; applied; kept aside because it can't be applied; of a project that was detached."""

    PENDING = "pending"
    APPLIED = "applied"
    UNREADABLE = "unreadable"
    DROPPED = "dropped"


FINISHED = (EventState.APPLIED, EventState.DROPPED)  # states that no event leaves


@dataclass(frozen=True, slots=True)
class EventCountRecord:
    """How many events of a project have come to a state that they do not leave."""

    project: int
    state: EventState
    events: int


@dataclass(frozen=True, slots=True)
class InboxRecord:
    """An event: what of its ``body`` is read, "" once it was kept for long enough; ``error`` says why it can't be applied; ``digest`` is
    that of the body as it was received (None for events of earlier versions)."""

    id: int
    key: str
    project: int
    body: str
    received_at: float
    state: EventState
    error: str | None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event that is to be put into the inbox."""

    key: str
    project: int
    body: str
    digest: str


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """What a task of Label Studio shows: which item, on which sides, and how many ``words``; its ``margin`` is not shown. ``written_digest`` tells which consensus
    was copied to it last, None for none; ``due`` that its consensus may be another since, by a number that grows."""

    project: int
    id: int
    item: str
    mirrored: bool
    slice: str | None
    overlap: int
    data: Json
    written_digest: str | None = None
    words: int | None = None
    margin: float | None = None
    due: int | None = None


@dataclass(frozen=True, slots=True)
class UnreadTaskRecord:
    """A task of which something was kept aside when it was pulled last, and why: the first reason, and how many more there are."""

    project: int
    task: int
    why: str


class Source(StrEnum):
    """How a judgment was heard of first: by its event, or by pulling."""

    EVENT = "event"
    CATCH_UP = "catch-up"


class Interference(StrEnum):
    """What somebody else did to an annotation."""

    FORGED = "made in another's name"
    MEDDLED = "changed by somebody else before it was seen"
    CHANGED = "changed later by somebody else"


@dataclass(frozen=True, slots=True)
class JudgmentRecord:
    """An annotation's judgment. ``preference`` and ``answer`` are its first answer, which counts; ``latest`` and ``latest_answer`` are
    what it says now. ``revision`` is that of the project's judgments when the row was last written. A deletion heard of before its annotation
    leaves all but ``id``, ``deleted_at`` and ``source`` empty."""

    project: int
    id: str
    task: int | None
    annotator: str | None
    item: str | None
    mirrored: bool | None
    slice: str | None
    at: float | None
    lead_time: float | None
    preference: int | None
    updated: float | None
    latest: int | None
    latest_updated: float | None
    interference: Interference | None
    deleted_at: float | None
    source: Source
    answer: str | None
    latest_answer: str | None
    revision: int = 0
    margin: float | None = None


@dataclass(frozen=True, slots=True)
class JudgmentChange:
    """A row of judgments written since some revision, as far as scoring needs it; ``judgment`` is None where it does not count."""

    id: str
    revision: int
    judgment: Judgment | None


@dataclass(frozen=True, slots=True)
class GoldRecord:
    """A gold item with the data of a task that shows it. A retired one is placed no more, and the answers on it still count; a withdrawn
    one is no gold any more, as if it had never been. One that is a ground truth of Label Studio has its ``author``, the annotator whose
    answer it was, and the task that it is the truth of; one that experts agree on has the project where they do, a task there, and an
    author where it was one expert. It has ``lapsed`` if it was retired because they say so no longer, and comes back when they do; what an
    admin retired stays so."""

    project: int
    item: str
    preferred: int
    explanation: str
    slice: str | None
    data: Json
    answer: str | None
    retired_at: float | None = None
    author: str | None = None
    truth_of_task: int | None = None
    withdrawn_at: float | None = None
    truth_of_project: int | None = None
    lapsed: bool = False

    @property
    def known(self) -> GoldItem:
        """What is known of the item."""
        return GoldItem(self.preferred, self.explanation, self.answer or "", self.author or "")


class SeedState(StrEnum):
    """A seed is written down, made as a task that nobody is served, placed, and then answered by its annotator, answered by another
    one, or withdrawn with its task."""

    PLANNED = "planned"
    HIDDEN = "hidden"
    PLACED = "placed"
    ANSWERED = "answered"
    MISROUTED = "misrouted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class SeedRecord:
    """A seed; ``annotator`` is "" where everyone answers it."""

    id: int
    project: int
    kind: SeedKind
    item: str
    annotator: str
    task: int | None
    state: SeedState
    data: Json
    planned_at: float


@dataclass(frozen=True, slots=True)
class ScorecardRecord:
    """An annotator's scorecard; ``written_digest`` tells which one was copied into Label Studio last; ``told`` is the one that the annotator
    reads (:mod:`ls_backend.programme.telling`), None before the first."""

    project: int
    annotator: str
    scorecard: Scorecard
    digest: str
    changed_at: float
    written_digest: str | None = None
    told: Scorecard | None = None


@dataclass(frozen=True, slots=True)
class SumsRecord:
    """An annotator's sums. Whoever changes a judgment of theirs raises ``marked``; ``folded`` is what it was when the sums were taken, so
    that they are stale while it is less. ``judgments`` count; of these some were ``caught_up``, and with some annotations, counting or
    not, somebody ``interfered``. ``numbers`` is the row of :class:`ls_backend.measurement.sums.Sums`, None without judgments."""

    project: int
    annotator: str
    marked: int
    folded: int
    judgments: int
    caught_up: int
    interfered: int
    numbers: bytes | None


@dataclass(frozen=True, slots=True)
class ScaleRecord:
    """What rests on everybody in a project. ``fold`` is a digest of how judgments are folded, beside the ``rule``; ``terms`` one of what
    scorecards follow from beside sums and scale. ``revision`` is that of the judgments when the scale was taken (-1: it is to be taken
    anew), and ``judgments`` how many there were."""

    project: int
    fold: str
    rule: GroupRule
    terms: str
    scale: Scale | None
    revision: int
    judgments: int


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """Who did what."""

    id: int
    project: int
    at: float
    what: str
    detail: Json
    actor: str


class SettlementKind(StrEnum):
    """A period that was closed, or the resolution of a dispute that pays something."""

    PERIOD = "period"
    RESOLUTION = "resolution"


@dataclass(frozen=True, slots=True)
class SettlementRecord:
    """A settlement without its evidence, which :func:`ls_backend.store.ledger.evidence_of` reads."""

    id: int
    project: int
    name: str
    kind: SettlementKind
    start: float
    end: float
    digest: str
    settled_at: float
    settled_by: str
    approved_at: float | None
    approved_by: str | None


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A line of pay. ``detail`` is what was measured and the arithmetic; ``previous`` and ``hash`` chain the lines of a project."""

    id: int
    project: int
    settlement: int
    annotator: str
    period: str
    kind: EntryKind
    minor: int
    currency: str
    contract_version: str
    evidence: str
    detail: Json
    at: float
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class PayoutExportRecord:
    """A file with which a settlement was paid."""

    id: int
    project: int
    settlement: int
    number: int
    form: str
    total_minor: int
    at: float
    by: str


class DisputedFigure(StrEnum):
    """What an annotator can object to beside lines of the ledger."""

    STANDING = "standing"
    REPUTATION = "reputation"
    SELF_CONSISTENCY = "self_consistency"
    BONUS = "bonus"
    TIP = "tip"


@dataclass(frozen=True, slots=True)
class DisputeRecord:
    """An annotator's objection to a line of the ledger, or to a ``figure`` of theirs (``entry`` is None then), and what came of it."""

    id: int
    project: int
    entry: int | None
    annotator: str
    figure: DisputedFigure | None
    text: str
    at: float
    resolution: str | None
    minor: int | None
    resolved_by: str | None
    resolved_at: float | None

    @property
    def is_open(self) -> bool:
        return self.resolved_at is None

    @property
    def about(self) -> str:
        """What it is about, in words."""
        return f"line {self.entry}" if self.figure is None else f"the {self.figure.replace('_', '-')}"


@dataclass(frozen=True, slots=True)
class NoteRecord:
    """What an admin wrote down about an annotator."""

    id: int
    project: int
    annotator: str
    text: str
    at: float
    by: str


@dataclass(frozen=True, slots=True)
class PauseRecord:
    """A time in which an annotator is served nothing; the annotator reads the ``reason``."""

    id: int
    project: int
    annotator: str
    reason: str
    paused_at: float
    paused_by: str
    resumed_at: float | None
    resumed_by: str | None


class UnclearReason(StrEnum):
    """Why an item can't be judged as it is."""

    UNDER_SPECIFIED = "under_specified"
    BOTH_BAD = "both_bad"
    NEEDS_EXPERT = "needs_expert"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class UnclearRecord:
    """An annotator's word that an item is unclear, and what an admin answered."""

    id: int
    project: int
    task: int
    item: str
    annotator: str
    reason: UnclearReason
    text: str
    at: float
    answer: str | None
    answered_by: str | None
    answered_at: float | None

    @property
    def is_open(self) -> bool:
        return self.answered_at is None


@dataclass(frozen=True, slots=True)
class GuideRecord:
    """A version of a project's guide, in Markdown; versions count from 1. The newest that is ``required`` is to be read before going on."""

    project: int
    version: int
    text: str
    at: float
    by: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class GuideReadRecord:
    """The version of the guide that an annotator said they read last."""

    project: int
    annotator: str
    version: int
    at: float


@dataclass(frozen=True, slots=True)
class ExemplarRecord:
    """An item that the guide shows as an example: ``preferred`` is +1 where its first response is the better one, -1 for the second."""

    project: int
    item: str
    preferred: int
    reason: str
    at: float
    by: str


@dataclass(frozen=True, slots=True)
class OnboardingRecord:
    """What newcomers of a project go through, in the Label Studio project ``training_project``."""

    project: int
    training_project: int
    terms: OnboardingTerms
    at: float


@dataclass(frozen=True, slots=True)
class OnboardingItemRecord:
    """An item of the onboarding, with its known answer and why it is that. ``preferred`` and ``answer`` are those of a gold item."""

    project: int
    item: str
    preferred: int
    answer: str
    explanation: str


@dataclass(frozen=True, slots=True)
class NewcomerRecord:
    """Where a newcomer stood when they were last heard of; ``score`` is that of their last calibration that is over, with ``tries`` of
    them so far."""

    project: int
    annotator: str
    stage: Stage
    done: int
    of: int
    tries: int
    score: float | None
    at: float


@dataclass(frozen=True, slots=True)
class ChoiceRecord:
    """What an annotator chose for themself: ``hides_figures`` leaves the panel without figures."""

    annotator: str
    hides_figures: bool
    at: float


@dataclass(frozen=True, slots=True)
class ErasureRecord:
    """That an annotator was forgotten: the ``alias`` that stands in their place, the hash that each of their ``lines`` of the ledger has
    with it, and the digest that the evidence of a settlement has, by their numbers; chained like the ledger."""

    id: int
    project: int
    alias: str
    lines: dict[str, str]
    digests: dict[str, str]
    at: float
    by: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class PilotRecord:
    """A trial of two contracts; ``looks`` is how often it was looked at."""

    id: int
    project: int
    name: str
    contract_a: str
    contract_b: str
    alpha: float
    salt: str
    looks: int
    started_at: float
    started_by: str
    stopped_at: float | None

    @property
    def contracts(self) -> dict[Arm, str]:
        """The text of each arm's contract."""
        return {Arm.A: self.contract_a, Arm.B: self.contract_b}


@dataclass(frozen=True, slots=True)
class ArmRecord:
    """Which contract an annotator has in a pilot; ``before`` is their score at its start."""

    pilot: int
    annotator: str
    arm: Arm
    stratum: int
    before: float | None
    assigned_at: float
