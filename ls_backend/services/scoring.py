"""From judgments in the store to scorecards.

An annotator's judgments are folded into sums, which are kept; what rests on everybody, the scale, is taken from all sums anew when
enough has come. So a new answer costs reading its annotator's judgments, however large the project is, and no process holds a project's
judgments in memory. Folding everything at once (:func:`scored_by`) comes to the same and is the reference; :func:`rescore` repairs from it.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from ls_backend.arrays import Ints
from ls_backend.contracts.terms import Contract, money
from ls_backend.errors import BusyError
from ls_backend.measurement.decidedness import GroupRule
from ls_backend.measurement.judgments import GoldItem
from ls_backend.measurement.pay import MODEL_VERSION
from ls_backend.measurement.scale import Posteriors, Scale
from ls_backend.measurement.scorecard import CardTerms, Scorecard, ScoringInput, cards_of, scorecards
from ls_backend.measurement.sums import SUMS_VERSION, FoldTerms, Sums
from ls_backend.programme.telling import told_next
from ls_backend.services import leases
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.services.queries.judgments import OwnRead, judgments_of, own_judgments
from ls_backend.services.queries.periods import WHOLE
from ls_backend.services.queries.pilots import contracts_of
from ls_backend.services.queries.standing import BONUS
from ls_backend.store import canonical, gold, judgments, ledger, pilots, projects, sums, tasks
from ls_backend.store import scorecards as stored
from ls_backend.store.engine import AT_ONCE, in_parts
from ls_backend.store.records import ProjectRecord, ScaleRecord, ScorecardRecord, SumsRecord
from ls_templates.mapping import TaskKind

ENOUGH = 100  # the scale is taken anew when one in so many judgments has changed
FOLDED_AT_ONCE = 50_000  # judgments, which bounds the memory
SCORED_TOGETHER = 5000  # judgments: from so many on, another process may take the next part
ALL_PARTS_SECONDS = 2.0  # for which whoever takes the scale waits for those who score a part
FEW = 20  # annotators: of more, all gold items are read at once


def rescore(ctx: Context, actor: Actor, project: int, *, wait: float = 60.0) -> list[Scorecard]:
    """Fold all judgments of a project anew, compute all scorecards and store those that changed, which are returned.

    Raises:
        BusyError: another process works on the project, and still does after ``wait`` seconds.
    """
    with ctx.store.lease(*leases.scoring(project), wait=wait):
        with judgments.writing(ctx.store, project) as connection:
            sums.mark_all(ctx.store, project, connection)
            sums.scale_is_due(ctx.store, project, connection)
        tasks.mark_all_due(ctx.store, project)
        return score_project(ctx, project)


def score_changes(ctx: Context, project: int, *, wait: float = 60.0, read: OwnRead | None = None) -> list[Scorecard]:
    """Bring all scorecards up to date, for whoever has changed something they follow from; those that changed are returned. Annotators
    are scored part by part, so that several processes can score a project at a time. What was ``read`` of some need not be read again.

    Raises:
        BusyError: another process scores some of them, and still does after ``wait`` seconds; all others are up to date.
    """
    changed, busy = list[Scorecard](), None
    groups = _groups_of_parts(ctx, project)
    is_due = not groups and _is_everybody_due(ctx, project)
    for parts in groups:
        try:
            with ctx.store.lease(*(leases.scoring(project)[part] for part in parts), wait=wait):
                scored = _score_parts(ctx, project, parts, read or {})
        except BusyError as error:
            busy = error
            continue
        is_due = is_due or scored is None
        changed += scored or []
    if busy:
        raise busy
    if is_due:
        with ctx.store.lease(*leases.scoring(project), wait=max(wait, ALL_PARTS_SECONDS)):
            changed += score_project(ctx, project)
    return changed


def _groups_of_parts(ctx: Context, project: int) -> list[list[int]]:
    """The parts with annotators to be scored; together as long as they are small, because a part by itself costs more than its share."""
    sizes = Counter[int]()
    for annotator, _, count in sums.stale(ctx.store, project):
        sizes[leases.part_of(annotator)] += count + 1
    groups, size = list[list[int]](), SCORED_TOGETHER
    for part in sorted(sizes):
        if size >= SCORED_TOGETHER:
            groups.append([])
            size = 0
        groups[-1].append(part)
        size += sizes[part]
    return groups


def _is_everybody_due(ctx: Context, project: int) -> bool:
    record = sums.scale(ctx.store, project)
    return record is None or _is_due(ctx, _Terms.of(ctx, project), record)


def _score_parts(ctx: Context, project: int, parts: Collection[int], read: OwnRead) -> list[Scorecard] | None:
    """Fold some parts of the annotators and score them; None where everybody is to be scored anew. For who holds the leases of the parts."""
    terms = _Terms.of(ctx, project)
    record = sums.scale(ctx.store, project)
    if record is None or record.fold != terms.fold_digest():
        return None  # whatever is folded now is to be folded in another way
    if not _is_due(ctx, terms, record):
        return _score_stale(ctx, terms, record, parts=parts, read=read)
    for folded in _fold_stale(ctx, terms, record.rule, parts=parts, read=read):
        _save_sums(ctx, folded)
    return None


def score_project(ctx: Context, project: int) -> list[Scorecard]:
    """All annotators at once, for who holds the leases of all parts."""
    terms = _Terms.of(ctx, project)
    record = _scale_record(ctx, terms)
    if _is_due(ctx, terms, record):
        return _take_scale(ctx, terms, record)
    return _score_stale(ctx, terms, record)


def _score_stale(
    ctx: Context,
    terms: "_Terms",
    record: ScaleRecord,
    *,
    parts: Collection[int] | None = None,
    read: OwnRead | None = None,
) -> list[Scorecard]:
    """Fold and score whoever was marked, of some parts or of all, by the scale as it was taken last."""
    assert record.scale is not None  # noqa: S101  (else it is due)
    changed = []
    for folded in _fold_stale(ctx, terms, record.rule, parts=parts, read=read):
        cards = []
        if folded.sums is not None:
            posteriors = record.scale.posteriors(folded.sums)
            cards = _cards(ctx, terms, folded.sums, posteriors, record.rule, of=folded.annotators)
        changed += _save_cards(ctx, record.project, cards, folded=folded)
    return changed


# --- what everything follows from -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Terms:
    """What a project's scorecards follow from beside its judgments and gold. ``settled_until`` is up to when work is settled; where the
    project was settled as a whole (``is_whole``) the bonus is what the whole comes to beyond what is booked."""

    project: ProjectRecord
    settled_until: float
    is_whole: bool

    @classmethod
    def of(cls, ctx: Context, project: int) -> "_Terms":
        is_whole = ledger.settlement_named(ctx.store, project, WHOLE) is not None
        return cls(projects.get(ctx.store, project, detached=True), ledger.settled_until(ctx.store, project), is_whole)

    @property
    def paid_from(self) -> float:
        return 0.0 if self.is_whole else self.settled_until

    def fold(self, rule: GroupRule) -> FoldTerms:
        """How judgments are folded."""
        half_life = self.project.measured_by.half_life
        return FoldTerms(self.project.min_lag, half_life, self.paid_from, self.settled_until, rule)

    def fold_digest(self) -> str:
        """Another one where sums are to be taken anew, but for the rule, which stands beside it."""
        return _digest([SUMS_VERSION, asdict(self.fold(GroupRule()))])

    def digest(self, ctx: Context) -> str:
        """Another one where all scorecards may be others with the same sums."""
        ran = [(pilot.id, pilot.stopped_at) for pilot in pilots.of_project(ctx.store, self.project.id)]
        paid = ledger.last_line(ctx.store, self.project.id)
        return _digest([MODEL_VERSION, self.project.contract, asdict(self.project.measured_by), paid, ran])


def _digest(value: object) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def _scale_record(ctx: Context, terms: _Terms) -> ScaleRecord:
    """What rests on everybody, as it was taken last; where judgments are to be folded in another way, everybody is marked."""
    project, fold = terms.project.id, terms.fold_digest()
    record = sums.scale(ctx.store, project)
    if record is not None and record.fold == fold:
        return record
    rule = GroupRule() if record is None else record.rule
    return _begin_anew(ctx, ScaleRecord(project, fold, rule, "", None, sums.DUE, 0), first=record is None)


def _begin_anew(ctx: Context, record: ScaleRecord, *, first: bool = False) -> ScaleRecord:
    with judgments.writing(ctx.store, record.project) as connection:
        sums.mark_all(ctx.store, record.project, connection)
        ctx.store.save(record, connection=connection)
    if first:
        tasks.mark_all_due(ctx.store, record.project)
    return record


def _is_due(ctx: Context, terms: _Terms, record: ScaleRecord) -> bool:
    """Whether what rests on everybody is to be taken anew."""
    if record.scale is None or record.revision == sums.DUE or record.fold != terms.fold_digest():
        return True
    if record.terms != terms.digest(ctx):
        return True
    changes = judgments.highest_revision(ctx.store, record.project) - record.revision
    return changes * ENOUGH > record.judgments


# --- folding ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Folded:
    """The rows of annotators that were folded, and the sums of those who have judgments, None where none has."""

    rows: list[SumsRecord]
    sums: Sums | None

    @property
    def annotators(self) -> list[str]:
        return [row.annotator for row in self.rows]


def _fold_stale(
    ctx: Context, terms: _Terms, rule: GroupRule, *, parts: Collection[int] | None = None, read: OwnRead | None = None
) -> Iterator[_Folded]:
    """Fold whoever was marked, of some parts or of all, a few at a time. Nothing is saved yet."""
    some: dict[str, int] = {}
    size = 0
    for annotator, marked, count in sums.stale(ctx.store, terms.project.id):
        if parts is not None and leases.part_of(annotator) not in parts:
            continue
        some[annotator] = marked
        size += max(count, marked) + 1  # of whom nothing was folded yet the marks tell more
        if size >= FOLDED_AT_ONCE:
            yield _fold(ctx, terms, rule, some, read or {})
            some, size = {}, 0
    if some:
        yield _fold(ctx, terms, rule, some, read or {})


def _fold(ctx: Context, terms: _Terms, rule: GroupRule, marks: Mapping[str, int], read: OwnRead) -> _Folded:
    """Fold some annotators, by name with the mark they had when this began."""
    project, names = terms.project.id, list(marks)
    known_before = read.get(names[0]) if len(names) == 1 else None
    if known_before is not None and known_before.mark == marks[names[0]]:
        own = known_before.own
    else:
        own = own_judgments(ctx, terms.project, names)
    judged = own.judgments
    are_few = len(names) <= FEW
    known = gold.known_of(ctx.store, project, judged.items) if are_few else gold.known_answers(ctx.store, project)
    folded = Sums.of(judged, known, terms.fold(rule)) if judged else None
    numbers = dict(zip(judged.annotators, folded.as_rows, strict=True)) if folded else {}
    counted = dict(zip(judged.annotators, judged.counts.tolist(), strict=True))
    records = [
        SumsRecord(
            project=project,
            annotator=name,
            marked=mark,
            folded=mark,
            judgments=counted.get(name, 0),
            caught_up=own.rows.caught_up.get(name, 0),
            interfered=own.rows.interfered.get(name, 0),
            numbers=sums.pack(numbers[name]) if name in numbers else None,
        )
        for name, mark in marks.items()
    ]
    return _Folded(records, folded)


def _save_sums(ctx: Context, folded: _Folded) -> None:
    with judgments.writing(ctx.store, folded.rows[0].project) as connection:
        sums.save(ctx.store, folded.rows, connection)


def _take_scale(ctx: Context, terms: _Terms, record: ScaleRecord) -> list[Scorecard]:
    """Take what rests on everybody from all sums anew, and compute all scorecards."""
    store, project = ctx.store, terms.project.id
    digest, revision = terms.digest(ctx), judgments.highest_revision(store, project)
    record = replace(record, terms="", revision=revision)  # without terms it is due still, should it end here
    store.save(record)
    everybody = _fold_everybody(ctx, terms, record.rule)
    rule = _rule_of(ctx, terms, everybody)
    while everybody is not None and rule != record.rule:
        record = _begin_anew(ctx, replace(record, rule=rule))
        everybody = _fold_everybody(ctx, terms, rule)
        rule = _rule_of(ctx, terms, everybody)
    if everybody is None:
        store.save(replace(record, scale=None, revision=sums.DUE))
        return _save_cards(ctx, project, [])
    scale, posteriors = Scale.of(everybody, terms.project.measured_by)
    count = int(everybody.evidence.judgments.sum())
    cards = _cards(ctx, terms, everybody, posteriors, rule, of=None)
    changed = _save_cards(ctx, project, cards)
    taken = replace(record, terms=digest, scale=scale, judgments=count)
    store.save_all([taken], only=("terms", "scale", "judgments"))  # it may have come due again meanwhile
    return changed


def _fold_everybody(ctx: Context, terms: _Terms, rule: GroupRule) -> Sums | None:
    """Everybody's sums, after folding whoever was marked; None without judgments."""
    for folded in _fold_stale(ctx, terms, rule):
        _save_sums(ctx, folded)
    names, numbers = sums.rows(ctx.store, terms.project.id)
    has_sides = terms.project.mapping.task is TaskKind.PAIR
    return Sums.from_rows(names, numbers, has_sides=has_sides) if names else None


