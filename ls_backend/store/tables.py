"""The tables. Alembic makes them (:mod:`ls_backend.store.migrations`); docs/architecture.md has a line on each."""

from collections.abc import Mapping
from dataclasses import asdict

import sqlalchemy as sa

from ls_backend.label_studio.tasks import MarginSource
from ls_backend.measurement.decidedness import GroupRule
from ls_backend.measurement.scale import MeasurementOptions, Scale
from ls_backend.measurement.scorecard import Scorecard
from ls_backend.measurement.settlement import EntryKind
from ls_backend.programme.onboarding import OnboardingTerms, Stage
from ls_backend.programme.pilot import Arm
from ls_backend.programme.seed_schedule import DEFAULT_LAG, DEFAULT_RETEST_FOCUS, Routing, SeedKind
from ls_backend.records import from_dict, to_dict
from ls_backend.store.columns import of_enum, of_reason, of_record
from ls_backend.store.records import (
    ArmRecord,
    AuditRecord,
    ChoiceRecord,
    Connections,
    DisputedFigure,
    DisputeRecord,
    ErasureRecord,
    EventCountRecord,
    EventState,
    ExemplarRecord,
    GoldRecord,
    GuideReadRecord,
    GuideRecord,
    InboxRecord,
    Interference,
    JudgmentRecord,
    LedgerLine,
    NewcomerRecord,
    NoteRecord,
    OddWork,
    OnboardingItemRecord,
    OnboardingRecord,
    OriginalSettings,
    PauseRecord,
    PayoutExportRecord,
    PilotRecord,
    ProjectRecord,
    ScaleRecord,
    ScorecardRecord,
    SeedRecord,
    SeedState,
    SettlementKind,
    SettlementRecord,
    Source,
    SumsRecord,
    TaskRecord,
    UnclearReason,
    UnclearRecord,
    UnreadTaskRecord,
)
from ls_backend.types import Json
from ls_templates.mapping import AnswerMapping, TaskKind


def _read_mapping(stored: Json) -> AnswerMapping:
    return AnswerMapping(**{**stored, "task": TaskKind(stored["task"])})


def _read_onboarding_terms(stored: Json) -> OnboardingTerms:
    return OnboardingTerms(**stored)


metadata = sa.MetaData()
Long = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

