"""Commands about the measurement: sample sizes, studies of the methods, a close look at a data set."""

from collections.abc import Callable
from typing import Any

import click
import numpy as np

from hooks import report
from hooks.cli.figures import draw
from hooks.cli.shell import as_json, at_retest_rates, context, of_control, table_from, tell, with_figure
from ls_backend import services
from ls_backend.analysis.sample_size import agree, error, expert_information, same, self_information, size
from ls_backend.errors import InputError
from ls_backend.measurement.judgments import Judgments
from ls_backend.types import Json


@click.command()
@click.option("--eta0", type=click.FloatRange(0, 1), required=True, help="Attentiveness of the careless.")
@click.option("--eta1", type=click.FloatRange(0, 1), required=True, help="Attentiveness of the careful.")
@click.option("--q", type=click.FloatRange(0, 1, min_open=True), required=True, help="How decided preferences are.")
@click.option(
    "--r", type=click.FloatRange(0, 1, min_open=True), default=1.0, show_default=True, help="How certain gold is."
)
@click.option(
    "--alpha", type=float, default=0.05, show_default=True, help="Chance of passing somebody of eta0, at most."
)
@click.option(
    "--beta", type=float, default=0.05, show_default=True, help="Chance of failing somebody of eta1, at most."
)
@click.option("--labels", type=click.IntRange(1), help="Of each annotator; with --annotators: what retest rates give.")
@click.option("--annotators", type=click.IntRange(1))
@as_json
def plan(
    eta0: float,
    eta1: float,
    q: float,
    r: float,
    alpha: float,
    beta: float,
    labels: int | None,
    annotators: int | None,
    machine: bool,
) -> None:
    """How many monitored answers it takes to tell a careful annotator from a careless one, by an exact test."""
    own = size(same(eta0, q), same(eta1, q), alpha=alpha, beta=beta)
    expert = size(agree(eta0, r), agree(eta1, r), alpha=alpha, beta=beta)
    found: Json = {
        "self_consistency": {"n": own.n, "threshold": own.threshold},
        "expert": {"n": expert.n, "threshold": expert.threshold},
        "fisher": _fisher(eta1, q, r) | {"eta0": _fisher(eta0, q, r), "eta1": _fisher(eta1, q, r)},
    }
    if (labels is None) != (annotators is None):
        raise InputError("give --labels and --annotators together")
    if labels is not None and annotators is not None:
        found["rates"] = []
        for rate in (0.05, 0.1, 0.2):
            n = round(rate * labels)
            missed = error(n, same(eta0, q), same(eta1, q)) if n else 0.5
            found["rates"].append(
                {
                    "rate": rate,
                    "retests": n,
                    "labels_spent": n * annotators,
                    "error": missed,
                    "misjudged": missed * annotators,
                    "enough": n >= own.n,
                }
            )
    tell(found, machine, report.planned)


def _fisher(eta: float, q: float, r: float) -> Json:
    """Information of one answer at an attentiveness; the figures that stand by themselves are those at eta1."""
    return {"self_consistency": _finite(self_information(eta, q)), "expert": _finite(expert_information(eta, r))}


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


STUDIES = ("detection", "consensus", "coverage", "alarms", "drift", "flags", "schemes")


@click.command()
@click.argument("name", type=click.Choice(STUDIES))
@click.option("--seeds", type=click.IntRange(1), default=200, show_default=True)
@click.option(
    "--peers/--no-peers", default=True, help="detection: crowd-kit and cleanlab beside it.", show_default=True
)
@at_retest_rates
@with_figure
@as_json
def study(
    name: str, seeds: int, peers: bool, retest_rates: tuple[float, ...], figure: str | None, machine: bool
) -> None:
    """Reproducible studies of the methods: who is found careless, what intervals cover, how often alarms and flags are false,
    and self-consistency beside experts."""
    from ls_backend.simulation import studies  # scipy.stats takes a second to import

    if name == "detection":
        arms = studies.own_arms(retest_rates)
        if peers:
            from hooks.cli.peers import arms as of_peers  # heavy packages

            arms += of_peers()
        rows = studies.detection(arms, seeds=seeds)
    else:
        rows = studies.STUDIES[name](seeds)
    if figure:
        draw(figure, 1 if name != "detection" else 2, lambda axes: FIGURES[name](axes, rows))
    tell({"study": name, "seeds": seeds, "rows": rows}, machine, report.studied)


def _bars(axis: Any, labels: list[str], values: list[float], title: str) -> None:
    axis.barh(labels, values, color=["#4c72b0" if "(" not in label else "#bbb" for label in labels])
    axis.set(xlabel=title)
    axis.invert_yaxis()