def _rule_of(ctx: Context, terms: _Terms, everybody: Sums | None) -> GroupRule:
    if everybody is None:
        return GroupRule()
    project, grouping = terms.project.id, everybody.grouping
    margins = judgments.margins(ctx.store, project, gold.items(project)) if grouping.has_margins else None
    return grouping.rule(margins)


# --- scorecards -------------------------------------------------------------------------------------------------------


def _cards(
    ctx: Context,
    terms: _Terms,
    of_annotators: Sums,
    posteriors: Posteriors,
    rule: GroupRule,
    *,
    of: Collection[str] | None,
) -> list[Scorecard]:
    """The scorecards of some annotators, or of all (None)."""
    card_terms = _card_terms(ctx, terms, of)
    cards = cards_of(of_annotators, posteriors, rule.source, card_terms)
    return _beyond_whole(ctx, terms, card_terms, cards, of_annotators.counts.settled, of=of)


def _card_terms(ctx: Context, terms: _Terms, of: Collection[str] | None) -> CardTerms:
    project = terms.project.id
    return CardTerms(
        contract=terms.project.parsed_contract,
        contracts=_contracts(ctx, project, terms.paid_from, of),
        settled=ledger.totals(ctx.store, project, of),
    )


def _contracts(ctx: Context, project: int, start: float, of: Collection[str] | None) -> dict[str, Contract]:
    texts = contracts_of(ctx, project, start=start, annotators=of)
    parsed = {text: Contract.parse(text) for text in set(texts.values())}
    return {annotator: parsed[text] for annotator, text in texts.items()}


