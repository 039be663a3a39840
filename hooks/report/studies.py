"""Reports about sample sizes and studies of the methods."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING

from hooks.report.figures import decimal, percent
from hooks.report.layout import Note, Notes, Report, Table, rows_of
from ls_backend.analysis.sample_size import SampleSize
from ls_backend.formats.notes import counted
from ls_backend.records import to_dict
from ls_backend.types import Json

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True, slots=True)
class CheckInformation:
    """Fisher information of one check about attentiveness, None where it is infinite."""

    self_consistency: float | None
    expert: float | None


@dataclass(frozen=True, slots=True)
class RetestRate:
    """What a share of retests costs all annotators in labels, and the ``error`` of telling one by them; so many are
    ``misjudged``, and ``enough`` says whether the errors asked for are kept."""

    rate: float
    retests: int
    labels_spent: int
    error: float
    misjudged: float
    enough: bool


@dataclass(frozen=True, slots=True)
class ChecksNeeded:
    """How many checks tell annotators apart by ``self_consistency``, by the same mostly on decided pairs (``focused``, where that was
    asked), and by gold (``expert``), what one tells at either
    attentiveness, and what several ``rates`` of retests give, where that was asked."""

    self_consistency: SampleSize
    focused: SampleSize | None
    expert: SampleSize
    at_eta0: CheckInformation
    at_eta1: CheckInformation
    rates: tuple[RetestRate, ...] | None

    def to_dict(self) -> Json:
        eta0, eta1 = to_dict(self.at_eta0), to_dict(self.at_eta1)
        needed: Json = {
            "self_consistency": to_dict(self.self_consistency),
            "expert": to_dict(self.expert),
            "fisher": {**eta1, "eta0": eta0, "eta1": eta1},  # those that stand by themselves are at eta1
        }
        if self.focused is not None:
            needed["self_consistency_focused"] = to_dict(self.focused)
        return needed if self.rates is None else {**needed, "rates": [to_dict(rate) for rate in self.rates]}


def checks_needed(result: ChecksNeeded) -> Report:
    retests, gold = result.self_consistency, result.expert
    focused = result.focused and (
        f"By self-consistency, mostly on decided pairs: {result.focused.n} retests, "
        f"pass with at least {result.focused.threshold} the same."
    )
    report: list[str | Notes | Table] = [
        f"By self-consistency: {retests.n} retests, pass with at least {retests.threshold} the same.",
        *([focused] if focused else []),
        f"By expert (gold): {gold.n} items, pass with at least {gold.threshold} right.",
        "Fisher information of one answer about attentiveness:",
        Notes([_information("eta0", result.at_eta0), _information("eta1", result.at_eta1)], indent=2),
    ]
    if result.rates is not None:
        report += ["", _retest_rates(result.rates)]
    return report


def _information(name: str, check: CheckInformation) -> Note:
    retest, expert = ("infinite" if x is None else decimal(x) for x in (check.self_consistency, check.expert))
    return Note(f"at {name}", f"retest {retest}, expert {expert}")


def _retest_rates(rates: Sequence[RetestRate]) -> Table:
    return Table(
        ("retests", "each", "labels spent", "error", "misjudged", "enough"),
        rows_of(
            (
                percent(rate.rate),
                str(rate.retests),
                str(rate.labels_spent),
                percent(rate.error, 1),
                decimal(rate.misjudged, 1),
                "yes" if rate.enough else "no",
            )
            for rate in rates
        ),
    )


@dataclass(frozen=True, slots=True)
class StudyResult:
    """The table of a ``study``: its ``rows`` are records of the study's own."""

    study: str
    seeds: int
    rows: "Sequence[DataclassInstance]"


def study(result: StudyResult) -> Report:
    return [
        Table(
            [field.name.replace("_", " ") for field in fields(result.rows[0])],
            rows_of([_figure(value) for value in astuple(row)] for row in result.rows),
        ),
        "",
        f"{counted(result.seeds, 'seed')}.",
    ]


def _figure(value: float | str | None) -> str:
    return decimal(value) if value is None or isinstance(value, float) else str(value)