projects = sa.Table(
    "projects",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("label_config", sa.Text, nullable=False),
    sa.Column("mapping", of_record(_read_mapping, asdict), nullable=False),
    sa.Column("fields", of_record(tuple, list), nullable=False),
    sa.Column("contract", sa.Text, nullable=False),
    sa.Column("routing", of_enum(Routing, 16), nullable=False),
    sa.Column("retest_rate", sa.Float, nullable=False),
    sa.Column("gold_rate", sa.Float, nullable=False),
    sa.Column("min_lag", sa.Integer, nullable=False),
    sa.Column("annotators", sa.Integer, nullable=False),
    sa.Column("slice_field", sa.Text),
    sa.Column("salt", sa.Text, nullable=False),
    sa.Column("original_settings", of_record(lambda j: OriginalSettings(**j), asdict), nullable=False),
    sa.Column("connections", of_record(lambda j: Connections(**j), asdict), nullable=False),
    sa.Column("scorecard_project", sa.Integer),
    sa.Column("cursor", sa.Text),
    sa.Column("attached_at", sa.Float, nullable=False),
    sa.Column("detached_at", sa.Float),
    sa.Column("measurement", of_record(lambda j: MeasurementOptions(**j), asdict)),
    sa.Column("odd_work", of_record(lambda j: OddWork(**j), asdict)),
    sa.Column(
        "margin_source", of_record(lambda j: from_dict(MarginSource, j), to_dict), nullable=False, server_default="{}"
    ),
    sa.Column("retest_focus", sa.Float, nullable=False, server_default=str(DEFAULT_RETEST_FOCUS)),
    sa.Column("lag", sa.Integer, nullable=False, server_default=str(DEFAULT_LAG)),
    sa.Column("takes_ground_truths", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("adaptive", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("gold_project", sa.Integer),
    sa.Column("gold_cursor", sa.Text),
    sa.Column("config_fault", of_reason()),
    sa.Column("gold_faults", of_record(tuple, list), nullable=False, server_default="[]"),
)

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("id", Long, primary_key=True),
    sa.Column("key", sa.String(64), nullable=False, unique=True),
    sa.Column("project", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("received_at", sa.Float, nullable=False),
    sa.Column("state", of_enum(EventState, 16), nullable=False),
    sa.Column("error", of_reason()),
    sa.Column("digest", sa.String(64)),
)
inbox_is_open = sa.or_(inbox.c.state == EventState.PENDING, inbox.c.state == EventState.UNREADABLE)
sa.Index(
    "inbox_open",
    inbox.c.project,
    inbox.c.state,
    inbox.c.id,
    sqlite_where=inbox_is_open,
    postgresql_where=inbox_is_open,
)
inbox_bodies = inbox.c.body != ""
sa.Index("inbox_bodies", inbox.c.received_at, sqlite_where=inbox_bodies, postgresql_where=inbox_bodies)

event_counts = sa.Table(
    "event_counts",
    metadata,
    sa.Column("project", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("state", of_enum(EventState, 16), primary_key=True),
    sa.Column("events", Long, nullable=False),
)

tasks = sa.Table(
    "tasks",
    metadata,
    sa.Column("project", sa.Integer, primary_key=True),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("item", sa.String(20), nullable=False),
    sa.Column("mirrored", sa.Boolean, nullable=False),
    sa.Column("slice", sa.Text),
    sa.Column("overlap", sa.Integer, nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("written_digest", sa.String(64)),
    sa.Column("words", sa.Integer),
    sa.Column("margin", sa.Float),
    sa.Column("due", Long),
    sa.Index("tasks_item", "project", "item"),
)
tasks_are_due = tasks.c.due.is_not(None)
sa.Index("tasks_due", tasks.c.project, sqlite_where=tasks_are_due, postgresql_where=tasks_are_due)

unread_tasks = sa.Table(
    "unread_tasks",
    metadata,
    sa.Column("project", sa.Integer, primary_key=True),
    sa.Column("task", sa.Integer, primary_key=True),
    sa.Column("why", of_reason(), nullable=False),
)

judgments = sa.Table(
    "judgments",
    metadata,
    sa.Column("project", sa.Integer, primary_key=True),
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("task", sa.Integer),
    sa.Column("annotator", sa.Text),
    sa.Column("item", sa.String(20)),
    sa.Column("mirrored", sa.Boolean),
    sa.Column("slice", sa.Text),
    sa.Column("at", sa.Float),
    sa.Column("lead_time", sa.Float),
    sa.Column("preference", sa.Integer),
    sa.Column("updated", sa.Float),
    sa.Column("latest", sa.Integer),
    sa.Column("latest_updated", sa.Float),
    sa.Column("interference", of_enum(Interference)),
    sa.Column("deleted_at", sa.Float),
    sa.Column("source", of_enum(Source, 16), nullable=False),
    sa.Column("answer", sa.Text),
    sa.Column("latest_answer", sa.Text),
    sa.Column("revision", Long, nullable=False, server_default="0"),
    sa.Column("margin", sa.Float),
    sa.Index("judgments_revision", "project", "revision"),
    sa.Index("judgments_annotator", "project", "annotator"),
    sa.Index("judgments_task", "project", "task"),
    sa.Index("judgments_item", "project", "item"),
)

gold = sa.Table(
    "gold",
    metadata,
    sa.Column("project", sa.Integer, primary_key=True),
    sa.Column("item", sa.String(20), primary_key=True),
    sa.Column("preferred", sa.Integer, nullable=False),
    sa.Column("explanation", sa.Text, nullable=False),
    sa.Column("slice", sa.Text),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("answer", sa.Text),
    sa.Column("retired_at", sa.Float),
    sa.Column("author", sa.Text),
    sa.Column("truth_of_task", sa.Integer),
    sa.Column("withdrawn_at", sa.Float),
    sa.Column("truth_of_project", sa.Integer),
    sa.Column("lapsed", sa.Boolean, nullable=False, server_default=sa.false()),
)

seeds = sa.Table(
    "seeds",
    metadata,
    sa.Column("id", Long, primary_key=True),
    sa.Column("project", sa.Integer, nullable=False),
    sa.Column("kind", of_enum(SeedKind, 8), nullable=False),
    sa.Column("item", sa.String(20), nullable=False),
    sa.Column("annotator", sa.Text, nullable=False),
    sa.Column("task", sa.Integer),
    sa.Column("state", of_enum(SeedState, 16), nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("planned_at", sa.Float, nullable=False),
    sa.UniqueConstraint("project", "kind", "item", "annotator"),
    sa.Index("seeds_task", "project", "task"),
    sa.Index("seeds_annotator", "project", "annotator"),
    sa.Index("seeds_state", "project", "kind", "state"),
)

scorecards = sa.Table(
    "scorecards",
    metadata,
    sa.Column("project", sa.Integer, primary_key=True),
    sa.Column("annotator", sa.Text, primary_key=True),
    sa.Column("scorecard", of_record(Scorecard.from_dict, Scorecard.to_dict), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("changed_at", sa.Float, nullable=False),
    sa.Column("written_digest", sa.String(64)),
    sa.Column("told", of_record(Scorecard.from_dict, Scorecard.to_dict)),
    sa.Index("scorecards_digest", "project", "digest"),
    sa.Index("scorecards_changed", "project", "changed_at"),
)
scorecards_are_unwritten = sa.or_(
    scorecards.c.written_digest.is_(None), scorecards.c.written_digest != scorecards.c.digest
)
sa.Index(
    "scorecards_unwritten",
    scorecards.c.project,
    scorecards.c.annotator,
    sqlite_where=scorecards_are_unwritten,
    postgresql_where=scorecards_are_unwritten,
)

sums = sa.Table(
    "sums",
    metadata,
    sa.Column("project", sa.Integer, primary_key=True),
    sa.Column("annotator", sa.Text, primary_key=True),
    sa.Column("marked", Long, nullable=False),
    sa.Column("folded", Long, nullable=False),
    sa.Column("judgments", sa.Integer, nullable=False),
    sa.Column("caught_up", sa.Integer, nullable=False),
    sa.Column("interfered", sa.Integer, nullable=False),
    sa.Column("numbers", sa.LargeBinary),
)
sums_are_stale = sums.c.marked > sums.c.folded
sa.Index("sums_stale", sums.c.project, sqlite_where=sums_are_stale, postgresql_where=sums_are_stale)

scales = sa.Table(
    "scales",
    metadata,
    sa.Column("project", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("fold", sa.String(64), nullable=False),
    sa.Column("rule", of_record(GroupRule.from_json, GroupRule.to_json), nullable=False),
    sa.Column("terms", sa.String(64), nullable=False),
    sa.Column("scale", of_record(Scale.from_dict, Scale.to_dict)),
    sa.Column("revision", Long, nullable=False),
    sa.Column("judgments", Long, nullable=False),
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("holder", sa.String(32), nullable=False),
    sa.Column("until", sa.Float, nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", Long, primary_key=True),
    sa.Column("project", sa.Integer, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("what", sa.String(32), nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Column("actor", sa.Text, nullable=False, server_default=""),
    sa.Index("audit_project", "project"),
)

settlements = sa.Table(
    "settlements",
    metadata,
    sa.Column("id", Long, primary_key=True),
    sa.Column("project", sa.Integer, nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("kind", of_enum(SettlementKind, 16), nullable=False),
    sa.Column("start", sa.Float, nullable=False),
    sa.Column("end", sa.Float, nullable=False),
    sa.Column("evidence", sa.LargeBinary, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("settled_at", sa.Float, nullable=False),
    sa.Column("settled_by", sa.Text, nullable=False),
    sa.Column("approved_at", sa.Float),
    sa.Column("approved_by", sa.Text),
    sa.UniqueConstraint("project", "name"),
)

ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("id", Long, primary_key=True),
    sa.Column("project", sa.Integer, nullable=False),
    sa.Column("settlement", Long, nullable=False),
    sa.Column("annotator", sa.Text, nullable=False),
    sa.Column("period", sa.String(64), nullable=False),
    sa.Column("kind", of_enum(EntryKind, 16), nullable=False),
    sa.Column("minor", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("contract_version", sa.String(64), nullable=False),
    sa.Column("evidence", sa.String(64), nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.UniqueConstraint("project", "previous"),
    sa.Index("ledger_annotator", "project", "annotator"),
)

exports = sa.Table(
    "exports",
    metadata,
    sa.Column("id", Long, primary_key=True),
    sa.Column("project", sa.Integer, nullable=False),
    sa.Column("settlement", Long, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("form", sa.String(16), nullable=False),
    sa.Column("total_minor", sa.BigInteger, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("files", sa.JSON),
    sa.UniqueConstraint("settlement", "number"),
)

disputes = sa.Table(
    "disputes",
    metadata,
    sa.Column("id", Long, primary_key=True),
    sa.Column("project", sa.Integer, nullable=False),
    sa.Column("entry", Long),
    sa.Column("annotator", sa.Text, nullable=False),
    sa.Column("figure", of_enum(DisputedFigure, 32)),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("resolution", sa.Text),
    sa.Column("minor", sa.BigInteger),
    sa.Column("resolved_by", sa.Text),
    sa.Column("resolved_at", sa.Float),
)

pilots = sa.Table(
    "pilots",
    metadata,
    sa.Column("id", Long, primary_key=True),
    sa.Column("project", sa.Integer, nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("contract_a", sa.Text, nullable=False),
    sa.Column("contract_b", sa.Text, nullable=False),
    sa.Column("alpha", sa.Float, nullable=False),
    sa.Column("salt", sa.Text, nullable=False),
    sa.Column("looks", sa.Integer, nullable=False),
    sa.Column("started_at", sa.Float, nullable=False),
    sa.Column("started_by", sa.Text, nullable=False),
    sa.Column("stopped_at", sa.Float),
    sa.UniqueConstraint("project", "name"),
)

arms = sa.Table(
    "arms",
    metadata,
    sa.Column("pilot", Long, primary_key=True),
    sa.Column("annotator", sa.Text, primary_key=True),
    sa.Column("arm", of_enum(Arm, 1), nullable=False),
    sa.Column("stratum", sa.Integer, nullable=False),
    sa.Column("before", sa.Float),
    sa.Column("assigned_at", sa.Float, nullable=False),
)

dashboard_links = sa.Table(
    "dashboard_links",
    metadata,
    sa.Column("nonce", sa.String(32), primary_key=True),
    sa.Column("used_at", sa.Float, nullable=False),
)

notes = sa.Table(
    "notes",
    metadata,
    sa.Column("id", Long, primary_key=True),
    sa.Column("project", sa.Integer, nullable=False),
    sa.Column("annotator", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
)

pauses = sa.Table(
    "pauses",
    metadata,
    sa.Column("id", Long, primary_key=True),
    sa.Column("project", sa.Integer, nullable=False),
    sa.Column("annotator", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("paused_at", sa.Float, nullable=False),
    sa.Column("paused_by", sa.Text, nullable=False),
    sa.Column("resumed_at", sa.Float),
    sa.Column("resumed_by", sa.Text),
)

unclear = sa.Table(
    "unclear",
    metadata,
    sa.Column("id", Long, primary_key=True),
    sa.Column("project", sa.Integer, nullable=False),
    sa.Column("task", sa.Integer, nullable=False),
    sa.Column("item", sa.String(32), nullable=False),
    sa.Column("annotator", sa.Text, nullable=False),
    sa.Column("reason", of_enum(UnclearReason, 16), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("answer", sa.Text),
    sa.Column("answered_by", sa.Text),
    sa.Column("answered_at", sa.Float),
    sa.Index("unclear_item", "project", "item"),
)

guides = sa.Table(
    "guides",
    metadata,
    sa.Column("project", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("required", sa.Boolean, nullable=False, server_default=sa.false()),
)

guide_reads = sa.Table(
    "guide_reads",
    metadata,
    sa.Column("project", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("annotator", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)

exemplars = sa.Table(
    "exemplars",
    metadata,
    sa.Column("project", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("item", sa.String(32), primary_key=True),
    sa.Column("preferred", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
)

onboardings = sa.Table(
    "onboardings",
    metadata,
    sa.Column("project", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("training_project", sa.Integer, nullable=False),
    sa.Column("terms", of_record(_read_onboarding_terms, asdict), nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)

onboarding_items = sa.Table(
    "onboarding_items",
    metadata,
    sa.Column("project", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("item", sa.String(32), primary_key=True),
    sa.Column("preferred", sa.Integer, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("explanation", sa.Text, nullable=False),
)

newcomers = sa.Table(
    "newcomers",
    metadata,
    sa.Column("project", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("annotator", sa.Text, primary_key=True),
    sa.Column("stage", of_enum(Stage, 16), nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("of", sa.Integer, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("score", sa.Float),
    sa.Column("at", sa.Float, nullable=False),
)

choices = sa.Table(
    "choices",
    metadata,
    sa.Column("annotator", sa.Text, primary_key=True),
    sa.Column("hides_figures", sa.Boolean, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)

erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("id", Long, primary_key=True),
    sa.Column("project", sa.Integer, nullable=False),
    sa.Column("alias", sa.Text, nullable=False),
    sa.Column("lines", sa.JSON, nullable=False),
    sa.Column("digests", sa.JSON, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.UniqueConstraint("project", "previous"),
)

TABLE_OF: Mapping[type, sa.Table] = {
    ProjectRecord: projects,
    InboxRecord: inbox,
    EventCountRecord: event_counts,
    TaskRecord: tasks,
    UnreadTaskRecord: unread_tasks,
    JudgmentRecord: judgments,
    GoldRecord: gold,
    SeedRecord: seeds,
    ScorecardRecord: scorecards,
    SumsRecord: sums,
    ScaleRecord: scales,
    AuditRecord: audit,
    SettlementRecord: settlements,
    LedgerLine: ledger,
    PayoutExportRecord: exports,
    DisputeRecord: disputes,
    PilotRecord: pilots,
    NoteRecord: notes,
    PauseRecord: pauses,
    UnclearRecord: unclear,
    ChoiceRecord: choices,
    OnboardingRecord: onboardings,
    OnboardingItemRecord: onboarding_items,
    NewcomerRecord: newcomers,
    GuideRecord: guides,
    GuideReadRecord: guide_reads,
    ExemplarRecord: exemplars,
    ArmRecord: arms,
    ErasureRecord: erasures,
}
"""The table of each record."""
