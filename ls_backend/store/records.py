"""The rows of the tables, as records: one frozen class a table, with a field for each column, in the same order.

States and kinds are enums; JSON columns hold records. What a row means beyond its columns (does this judgment count?) is said
here, beside its fields.
"""

from dataclasses import dataclass
from enum import StrEnum

from ls_backend.contracts.terms import Contract
from ls_backend.measurement.judgments import Judgment
from ls_backend.measurement.scorecard import MeasurementOptions, Scorecard
from ls_backend.measurement.settlement import EntryKind
from ls_backend.programme.pilot import Arm
from ls_backend.programme.seed_schedule import Routing, SeedKind, SeedPolicy
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
    foretell the seeds; ``cursor`` is the moment up to which changes were pulled from Label Studio."""

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

    @property
    def is_attached(self) -> bool:
        return self.detached_at is None

    @property
    def parsed_contract(self) -> Contract:
        return Contract.parse(self.contract, source=f"contract of project {self.id}")

    @property
    def seed_policy(self) -> SeedPolicy:
        return SeedPolicy(self.retest_rate, self.gold_rate, self.min_lag, self.salt)

    @property
    def measured_by(self) -> MeasurementOptions:
        """How attentiveness is measured."""
        return self.measurement or MeasurementOptions()


class EventState(StrEnum):
    """Of an event in the inbox: not applied yet; applied; waiting because it can't be read; of a project that was detached."""

    PENDING = "pending"
    APPLIED = "applied"
    UNREADABLE = "unreadable"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class InboxRecord:
    """An event as it was received; ``error`` says why it can't be read."""

    id: int
    key: str
    project: int
    body: str
    received_at: float
    state: EventState
    error: str | None


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """What a task of Label Studio shows: which item, on which sides, and how many ``words``. ``written_digest`` tells which consensus
    was copied to it last, None for none."""

    project: int
    id: int
    item: str
    mirrored: bool
    slice: str | None
    overlap: int
    data: Json
    written_digest: str | None = None
    words: int | None = None


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


@dataclass(frozen=True, slots=True)
class JudgmentChange:
    """A row of judgments written since some revision, as far as scoring needs it; ``judgment`` is None where it does not count."""

    id: str
    revision: int
    judgment: Judgment | None


@dataclass(frozen=True, slots=True)
class GoldRecord:
    """A gold item with the data of a task that shows it. A retired one is placed no more; the answers on it still count."""

    project: int
    item: str
    preferred: int
    explanation: str
    slice: str | None
    data: Json
    answer: str | None
    retired_at: float | None = None


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
    """An annotator's scorecard; ``written_digest`` tells which one was copied into Label Studio last."""

    project: int
    annotator: str
    scorecard: Scorecard
    digest: str
    changed_at: float
    written_digest: str | None = None


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


@dataclass(frozen=True, slots=True)
class DisputeRecord:
    """An annotator's objection to a line of the ledger, and what came of it."""

    id: int
    project: int
    entry: int
    annotator: str
    text: str
    at: float
    resolution: str | None
    minor: int | None
    resolved_by: str | None
    resolved_at: float | None

    @property
    def is_open(self) -> bool:
        return self.resolved_at is None


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