def _draw_detection(axes: list[Any], rows: list[Json]) -> None:
    names = [r["method"] for r in rows]
    _bars(axes[0], names, [r["auc"] for r in rows], "AUC of finding the careless")
    axes[0].set(xlim=(0.5, 1))
    _bars(axes[1], names, [100 * r["minority_flagged"] for r in rows], "honest minority flagged, %")
    axes[1].set(yticklabels=[])


def _draw_consensus(axes: list[Any], rows: list[Json]) -> None:
    _bars(
        axes[0],
        [r["method"] for r in rows],
        [r["squared_error"] for r in rows],
        "mean squared error of the probability",
    )


def _draw_coverage(axes: list[Any], rows: list[Json]) -> None:
    _bars(
        axes[0],
        [f"{r['population']}, tastes {r['tastes']}" for r in rows],
        [100 * r["coverage"] for r in rows],
        "coverage of 90 % intervals, %",
    )
    axes[0].axvline(90, color="#333")


def _draw_alarms(axes: list[Any], rows: list[Json]) -> None:
    _bars(
        axes[0],
        [f"falls by {r['drop']:.1f}" if r["drop"] else "no change" for r in rows],
        [100 * r["alarms"] for r in rows],
        "annotators with an alarm, %",
    )


def _draw_drift(axes: list[Any], rows: list[Json]) -> None:
    for rate in dict.fromkeys(r["retests"] for r in rows):
        mine = [r for r in rows if r["retests"] == rate]
        found = [100 * r["alarms"] for r in mine]
        axes[0].plot([r["falls_to"] for r in mine], found, marker="o", label=f"{rate:.0%} retests")
    axes[0].set(xlabel="attentiveness falls from 0.9 to", ylabel="annotators with an alarm within 400 answers, %")
    axes[0].legend()


def _draw_flags(axes: list[Any], rows: list[Json]) -> None:
    _bars(axes[0], [r["who"] for r in rows], [100 * r["found"] for r in rows], "named who does so, %")


def _draw_schemes(axes: list[Any], rows: list[Json]) -> None:
    x = np.arange(len(rows))
    for n, (key, label) in enumerate(
        (("error_self", "retest"), ("error_expert", "expert"), ("error_gold", "certain gold"))
    ):
        axes[0].bar(x + 0.27 * (n - 1), [100 * r[key] for r in rows], 0.25, label=label)
    axes[0].set_xticks(x, [r["preferences"] for r in rows], rotation=20)
    axes[0].set(ylabel="error of telling careful from careless, %")
    axes[0].legend()


FIGURES: dict[str, Callable[[list[Any], list[Json]], None]] = {
    "detection": _draw_detection,
    "consensus": _draw_consensus,
    "coverage": _draw_coverage,
    "alarms": _draw_alarms,
    "drift": _draw_drift,
    "flags": _draw_flags,
    "schemes": _draw_schemes,
}


@click.command()
@click.argument("file", metavar="FILE", required=False)
@click.option("--project", type=int, help="A monitored project instead of a file.")
@click.option("--gold", metavar="FILE", help="Gold items for a Label Studio export.")
@click.option("--mapping", metavar="FILE", help="How to read an export of your own label config (TOML).")
@of_control
@click.option("--min-lag", type=int, default=0, show_default=True, help="Of a file; a project has its own.")
@click.option(
    "--required",
    type=click.FloatRange(0, 1),
    default=0.6,
    show_default=True,
    help="Attentiveness below which an alarm is wanted.",
)
@click.option("--false-discoveries", type=click.FloatRange(0, 1), default=0.05, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Of the bootstrap.")
@as_json
def inspect(
    file: str | None,
    project: int | None,
    gold: str | None,
    mapping: str | None,
    control: str | None,
    min_lag: int,
    required: float,
    false_discoveries: float,
    seed: int,
    machine: bool,
) -> None:
    """A close look at an export, a CSV or a monitored project: agreement, how decided preferences are, gold items to retire, odd
    work, alarms.

    What stands here asks for a look. It moves neither reputation nor pay.
    """
    from ls_backend.analysis.inspection import Wanted, inspection  # as in `study`

    wanted, rng = Wanted(required, false_discoveries), np.random.default_rng(seed)
    if (file is None) == (project is None):
        raise InputError("give either a FILE or --project ID")
    if project is not None:
        tell(services.inspect(context(), project, rng=rng, wanted=wanted), machine, report.inspected)
        return
    table = table_from(str(file), gold, mapping, control)
    judged = Judgments.of(table.judgments)
    found = inspection(judged, table.gold, rng=rng, min_lag=min_lag, wanted=wanted, words=table.words)
    tell(found, machine, report.inspected)
