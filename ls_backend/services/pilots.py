"""A/B pilots of two contracts in a live project: who is in which arm, and what it did to quality and review load."""

from dataclasses import dataclass

from ls_backend.analysis.consensus import consensus_by_item
from ls_backend.contracts.terms import Contract
from ls_backend.errors import InputError
from ls_backend.measurement.evidence import gather_evidence
from ls_backend.programme import pilot as rules
from ls_backend.programme.pilot import Arm
from ls_backend.programme.seed_schedule import keyed_draw
from ls_backend.records import from_dict, to_dict
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.services.queries.consensus import vote_weights
from ls_backend.services.queries.figures import figure
from ls_backend.services.queries.judgments import judgments_of
from ls_backend.store import audit, gold, pilots, projects, scorecards
from ls_backend.store.records import ArmRecord, PilotRecord

UNSURE = 0.5  # an item whose consensus scores less than this wants a review
LOOKED = "pilot looked at"  # in the audit log
NEWCOMER = -1  # the stratum of who came after the start


@dataclass(frozen=True, slots=True)
class PilotStarted:
    """How many ``annotators`` are in each arm."""

    project: int
    pilot: str
    annotators: dict[Arm, int]


@dataclass(frozen=True, slots=True)
class PilotTerms:
    """What a pilot is started with: the texts of two contracts, and the error ``alpha`` allowed over all looks."""

    name: str
    contract_a: str
    contract_b: str
    alpha: float = 0.05


def start_pilot(ctx: Context, actor: Actor, project: int, terms: PilotTerms) -> PilotStarted:
    """Give half of the project's annotators contract A, the other half B, by chance within pairs of about the same score. Who
    comes later joins the smaller arm.

    Raises:
        InputError: a pilot is running, or the name is taken, or the contracts pay in different currencies.
    """
    record = projects.get(ctx.store, project)
    _check_pilot(ctx, record.parsed_contract.currency, project, terms)
    pilot: dict[str, object] = {
        "project": project,
        "name": terms.name,
        "contract_a": terms.contract_a,
        "contract_b": terms.contract_b,
        "alpha": terms.alpha,
        "salt": record.salt,
        "looks": 0,
        "started_at": ctx.clock(),
        "started_by": actor.name,
    }
    scores = {card.annotator: card.attentiveness.value for card in scorecards.of_project(ctx.store, project)}
    assigned = rules.assign_arms(scores, lambda annotator: keyed_draw(record.salt, "pilot", terms.name, annotator))
    with ctx.store.transaction() as connection:
        number = pilots.add(ctx.store, pilot, connection)
        for annotator, place in assigned.items():
            row = ArmRecord(number, annotator, place.arm, place.stratum, scores[annotator], ctx.clock())
            ctx.store.save(row, connection=connection)
    audit.note(ctx.store, project, "pilot started", actor=actor.name, pilot=terms.name)
    arms = [place.arm for place in assigned.values()]
    return PilotStarted(project, terms.name, {arm: arms.count(arm) for arm in Arm})


def _check_pilot(ctx: Context, currency: str, project: int, terms: PilotTerms) -> None:
    if not 0 < terms.alpha < 0.5:
        raise InputError(f"alpha is {terms.alpha}; give the error allowed over all looks, such as 0.05")
    contracts = [
        Contract.parse(text, source=f"contract {arm}")
        for arm, text in zip(Arm, (terms.contract_a, terms.contract_b), strict=True)
    ]
    if {contract.currency for contract in contracts} != {currency}:
        raise InputError(f"both contracts must pay in {currency}, the project's currency")
    if contracts[0].version == contracts[1].version:
        raise InputError(f"both contracts are version {contracts[0].version!r}; give them versions of their own")
    if pilots.running(ctx.store, project):
        raise InputError(
            f"a pilot is running in project {project}; stop it first",
            command=f"`steadyhand pilot stop --project {project}`",
        )
    if pilots.named(ctx.store, project, terms.name):
        raise InputError(f"project {project} had a pilot {terms.name!r}; give this one another name")


