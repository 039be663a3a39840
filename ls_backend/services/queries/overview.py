"""How the projects do, each in a row: progress, people, what monitoring costs, and what needs somebody."""

from dataclasses import dataclass

from ls_backend.measurement.estimate import Estimate
from ls_backend.measurement.judgments import Judgments
from ls_backend.programme.seed_costs import cost_aimed
from ls_backend.programme.seed_schedule import SeedKind
from ls_backend.services.context import Context
from ls_backend.services.queries.attention import Need, needs_of
from ls_backend.services.queries.figures import figure, inspection_of
from ls_backend.services.queries.judgments import judgments_of
from ls_backend.services.queries.progress import ANSWERED
from ls_backend.store import gold, projects, seeds, tasks
from ls_backend.store.records import ProjectRecord, SeedState


@dataclass(frozen=True, slots=True)
class MonitoringCost:
    """Judgments spent on checks ``so_far`` and probably still to come (``ahead``); each costs ``each_minor`` in base pay."""

    so_far: int
    ahead: int
    each_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class SeedCount:
    """How many seeds of a kind are in a state."""

    kind: SeedKind
    state: SeedState
    seeds: int


@dataclass(frozen=True, slots=True)
class ProjectSummary:
    """A project in a row. ``asked`` is how many judgments its ordinary tasks ask for, as far as we have heard of them; ``below`` the
    annotators whose checks say that they are below what is required; ``checks`` the share of judgments spent on checks."""

    project: int
    title: str
    judgments: int
    asked: int
    annotators: int
    below: int
    checks: Estimate
    cost: MonitoringCost
    seeds: tuple[SeedCount, ...]
    needs: tuple[Need, ...]
    computed_at: float

    @property
    def health(self) -> str:
        broken = sum(need.what == "Something is wrong" for need in self.needs)
        if broken:
            return f"{broken} faults"
        return "well" if not self.needs else f"works; {len(self.needs)} things to look at"


def summaries(ctx: Context) -> list[ProjectSummary]:
    """All attached projects."""
    return [summary_of(ctx, record) for record in projects.attached(ctx.store)]


def summary_of(ctx: Context, record: ProjectRecord) -> ProjectSummary:
    judged = judgments_of(ctx, record.id)
    close_look = inspection_of(ctx, record.id)
    total = int(judged.counts.sum())
    asked = figure(ctx, record.id, "asked", lambda: tasks.asked(ctx.store, record.id)).value
    seeded = [SeedCount(*kind_and_state, n) for kind_and_state, n in sorted(seeds.counts(ctx.store, record.id).items())]
    spent = sum(count.seeds for count in seeded if count.state in ANSWERED)
    return ProjectSummary(
        project=record.id,
        title=record.title,
        judgments=total,
        asked=asked,
        annotators=len(judged.annotators),
        below=sum(annotator.alarm for annotator in close_look.value.annotators),
        checks=_share(spent, total),
        cost=_cost(ctx, record, judged, spent=spent, ahead=max(0, asked - (total - spent))),
        seeds=tuple(seeded),
        needs=tuple(needs_of(ctx, record)),
        computed_at=close_look.computed_at,
    )


def _share(part: int, whole: int) -> Estimate:
    """A share that is counted, not estimated: its interval is itself."""
    if not whole:
        return Estimate.unknown("nothing labelled yet")
    return Estimate(part / whole, part / whole, part / whole, whole)


def _cost(ctx: Context, record: ProjectRecord, judged: Judgments, *, spent: int, ahead: int) -> MonitoringCost:
    people = max(len(judged.annotators), 1)
    to_come = cost_aimed(ahead, gold.count_in_use(ctx.store, record.id), people, record.seed_policy).extra
    contract = record.parsed_contract
    return MonitoringCost(spent, to_come, contract.base.per_judgment_minor, contract.currency)