def _save_cards(
    ctx: Context, project: int, cards: Sequence[Scorecard], *, folded: _Folded | None = None
) -> list[Scorecard]:
    """Store the scorecards of who was ``folded``, and their sums, or of all annotators (None): those that changed. Those that are no more
    are withdrawn."""
    store = ctx.store
    of = None if folded is None else folded.annotators
    before = {record.annotator: record for record in stored.records(store, project, of)}
    changed = []
    for card in cards:
        digest = _digest(card.to_dict())
        earlier = before.pop(card.annotator, None)
        if earlier is None or earlier.digest != digest:
            told = told_next(card, earlier.told if earlier else None)
            changed.append(ScorecardRecord(project, card.annotator, card, digest, ctx.clock(), told=told))
    *first, last = [*in_parts(changed, AT_ONCE)] or [[]]
    for some in first:  # apart, so that nobody waits long for the database; the sums are stale until the last
        with judgments.writing(store, project) as connection:
            stored.save_all(store, some, connection)
    with judgments.writing(store, project) as connection:
        if folded is not None:
            sums.save(store, folded.rows, connection)
        stored.save_all(store, last, connection)
        for annotator in before:  # all their judgments are gone
            stored.withdraw(store, project, annotator, connection)
    return [record.scorecard for record in changed]