def assign_newcomers(ctx: Context, project: int, annotators: list[str]) -> None:
    """Put those who came after the start into the running pilot."""
    pilot = pilots.running(ctx.store, project)
    if pilot is None:
        return
    arms = {member.annotator: member.arm for member in pilots.members(ctx.store, pilot.id)}
    for annotator in annotators:
        if annotator not in arms:
            arm = rules.arm_of_latecomer(list(arms.values()), keyed_draw(pilot.salt, "pilot", pilot.name, annotator))
            newcomer = ArmRecord(pilot.id, annotator, arm, NEWCOMER, None, ctx.clock())
            pilots.add_newcomer(ctx.store, newcomer)
            arms[annotator] = arm


@dataclass(frozen=True, slots=True)
class PilotStopped:
    project: int
    pilot: str


def stop_pilot(ctx: Context, actor: Actor, project: int) -> PilotStopped:
    """End the running pilot: everybody is under the project's contract again.

    Raises:
        InputError: none is running.
    """
    pilot = pilots.running(ctx.store, project)
    if pilot is None:
        raise InputError(f"no pilot is running in project {project}")
    pilots.change(ctx.store, pilot.id, stopped_at=ctx.clock())
    audit.note(ctx.store, project, "pilot stopped", actor=actor.name, pilot=pilot.name)
    return PilotStopped(project, pilot.name)


# --- what difference it made ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ArmComparison:
    """Means of an outcome in both arms, and B less A with its interval; ``decided`` where it leaves out no difference. A peek has no
    interval and decides nothing."""

    A: float | None
    B: float | None
    effect: float | None
    low: float | None
    high: float | None
    decided: bool
    annotators: int


@dataclass(frozen=True, slots=True)
class PilotReport:
    """``look`` is the number of the look, ``level`` that of its intervals; both None for a peek."""

    project: int
    pilot: str
    look: int | None
    level: float | None
    quality: ArmComparison
    review_load: ArmComparison
    running: bool


def peek_at_pilot(ctx: Context, project: int, name: str | None = None) -> PilotReport:
    """How a pilot stands, without a decision: means of both arms. It spends none of the error allowed, and may be read as often as
    one likes.

    Raises:
        InputError: there is no such pilot.
    """
    pilot = _pilot(ctx, project, name)
    return _report(ctx, pilot, look=None)


@dataclass(frozen=True, slots=True)
class PilotSoFar:
    """A pilot with a peek at it. ``looks`` is how often it was looked at; ``arms`` how many annotators are in each."""

    name: str
    started_at: float
    started_by: str
    stopped_at: float | None
    looks: int
    alpha: float
    versions: dict[Arm, str]
    arms: dict[Arm, int]
    peek: PilotReport

    @property
    def can_be_looked_at(self) -> bool:
        """Whether somebody was measured in both arms; a look before that would be wasted."""
        return any(None not in (arms.A, arms.B) for arms in (self.peek.quality, self.peek.review_load))


def pilots_so_far(ctx: Context, project: int) -> list[PilotSoFar]:
    """All pilots of a project, newest first. Reading this is no look."""
    return [_so_far(ctx, pilot) for pilot in pilots.of_project(ctx.store, project)]


def _so_far(ctx: Context, pilot: PilotRecord) -> PilotSoFar:
    arms = [member.arm for member in pilots.members(ctx.store, pilot.id)]
    return PilotSoFar(
        pilot.name,
        pilot.started_at,
        pilot.started_by,
        pilot.stopped_at,
        pilot.looks,
        pilot.alpha,
        versions={arm: Contract.parse(text).version for arm, text in pilot.contracts.items()},
        arms={arm: arms.count(arm) for arm in Arm},
        peek=figure(ctx, pilot.project, f"pilot {pilot.id}", lambda: _report(ctx, pilot, look=None)).value,
    )


def look_at_pilot(ctx: Context, actor: Actor, project: int, name: str | None = None) -> PilotReport:
    """Effect of B over A so far on quality and review load; each look is counted, and uses its share of alpha.

    Raises:
        InputError: there is no such pilot.
    """
    pilot = _pilot(ctx, project, name)
    if not _so_far(ctx, pilot).can_be_looked_at:
        raise InputError(
            f"nobody has been measured yet in both arms of {pilot.name}: a look would use up a part of the error that is allowed, and "
            "tell nothing"
        )
    look = pilot.looks + 1
    report = _report(ctx, pilot, look=look)
    seen = {"level": report.level, "quality": to_dict(report.quality), "review_load": to_dict(report.review_load)}
    with ctx.store.transaction() as connection:
        pilots.change(ctx.store, pilot.id, connection, looks=look)
        audit.note(
            ctx.store, project, LOOKED, actor=actor.name, connection=connection, pilot=pilot.name, look=look, **seen
        )
    return report


