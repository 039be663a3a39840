"""A close look at a table that is larger than memory: what follows from each annotator's own judgments is folded from parts by annotator,
what follows from everybody's answers on an item from parts by item, and the rest follows from all of it, by the same functions as that of a
whole table."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial, reduce
from operator import add, attrgetter

import numpy as np

from ls_backend.analysis.first_answers import Among
from ls_backend.analysis.inspection import (
    AnnotatorConcern,
    CourseTerms,
    Everybody,
    Inspection,
    InspectionOptions,
    ItemTerms,
    OwnWork,
    SharedWork,
    close_look,
    courses,
    inspection,
)
from ls_backend.formats.judgment_chunks import WholeTable
from ls_backend.formats.notes import ReadingNote
from ls_backend.measurement.decidedness import GroupingCounts, GroupRule
from ls_backend.measurement.evidence import find_checks
from ls_backend.measurement.judgments import Judgments
from ls_backend.services.folding_in_parts import JudgmentPart, fold_all, judgments_of_part
from ls_backend.services.large_tables import Parts, Run, TableFile, parts_of


@dataclass(frozen=True, slots=True)
class InspectedParts:
    """The close look, and what is to be said of how the table was read."""

    inspection: Inspection
    notes: tuple[ReadingNote, ...]


def inspect_file(
    file: TableFile, run: Run, *, rng: np.random.Generator, min_lag: int, options: InspectionOptions
) -> InspectedParts:
    """A close look at a file; ``rng`` is for the bootstrap.

    Raises:
        NotInChunksError: it can only be read as a whole.
        InputError: names the line, or the column, and what to fix; or the engine is not installed.
        UnicodeDecodeError: the file is in another encoding.
    """
    with parts_of(file, run) as (parts, whole):
        look = _Look(parts, whole, run, min_lag, options, file.rows_in_a_part)
        inspected = look.inspect(rng)
        return InspectedParts(inspected.inspection, (*inspected.notes, parts.note))


@dataclass(frozen=True, slots=True)
class _Look:
    """The ``parts`` by annotator that are looked at, and how; ``whole`` is what was seen when the table was partitioned."""

    parts: Parts
    whole: WholeTable
    run: Run
    min_lag: int
    options: InspectionOptions
    rows_in_a_part: int

    def inspect(self, rng: np.random.Generator) -> InspectedParts:
        self.parts.gather_words()
        folded = fold_all(self.parts, self.whole, self.run, partial(_own_work, self.min_lag), _grouping)
        if not folded.folds:
            nothing = inspection(Judgments.of([]), {}, rng=rng, options=self.options)
            return InspectedParts(nothing, folded.notes)
        everybody = Everybody.of(OwnWork.together(folded.folds))
        over_time = self._over_time(everybody)
        shared = self._shared(ItemTerms.of(everybody))
        inspected = close_look(
            everybody, over_time, shared, rng=rng, options=self.options, has_words=self.parts.has_texts
        )
        return InspectedParts(inspected, folded.notes)

    def _over_time(self, everybody: Everybody) -> list[AnnotatorConcern]:
        """By annotator, in order."""
        terms = CourseTerms.of(everybody, self.options.required)
        of_part = partial(_courses, self.parts, self.min_lag, everybody.work.rule, everybody.annotators, terms)
        concerns = [concern for part in self.run(of_part, self.parts.numbers) for concern in part]
        return sorted(concerns, key=attrgetter("annotator"))

    def _shared(self, terms: ItemTerms) -> SharedWork:
        by_item = self.parts.by_item(rows_in_a_part=self.rows_in_a_part)
        return reduce(add, self.run(partial(_shared_work, by_item, terms), by_item.numbers))


def _own_work(min_lag: int, rule: GroupRule, part: JudgmentPart) -> OwnWork:
    checks = find_checks(part.judgments, part.gold, min_lag=min_lag, rule=rule)
    return OwnWork.of(part.judgments, part.gold, checks, min_lag=min_lag, words=part.words())


def _grouping(folds: Sequence[OwnWork]) -> GroupingCounts:
    return OwnWork.together(folds).grouping


def _courses(
    parts: Parts, min_lag: int, rule: GroupRule, everybody: Sequence[str], terms: CourseTerms, part: int
) -> list[AnnotatorConcern]:
    of_part = judgments_of_part(parts, part)
    names = of_part.judgments.annotators
    checks = find_checks(of_part.judgments, of_part.gold, min_lag=min_lag, rule=rule)
    return courses(names, checks, terms.take(Among.everybody(names, everybody).places))


def _shared_work(by_item: Parts, terms: ItemTerms, part: int) -> SharedWork:
    """Of a part of the items; of rows that are the same, the first counts, as first answers alone are looked at."""
    return SharedWork.of(Judgments.of(by_item.judgments(part), reach=by_item.reach), by_item.gold(part), terms)