# --- the reference ----------------------------------------------------------------------------------------------------


def scored_by(ctx: Context, project: int, known_answers: Mapping[str, GoldItem]) -> list[Scorecard]:
    """The scorecards of a project, were these its gold items, from all of its judgments at once. The bonus is that of what is not settled
    yet; where the project was settled as a whole, what the whole comes to beyond what is booked."""
    terms = _Terms.of(ctx, project)
    card_terms = _card_terms(ctx, terms, None)
    scoring = ScoringInput(
        judgments_of(ctx, project),
        known_answers,
        card_terms.contract,
        min_lag=terms.project.min_lag,
        measurement=terms.project.measured_by,
        paid_from=terms.paid_from,
        settled=card_terms.settled,
        contracts=card_terms.contracts,
    )
    judged = scoring.judgments
    settled = np.bincount(judged.annotator[judged.at < terms.settled_until], minlength=len(judged.annotators))
    return _beyond_whole(ctx, terms, card_terms, scorecards(scoring), settled, of=None)


def _beyond_whole(
    ctx: Context,
    terms: _Terms,
    card_terms: CardTerms,
    cards: Sequence[Scorecard],
    settled: Ints,
    *,
    of: Collection[str] | None,
) -> list[Scorecard]:
    """The scorecards of some annotators, or of all (None), of whose answers so many are ``settled`` (A,): where the project was settled as
    a whole, with the bonus that the whole comes to beyond what is booked."""
    if not terms.is_whole:
        return list(cards)
    booked = ledger.booked(ctx.store, terms.project.id, WHOLE, of)
    return [_beyond_booked(card, card_terms, booked, n) for card, n in zip(cards, settled.tolist(), strict=True)]


def _beyond_booked(card: Scorecard, terms: CardTerms, booked: Mapping[str, int], settled: int) -> Scorecard:
    """With the bonus that is not ``booked`` yet, beside the base pay of so many ``settled`` answers."""
    each = terms.contracts.get(card.annotator, terms.contract).base.per_judgment_minor
    booked_bonus = max(0, booked.get(card.annotator, 0) - settled * each)
    bonus_minor = max(0, card.bonus_minor - booked_bonus)
    less = f", {money(bonus_minor, card.currency)} beyond what is settled"
    reasons = tuple(reason + less if reason.startswith(BONUS) else reason for reason in card.reasons)
    return replace(card, bonus_minor=bonus_minor, reasons=reasons)