@dataclass(frozen=True, slots=True)
class PilotLook:
    """A look that was taken: what it said then."""

    pilot: str
    look: int
    at: float
    by: str
    level: float
    quality: ArmComparison
    review_load: ArmComparison


def looks_so_far(ctx: Context, project: int) -> list[PilotLook]:
    """All looks at the pilots of a project, the latest first; those that were taken before their figures were kept are left out."""
    return [
        PilotLook(
            noted.detail["pilot"],
            noted.detail["look"],
            noted.at,
            noted.actor,
            noted.detail["level"],
            from_dict(ArmComparison, noted.detail["quality"]),
            from_dict(ArmComparison, noted.detail["review_load"]),
        )
        for noted in audit.records(ctx.store, project)
        if noted.what == LOOKED and "quality" in noted.detail
    ]


def _pilot(ctx: Context, project: int, name: str | None) -> PilotRecord:
    pilot = pilots.named(ctx.store, project, name) if name else pilots.running(ctx.store, project)
    if pilot is None:
        raise InputError(f"project {project} has no {'pilot ' + repr(name) if name else 'running pilot'}")
    return pilot


def _report(ctx: Context, pilot: PilotRecord, *, look: int | None) -> PilotReport:
    """Quality is the share of an annotator's checks that agreed; review load the share of their items with two
    or more answers whose consensus stays unsure, where items are pairs. Only judgments since the start of the pilot count."""
    members = pilots.members(ctx.store, pilot.id)
    alpha = None if look is None else rules.error_at_look(pilot.alpha, look)
    quality, load = _outcomes(ctx, pilot)
    return PilotReport(
        project=pilot.project,
        pilot=pilot.name,
        look=look,
        level=None if alpha is None else 1 - alpha,
        quality=_compare(members, quality, alpha),
        review_load=_compare(members, load, alpha),
        running=pilot.stopped_at is None,
    )


def _outcomes(ctx: Context, pilot: PilotRecord) -> tuple[dict[str, float], dict[str, float]]:
    """Quality and review load, by annotator."""
    record = projects.get(ctx.store, pilot.project, detached=True)
    judgments = judgments_of(ctx, pilot.project)
    end = pilot.stopped_at or ctx.clock() + 1
    part = (judgments.at >= pilot.started_at) & (judgments.at < end)
    known_answers = gold.known_answers(ctx.store, pilot.project)
    evidence = gather_evidence(judgments, known_answers, min_lag=record.min_lag, part=part)
    checked = zip(judgments.annotators, evidence.checks_agreed.tolist(), evidence.checks.tolist(), strict=True)
    quality = {annotator: hits / n for annotator, hits, n in checked if n}

    rows = part.nonzero()[0]
    consensus = consensus_by_item(judgments, vote_weights(ctx, pilot.project, judgments), rows)
    unsure: dict[str, list[bool]] = {}
    for annotator, item in set(zip(judgments.annotator[rows].tolist(), judgments.item[rows].tolist(), strict=True)):
        if item in consensus and consensus[item].n > 1:
            unsure.setdefault(judgments.annotators[annotator], []).append(consensus[item].score < UNSURE)
    return quality, {annotator: sum(items) / len(items) for annotator, items in unsure.items()}


def _compare(members: list[ArmRecord], outcome: dict[str, float], alpha: float | None) -> ArmComparison:
    known = [member for member in members if member.annotator in outcome]
    means = {}
    for arm in Arm:
        values = [outcome[member.annotator] for member in known if member.arm == arm]
        means[arm] = sum(values) / len(values) if values else None
    if alpha is None:
        return ArmComparison(means[Arm.A], means[Arm.B], None, None, None, decided=False, annotators=len(known))
    effect = rules.estimate_effect(
        [outcome[member.annotator] for member in known],
        [member.arm for member in known],
        [member.before for member in known],
        alpha=alpha,
    )
    return ArmComparison(
        A=means[Arm.A],
        B=means[Arm.B],
        effect=effect.value,
        low=effect.low,
        high=effect.high,
        decided=effect.decided,
        annotators=effect.annotators,
    )
