"""What is folded from each annotator's own judgments, part by part, by the rule of decided pairs that follows from all parts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from ls_backend.arrays import Floats
from ls_backend.formats.csv_judgments import counted_once
from ls_backend.formats.judgment_chunks import WholeTable
from ls_backend.formats.judgment_table import MarginCounts, Repeats, notes_on_margins
from ls_backend.formats.notes import ReadingNote
from ls_backend.measurement.decidedness import DecidednessSource, GroupingCounts, GroupRule, margin_rule
from ls_backend.measurement.judgments import GoldItem, Judgment, Judgments
from ls_backend.services.large_tables import Parts, Run, notes_on_halves

Fold = TypeVar("Fold")


@dataclass(frozen=True, slots=True)
class JudgmentPart:
    """A part of the annotators, by its ``number``: their ``judgments``, and the ``gold`` items among those."""

    parts: Parts
    number: int
    judgments: Judgments
    gold: dict[str, GoldItem]

    def words(self) -> dict[str, int]:
        """How much there is to read, of their items with texts."""
        return self.parts.words(self.number)


@dataclass(frozen=True, slots=True)
class PartFold(Generic[Fold]):
    """What was folded from a part, None where it has no judgments, and what its judgments add to the notes."""

    fold: Fold | None
    repeats: Repeats
    margins: MarginCounts


@dataclass(frozen=True, slots=True)
class AllFolds(Generic[Fold]):
    """The ``folds`` of all parts with judgments, the ``rule`` by which they were folded, and what is to be said of how the table was read."""

    folds: Sequence[Fold]
    rule: GroupRule
    notes: tuple[ReadingNote, ...]


def fold_all(
    parts: Parts,
    whole: WholeTable,
    run: Run,
    fold: Callable[[GroupRule, JudgmentPart], Fold],
    grouping: Callable[[Sequence[Fold]], GroupingCounts],
) -> AllFolds[Fold]:
    """Fold each part by the likely rule, and all once more where another follows from their ``grouping`` together; ``whole`` is what was seen
    when the table was partitioned."""
    sizes = parts.sizes_of_margins()
    rule = _likely_rule(parts, sizes)
    read = list(run(partial(_fold_part, parts, partial(fold, rule)), parts.numbers))
    repeats = sum((part.repeats for part in read), Repeats())
    margins = sum((part.margins for part in read), MarginCounts())
    notes = (*whole.notes(repeats, notes_on_halves(parts, whole, repeats)), *notes_on_margins(margins))
    folds = [part.fold for part in read if part.fold is not None]
    if not folds:
        return AllFolds([], rule, notes)
    of_all = grouping(folds)
    by_all = of_all.rule(sizes if of_all.has_margins else None)
    if by_all != rule:
        again = run(partial(_fold_part, parts, partial(fold, by_all)), parts.numbers)
        folds = [part.fold for part in again if part.fold is not None]
    return AllFolds(folds, by_all, notes)


def judgments_of_part(parts: Parts, part: int) -> JudgmentPart:
    """Those that count, of the annotators of a part."""
    return _part_of(parts, part, _counted(parts, part)[0])


def _fold_part(parts: Parts, fold: Callable[[JudgmentPart], Fold], part: int) -> PartFold[Fold]:
    counted, repeats = _counted(parts, part)
    folded = fold(_part_of(parts, part, counted)) if len(counted) else None
    return PartFold(folded, repeats, MarginCounts.of(counted))


def _counted(parts: Parts, part: int) -> tuple[Sequence[Judgment], Repeats]:
    return counted_once(parts.judgments(part), is_timed=parts.is_timed)


def _part_of(parts: Parts, part: int, counted: Sequence[Judgment]) -> JudgmentPart:
    return JudgmentPart(parts, part, Judgments.of(counted, reach=parts.reach), parts.gold(part))


def _likely_rule(parts: Parts, sizes: Floats | None) -> GroupRule:
    """What tells decided pairs, if margins count where there are some."""
    if not parts.is_pair:
        return GroupRule()
    by_margin = margin_rule(sizes) if sizes is not None and sizes.size else None
    by_strength = DecidednessSource.STRENGTH if max(map(abs, parts.reach)) > 1 else DecidednessSource.NONE
    return by_margin or GroupRule(by_strength)
