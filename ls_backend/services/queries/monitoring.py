"""What is checked in a project, what that costs, and what other rates would cost and find."""

from dataclasses import dataclass

from ls_backend.analysis.sample_size import gold_information, retest_information
from ls_backend.analysis.warning_signs import WarningSign
from ls_backend.programme.seed_schedule import Routing, SeedKind, SeedPolicy
from ls_backend.services.context import Context
from ls_backend.services.queries.figures import inspection_of
from ls_backend.services.queries.overview import ProjectSummary, summary_of
from ls_backend.services.queries.progress import ANSWERED
from ls_backend.services.queries.warning_signs import warning_signs_figure
from ls_backend.store import audit, gold, projects
from ls_backend.store.records import ProjectRecord

RATES = ((0.05, 0.0), (0.1, 0.0), (0.1, 0.05), (0.15, 0.05), (0.2, 0.1))
JUDGMENTS = 200  # of an annotator, for which other rates are compared
CAREFUL, Q_WITHOUT_DATA, R = 0.9, 0.5, 0.95
STANDARD_ERRORS = 1.645  # of a 90 % interval


@dataclass(frozen=True, slots=True)
class RateOption:
    """What rates of retests and gold give on an annotator's next :data:`JUDGMENTS` judgments: so many checks, and an interval of
    attentiveness that is so wide on either side, for somebody careful."""

    retest_rate: float
    gold_rate: float
    retests: int
    gold: int
    margin: float | None
    is_set: bool

    @property
    def checks(self) -> int:
        return self.retests + self.gold


@dataclass(frozen=True, slots=True)
class CheckedShare:
    """A kind of check: the ``rate`` that is set, and how many of the judgments so far were such checks."""

    kind: SeedKind
    rate: float
    answered: int
    share: float | None


@dataclass(frozen=True, slots=True)
class RatesBefore:
    """Rates that were in force up to a moment, and who changed them then."""

    until: float
    by: str
    retest_rate: float
    gold_rate: float
    min_lag: int


@dataclass(frozen=True, slots=True)
class MonitoringOverview:
    """``q`` is how decided preferences are taken to be in ``options``; ``q_is_measured`` says that it is the project's own."""

    routing: Routing
    retest_rate: float
    gold_rate: float
    min_lag: int
    gold_items: int
    summary: ProjectSummary
    q: float
    q_is_measured: bool
    options: list[RateOption]
    checked: list[CheckedShare]
    changes: list[RatesBefore]
    warning_signs: list[WarningSign]


def monitoring_overview(ctx: Context, project: int) -> MonitoringOverview:
    """What is checked in a project.

    Raises:
        NotAttachedError: we do not monitor it.
    """
    record = projects.get(ctx.store, project)
    measured = inspection_of(ctx, project).value.decidedness.get("")
    q = Q_WITHOUT_DATA if measured is None or measured.value is None else measured.value
    summary = summary_of(ctx, record)
    return MonitoringOverview(
        routing=record.routing,
        retest_rate=record.retest_rate,
        gold_rate=record.gold_rate,
        min_lag=record.min_lag,
        gold_items=gold.count_in_use(ctx.store, project),
        summary=summary,
        q=q,
        q_is_measured=measured is not None and measured.value is not None,
        options=_options(record.seed_policy, q),
        checked=[_checked(record, summary, kind) for kind in (SeedKind.RETEST, SeedKind.GOLD)],
        changes=[
            RatesBefore(noted.at, noted.actor, **noted.detail["before"])
            for noted in audit.records(ctx.store, project)
            if noted.what == "rates changed"
        ],
        warning_signs=warning_signs_figure(ctx, project),
    )


def _checked(record: ProjectRecord, summary: ProjectSummary, kind: SeedKind) -> CheckedShare:
    answered = sum(count.seeds for count in summary.seeds if count.kind is kind and count.state in ANSWERED)
    share = answered / summary.judgments if summary.judgments else None
    return CheckedShare(kind, record.seed_policy.rate(kind), answered, share)


def _options(policy: SeedPolicy, q: float) -> list[RateOption]:
    own = (policy.retest_rate, policy.gold_rate)
    return [rate_option(*rates, q, is_set=rates == own) for rates in sorted({own, *RATES})]


def rate_option(retest_rate: float, gold_rate: float, q: float, *, is_set: bool = False) -> RateOption:
    """By the Fisher information of the checks (arXiv 2502.06387): the interval is 1.645 / sqrt(information) wide on either side."""
    retests, on_gold = round(JUDGMENTS * retest_rate), round(JUDGMENTS * gold_rate)
    information = retests * retest_information(CAREFUL, q) + on_gold * gold_information(CAREFUL, R)
    margin = STANDARD_ERRORS / information**0.5 if information > 0 else None
    return RateOption(retest_rate, gold_rate, retests, on_gold, margin, is_set)
