"""Commands about the methods: sample sizes, and studies on simulated annotators."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from hooks.cli.figures import Axes, draw
from hooks.cli.options import bundled, figure_option, output_option, retest_rate_option
from hooks.cli.output import Output, working
from hooks.report import studies as report
from ls_backend.analysis.sample_size import (
    SampleSize,
    gold_agreement,
    gold_information,
    q_of_retests,
    retest_agreement,
    retest_information,
    sample_size,
    smallest_error,
)
from ls_backend.errors import InputError
from ls_backend.programme.seed_schedule import DEFAULT_RETEST_FOCUS
from ls_backend.simulation.studies import RETEST_RATES, STUDIES, StudyOptions

if TYPE_CHECKING:
    from ls_backend.simulation.studies.adaptive import AdaptiveRow
    from ls_backend.simulation.studies.alarms import AlarmRow
    from ls_backend.simulation.studies.allocation import AllocationRow
    from ls_backend.simulation.studies.consensus import ConsensusRow
    from ls_backend.simulation.studies.coverage import CoverageRow
    from ls_backend.simulation.studies.detection import DetectionMethod, DetectionRow
    from ls_backend.simulation.studies.drift import DriftRow
    from ls_backend.simulation.studies.export import ExportRow
    from ls_backend.simulation.studies.flags import FlagRow
    from ls_backend.simulation.studies.schemes import SchemeRow


@dataclass(frozen=True, slots=True)
class Question:
    """Whom a test is to tell apart, by what, and with what errors: see ``steadyhand plan --help``."""

    eta0: float
    eta1: float
    q: float
    q_decided: float | None
    focus: float
    r: float
    alpha: float
    beta: float


question_options = bundled(
    "question",
    Question,
    {
        "eta0": click.option(
            "--eta0", type=click.FloatRange(0, 1), required=True, help="Attentiveness of careless annotators."
        ),
        "eta1": click.option(
            "--eta1", type=click.FloatRange(0, 1), required=True, help="Attentiveness of careful annotators."
        ),
        "q": click.option(
            "--q", type=click.FloatRange(0, 1, min_open=True), required=True, help="How decided preferences are."
        ),
        "q_decided": click.option(
            "--q-decided",
            type=click.FloatRange(0, 1),
            help="How decided the pairs are that are taken for decided. Shows what repeating mostly those saves.",
        ),
        "focus": click.option(
            "--retest-focus",
            "focus",
            type=click.FloatRange(0, 1),
            default=DEFAULT_RETEST_FOCUS,
            show_default=True,
            help="Share of retests that repeat decided pairs. With --q-decided.",
        ),
        "r": click.option(
            "--r",
            type=click.FloatRange(0, 1, min_open=True),
            default=1.0,
            show_default=True,
            help="How certain gold is.",
        ),
        "alpha": click.option(
            "--alpha",
            type=float,
            default=0.05,
            show_default=True,
            help="Chance of passing a careless annotator, at most.",
        ),
        "beta": click.option(
            "--beta",
            type=float,
            default=0.05,
            show_default=True,
            help="Chance of failing a careful annotator, at most.",
        ),
    },
)


@click.command()
@question_options
@click.option(
    "--labels",
    type=click.IntRange(1),
    help="Labels of each annotator. With --annotators: shows what several retest rates cost and give.",
)
@click.option("--annotators", type=click.IntRange(1), help="Number of annotators. With --labels.")
@output_option
def plan(question: Question, labels: int | None, annotators: int | None, output: Output) -> None:
    """Compute how many checks tell careful from careless annotators. The test is exact."""
    eta0, eta1, q, r = question.eta0, question.eta1, question.q, question.r
    retests = _retests(question, q)
    focused = None
    if question.q_decided is not None:
        focused = _retests(question, q_of_retests(q, question.q_decided, question.focus))
    gold = sample_size(gold_agreement(eta0, r), gold_agreement(eta1, r), alpha=question.alpha, beta=question.beta)
    if (labels is None) != (annotators is None):
        raise InputError("give --labels and --annotators together")
    rates = None
    if labels is not None and annotators is not None:
        rates = tuple(_at_retest_rate(rate, question, labels, annotators, needed=retests.n) for rate in RETEST_RATES)
    information = _information(eta0, q, r), _information(eta1, q, r)
    output.show(report.ChecksNeeded(retests, focused, gold, *information, rates), report.checks_needed)


def _retests(question: Question, q: float) -> SampleSize:
    """How many retests of pairs that are so decided are needed."""
    agreement = (retest_agreement(eta, q) for eta in (question.eta0, question.eta1))
    return sample_size(*agreement, alpha=question.alpha, beta=question.beta)


def _information(eta: float, q: float, r: float) -> report.CheckInformation:
    return report.CheckInformation(_finite(retest_information(eta, q)), _finite(gold_information(eta, r)))


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _at_retest_rate(rate: float, question: Question, labels: int, annotators: int, *, needed: int) -> report.RetestRate:
    n = round(rate * labels)
    chance = (
        smallest_error(n, retest_agreement(question.eta0, question.q), retest_agreement(question.eta1, question.q))
        if n
        else 0.5
    )
    return report.RetestRate(
        rate=rate,
        retests=n,
        labels_spent=n * annotators,
        error=chance,
        misjudged=chance * annotators,
        enough=n >= needed,
    )


def _list_of_studies() -> str:
    width = max(map(len, STUDIES))
    lines = [f"  {study.name.ljust(width)}  {study.summary}" for study in STUDIES.values()]
    return "\n".join(["\b", "NAME is one of", *lines])


@click.command(help=f"Repeat a study of the methods on simulated annotators.\n\n{_list_of_studies()}")
@click.argument("name", metavar="NAME", type=click.Choice(list(STUDIES)))
@click.option(
    "--seeds", type=click.IntRange(1), default=200, show_default=True, help="Number of runs, each by its own seed."
)
@click.option(
    "--peers/--no-peers",
    default=True,
    show_default=True,
    help="For detection: compare with the methods of crowd-kit and cleanlab.",
)
@retest_rate_option
@figure_option
@output_option
def study(
    name: str, seeds: int, peers: bool, retest_rates: tuple[float, ...], figure: str | None, output: Output
) -> None:
    with working("Simulating"):
        methods = _peer_methods() if peers and name == "detection" else []
        rows = STUDIES[name].run(StudyOptions(seeds, retest_rates, methods))
    if figure:
        draw(figure, 1 if name != "detection" else 2, lambda axes: FIGURES[name](axes, rows))
    output.show(report.StudyResult(name, seeds, rows), report.study)


def _peer_methods() -> "list[DetectionMethod]":
    from hooks.cli.peers import peer_methods  # heavy packages

    return peer_methods()


def _bars(axis: Axes, labels: list[str], values: Sequence[float | None], title: str) -> None:
    axis.barh(labels, values, color=["#4c72b0" if "(" not in label else "#bbb" for label in labels])
    axis.set(xlabel=title)
    axis.invert_yaxis()


def _draw_detection(axes: list[Axes], rows: "Sequence[DetectionRow]") -> None:
    names = [r.method for r in rows]
    _bars(axes[0], names, [r.auc for r in rows], "AUC of finding the careless")
    axes[0].set(xlim=(0.5, 1))
    _bars(axes[1], names, [100 * r.minority_flagged for r in rows], "honest minority flagged, %")
    axes[1].set(yticklabels=[])


def _draw_consensus(axes: list[Axes], rows: "Sequence[ConsensusRow]") -> None:
    _bars(
        axes[0],
        [r.method for r in rows],
        [r.squared_error for r in rows],
        "mean squared error of the probability",
    )


def _draw_export(axes: list[Axes], rows: "Sequence[ExportRow]") -> None:
    height = 0.38
    gains = [row for row in rows if row.majority_gain or row.minority_gain]
    names = [f"{row.method}\n({row.population})" for row in gains]
    y = np.arange(len(gains))
    for shift, taste in ((-height / 2, "majority"), (height / 2, "minority")):
        values = [getattr(row, f"{taste}_gain") for row in gains]
        errors = [1.645 * getattr(row, f"{taste}_error") for row in gains]
        axes[0].barh(y + shift, values, height, xerr=errors, label=f"{taste}'s preferences")
    axes[0].set_yticks(y, names, fontsize=5)
    axes[0].axvline(0, color="#333")
    axes[0].set(xlabel="gain, percentage points", title="beside plain majority votes")
    axes[0].invert_yaxis()
    axes[0].legend(fontsize=7, loc="upper right")


def _draw_coverage(axes: list[Axes], rows: "Sequence[CoverageRow]") -> None:
    _bars(
        axes[0],
        [f"{r.population}, {r.retests}, tastes {r.tastes}" for r in rows],
        [100 * r.coverage for r in rows],
        "coverage of 90 % intervals, %",
    )
    axes[0].axvline(90, color="#333")


def _draw_adaptive(axes: list[Axes], rows: "Sequence[AdaptiveRow]") -> None:
    _bars(
        axes[0],
        [f"{r.population}, {r.contract}, {r.scheme}" for r in rows],
        [100 * r.wrong_rate for r in rows],
        "bonus for each answer beside what the true attentiveness earns, % of the full one",
    )


def _draw_allocation(axes: list[Axes], rows: "Sequence[AllocationRow]") -> None:
    ways = {"alike": "everybody alike", "adaptive": "adaptive", "best": "best possible"}
    bars = [
        (f"{r.population}, {r.threshold}, {r.checks} checks, {name}", 100 * getattr(r, way))
        for r in rows
        for way, name in ways.items()
    ]
    labels, shares = zip(*bars, strict=True)
    _bars(axes[0], list(labels), list(shares), "annotators on the wrong side of the threshold, %")


def _draw_alarms(axes: list[Axes], rows: "Sequence[AlarmRow]") -> None:
    _bars(
        axes[0],
        [f"falls by {r.drop:.1f}" if r.drop else "no change" for r in rows],
        [100 * r.alarms for r in rows],
        "annotators with an alarm, %",
    )


def _draw_drift(axes: list[Axes], rows: "Sequence[DriftRow]") -> None:
    for rate in dict.fromkeys(r.retests for r in rows):
        at_rate = [r for r in rows if r.retests == rate]
        alarms = [100 * r.alarms for r in at_rate]
        axes[0].plot([r.falls_to for r in at_rate], alarms, marker="o", label=f"{rate:.0%} retests")
    axes[0].set(xlabel="attentiveness falls from 0.9 to", ylabel="annotators with an alarm within 400 answers, %")
    axes[0].legend()


def _draw_flags(axes: list[Axes], rows: "Sequence[FlagRow]") -> None:
    _bars(axes[0], [r.who for r in rows], [100 * r.found for r in rows], "named who does so, %")


def _draw_schemes(axes: list[Axes], rows: "Sequence[SchemeRow]") -> None:
    x = np.arange(len(rows))
    errors = {
        "retest": [r.error_self for r in rows],
        "expert": [r.error_expert for r in rows],
        "certain gold": [r.error_gold for r in rows],
    }
    for n, (label, error) in enumerate(errors.items()):
        axes[0].bar(x + 0.27 * (n - 1), [100 * e for e in error], 0.25, label=label)
    axes[0].set_xticks(x, [r.preferences for r in rows], rotation=20)
    axes[0].set(ylabel="error of telling careful from careless, %")
    axes[0].legend()


FIGURES: dict[str, Callable[[list[Axes], Sequence[Any]], None]] = {
    "detection": _draw_detection,
    "consensus": _draw_consensus,
    "export": _draw_export,
    "coverage": _draw_coverage,
    "adaptive": _draw_adaptive,
    "allocation": _draw_allocation,
    "alarms": _draw_alarms,
    "drift": _draw_drift,
    "flags": _draw_flags,
    "schemes": _draw_schemes,
}
